//! Use case 1: one consultant, one record, five providers; and whom to wake at other providers when something breaks.

use liaison_domain::contact::{Link, Whom};
use liaison_domain::entity::values::{ContactMethod, ContactType};

use super::identities::{acme_admin, provider_admin, super_admin};
use super::ids;
use super::records::Person;
use super::story::{Chapter, Step};

/// The providers that took John Doe on after Acme had: subdomain and name.
const CLIENTS: [(&str, &str); 4] = [
    ("bayside", "Bayside Pediatrics"),
    ("cedargrove", "Cedar Grove Family Care"),
    ("harborlight", "Harbor Light Counseling"),
    ("pinecrest", "Pinecrest Rehabilitation"),
];

pub(super) fn john() -> Vec<Chapter> {
    let john = Person::new("John", "Doe", "IT Consultant", "")
        .role(ContactType::Technical)
        .prefers(ContactMethod::Email)
        .email("john.doe@consultant.com")
        .mobile("773-555-0190");
    // The other four cannot see him until they are linked; they gave his email address, and the platform ties him to them.
    let linked = CLIENTS.map(|(subdomain, name)| {
        let link = Link {
            whom: Whom::id(ids::contact("John Doe")),
            organization_id: Some(ids::organization(subdomain)),
            contact_type: ContactType::Technical,
            is_primary: None,
        };
        Step::new(&super_admin(), format!("{name} hired John Doe too and asked for him by his email address"), link)
    });
    vec![
        Chapter::AnyOrder(vec![
            Step::new(&acme_admin(), "Acme hired a consultant for the medication tracking", john),
            on_call("bayside", ("Teresa", "Quinn"), "415-555-0181"),
            on_call("harborlight", ("Samuel", "Adeyemi"), "206-555-0182"),
        ]),
        // In order: "the organizations of John Doe, last linked first" is one of the seed's queries.
        Chapter::InOrder(linked.into()),
    ]
}

/// The seed's alert goes to the emergency contacts of all affected organizations, so there is more than one organization with one.
fn on_call(subdomain: &str, (first_name, last_name): (&str, &str), mobile: &str) -> Step {
    let email = format!("{}.{}@{subdomain}.example", first_name.to_lowercase(), last_name.to_lowercase());
    let person = Person::new(first_name, last_name, "Operations Lead", "Operations")
        .primary(ContactType::Emergency)
        .prefers(ContactMethod::Sms)
        .email(&email)
        .mobile(mobile);
    Step::new(&provider_admin(subdomain), format!("Call {first_name} {last_name} at any hour"), person)
}
