//! Where a phone stands, for one period. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::Junction;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "phone_addresses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub phone_id: Uuid,
    pub address_id: Uuid,
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
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Junction for Entity {
    type Uphill = crate::phone::Entity;
    type Downhill = crate::address::Entity;

    const TABLE: &'static str = "phone_addresses";
    const UPHILL_ID: &'static str = "phone_id";
    const DOWNHILL_ID: &'static str = "address_id";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn uphill_id(model: &Model) -> Uuid {
        model.phone_id
    }

    fn downhill_id(model: &Model) -> Uuid {
        model.address_id
    }
}
