//! US-2: a super admin ties one consultant to several organizations, and a change of them is right everywhere.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const LINK: &str = "mutation Link($contact: UUID!, $organization: UUID, $type: ContactType!) {
  contactLink(contactId: $contact, link: {organizationId: $organization, type: $type}) {
    contact { organizationCount organizations { nodes { name } } }
    position
    userErrors { code field message }
  }
}";

fn admin_of(subdomain: &str) -> Who {
    Who { name: "a provider's admin", organization_id: ids::organization(subdomain), ..Who::stranger() }
}

async fn names_seen_by(app: &App, who: &Who) -> Vec<String> {
    let answer = app.ask(who, "{ viewer { organization { contacts { nodes { name } } } } }").await;
    let nodes = answer.list("/viewer/organization/contacts/nodes");
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_record_appears_in_each_organizations_list() {
    let app = App::demo().await;
    let create = r#"mutation { contactCreate(
      contact: {firstName: "Mona", lastName: "Lee", organizations: [{type: TECHNICAL}],
                phones: [{phone: {create: {number: "217-555-0001", code: "mobile"}}}]}
    ) { contact { id } userErrors { message } } }"#;
    let created = app.ask(&Who::acme_admin(), create).await;
    let mona: Uuid = created.done("contactCreate")["contact"]["id"].as_str().unwrap().parse().unwrap();

    for (subdomain, count) in [("dunmore", 2), ("eastgate", 3)] {
        assert!(names_seen_by(&app, &admin_of(subdomain)).await.is_empty(), "nobody of {subdomain} yet");
        let organization = ids::organization(subdomain);
        let variables = json!({ "contact": mona, "organization": organization, "type": "TECHNICAL" });
        let linked = app.ask_with(&Who::super_admin(), LINK, variables).await;
        assert_eq!(linked.done("contactLink")["contact"]["organizationCount"], count);
        assert_eq!(names_seen_by(&app, &admin_of(subdomain)).await, ["Mona Lee"]);
    }

    // One number for all of them, and each sees its own link only.
    for subdomain in ["acme", "dunmore", "eastgate"] {
        let ask = "query Ask($id: UUID!) { contact(id: $id) { organizationCount organizations { nodes { subdomain } } primaryPhone { number } } }";
        let seen = app.ask_with(&admin_of(subdomain), ask, json!({ "id": mona })).await;
        let expected = json!({ "organizationCount": 1, "organizations": { "nodes": [{ "subdomain": subdomain }] },
            "primaryPhone": { "number": "217-555-0001" } });
        assert_eq!(seen.at("/contact"), &expected);
    }
}

#[tokio::test]
async fn a_phone_that_any_client_adds_is_seen_by_all_of_them() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    // The consultant's record is Acme's; Bayside is linked to him, so it may correct him.
    let bayside = admin_of("bayside");
    let make = r#"mutation { phoneCreate(phone: {number: "773-555-0191", code: "office"}) { phone { id } userErrors { message } } }"#;
    let made = app.ask(&bayside, make).await;
    let phone = &made.done("phoneCreate")["phone"]["id"];
    let link = "mutation Link($phone: UUID!, $john: UUID!) { phoneLink(phoneId: $phone, to: {contactId: $john}) { userErrors { message } } }";
    app.ask_with(&bayside, link, json!({ "phone": phone, "john": john })).await.done("phoneLink");
    for who in [Who::acme_admin(), admin_of("pinecrest"), Who::super_admin()] {
        let ask = "query Ask($id: UUID!) { contact(id: $id) { phones { nodes { number } } } }";
        let seen = app.ask_with(&who, ask, json!({ "id": john })).await;
        let numbers: Vec<&Value> = seen.list("/contact/phones/nodes").iter().map(|phone| &phone["number"]).collect();
        assert_eq!(json!(numbers), json!(["773-555-0190", "773-555-0191"]), "{}", who.name);
    }
}

#[tokio::test]
async fn only_a_super_admin_links_anybody_to_other_organizations() {
    let app = App::demo().await;
    let variables = |organization: &str| json!({ "contact": ids::contact("John Doe"), "organization": ids::organization(organization), "type": "TECHNICAL" });
    // Acme does not see Riverside at all; it sees TechPartner, and does not act for it.
    let unseen = app.ask_with(&Who::acme_admin(), LINK, variables("riverside")).await.refusals("contactLink");
    assert_eq!((unseen[0].code.as_str(), unseen[0].field.as_str()), ("NOT_FOUND", "organizationId"));
    let seen = app.ask_with(&Who::acme_admin(), LINK, variables("techpartner")).await.refusals("contactLink");
    assert_eq!((seen[0].code.as_str(), seen[0].field.as_str()), ("FORBIDDEN", "organizationId"));
    let clinician = app.ask_with(&Who::acme_clinician(), LINK, variables("acme")).await.refusals("contactLink");
    assert_eq!((clinician[0].code.as_str(), clinician[0].field.as_str()), ("FORBIDDEN", ""));
    assert!(clinician[0].message.contains("provider_admin"), "{}", clinician[0].message);
}
