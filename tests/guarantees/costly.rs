//! Costly documents are refused before the database is touched, and no bytes at all get a 5xx.

use std::time::Duration;

use liaison_domain::entity::contact;
use liaison_domain::reading::nodes;
use liaison_domain::session::DatabaseOptions;
use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

fn deep() -> String {
    let mut query = "name".to_owned();
    for _ in 0..20 {
        query = format!("organizations {{ nodes {{ contacts {{ nodes {{ {query} }} }} }} }}");
    }
    format!("{{ contacts {{ nodes {{ {query} }} }} }}")
}

fn documents() -> Vec<(&'static str, String)> {
    let many = |number: usize, one: &dyn Fn(usize) -> String| (0..number).map(one).collect::<Vec<_>>().join(" ");
    let fragments = |number: usize| {
        let one = |at: usize| format!("fragment f{at} on Query {{ ...f{} ...f{} }}", at + 1, at + 1);
        format!("{{ ...f0 }} {} fragment f{number} on Query {{ viewer {{ subject }} }}", many(number, &one))
    };
    vec![
        ("deep", deep()),
        ("complex", "{ contacts(first: 200) { nodes { phones(first: 200) { nodes { contacts(first: 200) { nodes { name } } } } } } }".to_owned()),
        ("aliases", format!("{{ {} }}", many(101, &|at| format!("a{at}: viewer {{ subject }}")))),
        ("aliases below", format!("{{ viewer {{ {} }} }}", many(101, &|at| format!("a{at}: subject")))),
        ("roots", format!("{{ {} }}", many(60, &|at| format!("a{at}: contacts {{ totalCount }}")))),
        ("fragments that double", fragments(30)),
        ("a fragment in a circle", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned()),
        ("nested lists", format!("{{ __type(name: {}{}) {{ name }} }}", "[".repeat(2_000), "]".repeat(2_000))),
        ("nested objects", format!("{{ contacts(filter: {}{}) {{ totalCount }} }}", "{and: [".repeat(500), "]}".repeat(500))),
        ("nested selections", format!("{}{}", "{a".repeat(5_000), "}".repeat(5_000))),
        ("many tokens", format!("{{ viewer {{ {} }} }}", "subject ".repeat(6_000))),
        ("many bytes", format!("{{ viewer {{ subject }} }} # {}", "x".repeat(70_000))),
        ("many directives", format!("{{ viewer {} {{ subject }} }}", "@include(if: true) ".repeat(100))),
        ("a walk through the schema", "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }".to_owned()),
        ("many variables", format!("query ({}) {{ viewer {{ subject }} }}", many(1_000, &|at| format!("$v{at}: [[[[Int]]]]")))),
        ("an unknown field", "{ contacts { nodes { secrets } } }".to_owned()),
        ("an unknown argument", "{ contacts(organization: \"x\") { totalCount } }".to_owned()),
        ("no document", String::new()),
        ("half a document", "{ contacts { nodes { name".to_owned()),
    ]
}

/// The only connection is taken: whoever asks for one is told that there is none. What is refused is refused all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_costly_or_wrong_is_refused_before_the_database_is_touched() {
    let wait = Duration::from_millis(300);
    let options = DatabaseOptions { max_connections: 1, acquire_timeout: wait, ..DatabaseOptions::default() };
    let app = App::demo_on(options).await;
    let token = app.token(&Who::super_admin());
    let holder = app.database().reader(&app.viewer(&Who::super_admin()));
    let anybody = vec![liaison_server::demo::ids::contact("Jane Doe")];
    nodes::<contact::Entity>(&holder, anybody).await.unwrap();
    let needs_rows = "{ contacts { totalCount } }";
    assert_eq!(app.ask(&Who::super_admin(), needs_rows).await.code(), "UNAVAILABLE", "the connection is taken");
    for (what, query) in documents() {
        for token in [Some(token.as_str()), None] {
            let answer = app.send(token, &json!({ "query": query, "extensions": { "cost": true } })).await;
            assert!((400..500).contains(&answer.status) || answer.status == 200, "{what}: {}", answer.status);
            assert_eq!(answer.body.get("data"), None, "{what}: {:#}", answer.body);
            let code = answer.code();
            assert!(!["INTERNAL", "UNAUTHENTICATED", "UNAVAILABLE"].contains(&code), "{what}: {code}");
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(message.len() > 10, "{what}: {message}");
        }
    }
    holder.renew().await.unwrap();
    app.ask(&Who::super_admin(), needs_rows).await.data();
}

