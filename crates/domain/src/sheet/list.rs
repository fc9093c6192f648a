//! Lists in one cell: `office:+16175550100 x204; fax:+16175550199`, read and written. It asks for no code, no organization, no number.
//!
//! Items stand between semicolons, the parts of an address between bars; a backslash before a character makes it an ordinary one. What
//! people write by hand (no code, blanks anywhere, a semicolon at the end) is read too.

use std::fmt::Write as _;

use liaison_entity::values::{AddressType, ContactType};
use sea_orm::ActiveEnum;

/// One role of a person at an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    /// The organization's subdomain.
    pub organization: String,
    /// The role.
    pub contact_type: ContactType,
    /// Whether the person is the primary one.
    pub is_primary: bool,
}

/// An email address and its code; either may be blank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodedEmail {
    /// The code.
    pub code: String,
    /// The address.
    pub address: String,
}

/// A phone and its code; each part may be blank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodedPhone {
    /// The code.
    pub code: String,
    /// The number.
    pub number: String,
    /// The extension.
    pub extension: String,
}

/// What another system calls a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalId {
    /// The system.
    pub system: String,
    /// Its id.
    pub id: String,
}

/// An address; each part may be blank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// What it is used for.
    pub address_type: Option<AddressType>,
    /// What it is called.
    pub label: String,
    /// Street and number.
    pub street1: String,
    /// What else stands on the envelope.
    pub street2: String,
    /// City.
    pub city: String,
    /// State, province or region.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// Two letters.
    pub country: String,
}

impl Address {
    /// Whether nothing is said of it.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

/// A cell that is not such a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{item:?} is not {right}")]
pub struct BadList {
    item: String,
    right: String,
}

/// A character of a cell, and whether a backslash made it an ordinary one.
type Letters = [(char, bool)];

fn letters(text: &str) -> Vec<(char, bool)> {
    let mut letters = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        letters.push(match c {
            // One at the end stands for itself.
            '\\' => characters.next().map_or(('\\', true), |next| (next, true)),
            c => (c, false),
        });
    }
    letters
}

fn text(letters: &Letters) -> String {
    let is_blank = |letter: &&(char, bool)| letter.0.is_whitespace() && !letter.1;
    let from = letters.iter().take_while(is_blank).count();
    let until = letters.len() - letters[from..].iter().rev().take_while(is_blank).count();
    letters[from..until].iter().map(|(c, _)| c).collect()
}

fn split(letters: &Letters, at: char) -> impl Iterator<Item = &Letters> {
    letters.split(move |letter| *letter == (at, false))
}

/// What stands before the first of `at`, and after; without one, nothing stands before.
fn coded(letters: &Letters, at: char) -> (&Letters, &Letters) {
    match letters.iter().position(|letter| *letter == (at, false)) {
        Some(position) => (&letters[..position], &letters[position + 1..]),
        None => (&[], letters),
    }
}

fn items<T>(cell: &str, read: impl Fn(&Letters) -> Result<T, String>, right: &str) -> Result<Vec<T>, BadList> {
    let letters = letters(cell);
    let items = split(&letters, ';').filter(|item| item.iter().any(|(c, plain)| *plain || !c.is_whitespace()));
    items
        .map(|item| {
            read(item).map_err(|why| BadList {
                item: text(item),
                right: if why.is_empty() { right.to_owned() } else { format!("{right}: {why}") },
            })
        })
        .collect()
}

/// Writes a part so that it is read as one part: characters that mean something, and blanks at its ends, get a backslash.
fn push(list: &mut String, part: &str, special: &[char]) {
    let last = part.chars().count().saturating_sub(1);
    for (at, c) in part.chars().enumerate() {
        if c == '\\' || c == ';' || special.contains(&c) || (c.is_whitespace() && (at == 0 || at == last)) {
            list.push('\\');
        }
        list.push(c);
    }
}

