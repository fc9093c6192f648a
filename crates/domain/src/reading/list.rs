//! The lists that no link makes: the directory, the organizations, an organization's facilities and providers, the vocabularies.

use std::collections::HashMap;

use liaison_entity::{Code, contact, email_code, facility, organization, phone_code};
use sea_orm::QueryResult;
use uuid::Uuid;

use super::filter::{Asked, Asker, ContactFilter, OrganizationFilter};
use super::lean::{LeanColumns, LeanPage, lean_columns, whole};
use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::search::{Found, Place, RELEVANCE};
use super::{columns, model};
use crate::access::{self, Scope, Sighted};
use crate::failure::Fault;
use crate::search::Search;
use crate::session::{Reader, Sql};
use crate::text;

/// How contacts are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ContactOrder {
    /// By family name, then given name.
    #[default]
    Name,
    /// By when they came into the directory.
    CreatedAt,
    /// By when they last changed.
    UpdatedAt,
    /// By when they last got a role that they still have: at the viewer's own organization; at any for who sees everything. Who has
    /// none stands before all others, as if that had been at the beginning of time.
    LinkedAt,
    /// By at how many organizations they have a role, as far as the viewer sees.
    OrganizationCount,
    /// By how well they fit the search, then by name; by name where nothing is searched for.
    Relevance,
}

/// How organizations are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrganizationOrder {
    /// By name.
    #[default]
    Name,
    /// By when they came into the directory.
    CreatedAt,
    /// By when they last changed.
    UpdatedAt,
    /// By how well they fit the search, then by name; by name where nothing is searched for.
    Relevance,
}

/// A list of the directory, but for the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContactQuery {
    /// Only those in whom all words of this are found.
    pub search: Option<Search>,
    /// Which contacts.
    pub filter: ContactFilter,
    /// In which order.
    pub order: ContactOrder,
    /// Which way.
    pub direction: Direction,
}

/// A list of organizations, but for the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrganizationQuery {
    /// Only those in whose name or subdomain all words of this are found.
    pub search: Option<Search>,
    /// Which organizations.
    pub filter: OrganizationFilter,
    /// In which order.
    pub order: OrganizationOrder,
    /// Which way.
    pub direction: Direction,
}

const NAME: Key = Key { expression: "n.sort_name", kind: KeyKind::Text };
const SEEN_NAME: Key = Key { expression: "seen.sort_name", kind: KeyKind::Text };
const CREATED_AT: Key = Key { expression: "n.created_at", kind: KeyKind::Instant };
const UPDATED_AT: Key = Key { expression: "n.updated_at", kind: KeyKind::Instant };
/// Whoever has no link stands before everybody who has one.
const LINKED_AT: Key =
    Key { expression: "coalesce(n.last_linked_at, '0001-01-01 00:00:00+00'::timestamptz)", kind: KeyKind::Instant };
const SEEN_LINKED_AT: Key =
    Key { expression: "coalesce(linked.at, '0001-01-01 00:00:00+00'::timestamptz)", kind: KeyKind::Instant };
const COUNT_OF_ALL: Key = Key { expression: "n.organization_count", kind: KeyKind::Number };
const COUNT_OF_SEEN: Key = Key { expression: "counted.organizations", kind: KeyKind::Number };
const SORT_ORDER: Key = Key { expression: "n.sort_order::bigint", kind: KeyKind::Number };

pub(super) type Conditions<'a> = dyn Fn(&mut Sql) + Send + Sync + 'a;

