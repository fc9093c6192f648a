//! The closed sets of values that columns hold. A value here has a `CHECK` of the same words in the migrations.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What an organization is to the platform.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum OrganizationKind {
    /// Runs the platform.
    #[sea_orm(string_value = "platform_owner")]
    PlatformOwner,
    /// Works with the people it serves.
    #[sea_orm(string_value = "provider")]
    Provider,
    /// Brings or supports providers: a VAR, a family service, a court.
    #[sea_orm(string_value = "provider_partner")]
    ProviderPartner,
}

/// What kind of partner a provider partner is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum PartnerType {
    /// A value-added reseller.
    #[sea_orm(string_value = "var")]
    Var,
    /// A family service.
    #[sea_orm(string_value = "family")]
    Family,
    /// A court.
    #[sea_orm(string_value = "court")]
    Court,
    /// Any other partner.
    #[sea_orm(string_value = "other")]
    Other,
}

/// The role of a person at an organization.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum ContactType {
    /// Runs the account.
    #[sea_orm(string_value = "administrative")]
    Administrative,
    /// Receives invoices.
    #[sea_orm(string_value = "billing")]
    Billing,
    /// Answers technical questions.
    #[sea_orm(string_value = "technical")]
    Technical,
    /// Is woken at night.
    #[sea_orm(string_value = "emergency")]
    Emergency,
    /// Is kept informed.
    #[sea_orm(string_value = "stakeholder")]
    Stakeholder,
}

/// How a person prefers to be reached.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum ContactMethod {
    /// By email.
    #[sea_orm(string_value = "email")]
    Email,
    /// By a call.
    #[sea_orm(string_value = "phone")]
    Phone,
    /// By a text message.
    #[sea_orm(string_value = "sms")]
    Sms,
}

/// Who beside its owner may edit a contact.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum EditPolicy {
    /// Nobody beside the owner.
    #[sea_orm(string_value = "owner_only")]
    OwnerOnly,
    /// Every provider that has an open link to it.
    #[sea_orm(string_value = "linked_organizations")]
    LinkedOrganizations,
}

/// What is known about whether a method reaches its person.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum VerificationState {
    /// Nobody has tried.
    #[sea_orm(string_value = "unverified")]
    Unverified,
    /// A code was sent.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// The code came back, or somebody with the right vouched for it.
    #[sea_orm(string_value = "verified")]
    Verified,
    /// A message came back.
    #[sea_orm(string_value = "bounced")]
    Bounced,
    /// It can reach nobody.
    #[sea_orm(string_value = "invalid")]
    Invalid,
}

/// What an address is used for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum AddressType {
    /// A place one can go to.
    #[sea_orm(string_value = "physical")]
    Physical,
    /// Where letters go.
    #[sea_orm(string_value = "mailing")]
    Mailing,
    /// Where invoices go.
    #[sea_orm(string_value = "billing")]
    Billing,
}

/// What a contact must be before a relationship of that kind may name it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Persona {
    /// A student.
    #[sea_orm(string_value = "student")]
    Student,
    /// A guardian.
    #[sea_orm(string_value = "guardian")]
    Guardian,
    /// A member of staff.
    #[sea_orm(string_value = "staff")]
    Staff,
}

/// The channel of a communication.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Email.
    #[sea_orm(string_value = "email")]
    Email,
    /// A call.
    #[sea_orm(string_value = "phone")]
    Phone,
    /// A text message.
    #[sea_orm(string_value = "sms")]
    Sms,
    /// A letter.
    #[sea_orm(string_value = "mail")]
    Mail,
    /// A meeting.
    #[sea_orm(string_value = "in_person")]
    InPerson,
}

/// Who began a communication.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The person did.
    #[sea_orm(string_value = "inbound")]
    Inbound,
    /// The organization did.
    #[sea_orm(string_value = "outbound")]
    Outbound,
}

/// What became of a communication.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place.
    #[sea_orm(string_value = "done")]
    Done,
    /// It was tried or refused.
    #[sea_orm(string_value = "not_done")]
    NotDone,
}

/// What a person is to be reached for.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Anything that can wait.
    #[default]
    #[sea_orm(string_value = "routine")]
    Routine,
    /// An emergency: it passes do-not-contact and preferences, and never an opt-out.
    #[sea_orm(string_value = "emergency")]
    Emergency,
}

/// Where a referral stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum ReferralStatus {
    /// Waiting for an answer.
    #[sea_orm(string_value = "open")]
    Open,
    /// Taken on.
    #[sea_orm(string_value = "accepted")]
    Accepted,
    /// Refused.
    #[sea_orm(string_value = "declined")]
    Declined,
    /// Over.
    #[sea_orm(string_value = "closed")]
    Closed,
}

/// What was decided about a pair.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum DuplicateState {
    /// Nothing yet.
    #[sea_orm(string_value = "open")]
    Open,
    /// They are two persons.
    #[sea_orm(string_value = "dismissed")]
    Dismissed,
    /// They were one.
    #[sea_orm(string_value = "merged")]
    Merged,
}
