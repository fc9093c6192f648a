//! Filters of the directory: typed, combined with and, or and not, and on related rows matched on the same row.

use liaison_entity::values::{OrganizationKind, PartnerType};
use liaison_entity::{Junction, contact_address, contact_email, contact_phone, organization, organization_contact};
use sea_orm::ActiveEnum;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::linked::{LinkFilter, push_one_of};
use crate::access::{Ends, Scope, Sighted, SightedLink};
use crate::text;

/// Bounds on how many related rows there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CountFilter {
    /// Exactly so many.
    pub eq: Option<u32>,
    /// More.
    pub gt: Option<u32>,
    /// As many or more.
    pub gte: Option<u32>,
    /// Fewer.
    pub lt: Option<u32>,
    /// As many or fewer.
    pub lte: Option<u32>,
}

impl CountFilter {
    fn bounds(&self) -> impl Iterator<Item = (&'static str, u32)> {
        [("=", self.eq), (">", self.gt), (">=", self.gte), ("<", self.lt), ("<=", self.lte)]
            .into_iter()
            .filter_map(|(than, bound)| bound.map(|bound| (than, bound)))
    }
}

/// A condition on related rows, all parts of it on the same row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Related<F> {
    /// At least one row is such.
    pub some: Option<F>,
    /// No row is such.
    pub none: Option<F>,
    /// So many there are.
    pub count: Option<CountFilter>,
}

impl<F> Default for Related<F> {
    fn default() -> Self {
        Self { some: None, none: None, count: None }
    }
}

/// A condition on a method and its link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodFilter {
    /// What the link and the method's kind must satisfy.
    pub link: LinkFilter,
    /// The phone number in any spelling, or the email address in any.
    pub value: Option<String>,
}

/// Which contacts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContactFilter {
    /// All of these.
    pub and: Vec<ContactFilter>,
    /// At least one of these, if there are any.
    pub or: Vec<ContactFilter>,
    /// Not this.
    pub not: Option<Box<ContactFilter>>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// Only active ones, or only others.
    pub is_active: Option<bool>,
    /// Only those with this given name, whatever its case and accents.
    pub first_name: Option<String>,
    /// Only those with this family name, whatever its case and accents.
    pub last_name: Option<String>,
    /// Only those of these stewards.
    pub owner_organization_ids: Option<Vec<Uuid>>,
    /// Where they work.
    pub organizations: Option<Related<LinkFilter>>,
    /// Their phones.
    pub phones: Option<Related<MethodFilter>>,
    /// Their email addresses.
    pub emails: Option<Related<MethodFilter>>,
    /// Their addresses.
    pub addresses: Option<Related<LinkFilter>>,
}

impl ContactFilter {
    /// Whether it asks for a phone number, which is read with a region.
    pub(super) fn asks_for_a_number(&self) -> bool {
        let parts = self.and.iter().chain(&self.or).chain(self.not.as_deref());
        self.phones
            .as_ref()
            .is_some_and(|phones| phones.some.iter().chain(&phones.none).any(|filter| filter.value.is_some()))
            || parts.into_iter().any(Self::asks_for_a_number)
    }

    /// Pushes a condition on the contact `n`.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>, scope: Scope, region: &str) {
        sql.push("TRUE");
        if let Some(ids) = &self.ids {
            sql.push(" AND n.id = ANY(").push_bind(ids.clone()).push(")");
        }
        if let Some(is_active) = self.is_active {
            sql.push(format_args!(" AND n.is_active = {is_active}"));
        }
        if let Some(ids) = &self.owner_organization_ids {
            // Whose a contact is, is told only of organizations in sight: a filter must not be a way to try others.
            sql.push(" AND n.owner_organization_id IN (SELECT o.id FROM organizations_projection o WHERE o.id = ANY(");
            sql.push_bind(ids.clone()).push(") AND ");
            organization::Entity::in_sight(scope, sql, "o");
            sql.push(")");
        }
        // The sort name is family name, U+0001, given name, both folded.
        if let Some(name) = &self.last_name {
            sql.push(" AND split_part(n.sort_name, E'\\x01', 1) = ").push_bind(text::folded(name));
        }
        if let Some(name) = &self.first_name {
            sql.push(" AND split_part(n.sort_name, E'\\x01', 2) = ").push_bind(text::folded(name));
        }
        if let Some(related) = &self.organizations {
            push_organizations(sql, scope, related);
        }
        if let Some(related) = &self.phones {
            push_related::<contact_phone::Entity, _>(sql, scope, related, |filter, sql| {
                push_phone(filter, region, sql)
            });
        }
        if let Some(related) = &self.emails {
            push_related::<contact_email::Entity, _>(sql, scope, related, push_email);
        }
        if let Some(related) = &self.addresses {
            push_related::<contact_address::Entity, _>(sql, scope, related, |filter: &LinkFilter, sql| {
                filter.push::<contact_address::Entity>(sql, "r", "m");
            });
        }
        for part in &self.and {
            sql.push(" AND (");
            part.push(sql, scope, region);
            sql.push(")");
        }
        if !self.or.is_empty() {
            sql.push(" AND (FALSE");
            for part in &self.or {
                sql.push(" OR (");
                part.push(sql, scope, region);
                sql.push(")");
            }
            sql.push(")");
        }
        if let Some(part) = &self.not {
            sql.push(" AND NOT (");
            part.push(sql, scope, region);
            sql.push(")");
        }
    }
}

fn push_phone(filter: &MethodFilter, region: &str, sql: &mut QueryBuilder<Postgres>) {
    filter.link.push::<contact_phone::Entity>(sql, "r", "m");
    if let Some(number) = &filter.value {
        let e164 = text::phone(number, None, region).ok().and_then(|parsed| parsed.e164);
        match e164 {
            Some(e164) => drop(sql.push(" AND m.e164 = ").push_bind(e164)),
            None => drop(sql.push(" AND m.number = ").push_bind(number.trim().to_owned())),
        }
    }
}

