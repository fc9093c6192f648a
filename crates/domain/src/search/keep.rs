//! The tables that people and organizations are found in, kept by the projector as the last thing that it derives. What a row says
//! follows from the name and from what open links lead to; it decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DbErr;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::document::{AddressText, ContactText, Document, EmailText, PhoneText};
use crate::session::Transaction;

/// So many people are read and written by one statement: a reception may be held by thousands.
const BATCH: usize = 1_000;

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
enum Ground {
    /// Some are.
    Kept,
    /// None is.
    Empty,
}

fn broken(error: sqlx::Error) -> DbErr {
    DbErr::Custom(error.to_string())
}

/// Makes the rows of these contacts true, of all who hold these methods, and of these organizations.
///
/// What a person is found by hangs on rows that several commands change under locks of their own: two may change two methods of one
/// person at once. The person's row of the search table is what they meet at: it is locked first, and what it should say is read by a
/// later statement, which sees what the other wrote. These rows are locked last of everything and in the order of their ids.
pub(crate) async fn refresh(
    transaction: &Transaction,
    mut contacts: BTreeSet<Uuid>,
    methods: BTreeSet<Uuid>,
    organizations: BTreeSet<Uuid>,
) -> Result<(), DbErr> {
    if !methods.is_empty() {
        let methods: Vec<Uuid> = methods.into_iter().collect();
        let mut sql = QueryBuilder::<Postgres>::new("");
        for (at, (links, column)) in LINKS.into_iter().enumerate() {
            let union = if at == 0 { "" } else { " UNION " };
            sql.push(format_args!(
                "{union}SELECT contact_id FROM {links} WHERE unlinked_at IS NULL AND {column} = ANY("
            ));
            sql.push_bind(methods.clone()).push(")");
        }
        for row in transaction.fetch(sql).await? {
            contacts.insert(row.try_get(0).map_err(broken)?);
        }
    }
    let contacts: Vec<Uuid> = contacts.into_iter().collect();
    for ids in contacts.chunks(BATCH) {
        hold(transaction, &CONTACTS, ids).await?;
        let rows = contact_rows(transaction, ids).await?;
        keep(transaction, &CONTACTS, ids, rows, Ground::Kept).await?;
    }
    let organizations: Vec<Uuid> = organizations.into_iter().collect();
    for ids in organizations.chunks(BATCH) {
        hold(transaction, &ORGANIZATIONS, ids).await?;
        let rows = organization_rows(transaction, ids).await?;
        keep(transaction, &ORGANIZATIONS, ids, rows, Ground::Kept).await?;
    }
    Ok(())
}

/// Fills both tables, which are empty, with everybody there is: a replay, or a database of an older version.
pub(crate) async fn fill(transaction: &Transaction) -> Result<u64, DbErr> {
    let mut filled = 0;
    for table in [&CONTACTS, &ORGANIZATIONS] {
        let mut after = None;
        loop {
            let ids = next(transaction, table, after).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            let rows = match table.key {
                "contact_id" => contact_rows(transaction, &ids).await?,
                _ => organization_rows(transaction, &ids).await?,
            };
            filled += rows.len() as u64;
            keep(transaction, table, &ids, rows, Ground::Empty).await?;
        }
    }
    Ok(filled)
}

/// Whether people or organizations are there and nothing to find them by.
pub(crate) async fn is_missing(transaction: &Transaction) -> Result<bool, DbErr> {
    let missing = |table: &Table| {
        let Table { name, nodes, .. } = table;
        format!("(NOT EXISTS (SELECT FROM {name}) AND EXISTS (SELECT FROM {nodes} WHERE deleted_at IS NULL))")
    };
    let sql = format!("SELECT {} OR {}", missing(&CONTACTS), missing(&ORGANIZATIONS));
    let rows = transaction.fetch(QueryBuilder::new(sql)).await?;
    rows.first().map_or(Ok(false), |row| row.try_get(0).map_err(broken))
}

/// Empties both tables and keeps everybody else from them.
pub(crate) async fn clear(transaction: &Transaction) -> Result<(), DbErr> {
    for table in [&CONTACTS, &ORGANIZATIONS] {
        let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", table.name);
        transaction.execute(QueryBuilder::new(sql)).await?;
        transaction.execute(QueryBuilder::new(format!("DELETE FROM {}", table.name))).await?;
    }
    Ok(())
}

async fn hold(transaction: &Transaction, table: &Table, ids: &[Uuid]) -> Result<(), DbErr> {
    let Table { name, key, .. } = table;
    let mut sql = QueryBuilder::<Postgres>::new(format!("SELECT count(*) FROM (SELECT FROM {name} WHERE {key} = ANY("));
    sql.push_bind(ids).push(format_args!(") ORDER BY {key} FOR UPDATE) held"));
    transaction.execute(sql).await.map(drop)
}

async fn next(transaction: &Transaction, table: &Table, after: Option<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let mut sql = QueryBuilder::<Postgres>::new(format!("SELECT id FROM {} WHERE deleted_at IS NULL", table.nodes));
    if let Some(after) = after {
        sql.push(" AND id > ").push_bind(after);
    }
    sql.push(format_args!(" ORDER BY id LIMIT {BATCH}"));
    let rows = transaction.fetch(sql).await?;
    rows.iter().map(|row| row.try_get(0).map_err(broken)).collect()
}

