//! The tables that people and organizations are found in, kept by the projector when nearly all else is derived, and with them what people
//! are compared by. What a row says follows from the name and from what open links lead to; it decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DbErr;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::document::Document;
use super::texts::{Coming, Source, push_texts, read_people, read_texts};
use crate::candidate;
use crate::duplicate::Person;
use crate::session::{Sql, Transaction, broken};

/// So many people are read and written by one statement: a reception may be held by thousands.
pub(crate) const BATCH: usize = 1_000;

/// A search table: itself, its key, and the nodes that it is of.
struct Table {
    name: &'static str,
    key: &'static str,
    nodes: &'static str,
}

const CONTACTS: Table = Table { name: "contact_search", key: "contact_id", nodes: "contacts_projection" };
const ORGANIZATIONS: Table =
    Table { name: "organization_search", key: "organization_id", nodes: "organizations_projection" };

/// A row that should be there: its sort name and the rest.
type Rows = BTreeMap<Uuid, (String, Document)>;

/// Whether rows may be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// Some are.
    Kept,
    /// None is.
    Empty,
}

/// What of whom is not true any more.
#[derive(Debug, Default)]
pub(crate) struct Stale {
    /// People who are found otherwise.
    pub found: BTreeSet<Uuid>,
    /// People who are compared otherwise; whoever is found otherwise is too.
    pub compared: BTreeSet<Uuid>,
    /// People who came: nobody else knows of them yet.
    pub made: BTreeSet<Uuid>,
    /// Methods that say something else: all who hold them are found and compared otherwise.
    pub methods: BTreeSet<Uuid>,
    /// Organizations that are found otherwise.
    pub organizations: BTreeSet<Uuid>,
}

/// What an empty ground is filled with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filling {
    /// What people and organizations are found by.
    Search,
    /// What people are compared by.
    Profiles,
    /// Both: a replay.
    Both,
}

/// Makes the rows of whom something changed true.
///
/// What a person is found by hangs on rows that several commands change under locks of their own: two may change two methods of one
/// person at once. The person's row of the search table is what they meet at: it is locked first, and what it should say is read by a
/// later statement, which sees what the other wrote. These rows are locked in the order of their ids, after everything else but
/// cards (`contact::card`). A person's
/// profile has no lock beside it: whoever writes one has that row.
pub(crate) async fn refresh(transaction: &Transaction, stale: Stale) -> Result<(), DbErr> {
    let Stale { mut found, mut compared, made, methods, organizations } = stale;
    if !methods.is_empty() {
        let methods: Vec<Uuid> = methods.into_iter().collect();
        let mut sql = Sql::new("");
        for (at, (links, column)) in LINKS.into_iter().enumerate() {
            let union = if at == 0 { "" } else { " UNION " };
            sql.push(format_args!(
                "{union}SELECT contact_id FROM {links} WHERE unlinked_at IS NULL AND {column} = ANY("
            ));
            sql.push_bind(methods.clone()).push(")");
        }
        for row in transaction.fetch(sql).await? {
            found.insert(row.try_get(0).map_err(broken)?);
        }
    }
    compared.extend(&found);
    let compared: Vec<Uuid> = compared.into_iter().collect();
    for ids in compared.chunks(BATCH) {
        let known: Vec<Uuid> = ids.iter().copied().filter(|id| !made.contains(id)).collect();
        hold(transaction, &CONTACTS, &known).await?;
        let texts = contact_texts(transaction, ids).await?;
        let found: Vec<Uuid> = ids.iter().copied().filter(|id| found.contains(id)).collect();
        let (rows, people) = (contact_rows(&texts, &found)?, read_people(&texts).map_err(broken)?);
        if !found.is_empty() && rows.len() == found.len() && people.len() == ids.len() {
            write_both(transaction, rows, &people, Ground::Kept).await?;
            continue;
        }
        if !found.is_empty() {
            keep(transaction, &CONTACTS, &found, rows, Ground::Kept).await?;
        }
        candidate::keep::keep(transaction, ids, &people, Ground::Kept).await?;
    }
    let organizations: Vec<Uuid> = organizations.into_iter().collect();
    for ids in organizations.chunks(BATCH) {
        hold(transaction, &ORGANIZATIONS, ids).await?;
        let rows = organization_rows(transaction, ids).await?;
        keep(transaction, &ORGANIZATIONS, ids, rows, Ground::Kept).await?;
    }
    Ok(())
}

