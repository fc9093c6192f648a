//! A phone that more people hold than locks are taken one by one: it is corrected for all of them, and nobody writes meanwhile.

use std::sync::Arc;

use liaison_domain::replay::Steward;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use super::order_of_the_log::{begin, done, until_waiting};
use super::{change, count};
use crate::support::{App, Who};

/// More than are locked one by one (`session::lock`).
const HOLDERS: u32 = 1_001;

/// A switchboard, and how many have it. The log tells of them as it does of the one who was given it, so the tables follow.
async fn switchboard(app: &App) -> (Uuid, i64) {
    let (ada, line, owner) = (Who::super_admin(), Uuid::new_v4(), ids::organization("acme"));
    let first = Uuid::new_v4();
    let phone = format!("phone: {{ id: \"{line}\", number: \"+1 630 555 0170\", code: \"office\" }}");
    done(app, &ada, change("phoneCreate", &phone)).await;
    let person = format!(
        "contact: {{ id: \"{first}\", firstName: \"One\", lastName: \"Many\", ownerOrganizationId: \"{owner}\" }}"
    );
    done(app, &ada, change("contactCreate", &person)).await;
    done(app, &ada, change("phoneLink", &format!("phoneId: \"{line}\", to: {{ contactId: \"{first}\" }}"))).await;
    let another = |event: &str, stream_id: &str, data: &str| {
        format!(
            "INSERT INTO domain_events (id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
             SELECT gen_random_uuid(), e.stream_type, {stream_id}, 1, e.event_type, {data}, e.metadata, e.recorded_at
             FROM domain_events e, generate_series(1, {HOLDERS}) AS g (n)
             WHERE e.event_type = '{event}' AND '{first}' IN (e.stream_id::text, e.data->>'contact_id');"
        )
    };
    let whose = format!("md5('holder ' || n || '{first}')::uuid");
    let made = another("contact.created", &whose, "e.data || jsonb_build_object('first_name', 'Number ' || n)");
    let held = format!("e.data || jsonb_build_object('contact_id', {whose})");
    let linked = another("contact.phone.linked", "gen_random_uuid()", &held);
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    owner.execute(AssertSqlSafe(made + &linked)).await.unwrap();
    let steward = Steward::open(app.owner()).await.unwrap();
    steward.rebuild().await.unwrap();
    steward.close().await;
    (line, i64::from(HOLDERS) + 1)
}

fn having(line: Uuid, number: &str) -> String {
    format!("SELECT count(*) FROM contact_phones WHERE phone_id = '{line}' AND match_key LIKE '%{number}'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_a_thousand_hold_is_corrected_for_all() {
    let app = App::demo().await;
    let (line, holders) = switchboard(&app).await;
    let ada = Who::super_admin();
    assert_eq!(count(&app, &having(line, "0170")).await, holders);
    let corrected = format!("id: \"{line}\", phone: {{ number: \"+1 630 555 0171\" }}");
    done(&app, &ada, change("phoneUpdate", &format!("{corrected}, dryRun: true"))).await;
    assert_eq!(count(&app, &having(line, "0170")).await, holders, "a rehearsal leaves nothing");
    // The key is held behind everything else; the second request has the first one's answer.
    let mut answers = Vec::new();
    for _ in 0..2 {
        let (_, query, _) = change("phoneUpdate", &corrected);
        let request = app.client().post(format!("{}/graphql", app.url())).bearer_auth(app.token(&ada));
        let request = request.header("idempotency-key", "corrected-once").json(&json!({ "query": query }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["phoneUpdate"]["userErrors"], json!([]), "{answer:#}");
        answers.push(answer["data"].clone());
    }
    assert!(answers[0]["phoneUpdate"]["position"].is_string(), "{answers:?}");
    assert_eq!(answers[0], answers[1]);
    assert_eq!(count(&app, &having(line, "0171")).await, holders);
    app.is_proved().await;
    done(&app, &ada, change("phoneDelete", &format!("id: \"{line}\""))).await;
    assert_eq!(count(&app, &format!("{} AND unlinked_at IS NULL", having(line, "0171"))).await, 0);
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_changes_what_a_thousand_hold_waits_for_who_writes_and_who_writes_then_waits() {
    let app = Arc::new(App::demo().await);
    let (line, holders) = switchboard(&app).await;
    let (ada, jane, john) = (Who::super_admin(), ids::contact("Jane Doe"), ids::contact("John Doe"));
    let title = |id: Uuid| change("contactUpdate", &format!("id: \"{id}\", contact: {{ title: \"Director\" }}"));
    let moves = change("phoneUpdate", &format!("id: \"{line}\", phone: {{ number: \"+1 630 555 0172\" }}"));

    let mut holder = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    let row = format!("SELECT FROM contacts_projection WHERE id = '{jane}' FOR UPDATE");
    held.execute(AssertSqlSafe(row)).await.unwrap();
    // The first writes already, and has nothing to do with the line; the last comes when the second wants everything.
    let first = begin(&app, (&ada, title(jane)));
    until_waiting(&app, 1, || first.is_finished()).await;
    let second = begin(&app, (&ada, moves));
    until_waiting(&app, 2, || second.is_finished()).await;
    assert!(!second.is_finished(), "who changes the line waits for whoever writes: {:?}", second.await);
    let third = begin(&app, (&ada, title(john)));
    until_waiting(&app, 3, || third.is_finished()).await;
    assert!(!third.is_finished(), "who comes then waits for both: {:?}", third.await);
    held.commit().await.unwrap();

    first.await.unwrap().done("contactUpdate");
    second.await.unwrap().done("phoneUpdate");
    third.await.unwrap().done("contactUpdate");
    assert_eq!(count(&app, &having(line, "0172")).await, holders);
    app.is_proved().await;
}
