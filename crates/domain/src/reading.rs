//! Reading the directory: nodes by id, links of many parents in one statement, lists by keyset. Every function asks the scope.
//! It knows the tables and their order; what may be seen it asks `access`.

mod candidates;
mod cells;
mod cursor;
mod facets;
mod filter;
mod held;
mod lean;
mod linked;
mod list;
mod listing;
mod merges;
mod persons;
mod records;
mod referral_report;
mod referrals;
mod relationships;
mod role_periods;
mod search;

use std::collections::{BTreeSet, HashMap};

use liaison_entity::{
    Node, address, communication, contact, contact_external_id, email, email_code, facility, organization,
    organization_contact, phone, phone_code, referral, staff_assignment, student_guardian_relationship,
    student_relationship,
};
use sea_orm::{EntityTrait, FromQueryResult, Iden, Iterable, QueryResult};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

pub use candidates::{
    CandidateFilter, CandidateOrder, CandidateQuery, candidates, candidates_by_ids, count_candidates, likely_of,
};
pub use cursor::{BadCursor, Cursor};
pub use facets::{Facets, Found};
pub use filter::{ContactFilter, CountFilter, MethodFilter, OrganizationFilter, Related, Span};
pub(crate) use held::held;
pub(crate) use lean::cards;
pub use lean::{
    LeanColumns, LeanList, LeanNode, LeanPage, LeanRow, LeanSlice, Path, Wanted, is_lean, lean, lean_node, repeated,
};
pub use linked::{LinkFilter, LinkOrder, LinkQuery, LinkedNode, Side, count_links, links};
pub use list::{
    ContactOrder, ContactQuery, OrganizationOrder, OrganizationQuery, check_contacts, contacts, count_contacts,
    count_facilities, count_organizations, count_referred, email_codes, facilities, lean_contacts, lean_organizations,
    organizations, phone_codes, referred_providers,
};
pub use listing::{Direction, ListError, Page, Slice, Walk};
pub use merges::{count_merges_into, merges, merges_into};
pub use persons::persons;
pub(crate) use persons::{push_names_person, push_person};
pub use records::{
    CommunicationFilter, CommunicationQuery, CommunicationsOf, communications, communications_of, corrections,
    count_communications, count_communications_of,
};
pub use referral_report::{ReferralReport, count_referral_report, referral_report};
pub use referrals::{
    ReferralFilter, ReferralQuery, count_referrals, count_referrals_naming, referrals, referrals_naming,
};
pub use relationships::{
    RelatedPerson, RelationFilter, RelationQuery, Way, Workplace, count_relations, personas, related_people, workplaces,
};
pub use role_periods::{RolePeriod, RolePeriodFilter, RolePeriodQuery, count_role_periods, role_periods};
pub use search::{contact_texts, search_readings};

use crate::access::{Scope, Sighted, SightedLink, own_in_scope};
use crate::code::{Family, Vocabulary};
use crate::failure::{Failure, Fault, Refusal};
use crate::session::{Claims, Reader, Sql, Work};

/// Something that statements run on, for somebody.
pub(crate) trait Source {
    /// What the statements must ask for.
    fn scope(&self) -> Scope;
    /// Runs a statement.
    fn fetch(&self, sql: Sql) -> impl Future<Output = Result<Vec<PgRow>, Fault>> + Send;
}

impl Source for Reader {
    fn scope(&self) -> Scope {
        Reader::scope(self)
    }

    async fn fetch(&self, sql: Sql) -> Result<Vec<PgRow>, Fault> {
        Reader::fetch(self, sql).await
    }
}

impl Source for Work<'_> {
    fn scope(&self) -> Scope {
        Work::scope(self)
    }

    async fn fetch(&self, sql: Sql) -> Result<Vec<PgRow>, Fault> {
        Ok(self.rows().fetch(sql).await?)
    }
}

/// The columns of an entity as a select list: each under its own name with a prefix, so that two entities share one row.
fn columns<E: EntityTrait>(alias: &str, prefix: &str) -> String {
    let names = E::Column::iter().map(|column| column.unquoted().to_owned());
    names.map(|name| format!("{alias}.\"{name}\" AS \"{prefix}{name}\"")).collect::<Vec<_>>().join(", ")
}

fn model<E: EntityTrait>(row: &QueryResult, prefix: &str) -> Result<E::Model, Fault> {
    Ok(E::Model::from_query_result(row, prefix)?)
}

/// The nodes among `ids` that are in sight, by id. What is missing and what is not in sight are both not in the map.
pub async fn nodes<N: Sighted>(reader: &Reader, ids: Vec<Uuid>) -> Result<HashMap<Uuid, N::Model>, Fault> {
    by_ids::<N>(reader, ids).await
}

/// As [`nodes`], for whatever reads.
pub(crate) async fn by_ids<N: Sighted>(source: &impl Source, ids: Vec<Uuid>) -> Result<HashMap<Uuid, N::Model>, Fault> {
    let mut sql = Sql::new(format!("SELECT {} FROM {} n WHERE n.id = ANY(", columns::<N>("n", ""), N::TABLE));
    sql.push_bind(ids).push(") AND ");
    N::in_sight(source.scope(), &mut sql, "n");
    let rows = source.fetch(sql).await?;
    rows.into_iter()
        .map(|row| {
            let model = model::<N>(&row.into(), "")?;
            Ok((N::id(&model), model))
        })
        .collect()
}

