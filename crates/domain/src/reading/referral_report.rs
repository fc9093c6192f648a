//! Referrals as the organization that made them reads them: by day, a page at a time. It changes none.

use chrono::NaiveDate;
use liaison_entity::referral;
use sqlx::Row;
use uuid::Uuid;

use super::referrals::push_providers;
use super::{columns, model};
use crate::access::{Scope, referral_in_sight};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// Which referrals are wanted.
#[derive(Clone, Copy, Debug)]
pub struct ReferralReport<'a> {
    /// Only of these partners.
    pub partners: &'a [Uuid],
    /// Only to these providers.
    pub providers: Option<&'a [Uuid]>,
    /// Only of this day and later ones.
    pub from: Option<NaiveDate>,
    /// Only of this day and earlier ones.
    pub until: Option<NaiveDate>,
}

impl ReferralReport<'_> {
    fn push(self, sql: &mut Sql, scope: Scope) {
        sql.push(" FROM referrals r WHERE ");
        referral_in_sight(scope, sql, "r");
        sql.push(" AND r.partner_organization_id = ANY(").push_bind(self.partners.to_vec()).push(")");
        if let Some(providers) = self.providers {
            push_providers(sql, scope, "r", providers.to_vec());
        }
        if let Some(from) = self.from {
            sql.push(" AND r.referred_on >= ").push_bind(from);
        }
        if let Some(until) = self.until {
            sql.push(" AND r.referred_on <= ").push_bind(until);
        }
    }
}

/// The referrals after a place, by day and then by id, `limit` at most.
pub async fn referral_report(
    reader: &Reader,
    filter: ReferralReport<'_>,
    after: Option<(NaiveDate, Uuid)>,
    limit: u32,
) -> Result<Vec<referral::Model>, Fault> {
    let mut sql = Sql::new(format!("SELECT {}", columns::<referral::Entity>("r", "")));
    filter.push(&mut sql, reader.scope());
    if let Some((on, id)) = after {
        sql.push(" AND (r.referred_on, r.id) > (").push_bind(on).push(", ").push_bind(id).push(")");
    }
    sql.push(format_args!(" ORDER BY r.referred_on, r.id LIMIT {limit}"));
    let rows = reader.fetch(sql).await?;
    rows.into_iter().map(|row| model::<referral::Entity>(&row.into(), "")).collect()
}

/// How many there are.
pub async fn count_referral_report(reader: &Reader, filter: ReferralReport<'_>) -> Result<i64, Fault> {
    let mut sql = Sql::new("SELECT count(*)");
    filter.push(&mut sql, reader.scope());
    let rows = reader.fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a count gave no row".to_owned()))?;
    Ok(row.try_get(0)?)
}
