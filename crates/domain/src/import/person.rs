//! A person as a row leaves them: what stays, what changes and what is added. It works in memory alone; who is meant, and what is
//! recorded of it, are others' matter.
//!
//! What a row leaves blank stays. Methods are added and made primary, never taken away; a value that nobody else holds is corrected,
//! one that others hold as well is left to them and another added. Nothing that binds (do-not-contact, an opt-out) is ever loosened.

use chrono::{DateTime, Utc};
use liaison_entity::values::{AddressType, ContactType};
use liaison_entity::{address, contact, email, phone};
use uuid::Uuid;

use super::row::{self, Named, Wanted};
use crate::link::OpenLink;
use crate::sheet;
use crate::{address as addresses, email as emails, phone as phones, text};

/// A method that a person holds.
#[derive(Clone, Debug)]
pub(crate) struct Has<M> {
    /// As it is to be.
    pub method: M,
    /// As it is; absent for one that is to be made.
    pub before: Option<M>,
    /// The open link; absent for one that is to be made.
    pub link: Option<OpenLink>,
    /// Whether it is to be the person's primary one, of its use for an address.
    pub is_primary: bool,
    pub sort_order: i32,
    /// What an address is used for.
    pub used_as: Option<AddressType>,
}

/// A role that a person has.
#[derive(Clone, Debug)]
pub(crate) struct HasRole {
    pub organization_id: Uuid,
    pub contact_type: ContactType,
    /// Absent for one that is to be given.
    pub link: Option<OpenLink>,
    pub is_primary: bool,
}

/// An id in another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HasExternalId {
    pub system: String,
    pub id: String,
    /// Whether it is to be noted.
    pub is_new: bool,
}

/// A person: as they are, and as they are to be.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub contact: contact::Model,
    /// Absent for one who is to be made.
    pub before: Option<contact::Model>,
    pub roles: Vec<HasRole>,
    pub emails: Vec<Has<email::Model>>,
    pub phones: Vec<Has<phone::Model>>,
    pub addresses: Vec<Has<address::Model>>,
    pub external_ids: Vec<HasExternalId>,
    /// Phones among them of which an opt-out is to be recorded.
    pub opted_out: Vec<Uuid>,
}

/// What a change in memory asks of the world around.
pub(crate) trait Around {
    /// Now.
    fn at(&self) -> DateTime<Utc>;
    /// Who does it.
    fn subject(&self) -> &str;
    /// Whose the methods are that are made.
    fn steward(&self) -> Uuid;
    /// A new id.
    fn new_id(&mut self) -> Uuid;
    /// Whether nobody and nothing else holds this method.
    fn is_sole(&mut self, method_id: Uuid) -> bool;
}

/// Takes what a row says of the person into account, roles and external ids aside.
pub(crate) fn take(person: &mut Person, wanted: &Wanted, around: &mut impl Around) -> Result<(), String> {
    take_fields(&mut person.contact, wanted, around);
    take_emails(person, wanted, around);
    take_phones(person, wanted, around)?;
    take_addresses(person, wanted, around)
}

fn take_fields(contact: &mut contact::Model, wanted: &Wanted, around: &impl Around) {
    let said = |field: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            field.clone_from(value);
        }
    };
    said(&mut contact.first_name, &wanted.first_name);
    said(&mut contact.last_name, &wanted.last_name);
    contact.title = wanted.title.clone().or_else(|| contact.title.take());
    contact.department = wanted.department.clone().or_else(|| contact.department.take());
    contact.preferred_contact_method = wanted.preferred_contact_method.or(contact.preferred_contact_method);
    contact.is_active = wanted.is_active.unwrap_or(contact.is_active);
    // Nobody is ever opted in: only the word that binds is taken.
    if wanted.do_not_contact == Some(true) && !contact.do_not_contact {
        contact.do_not_contact = true;
        contact.do_not_contact_since = Some(around.at());
        contact.do_not_contact_by = Some(around.subject().to_owned());
    }
}

/// What emails and phones have in common here.
trait Method: Clone {
    /// The facts of a new one.
    type Facts: Clone;
    fn id(&self) -> Uuid;
    fn key(&self) -> String;
    fn code(&self) -> Uuid;
    fn of(facts: Self::Facts, id: Uuid, at: DateTime<Utc>) -> Self;
    /// Whether its value may be put right where it stands.
    fn may_be_corrected(&self) -> bool;
    /// Puts the value of another into this one, and its code if that was said.
    fn correct(&mut self, to: &Self, is_coded: bool);
    /// Is known again as it was before.
    fn recall(&mut self, before: &Self);
}

