//! Conditions on related rows: some, none and so many of them, each matched on the same row. They look at open links in sight only.

use liaison_entity::{Junction, Node, contact_email, contact_phone, organization_contact};

use super::super::linked::LinkFilter;
use super::super::role_periods::RolePeriodFilter;
use crate::access::{Ends, Scope, Sighted, SightedLink};
use crate::session::Sql;
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

impl<F> Related<F> {
    /// What rows are asked to be.
    pub(super) fn filters(&self) -> impl Iterator<Item = &F> {
        self.some.iter().chain(&self.none)
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

/// How far a condition reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Reach {
    /// It asks the link alone.
    Link,
    /// It asks the node at the link's end too.
    Node,
}

/// What rows are asked to be, as far as it decides which tables are read.
pub(in super::super) trait Condition {
    /// How far it reaches.
    fn reach(&self) -> Reach;
}

impl Condition for LinkFilter {
    fn reach(&self) -> Reach {
        LinkFilter::reach(self)
    }
}

impl Condition for MethodFilter {
    fn reach(&self) -> Reach {
        if self.value.is_some() { Reach::Node } else { self.link.reach() }
    }
}

/// Pushes what a phone `m` and its link `r` must satisfy.
pub(in super::super) fn push_phone(filter: &MethodFilter, region: &str, sql: &mut Sql) {
    filter.link.push::<contact_phone::Entity>(sql, "r", "m");
    if let Some(number) = &filter.value {
        let e164 = text::phone(number, None, region).ok().and_then(|parsed| parsed.e164);
        match e164 {
            Some(e164) => drop(sql.push(" AND m.e164 = ").push_bind(e164)),
            None => drop(sql.push(" AND m.number = ").push_bind(number.trim().to_owned())),
        }
    }
}

/// As [`push_phone`], of an email address.
pub(in super::super) fn push_email(filter: &MethodFilter, sql: &mut Sql) {
    filter.link.push::<contact_email::Entity>(sql, "r", "m");
    if let Some(address) = &filter.value {
        let key =
            text::email("address", address).map_or_else(|_| address.trim().to_lowercase(), |parsed| parsed.normalized);
        sql.push(" AND m.normalized = ").push_bind(key);
    }
}

/// Pushes ` FROM … WHERE …`: the open links in sight of the node `n` downhill, `r`, with what they lead to, `m`, when somebody asks it.
pub(in super::super) fn push_rows<J: SightedLink>(sql: &mut Sql, scope: Scope, reach: Reach) {
    sql.push(format_args!(" FROM {} r", J::TABLE));
    // Whoever sees a link sees its ends, so what only the link knows is asked of the link alone.
    if J::ENDS == Ends::AreAsked || reach == Reach::Node {
        sql.push(format_args!(" JOIN {} m ON m.id = r.{}", <J::Downhill as Node>::TABLE, J::DOWNHILL_ID));
    }
    sql.push(format_args!(" WHERE r.{} = n.id AND r.unlinked_at IS NULL AND ", J::UPHILL_ID));
    J::link_in_sight(scope, sql, "r");
    if J::ENDS == Ends::AreAsked {
        sql.push(" AND ");
        J::Downhill::in_sight(scope, sql, "m");
    }
}

/// Ends an `EXISTS`. A tenant's list is short: each of its rows is looked up by index. Without a word the planner would rather read the
/// links of everybody into a hash table, since the condition on sight hides from it how few are the tenant's.
fn push_end(sql: &mut Sql, scope: Scope) {
    sql.push(match scope {
        Scope::Everything => ")",
        Scope::Organization(_) | Scope::Nothing => " OFFSET 0)",
    });
}

/// Pushes a condition on the open links of the node `n` downhill and on what they lead to, `r` and `m`.
pub(super) fn push_related<J: SightedLink, F: Condition>(
    sql: &mut Sql,
    scope: Scope,
    related: &Related<F>,
    push: impl Fn(&F, &mut Sql),
) {
    for (filter, word) in [(&related.some, "EXISTS"), (&related.none, "NOT EXISTS")] {
        if let Some(filter) = filter {
            sql.push(format_args!(" AND {word} (SELECT"));
            push_rows::<J>(sql, scope, filter.reach());
            push(filter, sql);
            push_end(sql, scope);
        }
    }
    for (than, bound) in related.count.iter().flat_map(CountFilter::bounds) {
        // A person with two roles is one person; elsewhere a link is a row of the list, and rows are counted.
        let what =
            if J::TABLE == <organization_contact::Entity as Junction>::TABLE { "DISTINCT r.contact_id" } else { "*" };
        sql.push(format_args!(" AND (SELECT count({what})"));
        push_rows::<J>(sql, scope, Reach::Link);
        sql.push(format_args!(") {than} {bound}"));
    }
}

/// As [`push_related`], uphill: where the contact `n` works. Counted are organizations, however many roles the contact has there.
pub(super) fn push_employers(sql: &mut Sql, scope: Scope, related: &Related<LinkFilter>) {
    type Link = organization_contact::Entity;
    for (filter, word) in [(&related.some, "EXISTS"), (&related.none, "NOT EXISTS")] {
        if let Some(filter) = filter {
            sql.push(format_args!(" AND {word} (SELECT FROM organization_contacts r WHERE r.contact_id = n.id AND r.unlinked_at IS NULL AND "));
            Link::link_in_sight(scope, sql, "r");
            filter.push::<Link>(sql, "r", "r");
            push_end(sql, scope);
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
}

/// Pushes that the contact `n` has or had such a role, of those whose past is in sight.
pub(super) fn push_former(sql: &mut Sql, scope: Scope, filter: &RolePeriodFilter) {
    sql.push(" AND EXISTS (SELECT FROM organization_contacts r WHERE r.contact_id = n.id AND ");
    organization_contact::Entity::link_in_sight(scope, sql, "r");
    filter.push(sql, "r");
    push_end(sql, scope);
}