/// One node, if it is in sight.
pub(crate) async fn one<N: Sighted>(source: &impl Source, id: Uuid) -> Result<Option<N::Model>, Failure> {
    Ok(by_ids::<N>(source, vec![id]).await?.remove(&id))
}

/// One node that a command's viewer sees; what is missing and what is not in sight are refused alike.
pub(crate) async fn seen<N: Sighted>(work: &Work<'_>, id: Uuid, field: &str, noun: &str) -> Result<N::Model, Failure> {
    Ok(one::<N>(work, id).await?.ok_or_else(|| Refusal::not_found(field, noun))?)
}

/// Whether an organization sees a node. For commands of those who see more than the organization for which they decide: the question is
/// asked with that organization's claims, behind both its walls, and the command goes on with its own.
pub(crate) async fn is_seen_by<N: Sighted>(work: &Work<'_>, organization_id: Uuid, id: Uuid) -> Result<bool, Failure> {
    let mut sql = Sql::new(format!("SELECT 1 FROM {} n WHERE n.id = ", N::TABLE));
    sql.push_bind(id).push(" AND ");
    N::in_sight(Scope::Organization(organization_id), &mut sql, "n");
    let claims = |claims: Claims| {
        let mut sql = Sql::new("SELECT ");
        claims.push(&mut sql);
        sql
    };
    work.rows().fetch(claims(Claims::of_organization(organization_id))).await?;
    let found = work.rows().fetch(sql).await?;
    work.rows().fetch(claims(Claims::of(work.viewer()))).await?;
    Ok(!found.is_empty())
}

/// One organization, if it is in sight of a command's viewer. One decision asks the database once.
pub(crate) async fn organization_in_sight(work: &Work<'_>, id: Uuid) -> Result<Option<organization::Model>, Failure> {
    if let Some(found) = work.looked_for(id) {
        return Ok(found);
    }
    let found = one::<organization::Entity>(work, id).await?;
    work.remember(id, found.clone());
    Ok(found)
}

/// Looks for what a decision is about to ask for, all of it in one statement: these organizations, and the codes of these vocabularies.
pub(crate) async fn look_around(
    work: &Work<'_>,
    organizations: &BTreeSet<Uuid>,
    vocabularies: &[Family],
) -> Result<(), Failure> {
    type Organization = organization::Entity;
    let codes = |family| match vocabularies.contains(&family) {
        true => Vocabulary::column(family),
        false => "NULL::json".to_owned(),
    };
    let mut sql = Sql::new(format!(
        "SELECT codes.phones AS phones, codes.emails AS emails, {} FROM (SELECT {} AS phones, {} AS emails OFFSET 0) AS codes
         LEFT JOIN {} n ON n.id = ANY(",
        columns::<Organization>("n", ""),
        codes(Family::Phone),
        codes(Family::Email),
        Organization::TABLE
    ));
    sql.push_bind(organizations.iter().copied().collect::<Vec<_>>()).push(") AND ");
    Organization::in_sight(work.scope(), &mut sql, "n");
    let mut found: HashMap<Uuid, organization::Model> = HashMap::new();
    for row in Source::fetch(work, sql).await? {
        work.remember_codes(Vocabulary::read(&row, "phones")?, Vocabulary::read(&row, "emails")?);
        if row.try_get::<Option<Uuid>, _>("id")?.is_some() {
            let organization = model::<Organization>(&row.into(), "")?;
            found.insert(organization.id, organization);
        }
    }
    for id in organizations {
        work.remember(*id, found.remove(id));
    }
    Ok(())
}

/// One organization that a command's viewer sees; what is missing and what is not in sight are refused alike.
pub(crate) async fn organization_seen(work: &Work<'_>, id: Uuid, field: &str) -> Result<organization::Model, Failure> {
    Ok(organization_in_sight(work, id).await?.ok_or_else(|| Refusal::not_found(field, "organization"))?)
}

/// What kind of node an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// An organization.
    Organization,
    /// A facility.
    Facility,
    /// A contact.
    Contact,
    /// A phone.
    Phone,
    /// An email address.
    Email,
    /// A postal address.
    Address,
    /// A code for phones.
    PhoneCode,
    /// A code for email addresses.
    EmailCode,
    /// A record of a communication.
    Communication,
    /// A referral.
    Referral,
    /// What two students are to each other.
    StudentRelationship,
    /// That somebody is a student's guardian.
    StudentGuardian,
    /// That somebody works somewhere.
    StaffAssignment,
    /// Two contacts that may be one person.
    DuplicateCandidate,
}

