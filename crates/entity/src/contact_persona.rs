//! What a contact is: student, guardian, staff. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::values;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_personas")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contact_id: Uuid,
    pub organization_id: Uuid,
    pub persona: values::Persona,
    pub granted_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub granted_by: String,
    pub revoked_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub revoked_by: Option<String>,
    pub version: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
