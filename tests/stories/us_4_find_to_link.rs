//! US-4, "Add existing contact": an administrator finds somebody by an exact email or phone, sees a card, and links them. The directory
//! is not leaked by it: nobody is listed, every look-up stands in the log, and there are only so many.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::change::Refused;
use crate::support::{Answer, App, Who};

const FIND: &str =
    "query Find($email: EmailAddress, $phone: PhoneNumber) { contactFindToLink(email: $email, phone: $phone) {
  name title maskedEmail maskedPhone ownerName linkToken expiresAt } }";
const LINK: &str = "mutation Link($token: String, $contact: UUID, $dryRun: Boolean) {
  contactLink(linkToken: $token, contactId: $contact, link: {type: TECHNICAL}, reason: \"they asked for him\", dryRun: $dryRun) {
    contact { id name primaryPhone { number } organizations { nodes { subdomain } } } position userErrors { code field message } } }";

fn admin_of(subdomain: &str) -> Who {
    Who { name: "a provider's admin", organization_id: ids::organization(subdomain), ..Who::stranger() }
}

async fn find(app: &App, who: &Who, key: Value) -> Answer {
    app.ask_with(who, FIND, key).await
}

/// A look-up records in a transaction of its own, and the rest of the request reads on beside it: on one connection, too.
#[tokio::test]
async fn what_else_the_request_asks_is_answered_beside_it() {
    use liaison_domain::session::DatabaseOptions;
    let app = App::demo_on(DatabaseOptions { max_connections: 1, ..DatabaseOptions::default() }).await;
    let ask = r#"{ before: contacts { nodes { name phones { nodes { number } } } }
      contactFindToLink(email: "john.doe@consultant.com") { name }
      after: contacts { nodes { name phones { nodes { number } } } } }"#;
    let answer = app.ask(&Who::stranger(), ask).await;
    assert_eq!(answer.at("/contactFindToLink/name"), "John Doe");
    assert_eq!(answer.at("/before"), answer.at("/after"));
    assert!(!answer.list("/before/nodes").is_empty());
}

/// The token of a card.
fn token(found: &Answer) -> String {
    found.at("/contactFindToLink/linkToken").as_str().expect("somebody was found").to_owned()
}

async fn link(app: &App, who: &Who, token: &str) -> Answer {
    app.ask_with(who, LINK, json!({ "token": token })).await
}

fn one(refusals: &[Refused]) -> (&str, &str, &str) {
    let [refused] = refusals else { panic!("{refusals:?}") };
    (&refused.code, &refused.field, &refused.message)
}

async fn look_ups(app: &App) -> Vec<Value> {
    app.behind(
        "SELECT data, metadata->>'organization_id' AS organization, metadata->>'actor' AS actor FROM domain_events
                WHERE event_type = 'directory.looked_up' ORDER BY epoch, xid, seq",
    )
    .await
}

#[tokio::test]
async fn a_card_tells_who_it_is_and_linking_makes_them_seen() {
    let app = App::demo().await;
    let (stranger, john) = (Who::stranger(), ids::contact("John Doe"));
    let ask = "query Ask($id: UUID!) { contact(id: $id) { name } }";
    assert_eq!(app.ask_with(&stranger, ask, json!({ "id": john })).await.at("/contact"), &Value::Null);

    let found = find(&app, &stranger, json!({ "email": " John.DOE@Consultant.com " })).await;
    let mut card = found.at("/contactFindToLink").clone();
    let token = token(&found);
    (card["linkToken"], card["expiresAt"]) = (Value::Null, Value::Null);
    let expected = json!({ "name": "John Doe", "title": "IT Consultant", "maskedEmail": "j•••@consultant.com",
        "maskedPhone": "•••• 0190", "ownerName": "Acme Healthcare", "linkToken": null, "expiresAt": null });
    assert_eq!(card, expected);
    let told = found.body.to_string();
    assert!(!told.contains(&john.to_string()) && !told.contains("773"), "{told}");

    let linked = link(&app, &stranger, &token).await;
    let contact = &linked.done("contactLink")["contact"];
    let expected = json!({ "id": john, "name": "John Doe", "primaryPhone": { "number": "773-555-0190" },
        "organizations": { "nodes": [{ "subdomain": "riverside" }] } });
    assert_eq!(contact, &expected);
    // The token is good for a while; linking twice is linking once.
    assert_eq!(link(&app, &stranger, &token).await.done("contactLink")["position"], Value::Null);
    app.is_proved().await;
}

