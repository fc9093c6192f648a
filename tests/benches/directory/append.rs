//! Many events of one kind into the log, as one statement for many rows. It says nothing of what they mean.

use chrono::{DateTime, TimeDelta, Utc};
use liaison_domain::event::Stream;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::world::{self, Kind};
use crate::Outcome;

/// So many events a statement.
const BATCH: usize = 10_000;

/// The log, open at its end.
pub struct Log {
    connection: PgConnection,
    at: DateTime<Utc>,
    metadata: serde_json::Value,
    appended: u64,
    stream: &'static str,
    event_type: &'static str,
    ids: Vec<Uuid>,
    streams: Vec<Uuid>,
    facts: Vec<String>,
}

impl Log {
    /// `metadata` is the same for every event; times ascend from `begin`, a millisecond each.
    pub fn new(connection: PgConnection, begin: DateTime<Utc>, metadata: serde_json::Value) -> Self {
        Self {
            connection,
            at: begin,
            metadata,
            appended: 0,
            stream: "",
            event_type: "",
            ids: Vec::with_capacity(BATCH),
            streams: Vec::with_capacity(BATCH),
            facts: Vec::with_capacity(BATCH),
        }
    }

    /// What follows is of this kind: a run of one kind is what the projector takes at once.
    pub async fn begin(&mut self, stream: Stream, event_type: &'static str) -> Outcome<()> {
        self.flush().await?;
        (self.stream, self.event_type) = (stream.name(), event_type);
        Ok(())
    }

    /// The first event of a stream.
    pub async fn push(&mut self, stream_id: Uuid, facts: &serde_json::Value) -> Outcome<()> {
        self.ids.push(world::id(Kind::Event, self.appended + self.ids.len() as u64));
        self.streams.push(stream_id);
        self.facts.push(facts.to_string());
        if self.ids.len() == BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Outcome<()> {
        if self.ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "WITH appended AS (
               INSERT INTO domain_events (id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
               SELECT e.id, $4, e.stream_id, 1, $5, e.facts::jsonb, $6, $7 + e.ordinal * interval '1 millisecond'
               FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS e (id, stream_id, facts, ordinal)
               ORDER BY e.ordinal RETURNING epoch, xid, seq, stream_type, stream_id, data)
             INSERT INTO event_subjects (subject_id, epoch, xid, seq)
             SELECT DISTINCT s.subject_id, a.epoch, a.xid, a.seq
             FROM appended a CROSS JOIN LATERAL unnest(app.subjects(a.stream_type, a.stream_id, a.data)) AS s (subject_id)",
        )
        .bind(&self.ids)
        .bind(&self.streams)
        .bind(&self.facts)
        .bind(self.stream)
        .bind(self.event_type)
        .bind(&self.metadata)
        .bind(self.at)
        .execute(&mut self.connection)
        .await?;
        self.appended += self.ids.len() as u64;
        self.at += TimeDelta::milliseconds(self.ids.len() as i64);
        self.ids.clear();
        self.streams.clear();
        self.facts.clear();
        Ok(())
    }

    /// Writes what is left; how many events there are.
    pub async fn close(mut self) -> Outcome<u64> {
        self.flush().await?;
        self.connection.close().await?;
        Ok(self.appended)
    }
}