impl Method for email::Model {
    type Facts = emails::Created;

    fn id(&self) -> Uuid {
        self.id
    }

    fn key(&self) -> String {
        self.normalized.clone()
    }

    fn code(&self) -> Uuid {
        self.email_code_id
    }

    fn of(facts: Self::Facts, id: Uuid, at: DateTime<Utc>) -> Self {
        facts.row(id, 1, at)
    }

    fn may_be_corrected(&self) -> bool {
        true
    }

    fn correct(&mut self, to: &Self, is_coded: bool) {
        if self.normalized != to.normalized {
            self.address.clone_from(&to.address);
            self.normalized.clone_from(&to.normalized);
            self.verification_state = to.verification_state;
            self.verification_changed_at = None;
        }
        if is_coded {
            self.email_code_id = to.email_code_id;
        }
    }

    fn recall(&mut self, before: &Self) {
        self.verification_state = before.verification_state;
        self.verification_changed_at = before.verification_changed_at;
    }
}

impl Method for phone::Model {
    type Facts = phones::Created;

    fn id(&self) -> Uuid {
        self.id
    }

    fn key(&self) -> String {
        text::phone_match_key(self.e164.as_deref(), &self.number, self.extension.as_deref())
    }

    fn code(&self) -> Uuid {
        self.phone_code_id
    }

    fn of(facts: Self::Facts, id: Uuid, at: DateTime<Utc>) -> Self {
        facts.row(id, 1, at)
    }

    /// A number that said STOP stays where that can be seen.
    fn may_be_corrected(&self) -> bool {
        !self.is_sms_opted_out
    }

    fn correct(&mut self, to: &Self, is_coded: bool) {
        if self.key() != to.key() {
            self.number.clone_from(&to.number);
            self.e164.clone_from(&to.e164);
            self.extension.clone_from(&to.extension);
            self.verification_state = to.verification_state;
            self.verification_changed_at = None;
        }
        if is_coded {
            self.phone_code_id = to.phone_code_id;
        }
    }

    fn recall(&mut self, before: &Self) {
        self.verification_state = before.verification_state;
        self.verification_changed_at = before.verification_changed_at;
    }
}

fn add<M>(held: &mut Vec<Has<M>>, method: M, is_primary: bool, used_as: Option<AddressType>) {
    if is_primary {
        demote(held, used_as);
    }
    let sort_order = held.iter().map(|one| one.sort_order.saturating_add(1)).max().unwrap_or_default();
    held.push(Has { method, before: None, link: None, is_primary, sort_order, used_as });
}

fn demote<M>(held: &mut [Has<M>], used_as: Option<AddressType>) {
    for one in held.iter_mut().filter(|one| one.used_as == used_as) {
        one.is_primary = false;
    }
}

/// The one that a file tells of first: the primary one, or else the first.
fn first<M>(held: &[Has<M>]) -> Option<usize> {
    held.iter().position(|one| one.is_primary).or(if held.is_empty() { None } else { Some(0) })
}

/// The same among those of one use.
fn first_of<M>(held: &[Has<M>], used_as: AddressType) -> Option<usize> {
    let is_of = |one: &Has<M>| one.used_as == Some(used_as);
    held.iter().position(|one| is_of(one) && one.is_primary).or_else(|| held.iter().position(is_of))
}

fn promote<M>(held: &mut [Has<M>], at: usize) {
    if first(held) != Some(at) {
        demote(held, held[at].used_as);
        held[at].is_primary = true;
    }
}

/// The first method of its sort that a row names.
fn take_first<M: Method>(held: &mut Vec<Has<M>>, named: &Named<M::Facts>, around: &mut impl Around) {
    let wanted = M::of(named.facts.clone(), around.new_id(), around.at());
    let is_alike = |one: &Has<M>| one.method.key() == wanted.key();
    let is_same = |one: &Has<M>| is_alike(one) && (!named.is_coded || one.method.code() == wanted.code());
    if let Some(at) = held.iter().position(is_same) {
        return promote(held, at);
    }
    let at = held.iter().position(is_alike).or_else(|| first(held));
    match at {
        Some(at) if held[at].method.may_be_corrected() && is_ours(&held[at], around) => {
            held[at].method.correct(&wanted, named.is_coded);
            let has = &mut held[at];
            if let Some(before) = has.before.as_ref().filter(|before| before.key() == has.method.key()) {
                // There and back again is where it was.
                has.method.recall(before);
            }
            promote(held, at);
        }
        _ => add(held, wanted, true, None),
    }
}

