//! A person has a number once under each code, and one primary number, however many give it to them at once.

use liaison_server::demo::ids;
use serde_json::json;
use uuid::Uuid;

use super::MANY;
use crate::behind::{count, proved, rows};
use crate::client::ACME;
use crate::ground::Pair;

const CREATE_CONTACT: &str =
    "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position userErrors { code } } }";
const CREATE_PHONE: &str =
    "mutation ($phone: PhoneCreateInput!) { phoneCreate(phone: $phone) { position userErrors { code } } }";
const LINK: &str = "mutation ($phone: UUID!, $contact: UUID!, $link: MethodLinkInput) { phoneLink(phoneId: $phone, to: { contactId: $contact }, link: $link) { position userErrors { code } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_that_give_a_person_one_number_leave_one_link_per_code() {
    let pair = Pair::start().await;
    let person = Uuid::new_v4();
    let contact = json!({ "id": person, "allowDuplicate": true, "firstName": "Nina", "lastName": "Numbers" });
    assert!(pair.ask(0, ACME, CREATE_CONTACT, json!({ "contact": contact })).await.position().is_some());
    // As many phones with one number, half of them under another code. They are different phones: nobody sees a duplicate yet.
    let phones: Vec<Uuid> = (0..MANY).map(|_| Uuid::new_v4()).collect();
    let code = |at: usize| if (at / 2).is_multiple_of(2) { "mobile" } else { "office" };
    for answer in pair
        .at_once(MANY, |at| {
            let phone = json!({ "id": phones[at], "number": "+1 217 555 0123", "code": code(at) });
            (ACME, CREATE_PHONE, json!({ "phone": phone }))
        })
        .await
    {
        assert!(answer.position().is_some(), "{:#}", answer.body);
    }
    let before = count(pair.owner(), "domain_events").await;

    let answers = pair
        .at_once(MANY, |at| {
            let link = json!({ "isPrimary": at / 4 % 2 == 0 });
            (ACME, LINK, json!({ "phone": phones[at], "contact": person, "link": link }))
        })
        .await;

    let mut won: Vec<&str> = Vec::new();
    for (at, answer) in answers.iter().enumerate() {
        match answer.position() {
            Some(_) => won.push(code(at)),
            None => assert_eq!(answer.refusals(), ["METHOD_TAKEN"]),
        }
    }
    won.sort_unstable();
    assert_eq!(won, ["mobile", "office"], "one for each code");
    assert_eq!(count(pair.owner(), "domain_events").await - before, 2, "who is refused leaves no trace");
    let open = format!("SELECT is_primary FROM contact_phones WHERE contact_id = '{person}' AND unlinked_at IS NULL");
    let open = rows(pair.owner(), &open).await;
    assert_eq!(open.len(), 2);
    assert!(open.iter().filter(|row| row["is_primary"] == true).count() <= 1);
    proved(pair.owner()).await;
}

const UPDATE: &str = "mutation ($phone: UUID!, $change: PhoneUpdateInput!) { phoneUpdate(id: $phone, phone: $change) { position userErrors { code } } }";
const UNLINK: &str = "mutation ($phone: UUID!, $contact: UUID!) { phoneUnlink(phoneId: $phone, from: { contactId: $contact }) { position userErrors { code } } }";
const DELETE: &str = "mutation ($phone: UUID!) { phoneDelete(id: $phone) { position userErrors { code } } }";

/// Few numbers, few people, and everything that can be done to phones: what one gives up another gets at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_changes_to_phones_leaves_a_log_that_can_be_replayed() {
    let pair = Pair::start().await;
    let people: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    for (at, id) in people.iter().enumerate() {
        let contact = json!({ "id": id, "allowDuplicate": true, "firstName": "Nina", "lastName": format!("{at}") });
        assert!(pair.ask(at, ACME, CREATE_CONTACT, json!({ "contact": contact })).await.position().is_some());
    }
    let phones: Vec<Uuid> = (0..24).map(|_| Uuid::new_v4()).collect();
    let number = |spread: u32| format!("+1 217 555 010{}", spread % 3);
    for answer in pair
        .at_once(phones.len(), |at| {
            (ACME, CREATE_PHONE, json!({ "phone": { "id": phones[at], "number": number(at as u32) } }))
        })
        .await
    {
        assert!(answer.position().is_some(), "{:#}", answer.body);
    }

    let answers = pair
        .at_once(2 * MANY, |at| {
            // Spread by a multiplication rather than by chance, so that a failure comes again.
            let spread = (at as u32).wrapping_mul(2_654_435_761) >> 8;
            let phone = phones[spread as usize % phones.len()];
            let contact = people[spread as usize / 24 % people.len()];
            match spread / 72 % 16 {
                0..6 => (ACME, LINK, json!({ "phone": phone, "contact": contact, "link": {} })),
                6..9 => (ACME, UNLINK, json!({ "phone": phone, "contact": contact })),
                9..13 => (ACME, UPDATE, json!({ "phone": phone, "change": { "number": number(spread / 1_152) } })),
                13..15 => {
                    let code = ["mobile", "office"][spread as usize / 1_152 % 2];
                    (ACME, UPDATE, json!({ "phone": phone, "change": { "code": code } }))
                }
                _ => (ACME, DELETE, json!({ "phone": phone })),
            }
        })
        .await;

    for answer in &answers {
        for code in answer.refusals() {
            // Taken by another phone, or deleted meanwhile.
            assert!(["METHOD_TAKEN", "INVALID", "NOT_FOUND"].contains(&code), "{:#}", answer.body);
        }
    }
    for broken in [
        "contact_phones l JOIN phones_projection p ON p.id = l.phone_id WHERE l.unlinked_at IS NULL AND p.deleted_at IS NOT NULL",
        "contact_phones l JOIN phones_projection p ON p.id = l.phone_id WHERE l.unlinked_at IS NULL AND l.method_code_id <> p.phone_code_id",
        "(SELECT contact_id FROM contact_phones WHERE unlinked_at IS NULL AND is_primary GROUP BY 1 HAVING count(*) > 1) x",
    ] {
        assert_eq!(count(pair.owner(), broken).await, 0, "{broken}");
    }
    proved(pair.owner()).await;
}

/// The windows of one address overlap each other, all of them: a person has it once at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_windows_that_overlap_one_is_kept() {
    let pair = Pair::start().await;
    let (person, address) = (ids::contact("Jane Doe"), ids::address("Uptown Office"));
    let held = format!("contact_addresses WHERE contact_id = '{person}' AND address_id = '{address}'");
    assert_eq!(count(pair.owner(), &held).await, 0, "another address would do");

    let link = "mutation ($address: UUID!, $to: UUID!, $holding: AddressHoldingInput!) { addressLink(addressId: $address, to: { contactId: $to }, holding: $holding) { position userErrors { code } } }";
    let answers = pair
        .at_once(60, |at| {
            let holding =
                json!({ "startsOn": format!("2026-{:02}-{:02}", 1 + at / 28, 1 + at % 28), "endsOn": "2026-12-31" });
            (ACME, link, json!({ "address": address, "to": person, "holding": holding }))
        })
        .await;

    let won = answers.iter().filter(|answer| answer.position().is_some()).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|answer| answer.position().is_none()) {
        assert_eq!(answer.refusals(), ["METHOD_TAKEN"]);
    }
    assert_eq!(count(pair.owner(), &held).await, 1);
    proved(pair.owner()).await;
}
