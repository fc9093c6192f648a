//! The world as the events that commands would have recorded: the same types, the same facts. The projector refuses what does not fit.
//! It writes no projection.
//!
//! No command ends anybody's activity yet, so everybody is active.

use std::collections::HashMap;

use liaison_domain::event::Stream;
use liaison_domain::link::{Change, Kind as Junction};
use liaison_domain::{address, contact, email, facility, organization, phone, text};
use serde_json::{Value, json};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::append::Log;
use super::server::organization_id;
use super::texts::{address_facts, email_of, email_of_organization, line_number, phone_number, reception_number};
use super::world::{self, Kind, OrganizationIs, Phone, ROLES, World, id};
use crate::Outcome;

/// The ids of the vocabularies that every installation has.
pub struct Codes {
    phones: HashMap<String, Uuid>,
    work: Uuid,
}

impl Codes {
    pub async fn read(owner: &mut PgConnection) -> Outcome<Self> {
        let rows = sqlx::query("SELECT code, id FROM phone_codes").fetch_all(&mut *owner).await?;
        let phones = rows
            .iter()
            .map(|row| Ok((row.try_get("code")?, row.try_get("id")?)))
            .collect::<Result<_, sqlx::Error>>()?;
        let work = sqlx::query("SELECT id FROM email_codes WHERE code = 'work'").fetch_one(&mut *owner).await?;
        Ok(Self { phones, work: work.try_get("id")? })
    }

    fn phone(&self, code: &str) -> Uuid {
        self.phones[code]
    }
}

/// Appends the whole world.
pub async fn append(log: &mut Log, world: World, codes: &Codes) -> Outcome<()> {
    let writer = Writer { log, world, codes, links: 0 };
    writer.all().await
}

struct Writer<'a> {
    log: &'a mut Log,
    world: World,
    codes: &'a Codes,
    links: u64,
}

