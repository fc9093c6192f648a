//! The history of a node: its entries and those of its links, newest first, page by page. What the viewer does not see has none.

use std::collections::HashMap;

use sqlx::Row;
use uuid::Uuid;

use super::{COLUMNS, Entry, entry_of, position_of, push_compared, tell};
use crate::access::{self, Action};
use crate::failure::Fault;
use crate::position::Position;
use crate::reading::{BadCursor, Cursor, ListError, Page, Slice, Walk, push_person};
use crate::session::{Reader, Sql};

/// The name of the order, part of every cursor.
const ORDER: &str = "history";

/// The history of one node, newest first.
pub async fn history(reader: &Reader, subject: Uuid, page: &Page) -> Result<Slice<Entry>, ListError> {
    Ok(histories(reader, vec![subject], page).await?.remove(&subject).unwrap_or_else(|| Slice::empty(page)))
}

/// The histories of many nodes, newest first: one statement, a page for each. Of a person it is the history of all who became that one.
/// Nodes out of sight are not in the map, and nobody's are
/// when the viewer may not read history.
pub async fn histories(
    reader: &Reader,
    subjects: Vec<Uuid>,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<Entry>>, ListError> {
    if !access::may(reader.viewer(), Action::History) {
        return Ok(HashMap::new());
    }
    let way = if page.walk == Walk::Forward { "DESC" } else { "ASC" };
    // One more than asked for tells whether the list goes on.
    let limit = u64::from(page.limit) + 1;
    let order = |row: &str| format!("ORDER BY {row}.epoch {way}, {row}.xid {way}, {row}.seq {way}");
    // Of each who became one person a page in the order of its index, and of these the page; what concerns two of them is told once.
    let mut sql = Sql::new("SELECT parents.id AS parent, page.* FROM unnest(");
    sql.push_bind(subjects).push(
        "::uuid[]) AS parents (id) CROSS JOIN LATERAL (SELECT DISTINCT ON (told.epoch, told.xid, told.seq) told.* FROM ",
    );
    push_person(&mut sql, reader.scope(), |sql| {
        sql.push("SELECT parents.id");
    });
    sql.push(format_args!(
        " AS who CROSS JOIN LATERAL (SELECT {COLUMNS} FROM event_subjects s
         JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq WHERE s.subject_id = who.id AND "
    ));
    for (cursor, than) in [(&page.after, "<"), (&page.before, ">")] {
        if let Some(cursor) = cursor {
            push_compared(&mut sql, "s", than, opened(reader, cursor)?);
            sql.push(" AND ");
        }
    }
    access::entry_in_sight(reader.scope(), &mut sql, "e");
    sql.push(format_args!(" {} LIMIT {limit}) AS told {} LIMIT {limit}) AS page WHERE ", order("s"), order("told")));
    access::any_node_in_sight(reader.scope(), &mut sql, "parents.id");
    let rows = reader.fetch(sql).await?;
    let mut parents = Vec::with_capacity(rows.len());
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        let parent: Uuid = row.try_get("parent")?;
        parents.push((parent, position_of(row)?));
        entries.push(entry_of(row)?);
    }
    let mut slices: HashMap<Uuid, Slice<Entry>> = HashMap::new();
    for ((parent, position), entry) in parents.into_iter().zip(tell(reader, entries).await?) {
        let id = entry.event().map(|event| event.id).unwrap_or_default();
        let cursor = Cursor::new(ORDER, vec![reader.database().positions().seal(position)], id);
        slices.entry(parent).or_default().rows.push((cursor, entry));
    }
    for slice in slices.values_mut() {
        slice.cut(page);
    }
    Ok(slices)
}

/// The position that a cursor holds, if it is one of ours.
fn opened(reader: &Reader, cursor: &Cursor) -> Result<Position, BadCursor> {
    let sealed = cursor.text(ORDER).ok_or(BadCursor)?;
    reader.database().positions().open(sealed).ok_or(BadCursor)
}

/// How many entries each node's history has; nodes with none are not in the map.
pub async fn count(reader: &Reader, subjects: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
    if !access::may(reader.viewer(), Action::History) {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new("SELECT parents.id AS subject_id, count(DISTINCT e.id) AS number FROM unnest(");
    sql.push_bind(subjects).push("::uuid[]) AS parents (id) CROSS JOIN LATERAL ");
    push_person(&mut sql, reader.scope(), |sql| {
        sql.push("SELECT parents.id");
    });
    sql.push(
        " AS who JOIN event_subjects s ON s.subject_id = who.id
         JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq WHERE ",
    );
    access::entry_in_sight(reader.scope(), &mut sql, "e");
    sql.push(" AND ");
    access::any_node_in_sight(reader.scope(), &mut sql, "parents.id");
    sql.push(" GROUP BY parents.id");
    let rows = reader.fetch(sql).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("subject_id")?, row.try_get("number")?)))
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Fault::from)
}
