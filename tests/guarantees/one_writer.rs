//! I3: no projection row changes but in `apply`. The grants hold it in the database, the sources hold it in the code.

use liaison_domain::replay::PROJECTIONS;
use sqlx::{Connection, PgConnection};

use super::arrows::sources;
use crate::support::App;

/// The words that change rows.
const CHANGES: [&str; 7] =
    ["INSERT INTO", "UPDATE {", "UPDATE contact", "DELETE FROM", "TRUNCATE", "insert_many", "exec_without_returning"];

#[test]
fn statements_that_change_rows_stand_in_the_projector_only() {
    // The store and what it applies: links, and the read models that follow from them. `replay` swaps whole tables, as their owner.
    let projector = [
        "crates/domain/src/store.rs",
        "crates/domain/src/sights.rs",
        "crates/domain/src/search/keep.rs",
        "crates/domain/src/candidate/keep.rs",
        "crates/domain/src/contact/card.rs",
        "crates/domain/src/link.rs",
        "crates/domain/src/link/repeats.rs",
        "crates/domain/src/verification/projection.rs",
        "crates/domain/src/phone/consent.rs",
        "crates/domain/src/contact/persona/projection.rs",
        "crates/domain/src/contact/merge/projection.rs",
        "crates/domain/src/replay.rs",
        // No projection: tables of one transaction's own, for a moment of the past.
        "crates/domain/src/history/as_of.rs",
        // No projection: files that came in, and how far their rows have come.
        "crates/domain/src/import/writing.rs",
        // No projection: the answers that idempotency keys replay.
        "crates/domain/src/session/receipt.rs",
        // No projection: how far files have come in.
        "crates/domain/src/import/job.rs",
        // No projection: which pairs were found, and who waits to be compared. A scan finds them again.
        "crates/domain/src/candidate/writing.rs",
        // No projection: pairs that were found, which a dismissal marks.
        "crates/domain/src/candidate/dismiss.rs",
    ];
    let mut found = Vec::new();
    for folder in ["crates/entity/src", "crates/domain/src", "crates/graphql/src"] {
        for (name, code) in sources(folder).into_iter().filter(|(name, _)| !projector.contains(&name.as_str())) {
            for (at, line) in code.lines().enumerate() {
                let changes = CHANGES.iter().any(|word| line.contains(word));
                // The nouns' `apply_…` hand whole rows to the store.
                if changes || line.contains(".save(") || line.contains(".delete(") || line.contains("update_many") {
                    found.push(format!("{name}:{}: {}", at + 1, line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "rows change outside the projector:\n{}", found.join("\n"));
}

#[test]
fn the_store_is_called_by_the_session_and_the_replay_only() {
    for (name, code) in sources("crates/domain/src") {
        let caller = ["store.rs", "session/work.rs", "replay.rs"].iter().any(|allowed| name.ends_with(allowed));
        assert!(
            caller || !(code.contains("store::append") || code.contains("store::apply(")),
            "{name} calls the store"
        );
        let takes_the_role = code.contains("liaison_projector");
        // A survey reads with it and can write nothing.
        let may = ["session.rs", "session/work.rs", "session/survey.rs"].iter().any(|allowed| name.ends_with(allowed));
        assert!(may || !takes_the_role, "{name} takes the projector's role");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_projector_may_change_a_projection_and_nobody_an_event() {
    let app = App::empty().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let may: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT r.rolname::text, c.relname::text, p.privilege
         FROM pg_roles r CROSS JOIN pg_class c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S')
           AND r.rolname IN ('liaison_app', 'liaison_projector', 'liaison_definer')
           AND c.relkind <> 'S' AND has_table_privilege(r.rolname, c.oid, p.privilege)
         ORDER BY 1, 2, 3",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    for (role, table, privilege) in &may {
        let allowed = match (role.as_str(), table.as_str()) {
            ("liaison_projector", "domain_events" | "event_subjects" | "sight_losses") => privilege == "INSERT",
            ("liaison_projector", "command_receipts") => ["INSERT", "DELETE"].contains(&privilege.as_str()),
            ("liaison_projector", _) => ["INSERT", "UPDATE", "DELETE"].contains(&privilege.as_str()),
            _ => false,
        };
        assert!(allowed, "{role} may {privilege} {table}");
    }
    for projection in PROJECTIONS {
        let written = may.iter().filter(|(role, table, _)| role == "liaison_projector" && table == projection).count();
        assert_eq!(written, 3, "the projector writes {projection}");
    }
    // A grant of single columns would not show above.
    let columns: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM information_schema.column_privileges
         WHERE grantee IN ('liaison_app', 'liaison_definer', 'PUBLIC') AND table_schema = 'public' AND privilege_type <> 'SELECT'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(columns, 0);
}
