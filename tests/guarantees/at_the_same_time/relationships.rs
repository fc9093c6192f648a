//! Rules that hold among several rows, under many who write at once: one primary contact, no day twice, no persona taken from under a
//! relationship. And the log's order is the order of the index.

use std::sync::Arc;

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use super::order_of_the_log::held_between;
use super::{at_once, count, proved};
use crate::support::{App, Who};

fn marta() -> Who {
    Who { name: "the school's admin", organization_id: ids::organization("lakeside"), ..Who::acme_admin() }
}

const START: &str = "mutation ($start: StudentGuardianStartInput!) { studentGuardianStart(studentGuardian: $start) { position userErrors { code } studentGuardian { id } } }";
const END: &str =
    "mutation ($id: UUID!, $on: Date!) { studentGuardianEnd(id: $id, endsOn: $on) { position userErrors { code } } }";

/// Somebody new with this persona.
async fn person(app: &App, persona: &str) -> Uuid {
    let id = Uuid::new_v4();
    let query = format!(
        "mutation {{ contactCreate(contact: {{ id: \"{id}\", allowDuplicate: true, firstName: \"A\", lastName: \"B\" }}) {{ userErrors {{ code field message }} }}
           contactGrantPersona(id: \"{id}\", persona: {persona}) {{ userErrors {{ code field message }} }} }}"
    );
    app.ask(&marta(), &query).await.done("contactGrantPersona");
    id
}

fn guardian(student: Uuid, guardian: Uuid, starts_on: &str, is_primary: bool) -> Value {
    json!({ "studentId": student, "guardianId": guardian, "label": "guardian", "startsOn": starts_on, "isPrimaryContact": is_primary })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_that_make_themselves_the_primary_contact_leave_one_a_day() {
    let app = Arc::new(App::demo().await);
    let mia = person(&app, "STUDENT").await;
    let mut guardians = Vec::new();
    for _ in 0..8 {
        guardians.push(person(&app, "GUARDIAN").await);
    }
    let answers = at_once(&app, 40, |at| {
        let month = at % 12 + 1;
        let start = guardian(mia, guardians[at % 8], &format!("2026-{month:02}-01"), true);
        (marta(), START.to_owned(), json!({ "start": start }))
    })
    .await;
    let mut done = 0;
    for answer in &answers {
        let errors = answer.at("/studentGuardianStart/userErrors");
        if errors == &json!([]) {
            done += 1;
        } else {
            assert_eq!(errors, &json!([{ "code": "OVERLAPS" }]));
        }
    }
    assert!(done >= 1, "somebody was first");
    let clashes = format!(
        "SELECT count(*) FROM student_guardian_relationships one JOIN student_guardian_relationships other ON other.student_id = one.student_id AND other.id > one.id
           AND daterange(one.starts_on, one.ends_on, '[]') && daterange(other.starts_on, other.ends_on, '[]')
           AND ((one.is_primary_contact AND other.is_primary_contact) OR one.guardian_id = other.guardian_id)
         WHERE one.student_id = '{mia}'"
    );
    assert_eq!(count(&app, &clashes).await, 0);
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_that_start_the_same_or_grant_the_same_leave_one() {
    let app = Arc::new(App::demo().await);
    let (mia, hana) = (person(&app, "STUDENT").await, person(&app, "GUARDIAN").await);
    let start = json!({ "start": guardian(mia, hana, "2026-01-01", false) });
    let answers = at_once(&app, 20, |_| (marta(), START.to_owned(), start.clone())).await;
    let done = answers.iter().filter(|answer| answer.at("/studentGuardianStart/userErrors") == &json!([])).count();
    let overlaps = json!([{ "code": "OVERLAPS" }]);
    let refused = answers.iter().filter(|answer| answer.at("/studentGuardianStart/userErrors") == &overlaps).count();
    assert_eq!((done, refused), (1, 19));
    let grant = format!(
        "mutation {{ contactGrantPersona(id: \"{mia}\", persona: STAFF) {{ position userErrors {{ code }} }} }}"
    );
    let answers = at_once(&app, 20, |_| (marta(), grant.clone(), json!({}))).await;
    let written = answers.iter().filter(|answer| !answer.at("/contactGrantPersona/position").is_null()).count();
    assert_eq!(written, 1);
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_persona_is_revoked_from_under_a_relationship() {
    let app = Arc::new(App::demo().await);
    for _ in 0..6 {
        let (mia, hana) = (person(&app, "STUDENT").await, person(&app, "GUARDIAN").await);
        let revoke = format!(
            "mutation {{ contactRevokePersona(id: \"{hana}\", persona: GUARDIAN) {{ position userErrors {{ code }} }} }}"
        );
        let start = json!({ "start": guardian(mia, hana, "2026-01-01", true) });
        let answers = at_once(&app, 2, |at| match at {
            0 => (marta(), START.to_owned(), start.clone()),
            _ => (marta(), revoke.clone(), json!({})),
        })
        .await;
        let code = |at: usize, mutation: &str| {
            let code = answers[at].data().pointer(&format!("/{mutation}/userErrors/0/code"));
            code.and_then(Value::as_str).map(str::to_owned)
        };
        let codes = (code(0, "studentGuardianStart"), code(1, "contactRevokePersona"));
        let of = |code: &str| Some(code.to_owned());
        assert!(codes == (None, of("IN_USE")) || codes == (of("INVALID"), None), "{codes:?}");
    }
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ends_voids_and_hand_overs_of_one_row_at_once_leave_a_sound_family() {
    let app = Arc::new(App::demo().await);
    for _ in 0..4 {
        let mia = person(&app, "STUDENT").await;
        let (hana, yuna) = (person(&app, "GUARDIAN").await, person(&app, "GUARDIAN").await);
        let start = json!({ "start": guardian(mia, hana, "2026-01-01", true) });
        let made = app.ask_with(&marta(), START, start).await;
        let id = made.at("/studentGuardianStart/studentGuardian/id").clone();
        let void = "mutation ($id: UUID!) { studentGuardianVoid(id: $id, reason: \"a slip\") { position userErrors { code } } }";
        let answers = at_once(&app, 6, |at| match at {
            0 => (marta(), END.to_owned(), json!({ "id": id, "on": "2026-05-31" })),
            1 => (marta(), void.to_owned(), json!({ "id": id })),
            _ => {
                let mut next = guardian(mia, yuna, &format!("2026-0{}-01", at + 1), true);
                next["replaces"] = id.clone();
                (marta(), START.to_owned(), json!({ "start": next }))
            }
        })
        .await;
        for answer in &answers {
            assert!(answer.body["errors"].is_null(), "{:#}", answer.body);
        }
    }
    proved(&app).await;
}

/// Two who do not know of each other: the one gives days up, the other takes them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_days_over_stands_behind_their_end() {
    let app = Arc::new(App::demo().await);
    let mia = person(&app, "STUDENT").await;
    let (hana, yuna) = (person(&app, "GUARDIAN").await, person(&app, "GUARDIAN").await);
    let start = json!({ "start": guardian(mia, hana, "2026-01-01", true) });
    let made = app.ask_with(&marta(), START, start).await;
    let id: Uuid = made.at("/studentGuardianStart/studentGuardian/id").as_str().unwrap().parse().unwrap();
    // The first stands between its event and its row, which somebody holds; the second wants the days that it gives up.
    let end = ("studentGuardianEnd".to_owned(), END.to_owned(), json!({ "id": id, "on": "2026-05-31" }));
    let next = json!({ "start": guardian(mia, yuna, "2026-06-01", true) });
    let take = ("studentGuardianStart".to_owned(), START.to_owned(), next);
    let held = ("student_guardian_relationships", id);
    let (first, second) = held_between(&app, held, (&marta(), end), (&marta(), take)).await;
    first.done("studentGuardianEnd");
    second.done("studentGuardianStart");
    // It came second and found the days free: one event, no demotion.
    let after = format!("SELECT count(*) FROM student_guardian_relationships WHERE student_id = '{mia}'");
    assert_eq!(count(&app, &after).await, 2);
    proved(&app).await;
}
