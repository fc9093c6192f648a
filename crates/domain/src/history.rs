//! Reading the log: what happened, for whoever follows it and for whoever asks how something came to be as it is.
//! It tells nobody more than they may see, and changes nothing.

mod as_of;
mod fields;
mod following;
mod past;
mod telling;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

pub use as_of::{Look, MOST_ENTRIES, Moment, Past, as_of};
pub use fields::FieldChange;
pub use following::{Batch, ChangeFilter, begin, changes, now};
pub use past::{count, histories, history};
pub use telling::tell;

use crate::event::{Event, Metadata, Stream};
use crate::failure::Fault;
use crate::position::Position;
use crate::session::Sql;

/// What a loss of sight is called among the types of events.
pub const REMOVED: &str = "contact.removed_from_sight";

/// Stands for the version of a stream that is out of sight.
const UNTOLD: i32 = 0;

/// One entry of the log as a viewer reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it stands; `None` for what a rehearsal would have recorded.
    pub position: Option<Position>,
    /// What it says.
    pub kind: EntryKind,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKind {
    /// Something happened.
    Event(Box<Event>),
    /// The viewer's organization lost sight of a contact: forget them.
    Removal {
        /// The contact.
        contact_id: Uuid,
        /// When.
        recorded_at: DateTime<Utc>,
    },
}

/// A node that an entry concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Which one.
    pub id: Uuid,
}

/// What kind of node an entry concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
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
    /// A record of a communication.
    Communication,
    /// A referral.
    Referral,
    /// What two students are to each other.
    StudentRelationship,
    /// That somebody is a student's guardian.
    StudentGuardian,
    /// That somebody works somewhere.
    StaffAssignment,
}

/// The keys under which a link, or a record, names what it is between, uphill first.
const ENDS: [(&str, SubjectKind); 12] = [
    ("organization_id", SubjectKind::Organization),
    ("facility_id", SubjectKind::Facility),
    ("contact_id", SubjectKind::Contact),
    ("phone_id", SubjectKind::Phone),
    ("email_id", SubjectKind::Email),
    ("address_id", SubjectKind::Address),
    ("student_id", SubjectKind::Contact),
    ("related_student_id", SubjectKind::Contact),
    ("guardian_id", SubjectKind::Contact),
    ("staff_id", SubjectKind::Contact),
    ("other_contact_id", SubjectKind::Contact),
    ("duplicate_id", SubjectKind::Contact),
];

/// What a record is, by what happened to it. A persona has no id that anybody asks for: the contact does.
fn record_of(event_type: &str) -> Option<SubjectKind> {
    match event_type.rsplit_once('.').map_or(event_type, |(what, _)| what) {
        "contact.persona" => None,
        "referral" => Some(SubjectKind::Referral),
        "student.relationship" => Some(SubjectKind::StudentRelationship),
        "student.guardian" => Some(SubjectKind::StudentGuardian),
        "staff.assignment" => Some(SubjectKind::StaffAssignment),
        _ => Some(SubjectKind::Communication),
    }
}

impl Entry {
    /// An event with its place in the log.
    pub fn recorded(position: Position, event: Event) -> Self {
        Self { position: Some(position), kind: EntryKind::Event(Box::new(event)) }
    }

    /// An event that a rehearsal would have recorded.
    pub fn rehearsed(event: Event) -> Self {
        Self { position: None, kind: EntryKind::Event(Box::new(event)) }
    }

    /// What happened: `contact.created`.
    pub fn event_type(&self) -> &str {
        match &self.kind {
            EntryKind::Event(event) => &event.event_type,
            EntryKind::Removal { .. } => REMOVED,
        }
    }

    /// When it was recorded.
    pub fn recorded_at(&self) -> DateTime<Utc> {
        match &self.kind {
            EntryKind::Event(event) => event.recorded_at,
            EntryKind::Removal { recorded_at, .. } => *recorded_at,
        }
    }

    /// The event, if it is one.
    pub fn event(&self) -> Option<&Event> {
        match &self.kind {
            EntryKind::Event(event) => Some(event),
            EntryKind::Removal { .. } => None,
        }
    }

    /// The version that the stream has since; `None` of a loss of sight, and where the stream is out of sight.
    pub fn version(&self) -> Option<i32> {
        self.event().map(|event| event.stream_version).filter(|version| *version != UNTOLD)
    }

