//! How a node and its links stood at a moment: the log up to then, applied to empty tables that one transaction has for itself. The
//! projector's own `apply` and the readers' own statements do the rest, so that the past is told exactly as the present is. What may
//! be seen is what may be seen today; it is asked of the log, and nothing else gets into those tables.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use sqlx::Row;
use uuid::Uuid;

use super::telling::ORGANIZATIONS;
use super::{COLUMNS, ENDS, Entry, entry_of, position_of, push_compared};
use crate::access;
use crate::event::{Event, Stream};
use crate::failure::Fault;
use crate::position::Position;
use crate::replay;
use crate::session::{Reader, Sql, Transaction};
use crate::sights::{self, Touched};
use crate::store;
use crate::{contact, reading};

/// A moment of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An instant: what was recorded by then.
    At(DateTime<Utc>),
    /// A place in the log, that entry included.
    Position(Position),
}

/// The tables that a moment has for itself: nodes and links, who was merged, and what numbers said.
const TABLES: [&str; 18] = [
    "organizations_projection",
    "facilities_projection",
    "contacts_projection",
    "phones_projection",
    "emails_projection",
    "addresses_projection",
    "organization_contacts",
    "organization_phones",
    "organization_emails",
    "organization_addresses",
    "contact_phones",
    "contact_emails",
    "contact_addresses",
    "phone_addresses",
    "contact_external_ids",
    "contact_merges",
    "sms_opt_outs",
    "method_verifications",
];

/// A node and its links at a moment.
pub struct Past {
    /// Reads at that moment, with today's rights.
    pub reader: Arc<Reader>,
    /// The node: of somebody who had been merged by then the survivor of then.
    pub root: Uuid,
    /// Everything that was looked for: the node, what its links name, and the organizations that these name. Of anything else the
    /// past is not known.
    pub known: HashSet<Uuid>,
}

/// More entries than this are not applied for one request.
pub const MOST_ENTRIES: usize = 10_000;

/// What came of looking at a moment.
pub enum Look {
    /// The node stood so.
    Past(Past),
    /// It was not there, or may not be seen.
    Absent,
    /// More than [`MOST_ENTRIES`] entries tell how it stood.
    TooMuch,
}

/// The node at that moment, if it was there and its entries may be seen. Whether the viewer may read history at all is asked before.
pub async fn as_of(reader: &Reader, root: Uuid, moment: Moment) -> Result<Look, Fault> {
    let transaction = reader.open_past().await?;
    let search = Search { reader, transaction: &transaction, moment };
    let mut entries = search.about_person(root).await?;
    if !entries.iter().any(|(_, event)| event.stream_id == root && event.stream_version == 1) {
        transaction.rollback().await?;
        return Ok(Look::Absent);
    }
    entries.extend(search.while_one(&entries).await?);
    let mut known: HashSet<Uuid> = HashSet::from([root]);
    known.extend(entries.iter().flat_map(|(_, event)| merged(event)).flatten());
    // What the links name, then the organizations that all of these name.
    for _ in 0..2 {
        let named: BTreeSet<Uuid> = entries.iter().flat_map(|(_, event)| named(event)).collect();
        let wanted: Vec<Uuid> = named.into_iter().filter(|id| known.insert(*id)).collect();
        if !wanted.is_empty() {
            entries.extend(search.of_nodes(wanted).await?);
        }
        if entries.len() > MOST_ENTRIES {
            transaction.rollback().await?;
            return Ok(Look::TooMuch);
        }
    }
    entries.sort_by_key(|(position, _)| *position);
    entries.dedup_by_key(|(position, _)| *position);
    let events = whole(entries.into_iter().map(|(_, event)| event));
    // Unqualified names mean these tables from here on. The search path differs from the usual one, so that no statement that the
    // connection has prepared goes on meaning the others.
    let mut opening = String::from("SET LOCAL search_path = public, app;");
    for table in TABLES {
        // What is changed is found by its key.
        let key = replay::key(table).join(", ");
        opening.push_str(&format!(
            "CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING DEFAULTS, PRIMARY KEY ({key})) ON COMMIT DROP;"
        ));
    }
    transaction.execute_unprepared(&opening).await?;
    for run in events.chunk_by(|one, next| is_of_duplicate_alone(one) == is_of_duplicate_alone(next)) {
        if is_of_duplicate_alone(&run[0]) {
            for event in run {
                contact::apply_to_duplicate(&transaction, event).await?;
            }
        } else {
            store::apply_facts(&transaction, run, &mut Touched::default()).await?;
        }
    }
    tell_opt_outs(&transaction, moment, events.iter().map(|event| event.recorded_at).max()).await?;
    let root = survivor_of_then(&transaction, root).await?;
    known.insert(root);
    Ok(Look::Past(Past { reader: Arc::new(reader.of_past(transaction)), root, known }))
}

