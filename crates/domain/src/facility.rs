//! Facilities: the sites of an organization.

use liaison_entity::{facility, organization};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{self, Action};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::Failure;
use crate::reading;
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

/// A facility came into the directory.
pub const CREATED: &str = "facility.created";
/// Facts of a facility changed.
pub const UPDATED: &str = "facility.updated";

/// The columns that it may change.
const COLUMNS: &[&str] = &["name", "is_active"];

/// Makes a facility of the viewer's organization; of any, for `super_admin`.
#[derive(Clone, Debug)]
pub struct Create {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// Whose site it is; the viewer's organization unless told.
    pub organization_id: Option<Uuid>,
    /// Its name.
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Created {
    organization_id: Uuid,
    name: String,
}

impl Command for Create {
    type Output = Uuid;

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        let organization = Lock::Relied(self.organization_id.unwrap_or(viewer.organization_id()));
        self.id.map(Lock::Node).into_iter().chain([organization]).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        access::allow(work.viewer(), Action::Link)?;
        let organization_id = self.organization_id.unwrap_or(work.viewer().organization_id());
        reading::seen::<organization::Entity>(work, organization_id, "organizationId", "organization").await?;
        access::allow_for(work.viewer(), organization_id, "organizationId")?;
        work.compare_version(0)?;
        let facts = Created { organization_id, name: text::line("name", &self.name, text::LINE)? };
        let id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Facility, id, CREATED, &facts));
        Ok(id)
    }
}

/// Changes a facility of the viewer's organization; of any, for `super_admin`.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: Edit<String>,
    /// Whether it is in use.
    pub is_active: Edit<bool>,
}

impl Command for Update {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        access::allow(work.viewer(), Action::Link)?;
        let current = reading::seen::<facility::Entity>(work, self.id, "id", "facility").await?;
        access::allow_for(work.viewer(), current.organization_id, "id")?;
        work.compare_version(current.version)?;
        let name = self.name.clone().line_over("name", &current.name, text::LINE)?;
        let is_active = self.is_active.clone().over_required("isActive", current.is_active)?;
        let mut changes = Changes::default();
        changes.note("name", &current.name, &name);
        changes.note("is_active", &current.is_active, &is_active);
        work.record_changes(current.version, Stream::Facility, self.id, UPDATED, &changes);
        Ok(self.id)
    }
}

pub(crate) async fn apply_updated(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        let mut derived = Vec::new();
        if let Some(Value::String(name)) = Changes::of(event)?.new_value("name") {
            derived.push(("sort_name", json!(text::sort_key(&[name]))));
        }
        store::update::<facility::Entity>(transaction, event, COLUMNS, &derived).await?;
    }
    Ok(())
}

pub(crate) async fn apply_created(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Created = event.facts()?;
        rows.push(facility::Model {
            id: event.stream_id,
            organization_id: facts.organization_id,
            sort_name: text::sort_key(&[&facts.name]),
            name: facts.name,
            is_active: true,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
            deleted_at: None,
        });
    }
    store::insert::<facility::Entity>(transaction, rows).await
}