fn push_email(filter: &MethodFilter, sql: &mut QueryBuilder<Postgres>) {
    filter.link.push::<contact_email::Entity>(sql, "r", "m");
    if let Some(address) = &filter.value {
        let key =
            text::email("address", address).map_or_else(|_| address.trim().to_lowercase(), |parsed| parsed.normalized);
        sql.push(" AND m.normalized = ").push_bind(key);
    }
}

/// A condition on the open links of the contact `n` and what they lead to, `r` and `m`.
fn push_related<J: SightedLink, F>(
    sql: &mut QueryBuilder<Postgres>,
    scope: Scope,
    related: &Related<F>,
    push: impl Fn(&F, &mut QueryBuilder<Postgres>),
) {
    let from = |sql: &mut QueryBuilder<Postgres>| {
        sql.push(format_args!(
            "FROM {} r JOIN {} m ON m.id = r.{} WHERE r.contact_id = n.id AND r.unlinked_at IS NULL AND ",
            J::TABLE,
            <J::Downhill as liaison_entity::Node>::TABLE,
            J::DOWNHILL_ID
        ));
        J::link_in_sight(scope, sql, "r");
        if J::ENDS == Ends::AreAsked {
            sql.push(" AND ");
            J::Downhill::in_sight(scope, sql, "m");
        }
    };
    for (filter, word) in [(&related.some, "EXISTS"), (&related.none, "NOT EXISTS")] {
        if let Some(filter) = filter {
            sql.push(format_args!(" AND {word} (SELECT "));
            from(sql);
            push(filter, sql);
            sql.push(")");
        }
    }
    for (than, bound) in related.count.iter().flat_map(CountFilter::bounds) {
        sql.push(" AND (SELECT count(*) ");
        from(sql);
        sql.push(format_args!(") {than} {bound}"));
    }
}

/// As [`push_related`], uphill: where the contact works. Counted are organizations, however many roles the contact has there.
fn push_organizations(sql: &mut QueryBuilder<Postgres>, scope: Scope, related: &Related<LinkFilter>) {
    type Link = organization_contact::Entity;
    for (filter, word) in [(&related.some, "EXISTS"), (&related.none, "NOT EXISTS")] {
        if let Some(filter) = filter {
            sql.push(format_args!(" AND {word} (SELECT FROM organization_contacts r WHERE r.contact_id = n.id AND r.unlinked_at IS NULL AND "));
            Link::link_in_sight(scope, sql, "r");
            filter.push::<Link>(sql, "r", "r");
            sql.push(")");
        }
    }
    for (than, bound) in related.count.iter().flat_map(CountFilter::bounds) {
        match scope {
            // The projector keeps the number for those who see every link.
            Scope::Everything => drop(sql.push(format_args!(" AND n.organization_count {than} {bound}"))),
            Scope::Organization(_) | Scope::Nothing => {
                sql.push(
                    " AND (SELECT count(DISTINCT r.organization_id) FROM organization_contacts r
                      WHERE r.contact_id = n.id AND r.unlinked_at IS NULL AND ",
                );
                Link::link_in_sight(scope, sql, "r");
                sql.push(format_args!(") {than} {bound}"));
            }
        }
    }
    debug_assert_eq!(Link::UPHILL_ID, "organization_id");
}

/// Which organizations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrganizationFilter {
    /// All of these.
    pub and: Vec<OrganizationFilter>,
    /// At least one of these, if there are any.
    pub or: Vec<OrganizationFilter>,
    /// Not this.
    pub not: Option<Box<OrganizationFilter>>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// Only these kinds.
    pub kinds: Option<Vec<OrganizationKind>>,
    /// Only these partner types.
    pub partner_types: Option<Vec<PartnerType>>,
    /// Only with this in the name, whatever its case and accents.
    pub name_contains: Option<String>,
    /// Only with these subdomains.
    pub subdomains: Option<Vec<String>>,
    /// Only active ones, or only others.
    pub is_active: Option<bool>,
    /// Only those that these partners brought.
    pub referring_partner_ids: Option<Vec<Uuid>>,
}

impl OrganizationFilter {
    /// Pushes a condition on the organization `n`.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("TRUE");
        if let Some(ids) = &self.ids {
            sql.push(" AND n.id = ANY(").push_bind(ids.clone()).push(")");
        }
        if let Some(kinds) = &self.kinds {
            push_one_of(sql, "n.kind", kinds.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(types) = &self.partner_types {
            push_one_of(sql, "n.partner_type", types.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(part) = &self.name_contains {
            sql.push(" AND position(").push_bind(text::folded(part)).push(" IN n.sort_name) > 0");
        }
        if let Some(subdomains) = &self.subdomains {
            push_one_of(sql, "n.subdomain", subdomains.iter().map(|name| name.to_lowercase()).collect());
        }
        if let Some(is_active) = self.is_active {
            sql.push(format_args!(" AND n.is_active = {is_active}"));
        }
        if let Some(ids) = &self.referring_partner_ids {
            sql.push(" AND n.referring_partner_id = ANY(").push_bind(ids.clone()).push(")");
        }
        for part in &self.and {
            sql.push(" AND (");
            part.push(sql);
            sql.push(")");
        }
        if !self.or.is_empty() {
            sql.push(" AND (FALSE");
            for part in &self.or {
                sql.push(" OR (");
                part.push(sql);
                sql.push(")");
            }
            sql.push(")");
        }
        if let Some(part) = &self.not {
            sql.push(" AND NOT (");
            part.push(sql);
            sql.push(")");
        }
    }
}