/// Whether a method is this person's alone.
fn is_ours<M: Method>(has: &Has<M>, around: &mut impl Around) -> bool {
    // What the same file has just made was said by another row: both are right.
    has.before.is_some() && around.is_sole(has.method.id())
}

/// The others that a row names: what is not there is added.
fn take_others<M: Method>(held: &mut Vec<Has<M>>, named: &[Named<M::Facts>], around: &mut impl Around) {
    for one in named {
        let wanted = M::of(one.facts.clone(), around.new_id(), around.at());
        let is_same =
            |has: &Has<M>| has.method.key() == wanted.key() && (!one.is_coded || has.method.code() == wanted.code());
        if !held.iter().any(is_same) {
            let is_primary = held.is_empty();
            add(held, wanted, is_primary, None);
        }
    }
}

fn take_emails(person: &mut Person, wanted: &Wanted, around: &mut impl Around) {
    if let Some(named) = &wanted.email {
        take_first(&mut person.emails, named, around);
    }
    take_others(&mut person.emails, &wanted.other_emails, around);
}

fn take_phones(person: &mut Person, wanted: &Wanted, around: &mut impl Around) -> Result<(), String> {
    // First: a number that said STOP is not corrected into another.
    for number in &wanted.opted_out {
        opt_out(person, number);
    }
    if let Some(named) = &wanted.phone {
        take_first(&mut person.phones, named, around);
    }
    take_others(&mut person.phones, &wanted.other_phones, around);
    for number in &wanted.opted_out {
        if !opt_out(person, number) {
            return Err(format!(
                "sms_opted_out names {number}, which is none of their phones: name it under phone or other_phones too"
            ));
        }
    }
    Ok(())
}

/// Takes the word of a number, if the person has it.
fn opt_out(person: &mut Person, number: &str) -> bool {
    let with_it = |has: &&Has<phone::Model>| has.method.e164.as_deref() == Some(number);
    if person.phones.iter().filter(with_it).any(|has| has.method.is_sms_opted_out) {
        return true;
    }
    let Some(has) = person.phones.iter_mut().find(|has| has.method.e164.as_deref() == Some(number)) else {
        return false;
    };
    has.method.is_sms_opted_out = true;
    person.opted_out.push(has.method.id);
    true
}

/// An address as it is compared: folded, with what it is used for.
fn place(of: &address::Model, used_as: Option<AddressType>) -> (Option<AddressType>, [String; 7]) {
    let part = |text: Option<&str>| text::folded(text.unwrap_or_default());
    let parts = [
        part(of.label.as_deref()),
        part(Some(&of.street1)),
        part(of.street2.as_deref()),
        part(Some(&of.city)),
        part(of.state.as_deref()),
        part(of.postal_code.as_deref()),
        of.country.clone(),
    ];
    (used_as, parts)
}

/// What a row says of an address, over what is known of one.
fn over(said: &sheet::Address, known: Option<&address::Model>, address_type: AddressType) -> sheet::Address {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let known = known.map_or_else(sheet::Address::default, |known| sheet::Address {
        address_type: Some(known.address_type),
        label: text(&known.label),
        street1: known.street1.clone(),
        street2: text(&known.street2),
        city: known.city.clone(),
        state: text(&known.state),
        postal_code: text(&known.postal_code),
        country: known.country.clone(),
    });
    let part = |said: &String, known: String| if said.is_empty() { known } else { said.clone() };
    sheet::Address {
        address_type: Some(address_type),
        label: part(&said.label, known.label),
        street1: part(&said.street1, known.street1),
        street2: part(&said.street2, known.street2),
        city: part(&said.city, known.city),
        state: part(&said.state, known.state),
        postal_code: part(&said.postal_code, known.postal_code),
        country: part(&said.country, known.country),
    }
}

