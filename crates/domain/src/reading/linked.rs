//! Links with the node at their other end: two generic functions serve every traversal, downhill and uphill, one statement a hop.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::NaiveDate;
use liaison_entity::values::{AddressType, ContactMethod, ContactType, VerificationState};
use liaison_entity::{Junction, Node};
use sea_orm::{ActiveEnum, QueryResult};
use uuid::Uuid;

use super::filter::{Asked, Reach, Span, push_preferences};
use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::{columns, model};
use crate::access::{Ends, Scope, Sighted, SightedLink};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// From which end a link is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the node above to the one below: nothing that may be seen disappears.
    Downhill,
    /// From the node below to the one above: only what is yours appears.
    Uphill,
}

/// A link and the node that it leads to.
#[derive(Clone, Debug)]
pub struct LinkedNode<J: Junction, N: Node> {
    /// What the link knows.
    pub link: J::Model,
    /// Where it leads.
    pub node: N::Model,
}

/// Which links are wanted. A junction is asked only for what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LinkFilter {
    /// Only these roles.
    pub contact_types: Option<Vec<ContactType>>,
    /// Only primary ones, or only others.
    pub is_primary: Option<bool>,
    /// Only people who are active, or only others.
    pub contact_is_active: Option<bool>,
    /// Only methods with these codes.
    pub codes: Option<Vec<String>>,
    /// Only addresses that are held as these types.
    pub address_types: Option<Vec<AddressType>>,
    /// Only nodes with these labels, whatever their case and accents.
    pub labels: Option<Vec<String>>,
    /// Only addresses in these cities, whatever their case and accents.
    pub cities: Option<Vec<String>>,
    /// Only addresses with these streets and numbers, whatever their case and accents.
    pub streets: Option<Vec<String>>,
    /// Only addresses in these states, whatever their case and accents.
    pub states: Option<Vec<String>>,
    /// Only addresses with these postal codes, whatever their case.
    pub postal_codes: Option<Vec<String>>,
    /// Only addresses in these countries, by their codes of two letters.
    pub countries: Option<Vec<String>>,
    /// Only these organizations.
    pub organization_ids: Option<Vec<Uuid>>,
    /// Only phones that take text messages, or only others.
    pub is_sms_capable: Option<bool>,
    /// Only phones whose line wants no text messages, or only others.
    pub is_sms_opted_out: Option<bool>,
    /// Only email addresses that take notifications, or only others.
    pub is_notification_enabled: Option<bool>,
    /// Only methods of which this is known.
    pub verification_states: Option<Vec<VerificationState>>,
    /// Only people who prefer to be reached so; `None` stands for those who have named no way.
    pub preferred_methods: Option<Vec<Option<ContactMethod>>>,
    /// Only people who must not be contacted, or only others.
    pub do_not_contact: Option<bool>,
    /// Only links that were made then.
    pub linked_at: Option<Span>,
    /// Only links that hold on this day; what has no days of its own holds on every day.
    pub on_date: Option<NaiveDate>,
}

/// How links are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LinkOrder {
    /// As the owner keeps them: people and organizations by name; methods with the primary one first, then by their order.
    #[default]
    Kept,
    /// By when the link was made.
    LinkedAt,
    /// By role, then by name; for people at organizations.
    Type,
    /// By when the person last changed; for people at organizations.
    UpdatedAt,
}

/// A list of links.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LinkQuery {
    /// Which.
    pub filter: LinkFilter,
    /// In which order.
    pub order: LinkOrder,
    /// Which way.
    pub direction: Direction,
}

const NAME_OF_LINK: Key = Key { expression: "l.sort_name", kind: KeyKind::Text };
const NAME_OF_NODE: Key = Key { expression: "n.sort_name", kind: KeyKind::Text };
const TYPE: Key = Key { expression: "l.contact_type COLLATE \"C\"", kind: KeyKind::Text };
const LINKED_AT: Key = Key { expression: "l.linked_at", kind: KeyKind::Instant };
const UPDATED_AT: Key = Key { expression: "n.updated_at", kind: KeyKind::Instant };
const PRIMARY_FIRST: Key = Key { expression: "(NOT l.is_primary)", kind: KeyKind::Flag };
const SORT_ORDER: Key = Key { expression: "l.sort_order::bigint", kind: KeyKind::Number };

/// The order's name in cursors and its keys, for a junction followed from a side. What a junction has no order for is as it is kept.
pub(super) fn keys<J: Junction>(side: Side, order: LinkOrder) -> (&'static str, &'static [Key]) {
    let people = J::TABLE == "organization_contacts" && side == Side::Downhill;
    match (order, side) {
        (LinkOrder::LinkedAt, _) => ("linked", &[LINKED_AT]),
        (LinkOrder::Type, _) if people => ("type", &[TYPE, NAME_OF_LINK]),
        (LinkOrder::UpdatedAt, _) if people => ("updated", &[UPDATED_AT]),
        _ if people => ("name", &[NAME_OF_LINK]),
        // Where a phone stands has no order of its own, and uphill of an address stand phones, which have no name.
        _ if J::TABLE == "phone_addresses" => ("linked", &[LINKED_AT]),
        (_, Side::Downhill) => ("kept", &[PRIMARY_FIRST, SORT_ORDER]),
        (_, Side::Uphill) => ("name", &[NAME_OF_NODE]),
    }
}