fn joined<T>(items: &[T], write: impl Fn(&mut String, &T)) -> String {
    let mut list = String::new();
    for item in items {
        if !list.is_empty() {
            list.push_str("; ");
        }
        write(&mut list, item);
    }
    list
}

pub(super) fn of_roles(roles: &[HeldRole]) -> String {
    joined(roles, |list, role| {
        push(list, &role.organization, &[':', '*']);
        let star = if role.is_primary { "*" } else { "" };
        let _ = write!(list, ":{}{star}", role.contact_type.to_value());
    })
}

pub(super) fn roles(cell: &str) -> Result<Vec<HeldRole>, BadList> {
    let read = |item: &Letters| {
        let (organization, role) = coded(item, ':');
        let organization = text(organization).to_lowercase();
        if organization.is_empty() {
            return Err("the organization's subdomain is missing".to_owned());
        }
        let is_primary = role.contains(&('*', false));
        let role: Vec<_> = role.iter().copied().filter(|letter| *letter != ('*', false)).collect();
        Ok(HeldRole { organization, contact_type: super::contact_type(&text(&role))?, is_primary })
    };
    items(cell, read, "a role such as organization:role, or organization:role* for a primary one")
}

pub(super) fn of_emails(emails: &[CodedEmail]) -> String {
    joined(emails, |list, email| {
        push(list, &email.code, &[':']);
        list.push(':');
        push(list, &email.address, &[]);
    })
}

pub(super) fn emails(cell: &str) -> Result<Vec<CodedEmail>, BadList> {
    let read = |item: &Letters| {
        let (code, address) = coded(item, ':');
        Ok(CodedEmail { code: text(code), address: text(address) })
    };
    items(cell, read, "an address such as work:jane@example.com")
}

pub(crate) fn of_phones(phones: &[CodedPhone]) -> String {
    joined(phones, |list, phone| {
        push(list, &phone.code, &[':']);
        list.push(':');
        push(list, &phone.number, &['x', 'X']);
        if !phone.extension.is_empty() {
            list.push_str(" x");
            push(list, &phone.extension, &['x', 'X']);
        }
    })
}

pub(super) fn phones(cell: &str) -> Result<Vec<CodedPhone>, BadList> {
    let read = |item: &Letters| {
        let (code, phone) = coded(item, ':');
        let x = phone.iter().rposition(|letter| matches!(letter, ('x' | 'X', false)));
        let (number, extension) = match x {
            Some(x) => (&phone[..x], &phone[x + 1..]),
            None => (phone, [].as_slice()),
        };
        Ok(CodedPhone { code: text(code), number: text(number), extension: text(extension) })
    };
    items(cell, read, "a phone such as office:+16175550100 x204")
}

/// What other systems call somebody, in one cell: `payroll:77; school:4711`.
pub fn of_external_ids(ids: &[ExternalId]) -> String {
    joined(ids, |list, of| {
        push(list, &of.system, &[':']);
        list.push(':');
        push(list, &of.id, &[]);
    })
}

pub(super) fn external_ids(cell: &str) -> Result<Vec<ExternalId>, BadList> {
    let read = |item: &Letters| {
        let (system, id) = coded(item, ':');
        match (text(system), text(id)) {
            (system, id) if system.is_empty() || id.is_empty() => Err("the system or the id is missing".to_owned()),
            (system, id) => Ok(ExternalId { system, id }),
        }
    };
    items(cell, read, "an id such as school:4711")
}

pub(crate) fn of_texts(texts: &[String]) -> String {
    joined(texts, |list, text| push(list, text, &[]))
}

pub(super) fn texts(cell: &str) -> Result<Vec<String>, BadList> {
    items(cell, |item| Ok(text(item)), "a text")
}

