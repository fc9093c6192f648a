//! Whom to call at night (US-7): the active emergency contacts of organizations, primary first, with everything to reach them by, and what
//! of it may be used and why. It hides nobody: an emergency passes do-not-contact, with a reason that is recorded, and never an SMS opt-out
//! (domain.md §6). What may be used `reachability` judges.

use std::collections::{HashMap, HashSet};

use liaison_entity::values::{Channel, ContactMethod, ContactType, Purpose, VerificationState};
use liaison_entity::{
    contact, contact_email, contact_phone, email, organization, organization_contact, phone, phone_code,
};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::{PAGE, links};
use crate::failure::Fault;
use crate::reachability::{self, Reason, ReasonCode, Verdict, judge};
use crate::reading::{self, Cursor, Direction, LinkFilter, LinkOrder, LinkQuery, LinkedNode, ListError, Page, Side};
use crate::session::Reader;
use crate::sheet::{CodedPhone, cell, list_of_phones, list_of_texts};

pub(super) const COLUMNS: [&str; 19] = [
    "organization",
    "is_primary",
    "first_name",
    "last_name",
    "title",
    "mobile_phone",
    "other_phones",
    "no_sms",
    "email",
    "other_emails",
    "preferred_contact_method",
    "do_not_contact",
    "id",
    "do_not_contact_reason",
    "may_call",
    "may_text",
    "may_email",
    "why",
    "by_phone",
];

/// The most people of a list that is put on paper.
pub const MOST_PEOPLE: i64 = 2_000;

/// A phone to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `mobile`, `office`, …
    pub code: String,
    /// E.164 where the number is one, else as entered.
    pub number: String,
    /// The extension.
    pub extension: Option<String>,
    /// Whether its owner said STOP: no message may go there, whatever happens.
    pub is_sms_opted_out: bool,
    /// Whether it takes messages at all.
    pub is_sms_capable: bool,
    /// Whether it is known to reach nobody.
    pub is_unusable: bool,
}

impl Line {
    /// Whether it is one that somebody carries.
    pub fn is_mobile(&self) -> bool {
        self.code == "mobile"
    }

    /// As people read it: `+1 217-555-0171`; as entered where it is no number that the rules know.
    pub fn readable(&self) -> String {
        let parsed = phonenumber::parse(None, &self.number).ok();
        parsed.map_or_else(
            || self.number.clone(),
            |parsed| parsed.format().mode(phonenumber::Mode::International).to_string(),
        )
    }

    /// Why it cannot be called, if it cannot.
    pub const fn why_no_call(&self) -> Option<&'static str> {
        if self.is_unusable { Some("reaches nobody") } else { None }
    }

    /// Why no text message may go there, if none may: not in an emergency either.
    pub const fn why_no_sms(&self) -> Option<&'static str> {
        if self.is_sms_opted_out {
            Some("they said STOP")
        } else if self.is_unusable {
            Some("reaches nobody")
        } else if !self.is_sms_capable {
            Some("takes no text messages")
        } else {
            None
        }
    }

    /// What may be done with it, in a line: `mobile +12175550171: call allowed, SMS blocked (they said STOP)`.
    fn told(&self) -> String {
        let told = |why: Option<&str>| why.map_or_else(|| "allowed".to_owned(), |why| format!("blocked ({why})"));
        let (call, sms) = (told(self.why_no_call()), told(self.why_no_sms()));
        format!("{} {}: call {call}, SMS {sms}", self.code, self.number)
    }

    fn coded(&self) -> CodedPhone {
        let extension = self.extension.clone().unwrap_or_default();
        CodedPhone { code: self.code.clone(), number: self.number.clone(), extension }
    }
}

/// Whether somebody may be reached over a channel in an emergency, and why not, or what to heed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whether they may.
    pub verdict: Verdict,
    /// In the order of precedence.
    pub reasons: Vec<Reason>,
}

impl Allowance {
    fn of(person: reachability::Person<'_>, channel: Channel) -> Self {
        let judged = judge(person, channel, Purpose::Emergency);
        Self { verdict: judged.verdict, reasons: judged.reasons }
    }

    /// What is to be heeded beside that they must not be contacted, which is said once for all channels.
    pub fn of_channel(&self) -> impl Iterator<Item = &str> {
        let of_channel = self.reasons.iter().filter(|reason| reason.code != ReasonCode::EmergencyPassesDoNotContact);
        of_channel.map(|reason| reason.message.as_str())
    }
}

