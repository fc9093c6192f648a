//! The inputs of mutations. They are turned into commands as they are; what is acceptable the domain decides.

mod contact;

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use liaison_domain::edit::Edit;
use liaison_domain::method::Owner;
use liaison_domain::{address, email, facility, organization, phone};
use uuid::Uuid;

pub use contact::{ContactCreateInput, ContactLinkInput, ContactPreferencesInput, ContactUpdateInput};

use crate::enums::{AddressType, OrganizationKind, PartnerType};
use crate::scalars::{Date, EmailAddress, PhoneNumber};

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

/// A new phone.
#[derive(InputObject)]
pub struct PhoneCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// The number as a person types it. It is read with the organization's default region; one that does not parse is kept as it is,
    /// with the state INVALID.
    number: PhoneNumber,
    /// 1 to 11 digits; an extension at the end of the number is understood too.
    extension: Option<String>,
    /// What kind of phone it is, by its code: `mobile`, `office`, …; `office` when left out.
    code: Option<String>,
    /// What it is called: `Reception`.
    label: Option<String>,
    /// Whether it takes text messages; a mobile does when left out.
    is_sms_capable: Option<bool>,
}

impl From<PhoneCreateInput> for phone::Details {
    fn from(input: PhoneCreateInput) -> Self {
        Self {
            id: input.id,
            number: input.number.0,
            extension: input.extension,
            code: input.code,
            label: input.label,
            is_sms_capable: input.is_sms_capable,
        }
    }
}

/// A new email address.
#[derive(InputObject)]
pub struct EmailCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// The address, at most 254 characters. Its spelling is kept; case does not tell addresses apart.
    address: EmailAddress,
    /// What kind of email address it is, by its code: `work`, `billing`, …; `work` when left out.
    code: Option<String>,
    /// What it is called.
    label: Option<String>,
    /// Whether automatic messages may go there; they may when left out.
    is_notification_enabled: Option<bool>,
}

impl From<EmailCreateInput> for email::Details {
    fn from(input: EmailCreateInput) -> Self {
        Self {
            id: input.id,
            address: input.address.0,
            code: input.code,
            label: input.label,
            is_notification_enabled: input.is_notification_enabled,
        }
    }
}

/// A new postal address.
#[derive(InputObject)]
pub struct AddressCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// What it is called: `Downtown Office`.
    label: Option<String>,
    /// What it is used for.
    #[graphql(name = "type")]
    address_type: AddressType,
    /// Street and number.
    street1: String,
    /// Suite, floor, building.
    street2: Option<String>,
    /// City.
    city: String,
    /// State, province or region.
    state: Option<String>,
    /// Postal code, at most 20 characters.
    postal_code: Option<String>,
    /// Country, ISO 3166-1 alpha-2; `US` when left out.
    country: Option<String>,
}

impl From<AddressCreateInput> for address::Details {
    fn from(input: AddressCreateInput) -> Self {
        Self {
            id: input.id,
            label: input.label,
            address_type: input.address_type.into(),
            street1: input.street1,
            street2: input.street2,
            city: input.city,
            state: input.state,
            postal_code: input.postal_code,
            country: input.country,
        }
    }
}

/// Whom, or where, a phone is linked to.
#[derive(OneofObject)]
pub enum PhoneLinkTargetInput {
    /// A person is reachable through it.
    ContactId(Uuid),
    /// An organization is reachable through it.
    OrganizationId(Uuid),
    /// It stands at this address.
    AddressId(Uuid),
}

impl From<PhoneLinkTargetInput> for phone::Target {
    fn from(target: PhoneLinkTargetInput) -> Self {
        match target {
            PhoneLinkTargetInput::ContactId(id) => Self::Owner(Owner::Contact(id)),
            PhoneLinkTargetInput::OrganizationId(id) => Self::Owner(Owner::Organization(id)),
            PhoneLinkTargetInput::AddressId(id) => Self::Address(id),
        }
    }
}

/// Whom an email address is linked to.
#[derive(OneofObject)]
pub enum EmailLinkTargetInput {
    /// A person reads it.
    ContactId(Uuid),
    /// An organization reads it.
    OrganizationId(Uuid),
}

impl From<EmailLinkTargetInput> for Owner {
    fn from(target: EmailLinkTargetInput) -> Self {
        match target {
            EmailLinkTargetInput::ContactId(id) => Self::Contact(id),
            EmailLinkTargetInput::OrganizationId(id) => Self::Organization(id),
        }
    }
}

/// Whom, or what, an address is linked to.
#[derive(OneofObject)]
pub enum AddressLinkTargetInput {
    /// A person is found there.
    ContactId(Uuid),
    /// An organization is found there.
    OrganizationId(Uuid),
    /// A phone stands there.
    PhoneId(Uuid),
}

/// How a phone or email address is linked.
#[derive(InputObject, Default)]
pub struct MethodLinkInput {
    /// Whether it becomes the owner's primary one; the first does when left out.
    pub is_primary: Option<bool>,
    /// Its place among the owner's others, lowest first; 0 when left out.
    pub sort_order: Option<i32>,
}

/// How an address is held by a person or an organization.
#[derive(InputObject, Default)]
pub struct AddressHoldingInput {
    /// What the owner uses it for; the address's own type when left out.
    #[graphql(name = "type")]
    address_type: Option<AddressType>,
    /// Whether it becomes the owner's primary one of its type; the first does when left out.
    is_primary: Option<bool>,
    /// Its place among the owner's others, lowest first; 0 when left out.
    sort_order: Option<i32>,
    /// The first day on which the person is found there; for people only.
    starts_on: Option<Date>,
    /// The last such day; for people only.
    ends_on: Option<Date>,
    /// The system that the link comes from, with `sourceRecordId`; for people only.
    source_system: Option<String>,
    /// The id of the record there, with `sourceSystem`; for people only.
    source_record_id: Option<String>,
}

impl From<AddressHoldingInput> for address::Holding {
    fn from(input: AddressHoldingInput) -> Self {
        Self {
            address_type: input.address_type.map(Into::into),
            is_primary: input.is_primary,
            sort_order: input.sort_order,
            source_system: input.source_system,
            source_record_id: input.source_record_id,
            starts_on: input.starts_on.map(|day| day.0),
            ends_on: input.ends_on.map(|day| day.0),
        }
    }
}
