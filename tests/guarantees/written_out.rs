//! What is written straight from rows is, to the byte, what resolving every field comes to. By itself a query is written as a whole where
//! that can be; with something beside it that rows cannot answer its lists are written, each by itself; and with that twice, which makes a
//! document be resolved, as the two must be merged, nothing is.

use std::collections::BTreeSet;

use liaison_domain::session::{DatabaseOptions, FirstWall};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

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
const OPERATIONS: [&str; 25] = [
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
    // Lists that come with the rows they are below: places and ends at each depth, from either end.
    "query ($id: UUID!) { organization(id: $id) { name contacts(first: 4) { pageInfo { hasNextPage endCursor } edges { cursor node { name \
     phones(first: 1) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor linkedBy node { number code { code } \
     addresses(first: 1) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor linkedAt node { street1 } } } } } } \
     emails(last: 1) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { address } } } \
     addresses { pageInfo { startCursor } edges { cursor startsOn sourceSystem node { city } } } } } } } }",
    // The same list under several names: with the same arguments and with others, in another order and with a filter, a page of none.
    "query ($id: UUID!) { contact(id: $id) { name one: phones(first: 1) { nodes { number } } all: phones { nodes { number label } } again: phones(first: 1) { nodes { number } } \
     late: phones(orderBy: { field: LINKED_AT, direction: DESC }) { edges { cursor node { number } } } mobile: phones(filter: { codes: [\"mobile\"] }) { nodes { number } } \
     none: phones(first: 0) { nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } \
     emails(filter: { isPrimary: false }) { nodes { address } pageInfo { hasNextPage } } addresses(last: 1) { edges { type cursor node { city } } } } }",
    // All lists of one, those uphill among them, and what hangs below each.
    "query ($id: UUID!) { contact(id: $id) { phones { nodes { number addresses { nodes { city } } } } organizations(first: 1) { pageInfo { hasNextPage endCursor } edges { type cursor node { name \
     phones { nodes { number addresses { nodes { city } } } } emails(first: 1) { totalCount nodes { address } } } } } emails { totalCount nodes { address } } } }",
    "query ($id: UUID!) { organization(id: $id) { addresses { nodes { city } } phones { edges { isPrimary node { number addresses(first: 1) { nodes { city } pageInfo { hasNextPage } } } } } \
     emails { nodes { address } } contacts(last: 2, filter: { types: [BILLING, TECHNICAL] }) { totalCount nodes { name organizations { nodes { name phones(first: 1) { nodes { number } } } } } } } }",
    // Pages of the directory with what comes along, and beside it what is counted and what is read by itself.
    "query { contacts(first: 6) { pageInfo { hasNextPage endCursor } edges { cursor node { name phones(first: 1) { edges { cursor node { number addresses { nodes { city } } } } \
     pageInfo { hasNextPage } } emails { nodes { address code { label } } } addresses(first: 1) { edges { type cursor } } } } } }",
    "query { contacts(last: 9, orderBy: { field: LINKED_AT }) { edges { cursor node { name phones { totalCount nodes { number addresses(first: 1) { totalCount nodes { city } } } } \
     organizations(first: 2) { nodes { name addresses { nodes { city } } } } } } } }",
    "query { organizations { edges { cursor node { name phones(first: 1) { edges { cursor node { number addresses { nodes { city } } } } pageInfo { hasNextPage } } emails(last: 1) { nodes { address } } \
     addresses { edges { type node { city } } } contacts(first: 3) { nodes { name emails(first: 1) { nodes { address } pageInfo { hasNextPage } } } } } } } }",
    // Refused below what comes along: an unknown code.
    "query { contacts(first: 3) { nodes { name phones { nodes { number } } emails(filter: { codes: [\"nonsense\"] }) { nodes { address } } } } }",
    // Refused: a page too large, an unknown code.
    "query ($id: UUID!) { contact(id: $id) { phones(first: 900) { nodes { number } } organizations { nodes { name } } } }",
];

