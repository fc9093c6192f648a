//! Text messages that come in (`POST /hooks/messages`): STOP ends text messages to the number, whoever's row it stands in now and later,
//! and only START, or somebody who shows it, begins them again.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const SECRET: &str = "the secret of a carrier, which nobody guesses";

async fn app() -> App {
    App::demo_with(&["--message-hook-secret", SECRET]).await
}

fn signature(secret: &str, id: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

/// Delivers a body as a carrier does, signed with this secret at this time; status and answer.
async fn deliver(app: &App, body: &str, secret: &str, at: DateTime<Utc>) -> (u16, Value) {
    let at = at.timestamp();
    let request = app.client().post(format!("{}/hooks/messages", app.url())).body(body.to_owned());
    let request = request
        .header("content-type", "application/json")
        .header("webhook-id", "delivery-1")
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature(secret, "delivery-1", at, body));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A message that is heard: what became of it.
async fn hear(app: &App, id: &str, from: &str, text: &str, received_at: Option<DateTime<Utc>>) -> String {
    let mut message = json!({ "id": id, "from": from, "to": "+15550001111", "text": text });
    if let Some(at) = received_at {
        message["receivedAt"] = json!(at);
    }
    let (status, told) = deliver(app, &message.to_string(), SECRET, Utc::now()).await;
    assert_eq!((status, &told["id"]), (200, &json!(id)), "{told}");
    told["outcome"].as_str().unwrap().to_owned()
}

async fn phone(app: &App, who: &Who, number: &str) -> Uuid {
    let query = format!(
        "mutation {{ phoneCreate(phone: {{number: \"{number}\", code: \"mobile\"}}) {{ phone {{ id }} userErrors {{ code field message }} }} }}"
    );
    app.ask(who, &query).await.done("phoneCreate")["phone"]["id"].as_str().unwrap().parse().unwrap()
}

async fn is_out(app: &App, who: &Who, id: Uuid) -> bool {
    let query = format!("{{ node(id: \"{id}\") {{ ... on Phone {{ isSmsOptedOut smsOptedOutAt }} }} }}");
    let phone = app.ask(who, &query).await.at("/node").clone();
    assert_eq!(phone["isSmsOptedOut"].as_bool(), Some(!phone["smsOptedOutAt"].is_null()), "{phone}");
    phone["isSmsOptedOut"].as_bool().unwrap()
}

#[tokio::test]
async fn a_number_that_says_stop_is_out_for_everybody_and_whoever_comes_to_have_it() {
    let app = app().await;
    let (acme, riverside) = (Who::acme_admin(), Who::stranger());
    let of_acme = phone(&app, &acme, "217-555-0160").await;
    let of_riverside = phone(&app, &riverside, "+1 (217) 555-0160").await;
    assert_eq!(hear(&app, "m1", "+12175550160", "Stop.", None).await, "OPTED_OUT");
    assert!(is_out(&app, &acme, of_acme).await && is_out(&app, &riverside, of_riverside).await);
    // Each reads in its phone's own history what was said, by nobody with a login and for no organization.
    for (who, id) in [(&acme, of_acme), (&riverside, of_riverside)] {
        let query = format!(
            "{{ history(id: \"{id}\") {{ nodes {{ type actor organization {{ id }} reason fields {{ name old new }} }} }} }}"
        );
        let newest = app.ask(who, &query).await.at("/history/nodes/0").clone();
        assert_eq!((&newest["type"], &newest["actor"]), (&json!("phone.sms.opted_out"), &json!("inbound-message")));
        assert_eq!(
            (&newest["reason"], &newest["organization"]),
            (&json!("the owner of the number wrote \"Stop.\""), &Value::Null)
        );
        let flag = newest["fields"].as_array().unwrap().iter().find(|field| field["name"] == "isSmsOptedOut").unwrap();
        assert_eq!((&flag["old"], &flag["new"]), (&json!(false), &json!(true)), "{newest}");
    }
    // Added to another person afterwards: that row is out from its first moment, and no text message goes there.
    let create = "mutation { contactCreate(contact: {firstName: \"Late\", lastName: \"Comer\", phones: [{phone: {create: {number: \"217.555.0160\", code: \"mobile\"}}}]}) {
        contact { id phones { nodes { id isSmsOptedOut } } reachability(channel: SMS, purpose: EMERGENCY) { verdict reasons { code } } } userErrors { code field message } } }";
    let late = app.ask(&riverside, create).await.done("contactCreate")["contact"].clone();
    assert_eq!(late["phones"]["nodes"][0]["isSmsOptedOut"], true);
    assert_eq!(late["reachability"], json!({ "verdict": "BLOCKED", "reasons": [{ "code": "OPTED_OUT" }] }));
    // Neither setting nor clearing do-not-contact touches it.
    for call in ["contactSetDoNotContact", "contactClearDoNotContact"] {
        let query = format!("mutation {{ {call}(id: {}) {{ userErrors {{ code field message }} }} }}", late["id"]);
        app.ask(&riverside, &query).await.done(call);
    }
    let late_phone = late["phones"]["nodes"][0]["id"].as_str().unwrap().parse().unwrap();
    assert!(is_out(&app, &riverside, late_phone).await);
    app.is_proved().await;

    // START from the same number lifts all of them.
    assert_eq!(hear(&app, "m2", "+1 217 555 0160", " \"start\" ", None).await, "OPTED_IN");
    for (who, id) in [(&acme, of_acme), (&riverside, of_riverside), (&riverside, late_phone)] {
        assert!(!is_out(&app, who, id).await);
    }
    let history = format!("{{ history(id: \"{of_acme}\") {{ nodes {{ type }} }} }}");
    assert_eq!(app.ask(&acme, &history).await.at("/history/nodes/0/type"), "phone.sms.opted_in");
    app.is_proved().await;
}

