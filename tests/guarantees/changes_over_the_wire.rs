//! Following the log from outside: over a WebSocket and as server-sent events, cut off and coming back, from two servers on one
//! database, with rights of the moment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use liaison_domain::history::{self, ChangeFilter};
use liaison_domain::position::Position;
use liaison_domain::viewer::Role;
use liaison_graphql::document::Limits;
use liaison_graphql::engine::Engine;
use liaison_graphql::request::{Ask, Caller, Opened};
use liaison_server::auth::{AuthSettings, KeySource, TokenIssuer, TokenRequest};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::support::{App, Who};

const CHANGES: &str = "subscription Follow($after: String, $types: [String!], $contact: UUID, $organization: UUID) {
    changes(after: $after, types: $types, contactId: $contact, organizationId: $organization) { position type }
}";

/// What a viewer sees of the log after a position, read in one go.
async fn log_of(app: &App, who: &Who, after: Option<Position>) -> Vec<String> {
    let reader = app.database().reader(&app.viewer(who));
    let mut place = after;
    let mut met = Vec::new();
    loop {
        let batch = history::changes(&reader, &ChangeFilter::default(), place, 500).await.unwrap();
        reader.renew().await.unwrap();
        let sealed = batch.entries.iter().map(|entry| app.database().positions().seal(entry.position.unwrap()));
        met.extend(sealed);
        place = batch.end.or(place);
        if batch.is_caught_up && !batch.is_pending {
            return met;
        }
    }
}

/// The end of the log, as a client gets it.
async fn now(app: &App) -> (Position, String) {
    let reader = app.database().reader(&app.viewer(&Who::super_admin()));
    let now = history::now(&reader).await.unwrap().expect("the demo has events");
    reader.renew().await.unwrap();
    (now, app.database().positions().seal(now))
}