/// The directory: for a tenant it is the list of whom it sees, on the index that leads with the organization; for `super_admin`
/// it is everybody (US-1).
pub(super) fn directory<'a>(
    scope: Scope,
    order: ContactOrder,
    direction: Direction,
    conditions: &'a Conditions<'a>,
) -> Listing<'a> {
    let tenant = matches!(scope, Scope::Organization(_));
    let (name, keys): (_, &'static [Key]) = match order {
        // Relevance without a search; with one `search::contacts` puts its own order here.
        ContactOrder::Name | ContactOrder::Relevance if tenant => ("contact name", &[SEEN_NAME]),
        ContactOrder::Name | ContactOrder::Relevance => ("contact name", &[NAME]),
        ContactOrder::CreatedAt => ("contact created", &[CREATED_AT]),
        ContactOrder::UpdatedAt => ("contact updated", &[UPDATED_AT]),
        ContactOrder::LinkedAt if tenant => ("contact linked", &[SEEN_LINKED_AT]),
        ContactOrder::LinkedAt => ("contact linked", &[LINKED_AT]),
        ContactOrder::OrganizationCount if tenant => ("contact organizations", &[COUNT_OF_SEEN]),
        ContactOrder::OrganizationCount => ("contact organizations", &[COUNT_OF_ALL]),
    };
    let mut from = if tenant {
        "contact_sights seen JOIN contacts_projection n ON n.id = seen.contact_id".to_owned()
    } else {
        "contacts_projection n".to_owned()
    };
    match order {
        ContactOrder::LinkedAt if tenant => from.push_str(
            " CROSS JOIN LATERAL (SELECT max(l.linked_at) AS at FROM organization_contacts l
              WHERE l.contact_id = n.id AND l.organization_id = seen.organization_id AND l.unlinked_at IS NULL) AS linked",
        ),
        ContactOrder::OrganizationCount if tenant => {
            let in_sight = access::role_in_sight_of("l", "seen.organization_id");
            from.push_str(&format!(
                " CROSS JOIN LATERAL (SELECT count(DISTINCT l.organization_id) AS organizations FROM organization_contacts l
                  WHERE l.contact_id = n.id AND l.unlinked_at IS NULL AND {in_sight}) AS counted"
            ));
        }
        _ => {}
    }
    Listing {
        columns: columns::<contact::Entity>("n", ""),
        from,
        join: None,
        parent: None,
        order: name,
        keys,
        id: if tenant { "seen.contact_id" } else { "n.id" },
        direction,
        conditions,
    }
}

pub(super) fn push_directory(
    sql: &mut Sql,
    scope: Scope,
    filter: &ContactFilter,
    asker: &Asker<'_>,
    found: Option<&Found>,
) {
    match scope {
        Scope::Everything => drop(sql.push("n.deleted_at IS NULL AND ")),
        Scope::Nothing => drop(sql.push("FALSE AND ")),
        Scope::Organization(organization) => {
            sql.push("seen.organization_id = ").push_bind(organization).push(" AND seen.is_listed AND ");
        }
    }
    if let Some(found) = found {
        found.push_condition(sql);
    }
    filter.push(sql, asker);
}

/// Refuses a filter of contacts that names codes which nobody knows.
pub(super) async fn check(reader: &Reader, filter: &ContactFilter) -> Result<(), ListError> {
    let mut asked = Asked::default();
    filter.asked(&mut asked);
    asked.are_known(reader).await
}

/// Refuses a query that asks for what nobody knows, before anything is made of its rows.
pub async fn check_contacts(reader: &Reader, query: &ContactQuery) -> Result<(), ListError> {
    check(reader, &query.filter).await
}

/// With which country the phone numbers of a filter or a search are read: the one of the viewer's organization, as when it enters them.
pub(super) async fn region(reader: &Reader, asks_for_a_number: bool) -> Result<String, Fault> {
    let own = if asks_for_a_number {
        let id = reader.viewer().organization_id();
        super::nodes::<organization::Entity>(reader, vec![id]).await?.remove(&id)
    } else {
        None
    };
    Ok(own.map_or_else(|| text::USUAL_REGION.to_owned(), |organization| organization.default_region))
}

impl ContactQuery {
    /// Who asks, by a reader of theirs.
    pub(super) async fn asker<'a>(&self, reader: &'a Reader) -> Result<Asker<'a>, Fault> {
        let asks = self.filter.asks_for_a_number() || self.search.as_ref().is_some_and(Search::asks_for_a_number);
        Ok(Asker::new(reader, region(reader, asks).await?))
    }

    /// What the query searches for, read with a region.
    pub(super) fn found(&self, region: &str) -> Option<Found> {
        self.search.as_ref().map(|search| Found::contacts(&search.readings(region)))
    }
}

