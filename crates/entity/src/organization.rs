//! An organization: the platform owner, a provider, or a partner that brings providers. It holds columns, no rules.

use sea_orm::entity::prelude::*;

use crate::{Node, values};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations_projection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    pub kind: values::OrganizationKind,
    pub partner_type: Option<values::PartnerType>,
    #[sea_orm(column_type = "Text")]
    pub subdomain: String,
    #[sea_orm(column_type = "Text")]
    pub default_region: String,
    pub is_active: bool,
    pub referring_partner_id: Option<Uuid>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Node for Entity {
    const TABLE: &'static str = "organizations_projection";

    fn id(model: &Model) -> Uuid {
        model.id
    }

    fn version(model: &Model) -> i32 {
        model.version
    }
}
