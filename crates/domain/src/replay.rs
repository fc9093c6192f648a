//! The log proves the projections: replayed into empty tables it must give the live ones (I4). `verify` compares and names the first
//! difference, `rebuild` puts the replayed rows in place. Both run as the owner of the tables and serve no viewer.

use std::fmt;

use sea_orm::DbErr;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres, QueryBuilder, Row};

use crate::event::{Event, Metadata};
use crate::failure::Fault;
use crate::session::Transaction;
use crate::sights::{self, Touched};
use crate::store;

/// What the log is replayed into: every projection, parents before children.
pub const PROJECTIONS: [&str; 25] = [
    "phone_codes",
    "email_codes",
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
    "contact_personas",
    "student_relationships",
    "student_guardian_relationships",
    "staff_assignments",
    "referrals",
    "communications",
    "contact_merges",
    "contact_sights",
    "method_sights",
];

/// So many events are applied as one batch.
const BATCH: i64 = 5_000;

/// The owner of the tables, for maintenance only.
pub struct Steward {
    pool: PgPool,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every table is what the log says.
    Proved {
        /// How many events were replayed.
        events: u64,
        /// How many rows were compared.
        rows: u64,
    },
    /// At least this row is not.
    Differs(Difference),
}

/// The first row that is not what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its table.
    pub table: String,
    /// Its key, as JSON.
    pub key: String,
    /// The row as it is, as JSON; absent when it is missing.
    pub live: Option<String>,
    /// The row as the log has it, as JSON; absent when it should not be there.
    pub replayed: Option<String>,
    /// The columns that differ.
    pub columns: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, live, replayed, columns } = self;
        match (live, replayed) {
            (Some(live), Some(replayed)) => write!(
                f,
                "{table} {key}: {} differ from the log\n  is:        {live}\n  should be: {replayed}",
                columns.join(", ")
            ),
            (Some(live), None) => write!(f, "{table} {key}: the row is not in the log\n  is: {live}"),
            (None, Some(replayed)) => write!(f, "{table} {key}: the row is missing\n  should be: {replayed}"),
            (None, None) => write!(f, "{table} {key}"),
        }
    }
}

impl Steward {
    /// Connects as the owner of the tables.
    pub async fn open(connect: PgConnectOptions) -> Result<Self, Fault> {
        // A replay may take long; the limits of requests are not for it.
        let connect = connect.options([("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0")]);
        Ok(Self { pool: PgPoolOptions::new().max_connections(1).connect_with(connect).await? })
    }