/// A page of the directory.
pub async fn contacts(reader: &Reader, query: &ContactQuery, page: &Page) -> Result<Slice<contact::Model>, ListError> {
    let columns = columns::<contact::Entity>("n", "");
    let read = |row: &QueryResult| model::<contact::Entity>(row, "");
    with_contacts(reader, query, page, columns, async |listing| listing.whole(reader, page, read).await).await
}

/// As [`contacts`], these columns of theirs alone. `is_alone`: the request asks for nothing else.
pub async fn lean_contacts(
    reader: &Reader,
    is_alone: bool,
    query: &ContactQuery,
    page: &Page,
    wanted: &LeanColumns,
) -> Result<LeanPage, ListError> {
    let mut asked = Asked::default();
    query.filter.asked(&mut asked);
    let is_alone = is_alone && query.search.is_none() && !query.filter.asks_for_a_number() && asked.is_empty();
    let is_short = match reader.scope() {
        Scope::Everything => query.filter.has_an_index(),
        Scope::Organization(_) => query.order == ContactOrder::Name && query.filter == ContactFilter::default(),
        Scope::Nothing => true,
    };
    let read = async |listing: &Listing<'_>| whole(reader, (is_alone, is_short), listing, page, wanted).await;
    with_contacts(reader, query, page, lean_columns(wanted), read).await
}

/// Has a page of the directory read, these columns of it.
async fn with_contacts<T, F>(
    reader: &Reader,
    query: &ContactQuery,
    page: &Page,
    columns: String,
    read: F,
) -> Result<T, ListError>
where
    F: AsyncFnOnce(&Listing<'_>) -> Result<T, ListError>,
{
    let ContactQuery { filter, order, direction, .. } = query;
    let scope = reader.scope();
    check(reader, filter).await?;
    let asker = query.asker(reader).await?;
    let found = query.found(asker.region());
    if let (Some(found), ContactOrder::Relevance) = (&found, order) {
        let conditions = |sql: &mut Sql| push_directory(sql, scope, filter, &asker, None);
        let place = match *filter == ContactFilter::default() {
            true => found.place(page, *direction)?,
            false => Place::Everything,
        };
        let join = |sql: &mut Sql| found.push_join(sql, &place);
        let mut listing = Listing { columns, ..directory(scope, *order, *direction, &conditions) };
        (listing.order, listing.keys, listing.id) = (found.order(), &RELEVANCE, found.id());
        listing.join = Some(&join);
        return read(&listing).await;
    }
    let conditions = |sql: &mut Sql| push_directory(sql, scope, filter, &asker, found.as_ref());
    let listing = Listing { columns, ..directory(scope, *order, *direction, &conditions) };
    read(&listing).await
}

/// How many contacts the query finds.
pub async fn count_contacts(reader: &Reader, query: &ContactQuery) -> Result<i64, Fault> {
    let filter = &query.filter;
    let scope = reader.scope();
    let asker = query.asker(reader).await?;
    let found = query.found(asker.region());
    let conditions = |sql: &mut Sql| push_directory(sql, scope, filter, &asker, found.as_ref());
    let mut listing = directory(scope, ContactOrder::Name, Direction::Ascending, &conditions);
    if *filter == ContactFilter::default() && query.search.is_none() && matches!(scope, Scope::Organization(_)) {
        // Whom an organization sees is counted in its sights alone.
        listing.from = "contact_sights seen".to_owned();
    }
    listing.count(reader).await
}

fn of_organizations<'a>(
    parent: Option<&'a str>,
    order: OrganizationOrder,
    direction: Direction,
    conditions: &'a Conditions<'a>,
) -> Listing<'a> {
    let (name, keys): (_, &'static [Key]) = match order {
        OrganizationOrder::Name | OrganizationOrder::Relevance => ("organization name", &[NAME]),
        OrganizationOrder::CreatedAt => ("organization created", &[CREATED_AT]),
        OrganizationOrder::UpdatedAt => ("organization updated", &[UPDATED_AT]),
    };
    Listing {
        columns: columns::<organization::Entity>("n", ""),
        from: "organizations_projection n".to_owned(),
        join: None,
        parent,
        order: name,
        keys,
        id: "n.id",
        direction,
        conditions,
    }
}

