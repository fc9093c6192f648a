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
    assert_eq!(all["totalCount"], 28);
    assert_eq!(names.len(), 28);
    assert_eq!(names[..4], ["Samuel Adeyemi", "Ada Admin", "Owen Baker", "Bob Chen"]);
    // Jane before John, who bears the same family name.
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    assert_eq!(at("Jane Doe") + 1, at("John Doe"));
    assert_eq!(names.last().unwrap(), "Marcus Webb");
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
    assert_eq!(found(&app, &ada, no_email).await, Vec::<String>::new());
    let no_address =
        json!({ "addresses": { "count": { "eq": 0 } }, "organizations": { "none": { "types": ["EMERGENCY"] } } });
    assert_eq!(
        found(&app, &ada, no_address).await,
        ["Ada Admin", "Bob Chen", "John Doe", "Fiona Hart", "Jane Miller", "Alice Novak"]
    );
    // What is sorted out by an empty list is everything; no list is no condition.
    assert_eq!(found(&app, &ada, json!({ "ids": [] })).await, Vec::<String>::new());
    assert_eq!(found(&app, &ada, json!({ "ids": null, "lastName": "Doe" })).await, ["Jane Doe", "John Doe"]);
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
        for field in ["NAME", "CREATED_AT", "UPDATED_AT"] {
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
    let create = r#"mutation Create($first: String!, $last: String!) { contactCreate(contact: {firstName: $first, lastName: $last}) { userErrors { message } } }"#;
    for (first, last) in [("Aaron", "Aaronson"), ("Bea", "Baker"), ("Zoe", "Zimmer")] {
        app.ask_with(&ada, create, json!({ "first": first, "last": last })).await.done("contactCreate");
    }
    let next = page(&app, &ada, json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(names(&first).last().unwrap(), "Owen Baker");
    assert_eq!(names(&next), ["Bob Chen", "Wendy Cole"], "those who came before the cursor do not shift the page");
    assert_eq!(next["totalCount"], 31);
}

#[tokio::test]
async fn a_page_may_be_empty_and_tells_where_it_stands() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let empty = page(&app, &ada, json!({ "first": 0 })).await;
    assert_eq!((&empty["edges"], &empty["totalCount"]), (&json!([]), &json!(28)));
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
