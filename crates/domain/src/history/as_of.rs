//! How a node and its links stood at a moment: the log up to then, applied to empty tables that one transaction has for itself. The
//! projector's own `apply` and the readers' own statements do the rest, so that the past is told exactly as the present is. What may
//! be seen is what may be seen today; it is asked of the log, and nothing else gets into those tables.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::telling::ORGANIZATIONS;
use super::{COLUMNS, ENDS, Entry, entry_of, position_of, push_compared};
use crate::access;
use crate::contact;
use crate::event::{Event, Stream};
use crate::failure::Fault;
use crate::position::Position;
use crate::replay;
use crate::session::{Reader, Transaction};
use crate::sights::{self, Touched};
use crate::store;

/// A moment of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An instant: what was recorded by then.
    At(DateTime<Utc>),
    /// A place in the log, that entry included.
    Position(Position),
}

/// The tables that a moment has for itself: nodes and links, and what numbers said.
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
    "sms_opt_outs",
    "method_verifications",
    "contact_merges",
];

/// A node and its links at a moment.
pub struct Past {
    /// Reads at that moment, with today's rights.
    pub reader: Arc<Reader>,
    /// The node.
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
    let mut entries = search.about(root).await?;
    // Those who became part of the root by then: what they had is its own.
    let mut family = HashSet::from([root]);
    let mut at = 0;
    while let Some((_, event)) = entries.get(at) {
        at += 1;
        if let Some(duplicate) = contact::duplicate_of(event).filter(|id| event.stream_id != *id)
            && family.contains(&event.stream_id)
            && family.insert(duplicate)
        {
            entries.extend(search.about(duplicate).await?);
        }
    }
    if !entries.iter().any(|(_, event)| event.stream_id == root && event.stream_version == 1) {
        transaction.rollback().await?;
        return Ok(Look::Absent);
    }
    let mut known = HashSet::from([root]);
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
    store::apply_facts(&transaction, &events, &mut Touched::default()).await?;
    tell_opt_outs(&transaction, moment, events.iter().map(|event| event.recorded_at).max()).await?;
    Ok(Look::Past(Past { reader: Arc::new(reader.of_past(transaction)), root, known }))
}

/// Which numbers wanted no text messages by then. An opt-out binds the number and is told of every row that has it (domain.md §6): where
/// the row of which it was said is out of sight, those in sight that have the number today know since when.
async fn tell_opt_outs(transaction: &Transaction, moment: Moment, last: Option<DateTime<Utc>>) -> Result<(), Fault> {
    let by = match moment {
        Moment::At(at) => Some(at),
        Moment::Position(_) => last,
    };
    let mut sql = QueryBuilder::<Postgres>::new(
        "INSERT INTO pg_temp.sms_opt_outs (e164, opted_out_at, last_word_at)
         SELECT DISTINCT ON (p.e164) p.e164, p.sms_opted_out_at, p.sms_opted_out_at FROM public.phones_projection p
         JOIN pg_temp.phones_projection asked ON asked.e164 = p.e164
         WHERE NOT EXISTS (SELECT FROM pg_temp.sms_opt_outs told WHERE told.e164 = p.e164) AND p.sms_opted_out_at <= ",
    );
    sql.push_bind(by);
    transaction.execute(sql).await?;
    Ok(sights::refresh_opt_outs(transaction, None).await?)
}

struct Search<'a> {
    reader: &'a Reader,
    transaction: &'a Transaction,
    moment: Moment,
}

type Found = Vec<(Position, Event)>;

impl Search<'_> {
    /// The entries that concern a node: its own, and its links'.
    async fn about(&self, root: Uuid) -> Result<Found, Fault> {
        let mut sql = QueryBuilder::new(format!(
            "SELECT {COLUMNS} FROM event_subjects s JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq
             WHERE s.subject_id = "
        ));
        sql.push_bind(root).push(" AND ");
        access::any_node_in_sight(self.reader.scope(), &mut sql, "s.subject_id");
        self.fetch(sql).await
    }

    /// The entries of these nodes themselves, and those by which they became part of others.
    async fn of_nodes(&self, ids: Vec<Uuid>) -> Result<Found, Fault> {
        let mut sql = QueryBuilder::new(format!("SELECT {COLUMNS} FROM domain_events e WHERE e.stream_id = ANY("));
        sql.push_bind(ids.clone()).push(")");
        let mut found = self.fetch(sql).await?;
        let mut sql = QueryBuilder::new(format!(
            "SELECT {COLUMNS} FROM event_subjects s JOIN domain_events e ON e.epoch = s.epoch AND e.xid = s.xid AND e.seq = s.seq
             WHERE e.event_type IN ('{}', '{}') AND s.subject_id = ANY(",
            contact::MERGED, contact::MERGE_REVERTED
        ));
        sql.push_bind(ids).push(")");
        found.extend(self.fetch(sql).await?);
        Ok(found)
    }

    async fn fetch(&self, mut sql: QueryBuilder<Postgres>) -> Result<Found, Fault> {
        // Records about a person are no part of how the person stood, and have no table here.
        sql.push(" AND e.stream_type <> 'record' AND ");
        match self.moment {
            Moment::At(at) => drop(sql.push("e.recorded_at <= ").push_bind(at)),
            Moment::Position(position) => push_compared(&mut sql, "e", "<=", position),
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

/// The nodes that an entry names beside its own.
fn named(event: &Event) -> Vec<Uuid> {
    let changes = ORGANIZATIONS.into_iter().filter_map(|name| id(event.data.get("changes")?.get(name)?.get("new")?));
    let owners = ORGANIZATIONS.into_iter().filter_map(|name| id(event.data.get(name)?));
    let survivor = event.data.get("duplicate_id").and(Some(event.stream_id));
    ends(event).chain(owners).chain(changes).chain(survivor).collect()
}

/// Leaves out what has no beginning among the entries: a link to what may not be seen, and what became of it.
fn whole(events: impl Iterator<Item = Event>) -> Vec<Event> {
    let mut begun = HashSet::new();
    events
        .filter_map(|mut event| {
            contact::keep_images_of(&mut event, &TABLES, &mut begun);
            let is_whole = match (event.stream, event.stream_version) {
                (Stream::Link, 1) => ends(&event).all(|end| begun.contains(&end)),
                (_, 1) => true,
                _ => begun.contains(&event.stream_id),
            };
            if is_whole {
                begun.insert(event.stream_id);
            }
            is_whole.then_some(event)
        })
        .collect()
}

/// The nodes that an entry names as a link does its ends.
fn ends(event: &Event) -> impl Iterator<Item = Uuid> {
    ENDS.into_iter().filter_map(|(name, _)| id(event.data.get(name)?))
}

fn id(value: &Value) -> Option<Uuid> {
    Uuid::try_parse(value.as_str()?).ok()
}
