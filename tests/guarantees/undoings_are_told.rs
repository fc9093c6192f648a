//! Whoever keeps one of two records learns that they became one and that they are two again: over the list of changes, in the history and
//! over subscriptions, whether it sees the other one afterwards or not; and it learns nothing of the one that it does not see.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::merging::{call, merge, undo};
use crate::support::{App, Who};

/// A record of whoever makes it, with a title that nobody else has.
async fn record(app: &App, who: &Who, last_name: &str) -> Uuid {
    let id = Uuid::new_v4();
    let contact = format!(
        "contactCreate(contact: {{id: \"{id}\", firstName: \"Told\", lastName: \"{last_name}\", title: \"Title of {id}\"}})"
    );
    call(app, who, &contact, "").await;
    id
}

/// One person whom two organizations keep that have nothing to do with each other: who stays, who goes, and whose they are.
struct Two {
    survivor: Uuid,
    duplicate: Uuid,
    keeper: Who,
    other: Who,
}

/// The duplicate is a provider's, and a partner's.
async fn pairs(app: &App) -> [Two; 2] {
    let (acme, riverside, partner) = (Who::acme_admin(), Who::stranger(), Who::techpartner_admin());
    [
        Two {
            survivor: record(app, &acme, "Abendroth").await,
            duplicate: record(app, &riverside, "Zimmerli").await,
            keeper: riverside.clone(),
            other: acme,
        },
        Two {
            survivor: record(app, &riverside, "Oberholzer").await,
            duplicate: record(app, &partner, "Quattrone").await,
            keeper: partner,
            other: riverside,
        },
    ]
}

const FIELDS: &str =
    "id type version subjects { kind id node { __typename } } fields { name old new } node { ... on Contact { id } }";

/// The end of the log, for whoever wants what comes after it.
async fn now(app: &App, who: &Who) -> Value {
    let mut after = Value::Null;
    loop {
        let ask = format!("{{ changes(after: {after}, first: 200) {{ endPosition hasNextPage isCaughtUp }} }}");
        let page = app.ask(who, &ask).await;
        after = page.at("/changes/endPosition").clone();
        if page.at("/changes/isCaughtUp") == &Value::Bool(true) {
            return after;
        }
    }
}

async fn changes(app: &App, who: &Who, after: &Value, of: Option<Uuid>) -> Vec<Value> {
    let of = of.map_or_else(String::new, |id| format!("contactId: \"{id}\", "));
    let ask = format!("{{ changes({of}after: {after}, first: 200) {{ nodes {{ {FIELDS} }} isCaughtUp }} }}");
    app.ask_caught_up(who, &ask).await.list("/changes/nodes").to_vec()
}

