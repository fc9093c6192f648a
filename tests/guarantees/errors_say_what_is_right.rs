//! The error catalogue from outside: every error has a code and the request's id, names what is wrong, and says what would be right.

use serde_json::{Value, json};

use crate::support::{Answer, App, Who};

/// One wrong request: what is sent, the code that comes back, and what its message must hold.
struct Wrong {
    body: Value,
    code: &'static str,
    says: &'static [&'static str],
}

fn wrong(query: &str, variables: Value, code: &'static str, says: &'static [&'static str]) -> Wrong {
    Wrong { body: json!({ "query": query, "variables": variables }), code, says }
}

#[track_caller]
fn holds(answer: &Answer, code: &str, says: &[&str], about: &str) {
    let errors = answer.body["errors"].as_array().unwrap_or_else(|| panic!("{about}: {:#}", answer.body));
    for error in errors {
        let id = error["extensions"]["requestId"].as_str().unwrap_or_default();
        assert!(!id.is_empty(), "{about}: no requestId in {error:#}");
        assert!(error["extensions"]["code"].is_string(), "{about}: no code in {error:#}");
        let message = error["message"].as_str().unwrap();
        for internal in ["SELECT", "sqlx", "panicked", "/crates/", "occurred while parsing", "it must be"] {
            assert!(!message.contains(internal), "{about}: {message}");
        }
    }
    let found = errors.iter().any(|error| {
        let message = error["message"].as_str().unwrap();
        error["extensions"]["code"] == code && says.iter().all(|part| message.contains(part))
    });
    assert!(found, "{about}: wanted {code} with {says:?}, got {errors:#?}");
}

fn nested(open: &str, close: &str, depth: usize, inner: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

#[tokio::test]
async fn a_wrong_document_or_argument_is_told_what_would_be_right() {
    let app = App::demo().await;
    let none = || json!({});
    let aliases = (0..101).map(|at| format!("a{at}: name ")).collect::<String>();
    let deep = format!(
        "{{ contacts {{ nodes {{ {} }} }} }}",
        nested("organizations { nodes { contacts { nodes { ", "} } } }", 4, "name ")
    );
    let filter = nested("{not: ", "}", 6, "{isActive: true}");
    let brackets = nested("{", "}", 100, "");
    let nil = "00000000-0000-0000-0000-000000000000";
    let many = vec![nil; 501];
    let cases = [
        // Ids.
        wrong(
            "{ contact(id: \"abc\") { name } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"id\"", "must be a UUID such as"],
        ),
        wrong(
            "query Q($id: UUID!) { contact(id: $id) { name } }",
            json!({ "id": "abc" }),
            "BAD_USER_INPUT",
            &["\"$id\"", "must be a UUID such as"],
        ),
        wrong(
            "query Q($ids: [UUID!]!) { nodes(ids: $ids) { id } }",
            json!({ "ids": many }),
            "BAD_USER_INPUT",
            &["ids may have at most 200 entries; it has 501", "several requests"],
        ),
        wrong(
            "query Q($ids: [UUID!]) { contacts(filter: {ids: $ids}) { totalCount } }",
            json!({ "ids": many }),
            "BAD_USER_INPUT",
            &["ids may have at most 500 values; it has 501"],
        ),
        wrong("{ organization { name } }", none(), "BAD_USER_INPUT", &["give id or subdomain"]),
        // What the schema has not.
        wrong(
            "{ contacts { nodes { email } } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"email\"", "The fields of Contact are", "primaryEmail"],
        ),
        wrong("{ contcts { totalCount } }", none(), "GRAPHQL_VALIDATION_FAILED", &["\"contcts\"", "contacts"]),
        wrong(
            "{ contacts(limit: 3) { totalCount } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"limit\"", "contacts takes after, before, filter, first, last, orderBy"],
        ),
        wrong(
            "{ contacts(filter: {type: BILLING}) { totalCount } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"type\"", "the fields of ContactFilter are", "organizations"],
        ),
        wrong(
            "query Q($f: ContactFilter) { contacts(filter: $f) { totalCount } }",
            json!({ "f": { "type": "BILLING" } }),
            "BAD_USER_INPUT",
            &["\"$f\"", "ContactFilter", "organizations"],
        ),
        // Enums.
        wrong(
            "{ contacts(filter: {organizations: {some: {types: [BILING]}}}) { totalCount } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"types\"", "ADMINISTRATIVE, BILLING, EMERGENCY"],
        ),
        wrong(
            "{ contacts(filter: {organizations: {some: {types: [\"BILLING\"]}}}) { totalCount } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"types\"", "without quotes"],
        ),
        wrong(
            "query Q($t: [ContactType!]) { contacts(filter: {organizations: {some: {types: $t}}}) { totalCount } }",
            json!({ "t": ["billing"] }),
            "BAD_USER_INPUT",
            &["\"$t[0]\"", "BILLING"],
        ),
        // Variables.
        wrong(
            "query Q($id: UUID!) { contact(id: $id) { name } }",
            none(),
            "BAD_USER_INPUT",
            &["\"$id\"", "UUID!", "was not provided"],
        ),
        wrong(
            "query Q { contact(id: $id) { name } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"$id\"", "not defined"],
        ),
        wrong(
            "mutation M($c: ContactCreateInput!) { contactCreate(contact: $c) { position } }",
            json!({ "c": { "firstName": "A" } }),
            "BAD_USER_INPUT",
            &["required field \"lastName\""],
        ),
        wrong(
            "mutation M($to: PhoneLinkTargetInput!, $id: UUID!) { phoneLink(phoneId: $id, to: $to) { position } }",
            json!({ "id": nil, "to": { "contactId": nil, "addressId": nil } }),
            "BAD_USER_INPUT",
            &["exactly one field of PhoneLinkTargetInput"],
        ),
        // Pages.
        wrong(
            "{ contacts(first: 500) { totalCount } }",
            none(),
            "BAD_USER_INPUT",
            &["first may be at most 200; it is 500", "after"],
        ),
        wrong("{ contacts(last: -1) { totalCount } }", none(), "BAD_USER_INPUT", &["last must be 0 to 200; it is -1"]),
        wrong(
            "{ contacts(first: 1, last: 1) { totalCount } }",
            none(),
            "BAD_USER_INPUT",
            &["give first or last, not both"],
        ),
        wrong("{ contacts(first: 1.5) { totalCount } }", none(), "GRAPHQL_VALIDATION_FAILED", &["\"first\"", "an Int"]),
        wrong(
            "{ contacts(after: \"abc\") { totalCount } }",
            none(),
            "BAD_USER_INPUT",
            &["not a cursor of this list", "pageInfo"],
        ),
        // Filters.
        wrong(
            &format!("{{ contacts(filter: {filter}) {{ totalCount }} }}"),
            none(),
            "BAD_USER_INPUT",
            &["at most 5 deep"],
        ),
        wrong(
            "{ contacts(filter: {phones: {count: {gt: -1}}}) { totalCount } }",
            none(),
            "BAD_USER_INPUT",
            &["count.gt must be 0 or more; it is -1"],
        ),
        wrong(
            "{ contacts(filter: {phones: {count: {gt: 2147483648}}}) { totalCount } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"gt\"", "from -2147483648 to 2147483647"],
        ),
        wrong(
            "mutation { addressLink(addressId: \"00000000-0000-0000-0000-000000000000\", to: {}, holding: {startsOn: \"2026-13-01\"}) { position } }",
            none(),
            "GRAPHQL_VALIDATION_FAILED",
            &["\"startsOn\"", "a day such as 2026-03-31"],
        ),
        // Text.
        wrong(
            "query Q($n: String) { contacts(filter: {lastName: $n}) { totalCount } }",
            json!({ "n": "a\u{0}b" }),
            "BAD_REQUEST",
            &["variables.n", "U+0000"],
        ),
        wrong(
            "{ contacts(filter: {lastName: \"a\\u0000b\"}) { totalCount } }",
            none(),
            "BAD_USER_INPUT",
            &["lastName", "U+0000"],
        ),
        wrong(
            "query Q($n: String) { contacts(filter: {lastName: $n}) { totalCount } }",
            json!({ "n": "x".repeat(301) }),
            "BAD_USER_INPUT",
            &["lastName may have at most 300 characters; it has 301"],
        ),
        // Limits: the number, and how to pass.
        wrong(&deep, none(), "DEPTH_LIMIT_EXCEEDED", &["the limit is 15", "split the request"]),
        wrong(&brackets, none(), "DEPTH_LIMIT_EXCEEDED", &["100 brackets", "the limit is 64"]),
        wrong(
            &format!("{{ contacts {{ nodes {{ {aliases} }} }} }}"),
            none(),
            "ALIAS_LIMIT_EXCEEDED",
            &["101 aliases", "the limit is 100", "Split"],
        ),
        wrong(
            "{ contacts(first: 200) { nodes { phones(first: 200) { nodes { contacts(first: 200) { nodes { name } } } } } } }",
            none(),
            "COMPLEXITY_LIMIT_EXCEEDED",
            &["the limit is 200000", "first"],
        ),
        // Documents.
        wrong("{ contacts { nodes { name }", none(), "GRAPHQL_PARSE_FAILED", &["Syntax error"]),
        wrong(" ", none(), "GRAPHQL_PARSE_FAILED", &["empty", "send a query"]),
        wrong(
            "query A { viewer { subject } } query B { viewer { subject } }",
            none(),
            "OPERATION_RESOLUTION_FAILURE",
            &["operationName", "A, B"],
        ),
        wrong("{ contacts { nodes } }", none(), "GRAPHQL_VALIDATION_FAILED", &["\"nodes\"", "selection of subfields"]),
        // Bodies.
        Wrong { body: json!([]), code: "BAD_REQUEST", says: &["Batches are not served", "one JSON object"] },
        Wrong { body: json!({}), code: "BAD_REQUEST", says: &["`query` is missing"] },
        Wrong {
            body: json!({ "query": "{ viewer { subject } }", "variables": [1] }),
            code: "BAD_REQUEST",
            says: &["`variables` must be a JSON object"],
        },
    ];
    let token = app.token(&Who::super_admin());
    for Wrong { body, code, says } in cases {
        let answer = app.send(Some(&token), &body).await;
        let about: String = body.to_string().chars().take(160).collect();
        holds(&answer, code, says, &about);
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_told_where_it_ends() {
    let app = App::demo().await;
    let request = app.client().post(format!("{}/graphql", app.url())).bearer_auth(app.token(&Who::super_admin()));
    let response =
        request.header("content-type", "application/json").body("{\"query\": \"{viewer").send().await.unwrap();
    assert_eq!(response.status(), 400);
    let header = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let answer = Answer { status: 400, body: response.json().await.unwrap() };
    holds(&answer, "BAD_REQUEST", &["The body is not JSON", "line 1"], "broken JSON");
    assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], header);
}

