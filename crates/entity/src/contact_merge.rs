//! What a merge moved, so that it can be undone. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_merges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub survivor_id: Uuid,
    pub duplicate_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub moved: Json,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    pub merged_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub merged_by: String,
    pub reverted_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reverted_by: Option<String>,
    pub version: i32,
    pub survivor_version: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
