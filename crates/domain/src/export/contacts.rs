//! The directory as a file: exactly the rows of the list, in its order, a page at a time. It decides no right: the reader's scope does.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use liaison_entity::{
    address, contact, contact_address, contact_email, contact_external_id, contact_phone, email, email_code,
    organization, organization_contact, phone, phone_code,
};
use uuid::Uuid;

use super::{PAGE, links};
use crate::failure::Fault;
use crate::reading::{self, ContactQuery, Cursor, LinkedNode, ListError, Page, Side};
use crate::session::Reader;
use crate::sheet::{Address, CodedEmail, CodedPhone, Column, ExternalId, HeldRole, Row};

type Linked<J, N> = HashMap<Uuid, Vec<LinkedNode<J, N>>>;

pub(super) fn header() -> Vec<&'static str> {
    Column::WRITTEN.map(Column::name).to_vec()
}

/// A walk through the directory.
pub struct Contacts {
    query: ContactQuery,
    after: Option<Cursor>,
    is_done: bool,
    codes: Codes,
}

/// The names of the codes that were met.
#[derive(Default)]
struct Codes {
    phones: HashMap<Uuid, String>,
    emails: HashMap<Uuid, String>,
}

impl Codes {
    async fn meet(
        &mut self,
        reader: &Reader,
        phones: impl Iterator<Item = Uuid>,
        emails: impl Iterator<Item = Uuid>,
    ) -> Result<(), Fault> {
        let new = unknown(phones, &self.phones);
        if !new.is_empty() {
            let codes = reading::nodes::<phone_code::Entity>(reader, new).await?;
            self.phones.extend(codes.into_iter().map(|(id, code)| (id, code.code)));
        }
        let new = unknown(emails, &self.emails);
        if !new.is_empty() {
            let codes = reading::nodes::<email_code::Entity>(reader, new).await?;
            self.emails.extend(codes.into_iter().map(|(id, code)| (id, code.code)));
        }
        Ok(())
    }
}