#[tokio::test]
async fn nobody_is_told_how_to_sign_in() {
    let app = App::demo().await;
    for query in [
        "{ contacts { totalCount } }",
        "{ node(id: \"00000000-0000-0000-0000-000000000000\") { id } }",
        "mutation { phoneCreate(phone: {number: \"1\"}) { position } }",
    ] {
        holds(&app.ask_as_nobody(query).await, "UNAUTHENTICATED", &["Authorization: Bearer"], query);
    }
    let answer = app.send(Some("not.a.token"), &json!({ "query": "{ viewer { subject } }" })).await;
    assert_eq!(answer.status, 401);
    holds(&answer, "UNAUTHENTICATED", &[], "a bad token");
}

#[tokio::test]
async fn what_a_role_may_not_read_is_told_with_the_roles_that_may() {
    let app = App::demo().await;
    let query = format!("{{ history(id: \"{}\") {{ totalCount }} }}", liaison_server::demo::ids::contact("Jane Doe"));
    let answer = app.ask(&Who::acme_clinician(), &query).await;
    holds(&answer, "FORBIDDEN", &["super_admin, provider_admin, partner_admin", "permission history"], "history");
}

#[tokio::test]
async fn a_foreign_id_and_a_missing_one_are_no_error_and_the_same_answer() {
    let app = App::demo().await;
    let ask = "query Ask($id: UUID!) { contact(id: $id) { name } node(id: $id) { id } }";
    let foreign = liaison_server::demo::ids::contact("Jane Doe");
    for id in [foreign, uuid::Uuid::from_u128(1)] {
        let answer = app.ask_with(&Who::stranger(), ask, json!({ "id": id })).await;
        assert_eq!(answer.body, json!({ "data": { "contact": null, "node": null } }));
    }
}
