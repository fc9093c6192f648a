//! The tabs of GraphiQL, as the server hands them out: each answers in the demo, for whom its title suggests and for a super admin.

use liaison_server::demo::{self, DemoIdentity};
use serde_json::{Value, json};

use crate::support::{App, Who};

fn who(identity: &DemoIdentity) -> Who {
    let who = Who { organization_id: identity.organization_id, ..Who::super_admin() };
    Who { name: "whom the title suggests", ..who }.with_role(identity.roles[0])
}

/// Whether there is anything in an answer but nothing, zero and empty lists.
fn has_data(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(has_data),
        Value::Object(fields) => fields.values().any(has_data),
    }
}

/// Every list of rows on the way is filled: an empty tab teaches nobody.
fn no_row_is_missing(value: &Value, place: &str) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let empty = inner.as_array().is_some_and(Vec::is_empty);
                assert!(!(empty && (name == "nodes" || name == "edges")), "{place}.{name} is empty");
                no_row_is_missing(inner, &format!("{place}.{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| no_row_is_missing(item, place)),
        _ => {}
    }
}

#[tokio::test]
async fn every_tab_answers_for_whom_its_title_suggests_and_for_a_super_admin() {
    let first = App::demo().await;
    let tabs: Vec<Value> =
        first.client().get(format!("{}/graphiql/tabs", first.url())).send().await.unwrap().json().await.unwrap();
    assert!(tabs.len() >= 14, "{} tabs", tabs.len());
    let identities = demo::identities();
    // Tabs write: each viewer has a demo of their own.
    let second = App::demo().await;
    for tab in &tabs {
        let title = tab["title"].as_str().unwrap();
        let (_, label) = title.split_once(" · as ").unwrap_or_else(|| panic!("{title}: as whom?"));
        let suggested = identities.iter().find(|identity| identity.label == label);
        let suggested = who(suggested.unwrap_or_else(|| panic!("{title}: the switch has no {label}")));
        let says = format!("# Ask as {label}.\n");
        let query = tab["query"].as_str().unwrap();
        assert!(
            title.starts_with("Welcome") || query.starts_with(&says),
            "{title}: GraphiQL shows the query, not the title"
        );
        let variables = if tab["variables"].is_null() { json!({}) } else { tab["variables"].clone() };
        for (app, who) in [(&first, suggested), (&second, Who::super_admin())] {
            if query.contains("\nsubscription ") {
                let mut following = app.stream(&who, query, variables.clone(), None).await;
                let made = "mutation { contactCreate(contact: { firstName: \"Live\", lastName: \"Change\" }) { userErrors { message } } }";
                app.ask_with(&who, made, json!({})).await.done("contactCreate");
                // While transactions of other tests hold the horizon back, what another tab wrote just before comes first.
                while following.next().await.pointer("/changes/node/name") != Some(&json!("Live Change")) {}
                continue;
            }
            let answer = app.ask_with(&who, query, variables.clone()).await;
            for (field, value) in answer.data().as_object().unwrap() {
                assert!(has_data(value), "{title} as {}: nothing in {field}", who.name);
                assert!(value.get("userErrors").is_none_or(|errors| errors == &json!([])), "{title}: {value:#}");
                if who.name != "super_admin" {
                    no_row_is_missing(value, field);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_tab_is_found_by_its_operations_name() {
    let app = App::demo().await;
    let tabs: Vec<Value> =
        app.client().get(format!("{}/graphiql/tabs", app.url())).send().await.unwrap().json().await.unwrap();
    let mut names = Vec::new();
    for tab in &tabs {
        // GraphiQL writes the operation's name on the tab.
        let query = tab["query"].as_str().unwrap();
        let is_operation =
            |line: &&str| ["query ", "mutation ", "subscription "].iter().any(|kind| line.starts_with(kind));
        let line = query.lines().find(is_operation).unwrap();
        let name = line.split([' ', '(']).nth(1).unwrap().to_owned();
        assert!(!names.contains(&name), "{name} twice");
        if let Some((_, story)) = tab["title"].as_str().unwrap().split_once("US-") {
            let number = story.split(' ').next().unwrap();
            assert!(name.starts_with(&format!("US{number}")), "{name} is the tab of US-{number}");
        }
        names.push(name);
    }
}
