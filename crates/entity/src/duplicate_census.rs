//! How common names are in this installation, and what the last scan came to. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_census")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: bool,
    #[sea_orm(column_type = "Json", nullable)]
    pub names: Option<Json>,
    pub counted_at: Option<DateTimeUtc>,
    pub is_scan_due: bool,
    pub scanned_at: Option<DateTimeUtc>,
    pub rule_set_version: Option<i32>,
    #[sea_orm(column_type = "Json", nullable)]
    pub figures: Option<Json>,
    pub generation: i64,
    pub scan_compared: Option<i64>,
    pub scan_total: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
