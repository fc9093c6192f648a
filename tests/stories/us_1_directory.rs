//! US-1: the global directory of a super admin, filtered and in pages.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

const DIRECTORY: &str = "query Directory($filter: ContactFilter, $orderBy: ContactOrder, $first: Int, $after: String, $last: Int, $before: String) {
  contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}";

async fn page(app: &App, who: &Who, variables: Value) -> Value {
    app.ask_with(who, DIRECTORY, variables).await.at("/contacts").clone()
}

fn names(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()).collect()
}

async fn found(app: &App, who: &Who, filter: Value) -> Vec<String> {
    let page = page(app, who, json!({ "filter": filter })).await;
    let names = names(&page);
    assert_eq!(page["totalCount"], names.len(), "{filter}");
    names
}

#[tokio::test]
async fn the_directory_is_everybody_by_family_name() {
    let app = App::demo().await;
    let all = page(&app, &Who::super_admin(), json!({})).await;
    let names = names(&all);
    assert_eq!(all["totalCount"], 45);
    assert_eq!(names.len(), 45);
    assert_eq!(names[..4], ["Samuel Adeyemi", "Ada Admin", "Owen Baker", "Tom Becker"]);
    // Jane before John, who bears the same family name.
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    assert_eq!(at("Jane Doe") + 1, at("John Doe"));
    assert_eq!(names.last().unwrap(), "Walter Zimmermann");
}

#[tokio::test]
async fn organizations_and_types_are_multi_selects_and_hold_for_the_same_link() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let at = |subdomains: &[&str], types: &[&str]| {
        let ids: Vec<_> = subdomains.iter().map(|subdomain| ids::organization(subdomain)).collect();
        json!({ "organizations": { "some": { "organizationIds": ids, "types": types } } })
    };
    assert_eq!(
        found(&app, &ada, at(&["techpartner", "riverside"], &["BILLING", "ADMINISTRATIVE"])).await,
        ["Peter Lang", "Alice Novak", "Ruth Vance"]
    );
    assert_eq!(found(&app, &ada, at(&["bayside"], &["TECHNICAL"])).await, ["John Doe"]);
    // There are emergency contacts, and there is John at Cedar Grove; but nobody is an emergency contact there.
    assert_eq!(found(&app, &ada, at(&["cedargrove"], &["EMERGENCY"])).await, Vec::<String>::new());
    // Two conditions on two links are two conditions.
    let both = json!({ "and": [at(&["bayside"], &["TECHNICAL"]), at(&["harborlight"], &["TECHNICAL"])] });
    assert_eq!(found(&app, &ada, both).await, ["John Doe"]);
}

#[tokio::test]
async fn conditions_combine_with_and_or_and_not() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let or = json!({ "or": [{ "lastName": "DOE" }, { "firstName": "renee" }] });
    assert_eq!(found(&app, &ada, or).await, ["Jane Doe", "John Doe", "Renée Dubois"]);
    let not = json!({ "lastName": "doe", "not": { "phones": { "some": { "codes": ["mobile"], "number": "(773) 555-0190" } } } });
    assert_eq!(found(&app, &ada, not).await, ["Jane Doe"]);
    let no_email = json!({ "emails": { "count": { "eq": 0 } } });
    // The students and guardians of the school, and four of those whom others wrote down.
    assert_eq!(
        found(&app, &ada, no_email).await,
        [
            "Debbie Kowalsky",
            "Daniel Park",
            "Hana Park",
            "Leo Park",
            "Mia Park",
            "Yuna Park",
            "Noah Reyes",
            "Margret Zielinsky",
            "Irene Zimmermann",
            "Walter Zimmermann"
        ]
    );
    let no_address = json!({ "emails": { "count": { "gt": 0 } }, "addresses": { "count": { "eq": 0 } },
        "organizations": { "none": { "types": ["EMERGENCY"] } } });
    assert_eq!(
        found(&app, &ada, no_address).await,
        [
            "Ada Admin",
            "Tom Becker",
            "Bob Chen",
            "John Doe",
            "Fiona Hart",
            "Deborah Kowalski",
            "Sofia Lindgren",
            "Jane Miller",
            "Alice Novak",
            "Marta Ruiz",
            "Michael Young",
            "Michael Young",
            "Margaret Zielinski"
        ]
    );
    // What is sorted out by an empty list is everything; no list is no condition.
    assert_eq!(found(&app, &ada, json!({ "ids": [] })).await, Vec::<String>::new());
    assert_eq!(found(&app, &ada, json!({ "ids": null, "lastName": "Doe" })).await, ["Jane Doe", "John Doe"]);
}

