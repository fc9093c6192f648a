//! Two records of one person become one, and two again (US-3): seen before it is done, done with everything that hung on either, and taken
//! back after it was worked with.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::merging::{attempt, call, hold, merge, undo};
use crate::support::{App, Who};

/// A record with these fields more, of whoever makes it.
async fn record(app: &App, who: &Who, first_name: &str, last_name: &str, more: Value) -> Uuid {
    let id = Uuid::new_v4();
    let mut contact = json!({ "id": id, "firstName": first_name, "lastName": last_name });
    contact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { code field message } } }";
    app.ask_with(who, create, json!({ "contact": contact })).await.done("contactCreate");
    id
}

fn phone(number: &str, code: &str) -> Value {
    json!({ "phone": { "create": { "number": number, "code": code } } })
}

fn email(address: &str) -> Value {
    json!({ "email": { "create": { "address": address } } })
}

const MERGE: &str = "mutation ($survivor: UUID!, $duplicates: [UUID!]!, $choices: ContactMergeFieldChoicesInput, $dryRun: Boolean) {
  contactMerge(survivorId: $survivor, duplicateIds: $duplicates, fieldChoices: $choices, dryRun: $dryRun, reason: \"one person\") {
    contact { id firstName title department doNotContact userId
      phones { edges { isPrimary node { number } } } emails { nodes { address } }
      organizations { edges { type isPrimary node { subdomain } } } }
    merges { survivorId duplicateId mergedBy reason revertedAt } moved { kind count items { name fate } } position
    userErrors { code field message } } }";

/// Riverside's and Acme's records of one person: a shared number, an address of each, a role at Acme of each.
async fn two(app: &App) -> (Uuid, Uuid) {
    let survivor = record(
        app,
        &Who::acme_admin(),
        "Ottilie",
        "Vandermeersch",
        json!({
            "department": "Audit", "organizations": [{ "type": "BILLING" }, { "type": "EMERGENCY" }],
            "phones": [phone("+1 217 555 0160", "mobile"), phone("+1 217 555 0161", "office")],
            "emails": [email("ottilie@vandermeersch.example")],
        }),
    )
    .await;
    let duplicate = record(
        app,
        &Who::stranger(),
        "Tilly",
        "Vandermeersch-Klop",
        json!({
            "title": "Head of Audit", "department": "Finance", "organizations": [{ "type": "STAKEHOLDER", "isPrimary": true }],
            "phones": [phone("(217) 555-0160", "mobile"), phone("+1 309 555 0162", "office")],
            "emails": [email("Ottilie@Vandermeersch.EXAMPLE"), email("tilly@klop.example")],
        }),
    )
    .await;
    let acme = ids::organization("acme");
    let link = format!(
        "contactLink(contactId: \"{duplicate}\", link: {{organizationId: \"{acme}\", type: BILLING, isPrimary: true}})"
    );
    call(app, &Who::super_admin(), &link, "").await;
    call(
        app,
        &Who::stranger(),
        &format!("contactSetDoNotContact(id: \"{duplicate}\", reason: \"asked us not to\")"),
        "",
    )
    .await;
    call(app, &Who::stranger(), &format!("contactLinkUser(id: \"{duplicate}\", userId: \"tilly@klop\")"), "").await;
    (survivor, duplicate)
}

