//! US-4: an administrator adds and removes contacts of their organization, without duplicates and without losing the past.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const CREATE: &str = r#"mutation Create { contactCreate(
  contact: {
    firstName: "Grace", lastName: "Hopper", title: "Accounts Payable", preferredContactMethod: EMAIL
    organizations: [{ type: BILLING }, { type: EMERGENCY }]
    phones: [
      { phone: { create: { number: "(217) 555-0123", code: "mobile", label: "Own" } } }
      { phone: { create: { number: "217 555 0124 ext. 12" } } }
    ]
    emails: [{ email: { create: { address: "Grace.Hopper@Acme.example" } } }]
    addresses: [{ address: { create: { street1: "1 Harbor Way", city: "Springfield", type: MAILING } }, startsOn: "2026-01-01" }]
  }
  reason: "takes over from Jane"
) {
  contact {
    id name title preferredContactMethod editPolicy viewerCanEdit owner { subdomain }
    organizations(orderBy: {field: LINKED_AT}) { edges { type isPrimary linkedBy reason node { subdomain } } }
    phones { edges { isPrimary sortOrder node { number e164 extension label isSmsCapable code { code } } } }
    emails { edges { isPrimary node { address code { code } } } }
    addresses { edges { isPrimary type startsOn endsOn node { street1 country } } }
  }
  position
  userErrors { code field message }
} }"#;

#[tokio::test]
async fn a_new_contact_comes_with_all_that_it_has_in_one_go() {
    let app = App::demo().await;
    let answer = app.ask(&Who::acme_admin(), CREATE).await;
    let payload = answer.done("contactCreate");
    assert!(payload["position"].is_string());
    let mut contact = payload["contact"].clone();
    let id: Uuid = contact["id"].take().as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
    let role = |of: &str| json!({ "type": of, "isPrimary": false, "linkedBy": "acme-admin", "reason": "takes over from Jane", "node": { "subdomain": "acme" } });
    let mut roles = contact["organizations"]["edges"].as_array().unwrap().clone();
    roles.sort_by_key(|edge| edge["type"].to_string());
    contact["organizations"] = Value::Null;
    assert_eq!(json!(roles), json!([role("BILLING"), role("EMERGENCY")]));
    let expected = json!({
        "id": null,
        "name": "Grace Hopper", "title": "Accounts Payable", "preferredContactMethod": "EMAIL",
        "editPolicy": "LINKED_ORGANIZATIONS", "viewerCanEdit": true, "owner": { "subdomain": "acme" },
        "organizations": null,
        "phones": { "edges": [
            { "isPrimary": true, "sortOrder": 0, "node": { "number": "(217) 555-0123", "e164": "+12175550123", "extension": null,
              "label": "Own", "isSmsCapable": true, "code": { "code": "mobile" } } },
            { "isPrimary": false, "sortOrder": 1, "node": { "number": "217 555 0124 ext. 12", "e164": "+12175550124", "extension": "12",
              "label": null, "isSmsCapable": false, "code": { "code": "office" } } },
        ] },
        "emails": { "edges": [{ "isPrimary": true, "node": { "address": "Grace.Hopper@Acme.example", "code": { "code": "work" } } }] },
        "addresses": { "edges": [{ "isPrimary": true, "type": "MAILING", "startsOn": "2026-01-01", "endsOn": null,
          "node": { "street1": "1 Harbor Way", "country": "US" } }] },
    });
    assert_eq!(contact, expected);
}

