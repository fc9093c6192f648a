//! Every type of event that this program writes. Each has a golden sample in `tests/guarantees/events`; a type that is not here is
//! not written.

use crate::{
    address, code, communication, contact, email, export, facility, organization, phone, referral, staff_assignment,
    student_guardian, student_relationship, verification,
};

/// The event types.
pub const CATALOGUE: &[&str] = &[
    organization::CREATED,
    organization::UPDATED,
    facility::CREATED,
    facility::UPDATED,
    contact::CREATED,
    contact::UPDATED,
    contact::DELETED,
    contact::TRANSFERRED,
    contact::PREFERENCES_UPDATED,
    contact::DO_NOT_CONTACT_SET,
    contact::DO_NOT_CONTACT_CLEARED,
    contact::USER_LINKED,
    contact::USER_UNLINKED,
    contact::MERGED,
    contact::MERGE_REVERTED,
    contact::LOOKED_UP,
    contact::EXTERNAL_ID_ASSIGNED,
    contact::EXTERNAL_ID_REMOVED,
    export::EXPORTED,
    phone::CREATED,
    phone::UPDATED,
    phone::DELETED,
    phone::OPTED_OUT,
    phone::OPTED_IN,
    email::CREATED,
    email::UPDATED,
    email::DELETED,
    address::CREATED,
    address::UPDATED,
    address::DELETED,
    code::DEFINED,
    code::UPDATED,
    code::RETIRED,
    communication::RECORDED,
    communication::CORRECTED,
    referral::CREATED,
    referral::UPDATED,
    contact::PERSONA_GRANTED,
    contact::PERSONA_REVOKED,
    student_relationship::ESTABLISHED,
    student_relationship::ENDED,
    student_relationship::VOIDED,
    student_guardian::ESTABLISHED,
    student_guardian::ENDED,
    student_guardian::VOIDED,
    staff_assignment::ESTABLISHED,
    staff_assignment::ENDED,
    staff_assignment::VOIDED,
    verification::PHONE_REQUESTED,
    verification::PHONE_VERIFIED,
    verification::PHONE_FAILED,
    verification::PHONE_BOUNCED,
    verification::EMAIL_REQUESTED,
    verification::EMAIL_VERIFIED,
    verification::EMAIL_FAILED,
    verification::EMAIL_BOUNCED,
    "organization.contact.linked",
    "organization.contact.unlinked",
    "organization.contact.primary_set",
    "organization.phone.linked",
    "organization.phone.unlinked",
    "organization.phone.primary_set",
    "organization.email.linked",
    "organization.email.unlinked",
    "organization.email.primary_set",
    "organization.address.linked",
    "organization.address.unlinked",
    "organization.address.primary_set",
    "contact.phone.linked",
    "contact.phone.unlinked",
    "contact.phone.primary_set",
    "contact.email.linked",
    "contact.email.unlinked",
    "contact.email.primary_set",
    "contact.address.linked",
    "contact.address.unlinked",
    "contact.address.primary_set",
    "phone.address.linked",
    "phone.address.unlinked",
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