#[tokio::test]
async fn a_merge_is_shown_before_it_is_done_and_unites_what_is_the_same() {
    let app = App::demo().await;
    let (survivor, duplicate) = two(&app).await;
    let before = app.events().await;
    let sorted = |mut values: Vec<Value>| {
        values.sort_by_key(Value::to_string);
        values
    };
    let variables = |dry_run: bool| json!({ "survivor": survivor, "duplicates": [duplicate], "choices": { "firstName": duplicate }, "dryRun": dry_run });
    let shown = app.ask_with(&Who::super_admin(), MERGE, variables(true)).await;
    let shown = shown.done("contactMerge").clone();
    assert_eq!(app.events().await, before, "it was only shown");
    let done = app.ask_with(&Who::super_admin(), MERGE, variables(false)).await;
    let done = done.done("contactMerge").clone();
    assert_eq!((&shown["contact"], &shown["moved"]), (&done["contact"], &done["moved"]), "as it was shown");
    assert_eq!(shown["position"], Value::Null);
    // One by one: what she has of both goes, and what is the same twice stays once.
    for (kind, items) in [
        (
            "PHONE",
            json!([{ "name": "(217) 555-0160", "fate": "ENDED" }, { "name": "+1 309 555 0162", "fate": "MOVED" }]),
        ),
        (
            "EMAIL",
            json!([{ "name": "Ottilie@Vandermeersch.EXAMPLE", "fate": "ENDED" }, { "name": "tilly@klop.example", "fate": "MOVED" }]),
        ),
    ] {
        let told = shown["moved"].as_array().unwrap().iter().find(|moved| moved["kind"] == kind).expect(kind);
        assert_eq!(
            (&told["count"], &sorted(told["items"].as_array().unwrap().clone())),
            (&json!(2), &sorted(items.as_array().unwrap().clone()))
        );
    }
    let contact = &done["contact"];
    // The name was chosen, the title was missing, the department was there; the strictest consent wins; the login goes along.
    for (field, value) in [
        ("firstName", json!("Tilly")),
        ("title", json!("Head of Audit")),
        ("department", json!("Audit")),
        ("doNotContact", json!(true)),
        ("userId", json!("tilly@klop")),
    ] {
        assert_eq!(contact[field], value, "{field}");
    }
    let phones = sorted(contact["phones"]["edges"].as_array().unwrap().clone());
    assert_eq!(
        phones,
        sorted(vec![
            json!({ "isPrimary": true, "node": { "number": "+1 217 555 0160" } }),
            json!({ "isPrimary": false, "node": { "number": "+1 217 555 0161" } }),
            json!({ "isPrimary": false, "node": { "number": "+1 309 555 0162" } }),
        ]),
        "one number under one code is held once"
    );
    assert_eq!(contact["emails"]["nodes"].as_array().unwrap().len(), 2);
    let roles = sorted(contact["organizations"]["edges"].as_array().unwrap().clone());
    let role = |of: &str, is_primary: bool, at: &str| json!({ "type": of, "isPrimary": is_primary, "node": { "subdomain": at } });
    assert_eq!(
        roles,
        sorted(vec![
            role("BILLING", true, "acme"),
            role("EMERGENCY", false, "acme"),
            role("STAKEHOLDER", true, "riverside"),
        ]),
        "the stronger primary stays"
    );
    assert_eq!(
        done["merges"],
        json!([{ "survivorId": survivor, "duplicateId": duplicate, "mergedBy": "ada", "reason": "one person", "revertedAt": null }])
    );
    app.is_proved().await;
}