/// The links of people to their methods, and the column that names the method.
const LINKS: [(&str, &str); 3] =
    [("contact_phones", "phone_id"), ("contact_emails", "email_id"), ("contact_addresses", "address_id")];

/// Where texts come from: the people themselves (`n`), and their links (`l`) to methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    People,
    Emails,
    Phones,
    Addresses,
}

impl Source {
    const ALL: [Self; 4] = [Self::People, Self::Emails, Self::Phones, Self::Addresses];

    /// The column that names the person, the tables, which rows hold, and six texts.
    const fn parts(self) -> (&'static str, &'static str, &'static str, [&'static str; 6]) {
        const NONE: &str = "NULL";
        match self {
            Self::People => (
                "n.id",
                "contacts_projection n",
                "n.deleted_at IS NULL",
                ["n.first_name", "n.last_name", "n.sort_name", NONE, NONE, NONE],
            ),
            Self::Emails => (
                "l.contact_id",
                "contact_emails l JOIN emails_projection m ON m.id = l.email_id",
                "l.unlinked_at IS NULL",
                ["m.address", "m.normalized", NONE, NONE, NONE, NONE],
            ),
            Self::Phones => (
                "l.contact_id",
                "contact_phones l JOIN phones_projection m ON m.id = l.phone_id",
                "l.unlinked_at IS NULL",
                ["m.number", "m.e164", "m.extension", NONE, NONE, NONE],
            ),
            Self::Addresses => (
                "l.contact_id",
                "contact_addresses l JOIN addresses_projection m ON m.id = l.address_id",
                "l.unlinked_at IS NULL",
                ["m.street1", "m.street2", "m.city", "m.state", "m.postal_code", "m.label"],
            ),
        }
    }
}

/// Pushes a query of the texts that people are found by, a row for each name and each method. `seen` adds what else a row must satisfy.
pub(crate) fn push_texts(
    sql: &mut QueryBuilder<Postgres>,
    ids: &[Uuid],
    seen: &dyn Fn(&mut QueryBuilder<Postgres>, Source),
) {
    for (kind, source) in Source::ALL.into_iter().enumerate() {
        let (contact, from, condition, texts) = source.parts();
        let union = if kind == 0 { "" } else { " UNION ALL " };
        let texts = texts.into_iter().zip('a'..).map(|(text, name)| format!("{text}::text COLLATE \"C\" AS {name}"));
        let texts = texts.collect::<Vec<_>>().join(", ");
        sql.push(format_args!(
            "{union}SELECT {contact} AS contact_id, {kind} AS kind, {texts} FROM {from} WHERE {condition} AND {contact} = ANY("
        ));
        sql.push_bind(ids).push(")");
        seen(sql, source);
    }
}

/// Reads what [`push_texts`] asked for; people without a name are not there.
pub(crate) fn read_texts(rows: &[PgRow]) -> Result<BTreeMap<Uuid, (String, ContactText)>, sqlx::Error> {
    let mut people: BTreeMap<Uuid, (String, ContactText)> = BTreeMap::new();
    let mut named = BTreeSet::new();
    for row in rows {
        let id: Uuid = row.try_get("contact_id")?;
        let (sort_name, texts) = people.entry(id).or_default();
        let text = |name: &str| row.try_get::<Option<String>, _>(name);
        let needed = |name: &str| text(name).map(Option::unwrap_or_default);
        match row.try_get::<i32, _>("kind")? {
            0 => {
                named.insert(id);
                (texts.first_name, texts.last_name, *sort_name) = (needed("a")?, needed("b")?, needed("c")?);
            }
            1 => texts.emails.push(EmailText { address: needed("a")?, normalized: needed("b")? }),
            2 => texts.phones.push(PhoneText { number: needed("a")?, e164: text("b")?, extension: text("c")? }),
            _ => texts.addresses.push(AddressText {
                street1: needed("a")?,
                street2: text("b")?,
                city: needed("c")?,
                state: text("d")?,
                postal_code: text("e")?,
                label: text("f")?,
            }),
        }
    }
    people.retain(|id, _| named.contains(id));
    Ok(people)
}

async fn contact_rows(transaction: &Transaction, ids: &[Uuid]) -> Result<Rows, DbErr> {
    let mut sql = QueryBuilder::<Postgres>::new("");
    push_texts(&mut sql, ids, &|_, _| {});
    let people = read_texts(&transaction.fetch(sql).await?).map_err(broken)?;
    Ok(people.into_iter().map(|(id, (sort_name, texts))| (id, (sort_name, Document::of_contact(&texts)))).collect())
}

async fn organization_rows(transaction: &Transaction, ids: &[Uuid]) -> Result<Rows, DbErr> {
    let mut sql = QueryBuilder::<Postgres>::new(
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
        let mut sql = QueryBuilder::<Postgres>::new(format!("DELETE FROM {name} WHERE {key} = ANY("));
        sql.push_bind(gone).push(")");
        transaction.execute(sql).await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut columns: (Vec<Uuid>, [Vec<String>; 4]) = Default::default();
    for (id, (sort_name, document)) in rows {
        let slips: Vec<String> = document.slips.iter().map(i64::to_string).collect();
        columns.0.push(id);
        let texts = [sort_name, document.names, document.document, format!("{{{}}}", slips.join(","))];
        columns.1.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
    }
    let (ids, [sort_names, names, documents, slips]) = columns;
    let mut sql = QueryBuilder::<Postgres>::new(format!(
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
    transaction.execute(sql).await.map(drop)
}
