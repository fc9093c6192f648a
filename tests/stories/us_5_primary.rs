//! US-5: an organization says who is its billing contact; there is one at any moment.

use futures::future::join_all;
use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

const SET_PRIMARY: &str = "mutation SetPrimary($contact: UUID!, $type: ContactType!, $reason: String) {
  contactSetPrimary(contactId: $contact, type: $type, reason: $reason) { contact { name } position userErrors { code field message } } }";

async fn primary(app: &App) -> Value {
    let ask = r#"{ organization(subdomain: "acme") {
      primaryContact(type: BILLING) { name }
      contacts(filter: {types: [BILLING], isPrimary: true}) { totalCount nodes { name } } } }"#;
    let answer = app.ask(&Who::acme_viewer(), ask).await;
    let organization = answer.at("/organization").clone();
    assert_eq!(organization["contacts"]["totalCount"], 1, "one primary billing contact");
    assert_eq!(organization["contacts"]["nodes"][0], organization["primaryContact"]);
    organization["primaryContact"]["name"].clone()
}

#[tokio::test]
async fn the_former_primary_stops_being_it_in_the_same_event() {
    let app = App::demo().await;
    assert_eq!(primary(&app).await, "Jane Doe");
    let before = app.events().await;
    let variables = json!({ "contact": ids::contact("Bob Smith"), "type": "BILLING", "reason": "Jane is on leave" });
    let answer = app.ask_with(&Who::acme_admin(), SET_PRIMARY, variables.clone()).await;
    assert_eq!(answer.done("contactSetPrimary")["contact"]["name"], "Bob Smith");
    assert_eq!(primary(&app).await, "Bob Smith");
    assert_eq!(app.events().await, before + 1);
    let again = app.ask_with(&Who::acme_admin(), SET_PRIMARY, variables).await;
    assert_eq!(again.done("contactSetPrimary")["position"], Value::Null, "it is so already");
    // Jane is a billing contact still.
    let ask = r#"{ organization(subdomain: "acme") { contacts(filter: {types: [BILLING], isPrimary: false}) { nodes { name } } } }"#;
    let others = app.ask(&Who::acme_admin(), ask).await;
    assert_eq!(
        others.at("/organization/contacts/nodes"),
        &json!([{ "name": "Jane Doe" }, { "name": "Alice Johnson" }])
    );
}

#[tokio::test]
async fn a_link_that_is_made_primary_demotes_as_well() {
    let app = App::demo().await;
    let link =
        "mutation Link($contact: UUID!) { contactLink(contactId: $contact, link: {type: BILLING, isPrimary: true}) {
      userErrors { message } } }";
    app.ask_with(&Who::acme_admin(), link, json!({ "contact": ids::contact("Grace Palmer") }))
        .await
        .done("contactLink");
    assert_eq!(primary(&app).await, "Grace Palmer");
}

#[tokio::test]
async fn primary_is_only_who_has_the_role() {
    let app = App::demo().await;
    let variables = json!({ "contact": ids::contact("Nina Ortiz"), "type": "BILLING" });
    let refused = app.ask_with(&Who::acme_admin(), SET_PRIMARY, variables).await.refusals("contactSetPrimary");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("NOT_FOUND", "type"));
    assert!(refused[0].message.contains("use contactLink first"), "{}", refused[0].message);
    assert_eq!(primary(&app).await, "Jane Doe");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_is_left() {
    let app = App::demo().await;
    let names = ["Jane Doe", "Bob Smith", "Alice Johnson"];
    let attempts = (0..24).map(|at| {
        let variables = json!({ "contact": ids::contact(names[at % names.len()]), "type": "BILLING" });
        let app = &app;
        async move { app.ask_with(&Who::acme_admin(), SET_PRIMARY, variables).await }
    });
    for answer in join_all(attempts).await {
        answer.done("contactSetPrimary");
    }
    assert!(names.contains(&primary(&app).await.as_str().unwrap()));
}
