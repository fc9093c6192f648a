//! Whether somebody may be reached over a channel for a purpose, over which of their methods, and why not (domain.md §6, US-9). It decides
//! on what it is given and reads nothing.

use liaison_entity::values::{Channel, ContactMethod, Purpose, VerificationState};
use liaison_entity::{address, contact, email, phone};

/// Whether they may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// They may.
    Allowed,
    /// They may, and a person should think first.
    Ask,
    /// They may not, or cannot.
    Blocked,
}

/// Why, in the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    /// They must not be contacted.
    DoNotContact,
    /// They must not be contacted, and this is an emergency.
    EmergencyPassesDoNotContact,
    /// They said STOP: their number takes no text messages.
    OptedOut,
    /// Nothing came back from their method but errors.
    MethodBounced,
    /// Their method reaches nobody.
    MethodInvalid,
    /// None of their phones takes text messages.
    NotSmsCapable,
    /// They have no method for this channel.
    NoMethod,
    /// They prefer another channel.
    PrefersAnother,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs.
    pub code: ReasonCode,
    /// For people.
    pub message: String,
}

/// What is used to reach them.
#[derive(Clone, Debug, PartialEq)]
pub enum Method<'a> {
    /// A phone.
    Phone(&'a phone::Model),
    /// An email address.
    Email(&'a email::Model),
    /// A postal address.
    Address(&'a address::Model),
}

/// What a person is known to be reached by, each list as the person keeps it, the primary one first. Only what the channel needs is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The person.
    pub contact: &'a contact::Model,
    /// Their phones.
    pub phones: &'a [phone::Model],
    /// Their email addresses.
    pub emails: &'a [email::Model],
    /// Their addresses.
    pub addresses: &'a [address::Model],
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reachability<'a> {
    /// Whether they may be reached.
    pub verdict: Verdict,
    /// Why not, or what to think of; in the order of precedence.
    pub reasons: Vec<Reason>,
    /// Over what, unless blocked; of a meeting nothing.
    pub method: Option<Method<'a>>,
}

impl Reachability<'_> {
    /// Whether whoever goes ahead has to say why.
    pub fn wants_a_reason(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == ReasonCode::EmergencyPassesDoNotContact)
    }
}

/// Whether they may be reached.
pub fn judge<'a>(person: Person<'a>, channel: Channel, purpose: Purpose) -> Reachability<'a> {
    let mut findings = Findings::default();
    let contact = person.contact;
    if contact.do_not_contact {
        let why = contact.do_not_contact_reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        match purpose {
            Purpose::Routine => {
                findings.note(Verdict::Blocked, ReasonCode::DoNotContact, format!("they must not be contacted{why}"));
            }
            Purpose::Emergency => {
                let message =
                    format!("they must not be contacted{why}; an emergency passes this, for a reason that is recorded");
                findings.note(Verdict::Allowed, ReasonCode::EmergencyPassesDoNotContact, message);
            }
        }
    }
    let method = match channel {
        Channel::Phone => findings.of_phones(person.phones),
        Channel::Sms => findings.of_text_messages(person.phones),
        Channel::Email => findings.of_emails(person.emails),
        Channel::Mail => findings.of_addresses(person.addresses),
        Channel::InPerson => None,
    };
    if let Some(preferred) = contact.preferred_contact_method.filter(|preferred| channel_of(*preferred) != channel)
        && purpose == Purpose::Routine
    {
        let message = format!("they prefer {}", name_of(preferred));
        findings.note(Verdict::Ask, ReasonCode::PrefersAnother, message);
    }
    let Findings { verdict, reasons } = findings;
    let verdict = verdict.unwrap_or(Verdict::Allowed);
    Reachability { verdict, reasons, method: method.filter(|_| verdict != Verdict::Blocked) }
}

const fn channel_of(preferred: ContactMethod) -> Channel {
    match preferred {
        ContactMethod::Email => Channel::Email,
        ContactMethod::Phone => Channel::Phone,
        ContactMethod::Sms => Channel::Sms,
    }
}

