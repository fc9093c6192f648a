//! The cards of contacts (`contact_cards`), kept by the projector as the very last thing that it derives: what lists below a contact mostly
//! show, ready in one row. What stands there is said in `reading::cards`; it decides nothing.

use std::collections::BTreeSet;

use sea_orm::DbErr;
use sqlx::Row;
use uuid::Uuid;

use crate::reading::cards::{LAYOUT, TABLE, columns, push_made};
use crate::search::keep::LINKS;
use crate::session::{Sql, Transaction, broken};

/// So many cards are made by one statement: a reception may be held by thousands.
const BATCH: usize = 1_000;

/// Makes the cards of these contacts true, and of all who hold one of these methods or have a phone that stands at one of them.
///
/// What stands on a card hangs on rows that several commands change under locks of their own. They meet at the card, which is locked before what it
/// says is read, by a later statement. Cards are locked after everything else that anybody locks, in the order of ids. Whoever changes an address has
/// the places of its phones say so and asks then who has such a phone; whoever links a phone has held its places since (`sights::hold_rows`): one of
/// the two sees what the other wrote.
pub(crate) async fn refresh(
    transaction: &Transaction,
    contacts: BTreeSet<Uuid>,
    methods: BTreeSet<Uuid>,
) -> Result<(), DbErr> {
    if contacts.is_empty() && methods.is_empty() {
        return Ok(());
    }
    let held = transaction.fetch(holding(contacts.into_iter().collect(), methods.into_iter().collect())).await?;
    let contacts: Result<Vec<Uuid>, sqlx::Error> = held.iter().map(|row| row.try_get(0)).collect();
    for some in contacts.map_err(broken)?.chunks(BATCH) {
        make(transaction, some).await?;
    }
    Ok(())
}

/// A statement that locks their cards, and tells whose these are.
fn holding(contacts: Vec<Uuid>, methods: Vec<Uuid>) -> Sql {
    let mut sql = Sql::new("WITH whom AS MATERIALIZED (SELECT unnest(");
    sql.push_bind(contacts).push("::uuid[]) AS id");
    if !methods.is_empty() {
        for (links, method) in LINKS {
            sql.push(format_args!(
                " UNION SELECT contact_id FROM {links} WHERE unlinked_at IS NULL AND {method} = ANY("
            ));
            sql.push_bind(methods.clone()).push(")");
        }
        sql.push(
            " UNION SELECT l.contact_id FROM phone_addresses a JOIN contact_phones l ON l.phone_id = a.phone_id
              WHERE l.unlinked_at IS NULL AND a.unlinked_at IS NULL AND a.address_id = ANY(",
        );
        sql.push_bind(methods).push(")");
    }
    sql.push(format_args!(
        "), held AS MATERIALIZED (
           SELECT FROM {TABLE} WHERE contact_id = ANY(ARRAY(SELECT id FROM whom)) ORDER BY contact_id FOR UPDATE
         ) SELECT id, (SELECT count(*) FROM held) FROM whom"
    ));
    sql
}

/// Makes these cards as they should be: of people whose cards are held, or whom nobody else knows yet.
pub(crate) async fn make(transaction: &Transaction, contacts: &[Uuid]) -> Result<(), DbErr> {
    let (own, made) = (each(|column| format!("k.{column}")), each(|column| format!("excluded.{column}")));
    make_where(transaction, contacts, &format!("({own}) IS DISTINCT FROM ({made})")).await
}

/// What a card says, column by column.
fn each(format: fn(&str) -> String) -> String {
    ["layout"].into_iter().chain(columns()).map(format).collect::<Vec<_>>().join(", ")
}

/// Makes these cards, and those that are there already if they are such.
async fn make_where(transaction: &Transaction, contacts: &[Uuid], are_such: &str) -> Result<(), DbErr> {
    let mut sql = Sql::new("");
    push_those(&mut sql, contacts);
    let set = each(|column| format!("{column} = excluded.{column}"));
    sql.push(format_args!(" ON CONFLICT (contact_id) DO UPDATE SET {set} WHERE {are_such}"));
    transaction.execute(sql).await.map(drop)
}

/// Pushes the making of the cards of people who come with the same statement, as a part of it, behind those that make their links.
pub(crate) fn push_coming(sql: &mut Sql, contacts: &[Uuid]) {
    sql.push(", carded AS (");
    push_those(sql, contacts);
    sql.push(")");
}

/// Pushes the making of the cards of these contacts.
fn push_those(sql: &mut Sql, contacts: &[Uuid]) {
    let columns = columns().join(", ");
    sql.push(format_args!("INSERT INTO {TABLE} AS k (contact_id, layout, {columns}) SELECT c.id, {LAYOUT}, "));
    push_made(sql, "c.id");
    sql.push(" FROM unnest(").push_bind(contacts).push("::uuid[]) AS c (id)");
}

/// Makes the cards of all who have none that can be read: a replay, or a database of another version; how many. Who they are is asked before any
/// is made: a statement that looked for cards while it makes them would walk through those that it has made, again for each. They come to lie as
/// lists read them, an organization's people side by side.
pub(crate) async fn fill(transaction: &Transaction) -> Result<u64, DbErr> {
    let without = format!(
        "SELECT coalesce(array_agg(c.id ORDER BY c.owner_organization_id, c.sort_name, c.id), '{{}}') FROM contacts_projection c
         WHERE NOT EXISTS (SELECT FROM {TABLE} k WHERE k.contact_id = c.id AND k.layout = {LAYOUT})"
    );
    let rows = transaction.fetch(Sql::new(without)).await?;
    let contacts: Vec<Uuid> = rows.first().map_or(Ok(Vec::new()), |row| row.try_get(0)).map_err(broken)?;
    for some in contacts.chunks(BATCH) {
        // Whoever has made one of this layout since keeps it true.
        make_where(transaction, some, "k.layout <> excluded.layout").await?;
    }
    Ok(contacts.len() as u64)
}