/// Has phones of people stand at two addresses each: in the demo only those of offices stand anywhere.
async fn place_phones(app: &App) {
    let ada = Who::super_admin();
    let all = "{ contacts(first: 40) { nodes { phones(first: 3) { nodes { id } } } } organizations { nodes { addresses(first: 3) { nodes { id } } } } }";
    let all = app.ask(&ada, all).await;
    let ids = |of: &[Value], name: &str| -> Vec<Value> {
        of.iter().flat_map(|one| one[name]["nodes"].as_array().unwrap()).map(|one| one["id"].clone()).collect()
    };
    let phones: BTreeSet<String> =
        ids(all.list("/contacts/nodes"), "phones").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let addresses = ids(all.list("/organizations/nodes"), "addresses");
    assert!(phones.len() > 20 && addresses.len() > 2, "{} phones, {} addresses", phones.len(), addresses.len());
    let links = phones.iter().enumerate().flat_map(|(at, phone)| {
        [at, at + 1].map(|to| {
            let address = &addresses[to % addresses.len()];
            format!("a{at}b{to}: addressLink(addressId: {address}, to: {{ phoneId: \"{phone}\" }}) {{ userErrors {{ message }} }}")
        })
    });
    let links: Vec<String> = links.collect();
    for some in links.chunks(10) {
        let done = app.ask(&ada, &format!("mutation {{ {} }}", some.join(" "))).await;
        for done in done.data().as_object().unwrap().values() {
            assert_eq!(done["userErrors"], json!([]), "{done}");
        }
    }
}

/// The answer, when it is the same as a whole, list by list and resolved.
async fn three_ways(app: &App, who: &Who, query: &str, variables: &Value) -> String {
    let written = text(app, who, &with(query, 1), variables).await;
    let resolved = text(app, who, &with(query, 2), variables).await;
    // Both tell where in the document an error is, and they are not one document.
    let places = |text: &str| -> String {
        let mut parts = text.split("\"locations\":[");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |told, part| told + part.split_once(']').map_or(part, |(_, rest)| rest))
    };
    assert_eq!(places(&written), places(&resolved), "{query}\nwith {variables} as {}", who.subject);
    let whole = text(app, who, query, variables).await;
    let without = without_what_was_added(&resolved);
    assert_eq!(places(&whole), places(&without), "as a whole: {query}\nwith {variables} as {}", who.subject);
    whole
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_out_is_what_is_resolved() {
    let app = App::demo().await;
    place_phones(&app).await;
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
                    let whole = three_ways(&app, who, query, &variables).await;
                    with_rows += usize::from(whole.contains("\"name\":\"") || whole.contains("\"number\":\""));
                }
            }
        }
    }
    assert!(with_rows > 80, "{with_rows} answers with somebody in them prove nothing");
}

/// Somebody pages through lists that come with rows: from each place that an inner list has, in both ways, below everybody at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_within_lists_that_come_along_are_those_of_the_lists() {
    let app = App::demo().await;
    place_phones(&app).await;
    let cursors = "{ contacts(first: 200) { nodes { phones(first: 9) { edges { cursor node { addresses(first: 5) { edges { cursor } } } } } } } }";
    let page = "query ($phone: String, $place: String) { contacts(first: 100) { nodes { name \
        later: phones(first: 1, after: $phone) { edges { cursor node { number addresses(first: 1, after: $place) { edges { cursor node { city } } \
        pageInfo { hasNextPage hasPreviousPage } } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } \
        sooner: phones(last: 1, before: $phone) { edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } \
        until: phones(first: 1, before: $phone) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } \
        from: phones(last: 1, after: $phone) { totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage } } } } }";
    for who in [Who::super_admin(), Who::acme_admin()] {
        let answer = app.ask(&who, cursors).await;
        let people = answer.list("/contacts/nodes");
        let all = |of: &Value, name: &str| -> Vec<Value> { of[name]["edges"].as_array().unwrap().clone() };
        let phones: Vec<Value> = people.iter().flat_map(|person| all(person, "phones")).collect();
        let places: Vec<Value> = phones.iter().flat_map(|phone| all(&phone["node"], "addresses")).collect();
        let several = people.iter().map(|person| all(person, "phones")).find(|phones| phones.len() > 1);
        let [first, last] =
            several.map(|of| [of[0].clone(), of[of.len() - 1].clone()]).expect("one who has two phones");
        let mut told = Vec::new();
        for phone in [&first, &last, phones.last().unwrap()] {
            let variables = json!({ "phone": phone["cursor"], "place": places.first().map(|place| &place["cursor"]) });
            told.push(three_ways(&app, &who, page, &variables).await);
        }
        assert!(!places.is_empty() && told[0].contains("\"hasPreviousPage\":true") && told[0] != told[1], "{told:?}");
        // A cursor of another list is refused where it is given.
        let refused = three_ways(&app, &who, page, &json!({ "phone": places[0]["cursor"] })).await;
        assert!(refused.contains("BAD_USER_INPUT"), "{refused}");
    }
}

