//! US-10: TechPartner's support is in the contact list of every provider that it brought, and read-only there.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

fn admin_of(subdomain: &str) -> Who {
    Who { name: "a provider's admin", organization_id: ids::organization(subdomain), ..Who::stranger() }
}

const BOB: &str = "query Bob($id: UUID!) { contact(id: $id) { name editPolicy viewerCanEdit viewerCannotEditReason owner { name } } }";

#[tokio::test]
async fn a_provider_sees_its_partners_support_and_may_not_edit_it() {
    let app = App::demo().await;
    let bob = ids::contact("Bob Chen");
    for subdomain in ["acme", "dunmore", "twinrivers"] {
        let seen = app.ask_with(&admin_of(subdomain), BOB, json!({ "id": bob })).await;
        let contact = seen.at("/contact");
        assert_eq!((&contact["name"], &contact["viewerCanEdit"]), (&json!("Bob Chen"), &json!(false)), "{subdomain}");
        assert_eq!(contact["viewerCannotEditReason"], "only the organization that owns this contact may edit it");
        assert_eq!(contact["owner"], json!({ "name": "TechPartner" }));
        let directory =
            app.ask(&admin_of(subdomain), r#"{ contacts(filter: {lastName: "Chen"}) { totalCount } }"#).await;
        assert_eq!(directory.at("/contacts/totalCount"), 1);
    }
    let own = app.ask_with(&Who::techpartner_admin(), BOB, json!({ "id": bob })).await;
    assert_eq!(
        (own.at("/contact/viewerCanEdit"), own.at("/contact/viewerCannotEditReason")),
        (&json!(true), &Value::Null)
    );
    assert_eq!(app.ask_with(&Who::stranger(), BOB, json!({ "id": bob })).await.data(), &json!({ "contact": null }));
}

#[tokio::test]
async fn what_the_list_says_the_rules_hold() {
    let app = App::demo().await;
    let bob = ids::contact("Bob Chen");
    let make = r#"mutation { phoneCreate(phone: {number: "217-555-0199"}) { phone { id } userErrors { message } } }"#;
    let made = app.ask(&Who::acme_admin(), make).await;
    let phone = &made.done("phoneCreate")["phone"]["id"];
    let link = "mutation Link($phone: UUID!, $bob: UUID!) { phoneLink(phoneId: $phone, to: {contactId: $bob}) { phone { id } userErrors { code field message } } }";
    let refused =
        app.ask_with(&Who::acme_admin(), link, json!({ "phone": phone, "bob": bob })).await.refusals("phoneLink");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("FORBIDDEN", "contactId"));
    assert_eq!(refused[0].message, "only the organization that owns this contact may edit it");
    let numbers = "query Numbers($id: UUID!) { contact(id: $id) { phones { totalCount } } }";
    assert_eq!(
        app.ask_with(&Who::techpartner_admin(), numbers, json!({ "id": bob })).await.at("/contact/phones/totalCount"),
        1
    );
}

const LINK: &str = "mutation Share($contact: UUID!, $organization: UUID!, $isPrimary: Boolean) {
  contactLink(contactId: $contact, link: {organizationId: $organization, type: TECHNICAL, isPrimary: $isPrimary}) {
    contact { organizationCount } position userErrors { code field message } } }";