/// The kinds of the nodes among `ids`. It tells where to look and nothing of what is there; the look itself asks the scope.
pub async fn kinds(reader: &Reader, ids: Vec<Uuid>) -> Result<HashMap<Uuid, NodeKind>, Fault> {
    const TABLES: [(&str, NodeKind); 14] = [
        (<organization::Entity as Node>::TABLE, NodeKind::Organization),
        (<facility::Entity as Node>::TABLE, NodeKind::Facility),
        (<contact::Entity as Node>::TABLE, NodeKind::Contact),
        (<phone::Entity as Node>::TABLE, NodeKind::Phone),
        (<email::Entity as Node>::TABLE, NodeKind::Email),
        (<address::Entity as Node>::TABLE, NodeKind::Address),
        (<phone_code::Entity as Node>::TABLE, NodeKind::PhoneCode),
        (<email_code::Entity as Node>::TABLE, NodeKind::EmailCode),
        (<communication::Entity as Node>::TABLE, NodeKind::Communication),
        (<referral::Entity as Node>::TABLE, NodeKind::Referral),
        (<student_relationship::Entity as Node>::TABLE, NodeKind::StudentRelationship),
        (<student_guardian_relationship::Entity as Node>::TABLE, NodeKind::StudentGuardian),
        (<staff_assignment::Entity as Node>::TABLE, NodeKind::StaffAssignment),
        ("duplicate_candidates", NodeKind::DuplicateCandidate),
    ];
    let mut sql = Sql::new("");
    for (at, (table, _)) in TABLES.iter().enumerate() {
        let union = if at == 0 { "" } else { " UNION ALL " };
        sql.push(format_args!("{union}SELECT n.id, {at}::bigint AS kind FROM {table} n WHERE n.id = ANY("));
        sql.push_bind(ids.clone()).push(")");
    }
    let rows = reader.fetch(sql).await?;
    rows.iter()
        .map(|row| {
            let at: i64 = row.try_get("kind")?;
            let kind = usize::try_from(at).ok().and_then(|at| TABLES.get(at)).map(|(_, kind)| *kind);
            Ok((row.try_get("id")?, kind.ok_or_else(|| Fault::Internal("an unknown kind of node".to_owned()))?))
        })
        .collect()
}

/// How many organizations each contact has an open link to, as far as the viewer sees those links.
pub async fn count_organizations_of(reader: &Reader, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
    let mut sql = Sql::new(
        "SELECT l.contact_id, count(DISTINCT l.organization_id) AS number FROM organization_contacts l WHERE l.contact_id = ANY(",
    );
    sql.push_bind(contacts).push(") AND l.unlinked_at IS NULL AND ");
    organization_contact::Entity::link_in_sight(reader.scope(), &mut sql, "l");
    sql.push(" GROUP BY l.contact_id");
    let rows = reader.fetch(sql).await?;
    let read = |row: &PgRow| Ok((row.try_get("contact_id")?, row.try_get("number")?));
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(Fault::from)
}

/// What other systems call each contact, by system: the notes of the viewer's organization, or all for whoever sees everything.
pub async fn external_ids(
    reader: &Reader,
    contacts: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<contact_external_id::Model>>, Fault> {
    type ExternalId = contact_external_id::Entity;
    let mut sql = Sql::new(format!(
        "SELECT {} FROM contact_external_ids n WHERE n.contact_id = ANY(",
        columns::<ExternalId>("n", "")
    ));
    sql.push_bind(contacts).push(") AND ");
    own_in_scope(reader.scope(), &mut sql, "n.organization_id");
    sql.push(" ORDER BY n.contact_id, n.source_system COLLATE \"C\", n.external_id COLLATE \"C\", n.id");
    let mut found: HashMap<Uuid, Vec<contact_external_id::Model>> = HashMap::new();
    for row in reader.fetch(sql).await? {
        let row = model::<ExternalId>(&row.into(), "")?;
        found.entry(row.contact_id).or_default().push(row);
    }
    Ok(found)
}

/// The organization with this subdomain, if it is in sight.
pub async fn organization_by_subdomain(reader: &Reader, subdomain: &str) -> Result<Option<organization::Model>, Fault> {
    type Organization = organization::Entity;
    let mut sql = Sql::new(format!(
        "SELECT {} FROM {} n WHERE n.subdomain = ",
        columns::<Organization>("n", ""),
        <Organization as Node>::TABLE
    ));
    sql.push_bind(subdomain.trim().to_lowercase()).push(" AND ");
    Organization::in_sight(reader.scope(), &mut sql, "n");
    let row = reader.fetch(sql).await?.pop();
    row.map(|row| model::<Organization>(&row.into(), "")).transpose()
}

/// The organizations with these subdomains, as far as they are in sight.
pub(crate) async fn organizations_by_subdomain(
    source: &impl Source,
    subdomains: Vec<String>,
) -> Result<Vec<organization::Model>, Fault> {
    type Organization = organization::Entity;
    if subdomains.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(format!(
        "SELECT {} FROM {} n WHERE n.subdomain = ANY(",
        columns::<Organization>("n", ""),
        <Organization as Node>::TABLE
    ));
    sql.push_bind(subdomains).push(") AND ");
    Organization::in_sight(source.scope(), &mut sql, "n");
    let rows = source.fetch(sql).await?;
    rows.into_iter().map(|row| model::<Organization>(&row.into(), "")).collect()
}