/// Billing at one organization and primary at another is not primary billing anywhere: every condition on the same row.
#[tokio::test]
async fn conditions_on_one_row_are_not_met_by_two() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { message } } }";
    let role = |at: &str, of: &str, is_primary: bool| json!({ "organizationId": ids::organization(at), "type": of, "isPrimary": is_primary });
    let phone = |number: &str, code: &str, is_sms: bool| json!({ "phone": { "create": { "number": number, "code": code, "isSmsCapable": is_sms } } });
    let email = |address: &str, code: &str, is_on: bool| json!({ "email": { "create": { "address": address, "code": code, "isNotificationEnabled": is_on } } });
    let place = |city: &str, state: &str, label: &str| json!({ "address": { "create": { "street1": "1 Main St", "city": city, "state": state, "label": label, "type": "PHYSICAL" } } });
    let contact = json!({ "firstName": "Rowan", "lastName": "Wright",
        "organizations": [role("cedargrove", "BILLING", false), role("bayside", "EMERGENCY", true)],
        "phones": [phone("312 555 0181", "mobile", false), phone("ask the porter", "office", true)],
        "emails": [email("rowan@example.com", "billing", false), email("rw@example.com", "work", true)],
        "addresses": [place("Orléans", "CA", "Maison"), place("Fresno", "FR", "Büro")] });
    app.ask_with(&ada, create, json!({ "contact": contact })).await.done("contactCreate");
    let cedargrove = ids::organization("cedargrove");
    for (list, one_row, two_rows) in [
        (
            "organizations",
            json!({ "organizationIds": [cedargrove], "types": ["BILLING"] }),
            json!({ "organizationIds": [cedargrove], "isPrimary": true }),
        ),
        (
            "organizations",
            json!({ "types": ["EMERGENCY"], "isPrimary": true }),
            json!({ "types": ["BILLING"], "isPrimary": true }),
        ),
        (
            "phones",
            json!({ "codes": ["mobile"], "isSmsCapable": false }),
            json!({ "codes": ["mobile"], "isSmsCapable": true }),
        ),
        (
            "phones",
            json!({ "verificationStates": ["INVALID"], "codes": ["office"] }),
            json!({ "verificationStates": ["INVALID"], "codes": ["mobile"] }),
        ),
        (
            "phones",
            json!({ "number": "+1 (312) 555-0181", "isPrimary": true }),
            json!({ "number": "+1 (312) 555-0181", "codes": ["office"] }),
        ),
        (
            "emails",
            json!({ "codes": ["billing"], "isNotificationEnabled": false }),
            json!({ "codes": ["work"], "isNotificationEnabled": false }),
        ),
        (
            "addresses",
            json!({ "cities": ["ORLEANS"], "states": ["ca"] }),
            json!({ "cities": ["orleans"], "states": ["fr"] }),
        ),
        (
            "addresses",
            json!({ "labels": ["buro"], "cities": ["fresno"] }),
            json!({ "labels": ["BÜRO"], "cities": ["orleans"] }),
        ),
    ] {
        let asked = |word: &str, row: &Value| json!({ "lastName": "wright", list: { word: row } });
        let rowan = ["Rowan Wright".to_owned()];
        assert_eq!(found(&app, &ada, asked("some", &one_row)).await, rowan, "{list} {one_row}");
        assert_eq!(found(&app, &ada, asked("none", &two_rows)).await, rowan, "{list} {two_rows}");
        assert_eq!(found(&app, &ada, asked("some", &two_rows)).await, Vec::<String>::new(), "{list} {two_rows}");
        assert_eq!(found(&app, &ada, asked("none", &one_row)).await, Vec::<String>::new(), "{list} {one_row}");
    }
}

