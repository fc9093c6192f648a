//! Receipts: the answer to a request that named an idempotency key, kept in the transaction of its effect (api.md, Mutations).
//! They decide nothing about the command itself.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row;

use super::{Sql, Transaction};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::viewer::Viewer;

/// How long a receipt is kept at least.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// What a key stands for. One request may hold several mutations, each with an answer of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The header `Idempotency-Key`.
    pub key: String,
    /// The mutation within the request: its response name.
    pub field: String,
    /// SHA-256 of the request: document, operation and variables.
    pub request_hash: [u8; 32],
}

/// The stored answer of this mutation, if it was done before. A key that stands for another request, or for one that is under way,
/// is refused. Whoever passes holds the key until the transaction ends.
pub(super) async fn find(
    transaction: &Transaction,
    viewer: &Viewer,
    idempotency: &Idempotency,
) -> Result<Option<String>, Failure> {
    let mut sql = Sql::new("SELECT pg_try_advisory_xact_lock(hashtextextended(");
    sql.push_bind(format!("receipt {} {} {}", viewer.organization_id(), viewer.subject(), idempotency.key));
    sql.push(", 0))");
    let rows = transaction.fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a lock gave no row".to_owned()))?;
    if !row.try_get::<bool, _>(0)? {
        let why = "a request with this Idempotency-Key is under way; wait for its answer, or send the same again later";
        return Err(Refusal::new(RefusalCode::IdempotencyKeyInFlight, "", why).into());
    }
    let mut sql = Sql::new("SELECT field, request_hash, response FROM command_receipts WHERE organization_id = ");
    sql.push_bind(viewer.organization_id()).push(" AND subject = ").push_bind(viewer.subject());
    sql.push(" AND idempotency_key = ").push_bind(&idempotency.key);
    let mut answer = None;
    for row in transaction.fetch(sql).await? {
        if row.try_get::<&[u8], _>("request_hash")? != idempotency.request_hash {
            let why = "this Idempotency-Key stands for another request; make a new key for each new request";
            return Err(Refusal::new(RefusalCode::IdempotencyKeyReused, "", why).into());
        }
        if row.try_get::<&str, _>("field")? == idempotency.field {
            answer = Some(row.try_get("response")?);
        }
    }
    Ok(answer)
}

/// Keeps an answer, and lets a few go that are past their time.
pub(super) async fn store(
    transaction: &Transaction,
    viewer: &Viewer,
    idempotency: &Idempotency,
    answer: &str,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    let mut sql = Sql::new(
        // One at a time clears away, so that two never wait for each other over it.
        "WITH turn AS MATERIALIZED (
           SELECT pg_try_advisory_xact_lock(hashtextextended('receipts are cleared away', 0)) AS is_ours
         ), past AS (
           SELECT r.ctid FROM command_receipts r, turn WHERE turn.is_ours AND r.created_at < ",
    );
    sql.push_bind(at - KEPT_FOR);
    sql.push(
        " ORDER BY r.created_at LIMIT 4
         ), gone AS (
           DELETE FROM command_receipts r USING past WHERE r.ctid = past.ctid
         )
         INSERT INTO command_receipts (organization_id, subject, idempotency_key, field, request_hash, response, created_at) VALUES (",
    );
    sql.push_bind(viewer.organization_id()).push(", ").push_bind(viewer.subject()).push(", ");
    sql.push_bind(&idempotency.key).push(", ").push_bind(&idempotency.field).push(", ");
    sql.push_bind(idempotency.request_hash.to_vec()).push(", ").push_bind(answer).push(", ").push_bind(at).push(")");
    transaction.execute(sql).await?;
    Ok(())
}
