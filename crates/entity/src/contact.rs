//! A person: one row, whoever works with them. It holds columns, no rules.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{Node, values};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "contacts_projection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub first_name: String,
    #[sea_orm(column_type = "Text")]
    pub last_name: String,
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub title: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub department: Option<String>,
    pub preferred_contact_method: Option<values::ContactMethod>,
    pub do_not_contact: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub do_not_contact_reason: Option<String>,
    pub do_not_contact_since: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub do_not_contact_by: Option<String>,
    pub is_active: bool,
    pub owner_organization_id: Uuid,
    pub edit_policy: values::EditPolicy,
    #[sea_orm(column_type = "Text", nullable)]
    pub user_id: Option<String>,
    pub merged_into_id: Option<Uuid>,
    pub organization_count: i32,
    pub last_linked_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Node for Entity {
    const TABLE: &'static str = "contacts_projection";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
