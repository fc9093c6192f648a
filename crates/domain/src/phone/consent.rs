//! What numbers said, as rows: the last word of each, and the phone of which it was said. The other phones with the number follow as read
//! models do. It decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use liaison_entity::{phone, sms_opt_out};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::edit::Changes;
use crate::event::{Event, Stream};
use crate::session::{Sql, Transaction};
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

/// How a number stands by what it said so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Since when it wants no text messages: the first STOP after whatever else it said.
    pub opted_out_at: Option<DateTime<Utc>>,
    /// When it said its last word, also one that it had said before.
    pub last_word_at: DateTime<Utc>,
}

/// What a word wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// No more text messages.
    Out,
    /// Text messages again.
    In,
}

impl Standing {
    /// Whether a number that stands so, or never said anything, wants no text messages.
    pub fn is_out(standing: Option<Self>) -> bool {
        standing.is_some_and(|standing| standing.opted_out_at.is_some())
    }

    /// How a number stands that said this at `at`; `None` where it has said something since, which counts. Of two words of one instant
    /// STOP counts. Live and replayed it is this rule alone.
    pub fn after(before: Option<Self>, wish: Wish, at: DateTime<Utc>) -> Option<Self> {
        let is_newer = before.is_none_or(|before| match wish {
            Wish::Out => before.last_word_at <= at,
            Wish::In => before.last_word_at < at,
        });
        let since = before.and_then(|before| before.opted_out_at);
        let opted_out_at = match wish {
            Wish::Out => Some(since.unwrap_or(at)),
            Wish::In => None,
        };
        is_newer.then_some(Self { opted_out_at, last_word_at: at })
    }
}

impl From<sms_opt_out::Model> for Standing {
    fn from(row: sms_opt_out::Model) -> Self {
        Self { opted_out_at: row.opted_out_at, last_word_at: row.last_word_at }
    }
}

/// Applies a run of one kind.
pub(crate) async fn apply_consent(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let is_out = run.first().is_some_and(|event| event.event_type == OPTED_OUT);
    let wish = if is_out { Wish::Out } else { Wish::In };
    let mut words = Vec::with_capacity(run.len());
    for event in run {
        let said: Said = event.facts()?;
        words.push((said.e164, said.received_at, event.recorded_at));
        if event.stream == Stream::Phone {
            store::update::<phone::Entity>(transaction, event, COLUMNS, &[]).await?;
        }
    }
    let numbers: BTreeSet<String> = words.iter().map(|(e164, ..)| e164.clone()).collect();
    let mut sql = Sql::new("SELECT e164, opted_out_at, last_word_at FROM sms_opt_outs WHERE e164 = ANY(");
    sql.push_bind(numbers.iter().cloned().collect::<Vec<_>>()).push(")");
    let mut standings: BTreeMap<String, Standing> = BTreeMap::new();
    for row in transaction.fetch(sql).await? {
        let of = |error: sqlx::Error| DbErr::Custom(error.to_string());
        let standing = Standing {
            opted_out_at: row.try_get("opted_out_at").map_err(of)?,
            last_word_at: row.try_get("last_word_at").map_err(of)?,
        };
        standings.insert(row.try_get("e164").map_err(of)?, standing);
    }
    let mut moved = BTreeSet::new();
    for (e164, received_at, recorded_at) in words {
        let before = standings.get(&e164).copied();
        // What no message brought was said when it was recorded, after all that was known then, whatever the clocks say.
        let known = before.map_or(recorded_at, |before| before.last_word_at.max(recorded_at));
        if let Some(standing) = Standing::after(before, wish, received_at.unwrap_or(known)) {
            moved.insert(e164.clone());
            standings.insert(e164, standing);
        }
    }
    // Also of those that stand as they did: the phone of which it was said follows its number and not the entry.
    touched.consents.extend(numbers);
    standings.retain(|e164, _| moved.contains(e164));
    if standings.is_empty() {
        return Ok(());
    }
    let since: Vec<Option<DateTime<Utc>>> = standings.values().map(|standing| standing.opted_out_at).collect();
    let last: Vec<DateTime<Utc>> = standings.values().map(|standing| standing.last_word_at).collect();
    let mut sql =
        Sql::new("INSERT INTO sms_opt_outs (e164, opted_out_at, last_word_at) SELECT e164, since, last FROM unnest(");
    sql.push_bind(standings.into_keys().collect::<Vec<_>>()).push("::text[], ").push_bind(since);
    sql.push("::timestamptz[], ").push_bind(last);
    sql.push(
        "::timestamptz[]) AS said (e164, since, last)
         ON CONFLICT (e164) DO UPDATE SET opted_out_at = excluded.opted_out_at, last_word_at = excluded.last_word_at",
    );
    transaction.execute(sql).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    /// What is heard so, one after the other, however it was said.
    fn heard(words: &[(Wish, i64)]) -> Option<(Option<i64>, i64)> {
        let mut standing = None;
        for (wish, second) in words {
            standing = Standing::after(standing, *wish, at(*second)).or(standing);
        }
        standing.map(|s: Standing| (s.opted_out_at.map(|at| at.timestamp()), s.last_word_at.timestamp()))
    }

    #[test]
    fn the_last_word_counts_in_whatever_order_it_is_heard() {
        use Wish::{In, Out};
        for (words, expected) in [
            (&[(Out, 10)][..], (Some(10), 10)),
            (&[(Out, 10), (Out, 30)], (Some(10), 30)),
            (&[(Out, 10), (Out, 30), (In, 20)], (Some(10), 30)),
            (&[(Out, 10), (Out, 30), (In, 40)], (None, 40)),
            (&[(In, 20), (Out, 10)], (None, 20)),
            (&[(In, 20), (Out, 10), (Out, 30)], (Some(30), 30)),
            (&[(In, 20), (In, 40), (Out, 30)], (None, 40)),
            (&[(Out, 10), (In, 10)], (Some(10), 10)),
            (&[(In, 10), (Out, 10)], (Some(10), 10)),
        ] {
            assert_eq!(heard(words), Some(expected), "{words:?}");
        }
    }
}