    /// Begins a new incarnation of the log when it was restored into a cluster whose transaction counter is behind it: new events
    /// would sort before old ones, and followers would never see the old.
    pub async fn settle_epoch(&self) -> Result<(), Fault> {
        let restored = sqlx::query(
            "UPDATE installation SET epoch = epoch + 1 WHERE EXISTS (
               SELECT FROM domain_events e
               WHERE e.epoch = installation.epoch AND e.xid >= pg_snapshot_xmax(pg_current_snapshot()))",
        );
        if restored.execute(&self.pool).await?.rows_affected() > 0 {
            tracing::warn!("the log comes from another cluster: a new epoch begins");
        }
        Ok(())
    }

    /// Ends the connection.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Replays the log beside the live tables and compares. It reads one snapshot, so that it may run while the server works.
    pub async fn verify(&self) -> Result<Verdict, Fault> {
        let transaction = self.replayed("REPEATABLE READ").await?;
        let verdict = compare(&transaction.0, transaction.1).await;
        transaction.0.rollback().await?;
        verdict
    }

    /// Replays the log and puts the outcome in the place of the live rows; the number of events. Writers wait meanwhile, readers only
    /// for the swap at its end.
    pub async fn rebuild(&self) -> Result<u64, Fault> {
        let (transaction, events) = self.replayed("READ COMMITTED").await?;
        let references = References::drop_all(&transaction).await?;
        for table in PROJECTIONS.iter().rev() {
            execute(&transaction, &format!("DELETE FROM public.{table}")).await?;
        }
        for table in PROJECTIONS {
            execute(&transaction, &format!("INSERT INTO public.{table} SELECT * FROM replay.{table}")).await?;
        }
        references.restore(&transaction).await?;
        execute(&transaction, "DROP SCHEMA replay CASCADE").await?;
        transaction.commit().await?;
        Ok(events)
    }

    /// Opens a transaction in which `replay` holds the tables that the log gives, and says how many events that took.
    async fn replayed(&self, isolation: &str) -> Result<(Transaction, u64), Fault> {
        let mut opening = format!("BEGIN TRANSACTION ISOLATION LEVEL {isolation};");
        if isolation == "READ COMMITTED" {
            // A rebuild: nobody writes between the replay and the swap. Readers go on reading.
            opening.push_str("LOCK TABLE public.domain_events IN SHARE ROW EXCLUSIVE MODE;");
        }
        opening.push_str("CREATE SCHEMA replay;");
        for table in PROJECTIONS {
            opening.push_str(&format!("CREATE TABLE replay.{table} (LIKE public.{table} INCLUDING ALL);"));
        }
        // Unqualified names mean the replayed tables now: the projector's own statements run unchanged.
        opening.push_str("SET LOCAL search_path = replay, public");
        let transaction = Transaction::open(&self.pool, &opening, std::time::Duration::from_secs(24 * 3600)).await?;
        let events = replay(&transaction).await?;
        Ok((transaction, events))
    }
}

/// The foreign keys among the tables, taken away for a swap and put back in the same transaction. Checked row by row, each parent
/// that goes would search the children, which have just gone and are still there to be searched through; put back, they are checked
/// as a whole.
struct References(Vec<(String, String)>);

impl References {
    async fn drop_all(transaction: &Transaction) -> Result<Self, Fault> {
        let found = transaction
            .fetch(QueryBuilder::new(
                "SELECT format('ALTER TABLE public.%I', t.relname) AS alter,
                        format(' ADD CONSTRAINT %I ', c.conname) || pg_get_constraintdef(c.oid) AS add,
                        format(' DROP CONSTRAINT %I', c.conname) AS drop
                 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                 WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace ORDER BY t.relname, c.conname",
            ))
            .await?;
        let mut references = Vec::with_capacity(found.len());
        for row in &found {
            let (alter, add, drop): (String, String, String) =
                (row.try_get("alter")?, row.try_get("add")?, row.try_get("drop")?);
            execute(transaction, &format!("{alter}{drop}")).await?;
            references.push((alter, add));
        }
        Ok(Self(references))
    }

    async fn restore(self, transaction: &Transaction) -> Result<(), Fault> {
        for (alter, add) in self.0 {
            execute(transaction, &format!("{alter}{add}")).await?;
        }
        Ok(())
    }
}

async fn execute(transaction: &Transaction, sql: &str) -> Result<(), DbErr> {
    transaction.execute(QueryBuilder::new(sql)).await.map(drop)
}