    /// The login that did it, as far as the viewer is told.
    pub fn actor(&self) -> Option<&str> {
        self.event().map(|event| event.metadata.actor.as_str()).filter(|actor| !actor.is_empty())
    }

    /// The nodes that it concerns, its own or the uphill end first.
    pub fn subjects(&self) -> Vec<Subject> {
        let event = match &self.kind {
            EntryKind::Removal { contact_id, .. } => {
                return vec![Subject { kind: SubjectKind::Contact, id: *contact_id }];
            }
            EntryKind::Event(event) => event,
        };
        let own = match event.stream {
            Stream::Organization => Some(SubjectKind::Organization),
            Stream::Facility => Some(SubjectKind::Facility),
            Stream::Contact => Some(SubjectKind::Contact),
            Stream::Phone => Some(SubjectKind::Phone),
            Stream::Email => Some(SubjectKind::Email),
            Stream::Address => Some(SubjectKind::Address),
            Stream::Code => Some(SubjectKind::Code),
            Stream::Record => record_of(&event.event_type),
            Stream::Link | Stream::ExternalId | Stream::Directory | Stream::Message | Stream::Duplicate => None,
        };
        let own = own.map(|kind| Subject { kind, id: event.stream_id });
        let named = ENDS.into_iter().filter(|(_, kind)| match event.stream {
            Stream::Link | Stream::Facility | Stream::Record => true,
            Stream::ExternalId | Stream::Contact | Stream::Duplicate => *kind == SubjectKind::Contact,
            _ => false,
        });
        let named = named.filter_map(|(name, kind)| {
            let id = event.data.get(name)?.as_str()?.parse().ok()?;
            Some(Subject { kind, id })
        });
        let mut subjects: Vec<Subject> = own.into_iter().chain(named).collect();
        // One who is their own guardian is concerned once.
        subjects.dedup();
        subjects
    }

    /// What changed, field by field under the names of the API, as far as the viewer is told.
    pub fn changes(&self) -> Vec<FieldChange> {
        self.event().map(fields::of).unwrap_or_default()
    }
}

/// The columns of an event, of the row `e` of the log.
const COLUMNS: &str = "e.epoch::bigint AS epoch, e.xid::text::bigint AS xid, e.seq, e.id, e.stream_type, e.stream_id, \
    e.stream_version, e.event_type, e.data, e.metadata, e.recorded_at";

fn position_of(row: &PgRow) -> Result<Position, sqlx::Error> {
    Ok(Position { epoch: row.try_get("epoch")?, xid: row.try_get("xid")?, seq: row.try_get("seq")? })
}

fn entry_of(row: &PgRow) -> Result<Entry, Fault> {
    let stream: &str = row.try_get("stream_type")?;
    let metadata: Value = row.try_get("metadata")?;
    let event = Event {
        id: row.try_get("id")?,
        stream: Stream::of_name(stream)
            .ok_or_else(|| Fault::Internal(format!("the log holds the unknown stream {stream}")))?,
        stream_id: row.try_get("stream_id")?,
        stream_version: row.try_get("stream_version")?,
        event_type: row.try_get("event_type")?,
        data: row.try_get("data")?,
        metadata: serde_json::from_value::<Metadata>(metadata)
            .map_err(|error| Fault::Internal(format!("the metadata of an event: {error}")))?,
        recorded_at: row.try_get("recorded_at")?,
    };
    Ok(Entry::recorded(position_of(row)?, event))
}

/// Pushes a comparison of the row `alias`'s position: one range of the index that leads with it.
fn push_compared(sql: &mut Sql, alias: &str, than: &str, position: Position) {
    sql.push(format_args!("({alias}.epoch, {alias}.xid, {alias}.seq) {than} ("));
    push_position(sql, position);
    sql.push(")");
}

/// Pushes a position as three values of the log's types.
fn push_position(sql: &mut Sql, Position { epoch, xid, seq }: Position) {
    sql.push_bind(i32::try_from(epoch).unwrap_or(i32::MAX)).push("::integer, ");
    // The driver knows no xid8; its text does.
    sql.push_bind(xid.to_string()).push("::text::xid8, ").push_bind(seq).push("::bigint");
}
