//! I7: how many statements a query takes follows from its depth, not from its rows. `statements.txt` holds the numbers.

use serde_json::{Value, json};

use crate::support::{App, Who};

const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guarantees/statements.txt");

/// What is asked: each with a placeholder for the size of its pages.
const QUERIES: [(&str, &str); 17] = [
    ("one contact", "{ contact(id: \"JOHN\") { name } }"),
    ("the directory", "{ contacts(first: N) { nodes { name } } }"),
    ("the directory with its count", "{ contacts(first: N) { totalCount nodes { name } } }"),
    ("a search", "{ contacts(search: \"e\", first: N) { nodes { name } } }"),
    (
        "a search with its count and what matched",
        "{ contacts(search: \"e\", first: N) { totalCount edges { node { name } matches { field segments { text isMatch } } } } }",
    ),
    ("contacts and their phones", "{ contacts(first: N) { nodes { name phones(first: N) { nodes { number } } } } }"),
    (
        "contacts, their phones, emails and addresses",
        "{ contacts(first: N) { nodes { phones(first: N) { nodes { number } } emails(first: N) { nodes { address } } \
         addresses(first: N) { nodes { city } } } } }",
    ),
    (
        "organizations, contacts, phones, addresses",
        "{ organizations(first: N) { nodes { contacts(first: N) { nodes { phones(first: N) { nodes { addresses(first: N) { nodes { city } } } } } } } } }",
    ),
    (
        "contacts with what is single about them",
        "{ contacts(first: N) { nodes { owner { name } primaryPhone { number } primaryEmail { address } viewerCanEdit organizationCount } } }",
    ),
    (
        "up and down again",
        "{ contacts(first: N) { nodes { phones(first: N) { nodes { contacts(first: N) { nodes { organizations(first: N) { nodes { name } } } } } } } } }",
    ),
    (
        "partners and their providers",
        "{ organizations(first: N) { nodes { referringPartner { name } referredProviders(first: N) { totalCount nodes { name } } facilities(first: N) { nodes { name } } } } }",
    ),
    (
        "contacts and their history",
        "{ contacts(first: N) { nodes { name history(first: N) { nodes { type actor fields { name } } } } } }",
    ),
    (
        "families and their phones",
        "{ contacts(first: N, filter: { ownerOrganizationIds: [\"LAKESIDE\"] }, orderBy: { field: NAME, direction: DESC }) { nodes { \
         personas { persona } relationships(first: N) { totalCount nodes { name } } \
         guardians(first: N, filter: { statuses: [PENDING, ACTIVE, ENDED] }) { nodes { name phones(first: N) { nodes { number } } } } \
         wards(first: N, onDate: \"2023-09-01\") { edges { label node { name } } } } } }",
    ),
    (
        "people and where they work",
        "{ contacts(first: N, filter: { ownerOrganizationIds: [\"LAKESIDE\"] }, orderBy: { field: NAME, direction: DESC }) { nodes { \
         staffAssignments(first: N, filter: { statuses: [ACTIVE, ENDED] }) { totalCount edges { isPrimary node { ... on Facility { name } ... on Organization { name } } } } } } }",
    ),
    (
        "contacts and who may be the same",
        // The newest first: of two who are the same one is on a page of any size.
        "{ contacts(first: N, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { name duplicates(first: N) { totalCount edges { score node { name } } } } } }",
    ),
    ("what happened", "{ changes(types: [\"contact.phone.linked\"], first: N) { nodes { type actor } } }"),
    (
        "codes",
        "{ contacts(first: N) { nodes { phones(first: N) { nodes { code { code } } } emails(first: N) { nodes { code { code } } } } } }",
    ),
];

async fn cost(app: &App, query: &str, page: u32) -> (u64, u64) {
    let john = liaison_server::demo::ids::contact("John Doe").to_string();
    let lakeside = liaison_server::demo::ids::organization("lakeside").to_string();
    let query =
        query.replace("LAKESIDE", &lakeside).replace("JOHN", &john).replace("first: N", &format!("first: {page}"));
    let token = app.token(&Who::super_admin());
    let body = json!({ "query": query, "extensions": { "cost": true } });
    let answer = app.send(Some(&token), &body).await.body;
    assert_eq!(answer.get("errors"), None, "{answer:#}");
    let number = |name: &str| answer["extensions"]["cost"][name].as_u64().unwrap();
    (number("statements"), number("rows"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_statements_follows_from_the_depth_and_not_from_the_rows() {
    let app = App::demo().await;
    let mut text =
        String::from("# Statements of a query whatever its rows (statements.rs); LIAISON_BLESS=1 writes it anew.\n");
    for (name, query) in QUERIES {
        let (few, few_rows) = cost(&app, query, 2).await;
        let (many, many_rows) = cost(&app, query, 20).await;
        let is_one = !query.contains("first");
        assert!(is_one || many_rows >= 3 * few_rows, "{name}: {few_rows} and {many_rows} rows prove nothing");
        assert_eq!(few, many, "{name}: {few} statements for {few_rows} rows, {many} for {many_rows}");
        text.push_str(&format!("{few}  {name}\n"));
    }
    if std::env::var_os("LIAISON_BLESS").is_some() {
        std::fs::write(TEXT, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(TEXT).unwrap_or_default(), "read what changed, then LIAISON_BLESS=1");
}

/// A thousand contacts cost what ten cost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_the_rows_take_no_statement_more() {
    let app = App::empty().await;
    let ada = Who::super_admin();
    let platform =
        json!({ "id": ada.organization_id, "name": "Platform", "kind": "PLATFORM_OWNER", "subdomain": "platform" });
    let create = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { userErrors { message } } }";
    app.ask_with(&ada, create, json!({ "organization": platform })).await.data();
    let ask = "{ contacts(first: 200) { nodes { phones(first: 5) { nodes { number contacts(first: 5) { nodes { name } } } } organizations(first: 5) { nodes { name } } } } }";
    let mut told: Vec<(u64, u64)> = Vec::new();
    for (from, to) in [(0, 10), (10, 100)] {
        for at in from..to {
            let phone = json!({ "phone": { "create": { "number": format!("+1 217 555 {at:04}") } } });
            let contact = json!({ "allowDuplicate": true, "firstName": "A", "lastName": format!("B{at}"), "phones": [phone], "organizations": [{ "type": "STAKEHOLDER" }] });
            let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { message } contact { id } } }";
            let made = app.ask_with(&ada, create, json!({ "contact": contact })).await;
            assert_eq!(made.at("/contactCreate/userErrors"), &Value::Array(Vec::new()));
        }
        told.push(cost(&app, ask, 1).await);
    }
    assert_eq!(told[0].0, told[1].0, "{told:?}");
    assert!(told[1].1 >= 9 * told[0].1, "{told:?}");
}