async fn replay(transaction: &Transaction) -> Result<u64, Fault> {
    let mut replayed = 0;
    let (mut epoch, mut xid, mut seq) = (0_i64, 0_i64, 0_i64);
    loop {
        let mut sql = QueryBuilder::<Postgres>::new(
            "SELECT epoch::bigint AS epoch, xid::text::bigint AS xid, seq, stream_id, stream_version, event_type, data, metadata,
                    recorded_at
             FROM public.domain_events WHERE (epoch, xid, seq) > (",
        );
        sql.push_bind(epoch).push("::int, ").push_bind(xid.to_string()).push("::xid8, ").push_bind(seq);
        sql.push(format_args!(") ORDER BY epoch, xid, seq LIMIT {BATCH}"));
        let rows = transaction.fetch(sql).await?;
        let Some(last) = rows.last() else { break };
        (epoch, xid, seq) = (last.try_get("epoch")?, last.try_get("xid")?, last.try_get("seq")?);
        let events = rows
            .iter()
            .map(|row| {
                let metadata: Value = row.try_get("metadata")?;
                Ok(Event {
                    stream_id: row.try_get("stream_id")?,
                    stream_version: row.try_get("stream_version")?,
                    event_type: row.try_get("event_type")?,
                    data: row.try_get("data")?,
                    metadata: serde_json::from_value::<Metadata>(metadata)
                        .map_err(|error| sqlx::Error::Decode(error.into()))?,
                    recorded_at: row.try_get("recorded_at")?,
                })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
        // What a batch touched is of no account: everything follows at the end, at once.
        store::apply_facts(transaction, &events, &mut Touched::default()).await?;
        replayed += events.len() as u64;
    }
    // The planner knows nothing yet of tables that this transaction has filled.
    execute(transaction, &format!("ANALYZE {}", PROJECTIONS.map(|table| format!("replay.{table}")).join(", "))).await?;
    sights::refresh_all(transaction).await?;
    Ok(replayed)
}

async fn compare(transaction: &Transaction, events: u64) -> Result<Verdict, Fault> {
    let mut compared = 0;
    for table in PROJECTIONS {
        // A sum of row hashes does not depend on the order and takes one pass.
        let sum = |schema: &str| {
            format!(
                "(SELECT count(*)::text || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {schema}.{table} t)"
            )
        };
        let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
        sql.push(sum("public")).push(" AS live, ").push(sum("replay")).push(" AS replayed");
        let rows = transaction.fetch(sql).await?;
        let row = rows.first().ok_or_else(|| Fault::Internal("a checksum gave no row".to_owned()))?;
        let (live, replayed): (String, String) = (row.try_get("live")?, row.try_get("replayed")?);
        if live != replayed {
            return Ok(Verdict::Differs(first_difference(transaction, table).await?));
        }
        compared += live.split(' ').next().and_then(|count| count.parse::<u64>().ok()).unwrap_or_default();
    }
    Ok(Verdict::Proved { events, rows: compared })
}

async fn first_difference(transaction: &Transaction, table: &str) -> Result<Difference, Fault> {
    let keys: &[&str] = match table {
        "contact_sights" => &["organization_id", "contact_id"],
        "method_sights" => &["organization_id", "method_id"],
        _ => &["id"],
    };
    let same = keys.iter().map(|key| format!("p.{key} = r.{key}")).collect::<Vec<_>>().join(" AND ");
    let object = keys.iter().map(|key| format!("'{key}', coalesce(p.{key}, r.{key})")).collect::<Vec<_>>().join(", ");
    let order = keys.iter().map(|key| format!("coalesce(p.{key}, r.{key})")).collect::<Vec<_>>().join(", ");
    let rows = transaction
        .fetch(QueryBuilder::new(format!(
            "SELECT jsonb_build_object({object})::text AS key, to_jsonb(p) AS live, to_jsonb(r) AS replayed
             FROM public.{table} p FULL JOIN replay.{table} r ON {same}
             WHERE p::text IS DISTINCT FROM r::text ORDER BY {order} LIMIT 1"
        )))
        .await?;
    let row = rows.first().ok_or_else(|| Fault::Internal(format!("{table} differs, but no row of it does")))?;
    // The row of a side that has none is null.
    let (live, replayed): (Option<Value>, Option<Value>) = (row.try_get("live")?, row.try_get("replayed")?);
    let columns = match (&live, &replayed) {
        (Some(Value::Object(live)), Some(Value::Object(replayed))) => live
            .iter()
            .filter(|(column, value)| replayed.get(*column) != Some(value))
            .map(|(column, _)| column.clone())
            .collect(),
        _ => Vec::new(),
    };
    Ok(Difference {
        table: table.to_owned(),
        key: row.try_get("key")?,
        live: live.map(|row| row.to_string()),
        replayed: replayed.map(|row| row.to_string()),
        columns,
    })
}
