//! US-9: how somebody prefers to be reached, and that they must not be; both are right for every organization that works with them.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

const FLAG: &str = "contact { doNotContact doNotContactReason doNotContactSince doNotContactBy preferredContactMethod }
  position userErrors { code field message }";

fn bayside() -> Who {
    Who { name: "Bayside's admin", organization_id: ids::organization("bayside"), ..Who::stranger() }
}

async fn run(app: &App, who: &Who, call: &str) -> Value {
    let name = call.split('(').next().unwrap();
    let call = call.replace("JOHN", &format!("\"{}\"", ids::contact("John Doe")));
    app.ask(who, &format!("mutation {{ {call} {{ {FLAG} }} }}")).await.done(name).clone()
}

#[tokio::test]
async fn who_must_not_be_contacted_is_marked_once_and_for_all() {
    let app = App::demo().await;
    let set = run(&app, &bayside(), "contactSetDoNotContact(id: JOHN, reason: \"he asked for it\")").await;
    assert_eq!(
        (&set["contact"]["doNotContact"], &set["contact"]["doNotContactReason"]),
        (&json!(true), &json!("he asked for it"))
    );
    let since = set["contact"]["doNotContactSince"].clone();
    assert!(since.is_string());
    assert_eq!(set["contact"]["doNotContactBy"], Value::Null, "a login may be another organization's");
    // The same again, and again without a reason, is nothing.
    for call in ["contactSetDoNotContact(id: JOHN, reason: \" he asked for it \")", "contactSetDoNotContact(id: JOHN)"]
    {
        assert_eq!(run(&app, &Who::acme_admin(), call).await["position"], Value::Null, "{call}");
    }
    let ask = format!(
        "{{ contact(id: \"{}\") {{ doNotContact doNotContactReason doNotContactBy }} }}",
        ids::contact("John Doe")
    );
    let expected =
        json!({ "doNotContact": true, "doNotContactReason": "he asked for it", "doNotContactBy": "riverside-admin" });
    assert_eq!(app.ask(&Who::super_admin(), &ask).await.at("/contact"), &expected);
    // Another reason replaces it; since when stays.
    let other = run(&app, &Who::acme_admin(), "contactSetDoNotContact(id: JOHN, reason: \"his lawyer wrote\")").await;
    assert_eq!(
        (&other["contact"]["doNotContactReason"], &other["contact"]["doNotContactSince"]),
        (&json!("his lawyer wrote"), &since)
    );
    let cleared = run(&app, &bayside(), "contactClearDoNotContact(id: JOHN, reason: \"he came round\")").await;
    let none = json!({ "doNotContact": false, "doNotContactReason": null, "doNotContactSince": null, "doNotContactBy": null,
        "preferredContactMethod": "EMAIL" });
    assert_eq!(cleared["contact"], none);
    assert_eq!(run(&app, &bayside(), "contactClearDoNotContact(id: JOHN)").await["position"], Value::Null);
    let events = app
        .behind("SELECT event_type, metadata->>'reason' AS reason FROM domain_events WHERE event_type LIKE 'contact.do_not_contact.%' ORDER BY epoch, xid, seq")
        .await;
    assert_eq!(
        json!(events),
        json!([
            { "event_type": "contact.do_not_contact.set", "reason": "he asked for it" },
            { "event_type": "contact.do_not_contact.set", "reason": "his lawyer wrote" },
            { "event_type": "contact.do_not_contact.cleared", "reason": "he came round" },
        ])
    );
    app.is_proved().await;
}

#[tokio::test]
async fn a_preference_is_changed_cleared_and_left() {
    let app = App::demo().await;
    for (input, after, is_new) in [
        ("{preferredContactMethod: SMS}", json!("SMS"), true),
        ("{preferredContactMethod: SMS}", json!("SMS"), false),
        ("{}", json!("SMS"), false),
        ("{preferredContactMethod: null}", Value::Null, true),
    ] {
        let call = format!("contactSetPreferences(id: JOHN, preferences: {input})");
        let done = run(&app, &Who::acme_admin(), &call).await;
        assert_eq!(
            (&done["contact"]["preferredContactMethod"], done["position"].is_string()),
            (&after, is_new),
            "{input}"
        );
    }
    app.is_proved().await;
}

#[tokio::test]
async fn a_partners_people_are_not_a_providers_to_mark() {
    let app = App::demo().await;
    let call = format!(
        "mutation {{ contactSetDoNotContact(id: \"{}\") {{ position userErrors {{ code field message }} }} }}",
        ids::contact("Bob Chen")
    );
    let refused = app.ask(&Who::acme_admin(), &call).await.refusals("contactSetDoNotContact");
    assert_eq!(
        (refused[0].code.as_str(), refused[0].message.as_str()),
        ("FORBIDDEN", "only the organization that owns this contact may edit it")
    );
}
