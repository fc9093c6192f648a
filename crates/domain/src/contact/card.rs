//! The cards of contacts (`contact_cards`), kept by the projector as the very last thing that it derives: what lists below a contact mostly
//! show, ready in one row. What stands there is said in `reading::cards`; it decides nothing.

use std::collections::BTreeSet;

use sea_orm::DbErr;
use uuid::Uuid;

use crate::reading::cards::{TABLE, columns, push_made};
use crate::search::keep::LINKS;
use crate::session::{Sql, Transaction};

/// So many cards are made by one statement: a reception may be held by thousands.
const BATCH: usize = 1_000;

/// Makes the cards of these contacts true, and of all who hold one of these methods or have a phone that stands at one of them.
///
/// What stands on a card hangs on rows that several commands change under locks of their own. They meet at the card, which is locked before what it
/// says is read, by a later statement. Whoever changes an address has the places of its phones say so and asks then who has such a phone; whoever
/// links a phone holds its places before it reads them, and before any card: one of the two sees what the other wrote. All this is locked after
/// everything else that anybody locks, and in the order of ids.
pub(crate) async fn refresh(
    transaction: &Transaction,
    mut contacts: BTreeSet<Uuid>,
    methods: BTreeSet<Uuid>,
) -> Result<(), DbErr> {
    if !methods.is_empty() {
        for row in transaction.fetch(holders(methods.into_iter().collect())).await? {
            contacts.insert(sqlx::Row::try_get(&row, 0).map_err(|error| DbErr::Custom(error.to_string()))?);
        }
    }
    let contacts: Vec<Uuid> = contacts.into_iter().collect();
    for ids in contacts.chunks(BATCH) {
        transaction.execute(hold(ids)).await?;
        make(transaction, ids).await?;
    }
    Ok(())
}

/// Who holds one of these methods, or a phone that stands at one of them.
fn holders(methods: Vec<Uuid>) -> Sql {
    let mut sql = Sql::new("");
    for (links, method) in LINKS {
        sql.push(format_args!("SELECT contact_id FROM {links} WHERE unlinked_at IS NULL AND {method} = ANY("));
        sql.push_bind(methods.clone()).push(") UNION ");
    }
    sql.push("SELECT l.contact_id").push(PLACES).push("a.address_id = ANY(").push_bind(methods).push(")");
    sql
}

/// The places `a` of phones `l` that people have.
const PLACES: &str = " FROM contact_phones l JOIN phone_addresses a ON a.phone_id = l.phone_id
    WHERE l.unlinked_at IS NULL AND a.unlinked_at IS NULL AND ";

/// A statement that locks the places of their phones, then their cards.
fn hold(contacts: &[Uuid]) -> Sql {
    let mut sql = Sql::new("WITH places AS MATERIALIZED (SELECT a.id");
    sql.push(PLACES).push("l.contact_id = ANY(").push_bind(contacts);
    sql.push(format_args!(
        ") ORDER BY a.id FOR SHARE OF a), held AS MATERIALIZED (
           SELECT FROM {TABLE} WHERE (SELECT count(*) FROM places) >= 0 AND contact_id = ANY("
    ));
    sql.push_bind(contacts).push(
        ") ORDER BY contact_id FOR UPDATE
         ) SELECT (SELECT count(*) FROM places), (SELECT count(*) FROM held)",
    );
    sql
}

/// Makes these cards as they should be: of people whose cards and whose phones' places are held, or whom nobody else knows yet.
pub(crate) async fn make(transaction: &Transaction, contacts: &[Uuid]) -> Result<(), DbErr> {
    let mut sql = insertion();
    sql.push(" FROM unnest(").push_bind(contacts).push("::uuid[]) AS c (id)");
    let [own, made] = ["k", "excluded"].map(|row| columns().map(|column| format!("{row}.{column}")).join(", "));
    let set = columns().map(|column| format!("{column} = excluded.{column}")).join(", ");
    sql.push(format_args!(" ON CONFLICT (contact_id) DO UPDATE SET {set} WHERE ({own}) IS DISTINCT FROM ({made})"));
    transaction.execute(sql).await.map(drop)
}

/// Makes the cards of all who have none: a replay, or a database of an older version; how many.
pub(crate) async fn fill(transaction: &Transaction) -> Result<u64, DbErr> {
    let mut sql = insertion();
    sql.push(format_args!(
        " FROM contacts_projection c WHERE NOT EXISTS (SELECT FROM {TABLE} k WHERE k.contact_id = c.id)"
    ));
    transaction.execute(sql).await
}

fn insertion() -> Sql {
    let mut sql = Sql::new(format!("INSERT INTO {TABLE} AS k (contact_id, {}) SELECT c.id, ", columns().join(", ")));
    push_made(&mut sql, "c.id");
    sql
}
