//! Whatever happens, a contact's card says what the tables say, and a list that is read from there is the list. That no change is forgotten is
//! proved by the log, which is replayed into cards of its own; what is shown of cards is held against the same lists read link by link.

use liaison_domain::replay::Steward;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::access_matrix::scene;
use crate::support::{App, Who};

/// The lists of a contact as its card has them, and the same asked for with a cursor, which no card tells.
const BOTH: &str = "query ($id: UUID!, $few: Int!) { contact(id: $id) {
  ready: phones(first: $few) { pageInfo { hasNextPage } edges { isPrimary sortOrder node { ...phone addresses(first: $few) { pageInfo { hasNextPage } nodes { ...address } } } } }
  links: phones(first: $few) { pageInfo { hasNextPage endCursor } edges { isPrimary sortOrder node { ...phone addresses(first: $few) { pageInfo { hasNextPage endCursor } nodes { ...address } } } } }
  readyEmails: emails(first: $few) { pageInfo { hasNextPage } edges { isPrimary node { id version address mailtoUri label isNotificationEnabled verificationState code { code } } } }
  linksEmails: emails(first: $few) { pageInfo { hasNextPage endCursor } edges { isPrimary node { id version address mailtoUri label isNotificationEnabled verificationState code { code } } } }
  readyAddresses: addresses(first: $few) { pageInfo { hasNextPage } edges { type isPrimary sortOrder startsOn endsOn node { ...address } } }
  linksAddresses: addresses(first: $few) { pageInfo { hasNextPage endCursor } edges { type isPrimary sortOrder startsOn endsOn node { ...address } } }
} }
fragment phone on Phone { id version number e164 telUri extension label isSmsCapable isSmsOptedOut verificationState code { code } }
fragment address on Address { id version label type street1 street2 city state postalCode country }";

