//! US-6: a contact's information is corrected once and is right everywhere, and the log says who did it, what was and why.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const UPDATE: &str = "mutation Update($id: UUID!, $contact: ContactUpdateInput!, $reason: String, $version: Int) {
  contactUpdate(id: $id, contact: $contact, reason: $reason, expectedVersion: $version) {
    contact { version firstName lastName name title department isActive editPolicy }
    position userErrors { code field message currentVersion } } }";

fn admin_of(subdomain: &str) -> Who {
    Who { name: "a provider's admin", organization_id: ids::organization(subdomain), ..Who::stranger() }
}

async fn people(app: &App, who: &Who) -> Vec<String> {
    let ask = "{ contacts { nodes { name } } viewer { organization { contacts { nodes { name } } } } }";
    let answer = app.ask(who, ask).await;
    let mut names: Vec<String> = Vec::new();
    for list in ["/contacts/nodes", "/viewer/organization/contacts/nodes"] {
        names.extend(answer.list(list).iter().map(|node| node["name"].as_str().unwrap().to_owned()));
    }
    names
}

#[tokio::test]
async fn a_new_name_stands_and_sorts_everywhere_at_once() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    assert_eq!(people(&app, &admin_of("bayside")).await.first().unwrap(), "Bob Chen");
    let update = json!({ "id": john, "contact": { "lastName": "Aarons", "title": "Senior Consultant" }, "reason": "he married" });
    let updated = app.ask_with(&admin_of("bayside"), UPDATE, update.clone()).await;
    let contact = &updated.done("contactUpdate")["contact"];
    assert_eq!(
        (&contact["name"], &contact["title"], &contact["version"]),
        (&json!("John Aarons"), &json!("Senior Consultant"), &json!(2))
    );
    for subdomain in ["acme", "bayside", "cedargrove", "harborlight", "pinecrest"] {
        let names = people(&app, &admin_of(subdomain)).await;
        assert_eq!(names.iter().filter(|name| *name == "John Aarons").count(), 2, "{subdomain}: {names:?}");
        assert_eq!(names[0], "John Aarons", "{subdomain}");
    }
    let found = app.ask(&Who::acme_admin(), "{ contacts(filter: {lastName: \"aarons\"}) { totalCount } }").await;
    assert_eq!(found.at("/contacts/totalCount"), 1);
    // As he stood before, and now, by the log.
    let stood = "query ($id: UUID!, $now: String!) { contact(id: $id, asOf: {position: $now}) { name title }
      then: contact(id: $id, asOf: {at: \"2001-01-01T00:00:00Z\"}) { name } }";
    let variables = json!({ "id": john, "now": updated.at("/contactUpdate/position") });
    let stood = app.ask_with(&admin_of("bayside"), stood, variables).await;
    assert_eq!(
        stood.data(),
        &json!({ "contact": { "name": "John Aarons", "title": "Senior Consultant" }, "then": null })
    );
    // Doing it again is nothing.
    let again = app.ask_with(&admin_of("bayside"), UPDATE, update).await;
    assert_eq!(again.done("contactUpdate")["position"], Value::Null);
    // Acme, whose he is, reads what was and is, and not who it was: that Bayside works with him is Bayside's affair.
    let ask = "query Past($id: UUID!) { contact(id: $id) { history(first: 1) { nodes { type actor reason fields { name old new } } } } }";
    let past = app.ask_with(&Who::super_admin(), ask, json!({ "id": john })).await;
    let expected = json!({ "type": "contact.updated", "actor": "riverside-admin", "reason": "he married", "fields": [
        { "name": "lastName", "old": "Doe", "new": "Aarons" },
        { "name": "title", "old": "IT Consultant", "new": "Senior Consultant" } ] });
    assert_eq!(past.at("/contact/history/nodes/0"), &expected);
    let past = app.ask_with(&Who::acme_admin(), ask, json!({ "id": john })).await;
    assert_eq!(past.at("/contact/history/nodes/0/actor"), &Value::Null);
    assert_eq!(past.at("/contact/history/nodes/0/fields"), &expected["fields"]);
    app.is_proved().await;
}

#[tokio::test]
async fn who_is_not_active_is_not_called_at_any_of_them() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    app.ask_with(&Who::acme_admin(), UPDATE, json!({ "id": john, "contact": { "isActive": false } }))
        .await
        .done("contactUpdate");
    let ask = "{ viewer { organization { contacts(filter: {types: [TECHNICAL], contactIsActive: true}) { nodes { name } } } } }";
    let ask = ask.replace("contactIsActive", "isActive");
    for subdomain in ["acme", "bayside"] {
        let seen = app.ask(&admin_of(subdomain), &ask).await;
        let nodes = seen.list("/viewer/organization/contacts/nodes");
        assert!(nodes.iter().all(|node| node["name"] != "John Doe"), "{subdomain}: {nodes:?}");
    }
    app.is_proved().await;
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_clears_what_may_be_empty() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let ask = |contact: Value| json!({ "id": jane, "contact": contact });
    let cleared = app.ask_with(&acme, UPDATE, ask(json!({ "title": null, "department": "  Accounts  " }))).await;
    let contact = &cleared.done("contactUpdate")["contact"];
    assert_eq!(
        (&contact["title"], &contact["department"], &contact["firstName"]),
        (&Value::Null, &json!("Accounts"), &json!("Jane"))
    );
    let nothing = app.ask_with(&acme, UPDATE, ask(json!({}))).await;
    assert_eq!(nothing.done("contactUpdate")["position"], Value::Null);
    let before = app.events().await;
    let wrong =
        json!({ "firstName": null, "lastName": " ", "title": "x".repeat(201), "isActive": null, "editPolicy": null });
    let refused = app.ask_with(&acme, UPDATE, ask(wrong)).await.refusals("contactUpdate");
    let told: Vec<(&str, &str)> = refused.iter().map(|one| (one.field.as_str(), one.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("firstName", "firstName cannot be cleared; leave it out to keep what it is"),
            ("lastName", "lastName must not be empty"),
            ("title", "title may have at most 200 characters; it has 201"),
            ("isActive", "isActive cannot be cleared; leave it out to keep what it is"),
            ("editPolicy", "editPolicy cannot be cleared; leave it out to keep what it is"),
        ]
    );
    assert_eq!(app.events().await, before);
}

