//! Saying of two contacts that they are two persons. It holds until what is compared of them changes.

use liaison_entity::{contact, duplicate_dismissal};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use super::told::Told;
use super::{fingerprint, ordered, pair_id, seen_fingerprint};
use crate::access::{self, Action};
use crate::contact as contacts;
use crate::duplicate::{Comparison, Evidence, RULE_SET_VERSION, compare};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal};
use crate::reading::{self, Source};
use crate::session::{Beside, Command, Lock, Sql, Transaction, Work};
use crate::store;
use crate::viewer::Viewer;

/// Somebody said of two contacts that they are two persons.
pub const DISMISSED: &str = "contact.duplicate.dismissed";

/// What was known of the two when it was said.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Dismissed {
    pub contact_id: Uuid,
    pub other_contact_id: Uuid,
    pub score: f64,
    pub evidence: Vec<Evidence>,
    pub rule_set_version: i32,
    pub fingerprint: i64,
    pub seen_fingerprint: i64,
}

/// Says of two contacts that they are two persons: they are told as duplicates no more until something changes that is compared of them.
/// For `super_admin`, with a reason. Saying it again while it holds is saying it once.
#[derive(Clone, Copy, Debug)]
pub struct Dismiss {
    /// One of the two.
    pub contact_id: Uuid,
    /// The other one.
    pub other_contact_id: Uuid,
}

impl Dismiss {
    fn pair(&self) -> (Uuid, Uuid) {
        ordered(self.contact_id, self.other_contact_id)
    }

    /// What is known of the two now.
    async fn facts(&self, work: &Work<'_>) -> Result<Dismissed, Failure> {
        let (contact_id, other_contact_id) = self.pair();
        let told = Told::of(work, vec![contact_id, other_contact_id]).await?;
        let (Some(one), Some(other)) = (told.profiles.get(&contact_id), told.profiles.get(&other_contact_id)) else {
            return Err(Fault::Internal("a contact that is not archived has no profile".to_owned()).into());
        };
        let census = work.names().of(work, told.counted_at).await?;
        let Comparison { score, evidence } = compare(one, other, &census, &told.shared());
        Ok(Dismissed {
            contact_id,
            other_contact_id,
            score: rounded(score),
            evidence,
            rule_set_version: RULE_SET_VERSION,
            fingerprint: fingerprint(one, other),
            seen_fingerprint: seen_fingerprint(one, other),
        })
    }
}

/// To so many places that it reads from the log as it was written: of more, the last bit is not certain.
fn rounded(score: f64) -> f64 {
    (score * 1e12).round() / 1e12
}

/// How often the pair was dismissed, and the evidence of the last time.
async fn standing(work: &Work<'_>, id: Uuid) -> Result<(i32, Option<i64>), Fault> {
    let mut sql = Sql::new("SELECT version, fingerprint FROM duplicate_dismissals WHERE id = ");
    sql.push_bind(id);
    match Source::fetch(work, sql).await?.first() {
        Some(row) => Ok((row.try_get("version")?, Some(row.try_get("fingerprint")?))),
        None => Ok((0, None)),
    }
}

/// What was found of the pair says so at once, and is there even if nobody has found it yet.
fn candidate(id: Uuid, facts: &Dismissed, work: &Work<'_>) -> Sql {
    let evidence = serde_json::to_value(&facts.evidence).expect("evidence is plain structs");
    let mut sql = Sql::new(
        "INSERT INTO duplicate_candidates (id, contact_id, other_contact_id, score, evidence, rule_set_version, state, found_at, updated_at)
         VALUES (",
    );
    sql.push_bind(id).push(", ").push_bind(facts.contact_id).push(", ").push_bind(facts.other_contact_id).push(", ");
    sql.push_bind(facts.score).push(", ").push_bind(evidence).push(", ").push_bind(facts.rule_set_version);
    sql.push(", 'dismissed', ").push_bind(work.at()).push(", ").push_bind(work.at());
    sql.push(
        ") ON CONFLICT (id) DO UPDATE SET state = excluded.state, score = excluded.score, evidence = excluded.evidence,
           rule_set_version = excluded.rule_set_version, updated_at = excluded.updated_at",
    );
    sql
}

/// Whoever writes the list holds this row from its first statement on. Without it a comparison that does not see the dismissal yet waits for the
/// pair's row and then has it stand open.
fn apart_from_whoever_compares() -> Sql {
    Sql::new("SELECT FROM duplicate_census FOR SHARE")
}

impl Command for Dismiss {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Merge)?;
        if self.contact_id == self.other_contact_id {
            let why = "a contact cannot be dismissed as a duplicate of itself; name another one";
            return Err(Refusal::invalid("otherContactId", why).into());
        }
        Ok(())
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let (one, other) = self.pair();
        vec![Lock::Node(one), Lock::Node(other)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        for (field, id) in [("contactId", self.contact_id), ("otherContactId", self.other_contact_id)] {
            let contact = reading::seen::<contact::Entity>(work, id, field, "contact").await?;
            if contact.deleted_at.is_some() {
                return Err(contacts::gone(work, &contact, field).await);
            }
        }
        if work.reason().is_none() {
            let why = "reason must say why they are two persons: others will want to know";
            return Err(Refusal::invalid("reason", why).into());
        }
        let id = pair_id(self.contact_id, self.other_contact_id);
        let (version, said_of) = standing(work, id).await?;
        work.compare_version(version)?;
        let facts = self.facts(work).await?;
        if said_of == Some(facts.fingerprint) {
            return Ok(id);
        }
        work.record(NewEvent::after(version, Stream::Duplicate, id, DISMISSED, &facts));
        let sql = candidate(id, &facts, work);
        work.write_beside(Beside { sql: apart_from_whoever_compares(), wanted: None });
        work.write_beside(Beside { sql, wanted: None });
        Ok(id)
    }
}

/// The last word on a pair is the one that stands.
pub(crate) async fn apply_dismissed(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        let facts: Dismissed = event.facts()?;
        let row = duplicate_dismissal::Model {
            id: event.stream_id,
            contact_id: facts.contact_id,
            other_contact_id: facts.other_contact_id,
            fingerprint: facts.fingerprint,
            seen_fingerprint: facts.seen_fingerprint,
            score: facts.score,
            rule_set_version: facts.rule_set_version,
            dismissed_at: event.recorded_at,
            dismissed_by: event.metadata.actor.clone(),
            reason: event.metadata.reason.clone().unwrap_or_default(),
            version: event.stream_version,
        };
        if event.stream_version > 1 {
            store::remove::<duplicate_dismissal::Entity>(transaction, vec![row.id]).await?;
        }
        store::insert::<duplicate_dismissal::Entity>(transaction, vec![row]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_reads_from_the_log_as_it_was_written() {
        for odds in -400..400 {
            let score = rounded(1.0 / (1.0 + (-f64::from(odds) / 37.0).exp()));
            let read: f64 = serde_json::from_str(&serde_json::to_string(&score).unwrap()).unwrap();
            assert_eq!(read.to_bits(), score.to_bits(), "{score}");
        }
    }
}
