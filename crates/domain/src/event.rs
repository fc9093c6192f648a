//! One entry of the log: what happened, to which stream, by whom and why. Entries are made by commands and never changed.

mod catalogue;

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use catalogue::CATALOGUE;

/// What an event is about. A node is its own stream; so is one period of a link, so that two people who link different contacts to
/// one organization never wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// An organization.
    Organization,
    /// A facility.
    Facility,
    /// A contact.
    Contact,
    /// A phone.
    Phone,
    /// An email address.
    Email,
    /// A postal address.
    Address,
    /// A code of either vocabulary.
    Code,
    /// One period of a link.
    Link,
    /// What one organization's other system calls a contact, from its assignment to its removal.
    ExternalId,
    /// A record about a person, or about several: a communication, a persona, a relationship. Its maker alone sees it.
    Record,
    /// What an organization did with the directory as a whole: it looked somebody up, or took a list out.
    Directory,
    /// A message that came in from a phone.
    Message,
    /// Two contacts of whom somebody has said that they are not one person.
    Duplicate,
}

impl Stream {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Organization,
        Self::Facility,
        Self::Contact,
        Self::Phone,
        Self::Email,
        Self::Address,
        Self::Code,
        Self::Link,
        Self::ExternalId,
        Self::Record,
        Self::Directory,
        Self::Message,
        Self::Duplicate,
    ];

    /// Whether it is a phone's, an email address's or an address's.
    pub(crate) const fn is_of_method(self) -> bool {
        matches!(self, Self::Phone | Self::Email | Self::Address)
    }

    /// The kind that the log calls so.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.name() == name)
    }

    /// The name that the log keeps.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Facility => "facility",
            Self::Contact => "contact",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Code => "code",
            Self::Link => "link",
            Self::ExternalId => "external_id",
            Self::Record => "record",
            Self::Directory => "directory",
            Self::Message => "message",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Who did it, for whom, why, and in answer to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The login that acted.
    pub actor: String,
    /// The organization for which it acted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_id: Option<Uuid>,
    /// Why, in the actor's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What belongs together across requests; the request itself unless the caller says otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub correlation_id: Option<String>,
    /// The event that led to this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub causation_id: Option<Uuid>,
    /// The caller's idempotency key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub idempotency_key: Option<String>,
    /// The request that carried the command.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

/// An event as a decision makes it: it has no place in the log yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What it is about.
    pub stream: Stream,
    /// Which one.
    pub stream_id: Uuid,
    /// The how-manieth event of the stream this is, from 1.
    pub stream_version: i32,
    /// What happened: `contact.created`.
    pub event_type: &'static str,
    /// The facts.
    pub data: Value,
}

impl NewEvent {
    /// The first event of a stream.
    pub fn first(stream: Stream, stream_id: Uuid, event_type: &'static str, facts: &impl Serialize) -> Self {
        Self::after(0, stream, stream_id, event_type, facts)
    }

    /// The event that follows `version` others of its stream.
    pub fn after(
        version: i32,
        stream: Stream,
        stream_id: Uuid,
        event_type: &'static str,
        facts: &impl Serialize,
    ) -> Self {
        debug_assert!(CATALOGUE.contains(&event_type), "{event_type} is not in the catalogue of events");
        let data = serde_json::to_value(facts).expect("facts are plain structs with string keys");
        Self { stream, stream_id, stream_version: version + 1, event_type, data }
    }
}

/// An event as the log holds it and the projector applies it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its own id.
    pub id: Uuid,
    /// What it is about.
    pub stream: Stream,
    /// Which one.
    pub stream_id: Uuid,
    /// The how-manieth event of the stream.
    pub stream_version: i32,
    /// What happened.
    pub event_type: String,
    /// The facts.
    pub data: Value,
    /// Who and why.
    pub metadata: Metadata,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

impl Event {
    /// The facts as the struct of their kind; an entry that does not fit is a bug or a log from elsewhere, and is named.
    pub fn facts<F: for<'de> Deserialize<'de>>(&self) -> Result<F, DbErr> {
        F::deserialize(&self.data).map_err(|error| {
            DbErr::Custom(format!(
                "event {} {} of {} does not have the facts of its kind: {error}",
                self.event_type, self.stream_version, self.stream_id
            ))
        })
    }
}