pub(super) fn of_addresses(addresses: &[Address]) -> String {
    joined(addresses, |list, address| {
        list.push_str(&super::word(address.address_type));
        list.push(':');
        let Address { label, street1, street2, city, state, postal_code, country, address_type: _ } = address;
        for (at, part) in [label, street1, street2, city, state, postal_code, country].into_iter().enumerate() {
            if at > 0 {
                list.push('|');
            }
            push(list, part, &['|', ':']);
        }
    })
}

pub(super) fn addresses(cell: &str) -> Result<Vec<Address>, BadList> {
    let read = |item: &Letters| {
        let (address_type, rest) = coded(item, ':');
        let address_type = text(address_type);
        let address_type = if address_type.is_empty() { None } else { Some(super::address_type(&address_type)?) };
        let parts: Vec<String> = split(rest, '|').map(text).collect();
        let [label, street1, street2, city, state, postal_code, country] =
            parts.try_into().map_err(|parts: Vec<_>| format!("it has {} parts between bars, not 7", parts.len()))?;
        Ok(Address { address_type, label, street1, street2, city, state, postal_code, country })
    };
    items(cell, read, "an address such as billing:label|street1|street2|city|state|postal code|country")
}

#[cfg(test)]
mod tests {
    use super::super::cell;
    use super::*;

    fn all() -> Vec<String> {
        cell::tests::texts(&['\\', ';', ':', '|', 'x', ' ', '*', '='], 3)
    }

    /// As a cell and back: escaping for spreadsheets must not disturb the list.
    fn through_a_cell(list: String) -> String {
        cell::unescaped(&cell::escaped(&list))
    }

    #[test]
    fn lists_of_any_texts_come_back() {
        let texts = all();
        for (at, text) in texts.iter().enumerate() {
            let other = &texts[texts.len() - 1 - at];
            let extension = &texts[(at * 7) % texts.len()];
            let list = vec![
                CodedPhone { code: text.clone(), number: other.clone(), extension: extension.clone() },
                CodedPhone { code: other.clone(), number: text.clone(), extension: String::new() },
            ];
            assert_eq!(phones(&through_a_cell(of_phones(&list))), Ok(list), "{text:?} {other:?} {extension:?}");
            let list = vec![
                CodedEmail { code: text.clone(), address: other.clone() },
                CodedEmail { code: other.clone(), address: text.clone() },
            ];
            assert_eq!(emails(&through_a_cell(of_emails(&list))), Ok(list));
            let address = |one: &String, two: &String| Address {
                address_type: Some(AddressType::Mailing),
                label: one.clone(),
                street1: two.clone(),
                city: extension.clone(),
                country: one.clone(),
                ..Address::default()
            };
            let list = vec![address(text, other), Address::default(), address(other, extension)];
            assert_eq!(addresses(&through_a_cell(of_addresses(&list))), Ok(list));
            if !text.is_empty() {
                let list = vec![text.clone(), "+1".to_owned(), text.clone()];
                assert_eq!(super::texts(&through_a_cell(of_texts(&list))), Ok(list));
                let role = HeldRole {
                    organization: text.clone(),
                    contact_type: ContactType::Emergency,
                    is_primary: at % 2 == 0,
                };
                assert_eq!(roles(&through_a_cell(of_roles(std::slice::from_ref(&role)))), Ok(vec![role]));
            }
        }
    }

    #[test]
    fn nothing_is_an_empty_list() {
        assert_eq!(phones(""), Ok(Vec::new()));
        assert_eq!(roles(" ; ;"), Ok(Vec::new()));
        assert_eq!(of_phones(&[]), "");
    }

    #[test]
    fn a_broken_list_says_which_item_and_what_would_be_right() {
        let bad = roles("acme:billing; acme:boss").unwrap_err().to_string();
        assert!(bad.contains("\"acme:boss\"") && bad.contains("administrative, billing"), "{bad}");
        let bad = addresses("billing:a|b").unwrap_err().to_string();
        assert!(bad.contains("it has 2 parts between bars, not 7"), "{bad}");
    }
}
