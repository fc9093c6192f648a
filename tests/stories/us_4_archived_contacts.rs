//! US-4, removing: an owner archives a contact, and nothing of the past is lost. Whoever else holds on to it is not robbed of it.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const DELETE: &str = "mutation Delete($id: UUID!, $reason: String) { contactDelete(id: $id, reason: $reason) {
  contact { id deletedAt viewerCanEdit viewerCannotEditReason phones { totalCount } organizations { totalCount } userId }
  position userErrors { code field message } } }";

async fn contact(app: &App, who: &Who, id: Uuid) -> Value {
    let ask = "query Ask($id: UUID!) { contact(id: $id) { name deletedAt } }";
    app.ask_with(who, ask, json!({ "id": id })).await.at("/contact").clone()
}

#[tokio::test]
async fn who_is_archived_is_in_no_list_and_answers_by_id() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let link =
        format!("mutation {{ contactLinkUser(id: \"{jane}\", userId: \"jane\") {{ userErrors {{ message }} }} }}");
    app.ask(&acme, &link).await.done("contactLinkUser");
    let lists = r#"{ contacts(filter: {lastName: "Doe", firstName: "Jane"}) { totalCount nodes { id } }
      organization(subdomain: "acme") { primaryContact(type: BILLING) { name } contacts(filter: {types: [BILLING]}) { totalCount } } }"#;
    let before = app.ask(&acme, lists).await;
    assert_eq!(before.at("/organization/primaryContact/name"), "Jane Doe");
    let phone = app.ask(&acme, &format!("{{ contact(id: \"{jane}\") {{ primaryPhone {{ id }} }} }}")).await;
    let phone = phone.at("/contact/primaryPhone/id").clone();

    let archived = app.ask_with(&acme, DELETE, json!({ "id": jane, "reason": "she left" })).await;
    let shown = &archived.done("contactDelete")["contact"];
    assert!(shown["deletedAt"].is_string(), "{shown}");
    assert_eq!(shown["viewerCannotEditReason"], "this contact is archived and cannot be changed or linked any more");
    assert_eq!(
        (
            &shown["viewerCanEdit"],
            &shown["phones"]["totalCount"],
            &shown["organizations"]["totalCount"],
            &shown["userId"]
        ),
        (&json!(false), &json!(0), &json!(0), &Value::Null)
    );
    let expected = json!({ "contacts": { "totalCount": 0, "nodes": [] },
        "organization": { "primaryContact": null, "contacts": { "totalCount": 2 } } });
    assert_eq!(app.ask(&acme, lists).await.data(), &expected);
    for who in [&acme, &Who::super_admin(), &Who::acme_viewer()] {
        assert!(contact(&app, who, jane).await["deletedAt"].is_string(), "{}", who.name);
    }
    assert_eq!(contact(&app, &Who::stranger(), jane).await, Value::Null);
    // Her phone is nobody's now, and Acme's still.
    let holders = format!("{{ node(id: {phone}) {{ ... on Phone {{ contacts {{ totalCount }} }} }} }}");
    assert_eq!(app.ask(&acme, &holders).await.at("/node/contacts/totalCount"), 0);

    // Again is nothing; and nothing else can be done with her.
    let again = app.ask_with(&acme, DELETE, json!({ "id": jane })).await;
    assert_eq!(again.done("contactDelete")["position"], Value::Null);
    let made = app
        .ask(
            &acme,
            "mutation { phoneCreate(phone: {number: \"217-555-0131\"}) { phone { id } userErrors { message } } }",
        )
        .await;
    let loose = made.at("/phoneCreate/phone/id").clone();
    for who in [&acme, &Who::super_admin()] {
        for (call, field) in [
            (format!("contactUpdate(id: \"{jane}\", contact: {{title: \"Ghost\"}})"), "id"),
            (
                format!(
                    "contactLink(contactId: \"{jane}\", link: {{type: BILLING, organizationId: \"{}\"}})",
                    acme.organization_id
                ),
                "contactId",
            ),
            (format!("contactSetPreferences(id: \"{jane}\", preferences: {{preferredContactMethod: SMS}})"), "id"),
            (format!("contactSetDoNotContact(id: \"{jane}\")"), "id"),
            (format!("contactLinkUser(id: \"{jane}\", userId: \"ghost\")"), "id"),
            (format!("phoneLink(phoneId: {loose}, to: {{contactId: \"{jane}\"}})"), "contactId"),
        ] {
            let name = call.split('(').next().unwrap();
            let answer = app
                .ask(who, &format!("mutation {{ {call} {{ position userErrors {{ code field message }} }} }}"))
                .await;
            let refused = answer.refusals(name);
            assert_eq!(
                (refused[0].code.as_str(), refused[0].field.as_str()),
                ("FORBIDDEN", field),
                "{call}: {refused:?}"
            );
            assert!(refused[0].message.contains("archived"), "{refused:?}");
        }
    }
    // Her login is free for somebody else.
    let bob = ids::contact("Bob Smith");
    let link = format!(
        "mutation {{ contactLinkUser(id: \"{bob}\", userId: \"jane\") {{ contact {{ userId }} userErrors {{ message }} }} }}"
    );
    assert_eq!(app.ask(&acme, &link).await.done("contactLinkUser")["contact"]["userId"], "jane");
    app.is_proved().await;
}

