//! Entries of the log in the API: what happened, for those who follow and for those who ask how something came to be as it is.
//! What somebody is told of an entry the domain has decided before it gets here.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::access::{self, Action};
use liaison_domain::event::CATALOGUE;
use liaison_domain::history::{self, ChangeFilter, Entry};
use liaison_domain::position::{Position, PositionKey};
use liaison_domain::reading::Page;
use liaison_domain::session::Reader;
use serde_json::Value;
use uuid::Uuid;

use crate::connection::{self, Connection, Count};
use crate::context::Request;
use crate::edges::Plain;
use crate::error::{self, Code};
use crate::node::{self, Node};
use crate::organization::{self, Organization};
use crate::{
    address, communication, contact, email, facility, loaders, phone, referral, staff_assignment, student_guardian,
    student_relationship,
};

/// An entry that its reader may see.
#[derive(Clone)]
pub struct Change {
    entry: Arc<Entry>,
    position: Option<String>,
}

impl Change {
    /// An entry as its reader is told it: `history::changes`, `history::histories` and `history::tell` give such.
    pub fn new(entry: Entry, positions: &PositionKey) -> Self {
        Self { position: entry.position.map(|position| positions.seal(position)), entry: Arc::new(entry) }
    }

    /// Entries that a command has just recorded, or would have, as its viewer is told them.
    pub async fn told(reader: &Reader, entries: Vec<Entry>) -> Result<Vec<Self>> {
        let entries = history::tell(reader, entries).await.map_err(|fault| error::of_fault(&fault))?;
        let positions = reader.database().positions();
        Ok(entries.into_iter().map(|entry| Self::new(entry, positions)).collect())
    }

    /// Where it stands, for whoever goes on from here.
    pub fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }
}

/// Something that happened: what, to what, when, by whom and why.
#[Object]
impl Change {
    /// Its own id; the same whenever and wherever it is read.
    async fn id(&self) -> Uuid {
        match self.entry.event() {
            Some(event) => event.id,
            None => {
                let contact = self.entry.subjects().first().map(|subject| subject.id).unwrap_or_default();
                Uuid::new_v5(&contact, self.position.as_deref().unwrap_or_default().as_bytes())
            }
        }
    }

    /// Where in the log it stands, opaque: `changes(after:)` goes on from here. Null for what a dry run would have written.
    #[graphql(name = "position")]
    async fn place(&self) -> Option<&str> {
        self.position()
    }

    /// What happened: `contact.updated`, `organization.contact.linked`. `contact.removed_from_sight` says that your organization does
    /// not see the contact any more, for whatever reason: forget them.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        self.entry.event_type()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.entry.recorded_at()
    }

    /// The login that did it; null when it acted for an organization that you do not see, or when you may not read history.
    async fn actor(&self) -> Option<&str> {
        self.entry.actor()
    }

    /// The organization for which it was done; null when you do not see it, or when you may not read history.
    async fn organization(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.entry.event()?.metadata.organization_id?).await.transpose()
    }

    /// Why, in the actor's words; null when none were given or when you are not told who it was.
    async fn reason(&self) -> Option<&str> {
        self.entry.event()?.metadata.reason.as_deref()
    }

    /// The request that did it; null when you are not told who it was.
    async fn request_id(&self) -> Option<&str> {
        self.entry.event()?.metadata.request_id.as_deref()
    }

    /// What belongs together across requests; null when you are not told who it was.
    async fn correlation_id(&self) -> Option<&str> {
        self.entry.event()?.metadata.correlation_id.as_deref()
    }

    /// The version that the thing, or the link, has since then; null for a loss of sight, and for a merge with, or an undoing from, a
    /// survivor whom you do not see: then it is the other one's change, who is the subject.
    async fn version(&self) -> Option<i32> {
        self.entry.version()
    }

    /// The things that it concerns: its own, or both ends of a link with the uphill one first.
    async fn subjects(&self) -> Vec<ChangeSubject> {
        let of = |subject: history::Subject| ChangeSubject { kind: subject.kind.into(), id: subject.id };
        self.entry.subjects().into_iter().map(of).collect()
    }

    /// What changed, field by field. What a link leads to stands in `subjects`. Empty when you may not read history.
    async fn fields(&self) -> Vec<FieldChange> {
        self.entry.changes().into_iter().map(Into::into).collect()
    }

    /// The first of its subjects as it is now, if you see it now.
    async fn node(&self, context: &Context<'_>) -> Option<Result<Node>> {
        let subject = *self.entry.subjects().first()?;
        node_of(context, subject.kind.into(), subject.id).await.transpose()
    }
}

/// A thing that a change concerns.
#[derive(Clone, Copy, SimpleObject)]
#[graphql(complex)]
pub struct ChangeSubject {
    /// What it is.
    kind: SubjectKind,
    /// Its id; `node(id:)` finds it while you see it.
    id: Uuid,
}

#[async_graphql::ComplexObject]
impl ChangeSubject {
    /// The thing as it is now, if you see it now.
    async fn node(&self, context: &Context<'_>) -> Option<Result<Node>> {
        node_of(context, self.kind, self.id).await.transpose()
    }
}

/// What kind of thing a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "liaison_domain::history::SubjectKind")]
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
    /// A code for phones or for email addresses.
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

