//! Organizations: the platform owner, providers, and the partners that bring providers. What changes one is in `update`.

mod update;

use liaison_entity::organization;
use liaison_entity::values::{OrganizationKind, PartnerType};
use sea_orm::{DbErr, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{self, Action};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{store, text};

pub(crate) use update::apply_updated;
pub use update::{UPDATED, Update};

/// An organization came into the directory.
pub const CREATED: &str = "organization.created";

/// Makes an organization. For `super_admin`.
#[derive(Clone, Debug)]
pub struct Create {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganizationKind,
    /// What kind of partner it is; for partners only.
    pub partner_type: Option<PartnerType>,
    /// Its unique name in addresses: lower-case letters, digits and hyphens.
    pub subdomain: String,
    /// The country of its phone numbers without a prefix; `US` unless told.
    pub default_region: Option<String>,
    /// The partner that brought it; for providers only.
    pub referring_partner_id: Option<Uuid>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Created {
    name: String,
    kind: OrganizationKind,
    partner_type: Option<PartnerType>,
    subdomain: String,
    default_region: String,
    referring_partner_id: Option<Uuid>,
}

impl Create {
    /// What the input alone tells: everything that needs no look at the directory.
    fn facts(&self) -> Result<Created, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut keep = |refusal| refusals.push(refusal);
        let name = text::line("name", &self.name, text::LINE).map_err(&mut keep).unwrap_or_default();
        let subdomain = subdomain(&self.subdomain).map_err(&mut keep).unwrap_or_default();
        let default_region =
            text::country("defaultRegion", self.default_region.as_deref().unwrap_or(text::USUAL_REGION))
                .map_err(&mut keep)
                .unwrap_or_default();
        if (self.kind == OrganizationKind::ProviderPartner) != self.partner_type.is_some() {
            keep(Refusal::invalid("partnerType", "partnerType is for a provider partner, and needed there"));
        }
        if self.referring_partner_id.is_some() && self.kind != OrganizationKind::Provider {
            keep(Refusal::invalid("referringPartnerId", "only a provider is brought by a partner"));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(Created {
            name,
            kind: self.kind,
            partner_type: self.partner_type,
            subdomain,
            default_region,
            referring_partner_id: self.referring_partner_id,
        })
    }
}

/// A subdomain as a person types it.
fn subdomain(given: &str) -> Result<String, Refusal> {
    let subdomain = given.trim().to_ascii_lowercase();
    let is_label = !subdomain.is_empty()
        && subdomain.len() <= 63
        && subdomain.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !subdomain.starts_with('-')
        && !subdomain.ends_with('-');
    if is_label {
        return Ok(subdomain);
    }
    let why = "subdomain must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end";
    Err(Refusal::invalid("subdomain", why))
}

fn subdomain_lock(given: &str) -> Lock {
    Lock::Name(format!("subdomain {}", given.trim().to_ascii_lowercase()))
}

/// Refuses a referring partner that is none.
async fn expect_partner(work: &Work<'_>, id: Uuid) -> Result<(), Failure> {
    let partner = organization::Entity::find_by_id(id).one(work.rows()).await?;
    if partner.is_none_or(|partner| partner.kind != OrganizationKind::ProviderPartner) {
        return Err(Refusal::invalid("referringPartnerId", "there is no provider partner with this id").into());
    }
    Ok(())
}

impl Command for Create {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let subdomain = subdomain_lock(&self.subdomain);
        // Exclusive on the partner: whoever it links meanwhile would be missed by this provider's sight.
        let nodes = self.id.into_iter().chain(self.referring_partner_id).map(Lock::Node);
        std::iter::once(subdomain).chain(nodes).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        access::allow(work.viewer(), Action::Govern)?;
        work.compare_version(0)?;
        let facts = self.facts().map_err(Failure::Refused)?;
        if let Some(partner_id) = facts.referring_partner_id {
            expect_partner(work, partner_id).await?;
        }
        let id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Organization, id, CREATED, &facts));
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
        let facts: Created = event.facts()?;
        touched.partners.extend(facts.referring_partner_id);
        touched.organizations.insert(event.stream_id);
        rows.push(organization::Model {
            id: event.stream_id,
            sort_name: text::sort_key(&[&facts.name]),
            name: facts.name,
            kind: facts.kind,
            partner_type: facts.partner_type,
            subdomain: facts.subdomain,
            default_region: facts.default_region,
            is_active: true,
            referring_partner_id: facts.referring_partner_id,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
            deleted_at: None,
        });
    }
    store::insert::<organization::Entity>(transaction, rows).await
}
