//! The texts that people are found by and compared by, as one statement gives them: a row for each person, each method and each role.

use std::collections::BTreeMap;

use liaison_entity::{address, contact, email, phone};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::document::{AddressText, ContactText, EmailText, PhoneText};
use crate::code;
use crate::duplicate::{Line, Person, Place};
use crate::session::Sql;

/// Where texts come from: the people themselves (`n`), their links (`l`) to methods, and their roles (`l`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    People,
    Emails,
    Phones,
    Addresses,
    Roles,
}

impl Source {
    /// What people are found by.
    pub const FOUND_BY: &[Self] = &[Self::People, Self::Emails, Self::Phones, Self::Addresses];
    /// What people are compared by, which is more.
    pub const COMPARED_BY: &[Self] = &[Self::People, Self::Emails, Self::Phones, Self::Addresses, Self::Roles];

    /// The column that names the person, the tables, which rows hold, and seven texts.
    const fn parts(self) -> (&'static str, &'static str, &'static str, [&'static str; 7]) {
        const NONE: &str = "NULL";
        match self {
            Self::People => (
                "n.id",
                "contacts_projection n",
                "n.deleted_at IS NULL",
                [
                    "n.first_name",
                    "n.last_name",
                    "n.sort_name",
                    "n.title",
                    "n.department",
                    "n.is_active",
                    "(n.user_id IS NOT NULL)",
                ],
            ),
            Self::Emails => (
                "l.contact_id",
                "contact_emails l JOIN emails_projection m ON m.id = l.email_id",
                "l.unlinked_at IS NULL",
                ["m.address", "m.normalized", NONE, NONE, NONE, NONE, NONE],
            ),
            Self::Phones => (
                "l.contact_id",
                "contact_phones l JOIN phones_projection m ON m.id = l.phone_id JOIN phone_codes k ON k.id = m.phone_code_id",
                "l.unlinked_at IS NULL",
                ["m.number", "m.e164", "m.extension", "k.code", NONE, NONE, NONE],
            ),
            Self::Addresses => (
                "l.contact_id",
                "contact_addresses l JOIN addresses_projection m ON m.id = l.address_id",
                "l.unlinked_at IS NULL",
                ["m.street1", "m.street2", "m.city", "m.state", "m.postal_code", "m.label", "m.country"],
            ),
            Self::Roles => (
                "l.contact_id",
                "organization_contacts l",
                "l.unlinked_at IS NULL",
                ["l.organization_id", NONE, NONE, NONE, NONE, NONE, NONE],
            ),
        }
    }
}

/// Pushes a query of the texts of these people, a row for each name, each method and each role. `seen` adds what else a row must satisfy.
pub(crate) fn push_texts(sql: &mut Sql, ids: &[Uuid], sources: &[Source], seen: &dyn Fn(&mut Sql, Source)) {
    for (at, source) in sources.iter().enumerate() {
        let (contact, from, condition, texts) = source.parts();
        let (union, kind) = (if at == 0 { "" } else { " UNION ALL " }, *source as i32);
        let texts = texts.into_iter().zip('a'..).map(|(text, name)| format!("{text}::text COLLATE \"C\" AS {name}"));
        let texts = texts.collect::<Vec<_>>().join(", ");
        sql.push(format_args!(
            "{union}SELECT {contact} AS contact_id, {kind} AS kind, {texts} FROM {from} WHERE {condition} AND {contact} = ANY("
        ));
        sql.push_bind(ids).push(")");
        seen(sql, *source);
    }
}

/// One row of [`push_texts`].
struct Told<'a>(&'a PgRow);

impl Told<'_> {
    fn contact_id(&self) -> Result<Uuid, sqlx::Error> {
        self.0.try_get("contact_id")
    }

    fn source(&self) -> Result<Source, sqlx::Error> {
        let kind: i32 = self.0.try_get("kind")?;
        let source = Source::COMPARED_BY.iter().find(|source| **source as i32 == kind);
        source.copied().ok_or_else(|| sqlx::Error::Decode(format!("{kind} is no source of texts").into()))
    }

    fn text(&self, name: &str) -> Result<Option<String>, sqlx::Error> {
        self.0.try_get(name)
    }

    fn needed(&self, name: &str) -> Result<String, sqlx::Error> {
        self.text(name).map(Option::unwrap_or_default)
    }

    fn is(&self, name: &str) -> Result<bool, sqlx::Error> {
        Ok(self.text(name)?.as_deref() == Some("true"))
    }
}

