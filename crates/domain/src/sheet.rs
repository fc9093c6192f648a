//! A contact as a row of a file: its columns in their order, and its cells both ways, so that what is exported imports back.
//! It makes and reads strings only: what a file's bytes are, whose rows stand in it and what a cell then does are others' matter.

pub mod cell;
mod list;

use liaison_entity::values::{AddressType, ContactMethod, ContactType};
use sea_orm::ActiveEnum;
use uuid::Uuid;

pub use list::of_external_ids as list_of_external_ids;
pub use list::{Address, BadList, CodedEmail, CodedPhone, ExternalId, HeldRole};
pub(crate) use list::{of_phones as list_of_phones, of_texts as list_of_texts};

/// A column of the file of contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The contact's id.
    Id,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Position.
    Title,
    /// Department.
    Department,
    /// `email`, `phone` or `sms`.
    PreferredContactMethod,
    /// `true` or `false`.
    IsActive,
    /// `true` or `false`.
    DoNotContact,
    /// The subdomain of the organization that stewards the contact, where it is in the viewer's sight.
    Owner,
    /// The open roles that the viewer sees: `acme:billing*; acme:emergency`, with a star on primary ones.
    Roles,
    /// The primary email address, or else the first.
    Email,
    /// Its code.
    EmailCode,
    /// The others: `personal:jane@example.com; billing:b@example.com`.
    OtherEmails,
    /// The primary phone, or else the first: E.164 where the number is one.
    Phone,
    /// Its extension.
    PhoneExtension,
    /// Its code.
    PhoneCode,
    /// The others: `office:+16175550100 x204; fax:+16175550199`.
    OtherPhones,
    /// Those of the numbers that said STOP: no text message may go to them.
    SmsOptedOut,
    /// What the primary address is called.
    AddressLabel,
    /// What the person uses it for.
    AddressType,
    /// Street and number.
    Street1,
    /// What else stands on the envelope.
    Street2,
    /// City.
    City,
    /// State, province or region.
    State,
    /// Postal code.
    PostalCode,
    /// Two letters.
    Country,
    /// The other addresses: `billing:Office|1 Main St||Boston|MA|02101|US`.
    OtherAddresses,
    /// Since when the oldest of the open roles stands.
    LinkedAt,
    /// When the contact last changed.
    UpdatedAt,
    /// What other systems of the viewer's organization call the contact: `school:4711; sis:12`.
    ExternalIds,
    /// For files that come in: what one system calls the contact, which is named beside the file.
    ExternalId,
}

/// How many columns there are.
pub const WIDTH: usize = Column::WRITTEN.len();

impl Column {
    /// Every column that a file may have.
    pub const ALL: [Self; 31] = {
        let mut all = [Self::ExternalId; 31];
        let mut at = 0;
        while at < Self::WRITTEN.len() {
            all[at] = Self::WRITTEN[at];
            at += 1;
        }
        all
    };

    /// Every column that is written, in the order of the file.
    pub const WRITTEN: [Self; 30] = [
        Self::Id,
        Self::FirstName,
        Self::LastName,
        Self::Title,
        Self::Department,
        Self::PreferredContactMethod,
        Self::IsActive,
        Self::DoNotContact,
        Self::Owner,
        Self::Roles,
        Self::Email,
        Self::EmailCode,
        Self::OtherEmails,
        Self::Phone,
        Self::PhoneExtension,
        Self::PhoneCode,
        Self::OtherPhones,
        Self::SmsOptedOut,
        Self::AddressLabel,
        Self::AddressType,
        Self::Street1,
        Self::Street2,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Country,
        Self::OtherAddresses,
        Self::LinkedAt,
        Self::UpdatedAt,
        Self::ExternalIds,
    ];

    /// The name in the header line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Title => "title",
            Self::Department => "department",
            Self::PreferredContactMethod => "preferred_contact_method",
            Self::IsActive => "is_active",
            Self::DoNotContact => "do_not_contact",
            Self::Owner => "owner",
            Self::Roles => "roles",
            Self::Email => "email",
            Self::EmailCode => "email_code",
            Self::OtherEmails => "other_emails",
            Self::Phone => "phone",
            Self::PhoneExtension => "phone_extension",
            Self::PhoneCode => "phone_code",
            Self::OtherPhones => "other_phones",
            Self::SmsOptedOut => "sms_opted_out",
            Self::AddressLabel => "address_label",
            Self::AddressType => "address_type",
            Self::Street1 => "street1",
            Self::Street2 => "street2",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postal_code",
            Self::Country => "country",
            Self::OtherAddresses => "other_addresses",
            Self::LinkedAt => "linked_at",
            Self::UpdatedAt => "updated_at",
            Self::ExternalIds => "external_ids",
            Self::ExternalId => "external_id",
        }
    }

    /// The column that a header line calls so, whatever the case and the blanks around it.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(name))
    }
}

