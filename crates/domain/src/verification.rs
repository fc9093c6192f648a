//! Whether a phone or an email address reaches its person (ADR 0009, third question): a code goes out and comes back, or somebody with
//! the right vouches for it, or says that messages came back. A client never writes the state. How a code travels is a courier's matter.

mod code;
mod courier;
mod projection;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use liaison_entity::values::VerificationState;
use liaison_entity::{email, method_verification, phone};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use code::CodeKey;
pub use courier::{Courier, Letter, LogCourier, Via};
pub(crate) use projection::{apply, forget};

use crate::edit::Changes;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;
use crate::{email as emails, phone as phones, reading};

/// How often a code may be tried.
pub const TRIES: i32 = 5;
/// How long a code is good.
pub const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);
/// How long to wait before another code goes to the same method.
pub const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// A code went to a phone.
pub const PHONE_REQUESTED: &str = "phone.verification.requested";
/// A phone's code came back, or somebody vouched for the phone.
pub const PHONE_VERIFIED: &str = "phone.verification.verified";
/// A wrong code came back, or the phone reaches nobody.
pub const PHONE_FAILED: &str = "phone.verification.failed";
/// What was sent to a phone came back.
pub const PHONE_BOUNCED: &str = "phone.verification.bounced";
/// A code went to an email address.
pub const EMAIL_REQUESTED: &str = "email.verification.requested";
/// An email address's code came back, or somebody vouched for the address.
pub const EMAIL_VERIFIED: &str = "email.verification.verified";
/// A wrong code came back, or the email address reaches nobody.
pub const EMAIL_FAILED: &str = "email.verification.failed";
/// What was sent to an email address came back.
pub const EMAIL_BOUNCED: &str = "email.verification.bounced";

/// The events of both nouns.
pub(crate) const EVENTS: [&str; 8] = [
    PHONE_REQUESTED,
    PHONE_VERIFIED,
    PHONE_FAILED,
    PHONE_BOUNCED,
    EMAIL_REQUESTED,
    EMAIL_VERIFIED,
    EMAIL_FAILED,
    EMAIL_BOUNCED,
];

/// A method that can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodId {
    /// A phone.
    Phone(Uuid),
    /// An email address.
    Email(Uuid),
}

impl MethodId {
    const fn id(self) -> Uuid {
        match self {
            Self::Phone(id) | Self::Email(id) => id,
        }
    }
}

impl fmt::Display for MethodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(id) => write!(f, "phone {id}"),
            Self::Email(id) => write!(f, "email {id}"),
        }
    }
}

/// Sends a code to a method.
#[derive(Clone, Debug)]
pub struct Request(pub MethodId);

/// Tries a code.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// Of which method.
    pub method: MethodId,
    /// What came back.
    pub code: String,
}

/// What a try came to. A wrong one is counted, so it is no refusal: a refusal leaves no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Of which method.
    pub id: Uuid,
    /// Whether the code was right.
    pub is_right: bool,
    /// How often it may still be tried; none when it was right.
    pub tries_left: Option<i32>,
}

/// Says by hand what is known of a method, with a reason.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Of which method.
    pub method: MethodId,
    /// What is known.
    pub as_: Marked,
}

/// What can be said by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It reaches its person.
    Verified,
    /// What was sent came back.
    Bounced,
    /// It reaches nobody.
    Invalid,
}

impl Marked {
    const fn state(self) -> VerificationState {
        match self {
            Self::Verified => VerificationState::Verified,
            Self::Bounced => VerificationState::Bounced,
            Self::Invalid => VerificationState::Invalid,
        }
    }
}

/// What changed of the method, and what is kept of a code that is out.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    #[serde(flatten)]
    changes: Changes,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    code_mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tries_left: Option<i32>,
}

/// A method as a verification sees it, of a viewer who may change it.
struct Target {
    method: MethodId,
    version: i32,
    state: VerificationState,
    changed_at: Option<DateTime<Utc>>,
    /// Where a code goes; nowhere when the number does not parse.
    route: Option<(Via, String)>,
}

impl Target {
    async fn of(work: &mut Work<'_>, method: MethodId) -> Result<Self, Failure> {
        let target = match method {
            MethodId::Phone(id) => {
                let phone = reading::seen::<phone::Entity>(work, id, "id", phones::SORT.noun).await?;
                phones::allow(work, &phone, "id").await?;
                // Whoever said STOP is called: a code is no reason to write to them.
                let via = if phone.is_sms_capable && !phone.is_sms_opted_out { Via::Sms } else { Via::Call };
                Self {
                    method,
                    version: phone.version,
                    state: phone.verification_state,
                    changed_at: phone.verification_changed_at,
                    route: phone.e164.map(|e164| (via, e164)),
                }
            }
            MethodId::Email(id) => {
                let email = reading::seen::<email::Entity>(work, id, "id", emails::SORT.noun).await?;
                emails::allow(work, &email, "id").await?;
                Self {
                    method,
                    version: email.version,
                    state: email.verification_state,
                    changed_at: email.verification_changed_at,
                    route: Some((Via::Email, email.address)),
                }
            }
        };
        work.compare_version(target.version)?;
        Ok(target)
    }