#[tokio::test]
async fn a_number_that_the_directory_does_not_know_is_remembered() {
    let app = app().await;
    let acme = Who::acme_admin();
    assert_eq!(hear(&app, "m1", "+12175550161", "UNSUBSCRIBE", None).await, "OPTED_OUT");
    app.is_proved().await;
    let later = phone(&app, &acme, "217-555-0161").await;
    assert!(is_out(&app, &acme, later).await);
    // It is rebuilt from the log alone.
    let steward = liaison_domain::replay::Steward::open(app.owner()).await.unwrap();
    steward.rebuild().await.unwrap();
    assert!(is_out(&app, &acme, later).await);
    steward.close().await;
    // No tenant reads of numbers that are not theirs.
    let query = "{ changes(types: [\"phone.sms.opted_out\"]) { nodes { type fields { name new } } isCaughtUp } }";
    assert_eq!(app.ask_caught_up(&acme, query).await.list("/changes/nodes").len(), 0);
    let all = app.ask_caught_up(&Who::super_admin(), query).await;
    let fields = all.list("/changes/nodes/0/fields");
    assert!(fields.iter().any(|field| field["name"] == "e164" && field["new"] == "+12175550161"), "{fields:#?}");
}

#[tokio::test]
async fn a_message_counts_once_and_an_older_one_not_at_all() {
    let app = app().await;
    let acme = Who::acme_admin();
    let id = phone(&app, &acme, "217-555-0162").await;
    let from = "+12175550162";
    let at = |seconds: i64| Some(Utc::now() - TimeDelta::hours(1) + TimeDelta::seconds(seconds));
    assert_eq!(hear(&app, "stop-1", from, "STOP", at(10)).await, "OPTED_OUT");
    let events = app.events().await;
    assert_eq!(hear(&app, "stop-1", from, "STOP", at(10)).await, "UNCHANGED");
    assert_eq!(app.events().await, events);
    assert_eq!(hear(&app, "stop-2", from, "quit", at(20)).await, "UNCHANGED");
    assert_eq!(hear(&app, "start-0", from, "START", at(5)).await, "SUPERSEDED", "said before STOP, delivered after it");
    assert_eq!(app.events().await, events + 2, "each is kept, so that it never counts again");
    assert_eq!(hear(&app, "start-1", from, "Yes!", at(30)).await, "OPTED_IN");
    assert_eq!(hear(&app, "stop-3", from, "STOP", at(25)).await, "SUPERSEDED", "said before START, delivered after it");
    assert_eq!(hear(&app, "stop-1", from, "STOP", None).await, "UNCHANGED", "delivered again, late");
    assert!(!is_out(&app, &acme, id).await);
    assert_eq!(hear(&app, "stop-4", from, "opt-out", at(40)).await, "OPTED_OUT");
    assert_eq!(hear(&app, "help-1", from, "HELP", None).await, "HELP");
    let before = app.events().await;
    assert_eq!(hear(&app, "other-1", from, "Can you stop by at five?", None).await, "IGNORED");
    assert_eq!((app.events().await, is_out(&app, &acme, id).await), (before, true), "what is no keyword is not kept");
    // Many deliveries of one message at once, and of two: one word each.
    let one = hear(&app, "start-2", from, "UNSTOP", at(50));
    let (a, b) = tokio::join!(one, hear(&app, "start-2", from, "UNSTOP", at(50)));
    let mut both = [a, b];
    both.sort();
    assert_eq!(both, ["OPTED_IN", "UNCHANGED"]);
    app.is_proved().await;
}

