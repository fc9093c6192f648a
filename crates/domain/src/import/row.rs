//! What one row says, read as people type it: every cell checked, nothing looked up but codes. It decides nothing.

use liaison_entity::values::{AddressType, ContactMethod};
use uuid::Uuid;

use super::columns::Columns;
use super::file::Record;
use crate::failure::{Refusal, RefusalCode};
use crate::sheet::{self, CodedEmail, CodedPhone, Column, HeldRole};
use crate::{address, contact, email, phone, text};

/// The most of each that a row says of one person, as a mutation does.
const MOST: usize = 50;

/// Why a row did not come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The column as the file calls it, if it is about one.
    pub column: Option<String>,
    /// The code as clients read it.
    pub code: RefusalCode,
    /// What would be right.
    pub message: String,
}

/// An email address or phone that a row names.
#[derive(Clone, Debug)]
pub(crate) struct Named<Facts> {
    pub facts: Facts,
    /// Whether the row says under which code.
    pub is_coded: bool,
}

/// A row, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub id: Option<Uuid>,
    /// System and id.
    pub external_ids: Vec<(String, String)>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub title: Option<String>,
    pub department: Option<String>,
    pub preferred_contact_method: Option<ContactMethod>,
    pub is_active: Option<bool>,
    pub do_not_contact: Option<bool>,
    pub owner: Option<String>,
    pub roles: Vec<HeldRole>,
    pub email: Option<Named<email::Created>>,
    pub other_emails: Vec<Named<email::Created>>,
    pub phone: Option<Named<phone::Created>>,
    pub other_phones: Vec<Named<phone::Created>>,
    /// E.164.
    pub opted_out: Vec<String>,
    /// Parts that are blank stay as they are.
    pub address: Option<sheet::Address>,
    pub other_addresses: Vec<(AddressType, address::Created)>,
}

/// What reading rows needs to know of the directory.
pub(crate) struct Setting<'a> {
    pub columns: &'a Columns,
    pub source_system: Option<&'a str>,
    pub emails: &'a email::Setting,
    pub phones: &'a phone::Setting,
    pub steward: Uuid,
}

struct Reading<'a> {
    setting: &'a Setting<'a>,
    errors: Vec<RowError>,
}

/// Whether a row says nothing at all.
pub(crate) fn is_blank(record: &Record) -> bool {
    record.flaw.is_none() && record.cells.iter().all(|cell| cell.trim().is_empty())
}

impl Wanted {
    /// Reads a row, or tells everything that is wrong with it.
    pub fn read(record: &Record, setting: &Setting<'_>) -> Result<Self, Vec<RowError>> {
        if let Some(flaw) = &record.flaw {
            return Err(vec![RowError { column: None, code: RefusalCode::Invalid, message: flaw.clone() }]);
        }
        let columns = setting.columns;
        let row = sheet::Row::of_cells(|column| columns.cell(&record.cells, column)).map_err(|bad| {
            let error = |bad: sheet::BadCell| RowError {
                column: Some(columns.name(bad.column).to_owned()),
                code: RefusalCode::Invalid,
                message: bad.message,
            };
            bad.into_iter().map(error).collect::<Vec<_>>()
        })?;
        let mut reading = Reading { setting, errors: Vec::new() };
        let wanted = reading.wanted(row);
        if reading.errors.is_empty() { Ok(wanted) } else { Err(reading.errors) }
    }
}

