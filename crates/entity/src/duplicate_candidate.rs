//! Two contacts that may be one person, and the evidence. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::values;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_candidates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contact_id: Uuid,
    pub other_contact_id: Uuid,
    pub score: f64,
    #[sea_orm(column_type = "JsonBinary")]
    pub evidence: Json,
    pub rule_set_version: i32,
    pub state: values::DuplicateState,
    pub found_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
