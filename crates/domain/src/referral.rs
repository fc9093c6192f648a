//! Referrals (US-11): that an organization sent a client to a provider, whom it dealt with there, and what became of it. Each is a record
//! of the organization that made it, and nobody else's; whom it names, that organization goes on seeing.

mod update;

use chrono::{DateTime, Days, NaiveDate, Utc};
use liaison_entity::values::{OrganizationKind, ReferralStatus};
use liaison_entity::{contact, organization, referral};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use update::apply_updated;
pub use update::{UPDATED, Update};

use crate::access::{self, Action, Sighted};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{contact as contacts, reading, store, text};

/// A referral was made.
pub const CREATED: &str = "referral.created";

/// Makes a referral, for the viewer's organization.
#[derive(Clone, Debug)]
pub struct Create {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// To which provider.
    pub provider_id: Uuid,
    /// With whom the organization deals there, or whom it sent.
    pub contact_id: Option<Uuid>,
    /// What the organization calls its client.
    pub client_reference: String,
    /// On which day; today unless told.
    pub referred_on: Option<NaiveDate>,
    /// How it stands; open unless told.
    pub status: Option<ReferralStatus>,
    /// What is to be remembered.
    pub notes: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Facts {
    recorded_by_organization_id: Uuid,
    provider_organization_id: Uuid,
    contact_id: Option<Uuid>,
    client_reference: String,
    referred_on: NaiveDate,
    status: ReferralStatus,
    notes: Option<String>,
}

/// The client's reference as it is kept. It is opaque, so that nobody's data need stand in it.
fn client_reference(given: &str) -> Result<String, Refusal> {
    text::line("clientReference", given, text::LINE)
}

/// Refuses a day that has not come anywhere yet.
fn referred_on(day: NaiveDate, now: DateTime<Utc>) -> Result<NaiveDate, Refusal> {
    // Where the sun rises first it is tomorrow already.
    if now.date_naive().checked_add_days(Days::new(1)).is_some_and(|latest| day > latest) {
        let why = "referredOn must not lie in the future: record a referral when it is made";
        return Err(Refusal::invalid("referredOn", why));
    }
    Ok(day)
}

/// Refuses a provider that the viewer does not see, or to which `partner` cannot send anybody.
async fn allow_provider(work: &Work<'_>, id: Uuid, partner: Uuid) -> Result<(), Failure> {
    let provider = reading::seen::<organization::Entity>(work, id, "providerId", "organization").await?;
    if provider.id == partner {
        let why = "a referral goes to another organization: providerId must not be the one that makes it";
        return Err(Refusal::invalid("providerId", why).into());
    }
    if provider.kind != OrganizationKind::Provider {
        let why = "a referral goes to a provider: providerId names an organization of another kind";
        return Err(Refusal::invalid("providerId", why).into());
    }
    allow_for_partner::<organization::Entity>(work, partner, id, "providerId").await
}

/// Refuses what the referral's maker does not see, where somebody else who sees more changes its referral: naming would show it.
async fn allow_for_partner<N: Sighted>(work: &Work<'_>, partner: Uuid, id: Uuid, field: &str) -> Result<(), Failure> {
    if work.viewer().organization_id() == partner || reading::is_seen_by::<N>(work, partner, id).await? {
        return Ok(());
    }
    let why = format!("the organization that made the referral does not see what {field} names; name another");
    Err(Refusal::invalid(field, why).into())
}

/// Refuses a contact that the viewer or the referral's maker does not see, or who is archived.
async fn allow_contact(work: &Work<'_>, id: Uuid, partner: Uuid) -> Result<(), Failure> {
    let contact = reading::seen::<contact::Entity>(work, id, "contactId", "contact").await?;
    contacts::allow_unmerged(work, &contact, "contactId").await?;
    if contact.deleted_at.is_some() {
        let why = "this contact is archived; name another, or leave contactId out";
        return Err(Refusal::invalid("contactId", why).into());
    }
    allow_for_partner::<contact::Entity>(work, partner, id, "contactId").await
}

impl Command for Create {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Record)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // Whoever loses sight of the contact, or of the provider, does so before or after.
        let relied = self.contact_id.into_iter().chain([self.provider_id]).map(Lock::Relied);
        self.id.map(Lock::Node).into_iter().chain(relied).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let own = work.viewer().organization_id();
        allow_provider(work, self.provider_id, own).await?;
        if let Some(id) = self.contact_id {
            allow_contact(work, id, own).await?;
        }
        work.compare_version(0)?;
        let facts = Facts {
            recorded_by_organization_id: own,
            provider_organization_id: self.provider_id,
            contact_id: self.contact_id,
            client_reference: client_reference(&self.client_reference)?,
            referred_on: referred_on(self.referred_on.unwrap_or_else(|| work.at().date_naive()), work.at())?,
            status: self.status.unwrap_or(ReferralStatus::Open),
            notes: text::optional_text("notes", self.notes.as_deref())?,
        };
        let id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Record, id, CREATED, &facts));
        Ok(id)
    }
}

pub(crate) async fn apply_created(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Facts = event.facts()?;
        touched.contacts.extend(facts.contact_id);
        rows.push(referral::Model {
            id: event.stream_id,
            partner_organization_id: facts.recorded_by_organization_id,
            provider_organization_id: facts.provider_organization_id,
            contact_id: facts.contact_id,
            client_reference: facts.client_reference,
            referred_on: facts.referred_on,
            status: facts.status,
            notes: facts.notes,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
        });
    }
    store::insert::<referral::Entity>(transaction, rows).await
}