    /// The event of either noun.
    const fn named(&self, of_phone: &'static str, of_email: &'static str) -> (Stream, &'static str) {
        match self.method {
            MethodId::Phone(_) => (Stream::Phone, of_phone),
            MethodId::Email(_) => (Stream::Email, of_email),
        }
    }

    fn changes_to(&self, state: VerificationState, at: DateTime<Utc>) -> Changes {
        let mut changes = Changes::default();
        if self.state != state {
            changes.note("verification_state", &self.state, &state);
            changes.note("verification_changed_at", &self.changed_at, &Some(at));
        }
        changes
    }

    fn record(&self, work: &mut Work<'_>, (stream, name): (Stream, &'static str), facts: &Facts) {
        work.record(NewEvent::after(self.version, stream, self.method.id(), name, facts));
    }
}

/// Facts without a code.
const fn plain(changes: Changes) -> Facts {
    Facts { changes, code_mac: None, expires_at: None, tries_left: None }
}

async fn code_out(work: &Work<'_>, method: MethodId) -> Result<Option<method_verification::Model>, Failure> {
    Ok(method_verification::Entity::find_by_id(method.id()).one(work.rows()).await?)
}

impl Command for Request {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.0.id())]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let target = Target::of(work, self.0).await?;
        if target.state == VerificationState::Verified {
            let why = "it is verified; changing its value asks for another verification";
            return Err(Refusal::invalid("id", why).into());
        }
        let Some((via, to)) = target.route.clone() else {
            let why = "a number that does not parse reaches nobody; correct it first";
            return Err(Refusal::invalid("id", why).into());
        };
        let now = work.at();
        if let Some(out) = code_out(work, self.0).await?
            && now < out.requested_at + PAUSE
        {
            let seconds = (out.requested_at + PAUSE - now).num_seconds().max(1);
            let why = format!("a code went out less than a minute ago; ask again in {seconds} seconds");
            return Err(Refusal::new(RefusalCode::RateLimited, "id", why).into());
        }
        let expires_at = now + GOOD_FOR;
        let code = code::new();
        let facts = Facts {
            changes: target.changes_to(VerificationState::Pending, now),
            code_mac: Some(work.codes().mac(self.0.id(), &code)),
            expires_at: Some(expires_at),
            tries_left: Some(TRIES),
        };
        target.record(work, target.named(PHONE_REQUESTED, EMAIL_REQUESTED), &facts);
        work.send(Letter { method: self.0, via, to, code, expires_at });
        Ok(self.0.id())
    }
}

impl Command for Confirm {
    type Output = Tried;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.method.id())]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Tried, Failure> {
        let target = Target::of(work, self.method).await?;
        if work.is_rehearsed() {
            // Nothing would count the tries.
            let why = "a code cannot be tried in a dry run: leave dryRun out";
            return Err(Refusal::invalid("code", why).into());
        }
        let another = |why: &str| Refusal::invalid("code", format!("{why}; request another"));
        let out = code_out(work, self.method).await?.filter(|out| !out.code_mac.is_empty());
        let out = out.ok_or_else(|| another("no code is out for this"))?;
        if work.at() >= out.expires_at {
            let minutes = GOOD_FOR.num_minutes();
            return Err(another(&format!("the code has expired: it is good for {minutes} minutes")).into());
        }
        if out.tries_left <= 0 {
            return Err(another(&format!("the code was tried {TRIES} times")).into());
        }
        let id = self.method.id();
        if work.codes().is_right(id, self.code.trim(), &out.code_mac) {
            let facts = plain(target.changes_to(VerificationState::Verified, work.at()));
            target.record(work, target.named(PHONE_VERIFIED, EMAIL_VERIFIED), &facts);
            return Ok(Tried { id, is_right: true, tries_left: None });
        }
        let tries_left = out.tries_left - 1;
        let facts = Facts { tries_left: Some(tries_left), ..plain(Changes::default()) };
        target.record(work, target.named(PHONE_FAILED, EMAIL_FAILED), &facts);
        Ok(Tried { id, is_right: false, tries_left: Some(tries_left) })
    }
}

impl Command for Mark {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.method.id())]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let target = Target::of(work, self.method).await?;
        if work.reason().is_none_or(|reason| reason.trim().is_empty()) {
            let why = "reason must say how this is known: it stands in the log in place of a code";
            return Err(Refusal::invalid("reason", why).into());
        }
        if self.as_ == Marked::Verified && target.route.is_none() {
            let why = "a number that does not parse reaches nobody; correct it first";
            return Err(Refusal::invalid("id", why).into());
        }
        let changes = target.changes_to(self.as_.state(), work.at());
        if !changes.is_empty() {
            let named = match self.as_ {
                Marked::Verified => target.named(PHONE_VERIFIED, EMAIL_VERIFIED),
                Marked::Bounced => target.named(PHONE_BOUNCED, EMAIL_BOUNCED),
                Marked::Invalid => target.named(PHONE_FAILED, EMAIL_FAILED),
            };
            target.record(work, named, &plain(changes));
        }
        Ok(self.method.id())
    }
}
