//! The log proves the projections: replayed into empty tables it must give the live ones (I4). `verify` compares and names the first
//! difference, `rebuild` puts the replayed rows in place. Both run as the owner of the tables and serve no viewer.

use std::fmt;
use std::time::Duration;

use sea_orm::DbErr;
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgConnectOptions;

use crate::candidate;
use crate::contact;
use crate::event::{Event, Metadata, Stream};
use crate::failure::Fault;
use crate::search::{self, keep::Filling};
use crate::session::{Pool, PoolOptions, RESTS, Sql, Transaction};
use crate::sights::{self, Touched};
use crate::store;

/// What the log is replayed into: every projection, parents before children.
pub const PROJECTIONS: [&str; 33] = [
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
    "duplicate_dismissals",
    "contact_external_ids",
    "sms_opt_outs",
    "method_verifications",
    "contact_sights",
    "method_sights",
    "contact_search",
    "organization_search",
    "contact_profiles",
    "contact_cards",
];

/// So many events are applied as one batch.
const BATCH: i64 = 5_000;

/// The owner of the tables, for maintenance only.
pub struct Steward {
    pool: Pool,
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
        let patience = Duration::from_secs(30);
        let pool = Pool::new(connect, PoolOptions { most: 1, patience, rests: RESTS, first: String::new() });
        // Whether it can be reached at all is told at once.
        pool.acquire().await?.release();
        Ok(Self { pool })
    }

    /// Begins a new incarnation of the log when it was restored into a cluster whose transaction counter is behind it: new events
    /// would sort before old ones, and followers would never see the old.
    pub async fn settle_epoch(&self) -> Result<(), Fault> {
        let restored = sqlx::query(
            "UPDATE installation SET epoch = epoch + 1 WHERE EXISTS (
               SELECT FROM domain_events e
               WHERE e.epoch = installation.epoch AND e.xid >= pg_snapshot_xmax(pg_current_snapshot()))",
        );
        let mut connection = self.pool.acquire().await?;
        let settled = restored.execute(&mut *connection).await?.rows_affected();
        connection.release();
        if settled > 0 {
            tracing::warn!("the log comes from another cluster: a new epoch begins");
        }
        Ok(())
    }

    /// Fills the tables that people and organizations are found in when there is somebody to find and they are empty: a database of
    /// an older version. All or nothing; how many rows.
    pub async fn settle_search(&self) -> Result<u64, Fault> {
        let transaction = Transaction::open(&self.pool, "BEGIN", Duration::from_secs(24 * 3600)).await?;
        if !search::keep::is_missing(&transaction).await? {
            transaction.rollback().await?;
            return Ok(0);
        }
        search::keep::clear(&transaction).await?;
        let aside = search::keep::Aside::put(&transaction).await?;
        let filled = search::keep::fill(&transaction, Filling::Search).await?;
        aside.make(&transaction).await?;
        transaction.commit().await?;
        tracing::info!(filled, "the directory can be searched");
        Ok(filled)
    }

    /// Makes what people are compared by when there is somebody and it is missing, or of other rules: a database of an older version. A
    /// scan of everybody is due then. Otherwise makes it for those who have none, whom an older server made beside this one. All or nothing; how many rows.
    pub async fn settle_profiles(&self) -> Result<u64, Fault> {
        let transaction = Transaction::open(&self.pool, "BEGIN", Duration::from_secs(24 * 3600)).await?;
        if !candidate::keep::is_missing(&transaction).await? {
            let filled = search::keep::fill_profiles(&transaction).await?;
            transaction.commit().await?;
            return Ok(filled);
        }
        candidate::keep::clear(&transaction).await?;
        let aside = search::keep::Aside::put(&transaction).await?;
        let filled = search::keep::fill(&transaction, Filling::Profiles).await?;
        aside.make(&transaction).await?;
        candidate::keep::end_clearing(&transaction).await?;
        transaction.commit().await?;
        tracing::info!(filled, "people can be compared");
        Ok(filled)
    }

    /// Makes the cards of contacts that have none: a database of an older version, or an older server beside this one. All or nothing; how many.
    pub async fn settle_cards(&self) -> Result<u64, Fault> {
        let transaction = Transaction::open(&self.pool, "BEGIN", Duration::from_secs(24 * 3600)).await?;
        let filled = contact::card::fill(&transaction).await?;
        transaction.commit().await?;
        Ok(filled)
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

    /// Replays the log and makes the live rows what it gives; the number of events. Writers wait meanwhile, readers go on reading. Only
    /// rows that differ are touched: to replace all would have every deleted parent looked for among its children row by row.
    pub async fn rebuild(&self) -> Result<u64, Fault> {
        let (transaction, events) = self.replayed("READ COMMITTED").await?;
        // Of tables that were empty when they were last analysed the planner believes that they still are, and would walk through what a statement
        // has put there, again for each row.
        execute(&transaction, "SET LOCAL enable_nestloop = off").await?;
        // Pairs follow from people and hold on to them: of whom the log does not know there is none.
        let nobody =
            |column: &str| format!("NOT EXISTS (SELECT FROM replay.contacts_projection r WHERE r.id = c.{column})");
        let gone = ["contact_id", "other_contact_id"].map(nobody).join(" OR ");
        execute(&transaction, &format!("DELETE FROM public.duplicate_candidates c WHERE {gone}")).await?;
        for table in PROJECTIONS.iter().rev() {
            let same = same_key(table);
            // Links are referred to by nobody, so what differs goes as well: two rows may have to change places under a
            // unique index. A node that differs stays, for those that refer to it.
            let kept = if is_node(table) { "" } else { " AND p::text = r::text" };
            let gone = format!(
                "DELETE FROM public.{table} p WHERE NOT EXISTS (SELECT FROM replay.{table} r WHERE {same}{kept})"
            );
            execute(&transaction, &gone).await?;
        }
        let aside = search::keep::Aside::put(&transaction).await?;
        for table in PROJECTIONS {
            if is_node(table) {
                let columns = columns(&transaction, table).await?;
                let renewed =
                    columns.iter().map(|column| format!("{column} = r.{column}")).collect::<Vec<_>>().join(", ");
                let same = same_key(table);
                execute(
                    &transaction,
                    &format!(
                        "UPDATE public.{table} p SET {renewed} FROM replay.{table} r WHERE {same} AND p::text <> r::text"
                    ),
                )
                .await?;
            }
            let same = same_key(table);
            let missing = format!(
                "INSERT INTO public.{table} SELECT * FROM replay.{table} r
                 WHERE NOT EXISTS (SELECT FROM public.{table} p WHERE {same})"
            );
            execute(&transaction, &missing).await?;
        }
        aside.make(&transaction).await?;
        candidate::keep::ask_for_a_scan(&transaction).await?;
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
            // Nobody searches or compares in a replay: to keep the indexes of words, slips and keys row by row would take longer than all the rest.
            let but = if table.ends_with("_search") || table == "contact_profiles" { " EXCLUDING INDEXES" } else { "" };
            opening.push_str(&format!("CREATE TABLE replay.{table} (LIKE public.{table} INCLUDING ALL{but});"));
        }
        // Unqualified names mean the replayed tables now: the projector's own statements run unchanged.
        opening.push_str("SET LOCAL search_path = replay, public");
        let transaction = Transaction::open(&self.pool, &opening, Duration::from_secs(24 * 3600)).await?;
        let events = replay(&transaction).await?;
        Ok((transaction, events))
    }
}

