//! What is written straight from rows is, to the byte, what resolving every field comes to. By itself a query is written as a whole where
//! that can be; with something beside it that rows cannot answer its lists are written, each by itself; and with that twice, which makes a
//! document be resolved, as the two must be merged, nothing is.

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

/// An answer to a query with something beside it, without that.
fn without_what_was_added(text: &str) -> String {
    let Some((before, after)) = text.split_once("\"viewer\":{\"organization\":{\"name\":\"") else {
        return text.to_owned();
    };
    let (_, after) = after.split_once("\"}}").unwrap();
    format!("{before}{}", after.strip_prefix(',').unwrap_or(after))
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

const OF_PEOPLE: [&str; 4] = [
    "query ($id: UUID!) { who: contact(id: $id) { __typename id version name firstName title isActive doNotContact doNotContactReason doNotContactSince editPolicy createdAt \
     deletedAt organizationCount organizations(first: 2) { __typename edges { __typename cursor type isPrimary linkedAt linkedBy reason node { __typename id name kind partnerType \
     subdomain defaultRegion isActive version createdAt updatedAt } } pageInfo { hasNextPage endCursor } } } }",
    "query ($id: UUID!) { contact(id: $id) { name phones { nodes { number code { code } addresses { totalCount nodes { street1 } } } } \
     emails { edges { cursor node { address } } } addresses { edges { type linkedBy holdingVersion node { city } } } } }",
    "query ($id: UUID!) { contact(id: $id) { phones { edges { linkedBy node { telUri verificationState } } pageInfo { startCursor } } } }",
    "query { contacts(first: 20) { nodes { name phones { nodes { number label } } emails(first: 1) { nodes { address } } addresses { totalCount } } } }",
];

/// What is asked of whole operations.
const OPERATIONS: [&str; 17] = [
    "query ($id: UUID!) { contact(id: $id) { name organizations { nodes { name contacts(first: 2) { nodes { name phones { nodes { number code { code } } } } } } } } }",
    "query ($id: UUID!) { contact(id: $id) { name organizations(filter: { types: [BILLING] }, orderBy: { field: LINKED_AT }) { totalCount nodes { name } } phones { totalCount nodes { number } } } }",
    "query ($id: UUID!) { contact(id: $id) { emails { nodes { address } } phones { nodes { number } } addresses { nodes { city } } } }",
    "query ($id: UUID!) { one: contact(id: $id) { name } __typename two: contact(id: $id) { name organizations { nodes { id } } } three: organization(id: $id) { name } }",
    "query ($id: UUID!) { organization(id: $id) { name } }",
    "query ($id: UUID!) { organization(id: $id) { __typename subdomain phones(first: 1) { nodes { number } pageInfo { hasNextPage endCursor } } contacts { totalCount } } }",
    "query { contacts(first: 3) { __typename edges { __typename cursor node { id name version organizationCount } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename } } }",
    "query ($first: Int = 4, $after: String) { contacts(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }, filter: { isActive: true }) { nodes { name phones(first: 1) { nodes { number } } } } }",
    "query { contacts(last: 3, filter: { organizations: { count: { gt: 1 } } }) { nodes { name organizations { nodes { name } } } pageInfo { hasPreviousPage } } }",
    "query { contacts(first: 2, filter: { phones: { some: { codes: [\"mobile\"] } } }) { nodes { name } } organizations(first: 2) { edges { cursor node { name kind } } } }",
    "query { organizations(first: 5, filter: { kinds: [PROVIDER] }) { nodes { id name contacts(first: 2, filter: { types: [EMERGENCY] }) { nodes { name phones(filter: { codes: [\"mobile\"] }) { nodes { number } } } } } } }",
    // Counted: of a page that is all there is, of one that is not, of none.
    "query { contacts(first: 2) { totalCount nodes { name phones { totalCount nodes { number } } } } all: contacts(first: 200) { totalCount } none: contacts(first: 0) { totalCount nodes { id } } }",
    "query { contacts(last: 3, filter: { organizations: { count: { gt: 1 } } }) { nodes { name organizations(last: 1) { totalCount nodes { name } } } totalCount } organizations(first: 2) { totalCount edges { cursor } } }",
    "query { organizations { totalCount nodes { name contacts(first: 1) { totalCount } emails(first: 30) { totalCount } } } contacts(filter: { firstName: \"Nobody\" }) { totalCount nodes { id } } }",
    // Asked at one place by several, and of types that it is not.
    "query ($id: UUID!) { contact(id: $id) { ...Names ...Lines phones { totalCount edges { node { ...Line } } } name } } fragment Names on Contact { name firstName phones { nodes { id } } } \
     fragment Lines on Contact { phones { edges { isPrimary node { number } } } } fragment Line on Phone { number label }",
    "query ($id: UUID!) { organization(id: $id) { name contacts { nodes { id ... on Node { id ... on Phone { number updatedAt } ... on Contact { name } } } } } }",
    // Refused: a page too large, an unknown code.
    "query ($id: UUID!) { contact(id: $id) { phones(first: 900) { nodes { number } } organizations { nodes { name } } } }",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_out_is_what_is_resolved() {
    let app = App::demo().await;
    let everybody = [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger()];
    let organizations = ["acme", "techpartner", "riverside", "platform"].map(ids::organization);
    let people = ["Jane Doe", "John Doe", "Jane Miller"].map(ids::contact);
    let mut with_rows = 0;
    for who in &everybody {
        let of_all = [organizations.as_slice(), people.as_slice()].concat();
        for (queries, subjects) in
            [(QUERIES.as_slice(), organizations.as_slice()), (&OF_PEOPLE, &people), (&OPERATIONS, &of_all)]
        {
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
                    let whole = text(&app, who, query, &variables).await;
                    let without = without_what_was_added(&resolved);
                    assert_eq!(places(&whole), places(&without), "as a whole: {query}\nfor {id} as {}", who.subject);
                    with_rows += usize::from(written.contains("\"name\":\"") || written.contains("\"number\":\""));
                }
            }
        }
    }
    assert!(with_rows > 80, "{with_rows} answers with somebody in them prove nothing");
}

