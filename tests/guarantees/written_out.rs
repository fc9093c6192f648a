//! Lists that are written straight from their rows are, to the byte, what resolving every field comes to. What stands twice at one place
//! makes a document be resolved, as the two must be merged: so each query is asked with something small beside it once, and twice.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::{App, Who};

/// The text of an answer.
async fn text(app: &App, who: &Who, query: &str, variables: &Value) -> String {
    let request = app.client().post(format!("{}/graphql", app.url())).bearer_auth(app.token(who));
    let request = request.header("x-request-id", "the-request");
    request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap().text().await.unwrap()
}

/// The query with something small beside it, once or twice.
fn with(query: &str, times: usize) -> String {
    let (head, rest) = query.split_once('{').unwrap();
    format!("{head}{{ {} {rest}", "viewer { organization { name } } ".repeat(times))
}

/// What is asked below `organization(id: $organization)` and `contact(id: $contact)`: lists downhill in every shape.
const QUERIES: [&str; 14] = [
    "query ($id: UUID!) { organization(id: $id) { name contacts { nodes { id version firstName lastName name title department \
     preferredContactMethod doNotContact isActive createdAt updatedAt } } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts(first: 3) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename } \
     edges { cursor type isPrimary linkedAt linkedBy reason __typename node { name __typename } } __typename } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts(first: 50, filter: { types: [BILLING], isActive: true }) { nodes { name \
     phones { nodes { number addresses { nodes { street1 city } } } } addresses { edges { type startsOn endsOn isPrimary sortOrder \
     sourceSystem sourceRecordId linkedBy node { id label type street1 street2 city state postalCode country version updatedAt } } } } } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts { nodes { mine: phones(first: 1) { totalCount nodes { id number e164 telUri extension label \
     isSmsCapable isSmsOptedOut smsOptedOutAt verificationState version updatedAt code { id code label description sortOrder isSystemManaged isActive version __typename } } } \
     emails(last: 2) { pageInfo { hasPreviousPage } edges { isPrimary sortOrder linkedAt linkedBy node { address mailtoUri label isNotificationEnabled \
     verificationState code { code } } } } } } } }",
    "query ($id: UUID!) { organization(id: $id) { phones { nodes { number addresses { edges { linkedAt node { label } } } } } \
     emails { nodes { address } } addresses { edges { type isPrimary node { city } } } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts(orderBy: { field: LINKED_AT, direction: DESC }) { nodes { ...Person ... on Contact { title } ... on Node { id } } } } } \
     fragment Person on Contact { name phones { ...Lines } } fragment Lines on ContactPhoneConnection { nodes { number } }",
    "query ($id: UUID!) { organization(id: $id) { contacts(orderBy: { field: TYPE }) { edges { type node { name } } } \
     byChange: contacts(orderBy: { field: UPDATED_AT }, last: 2) { nodes { name } pageInfo { hasNextPage hasPreviousPage } } } }",
    // Beyond what rows have, at several depths.
    "query ($id: UUID!) { organization(id: $id) { contacts { nodes { name viewerCanEdit phones { nodes { number contacts { nodes { name } } } } } } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts { nodes { name phones(filter: { codes: [\"mobile\"] }) { nodes { number label } } \
     places: addresses(filter: { cities: [\"Springfield\"] }) { nodes { city } } } } } }",
    // Skipped and included; the answer has what is left, in its order.
    "query ($id: UUID!) { organization(id: $id) { contacts { totalCount @skip(if: true) nodes { name @include(if: true) title @include(if: false) } } } }",
    // A page of nothing, and one beyond the ends.
    "query ($id: UUID!) { organization(id: $id) { contacts(first: 0) { nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } \
     nobody: contacts(filter: { types: [STAKEHOLDER], isActive: false }) { totalCount nodes { name phones { nodes { number } } } } } }",
    // Refused below: an unknown code, too large a page, a cursor of another list.
    "query ($id: UUID!) { organization(id: $id) { contacts(first: 2) { nodes { name phones(filter: { codes: [\"nonsense\"] }) { nodes { number } } } } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts(first: 2) { edges { node { phones(first: 900) { nodes { number } } } } } } }",
    "query ($id: UUID!) { organization(id: $id) { contacts(first: 2) { nodes { emails(after: \"x\") { nodes { address } } } } } }",
];