/// The columns that tell the rows of a table apart.
pub(crate) fn key(table: &str) -> &'static [&'static str] {
    match table {
        "contact_sights" => &["organization_id", "contact_id"],
        "method_sights" => &["organization_id", "method_id"],
        "contact_search" | "contact_profiles" | "contact_cards" => &["contact_id"],
        "organization_search" => &["organization_id"],
        "sms_opt_outs" => &["e164"],
        "method_verifications" => &["method_id"],
        _ => &["id"],
    }
}

/// The condition that the live row `p` and the replayed row `r` are of one key.
fn same_key(table: &str) -> String {
    key(table).iter().map(|key| format!("p.{key} = r.{key}")).collect::<Vec<_>>().join(" AND ")
}

/// Whether other tables refer to this one.
fn is_node(table: &str) -> bool {
    table.ends_with("_projection") || table.ends_with("_codes") || matches!(table, "referrals" | "communications")
}

async fn columns(transaction: &Transaction, table: &str) -> Result<Vec<String>, Fault> {
    let mut sql =
        Sql::new("SELECT quote_ident(attname) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = ");
    sql.push_bind(format!("public.{table}")).push("::regclass");
    let rows = transaction.fetch(sql).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, sqlx::Error>>()?)
}

async fn execute(transaction: &Transaction, sql: &str) -> Result<(), DbErr> {
    transaction.execute(Sql::new(sql)).await.map(drop)
}

async fn replay(transaction: &Transaction) -> Result<u64, Fault> {
    let mut replayed = 0;
    // One walk through the log. Asked for page by page, each page was a search through all of it.
    execute(
        transaction,
        "DECLARE log NO SCROLL CURSOR FOR
         SELECT id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at
         FROM public.domain_events ORDER BY epoch, xid, seq",
    )
    .await?;
    loop {
        let rows = transaction.fetch(Sql::new(format!("FETCH {BATCH} FROM log"))).await?;
        if rows.is_empty() {
            break;
        }
        let events = rows
            .iter()
            .map(|row| {
                let metadata: Value = row.try_get("metadata")?;
                let stream: &str = row.try_get("stream_type")?;
                Ok(Event {
                    id: row.try_get("id")?,
                    stream: Stream::of_name(stream)
                        .ok_or_else(|| sqlx::Error::Decode(format!("the unknown stream {stream}").into()))?,
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
    execute(transaction, "CLOSE log").await?;
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
        let mut sql = Sql::new("SELECT ");
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
    let keys = key(table);
    let same = same_key(table);
    let object = keys.iter().map(|key| format!("'{key}', coalesce(p.{key}, r.{key})")).collect::<Vec<_>>().join(", ");
    let order = keys.iter().map(|key| format!("coalesce(p.{key}, r.{key})")).collect::<Vec<_>>().join(", ");
    let rows = transaction
        .fetch(Sql::new(format!(
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
