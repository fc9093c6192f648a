//! That an organization sees a contact, and on which grounds. It holds columns, no rules.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_sights")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: Uuid,
    pub is_owner: bool,
    pub is_linked: bool,
    pub is_staff_of_partner: bool,
    pub is_referred: bool,
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    pub contact_is_active: bool,
    pub is_listed: bool,
    pub is_merged: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