#[tokio::test]
async fn one_bad_phone_in_the_list_leaves_nothing_of_the_contact() {
    let app = App::demo().await;
    let before = app.events().await;
    let create = r#"mutation { contactCreate(contact: {
      id: "0198c0de-0000-7000-8000-000000000001", firstName: "Half", lastName: "There", organizations: [{type: BILLING}]
      phones: [{phone: {create: {number: "217-555-0001"}}}, {phone: {create: {number: "217-555-0002", extension: "12a"}}}]
      emails: [{email: {create: {address: "half@acme.example"}}}]
    }) { contact { id } position userErrors { code field message } } }"#;
    let refused = app.ask(&Who::acme_admin(), create).await.refusals("contactCreate");
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("INVALID", "phones.1.extension"));
    assert_eq!(app.events().await, before, "a refused command leaves no event");
    let ask = r#"{ contacts(filter: {lastName: "There"}) { totalCount } node(id: "0198c0de-0000-7000-8000-000000000001") { id }
      organization(subdomain: "acme") { contacts(filter: {types: [BILLING]}) { totalCount } } }"#;
    let expected =
        json!({ "contacts": { "totalCount": 0 }, "node": null, "organization": { "contacts": { "totalCount": 3 } } });
    assert_eq!(app.ask(&Who::acme_admin(), ask).await.data(), &expected);
}

#[tokio::test]
async fn a_shared_phone_is_linked_and_not_copied() {
    let app = App::demo().await;
    let fax = ids::phone("Billing Office fax");
    let create = "mutation Create($fax: UUID!) { contactCreate(contact: {firstName: \"Fay\", lastName: \"Xu\", phones: [{phone: {id: $fax}}]}) {
      contact { phones { nodes { id contacts { totalCount } } } } userErrors { message } } }";
    let answer = app.ask_with(&Who::acme_admin(), create, json!({ "fax": fax })).await;
    let phones = &answer.done("contactCreate")["contact"]["phones"]["nodes"];
    assert_eq!(phones, &json!([{ "id": fax, "contacts": { "totalCount": 1 } }]));
}

const LINK: &str = "mutation Link($contact: UUID!, $type: ContactType!, $reason: String) {
  contactLink(contactId: $contact, link: {type: $type}, reason: $reason) { contact { id } position userErrors { code field message } } }";
const UNLINK: &str = "mutation Unlink($contact: UUID!, $type: ContactType, $reason: String) {
  contactUnlink(contactId: $contact, type: $type, reason: $reason) { contact { id } position userErrors { code field message } } }";

async fn roles(app: &App, contact: Uuid) -> Value {
    let ask = "query Roles($id: UUID!) { contact(id: $id) { organizations { edges { type node { subdomain } } } } }";
    app.ask_with(&Who::super_admin(), ask, json!({ "id": contact })).await.at("/contact/organizations/edges").clone()
}

#[tokio::test]
async fn who_leaves_and_comes_back_has_two_periods() {
    let app = App::demo().await;
    let (acme, bob) = (Who::acme_admin(), ids::contact("Bob Smith"));
    let ask = |reason: &str| json!({ "contact": bob, "type": "BILLING", "reason": reason });
    let left = app.ask_with(&acme, UNLINK, ask("Bob went to sea")).await;
    assert!(left.done("contactUnlink")["position"].is_string());
    assert_eq!(roles(&app, bob).await, json!([]));
    // The record is Acme's still, and so is Bob's phone.
    let still = app
        .ask_with(
            &acme,
            "query Bob($id: UUID!) { contact(id: $id) { name primaryPhone { number } } }",
            json!({ "id": bob }),
        )
        .await;
    assert_eq!(still.at("/contact"), &json!({ "name": "Bob Smith", "primaryPhone": { "number": "555-333-3333" } }));

    app.ask_with(&acme, LINK, ask("Bob came back")).await.done("contactLink");
    assert_eq!(roles(&app, bob).await, json!([{ "type": "BILLING", "node": { "subdomain": "acme" } }]));
    // The API does not tell history yet; the tables keep it.
    let periods = app
        .behind(&format!(
            "SELECT unlinked_at IS NULL AS is_open, unlinked_by, reason, unlink_reason FROM organization_contacts
             WHERE contact_id = '{bob}' ORDER BY linked_at"
        ))
        .await;
    assert_eq!(
        json!(periods),
        json!([
            { "is_open": false, "unlinked_by": "acme-admin", "reason": "Bob Smith stands in for Jane Doe", "unlink_reason": "Bob went to sea" },
            { "is_open": true, "unlinked_by": null, "reason": "Bob came back", "unlink_reason": null },
        ])
    );
}