#[tokio::test]
async fn every_spelling_of_a_number_finds_and_the_region_is_the_organizations() {
    let app = App::demo().await;
    for number in ["773-555-0190", "+1 (773) 555 0190", "773.555.0190"] {
        let found = find(&app, &Who::stranger(), json!({ "phone": number })).await;
        assert_eq!(found.at("/contactFindToLink/name"), "John Doe", "{number}");
    }
    let foreign = find(&app, &Who::stranger(), json!({ "phone": "+49 773 5550190" })).await;
    assert_eq!(foreign.at("/contactFindToLink"), &Value::Null);
}

#[tokio::test]
async fn several_and_none_and_those_who_are_gone_are_alike() {
    let app = App::demo().await;
    let (acme, stranger) = (Who::acme_admin(), Who::stranger());
    // A line that two people share.
    let create = |first: &str, phone: &str| {
        format!(
            "mutation {{ contactCreate(contact: {{allowDuplicate: true, firstName: \"{first}\", lastName: \"Line\", phones: [{phone}]}}) {{
        contact {{ id phones {{ nodes {{ id }} }} }} userErrors {{ message }} }} }}"
        )
    };
    let made = app.ask(&acme, &create("One", "{phone: {create: {number: \"217-555-0142\"}}}")).await;
    let one = made.at("/contactCreate/contact/id").clone();
    let found = find(&app, &stranger, json!({ "phone": "217-555-0142" })).await;
    assert_eq!(found.at("/contactFindToLink/name"), "One Line");
    let phone = made.at("/contactCreate/contact/phones/nodes/0/id");
    app.ask(&acme, &create("Two", &format!("{{phone: {{id: {phone}}}}}"))).await.done("contactCreate");
    let several = find(&app, &stranger, json!({ "phone": "217-555-0142" })).await;
    let none = find(&app, &stranger, json!({ "phone": "217-555-0143" })).await;
    assert_eq!(several.body, none.body);
    assert_eq!(none.data(), &json!({ "contactFindToLink": null }));

    // Who is archived has the line no more, and whom a token stood for is not there.
    let delete = format!("mutation {{ contactDelete(id: {one}) {{ userErrors {{ message }} }} }}");
    app.ask(&acme, &delete).await.done("contactDelete");
    let left = find(&app, &stranger, json!({ "phone": "217-555-0142" })).await;
    assert_eq!(left.at("/contactFindToLink/name"), "Two Line");
    let gone = link(&app, &stranger, &token(&found)).await.refusals("contactLink");
    assert_eq!(one_of(&gone), ("NOT_FOUND", "linkToken"), "{gone:?}");
}

fn one_of(refusals: &[Refused]) -> (&str, &str) {
    let (code, field, _) = one(refusals);
    (code, field)
}

#[tokio::test]
async fn a_token_is_one_organizations_and_nobody_forges_it() {
    let app = App::demo().await;
    let stranger = Who::stranger();
    let found = token(&find(&app, &stranger, json!({ "email": "john.doe@consultant.com" })).await);
    let before = app.events().await;
    let mut answers = Vec::new();
    for (who, token) in [
        (admin_of("dunmore"), found.clone()),
        (Who::techpartner_admin(), found.clone()),
        (stranger.clone(), format!("{found}A")),
        (stranger.clone(), found[..40].to_owned()),
        (stranger.clone(), ids::contact("John Doe").to_string()),
        (stranger.clone(), String::new()),
    ] {
        answers.push(link(&app, &who, &token).await.refusals("contactLink"));
    }
    assert_eq!(
        one(&answers[0]),
        ("INVALID", "linkToken", "linkToken must be one that contactFindToLink gave to your organization")
    );
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    // Both ways of naming somebody, or neither, is not one of the two.
    let john = ids::contact("John Doe");
    for variables in [json!({ "token": found, "contact": john }), json!({})] {
        let refused = app.ask_with(&stranger, LINK, variables).await.refusals("contactLink");
        assert_eq!(one(&refused), ("INVALID", "contactId", "give contactId or linkToken, one of the two"));
    }
    // A rehearsal would show somebody, and leave no trace of it.
    let rehearsed =
        app.ask_with(&stranger, LINK, json!({ "token": found, "dryRun": true })).await.refusals("contactLink");
    assert_eq!(one_of(&rehearsed), ("INVALID", "dryRun"));
    let viewer = Who { role: liaison_domain::viewer::Role::Viewer, ..stranger };
    assert_eq!(one_of(&link(&app, &viewer, &found).await.refusals("contactLink")), ("FORBIDDEN", ""));
    assert_eq!(app.events().await, before, "nothing of this was done");
}

