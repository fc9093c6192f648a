//! What a dry run shows of a person before and after a row: the cells that differ, as a file would write them. It decides nothing.

use std::collections::HashMap;

use liaison_entity::{email, phone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::person::{Has, Person};
use crate::sheet::{self, CodedEmail, CodedPhone, Column, ExternalId, HeldRole};
use crate::{email as emails, phone as phones};

/// A column that a row changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellChange {
    /// Our name of the column.
    pub column: String,
    /// What it was; blank where nothing was.
    pub old: String,
    /// What it is to be.
    pub new: String,
}

/// How things are called in cells.
pub(crate) struct Naming<'a> {
    pub emails: &'a emails::Setting,
    pub phones: &'a phones::Setting,
    /// Subdomains by id.
    pub organizations: HashMap<Uuid, String>,
}

/// What differs; everything that is not blank for somebody new.
pub(crate) fn changes(before: Option<&Person>, after: &Person, naming: &Naming<'_>) -> Vec<CellChange> {
    let old = before.map_or_else(sheet::Row::default, |person| row(person, naming));
    let new = row(after, naming);
    let changed = Column::WRITTEN.into_iter().map(|column| (column, old.text(column), new.text(column)));
    let changed = changed.filter(|(_, old, new)| old != new);
    changed.map(|(column, old, new)| CellChange { column: column.name().to_owned(), old, new }).collect()
}

fn first<M>(held: &[Has<M>]) -> impl Iterator<Item = &Has<M>> {
    let first = held.iter().position(|has| has.is_primary).unwrap_or_default();
    let others = held.iter().enumerate().filter(move |(at, _)| *at != first).map(|(_, has)| has);
    held.get(first).into_iter().chain(others)
}

fn row(person: &Person, naming: &Naming<'_>) -> sheet::Row {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let contact = &person.contact;
    let email = |has: &Has<email::Model>| CodedEmail {
        code: naming.emails.code_name(has.method.email_code_id).to_owned(),
        address: has.method.address.clone(),
    };
    let phone = |has: &Has<phone::Model>| CodedPhone {
        code: naming.phones.code_name(has.method.phone_code_id).to_owned(),
        number: has.method.e164.clone().unwrap_or_else(|| has.method.number.clone()),
        extension: text(&has.method.extension),
    };
    let mut emails = first(&person.emails).map(email);
    let mut phones = first(&person.phones).map(phone);
    let mut addresses = first(&person.addresses).map(|has| sheet::Address {
        address_type: has.used_as,
        label: text(&has.method.label),
        street1: has.method.street1.clone(),
        street2: text(&has.method.street2),
        city: has.method.city.clone(),
        state: text(&has.method.state),
        postal_code: text(&has.method.postal_code),
        country: has.method.country.clone(),
    });
    let role = |role: &super::person::HasRole| HeldRole {
        organization: naming.organizations.get(&role.organization_id).cloned().unwrap_or_default(),
        contact_type: role.contact_type,
        is_primary: role.is_primary,
    };
    let opted_out = person.phones.iter().filter(|has| has.method.is_sms_opted_out);
    sheet::Row {
        first_name: contact.first_name.clone(),
        last_name: contact.last_name.clone(),
        title: text(&contact.title),
        department: text(&contact.department),
        preferred_contact_method: contact.preferred_contact_method,
        is_active: Some(contact.is_active),
        do_not_contact: Some(contact.do_not_contact),
        roles: person.roles.iter().map(role).collect(),
        email: emails.next().unwrap_or_default(),
        other_emails: emails.collect(),
        phone: phones.next().unwrap_or_default(),
        other_phones: phones.collect(),
        sms_opted_out: opted_out.filter_map(|has| has.method.e164.clone()).collect(),
        address: addresses.next().unwrap_or_default(),
        other_addresses: addresses.collect(),
        external_ids: person
            .external_ids
            .iter()
            .map(|has| ExternalId { system: has.system.clone(), id: has.id.clone() })
            .collect(),
        ..sheet::Row::default()
    }
}
