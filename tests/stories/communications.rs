//! US-9 and US-11: what was said to whom, over which channel; who may not be reached is not; what was wrong is corrected and stays.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const RECORD: &str = "mutation ($record: CommunicationRecordInput!, $reason: String) { communicationRecord(communication: $record, reason: $reason) {
    communication { id channel direction purpose outcome outcomeReason methodValue subject summary actor contact { name } organization { subdomain } }
    position userErrors { code field message } } }";

async fn record(app: &App, who: &Who, reason: Option<&str>, record: Value) -> Value {
    app.ask_with(who, RECORD, json!({ "record": record, "reason": reason })).await.at("/communicationRecord").clone()
}

async fn set(app: &App, who: &Who, call: &str) {
    let name = call.split('(').next().unwrap();
    app.ask(who, &format!("mutation {{ {call} {{ userErrors {{ code field message }} }} }}")).await.done(name);
}

fn john() -> Uuid {
    ids::contact("John Doe")
}

#[tokio::test]
async fn a_call_is_recorded_with_the_number_of_then_and_shown_to_those_who_made_it() {
    let app = App::demo().await;
    let clinician = Who::acme_clinician();
    let call = json!({ "contactId": john(), "channel": "PHONE", "direction": "OUTBOUND", "subject": "The pump",
        "summary": "It runs again.\nHe comes on Tuesday.", "occurredAt": "2026-01-02T03:04:05Z" });
    let done = record(&app, &clinician, None, call).await;
    let made = &done["communication"];
    assert_eq!(
        (
            &made["methodValue"],
            &made["outcome"],
            &made["actor"],
            &made["contact"]["name"],
            &made["organization"]["subdomain"]
        ),
        (&json!("+17735550190"), &json!("DONE"), &json!("acme-clinician"), &json!("John Doe"), &json!("acme")),
        "{done:#}"
    );
    // Another number later does not change what was dialled.
    let phone = ids::phone("John Doe mobile");
    set(&app, &Who::acme_admin(), &format!("phoneUpdate(id: \"{phone}\", phone: {{number: \"+1 217 555 0188\"}})"))
        .await;
    let ask = format!(
        "{{ contact(id: \"{}\") {{ communications {{ totalCount nodes {{ subject methodValue }} }} }} communications {{ totalCount }} }}",
        john()
    );
    let mine = app.ask(&Who::acme_viewer(), &ask).await;
    let expected = json!({ "totalCount": 1, "nodes": [{ "subject": "The pump", "methodValue": "+17735550190" }] });
    assert_eq!(mine.at("/contact/communications"), &expected);
    // Bayside works with him too, and learns nothing of it.
    let bayside = Who { name: "Bayside's admin", organization_id: ids::organization("bayside"), ..Who::stranger() };
    let theirs = app.ask(&bayside, &ask).await;
    assert_eq!(theirs.at("/contact/communications/totalCount"), &json!(0));
    assert_eq!(theirs.at("/communications/totalCount"), &json!(0));
    let node = format!("{{ node(id: {id}) {{ id }} history(id: {id}) {{ totalCount }} }}", id = made["id"]);
    assert_eq!(app.ask(&bayside, &node).await.data(), &json!({ "node": null, "history": null }));
    assert_eq!(app.ask(&Who::acme_admin(), &node).await.at("/history/totalCount"), &json!(1));
    let told = format!("{{ contact(id: \"{}\") {{ history(first: 5) {{ nodes {{ type }} }} }} }}", john());
    assert_eq!(
        app.ask(&Who::acme_admin(), &told).await.at("/contact/history/nodes/0/type"),
        "contact.communication.recorded"
    );
    let theirs = app.ask(&bayside, &told).await.at("/contact/history").to_string();
    assert!(!theirs.contains("communication"), "{theirs}");
    app.is_proved().await;
}