/// A contact as the file tells of it. Blank text, an absent value and an empty list are the same: nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The contact's id.
    pub id: Option<Uuid>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Position.
    pub title: String,
    /// Department.
    pub department: String,
    /// How the person prefers to be reached.
    pub preferred_contact_method: Option<ContactMethod>,
    /// Whether the person is active.
    pub is_active: Option<bool>,
    /// Whether the person may not be contacted.
    pub do_not_contact: Option<bool>,
    /// The steward's subdomain.
    pub owner: String,
    /// The open roles.
    pub roles: Vec<HeldRole>,
    /// The first email address: the primary one where one is.
    pub email: CodedEmail,
    /// The others, in the order in which the person keeps them.
    pub other_emails: Vec<CodedEmail>,
    /// The first phone: the primary one where one is.
    pub phone: CodedPhone,
    /// The others.
    pub other_phones: Vec<CodedPhone>,
    /// The numbers among them that take no text messages because their owner said so.
    pub sms_opted_out: Vec<String>,
    /// The first address: a primary one where one is.
    pub address: Address,
    /// The others.
    pub other_addresses: Vec<Address>,
    /// When the oldest of the roles was given, RFC 3339.
    pub linked_at: String,
    /// When the contact last changed, RFC 3339.
    pub updated_at: String,
    /// What other systems call the contact.
    pub external_ids: Vec<ExternalId>,
    /// What the system that is named beside the file calls the contact.
    pub external_id: String,
}

/// A cell that does not hold what its column is for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", column.name())]
pub struct BadCell {
    /// Where.
    pub column: Column,
    /// What would be right.
    pub message: String,
}

impl Row {
    /// The cells in the order of [`Column::ALL`], made safe for spreadsheets.
    pub fn cells(&self) -> [String; WIDTH] {
        Column::WRITTEN.map(|column| cell::escaped(&self.text(column)))
    }

    /// What a column says of this row, unescaped.
    pub(crate) fn text(&self, column: Column) -> String {
        let flag = |value: Option<bool>| value.map_or_else(String::new, |value| value.to_string());
        match column {
            Column::Id => self.id.map_or_else(String::new, |id| id.to_string()),
            Column::FirstName => self.first_name.clone(),
            Column::LastName => self.last_name.clone(),
            Column::Title => self.title.clone(),
            Column::Department => self.department.clone(),
            Column::PreferredContactMethod => word(self.preferred_contact_method),
            Column::IsActive => flag(self.is_active),
            Column::DoNotContact => flag(self.do_not_contact),
            Column::Owner => self.owner.clone(),
            Column::Roles => list::of_roles(&self.roles),
            Column::Email => self.email.address.clone(),
            Column::EmailCode => self.email.code.clone(),
            Column::OtherEmails => list::of_emails(&self.other_emails),
            Column::Phone => self.phone.number.clone(),
            Column::PhoneExtension => self.phone.extension.clone(),
            Column::PhoneCode => self.phone.code.clone(),
            Column::OtherPhones => list::of_phones(&self.other_phones),
            Column::SmsOptedOut => list::of_texts(&self.sms_opted_out),
            Column::AddressLabel => self.address.label.clone(),
            Column::AddressType => word(self.address.address_type),
            Column::Street1 => self.address.street1.clone(),
            Column::Street2 => self.address.street2.clone(),
            Column::City => self.address.city.clone(),
            Column::State => self.address.state.clone(),
            Column::PostalCode => self.address.postal_code.clone(),
            Column::Country => self.address.country.clone(),
            Column::OtherAddresses => list::of_addresses(&self.other_addresses),
            Column::LinkedAt => self.linked_at.clone(),
            Column::UpdatedAt => self.updated_at.clone(),
            Column::ExternalIds => list::of_external_ids(&self.external_ids),
            Column::ExternalId => self.external_id.clone(),
        }
    }

