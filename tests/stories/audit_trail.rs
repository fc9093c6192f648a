//! The audit trail: who changed what, when and why, read as the history of a thing and as the log that one polls. It is a record for
//! those who administer, and it tells nobody of organizations that they do not see.

use std::collections::BTreeSet;

use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{Answer, App, Who};

const UPDATE: &str = "mutation ($id: UUID!, $phone: PhoneUpdateInput!, $why: String) { phoneUpdate(id: $id, phone: $phone, reason: $why) { position userErrors { message } } }";

async fn correct(app: &App, who: &Who, number: &str, why: &str) -> Value {
    let variables = json!({ "id": ids::phone("Jane Doe mobile"), "phone": { "number": number }, "why": why });
    app.ask_with(who, UPDATE, variables).await.done("phoneUpdate")["position"].clone()
}

/// One page of a history: its entries' types, whether it goes on, and where it ends.
async fn page(app: &App, who: &Who, arguments: &str) -> (Vec<String>, Value) {
    let jane = ids::contact("Jane Doe");
    let query = format!(
        "{{ history(id: \"{jane}\" {arguments}) {{ totalCount edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    let answer = app.ask(who, &query).await;
    let ids =
        answer.list("/history/edges").iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect();
    (ids, answer.at("/history/pageInfo").clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_a_thing_says_who_when_what_and_why() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let position = correct(&app, &acme, "+1 217 555 0777", "she has a new phone").await;
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Phone {{ version history(first: 1) {{ totalCount nodes {{
             type actor reason requestId position version recordedAt organization {{ name }} fields {{ name old new }}
             subjects {{ kind id node {{ id }} }} node {{ ... on Phone {{ number }} }} }} }} }} }} }}",
        ids::phone("Jane Doe mobile")
    );
    let answer = app.ask(&acme, &query).await;
    let last = answer.at("/node/history/nodes/0");
    assert_eq!(
        (&last["type"], &last["actor"], &last["reason"], &last["organization"]["name"]),
        (&json!("phone.updated"), &json!("acme-admin"), &json!("she has a new phone"), &json!("Acme Healthcare"))
    );
    assert_eq!((&last["position"], &last["version"]), (&position, answer.at("/node/version")));
    assert!(last["requestId"].is_string() && last["recordedAt"].is_string());
    let number = last["fields"].as_array().unwrap().iter().find(|field| field["name"] == "number").unwrap();
    assert_eq!((&number["old"], &number["new"]), (&json!("555-222-2222"), &json!("+1 217 555 0777")));
    assert_eq!(last["node"]["number"], "+1 217 555 0777");
    let subject = json!(ids::phone("Jane Doe mobile"));
    assert_eq!(last["subjects"], json!([{ "kind": "PHONE", "id": subject, "node": { "id": subject } }]));
    // What a link means stands in a contact's history as the API writes it.
    let jane = format!(
        "{{ contact(id: \"{}\") {{ history {{ nodes {{ type fields {{ name old new }} subjects {{ kind }} }} }} }} }}",
        ids::contact("Jane Doe")
    );
    let answer = app.ask(&acme, &jane).await;
    let links: Vec<&Value> = answer
        .list("/contact/history/nodes")
        .iter()
        .filter(|change| change["type"] == "organization.contact.linked")
        .collect();
    assert!(!links.is_empty());
    for link in links {
        assert_eq!(link["subjects"], json!([{ "kind": "ORGANIZATION" }, { "kind": "CONTACT" }]));
        assert!(link["fields"].as_array().unwrap().contains(&json!({ "name": "type", "old": null, "new": "BILLING" })));
    }
    let types: Vec<&Value> = answer.list("/contact/history/nodes").iter().map(|change| &change["type"]).collect();
    assert_eq!(types.last(), Some(&&json!("contact.created")), "newest first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_is_paged_both_ways_and_its_cursors_tell_nothing() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (all, info) = page(&app, &acme, ", first: 200").await;
    assert!(all.len() >= 5 && all.iter().collect::<BTreeSet<_>>().len() == all.len());
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(false), &json!(false)));
    for (from_start, argument, cursor, arrow) in
        [(true, "first", "endCursor", "after"), (false, "last", "startCursor", "before")]
    {
        let mut found: Vec<String> = Vec::new();
        let mut arguments = format!(", {argument}: 2");
        loop {
            let (ids, info) = page(&app, &acme, &arguments).await;
            let (goes_on, was) =
                if from_start { ("hasNextPage", "hasPreviousPage") } else { ("hasPreviousPage", "hasNextPage") };
            assert_eq!(info[was], json!(!found.is_empty()));
            if from_start {
                found.extend(ids)
            } else {
                found.splice(0..0, ids);
            }
            if info[goes_on] == json!(false) {
                break;
            }
            arguments = format!(", {argument}: 2, {arrow}: {}", info[cursor]);
        }
        assert_eq!(found, all, "{argument}");
    }
    // Another list's cursor, and a text that is none.
    let directory = app.ask(&acme, "{ contacts(first: 1) { pageInfo { endCursor } } }").await;
    for wrong in [directory.at("/contacts/pageInfo/endCursor").as_str().unwrap(), "nonsense"] {
        let query = format!("{{ history(id: \"{}\", after: \"{wrong}\") {{ totalCount }} }}", ids::contact("Jane Doe"));
        assert_eq!(app.ask(&acme, &query).await.code(), "BAD_USER_INPUT", "{wrong}");
    }
    // Beside its place, sealed, a cursor has the entry's id and nothing of how busy others are.
    use base64::Engine;
    let cursor = info["endCursor"].as_str().unwrap();
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).unwrap();
    let (order, values, id): (String, Vec<String>, String) = serde_json::from_slice(&text).unwrap();
    assert_eq!((order.as_str(), values.len(), &id), ("history", 1, all.last().unwrap()));
    assert_eq!(values[0].len(), 22, "one sealed block");
}

