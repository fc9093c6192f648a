//! What numbers said, as rows: the last word of each, and the phone of which it was said. The other phones with the number follow as read
//! models do. It decides nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use liaison_entity::phone;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

use crate::edit::Changes;
use crate::event::{Event, Stream};
use crate::session::Transaction;
use crate::sights::Touched;
use crate::store;

/// Somebody at a number said that it wants no text messages.
pub const OPTED_OUT: &str = "phone.sms.opted_out";
/// Somebody at a number said, by a message from it, that it wants text messages again.
pub const OPTED_IN: &str = "phone.sms.opted_in";

/// What was said. The stream of a phone has what that means for the phone; the stream of a message, which message it was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    /// The number that it binds.
    pub e164: String,
    /// When it was said; when it was recorded unless told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub received_at: Option<DateTime<Utc>>,
    /// What its carrier calls the message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

impl Said {
    /// Of a number, and nothing more.
    pub const fn of(e164: String) -> Self {
        Self { e164, received_at: None, message_id: None, changes: None }
    }
}

/// What it may write to the phone of which it was said.
const COLUMNS: &[&str] = &["is_sms_opted_out", "sms_opted_out_at"];

/// Applies a run of one kind.
pub(crate) async fn apply_consent(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let mut words: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    for event in run {
        let said: Said = event.facts()?;
        touched.consents.insert(said.e164.clone());
        // A file may say again what was said of a row that its reader does not see: the first word stands.
        words.entry(said.e164).or_insert_with(|| said.received_at.unwrap_or(event.recorded_at));
        if event.stream == Stream::Phone {
            store::update::<phone::Entity>(transaction, event, COLUMNS, &[]).await?;
        }
    }
    let is_out = run.first().is_some_and(|event| event.event_type == OPTED_OUT);
    let (now, before) = if is_out { ("opted_out_at", "opted_in_at") } else { ("opted_in_at", "opted_out_at") };
    let (numbers, times): (Vec<String>, Vec<DateTime<Utc>>) = words.into_iter().unzip();
    let mut sql = QueryBuilder::<Postgres>::new(format!(
        "INSERT INTO sms_opt_outs AS said (e164, {now}) SELECT e164, at FROM unnest("
    ));
    sql.push_bind(numbers).push("::text[], ").push_bind(times);
    sql.push(format_args!(
        "::timestamptz[]) AS heard (e164, at)
         ON CONFLICT (e164) DO UPDATE SET {now} = excluded.{now}, {before} = NULL WHERE said.{now} IS NULL"
    ));
    transaction.execute(sql).await.map(drop)
}
