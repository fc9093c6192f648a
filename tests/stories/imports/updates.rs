//! What a row does to somebody who is there: blank stays, what differs changes, methods are added and never taken away, what others
//! share is left to them, and nothing that binds is loosened.

use serde_json::{Value, json};

use crate::support::{App, Who};

const TOLD: &str = "{ contacts { nodes { firstName lastName title department isActive doNotContact preferredContactMethod
  emails { edges { isPrimary node { id address code { code } } } } phones { edges { isPrimary node { id e164 isSmsOptedOut } } }
  addresses { edges { isPrimary type node { id label street1 city } } } organizations { edges { type isPrimary } } } } }";

async fn only(app: &App, who: &Who) -> Value {
    app.ask(who, TOLD).await.at("/contacts/nodes/0").clone()
}

fn held(list: &Value, what: &str) -> Vec<String> {
    let one = |edge: &Value| {
        let star = if edge["isPrimary"] == true { "*" } else { "" };
        format!("{}{star}", edge["node"][what].as_str().unwrap_or_default())
    };
    list["edges"].as_array().unwrap().iter().map(one).collect()
}

async fn events_of(app: &App, id: &str) -> Vec<String> {
    let sql = format!(
        "SELECT event_type FROM domain_events WHERE metadata->>'correlation_id' = '{id}' ORDER BY epoch, xid, seq"
    );
    app.behind(&sql).await.iter().map(|row| row["event_type"].as_str().unwrap().to_owned()).collect()
}

