//! What the owner of a number said to text messages. A word given binds the number and not the row that it was said of: every phone with
//! it, now and later, whoever's it is (domain.md §6). Only the owner's own word, which comes in as a message, lifts it; no command does.

use chrono::{DateTime, Utc};
use liaison_entity::{phone, sms_opt_out};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{SORT, allow, every_number, number_lock};
use crate::edit::Changes;
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{reading, store};

/// Somebody at a number said that it wants no text messages.
pub const OPTED_OUT: &str = "phone.sms.opted_out";

#[derive(Debug, Serialize, Deserialize)]
struct OptedOut {
    /// The number that it binds.
    e164: String,
    /// What that means for the phone of which it was said. The others with the number follow.
    #[serde(flatten)]
    changes: Changes,
}

/// The event that a number wants no text messages, said of a phone with it that has no such word yet.
pub(crate) fn opted_out(phone_id: Uuid, version: i32, e164: String, at: DateTime<Utc>) -> NewEvent {
    let mut changes = Changes::default();
    changes.note("is_sms_opted_out", &false, &true);
    changes.note("sms_opted_out_at", &None, &Some(at));
    NewEvent::after(version, Stream::Phone, phone_id, OPTED_OUT, &OptedOut { e164, changes })
}

/// What it may write to the phone of which it was said.
const COLUMNS: &[&str] = &["is_sms_opted_out", "sms_opted_out_at"];

/// Records that a number wants no text messages.
#[derive(Clone, Debug)]
pub struct OptOut {
    /// The phone of which it was said.
    pub phone_id: Uuid,
}

impl Command for OptOut {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        allow(work, &phone, "id").await?;
        work.compare_version(phone.version)?;
        let Some(e164) = phone.e164 else {
            let why = "a number that does not parse gets no text messages; correct it first";
            return Err(Refusal::invalid("id", why).into());
        };
        work.lock_also(vec![number_lock(&e164), every_number()]).await?;
        // Somebody may have said so of another phone with this number until just now.
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        if !phone.is_sms_opted_out {
            work.record(opted_out(phone.id, phone.version, e164, work.at()));
        }
        Ok(self.phone_id)
    }
}

pub(crate) async fn apply_opted_out(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let mut numbers = Vec::with_capacity(run.len());
    for event in run {
        let facts: OptedOut = event.facts()?;
        touched.consents.insert(facts.e164.clone());
        numbers.push(sms_opt_out::Model { e164: facts.e164, opted_out_at: event.recorded_at });
        store::update::<phone::Entity>(transaction, event, COLUMNS, &[]).await?;
    }
    // A file may say again what was said of a row that its reader does not see: the first word stands.
    store::insert_unless_there::<sms_opt_out::Entity>(transaction, numbers).await
}
