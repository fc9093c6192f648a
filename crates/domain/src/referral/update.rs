//! Changing a referral: what became of it, and what was put down wrongly. Whose it is never changes.

use chrono::NaiveDate;
use liaison_entity::referral;
use liaison_entity::values::ReferralStatus;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{allow_contact, allow_provider, client_reference, referred_on};
use crate::access::{self, Action};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::Failure;
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{reading, store, text};

/// A referral was changed.
pub const UPDATED: &str = "referral.updated";

/// Changes a referral of the viewer's organization.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Which.
    pub id: Uuid,
    /// To which provider.
    pub provider_id: Edit<Uuid>,
    /// With whom the organization deals there, or whom it sent.
    pub contact_id: Edit<Uuid>,
    /// What the organization calls its client.
    pub client_reference: Edit<String>,
    /// On which day.
    pub referred_on: Edit<NaiveDate>,
    /// How it stands.
    pub status: Edit<ReferralStatus>,
    /// What is to be remembered.
    pub notes: Edit<String>,
}

/// What changed. Whose record it is and whom it concerns stand beside it: who sees the entry, and in whose history, follows from them.
#[derive(Debug, Serialize, Deserialize)]
struct Updated {
    recorded_by_organization_id: Uuid,
    contact_id: Option<Uuid>,
    #[serde(flatten)]
    changes: Changes,
}

/// What it may write.
const COLUMNS: &[&str] =
    &["provider_organization_id", "contact_id", "client_reference", "referred_on", "status", "notes"];

const fn named(edit: &Edit<Uuid>) -> Option<Uuid> {
    match edit {
        Edit::Set(id) => Some(*id),
        Edit::Keep | Edit::Clear => None,
    }
}

impl Update {
    async fn changes(&self, work: &Work<'_>, was: &referral::Model) -> Result<Changes, Failure> {
        let provider = self.provider_id.clone().over_required("providerId", was.provider_organization_id)?;
        if provider != was.provider_organization_id {
            allow_provider(work, provider, was.partner_organization_id).await?;
        }
        let contact = self.contact_id.clone().over(was.contact_id);
        if let Some(id) = contact.filter(|id| Some(*id) != was.contact_id) {
            allow_contact(work, id, was.partner_organization_id).await?;
        }
        let client = self.client_reference.clone().over_required("clientReference", was.client_reference.clone())?;
        let day = self.referred_on.clone().over_required("referredOn", was.referred_on)?;
        let notes = text::optional_text("notes", self.notes.clone().over(was.notes.clone()).as_deref())?;
        let mut changes = Changes::default();
        changes.note("provider_organization_id", &was.provider_organization_id, &provider);
        changes.note("contact_id", &was.contact_id, &contact);
        changes.note("client_reference", &was.client_reference, &client_reference(&client)?);
        changes.note("referred_on", &was.referred_on, &referred_on(day, work.at())?);
        changes.note("status", &was.status, &self.status.clone().over_required("status", was.status)?);
        changes.note("notes", &was.notes, &notes);
        Ok(changes)
    }
}

impl Command for Update {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Record)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let relied = [named(&self.contact_id), named(&self.provider_id)].into_iter().flatten().map(Lock::Relied);
        std::iter::once(Lock::Node(self.id)).chain(relied).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let was = reading::seen::<referral::Entity>(work, self.id, "id", "referral").await?;
        access::allow_for(work.viewer(), was.partner_organization_id, "id")?;
        work.compare_version(was.version)?;
        let changes = self.changes(work, &was).await?;
        if changes.is_empty() {
            return Ok(self.id);
        }
        // It concerns whom it names from now on; where it names nobody any more, whom it named.
        let contact_id = self.contact_id.clone().over(was.contact_id).or(was.contact_id);
        let facts = Updated { recorded_by_organization_id: was.partner_organization_id, contact_id, changes };
        work.record(NewEvent::after(was.version, Stream::Record, self.id, UPDATED, &facts));
        Ok(self.id)
    }
}

fn contact_of(value: &Value) -> Result<Option<Uuid>, DbErr> {
    serde_json::from_value(value.clone()).map_err(|error| DbErr::Custom(format!("the contact of a referral: {error}")))
}

pub(crate) async fn apply_updated(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        if let Some(change) = Changes::of(event)?.get("contact_id") {
            // Who is not named any more may go out of sight.
            touched.has_losses = true;
            touched.contacts.extend(contact_of(&change.old)?.into_iter().chain(contact_of(&change.new)?));
        }
        store::update::<referral::Entity>(transaction, event, COLUMNS, &[]).await?;
    }
    Ok(())
}