/// When a phone's number said its first STOP.
async fn out_since(app: &App, who: &Who, id: Uuid) -> Option<DateTime<Utc>> {
    let query = format!("{{ node(id: \"{id}\") {{ ... on Phone {{ smsOptedOutAt }} }} }}");
    serde_json::from_value(app.ask(who, &query).await.at("/node/smsOptedOutAt").clone()).unwrap()
}

#[tokio::test]
async fn the_last_word_counts_whether_it_changed_anything_or_not() {
    let app = app().await;
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    let id = phone(&app, &acme, "217-555-0164").await;
    let from = "+12175550164";
    let start = (Utc::now() - TimeDelta::hours(1)).trunc_subsecs(3);
    let at = |seconds: i64| Some(start + TimeDelta::seconds(seconds));
    assert_eq!(hear(&app, "a", from, "STOP", at(10)).await, "OPTED_OUT");
    assert_eq!(hear(&app, "b", from, "STOP", at(30)).await, "UNCHANGED");
    assert_eq!(hear(&app, "c", from, "START", at(20)).await, "SUPERSEDED", "between two STOPs, delivered after both");
    assert!(is_out(&app, &acme, id).await);
    assert_eq!(out_since(&app, &acme, id).await, at(10), "since the first STOP");
    // Nor by hand.
    let message = json!({ "messageId": "d", "text": "START", "receivedAt": at(20) });
    let variables = json!({ "id": id, "message": message, "reason": "the carrier's list" });
    let refused = app.ask_with(&ada, OPT_IN, variables).await.refusals("phoneSmsOptIn");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("INVALID", "message.receivedAt"));
    app.is_proved().await;
    assert_eq!(hear(&app, "e", from, "START", at(40)).await, "OPTED_IN");
    // Delivered again without its time: it counted as it was.
    for redelivered in ["b", "c"] {
        assert_eq!(hear(&app, redelivered, from, "STOP", None).await, "UNCHANGED");
    }
    assert!(!is_out(&app, &acme, id).await);
    assert_eq!(hear(&app, "f", from, "START", at(60)).await, "UNCHANGED");
    assert_eq!(hear(&app, "g", from, "STOP", at(50)).await, "SUPERSEDED", "between two STARTs, delivered after both");
    assert_eq!(hear(&app, "g", from, "STOP", None).await, "UNCHANGED", "what was superseded stays it");
    assert!(!is_out(&app, &acme, id).await);
    // What one instant says twice is STOP, whichever comes first.
    assert_eq!(hear(&app, "h", from, "STOP", at(60)).await, "OPTED_OUT");
    assert_eq!(hear(&app, "i", from, "START", at(60)).await, "SUPERSEDED");
    assert!(is_out(&app, &acme, id).await);
    app.is_proved().await;
    let steward = liaison_domain::replay::Steward::open(app.owner()).await.unwrap();
    steward.rebuild().await.unwrap();
    assert_eq!(out_since(&app, &acme, id).await, at(60));
    steward.close().await;
}

#[tokio::test]
async fn a_number_that_says_start_first_is_remembered_and_its_clock_cannot_be_ahead() {
    let app = app().await;
    let acme = Who::acme_admin();
    let (first, second) = ("+12175550165", "+12175550166");
    assert_eq!(hear(&app, "a", first, "START", Some(Utc::now() - TimeDelta::minutes(1))).await, "UNCHANGED");
    assert_eq!(hear(&app, "b", first, "STOP", Some(Utc::now() - TimeDelta::minutes(2))).await, "SUPERSEDED");
    assert_eq!(hear(&app, "a", first, "START", None).await, "UNCHANGED");
    assert_eq!(hear(&app, "c", first, "STOP", None).await, "OPTED_OUT");
    assert_eq!(hear(&app, "a", first, "START", None).await, "UNCHANGED", "delivered again after the STOP");
    // A START from a clock that is ahead does not outlive the STOP after it.
    assert_eq!(hear(&app, "d", second, "START", Some(Utc::now() + TimeDelta::minutes(4))).await, "UNCHANGED");
    assert_eq!(hear(&app, "e", second, "STOP", None).await, "OPTED_OUT");
    // The id of a message is its number's: another number's STOP of the same id counts.
    let third = "+12175550167";
    assert_eq!(hear(&app, "e", third, "STOP", None).await, "OPTED_OUT");
    for number in [first, second, third] {
        let id = phone(&app, &acme, number).await;
        assert!(is_out(&app, &acme, id).await, "{number}");
    }
    app.is_proved().await;
}