#[tokio::test]
async fn only_the_owner_says_who_else_may_edit() {
    let app = App::demo().await;
    let (acme, bayside, john) = (Who::acme_admin(), admin_of("bayside"), ids::contact("John Doe"));
    let policy = |of: &str| json!({ "id": john, "contact": { "editPolicy": of } });
    let refused = app.ask_with(&bayside, UPDATE, policy("OWNER_ONLY")).await.refusals("contactUpdate");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("FORBIDDEN", "editPolicy"));
    // To say what is so already is nothing, whoever says it.
    let same = app.ask_with(&bayside, UPDATE, policy("LINKED_ORGANIZATIONS")).await;
    assert_eq!(same.done("contactUpdate")["position"], Value::Null);
    app.ask_with(&acme, UPDATE, policy("OWNER_ONLY")).await.done("contactUpdate");
    let title = json!({ "id": john, "contact": { "title": "Ours" } });
    let refused = app.ask_with(&bayside, UPDATE, title.clone()).await.refusals("contactUpdate");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("FORBIDDEN", "id"));
    app.ask_with(&acme, UPDATE, policy("LINKED_ORGANIZATIONS")).await.done("contactUpdate");
    app.ask_with(&bayside, UPDATE, title).await.done("contactUpdate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_have_read_the_same_version_one_changes_it() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    let edits = (0..12).map(|at| {
        let variables = json!({ "id": john, "contact": { "title": format!("Title {at}") }, "version": 1 });
        let who = if at % 2 == 0 { admin_of("bayside") } else { Who::acme_admin() };
        let app = &app;
        async move { app.ask_with(&who, UPDATE, variables).await }
    });
    let answers = futures::future::join_all(edits).await;
    let won = answers.iter().filter(|answer| answer.at("/contactUpdate/userErrors") == &json!([])).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|answer| answer.at("/contactUpdate/userErrors") != &json!([])) {
        let error = answer.at("/contactUpdate/userErrors/0");
        assert_eq!((&error["code"], &error["currentVersion"]), (&json!("VERSION_CONFLICT"), &json!(2)), "{error}");
    }
    app.is_proved().await;
}