#[tokio::test]
async fn a_partner_gives_its_support_a_role_at_the_providers_that_it_brought_and_at_no_others() {
    let app = App::demo().await;
    let (tech, bob) = (Who::techpartner_admin(), ids::contact("Bob Chen"));
    let share = |contact, subdomain: &str, is_primary: Value| json!({ "contact": contact, "organization": ids::organization(subdomain), "isPrimary": is_primary });
    for subdomain in ["acme", "bayside"] {
        app.ask_with(&tech, LINK, share(bob, subdomain, Value::Null)).await.done("contactLink");
        let ask =
            "{ viewer { organization { contacts(filter: {types: [TECHNICAL]}) { nodes { name viewerCanEdit } } } } }";
        let seen = app.ask(&admin_of(subdomain), ask).await;
        let nodes = seen.list("/viewer/organization/contacts/nodes");
        assert!(nodes.contains(&json!({ "name": "Bob Chen", "viewerCanEdit": false })), "{nodes:?}");
    }
    // Sharing twice is sharing once.
    let again = app.ask_with(&tech, LINK, share(bob, "acme", Value::Null)).await;
    assert_eq!(again.done("contactLink")["position"], Value::Null);
    // Who is primary there is the provider's to say.
    let primary = app.ask_with(&tech, LINK, share(bob, "cedargrove", json!(true))).await.refusals("contactLink");
    assert_eq!((primary[0].code.as_str(), primary[0].field.as_str()), ("FORBIDDEN", "isPrimary"));
    // Riverside came by itself: for TechPartner there is no such organization.
    let foreign = app.ask_with(&tech, LINK, share(bob, "riverside", Value::Null)).await.refusals("contactLink");
    assert_eq!((foreign[0].code.as_str(), foreign[0].field.as_str()), ("NOT_FOUND", "organizationId"));
    // Nor are the people of its providers there for it.
    let nina =
        app.ask_with(&tech, LINK, share(ids::contact("Nina Ortiz"), "acme", Value::Null)).await.refusals("contactLink");
    assert_eq!((nina[0].code.as_str(), nina[0].field.as_str()), ("NOT_FOUND", "contactId"));
}

/// At every provider that TechPartner brought: in the list, read-only, and corrected by TechPartner for all of them.
#[tokio::test]
async fn at_twenty_providers_the_support_is_seen_read_only_and_right() {
    let app = App::demo().await;
    let (tech, bob) = (Who::techpartner_admin(), ids::contact("Bob Chen"));
    let ask = "{ viewer { organization { referredProviders(first: 200) { nodes { id } } } } }";
    let providers = app.ask(&tech, ask).await;
    let providers: Vec<Uuid> = providers
        .list("/viewer/organization/referredProviders/nodes")
        .iter()
        .map(|node| node["id"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(providers.len(), 20);
    for provider in &providers {
        let share = json!({ "contact": bob, "organization": provider });
        app.ask_with(&tech, LINK, share).await.done("contactLink");
    }
    let correct = "mutation ($id: UUID!) { contactUpdate(id: $id, contact: {title: \"Support Lead\"}) { userErrors { code field message } } }";
    app.ask_with(&tech, correct, json!({ "id": bob })).await.done("contactUpdate");
    let list = "{ viewer { organization { contacts(filter: {types: [TECHNICAL]}) { nodes { name title viewerCanEdit viewerCannotEditReason } } } } }";
    let support = json!({ "name": "Bob Chen", "title": "Support Lead", "viewerCanEdit": false,
        "viewerCannotEditReason": "only the organization that owns this contact may edit it" });
    for provider in &providers {
        let who = Who { name: "a provider's admin", organization_id: *provider, ..Who::stranger() };
        let seen = app.ask(&who, list).await;
        assert!(seen.list("/viewer/organization/contacts/nodes").contains(&support), "{provider}: {:#}", seen.body);
        let refused = app.ask_with(&who, correct, json!({ "id": bob })).await.refusals("contactUpdate");
        assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("FORBIDDEN", "id"));
    }
    // He cannot be archived as long as they have him, and how many that are is no secret of theirs.
    let delete = "mutation ($id: UUID!) { contactDelete(id: $id) { userErrors { code field message } } }";
    let refused = app.ask_with(&tech, delete, json!({ "id": bob })).await.refusals("contactDelete");
    assert!(refused[0].message.starts_with("20 other organizations"), "{refused:?}");
    app.is_proved().await;
}

#[tokio::test]
async fn a_provider_may_end_a_role_that_its_partner_made() {
    let app = App::demo().await;
    let bob = ids::contact("Bob Chen");
    let share = json!({ "contact": bob, "organization": ids::organization("acme") });
    app.ask_with(&Who::techpartner_admin(), LINK, share).await.done("contactLink");
    let unlink = "mutation Unlink($bob: UUID!) { contactUnlink(contactId: $bob) { contact { name } position userErrors { message } } }";
    let ended = app.ask_with(&Who::acme_admin(), unlink, json!({ "bob": bob })).await;
    assert!(ended.done("contactUnlink")["position"].is_string());
    // He stays in sight: he is TechPartner's.
    assert_eq!(ended.done("contactUnlink")["contact"]["name"], "Bob Chen");
}