/// Leaves the cursors out, by which alone the two are told apart.
fn without_cursors(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(members) => {
            members.remove("endCursor");
            members.values_mut().for_each(|value| *value = without_cursors(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| *value = without_cursors(value.take())),
        _ => {}
    }
    answer
}

/// The phones of somebody as their card has them, which are the same link by link.
async fn phones(app: &App, who: &Who, id: Uuid, few: usize) -> Value {
    let answer = app.ask_with(who, BOTH, json!({ "id": id, "few": few })).await;
    let contact = answer.at("/contact");
    for (ready, links) in [("ready", "links"), ("readyEmails", "linksEmails"), ("readyAddresses", "linksAddresses")] {
        let [ready, links] = [ready, links].map(|list| without_cursors(contact[list].clone()));
        assert_eq!(ready, links, "{} of {id}", who.name);
    }
    contact["ready"].clone()
}

async fn does(app: &App, who: &Who, mutation: &str) {
    let mutation = format!("mutation {{ it: {mutation} {{ userErrors {{ code field message }} }} }}");
    app.ask(who, &mutation).await.done("it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_follows_every_change_that_touches_it() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let [sam, ulla, phone, other, email, address, office, home]: [Uuid; 8] = std::array::from_fn(|_| Uuid::new_v4());
    let at = Who::stranger().organization_id;
    let steps = [
        format!("contactCreate(contact: {{ id: \"{sam}\", firstName: \"Sam\", lastName: \"Oyelaran\", ownerOrganizationId: \"{at}\",
                 phones: [{{ phone: {{ create: {{ id: \"{phone}\", number: \"+1 630 555 0177\", code: \"office\" }} }} }}],
                 emails: [{{ email: {{ create: {{ id: \"{email}\", address: \"sam@example.org\" }} }} }}],
                 addresses: [{{ address: {{ create: {{ id: \"{address}\", type: PHYSICAL, street1: \"12 Elm Street\", city: \"Joliet\" }} }} }}] }})"),
        format!("addressCreate(address: {{ id: \"{office}\", type: MAILING, street1: \"1 Office Park\", city: \"Joliet\" }})"),
        format!("addressLink(addressId: \"{office}\", to: {{ phoneId: \"{phone}\" }})"),
        // Somebody comes at a phone that stands somewhere.
        format!("contactCreate(contact: {{ id: \"{ulla}\", firstName: \"Ulla\", lastName: \"Brandvold\", ownerOrganizationId: \"{at}\", phones: [{{ phone: {{ id: \"{phone}\" }} }}] }})"),
        format!("addressUpdate(id: \"{office}\", address: {{ street1: \"2 Office Park\" }})"),
        format!("addressUpdate(id: \"{office}\", address: {{ label: \"Reception\" }})"),
        format!("phoneUpdate(id: \"{phone}\", phone: {{ label: \"Desk\" }})"),
        format!("phoneUpdate(id: \"{phone}\", phone: {{ number: \"+1 630 555 0179\" }})"),
        format!("phoneUpdate(id: \"{phone}\", phone: {{ code: \"mobile\" }})"),
        format!("phoneCreate(phone: {{ id: \"{other}\", number: \"+1 630 555 0188\", code: \"home\" }})"),
        format!("phoneLink(phoneId: \"{other}\", to: {{ contactId: \"{sam}\" }})"),
        format!("phoneSetPrimary(phoneId: \"{other}\", of: {{ contactId: \"{sam}\" }})"),
        format!("phoneLink(phoneId: \"{other}\", to: {{ addressId: \"{office}\" }})"),
        format!("phoneVerificationMark(id: \"{phone}\", state: INVALID, reason: \"called\")"),
        format!("phoneSmsOptOut(id: \"{phone}\", reason: \"asked\")"),
        // By a word that came in, of which the message has an event beside the phone's.
        format!("phoneSmsOptIn(id: \"{phone}\", message: {{ messageId: \"SM-cards\", text: \"START\", receivedAt: \"NOW\" }}, reason: \"shown\")"),
        format!("emailUpdate(id: \"{email}\", email: {{ address: \"samuel@example.org\" }})"),
        format!("emailUpdate(id: \"{email}\", email: {{ isNotificationEnabled: false }})"),
        format!("addressUpdate(id: \"{address}\", address: {{ postalCode: \"60432\" }})"),
        format!("addressLink(addressId: \"{home}\", to: {{ contactId: \"{sam}\" }}, holding: {{ type: BILLING }})"),
        format!("addressHoldingUpdate(contactId: \"{sam}\", addressId: \"{address}\", holding: {{ type: MAILING, endsOn: \"2031-05-31\" }})"),
        format!("addressUnlink(addressId: \"{office}\", from: {{ phoneId: \"{phone}\" }})"),
        format!("contactMerge(survivorId: \"{sam}\", duplicateIds: [\"{ulla}\"], reason: \"one person\")"),
        format!("addressLink(addressId: \"{office}\", to: {{ contactId: \"{sam}\" }}, holding: {{ type: BILLING }})"),
        format!("addressSetPrimary(addressId: \"{office}\", type: BILLING, of: {{ contactId: \"{sam}\" }})"),
        format!("phoneDelete(id: \"{other}\")"),
        format!("addressDelete(id: \"{office}\")"),
        format!("emailUnlink(emailId: \"{email}\", from: {{ contactId: \"{sam}\" }})"),
        format!("contactDelete(id: \"{sam}\")"),
    ];
    does(
        &app,
        &ada,
        &format!(
            "addressCreate(address: {{ id: \"{home}\", type: MAILING, street1: \"3 Home Lane\", city: \"Joliet\" }})"
        ),
    )
    .await;
    for step in steps {
        let step = step.replace("NOW", &chrono::Utc::now().to_rfc3339());
        let before = app.behind("SELECT * FROM contact_cards ORDER BY contact_id").await;
        does(&app, &ada, &step).await;
        let after = app.behind("SELECT * FROM contact_cards ORDER BY contact_id").await;
        // An address that nobody has yet stands on no card.
        assert_eq!(before == after, step.starts_with("addressCreate") || step.starts_with("phoneCreate"), "{step}");
        app.is_proved().await;
        for id in [sam, ulla] {
            if after.iter().any(|row| row["contact_id"] == json!(id)) && !step.starts_with("contactDelete") {
                phones(&app, &ada, id, 10).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_read_from_cards_are_those_of_their_links() {
    let app = App::demo().await;
    scene::set(&app).await;
    // A phone that stands at more addresses than a card tells; some of them are Acme's, by no more than that Acme made them.
    let (jane, phone) = (ids::contact("Jane Doe"), Uuid::new_v4());
    let acme = Who::acme_admin();
    does(
        &app,
        &acme,
        &format!("phoneCreate(phone: {{ id: \"{phone}\", number: \"+1 217 555 0187\", code: \"fax\" }})"),
    )
    .await;
    does(&app, &acme, &format!("phoneLink(phoneId: \"{phone}\", to: {{ contactId: \"{jane}\" }})")).await;
    does(&app, &acme, &format!("phoneSetPrimary(phoneId: \"{phone}\", of: {{ contactId: \"{jane}\" }})")).await;
    let mut seen = 0;
    for at in 0..54 {
        let (id, who) = (Uuid::new_v4(), if at % 3 == 0 { Who::super_admin() } else { Who::acme_admin() });
        does(&app, &who, &format!("addressCreate(address: {{ id: \"{id}\", type: MAILING, street1: \"{at} Long Road\", city: \"Springfield\" }})")).await;
        does(&app, &Who::super_admin(), &format!("addressLink(addressId: \"{id}\", to: {{ phoneId: \"{phone}\" }})"))
            .await;
        seen += usize::from(at % 3 != 0);
        if [3, 48, 53].contains(&at) {
            let places = |answer: &Value| {
                let edges = answer["edges"].as_array().unwrap().clone();
                let edge = edges.into_iter().find(|edge| edge["node"]["id"] == json!(phone)).unwrap();
                edge["node"]["addresses"].clone()
            };
            for few in [1, 2, 50] {
                let all = places(&phones(&app, &Who::super_admin(), jane, few).await);
                assert_eq!(all["nodes"].as_array().unwrap().len(), few.min(at + 1));
                let own = places(&phones(&app, &acme, jane, few).await);
                assert_eq!(own["nodes"].as_array().unwrap().len(), few.min(seen), "{at}");
                assert_eq!(own["pageInfo"]["hasNextPage"], json!(seen > few), "{at}");
            }
        }
    }
    // Everybody, as whoever sees them.
    let all =
        app.behind("SELECT id FROM contacts_projection WHERE deleted_at IS NULL AND merged_into_id IS NULL").await;
    let mut told = 0;
    for who in [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger()] {
        for row in &all {
            let id: Uuid = serde_json::from_value(row["id"].clone()).unwrap();
            let answer = app.ask_with(&who, BOTH, json!({ "id": id, "few": 3 })).await;
            if !answer.at("/contact").is_null() {
                told += phones(&app, &who, id, 3).await["edges"].as_array().unwrap().len();
            }
        }
    }
    assert!(told > 20, "{told} phones prove nothing");
    // A card is what is read: where it says something else, so does the list. With a cursor the links are read.
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    owner.execute("UPDATE contact_cards SET phones = array_send(ARRAY[]::record[])").await.unwrap();
    let answer = app.ask_with(&Who::super_admin(), BOTH, json!({ "id": jane, "few": 3 })).await;
    assert_eq!(answer.at("/contact/ready/edges"), &json!([]));
    assert_ne!(answer.at("/contact/links/edges"), &json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_before_has_its_cards_made() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let gone = owner.execute("DELETE FROM contact_cards").await.unwrap().rows_affected();
    let steward = Steward::open(app.owner()).await.unwrap();
    assert_eq!(steward.settle_cards().await.unwrap(), gone);
    assert_eq!(steward.settle_cards().await.unwrap(), 0, "what is there is left alone");
    steward.close().await;
    assert!(gone > 20, "{gone} cards prove nothing");
    app.is_proved().await;
}