    /// Reads the cells of a row; a column that the file does not have gives `None`, which says as little as a blank. Every cell that
    /// cannot be read is told, not only the first.
    pub fn of_cells<'a>(cell_of: impl Fn(Column) -> Option<&'a str>) -> Result<Self, Vec<BadCell>> {
        let mut row = Self::default();
        let mut bad = Vec::new();
        for column in Column::ALL {
            let Some(cell) = cell_of(column) else { continue };
            let text = cell::unescaped(cell);
            if text.trim().is_empty() {
                continue;
            }
            if let Err(message) = row.take(column, &text) {
                bad.push(BadCell { column, message });
            }
        }
        if bad.is_empty() { Ok(row) } else { Err(bad) }
    }

    fn take(&mut self, column: Column, whole: &str) -> Result<(), String> {
        let listed = |bad: BadList| bad.to_string();
        // A list keeps the blanks that a backslash holds.
        let text = whole.trim();
        match column {
            Column::Id => {
                let id =
                    text.parse().map_err(|_| format!("{text:?} is not an id: leave it blank for a new contact"))?;
                self.id = Some(id);
            }
            Column::FirstName => text.clone_into(&mut self.first_name),
            Column::LastName => text.clone_into(&mut self.last_name),
            Column::Title => text.clone_into(&mut self.title),
            Column::Department => text.clone_into(&mut self.department),
            Column::PreferredContactMethod => {
                self.preferred_contact_method = Some(of_word(text, "email, phone or sms")?)
            }
            Column::IsActive => self.is_active = Some(of_flag(text)?),
            Column::DoNotContact => self.do_not_contact = Some(of_flag(text)?),
            Column::Owner => text.clone_into(&mut self.owner),
            Column::Roles => self.roles = list::roles(whole).map_err(listed)?,
            Column::Email => text.clone_into(&mut self.email.address),
            Column::EmailCode => text.clone_into(&mut self.email.code),
            Column::OtherEmails => self.other_emails = list::emails(whole).map_err(listed)?,
            Column::Phone => text.clone_into(&mut self.phone.number),
            Column::PhoneExtension => text.clone_into(&mut self.phone.extension),
            Column::PhoneCode => text.clone_into(&mut self.phone.code),
            Column::OtherPhones => self.other_phones = list::phones(whole).map_err(listed)?,
            Column::SmsOptedOut => self.sms_opted_out = list::texts(whole).map_err(listed)?,
            Column::AddressLabel => text.clone_into(&mut self.address.label),
            Column::AddressType => self.address.address_type = Some(address_type(text)?),
            Column::Street1 => text.clone_into(&mut self.address.street1),
            Column::Street2 => text.clone_into(&mut self.address.street2),
            Column::City => text.clone_into(&mut self.address.city),
            Column::State => text.clone_into(&mut self.address.state),
            Column::PostalCode => text.clone_into(&mut self.address.postal_code),
            Column::Country => text.clone_into(&mut self.address.country),
            Column::OtherAddresses => self.other_addresses = list::addresses(whole).map_err(listed)?,
            Column::LinkedAt => text.clone_into(&mut self.linked_at),
            Column::UpdatedAt => text.clone_into(&mut self.updated_at),
            Column::ExternalIds => self.external_ids = list::external_ids(whole).map_err(listed)?,
            Column::ExternalId => text.clone_into(&mut self.external_id),
        }
        Ok(())
    }
}

fn word(value: Option<impl ActiveEnum<Value = String>>) -> String {
    value.map_or_else(String::new, |value| value.to_value())
}

fn of_word<E: ActiveEnum<Value = String>>(text: &str, right: &str) -> Result<E, String> {
    E::try_from_value(&text.to_ascii_lowercase()).map_err(|_| format!("{text:?} is not one of these: use {right}"))
}

fn address_type(text: &str) -> Result<AddressType, String> {
    of_word(text, "physical, mailing or billing")
}

/// A role by its name; `a4c_admin` is what older systems call `administrative`.
fn contact_type(text: &str) -> Result<ContactType, String> {
    if text.eq_ignore_ascii_case("a4c_admin") {
        return Ok(ContactType::Administrative);
    }
    of_word(text, "administrative, billing, technical, emergency or stakeholder")
}

