//! Communications with people (US-9, US-11): what was said over which channel, kept as it was. Append-only: a wrong record is corrected
//! by another one. Whether a person may be reached at all `reachability` says.

mod correct;

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use liaison_entity::values::{Channel, Direction, Outcome, Purpose};
use liaison_entity::{
    Dated as _, address, communication, contact, contact_address, contact_email, contact_phone, email, phone, referral,
};
use sea_orm::{DbErr, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use correct::Correct;

use crate::access::{self, Action, SightedLink};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::phone::every_number_relied_on;
use crate::reachability::{Method, Person, Reachability, Verdict, judge};
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{contact as contacts, reading, store, text};

/// A communication was recorded.
pub const RECORDED: &str = "contact.communication.recorded";
/// A record of a communication was corrected by another one.
pub const CORRECTED: &str = "contact.communication.corrected";

/// So far may clocks differ, when something is said to have occurred just now.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Over which of the person's methods it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// This phone.
    Phone(Uuid),
    /// This email address.
    Email(Uuid),
    /// This address.
    Address(Uuid),
}

/// Records a communication with a contact, for the viewer's organization. One that would reach somebody who may not be reached is refused;
/// that it was not done, and why, can be recorded.
#[derive(Clone, Debug)]
pub struct Record {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// With whom.
    pub contact_id: Uuid,
    /// Over what.
    pub channel: Channel,
    /// Who began it.
    pub direction: Direction,
    /// What for.
    pub purpose: Purpose,
    /// Whether it took place.
    pub outcome: Outcome,
    /// Why it did not.
    pub outcome_reason: Option<String>,
    /// Over which method; the one that is usual for the channel unless told.
    pub over: Option<Over>,
    /// What it was about.
    pub subject: Option<String>,
    /// What was said.
    pub summary: Option<String>,
    /// When it took place; now unless told.
    pub occurred_at: Option<DateTime<Utc>>,
    /// To which referral of the organization it belongs.
    pub referral_id: Option<Uuid>,
}

/// The facts of a record, also of one that corrects another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Facts {
    recorded_by_organization_id: Uuid,
    contact_id: Uuid,
    channel: Channel,
    direction: Direction,
    #[serde(default)]
    purpose: Purpose,
    outcome: Outcome,
    outcome_reason: Option<String>,
    method_value: Option<String>,
    subject: Option<String>,
    summary: Option<String>,
    occurred_at: DateTime<Utc>,
    #[serde(default)]
    referral_id: Option<Uuid>,
    #[serde(default)]
    corrects_id: Option<Uuid>,
}

/// Refuses what has not happened yet.
fn occurred(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    if at > now + SKEW {
        let why = "occurredAt must not lie in the future: record a communication when it took place";
        return Err(Refusal::invalid("occurredAt", why));
    }
    // As the database keeps it.
    Ok(at.trunc_subsecs(6))
}

/// Refuses an outcome without its reason.
fn outcome_reason(outcome: Outcome, reason: Option<&str>) -> Result<Option<String>, Refusal> {
    let reason = text::optional_line("outcomeReason", reason, text::PARAGRAPH)?;
    match (outcome, &reason) {
        (Outcome::NotDone, None) => {
            Err(Refusal::invalid("outcomeReason", "outcomeReason must say why it was not done, such as \"no answer\""))
        }
        (Outcome::Done, Some(_)) => Err(Refusal::invalid(
            "outcomeReason",
            "outcomeReason is for what was not done; leave it out, or use summary",
        )),
        _ => Ok(reason),
    }
}

/// Refuses a referral that the viewer does not see, or that another organization made than the record.
async fn allow_referral(work: &Work<'_>, id: Uuid, recorded_by: Uuid) -> Result<(), Failure> {
    let referral = reading::seen::<referral::Entity>(work, id, "referralId", "referral").await?;
    if referral.partner_organization_id != recorded_by {
        let why = "referralId must name a referral of the organization that records the communication";
        return Err(Refusal::invalid("referralId", why).into());
    }
    Ok(())
}

