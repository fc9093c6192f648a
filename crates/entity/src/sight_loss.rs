//! That an organization lost sight of a contact, and where in the log. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sight_losses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: i32,
    #[sea_orm(primary_key, auto_increment = false, select_as = "text", save_as = "xid8")]
    pub xid: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub organization_id: Uuid,
    pub contact_id: Uuid,
    pub recorded_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
