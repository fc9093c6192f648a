//! An email address as a row of its own, so that it can be shared. It holds columns, no rules.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{Node, values};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "emails_projection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub address: String,
    #[sea_orm(column_type = "Text")]
    pub normalized: String,
    pub email_code_id: Uuid,
    #[sea_orm(column_type = "Text", nullable)]
    pub label: Option<String>,
    pub is_notification_enabled: bool,
    pub verification_state: values::VerificationState,
    pub verification_changed_at: Option<DateTimeUtc>,
    pub owner_organization_id: Uuid,
    pub is_linked: bool,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Node for Entity {
    const TABLE: &'static str = "emails_projection";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