const HEADER: &str = "external_id,first_name,last_name,title,department,is_active,preferred_contact_method,email,other_emails,phone,other_phones,street1,city,address_label,roles\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_updates() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let row = |cells: &str| format!("{HEADER}{cells}\n");
    let bring = async |cells: &str| app.import(&who, "sourceSystem=s", row(cells)).await;
    let first = "1,Ann,One,Clerk,Desk,,,ann@example.com,,217-555-0601,,1 Way,Joliet,Den,riverside:billing";
    assert_eq!(bring(first).await.counts(), [1, 0, 0, 0, 0]);

    // Cells, and the events that they come to.
    let table: [(&str, &[&str]); 12] = [
        ("1,,,,,,,,,,,,,,", &[]),
        ("1,Ann,One,Clerk,,,,ANN@EXAMPLE.COM,,+12175550601,,1 WAY,joliet,,", &[]),
        ("1,,,Boss,,,,,,,,,,,", &["contact.updated"]),
        ("1,,,,,no,email,,,,,,,,", &["contact.updated", "contact.preferences.updated"]),
        // Hers alone, so it is put right.
        ("1,,,,,,,ann@new.example,,,,,,,", &["email.updated"]),
        ("1,,,,,,,,,217-555-0602,,,,,", &["phone.updated"]),
        ("1,,,,,,,,,,,2 Way,,,", &["address.updated"]),
        // More of each: added, not made primary.
        (
            "1,,,,,,,,personal:a@example.com;b@example.com,,,,,,",
            &["email.created", "email.created", "contact.email.linked", "contact.email.linked"],
        ),
        ("1,,,,,,,,b@example.com;A@EXAMPLE.com,,,,,,", &[]),
        // One of them comes first now.
        ("1,,,,,,,b@example.com,,,,,,,", &["contact.email.primary_set"]),
        ("1,,,,,,,,,,,,,,riverside:billing; riverside:emergency*", &["organization.contact.linked"]),
        ("1,,,,,,,,,,,,,,riverside:billing*", &["organization.contact.primary_set"]),
    ];
    for (cells, events) in table {
        let came = bring(cells).await;
        assert_eq!(came.counts()[4], 0, "{cells}: {:#}", came.told);
        assert_eq!(events_of(&app, &came.id).await, events, "{cells}");
        let again = bring(cells).await;
        assert_eq!(again.counts(), [0, 0, 1, 0, 0], "{cells} again: {:#}", again.told);
    }
    let ann = only(&app, &who).await;
    assert_eq!((&ann["title"], &ann["department"], &ann["isActive"]), (&json!("Boss"), &json!("Desk"), &json!(false)));
    assert_eq!(held(&ann["emails"], "address"), ["b@example.com*", "ann@new.example", "a@example.com"]);
    assert_eq!(held(&ann["phones"], "e164"), ["+12175550602*"]);
    assert_eq!(held(&ann["addresses"], "street1"), ["2 Way*"]);
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_hold_too_is_left_to_them() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let made = app
        .import(
            &who,
            "",
            "first_name,last_name,email,phone,street1,city\nAnn,One,office@example.com,217-555-0611,1 Way,Joliet\n",
        )
        .await;
    assert_eq!(made.counts()[0], 1);
    let ann = only(&app, &who).await;
    let id = |list: &str| ann[list]["edges"][0]["node"]["id"].as_str().unwrap().to_owned();
    // Bob shares all three.
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { code field message } } }";
    let bob = json!({ "contact": { "firstName": "Bob", "lastName": "Two", "emails": [{ "email": { "id": id("emails") } }],
        "phones": [{ "phone": { "id": id("phones") } }], "addresses": [{ "address": { "id": id("addresses") } }] } });
    app.ask_with(&who, create, bob).await.done("contactCreate");
    let ids = app.ask(&who, "{ contacts { nodes { id firstName } } }").await;
    let ann_id = ids.at("/contacts/nodes/0/id").as_str().unwrap().to_owned();
    let file = format!("id,email,phone,street1,city\n{ann_id},ann@example.com,217-555-0612,2 Way,Joliet\n");
    let came = app.import(&who, "", file.clone()).await;
    assert_eq!(came.counts(), [0, 1, 0, 0, 0], "{:#}", came.told);
    let (ann, bob) = {
        let both = app.ask(&who, TOLD).await;
        (both.at("/contacts/nodes/0").clone(), both.at("/contacts/nodes/1").clone())
    };
    assert_eq!(held(&ann["emails"], "address"), ["ann@example.com*", "office@example.com"]);
    assert_eq!(held(&ann["phones"], "e164"), ["+12175550612*", "+12175550611"]);
    assert_eq!(held(&ann["addresses"], "street1"), ["2 Way*", "1 Way"]);
    assert_eq!(held(&bob["emails"], "address"), ["office@example.com*"], "Bob's is as it was");
    assert_eq!(held(&bob["addresses"], "street1"), ["1 Way*"]);
    assert_eq!(app.import(&who, "", file).await.counts(), [0, 0, 1, 0, 0]);
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_ever_opted_in() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let file = |flag: &str, stop: &str| {
        format!(
            "external_id,first_name,last_name,phone,phone_code,do_not_contact,sms_opted_out\n1,Ann,One,217-555-0621,mobile,{flag},{stop}\n"
        )
    };
    app.import(&who, "sourceSystem=s", file("yes", "'+12175550621")).await.counts();
    let bound = |ann: &Value| (ann["doNotContact"].clone(), ann["phones"]["edges"][0]["node"]["isSmsOptedOut"].clone());
    assert_eq!(bound(&only(&app, &who).await), (json!(true), json!(true)));
    // A file that says otherwise, or nothing, loosens nothing.
    for file in [file("no", ""), file("", "")] {
        assert_eq!(app.import(&who, "sourceSystem=s", file).await.counts(), [0, 0, 1, 0, 0]);
        assert_eq!(bound(&only(&app, &who).await), (json!(true), json!(true)));
    }
    // The number that said STOP is not written over, and whoever comes in with it is bound too.
    let other =
        "external_id,first_name,last_name,phone,phone_code\n1,,,217-555-0622,mobile\n2,Bob,Two,217-555-0621,mobile\n";
    assert_eq!(app.import(&who, "sourceSystem=s", other).await.counts(), [1, 1, 0, 0, 0]);
    let both = app.ask(&who, TOLD).await;
    assert_eq!(held(both.at("/contacts/nodes/0/phones"), "e164"), ["+12175550622*", "+12175550621"]);
    assert_eq!(both.at("/contacts/nodes/1/phones/edges/0/node/isSmsOptedOut"), &json!(true));
    app.is_proved().await;
}
