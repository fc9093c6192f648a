//! A client that a partner sent to a provider. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::{Node, values};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "referrals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_organization_id: Uuid,
    pub provider_organization_id: Uuid,
    pub contact_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub client_reference: String,
    pub referred_on: Date,
    pub status: values::ReferralStatus,
    #[sea_orm(column_type = "Text", nullable)]
    pub notes: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Node for Entity {
    const TABLE: &'static str = "referrals";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
