//! Who is told what: rights of the moment, what is refused before it begins, and tokens that end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use liaison_domain::position::Position;
use liaison_domain::viewer::Role;
use liaison_graphql::document::Limits;
use liaison_graphql::engine::Engine;
use liaison_graphql::request::{Ask, Caller, Opened};
use liaison_server::auth::{AuthSettings, KeySource, TokenIssuer, TokenRequest};
use liaison_server::demo::ids;
use serde_json::{Value, json};

use super::{CHANGES, create, log_of, now, position_of};
use crate::support::{App, Who};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_cannot_begin_says_so_itself() {
    let app = App::demo().await;
    let who = Who::acme_admin();
    let mut socket = app.socket(&who).await;
    // Four kilobytes that would overflow the parser's stack, on these entrances as on every other.
    let deep = format!("{{__type(name:{}{}){{name}}}}", "[".repeat(2_000), "]".repeat(2_000));
    for (query, variables, code) in [
        (deep.as_str(), json!({}), "DEPTH_LIMIT_EXCEEDED"),
        (CHANGES, json!({ "after": "731" }), "BAD_USER_INPUT"),
        (CHANGES, json!({ "types": ["contact.created", "contact.invented"] }), "BAD_USER_INPUT"),
        (CHANGES, json!({ "contact": "no UUID" }), "BAD_USER_INPUT"),
        ("subscription { changes { nothing } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: changes { type } b: changes { type } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { changes { type }", json!({}), "GRAPHQL_PARSE_FAILED"),
    ] {
        socket.subscribe("s", query, variables.clone()).await;
        let message = socket.hear().await;
        assert_eq!(message["type"], "error", "{query}: {message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
        assert!(message["payload"][0]["extensions"]["requestId"].is_string(), "{message}");
        let response =
            app.ask_stream(Some(&app.token(&who)), &json!({ "query": query, "variables": variables }), None).await;
        assert_eq!(response.status().as_u16(), 400, "{query}");
        let body: Value = response.json().await.unwrap();
        assert!(body.get("data").is_none(), "{body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], code, "{body}");
    }
    let response = app.ask_stream(Some(&app.token(&who)), &json!({ "query": CHANGES }), Some("731")).await;
    assert_eq!(response.status().as_u16(), 400);
    assert!(response.text().await.unwrap().contains("Last-Event-ID must be"));
    let response = app.ask_stream(None, &json!({ "query": CHANGES }), None).await;
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{body}");
    // The entrance that gives one answer names those that give more.
    let answer = app.ask(&who, "subscription { changes { type } }").await;
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("/graphql/stream"), "{}", answer.body);
    // A mutation runs over either.
    socket
        .subscribe(
            "m",
            "mutation { organizationCreate(organization: { name: \"x\" }) { userErrors { code } } }",
            json!({}),
        )
        .await;
    let _ = socket.hear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_sight_of_a_contact_sends_their_removal_and_nothing_more() {
    let app = App::demo().await;
    let (acme, owner) = (Who::acme_admin(), Who::stranger());
    let (_, after) = now(&app).await;
    let made = create(&app, &owner, "Shared").await;
    let id = made["contact"]["id"].as_str().unwrap().to_owned();
    // The super admin links them to Acme, and Acme lets go.
    let link =
        "mutation($id: UUID!, $at: UUID!) { contactLink(contactId: $id, link: { organizationId: $at, type: STAKEHOLDER }) {
        userErrors { code message } } }";
    let at = Who::acme_admin().organization_id;
    app.ask_with(&Who::super_admin(), link, json!({ "id": id, "at": at })).await.done("contactLink");
    let mut behind = app.socket(&acme).await;
    let mut following = app.stream(&acme, CHANGES, json!({ "after": after, "contact": id }), None).await;
    assert_eq!(following.next().await["changes"]["type"], "contact.created");
    let unlink = "mutation($id: UUID!) { contactUnlink(contactId: $id) { userErrors { code message } } }";
    app.ask_with(&acme, unlink, json!({ "id": id })).await.done("contactUnlink");
    let mut last = String::new();
    while last != "contact.removed_from_sight" {
        last = following.next().await["changes"]["type"].as_str().unwrap().to_owned();
    }
    // Who comes later, from before it all, learns no more of them than what is Acme's own, and that they are gone.
    behind.subscribe("s", CHANGES, json!({ "after": after, "contact": id })).await;
    let mut seen = Vec::new();
    while seen.last().map(String::as_str) != Some("contact.removed_from_sight") {
        seen.push(behind.next().await["changes"]["type"].as_str().unwrap().to_owned());
    }
    assert!(!seen.contains(&"contact.created".to_owned()), "{seen:?}");
    assert!(!seen.contains(&"contact.phone.linked".to_owned()), "{seen:?}");
    // What its owner does to them from now on is not told.
    let mut owners = app.stream(&owner, CHANGES, json!({}), None).await;
    let primary =
        "mutation($id: UUID!) { contactSetPrimary(contactId: $id, type: STAKEHOLDER) { userErrors { code } } }";
    app.ask_with(&owner, primary, json!({ "id": id })).await.done("contactSetPrimary");
    create(&app, &acme, "Next").await;
    assert!(owners.next().await["changes"]["type"].is_string());
    let mut all = app.socket(&acme).await;
    all.subscribe("s", CHANGES, json!({ "after": following.last_id })).await;
    assert_eq!(all.next().await["changes"]["type"], "contact.created");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_of_the_whole_log_what_they_may_see_of_it() {
    let app = App::demo().await;
    let beginning = app.database().positions().seal(Position { epoch: 1, xid: 0, seq: 0 });
    let mut told = BTreeSet::new();
    for who in [
        Who::super_admin(),
        Who::acme_admin(),
        Who::acme_clinician(),
        Who::acme_viewer(),
        Who::techpartner_admin(),
        Who::stranger(),
        Who::of_nowhere(),
    ] {
        let log = log_of(&app, &who, None).await;
        let mut socket = app.socket(&who).await;
        let mut events = app.stream(&who, CHANGES, json!({ "after": beginning }), None).await;
        socket.subscribe("s", CHANGES, json!({ "after": beginning })).await;
        for position in &log {
            assert_eq!(&position_of(&socket.next().await), position, "{}", who.name);
            assert_eq!(&position_of(&events.next().await), position, "{}", who.name);
        }
        told.insert(log.len());
    }
    assert!(told.len() > 3, "{told:?}: they do not all see the same");
}

/// One that its subscriber has let wait is read again, as rights may be others by then.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_ahead_is_not_told_when_sight_was_lost_meanwhile() {
    let app = App::demo().await;
    let (acme, owner) = (Who::acme_admin(), Who::stranger());
    let (from, after) = now(&app).await;
    create(&app, &acme, "before").await;
    let made = create(&app, &owner, "Shared").await;
    let id = made["contact"]["id"].as_str().unwrap().to_owned();
    let link = "mutation($id: UUID!, $at: UUID!) { contactLink(contactId: $id, link: { organizationId: $at, type: STAKEHOLDER }) {
        userErrors { code message } } }";
    let at = acme.organization_id;
    app.ask_with(&Who::super_admin(), link, json!({ "id": id, "at": at })).await.done("contactLink");
    create(&app, &acme, "after").await;
    let in_sight = log_of(&app, &acme, Some(from)).await;

    let engine = Arc::new(Engine::new(app.database().clone(), Limits::default()).unwrap());
    let mut variables = serde_json::Map::new();
    variables.insert("after".to_owned(), json!(after));
    let ask = Ask { query: CHANGES.to_owned(), variables: Some(variables), ..Ask::default() };
    let caller = Caller {
        viewer: Some(app.viewer(&acme)),
        request_id: "behind".to_owned(),
        idempotency_key: None,
        may_introspect: false,
        queries_only: false,
        resume_after: None,
    };
    let Opened::Following(mut following) = engine.open(ask, caller).await else { panic!("a subscription") };
    assert_eq!(following.position, Some(after));
    // The first, and with it all the others are read.
    let first = following.deliveries.next().await.unwrap().position.unwrap();
    assert_eq!(first, in_sight[0]);
    let unlink = "mutation($id: UUID!) { contactUnlink(contactId: $id) { userErrors { code message } } }";
    app.ask_with(&acme, unlink, json!({ "id": id })).await.done("contactUnlink");
    let out_of_sight = log_of(&app, &acme, Some(from)).await;
    let hidden = in_sight.iter().filter(|position| !out_of_sight.contains(position)).count();
    assert!(hidden >= 3, "{hidden}");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let mut told = vec![first];
    while told.len() < out_of_sight.len() {
        told.push(following.deliveries.next().await.unwrap().position.unwrap());
    }
    assert_eq!(told, out_of_sight);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_ends_what_it_opened() {
    const SECRET: &str = "a secret of at least thirty-two bytes";
    let app = App::demo_without_leeway(SECRET).await;
    let source = KeySource::Secret { secret: SECRET.into(), key_id: None };
    let settings = AuthSettings::new(vec![source], "https://issuer.example", vec!["liaison".to_owned()]);
    let token = TokenIssuer::new(&settings)
        .unwrap()
        .issue(&TokenRequest {
            subject: "jane".to_owned(),
            organization_id: ids::organization("acme"),
            roles: [Role::ProviderAdmin].into(),
            permissions: None,
            lifetime: Duration::from_secs(8),
        })
        .unwrap();
    let mut socket = app.silent_socket().await;
    socket.init(&token).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("s", CHANGES, json!({})).await;
    let mut response = app.ask_stream(Some(&token), &json!({ "query": CHANGES }), None).await;
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 4403);
    assert!(reason.contains("token has expired"), "{reason}");
    let mut last = String::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        last = String::from_utf8(chunk.to_vec()).unwrap();
    }
    assert!(last.contains("the token has expired"), "{last}");
}
