//! What other systems call our people: one organization's own note about a contact that it sees. It is a stream of its own, so that
//! nobody else learns of it, not even by the contact's version. An import matches by it.

use liaison_entity::{contact, contact_external_id};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use crate::access::{self, Action};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Sql, Transaction, Work};
use crate::viewer::Viewer;
use crate::{reading, store, text};

/// A contact has an id in another system.
pub const EXTERNAL_ID_ASSIGNED: &str = "contact.external_id.assigned";
/// A contact has this id in another system no more.
pub const EXTERNAL_ID_REMOVED: &str = "contact.external_id.removed";

/// The facts of both events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Called {
    pub organization_id: Uuid,
    pub contact_id: Uuid,
    pub source_system: String,
    pub external_id: String,
}

/// Where an external id stands now.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub id: Uuid,
    pub version: i32,
    pub called: Called,
}

impl Called {
    /// The event that makes it so.
    pub fn assigned(&self, id: Uuid) -> NewEvent {
        NewEvent::first(Stream::ExternalId, id, EXTERNAL_ID_ASSIGNED, self)
    }
}

impl Standing {
    /// The event that ends it.
    pub fn removed(&self) -> NewEvent {
        NewEvent::after(self.version, Stream::ExternalId, self.id, EXTERNAL_ID_REMOVED, &self.called)
    }
}

/// What keeps an organization's external ids from changing: each is unique, and whoever gives one up and whoever gets it must stand in
/// the log in that order.
pub(crate) fn lock_of(organization_id: Uuid) -> Lock {
    Lock::Name(format!("external ids of {organization_id}"))
}

/// The source system of an external id, or what is wrong with it.
pub(crate) fn source_system(value: &str) -> Result<String, Refusal> {
    text::line("sourceSystem", value, text::LINE)
}

/// The external id itself, or what is wrong with it.
pub(crate) fn external_id(value: &str) -> Result<String, Refusal> {
    text::line("externalId", value, text::LINE)
}

/// Where these external ids of one system stand, as far as the viewer's organization assigned them. Those whose contact is out of the
/// viewer's sight are among them.
pub(crate) async fn standing(
    work: &Work<'_>,
    source_system: &str,
    external_ids: Vec<String>,
) -> Result<Vec<Standing>, Failure> {
    let mut sql = Sql::new(
        "SELECT id, version, organization_id, contact_id, source_system, external_id FROM contact_external_ids
         WHERE organization_id = ",
    );
    sql.push_bind(work.viewer().organization_id()).push(" AND source_system = ").push_bind(source_system);
    sql.push(" AND external_id = ANY(").push_bind(external_ids).push(")");
    let rows = work.rows().fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(Standing {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            called: Called {
                organization_id: row.try_get("organization_id")?,
                contact_id: row.try_get("contact_id")?,
                source_system: row.try_get("source_system")?,
                external_id: row.try_get("external_id")?,
            },
        })
    };
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(|error| Fault::from(error).into())
}

/// Notes what a system of the viewer's organization calls a contact. Noting it twice is noting it once.
#[derive(Clone, Debug)]
pub struct AssignExternalId {
    /// The person.
    pub contact_id: Uuid,
    /// The system: `school-records`.
    pub source_system: String,
    /// What it calls them.
    pub external_id: String,
}

impl Command for AssignExternalId {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Edit)?)
    }

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.contact_id), lock_of(viewer.organization_id())]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        // A note of one's own about somebody in sight, whoever may edit them.
        let contact = reading::seen::<contact::Entity>(work, self.contact_id, "contactId", "contact").await?;
        if contact.deleted_at.is_some() {
            return Err(super::gone(work, &contact, "contactId").await);
        }
        work.compare_version(contact.version)?;
        let (source_system, external_id) = (source_system(&self.source_system)?, external_id(&self.external_id)?);
        let standing = standing(work, &source_system, vec![external_id.clone()]).await?;
        match standing.first() {
            Some(there) if there.called.contact_id == contact.id => return Ok(contact.id),
            Some(there) => {
                // Whom the organization does not see any more keeps nothing from it.
                if reading::one::<contact::Entity>(work, there.called.contact_id).await?.is_some() {
                    let why = "another contact has this id of this system already; remove it there first";
                    return Err(Refusal::new(RefusalCode::ExternalIdTaken, "externalId", why).into());
                }
                work.record(there.removed());
            }
            None => {}
        }
        let organization_id = work.viewer().organization_id();
        let called = Called { organization_id, contact_id: contact.id, source_system, external_id };
        let id = work.id_or_new(None);
        work.record(called.assigned(id));
        Ok(contact.id)
    }
}

/// Takes back what a system of the viewer's organization calls a contact. What is not noted is left alone.
#[derive(Clone, Debug)]
pub struct RemoveExternalId {
    /// The person.
    pub contact_id: Uuid,
    /// The system.
    pub source_system: String,
    /// What it calls them.
    pub external_id: String,
}

impl Command for RemoveExternalId {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Edit)?)
    }

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.contact_id), lock_of(viewer.organization_id())]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = reading::seen::<contact::Entity>(work, self.contact_id, "contactId", "contact").await?;
        super::allow_unmerged(work, &contact, "contactId").await?;
        work.compare_version(contact.version)?;
        let (source_system, external_id) = (source_system(&self.source_system)?, external_id(&self.external_id)?);
        let standing = standing(work, &source_system, vec![external_id]).await?;
        for there in standing.iter().filter(|there| there.called.contact_id == contact.id) {
            work.record(there.removed());
        }
        Ok(contact.id)
    }
}

pub(crate) async fn apply_external_id_assigned(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Called = event.facts()?;
        rows.push(contact_external_id::Model {
            id: event.stream_id,
            organization_id: facts.organization_id,
            contact_id: facts.contact_id,
            source_system: facts.source_system,
            external_id: facts.external_id,
            assigned_at: event.recorded_at,
            assigned_by: event.metadata.actor.clone(),
            version: event.stream_version,
        });
    }
    store::insert::<contact_external_id::Entity>(transaction, rows).await
}

pub(crate) async fn apply_external_id_removed(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    store::remove::<contact_external_id::Entity>(transaction, run.iter().map(|event| event.stream_id).collect()).await
}