/// Somebody to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The contact's id.
    pub id: Uuid,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Position.
    pub title: Option<String>,
    /// Whether this is the first to call.
    pub is_primary: bool,
    /// Mobile phones first.
    pub phones: Vec<Line>,
    /// Email addresses that are not known to come back.
    pub emails: Vec<String>,
    /// Email addresses from which messages came back.
    pub bounced_emails: Vec<String>,
    /// How the person likes to be reached.
    pub preferred_contact_method: Option<ContactMethod>,
    /// Whether the person may be contacted in an emergency only.
    pub do_not_contact: bool,
    /// Why.
    pub do_not_contact_reason: Option<String>,
    /// Whether they may be called.
    pub call: Allowance,
    /// Whether they may be sent a text message.
    pub sms: Allowance,
    /// Whether they may be written to.
    pub email: Allowance,
}

/// The list of one organization.
#[derive(Clone, Debug)]
pub struct Section {
    /// What the organization is called.
    pub organization: String,
    /// Primary first, then by name.
    pub people: Vec<Person>,
}

/// A walk through the lists of several organizations.
pub struct Emergency {
    /// Those that are still to come, last first.
    organizations: Vec<organization::Model>,
    part: Part,
    after: Option<Cursor>,
    codes: HashMap<Uuid, String>,
}

/// The primary contact comes first, the others by name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Primary,
    Others,
}

fn query(part: Option<Part>) -> LinkQuery {
    let filter = LinkFilter {
        contact_types: Some(vec![ContactType::Emergency]),
        contact_is_active: Some(true),
        is_primary: part.map(|part| part == Part::Primary),
        ..LinkFilter::default()
    };
    LinkQuery { filter, order: LinkOrder::Kept, direction: Direction::Ascending }
}

/// How many people stand on the lists of these organizations.
pub async fn count(reader: &Reader, organizations: &[organization::Model]) -> Result<i64, Fault> {
    let ids = organizations.iter().map(|organization| organization.id).collect();
    let counts =
        reading::count_links::<organization_contact::Entity>(reader, Side::Downhill, ids, &query(None)).await?;
    Ok(counts.values().sum())
}

/// The whole lists, for paper. Whoever asks has counted before.
pub async fn sections(reader: &Reader, organizations: Vec<organization::Model>) -> Result<Vec<Section>, Fault> {
    let mut sections: Vec<Section> = organizations
        .iter()
        .map(|organization| Section { organization: organization.name.clone(), people: Vec::new() })
        .collect();
    let names: Vec<Uuid> = organizations.iter().map(|organization| organization.id).collect();
    let mut walk = Emergency::of(organizations);
    while let Some((organization, people)) = walk.people(reader).await? {
        if let Some(at) = names.iter().position(|id| *id == organization.id) {
            sections[at].people.extend(people);
        }
    }
    Ok(sections)
}

impl Emergency {
    /// The lists of these organizations, one after the other.
    pub fn of(mut organizations: Vec<organization::Model>) -> Self {
        organizations.reverse();
        Self { organizations, part: Part::Primary, after: None, codes: HashMap::new() }
    }

    pub(super) async fn next(&mut self, reader: &Reader) -> Result<Option<Vec<Vec<String>>>, Fault> {
        let page = self.people(reader).await?;
        Ok(page.map(|(organization, people)| people.iter().map(|person| cells(&organization, person)).collect()))
    }

    /// The next people with their organization; `None` when there are no more. A page may be empty before the last one.
    async fn people(&mut self, reader: &Reader) -> Result<Option<(organization::Model, Vec<Person>)>, Fault> {
        let Some(organization) = self.organizations.last().cloned() else { return Ok(None) };
        let page = Page { after: self.after.take(), ..Page::first(PAGE) };
        let mut slices = reading::links::<organization_contact::Entity, contact::Entity>(
            reader,
            Side::Downhill,
            vec![organization.id],
            &query(Some(self.part)),
            &page,
        )
        .await
        .map_err(ListError::ours)?;
        let slice = slices.remove(&organization.id).unwrap_or_default();
        if slice.has_next {
            self.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        } else if self.part == Part::Primary {
            self.part = Part::Others;
        } else {
            self.part = Part::Primary;
            self.organizations.pop();
        }
        let linked: Vec<_> = slice.rows.into_iter().map(|(_, linked)| linked).collect();
        Ok(Some((organization, self.with_methods(reader, linked).await?)))
    }