impl Writer<'_> {
    async fn all(mut self) -> Outcome<()> {
        self.organizations().await?;
        self.addresses().await?;
        self.phones().await?;
        self.emails().await?;
        self.contacts().await?;
        self.links_of_organizations().await?;
        self.roles().await?;
        self.links_of_contacts().await?;
        self.places_of_phones().await
    }

    async fn organizations(&mut self) -> Outcome<()> {
        const PARTNER_TYPES: [&str; 4] = ["var", "family", "court", "other"];
        const TREES: [&str; 8] = ["Alder", "Birch", "Cedar", "Elm", "Hazel", "Linden", "Maple", "Willow"];
        self.log.begin(Stream::Organization, organization::CREATED).await?;
        for index in 0..self.world.organizations {
            let (kind, partner) = match self.world.organization(index) {
                OrganizationIs::Platform => ("platform_owner", None),
                OrganizationIs::Partner => ("provider_partner", None),
                OrganizationIs::Provider { partner } => ("provider", partner),
            };
            let noun = if kind == "provider" { "Clinic" } else { "Partners" };
            let facts = json!({
                "name": format!("{} {noun} {index}", TREES[(world::chance(&[70, index]) % 8) as usize]),
                "kind": kind,
                "partner_type": (kind == "provider_partner").then(|| PARTNER_TYPES[(index % 4) as usize]),
                "subdomain": format!("o{index}"),
                "default_region": "US",
                "referring_partner_id": partner.map(organization_id),
            });
            self.log.push(organization_id(index), &facts).await?;
        }
        self.log.begin(Stream::Facility, facility::CREATED).await?;
        for index in 0..self.world.organizations {
            for at in 0..1 + u64::from(self.world.has_second_facility(index)) {
                let name = if at == 0 { "Main Campus" } else { "North Annex" };
                let facts = json!({ "organization_id": organization_id(index), "name": name });
                self.log.push(id(Kind::Facility, index * 2 + at), &facts).await?;
            }
        }
        Ok(())
    }

    async fn addresses(&mut self) -> Outcome<()> {
        self.log.begin(Stream::Address, address::CREATED).await?;
        for index in 0..self.world.organizations {
            let facts = address_facts(Some("Downtown Office"), "physical", index, index);
            self.log.push(id(Kind::Office, index), &facts).await?;
        }
        for contact in (0..self.world.contacts).filter(|contact| self.world.has_home(*contact)) {
            let facts = address_facts(None, "mailing", contact, self.world.owner(contact));
            self.log.push(id(Kind::Home, contact), &facts).await?;
        }
        Ok(())
    }

    async fn phones(&mut self) -> Outcome<()> {
        self.log.begin(Stream::Phone, phone::CREATED).await?;
        for index in 0..self.world.organizations {
            let facts = self.phone_facts(reception_number(index), "office", Some("Reception"), index)?;
            self.log.push(id(Kind::Reception, index), &facts).await?;
        }
        for contact in 0..self.world.contacts {
            let owner = self.world.owner(contact);
            for Phone { index, code, .. } in self.world.phones(contact) {
                let facts = self.phone_facts(phone_number(index), code, None, owner)?;
                self.log.push(id(Kind::ContactPhone, index), &facts).await?;
            }
        }
        for line in 0..world::LINES {
            let (owner, _) = self.world.line(line);
            let facts = self.phone_facts(line_number(line), "office", Some("Switchboard"), owner)?;
            self.log.push(id(Kind::Line, line), &facts).await?;
        }
        Ok(())
    }

    fn phone_facts(&self, number: (String, String), code: &str, label: Option<&str>, owner: u64) -> Outcome<Value> {
        let (number, e164) = number;
        // Parsing millions of numbers takes minutes; a sample shows that our own text is what it would give.
        if self.links == 0
            && e164.ends_with("000")
            && text::phone(&number, None, "US").map_err(|r| r.message)?.e164.as_ref() != Some(&e164)
        {
            return Err(format!("{number} is not read as {e164}").into());
        }
        Ok(json!({
            "number": number,
            "e164": e164,
            "extension": null,
            "phone_code_id": self.codes.phone(code),
            "label": label,
            "is_sms_capable": code == "mobile",
            "owner_organization_id": organization_id(owner),
        }))
    }

    async fn emails(&mut self) -> Outcome<()> {
        self.log.begin(Stream::Email, email::CREATED).await?;
        for index in 0..self.world.organizations {
            let facts = self.email_facts(&email_of_organization(index), index);
            self.log.push(id(Kind::OrganizationEmail, index), &facts).await?;
        }
        for contact in 0..self.world.contacts {
            let facts = self.email_facts(&email_of(contact), self.world.owner(contact));
            self.log.push(id(Kind::ContactEmail, contact), &facts).await?;
        }
        Ok(())
    }

    fn email_facts(&self, address: &str, owner: u64) -> Value {
        json!({
            "address": address,
            "normalized": address,
            "email_code_id": self.codes.work,
            "label": null,
            "is_notification_enabled": true,
            "owner_organization_id": organization_id(owner),
        })
    }

    async fn contacts(&mut self) -> Outcome<()> {
        const TITLES: [&str; 5] = ["Billing Manager", "Nurse", "IT Lead", "Office Manager", "Director"];
        self.log.begin(Stream::Contact, contact::CREATED).await?;
        for index in 0..self.world.contacts {
            let (first_name, last_name) = world::name(index);
            let owner = self.world.owner(index);
            let policy = match self.world.organization(owner) {
                OrganizationIs::Provider { .. } => "linked_organizations",
                OrganizationIs::Platform | OrganizationIs::Partner => "owner_only",
            };
            let facts = json!({
                "first_name": first_name,
                "last_name": last_name,
                "title": TITLES[(index % 5) as usize],
                "department": null,
                "preferred_contact_method": (index % 4 == 0).then_some("email"),
                "owner_organization_id": organization_id(owner),
                "edit_policy": policy,
            });
            self.log.push(id(Kind::Contact, index), &facts).await?;
        }
        Ok(())
    }

    /// A link's facts: the ends and the role as `link::Linked` spells them.
    async fn link(&mut self, facts: Value) -> Outcome<()> {
        self.links += 1;
        self.log.push(id(Kind::Link, self.links), &facts).await
    }

    async fn begin_links(&mut self, junction: Junction) -> Outcome<()> {
        self.log.begin(Stream::Link, junction.event(Change::Linked)).await
    }

    async fn links_of_organizations(&mut self) -> Outcome<()> {
        let count = self.world.organizations;
        self.begin_links(Junction::OrganizationAddress).await?;
        for index in 0..count {
            let (organization, office) = (organization_id(index), id(Kind::Office, index));
            self.link(json!({ "organization_id": organization, "address_id": office, "address_type": "physical",
                              "is_primary": true, "sort_order": 0 }))
                .await?;
        }
        self.begin_links(Junction::OrganizationPhone).await?;
        for index in 0..count {
            let (_, e164) = reception_number(index);
            self.link(json!({ "organization_id": organization_id(index), "phone_id": id(Kind::Reception, index),
                              "is_primary": true, "sort_order": 0, "method_code_id": self.codes.phone("office"),
                              "match_key": e164 }))
                .await?;
        }
        self.begin_links(Junction::OrganizationEmail).await?;
        for index in 0..count {
            self.link(
                json!({ "organization_id": organization_id(index), "email_id": id(Kind::OrganizationEmail, index),
                              "is_primary": true, "sort_order": 0, "method_code_id": self.codes.work,
                              "match_key": email_of_organization(index) }),
            )
            .await?;
        }
        Ok(())
    }

    async fn roles(&mut self) -> Outcome<()> {
        // Who comes first in a role is the primary one.
        let mut has_primary = vec![0_u8; self.world.organizations as usize];
        self.begin_links(Junction::OrganizationContact).await?;
        for contact in 0..self.world.contacts {
            for (at, organization) in self.world.works_at(contact).into_iter().enumerate() {
                for role in self.world.roles(contact, organization, at == 0) {
                    let bit = 1 << ROLES.iter().position(|(name, _)| *name == role).unwrap_or(0);
                    let taken = &mut has_primary[organization as usize];
                    let is_primary = *taken & bit == 0;
                    *taken |= bit;
                    self.link(json!({ "organization_id": organization_id(organization), "contact_id": id(Kind::Contact, contact),
                                      "contact_type": role, "is_primary": is_primary, "sort_order": 0 }))
                        .await?;
                }
            }
        }
        Ok(())
    }

    async fn links_of_contacts(&mut self) -> Outcome<()> {
        self.begin_links(Junction::ContactPhone).await?;
        for contact in 0..self.world.contacts {
            for (at, phone) in self.world.phones(contact).enumerate() {
                let (_, e164) = phone_number(phone.index);
                self.link(json!({ "contact_id": id(Kind::Contact, contact), "phone_id": id(Kind::ContactPhone, phone.index),
                                  "is_primary": at == 0, "sort_order": at, "method_code_id": self.codes.phone(phone.code),
                                  "match_key": e164 }))
                    .await?;
            }
        }
        for line in 0..world::LINES {
            let (_, e164) = line_number(line);
            for contact in self.world.line(line).1 {
                self.link(json!({ "contact_id": id(Kind::Contact, contact), "phone_id": id(Kind::Line, line),
                                  "is_primary": false, "sort_order": 3, "method_code_id": self.codes.phone("office"),
                                  "match_key": e164 }))
                    .await?;
            }
        }
        self.begin_links(Junction::ContactEmail).await?;
        for contact in 0..self.world.contacts {
            self.link(json!({ "contact_id": id(Kind::Contact, contact), "email_id": id(Kind::ContactEmail, contact),
                              "is_primary": true, "sort_order": 0, "method_code_id": self.codes.work,
                              "match_key": email_of(contact) }))
                .await?;
        }
        self.begin_links(Junction::ContactAddress).await?;
        for contact in 0..self.world.contacts {
            let office =
                self.world.is_at_office(contact).then(|| (id(Kind::Office, self.world.owner(contact)), "physical"));
            let home = self.world.has_home(contact).then(|| (id(Kind::Home, contact), "mailing"));
            for (at, (address, address_type)) in office.into_iter().chain(home).enumerate() {
                self.link(json!({ "contact_id": id(Kind::Contact, contact), "address_id": address,
                                  "address_type": address_type, "is_primary": true, "sort_order": at }))
                    .await?;
            }
        }
        Ok(())
    }

    async fn places_of_phones(&mut self) -> Outcome<()> {
        self.begin_links(Junction::PhoneAddress).await?;
        for index in 0..self.world.organizations {
            self.place(id(Kind::Reception, index), index).await?;
        }
        for contact in 0..self.world.contacts {
            let owner = self.world.owner(contact);
            for phone in self.world.phones(contact).filter(|phone| phone.at_office) {
                self.place(id(Kind::ContactPhone, phone.index), owner).await?;
            }
        }
        Ok(())
    }

    async fn place(&mut self, phone: Uuid, organization: u64) -> Outcome<()> {
        self.link(json!({ "phone_id": phone, "address_id": id(Kind::Office, organization), "is_primary": false, "sort_order": 0 }))
            .await
    }
}