/// Makes the rows of people who came just now, of whom nothing is kept and whom nobody else knows, from texts that were read in the same
/// transaction: one statement.
pub(crate) async fn tell_new(transaction: &Transaction, texts: &[PgRow], ids: &[Uuid]) -> Result<(), DbErr> {
    let (rows, people) = (contact_rows(texts, ids)?, read_people(texts).map_err(broken)?);
    if rows.is_empty() { Ok(()) } else { write_both(transaction, rows, &people, Ground::Empty).await }
}

/// Pushes the making of the rows of people, at least one, who come with the same statement, as parts of it.
pub(crate) fn push_coming(sql: &mut Sql, coming: BTreeMap<Uuid, Coming>) -> Result<(), DbErr> {
    let (mut rows, mut people) = (Rows::new(), BTreeMap::new());
    for (id, Coming { sort_name, found_by, compared_by }) in coming {
        rows.insert(id, (sort_name, Document::of_contact(&found_by)));
        people.insert(id, compared_by);
    }
    sql.push(", found AS (");
    push_rows(sql, &CONTACTS, rows, Ground::Empty);
    sql.push("), compared AS (");
    candidate::keep::push_profiles(sql, &people, Ground::Empty)?;
    sql.push(")");
    Ok(())
}

/// Writes what people are found by and what they are compared by, of at least one of both: one statement.
async fn write_both(
    transaction: &Transaction,
    rows: Rows,
    people: &BTreeMap<Uuid, Person>,
    ground: Ground,
) -> Result<(), DbErr> {
    let mut sql = Sql::new("WITH found AS (");
    push_rows(&mut sql, &CONTACTS, rows, ground);
    sql.push(") ");
    candidate::keep::push_profiles(&mut sql, people, ground)?;
    transaction.execute(sql).await.map(drop)
}

/// Fills the tables, which are empty, with everybody there is: a replay, or a database of an older version.
pub(crate) async fn fill(transaction: &Transaction, filling: Filling) -> Result<u64, DbErr> {
    let mut filled = 0;
    let mut after = None;
    loop {
        let ids = next(transaction, &CONTACTS, after).await?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        filled += ids.len() as u64;
        let texts = contact_texts(transaction, &ids).await?;
        if filling != Filling::Profiles {
            keep(transaction, &CONTACTS, &ids, contact_rows(&texts, &ids)?, Ground::Empty).await?;
        }
        if filling != Filling::Search {
            candidate::keep::keep(transaction, &ids, &read_people(&texts).map_err(broken)?, Ground::Empty).await?;
        }
    }
    if filling == Filling::Profiles {
        return Ok(filled);
    }
    let mut after = None;
    loop {
        let ids = next(transaction, &ORGANIZATIONS, after).await?;
        let Some(last) = ids.last() else { return Ok(filled) };
        after = Some(*last);
        filled += ids.len() as u64;
        let rows = organization_rows(transaction, &ids).await?;
        keep(transaction, &ORGANIZATIONS, &ids, rows, Ground::Empty).await?;
    }
}

