//! US-5: one primary contact per role at every instant, and a log that tells who stopped being it.

use std::collections::BTreeSet;

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use super::MANY;
use crate::behind::{count, proved, rows};
use crate::client::ACME;
use crate::ground::Pair;

const CREATE: &str =
    "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position userErrors { code } } }";
const SET: &str =
    "mutation ($id: UUID!) { contactSetPrimary(contactId: $id, type: BILLING) { position userErrors { code } } }";
const LINK: &str = "mutation ($id: UUID!) { contactLink(contactId: $id, link: { type: BILLING, isPrimary: true }) { position userErrors { code } } }";

/// Follows the log: whose link is the primary billing one after the last event. Each that becomes it names the one that stops being it.
fn holder(events: &[Value]) -> Option<String> {
    let (mut billing, mut holder) = (BTreeSet::new(), None);
    for event in events {
        let (link, facts) = (event["stream_id"].as_str().unwrap().to_owned(), &event["data"]);
        let change = event["event_type"].as_str().unwrap().rsplit('.').next().unwrap();
        if change == "linked" && facts["contact_type"] == "billing" {
            billing.insert(link.clone());
        }
        if !billing.contains(&link) {
            continue;
        }
        if change == "unlinked" {
            holder = holder.filter(|held| *held != link);
        } else if facts["is_primary"] == true {
            assert_eq!(
                facts["demotes"].as_str(),
                holder.as_deref(),
                "a demotion that the log does not tell: {event:#}"
            );
            assert_ne!(holder.as_ref(), Some(&link), "it was primary already: {event:#}");
            holder = Some(link);
        }
    }
    holder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_attempts_at_one_primary_leave_one_and_the_log_tells_each_demotion() {
    let pair = Pair::start().await;
    let people: Vec<Uuid> = (0..20).map(|_| Uuid::new_v4()).collect();
    for answer in pair
        .at_once(people.len(), |at| {
            let roles = json!([{ "type": "BILLING" }]);
            let contact = json!({ "id": people[at], "allowDuplicate": true, "firstName": "Candidate", "lastName": format!("{at}"), "organizations": roles });
            (ACME, CREATE, json!({ "contact": contact }))
        })
        .await
    {
        assert!(answer.position().is_some());
    }
    let before = count(pair.owner(), "domain_events").await;

    // Both ways to become it, on both servers.
    let answers = pair
        .at_once(MANY, |at| {
            (ACME, if at / 2 % 2 == 0 { SET } else { LINK }, json!({ "id": people[at % people.len()] }))
        })
        .await;

    for answer in &answers {
        assert_eq!(answer.refusals(), [""; 0]);
    }
    let written = answers.iter().filter(|answer| answer.position().is_some()).count() as u64;
    assert_eq!(
        count(pair.owner(), "domain_events").await - before,
        written,
        "an event for each that was told a position"
    );
    // Nobody is told that it is so unless it became it, and somebody else after them: each of the twenty has a turn at least.
    assert!(written >= people.len() as u64, "{written}");
    let acme = ids::organization("acme");
    let open = format!(
        "SELECT id FROM organization_contacts
         WHERE organization_id = '{acme}' AND contact_type = 'billing' AND is_primary AND unlinked_at IS NULL"
    );
    let open = rows(pair.owner(), &open).await;
    assert_eq!(open.len(), 1, "{open:?}");
    let log = format!(
        "SELECT stream_id, event_type, data FROM domain_events
         WHERE event_type LIKE 'organization.contact.%' AND data->>'organization_id' = '{acme}' ORDER BY epoch, xid, seq"
    );
    assert_eq!(holder(&rows(pair.owner(), &log).await).as_deref(), open[0]["id"].as_str());
    proved(pair.owner()).await;
}
