//! An email address of an organization, for one period. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::Junction;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_emails")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub email_id: Uuid,
    pub is_primary: bool,
    pub sort_order: i32,
    pub linked_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub linked_by: String,
    pub linked_by_organization_id: Uuid,
    pub unlinked_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub unlinked_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub unlink_reason: Option<String>,
    pub version: i32,
    pub method_code_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub match_key: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Junction for Entity {
    type Uphill = crate::organization::Entity;
    type Downhill = crate::email::Entity;

    const TABLE: &'static str = "organization_emails";
    const UPHILL_ID: &'static str = "organization_id";
    const DOWNHILL_ID: &'static str = "email_id";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn uphill_id(model: &Model) -> Uuid {
        model.organization_id
    }

    fn downhill_id(model: &Model) -> Uuid {
        model.email_id
    }
}
