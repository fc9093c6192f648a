//! What was said of pairs outlasts a merge (US-3): of the survivor it holds as long as the evidence is the same, and with the duplicate comes
//! back what was found and said of it.

use liaison_domain::candidate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::merging::{attempt, call, merge, undo};
use crate::support::{App, Who};

async fn record(app: &App, first_name: &str, last_name: &str, emails: &[&str]) -> Uuid {
    let id = Uuid::new_v4();
    let emails: Vec<Value> =
        emails.iter().map(|address| json!({ "email": { "create": { "address": address } } })).collect();
    let contact = json!({
        "id": id, "firstName": first_name, "lastName": last_name, "allowDuplicate": true, "emails": emails,
        "phones": [{ "phone": { "create": { "number": "+1 217 555 0191", "code": "mobile" } } }],
    });
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { code field message } } }";
    app.ask_with(&Who::acme_admin(), create, json!({ "contact": contact })).await.done("contactCreate");
    id
}

/// Every pair of these people, with what was found and said of it, by the pair.
async fn pairs(app: &App, people: &[Uuid]) -> Vec<Value> {
    candidate::settled(app.database()).await.unwrap();
    let ask = "query ($people: [UUID!]) { duplicateCandidates(filter: {contactIds: $people, states: [OPEN, DISMISSED, MERGED]}, first: 200) {
      nodes { id state score version dismissedBy dismissReason contact { id } otherContact { id }
        evidence { signal weight value otherValue basis } } } }";
    let answer = app.ask_with(&Who::super_admin(), ask, json!({ "people": people })).await;
    let mut pairs = answer.list("/duplicateCandidates/nodes").to_vec();
    pairs.sort_by_key(|pair| pair["id"].to_string());
    pairs
}

/// What became of a pair; nothing when it is none.
fn state(pairs: &[Value], one: Uuid, other: Uuid) -> Option<&str> {
    let id = json!(candidate::pair_id(one, other));
    pairs.iter().find(|pair| pair["id"] == id).map(|pair| pair["state"].as_str().unwrap())
}

fn dismissal(one: Uuid, other: Uuid) -> String {
    format!("contactDuplicateDismiss(contactId: \"{one}\", otherContactId: \"{other}\", reason: \"aunt and niece\")")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undoing_brings_pairs_and_dismissals_back_as_they_were() {
    let app = App::demo().await;
    // The duplicate knows as much as the survivor, or an email address more, which changes what speaks against the survivor and the third.
    for emails in [&["ermengarde@holm.example"][..], &["ermengarde@holm.example", "niece@holm.example"]] {
        let survivor = record(&app, "Ermengarde", "Szczepanska", &["ermengarde@holm.example"]).await;
        let duplicate = record(&app, "Ermengard", "Szczepanska", emails).await;
        let third = record(&app, "Ermengarda", "Szczepanska", &["niece@holm.example"]).await;
        let fourth = record(&app, "Ermengarde", "Szczepansky", &[]).await;
        let all = [survivor, duplicate, third, fourth];
        pairs(&app, &all).await;
        for one in [survivor, duplicate] {
            call(&app, &Who::super_admin(), &dismissal(one, third), "").await;
        }
        let before = pairs(&app, &all).await;
        for (one, other, wanted) in [
            (survivor, third, "DISMISSED"),
            (duplicate, third, "DISMISSED"),
            (survivor, duplicate, "OPEN"),
            (duplicate, fourth, "OPEN"),
            (survivor, fourth, "OPEN"),
        ] {
            assert_eq!(state(&before, one, other), Some(wanted), "{before:#?}");
        }

        let merged = merge(&app, survivor, duplicate).await;
        let one = pairs(&app, &all).await;
        assert_eq!((state(&one, duplicate, third), state(&one, duplicate, fourth)), (None, None));
        assert_eq!(state(&one, survivor, duplicate), Some("MERGED"));
        let is_said_of_the_same = emails.len() == 1;
        let wanted = if is_said_of_the_same { "DISMISSED" } else { "OPEN" };
        assert_eq!(state(&one, survivor, third), Some(wanted), "it holds while the evidence is what it was said of");
        // The old id says whose it is; what is said of the survivor now is said of what it is now.
        let refused = attempt(&app, &Who::super_admin(), &dismissal(duplicate, fourth)).await;
        assert_eq!(refused.as_deref(), Some("MERGED"));

        undo(&app, merged).await;
        assert_eq!(pairs(&app, &all).await, before, "as they were");
        app.is_proved().await;
        for id in all {
            call(&app, &Who::acme_admin(), &format!("contactDelete(id: \"{id}\")"), "").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_of_the_one_person_meanwhile_is_said_of_the_survivor_alone() {
    let app = App::demo().await;
    let survivor = record(&app, "Ermengarde", "Szczepanska", &["ermengarde@holm.example"]).await;
    let duplicate = record(&app, "Ermengard", "Szczepanska", &[]).await;
    let third = record(&app, "Ermengarda", "Szczepanska", &["niece@holm.example"]).await;
    let all = [survivor, duplicate, third];
    let before = pairs(&app, &all).await;
    let merged = merge(&app, survivor, duplicate).await;
    call(&app, &Who::super_admin(), &dismissal(third, survivor), "").await;
    undo(&app, merged).await;
    let after = pairs(&app, &all).await;
    assert_eq!(state(&after, survivor, third), Some("DISMISSED"), "the evidence is the same as it was said of");
    assert_eq!(state(&after, duplicate, third), state(&before, duplicate, third));
    assert_eq!(state(&after, duplicate, third), Some("OPEN"));
    app.is_proved().await;
}