#[tokio::test]
async fn unlinking_without_a_role_ends_all_roles_there_and_no_others() {
    let app = App::demo().await;
    let (acme, nina, john) = (Who::acme_admin(), ids::contact("Nina Ortiz"), ids::contact("John Doe"));
    app.ask_with(&acme, UNLINK, json!({ "contact": nina })).await.done("contactUnlink");
    assert_eq!(roles(&app, nina).await, json!([]), "she had two roles");
    // What is not linked is left alone, without an event.
    let again = app.ask_with(&acme, UNLINK, json!({ "contact": nina })).await;
    assert_eq!(again.done("contactUnlink")["position"], Value::Null);

    app.ask_with(&acme, UNLINK, json!({ "contact": john, "type": "TECHNICAL" })).await.done("contactUnlink");
    assert_eq!(roles(&app, john).await.as_array().unwrap().len(), 4, "the other four clients keep him");
}

#[tokio::test]
async fn who_is_not_linked_any_more_is_out_of_sight_unless_owned() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    let bayside = Who { organization_id: ids::organization("bayside"), ..Who::stranger() };
    let left = app.ask_with(&bayside, UNLINK, json!({ "contact": john })).await;
    assert_eq!(left.done("contactUnlink")["contact"], Value::Null, "done, and out of sight");
    let ask =
        "query Ask($id: UUID!) { contact(id: $id) { name } contacts(filter: {lastName: \"Doe\"}) { totalCount } }";
    let seen = app.ask_with(&bayside, ask, json!({ "id": john })).await;
    assert_eq!(seen.data(), &json!({ "contact": null, "contacts": { "totalCount": 0 } }));
    let back = app.ask_with(&bayside, LINK, json!({ "contact": john, "type": "TECHNICAL" })).await;
    assert_eq!(back.refusals("contactLink")[0].code, "NOT_FOUND", "it cannot link whom it does not see");
}

/// Capability 5 of the vision, "VAR Partner Relationship Change": the old partner's salesman goes, the new one's comes, and nobody is
/// made or deleted.
#[tokio::test]
async fn a_provider_changes_its_contact_from_one_partner_to_another() {
    let app = App::demo().await;
    let (ada, acme) = (Who::super_admin(), Who::acme_admin());
    let (jane, fiona) = (ids::contact("Jane Miller"), ids::contact("Fiona Hart"));
    let link = "mutation Link($contact: UUID!, $acme: UUID!) {
      contactLink(contactId: $contact, link: {organizationId: $acme, type: STAKEHOLDER}) { userErrors { message } } }";
    app.ask_with(&ada, link, json!({ "contact": jane, "acme": acme.organization_id })).await.done("contactLink");
    let people = app.ask(&ada, "{ contacts { totalCount } }").await.at("/contacts/totalCount").clone();

    app.ask_with(&acme, UNLINK, json!({ "contact": jane, "reason": "We changed our VAR" })).await.done("contactUnlink");
    app.ask_with(&ada, link, json!({ "contact": fiona, "acme": acme.organization_id })).await.done("contactLink");

    let ask = r#"{ organization(subdomain: "acme") { contacts(filter: {types: [STAKEHOLDER]}) { nodes { name } } } }"#;
    let seen = app.ask(&acme, ask).await;
    let names: Vec<&Value> = seen.list("/organization/contacts/nodes").iter().map(|node| &node["name"]).collect();
    assert!(names.contains(&&json!("Fiona Hart")) && !names.contains(&&json!("Jane Miller")), "{names:?}");
    assert_eq!(app.ask(&ada, "{ contacts { totalCount } }").await.at("/contacts/totalCount"), &people);
}
