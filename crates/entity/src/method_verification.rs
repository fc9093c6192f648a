//! A code that is out for a phone or an email address. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "method_verifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub method_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub code_mac: String,
    pub requested_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub tries_left: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