/// Whom a contact stood for at that moment: itself, unless it had been merged by then.
async fn survivor_of_then(transaction: &Transaction, id: Uuid) -> Result<Uuid, Fault> {
    let mut sql = Sql::new("WITH RECURSIVE chain AS (SELECT ");
    sql.push_bind(id).push(
        "::uuid AS id UNION SELECT c.merged_into_id FROM pg_temp.contacts_projection c JOIN chain ON c.id = chain.id
           WHERE c.merged_into_id IS NOT NULL)
         SELECT chain.id FROM chain JOIN pg_temp.contacts_projection c ON c.id = chain.id WHERE c.merged_into_id IS NULL",
    );
    match transaction.fetch(sql).await?.first() {
        Some(row) => Ok(row.try_get("id")?),
        None => Ok(id),
    }
}

/// Which numbers wanted no text messages by then. An opt-out binds the number and is told of every row that has it (domain.md §6): where
/// the row of which it was said is out of sight, those in sight that have the number today know since when.
async fn tell_opt_outs(transaction: &Transaction, moment: Moment, last: Option<DateTime<Utc>>) -> Result<(), Fault> {
    let by = match moment {
        Moment::At(at) => Some(at),
        Moment::Position(_) => last,
    };
    let mut sql = Sql::new(
        "INSERT INTO pg_temp.sms_opt_outs (e164, opted_out_at, last_word_at)
         SELECT DISTINCT ON (p.e164) p.e164, p.sms_opted_out_at, p.sms_opted_out_at FROM public.phones_projection p
         JOIN pg_temp.phones_projection asked ON asked.e164 = p.e164
         WHERE NOT EXISTS (SELECT FROM pg_temp.sms_opt_outs told WHERE told.e164 = p.e164) AND p.sms_opted_out_at <= ",
    );
    sql.push_bind(by);
    transaction.execute(sql).await?;
    sights::refresh_opt_outs(transaction, None).await?;
    Ok(())
}

struct Search<'a> {
    reader: &'a Reader,
    transaction: &'a Transaction,
    moment: Moment,
}

type Found = Vec<(Position, Event)>;

