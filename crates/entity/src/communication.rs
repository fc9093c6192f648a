//! A conversation with a person, append-only. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::{Node, values};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "communications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub contact_id: Uuid,
    pub channel: values::Channel,
    pub direction: values::Direction,
    pub outcome: values::Outcome,
    #[sea_orm(column_type = "Text", nullable)]
    pub outcome_reason: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub method_value: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub subject: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub summary: Option<String>,
    pub occurred_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    pub referral_id: Option<Uuid>,
    pub corrects_id: Option<Uuid>,
    pub recorded_at: DateTimeUtc,
    pub version: i32,
    pub purpose: values::Purpose,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Node for Entity {
    const TABLE: &'static str = "communications";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