const fn name_of(preferred: ContactMethod) -> &'static str {
    match preferred {
        ContactMethod::Email => "email",
        ContactMethod::Phone => "phone calls",
        ContactMethod::Sms => "text messages",
    }
}

#[derive(Default)]
struct Findings {
    /// The strictest so far.
    verdict: Option<Verdict>,
    reasons: Vec<Reason>,
}

/// What stands in the way of a method, by its state.
const fn obstacle(state: VerificationState) -> Option<ReasonCode> {
    match state {
        VerificationState::Bounced => Some(ReasonCode::MethodBounced),
        VerificationState::Invalid => Some(ReasonCode::MethodInvalid),
        VerificationState::Unverified | VerificationState::Pending | VerificationState::Verified => None,
    }
}

impl Findings {
    fn note(&mut self, verdict: Verdict, code: ReasonCode, message: impl Into<String>) {
        self.verdict = self.verdict.max(Some(verdict));
        self.reasons.push(Reason { code, message: message.into() });
    }

    /// The first that can be used; or why none can, which is told of the first.
    fn usable<'a, T>(
        &mut self,
        all: &'a [T],
        noun: &str,
        obstacle: impl Fn(&T) -> Option<ReasonCode>,
    ) -> Option<&'a T> {
        if let Some(usable) = all.iter().find(|one| obstacle(one).is_none()) {
            return Some(usable);
        }
        let (code, message) = match all.first().and_then(&obstacle) {
            Some(ReasonCode::MethodBounced) => {
                (ReasonCode::MethodBounced, format!("messages to their {noun} came back; correct or verify it"))
            }
            Some(code) => (code, format!("their {noun} reaches nobody; correct it")),
            None => (ReasonCode::NoMethod, format!("they have no {noun}")),
        };
        self.note(Verdict::Blocked, code, message);
        None
    }

    fn of_phones<'a>(&mut self, phones: &'a [phone::Model]) -> Option<Method<'a>> {
        self.usable(phones, "phone", |phone| obstacle(phone.verification_state)).map(Method::Phone)
    }

    fn of_emails<'a>(&mut self, emails: &'a [email::Model]) -> Option<Method<'a>> {
        self.usable(emails, "email address", |email| obstacle(email.verification_state)).map(Method::Email)
    }

    fn of_addresses<'a>(&mut self, addresses: &'a [address::Model]) -> Option<Method<'a>> {
        self.usable(addresses, "address", |_| None).map(Method::Address)
    }

    /// An opt-out binds the number. Whoever said STOP on one number and has another may mean both: a person decides.
    fn of_text_messages<'a>(&mut self, phones: &'a [phone::Model]) -> Option<Method<'a>> {
        let has_said_stop = phones.iter().any(|phone| phone.is_sms_opted_out);
        let takes = |phone: &&phone::Model| {
            phone.is_sms_capable && !phone.is_sms_opted_out && obstacle(phone.verification_state).is_none()
        };
        let usable = phones.iter().find(takes);
        match usable {
            Some(_) if has_said_stop => {
                self.note(Verdict::Ask, ReasonCode::OptedOut, "they said STOP on another of their numbers");
            }
            Some(_) => {}
            None if has_said_stop => {
                let message =
                    "their number takes no text messages: they said STOP, and only a START from it changes that";
                self.note(Verdict::Blocked, ReasonCode::OptedOut, message);
            }
            None if !phones.is_empty() && !phones.iter().any(|phone| phone.is_sms_capable) => {
                let message = "none of their phones takes text messages";
                self.note(Verdict::Blocked, ReasonCode::NotSmsCapable, message);
            }
            // The first that is meant for it says why it does not do.
            None => {
                let meant: Vec<&phone::Model> = phones.iter().filter(|phone| phone.is_sms_capable).collect();
                self.usable(&meant, "phone for text messages", |phone| obstacle(phone.verification_state));
            }
        }
        usable.map(Method::Phone)
    }
}

#[cfg(test)]
mod tests;