impl Search<'_> {
    /// The entries that concern a node: its own, and its links'. Of a person they are those of all who are one person today or were at any
    /// time, for what a merge moved had its beginning with them.
    async fn about_person(&self, root: Uuid) -> Result<Found, Fault> {
        let mut sql = Sql::new("SELECT person.id FROM ");
        reading::push_person(&mut sql, self.reader.scope(), |sql| {
            sql.push("SELECT ").push_bind(root).push("::uuid");
        });
        sql.push(" AS person");
        let rows = self.transaction.fetch(sql).await?;
        let mut wanted = rows.iter().map(|row| row.try_get("id")).collect::<Result<Vec<Uuid>, sqlx::Error>>()?;
        let mut asked: HashSet<Uuid> = wanted.iter().copied().collect();
        let mut found = Found::new();
        while !wanted.is_empty() && found.len() <= MOST_ENTRIES {
            let more = self.about(wanted).await?;
            wanted =
                more.iter().flat_map(|(_, event)| merged(event)).flatten().filter(|id| asked.insert(*id)).collect();
            found.extend(more);
        }
        Ok(found)
    }

    /// The entries of rows that are, or were, a duplicate's, written while it was one with a survivor who is out of sight again: they name that
    /// one, and are told of the duplicate, whose the rows are for whoever sees no other. What the undoing gave to it stands there from its
    /// beginning on: whoever worked with the person then had it.
    async fn while_one(&self, found: &Found) -> Result<Found, Fault> {
        let begun = |id: Uuid| found.iter().any(|(_, event)| event.stream_id == id && event.stream_version == 1);
        let of_hidden =
            |event: &Event| merged(event).filter(|[survivor, duplicate]| !begun(*survivor) && begun(*duplicate));
        let apart: Vec<Uuid> =
            found.iter().filter_map(|(_, event)| of_hidden(event)).map(|[_, duplicate]| duplicate).collect();
        if apart.is_empty() {
            return Ok(Found::new());
        }
        // An undoing after the moment tells whose a row of then is, too.
        let mut rows: HashMap<Uuid, [Uuid; 2]> = HashMap::new();
        for (_, event) in self.fetch_at(merges_of(apart), None).await? {
            let Some(two) = of_hidden(&event) else { continue };
            for image in event.data.get("moved").and_then(Value::as_array).into_iter().flatten() {
                let is_its = ["before", "after"]
                    .into_iter()
                    .any(|side| image.get(side).and_then(|row| id(row.get("contact_id")?)) == Some(two[1]));
                let Some(row) = image.get("id").and_then(id).filter(|_| is_its) else { continue };
                rows.insert(row, two);
            }
        }
        let mut found = self.fetch(of_streams(rows.keys().copied().collect())).await?;
        for (_, event) in &mut found {
            let Some([survivor, duplicate]) = rows.get(&event.stream_id) else { continue };
            if event.data.get("contact_id").and_then(id) == Some(*survivor) {
                event.data["contact_id"] = Value::String(duplicate.to_string());
            }
        }
        Ok(found)
    }

    /// The entries that concern these nodes.
    async fn about(&self, ids: Vec<Uuid>) -> Result<Found, Fault> {
        let mut sql = Sql::new(format!(
            "SELECT {COLUMNS} FROM event_subjects s JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq
             WHERE s.subject_id = ANY("
        ));
        sql.push_bind(ids).push(") AND ");
        access::any_node_in_sight(self.reader.scope(), &mut sql, "s.subject_id");
        self.fetch(sql).await
    }

    /// The entries of these nodes themselves, and those by which they became part of others.
    async fn of_nodes(&self, ids: Vec<Uuid>) -> Result<Found, Fault> {
        let mut found = self.fetch(of_streams(ids.clone())).await?;
        found.extend(self.fetch(merges_of(ids)).await?);
        Ok(found)
    }

    async fn fetch(&self, sql: Sql) -> Result<Found, Fault> {
        self.fetch_at(sql, Some(self.moment)).await
    }

    /// Those up to a moment, or all.
    async fn fetch_at(&self, mut sql: Sql, moment: Option<Moment>) -> Result<Found, Fault> {
        // Records about a person, and what was said of two, are no part of how the person stood, and have no table here.
        sql.push(" AND e.stream_type NOT IN ('record', 'duplicate') AND ");
        match moment {
            Some(Moment::At(at)) => drop(sql.push("e.recorded_at <= ").push_bind(at)),
            Some(Moment::Position(position)) => push_compared(&mut sql, "e", "<=", position),
            None => drop(sql.push("TRUE")),
        }
        sql.push(" AND ");
        access::entry_in_sight(self.reader.scope(), &mut sql, "e");
        sql.push(format_args!(" LIMIT {}", MOST_ENTRIES + 1));
        let rows = self.transaction.fetch(sql).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Entry { kind: super::EntryKind::Event(event), .. } = entry_of(row)? {
                found.push((position_of(row)?, *event));
            }
        }
        Ok(found)
    }
}

/// A query of the entries of these nodes themselves.
fn of_streams(ids: Vec<Uuid>) -> Sql {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM domain_events e WHERE e.stream_id = ANY("));
    sql.push_bind(ids).push(")");
    sql
}

/// A query of the entries by which these became part of others, or were parted from them again.
fn merges_of(ids: Vec<Uuid>) -> Sql {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM event_subjects s JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq
         WHERE e.event_type IN ('{}', '{}') AND s.subject_id = ANY(",
        contact::MERGED,
        contact::MERGE_REVERTED
    ));
    sql.push_bind(ids).push(")");
    sql
}