#[tokio::test]
async fn the_past_of_an_archived_contact_stays_in_the_log() {
    let app = App::demo().await;
    let jane = ids::contact("Jane Doe");
    app.ask_with(&Who::acme_admin(), DELETE, json!({ "id": jane, "reason": "she left" })).await.done("contactDelete");
    // By the log she stands as she stood, and is gone from there on.
    let first = format!(
        "{{ contact(id: \"{jane}\", asOf: {{at: \"2101-01-01T00:00:00Z\"}}) {{ name deletedAt phones {{ totalCount }} }} }}"
    );
    let stood = app.ask(&Who::acme_admin(), &first).await;
    assert!(stood.at("/contact/deletedAt").is_string(), "{:#}", stood.body);
    assert_eq!(stood.at("/contact/phones/totalCount"), 0);
    let ask = "query Past($id: UUID!) { contact(id: $id) { history(first: 4) { nodes { type actor reason } } } }";
    let past = app.ask_with(&Who::acme_admin(), ask, json!({ "id": jane })).await;
    let last = past.list("/contact/history/nodes");
    assert_eq!(last[0], json!({ "type": "contact.deleted", "actor": "acme-admin", "reason": "she left" }));
    let types: Vec<&str> = last.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"contact.phone.unlinked") && types.contains(&"contact.email.unlinked"), "{types:?}");
    let periods = app
        .behind(&format!("SELECT unlinked_by, unlink_reason FROM organization_contacts WHERE contact_id = '{jane}'"))
        .await;
    assert_eq!(json!(periods), json!([{ "unlinked_by": "acme-admin", "unlink_reason": "she left" }]));
}

#[tokio::test]
async fn who_is_shared_is_not_archived_and_nobody_is_told_with_whom() {
    let app = App::demo().await;
    let (acme, john) = (Who::acme_admin(), ids::contact("John Doe"));
    let before = app.events().await;
    for who in [&acme, &Who::super_admin()] {
        let refused = app.ask_with(who, DELETE, json!({ "id": john })).await.refusals("contactDelete");
        assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("IN_USE", "id"));
        assert_eq!(
            refused[0].message,
            "4 other organizations have an open link to this contact; they must unlink it first"
        );
    }
    // Who is linked and does not own him is told what to do instead.
    let bayside = Who { organization_id: ids::organization("bayside"), ..Who::stranger() };
    let refused = app.ask_with(&bayside, DELETE, json!({ "id": john })).await.refusals("contactDelete");
    assert_eq!(refused[0].code, "FORBIDDEN");
    assert!(refused[0].message.contains("contactUnlink takes it out of your own list"), "{refused:?}");
    assert_eq!(app.events().await, before);
    // One after the other lets him go.
    let unlink = format!("mutation {{ contactUnlink(contactId: \"{john}\") {{ userErrors {{ message }} }} }}");
    for subdomain in ["bayside", "cedargrove", "harborlight"] {
        let who = Who { organization_id: ids::organization(subdomain), ..Who::stranger() };
        app.ask(&who, &unlink).await.done("contactUnlink");
    }
    let refused = app.ask_with(&acme, DELETE, json!({ "id": john })).await.refusals("contactDelete");
    assert_eq!(
        refused[0].message,
        "1 other organization has an open link to this contact; it must unlink the contact first"
    );
    app.ask(&Who { organization_id: ids::organization("pinecrest"), ..Who::stranger() }, &unlink)
        .await
        .done("contactUnlink");
    app.ask_with(&acme, DELETE, json!({ "id": john })).await.done("contactDelete");
    app.is_proved().await;
}

/// Somebody is linked at the very moment at which the owner archives: one of the two is told no, whichever came first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_being_linked_is_not_archived_beneath() {
    let app = App::demo().await;
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    for round in 0..6 {
        let create = format!(
            "mutation {{ contactCreate(contact: {{allowDuplicate: true, firstName: \"Race\", lastName: \"R{round}\"}}) {{ contact {{ id }} userErrors {{ message }} }} }}"
        );
        let made = app.ask(&acme, &create).await;
        let id: Uuid = made.at("/contactCreate/contact/id").as_str().unwrap().parse().unwrap();
        let link = format!(
            "mutation {{ contactLink(contactId: \"{id}\", link: {{type: TECHNICAL, organizationId: \"{}\"}}) {{ position userErrors {{ code field message }} }} }}",
            ids::organization("dunmore")
        );
        let (archived, linked) = futures::join!(app.ask_with(&acme, DELETE, json!({ "id": id })), app.ask(&ada, &link));
        let outcome = |answer: &Value| answer["userErrors"][0]["code"].clone();
        let outcomes = (outcome(archived.at("/contactDelete")), outcome(linked.at("/contactLink")));
        let fits = outcomes == (json!("IN_USE"), Value::Null) || outcomes == (Value::Null, json!("FORBIDDEN"));
        assert!(fits, "{outcomes:?}");
    }
    app.is_proved().await;
}
