//! US-11: a family service, the provider that it brought, and the clients whom it sent there. The clients have numbers and no names.

use chrono::NaiveDate;
use liaison_domain::entity::values::{
    Channel, ContactType, Direction, OrganizationKind, Outcome, PartnerType, Purpose, ReferralStatus,
};
use liaison_domain::organization::Create;
use liaison_domain::{communication, referral};

use super::identities::{family_bridge_admin, super_admin};
use super::ids;
use super::network::{organization, partner};
use super::records::Person;
use super::story::{Chapter, Step};

/// The provider that Family Bridge works with.
const PROVIDER: &str = "hillside";
/// Whom it deals with there.
const TOM: &str = "Tom Becker";

pub(super) fn referrals() -> Vec<Chapter> {
    let (ada, fiona) = (super_admin(), family_bridge_admin());
    let bridge = partner("Family Bridge", "familybridge", PartnerType::Family);
    let hillside = Create {
        referring_partner_id: Some(ids::organization("familybridge")),
        ..organization("Hillside Youth Home", PROVIDER, OrganizationKind::Provider)
    };
    let tom = Person::new("Tom", "Becker", "Intake Coordinator", "Hillside Youth Home")
        .role(ContactType::Stakeholder)
        .email("tom.becker@hillside.example")
        .mobile("618-555-0171");
    vec![
        Chapter::InOrder(vec![
            Step::new(&ada, "Family Bridge signed as a partner for families", bridge),
            Step::new(&ada, "Family Bridge brought Hillside Youth Home", hillside),
            Step::new(&fiona, "Whom we deal with at Hillside", tom),
        ]),
        Chapter::AnyOrder(vec![
            made("FB-2024-009", (2024, 2, 3), ReferralStatus::Closed, Some("The family moved away.")),
            made("FB-2024-014", (2024, 3, 17), ReferralStatus::Accepted, Some("Siblings: to be placed together.")),
            made("FB-2024-021", (2024, 5, 8), ReferralStatus::Open, None),
        ]),
        Chapter::AnyOrder(vec![
            said(
                "FB-2024-014",
                "First call",
                Channel::Phone,
                "Two places are free from April.",
                "2024-03-17T14:05:00Z",
            ),
            said("FB-2024-014", "The papers", Channel::Email, "Sent him what he needs.", "2024-03-19T09:30:00Z"),
            said("FB-2024-021", "Another place", Channel::Phone, "He calls back on Monday.", "2024-05-08T15:40:00Z"),
        ]),
    ]
}

fn made(client: &str, (year, month, day): (i32, u32, u32), status: ReferralStatus, notes: Option<&str>) -> Step {
    let create = referral::Create {
        id: Some(ids::referral(client)),
        provider_id: ids::organization(PROVIDER),
        contact_id: Some(ids::contact(TOM)),
        client_reference: client.to_owned(),
        referred_on: NaiveDate::from_ymd_opt(year, month, day),
        status: Some(status),
        notes: notes.map(str::to_owned),
    };
    Step::new(&family_bridge_admin(), format!("{client} goes to Hillside"), create)
}

fn said(client: &str, subject: &str, channel: Channel, summary: &str, at: &str) -> Step {
    let record = communication::Record {
        id: Some(ids::communication(subject)),
        contact_id: ids::contact(TOM),
        channel,
        direction: Direction::Outbound,
        purpose: Purpose::Routine,
        outcome: Outcome::Done,
        outcome_reason: None,
        over: None,
        subject: Some(subject.to_owned()),
        summary: Some(summary.to_owned()),
        occurred_at: at.parse().ok(),
        referral_id: Some(ids::referral(client)),
    };
    Step::new(&family_bridge_admin(), format!("What was said about {client}"), record)
}
