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

/// The consultant's story from end to end: one makes him, four find and link him, one corrects him, all five see it, and the log says who
/// and why.
#[tokio::test]
async fn one_makes_the_consultant_four_find_him_and_one_corrects_him_for_all() {
    let app = App::demo().await;
    let create = r#"mutation { contactCreate(contact: {firstName: "Mona", lastName: "Lee", title: "IT Consultant",
        organizations: [{type: TECHNICAL}], phones: [{phone: {create: {number: "217-555-0001", code: "mobile"}}}],
        emails: [{email: {create: {address: "Mona.Lee@lee-it.example"}}}]}
      reason: "our new consultant") { contact { id } userErrors { message } } }"#;
    let created = app.ask(&admin_of("dunmore"), create).await;
    let mona: Uuid = created.done("contactCreate")["contact"]["id"].as_str().unwrap().parse().unwrap();

    let clients = ["eastgate", "bayside", "pinecrest", "riverside"];
    let keys = ["email: \"mona.lee@lee-it.example\"", "phone: \"+1 217 555 0001\""];
    for (subdomain, key) in clients.into_iter().zip(keys.into_iter().cycle()) {
        let who = admin_of(subdomain);
        let find = format!("{{ contactFindToLink({key}) {{ name maskedEmail maskedPhone linkToken }} }}");
        let found = app.ask(&who, &find).await;
        let card = found.at("/contactFindToLink");
        assert_eq!((&card["maskedEmail"], &card["maskedPhone"]), (&json!("M•••@lee-it.example"), &json!("•••• 0001")));
        let link = "mutation ($token: String) { contactLink(linkToken: $token, link: {type: TECHNICAL}, reason: \"Dunmore speaks well of her\") {
            contact { id organizationCount } userErrors { code field message } } }";
        let linked = app.ask_with(&who, link, json!({ "token": card["linkToken"] })).await;
        assert_eq!(linked.done("contactLink")["contact"], json!({ "id": mona, "organizationCount": 1 }));
    }
    let update = "mutation ($id: UUID!) { contactUpdate(id: $id, contact: {lastName: \"Lee-Ortiz\"}, reason: \"she told us\") { userErrors { code field message } } }";
    app.ask_with(&admin_of("pinecrest"), update, json!({ "id": mona })).await.done("contactUpdate");

    for subdomain in clients.into_iter().chain(["dunmore"]) {
        let names = names_seen_by(&app, &admin_of(subdomain)).await;
        assert!(names.contains(&"Mona Lee-Ortiz".to_owned()), "{subdomain}: {names:?}");
    }
    let ask = "query ($id: UUID!) { contact(id: $id) { organizationCount history(first: 1) { nodes { type actor reason organization { subdomain } fields { name old new } } } } }";
    let past = app.ask_with(&Who::super_admin(), ask, json!({ "id": mona })).await;
    assert_eq!(past.at("/contact/organizationCount"), 5);
    let corrected = json!({ "type": "contact.updated", "actor": "riverside-admin", "reason": "she told us",
        "organization": { "subdomain": "pinecrest" }, "fields": [{ "name": "lastName", "old": "Lee", "new": "Lee-Ortiz" }] });
    assert_eq!(past.at("/contact/history/nodes/0"), &corrected);
    // Dunmore reads that it happened and not where: with whom else she works is hers to say.
    let past = app.ask_with(&admin_of("dunmore"), ask, json!({ "id": mona })).await;
    let told = past.at("/contact/history/nodes/0");
    assert_eq!(
        (&told["actor"], &told["organization"], &told["fields"]),
        (&Value::Null, &Value::Null, &corrected["fields"])
    );
    app.is_proved().await;
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