/// One statement reads a node with its list, or a page of the directory, and no transaction stands around it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_rows_can_answer_is_one_statement() {
    let app = App::demo().await;
    let [person, acme] = [ids::contact("Jane Doe"), ids::organization("acme")];
    let queries = [
        format!("{{ contact(id: \"{person}\") {{ name organizations {{ edges {{ type node {{ name }} }} }} }} }}"),
        format!(
            "{{ organization(id: \"{acme}\") {{ contacts(filter: {{ types: [BILLING] }}) {{ nodes {{ name title }} }} }} }}"
        ),
        format!("{{ organization(id: \"{acme}\") {{ name }} }}"),
        "{ contacts(first: 5) { nodes { name } pageInfo { endCursor } } }".to_owned(),
        "{ organizations(first: 5) { nodes { name } } }".to_owned(),
    ];
    for who in [Who::super_admin(), Who::acme_admin()] {
        for query in &queries {
            let request = json!({ "query": query, "extensions": { "cost": true } });
            let answer: Value = app
                .client()
                .post(format!("{}/graphql", app.url()))
                .bearer_auth(app.token(&who))
                .json(&request)
                .send()
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            assert_eq!(answer["extensions"]["cost"]["statements"], 1, "{query}: {answer}");
            assert!(answer["extensions"]["cost"]["rows"].as_u64() > Some(0), "{query}: {answer}");
        }
    }
}

/// A payload that shows what was made is written from its rows. With an idempotency key its answer is kept as values, and asked for under two
/// names the contact is resolved: the answer is the same, of what is made and of what would be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_payload_shows_is_what_is_resolved() {
    let app = App::demo().await;
    let shown = "__typename id name version title isActive organizationCount
        phones(first: 5) { totalCount edges { isPrimary sortOrder node { id e164 label code { code } } } }
        emails { nodes { address } } addresses { edges { type isPrimary node { city } } }
        organizations(first: 5) { edges { type isPrimary node { id name } } }";
    let once = format!("contact {{ {shown} }}");
    let again = format!("{once} again: {once}");
    let made = format!("fragment Made on ContactCreatePayload {{ {once} }}");
    let ways =
        [(&*once, "", None), ("...Made", &*made, None), (&*again, "", None), (&*once, "", Some("a-key-for-this"))];
    for (at, who) in [Who::super_admin(), Who::acme_admin()].iter().enumerate() {
        let contact = json!({
            "id": format!("01970000-0000-7000-8000-00000000000{at}"), "allowDuplicate": true,
            "firstName": "Zoë", "lastName": "Quill", "title": "Nurse",
            "organizations": [{ "type": "BILLING" }, { "type": "TECHNICAL" }],
            "phones": [{ "phone": { "create": { "id": format!("01970000-0000-7000-8000-0000000001{at}0"), "number": "+1 217 555 0191", "code": "mobile" } } },
                       { "phone": { "create": { "id": format!("01970000-0000-7000-8000-0000000001{at}1"), "number": "+1 217 555 0192" } } }],
            "emails": [{ "email": { "create": { "address": "zoe@quill.example" } } }],
        });
        let mut answers = Vec::new();
        for dry_run in [true, false] {
            for (selected, fragment, key) in ways {
                let document = format!(
                    "mutation ($contact: ContactCreateInput!) {{ contactCreate(contact: $contact, dryRun: {dry_run}) {{ {selected} userErrors {{ code }} }} }} {fragment}"
                );
                let request = app.client().post(format!("{}/graphql", app.url())).bearer_auth(app.token(who));
                let request = match key {
                    Some(key) => request.header("idempotency-key", format!("{key}-{dry_run}")),
                    None => request,
                };
                let body = json!({ "query": document, "variables": { "contact": contact } });
                let answer: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
                let payload = &answer["data"]["contactCreate"];
                let Some(shown) = payload.get("contact").filter(|contact| contact.is_object()) else {
                    // What is made once is made for good.
                    assert!(!dry_run && !answers.is_empty(), "{answer:#}");
                    continue;
                };
                assert!(payload.get("again").is_none_or(|again| again == shown), "{answer:#}");
                answers.push(shown.clone());
            }
        }
        assert_eq!(answers.len(), ways.len() + 1, "each was rehearsed, and the first was done");
        assert_eq!(answers[0]["phones"]["totalCount"], 2);
        assert_eq!(answers[0]["organizations"]["edges"].as_array().map(Vec::len), Some(2));
        answers.iter().for_each(|other| assert_eq!(*other, answers[0]));
    }
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