/// US-11: who was added to which organization, within a span of time; its end does not belong to it.
#[tokio::test]
async fn links_are_found_by_when_they_were_made() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let ask = "{ contact(id: \"JOHN\") { organizations { edges { linkedAt node { id subdomain } } } } }";
    let john = app.ask(&ada, &ask.replace("JOHN", &ids::contact("John Doe").to_string())).await;
    let edges = john.list("/contact/organizations/edges").to_vec();
    let mut instants: Vec<&str> = edges.iter().map(|edge| edge["linkedAt"].as_str().unwrap()).collect();
    instants.sort_unstable();
    let (first, last) = (instants[0], instants[instants.len() - 1]);
    let doe = |span: Value| json!({ "firstName": "john", "organizations": { "some": { "linkedAt": span } } });
    assert_eq!(found(&app, &ada, doe(json!({ "from": first }))).await, ["John Doe"]);
    assert_eq!(found(&app, &ada, doe(json!({ "until": first }))).await, Vec::<String>::new());
    let after = "2999-01-01T00:00:00Z";
    assert_eq!(found(&app, &ada, doe(json!({ "from": last, "until": after }))).await, ["John Doe"]);
    assert_eq!(found(&app, &ada, doe(json!({ "from": after }))).await, Vec::<String>::new());
    // The same of one organization's list.
    let people = |span: &str| {
        format!(
            "{{ organization(subdomain: \"acme\") {{ contacts(filter: {{linkedAt: {{{span}}}}}) {{ totalCount }} }} }}"
        )
    };
    let count = |answer: crate::support::Answer| answer.at("/organization/contacts/totalCount").clone();
    let all = count(app.ask(&ada, "{ organization(subdomain: \"acme\") { contacts { totalCount } } }").await);
    assert_eq!(count(app.ask(&ada, &people(&format!("until: \"{after}\""))).await), all);
    assert_eq!(count(app.ask(&ada, &people(&format!("from: \"{after}\""))).await), 0);
}

/// Which organizations lack somebody whom invoices go to: what an admin asks.
#[tokio::test]
async fn organizations_are_found_by_the_people_that_they_have_or_lack() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let names = async |who: &Who, filter: &str| -> Vec<String> {
        let query = format!(
            "{{ organizations(filter: {{{filter}}}, first: 200) {{ totalCount nodes {{ name primaryContact(type: BILLING) {{ name }} }} }} }}"
        );
        let answer = app.ask(who, &query).await;
        let nodes = answer.list("/organizations/nodes");
        assert_eq!(answer.at("/organizations/totalCount"), nodes.len());
        let lacks = |node: &&Value| node["primaryContact"].is_null();
        assert!(!filter.contains("none") || nodes.iter().all(|node| lacks(&node)), "{nodes:#?}");
        assert!(!filter.contains("some") || !nodes.iter().any(|node| lacks(&node)), "{nodes:#?}");
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
    };
    let with = names(&ada, "contacts: {some: {types: [BILLING], isPrimary: true}}").await;
    let without = names(&ada, "contacts: {none: {types: [BILLING], isPrimary: true}}").await;
    let all = names(&ada, "").await;
    assert!(!with.is_empty() && !without.is_empty());
    assert_eq!(with.len() + without.len(), all.len());
    // What has no value is found by the opposite of a condition on it.
    let no_var = names(&ada, "not: {partnerTypes: [VAR]}").await;
    let var = names(&ada, "partnerTypes: [VAR]").await;
    assert_eq!((var.len() + no_var.len(), var.contains(&"TechPartner".to_owned())), (all.len(), true));
    let (brought, others) =
        (names(&ada, "hasReferringPartner: true").await, names(&ada, "hasReferringPartner: false").await);
    assert_eq!((brought.len(), brought.len() + others.len()), (21, all.len()));
    let own = ids::organization("techpartner");
    let mut not_by_tech = names(&ada, &format!("not: {{referringPartnerIds: [\"{own}\"]}}")).await;
    // Family Bridge brought one too.
    not_by_tech.retain(|name| name != "Hillside Youth Home");
    assert_eq!(not_by_tech, others);
    // A partner sees the providers that it brought and none of their people: who has none there is no secret of theirs.
    let tech = Who::techpartner_admin();
    assert_eq!(names(&tech, "contacts: {count: {gt: 0}}").await, ["TechPartner"]);
}