/// A thread's stack has room for it, in a build without optimizations too: `liaison_server::command`, `.cargo/config.toml`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_as_deep_as_is_allowed_is_answered() {
    let app = App::demo().await;
    let token = app.token(&Who::super_admin());
    // What is resolved field by field stands deepest.
    let below = "viewerCanEdit organizations(first: 2) { edges { node { contacts(first: 2) { nodes { viewerCanEdit phones(first: 2) { nodes { \
                 contacts(first: 2) { nodes { viewerCanEdit organizations(first: 2) { nodes { referredProviders(first: 1) { totalCount } } } } } } } } } } } }";
    let contact = json!({ "firstName": "Deep", "lastName": "Down", "organizations": [{ "organizationId": ids::organization("acme"), "type": "BILLING" }] });
    let documents = [
        format!("{{ contacts(first: 3) {{ nodes {{ {below} }} }} }}"),
        format!(
            "mutation ($contact: ContactCreateInput!) {{ contactCreate(contact: $contact, reason: \"How deep?\") {{ \
             one: contact {{ {below} }} other: contact {{ {below} }} userErrors {{ message }} }} }}"
        ),
    ];
    for document in documents {
        let variables = if document.starts_with("mutation") { json!({ "contact": contact }) } else { json!({}) };
        let body = json!({ "query": document, "variables": variables, "extensions": { "cost": true } });
        let answer = app.send(Some(&token), &body).await.body;
        assert_eq!(answer.get("errors"), None, "{document}: {answer}");
        let cost = &answer["extensions"]["cost"];
        assert_eq!(cost["depth"], cost["maxDepth"], "{document}");
    }
}

