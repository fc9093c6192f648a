//! Following the log: every entry that a viewer may see after a position, in order, none skipped. Each statement looks at a bounded
//! number of entries, whatever the viewer sees of them.

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{COLUMNS, Entry, EntryKind, REMOVED, entry_of, position_of, push_compared, push_position, tell};
use crate::access;
use crate::failure::Fault;
use crate::position::Position;
use crate::reading::push_person;
use crate::session::{Reader, Sql};

/// Which entries are wanted; all that are seen unless told. Of a node out of sight there is what the own organization's links say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChangeFilter {
    /// Only these types of events.
    pub types: Option<Vec<String>>,
    /// Only what concerns this organization.
    pub organization_id: Option<Uuid>,
    /// Only what concerns this contact, or any who became one person with it.
    pub contact_id: Option<Uuid>,
    /// Only what concerns this node.
    pub subject_id: Option<Uuid>,
    /// What a writer's own transaction has written up to here is not told again.
    pub not_again: Option<Position>,
}

/// What came of one look at the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// How far the log was read, seen or not: give it back as `after`. `None` while there is nothing to have read.
    pub end: Option<Position>,
    /// Whether nothing readable is left after `end`.
    pub is_caught_up: bool,
    /// Whether something has been committed that an older transaction, still under way, may yet precede: look again soon.
    pub is_pending: bool,
}

/// So many entries, seen or not, are looked at by one statement.
const WINDOW: i32 = 2_000;
/// So many windows are looked at before the reader is told how far it came.
const WINDOWS: usize = 8;

/// Before everything.
const BEGINNING: Position = Position { epoch: 0, xid: 0, seq: 0 };
/// After everything.
const END: Position = Position { epoch: i32::MAX as i64, xid: i64::MAX, seq: i64::MAX };

/// The position after which everything comes that is not yet readable: where those begin who want only what is new. What was committed
/// while an older transaction was under way may come too. `None` while there is nothing.
pub async fn now(reader: &Reader) -> Result<Option<Position>, Fault> {
    let end = reach(reader, &[], END).await?.end;
    Ok((end > BEGINNING).then_some(end))
}

/// Where one begins who wants what comes after a position: there, unless it is a writer's own and something older may yet come before.
pub async fn begin(reader: &Reader, after: Option<Position>) -> Result<Option<Position>, Fault> {
    let now = now(reader).await?;
    Ok(after.map_or(now, |after| now.map(|now| now.min(after))))
}

