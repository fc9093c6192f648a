//! People to be merged, with everything that can name a person; and the rows behind them. It writes through the API only.

use std::collections::BTreeMap;

use liaison_server::demo::ids;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{App, Who};

/// Two records of one person, and a third person whom both have to do with. All are Acme's and of its books.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Who stays.
    pub survivor: Uuid,
    /// Who goes.
    pub duplicate: Uuid,
    /// The third.
    pub third: Uuid,
}

/// A row behind the API: its table, its id and its columns.
pub type Rows = BTreeMap<(String, Uuid), Map<String, Value>>;

/// Runs one mutation, written out; its payload with these fields more. It must be done.
pub async fn call(app: &App, who: &Who, call: &str, select: &str) -> Value {
    let query = format!("mutation {{ it: {call} {{ position {select} userErrors {{ code field message }} }} }}");
    app.ask(who, &query).await.done("it").clone()
}

/// As [`call`], done or refused: the code of the refusal.
pub async fn attempt(app: &App, who: &Who, call: &str) -> Option<String> {
    let query = format!("mutation {{ it: {call} {{ position userErrors {{ code field message }} }} }}");
    let answer = app.ask(who, &query).await;
    answer.at("/it/userErrors").get(0).map(|error| error["code"].as_str().unwrap_or_default().to_owned())
}

/// Makes somebody of Acme's who is student, guardian and staff there.
pub async fn person(app: &App, first_name: &str, last_name: &str) -> Uuid {
    let id = Uuid::new_v4();
    let acme = Who::acme_admin();
    call(
        app,
        &acme,
        &format!("contactCreate(contact: {{id: \"{id}\", firstName: \"{first_name}\", lastName: \"{last_name}\"}})"),
        "",
    )
    .await;
    for persona in ["STUDENT", "GUARDIAN", "STAFF"] {
        call(app, &acme, &format!("contactGrantPersona(id: \"{id}\", persona: {persona})"), "").await;
    }
    id
}

/// Three people with nothing but their personas.
pub async fn pair(app: &App) -> Pair {
    let mark = Uuid::new_v4().simple().to_string();
    Pair {
        survivor: person(app, "Survivor", &format!("Sq{}", &mark[..8])).await,
        duplicate: person(app, "Duplicate", &format!("Dq{}", &mark[8..16])).await,
        third: person(app, "Third", &format!("Tq{}", &mark[16..24])).await,
    }
}

/// Gives somebody one of everything that names a person.
pub async fn furnish(app: &App, id: Uuid, third: Uuid) {
    let (acme, mark) = (Who::acme_admin(), Uuid::new_v4());
    let digits = mark.as_u128() % 10_000;
    hold(app, id, "phone", &format!("number: \"+1 312 {:03} {digits:04}\"", 200 + (mark.as_u128() >> 32) % 700)).await;
    hold(app, id, "email", &format!("address: \"{}@example.com\"", mark.simple())).await;
    hold(app, id, "address", &format!("type: PHYSICAL, street1: \"{digits} Elm St\", city: \"Joliet\"")).await;
    let since = "startsOn: \"2025-01-01\"";
    for written in [
        format!("contactLink(contactId: \"{id}\", link: {{type: BILLING}})"),
        format!(
            "contactExternalIdAssign(contactId: \"{id}\", externalId: {{sourceSystem: \"books\", externalId: \"{mark}\"}})"
        ),
        format!("communicationRecord(communication: {{contactId: \"{id}\", channel: IN_PERSON, direction: OUTBOUND}})"),
        format!(
            "studentRelationshipStart(studentRelationship: {{studentId: \"{id}\", relatedStudentId: \"{third}\", label: \"twin of {digits}\", {since}}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{id}\", guardianId: \"{third}\", label: \"aunt\", {since}, isPrimaryContact: true}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{third}\", guardianId: \"{id}\", label: \"uncle {digits}\", {since}}})"
        ),
        format!(
            "staffAssignmentStart(staffAssignment: {{staffId: \"{id}\", workplace: {{organizationId: \"{}\"}}, {since}, isPrimary: true}})",
            acme.organization_id
        ),
    ] {
        call(app, &acme, &written, "").await;
    }
    let hillside = ids::organization("hillside");
    let recorder = Who { organization_id: acme.organization_id, ..Who::super_admin() };
    call(app, &recorder, &format!("referralCreate(referral: {{providerId: \"{hillside}\", contactId: \"{id}\", clientReference: \"c-{digits}\"}})"), "").await;
}

/// Makes a method with these fields and links it to somebody; its id.
pub async fn hold(app: &App, owner: Uuid, noun: &str, fields: &str) -> Uuid {
    let (acme, id) = (Who::acme_admin(), Uuid::new_v4());
    call(app, &acme, &format!("{noun}Create({noun}: {{id: \"{id}\", {fields}}})"), "").await;
    call(app, &acme, &format!("{noun}Link({noun}Id: \"{id}\", to: {{contactId: \"{owner}\"}})"), "").await;
    id
}

/// Merges them; the id of the merge.
pub async fn merge(app: &App, survivor: Uuid, duplicate: Uuid) -> Uuid {
    let done = call(
        app,
        &Who::super_admin(),
        &format!("contactMerge(survivorId: \"{survivor}\", duplicateIds: [\"{duplicate}\"])"),
        "merges { id }",
    )
    .await;
    done["merges"][0]["id"].as_str().and_then(|id| id.parse().ok()).expect("a merge")
}

/// Takes a merge back: what was left.
pub async fn undo(app: &App, merge: Uuid) -> Vec<Value> {
    let done = call(
        app,
        &Who::super_admin(),
        &format!("contactMergeUndo(mergeId: \"{merge}\")"),
        "left { kind id name reason }",
    )
    .await;
    done["left"].as_array().cloned().expect("what was left")
}

/// What roles repeat of a person's own row: it follows whoever the role is of, and is held against that row by `verify`.
const REPEATED: &str = "contact_first_name,contact_last_name,contact_title,contact_department,contact_preferred_method,\
contact_do_not_contact,contact_created_at,contact_updated_at,contact_version";

/// Every row of the tables that follow a merge which names one of these people, without what it repeats of them.
pub async fn rows(app: &App, people: &[Uuid]) -> Rows {
    let list = people.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (table, column) in liaison_domain::contact::moved_columns() {
        tables.entry(table).or_default().push(column);
    }
    let selects: Vec<String> = tables
        .iter()
        .map(|(table, columns)| {
            let named = columns.iter().map(|column| format!("t.{column} IN ({list})")).collect::<Vec<_>>().join(" OR ");
            format!(
                "SELECT '{table}' AS name, to_jsonb(t) - '{{{REPEATED}}}'::text[] AS told FROM {table} t WHERE {named}"
            )
        })
        .collect();
    let found = app.behind(&selects.join(" UNION ALL ")).await;
    found
        .into_iter()
        .map(|row| {
            let told = row["told"].as_object().cloned().expect("a row");
            let id = told["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
            ((row["name"].as_str().unwrap_or_default().to_owned(), id), told)
        })
        .collect()
}

/// Somebody's own row, without what counts changes.
pub async fn own_row(app: &App, id: Uuid) -> Value {
    let mut row = app.behind(&format!("SELECT * FROM contacts_projection WHERE id = '{id}'")).await.remove(0);
    for column in ["version", "updated_at"] {
        if let Some(row) = row.as_object_mut() {
            row.remove(column);
        }
    }
    row
}
