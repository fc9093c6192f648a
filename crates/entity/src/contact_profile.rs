//! What is compared of a person to find duplicates. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_profiles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: Uuid,
    pub rule_set_version: i32,
    #[sea_orm(column_type = "Json")]
    pub profile: Json,
    pub keys: Vec<i64>,
    pub organization_keys: Vec<i64>,
    pub marks: Vec<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