/// The entries after a position that the reader's viewer may see, at most `limit` of them and at least one. The horizon is that of the
/// reader's snapshot: renew it before the next look.
pub async fn changes(
    reader: &Reader,
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<Batch, Fault> {
    let limit = limit.max(1);
    let mut entries = Vec::new();
    let mut place = after.unwrap_or(BEGINNING);
    let mut is_caught_up = false;
    let mut is_pending = false;
    let subjects = in_order_of_reading(reader, filter).await?;
    let first = subjects.first().map(Vec::as_slice).unwrap_or_default();
    for _ in 0..WINDOWS {
        let reach = reach(reader, first, place).await?;
        // A reader may stand above the horizon: after its own write, while an older one is under way, which will stand before it. It
        // goes back to where nothing can come in between any more.
        place = place.min(reach.end);
        let upto = reach.end;
        if upto > place {
            let wanted = limit - entries.len();
            let mut found = window(reader, filter, &subjects, (place, upto), wanted + 1).await?;
            let is_full = found.len() > wanted;
            found.truncate(wanted);
            place = if is_full { found.last().map_or(place, |(position, _)| *position) } else { upto };
            entries.extend(found.into_iter().map(|(_, entry)| entry));
            if is_full {
                break;
            }
        }
        if reach.is_end {
            (is_caught_up, is_pending) = (true, reach.is_pending);
            break;
        }
        if entries.len() >= limit {
            break;
        }
    }
    let entries = tell(reader, entries).await?;
    Ok(Batch { entries, end: (place > BEGINNING).then_some(place), is_caught_up, is_pending })
}

/// What an entry must concern, of each a node or all the ids of one person; the one first whose entries are gone through. That is one in
/// sight: how much there is to go through of others' must not show, and what is seen of them stands in the own organization's entries, for
/// its links of old. So a foreign node and a missing one take the same way.
async fn in_order_of_reading(reader: &Reader, filter: &ChangeFilter) -> Result<Vec<Vec<Uuid>>, Fault> {
    let mut asked: Vec<Uuid> =
        [filter.subject_id, filter.contact_id, filter.organization_id].into_iter().flatten().collect();
    asked.dedup();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT wanted.at, who.id, ");
    access::any_node_in_sight(reader.scope(), &mut sql, "wanted.id");
    sql.push(" AS is_seen FROM unnest(");
    sql.push_bind(asked.clone()).push("::uuid[]) WITH ORDINALITY AS wanted (id, at) CROSS JOIN LATERAL ");
    push_person(&mut sql, reader.scope(), |sql| {
        sql.push("SELECT wanted.id");
    });
    sql.push(" AS who");
    let mut subjects: Vec<(bool, Vec<Uuid>)> = asked.iter().map(|_| (false, Vec::new())).collect();
    for row in reader.fetch(sql).await? {
        let at = usize::try_from(row.try_get::<i64, _>("at")?).unwrap_or_default();
        let Some((is_seen, ids)) = at.checked_sub(1).and_then(|at| subjects.get_mut(at)) else { continue };
        *is_seen = row.try_get("is_seen")?;
        ids.push(row.try_get("id")?);
    }
    let own = reader.viewer().organization_id();
    let first = match subjects.iter().position(|(is_seen, _)| *is_seen) {
        Some(at) => subjects.remove(at).1,
        None => {
            subjects.retain(|(_, ids)| ids.as_slice() != [own]);
            vec![own]
        }
    };
    Ok([first].into_iter().chain(subjects.into_iter().map(|(_, ids)| ids)).collect())
}

impl ChangeFilter {
    /// Whether losses of sight are wanted, and of whom.
    fn wants_losses(&self, reader: &Reader) -> bool {
        let own = reader.viewer().organization_id();
        access::may_lose_sight(reader.viewer())
            && self.types.as_ref().is_none_or(|types| types.iter().any(|name| name == REMOVED))
            && self.organization_id.is_none_or(|organization| organization == own)
            && (self.contact_id.is_none() || self.subject_id.is_none() || self.contact_id == self.subject_id)
    }
}

/// How far one window reaches.
struct Reach {
    end: Position,
    is_end: bool,
    is_pending: bool,
}

/// How far a window of the entries that concern these reaches, and of all entries for nobody: as far as that of the first to end.
async fn reach(reader: &Reader, subjects: &[Uuid], after: Position) -> Result<Reach, Fault> {
    let mut sql = Sql::new("SELECT reach.epoch, reach.xid, reach.seq, reach.is_end, reach.is_pending FROM unnest(");
    let subjects: Vec<Option<Uuid>> =
        if subjects.is_empty() { vec![None] } else { subjects.iter().copied().map(Some).collect() };
    sql.push_bind(subjects).push("::uuid[]) AS subject (id) CROSS JOIN LATERAL app.log_reach(subject.id, ");
    push_position(&mut sql, after);
    sql.push(format_args!(", {WINDOW}) AS reach"));
    let rows = reader.fetch(sql).await?;
    let read = |row: &PgRow| {
        let is_empty = row.try_get::<Option<i64>, _>("epoch")?.is_none();
        let end = if is_empty { BEGINNING } else { position_of(row)? };
        Ok(Reach { end, is_end: row.try_get("is_end")?, is_pending: row.try_get("is_pending")? })
    };
    let reaches = rows.iter().map(read).collect::<Result<Vec<Reach>, sqlx::Error>>()?;
    let together = reaches.into_iter().reduce(|one, other| Reach {
        end: one.end.min(other.end),
        is_end: one.is_end && other.is_end,
        is_pending: one.is_pending || other.is_pending,
    });
    together.ok_or_else(|| Fault::Internal("app.log_reach gave no row".to_owned()))
}

/// What is seen after one position and up to another, events and losses merged.
async fn window(
    reader: &Reader,
    filter: &ChangeFilter,
    subjects: &[Vec<Uuid>],
    (after, upto): (Position, Position),
    limit: usize,
) -> Result<Vec<(Position, Entry)>, Fault> {
    let mut found = events(reader, filter, subjects, (after, upto), limit).await?;
    if filter.wants_losses(reader) {
        found.extend(losses(reader, filter, (after, upto), limit).await?);
        found.sort_by_key(|(position, _)| *position);
        found.truncate(limit);
    }
    Ok(found)
}

async fn events(
    reader: &Reader,
    filter: &ChangeFilter,
    subjects: &[Vec<Uuid>],
    (after, upto): (Position, Position),
    limit: usize,
) -> Result<Vec<(Position, Entry)>, Fault> {
    if filter.types.as_ref().is_some_and(|types| types.iter().all(|name| name == REMOVED)) {
        return Ok(Vec::new());
    }
    let (from, at) = match subjects.first() {
        Some(_) => {
            ("event_subjects s JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq", "s")
        }
        None => ("domain_events e", "e"),
    };
    // What concerns two who became one person is told once.
    let is_several = subjects.first().is_some_and(|ids| ids.len() > 1);
    let once = if is_several { "DISTINCT ON (s.epoch, s.xid, s.seq) " } else { "" };
    let mut sql = Sql::new(format!("SELECT {once}{COLUMNS} FROM {from} WHERE "));
    push_compared(&mut sql, at, ">", after);
    sql.push(" AND ");
    push_compared(&mut sql, at, "<=", upto);
    for (nth, ids) in subjects.iter().enumerate() {
        match (nth, ids.as_slice()) {
            (0, [id]) => drop(sql.push(" AND s.subject_id = ").push_bind(*id)),
            (0, ids) => drop(sql.push(" AND s.subject_id = ANY(").push_bind(ids.to_vec()).push(")")),
            (_, ids) => {
                sql.push(" AND EXISTS (SELECT FROM event_subjects also WHERE also.subject_id = ANY(");
                sql.push_bind(ids.to_vec());
                sql.push(") AND also.epoch = e.epoch AND also.xid = e.xid AND also.seq = e.seq OFFSET 0)");
            }
        }
    }
    if let Some(types) = &filter.types {
        sql.push(" AND e.event_type = ANY(").push_bind(types.clone()).push(")");
    }
    if let Some(own) = filter.not_again {
        sql.push(format_args!(
            " AND NOT ({at}.epoch = {} AND {at}.xid = '{}'::xid8 AND {at}.seq <= {})",
            own.epoch, own.xid, own.seq
        ));
    }
    sql.push(" AND ");
    access::entry_in_sight(reader.scope(), &mut sql, "e");
    sql.push(format_args!(" ORDER BY {at}.epoch, {at}.xid, {at}.seq LIMIT {limit}"));
    let rows = reader.fetch(sql).await?;
    rows.iter().map(|row| Ok((position_of(row)?, entry_of(row)?))).collect()
}

async fn losses(
    reader: &Reader,
    filter: &ChangeFilter,
    (after, upto): (Position, Position),
    limit: usize,
) -> Result<Vec<(Position, Entry)>, Fault> {
    let mut sql = Sql::new(
        "SELECT l.epoch::bigint AS epoch, l.xid::text::bigint AS xid, l.seq, l.contact_id, l.recorded_at FROM sight_losses l WHERE ",
    );
    push_compared(&mut sql, "l", ">", after);
    sql.push(" AND ");
    push_compared(&mut sql, "l", "<=", upto);
    sql.push(" AND l.organization_id = ").push_bind(reader.viewer().organization_id());
    if let Some(contact) = filter.contact_id.or(filter.subject_id) {
        sql.push(" AND l.contact_id = ").push_bind(contact);
    }
    sql.push(" AND ");
    access::loss_in_sight(reader.scope(), &mut sql, "l");
    sql.push(format_args!(" ORDER BY l.epoch, l.xid, l.seq LIMIT {limit}"));
    let rows = reader.fetch(sql).await?;
    rows.iter()
        .map(|row| {
            let position = position_of(row)?;
            let kind =
                EntryKind::Removal { contact_id: row.try_get("contact_id")?, recorded_at: row.try_get("recorded_at")? };
            Ok((position, Entry { position: Some(position), kind }))
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Fault::from)
}
