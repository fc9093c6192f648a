//! Who works at which organization or facility, for a window (ADR 0009). It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::{Dated, Node};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_assignments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub recorded_by_organization_id: Uuid,
    pub staff_id: Uuid,
    pub organization_id: Option<Uuid>,
    pub facility_id: Option<Uuid>,
    pub is_primary: bool,
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
    const TABLE: &'static str = "staff_assignments";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