fn push_organizations(sql: &mut Sql, scope: Scope, filter: &OrganizationFilter, found: Option<&Found>) {
    sql.push("n.deleted_at IS NULL AND ");
    organization::Entity::in_sight(scope, sql, "n");
    sql.push(" AND ");
    if let Some(found) = found {
        found.push_condition(sql);
    }
    filter.push(sql, scope);
}

/// Refuses a filter of organizations that names codes which nobody knows.
async fn check_organizations(reader: &Reader, filter: &OrganizationFilter) -> Result<(), ListError> {
    let mut asked = Asked::default();
    filter.asked(&mut asked);
    asked.are_known(reader).await
}

impl OrganizationQuery {
    /// What the query searches for. Organizations are found by no number.
    fn found(&self) -> Option<Found> {
        self.search.as_ref().map(|search| Found::organizations(&search.readings(text::USUAL_REGION)))
    }
}

/// A page of the organizations in sight.
pub async fn organizations(
    reader: &Reader,
    query: &OrganizationQuery,
    page: &Page,
) -> Result<Slice<organization::Model>, ListError> {
    let columns = columns::<organization::Entity>("n", "");
    let read = |row: &QueryResult| model::<organization::Entity>(row, "");
    with_organizations(reader, query, page, columns, async |listing| listing.whole(reader, page, read).await).await
}

/// As [`organizations`], these columns of theirs alone. `is_alone`: the request asks for nothing else.
pub async fn lean_organizations(
    reader: &Reader,
    is_alone: bool,
    query: &OrganizationQuery,
    page: &Page,
    wanted: &LeanColumns,
) -> Result<LeanPage, ListError> {
    let mut asked = Asked::default();
    query.filter.asked(&mut asked);
    let is_alone = is_alone && query.search.is_none() && asked.is_empty();
    let is_short = query.filter == OrganizationFilter::default();
    let read = async |listing: &Listing<'_>| whole(reader, (is_alone, is_short), listing, page, wanted).await;
    with_organizations(reader, query, page, lean_columns(wanted), read).await
}