/// The value of a method as it is now, as a record keeps it.
fn value_of(method: &Method<'_>) -> String {
    match method {
        Method::Phone(phone) => {
            let line = phone.e164.as_ref().unwrap_or(&phone.number);
            phone.extension.as_ref().map_or_else(|| line.clone(), |extension| format!("{line};ext={extension}"))
        }
        Method::Email(email) => email.address.clone(),
        Method::Address(address) => {
            let parts = [Some(&address.street1), address.street2.as_ref(), Some(&address.city), address.state.as_ref()];
            let parts = parts.into_iter().flatten().chain(&address.postal_code).chain([&address.country]);
            parts.map(String::as_str).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What a person holds in one junction, as they keep it.
async fn methods<J: SightedLink>(
    work: &Work<'_>,
    contact_id: Uuid,
) -> Result<Vec<<J::Downhill as EntityTrait>::Model>, Failure> {
    let held = reading::held::<J>(work, vec![contact_id]).await?;
    Ok(held.into_iter().map(|held| held.node).collect())
}

/// What a person holds through open links, as they keep it.
struct Held {
    phones: Vec<phone::Model>,
    emails: Vec<email::Model>,
    addresses: Vec<address::Model>,
}

impl Held {
    /// What the channel may go over.
    async fn by(work: &Work<'_>, contact_id: Uuid, channel: Channel, on: NaiveDate) -> Result<Self, Failure> {
        let mut held = Self { phones: Vec::new(), emails: Vec::new(), addresses: Vec::new() };
        match channel {
            Channel::Phone | Channel::Sms => held.phones = methods::<contact_phone::Entity>(work, contact_id).await?,
            Channel::Email => held.emails = methods::<contact_email::Entity>(work, contact_id).await?,
            Channel::Mail | Channel::InPerson => {
                // Where they were found that day.
                let mut all = reading::held::<contact_address::Entity>(work, vec![contact_id]).await?;
                all.retain(|held| {
                    let (first, last) = contact_address::Entity::window(&held.link);
                    first.is_none_or(|first| first <= on) && last.is_none_or(|last| on <= last)
                });
                held.addresses = all.into_iter().map(|held| held.node).collect();
            }
        }
        Ok(held)
    }

    /// Leaves the one that is named, which the person must hold.
    fn narrow(&mut self, over: Over) -> Result<(), Refusal> {
        let (field, noun, is_held) = match over {
            Over::Phone(id) => {
                self.phones.retain(|phone| phone.id == id);
                ("phoneId", "phone", !self.phones.is_empty())
            }
            Over::Email(id) => {
                self.emails.retain(|email| email.id == id);
                ("emailId", "email address", !self.emails.is_empty())
            }
            Over::Address(id) => {
                self.addresses.retain(|address| address.id == id);
                ("addressId", "address", !self.addresses.is_empty())
            }
        };
        if is_held { Ok(()) } else { Err(Refusal::not_found(field, noun).within("over")) }
    }

    fn judge<'a>(&'a self, contact: &'a contact::Model, channel: Channel, purpose: Purpose) -> Reachability<'a> {
        let person = Person { contact, phones: &self.phones, emails: &self.emails, addresses: &self.addresses };
        judge(person, channel, purpose)
    }

    /// The one that is left of the channel's kind, whether it can be used or not.
    fn first(&self, channel: Channel) -> Option<Method<'_>> {
        match channel {
            Channel::Phone | Channel::Sms => self.phones.first().map(Method::Phone),
            Channel::Email => self.emails.first().map(Method::Email),
            Channel::Mail => self.addresses.first().map(Method::Address),
            Channel::InPerson => None,
        }
    }
}

const fn fits(over: Over, channel: Channel) -> bool {
    matches!(
        (over, channel),
        (Over::Phone(_), Channel::Phone | Channel::Sms)
            | (Over::Email(_), Channel::Email)
            | (Over::Address(_), Channel::Mail | Channel::InPerson)
    )
}

impl Record {
    /// The value that it went over, of a person who may be reached so.
    async fn reach(&self, work: &Work<'_>, contact: &contact::Model) -> Result<Option<String>, Failure> {
        if self.over.is_some_and(|over| !fits(over, self.channel)) {
            let why = "over must name a method of the channel: a phone for PHONE and SMS, an email address for EMAIL, an address for MAIL and IN_PERSON";
            return Err(Refusal::invalid("over", why).into());
        }
        if self.channel == Channel::Sms {
            // Whose number says STOP does so before or after.
            work.lock_also(vec![every_number_relied_on()]).await?;
        }
        let on = self.occurred_at.unwrap_or(work.at()).date_naive();
        let mut held = Held::by(work, contact.id, self.channel, on).await?;
        if let Some(over) = self.over {
            held.narrow(over)?;
        }
        let is_told = self.direction == Direction::Inbound || self.outcome == Outcome::NotDone;
        if is_told {
            // Nobody was reached, or the person came of their own accord: nothing to refuse.
            let named = self.over.and_then(|_| held.first(self.channel));
            return Ok(named.as_ref().map(value_of));
        }
        let judged = held.judge(contact, self.channel, self.purpose);
        if judged.verdict == Verdict::Blocked {
            let why: Vec<&str> = judged.reasons.iter().map(|reason| reason.message.as_str()).collect();
            let message = format!("{}; record it with the outcome NOT_DONE and why", why.join("; "));
            return Err(Refusal::new(RefusalCode::Unreachable, "channel", message).into());
        }
        if judged.wants_a_reason() && work.reason().is_none_or(|reason| reason.trim().is_empty()) {
            let why = "they must not be contacted: an emergency passes this, and reason must say what it was";
            return Err(Refusal::invalid("reason", why).into());
        }
        Ok(judged.method.as_ref().map(value_of))
    }
}

impl Command for Record {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Record)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // Somebody who must not be contacted from now on comes before or after.
        let relied = self.referral_id.into_iter().chain([self.contact_id]).map(Lock::Relied);
        self.id.map(Lock::Node).into_iter().chain(relied).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = reading::seen::<contact::Entity>(work, self.contact_id, "contactId", "contact").await?;
        contacts::allow_unmerged(work, &contact, "contactId").await?;
        if let Some(id) = self.referral_id {
            allow_referral(work, id, work.viewer().organization_id()).await?;
        }
        work.compare_version(0)?;
        let facts = Facts {
            recorded_by_organization_id: work.viewer().organization_id(),
            contact_id: contact.id,
            channel: self.channel,
            direction: self.direction,
            purpose: self.purpose,
            outcome: self.outcome,
            outcome_reason: outcome_reason(self.outcome, self.outcome_reason.as_deref())?,
            method_value: self.reach(work, &contact).await?,
            subject: text::optional_line("subject", self.subject.as_deref(), text::LINE)?,
            summary: text::optional_text("summary", self.summary.as_deref())?,
            occurred_at: occurred(self.occurred_at.unwrap_or(work.at()), work.at())?,
            referral_id: self.referral_id,
            corrects_id: None,
        };
        let id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Record, id, RECORDED, &facts));
        Ok(id)
    }
}

pub(crate) async fn apply_recorded(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Facts = event.facts()?;
        rows.push(communication::Model {
            id: event.stream_id,
            organization_id: facts.recorded_by_organization_id,
            contact_id: facts.contact_id,
            channel: facts.channel,
            direction: facts.direction,
            purpose: facts.purpose,
            outcome: facts.outcome,
            outcome_reason: facts.outcome_reason,
            method_value: facts.method_value,
            subject: facts.subject,
            summary: facts.summary,
            occurred_at: facts.occurred_at,
            actor: event.metadata.actor.clone(),
            referral_id: facts.referral_id,
            corrects_id: facts.corrects_id,
            recorded_at: event.recorded_at,
            version: event.stream_version,
        });
    }
    store::insert::<communication::Entity>(transaction, rows).await
}