#[tokio::test]
async fn who_must_not_be_contacted_is_not_but_in_an_emergency_with_a_reason() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    set(&app, &admin, &format!("contactSetDoNotContact(id: \"{}\", reason: \"he asked for it\")", john())).await;
    let call = |more: Value| {
        let mut call = json!({ "contactId": john(), "channel": "PHONE", "direction": "OUTBOUND" });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    let refused = record(&app, &admin, None, call(json!({}))).await;
    let error = &refused["userErrors"][0];
    assert_eq!((&error["code"], &error["field"]), (&json!("UNREACHABLE"), &json!(["channel"])));
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("they must not be contacted: he asked for it"), "{message}");
    assert!(message.ends_with("record it with the outcome NOT_DONE and why"), "{message}");
    // That it was refused can be recorded, and that he called.
    let not_done =
        record(&app, &admin, None, call(json!({ "outcome": "NOT_DONE", "outcomeReason": "must not be called" }))).await;
    assert_eq!(not_done["communication"]["outcome"], "NOT_DONE", "{not_done:#}");
    assert_eq!(
        record(&app, &admin, None, call(json!({ "direction": "INBOUND" }))).await["communication"]["direction"],
        "INBOUND"
    );
    // An emergency passes it, for a reason.
    let emergency = call(json!({ "purpose": "EMERGENCY" }));
    let asked = record(&app, &admin, None, emergency.clone()).await;
    assert_eq!(
        (&asked["userErrors"][0]["code"], &asked["userErrors"][0]["field"]),
        (&json!("INVALID"), &json!(["reason"]))
    );
    let done = record(&app, &admin, Some("the cold store is failing"), emergency).await;
    assert_eq!(done["communication"]["purpose"], "EMERGENCY", "{done:#}");
    let reasons = app
        .behind("SELECT metadata->>'reason' AS reason FROM domain_events WHERE event_type = 'contact.communication.recorded' AND data->>'purpose' = 'emergency'")
        .await;
    assert_eq!(json!(reasons), json!([{ "reason": "the cold store is failing" }]));
    app.is_proved().await;
}

#[tokio::test]
async fn an_opt_out_is_passed_by_nothing() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    let phone = ids::phone("John Doe mobile");
    let ask = format!(
        "{{ contact(id: \"{}\") {{ routine: reachability(channel: SMS) {{ verdict reasons {{ code }} phone {{ number }} }}
            emergency: reachability(channel: SMS, purpose: EMERGENCY) {{ verdict reasons {{ code }} }}
            call: reachability(channel: PHONE, purpose: EMERGENCY) {{ verdict phone {{ id }} }} }} }}",
        john()
    );
    let before = app.ask(&admin, &ask).await;
    assert_eq!(before.at("/contact/emergency/verdict"), "ALLOWED");
    set(&app, &admin, &format!("phoneSmsOptOut(id: \"{phone}\")")).await;
    let after = app.ask(&admin, &ask).await;
    for purpose in ["routine", "emergency"] {
        assert_eq!(after.at(&format!("/contact/{purpose}/verdict")), "BLOCKED");
        assert_eq!(after.at(&format!("/contact/{purpose}/reasons/0/code")), "OPTED_OUT");
    }
    assert_eq!(
        after.at("/contact/call"),
        &json!({ "verdict": "ALLOWED", "phone": { "id": phone } }),
        "a call is no text message"
    );
    for (purpose, reason) in [("ROUTINE", None), ("EMERGENCY", Some("fire"))] {
        let sms = json!({ "contactId": john(), "channel": "SMS", "direction": "OUTBOUND", "purpose": purpose });
        let refused = record(&app, &admin, reason, sms).await;
        assert_eq!(refused["userErrors"][0]["code"], "UNREACHABLE", "{refused:#}");
    }
}

