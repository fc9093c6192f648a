//! A link is open once, whoever makes it and closes it how often.

use std::collections::BTreeMap;

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use super::MANY;
use crate::behind::{count, proved, rows};
use crate::client::ACME;
use crate::ground::Pair;

const CREATE: &str =
    "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position userErrors { code } } }";
const LINK: &str = "mutation ($id: UUID!, $link: ContactLinkInput!) { contactLink(contactId: $id, link: $link) { position userErrors { code } } }";
const UNLINK: &str = "mutation ($id: UUID!, $type: ContactType) { contactUnlink(contactId: $id, type: $type) { position userErrors { code } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_links_of_one_role_leave_one_open_row_and_one_event() {
    let pair = Pair::start().await;
    let john = ids::contact("John Doe");
    let before = count(pair.owner(), "domain_events").await;
    let link = json!({ "id": john, "link": { "type": "STAKEHOLDER" } });

    let answers = pair.at_once(MANY, |_| (ACME, LINK, link.clone())).await;

    for answer in &answers {
        assert_eq!(answer.refusals(), [""; 0]);
    }
    assert_eq!(answers.iter().filter(|answer| answer.position().is_some()).count(), 1, "the others found it so");
    assert_eq!(count(pair.owner(), "domain_events").await - before, 1);
    let acme = ids::organization("acme");
    let rows = format!(
        "organization_contacts WHERE contact_id = '{john}' AND organization_id = '{acme}' AND contact_type = 'stakeholder'"
    );
    assert_eq!(count(pair.owner(), &rows).await, 1);
    assert_eq!(count(pair.owner(), &format!("{rows} AND unlinked_at IS NULL")).await, 1);
    proved(pair.owner()).await;
}

/// Every period has one beginning and at most one end, in this order, and the next begins after it.
fn periods(events: &[Value]) -> BTreeMap<(String, String), Option<String>> {
    let mut roles: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut open: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    for event in events {
        let (link, facts) = (event["stream_id"].as_str().unwrap().to_owned(), &event["data"]);
        let version = versions.entry(link.clone()).or_default();
        *version += 1;
        assert_eq!(event["stream_version"], *version, "{event:#}");
        match event["event_type"].as_str().unwrap() {
            "organization.contact.linked" => {
                let text = |name: &str| facts[name].as_str().unwrap().to_owned();
                let role = (text("contact_id"), text("contact_type"));
                let before = open.insert(role.clone(), Some(link.clone())).flatten();
                assert_eq!(before, None, "linked while it was linked: {event:#}");
                roles.insert(link, role);
            }
            "organization.contact.unlinked" => {
                let before = open.insert(roles[&link].clone(), None).flatten();
                assert_eq!(before, Some(link), "unlinked while it was not: {event:#}");
            }
            _ => assert_eq!(open[&roles[&link]], Some(link), "primary without a role: {event:#}"),
        }
    }
    open
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_links_and_unlinks_leaves_every_period_whole() {
    let pair = Pair::start().await;
    let people: Vec<Uuid> = (0..4).map(|_| Uuid::new_v4()).collect();
    for (at, id) in people.iter().enumerate() {
        let contact = json!({ "id": id, "allowDuplicate": true, "firstName": "Restless", "lastName": format!("{at}") });
        assert!(pair.ask(at, ACME, CREATE, json!({ "contact": contact })).await.position().is_some());
    }
    let before = count(pair.owner(), "domain_events").await;

    let answers = pair
        .at_once(2 * MANY, |at| {
            // Spread by a multiplication rather than by chance, so that a failure comes again.
            let spread = (at as u32).wrapping_mul(2_654_435_761) >> 8;
            let (id, of) = (people[spread as usize % 4], ["EMERGENCY", "STAKEHOLDER"][spread as usize / 4 % 2]);
            match spread / 8 % 8 {
                0..3 => (ACME, LINK, json!({ "id": id, "link": { "type": of } })),
                3 => (ACME, LINK, json!({ "id": id, "link": { "type": of, "isPrimary": true } })),
                4..7 => (ACME, UNLINK, json!({ "id": id, "type": of })),
                _ => (ACME, UNLINK, json!({ "id": id })),
            }
        })
        .await;

    for answer in &answers {
        assert_eq!(answer.refusals(), [""; 0]);
    }
    let written = answers.iter().filter(|answer| answer.position().is_some()).count() as u64;
    let transactions = format!(
        "(SELECT DISTINCT epoch, xid FROM (SELECT epoch, xid FROM domain_events ORDER BY epoch, xid, seq OFFSET {before}) new) x"
    );
    assert_eq!(
        count(pair.owner(), &transactions).await,
        written,
        "each that was told a position wrote, and nobody else"
    );
    let theirs = people.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    let log = format!(
        "SELECT stream_id, stream_version, event_type, data FROM domain_events
         WHERE event_type LIKE 'organization.contact.%' AND data->>'contact_id' IN ({theirs}) ORDER BY epoch, xid, seq"
    );
    let told = periods(&rows(pair.owner(), &log).await);
    let open = format!(
        "SELECT contact_id, contact_type, id FROM organization_contacts WHERE contact_id IN ({theirs}) AND unlinked_at IS NULL"
    );
    let mut open: Vec<String> =
        rows(pair.owner(), &open).await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    let mut last: Vec<String> = told.into_values().flatten().collect();
    open.sort();
    last.sort();
    assert_eq!(open, last, "what is open is what the log opened last");
    let backwards = "organization_contacts WHERE unlinked_at < linked_at";
    assert_eq!(count(pair.owner(), backwards).await, 0);
    proved(pair.owner()).await;
}
