//! Which records became part of whom (US-3), for those who merge.

use std::collections::HashMap;

use liaison_entity::contact_merge;
use uuid::Uuid;

use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::{columns, model};
use crate::access::{Scope, merge_in_sight};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

const MERGED_AT: Key = Key { expression: "m.merged_at", kind: KeyKind::Instant };

type Conditions<'a> = dyn Fn(&mut Sql) + Send + Sync + 'a;

fn push(sql: &mut Sql, scope: Scope) {
    sql.push("m.reverted_at IS NULL AND ");
    merge_in_sight(scope, sql);
}

fn listing<'a>(direction: Direction, conditions: &'a Conditions<'a>) -> Listing<'a> {
    Listing {
        columns: columns::<contact_merge::Entity>("m", "m_"),
        from: "contact_merges m".to_owned(),
        join: None,
        parent: Some("m.survivor_id"),
        order: "merged",
        keys: &[MERGED_AT],
        id: "m.id",
        direction,
        conditions,
    }
}

/// The merges into each of these contacts that were not undone.
pub async fn merges_into(
    reader: &Reader,
    contacts: Vec<Uuid>,
    direction: Direction,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<contact_merge::Model>>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| push(sql, scope);
    let listing = listing(direction, &conditions);
    listing.of_parents(reader, contacts, page, |row| model::<contact_merge::Entity>(row, "m_")).await
}

/// How many there are.
pub async fn count_merges_into(reader: &Reader, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| push(sql, scope);
    listing(Direction::Descending, &conditions).count_of_parents(reader, contacts).await
}

/// These merges, undone or not, in the order in which they are asked for.
pub async fn merges(reader: &Reader, ids: &[Uuid]) -> Result<Vec<contact_merge::Model>, Fault> {
    let mut sql =
        Sql::new(format!("SELECT {} FROM contact_merges m JOIN unnest(", columns::<contact_merge::Entity>("m", "")));
    sql.push_bind(ids.to_vec()).push("::uuid[]) WITH ORDINALITY AS wanted (id, at) ON wanted.id = m.id WHERE ");
    merge_in_sight(reader.scope(), &mut sql);
    sql.push(" ORDER BY wanted.at");
    let rows = reader.fetch(sql).await?;
    rows.into_iter().map(|row| model::<contact_merge::Entity>(&row.into(), "")).collect()
}