impl Reading<'_> {
    fn refuse(&mut self, column: Column, refusal: Refusal) {
        let column = Some(self.setting.columns.name(column).to_owned());
        self.errors.push(RowError { column, code: refusal.code, message: refusal.message });
    }

    fn keep<T>(&mut self, column: Column, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.refuse(column, refusal)).ok()
    }

    /// A list that is not too long for one person.
    fn few<T>(&mut self, column: Column, list: Vec<T>) -> Vec<T> {
        if list.len() <= MOST {
            return list;
        }
        let why = format!("a row may name at most {MOST} of them; it names {}", list.len());
        self.refuse(column, Refusal::invalid("", why));
        Vec::new()
    }

    fn line(&mut self, column: Column, value: &str) -> Option<String> {
        let name = self.setting.columns.name(column).to_owned();
        self.keep(column, text::optional_line(&name, Some(value), text::LINE)).flatten()
    }

    fn wanted(&mut self, row: sheet::Row) -> Wanted {
        let mut wanted = Wanted {
            id: row.id,
            first_name: self.line(Column::FirstName, &row.first_name),
            last_name: self.line(Column::LastName, &row.last_name),
            title: self.line(Column::Title, &row.title),
            department: self.line(Column::Department, &row.department),
            preferred_contact_method: row.preferred_contact_method,
            is_active: row.is_active,
            do_not_contact: row.do_not_contact,
            owner: self.line(Column::Owner, &row.owner).map(|owner| owner.to_lowercase()),
            roles: self.few(Column::Roles, row.roles),
            ..Wanted::default()
        };
        let external_ids = self.few(Column::ExternalIds, row.external_ids);
        self.external_ids(&row.external_id, &external_ids, &mut wanted);
        if !row.email.address.is_empty() {
            wanted.email = self.email(Column::Email, &row.email);
        }
        wanted.other_emails = self
            .few(Column::OtherEmails, row.other_emails)
            .iter()
            .filter_map(|other| self.email(Column::OtherEmails, other))
            .collect();
        if !row.phone.number.is_empty() {
            wanted.phone = self.phone(Column::Phone, &row.phone);
        } else if !row.phone.extension.is_empty() {
            self.refuse(
                Column::PhoneExtension,
                Refusal::invalid("", "an extension needs the phone that it belongs to"),
            );
        }
        wanted.other_phones = self
            .few(Column::OtherPhones, row.other_phones)
            .iter()
            .filter_map(|other| self.phone(Column::OtherPhones, other))
            .collect();
        for number in &self.few(Column::SmsOptedOut, row.sms_opted_out) {
            match self.setting.phones.e164(number) {
                Some(e164) => wanted.opted_out.push(e164),
                None => {
                    let why = format!("{number:?} is not a number such as +16175550100");
                    self.refuse(Column::SmsOptedOut, Refusal::invalid("", why));
                }
            }
        }
        let other_addresses = self.few(Column::OtherAddresses, row.other_addresses);
        self.addresses(row.address, other_addresses, &mut wanted);
        wanted
    }

    fn external_ids(&mut self, plain: &str, coded: &[sheet::ExternalId], wanted: &mut Wanted) {
        if !plain.is_empty() {
            match self.setting.source_system {
                Some(system) => {
                    let id = self.keep(Column::ExternalId, contact::external_id(plain));
                    wanted.external_ids.extend(id.map(|id| (system.to_owned(), id)));
                }
                None => {
                    let why = "say with sourceSystem whose ids these are";
                    self.refuse(Column::ExternalId, Refusal::invalid("", why));
                }
            }
        }
        for sheet::ExternalId { system, id } in coded {
            let system = self.keep(Column::ExternalIds, contact::source_system(system));
            let id = self.keep(Column::ExternalIds, contact::external_id(id));
            wanted.external_ids.extend(system.zip(id));
        }
        let mut seen = std::collections::BTreeSet::new();
        wanted.external_ids.retain(|named| seen.insert(named.clone()));
    }

    fn email(&mut self, column: Column, named: &CodedEmail) -> Option<Named<email::Created>> {
        let is_coded = !named.code.is_empty();
        let details = email::Details {
            id: None,
            address: named.address.clone(),
            code: is_coded.then(|| named.code.to_lowercase()),
            label: None,
            is_notification_enabled: None,
        };
        let facts = self.setting.emails.facts(&details);
        let column = self.code_or(&facts, column, Column::EmailCode);
        Some(Named { facts: self.keep(column, facts)?, is_coded })
    }

    fn phone(&mut self, column: Column, named: &CodedPhone) -> Option<Named<phone::Created>> {
        let is_coded = !named.code.is_empty();
        let details = phone::Details {
            id: None,
            number: named.number.clone(),
            extension: Some(named.extension.clone()).filter(|extension| !extension.is_empty()),
            code: is_coded.then(|| named.code.to_lowercase()),
            label: None,
            is_sms_capable: None,
        };
        let facts = self.setting.phones.facts(&details);
        let column = self.code_or(&facts, column, Column::PhoneCode);
        Some(Named { facts: self.keep(column, facts)?, is_coded })
    }

    /// The column that a refusal is about: of a list it is the list, of a single method it may be that of its code or extension.
    fn code_or<T>(&self, read: &Result<T, Refusal>, column: Column, of_code: Column) -> Column {
        let field = read.as_ref().err().and_then(|refusal| refusal.field.first()).map(String::as_str);
        match (field, column) {
            (Some("code"), Column::Email | Column::Phone) => of_code,
            (Some("extension"), Column::Phone) => Column::PhoneExtension,
            _ => column,
        }
    }

    fn addresses(&mut self, first: sheet::Address, others: Vec<sheet::Address>, wanted: &mut Wanted) {
        // A use or a label alone says of no address that somebody is found there.
        let says_where = |address: &sheet::Address| {
            let sheet::Address { street1, street2, city, state, postal_code, .. } = address;
            [street1, street2, city, state, postal_code].into_iter().any(|part| !part.is_empty())
        };
        if says_where(&first) || !first.label.is_empty() || !first.country.is_empty() {
            let mut checked = first.clone();
            for (column, part) in [
                (Column::AddressLabel, &mut checked.label),
                (Column::Street1, &mut checked.street1),
                (Column::Street2, &mut checked.street2),
                (Column::City, &mut checked.city),
                (Column::State, &mut checked.state),
            ] {
                *part = self.line(column, part).unwrap_or_default();
            }
            let postal_code = text::optional_line("postal_code", Some(&checked.postal_code), address::POSTAL_CODE);
            checked.postal_code = self.keep(Column::PostalCode, postal_code).flatten().unwrap_or_default();
            if !checked.country.is_empty() {
                checked.country =
                    self.keep(Column::Country, text::country("country", &checked.country)).unwrap_or_default();
            }
            wanted.address = Some(checked);
        }
        for other in others {
            let address_type = other.address_type.unwrap_or(AddressType::Physical);
            let facts = address::Created::of(&details(&other, address_type), self.setting.steward);
            if let Some(facts) = self.keep(Column::OtherAddresses, facts) {
                wanted.other_addresses.push((address_type, facts));
            }
        }
    }
}

/// An address of the file as the details of a new one.
pub(crate) fn details(of: &sheet::Address, address_type: AddressType) -> address::Details {
    let part = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    address::Details {
        id: None,
        label: part(&of.label),
        address_type,
        street1: of.street1.clone(),
        street2: part(&of.street2),
        city: of.city.clone(),
        state: part(&of.state),
        postal_code: part(&of.postal_code),
        country: part(&of.country),
    }
}