/// Spreadsheets write TRUE, people write yes.
fn of_flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Ok(true),
        "false" | "no" | "n" | "0" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jane() -> Row {
        Row {
            id: Some(Uuid::from_u128(7)),
            first_name: "=HYPERLINK(\"http://evil.example\")".to_owned(),
            last_name: "'t Hooft".to_owned(),
            title: "Clerk; -billing".to_owned(),
            preferred_contact_method: Some(ContactMethod::Sms),
            is_active: Some(true),
            do_not_contact: Some(false),
            owner: "acme".to_owned(),
            roles: vec![
                HeldRole { organization: "acme".to_owned(), contact_type: ContactType::Billing, is_primary: true },
                HeldRole { organization: "acme".to_owned(), contact_type: ContactType::Emergency, is_primary: false },
            ],
            email: CodedEmail { code: "work".to_owned(), address: "jane@acme.example".to_owned() },
            other_emails: vec![CodedEmail { code: "billing".to_owned(), address: "-b;b@acme.example".to_owned() }],
            phone: CodedPhone {
                code: "mobile".to_owned(),
                number: "+16175550123".to_owned(),
                extension: "204".to_owned(),
            },
            other_phones: vec![CodedPhone {
                code: "office".to_owned(),
                number: "ask reception x; 9".to_owned(),
                extension: "1 ".to_owned(),
            }],
            sms_opted_out: vec!["+16175550123".to_owned()],
            address: Address {
                label: "Billing | \"Office\"".to_owned(),
                address_type: Some(AddressType::Billing),
                street1: "1 Main St, Suite 2".to_owned(),
                postal_code: "02101".to_owned(),
                country: "US".to_owned(),
                ..Address::default()
            },
            other_addresses: vec![Address {
                label: "a|b;c".to_owned(),
                address_type: Some(AddressType::Physical),
                city: "Łódź".to_owned(),
                ..Address::default()
            }],
            linked_at: "2026-11-21T02:00:00Z".to_owned(),
            updated_at: "2026-11-21T02:00:00Z".to_owned(),
            ..Row::default()
        }
    }

    #[test]
    fn columns_are_named_once_and_found_by_name() {
        for (at, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column as usize, at, "the order of the file is the order of the enum");
            assert_eq!(Column::of_name(&format!(" {} ", column.name().to_uppercase())), Some(column));
        }
        assert_eq!(Column::of_name("nonsense"), None);
    }

    #[test]
    fn a_row_comes_back_from_its_cells() {
        let row = jane();
        let cells = row.cells();
        assert_eq!(cells[Column::FirstName as usize], "'=HYPERLINK(\"http://evil.example\")");
        assert_eq!(cells[Column::LastName as usize], "'t Hooft", "an apostrophe of a name stays as it is");
        assert_eq!(cells[Column::Phone as usize], "'+16175550123");
        assert_eq!(cells[Column::Roles as usize], "acme:billing*; acme:emergency");
        assert_eq!(Row::of_cells(|column| cells.get(column as usize).map(String::as_str)), Ok(row));
        assert_eq!(Row::default().cells().concat(), "", "what is not known is blank");
    }

    #[test]
    fn a_file_that_a_person_wrote_is_read_with_its_habits() {
        let cells = [
            (Column::FirstName, "  Jane "),
            (Column::IsActive, "TRUE"),
            (Column::DoNotContact, "no"),
            (Column::Phone, "+1 617 555 0123"),
            (Column::Roles, "ACME : Billing * ;; acme:a4c_admin;"),
            (Column::OtherPhones, "+16175550199;office:617-555-0100 x 12"),
        ];
        let cell = |column| cells.iter().find(|(of, _)| *of == column).map(|(_, cell)| *cell);
        let row = Row::of_cells(cell).unwrap();
        assert_eq!((row.first_name.as_str(), row.is_active, row.do_not_contact), ("Jane", Some(true), Some(false)));
        assert_eq!(row.phone.number, "+1 617 555 0123");
        let roles: Vec<_> = row.roles.iter().map(|r| (r.organization.as_str(), r.contact_type, r.is_primary)).collect();
        assert_eq!(roles, [("acme", ContactType::Billing, true), ("acme", ContactType::Administrative, false)]);
        let phones: Vec<_> =
            row.other_phones.iter().map(|p| (p.code.as_str(), p.number.as_str(), p.extension.as_str())).collect();
        assert_eq!(phones, [("", "+16175550199", ""), ("office", "617-555-0100", "12")]);
    }

    #[test]
    fn every_bad_cell_is_told_with_its_column() {
        let cell = |column| match column {
            Column::Id => Some("seven"),
            Column::IsActive => Some("perhaps"),
            Column::Roles => Some("acme"),
            Column::OtherAddresses => Some("nowhere:x"),
            _ => None,
        };
        let bad = Row::of_cells(cell).unwrap_err();
        let columns: Vec<_> = bad.iter().map(|bad| bad.column).collect();
        assert_eq!(columns, [Column::Id, Column::IsActive, Column::Roles, Column::OtherAddresses]);
        assert!(bad[2].to_string().contains("roles: "), "{}", bad[2]);
        assert!(bad[2].message.contains("organization:role"), "{}", bad[2]);
    }
}
