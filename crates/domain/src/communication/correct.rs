//! Correcting a record of a communication: another record that says what was right. The wrong one stays, and points nobody anywhere.

use chrono::{DateTime, Utc};
use liaison_entity::communication;
use liaison_entity::values::{Channel, Direction, Outcome};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{CORRECTED, Facts, allow_referral, occurred, outcome_reason};
use crate::access::{self, Action};
use crate::edit::Edit;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;
use crate::{reading, text};

/// Corrects a record of the viewer's organization. What is left out stays as the record has it; with whom it was does not change.
#[derive(Clone, Debug, Default)]
pub struct Correct {
    /// Which record.
    pub id: Uuid,
    /// The client's id of the record that corrects it, or none to have one made.
    pub new_id: Option<Uuid>,
    /// Over what.
    pub channel: Edit<Channel>,
    /// Who began it.
    pub direction: Edit<Direction>,
    /// Whether it took place.
    pub outcome: Edit<Outcome>,
    /// Why it did not.
    pub outcome_reason: Edit<String>,
    /// The number or address that it went over, in text.
    pub method_value: Edit<String>,
    /// What it was about.
    pub subject: Edit<String>,
    /// What was said.
    pub summary: Edit<String>,
    /// When it took place.
    pub occurred_at: Edit<DateTime<Utc>>,
    /// To which referral of the organization it belongs.
    pub referral_id: Edit<Uuid>,
}

impl Correct {
    fn corrected(&self, was: &communication::Model, now: DateTime<Utc>) -> Result<Facts, Refusal> {
        let outcome = self.outcome.clone().over_required("outcome", was.outcome)?;
        // Why something was not done goes with that it was not.
        let usual = was.outcome_reason.clone().filter(|_| outcome == Outcome::NotDone);
        let summary = self.summary.clone().over(was.summary.clone());
        Ok(Facts {
            channel: self.channel.clone().over_required("channel", was.channel)?,
            direction: self.direction.clone().over_required("direction", was.direction)?,
            outcome,
            outcome_reason: outcome_reason(outcome, self.outcome_reason.clone().over(usual).as_deref())?,
            method_value: self.method_value.clone().optional_line_over(
                "methodValue",
                &was.method_value,
                text::PARAGRAPH,
            )?,
            subject: self.subject.clone().optional_line_over("subject", &was.subject, text::LINE)?,
            summary: text::optional_text("summary", summary.as_deref())?,
            occurred_at: occurred(self.occurred_at.clone().over_required("occurredAt", was.occurred_at)?, now)?,
            referral_id: self.referral_id.clone().over(was.referral_id),
            ..as_it_is(was)
        })
    }
}

/// The facts of a record as it is, as if it corrected itself.
fn as_it_is(was: &communication::Model) -> Facts {
    Facts {
        recorded_by_organization_id: was.organization_id,
        contact_id: was.contact_id,
        channel: was.channel,
        direction: was.direction,
        purpose: was.purpose,
        outcome: was.outcome,
        outcome_reason: was.outcome_reason.clone(),
        method_value: was.method_value.clone(),
        subject: was.subject.clone(),
        summary: was.summary.clone(),
        occurred_at: was.occurred_at,
        referral_id: was.referral_id,
        corrects_id: Some(was.id),
    }
}

impl Command for Correct {
    /// The record that is right now: the new one, or the old one when it was so already.
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Record)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        std::iter::once(self.id).chain(self.new_id).map(Lock::Node).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let found = reading::seen::<communication::Entity>(work, self.id, "id", "communication").await?;
        work.lock_also(vec![Lock::Relied(found.contact_id)]).await?;
        let was = reading::seen::<communication::Entity>(work, self.id, "id", "communication").await?;
        if was.contact_id != found.contact_id {
            return Err(
                Fault::Contended("the record went to another contact while its correction waited".to_owned()).into()
            );
        }
        access::allow_for(work.viewer(), was.organization_id, "id")?;
        work.compare_version(was.version)?;
        let (before, corrected) = (as_it_is(&was), self.corrected(&was, work.at())?);
        if let Some(id) = corrected.referral_id.filter(|id| Some(*id) != was.referral_id) {
            allow_referral(work, id, was.organization_id).await?;
        }
        let newer = communication::Entity::find()
            .filter(communication::Column::CorrectsId.eq(self.id))
            .one(work.rows())
            .await?;
        if let Some(newer) = newer {
            // Sent again, it is done already.
            if as_it_is(&newer) == (Facts { corrects_id: Some(newer.id), ..corrected }) {
                return Ok(newer.id);
            }
            let why = "this record is corrected already; correct the newer one, which correctedBy names";
            return Err(Refusal::new(RefusalCode::Conflict, "id", why).into());
        }
        if corrected == before {
            return Ok(self.id);
        }
        let reaches = |facts: &Facts| facts.direction == Direction::Outbound && facts.outcome == Outcome::Done;
        if reaches(&corrected) && !(reaches(&before) && corrected.channel == before.channel) {
            // Whether somebody may be reached is asked where it is recorded that they were.
            let why = "a correction cannot say that they were reached, or over another channel: record that as a communication of its own";
            return Err(Refusal::invalid("outcome", why).into());
        }
        let id = work.id_or_new(self.new_id);
        work.record(NewEvent::first(Stream::Record, id, CORRECTED, &corrected));
        Ok(id)
    }
}