/// What comes along stands behind both walls: with the first one down, and with the second one down, everybody is shown the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_wall_holds_before_what_comes_along() {
    let both = App::demo().await;
    let second = App::demo_on(DatabaseOptions { first_wall: FirstWall::Down, ..DatabaseOptions::default() }).await;
    let first = App::demo().await;
    for app in [&both, &second, &first] {
        place_phones(app).await;
    }
    let mut owner = PgConnection::connect_with(&first.owner()).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    for table in tables {
        let off = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY");
        owner.execute(AssertSqlSafe(off)).await.unwrap();
    }
    let methods = "phones { nodes { id number addresses { nodes { id city } } } } emails { nodes { id address } } addresses { nodes { id city } }";
    let below_one = |root: &str, id: Uuid| format!("{{ {root}(id: \"{id}\") {{ name {methods} }} }}");
    let queries = [
        format!("{{ contacts(first: 50) {{ nodes {{ name {methods} }} }} }}"),
        format!("{{ organizations(first: 50) {{ nodes {{ name {methods} }} }} }}"),
        below_one("contact", ids::contact("Jane Doe")),
        below_one("contact", ids::contact("John Doe")),
        below_one("organization", ids::organization("acme")),
        below_one("organization", ids::organization("riverside")),
    ];
    let mut of_acme = Vec::new();
    for who in [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger()] {
        for query in &queries {
            let told = text(&both, &who, query, &json!({})).await;
            for (name, one) in [("the first", &first), ("the second", &second)] {
                assert_eq!(
                    text(one, &who, query, &json!({})).await,
                    told,
                    "{name} wall alone: {query} as {}",
                    who.subject
                );
            }
            of_acme.push(told);
        }
    }
    let distinct: BTreeSet<&String> = of_acme.iter().collect();
    assert!(distinct.len() > queries.len() + 4, "who sees less is shown less: {distinct:#?}");
}

/// One statement reads a node with its lists, or a page of the directory with what comes along, and no transaction stands around it.
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
        // As deep as lists hang, and several beside each other.
        include_str!("../benches/directory/requests/q2.graphql").replace("($id: UUID!)", "").replace("$id", &format!("\"{acme}\"")),
        format!(
            "{{ contact(id: \"{person}\") {{ phones {{ nodes {{ number addresses {{ nodes {{ city }} }} }} }} organizations {{ nodes {{ name phones {{ nodes {{ number }} }} }} }} \
             emails {{ nodes {{ address }} }} addresses {{ nodes {{ city }} }} }} }}"
        ),
        "{ contacts(first: 5) { nodes { phones(filter: { codes: [\"mobile\"] }) { edges { cursor node { addresses { nodes { city } } } } } emails { nodes { address } } } } }".to_owned(),
        "{ organizations(first: 5) { nodes { phones { nodes { number } } addresses { nodes { city } } } } }".to_owned(),
        "{ contacts(first: 5) { nodes { phones { nodes { number } } organizations { nodes { name } } } } }".to_owned(),
        "{ organizations(first: 5) { nodes { contacts(first: 9) { nodes { phones { nodes { number addresses(first: 5) { nodes { city } } } } } } } } }".to_owned(),
    ];
    // What leads to the same few from many is read for all of them at once, with what comes along, in the snapshot that the first began.
    let in_two = [
        format!("{{ contact(id: \"{person}\") {{ organizations {{ nodes {{ contacts {{ nodes {{ name phones {{ nodes {{ number }} }} }} }} }} }} }} }}"),
        "{ contacts(first: 5) { nodes { phones { nodes { number } } organizations { nodes { name phones { nodes { number } } } } } } }".to_owned(),
    ];
    for who in [Who::super_admin(), Who::acme_admin()] {
        for (query, statements) in queries.iter().map(|query| (query, 1)).chain(in_two.iter().map(|query| (query, 2))) {
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
            assert_eq!(answer["extensions"]["cost"]["statements"], statements, "{query}: {answer}");
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
