//! What changes an organization, for `super_admin`. Its kind never changes: partners and providers follow other rules.

use liaison_entity::organization;
use liaison_entity::values::{OrganizationKind, PartnerType};
use sea_orm::DbErr;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{expect_partner, subdomain, subdomain_lock};
use crate::access::{self, Action};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::reading;
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{store, text};

/// Facts of an organization changed.
pub const UPDATED: &str = "organization.updated";

/// The columns that it may change.
const COLUMNS: &[&str] = &["name", "partner_type", "subdomain", "default_region", "is_active", "referring_partner_id"];

/// Changes an organization. For `super_admin`.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: Edit<String>,
    /// What kind of partner it is; for partners only.
    pub partner_type: Edit<PartnerType>,
    /// Its unique name in addresses.
    pub subdomain: Edit<String>,
    /// The country of its phone numbers without a prefix.
    pub default_region: Edit<String>,
    /// Whether it takes part.
    pub is_active: Edit<bool>,
    /// The partner that brought it; for providers only.
    pub referring_partner_id: Edit<Uuid>,
}

impl Command for Update {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let mut locks = vec![Lock::Node(self.id)];
        if let Edit::Set(subdomain) = &self.subdomain {
            locks.push(subdomain_lock(subdomain));
        }
        // Exclusive on the new partner: whoever it links meanwhile would be missed by this provider's sight.
        if let Edit::Set(partner_id) = self.referring_partner_id {
            locks.push(Lock::Node(partner_id));
        }
        locks
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let current = allowed(work, self.id).await?;
        let changes = self.changes(&current).map_err(Failure::Refused)?;
        if changes.is_empty() {
            return Ok(self.id);
        }
        if changes.touch(&["subdomain"]) {
            // Whoever gets the former name must stand behind this in the log.
            work.lock_to_record([subdomain_lock(&current.subdomain)]);
        }
        if changes.touch(&["referring_partner_id"]) {
            // And on the former: whoever it links meanwhile would stay in this provider's sight.
            work.lock_also(current.referring_partner_id.into_iter().map(Lock::Node).collect()).await?;
            if let Edit::Set(partner_id) = self.referring_partner_id {
                expect_partner(work, partner_id).await?;
            }
        }
        work.record(NewEvent::after(current.version, Stream::Organization, self.id, UPDATED, &changes));
        Ok(self.id)
    }
}

/// The organization as the caller has seen it; only `super_admin` gets so far as to learn whether it is there.
async fn allowed(work: &mut Work<'_>, id: Uuid) -> Result<organization::Model, Failure> {
    access::allow(work.viewer(), Action::Govern)?;
    let current = reading::seen::<organization::Entity>(work, id, "id", "organization").await?;
    work.compare_version(current.version)?;
    Ok(current)
}

impl Update {
    /// What would change, or everything that is not acceptable.
    fn changes(&self, current: &organization::Model) -> Result<Changes, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut keep = |refusal| refusals.push(refusal);
        let name = self.name.clone().line_over("name", &current.name, text::LINE).map_err(&mut keep);
        let label = self.subdomain.clone().over_required("subdomain", current.subdomain.clone());
        let label = label.and_then(|label| subdomain(&label)).map_err(&mut keep);
        let region = self.default_region.clone().over_required("defaultRegion", current.default_region.clone());
        let region = region.and_then(|region| text::country("defaultRegion", &region)).map_err(&mut keep);
        let is_active = self.is_active.clone().over_required("isActive", current.is_active).map_err(&mut keep);
        let partner_type = self.partner_type.clone().over(current.partner_type);
        if (current.kind == OrganizationKind::ProviderPartner) != partner_type.is_some() {
            keep(Refusal::invalid("partnerType", "partnerType is for a provider partner, and needed there"));
        }
        let partner_id = self.referring_partner_id.clone().over(current.referring_partner_id);
        if partner_id.is_some() && current.kind != OrganizationKind::Provider {
            keep(Refusal::invalid("referringPartnerId", "only a provider is brought by a partner"));
        }
        let (Ok(name), Ok(label), Ok(region), Ok(is_active), true) =
            (name, label, region, is_active, refusals.is_empty())
        else {
            return Err(refusals);
        };
        let mut changes = Changes::default();
        changes.note("name", &current.name, &name);
        changes.note("subdomain", &current.subdomain, &label);
        changes.note("default_region", &current.default_region, &region);
        changes.note("is_active", &current.is_active, &is_active);
        changes.note("partner_type", &current.partner_type, &partner_type);
        changes.note("referring_partner_id", &current.referring_partner_id, &partner_id);
        Ok(changes)
    }
}

pub(crate) async fn apply_updated(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        let changes = Changes::of(event)?;
        let mut derived = Vec::new();
        if let Some(Value::String(name)) = changes.new_value("name") {
            derived.push(("sort_name", json!(text::sort_key(&[name]))));
        }
        if changes.touch(&["name", "subdomain"]) {
            touched.organizations.insert(event.stream_id);
        }
        // Whose people this provider reads is another partner's from now on.
        if let Some(change) = changes.get("referring_partner_id") {
            touched.has_losses = true;
            for id in [&change.old, &change.new] {
                touched.partners.extend(id.as_str().and_then(|id| Uuid::try_parse(id).ok()));
            }
        }
        store::update::<organization::Entity>(transaction, event, COLUMNS, &derived).await?;
    }
    Ok(())
}