const OF_PEOPLE: [&str; 3] = [
    "query ($id: UUID!) { contact(id: $id) { name phones { nodes { number code { code } addresses { totalCount nodes { street1 } } } } \
     emails { edges { cursor node { address } } } addresses { edges { type linkedBy holdingVersion node { city } } } } }",
    "query ($id: UUID!) { contact(id: $id) { phones { edges { linkedBy node { telUri verificationState } } pageInfo { startCursor } } } }",
    "query { contacts(first: 20) { nodes { name phones { nodes { number label } } emails(first: 1) { nodes { address } } addresses { totalCount } } } }",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_out_is_what_is_resolved() {
    let app = App::demo().await;
    let everybody = [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger()];
    let organizations = ["acme", "techpartner", "riverside", "platform"].map(ids::organization);
    let people = ["Jane Doe", "John Doe", "Jane Miller"].map(ids::contact);
    let mut with_rows = 0;
    for who in &everybody {
        for (queries, subjects) in [(QUERIES.as_slice(), organizations.as_slice()), (&OF_PEOPLE, &people)] {
            for query in queries {
                for id in subjects {
                    let variables = if query.contains("$id") { json!({ "id": id }) } else { json!({}) };
                    let written = text(&app, who, &with(query, 1), &variables).await;
                    let resolved = text(&app, who, &with(query, 2), &variables).await;
                    // Both tell where in the document an error is, and they are not one document.
                    let places = |text: &str| -> String {
                        let mut parts = text.split("\"locations\":[");
                        let first = parts.next().unwrap_or_default().to_owned();
                        parts.fold(first, |told, part| told + part.split_once(']').map_or(part, |(_, rest)| rest))
                    };
                    assert_eq!(places(&written), places(&resolved), "{query}\nfor {id} as {}", who.subject);
                    with_rows += usize::from(written.contains("\"name\":\"") || written.contains("\"number\":\""));
                }
            }
        }
    }
    assert!(with_rows > 80, "{with_rows} answers with somebody in them prove nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_asked_twice_at_one_place_has_what_both_asked() {
    let app = App::demo().await;
    let query = "{ organization(subdomain: \"acme\") { contacts(first: 2) { nodes { firstName } } ...More } } \
                 fragment More on Organization { contacts(first: 2) { nodes { lastName phones { nodes { id } } } totalCount } }";
    let answer = app.ask(&Who::acme_admin(), query).await;
    let people = answer.list("/organization/contacts/nodes");
    assert_eq!(people.len(), 2);
    for person in people {
        let keys: Vec<&String> = person.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 3, "{person}");
        assert!(
            person["firstName"].is_string() && person["lastName"].is_string() && person["phones"]["nodes"].is_array()
        );
    }
    assert!(answer.at("/organization/contacts/totalCount").is_number());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_beyond_the_ends_tells_what_is_on_the_other_side() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let whole = "{ organization(subdomain: \"acme\") { contacts { pageInfo { startCursor endCursor } totalCount } } }";
    let ends = app.ask(&acme, whole).await.at("/organization/contacts/pageInfo").clone();
    let beyond = "query ($after: String, $before: String) { organization(subdomain: \"acme\") { \
                  later: contacts(after: $after) { nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor } } \
                  sooner: contacts(last: 5, before: $before) { nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
    let variables = json!({ "after": ends["endCursor"], "before": ends["startCursor"] });
    let answer = app.ask_with(&acme, beyond, variables).await;
    let later =
        json!({ "nodes": [], "pageInfo": { "hasNextPage": false, "hasPreviousPage": true, "startCursor": null } });
    assert_eq!(answer.at("/organization/later"), &later);
    let sooner =
        json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "hasPreviousPage": false, "endCursor": null } });
    assert_eq!(answer.at("/organization/sooner"), &sooner);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_a_list_below_names_it() {
    let app = App::demo().await;
    let query = "{ organization(subdomain: \"acme\") { people: contacts(first: 2) { edges { node { name \
                 lines: phones(filter: { codes: [\"nonsense\"] }) { nodes { number } } } } } } }";
    let written = app.ask(&Who::acme_admin(), &with(query, 1)).await;
    let resolved = app.ask(&Who::acme_admin(), &with(query, 2)).await;
    assert_eq!(written.code(), "BAD_USER_INPUT");
    let path = |answer: &crate::support::Answer| answer.body["errors"][0]["path"].clone();
    assert_eq!(path(&written), path(&resolved), "{:#}", written.body);
    let place = path(&written);
    assert_eq!(place.as_array().unwrap()[..3], [json!("organization"), json!("people"), json!("edges")]);
}

/// Somebody writes another name into the tables of nodes, past the log: lists do not look there, and nodes do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_what_reaches_them_are_read_from_their_links_alone() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    for change in [
        "UPDATE contacts_projection SET title = 'by hand'",
        "UPDATE phones_projection SET label = 'by hand'",
        "UPDATE emails_projection SET label = 'by hand'",
        "UPDATE addresses_projection SET label = 'by hand'",
    ] {
        assert!(owner.execute(AssertSqlSafe(change)).await.unwrap().rows_affected() > 0);
    }
    let list = "{ organization(subdomain: \"acme\") { contacts { nodes { name title phones { nodes { number label addresses { nodes { label } } } } \
                emails { nodes { address label } } addresses { nodes { label city } } } } } }";
    let acme = Who::acme_admin();
    let lists = text(&app, &acme, list, &json!({})).await;
    assert!(lists.contains("\"number\":\"") && lists.contains("\"city\":\""), "{lists}");
    assert!(!lists.contains("by hand"), "{lists}");
    let resolved = text(&app, &acme, &with(list, 2), &json!({})).await;
    assert!(resolved.matches("by hand").count() > 8, "{resolved}");
}