/// While a name changes, others link and unlink the person and make others primary: what the links repeat of it stays true.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_links_repeat_of_a_name_stays_true_while_others_link() {
    let app = App::demo().await;
    let (ada, john) = (Who::super_admin(), ids::contact("John Doe"));
    let rename = |at: usize| {
        (Who::acme_admin(), UPDATE, json!({ "id": john, "contact": { "lastName": format!("Doe {}", at % 3) } }))
    };
    const LINK: &str = "mutation ($id: UUID!, $at: UUID!) { contactLink(contactId: $id, link: {type: BILLING, organizationId: $at, isPrimary: true}) { userErrors { code field message } } }";
    const UNLINK: &str = "mutation ($id: UUID!, $at: UUID!) { contactUnlink(contactId: $id, organizationId: $at) { userErrors { code field message } } }";
    let at = |subdomain: &str| json!({ "id": john, "at": ids::organization(subdomain) });
    let mut asks = Vec::new();
    for round in 0..8 {
        let subdomain = ["dunmore", "eastgate", "acme", "riverside"][round % 4];
        asks.push(rename(round));
        asks.push((ada.clone(), LINK, at(subdomain)));
        asks.push((ada.clone(), UNLINK, at(subdomain)));
        asks.push((ada.clone(), LINK, json!({ "id": ids::contact("Jane Doe"), "at": ids::organization(subdomain) })));
    }
    let asked = asks.into_iter().map(|(who, query, variables)| {
        let app = &app;
        async move { app.ask_with(&who, query, variables).await.data().clone() }
    });
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.as_object().unwrap().values().next().unwrap()["userErrors"], json!([]), "{answer:#}");
    }
    let wrong = app
        .behind(
            "SELECT l.id FROM organization_contacts l JOIN contacts_projection c ON c.id = l.contact_id
                 WHERE l.unlinked_at IS NULL AND (l.sort_name <> c.sort_name OR l.contact_is_active <> c.is_active)",
        )
        .await;
    assert_eq!(wrong, [Value::Null; 0]);
    app.is_proved().await;
}

#[tokio::test]
async fn what_another_tenant_owns_answers_as_if_it_did_not_exist() {
    let app = App::demo().await;
    let missing = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_dead);
    let ruth = ids::contact("Ruth Vance");
    for call in [
        "contactUpdate(id: ID, contact: {title: \"Mine\"})",
        "contactDelete(id: ID)",
        "contactSetPreferences(id: ID, preferences: {preferredContactMethod: SMS})",
        "contactSetDoNotContact(id: ID, reason: \"mine\")",
        "contactClearDoNotContact(id: ID)",
        "contactLinkUser(id: ID, userId: \"mine\")",
        "contactUnlinkUser(id: ID)",
        "contactTransfer(id: ID, organizationId: ID)",
    ] {
        let ask = |id: Uuid| {
            format!(
                "mutation {{ it: {} {{ contact {{ id }} position userErrors {{ code field message currentVersion }} }} }}",
                call.replace("ID", &format!("\"{id}\""))
            )
        };
        let (foreign, none) =
            (app.ask(&Who::acme_admin(), &ask(ruth)).await, app.ask(&Who::acme_admin(), &ask(missing)).await);
        assert_eq!(foreign.body.to_string(), none.body.to_string(), "{call}");
        assert!(["NOT_FOUND", "FORBIDDEN"].contains(&foreign.refusals("it")[0].code.as_str()), "{call}");
    }
}