/// One request gives the page and the numbers beside its chips.
#[tokio::test]
async fn a_page_comes_with_the_numbers_for_its_chips() {
    let app = App::demo().await;
    let query = "query ($filter: ContactFilter) { contacts(filter: $filter, first: 5) { totalCount nodes { name } }
      contactFacets(filter: $filter) { types { type count } isActive { value count } organizations { organization { name } count } } }";
    let filter = json!({ "organizations": { "some": { "organizationIds": [ids::organization("acme")], "types": ["EMERGENCY"] } } });
    let answer = app.ask_with(&Who::super_admin(), query, json!({ "filter": filter })).await;
    let count =
        |of: &str| answer.list("/contactFacets/types").iter().find(|one| one["type"] == of).unwrap()["count"].clone();
    assert_eq!((&count("EMERGENCY"), answer.at("/contacts/totalCount")), (&json!(3), &json!(3)));
    assert!(count("BILLING").as_i64() > Some(0), "a chip that is not chosen tells what choosing it would give");
    let at: Vec<&Value> =
        answer.list("/contactFacets/organizations").iter().map(|one| &one["organization"]["name"]).collect();
    assert!(at.contains(&&json!("Acme Healthcare")), "{at:?}");
    // Whoever sees one organization's links is told of that one.
    let own = app.ask(&Who::acme_admin(), "{ contactFacets { organizations { organization { name } count } } }").await;
    let own: Vec<&Value> =
        own.list("/contactFacets/organizations").iter().map(|one| &one["organization"]["name"]).collect();
    assert_eq!(own, [&json!("Acme Healthcare"), &json!("TechPartner")]);
}

#[tokio::test]
async fn a_tenant_filters_what_it_sees_and_learns_nothing_else() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    // John works at Bayside too; that is not Acme's to find out.
    let at_bayside = json!({ "organizations": { "some": { "organizationIds": [ids::organization("bayside")] } } });
    assert_eq!(found(&app, &acme, at_bayside).await, Vec::<String>::new());
    let none_at_bayside = json!({ "lastName": "Doe", "organizations": { "none": { "organizationIds": [ids::organization("bayside")] } } });
    assert_eq!(found(&app, &acme, none_at_bayside).await, ["Jane Doe", "John Doe"]);
    let shared = json!({ "organizations": { "count": { "gt": 1 } } });
    assert_eq!(found(&app, &acme, shared).await, Vec::<String>::new());
}

/// Every page of the directory, walked by the page's own cursors.
async fn walk(app: &App, who: &Who, order: &Value, size: usize, forwards: bool) -> Vec<String> {
    let mut walked: Vec<String> = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let (limit, from, more, next) = if forwards {
            ("first", "after", "hasNextPage", "endCursor")
        } else {
            ("last", "before", "hasPreviousPage", "startCursor")
        };
        let page = page(app, who, json!({ "orderBy": order, limit: size, from: cursor })).await;
        let names = names(&page);
        walked = if forwards { [walked, names].concat() } else { [names, walked].concat() };
        if page["pageInfo"][more] == false {
            return walked;
        }
        cursor = page["pageInfo"][next].clone();
        assert!(walked.len() < 1_000, "the walk has no end");
    }
}