fn unknown(ids: impl Iterator<Item = Uuid>, known: &HashMap<Uuid, String>) -> Vec<Uuid> {
    let mut unknown: Vec<Uuid> = ids.filter(|id| !known.contains_key(id)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown
}

/// What stands around a page of contacts.
struct Around {
    roles: Linked<organization_contact::Entity, organization::Entity>,
    phones: Linked<contact_phone::Entity, phone::Entity>,
    emails: Linked<contact_email::Entity, email::Entity>,
    addresses: Linked<contact_address::Entity, address::Entity>,
    owners: HashMap<Uuid, organization::Model>,
    external_ids: HashMap<Uuid, Vec<contact_external_id::Model>>,
}

impl Around {
    async fn of(reader: &Reader, contacts: &[contact::Model]) -> Result<Self, Fault> {
        let ids: Vec<Uuid> = contacts.iter().map(|contact| contact.id).collect();
        let mut owners: Vec<Uuid> = contacts.iter().map(|contact| contact.owner_organization_id).collect();
        owners.sort_unstable();
        owners.dedup();
        // Also whoever sees everybody's takes only their own organization's along: it is whose they are when the file comes back.
        let own = reader.viewer().organization_id();
        let mut external_ids = reading::external_ids(reader, ids.clone()).await?;
        external_ids.values_mut().for_each(|of| of.retain(|one| one.organization_id == own));
        Ok(Self {
            external_ids,
            roles: links::all(reader, Side::Uphill, ids.clone()).await?,
            phones: links::all(reader, Side::Downhill, ids.clone()).await?,
            emails: links::all(reader, Side::Downhill, ids.clone()).await?,
            addresses: links::all(reader, Side::Downhill, ids).await?,
            owners: reading::nodes::<organization::Entity>(reader, owners).await?,
        })
    }
}

impl Contacts {
    /// The list that the query means.
    pub fn of(query: ContactQuery) -> Self {
        Self { query, after: None, is_done: false, codes: Codes::default() }
    }

    pub(super) async fn next(&mut self, reader: &Reader) -> Result<Option<Vec<Vec<String>>>, Fault> {
        let rows = self.rows(reader).await?;
        Ok(rows.map(|rows| rows.iter().map(|row| row.cells().to_vec()).collect()))
    }

    /// The next rows; `None` when there are no more.
    pub async fn rows(&mut self, reader: &Reader) -> Result<Option<Vec<Row>>, Fault> {
        if self.is_done {
            return Ok(None);
        }
        let page = Page { after: self.after.take(), ..Page::first(PAGE) };
        let slice = reading::contacts(reader, &self.query, &page).await.map_err(ListError::ours)?;
        self.is_done = !slice.has_next;
        self.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        let contacts: Vec<contact::Model> = slice.rows.into_iter().map(|(_, contact)| contact).collect();
        if contacts.is_empty() {
            return Ok(None);
        }
        let around = Around::of(reader, &contacts).await?;
        let phones = around.phones.values().flatten().map(|linked| linked.node.phone_code_id);
        let emails = around.emails.values().flatten().map(|linked| linked.node.email_code_id);
        self.codes.meet(reader, phones, emails).await?;
        Ok(Some(contacts.into_iter().map(|contact| row(contact, &around, &self.codes)).collect()))
    }
}

fn row(contact: contact::Model, around: &Around, codes: &Codes) -> Row {
    let mut roles: Vec<HeldRole> = Vec::new();
    let mut linked_at: Option<DateTime<Utc>> = None;
    for LinkedNode { link, node } in around.roles.get(&contact.id).into_iter().flatten() {
        let organization = node.subdomain.clone();
        roles.push(HeldRole { organization, contact_type: link.contact_type, is_primary: link.is_primary });
        linked_at = Some(linked_at.map_or(link.linked_at, |oldest| oldest.min(link.linked_at)));
    }
    roles.sort_by(|one, other| (&one.organization, one.contact_type).cmp(&(&other.organization, other.contact_type)));
    let phones = around.phones.get(&contact.id).into_iter().flatten();
    let sms_opted_out = phones.clone().filter(|linked| linked.node.is_sms_opted_out);
    let sms_opted_out = sms_opted_out.map(|linked| number(&linked.node)).collect();
    let mut phones = phones.map(|linked| CodedPhone {
        code: codes.phones.get(&linked.node.phone_code_id).cloned().unwrap_or_default(),
        number: number(&linked.node),
        extension: linked.node.extension.clone().unwrap_or_default(),
    });
    let emails = around.emails.get(&contact.id).into_iter().flatten();
    let mut emails = emails.map(|linked| CodedEmail {
        code: codes.emails.get(&linked.node.email_code_id).cloned().unwrap_or_default(),
        address: linked.node.address.clone(),
    });
    let mut addresses = around.addresses.get(&contact.id).into_iter().flatten().map(held_address);
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    Row {
        id: Some(contact.id),
        first_name: contact.first_name,
        last_name: contact.last_name,
        title: contact.title.unwrap_or_default(),
        department: contact.department.unwrap_or_default(),
        preferred_contact_method: contact.preferred_contact_method,
        is_active: Some(contact.is_active),
        do_not_contact: Some(contact.do_not_contact),
        owner: around.owners.get(&contact.owner_organization_id).map_or_else(String::new, |o| o.subdomain.clone()),
        roles,
        email: emails.next().unwrap_or_default(),
        other_emails: emails.collect(),
        phone: phones.next().unwrap_or_default(),
        other_phones: phones.collect(),
        sms_opted_out,
        address: addresses.next().unwrap_or_default(),
        other_addresses: addresses.collect(),
        linked_at: linked_at.map_or_else(String::new, instant),
        updated_at: instant(contact.updated_at),
        external_ids: around
            .external_ids
            .get(&contact.id)
            .into_iter()
            .flatten()
            .map(|of| ExternalId { system: of.source_system.clone(), id: of.external_id.clone() })
            .collect(),
        external_id: String::new(),
    }
}

fn number(phone: &phone::Model) -> String {
    phone.e164.clone().unwrap_or_else(|| phone.number.clone())
}

fn held_address(linked: &LinkedNode<contact_address::Entity, address::Entity>) -> Address {
    let node = linked.node.clone();
    Address {
        // What the person uses it for, which may differ from what it is.
        address_type: Some(linked.link.address_type),
        label: node.label.unwrap_or_default(),
        street1: node.street1,
        street2: node.street2.unwrap_or_default(),
        city: node.city,
        state: node.state.unwrap_or_default(),
        postal_code: node.postal_code.unwrap_or_default(),
        country: node.country,
    }
}