    async fn with_methods(
        &mut self,
        reader: &Reader,
        linked: Vec<LinkedNode<organization_contact::Entity, contact::Entity>>,
    ) -> Result<Vec<Person>, Fault> {
        let ids: Vec<Uuid> = linked.iter().map(|linked| linked.node.id).collect();
        let mut phones =
            links::all::<contact_phone::Entity, phone::Entity>(reader, Side::Downhill, ids.clone()).await?;
        let mut emails = links::all::<contact_email::Entity, email::Entity>(reader, Side::Downhill, ids).await?;
        let met = phones.values().flatten().map(|linked| linked.node.phone_code_id);
        let new: HashSet<Uuid> = met.filter(|id| !self.codes.contains_key(id)).collect();
        if !new.is_empty() {
            let codes = reading::nodes::<phone_code::Entity>(reader, new.into_iter().collect()).await?;
            self.codes.extend(codes.into_iter().map(|(id, code)| (id, code.code)));
        }
        let person = |LinkedNode { link, node }: LinkedNode<organization_contact::Entity, contact::Entity>| {
            let phones: Vec<phone::Model> =
                phones.remove(&node.id).into_iter().flatten().map(|linked| linked.node).collect();
            let emails: Vec<email::Model> =
                emails.remove(&node.id).into_iter().flatten().map(|linked| linked.node).collect();
            let known = reachability::Person { contact: &node, phones: &phones, emails: &emails, addresses: &[] };
            let [call, sms, email] =
                [Channel::Phone, Channel::Sms, Channel::Email].map(|channel| Allowance::of(known, channel));
            let mut lines: Vec<Line> = phones.into_iter().map(|phone| line(phone, &self.codes)).collect();
            lines.sort_by_key(|line| (line.is_unusable, !line.is_mobile()));
            let (bounced, usable): (Vec<_>, Vec<_>) =
                emails.into_iter().partition(|email| is_unusable(email.verification_state));
            let addresses = |emails: Vec<email::Model>| emails.into_iter().map(|email| email.address).collect();
            Person {
                id: node.id,
                first_name: node.first_name,
                last_name: node.last_name,
                title: node.title,
                is_primary: link.is_primary,
                phones: lines,
                emails: addresses(usable),
                bounced_emails: addresses(bounced),
                preferred_contact_method: node.preferred_contact_method,
                do_not_contact: node.do_not_contact,
                do_not_contact_reason: node.do_not_contact_reason,
                call,
                sms,
                email,
            }
        };
        Ok(linked.into_iter().map(person).collect())
    }
}

const fn is_unusable(state: VerificationState) -> bool {
    matches!(state, VerificationState::Bounced | VerificationState::Invalid)
}

fn line(phone: phone::Model, codes: &HashMap<Uuid, String>) -> Line {
    Line {
        code: codes.get(&phone.phone_code_id).cloned().unwrap_or_default(),
        number: phone.e164.unwrap_or(phone.number),
        extension: phone.extension,
        is_sms_opted_out: phone.is_sms_opted_out,
        is_sms_capable: phone.is_sms_capable,
        is_unusable: is_unusable(phone.verification_state),
    }
}

const fn verdict(of: Verdict) -> &'static str {
    match of {
        Verdict::Allowed => "allowed",
        Verdict::Ask => "ask",
        Verdict::Blocked => "blocked",
    }
}

/// What is to be heeded of somebody, in the order of precedence, with the channel that it is about.
fn why(person: &Person) -> String {
    let mut told = Vec::new();
    if person.do_not_contact {
        told.push("they must not be contacted, but in an emergency: record that it was, and why".to_owned());
    }
    for (channel, allowance) in [("call", &person.call), ("sms", &person.sms), ("email", &person.email)] {
        told.extend(allowance.of_channel().map(|why| format!("{channel}: {why}")));
    }
    told.join("; ")
}

fn cells(organization: &organization::Model, person: &Person) -> Vec<String> {
    // The mobile in its own column, ready to dial; every other line beside it.
    let first = person.phones.iter().position(|line| line.is_mobile() && !line.is_unusable);
    let others: Vec<CodedPhone> =
        person.phones.iter().enumerate().filter(|(at, _)| Some(*at) != first).map(|(_, line)| line.coded()).collect();
    let no_sms = person.phones.iter().filter(|line| line.why_no_sms().is_some());
    let no_sms: Vec<String> = no_sms.map(|line| line.number.clone()).collect();
    let (email, other_emails) = match person.emails.split_first() {
        Some((first, others)) => (first.clone(), list_of_texts(others)),
        None => (String::new(), String::new()),
    };
    let cells: [String; COLUMNS.len()] = [
        organization.subdomain.clone(),
        person.is_primary.to_string(),
        person.first_name.clone(),
        person.last_name.clone(),
        person.title.clone().unwrap_or_default(),
        first.map_or_else(String::new, |at| person.phones[at].number.clone()),
        list_of_phones(&others),
        list_of_texts(&no_sms),
        email,
        other_emails,
        person.preferred_contact_method.map_or_else(String::new, |method| method.to_value()),
        person.do_not_contact.to_string(),
        person.id.to_string(),
        person.do_not_contact_reason.clone().unwrap_or_default(),
        verdict(person.call.verdict).to_owned(),
        verdict(person.sms.verdict).to_owned(),
        verdict(person.email.verdict).to_owned(),
        why(person),
        list_of_texts(&person.phones.iter().map(Line::told).collect::<Vec<_>>()),
    ];
    cells.iter().map(|text| cell::escaped(text)).collect()
}
