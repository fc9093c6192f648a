//! I4: replaying the log into empty tables gives the same tables; a row changed by hand is found and named; rebuilding mends it.

use liaison_domain::replay::{PROJECTIONS, Steward, Verdict};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::access_matrix::scene;
use crate::support::{App, Who};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_data_is_what_its_events_say() {
    let app = App::demo().await;
    let steward = Steward::open(app.owner()).await.unwrap();
    let verdict = steward.verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { events, .. } if events > 250), "{verdict:?}");
}

/// What kind of damage somebody does by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    Changed,
    Removed,
    Doubled,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_changed_by_hand_is_found_and_named_in_every_projection_that_has_rows() {
    let app = App::demo().await;
    scene::set(&app).await;
    let steward = Steward::open(app.owner()).await.unwrap();
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut tried = 0;
    for table in PROJECTIONS {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut owner)
            .await
            .unwrap();
        if rows == 0 {
            continue;
        }
        tried += 1;
        let (key, change, column) = damage(table);
        let keys: Value = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT jsonb_build_object({}) FROM {table} ORDER BY {key} DESC LIMIT 1",
            key.split(", ").map(|column| format!("'{column}', {column}")).collect::<Vec<_>>().join(", ")
        )))
        .fetch_one(&mut owner)
        .await
        .unwrap();
        let this = key
            .split(", ")
            .map(|column| format!("{column} = '{}'", keys[column].as_str().unwrap()))
            .collect::<Vec<_>>()
            .join(" AND ");
        for damage in [Damage::Changed, Damage::Removed, Damage::Doubled] {
            if change.is_empty() && matches!(damage, Damage::Changed) {
                continue;
            }
            let statement = match damage {
                Damage::Changed => format!("UPDATE {table} SET {change} WHERE {this}"),
                Damage::Removed => format!("DELETE FROM {table} WHERE {this}"),
                Damage::Doubled if key != "id" => format!(
                    "INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object('{}', '00000000-0000-4000-8000-00000000beef'))).* FROM {table} r WHERE {this}",
                    key.split(", ").next().unwrap()
                ),
                // Closed at once where only one may be open; a code and a subdomain need a spelling of their own.
                Damage::Doubled => format!(
                    "INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object('id', '00000000-0000-4000-8000-00000000beef')
                       || CASE WHEN to_jsonb(r) ? 'unlinked_at' THEN jsonb_build_object('unlinked_at', '2099-01-01T00:00:00Z', 'unlinked_by', 'x') ELSE '{{}}' END
                       || CASE WHEN to_jsonb(r) ? 'revoked_at' THEN jsonb_build_object('revoked_at', '2099-01-01T00:00:00Z') ELSE '{{}}' END
                       || CASE WHEN to_jsonb(r) ? 'subdomain' THEN '{{\"subdomain\": \"beef\"}}'::jsonb ELSE '{{}}' END
                       || CASE WHEN to_jsonb(r) ? 'external_id' THEN '{{\"external_id\": \"beef\"}}'::jsonb ELSE '{{}}' END
                       || CASE WHEN to_jsonb(r) ? 'code' THEN '{{\"code\": \"beef\"}}'::jsonb ELSE '{{}}' END)).* FROM {table} r WHERE {this}"
                ),
            };
            // A replica's session: the keys that point here do not stand in the way of somebody with a mind to it.
            owner.execute("BEGIN").await.unwrap();
            drop_references(&mut owner, table).await;
            let done = owner
                .execute(AssertSqlSafe(statement.clone()))
                .await
                .unwrap_or_else(|error| panic!("{statement}: {error}"));
            assert_eq!(done.rows_affected(), 1, "{statement}");
            owner.execute("COMMIT").await.unwrap();
            let Verdict::Differs(difference) = steward.verify().await.unwrap() else {
                panic!("{damage:?} in {table} was not found")
            };
            assert_eq!(difference.table, table, "{damage:?}: {difference}");
            let named: Value = serde_json::from_str(&difference.key).unwrap();
            match damage {
                Damage::Changed => {
                    assert_eq!(named, keys, "{difference}");
                    assert_eq!(difference.columns, [column], "{difference}");
                }
                Damage::Removed => {
                    assert_eq!(named, keys, "{difference}");
                    assert_eq!(
                        (difference.live.is_none(), difference.replayed.is_some()),
                        (true, true),
                        "{difference}"
                    );
                }
                Damage::Doubled => {
                    assert!(difference.key.contains("beef"), "{difference}");
                    assert_eq!(
                        (difference.live.is_some(), difference.replayed.is_none()),
                        (true, true),
                        "{difference}"
                    );
                }
            }
            assert!(difference.to_string().contains(table));
            steward.rebuild().await.unwrap();
            let mended = steward.verify().await.unwrap();
            assert!(matches!(mended, Verdict::Proved { .. }), "{damage:?} in {table} was not mended: {mended:?}");
        }
    }
    assert!(tried >= 15, "{tried} projections have rows in the scene");
    // And the server goes on with the rebuilt tables.
    assert_eq!(
        app.ask(&Who::acme_admin(), "{ viewer { organization { name } } }").await.at("/viewer/organization/name"),
        "Acme Healthcare"
    );
}

