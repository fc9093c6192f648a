//! An opt-out binds the number (domain.md §6): every phone with it, now and later, whoever's it is.

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::demo::ids;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::{is, make, newest, node, proved, refused, same, written};
use crate::support::{App, Who};

const STATE: &str = "... on Phone { isSmsOptedOut smsOptedOutAt version }";

async fn is_out(app: &App, who: &Who, id: Uuid) -> bool {
    let phone = node(app, who, id, STATE).await;
    assert_eq!(phone["isSmsOptedOut"].as_bool(), Some(!phone["smsOptedOutAt"].is_null()), "{phone}");
    phone["isSmsOptedOut"].as_bool().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_said_stop_is_out_wherever_it_stands_and_comes_to_stand() {
    let app = App::demo().await;
    let (acme, riverside) = (Who::acme_admin(), Who::stranger());
    let create = |number: &str| format!("phoneCreate(phone: {{number: \"{number}\", code: \"mobile\"}})");
    let of_acme = make(&app, &acme, &create("217-555-0170")).await;
    let of_riverside = make(&app, &riverside, &create("+1 (217) 555-0170")).await;
    let another = make(&app, &riverside, &create("217-555-0171")).await;

    let out = format!("phoneSmsOptOut(id: \"{of_acme}\", reason: \"She said STOP on the phone\")");
    let payload = written(&app, &acme, 1, &out, "phone { isSmsOptedOut version }").await;
    assert_eq!(payload["phone"], json!({ "isSmsOptedOut": true, "version": 2 }));
    assert_eq!(newest(&app, "phone.sms.opted_out").await["e164"], "+12175550170");
    // Riverside's row of the same number is out too; nothing else of it changed, and it does not learn by whom.
    assert!(is_out(&app, &riverside, of_riverside).await);
    assert_eq!(node(&app, &riverside, of_riverside, STATE).await["version"], 1);
    assert!(!is_out(&app, &riverside, another).await);
    same(&app, &acme, &out).await;
    same(&app, &riverside, &format!("phoneSmsOptOut(id: \"{of_riverside}\")")).await;

    // Who comes to have the number later is out from the start: made, made with a person, corrected into it.
    let later = make(&app, &riverside, &create("217.555.0170")).await;
    assert!(is_out(&app, &riverside, later).await);
    let person = "contactCreate(contact: {firstName: \"Late\", lastName: \"Comer\", phones: [{phone: {create: {number: \"2175550170\"}}}]})";
    let payload = super::done(&app, &acme, person, "contact { phones { nodes { isSmsOptedOut } } }").await;
    assert_eq!(payload["contact"]["phones"]["nodes"], json!([{ "isSmsOptedOut": true }]));
    let correct = |id: Uuid, number: &str| format!("phoneUpdate(id: \"{id}\", phone: {{number: \"{number}\"}})");
    let payload = written(&app, &riverside, 1, &correct(another, "217-555-0170"), "phone { isSmsOptedOut }").await;
    assert_eq!(payload["phone"]["isSmsOptedOut"], true);
    // Corrected away, the row is another number's: that one said nothing.
    written(&app, &riverside, 1, &correct(another, "217-555-0172"), "").await;
    assert!(!is_out(&app, &riverside, another).await);

    // Every row goes; the number remembers.
    for (who, id) in [(&acme, of_acme), (&riverside, of_riverside), (&riverside, later)] {
        written(&app, who, 1, &correct(id, "217-555-0173"), "").await;
        written(&app, who, 1, &format!("phoneDelete(id: \"{id}\")"), "").await;
    }
    let again = make(&app, &riverside, &create("217-555-0170")).await;
    assert!(is_out(&app, &riverside, again).await);
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_does_not_parse_gets_none_anyway() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let phone = make(&app, &acme, "phoneCreate(phone: {number: \"ask the porter\"})").await;
    let refusal = refused(&app, &acme, &format!("phoneSmsOptOut(id: \"{phone}\")")).await;
    assert!(is(&refusal, "INVALID", "id", "correct it first"), "{refusal:?}");
}

/// An organization's phones with one number are all told, each in its own history, whichever it said it of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_phone_in_sight_with_the_number_is_told() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let create = |code: &str| format!("phoneCreate(phone: {{number: \"217-555-0175\", code: \"{code}\"}})");
    let first = make(&app, &acme, &create("mobile")).await;
    let second = make(&app, &acme, &create("home")).await;
    written(&app, &acme, 2, &format!("phoneSmsOptOut(id: \"{first}\", reason: \"She said STOP\")"), "").await;
    for id in [first, second] {
        let history = format!("{{ history(id: \"{id}\") {{ nodes {{ type reason }} }} }}");
        let newest = app.ask(&acme, &history).await.at("/history/nodes/0").clone();
        assert_eq!(newest, json!({ "type": "phone.sms.opted_out", "reason": "She said STOP" }));
        assert!(is_out(&app, &acme, id).await);
    }
    same(&app, &acme, &format!("phoneSmsOptOut(id: \"{second}\")")).await;
    proved(&app).await;
}

