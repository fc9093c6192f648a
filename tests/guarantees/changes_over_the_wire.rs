//! Following the log from outside: over a WebSocket and as server-sent events, cut off and coming back, from two servers on one
//! database, with rights of the moment.

mod rights;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use liaison_domain::history::{self, ChangeFilter};
use liaison_domain::position::Position;
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
    let query = "mutation($name: String!) { contactCreate(contact: { allowDuplicate: true, firstName: \"Made\", lastName: $name,
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
