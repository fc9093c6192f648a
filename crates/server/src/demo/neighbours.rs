//! Those who have nothing to do with the others: a clinic that nobody referred, whose people nobody else may see and who wrote one of
//! them down twice, and somebody of a family service.

use liaison_domain::entity::values::{AddressType, ContactType, OrganizationKind};
use liaison_domain::method::Owner;
use liaison_domain::{address, email, phone};
use uuid::Uuid;

use super::identities::{family_bridge_admin, riverside_admin, super_admin};
use super::ids;
use super::network::organization;
use super::records::{self, Person};
use super::story::{Chapter, Step};

/// The record that the story ends with.
pub(super) fn last_id() -> Uuid {
    ids::contact("Fiona Hart")
}

pub(super) fn neighbours() -> Vec<Chapter> {
    const PLACE: &str = "Riverside Clinic";
    const LINE: &str = "Riverside Clinic reception";
    const INBOX: &str = "hello@riverside.example";
    let (ada, ruth) = (super_admin(), riverside_admin());
    let riverside = organization("Riverside Clinic", "riverside", OrganizationKind::Provider);
    let place = records::address(PLACE, AddressType::Physical, "12 River Rd", "61602");
    let place = address::Details { city: "Peoria".to_owned(), ..place };
    let line = records::phone(LINE, "office", "309-555-0150", "Reception");
    let director = Person::new("Ruth", "Vance", "Clinic Director", "Administration")
        .primary(ContactType::Administrative)
        .email("ruth.vance@riverside.example")
        .desk("309-555-0150", 11);
    let accountant = Person::new("Peter", "Lang", "Accountant", "Billing")
        .primary(ContactType::Billing)
        .email("peter.lang@riverside.example")
        .desk("309-555-0150", 12);
    let deborah = Person::new("Deborah", "Kowalski", "Nurse Practitioner", "Primary Care")
        .role(ContactType::Stakeholder)
        .email("deborah.kowalski@riverside.example")
        .mobile("309-555-0155");
    let again = Person::new("Debbie", "Kowalsky", "Nurse Practitioner", "").mobile("(309) 555-0155");
    let fiona = Person::new("Fiona", "Hart", "Family Advocate", "Family Services")
        .role(ContactType::Stakeholder)
        .email("fiona.hart@familybridge.example")
        .direct_line("618-555-0160");
    let to = Owner::Organization(ids::organization("riverside"));
    let (is_primary, sort_order) = (Some(true), Some(0));
    vec![
        Chapter::AnyOrder(vec![Step::new(&ada, "Riverside Clinic came by itself", riverside)]),
        Chapter::AnyOrder(vec![
            Step::new(&ruth, "Where Riverside is", address::Create(place)),
            Step::new(&ruth, "Riverside's reception was connected", phone::Create(line)),
            Step::new(&ruth, "Riverside's inbox", email::Create(records::email(INBOX))),
        ]),
        Chapter::AnyOrder(vec![
            Step::new(&ruth, "Riverside can be visited", {
                address::Link { address_id: ids::address(PLACE), to, holding: address::Holding::default() }
            }),
            Step::new(&ruth, "Riverside can be called", {
                phone::Link { phone_id: ids::phone(LINE), to: phone::Target::Owner(to), is_primary, sort_order }
            }),
            Step::new(&ruth, "Riverside can be written to", {
                email::Link { email_id: ids::email(INBOX), to, is_primary, sort_order }
            }),
            Step::new(&ruth, "The reception stands in the clinic", {
                address::Link::of_phone(ids::address(PLACE), ids::phone(LINE))
            }),
            Step::new(&ruth, "Ruth Vance leads Riverside", director.works_at(PLACE)),
            Step::new(&ruth, "Peter Lang keeps Riverside's books", accountant.works_at(PLACE)),
        ]),
        Chapter::InOrder(vec![
            Step::new(&ruth, "Deborah Kowalski sees Riverside's patients", deborah),
            Step::new(&ruth, "The front desk wrote her down again, as she is called and as it heard it", again),
            Step::new(&family_bridge_admin(), "Fiona Hart accompanies families; with her the demo is complete", fiona),
        ]),
    ]
}