#[tokio::test]
async fn whose_record_was_merged_goes_on_seeing_the_person_and_the_owner_edits() {
    let app = App::demo().await;
    let (survivor, duplicate) = two(&app).await;
    // Riverside lets its own link go: it sees the person for its record alone.
    call(&app, &Who::stranger(), &format!("contactUnlink(contactId: \"{duplicate}\")"), "").await;
    let seen =
        format!("{{ contact(id: \"{survivor}\") {{ id firstName viewerCanEdit mergedFrom {{ totalCount }} }} }}");
    assert_eq!(app.ask(&Who::stranger(), &seen).await.at("/contact"), &Value::Null);
    let merged = merge(&app, survivor, duplicate).await;
    assert_eq!(
        app.ask(&Who::stranger(), &seen).await.at("/contact"),
        &json!({ "id": survivor, "firstName": "Ottilie", "viewerCanEdit": false, "mergedFrom": { "totalCount": 0 } })
    );
    assert_eq!(app.ask(&Who::super_admin(), &seen).await.at("/contact/mergedFrom/totalCount"), &json!(1));
    // A partner that sees neither sees neither now.
    assert_eq!(app.ask(&Who::techpartner_admin(), &seen).await.at("/contact"), &Value::Null);
    // The merge stands in the history, without what moved and who did it.
    let history = format!(
        "{{ contact(id: \"{survivor}\") {{ history(first: 1) {{ nodes {{ type actor reason fields {{ name new }} }} }} }} }}"
    );
    let told = app.ask(&Who::stranger(), &history).await;
    let told = told.at("/contact/history/nodes/0");
    assert_eq!(
        (&told["type"], &told["actor"], &told["reason"]),
        (&json!("contact.merged"), &Value::Null, &Value::Null)
    );
    let fields = told["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({ "name": "mergedFrom", "new": duplicate.to_string() })), "{fields:?}");
    assert!(!told.to_string().contains("moved"), "{told}");
    // Writing to the record says whose it is.
    let refused = app
        .ask(&Who::stranger(), &format!("mutation {{ contactUpdate(id: \"{duplicate}\", contact: {{title: \"Boss\"}}) {{ contact {{ id }} position changes {{ type }} userErrors {{ code field message }} }} }}"))
        .await;
    let error = refused.at("/contactUpdate/userErrors/0");
    assert_eq!(error["code"], "MERGED");
    assert!(error["message"].as_str().unwrap().contains(&survivor.to_string()), "{error}");
    // Only super_admin merges and undoes.
    for who in [Who::acme_admin(), Who::stranger(), Who::techpartner_admin()] {
        for written in [
            format!("contactMerge(survivorId: \"{survivor}\", duplicateIds: [\"{duplicate}\"])"),
            format!("contactMergeUndo(mergeId: \"{merged}\")"),
        ] {
            assert_eq!(attempt(&app, &who, &written).await.as_deref(), Some("FORBIDDEN"), "{}", who.name);
        }
    }
    assert_eq!(undo(&app, merged).await, Vec::<Value>::new());
    assert_eq!(app.ask(&Who::stranger(), &seen).await.at("/contact"), &Value::Null);
    app.is_proved().await;
}

#[tokio::test]
async fn an_undoing_keeps_what_was_edited_since_and_says_what_it_left() {
    let app = App::demo().await;
    let (survivor, duplicate) = two(&app).await;
    let merged = merge(&app, survivor, duplicate).await;
    let acme = Who::acme_admin();
    call(&app, &acme, &format!("contactUpdate(id: \"{survivor}\", contact: {{title: \"Auditor General\"}})"), "").await;
    hold(&app, survivor, "phone", "number: \"+1 217 555 0169\"").await;
    let held = format!("{{ contact(id: \"{survivor}\") {{ phones {{ nodes {{ id number }} }} }} }}");
    let held = app.ask(&Who::super_admin(), &held).await;
    let office =
        held.list("/contact/phones/nodes").iter().find(|node| node["number"] == "+1 309 555 0162").unwrap()["id"]
            .clone();
    call(
        &app,
        &Who::super_admin(),
        &format!("phoneUnlink(phoneId: {office}, from: {{contactId: \"{survivor}\"}})"),
        "",
    )
    .await;
    // Another became the primary one in billing.
    let jane = ids::contact("Jane Doe");
    call(&app, &acme, &format!("contactLink(contactId: \"{jane}\", link: {{type: BILLING, isPrimary: true}})"), "")
        .await;

    let left = undo(&app, merged).await;
    let told: Vec<(&str, &str)> =
        left.iter().map(|one| (one["kind"].as_str().unwrap(), one["name"].as_str().unwrap())).collect();
    for wanted in [("FIELD", "title"), ("PHONE", "+1 217 555 0169"), ("PHONE", "+1 309 555 0162"), ("ROLE", "billing")]
    {
        assert!(told.contains(&wanted), "{wanted:?} among {told:?}");
    }
    let ask = "query ($id: UUID!) { contact(id: $id) { firstName title doNotContact userId deletedAt phones { nodes { number } }
      organizations { edges { type isPrimary node { subdomain } } } } }";
    let both = [survivor, duplicate].map(|id| json!({ "id": id }));
    let one = app.ask_with(&Who::super_admin(), ask, both[0].clone()).await.at("/contact").clone();
    let other = app.ask_with(&Who::super_admin(), ask, both[1].clone()).await.at("/contact").clone();
    assert_eq!(
        (&one["title"], &one["doNotContact"], &one["userId"]),
        (&json!("Auditor General"), &json!(false), &Value::Null)
    );
    assert_eq!(
        (&other["firstName"], &other["title"], &other["doNotContact"], &other["userId"], &other["deletedAt"]),
        (&json!("Tilly"), &json!("Head of Audit"), &json!(true), &json!("tilly@klop"), &Value::Null)
    );
    let numbers = |contact: &Value| {
        contact["phones"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(numbers(&one).contains(&"+1 217 555 0169".to_owned()), "it stays with the survivor");
    assert_eq!(numbers(&other), ["(217) 555-0160"], "what was ended does not come back");
    let billing = other["organizations"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .find(|edge| edge["type"] == "BILLING")
        .unwrap()
        .clone();
    assert_eq!(billing["isPrimary"], json!(false), "Jane stays the primary one");
    app.is_proved().await;
}

#[tokio::test]
async fn five_become_one_and_two_logins_are_two_people() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let names = ["Ragnhild", "Sigrid", "Thyra", "Ulrika", "Vigdis"];
    let mut people = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let more = json!({ "emails": [email(&format!("{name}{at}@norn.example"))] });
        people.push(record(&app, &acme, name, &format!("Norn{name}"), more).await);
    }
    let variables = json!({ "survivor": people[0], "duplicates": people[1..] });
    let done = app.ask_with(&Who::super_admin(), MERGE, variables).await;
    let done = done.done("contactMerge");
    assert_eq!(done["contact"]["emails"]["nodes"].as_array().unwrap().len(), 5);
    assert_eq!(done["merges"].as_array().unwrap().len(), 4);
    let (one, other) = (
        record(&app, &acme, "Hjordis", "Quist", json!({})).await,
        record(&app, &acme, "Embla", "Zorn", json!({})).await,
    );
    for (id, login) in [(one, "hjordis"), (other, "embla")] {
        call(&app, &acme, &format!("contactLinkUser(id: \"{id}\", userId: \"{login}\")"), "").await;
    }
    for (survivor, duplicates, code) in [
        (one, vec![other], "USER_TAKEN"),
        (one, vec![one], "INVALID"),
        (one, vec![people[1]], "MERGED"),
        (one, vec![Uuid::new_v4()], "NOT_FOUND"),
        (one, Vec::new(), "INVALID"),
    ] {
        let answer =
            app.ask_with(&Who::super_admin(), MERGE, json!({ "survivor": survivor, "duplicates": duplicates })).await;
        assert_eq!(answer.refusals("contactMerge")[0].code, code, "{duplicates:?}");
    }
    app.is_proved().await;
}