fn types(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

/// That entries of a merge are the duplicate's own, and say nothing of the survivor.
fn is_of_the_duplicate_alone(entries: &[Value], two: &Two) {
    let of_merge: Vec<&Value> =
        entries.iter().filter(|entry| entry["type"].as_str().unwrap().starts_with("contact.merge")).collect();
    assert_eq!(of_merge.len(), 2, "{entries:#?}");
    let subject = json!([{ "kind": "CONTACT", "id": two.duplicate, "node": { "__typename": "Contact" } }]);
    for entry in of_merge {
        assert_eq!((&entry["subjects"], &entry["fields"]), (&subject, &json!([])), "{entry:#}");
        assert_eq!((&entry["version"], &entry["node"]["id"]), (&Value::Null, &json!(two.duplicate)));
        assert!(!entry.to_string().contains(&two.survivor.to_string()), "{entry:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_keeps_the_duplicate_learns_that_it_is_back() {
    let app = App::demo().await;
    for two in pairs(&app).await {
        let before = now(&app, &two.keeper).await;
        let others_before = now(&app, &two.other).await;
        let merged = merge(&app, two.survivor, two.duplicate).await;
        // While they are one, whoever sees one of them is told of both.
        for who in [&two.keeper, &two.other] {
            let told = changes(&app, who, &before, Some(two.duplicate)).await;
            assert_eq!(types(&told), ["contact.merged"], "{}", who.name);
            assert!(told[0]["version"].is_i64());
            assert_eq!(told[0]["fields"][0]["name"], "mergedFrom", "{told:#?}");
        }
        let while_one = now(&app, &two.keeper).await;
        assert_eq!(undo(&app, merged).await, Vec::<Value>::new());

        // Whoever followed on is told that it is back, and then to forget the other one.
        let told = changes(&app, &two.keeper, &while_one, None).await;
        assert_eq!(types(&told), ["contact.merge.reverted", "contact.removed_from_sight"]);
        assert_eq!(told[1]["subjects"][0]["id"], json!(two.survivor));
        let whole = changes(&app, &two.keeper, &before, None).await;
        is_of_the_duplicate_alone(&whole, &two);
        is_of_the_duplicate_alone(&changes(&app, &two.keeper, &before, Some(two.duplicate)).await, &two);
        let history = format!(
            "{{ contact(id: \"{}\") {{ history(first: 20) {{ totalCount nodes {{ {FIELDS} }} }} }} }}",
            two.duplicate
        );
        let history = app.ask(&two.keeper, &history).await;
        let entries = history.list("/contact/history/nodes").to_vec();
        assert_eq!(types(&entries), ["contact.merge.reverted", "contact.merged", "contact.created"]);
        assert_eq!(history.at("/contact/history/totalCount"), 3);
        is_of_the_duplicate_alone(&entries, &two);

        // Whoever keeps the survivor is told so of that one, with its version, and nothing of the duplicate but that it is out of sight.
        let told = changes(&app, &two.other, &others_before, None).await;
        assert_eq!(types(&told), ["contact.merged", "contact.merge.reverted", "contact.removed_from_sight"]);
        for entry in &told[..2] {
            assert!(entry["version"].is_i64() && !entry.to_string().contains(&two.duplicate.to_string()), "{entry:#}");
            assert_eq!(entry["node"]["id"], json!(two.survivor));
        }
        // Somebody who sees neither is told nothing, and super_admin everything.
        let nobody = Who::of_nowhere();
        assert_eq!(changes(&app, &nobody, &before, Some(two.duplicate)).await, Vec::<Value>::new());
        for id in [two.survivor, two.duplicate] {
            let told = changes(&app, &Who::super_admin(), &before, Some(id)).await;
            assert_eq!(types(&told), ["contact.merged", "contact.merge.reverted"]);
            assert!(told.iter().all(|entry| entry["subjects"].as_array().unwrap().len() == 2), "{told:#?}");
        }
    }
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_tells_the_keeper_of_the_duplicate_both() {
    let app = App::demo().await;
    for two in pairs(&app).await {
        let follow = "subscription ($contact: UUID) { changes(contactId: $contact) { type version subjects { id } fields { name } node { ... on Contact { id title } } } }";
        let mut socket = app.socket(&two.keeper).await;
        socket.subscribe("s", follow, json!({ "contact": two.duplicate })).await;
        let mut all = app.stream(&two.keeper, follow, json!({}), None).await;
        let merged = merge(&app, two.survivor, two.duplicate).await;
        // What was written just before may come too: a position is passed on once nobody before it writes any more.
        let is_merged = |told: &Value| told["changes"]["type"] == "contact.merged";
        let mut told = [socket.next().await, all.next().await];
        while !is_merged(&told[0]) {
            told[0] = socket.next().await;
        }
        while !is_merged(&told[1]) {
            told[1] = all.next().await;
        }
        for told in &told {
            assert_eq!(told["changes"]["node"]["id"], json!(two.survivor), "who it is now");
        }
        undo(&app, merged).await;
        let told = [socket.next().await, all.next().await];
        for told in &told {
            let change = &told["changes"];
            assert_eq!((&change["type"], &change["version"]), (&json!("contact.merge.reverted"), &Value::Null));
            assert_eq!(change["subjects"], json!([{ "id": two.duplicate }]));
            let title = format!("Title of {}", two.duplicate);
            assert_eq!(change["node"], json!({ "id": two.duplicate, "title": title }));
        }
        let removal = all.next().await;
        assert_eq!(removal["changes"]["type"], "contact.removed_from_sight");
        assert_eq!(removal["changes"]["subjects"], json!([{ "id": two.survivor }]));
    }
}

/// Whoever may not read history is told that something happened, and to whom.
#[tokio::test]
async fn a_viewer_is_told_to_read_the_duplicate_anew() {
    use liaison_domain::viewer::Role;
    let app = App::demo().await;
    let [two, _] = pairs(&app).await;
    let viewer = two.keeper.clone().with_role(Role::Viewer);
    let before = now(&app, &viewer).await;
    let merged = merge(&app, two.survivor, two.duplicate).await;
    undo(&app, merged).await;
    let told = changes(&app, &viewer, &before, Some(two.duplicate)).await;
    assert_eq!(types(&told), ["contact.merged", "contact.merge.reverted"]);
    is_of_the_duplicate_alone(&told, &two);
}