/// Where a junction's list comes from and what it gives.
pub(super) struct Shape {
    pub from: String,
    pub columns: String,
    pub parent: String,
}

pub(super) fn shape<J: Junction>(side: Side) -> Shape {
    let node_columns = match side {
        Side::Downhill => columns::<J::Downhill>("n", "n_"),
        Side::Uphill => columns::<J::Uphill>("n", "n_"),
    };
    Shape {
        from: with_ends::<J>(side),
        columns: format!("{}, {node_columns}", columns::<J>("l", "l_")),
        parent: parent_of::<J>(side),
    }
}

/// The links `l` with the nodes `n` that they lead to.
pub(super) fn with_ends<J: Junction>(side: Side) -> String {
    let (other, node_table) = match side {
        Side::Downhill => (J::DOWNHILL_ID, J::Downhill::TABLE),
        Side::Uphill => (J::UPHILL_ID, J::Uphill::TABLE),
    };
    format!("{} l JOIN {node_table} n ON n.id = l.{other}", J::TABLE)
}

/// The column of the links `l` that names the node that they are followed from.
pub(super) fn parent_of<J: Junction>(side: Side) -> String {
    let parent = match side {
        Side::Downhill => J::UPHILL_ID,
        Side::Uphill => J::DOWNHILL_ID,
    };
    format!("l.{parent}")
}

/// Pushes what an open link must satisfy: in sight itself, in sight at its other end, and as the filter wants it.
pub(super) fn push_conditions<J: SightedLink>(sql: &mut Sql, scope: Scope, side: Side, filter: &LinkFilter) {
    sql.push("l.unlinked_at IS NULL AND ");
    J::link_in_sight(scope, sql, "l");
    if J::ENDS == Ends::AreAsked {
        sql.push(" AND ");
        match side {
            Side::Downhill => J::Downhill::in_sight(scope, sql, "n"),
            Side::Uphill => J::Uphill::in_sight(scope, sql, "n"),
        }
    }
    filter.push::<J>(sql, "l", "n");
}

