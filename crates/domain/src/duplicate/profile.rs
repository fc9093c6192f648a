//! A contact as it is compared: normalised once, small, and kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::method::{Call, Mail};
use super::name::Name;
use super::place::Spot;
use super::word::words;
use super::{Person, keys};

/// More methods of one contact than these are not compared.
const MOST_METHODS: usize = 8;

/// What is compared of one contact. It is a few hundred bytes, and the same for the same person under one rule set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The name as it is shown: first, a line break, last.
    #[serde(rename = "t")]
    pub(super) text: Box<str>,
    #[serde(rename = "n")]
    pub(super) name: Name,
    #[serde(rename = "e")]
    pub(super) emails: Box<[Mail]>,
    #[serde(rename = "p")]
    pub(super) phones: Box<[Call]>,
    #[serde(rename = "a")]
    pub(super) places: Box<[Spot]>,
    #[serde(rename = "o")]
    pub(super) organizations: Box<[Uuid]>,
    /// Title, a line break, department, in folded words.
    #[serde(rename = "w")]
    pub(super) work: Box<str>,
    #[serde(rename = "i")]
    pub(super) is_active: bool,
    #[serde(rename = "l")]
    pub(super) has_login: bool,
}

impl Profile {
    /// The profile of a contact.
    pub fn of(person: &Person) -> Self {
        let name = Name::of(&person.first_name, &person.last_name);
        let mut emails: Vec<Mail> = person.emails.iter().filter_map(|address| Mail::of(address, &name)).collect();
        emails.sort_by(|one, other| one.address.cmp(&other.address));
        emails.dedup_by(|one, other| one.address == other.address);
        emails.truncate(MOST_METHODS);
        let mut phones: Vec<Call> = person.phones.iter().filter_map(Call::of).collect();
        phones.sort_by_key(|call| (call.digits, !call.is_personal, !call.is_international));
        phones.dedup_by_key(|call| call.digits);
        phones.truncate(MOST_METHODS);
        let mut places: Vec<Spot> = person.addresses.iter().filter_map(Spot::of).collect();
        // By all that it has: two that read alike may be divided into other parts, and rows come in no order.
        places.sort_by(|one, other| one.parts().cmp(&other.parts()));
        places.dedup();
        places.truncate(MOST_METHODS);
        let mut organizations = person.organizations.clone();
        organizations.sort_unstable();
        organizations.dedup();
        let folded = |text: &Option<String>| words(text.as_deref().unwrap_or_default()).join(" ");
        Self {
            text: format!("{}\n{}", person.first_name.trim(), person.last_name.trim()).into(),
            name,
            emails: emails.into(),
            phones: phones.into(),
            places: places.into(),
            organizations: organizations.into(),
            work: format!("{}\n{}", folded(&person.title), folded(&person.department)).into(),
            is_active: person.is_active,
            has_login: person.has_login,
        }
    }

    /// The keys under which it meets others, sorted and distinct: two contacts are compared when they share one.
    pub fn keys(&self) -> Vec<i64> {
        keys::of(self)
    }

    /// Those of the keys that are made of the name, the ones that most slips leave as they are first.
    pub fn name_keys(&self) -> Vec<i64> {
        keys::of_name(self)
    }

    /// Those of the keys that tell where the contact works, sorted and distinct: they are no tenant's to meet under.
    pub fn organization_keys(&self) -> Vec<i64> {
        keys::at_organizations(self)
    }

    /// The values of it whose sharers are counted, sorted and distinct: each email, phone and house.
    pub fn marks(&self) -> Vec<i64> {
        let mut marks: Vec<i64> = self
            .emails
            .iter()
            .map(Mail::mark)
            .chain(self.phones.iter().map(Call::mark))
            .chain(self.places.iter().filter_map(Spot::mark))
            .collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// As one organization compares it: where else the contact works, and whether it signs in, is not that one's to know. What is compared
    /// without any organization is what everybody knows who sees the contact.
    #[must_use]
    pub fn as_seen_by(mut self, organization: Option<Uuid>) -> Self {
        self.organizations = self.organizations.into_iter().filter(|id| Some(*id) == organization).collect();
        self.has_login = false;
        self
    }

    pub(super) fn first_name(&self) -> &str {
        self.text.split('\n').next().unwrap_or_default()
    }

    pub(super) fn last_name(&self) -> &str {
        self.text.split_once('\n').map_or("", |(_, last)| last)
    }

    pub(super) fn title(&self) -> &str {
        self.work.split('\n').next().unwrap_or_default()
    }

    pub(super) fn department(&self) -> &str {
        self.work.split_once('\n').map_or("", |(_, department)| department)
    }
}