/// The key of a table, a change of one column that no constraint refuses, and that column.
fn damage(table: &str) -> (&'static str, &'static str, &'static str) {
    match table {
        "contact_sights" => ("organization_id, contact_id", "sort_name = sort_name || 'x'", "sort_name"),
        // Nothing but its key: it can be missing or too many, not different.
        "method_sights" => ("organization_id, method_id", "", ""),
        "contact_search" => ("contact_id", "document = document || 'x'", "document"),
        "organization_search" => ("organization_id", "names = names || 'x'", "names"),
        "contact_cards" => ("contact_id", "emails = emails || '\\x00'", "emails"),
        "contact_profiles" => ("contact_id", "keys = keys || 1::bigint", "keys"),
        "duplicate_dismissals" => ("id", "reason = reason || 'x'", "reason"),
        "contacts_projection" => ("id", "last_name = last_name || 'x'", "last_name"),
        "organizations_projection" | "facilities_projection" => ("id", "name = name || 'x'", "name"),
        "phones_projection" | "emails_projection" | "addresses_projection" => ("id", "label = 'x'", "label"),
        "phone_codes" | "email_codes" => ("id", "label = label || 'x'", "label"),
        "method_verifications" => ("method_id", "tries_left = 0", "tries_left"),
        "contact_external_ids" => ("id", "assigned_by = assigned_by || 'x'", "assigned_by"),
        "communications" => ("id", "summary = 'x'", "summary"),
        "referrals" => ("id", "notes = 'x'", "notes"),
        "sms_opt_outs" => ("e164", "opted_out_at = opted_out_at - interval '1 day'", "opted_out_at"),
        "contact_personas" => ("id", "granted_by = granted_by || 'x'", "granted_by"),
        "student_relationships" | "student_guardian_relationships" => {
            ("id", "relationship_label = relationship_label || 'x'", "relationship_label")
        }
        "staff_assignments" => ("id", "voided_by = 'x'", "voided_by"),
        // What open links repeat is proved with them.
        "contact_phones" => ("id", "phone_label = coalesce(phone_label, '') || 'x'", "phone_label"),
        "organization_contacts" => ("id", "contact_title = coalesce(contact_title, '') || 'x'", "contact_title"),
        _ => ("id", "linked_by = linked_by || 'x'", "linked_by"),
    }
}

/// The foreign keys that lead to a table, and its checks that a doubled row would break, go: they protect the rows, and this test is
/// about what finds damage when they did not.
async fn drop_references(owner: &mut PgConnection, table: &str) {
    let constraints: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text FROM pg_constraint WHERE contype = 'f' AND (confrelid = $1::regclass OR conrelid = $1::regclass)",
    )
    .bind(table)
    .fetch_all(&mut *owner)
    .await
    .unwrap();
    for (on, name) in constraints {
        owner.execute(AssertSqlSafe(format!("ALTER TABLE {on} DROP CONSTRAINT {name}"))).await.unwrap();
    }
    let exclusions: Vec<String> =
        sqlx::query_scalar("SELECT conname::text FROM pg_constraint WHERE contype = 'x' AND conrelid = $1::regclass")
            .bind(table)
            .fetch_all(&mut *owner)
            .await
            .unwrap();
    for name in exclusions {
        owner.execute(AssertSqlSafe(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))).await.unwrap();
    }
}

/// Verifying needs no quiet: it reads one snapshot while others write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn verifying_and_rebuilding_while_others_write_finds_nothing_wrong() {
    let app = std::sync::Arc::new(App::demo().await);
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (app, stop) = (app.clone(), stop.clone());
            tokio::spawn(async move {
                let mut written = 0;
                let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { message } } }";
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let phone = json!({ "phone": { "create": { "number": format!("+1 309 55{writer} {written:04}") } } });
                    let role = json!({ "type": "STAKEHOLDER", "isPrimary": true });
                    let contact = json!({ "allowDuplicate": true, "firstName": "W", "lastName": format!("{writer}-{written}"), "phones": [phone], "organizations": [role] });
                    let made = app.ask_with(&Who::acme_admin(), create, json!({ "contact": contact })).await;
                    let id = made.at("/contactCreate/contact/id").clone();
                    let unlink = "mutation ($id: UUID!) { contactUnlink(contactId: $id) { userErrors { message } } }";
                    if written % 2 == 0 {
                        app.ask_with(&Who::acme_admin(), unlink, json!({ "id": id })).await.data();
                    }
                    written += 1;
                }
                written
            })
        })
        .collect();
    let steward = Steward::open(app.owner()).await.unwrap();
    let mut events_seen = Vec::new();
    for round in 0..4 {
        let Verdict::Proved { events, .. } = steward.verify().await.unwrap() else {
            panic!("a difference while others write")
        };
        events_seen.push(events);
        if round == 1 {
            steward.rebuild().await.unwrap();
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    assert!(written > 10, "{written} writes beside it");
    assert!(events_seen.windows(2).all(|pair| pair[0] < pair[1]), "others wrote between the rounds: {events_seen:?}");
    assert!(matches!(steward.verify().await.unwrap(), Verdict::Proved { .. }));
}