fn take_addresses(person: &mut Person, wanted: &Wanted, around: &mut impl Around) -> Result<(), String> {
    let steward = around.steward();
    if let Some(said) = &wanted.address {
        let held = &mut person.addresses;
        // A row that does not say what the address is used for means the first.
        let at = said.address_type.map_or_else(|| first(held), |used_as| first_of(held, used_as));
        let used_as = said.address_type.or_else(|| held.get(at?)?.used_as).unwrap_or(AddressType::Physical);
        // A whole address that they have already is that one.
        let whole = sheet::Address { address_type: Some(used_as), ..said.clone() };
        let same = addresses::Created::of(&row::details(&whole, used_as), steward).ok().and_then(|facts| {
            let whole = facts.row(Uuid::nil(), 1, around.at());
            let mut whole = place(&whole, Some(used_as));
            held.iter().position(|one| {
                let mut has = place(&one.method, one.used_as);
                if said.label.is_empty() {
                    has.1[0].clear();
                    whole.1[0].clear();
                }
                if said.country.is_empty() {
                    has.1[6].clear();
                    whole.1[6].clear();
                }
                has == whole
            })
        });
        match (same, at) {
            (Some(same), _) => {
                if first_of(held, used_as) != Some(same) {
                    demote(held, Some(used_as));
                    held[same].is_primary = true;
                }
            }
            (None, at) => {
                let target = over(said, at.map(|at| &held[at].method), used_as);
                // What it is made for stays; what this person uses it for is the link's.
                let made_for = at.map_or(used_as, |at| held[at].method.address_type);
                let details = row::details(&target, made_for);
                let facts = addresses::Created::of(&details, steward).map_err(|refusal| refusal.message)?;
                let target = facts.row(around.new_id(), 1, around.at());
                match at {
                    Some(at) if place(&held[at].method, None) == place(&target, None) => {}
                    Some(at) if held[at].before.is_none() || around.is_sole(held[at].method.id) => {
                        let method = &held[at].method;
                        let address::Model { label, street1, street2, city, state, postal_code, country, .. } = target;
                        held[at].method = address::Model {
                            label,
                            street1,
                            street2,
                            city,
                            state,
                            postal_code,
                            country,
                            ..method.clone()
                        };
                    }
                    _ => add(held, target, true, Some(used_as)),
                }
            }
        }
    }
    for (used_as, facts) in &wanted.other_addresses {
        let other = facts.clone().row(around.new_id(), 1, around.at());
        let wanted = place(&other, Some(*used_as));
        if !person.addresses.iter().any(|one| place(&one.method, one.used_as) == wanted) {
            let is_primary = !person.addresses.iter().any(|one| one.used_as == Some(*used_as));
            add(&mut person.addresses, other, is_primary, Some(*used_as));
        }
    }
    Ok(())
}

impl Person {
    /// Somebody who is to be made.
    pub fn new(contact: contact::Model) -> Self {
        Self {
            contact,
            before: None,
            roles: Vec::new(),
            emails: Vec::new(),
            phones: Vec::new(),
            addresses: Vec::new(),
            external_ids: Vec::new(),
            opted_out: Vec::new(),
        }
    }

    /// Whether what only whoever may edit them changes is the same.
    pub fn is_edited_as(&self, other: &Self) -> bool {
        self.contact == other.contact
            && are_alike(&self.emails, &other.emails)
            && are_alike(&self.phones, &other.phones)
            && are_alike(&self.addresses, &other.addresses)
    }

    /// Whether all of it is the same.
    pub fn is_as(&self, other: &Self) -> bool {
        let roles = |of: &Self| of.roles.iter().map(|role| role.is_primary).collect::<Vec<_>>();
        self.is_edited_as(other) && roles(self) == roles(other) && self.external_ids == other.external_ids
    }

    /// Whether they are as the directory has them.
    pub fn is_changed(&self) -> bool {
        let is_other = |role: &HasRole| role.link.as_ref().is_none_or(|link| link.is_primary != role.is_primary);
        self.before.as_ref() != Some(&self.contact)
            || self.emails.iter().any(Has::is_changed)
            || self.phones.iter().any(Has::is_changed)
            || self.addresses.iter().any(Has::is_changed)
            || self.roles.iter().any(is_other)
            || self.external_ids.iter().any(|id| id.is_new)
    }
}

impl<M: PartialEq> Has<M> {
    fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.method)
            || self.link.as_ref().is_none_or(|link| link.is_primary != self.is_primary)
    }

    /// Whether the method itself, which was there, is to be another.
    pub fn is_corrected(&self) -> bool {
        self.before.as_ref().is_some_and(|before| *before != self.method)
    }
}

fn are_alike<M: PartialEq>(one: &[Has<M>], other: &[Has<M>]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.method == other.method && one.is_primary == other.is_primary)
}
