//! How somebody and an organization stood at an instant or a position, told from the log with today's rights.

use liaison_domain::session::DatabaseOptions;
use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

const CONTACT: &str = "fragment Stood on Contact { title organizations { totalCount edges { type isPrimary node { name } } } \
    phones { nodes { number code { code } } } emails { nodes { address } } }";

async fn change(app: &App, who: &Who, call: &str) -> Value {
    let name = call.split('(').next().unwrap();
    let query = format!("mutation {{ {call} {{ position userErrors {{ code message }} }} }}");
    app.ask(who, &query).await.done(name)["position"].clone()
}

#[tokio::test]
async fn a_contact_is_told_as_it_stood_at_a_position_and_at_an_instant() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let made = "mutation { contactCreate(contact: { firstName: \"Ivy\", lastName: \"Past\", title: \"Clerk\", organizations: [{ type: BILLING }],
        phones: [{ phone: { create: { number: \"+1 312 555 0191\" } } }] }) { contact { id createdAt } position userErrors { code message } } }";
    let made = app.ask(&acme, made).await;
    let payload = made.done("contactCreate");
    let (id, then) = (payload["contact"]["id"].as_str().unwrap().to_owned(), payload["position"].clone());
    let emergency = format!("contactLink(contactId: \"{id}\", link: {{ type: EMERGENCY, isPrimary: true }})");
    let linked = change(&app, &acme, &emergency).await;
    let unlinked = change(&app, &acme, &format!("contactUnlink(contactId: \"{id}\", type: BILLING)")).await;
    assert!(linked.is_string() && unlinked.is_string());

    let ask = format!(
        "{CONTACT} query Ask($id: UUID!, $then: String!, $linked: String!) {{
           now: contact(id: $id) {{ ...Stood }}
           then: contact(id: $id, asOf: {{ position: $then }}) {{ ...Stood }}
           linked: contact(id: $id, asOf: {{ position: $linked }}) {{ ...Stood }}
           before: contact(id: $id, asOf: {{ at: \"2001-01-01T00:00:00Z\" }}) {{ ...Stood }}
           later: contact(id: $id, asOf: {{ at: \"2101-01-01T00:00:00Z\" }}) {{ ...Stood }} }}"
    );
    let answer = app.ask_with(&acme, &ask, json!({ "id": id, "then": then, "linked": linked })).await;
    let roles = |at: &str| -> Vec<String> {
        let edges = answer.list(&format!("/{at}/organizations/edges"));
        edges.iter().map(|edge| edge["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(roles("then"), ["BILLING"]);
    assert_eq!(roles("linked"), ["BILLING", "EMERGENCY"]);
    assert_eq!(roles("now"), ["EMERGENCY"]);
    assert_eq!(answer.at("/later"), answer.at("/now"), "the log tells the present as the tables do");
    assert_eq!(answer.at("/then/phones"), answer.at("/now/phones"));
    assert_eq!(answer.at("/before"), &Value::Null);
    // With the rights of today: who does not see her now does not see her then.
    let stranger = app.ask_with(&Who::stranger(), &ask, json!({ "id": id, "then": then, "linked": linked })).await;
    assert_eq!(stranger.data(), &json!({ "now": null, "then": null, "linked": null, "before": null, "later": null }));
    // Nor does the past come to those who read no history.
    let clinician = Who { role: Role::Clinician, ..Who::acme_admin() };
    let then = format!("{{ contact(id: \"{id}\", asOf: {{ at: \"2101-01-01T00:00:00Z\" }}) {{ title }} }}");
    assert_eq!(app.ask(&clinician, &then).await.code(), "FORBIDDEN");
    let nobody = format!("{{ contact(id: \"{id}\", asOf: {{ position: \"now\" }}) {{ id }} }}");
    let refused = app.ask(&acme, &nobody).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
}

/// Whatever the log has told since, the present by the log is the present by the tables: for each contact and organization of the
/// demo, for each of its viewers.
#[tokio::test]
async fn the_present_by_the_log_is_the_present() {
    let app = App::demo().await;
    let contact = "fragment All on Contact { id version firstName lastName title department isActive createdAt updatedAt owner { id name }
        organizations(first: 200) { totalCount edges { type isPrimary linkedAt node { id name } } }
        phones(first: 200) { totalCount edges { isPrimary node { id number e164 label code { code } } } }
        emails(first: 200) { totalCount edges { isPrimary node { id address code { code } } } }
        addresses(first: 200) { totalCount edges { isPrimary type node { id label street1 city } } } primaryPhone { id } primaryEmail { id } }";
    let organization = "fragment All on Organization { id version name kind subdomain isActive
        contacts(first: 200) { totalCount edges { type isPrimary linkedAt node { id name title } } }
        phones(first: 200) { totalCount edges { isPrimary node { id number } } } emails(first: 200) { nodes { id address } }
        addresses(first: 200) { nodes { id label } } facilities(first: 200) { totalCount nodes { id name } }
        primaryContact(type: BILLING) { id } }";
    for who in [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger()] {
        for (noun, list, fragment) in
            [("contact", "contacts", contact), ("organization", "organizations", organization)]
        {
            let all = app.ask(&who, &format!("{{ {list}(first: 200) {{ nodes {{ id }} }} }}")).await;
            let ids: Vec<String> =
                all.list(&format!("/{list}/nodes")).iter().map(|n| n["id"].as_str().unwrap().to_owned()).collect();
            assert!(!ids.is_empty());
            for id in ids {
                let ask = format!(
                    "{fragment} {{ now: {noun}(id: \"{id}\") {{ ...All }} then: {noun}(id: \"{id}\", asOf: {{ at: \"2101-01-01T00:00:00Z\" }}) {{ ...All }} }}"
                );
                let answer = app.ask(&who, &ask).await;
                assert!(!answer.at("/now").is_null());
                assert_eq!(answer.at("/then"), answer.at("/now"), "{} {noun} {id}", who.name);
            }
        }
    }
}

#[tokio::test]
async fn the_past_is_told_one_step_far_and_never_mixed_with_the_present() {
    let narrow = DatabaseOptions { max_connections: 2, ..DatabaseOptions::default() };
    let app = App::demo_on(narrow).await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    let far = format!(
        "{{ contact(id: \"{jane}\", asOf: {{ at: \"2101-01-01T00:00:00Z\" }}) {{ organizations {{ nodes {{ contacts {{ nodes {{ id }} }} }} }} }} }}"
    );
    let refused = app.ask(&acme, &far).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
    assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("one step far"), "{:#}", refused.body);
    let many: Vec<String> = (0..5)
        .map(|at| format!("a{at}: contact(id: \"{jane}\", asOf: {{ at: \"2101-01-01T00:00:00Z\" }}) {{ id }}"))
        .collect();
    assert_eq!(app.ask(&acme, &format!("{{ {} }}", many.join(" "))).await.code(), "BAD_USER_INPUT");
    // The same statements on the same few connections, now and then in turn.
    for _ in 0..6 {
        let ask = |as_of: &str| {
            format!(
                "{{ contact(id: \"{jane}\"{as_of}) {{ organizations {{ totalCount edges {{ type node {{ name }} }} }} phones {{ nodes {{ number }} }} }} }}"
            )
        };
        let before = app.ask(&acme, &ask(", asOf: { at: \"2001-01-01T00:00:00Z\" }")).await;
        assert_eq!(before.at("/contact"), &Value::Null);
        let then = app.ask(&acme, &ask(", asOf: { at: \"2101-01-01T00:00:00Z\" }")).await;
        let now = app.ask(&acme, &ask("")).await;
        assert_eq!(then.at("/contact"), now.at("/contact"));
        assert!(now.at("/contact/organizations/totalCount").as_i64().unwrap() > 0);
    }
}