/// Has a page of the organizations read, these columns of it.
async fn with_organizations<T, F>(
    reader: &Reader,
    query: &OrganizationQuery,
    page: &Page,
    columns: String,
    read: F,
) -> Result<T, ListError>
where
    F: AsyncFnOnce(&Listing<'_>) -> Result<T, ListError>,
{
    let OrganizationQuery { filter, order, direction, .. } = query;
    check_organizations(reader, filter).await?;
    let scope = reader.scope();
    let found = query.found();
    if let (Some(found), OrganizationOrder::Relevance) = (&found, order) {
        let conditions = |sql: &mut Sql| push_organizations(sql, scope, filter, None);
        let place = match *filter == OrganizationFilter::default() {
            true => found.place(page, *direction)?,
            false => Place::Everything,
        };
        let join = |sql: &mut Sql| found.push_join(sql, &place);
        let mut listing = Listing { columns, ..of_organizations(None, *order, *direction, &conditions) };
        (listing.order, listing.keys, listing.id) = (found.order(), &RELEVANCE, found.id());
        listing.join = Some(&join);
        return read(&listing).await;
    }
    let conditions = |sql: &mut Sql| push_organizations(sql, scope, filter, found.as_ref());
    let listing = Listing { columns, ..of_organizations(None, *order, *direction, &conditions) };
    read(&listing).await
}

/// How many organizations the query finds.
pub async fn count_organizations(reader: &Reader, query: &OrganizationQuery) -> Result<i64, Fault> {
    let filter = &query.filter;
    let scope = reader.scope();
    let found = query.found();
    let conditions = |sql: &mut Sql| push_organizations(sql, scope, filter, found.as_ref());
    of_organizations(None, OrganizationOrder::Name, Direction::Ascending, &conditions).count(reader).await
}

/// The providers that each of these partners brought, as far as they are in sight (seed, use case 3).
pub async fn referred_providers(
    reader: &Reader,
    partners: Vec<Uuid>,
    query: &OrganizationQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<organization::Model>>, ListError> {
    let OrganizationQuery { filter, order, direction, .. } = query;
    check_organizations(reader, filter).await?;
    let scope = reader.scope();
    let found = query.found();
    let conditions = |sql: &mut Sql| push_organizations(sql, scope, filter, found.as_ref());
    let listing = of_organizations(Some("n.referring_partner_id"), *order, *direction, &conditions);
    listing.of_parents(reader, partners, page, |row| model::<organization::Entity>(row, "")).await
}

/// How many providers each of these partners brought.
pub async fn count_referred(
    reader: &Reader,
    partners: Vec<Uuid>,
    query: &OrganizationQuery,
) -> Result<HashMap<Uuid, i64>, Fault> {
    let filter = &query.filter;
    let scope = reader.scope();
    let found = query.found();
    let conditions = |sql: &mut Sql| push_organizations(sql, scope, filter, found.as_ref());
    let listing =
        of_organizations(Some("n.referring_partner_id"), OrganizationOrder::Name, Direction::Ascending, &conditions);
    listing.count_of_parents(reader, partners).await
}

fn of_facilities<'a>(conditions: &'a Conditions<'a>) -> Listing<'a> {
    Listing {
        columns: columns::<facility::Entity>("n", ""),
        from: "facilities_projection n".to_owned(),
        join: None,
        parent: Some("n.organization_id"),
        order: "facility name",
        keys: &[NAME],
        id: "n.id",
        direction: Direction::Ascending,
        conditions,
    }
}

fn push_facilities(sql: &mut Sql, scope: Scope) {
    sql.push("n.deleted_at IS NULL AND ");
    facility::Entity::in_sight(scope, sql, "n");
}

/// The facilities of each of these organizations.
pub async fn facilities(
    reader: &Reader,
    organizations: Vec<Uuid>,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<facility::Model>>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| push_facilities(sql, scope);
    of_facilities(&conditions).of_parents(reader, organizations, page, |row| model::<facility::Entity>(row, "")).await
}

/// How many facilities each of these organizations has.
pub async fn count_facilities(reader: &Reader, organizations: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| push_facilities(sql, scope);
    of_facilities(&conditions).count_of_parents(reader, organizations).await
}

async fn codes<C: Code + Sighted>(
    reader: &Reader,
    is_active: Option<bool>,
    page: &Page,
) -> Result<(Slice<C::Model>, i64), ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| {
        sql.push("n.deleted_at IS NULL AND ");
        C::in_sight(scope, sql, "n");
        if let Some(is_active) = is_active {
            sql.push(format_args!(" AND n.is_active = {is_active}"));
        }
    };
    let listing = Listing {
        columns: columns::<C>("n", ""),
        from: format!("{} n", C::TABLE),
        join: None,
        parent: None,
        order: "sort",
        keys: &[SORT_ORDER],
        id: "n.id",
        direction: Direction::Ascending,
        conditions: &conditions,
    };
    let slice = listing.whole(reader, page, |row| model::<C>(row, "")).await?;
    Ok((slice, listing.count(reader).await?))
}

/// The vocabulary of phone kinds, in its order, and its size.
pub async fn phone_codes(
    reader: &Reader,
    is_active: Option<bool>,
    page: &Page,
) -> Result<(Slice<phone_code::Model>, i64), ListError> {
    codes::<phone_code::Entity>(reader, is_active, page).await
}

/// The vocabulary of email kinds, in its order, and its size.
pub async fn email_codes(
    reader: &Reader,
    is_active: Option<bool>,
    page: &Page,
) -> Result<(Slice<email_code::Model>, i64), ListError> {
    codes::<email_code::Entity>(reader, is_active, page).await
}