/// Whoever sees a phone's history reads that it was said; the rows of others that follow have no entry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_phone_of_which_it_was_said_has_it_in_its_stream() {
    let app = App::demo().await;
    let jane = ids::phone("Jane Doe mobile");
    let twin = make(&app, &Who::stranger(), "phoneCreate(phone: {number: \"+1 555 222 2222\"})").await;
    written(&app, &Who::acme_admin(), 1, &format!("phoneSmsOptOut(id: \"{jane}\")"), "").await;
    assert!(is_out(&app, &Who::stranger(), twin).await);
    let streams = app.behind("SELECT stream_id FROM domain_events WHERE event_type = 'phone.sms.opted_out'").await;
    assert_eq!(streams, [json!({ "stream_id": jane })]);
    proved(&app).await;
}

/// What a number said is a row that the log proves, and it is told of the past too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_is_in_the_log_and_in_the_past() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let phone = ids::phone("Jane Doe mobile");
    let corrected = format!("phoneUpdate(id: \"{phone}\", phone: {{number: \"555-222-2223\", label: null}})");
    let before = written(&app, &acme, 1, &corrected, "").await["position"].clone();
    let out = written(&app, &acme, 1, &format!("phoneSmsOptOut(id: \"{phone}\")"), "").await["position"].clone();
    written(&app, &acme, 3, &format!("phoneDelete(id: \"{phone}\")"), "").await;
    let ask = "query ($id: UUID!, $before: String!, $out: String!) {
        before: contact(id: $id, asOf: { position: $before }) { phones { nodes { number isSmsOptedOut } } }
        out: contact(id: $id, asOf: { position: $out }) { phones { nodes { number isSmsOptedOut } } }
        now: contact(id: $id) { phones { nodes { number isSmsOptedOut } } } }";
    let past = app.ask_with(&acme, ask, json!({ "id": jane, "before": before, "out": out })).await;
    let phones = |is_out: bool| json!([{ "number": "555-222-2223", "isSmsOptedOut": is_out }]);
    assert_eq!(past.at("/before/phones/nodes"), &phones(false));
    assert_eq!(past.at("/out/phones/nodes"), &phones(true));
    assert_eq!(past.at("/now/phones/nodes"), &json!([]));

    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let steward = Steward::open(app.owner()).await.unwrap();
    for damage in [
        "DELETE FROM sms_opt_outs",
        "UPDATE sms_opt_outs SET opted_out_at = opted_out_at - interval '1 day'",
        "UPDATE sms_opt_outs SET last_word_at = last_word_at + interval '1 day'",
        "INSERT INTO sms_opt_outs SELECT '+12175550000', opted_out_at, last_word_at FROM sms_opt_outs",
    ] {
        assert_eq!(owner.execute(damage).await.unwrap().rows_affected(), 1, "{damage}");
        let Verdict::Differs(difference) = steward.verify().await.unwrap() else { panic!("{damage} was not found") };
        assert_eq!(difference.table, "sms_opt_outs", "{damage}: {difference}");
        steward.rebuild().await.unwrap();
        proved(&app).await;
    }
}
