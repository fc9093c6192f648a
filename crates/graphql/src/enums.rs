//! The closed sets of values as clients see them. Each mirrors the domain's set of the same name; a new value there fails to compile here.

use async_graphql::Enum;
use liaison_domain::entity::values;
use liaison_domain::{failure, reading};

/// What an organization is to the platform.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::OrganizationKind")]
pub enum OrganizationKind {
    /// Runs the platform.
    PlatformOwner,
    /// Works with the people it serves.
    Provider,
    /// Brings or supports providers.
    ProviderPartner,
}

/// What kind of partner a provider partner is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::PartnerType")]
pub enum PartnerType {
    /// A value-added reseller.
    Var,
    /// A family service.
    Family,
    /// A court.
    Court,
    /// Any other partner.
    Other,
}

/// The role of a person at an organization. It stands on the link: one person may have several.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ContactType {
    /// Runs the account.
    Administrative,
    /// What older systems call ADMINISTRATIVE: taken in inputs, never given out.
    #[graphql(name = "A4C_ADMIN", deprecation = "Use ADMINISTRATIVE.")]
    A4cAdmin,
    /// Receives invoices.
    Billing,
    /// Answers technical questions.
    Technical,
    /// Is woken at 2 AM.
    Emergency,
    /// Is kept informed.
    Stakeholder,
}

impl From<ContactType> for values::ContactType {
    fn from(of: ContactType) -> Self {
        match of {
            ContactType::Administrative | ContactType::A4cAdmin => Self::Administrative,
            ContactType::Billing => Self::Billing,
            ContactType::Technical => Self::Technical,
            ContactType::Emergency => Self::Emergency,
            ContactType::Stakeholder => Self::Stakeholder,
        }
    }
}

impl From<values::ContactType> for ContactType {
    fn from(of: values::ContactType) -> Self {
        match of {
            values::ContactType::Administrative => Self::Administrative,
            values::ContactType::Billing => Self::Billing,
            values::ContactType::Technical => Self::Technical,
            values::ContactType::Emergency => Self::Emergency,
            values::ContactType::Stakeholder => Self::Stakeholder,
        }
    }
}

/// How a person prefers to be reached.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::ContactMethod")]
pub enum ContactMethod {
    /// By email.
    Email,
    /// By a call.
    Phone,
    /// By a text message.
    Sms,
}

/// Who beside its owner may edit a contact.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::EditPolicy")]
pub enum EditPolicy {
    /// Nobody beside the owner: a VAR's support contact is read-only for its providers.
    OwnerOnly,
    /// Every provider that has an open link to it: a consultant whose phone any client may correct.
    LinkedOrganizations,
}

/// What is known about whether a phone or email address reaches its person.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::VerificationState")]
pub enum VerificationState {
    /// Nobody has tried.
    Unverified,
    /// A code was sent.
    Pending,
    /// The code came back, or somebody with the right vouched for it.
    Verified,
    /// A message came back.
    Bounced,
    /// It can reach nobody; a phone number that does not parse is invalid.
    Invalid,
}

/// What an address is used for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::AddressType")]
pub enum AddressType {
    /// A place one can go to.
    Physical,
    /// Where letters go.
    Mailing,
    /// Where invoices go.
    Billing,
}

/// Which way an order runs.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderDirection {
    /// Smallest, earliest, A first.
    #[default]
    Asc,
    /// Largest, latest, Z first.
    Desc,
}

impl From<OrderDirection> for reading::Direction {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Self::Ascending,
            OrderDirection::Desc => Self::Descending,
        }
    }
}

/// Why a mutation was refused. More values may come: treat an unknown one like INVALID.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "failure::RefusalCode")]
pub enum UserErrorCode {
    /// No such thing, or none that you may see.
    NotFound,
    /// You see it and may not do this to it.
    Forbidden,
    /// A value is not acceptable; the message says what would be.
    Invalid,
    /// The id that you made is in use.
    IdTaken,
    /// The subdomain is in use.
    SubdomainTaken,
    /// The owner has an open link to the same value under the same code.
    MethodTaken,
    /// Something else changed the same thing at the same time.
    Conflict,
    /// It has another version than `expectedVersion`; `currentVersion` says which.
    VersionConflict,
    /// The `Idempotency-Key` stands for another request.
    IdempotencyKeyReused,
    /// A request with the same `Idempotency-Key` is under way.
    IdempotencyKeyInFlight,
    /// Others hold on to it; the message says how many.
    InUse,
    /// The login stands for another contact already.
    UserTaken,
    /// Another contact has this id of this system already.
    ExternalIdTaken,
    /// Several contacts answer to what was given; the message says how many.
    Ambiguous,
    /// Too many in a short time; the message says how many are allowed.
    RateLimited,
    /// The person may not be reached this way; the message says why.
    Unreachable,
    /// Another row stands on some of the same days; the message says which days.
    Overlaps,
    /// The contact was merged with another record of the same person; the message says which id is theirs now.
    Merged,
    /// Somebody like this is here already: use that contact, or send `allowDuplicate: true`.
    LikelyDuplicate,
}

/// What kinds of things move in a merge.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "liaison_domain::contact::MergeKind")]
pub enum MergedKind {
    /// A field of the contact itself.
    Field,
    /// A role at an organization.
    Role,
    /// A phone.
    Phone,
    /// An email address.
    Email,
    /// An address.
    Address,
    /// A persona.
    Persona,
    /// What two students are to each other.
    StudentRelationship,
    /// That somebody is a student's guardian.
    StudentGuardian,
    /// Where they work.
    StaffAssignment,
    /// A referral that names them.
    Referral,
    /// A communication with them.
    Communication,
    /// What another system calls them.
    ExternalId,
}

/// What a merge did to something.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "liaison_domain::contact::MergeFate")]
pub enum MergedFate {
    /// It is the survivor's now.
    Moved,
    /// It ended: the survivor has the same, or it was between the two themselves.
    Ended,
    /// It was the survivor's already and says something else now: an earlier beginning, a stronger primary, other days.
    Changed,
    /// It was opened, for days that nothing else has.
    Opened,
}

/// Over what people talk.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::Channel")]
pub enum CommunicationChannel {
    /// Email.
    Email,
    /// A call.
    Phone,
    /// A text message.
    Sms,
    /// A letter.
    Mail,
    /// A meeting.
    InPerson,
}

/// Who began a communication.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::Direction")]
pub enum CommunicationDirection {
    /// The person did.
    Inbound,
    /// The organization did.
    Outbound,
}

/// What became of a communication.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::Outcome")]
pub enum CommunicationOutcome {
    /// It took place.
    Done,
    /// It was tried, or refused.
    NotDone,
}

/// How a referral stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::ReferralStatus")]
pub enum ReferralStatus {
    /// Waiting for an answer.
    Open,
    /// The provider took it on.
    Accepted,
    /// The provider refused.
    Declined,
    /// Over.
    Closed,
}

/// What can be said of a phone or an email address by hand.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "liaison_domain::verification::Marked")]
pub enum VerificationMark {
    /// It reaches its person.
    Verified,
    /// What was sent came back.
    Bounced,
    /// It reaches nobody.
    Invalid,
}

/// A role that a token carries.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "liaison_domain::viewer::Role")]
pub enum Role {
    /// The platform owner's people: every organization, every right.
    SuperAdmin,
    /// Administers one provider.
    ProviderAdmin,
    /// Administers one partner.
    PartnerAdmin,
    /// Reads, and records communications and referrals.
    Clinician,
    /// Reads.
    Viewer,
}