/// Puts together what the rows tell of each person, row by row. Who has no name among them is archived, and not there.
fn gathered<T: Default>(
    rows: &[PgRow],
    mut tell: impl FnMut(&mut T, Source, &Told<'_>) -> Result<(), sqlx::Error>,
) -> Result<BTreeMap<Uuid, T>, sqlx::Error> {
    let mut people: BTreeMap<Uuid, T> = BTreeMap::new();
    for row in rows.iter().map(Told) {
        if row.source()? == Source::People {
            people.entry(row.contact_id()?).or_default();
        }
    }
    for row in rows.iter().map(Told) {
        if let Some(person) = people.get_mut(&row.contact_id()?) {
            tell(person, row.source()?, &row)?;
        }
    }
    Ok(people)
}

/// Reads what people are found by, with what they are sorted by; people without a name are not there.
pub(crate) fn read_texts(rows: &[PgRow]) -> Result<BTreeMap<Uuid, (String, ContactText)>, sqlx::Error> {
    gathered(rows, |(sort_name, texts): &mut (String, ContactText), source, row| {
        match source {
            Source::People => {
                (texts.first_name, texts.last_name, *sort_name) =
                    (row.needed("a")?, row.needed("b")?, row.needed("c")?);
            }
            Source::Emails => {
                texts.emails.push(EmailText { address: row.needed("a")?, normalized: row.needed("b")? });
            }
            Source::Phones => {
                let (number, e164, extension) = (row.needed("a")?, row.text("b")?, row.text("c")?);
                texts.phones.push(PhoneText { number, e164, extension });
            }
            Source::Addresses => texts.addresses.push(AddressText {
                street1: row.needed("a")?,
                street2: row.text("b")?,
                city: row.needed("c")?,
                state: row.text("d")?,
                postal_code: row.text("e")?,
                label: row.text("f")?,
            }),
            Source::Roles => {}
        }
        Ok(())
    })
}

/// Reads what people are compared by; people without a name are not there.
pub(crate) fn read_people(rows: &[PgRow]) -> Result<BTreeMap<Uuid, Person>, sqlx::Error> {
    gathered(rows, |person: &mut Person, source, row| {
        match source {
            Source::People => {
                (person.first_name, person.last_name) = (row.needed("a")?, row.needed("b")?);
                (person.title, person.department) = (row.text("d")?, row.text("e")?);
                (person.is_active, person.has_login) = (row.is("f")?, row.is("g")?);
            }
            Source::Emails => person.emails.push(row.needed("b")?),
            Source::Phones => {
                let (number, e164, code) = (row.needed("a")?, row.text("b")?, row.needed("d")?);
                person.phones.push(Line::of(&number, e164, is_personal(&code)));
            }
            Source::Addresses => person.addresses.push(Place {
                street1: row.needed("a")?,
                street2: row.text("b")?,
                city: row.needed("c")?,
                state: row.text("d")?,
                postal_code: row.text("e")?,
                country: row.text("g")?,
            }),
            Source::Roles => {
                let organization = Uuid::try_parse(&row.needed("a")?);
                person.organizations.push(organization.map_err(|error| sqlx::Error::Decode(error.into()))?);
            }
        }
        Ok(())
    })
}

/// Whether a phone with this code is one person's own.
pub(crate) fn is_personal(code: &str) -> bool {
    matches!(code, "mobile" | "home")
}

/// The texts of somebody who comes with everything that they are found by and compared by: what reading the rows would tell.
#[derive(Default)]
pub(crate) struct Coming {
    pub sort_name: String,
    pub found_by: ContactText,
    pub compared_by: Person,
}

impl Coming {
    /// The person alone.
    pub fn of(row: &contact::Model) -> Self {
        let (first_name, last_name) = (row.first_name.clone(), row.last_name.clone());
        Self {
            sort_name: row.sort_name.clone(),
            found_by: ContactText {
                first_name: first_name.clone(),
                last_name: last_name.clone(),
                ..ContactText::default()
            },
            compared_by: Person {
                first_name,
                last_name,
                title: row.title.clone(),
                department: row.department.clone(),
                is_active: row.is_active,
                has_login: row.user_id.is_some(),
                ..Person::default()
            },
        }
    }

    /// A role at an organization.
    pub fn has_role_at(&mut self, organization_id: Uuid) {
        self.compared_by.organizations.push(organization_id);
    }

    /// A phone.
    pub fn has_phone(&mut self, row: &phone::Model) {
        let (number, e164) = (row.number.clone(), row.e164.clone());
        self.compared_by.phones.push(Line::of(&number, e164.clone(), code::is_personal(row.phone_code_id)));
        self.found_by.phones.push(PhoneText { number, e164, extension: row.extension.clone() });
    }

    /// An email address.
    pub fn has_email(&mut self, row: &email::Model) {
        self.compared_by.emails.push(row.normalized.clone());
        self.found_by.emails.push(EmailText { address: row.address.clone(), normalized: row.normalized.clone() });
    }

    /// A postal address.
    pub fn has_address(&mut self, row: &address::Model) {
        let row = row.clone();
        self.compared_by.addresses.push(Place {
            street1: row.street1.clone(),
            street2: row.street2.clone(),
            city: row.city.clone(),
            state: row.state.clone(),
            postal_code: row.postal_code.clone(),
            country: Some(row.country),
        });
        self.found_by.addresses.push(AddressText {
            street1: row.street1,
            street2: row.street2,
            city: row.city,
            state: row.state,
            postal_code: row.postal_code,
            label: row.label,
        });
    }
}