#[tokio::test]
async fn only_the_carrier_is_heard_and_only_now() {
    let app = app().await;
    let message =
        |from: &str, more: &str| format!("{{\"id\": \"m1\", \"from\": \"{from}\", \"text\": \"STOP\"{more}}}");
    let good = message("+12175550163", "");
    let now = Utc::now();
    for (secret, at) in [
        ("another secret of a carrier, of the same length", now),
        (SECRET, now - TimeDelta::minutes(6)),
        (SECRET, now + TimeDelta::minutes(6)),
    ] {
        let (status, told) = deliver(&app, &good, secret, at).await;
        assert_eq!((status, &told["errors"][0]["extensions"]["code"]), (401, &json!("UNAUTHENTICATED")), "{told}");
    }
    let unsigned = app.client().post(format!("{}/hooks/messages", app.url())).body(good.clone()).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    for bad in [
        "nonsense".to_owned(),
        "{}".to_owned(),
        message("217-555-0163", ""),
        message("STOP", ""),
        message("+1", ""),
        message("+12175550163", &format!(", \"receivedAt\": \"{}\"", (now + TimeDelta::hours(1)).to_rfc3339())),
        message("+12175550163", ", \"receivedAt\": \"yesterday\""),
        good.replace("m1", ""),
    ] {
        let (status, told) = deliver(&app, &bad, SECRET, now).await;
        assert_eq!((status, &told["errors"][0]["extensions"]["code"]), (400, &json!("BAD_REQUEST")), "{bad}: {told}");
    }
    assert_eq!(app.behind("SELECT * FROM sms_opt_outs").await, [] as [Value; 0]);
    let (status, _) = deliver(&app, &good, SECRET, now).await;
    assert_eq!(status, 200);
    let get = app.client().get(format!("{}/hooks/messages", app.url())).send().await.unwrap();
    assert_eq!(get.status(), 405);
    // Without a secret there is no such path.
    let without = App::demo().await;
    let (status, _) = deliver(&without, &good, SECRET, now).await;
    assert_eq!(status, 404);
}

const OPT_IN: &str = "mutation ($id: UUID!, $message: InboundMessageInput!, $reason: String) { phoneSmsOptIn(id: $id, message: $message, reason: $reason) {
    phone { isSmsOptedOut } position userErrors { code field message } } }";

#[tokio::test]
async fn nobody_lifts_an_opt_out_without_the_message_that_does() {
    let app = app().await;
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    let mobile = ids::phone("Jane Doe mobile");
    let twin = phone(&app, &Who::stranger(), "+1 555 222 2222").await;
    let out = format!("mutation {{ phoneSmsOptOut(id: \"{mobile}\") {{ userErrors {{ code field message }} }} }}");
    app.ask(&acme, &out).await.done("phoneSmsOptOut");
    let message = |id: &str, text: &str, at: DateTime<Utc>| json!({ "messageId": id, "text": text, "receivedAt": at });
    let ask = async |who: &Who, message: Value, reason: Option<&str>| {
        let variables = json!({ "id": mobile, "message": message, "reason": reason });
        app.ask_with(who, OPT_IN, variables).await
    };
    let why = Some("carrier's list of 3 May, line 7");
    let now = Utc::now();
    for (who, message, reason, code, field) in [
        (&acme, message("s1", "START", now), why, "FORBIDDEN", ""),
        (&ada, message("s1", "START", now), None, "INVALID", "reason"),
        (&ada, message("s1", "please start", now), why, "INVALID", "message.text"),
        (&ada, message("s1", "STOP", now), why, "INVALID", "message.text"),
        (&ada, message("s1", "START", now - TimeDelta::hours(1)), why, "INVALID", "message.receivedAt"),
        (&ada, message("s1", "START", now + TimeDelta::hours(1)), why, "INVALID", "message.receivedAt"),
        (&ada, message(" ", "START", now), why, "INVALID", "message.messageId"),
    ] {
        let refused = ask(who, message.clone(), reason).await.refusals("phoneSmsOptIn");
        assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), (code, field), "{message} {refused:?}");
    }
    assert!(is_out(&app, &acme, mobile).await);
    let done = ask(&ada, message("s1", "START", Utc::now()), why).await.done("phoneSmsOptIn").clone();
    assert_eq!(done["phone"]["isSmsOptedOut"], false);
    assert!(!is_out(&app, &Who::stranger(), twin).await, "everybody's row of the number");
    // They say STOP again: the message of then is spent.
    assert_eq!(hear(&app, "m9", "+15552222222", "STOP", None).await, "OPTED_OUT");
    let spent = ask(&ada, message("s1", "START", Utc::now()), why).await.refusals("phoneSmsOptIn");
    assert_eq!((spent[0].code.as_str(), spent[0].field.as_str()), ("CONFLICT", "message.messageId"));
    app.is_proved().await;
}