/// Makes the profiles of those who have none; how many. Who is compared otherwise for it is put into the queue.
pub(crate) async fn fill_profiles(transaction: &Transaction) -> Result<u64, DbErr> {
    let (mut filled, mut after) = (0, None);
    loop {
        let ids = candidate::keep::without(transaction, after, BATCH).await?;
        let Some(last) = ids.last() else { return Ok(filled) };
        after = Some(*last);
        filled += ids.len() as u64;
        let texts = contact_texts(transaction, &ids).await?;
        candidate::keep::keep(transaction, &ids, &read_people(&texts).map_err(broken)?, Ground::Empty).await?;
    }
}

/// Whether people or organizations are there and nothing to find them by.
pub(crate) async fn is_missing(transaction: &Transaction) -> Result<bool, DbErr> {
    let missing = |table: &Table| {
        let Table { name, nodes, .. } = table;
        format!("(NOT EXISTS (SELECT FROM {name}) AND EXISTS (SELECT FROM {nodes} WHERE deleted_at IS NULL))")
    };
    let sql = format!("SELECT {} OR {}", missing(&CONTACTS), missing(&ORGANIZATIONS));
    let rows = transaction.fetch(Sql::new(sql)).await?;
    rows.first().map_or(Ok(false), |row| row.try_get(0).map_err(broken))
}

/// The indexes of words, of slips and of keys, put aside while an empty table is filled: to make them at the end takes a small part of the time
/// that it takes to keep them row by row.
pub(crate) struct Aside(Vec<String>);

impl Aside {
    /// Puts them aside where the tables that requests read are empty; where somebody is in them, everything stays as it is.
    pub async fn put(transaction: &Transaction) -> Result<Self, DbErr> {
        let mut made_again = Vec::new();
        for table in [CONTACTS.name, ORGANIZATIONS.name, candidate::keep::TABLE] {
            let mut sql = Sql::new(format!(
                "SELECT i.indexdef, format('DROP INDEX %I.%I', i.schemaname, i.indexname) AS dropped FROM pg_indexes i
                 WHERE i.schemaname = 'public' AND i.indexdef LIKE '% USING gin %' AND NOT EXISTS (SELECT FROM public.{table}) AND i.tablename = "
            ));
            sql.push_bind(table);
            for row in transaction.fetch(sql).await? {
                transaction.execute(Sql::new(row.try_get::<String, _>("dropped").map_err(broken)?)).await?;
                made_again.push(row.try_get("indexdef").map_err(broken)?);
            }
        }
        Ok(Self(made_again))
    }

    /// Makes them again.
    pub async fn make(self, transaction: &Transaction) -> Result<(), DbErr> {
        for index in self.0 {
            transaction.execute(Sql::new(index)).await?;
        }
        Ok(())
    }
}

/// Empties both tables and keeps everybody else from them.
pub(crate) async fn clear(transaction: &Transaction) -> Result<(), DbErr> {
    for table in [&CONTACTS, &ORGANIZATIONS] {
        let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", table.name);
        transaction.execute(Sql::new(sql)).await?;
        transaction.execute(Sql::new(format!("DELETE FROM {}", table.name))).await?;
    }
    Ok(())
}

async fn hold(transaction: &Transaction, table: &Table, ids: &[Uuid]) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let Table { name, key, .. } = table;
    let mut sql = Sql::new(format!("SELECT count(*) FROM (SELECT FROM {name} WHERE {key} = ANY("));
    sql.push_bind(ids).push(format_args!(") ORDER BY {key} FOR UPDATE) held"));
    transaction.execute(sql).await.map(drop)
}

async fn next(transaction: &Transaction, table: &Table, after: Option<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let mut sql = Sql::new(format!("SELECT id FROM {} WHERE deleted_at IS NULL", table.nodes));
    if let Some(after) = after {
        sql.push(" AND id > ").push_bind(after);
    }
    sql.push(format_args!(" ORDER BY id LIMIT {BATCH}"));
    let rows = transaction.fetch(sql).await?;
    rows.iter().map(|row| row.try_get(0).map_err(broken)).collect()
}

