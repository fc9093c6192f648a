//! One role of one person at one organization, for one period. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::{Junction, values};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_contacts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub contact_id: Uuid,
    pub contact_type: values::ContactType,
    pub is_primary: bool,
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
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    pub contact_is_active: bool,
    pub unlinked_by_organization_id: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Junction for Entity {
    type Uphill = crate::organization::Entity;
    type Downhill = crate::contact::Entity;

    const TABLE: &'static str = "organization_contacts";
    const UPHILL_ID: &'static str = "organization_id";
    const DOWNHILL_ID: &'static str = "contact_id";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn uphill_id(model: &Model) -> Uuid {
        model.organization_id
    }

    fn downhill_id(model: &Model) -> Uuid {
        model.contact_id
    }
}