impl LinkFilter {
    /// Pushes ` AND …` for what is asked, with `l` as the link's alias and `n` as its other end's.
    pub(super) fn push<J: Junction>(&self, sql: &mut Sql, l: &str, n: &str) {
        if let Some(types) = &self.contact_types {
            push_one_of(sql, &format!("{l}.contact_type"), types.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(types) = &self.address_types {
            push_one_of(sql, &format!("{l}.address_type"), types.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(is_primary) = self.is_primary {
            sql.push(format_args!(" AND {l}.is_primary = {is_primary}"));
        }
        if let Some(is_active) = self.contact_is_active {
            let column = if J::TABLE == "organization_contacts" {
                format!("{l}.contact_is_active")
            } else {
                format!("{n}.is_active")
            };
            sql.push(format_args!(" AND {column} = {is_active}"));
        }
        if let Some(codes) = &self.codes {
            let vocabulary = if J::DOWNHILL_ID == "email_id" { "email_codes" } else { "phone_codes" };
            // Where a phone stands says nothing of its code; the phone itself does.
            let column = if J::TABLE == "phone_addresses" {
                format!("{n}.phone_code_id")
            } else {
                format!("{l}.method_code_id")
            };
            sql.push(format_args!(
                " AND {column} = ANY(ARRAY(SELECT code.id FROM {vocabulary} code WHERE code.code = ANY("
            ));
            sql.push_bind(codes.clone()).push(")))");
        }
        if let Some(ids) = &self.organization_ids {
            sql.push(format_args!(" AND {l}.organization_id = "));
            match ids.as_slice() {
                [id] => sql.push_bind(*id),
                ids => sql.push("ANY(").push_bind(ids.to_vec()).push(")"),
            };
        }
        if let Some(span) = &self.linked_at {
            span.push(sql, &format!("{l}.linked_at"));
        }
        // Of all links only a person's address has days.
        if let Some(day) = self.on_date.filter(|_| J::TABLE == "contact_addresses") {
            sql.push(format_args!(" AND coalesce({l}.starts_on <= ")).push_bind(day).push(", TRUE)");
            sql.push(format_args!(" AND coalesce({l}.ends_on >= ")).push_bind(day).push(", TRUE)");
        }
        self.push_node(sql, n);
    }

    /// What is asked of the node at the link's end, `n`.
    fn push_node(&self, sql: &mut Sql, n: &str) {
        let texts = [
            ("label", &self.labels),
            ("city", &self.cities),
            ("street1", &self.streets),
            ("state", &self.states),
            ("postal_code", &self.postal_codes),
        ];
        for (column, values) in texts {
            if let Some(values) = values {
                // Both sides by the same function of the database: nothing that the column may hold tells them apart.
                sql.push(format_args!(
                    " AND app.folded({n}.{column}) = ANY(ARRAY(SELECT app.folded(asked) FROM unnest("
                ));
                sql.push_bind(values.clone()).push("::text[]) AS asked))");
            }
        }
        if let Some(countries) = &self.countries {
            push_one_of(sql, &format!("{n}.country"), countries.clone());
        }
        let flags = [
            ("is_sms_capable", self.is_sms_capable),
            ("is_sms_opted_out", self.is_sms_opted_out),
            ("is_notification_enabled", self.is_notification_enabled),
            ("do_not_contact", self.do_not_contact),
        ];
        for (column, flag) in flags {
            if let Some(flag) = flag {
                sql.push(format_args!(" AND {n}.{column} = {flag}"));
            }
        }
        if let Some(states) = &self.verification_states {
            let states = states.iter().map(ActiveEnum::to_value).collect();
            push_one_of(sql, &format!("{n}.verification_state"), states);
        }
        if let Some(wanted) = &self.preferred_methods {
            push_preferences(sql, &format!("{n}.preferred_contact_method"), wanted);
        }
    }

    /// Whether the link alone can answer.
    pub(super) fn reach(&self) -> Reach {
        let link_alone = Self {
            contact_types: self.contact_types.clone(),
            is_primary: self.is_primary,
            contact_is_active: self.contact_is_active,
            codes: self.codes.clone(),
            address_types: self.address_types.clone(),
            organization_ids: self.organization_ids.clone(),
            linked_at: self.linked_at,
            on_date: self.on_date,
            ..Self::default()
        };
        if link_alone == *self { Reach::Link } else { Reach::Node }
    }

    /// Refuses codes of phones or emails that nobody knows.
    pub(super) async fn check<J: Junction>(&self, reader: &Reader) -> Result<(), ListError> {
        let mut asked = Asked::default();
        self.add_codes::<J>(&mut asked);
        asked.are_known(reader).await
    }

    /// Adds the codes that it names.
    pub(super) fn add_codes<'a, J: Junction>(&'a self, asked: &mut Asked<'a>) {
        if J::DOWNHILL_ID == "email_id" {
            asked.emails([self].into_iter());
        } else {
            asked.phones([self].into_iter());
        }
    }
}

/// One value keeps an index's order, several do not: they are asked differently.
pub(super) fn push_one_of(sql: &mut Sql, column: &str, values: Vec<String>) {
    let mut text = String::new();
    let _ = write!(text, " AND {column} = ");
    sql.push(text);
    match <[String; 1]>::try_from(values) {
        Ok([value]) => sql.push_bind(value),
        Err(values) => sql.push("ANY(").push_bind(values).push(")"),
    };
}

/// The links of many parents, a page for each, with the nodes at their other ends: one statement.
pub async fn links<J, N>(
    reader: &Reader,
    side: Side,
    parents: Vec<Uuid>,
    query: &LinkQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<LinkedNode<J, N>>>, ListError>
where
    J: SightedLink,
    N: Node,
{
    query.filter.check::<J>(reader).await?;
    let read = |row: &QueryResult| Ok(LinkedNode { link: model::<J>(row, "l_")?, node: model::<N>(row, "n_")? });
    with_listing::<J, _, _>(reader, side, query, async |listing| listing.of_parents(reader, parents, page, read).await)
        .await
}

/// How many links each parent has; parents with none are not in the map.
pub async fn count_links<J: SightedLink>(
    reader: &Reader,
    side: Side,
    parents: Vec<Uuid>,
    query: &LinkQuery,
) -> Result<HashMap<Uuid, i64>, Fault> {
    with_listing::<J, _, _>(reader, side, query, async |listing| listing.count_of_parents(reader, parents).await).await
}

async fn with_listing<J, T, F>(reader: &Reader, side: Side, query: &LinkQuery, work: F) -> T
where
    J: SightedLink,
    F: AsyncFnOnce(&Listing<'_>) -> T,
{
    let scope = reader.scope();
    let (order, keys) = keys::<J>(side, query.order);
    let shape = shape::<J>(side);
    let conditions = |sql: &mut Sql| push_conditions::<J>(sql, scope, side, &query.filter);
    let listing = Listing {
        columns: shape.columns,
        from: shape.from,
        join: None,
        parent: Some(&shape.parent),
        order,
        keys,
        id: "l.id",
        direction: query.direction,
        conditions: &conditions,
    };
    work(&listing).await
}
