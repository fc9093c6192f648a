//! The fixed ids of the demo: made of a namespace and a slug, the same in every installation, to be quoted and pasted.
//! They identify nothing outside a demo.

use uuid::Uuid;

/// What the slugs are hashed under.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c69_6169_736f_4e20_a4c0_6465_6d6f_2e31);

/// The id of an organization, by its subdomain: `acme`.
pub fn organization(subdomain: &str) -> Uuid {
    of("organization", subdomain)
}

/// The id of a person, by name: `Jane Doe`.
pub fn contact(name: &str) -> Uuid {
    of("contact", name)
}

/// The id of a facility, by name: `Downtown Office`.
pub fn facility(name: &str) -> Uuid {
    of("facility", name)
}

/// The id of an address, by its label, or the organization's subdomain where it has one only.
pub fn address(label: &str) -> Uuid {
    of("address", label)
}

/// The id of a phone, by what it is: `Downtown Office reception`, `Jane Doe mobile`.
pub fn phone(what: &str) -> Uuid {
    of("phone", what)
}

/// The id of an email address, by itself.
pub fn email(address: &str) -> Uuid {
    of("email", address)
}

/// The id of a referral of Family Bridge, by what it calls its client: `FB-2026-014`.
pub fn referral(client_reference: &str) -> Uuid {
    of("referral", client_reference)
}

/// The id of a record of a communication, by what it was about.
pub fn communication(subject: &str) -> Uuid {
    of("communication", subject)
}

/// The id of a relationship, by what it is.
pub fn relationship(what: &str) -> Uuid {
    of("relationship", what)
}

fn of(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind} {name}").as_bytes())
}

/// Somebody or something of the demo that people will want to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, as [`organization`] or [`contact`] takes it.
    pub name: &'static str,
    /// Its id.
    pub id: Uuid,
}

/// Who plays: the named organizations and persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// By subdomain.
    pub organizations: Vec<Member>,
    /// By name.
    pub contacts: Vec<Member>,
}

/// The table of names and ids that a text may quote.
pub fn cast() -> Cast {
    let organization = |name| Member { name, id: organization(name) };
    let contact = |name| Member { name, id: contact(name) };
    Cast {
        organizations: ["platform", "acme", "techpartner", "riverside", "familybridge"].map(organization).into(),
        contacts: [
            "Ada Admin",
            "Jane Doe",
            "Bob Smith",
            "Alice Johnson",
            "John Doe",
            "Jane Miller",
            "Bob Chen",
            "Alice Novak",
        ]
        .map(contact)
        .into(),
    }
}