/// Clinicians and viewers see the people and not who changed what; what is foreign has no history for anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_is_for_those_who_administer_and_of_what_they_see() {
    let app = App::demo().await;
    let jane = ids::contact("Jane Doe");
    let query = format!("{{ contact(id: \"{jane}\") {{ firstName history {{ totalCount }} }} }}");
    for who in [Who::acme_clinician(), Who::acme_viewer()] {
        let answer = app.ask(&who, &query).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert_eq!(
            answer.body["data"]["contact"],
            json!({ "firstName": "Jane", "history": null }),
            "the rest is there"
        );
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("super_admin, provider_admin, partner_admin"), "{message}");
        let root = app.ask(&who, &format!("{{ history(id: \"{jane}\") {{ totalCount }} }}")).await;
        assert_eq!((root.code(), &root.body["data"]["history"]), ("FORBIDDEN", &Value::Null));
    }
    let of = |id: uuid::Uuid| format!("{{ history(id: \"{id}\") {{ totalCount nodes {{ type }} }} }}");
    for who in [Who::stranger(), Who::acme_clinician()] {
        let foreign = if who == Who::stranger() { jane } else { ids::contact("Peter Lang") };
        let [foreign, missing] = [foreign, uuid::Uuid::from_u128(7)].map(of);
        let (foreign, missing): (Answer, Answer) = (app.ask(&who, &foreign).await, app.ask(&who, &missing).await);
        assert_eq!(foreign.body, missing.body, "foreign is missing");
        assert_eq!(foreign.at("/history"), &Value::Null);
    }
}

/// Two tenants share the consultant: each knows what happened to him, and nobody where else he works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_share_a_contact_see_each_others_changes_and_not_each_other() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    // Acme made him; Bayside linked him.
    let bayside = Who { organization_id: ids::organization("bayside"), ..Who::acme_admin() };
    let link = "mutation ($id: UUID!) { contactLink(contactId: $id, link: {type: EMERGENCY}, reason: \"on call\") { userErrors { message } } }";
    app.ask_with(&bayside, link, json!({ "id": john })).await.done("contactLink");
    let history = |who: Who| {
        let app = &app;
        async move {
            let query = format!(
                "{{ history(id: \"{john}\", first: 200) {{ nodes {{ type actor reason organization {{ id }} subjects {{ kind id }} }} }} }}"
            );
            app.ask(&who, &query).await.list("/history/nodes").to_vec()
        }
    };
    let whole = history(Who::super_admin()).await;
    let seen = history(bayside.clone()).await;
    let organizations = |changes: &[Value]| -> BTreeSet<String> {
        let subjects = changes.iter().flat_map(|change| change["subjects"].as_array().unwrap());
        let named = subjects.filter(|subject| subject["kind"] == "ORGANIZATION").map(|subject| &subject["id"]);
        let acted = changes.iter().map(|change| &change["organization"]["id"]).filter(|id| !id.is_null());
        named.chain(acted).map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert!(organizations(&whole).len() >= 5, "he works for five");
    assert_eq!(organizations(&seen), BTreeSet::from([bayside.organization_id.to_string()]));
    assert!(seen.len() < whole.len());
    assert!(seen.iter().any(|change| change["actor"].is_null()), "what another organization did is told without who");
    assert!(seen.iter().any(|change| change["actor"].is_string()));
}

/// The list for those who poll: from the beginning, from a position on, of one kind, of one person; and what is no position.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_polls_goes_on_where_they_stopped() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let ask = async |arguments: &str| {
        app.ask(
            &acme,
            &format!("{{ changes{arguments} {{ endPosition hasNextPage isCaughtUp nodes {{ id type position }} }} }}"),
        )
        .await
    };
    let mut all: Vec<Value> = Vec::new();
    let mut arguments = "(first: 7)".to_owned();
    loop {
        let answer = ask(&arguments).await;
        let nodes = answer.list("/changes/nodes");
        all.extend(nodes.iter().cloned());
        arguments = format!("(first: 7, after: {})", answer.at("/changes/endPosition"));
        if answer.at("/changes/isCaughtUp") == &json!(true) {
            assert_eq!(answer.at("/changes/hasNextPage"), &json!(false));
            break;
        }
    }
    assert!(all.len() > 50);
    assert_eq!(all.iter().map(|change| change["id"].to_string()).collect::<BTreeSet<_>>().len(), all.len());
    // The position of any change is one to go on from.
    let rest = ask(&format!("(first: 3, after: {})", all[10]["position"])).await;
    assert_eq!(rest.list("/changes/nodes"), &all[11..14]);
    // And so is a mutation's: what comes after it is not the mutation.
    let position = correct(&app, &acme, "+1 217 555 0778", "a new phone").await;
    let types = "types: [\"phone.updated\"]";
    loop {
        let found = ask(&format!("({types})")).await;
        if let [one] = found.list("/changes/nodes") {
            assert_eq!(one["position"], position);
            break;
        }
        assert_eq!(found.list("/changes/nodes").len(), 0);
    }
    assert_eq!(ask(&format!("({types}, after: {position})")).await.list("/changes/nodes"), [Value::Null; 0]);
    for (wrong, says) in [
        ("(after: \"nonsense\")", "a position that this service gave"),
        ("(after: \"AAAAAAAAAAAAAAAAAAAAAA\")", "a position that this service gave"),
        ("(types: [\"contact.exploded\"])", "contact.created"),
        ("(first: 201)", "at most 200"),
        ("(first: -1)", "0 to 200"),
    ] {
        let answer = ask(wrong).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong}");
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(says), "{wrong}: {message}");
    }
}
