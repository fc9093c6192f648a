//! The clients that organizations sent to providers (US-11), as a report. A referral is seen by the organization that made it; a name
//! stands beside an id only where the viewer sees whose it is.

use std::collections::HashSet;

use chrono::NaiveDate;
use liaison_entity::values::ReferralStatus;
use liaison_entity::{contact, organization, referral};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::PAGE;
use crate::failure::Fault;
use crate::reading::{self, ReferralReport};
use crate::session::Reader;
use crate::sheet::cell;

pub(super) const COLUMNS: [&str; 8] =
    ["id", "partner", "provider", "contact", "contact_id", "client_reference", "referred_on", "status"];

/// Which referrals.
#[derive(Clone, Debug, Default)]
pub struct ReferralQuery {
    /// Of these partners.
    pub partners: Vec<Uuid>,
    /// Only to these providers.
    pub providers: Option<Vec<Uuid>>,
    /// Only of this day and later ones.
    pub from: Option<NaiveDate>,
    /// Only of this day and earlier ones.
    pub until: Option<NaiveDate>,
}

impl ReferralQuery {
    fn filter(&self) -> ReferralReport<'_> {
        ReferralReport {
            partners: &self.partners,
            providers: self.providers.as_deref(),
            from: self.from,
            until: self.until,
        }
    }
}

/// How many there are.
pub async fn count(reader: &Reader, query: &ReferralQuery) -> Result<i64, Fault> {
    reading::count_referral_report(reader, query.filter()).await
}

/// A walk through them, by day.
pub struct Referrals {
    query: ReferralQuery,
    after: Option<(NaiveDate, Uuid)>,
    is_done: bool,
}

impl Referrals {
    /// The list that the query means.
    pub fn of(query: ReferralQuery) -> Self {
        Self { query, after: None, is_done: false }
    }

    pub(super) async fn next(&mut self, reader: &Reader) -> Result<Option<Vec<Vec<String>>>, Fault> {
        if self.is_done {
            return Ok(None);
        }
        let page = reading::referral_report(reader, self.query.filter(), self.after, PAGE).await?;
        self.is_done = page.len() < PAGE as usize;
        self.after = page.last().map(|referral| (referral.referred_on, referral.id));
        if page.is_empty() {
            return Ok(None);
        }
        let organizations: HashSet<Uuid> =
            page.iter().flat_map(|r| [r.partner_organization_id, r.provider_organization_id]).collect();
        let organizations = reading::nodes::<organization::Entity>(reader, organizations.into_iter().collect()).await?;
        let contacts: HashSet<Uuid> = page.iter().filter_map(|referral| referral.contact_id).collect();
        let contacts = if contacts.is_empty() {
            Default::default()
        } else {
            reading::nodes::<contact::Entity>(reader, contacts.into_iter().collect()).await?
        };
        let name = |id: Uuid| organizations.get(&id).map_or_else(String::new, |organization| organization.name.clone());
        let rows = page.into_iter().map(|referral| {
            let contact = referral.contact_id.and_then(|id| contacts.get(&id));
            let contact = contact.map_or_else(String::new, |c| format!("{} {}", c.first_name, c.last_name));
            let partner = name(referral.partner_organization_id);
            let provider = name(referral.provider_organization_id);
            cells(referral, partner, provider, contact)
        });
        Ok(Some(rows.collect()))
    }
}

fn cells(referral: referral::Model, partner: String, provider: String, contact: String) -> Vec<String> {
    let cells: [String; COLUMNS.len()] = [
        referral.id.to_string(),
        partner,
        provider,
        contact,
        referral.contact_id.map_or_else(String::new, |id| id.to_string()),
        referral.client_reference,
        referral.referred_on.to_string(),
        ReferralStatus::to_value(&referral.status),
    ];
    cells.iter().map(|text| cell::escaped(text)).collect()
}
