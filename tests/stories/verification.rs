//! ADR 0009, third question: a phone or an email address is verified by a code that comes back, or by somebody who says how they know.

use axum::routing::post;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::support::{App, Who};

const METHOD: &str = "{ id verificationState verificationChangedAt }";

async fn ask(app: &App, who: &Who, call: String) -> Value {
    let name = call.split('(').next().unwrap().to_owned();
    let more = if name.ends_with("Confirm") { "isRight triesLeft" } else { "" };
    let noun = if name.starts_with("phone") { "phone" } else { "email" };
    let query =
        format!("mutation {{ {call} {{ {noun} {METHOD} {more} position userErrors {{ code field message }} }} }}");
    app.ask(who, &query).await.at(&format!("/{name}")).clone()
}

fn mobile() -> Uuid {
    ids::phone("John Doe mobile")
}

async fn state(app: &App) -> Value {
    let query = format!("{{ node(id: \"{}\") {{ ... on Phone {{ verificationState }} }} }}", mobile());
    app.ask(&Who::acme_viewer(), &query).await.at("/node/verificationState").clone()
}

#[tokio::test]
async fn the_code_that_went_out_comes_back() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    let request = format!("phoneVerificationRequest(id: \"{}\")", mobile());
    let asked = ask(&app, &admin, request.clone()).await;
    assert_eq!(asked["phone"]["verificationState"], "PENDING", "{asked:#}");
    let code = app.last_code(mobile()).unwrap();
    // Another one only after a minute.
    let again = ask(&app, &admin, request.clone()).await;
    assert_eq!(again["userErrors"][0]["code"], "RATE_LIMITED");
    let confirm = |code: &str| format!("phoneVerificationConfirm(id: \"{}\", code: \"{code}\")", mobile());
    let rehearsed = confirm(&code).replace(')', ", dryRun: true)");
    assert_eq!(ask(&app, &admin, rehearsed).await["userErrors"][0]["code"], "INVALID", "nothing would count the tries");
    let wrong = ask(&app, &admin, confirm("abcdef")).await;
    assert_eq!((&wrong["isRight"], &wrong["triesLeft"], &wrong["userErrors"]), (&json!(false), &json!(4), &json!([])));
    assert_eq!(state(&app).await, "PENDING");
    let right = ask(&app, &admin, confirm(&format!(" {code} "))).await;
    assert_eq!((&right["isRight"], &right["triesLeft"]), (&json!(true), &Value::Null));
    assert_eq!(right["phone"]["verificationState"], "VERIFIED");
    assert!(right["phone"]["verificationChangedAt"].is_string());
    let spent = ask(&app, &admin, confirm(&code)).await;
    assert_eq!(spent["userErrors"][0]["message"], "no code is out for this; request another");
    assert_eq!(ask(&app, &admin, request.clone()).await["userErrors"][0]["code"], "INVALID", "it is verified");
    // Whoever says otherwise by hand does not get another code at once.
    ask(
        &app,
        &admin,
        format!("phoneVerificationMark(id: \"{}\", state: INVALID, reason: \"not in service\")", mobile()),
    )
    .await;
    assert_eq!(ask(&app, &admin, request).await["userErrors"][0]["code"], "RATE_LIMITED");
    // What went out is in no row and in no entry.
    let kept = app
        .behind(
            "SELECT (SELECT count(*) FROM domain_events e WHERE e::text LIKE '%' || $$CODE$$ || '%') AS events"
                .replace("CODE", &format!("\"{code}\""))
                .as_str(),
        )
        .await;
    assert_eq!(json!(kept), json!([{ "events": 0 }]));
    app.is_proved().await;
}

#[tokio::test]
async fn a_code_is_tried_five_times() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    ask(&app, &admin, format!("phoneVerificationRequest(id: \"{}\")", mobile())).await;
    let code = app.last_code(mobile()).unwrap();
    let confirm = |code: &str| format!("phoneVerificationConfirm(id: \"{}\", code: \"{code}\")", mobile());
    for left in (0..5).rev() {
        let tried = ask(&app, &admin, confirm("no")).await;
        assert_eq!((&tried["isRight"], &tried["triesLeft"]), (&json!(false), &json!(left)), "{tried:#}");
    }
    let refused = ask(&app, &admin, confirm(&code)).await;
    assert_eq!(refused["userErrors"][0]["message"], "the code was tried 5 times; request another");
    assert_eq!(state(&app).await, "PENDING");
    app.is_proved().await;
}

#[tokio::test]
async fn tries_at_once_are_counted_each() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    ask(&app, &admin, format!("phoneVerificationRequest(id: \"{}\")", mobile())).await;
    let tries =
        (0..12).map(|_| ask(&app, &admin, format!("phoneVerificationConfirm(id: \"{}\", code: \"no\")", mobile())));
    let mut left: Vec<i64> =
        futures::future::join_all(tries).await.iter().filter_map(|tried| tried["triesLeft"].as_i64()).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    app.is_proved().await;
}

