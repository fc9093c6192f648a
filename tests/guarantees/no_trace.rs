//! I5: a recorded event is never edited, not even by the owner of its table. That a refused command leaves no trace is tried with
//! every mutation and every refusal in the access matrix; here are the refusals that come from the database itself.

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::change::trace;
use crate::support::{App, Who};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_refuses_its_own_owner() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let count = "SELECT count(*) || ' ' || sum(hashtextextended(e::text, 0)) FROM domain_events e";
    let before: String = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    for change in [
        "UPDATE event_subjects SET subject_id = subject_id",
        "DELETE FROM event_subjects",
        "TRUNCATE event_subjects",
        "TRUNCATE sight_losses",
        "UPDATE domain_events SET data = '{}'",
        "UPDATE domain_events SET recorded_at = recorded_at WHERE false OR stream_version = 1",
        "DELETE FROM domain_events",
        "TRUNCATE domain_events",
        "TRUNCATE domain_events CASCADE",
        "INSERT INTO domain_events (id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
         SELECT id, stream_type, stream_id, stream_version, event_type, '{}', metadata, recorded_at FROM domain_events LIMIT 1",
        "INSERT INTO domain_events (id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
         SELECT id, stream_type, stream_id, stream_version, event_type, '{}', metadata, recorded_at FROM domain_events LIMIT 1
         ON CONFLICT (id) DO UPDATE SET data = excluded.data",
    ] {
        let refused = owner.execute(change).await.expect_err(change);
        let code = refused.as_database_error().and_then(|error| error.code()).map(String::from).unwrap_or_default();
        assert!(["23001", "23505"].contains(&code.as_str()), "{change}: {code} {refused}");
    }
    let after: String = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    assert_eq!(before, after);
}

/// The refusals that only the last statement finds: everything before it is undone with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_at_its_last_part_leaves_nothing_of_its_first() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let before = trace(&mut owner).await;
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position contact { id } userErrors { code } } }";
    let taken = liaison_server::demo::ids::phone("Jane Doe mobile");
    let phone = |number: &str| json!({ "phone": { "create": { "number": number } } });
    for (contact, code) in [
        // The same line twice under one code: found by a unique index, after the contact and both phones were written.
        (
            json!({ "firstName": "A", "lastName": "B", "phones": [phone("+1 217 555 0001"), phone("(217) 555-0001")] }),
            "METHOD_TAKEN",
        ),
        (
            json!({ "firstName": "A", "lastName": "B", "phones": [phone("+1 217 555 0001"), { "phone": { "create": { "id": taken, "number": "+1 217 555 0002" } } }] }),
            "ID_TAKEN",
        ),
        (
            json!({ "firstName": "A", "lastName": "B", "organizations": [{ "type": "BILLING" }, { "type": "BILLING", "organizationId": uuid::Uuid::new_v4() }] }),
            "NOT_FOUND",
        ),
        (json!({ "firstName": "A", "lastName": "B", "phones": [phone("+1 217 555 0001"), phone(" ")] }), "INVALID"),
    ] {
        let answer = app.ask_with(&Who::acme_admin(), create, json!({ "contact": contact })).await;
        assert_eq!(
            answer.at("/contactCreate"),
            &json!({ "position": null, "contact": null, "userErrors": [{ "code": code }] })
        );
        assert_eq!(trace(&mut owner).await, before, "{code} left a trace");
    }
    // What is repeated changes nothing either.
    let link = format!(
        "mutation {{ contactLink(contactId: \"{}\", link: {{ type: BILLING, isPrimary: true }}) {{ position userErrors {{ code }} }} }}",
        liaison_server::demo::ids::contact("Jane Doe")
    );
    assert_eq!(
        app.ask(&Who::acme_admin(), &link).await.at("/contactLink"),
        &json!({ "position": null, "userErrors": [] })
    );
    assert_eq!(trace(&mut owner).await, before);
}
