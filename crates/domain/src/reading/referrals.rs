//! The lists of referrals as the organization that made them reads them: by day, of everybody or of one person.

use std::collections::HashMap;

use chrono::NaiveDate;
use liaison_entity::values::ReferralStatus;
use liaison_entity::{Node, organization, referral};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::linked::push_one_of;
use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::{columns, model, push_names_person};
use crate::access::{Scope, Sighted};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// Which referrals are wanted; all conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReferralFilter {
    /// Only those that name these contacts.
    pub contact_ids: Option<Vec<Uuid>>,
    /// Only to these providers.
    pub provider_ids: Option<Vec<Uuid>>,
    /// Only those that these organizations made.
    pub partner_ids: Option<Vec<Uuid>>,
    /// Only those that stand so.
    pub statuses: Option<Vec<ReferralStatus>>,
    /// Only of clients that are called one of these, to the letter.
    pub client_references: Option<Vec<String>>,
    /// Only of this day and later ones.
    pub from: Option<NaiveDate>,
    /// Only of this day and earlier ones.
    pub until: Option<NaiveDate>,
}

/// A list of referrals, by day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReferralQuery {
    /// Which.
    pub filter: ReferralFilter,
    /// Which way.
    pub direction: Direction,
}

const REFERRED_ON: Key = Key { expression: "n.referred_on", kind: KeyKind::Day };

/// Pushes that the referral `alias` goes to one of these. To whom it goes is told only while that organization is in sight: a filter must
/// not be a way to try others.
pub(super) fn push_providers(sql: &mut Sql, scope: Scope, alias: &str, ids: Vec<Uuid>) {
    sql.push(format_args!(
        " AND {alias}.provider_organization_id IN (SELECT o.id FROM organizations_projection o WHERE o.id = ANY("
    ));
    sql.push_bind(ids).push(") AND ");
    organization::Entity::in_sight(scope, sql, "o");
    sql.push(")");
}

impl ReferralFilter {
    fn push(&self, sql: &mut Sql, scope: Scope) {
        referral::Entity::in_sight(scope, sql, "n");
        if let Some(ids) = &self.contact_ids {
            sql.push(" AND ");
            push_names_person(sql, scope, "n.contact_id", ids);
        }
        if let Some(ids) = &self.partner_ids {
            sql.push(" AND n.partner_organization_id = ANY(").push_bind(ids.clone()).push(")");
        }
        if let Some(ids) = &self.provider_ids {
            push_providers(sql, scope, "n", ids.clone());
        }
        if let Some(statuses) = &self.statuses {
            push_one_of(sql, "n.status", statuses.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(references) = &self.client_references {
            push_one_of(sql, "n.client_reference", references.clone());
        }
        if let Some(from) = self.from {
            sql.push(" AND n.referred_on >= ").push_bind(from);
        }
        if let Some(until) = self.until {
            sql.push(" AND n.referred_on <= ").push_bind(until);
        }
    }
}

type Conditions<'a> = dyn Fn(&mut Sql) + Send + Sync + 'a;

fn listing<'a>(direction: Direction, conditions: &'a Conditions<'a>) -> Listing<'a> {
    Listing {
        columns: columns::<referral::Entity>("n", ""),
        from: format!("{} n", <referral::Entity as Node>::TABLE),
        join: None,
        parent: Some("n.contact_id"),
        order: "referred",
        keys: &[REFERRED_ON],
        id: "n.id",
        direction,
        conditions,
    }
}

/// A page of the referrals in sight.
pub async fn referrals(
    reader: &Reader,
    query: &ReferralQuery,
    page: &Page,
) -> Result<Slice<referral::Model>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(query.direction, &conditions).whole(reader, page, |row| model::<referral::Entity>(row, "")).await
}

/// How many referrals the query finds.
pub async fn count_referrals(reader: &Reader, query: &ReferralQuery) -> Result<i64, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(query.direction, &conditions).count(reader).await
}

/// The referrals that name each of these contacts.
pub async fn referrals_naming(
    reader: &Reader,
    contacts: Vec<Uuid>,
    query: &ReferralQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<referral::Model>>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    let listing = listing(query.direction, &conditions);
    listing.of_parents(reader, contacts, page, |row| model::<referral::Entity>(row, "")).await
}

/// How many referrals name each of these contacts.
pub async fn count_referrals_naming(
    reader: &Reader,
    contacts: Vec<Uuid>,
    query: &ReferralQuery,
) -> Result<HashMap<Uuid, i64>, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(query.direction, &conditions).count_of_parents(reader, contacts).await
}