/// The links of people to their methods, and the column that names the method.
pub(crate) const LINKS: [(&str, &str); 3] =
    [("contact_phones", "phone_id"), ("contact_emails", "email_id"), ("contact_addresses", "address_id")];

async fn contact_texts(transaction: &Transaction, ids: &[Uuid]) -> Result<Vec<PgRow>, DbErr> {
    let mut sql = Sql::new("");
    push_texts(&mut sql, ids, Source::COMPARED_BY, &|_, _| {});
    transaction.fetch(sql).await
}

/// What these people are found by; whoever is archived has no row.
fn contact_rows(texts: &[PgRow], ids: &[Uuid]) -> Result<Rows, DbErr> {
    let people = read_texts(texts).map_err(broken)?.into_iter().filter(|(id, _)| ids.binary_search(id).is_ok());
    Ok(people.map(|(id, (sort_name, texts))| (id, (sort_name, Document::of_contact(&texts)))).collect())
}

async fn organization_rows(transaction: &Transaction, ids: &[Uuid]) -> Result<Rows, DbErr> {
    let mut sql = Sql::new(
        "SELECT id, name, subdomain, sort_name FROM organizations_projection WHERE deleted_at IS NULL AND id = ANY(",
    );
    sql.push_bind(ids).push(")");
    let read = |row: &PgRow| {
        let document = Document::of_organization(row.try_get("name")?, row.try_get("subdomain")?);
        Ok((row.try_get("id")?, (row.try_get("sort_name")?, document)))
    };
    transaction.fetch(sql).await?.iter().map(read).collect::<Result<Rows, sqlx::Error>>().map_err(broken)
}

/// Writes these rows where they differ; whoever of `ids` has none goes.
async fn keep(transaction: &Transaction, table: &Table, ids: &[Uuid], rows: Rows, ground: Ground) -> Result<(), DbErr> {
    let Table { name, key, .. } = table;
    if ground == Ground::Kept && rows.len() < ids.len() {
        let gone: Vec<Uuid> = ids.iter().copied().filter(|id| !rows.contains_key(id)).collect();
        let mut sql = Sql::new(format!("DELETE FROM {name} WHERE {key} = ANY("));
        sql.push_bind(gone).push(")");
        transaction.execute(sql).await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("");
    push_rows(&mut sql, table, rows, ground);
    transaction.execute(sql).await.map(drop)
}

/// Pushes the writing of rows, at least one, where they differ.
fn push_rows(sql: &mut Sql, table: &Table, rows: Rows, ground: Ground) {
    let Table { name, key, .. } = table;
    let mut columns: (Vec<Uuid>, [Vec<String>; 4]) = Default::default();
    for (id, (sort_name, document)) in rows {
        let slips: Vec<String> = document.slips.iter().map(i64::to_string).collect();
        columns.0.push(id);
        let texts = [sort_name, document.names, document.document, format!("{{{}}}", slips.join(","))];
        columns.1.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
    }
    let (ids, [sort_names, names, documents, slips]) = columns;
    sql.push(format_args!(
        "INSERT INTO {name} AS s ({key}, sort_name, names, document, typo_keys)
         SELECT r.id, r.sort_name, r.names, r.document, r.slips::bigint[] FROM unnest("
    ));
    sql.push_bind(ids).push("::uuid[], ").push_bind(sort_names).push("::text[], ").push_bind(names).push("::text[], ");
    sql.push_bind(documents).push("::text[], ").push_bind(slips);
    sql.push("::text[]) AS r (id, sort_name, names, document, slips)");
    if ground == Ground::Kept {
        sql.push(format_args!(
            " ON CONFLICT ({key}) DO UPDATE SET sort_name = excluded.sort_name, names = excluded.names,
               document = excluded.document, typo_keys = excluded.typo_keys
             WHERE (s.sort_name, s.names, s.document, s.typo_keys)
                   IS DISTINCT FROM (excluded.sort_name, excluded.names, excluded.document, excluded.typo_keys)"
        ));
    }
}
