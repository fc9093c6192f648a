//! The edges: a node and what its link knows. A junction has no type of its own in the API; it stands here.
//! How a link becomes an edge is in `link`, what the connections are called in `connections`.

mod connections;
mod link;
mod relationship;

use async_graphql::{OutputType, SimpleObject};
use chrono::{DateTime, Utc};

use crate::address::Address;
use crate::change::Change;
use crate::code::{EmailCode, PhoneCode};
use crate::communication::Communication;
use crate::contact::Contact;
use crate::email::Email;
use crate::enums::{AddressType, ContactType};
use crate::facility::Facility;
use crate::import::{ContactImport, ContactImportError, ContactImportPreview};
use crate::merge::ContactMerge;
use crate::organization::Organization;
use crate::phone::Phone;
use crate::referral::Referral;
use crate::scalars::Date;

pub use link::LinkEdge;
pub use relationship::{StaffAssignmentEdge, StaffEdge, StudentGuardianEdge, StudentRelationshipEdge};

/// An edge of a list that no link makes.
#[derive(SimpleObject)]
#[graphql(concrete(name = "FacilityEdge", params(Facility)))]
#[graphql(concrete(name = "PhoneCodeEdge", params(PhoneCode)))]
#[graphql(concrete(name = "EmailCodeEdge", params(EmailCode)))]
#[graphql(concrete(name = "ChangeEdge", params(Change)))]
#[graphql(concrete(name = "ContactImportEdge", params(ContactImport)))]
#[graphql(concrete(name = "ContactImportErrorEdge", params(ContactImportError)))]
#[graphql(concrete(name = "ContactImportPreviewEdge", params(ContactImportPreview)))]
#[graphql(concrete(name = "CommunicationEdge", params(Communication)))]
#[graphql(concrete(name = "ReferralEdge", params(Referral)))]
#[graphql(concrete(name = "ContactMergeEdge", params(ContactMerge)))]
pub struct Plain<N: OutputType> {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// The row.
    pub node: N,
}

/// A person's role at an organization.
#[derive(SimpleObject)]
#[graphql(concrete(name = "OrganizationContactEdge", params(Contact)))]
#[graphql(concrete(name = "ContactOrganizationEdge", params(Organization)))]
pub struct RoleEdge<N: OutputType> {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: N,
    /// The role.
    #[graphql(name = "type")]
    pub contact_type: ContactType,
    /// Whether the person is the organization's primary one in this role; there is at most one.
    pub is_primary: bool,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
    /// Why the link was made; null when another organization made it.
    pub reason: Option<String>,
}

/// A phone of an organization.
#[derive(SimpleObject)]
pub struct OrganizationPhoneEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Phone,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// A phone of a person.
#[derive(SimpleObject)]
pub struct ContactPhoneEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Phone,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// An organization that is reachable through a phone.
#[derive(SimpleObject)]
pub struct PhoneOrganizationEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Organization,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// A person who is reachable through a phone.
#[derive(SimpleObject)]
pub struct PhoneContactEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Contact,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// An email address of an organization.
#[derive(SimpleObject)]
pub struct OrganizationEmailEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Email,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// An email address of a person.
#[derive(SimpleObject)]
pub struct ContactEmailEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Email,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// An organization that is reachable through an email address.
#[derive(SimpleObject)]
pub struct EmailOrganizationEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Organization,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// A person who is reachable through an email address.
#[derive(SimpleObject)]
pub struct EmailContactEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Contact,
    /// Whether it is the owner's primary one; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// An address of an organization.
#[derive(SimpleObject)]
pub struct OrganizationAddressEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Address,
    /// What the owner uses the address for; it may differ from the address's own type.
    #[graphql(name = "type")]
    pub address_type: AddressType,
    /// Whether it is the owner's primary one of this type; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// An address of a person.
#[derive(SimpleObject)]
pub struct ContactAddressEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Address,
    /// What the owner uses the address for; it may differ from the address's own type.
    #[graphql(name = "type")]
    pub address_type: AddressType,
    /// Whether it is the owner's primary one of this type; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
    /// The first day on which the person is found there, if known (ADR 0009 `UserAddress`).
    pub starts_on: Option<Date>,
    /// The last such day; null while it goes on.
    pub ends_on: Option<Date>,
    /// The system that the link came from; null when another organization made it.
    pub source_system: Option<String>,
    /// The id of the record there; null when another organization made it.
    pub source_record_id: Option<String>,
    /// The version of how and when they hold it, for the `expectedVersion` of `addressHoldingUpdate`: another one after every change. It
    /// is compared for equality only; the address has its own.
    pub holding_version: i32,
}

/// An organization that is found at an address.
#[derive(SimpleObject)]
pub struct AddressOrganizationEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Organization,
    /// What the owner uses the address for; it may differ from the address's own type.
    #[graphql(name = "type")]
    pub address_type: AddressType,
    /// Whether it is the owner's primary one of this type; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
}

/// A person who is found at an address.
#[derive(SimpleObject)]
pub struct AddressContactEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Contact,
    /// What the owner uses the address for; it may differ from the address's own type.
    #[graphql(name = "type")]
    pub address_type: AddressType,
    /// Whether it is the owner's primary one of this type; there is at most one.
    pub is_primary: bool,
    /// Its place among the owner's others, lowest first.
    pub sort_order: i32,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
    /// The login that made the link; null when another organization made it.
    pub linked_by: Option<String>,
    /// The first day on which the person is found there, if known (ADR 0009 `UserAddress`).
    pub starts_on: Option<Date>,
    /// The last such day; null while it goes on.
    pub ends_on: Option<Date>,
    /// The system that the link came from; null when another organization made it.
    pub source_system: Option<String>,
    /// The id of the record there; null when another organization made it.
    pub source_record_id: Option<String>,
}

/// Where a phone stands.
#[derive(SimpleObject)]
pub struct PhoneAddressEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Address,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
}

/// A phone that stands at an address.
#[derive(SimpleObject)]
pub struct AddressPhoneEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// What the link leads to.
    pub node: Phone,
    /// When the link was made.
    pub linked_at: DateTime<Utc>,
}
