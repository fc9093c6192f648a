//! An id that a client made belongs to whoever came first, whole; the others are told that it is taken and nothing more.

use serde_json::json;
use uuid::Uuid;

use super::MANY;
use crate::behind::{count, proved};
use crate::client::{ACME, RIVERSIDE};
use crate::ground::Pair;

const CREATE: &str = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position contact { id } userErrors { code field message } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_with_one_id_make_one_and_the_others_are_told_that_it_is_taken() {
    let pair = Pair::start().await;
    let id = Uuid::new_v4();
    let before = count(pair.owner(), "domain_events").await;

    // Half of them from another tenant: the id is taken, by whomever.
    let answers = pair
        .at_once(MANY, |at| {
            let who = if at / 2 % 2 == 0 { ACME } else { RIVERSIDE };
            let phone = json!({ "phone": { "create": { "number": format!("+1 217 555 {at:04}") } } });
            let contact = json!({ "id": id, "allowDuplicate": true, "firstName": "One", "lastName": "Only", "phones": [phone], "organizations": [{ "type": "STAKEHOLDER" }] });
            (who, CREATE, json!({ "contact": contact }))
        })
        .await;

    let (made, taken): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.position().is_some());
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].payload()["contact"]["id"], json!(id));
    for answer in &taken {
        // The same words to those who may see the one that was made and to those who may not.
        assert_eq!(answer.body["data"], taken[0].body["data"]);
        assert_eq!(answer.refusals(), ["ID_TAKEN"]);
    }
    // The person, their phone, its link and their role; of the others not even a phone.
    assert_eq!(count(pair.owner(), "domain_events").await - before, 4);
    assert_eq!(count(pair.owner(), "contacts_projection WHERE last_name = 'Only'").await, 1);
    assert_eq!(count(pair.owner(), &format!("contact_phones WHERE contact_id = '{id}'")).await, 1);
    assert_eq!(count(pair.owner(), &format!("organization_contacts WHERE contact_id = '{id}'")).await, 1);
    proved(pair.owner()).await;
}
