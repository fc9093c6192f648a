//! That somebody said of two contacts that they are two persons. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_dismissals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contact_id: Uuid,
    pub other_contact_id: Uuid,
    pub fingerprint: i64,
    pub seen_fingerprint: i64,
    pub score: f64,
    pub rule_set_version: i32,
    pub dismissed_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub dismissed_by: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub version: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