#[tokio::test]
async fn another_value_is_another_method_and_another_label_is_not() {
    let app = App::demo().await;
    let admin = Who::acme_admin();
    let update = |phone: &str| format!("phoneUpdate(id: \"{}\", phone: {phone})", mobile());
    ask(&app, &admin, format!("phoneVerificationMark(id: \"{}\", state: VERIFIED, reason: \"I called\")", mobile()))
        .await;
    let relabelled = ask(&app, &admin, update("{label: \"At night\", number: \"(773) 555-0190\"}")).await;
    assert_eq!(
        relabelled["phone"]["verificationState"], "VERIFIED",
        "the same line in another spelling: {relabelled:#}"
    );
    let renumbered = ask(&app, &admin, update("{number: \"+1 773 555 0191\"}")).await;
    assert_eq!(
        (&renumbered["phone"]["verificationState"], &renumbered["phone"]["verificationChangedAt"]),
        (&json!("UNVERIFIED"), &Value::Null)
    );
    // A code that is out is worth nothing for another number.
    ask(&app, &admin, format!("phoneVerificationRequest(id: \"{}\")", mobile())).await;
    let code = app.last_code(mobile()).unwrap();
    ask(&app, &admin, update("{number: \"+1 773 555 0192\"}")).await;
    let late = ask(&app, &admin, format!("phoneVerificationConfirm(id: \"{}\", code: \"{code}\")", mobile())).await;
    assert_eq!(late["userErrors"][0]["code"], "INVALID", "{late:#}");
    app.is_proved().await;
}

#[tokio::test]
async fn by_hand_it_needs_a_reason_and_the_right_to_edit() {
    let app = App::demo().await;
    let mark = |state: &str, reason: &str| {
        format!("phoneVerificationMark(id: \"{}\", state: {state}, reason: \"{reason}\")", mobile())
    };
    for (state, reason) in
        [("VERIFIED", "I called him"), ("BOUNCED", "the text came back"), ("INVALID", "not in service")]
    {
        let marked = ask(&app, &Who::acme_admin(), mark(state, reason)).await;
        assert_eq!(marked["phone"]["verificationState"], state, "{marked:#}");
        assert_eq!(
            ask(&app, &Who::acme_admin(), mark(state, reason)).await["position"],
            Value::Null,
            "it is so already"
        );
    }
    assert_eq!(
        ask(&app, &Who::acme_admin(), mark("VERIFIED", "  ")).await["userErrors"][0]["field"],
        json!(["reason"])
    );
    assert_eq!(ask(&app, &Who::acme_viewer(), mark("VERIFIED", "so")).await["userErrors"][0]["code"], "FORBIDDEN");
    let stranger = Who { organization_id: ids::organization("familybridge"), ..Who::stranger() };
    assert_eq!(ask(&app, &stranger, mark("VERIFIED", "so")).await["userErrors"][0]["code"], "NOT_FOUND");
    let query = format!(
        "{{ history(id: \"{}\", first: 1) {{ nodes {{ type reason fields {{ name old new }} }} }} }}",
        mobile()
    );
    let last = app.ask(&Who::acme_admin(), &query).await.at("/history/nodes/0").clone();
    assert_eq!((&last["type"], &last["reason"]), (&json!("phone.verification.failed"), &json!("not in service")));
    assert!(
        last["fields"]
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "verificationState", "old": "BOUNCED", "new": "INVALID" })),
        "{last:#}"
    );
    app.is_proved().await;
}

#[tokio::test]
async fn a_rehearsal_sends_nothing() {
    let app = App::demo().await;
    let rehearsed =
        ask(&app, &Who::acme_admin(), format!("phoneVerificationRequest(id: \"{}\", dryRun: true)", mobile())).await;
    assert_eq!(rehearsed["phone"]["verificationState"], "PENDING");
    assert_eq!(app.code_so_far(mobile()), None);
    assert_eq!(state(&app).await, "UNVERIFIED");
}

/// The operator's program: says `status` and hands on what it got.
async fn program(status: u16) -> (String, mpsc::UnboundedReceiver<(Option<String>, Value)>) {
    let (send, receive) = mpsc::unbounded_channel();
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let take = move |headers: axum::http::HeaderMap, body: axum::Json<Value>| {
        let secret = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        send.send((secret, body.0)).unwrap();
        async move { status }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/codes", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/codes", post(take))).await });
    (address, receive)
}

#[tokio::test]
async fn a_courier_gets_the_code_and_nobody_waits_for_it() {
    let (address, mut letters) = program(204).await;
    let app = App::demo_with(&["--courier-url", &address, "--courier-secret", "between us"]).await;
    let request = format!("phoneVerificationRequest(id: \"{}\")", mobile());
    assert_eq!(ask(&app, &Who::acme_admin(), request.clone()).await["userErrors"], json!([]));
    let (secret, letter) = letters.recv().await.unwrap();
    assert_eq!(secret.as_deref(), Some("Bearer between us"));
    assert_eq!(
        (&letter["to"], &letter["via"], &letter["phone"]["id"]),
        (&json!("+17735550190"), &json!("sms"), &json!(mobile()))
    );
    let confirm = format!("phoneVerificationConfirm(id: \"{}\", code: {})", mobile(), letter["code"]);
    assert_eq!(ask(&app, &Who::acme_admin(), confirm).await["isRight"], true);

    let (address, mut letters) = program(500).await;
    let app = App::demo_with(&["--courier-url", &address]).await;
    // That one went out is recorded, whatever becomes of it on its way: the log of the process tells the operator.
    assert_eq!(ask(&app, &Who::acme_admin(), request).await["userErrors"], json!([]));
    assert!(letters.recv().await.is_some(), "it was handed over");
    assert_eq!(state(&app).await, "PENDING");
}
