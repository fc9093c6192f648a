//! Every type of event that this program writes. Each has a golden sample in `tests/guarantees/events`; a type that is not here is
//! not written.

use crate::{address, code, contact, email, facility, organization, phone};

/// The event types.
pub const CATALOGUE: &[&str] = &[
    organization::CREATED,
    facility::CREATED,
    contact::CREATED,
    phone::CREATED,
    email::CREATED,
    address::CREATED,
    code::DEFINED,
    "organization.contact.linked",
    "organization.contact.unlinked",
    "organization.contact.primary_set",
    "organization.phone.linked",
    "organization.phone.primary_set",
    "organization.email.linked",
    "organization.email.primary_set",
    "organization.address.linked",
    "organization.address.primary_set",
    "contact.phone.linked",
    "contact.phone.primary_set",
    "contact.email.linked",
    "contact.email.primary_set",
    "contact.address.linked",
    "contact.address.primary_set",
    "phone.address.linked",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_type_stands_twice() {
        assert_eq!(CATALOGUE.iter().collect::<BTreeSet<_>>().len(), CATALOGUE.len());
    }
}