#[tokio::test]
async fn every_look_up_stands_in_the_log_and_tells_nothing_of_the_key() {
    let app = App::demo().await;
    let stranger = Who::stranger();
    for key in [
        json!({ "email": "john.doe@consultant.com" }),
        json!({ "email": "John.Doe@consultant.com" }),
        json!({ "email": "nobody@consultant.com" }),
        json!({ "phone": "773-555-0190" }),
    ] {
        find(&app, &stranger, key).await.data();
    }
    let recorded = look_ups(&app).await;
    let told: Vec<(&Value, &Value)> = recorded.iter().map(|one| (&one["data"]["key"], &one["data"]["found"])).collect();
    assert_eq!(json!(told), json!([["email", true], ["email", true], ["email", false], ["phone", true]]));
    assert_eq!(recorded[0]["data"]["mark"], recorded[1]["data"]["mark"], "the same key leaves the same mark");
    assert_ne!(recorded[0]["data"]["mark"], recorded[2]["data"]["mark"]);
    let text = json!(recorded).to_string();
    for part in ["john", "John", "consultant", "773", &ids::contact("John Doe").to_string()] {
        assert!(!text.contains(part), "{part} in {text}");
    }
    assert!(
        recorded.iter().all(
            |one| one["actor"] == "riverside-admin" && one["organization"] == json!(ids::organization("riverside"))
        )
    );
    // Its own organization reads that, and nobody else but super_admin. The log is told up to the oldest work under way, anybody's.
    let ask = "{ changes(types: [\"directory.looked_up\"]) { nodes { type actor } isCaughtUp } }";
    for (who, count) in [(Who::super_admin(), 4), (stranger, 4), (Who::acme_admin(), 0)] {
        let read = app.ask_caught_up(&who, ask).await;
        assert_eq!(read.list("/changes/nodes").len(), count, "{}", who.name);
    }
    app.is_proved().await;
}

#[tokio::test]
async fn one_look_up_goes_in_a_request_and_so_many_in_a_minute() {
    let app = App::demo().await;
    let stranger = Who::stranger();
    let twice = r#"{ a: contactFindToLink(email: "a@example.com") { name } b: contactFindToLink(email: "b@example.com") { name } }"#;
    let twice = app.ask(&stranger, twice).await;
    assert_eq!(twice.code(), "BAD_USER_INPUT");
    assert!(twice.body["errors"][0]["message"].as_str().unwrap().contains("once"), "{:#}", twice.body);
    assert_eq!(look_ups(&app).await.len(), 1, "the other one was not asked");
    for (key, says) in [
        (json!({}), "give email or phone"),
        (json!({ "email": "a@example.com", "phone": "773-555-0190" }), "give email or phone"),
        (json!({ "email": "not one" }), "such as jane.doe@example.com"),
        (json!({ "phone": "911" }), "such as (212) 555-0123"),
    ] {
        let refused = find(&app, &stranger, key).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains(says), "{:#}", refused.body);
    }
    for who in [Who::acme_clinician(), Who::acme_viewer(), Who::of_nowhere()] {
        let refused = find(&app, &who, json!({ "email": "a@example.com" })).await;
        assert_eq!(refused.code(), "FORBIDDEN", "{}", who.name);
    }

    let config = app.ask(&stranger, "{ serviceConfig { maxLookUpsPerMinute maxLookUpsPerDay } }").await;
    assert_eq!(config.at("/serviceConfig"), &json!({ "maxLookUpsPerMinute": 30, "maxLookUpsPerDay": 1000 }));
    // As many at once as there may be, and more: the log counts, whoever comes first.
    let asks = (0..40).map(|at| find(&app, &stranger, json!({ "email": format!("nobody-{at}@example.com") })));
    let answers = futures::future::join_all(asks).await;
    let refused: Vec<&Answer> = answers.iter().filter(|answer| answer.body.get("errors").is_some()).collect();
    // More than a minute may pass on a slow machine; what is recorded in any minute holds all the same.
    let in_any_minute = app
        .behind("SELECT max(number) AS most FROM (SELECT count(*) OVER (ORDER BY recorded_at RANGE BETWEEN '59.999 seconds' PRECEDING AND CURRENT ROW) AS number
                 FROM domain_events WHERE event_type = 'directory.looked_up') counted")
        .await;
    assert!(in_any_minute[0]["most"].as_i64().unwrap() <= 30, "{in_any_minute:?}");
    assert_eq!(look_ups(&app).await.len(), 1 + 40 - refused.len(), "who is refused has not looked");
    for answer in &refused {
        assert_eq!(Answer::code(answer), "RATE_LIMITED");
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("30 times in any minute; try again in"), "{message}");
    }
    // Another organization has its own count.
    find(&app, &admin_of("dunmore"), json!({ "email": "john.doe@consultant.com" })).await.data();
}
