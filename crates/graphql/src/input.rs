//! The inputs of mutations. They are turned into commands as they are; what is acceptable the domain decides.

mod address;
mod code;
mod communication;
mod contact;
mod email;
mod merge;
mod method;
mod phone;
mod referral;
mod relationship;

pub use self::address::*;
pub use self::code::*;
pub use self::communication::*;
pub use self::contact::*;
pub use self::email::*;
pub use self::merge::*;
pub use self::method::*;
pub use self::phone::*;
pub use self::referral::*;
pub use self::relationship::*;

use async_graphql::{InputObject, MaybeUndefined};
use liaison_domain::edit::Edit;
use liaison_domain::{facility, organization};
use uuid::Uuid;

use crate::enums::{OrganizationKind, PartnerType};

/// A new organization.
#[derive(InputObject)]
pub struct OrganizationCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// What it is called, 1 to 200 characters.
    name: String,
    /// What it is to the platform.
    kind: OrganizationKind,
    /// What kind of partner it is; for a partner only, and needed there.
    partner_type: Option<PartnerType>,
    /// Its unique name in addresses: 1 to 63 lower-case letters, digits and hyphens.
    subdomain: String,
    /// The country of its phone numbers without a prefix, ISO 3166-1 alpha-2; `US` unless told.
    default_region: Option<String>,
    /// The partner that brought it; for a provider only.
    referring_partner_id: Option<Uuid>,
}

impl From<OrganizationCreateInput> for organization::Create {
    fn from(input: OrganizationCreateInput) -> Self {
        Self {
            id: input.id,
            name: input.name,
            kind: input.kind.into(),
            partner_type: input.partner_type.map(Into::into),
            subdomain: input.subdomain,
            default_region: input.default_region,
            referring_partner_id: input.referring_partner_id,
        }
    }
}

/// What changes of an organization: what is left out stays, what is null is cleared.
#[derive(InputObject)]
pub struct OrganizationUpdateInput {
    /// What it is called, 1 to 200 characters.
    name: MaybeUndefined<String>,
    /// What kind of partner it is; for a partner only.
    partner_type: MaybeUndefined<PartnerType>,
    /// Its unique name in addresses: 1 to 63 lower-case letters, digits and hyphens.
    subdomain: MaybeUndefined<String>,
    /// The country of its phone numbers without a prefix, ISO 3166-1 alpha-2.
    default_region: MaybeUndefined<String>,
    /// Whether it takes part.
    is_active: MaybeUndefined<bool>,
    /// The partner that brought it; for a provider only. It reads that partner's people from then on, and no longer the former's.
    referring_partner_id: MaybeUndefined<Uuid>,
}

impl OrganizationUpdateInput {
    /// The command that changes this organization so.
    pub fn command(self, id: Uuid) -> organization::Update {
        organization::Update {
            id,
            name: edit(self.name),
            partner_type: edit(self.partner_type).map(Into::into),
            subdomain: edit(self.subdomain),
            default_region: edit(self.default_region),
            is_active: edit(self.is_active),
            referring_partner_id: edit(self.referring_partner_id),
        }
    }
}

/// What changes of a facility: what is left out stays.
#[derive(InputObject)]
pub struct FacilityUpdateInput {
    /// What it is called, 1 to 200 characters.
    pub name: MaybeUndefined<String>,
    /// Whether it is in use.
    pub is_active: MaybeUndefined<bool>,
}

/// What a client wrote into a field, as the domain reads it.
pub fn edit<T>(field: MaybeUndefined<T>) -> Edit<T> {
    match field {
        MaybeUndefined::Undefined => Edit::Keep,
        MaybeUndefined::Null => Edit::Clear,
        MaybeUndefined::Value(value) => Edit::Set(value),
    }
}

/// A new facility.
#[derive(InputObject)]
pub struct FacilityCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// Whose site it is; your organization when left out.
    organization_id: Option<Uuid>,
    /// What it is called, 1 to 200 characters.
    name: String,
}

impl From<FacilityCreateInput> for facility::Create {
    fn from(FacilityCreateInput { id, organization_id, name }: FacilityCreateInput) -> Self {
        Self { id, organization_id, name }
    }
}
