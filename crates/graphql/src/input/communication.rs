//! What a record of a communication says.

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use chrono::{DateTime, Utc};
use liaison_domain::communication::{Correct, Over, Record};
use liaison_domain::entity::values::{Outcome, Purpose};
use uuid::Uuid;

use super::edit;
use crate::enums::{CommunicationChannel, CommunicationDirection, CommunicationOutcome};
use crate::reachability::ContactPurpose;

/// Over which of the person's methods it went; they must hold it.
#[derive(OneofObject)]
pub enum CommunicationMethodInput {
    /// A phone; for PHONE and SMS.
    PhoneId(Uuid),
    /// An email address; for EMAIL.
    EmailId(Uuid),
    /// An address; for MAIL and IN_PERSON.
    AddressId(Uuid),
}

/// A communication with a person.
#[derive(InputObject)]
pub struct CommunicationRecordInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// With whom.
    contact_id: Uuid,
    /// Over what.
    channel: CommunicationChannel,
    /// Who began it.
    direction: CommunicationDirection,
    /// What for; `ROUTINE` unless told. An emergency passes do-not-contact when `reason` says what it was, and never an opt-out.
    purpose: Option<ContactPurpose>,
    /// Whether it took place; `DONE` unless told.
    outcome: Option<CommunicationOutcome>,
    /// Why it did not take place, at most 2,000 characters; needed then.
    outcome_reason: Option<String>,
    /// Over which of their methods; the one that `reachability` names unless told.
    over: Option<CommunicationMethodInput>,
    /// What it was about, at most 200 characters.
    subject: Option<String>,
    /// What was said, at most 10,000 characters; may have several lines.
    summary: Option<String>,
    /// When it took place; now unless told, never in the future.
    occurred_at: Option<DateTime<Utc>>,
    /// The referral of your organization that it belongs to.
    referral_id: Option<Uuid>,
}

impl From<CommunicationRecordInput> for Record {
    fn from(input: CommunicationRecordInput) -> Self {
        Self {
            id: input.id,
            contact_id: input.contact_id,
            channel: input.channel.into(),
            direction: input.direction.into(),
            purpose: input.purpose.map_or(Purpose::Routine, Into::into),
            outcome: input.outcome.map_or(Outcome::Done, Into::into),
            outcome_reason: input.outcome_reason,
            over: input.over.map(|over| match over {
                CommunicationMethodInput::PhoneId(id) => Over::Phone(id),
                CommunicationMethodInput::EmailId(id) => Over::Email(id),
                CommunicationMethodInput::AddressId(id) => Over::Address(id),
            }),
            subject: input.subject,
            summary: input.summary,
            occurred_at: input.occurred_at,
            referral_id: input.referral_id,
        }
    }
}

/// What was right: what is left out stays as the record has it, what is null is cleared.
#[derive(InputObject)]
pub struct CommunicationCorrectInput {
    /// Your own id for the record that corrects it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// Over what.
    channel: MaybeUndefined<CommunicationChannel>,
    /// Who began it.
    direction: MaybeUndefined<CommunicationDirection>,
    /// Whether it took place.
    outcome: MaybeUndefined<CommunicationOutcome>,
    /// Why it did not take place, at most 2,000 characters.
    outcome_reason: MaybeUndefined<String>,
    /// The number or address that it went over.
    method_value: MaybeUndefined<String>,
    /// What it was about, at most 200 characters.
    subject: MaybeUndefined<String>,
    /// What was said, at most 10,000 characters; may have several lines.
    summary: MaybeUndefined<String>,
    /// When it took place, never in the future.
    occurred_at: MaybeUndefined<DateTime<Utc>>,
    /// The referral of your organization that it belongs to.
    referral_id: MaybeUndefined<Uuid>,
}

impl CommunicationCorrectInput {
    /// The command that corrects this record so.
    pub fn command(self, id: Uuid) -> Correct {
        Correct {
            id,
            new_id: self.id,
            channel: edit(self.channel).map(Into::into),
            direction: edit(self.direction).map(Into::into),
            outcome: edit(self.outcome).map(Into::into),
            outcome_reason: edit(self.outcome_reason),
            method_value: edit(self.method_value),
            subject: edit(self.subject),
            summary: edit(self.summary),
            occurred_at: edit(self.occurred_at),
            referral_id: edit(self.referral_id),
        }
    }
}