/// A command that names thousands of things would lock thousands of things: it is refused while not even a connection is free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_that_names_thousands_of_things_is_refused_before_it_takes_a_lock() {
    let wait = Duration::from_millis(300);
    let options = DatabaseOptions { max_connections: 1, acquire_timeout: wait, ..DatabaseOptions::default() };
    let app = App::demo_on(options).await;
    let holder = app.database().reader(&app.viewer(&Who::super_admin()));
    nodes::<contact::Entity>(&holder, vec![liaison_server::demo::ids::contact("Jane Doe")]).await.unwrap();
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { code field message } } }";
    let naming = |list: &str, number: usize| {
        let id = liaison_server::demo::ids::phone("Jane Doe mobile");
        let one = match list {
            "organizations" => json!({ "type": "BILLING", "organizationId": id }),
            "phones" => json!({ "phone": { "id": id } }),
            "emails" => json!({ "email": { "id": id } }),
            _ => json!({ "address": { "id": id } }),
        };
        json!({ "contact": { "allowDuplicate": true, "firstName": "Many", "lastName": "Things", list: vec![one; number] } })
    };
    for list in ["organizations", "phones", "emails", "addresses"] {
        let answer = app.ask_with(&Who::acme_admin(), create, naming(list, 4_000)).await;
        let refusals = answer.refusals("contactCreate");
        assert_eq!((refusals[0].code.as_str(), refusals[0].field.as_str()), ("INVALID", list));
        assert!(refusals[0].message.contains("at most 50"), "{}", refusals[0].message);
        // As many as are allowed need the database, and there is no connection to it.
        let answer = app.ask_with(&Who::acme_admin(), create, naming(list, 50)).await;
        assert_eq!(answer.code(), "UNAVAILABLE", "{list}");
    }
    holder.renew().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_is_set_is_told_beforehand_and_held() {
    let app = App::demo_with(&["--max-depth", "3", "--max-aliases", "1"]).await;
    let who = Who::acme_admin();
    let told = app.ask(&who, "{ serviceConfig { maxDepth maxAliases } }").await;
    assert_eq!(told.at("/serviceConfig"), &json!({ "maxDepth": 3, "maxAliases": 1 }));
    app.ask(&who, "{ a: contacts { nodes { name } } }").await.data();
    for query in ["{ contacts { nodes { phones { totalCount } } } }", "{ a: viewer { subject } b: viewer { subject } }"]
    {
        let answer = app.ask(&who, query).await;
        assert!(answer.code().ends_with("_LIMIT_EXCEEDED"), "{query}: {:#}", answer.body);
        assert!(answer.body["errors"][0]["extensions"]["limit"].is_number(), "{:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_needs_no_rows_takes_no_statement() {
    let app = App::demo().await;
    let token = app.token(&Who::acme_admin());
    for query in
        ["{ serviceConfig { maxDepth } viewer { subject roles } __typename }", "{ __schema { queryType { name } } }"]
    {
        let answer = app.send(Some(&token), &json!({ "query": query, "extensions": { "cost": true } })).await;
        assert_eq!(answer.body["extensions"]["cost"]["statements"], json!(0), "{:#}", answer.body);
    }
}

/// Bytes that mean something to a parser, or nothing to anybody.
const ODD: &[u8] = b"{}[]\"\\$!:@.,\x00\xff09ae";

/// A row of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bytes_at_all_get_a_5xx() {
    let app = App::demo().await;
    let token = app.token(&Who::acme_admin());
    let mut dice = Dice(20_260_131);
    let good = json!({
        "query": "query ($first: Int, $id: UUID!) { contacts(first: $first, filter: { ids: [$id] }) { nodes { name phones { nodes { number } } } } node(id: $id) { id } }",
        "variables": { "first": 5, "id": liaison_server::demo::ids::contact("Jane Doe") }, "operationName": null, "extensions": { "cost": true },
    })
    .to_string()
    .into_bytes();
    let odd: [&[u8]; 20] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[{}]",
        b"\"\"",
        b"0",
        b"{}",
        b"{\"query\":null}",
        b"{\"query\":1}",
        b"{\"query\":\"{viewer{subject}}\",\"variables\":[]}",
        b"{\"query\":\"{viewer{subject}}\",\"variables\":\"\"}",
        b"{\"query\":\"{viewer{subject}}\",\"operationName\":\"x\"}",
        b"{\"query\":\"\\u0000\"}",
        b"{\"query\":\"\\ud800\"}",
        b"{\"query\":\"{viewer{subject}}\",\"query\":\"{\"}",
        b"\xff\xfe\x00",
        b"{\"query\":\"{contacts(first:99999999999999999999){totalCount}}\"}",
        b"{\"query\":\"{contacts(after:\\\"\\\\u0000\\\"){totalCount}}\"}",
        b"{\"query\":\"query($a:Int){contacts(first:$a){totalCount}}\",\"variables\":{\"a\":1e999}}",
    ];
    let mut bodies: Vec<Vec<u8>> = odd.iter().map(|body| body.to_vec()).collect();
    for _ in 0..400 {
        let mut body = good.clone();
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(body.len());
            match dice.roll(4) {
                0 => body[at] = u8::try_from(dice.roll(256)).unwrap(),
                1 => drop(body.remove(at)),
                2 => body.insert(at, ODD[dice.roll(ODD.len())]),
                _ => body.truncate(at.max(1)),
            }
        }
        bodies.push(body);
    }
    for _ in 0..100 {
        bodies.push((0..dice.roll(300)).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect());
    }
    for (at, body) in bodies.into_iter().enumerate() {
        let told = String::from_utf8_lossy(&body).into_owned();
        let request = app
            .client()
            .post(format!("{}/graphql", app.url()))
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(body);
        let answer = request.send().await.unwrap_or_else(|error| panic!("{at}: no answer to {told}: {error}"));
        let status = answer.status().as_u16();
        assert!(status < 500, "{at}: {status} to {told}");
        let body: Value = answer.json().await.unwrap_or_else(|error| panic!("{at}: no JSON to {told}: {error}"));
        for error in body["errors"].as_array().into_iter().flatten() {
            assert_ne!(error["extensions"]["code"], "INTERNAL", "{at}: {told}");
            assert!(error["extensions"]["code"].is_string(), "{at}: {error} to {told}");
        }
    }
    // What is no text for PostgreSQL is refused by name wherever it may come in.
    for (query, field) in [
        (
            "mutation { contactCreate(contact: { firstName: \"a\\u0000b\", lastName: \"x\" }) { userErrors { code field } } }",
            "firstName",
        ),
        ("mutation { phoneCreate(phone: { number: \"\\u0000\" }) { userErrors { code field } } }", "number"),
        (
            "mutation { emailCreate(email: { address: \"a\\u0000@example.com\" }) { userErrors { code field } } }",
            "address",
        ),
        (
            "mutation { addressCreate(address: { type: PHYSICAL, city: \"\\u0000\", street1: \"x\" }) { userErrors { code field } } }",
            "city",
        ),
    ] {
        let answer = app.ask(&Who::acme_admin(), query).await;
        let errors = answer.data().as_object().unwrap().values().next().unwrap()["userErrors"].clone();
        assert_eq!(
            (&errors[0]["code"], &errors[0]["field"][0]),
            (&json!("INVALID"), &json!(field)),
            "{:#}",
            answer.body
        );
    }
    for query in [
        "{ organization(subdomain: \"a\\u0000\") { id } }",
        "{ organizations(filter: { subdomains: [\"\\u0000\"] }) { totalCount } }",
        "{ contacts(filter: { lastName: \"\\u0000\" }) { totalCount } }",
        "{ contacts(filter: { phones: { some: { number: \"\\u0000\" } } }) { totalCount } }",
        "{ contacts(filter: { phones: { some: { codes: [\"\\u0000\"] } } }) { totalCount } }",
        "{ contacts(filter: { emails: { some: { address: \"\\u0000\" } } }) { totalCount } }",
        "{ contacts(filter: { addresses: { some: { cities: [\"\\u0000\"], labels: [\"\\u0000\"] } } }) { totalCount } }",
        "{ contacts(after: \"\\u0000\") { totalCount } }",
        "{ contacts(first: -1) { totalCount } }",
        "{ contacts(first: 201) { totalCount } }",
        "{ contacts(first: 2147483648) { totalCount } }",
    ] {
        let answer = app.ask(&Who::acme_admin(), query).await;
        let code = answer.body.pointer("/errors/0/extensions/code").and_then(Value::as_str).unwrap_or("none");
        assert!(
            answer.status < 500 && ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "none"].contains(&code),
            "{query}: {:#}",
            answer.body
        );
    }
}