#[tokio::test]
async fn all_pages_forwards_and_backwards_are_the_whole_list_once() {
    let app = App::demo().await;
    for who in [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger()] {
        for field in ["NAME", "CREATED_AT", "UPDATED_AT", "LINKED_AT", "ORGANIZATION_COUNT"] {
            for direction in ["ASC", "DESC"] {
                let order = json!({ "field": field, "direction": direction });
                let whole = names(&page(&app, &who, json!({ "orderBy": order, "first": 200 })).await);
                let turned = json!({ "field": field, "direction": if direction == "ASC" { "DESC" } else { "ASC" } });
                let mut back = names(&page(&app, &who, json!({ "orderBy": turned, "first": 200 })).await);
                back.reverse();
                assert_eq!(whole, back, "{} {order}", who.name);
                for size in [1, 7] {
                    assert_eq!(walk(&app, &who, &order, size, true).await, whole, "{} {order} by {size}", who.name);
                    assert_eq!(walk(&app, &who, &order, size, false).await, whole, "{} {order} by {size}", who.name);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_walk_goes_on_where_it_was_while_others_write() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let first = page(&app, &ada, json!({ "first": 3 })).await;
    let create = r#"mutation Create($first: String!, $last: String!) { contactCreate(contact: {allowDuplicate: true, firstName: $first, lastName: $last}) { userErrors { message } } }"#;
    for (first, last) in [("Aaron", "Aaronson"), ("Bea", "Baker"), ("Zoe", "Zimmer")] {
        app.ask_with(&ada, create, json!({ "first": first, "last": last })).await.done("contactCreate");
    }
    let next = page(&app, &ada, json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(names(&first).last().unwrap(), "Owen Baker");
    assert_eq!(names(&next), ["Tom Becker", "Bob Chen"], "those who came before the cursor do not shift the page");
    assert_eq!(next["totalCount"], 48);
}

#[tokio::test]
async fn a_page_may_be_empty_and_tells_where_it_stands() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let empty = page(&app, &ada, json!({ "first": 0 })).await;
    assert_eq!((&empty["edges"], &empty["totalCount"]), (&json!([]), &json!(45)));
    let whole = page(&app, &ada, json!({ "first": 200 })).await;
    let info = &whole["pageInfo"];
    assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(false), &json!(false)));
    assert_eq!(info["startCursor"], whole["edges"][0]["cursor"]);
    let after_the_end = page(&app, &ada, json!({ "after": info["endCursor"] })).await;
    assert_eq!(after_the_end["edges"], json!([]));
    assert_eq!(after_the_end["pageInfo"]["endCursor"], Value::Null);
    // Between two cursors.
    let (from, to) = (&whole["edges"][2]["cursor"], &whole["edges"][5]["cursor"]);
    let between = page(&app, &ada, json!({ "after": from, "before": to })).await;
    assert_eq!(names(&between), names(&whole)[3..5]);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_and_order() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let name = page(&app, &ada, json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
    let organizations = app.ask(&ada, "{ organizations(first: 1) { pageInfo { endCursor } } }").await;
    let foreign = organizations.at("/organizations/pageInfo/endCursor").clone();
    for (cursor, order) in [
        (json!("not a cursor"), "NAME"),
        (json!(""), "NAME"),
        (json!("W10"), "NAME"),
        (name, "CREATED_AT"),
        (foreign, "NAME"),
    ] {
        let answer = app.ask_with(&ada, DIRECTORY, json!({ "after": cursor, "orderBy": { "field": order } })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{cursor} {order}");
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("pageInfo"), "{message}");
    }
}

#[tokio::test]
async fn a_page_has_one_end_and_at_most_200_rows() {
    let app = App::demo().await;
    for (variables, says) in [
        (json!({ "first": 201 }), "first may be at most 200; it is 201"),
        (json!({ "last": 500 }), "last may be at most 200; it is 500"),
        (json!({ "first": -1 }), "first must be 0 to 200; it is -1"),
        (json!({ "first": 1, "last": 1 }), "give first or last, not both"),
    ] {
        let answer = app.ask_with(&Who::super_admin(), DIRECTORY, variables).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(says), "{message}");
    }
}
