//! Facilities: the sites of an organization.

use liaison_entity::facility;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{self, Action};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::reading;
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

/// A facility came into the directory.
pub const CREATED: &str = "facility.created";

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
        reading::organization_in_sight(work, organization_id)
            .await?
            .ok_or_else(|| Refusal::not_found("organizationId", "organization"))?;
        access::allow_for(work.viewer(), organization_id, "organizationId")?;
        work.compare_version(0)?;
        let facts = Created { organization_id, name: text::line("name", &self.name, text::LINE)? };
        let id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Facility, id, CREATED, &facts));
        Ok(id)
    }
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
