//! What is written in the world's facts: numbers, addresses, places. They follow from who it is about.

use liaison_domain::text;
use serde_json::{Value, json};

use super::server::organization_id;
use super::world;

/// As typed, and in E.164. Numbers of contacts and of receptions never meet.
pub fn phone_number(index: u64) -> (String, String) {
    let national = 2_120_000_000 + index;
    let (area, rest) = (national / 10_000_000, national % 10_000_000);
    (format!("({area}) {:03}-{:04}", rest / 10_000, rest % 10_000), format!("+1{national}"))
}

pub fn reception_number(organization: u64) -> (String, String) {
    phone_number(6_000_000_000 + organization)
}

pub fn line_number(line: u64) -> (String, String) {
    phone_number(5_000_000_000 + line)
}

pub fn address_facts(label: Option<&str>, address_type: &str, number: u64, owner: u64) -> Value {
    const CITIES: [(&str, &str); 6] = [
        ("Springfield", "IL"),
        ("Portland", "OR"),
        ("Austin", "TX"),
        ("Salem", "MA"),
        ("Dayton", "OH"),
        ("Reno", "NV"),
    ];
    let (city, state) = CITIES[(world::chance(&[71, number]) % 6) as usize];
    json!({
        "label": label,
        "address_type": address_type,
        "street1": format!("{} Main Street", 1 + number % 9_000),
        "street2": null,
        "city": city,
        "state": state,
        "postal_code": format!("{:05}", number % 100_000),
        "country": "US",
        "owner_organization_id": organization_id(owner),
    })
}

pub fn email_of(contact: u64) -> String {
    let (first, last) = world::name(contact);
    format!("{}.{contact}@mail.example", text::folded(&format!("{first}.{last}")))
}

pub fn email_of_organization(organization: u64) -> String {
    format!("office@o{organization}.example")
}
