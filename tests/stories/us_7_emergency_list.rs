//! US-7: whom to call after hours: name, mobile phone and email of the active emergency contacts.

use serde_json::{Value, json};

use crate::support::{App, Who};

const LIST: &str = r#"{ organization(subdomain: "acme") {
  contacts(filter: { types: [EMERGENCY], isActive: true }) {
    totalCount
    edges {
      isPrimary
      node {
        name
        phones(filter: { codes: ["mobile"] }) { nodes { number } }
        primaryEmail { address }
      }
    }
  }
} }"#;

#[tokio::test]
async fn everybody_of_the_organization_gets_the_whole_list() {
    let person = |name: &str, is_primary: bool, number: &str, address: &str| {
        let node = json!({ "name": name, "phones": { "nodes": [{ "number": number }] }, "primaryEmail": { "address": address } });
        json!({ "isPrimary": is_primary, "node": node })
    };
    let list = json!({ "organization": { "contacts": { "totalCount": 3, "edges": [
        person("Ibrahim Haddad", false, "217-555-0173", "ibrahim.haddad@acme.example"),
        person("Priya Nair", false, "217-555-0172", "priya.nair@acme.example"),
        person("Nina Ortiz", true, "217-555-0171", "nina.ortiz@acme.example"),
    ] } } });
    let app = App::demo().await;
    for who in [Who::super_admin(), Who::acme_admin(), Who::acme_clinician(), Who::acme_viewer()] {
        assert_eq!(app.ask(&who, LIST).await.data(), &list, "{}", who.name);
    }
    assert_eq!(app.ask(&Who::stranger(), LIST).await.data(), &json!({ "organization": null }));
    assert_eq!(
        app.ask(&Who::techpartner_admin(), LIST).await.data(),
        &json!({ "organization": { "contacts": { "totalCount": 0, "edges": [] } } })
    );
}

#[tokio::test]
async fn whose_emergency_role_ended_is_not_called() {
    let app = App::demo().await;
    let unlink =
        "mutation Unlink($id: UUID!) { contactUnlink(contactId: $id, type: EMERGENCY) { userErrors { message } } }";
    let nina = liaison_server::demo::ids::contact("Nina Ortiz");
    app.ask_with(&Who::acme_admin(), unlink, json!({ "id": nina })).await.done("contactUnlink");
    let answer = app.ask(&Who::acme_clinician(), LIST).await;
    let names: Vec<&Value> =
        answer.list("/organization/contacts/edges").iter().map(|edge| &edge["node"]["name"]).collect();
    assert_eq!(json!(names), json!(["Ibrahim Haddad", "Priya Nair"]));
}

/// The same over all organizations at once, and who on it cannot be sent a text message.
#[tokio::test]
async fn the_directory_tells_whom_a_text_message_reaches() {
    let app = App::demo().await;
    let names = async |who: &Who, phones: &str| -> Vec<String> {
        let emergency = "organizations: {some: {types: [EMERGENCY]}}";
        let query = format!(
            "{{ contacts(filter: {{isActive: true, doNotContact: false, {emergency}, phones: {phones}}}) {{ nodes {{ name }} }} }}"
        );
        let answer = app.ask(who, &query).await;
        answer.list("/contacts/nodes").iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
    };
    let mobile = "{some: {codes: [\"mobile\"], isSmsCapable: true, isSmsOptedOut: false}}";
    let reached = names(&Who::acme_clinician(), mobile).await;
    assert_eq!(reached, ["Ibrahim Haddad", "Priya Nair", "Nina Ortiz"]);
    let opt_out = "mutation ($id: UUID!) { phoneSmsOptOut(id: $id, reason: \"STOP\") { userErrors { message } } }";
    let phone = liaison_server::demo::ids::phone("Priya Nair mobile");
    app.ask_with(&Who::acme_admin(), opt_out, json!({ "id": phone })).await.done("phoneSmsOptOut");
    assert_eq!(names(&Who::acme_clinician(), mobile).await, ["Ibrahim Haddad", "Nina Ortiz"]);
    let out = "{some: {codes: [\"mobile\"], isSmsOptedOut: true}}";
    assert_eq!(names(&Who::super_admin(), out).await, ["Priya Nair"]);
    assert_eq!(names(&Who::stranger(), out).await, Vec::<String>::new());
}
