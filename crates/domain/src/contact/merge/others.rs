//! What others have now of what the taking back of a merge may give to one of the two again: who is primary in their place, and where the
//! records of source systems stand, locked with the rows of the two; and who keeps the two and their like, by whom they are seen.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row as _;
use uuid::Uuid;

use super::book::{Book, Row, canonical, id_in, text_in};
use super::table::{ADDRESSES, GUARDIANS};
use crate::failure::{Failure, Fault};
use crate::session::{Sql, Work};

/// What others have.
#[derive(Clone, Debug, Default)]
pub(super) struct Others {
    /// The primary guardians, who are neither of the two, of the students of the two.
    pub guardians: Vec<Row>,
    /// The open links to addresses, of anybody, that stand for records of source systems which rows of the two name.
    pub sources: Vec<Row>,
    /// The organizations that keep each of the two, or a record that became part of it and stays so.
    pub owners: BTreeSet<(Uuid, Uuid)>,
    /// The partners that referred the organizations which have rows of the two, by these.
    pub partners: BTreeMap<Uuid, Uuid>,
}

impl Others {
    /// What of it there is.
    pub async fn of(work: &Work<'_>, book: &Book, people: &[Uuid; 2]) -> Result<Self, Failure> {
        let students: BTreeSet<Uuid> = book.rows(GUARDIANS).filter_map(|(_, row)| id_in(row, "student_id")).collect();
        let students: Vec<Uuid> = students.into_iter().filter(|student| !people.contains(student)).collect();
        let mut others = Self::default();
        if !students.is_empty() {
            let mut sql = Sql::new(
                "SELECT to_jsonb(t) AS told FROM student_guardian_relationships t
                 WHERE t.voided_at IS NULL AND t.is_primary_contact AND t.student_id = ANY(",
            );
            sql.push_bind(students).push(") AND t.guardian_id <> ALL(").push_bind(people.to_vec()).push(")");
            others.guardians = rows(work, sql).await?;
        }
        let named = |column: &'static str| -> Vec<String> {
            book.rows(ADDRESSES).filter_map(|(_, row)| text_in(row, column).map(str::to_owned)).collect()
        };
        let (systems, records) = (named("source_system"), named("source_record_id"));
        if !records.is_empty() {
            let mut sql = Sql::new(
                "SELECT to_jsonb(t) AS told FROM contact_addresses t WHERE t.unlinked_at IS NULL AND t.source_system = ANY(",
            );
            sql.push_bind(systems).push(") AND t.source_record_id = ANY(").push_bind(records).push(")");
            others.sources = rows(work, sql).await?;
        }
        others.owners = owners(work, people).await?;
        others.partners = partners(work, book).await?;
        Ok(others)
    }
}

/// Who keeps each of the two, once they are two again: whoever was merged into one of them before is part of that one.
async fn owners(work: &Work<'_>, people: &[Uuid; 2]) -> Result<BTreeSet<(Uuid, Uuid)>, Failure> {
    let mut sql = Sql::new(
        "WITH RECURSIVE one AS (
           SELECT c.id, c.id AS root, c.owner_organization_id FROM contacts_projection c WHERE c.id = ANY(",
    );
    sql.push_bind(people.to_vec()).push(
        ") UNION ALL
           SELECT c.id, one.root, c.owner_organization_id FROM contacts_projection c JOIN one ON c.merged_into_id = one.id
           WHERE c.id <> ALL(",
    );
    sql.push_bind(people.to_vec()).push(")) SELECT DISTINCT root, owner_organization_id FROM one");
    pairs(work, sql).await
}

/// The partners that referred the organizations whose own rows name the two.
async fn partners(work: &Work<'_>, book: &Book) -> Result<BTreeMap<Uuid, Uuid>, Failure> {
    let keepers: BTreeSet<Uuid> = book.all().filter_map(|(table, _, row)| id_in(row, table.keeper?)).collect();
    let mut sql = Sql::new(
        "SELECT o.id, o.referring_partner_id FROM organizations_projection o WHERE o.referring_partner_id IS NOT NULL AND o.id = ANY(",
    );
    sql.push_bind(keepers.into_iter().collect::<Vec<_>>()).push(")");
    Ok(pairs(work, sql).await?.into_iter().collect())
}

async fn pairs(work: &Work<'_>, sql: Sql) -> Result<BTreeSet<(Uuid, Uuid)>, Failure> {
    let rows = work.rows().fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get(1)?));
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(|error| Fault::from(error).into())
}

async fn rows(work: &Work<'_>, sql: Sql) -> Result<Vec<Row>, Failure> {
    let rows = work.rows().fetch(sql).await?;
    rows.iter().map(|row| Ok(canonical(row.try_get("told").map_err(Fault::from)?)?)).collect()
}

/// Which of these roles at organizations have a primary one among other people.
pub(super) async fn primaries_of_others(
    work: &Work<'_>,
    wanted: &BTreeSet<(Uuid, String)>,
    people: &[Uuid],
) -> Result<BTreeSet<(Uuid, String)>, Failure> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (organizations, types): (Vec<Uuid>, Vec<String>) = wanted.iter().cloned().unzip();
    let mut sql = Sql::new("SELECT l.organization_id, l.contact_type FROM organization_contacts l JOIN unnest(");
    sql.push_bind(organizations).push("::uuid[], ").push_bind(types);
    sql.push(
        "::text[]) AS wanted (organization_id, contact_type)
         ON wanted.organization_id = l.organization_id AND wanted.contact_type = l.contact_type
         WHERE l.unlinked_at IS NULL AND l.is_primary AND l.contact_id <> ALL(",
    );
    sql.push_bind(people.to_vec()).push(")");
    let rows = work.rows().fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get("organization_id")?, row.try_get("contact_type")?));
    rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(|error| Fault::from(error).into())
}