/// The nodes that an entry names beside its own.
fn named(event: &Event) -> Vec<Uuid> {
    let changes = ORGANIZATIONS.into_iter().filter_map(|name| id(event.data.get("changes")?.get(name)?.get("new")?));
    let owners = ORGANIZATIONS.into_iter().filter_map(|name| id(event.data.get(name)?));
    let survivors = merged(event).into_iter().flatten();
    ends(event).chain(owners).chain(changes).chain(survivors).collect()
}

/// Leaves out what has no beginning among the entries: a link to what may not be seen, and what became of it. Of a merge with somebody who is not
/// there what is left is what it did to the duplicate, if it was undone by then; until then the duplicate stands as if it had not been.
fn whole(events: impl Iterator<Item = Event>) -> Vec<Event> {
    let events: Vec<Event> = events.collect();
    let merge_of = |event: &Event| id(event.data.get("merge_id")?);
    let is_undoing = |event: &&Event| event.event_type == contact::MERGE_REVERTED;
    let undone: HashSet<Uuid> = events.iter().filter(is_undoing).filter_map(merge_of).collect();
    let mut begun = HashSet::new();
    events
        .into_iter()
        .filter_map(|mut event| {
            if let Some([survivor, duplicate]) = merged(&event)
                && !begun.contains(&survivor)
                && merge_of(&event).is_some_and(|merge| undone.contains(&merge))
            {
                // It is the duplicate's own entry for whoever knows that one alone.
                event.stream_id = duplicate;
            }
            let is_whole = match (event.stream, event.stream_version) {
                (Stream::Link, 1) => ends(&event).all(|end| begun.contains(&end)),
                (_, 1) => true,
                _ => begun.contains(&event.stream_id),
            };
            if is_whole {
                begun.insert(event.stream_id);
                keep_known_rows(&mut event, &mut begun);
            }
            is_whole.then_some(event)
        })
        .collect()
}

/// Leaves of the rows that a merge moved those that the moment has: others name what may not be seen, or records.
fn keep_known_rows(event: &mut Event, begun: &mut HashSet<Uuid>) {
    let Some(Value::Array(moved)) = event.data.get_mut("moved") else { return };
    moved.retain(|image| {
        let text = |name: &str| image.get(name).and_then(Value::as_str);
        let Some(id) = text("id").and_then(|id| Uuid::try_parse(id).ok()) else { return false };
        if !text("table").is_some_and(|table| TABLES.contains(&table)) {
            return false;
        }
        if image.get("before").is_some_and(|before| !before.is_null()) {
            return begun.contains(&id);
        }
        // A row that the merge opened begins with it.
        let named = |(name, _): (&str, _)| image.get("after")?.get(name).and_then(self::id);
        let is_known = ENDS.into_iter().filter_map(named).all(|end| begun.contains(&end));
        if is_known {
            begun.insert(id);
        }
        is_known
    });
}

/// Whether an entry of a merge tells of the duplicate alone: [`whole`] left no more of it.
fn is_of_duplicate_alone(event: &Event) -> bool {
    merged(event).is_some_and(|[stream, duplicate]| stream == duplicate)
}

/// The two whom a merge made one, or an undoing two again.
fn merged(event: &Event) -> Option<[Uuid; 2]> {
    let is_merge = [contact::MERGED, contact::MERGE_REVERTED].contains(&event.event_type.as_str());
    is_merge.then(|| Some([event.stream_id, id(event.data.get("duplicate_id")?)?])).flatten()
}

/// The nodes that an entry names as a link does its ends.
fn ends(event: &Event) -> impl Iterator<Item = Uuid> {
    ENDS.into_iter().filter_map(|(name, _)| id(event.data.get(name)?))
}

fn id(value: &Value) -> Option<Uuid> {
    Uuid::try_parse(value.as_str()?).ok()
}
