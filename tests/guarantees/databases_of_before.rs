//! A database that an older version filled is brought to this version's tables with everything in it: what later migrations added to rows
//! that were there already is what the log says, and what later versions keep beside them is made.

use liaison_domain::candidate;
use liaison_domain::replay::{PROJECTIONS, Steward, Verdict};
use liaison_migrations::{Migrator, MigratorTrait};
use liaison_server::storage;
use sea_orm::SqlxPostgresConnector;
use serde_json::Value;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::merging::{merge, pair, undo};
use crate::support::{App, Bare, Who};

/// A database with the tables that this migration was the last of, which holds what another one holds of them.
async fn as_of(last: &str, source: &App) -> Bare {
    let bare = App::bare().await;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(bare.owner()).await.unwrap();
    let steps = 1 + Migrator::migrations().iter().position(|migration| migration.name() == last).expect("a migration");
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    Migrator::up(&connection, Some(u32::try_from(steps).unwrap())).await.unwrap();
    let mut from = PgConnection::connect_with(&source.owner()).await.unwrap();
    // The log first, in its order: as one transaction had written it.
    let events = copied(&mut from, "SELECT * FROM domain_events ORDER BY epoch, xid, seq").await;
    let append = "WITH appended AS (
          INSERT INTO domain_events (id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
          SELECT e.id, e.stream_type, e.stream_id, e.stream_version, e.event_type, e.data, e.metadata, e.recorded_at
          FROM json_populate_recordset(NULL::domain_events, $1::json) e ORDER BY e.epoch, e.xid, e.seq
          ON CONFLICT (id) DO NOTHING RETURNING epoch, xid, seq, stream_type, stream_id, data)
        INSERT INTO event_subjects (subject_id, epoch, xid, seq)
        SELECT DISTINCT s.subject_id, a.epoch, a.xid, a.seq
        FROM appended a CROSS JOIN LATERAL unnest(app.subjects(a.stream_type, a.stream_id, a.data)) AS s (subject_id)";
    sqlx::query(append).bind(events).execute(&pool).await.unwrap();
    for table in PROJECTIONS {
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT quote_ident(column_name) FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'",
        )
        .bind(table)
        .fetch_all(&pool)
        .await
        .unwrap();
        if columns.is_empty() {
            continue;
        }
        let columns = columns.join(", ");
        let rows = copied(&mut from, &format!("SELECT * FROM {table}")).await;
        let insert = format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::json) ON CONFLICT DO NOTHING"
        );
        sqlx::query(AssertSqlSafe(insert)).bind(rows).execute(&pool).await.unwrap();
    }
    from.close().await.unwrap();
    pool.close().await;
    bare
}

/// The rows as one text, letter by letter.
async fn copied(from: &mut PgConnection, rows: &str) -> String {
    let sql = format!("SELECT coalesce(json_agg(r), '[]')::text FROM ({rows}) r");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(from).await.unwrap()
}

async fn verdict(bare: &Bare) -> Verdict {
    let steward = Steward::open(bare.owner()).await.unwrap();
    let verdict = steward.verify().await.unwrap();
    steward.close().await;
    verdict
}

async fn number(bare: &Bare, of: &str) -> i64 {
    let mut owner = PgConnection::connect_with(&bare.owner()).await.unwrap();
    let number = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {of}"))).fetch_one(&mut owner).await;
    owner.close().await.unwrap();
    number.unwrap()
}

const PAIRS: &str =
    "SELECT contact_id, other_contact_id, score, state FROM duplicate_candidates ORDER BY contact_id, other_contact_id";

/// That it is what the log says, and what its source is.
async fn is_brought_to_this_version(bare: Bare, source: &App) {
    storage::migrate(bare.owner()).await.unwrap();
    assert!(
        matches!(verdict(&bare).await, Verdict::Proved { events, .. } if events > 100),
        "{:?}",
        verdict(&bare).await
    );
    // Not by having nothing: links repeat what they lead to, and everybody is compared by something.
    for (links, repeated) in [
        ("organization_contacts", "contact_first_name"),
        ("contact_phones", "phone_number"),
        ("contact_emails", "email_address"),
        ("contact_addresses", "address_city"),
        ("organization_phones", "phone_number"),
    ] {
        let open = number(&bare, &format!("{links} WHERE unlinked_at IS NULL")).await;
        assert!(open > 0, "{links}");
        assert_eq!(number(&bare, &format!("{links} WHERE {repeated} IS NOT NULL AND unlinked_at IS NULL")).await, open);
    }
    let people = number(&bare, "contacts_projection WHERE deleted_at IS NULL").await;
    assert!(people > 20);
    assert_eq!(number(&bare, "contact_profiles").await, people);
    // Migrating what is migrated changes nothing.
    storage::migrate(bare.owner()).await.unwrap();
    // It is served, and whoever compares everybody finds what is found here.
    let app = bare.serve().await;
    candidate::settled(app.database()).await.unwrap();
    let pairs: Vec<Value> = app.behind(PAIRS).await;
    assert!(!pairs.is_empty());
    assert_eq!(pairs, source.behind(PAIRS).await);
    let list =
        "{ contacts(first: 50, search: \"jane\") { nodes { name primaryPhone { number } primaryEmail { address } } } }";
    let (told, wanted) = (app.ask(&Who::acme_admin(), list).await, source.ask(&Who::acme_admin(), list).await);
    assert!(!told.list("/contacts/nodes").is_empty());
    assert_eq!(told.data(), wanted.data());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_from_before_duplicates_and_lists_has_its_profiles_and_what_links_repeat() {
    let source = App::demo().await;
    candidate::settled(source.database()).await.unwrap();
    let bare = as_of("m2026_11_22_relationships", &source).await;
    assert!(number(&bare, "contacts_projection").await > 20);
    is_brought_to_this_version(bare, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_with_merges_from_before_links_repeated_anything_is_proved_too() {
    let source = App::demo().await;
    let people = pair(&source).await;
    let merged = merge(&source, people.survivor, people.duplicate).await;
    undo(&source, merged).await;
    merge(&source, people.third, people.duplicate).await;
    candidate::settled(source.database()).await.unwrap();
    let bare = as_of("m2026_11_23_scans", &source).await;
    is_brought_to_this_version(bare, &source).await;
}

/// What is not true is found: the proof is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_not_filled_is_found() {
    let source = App::demo().await;
    let bare = as_of("m2026_11_22_relationships", &source).await;
    storage::migrate(bare.owner()).await.unwrap();
    let mut owner = PgConnection::connect_with(&bare.owner()).await.unwrap();
    owner.execute("UPDATE contact_phones SET phone_number = NULL WHERE unlinked_at IS NULL").await.unwrap();
    owner.close().await.unwrap();
    assert!(matches!(verdict(&bare).await, Verdict::Differs(of) if of.table == "contact_phones"));
}