async fn node_of(context: &Context<'_>, kind: SubjectKind, id: Uuid) -> Result<Option<Node>> {
    Ok(match kind {
        SubjectKind::Organization => organization::of_id(context, id).await?.map(Node::Organization),
        SubjectKind::Facility => facility::of_id(context, id).await?.map(Node::Facility),
        SubjectKind::Contact => contact::of_id(context, id).await?.map(Node::Contact),
        SubjectKind::Phone => phone::of_id(context, id).await?.map(Node::Phone),
        SubjectKind::Email => email::of_id(context, id).await?.map(Node::Email),
        SubjectKind::Address => address::of_id(context, id).await?.map(Node::Address),
        SubjectKind::Communication => communication::of_id(context, id).await?.map(Node::Communication),
        SubjectKind::Referral => referral::of_id(context, id).await?.map(Node::Referral),
        SubjectKind::StudentRelationship => {
            student_relationship::of_id(context, id).await?.map(Node::StudentRelationship)
        }
        SubjectKind::StudentGuardian => student_guardian::of_id(context, id).await?.map(Node::StudentGuardian),
        SubjectKind::StaffAssignment => staff_assignment::of_id(context, id).await?.map(Node::StaffAssignment),
        // Which vocabulary it is of, its id knows.
        SubjectKind::Code => node::of_id(context, id).await?,
    })
}

/// A field that changed.
#[derive(Clone, SimpleObject)]
pub struct FieldChange {
    /// The field's name, as the thing or the link's edge has it: `firstName`, `isPrimary`.
    name: String,
    /// What it was, as the field writes it; null when it was nothing, and for an organization that you do not see.
    old: Option<Value>,
    /// What it is, as the field writes it; null when it is nothing, and for an organization that you do not see.
    new: Option<Value>,
}

/// The fields that the API writes as enums.
const ENUMS: [&str; 12] = [
    "type",
    "kind",
    "partnerType",
    "preferredContactMethod",
    "editPolicy",
    "verificationState",
    "channel",
    "direction",
    "purpose",
    "outcome",
    "status",
    "persona",
];

impl From<history::FieldChange> for FieldChange {
    fn from(history::FieldChange { name, old, new }: history::FieldChange) -> Self {
        Self { old: written(&name, old), new: written(&name, new), name }
    }
}

/// A value as the field with this name writes it.
pub(crate) fn written(name: &str, value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if ENUMS.contains(&name) => Some(Value::String(text.to_ascii_uppercase())),
        value => Some(value),
    }
}

/// What happened after a position, in order.
#[derive(SimpleObject)]
pub struct ChangePage {
    /// The changes, in the order in which the log holds them.
    nodes: Vec<Change>,
    /// How far the log was read: give it as `after` to go on. Null while there is nothing to have read.
    end_position: Option<String>,
    /// Whether there is more to read now. It may be so with no row on this page: you see little of a long log.
    has_next_page: bool,
    /// Whether nothing is left for now. False also while something has been written that another's unfinished work may yet precede:
    /// ask again in a moment.
    is_caught_up: bool,
}

/// What is asked of the log.
pub struct Wanted {
    /// After which position.
    pub after: Option<Position>,
    /// Which entries.
    pub filter: ChangeFilter,
}

impl Wanted {
    /// Reads the arguments that `changes` takes, in a query and in a subscription alike.
    pub fn read(
        positions: &PositionKey,
        after: Option<&str>,
        types: Option<Vec<String>>,
        organization_id: Option<Uuid>,
        contact_id: Option<Uuid>,
    ) -> Result<Self> {
        let open = |text| {
            let why = "after must be a position that this service gave: an endPosition, or the position of a change or a payload";
            positions.open(text).ok_or_else(|| error::bad_input(why))
        };
        for name in types.iter().flatten() {
            if name != history::REMOVED && !CATALOGUE.contains(&name.as_str()) {
                let known = CATALOGUE.iter().chain([&history::REMOVED]).copied().collect::<Vec<_>>().join(", ");
                return Err(error::bad_input(format!("{name:?} is no type of change; types may hold {known}")));
            }
        }
        let filter = ChangeFilter { types, organization_id, contact_id, subject_id: None, not_again: None };
        Ok(Self { after: after.map(open).transpose()?, filter })
    }
}

/// One page of what is wanted.
pub async fn page(reader: &Reader, wanted: &Wanted, limit: u32) -> Result<ChangePage> {
    let batch = history::changes(reader, &wanted.filter, wanted.after, limit as usize).await;
    let batch = batch.map_err(|fault| error::of_fault(&fault))?;
    let positions = reader.database().positions();
    Ok(ChangePage {
        nodes: batch.entries.into_iter().map(|entry| Change::new(entry, positions)).collect(),
        end_position: batch.end.map(|position| positions.seal(position)),
        has_next_page: !batch.is_caught_up,
        is_caught_up: batch.is_caught_up && !batch.is_pending,
    })
}

/// As [`history`], from the four arguments of a connection.
pub async fn past(
    context: &Context<'_>,
    subject: Uuid,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Connection<Plain<Change>>> {
    history(context, subject, connection::page(first, after, last, before)?).await
}

/// A page of the history of a node, newest first, or the refusal of those who may not read history.
pub async fn history(context: &Context<'_>, subject: Uuid, page: Page) -> Result<Connection<Plain<Change>>> {
    let request = Request::of(context);
    let (batches, reader) = (request.batches.clone(), request.reader()?.clone());
    if let Err(refusal) = access::allow(reader.viewer(), Action::History) {
        return Err(error::error(Code::Forbidden, refusal.message));
    }
    let slice = loaders::history(&batches, &reader, subject, page).await.map_err(|failed| error::of_list(&failed))?;
    let positions = reader.database().positions().clone();
    let count: Count = Arc::new(move || {
        let (batches, reader) = (batches.clone(), reader.clone());
        Box::pin(async move { loaders::history_count(&batches, &reader, subject).await })
    });
    Ok(Connection::of(&slice, count, |cursor, entry| Plain { cursor, node: Change::new(entry.clone(), &positions) }))
}
