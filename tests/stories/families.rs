//! ADR 0009: who is whose guardian, sibling and teacher, from one day to another. Rows end and begin and are never overwritten; what was
//! agreed stands beside what holds, and nobody but the school sees any of it.

mod guardians;
mod persons;
mod refusals;
mod staff;

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, App, Who};

/// The school's administrator.
fn marta() -> Who {
    Who { name: "the school's admin", organization_id: ids::organization("lakeside"), ..Who::acme_admin() }
}

const OBJECTS: [(&str, &str); 3] = [
    ("studentRelationshipStart", "studentRelationship"),
    ("studentGuardianStart", "studentGuardian"),
    ("staffAssignmentStart", "staffAssignment"),
];

/// Starts something, for a reason.
async fn start(app: &App, who: &Who, mutation: &str, start: Value) -> Answer {
    let (_, object) = OBJECTS.into_iter().find(|(name, _)| *name == mutation).unwrap();
    let of = object[..1].to_uppercase() + &object[1..];
    let query = format!(
        "mutation ($start: {of}StartInput!) {{ {mutation}({object}: $start, reason: \"as agreed\") {{
           {object} {{ id version status startsOn endsOn }} position changes {{ type }} userErrors {{ code field message }} }} }}"
    );
    let mut answer = app.ask_with(who, &query, json!({ "start": start })).await;
    // Of a refusal there is nothing to tell.
    if let Some(payload) = answer.body.pointer_mut(&format!("/data/{mutation}")).and_then(Value::as_object_mut) {
        payload.retain(|name, value| !(name == "changes" && value == &json!([])));
    }
    answer
}

/// Starts something that is done; its id.
async fn started(app: &App, who: &Who, mutation: &str, what: Value) -> Uuid {
    let answer = start(app, who, mutation, what).await;
    let (_, object) = OBJECTS.into_iter().find(|(name, _)| *name == mutation).unwrap();
    answer.done(mutation)[object]["id"].as_str().unwrap().parse().unwrap()
}

/// Somebody new with these personas.
async fn person(app: &App, who: &Who, first_name: &str, personas: &[&str]) -> Uuid {
    let id = Uuid::new_v4();
    let query = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { code field message } } }";
    let contact = json!({ "id": id, "allowDuplicate": true, "firstName": first_name, "lastName": "Miller" });
    app.ask_with(who, query, json!({ "contact": contact })).await.done("contactCreate");
    for persona in personas {
        grant(app, who, id, persona).await;
    }
    id
}

async fn grant(app: &App, who: &Who, id: Uuid, persona: &str) {
    let call = format!("contactGrantPersona(id: \"{id}\", persona: {persona})");
    app.ask(who, &format!("mutation {{ {call} {{ userErrors {{ code field message }} }} }}"))
        .await
        .done("contactGrantPersona");
}

/// Runs one mutation that takes an id: `studentGuardianEnd(id: …, endsOn: …)`.
async fn change(app: &App, who: &Who, name: &str, arguments: &str) -> Answer {
    app.ask(who, &format!("mutation {{ {name}({arguments}) {{ position userErrors {{ code field message }} }} }}"))
        .await
}

/// The guardians of a student on a day: who, as what, whether called first.
async fn guardians_on(app: &App, who: &Who, student: Uuid, on: &str) -> Vec<(String, String, bool)> {
    let query = "query ($id: UUID!, $on: Date) { contact(id: $id) { guardians(onDate: $on) { totalCount edges { status label isPrimaryContact node { firstName } } } } }";
    let answer = app.ask_with(who, query, json!({ "id": student, "on": on })).await;
    let edges = answer.list("/contact/guardians/edges");
    assert_eq!(answer.at("/contact/guardians/totalCount"), &json!(edges.len()));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    edges
        .iter()
        .map(|edge| {
            assert_eq!(edge["status"], "ACTIVE", "on {on}");
            (text(&edge["node"]["firstName"]), text(&edge["label"]), edge["isPrimaryContact"] == json!(true))
        })
        .collect()
}

fn told(rows: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
    rows.iter().map(|(who, label, primary)| ((*who).to_owned(), (*label).to_owned(), *primary)).collect()
}
