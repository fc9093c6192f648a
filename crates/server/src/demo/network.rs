//! The platform, and use case 3: a VAR partner with three contacts and the 20 providers that it referred.
//! The people of those providers are other chapters.

use liaison_domain::entity::values::{ContactMethod, ContactType, OrganizationKind, PartnerType};
use liaison_domain::organization::Create;

use super::identities::{super_admin, techpartner_admin};
use super::ids;
use super::records::Person;
use super::story::{Chapter, Step};

/// The providers that TechPartner referred, in the order in which they came: name and subdomain.
pub(super) const REFERRED: [(&str, &str); 20] = [
    ("Acme Healthcare", "acme"),
    ("Bayside Pediatrics", "bayside"),
    ("Cedar Grove Family Care", "cedargrove"),
    ("Dunmore Recovery Center", "dunmore"),
    ("Eastgate Behavioral Health", "eastgate"),
    ("Fairview Youth Services", "fairview"),
    ("Glenwood Residential Care", "glenwood"),
    ("Harbor Light Counseling", "harborlight"),
    ("Ironwood Health Partners", "ironwood"),
    ("Juniper Street Clinic", "juniper"),
    ("Kingsley Home Health", "kingsley"),
    ("Lakeshore Wellness", "lakeshore"),
    ("Maplewood Senior Living", "maplewood"),
    ("Northfield Medical Group", "northfield"),
    ("Oak Hollow Therapy", "oakhollow"),
    ("Pinecrest Rehabilitation", "pinecrest"),
    ("Quarry Hill Hospice", "quarryhill"),
    ("Redstone Community Clinic", "redstone"),
    ("Silver Birch Autism Center", "silverbirch"),
    ("Twin Rivers Nursing", "twinrivers"),
];

pub(super) fn beginning() -> Vec<Chapter> {
    let ada = super_admin();
    let platform = organization("A4C Platform", "platform", OrganizationKind::PlatformOwner);
    let techpartner = partner("TechPartner", "techpartner", PartnerType::Var);
    let ada_admin = Person::new("Ada", "Admin", "Platform Administrator", "Operations")
        .primary(ContactType::Administrative)
        .email("ada.admin@a4c.example")
        .direct_line("217-555-0100");
    let referred = REFERRED.map(|(name, subdomain)| {
        let referring_partner_id = Some(ids::organization("techpartner"));
        let provider = organization(name, subdomain, OrganizationKind::Provider);
        let reason = format!("TechPartner brought {name} to the platform");
        Step::new(&ada, reason, Create { referring_partner_id, ..provider })
    });
    vec![
        Chapter::InOrder(vec![
            Step::new(&ada, "The platform opens its own directory", platform),
            Step::new(&ada, "Ada Admin answers for the platform", ada_admin),
            Step::new(&ada, "TechPartner signed as a reseller", techpartner),
        ]),
        // In order: "providers referred by TechPartner, newest first" is one of the seed's queries, and to make one locks the partner.
        Chapter::InOrder(referred.into()),
        Chapter::AnyOrder(departments()),
    ]
}

fn departments() -> Vec<Step> {
    let jane = techpartner_admin();
    let sales = Person::new("Jane", "Miller", "Account Executive", "Sales")
        .role(ContactType::Stakeholder)
        .prefers(ContactMethod::Email)
        .email("jane.miller@techpartner.example")
        .direct_line("312-555-0141");
    let support = Person::new("Bob", "Chen", "Support Engineer", "Technical Support")
        .primary(ContactType::Technical)
        .prefers(ContactMethod::Phone)
        .email("bob.chen@techpartner.example")
        .direct_line("312-555-0142");
    let billing = Person::new("Alice", "Novak", "Billing Specialist", "Billing")
        .role(ContactType::Billing)
        .email("alice.novak@techpartner.example")
        .direct_line("312-555-0143");
    vec![
        Step::new(&jane, "Whom our providers ask about contracts", sales),
        Step::new(&jane, "Whom our providers call when something does not work", support),
        Step::new(&jane, "Whom our providers ask about invoices", billing),
    ]
}

pub(super) fn organization(name: &str, subdomain: &str, kind: OrganizationKind) -> Create {
    Create {
        id: Some(ids::organization(subdomain)),
        name: name.to_owned(),
        kind,
        partner_type: None,
        subdomain: subdomain.to_owned(),
        default_region: None,
        referring_partner_id: None,
    }
}

pub(super) fn partner(name: &str, subdomain: &str, of: PartnerType) -> Create {
    Create { partner_type: Some(of), ..organization(name, subdomain, OrganizationKind::ProviderPartner) }
}