async fn create(app: &App, who: &Who, name: &str) -> Value {
    let query = "mutation($name: String!) { contactCreate(contact: { firstName: \"Made\", lastName: $name,
        organizations: [{ type: STAKEHOLDER }], phones: [{ phone: { create: { number: \"+1 217 555 0199\" } } }] }) {
        position contact { id } userErrors { message } } }";
    app.ask_with(who, query, json!({ "name": name })).await.done("contactCreate").clone()
}

fn position_of(change: &Value) -> String {
    change["changes"]["position"].as_str().expect("a position").to_owned()
}

/// Follows over a socket that is cut after every few changes, until so many have come.
async fn over_sockets(apps: &[&App], who: &Who, mut after: String, number: usize, each: usize) -> Vec<String> {
    let mut met = Vec::new();
    for app in apps.iter().cycle() {
        let mut socket = app.socket(who).await;
        socket.subscribe("s", CHANGES, json!({ "after": after })).await;
        for _ in 0..each.min(number - met.len()) {
            after = position_of(&socket.next().await);
            met.push(after.clone());
        }
        if met.len() == number {
            return met;
        }
        // Without a word, and with changes on their way.
        drop(socket);
    }
    met
}

/// The same over event streams, which come back by the id of the last event alone.
async fn over_streams(apps: &[&App], who: &Who, after: String, number: usize, each: usize) -> Vec<String> {
    let mut met = Vec::new();
    let mut last_id = None;
    for app in apps.iter().cycle() {
        let mut events = app.stream(who, CHANGES, json!({ "after": after }), last_id.as_deref()).await;
        for _ in 0..each.min(number - met.len()) {
            let change = events.next().await;
            assert_eq!(events.last_id.as_deref(), Some(position_of(&change).as_str()));
            met.push(position_of(&change));
        }
        if met.len() == number {
            return met;
        }
        last_id = events.last_id.take();
    }
    met
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_cut_off_and_comes_back_has_exactly_the_log() {
    let one = Arc::new(App::demo().await);
    let two = Arc::new(one.beside(&[]).await);
    let (from, after) = now(&one).await;
    const WRITERS: usize = 6;
    const EACH: usize = 6;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            // Half of them here and half there; two tenants, of which each sees its own.
            let app = if writer % 2 == 0 { one.clone() } else { two.clone() };
            let who = if writer < 2 { Who::stranger() } else { Who::acme_admin() };
            tokio::spawn(async move {
                for at in 0..EACH {
                    assert!(create(&app, &who, &format!("{writer} of {at}")).await["position"].is_string());
                }
            })
        })
        .collect();
    // contact.created, organization.contact.linked, phone.created, contact.phone.linked, and primary_set for some.
    let (acme, stranger) = (Who::acme_admin(), Who::stranger());
    let wanted = async |who: &Who, number: usize| loop {
        let log = log_of(&one, who, Some(from)).await;
        if log.len() >= number {
            return log.len();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let least = (WRITERS - 2) * EACH * 4;
    let (there, back, once): ([&App; 2], [&App; 2], [&App; 1]) = ([&one, &two], [&two, &one], [&two]);
    let (sockets, streams, foreign) = tokio::join!(
        over_sockets(&there, &acme, after.clone(), least, 7),
        over_streams(&back, &acme, after.clone(), least, 5),
        over_sockets(&once, &stranger, after.clone(), 2 * EACH * 4, 11),
    );
    for writer in writers {
        writer.await.unwrap();
    }
    wanted(&acme, least).await;
    let log = log_of(&one, &acme, Some(from)).await;
    assert_eq!(sockets, log[..least], "over sockets");
    assert_eq!(streams, log[..least], "over streams");
    let log = log_of(&two, &stranger, Some(from)).await;
    assert_eq!(foreign, log[..foreign.len()], "the other tenant");
    let both: BTreeSet<&String> = foreign.iter().filter(|position| sockets.contains(position)).collect();
    assert!(both.is_empty(), "neither tenant meets what is the other's");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_tell_each_other() {
    let one = App::demo().await;
    let two = one.beside(&[]).await;
    let who = Who::acme_admin();
    // Both from now on.
    let (mut here, mut there) = (one.socket(&who).await, two.stream(&who, CHANGES, json!({}), None).await);
    here.subscribe("s", CHANGES, json!({})).await;
    // The subscription has begun when something that was asked after it is answered.
    here.subscribe("q", "{ viewer { subject } }", json!({})).await;
    assert_eq!(here.hear().await["id"], "q");
    assert_eq!(here.hear().await["type"], "complete");
    for (at, app) in [&one, &two, &one, &two].into_iter().enumerate() {
        let made = create(app, &who, &format!("number {at}")).await;
        let (last, mut events) = (made["position"].as_str().unwrap(), 0);
        loop {
            let (one, two) = (here.next().await, there.next().await);
            assert_eq!(one, two);
            events += 1;
            if position_of(&one) == last {
                break;
            }
        }
        assert!(events >= 4, "{events}");
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_before_its_first_event_goes_on_from_its_beginning() {
    let app = App::demo().await;
    let who = Who::acme_admin();
    // Its first block is an id without an event: nothing has come yet.
    let mut response = app.ask_stream(Some(&app.token(&who)), &json!({ "query": CHANGES }), None).await;
    let first = String::from_utf8(response.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let id = first.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
    drop(response);
    let made = create(&app, &who, "meanwhile").await;
    let mut events = app.stream(&who, CHANGES, json!({ "after": made["position"] }), Some(&id)).await;
    assert_eq!(events.next().await["changes"]["type"], "contact.created", "the id goes before the argument");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_what_comes() {
    let app = App::demo().await;
    let who = Who::acme_admin();
    let (_, after) = now(&app).await;
    let first = create(&app, &who, "first").await["contact"]["id"].clone();
    let second = create(&app, &who, "second").await["contact"]["id"].clone();
    let mut socket = app.socket(&who).await;
    let variables = json!({ "after": after, "types": ["contact.created"] });
    socket.subscribe("types", CHANGES, variables).await;
    for _ in 0..2 {
        assert_eq!(socket.next().await["changes"]["type"], "contact.created");
    }
    socket.say(json!({ "id": "types", "type": "complete" })).await;
    socket.subscribe("contact", CHANGES, json!({ "after": after, "contact": second })).await;
    let mut events = app.stream(&who, CHANGES, json!({ "after": after, "contact": first }), None).await;
    for _ in 0..2 {
        assert_eq!(socket.next().await["changes"]["type"], events.next().await["changes"]["type"]);
    }
    // In a fragment, by another name, over what an error of a field would be.
    let query = "subscription($after: String) { ...F } fragment F on Subscription { it: changes(after: $after) { kind: type } }";
    let mut events = app.stream(&who, query, json!({ "after": after }), None).await;
    assert_eq!(events.next().await, json!({ "it": { "kind": "contact.created" } }));
}

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
async fn a_database_that_cuts_every_connection_costs_no_change() {
    let app = App::demo().await;
    let who = Who::acme_admin();
    let (from, after) = now(&app).await;
    let mut socket = app.socket(&who).await;
    socket.subscribe("s", CHANGES, json!({ "after": after })).await;
    let mut met = Vec::new();
    for round in 0..4 {
        create(&app, &who, &format!("round {round}")).await;
        met.push(position_of(&socket.next().await));
        let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND usename = 'liaison_app' AND pid <> pg_backend_pid()",
        )
        .execute(&mut same_role)
        .await
        .unwrap();
        // Requests are told so and ask again; who follows is told nothing.
        let query = "{ viewer { subject } contacts(first: 1) { nodes { id } } }";
        while app.ask(&who, query).await.body.get("errors").is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let log = log_of(&app, &who, Some(from)).await;
    while met.len() < log.len() {
        met.push(position_of(&socket.next().await));
    }
    assert_eq!(met, log);
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
            lifetime: Duration::from_secs(2),
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

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_does_not_wait_for_those_who_follow() {
    let app = App::demo().await;
    let who = Who::acme_admin();
    let mut socket = app.socket(&who).await;
    socket.subscribe("s", CHANGES, json!({})).await;
    let mut events = app.stream(&who, CHANGES, json!({}), None).await;
    app.stop().await;
    assert_eq!(socket.closed().await.0, 1001);
    assert_eq!(events.event().await, None, "without `complete`: the client shall come back");
}
