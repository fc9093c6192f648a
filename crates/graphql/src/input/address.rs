//! What mutations take about postal addresses. They are turned into commands as they are; what is acceptable the domain decides.

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use liaison_domain::address;
use uuid::Uuid;

use super::edit;
use crate::enums::AddressType;
use crate::scalars::Date;

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

/// What changes of a postal address: what is left out stays, what is null is cleared. Everybody who is found there sees it.
#[derive(InputObject)]
pub struct AddressUpdateInput {
    /// What it is called: `Downtown Office`.
    label: MaybeUndefined<String>,
    /// What it is used for. What those who are linked to it use it for stays as it is.
    #[graphql(name = "type")]
    address_type: MaybeUndefined<AddressType>,
    /// Street and number.
    street1: MaybeUndefined<String>,
    /// Suite, floor, building.
    street2: MaybeUndefined<String>,
    /// City.
    city: MaybeUndefined<String>,
    /// State, province or region.
    state: MaybeUndefined<String>,
    /// Postal code, at most 20 characters.
    postal_code: MaybeUndefined<String>,
    /// Country, ISO 3166-1 alpha-2.
    country: MaybeUndefined<String>,
}

impl From<AddressUpdateInput> for address::Edits {
    fn from(input: AddressUpdateInput) -> Self {
        Self {
            label: edit(input.label),
            address_type: edit(input.address_type).map(Into::into),
            street1: edit(input.street1),
            street2: edit(input.street2),
            city: edit(input.city),
            state: edit(input.state),
            postal_code: edit(input.postal_code),
            country: edit(input.country),
        }
    }
}

/// An address that is there already, or a new one.
#[derive(OneofObject)]
pub enum AddressOrNewInput {
    /// The id of an address that you see: it is shared, not copied.
    Id(Uuid),
    /// A new address.
    Create(AddressCreateInput),
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

/// Which of several uses and periods of an address.
#[derive(InputObject, Default)]
pub struct AddressPeriodInput {
    /// What it is used for.
    #[graphql(name = "type")]
    address_type: Option<AddressType>,
    /// The first day on which the person is found there.
    starts_on: Option<Date>,
}

/// What changes of how and when a person holds an address: what is left out stays, what is null is cleared.
#[derive(InputObject)]
pub struct AddressHoldingUpdateInput {
    /// What they use it for.
    #[graphql(name = "type")]
    address_type: MaybeUndefined<AddressType>,
    /// Its place among their others, lowest first.
    sort_order: MaybeUndefined<i32>,
    /// The first day on which they are found there.
    starts_on: MaybeUndefined<Date>,
    /// The last such day.
    ends_on: MaybeUndefined<Date>,
    /// The system that it comes from, with `sourceRecordId`.
    source_system: MaybeUndefined<String>,
    /// The id of the record there, with `sourceSystem`.
    source_record_id: MaybeUndefined<String>,
}

impl AddressHoldingUpdateInput {
    /// The command that changes it so for this person and address, and this one of several uses and periods.
    pub fn command(self, address_id: Uuid, contact_id: Uuid, period: AddressPeriodInput) -> address::UpdateHolding {
        address::UpdateHolding {
            address_id,
            contact_id,
            of_type: period.address_type.map(Into::into),
            of_start: period.starts_on.map(|day| day.0),
            address_type: edit(self.address_type).map(Into::into),
            sort_order: edit(self.sort_order),
            starts_on: edit(self.starts_on).map(|day| day.0),
            ends_on: edit(self.ends_on).map(|day| day.0),
            source_system: edit(self.source_system),
            source_record_id: edit(self.source_record_id),
        }
    }
}
