//! A person has a number once under each code, and one primary number, however many give it to them at once.

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
    let contact = json!({ "id": person, "firstName": "Nina", "lastName": "Numbers" });
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