#[tokio::test]
async fn a_wrong_record_is_corrected_by_another_once() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    let made = record(
        &app,
        &admin,
        None,
        json!({ "contactId": john(), "channel": "EMAIL", "direction": "INBOUND", "summary": "Sent." }),
    )
    .await;
    let id = &made["communication"]["id"];
    const CORRECT: &str = "mutation ($id: UUID!, $right: CommunicationCorrectInput!) { communicationCorrect(id: $id, communication: $right) {
        communication { id channel direction summary methodValue corrects { id } correctedBy { id } } position userErrors { code field message } } }";
    let correct = async |who: &Who, id: &Value, right: Value| {
        app.ask_with(who, CORRECT, json!({ "id": id, "right": right })).await.at("/communicationCorrect").clone()
    };
    let right = json!({ "channel": "PHONE", "methodValue": null, "summary": "Called." });
    let corrected = correct(&Who::acme_clinician(), id, right.clone()).await;
    let newer = &corrected["communication"];
    let expected = json!({ "id": newer["id"], "channel": "PHONE", "direction": "INBOUND", "summary": "Called.", "methodValue": null,
        "corrects": { "id": id }, "correctedBy": null });
    assert_eq!(newer, &expected);
    let again = correct(&admin, id, right).await;
    assert_eq!((&again["communication"]["id"], &again["position"]), (&newer["id"], &Value::Null), "it is so already");
    let twice = correct(&admin, id, json!({ "summary": "Neither." })).await;
    assert_eq!(twice["userErrors"][0]["code"], "CONFLICT");
    // It is no way around what reachability forbids.
    let reached = correct(&admin, &newer["id"], json!({ "direction": "OUTBOUND" })).await;
    assert_eq!(reached["userErrors"][0]["field"], json!(["outcome"]), "{reached:#}");
    let nothing = correct(&admin, &newer["id"], json!({})).await;
    assert_eq!(nothing["position"], Value::Null);
    assert_eq!(
        correct(&Who::stranger(), id, json!({ "summary": "Mine." })).await["userErrors"][0]["code"],
        "NOT_FOUND"
    );
    let ask = "{ all: communications { nodes { id correctedBy { id } } } right: communications(filter: {isCorrected: false}) { nodes { id } } }";
    let lists = app.ask(&admin, ask).await;
    assert_eq!(lists.list("/all/nodes").len(), 2);
    assert_eq!(lists.at("/right/nodes"), &json!([{ "id": newer["id"] }]));
    app.is_proved().await;
}

#[tokio::test]
async fn they_are_filtered_by_person_channel_organization_and_date() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    for (who, contact, channel, at) in [
        (&admin, john(), "IN_PERSON", "2026-01-01T00:00:00Z"),
        (&admin, john(), "EMAIL", "2026-02-01T00:00:00Z"),
        (&admin, jane, "IN_PERSON", "2026-03-01T00:00:00Z"),
        (&Who::super_admin(), jane, "IN_PERSON", "2026-03-01T00:00:00Z"),
    ] {
        let meeting = json!({ "contactId": contact, "channel": channel, "direction": "INBOUND", "occurredAt": at });
        assert_eq!(record(&app, who, None, meeting).await["userErrors"], json!([]));
    }
    let (acme, platform) = (ids::organization("acme"), ids::organization("platform"));
    for (who, filter, count) in [
        (&admin, String::from("{}"), 3),
        (&admin, format!("{{contactIds: [\"{}\"]}}", john()), 2),
        (&admin, "{channels: [EMAIL]}".to_owned(), 1),
        (&admin, "{channels: [EMAIL, IN_PERSON], direction: INBOUND, outcome: DONE}".to_owned(), 3),
        (&admin, "{direction: OUTBOUND}".to_owned(), 0),
        (&admin, "{occurredFrom: \"2026-01-01T00:00:00Z\", occurredUntil: \"2026-02-01T00:00:00Z\"}".to_owned(), 1),
        (&admin, format!("{{organizationIds: [\"{platform}\"]}}"), 0),
        (&Who::super_admin(), format!("{{organizationIds: [\"{platform}\"]}}"), 1),
        (&Who::super_admin(), format!("{{organizationIds: [\"{acme}\", \"{platform}\"]}}"), 4),
    ] {
        let ask = format!("{{ communications(filter: {filter}) {{ totalCount nodes {{ occurredAt }} }} }}");
        let found = app.ask(who, &ask).await;
        assert_eq!(found.at("/communications/totalCount"), &json!(count), "{} {filter}", who.name);
        let times: Vec<&str> =
            found.list("/communications/nodes").iter().map(|one| one["occurredAt"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|one, next| one >= next), "the newest first: {times:?}");
    }
    let future = json!({ "contactId": jane, "channel": "IN_PERSON", "direction": "INBOUND", "occurredAt": "2999-01-01T00:00:00Z" });
    assert_eq!(record(&app, &admin, None, future).await["userErrors"][0]["field"], json!(["occurredAt"]));
    let viewer = record(
        &app,
        &Who::acme_viewer(),
        None,
        json!({ "contactId": jane, "channel": "IN_PERSON", "direction": "INBOUND" }),
    )
    .await;
    assert_eq!(viewer["userErrors"][0]["code"], "FORBIDDEN");
}
