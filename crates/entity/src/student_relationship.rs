//! Two students and what they are to each other, for a window (ADR 0009). It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::{Dated, Node};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "student_relationships")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub student_id: Uuid,
    pub related_student_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub relationship_label: String,
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub voided_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub voided_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub void_reason: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Dated for Entity {
    fn window(model: &Model) -> (Option<Date>, Option<Date>) {
        (Some(model.starts_on), model.ends_on)
    }
}

impl Node for Entity {
    const TABLE: &'static str = "student_relationships";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
