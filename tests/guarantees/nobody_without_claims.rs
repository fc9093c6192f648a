//! I2: no connection without a viewer. The domain gives none away, and a connection that somebody made as the app's role sees no row
//! and changes nothing until claims are set; after a transaction none are left.

use std::collections::BTreeSet;

use liaison_server::demo::ids;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::arrows::sources;
use crate::support::App;

/// The types that lead to a connection.
const CONNECTIONS: [&str; 8] =
    ["Pool", "Lent", "Lanes", "Client", "PoolConnection", "PgConnection", "DatabaseConnection", "DatabaseTransaction"];

#[test]
fn the_session_gives_no_connection_away() {
    let mut public = Vec::new();
    for (name, code) in sources("crates/domain/src") {
        // `replay` serves no viewer: it is the owner's maintenance and takes the owner's login.
        let is_session = name.contains("/session");
        for line in code.lines().map(str::trim) {
            let declares = ["pub fn", "pub async fn", "pub const fn", "pub struct", "pub type", "pub use"]
                .iter()
                .any(|word| line.starts_with(word));
            let field = line.starts_with("pub ") && line.contains(": ");
            if (declares || field) && CONNECTIONS.iter().any(|word| line.contains(word)) {
                public.push(format!("{name}: {line}"));
            }
            // What opens a transaction is the crate's own business.
            if is_session && name.ends_with("transaction.rs") && line.starts_with("pub ") && line.contains("fn open") {
                public.push(format!("{name}: {line}"));
            }
        }
        assert!(
            is_session || name.ends_with("replay.rs") || !code.contains("PgPool") && !code.contains("Pool::new"),
            "{name} holds a pool"
        );
    }
    assert!(public.is_empty(), "these give connections away:\n{}", public.join("\n"));
    // What a reader or a command's work starts with is a viewer.
    let session: String = sources("crates/domain/src")
        .into_iter()
        .filter(|(name, _)| name.contains("/session"))
        .map(|(_, code)| code)
        .collect();
    assert!(session.contains("pub fn reader(&self, viewer: &Viewer) -> Reader"));
    assert!(session.contains("pub(crate) async fn open(pool: &Pool"));
}

async fn tables(owner: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') ORDER BY 1",
    )
    .fetch_all(owner)
    .await
    .unwrap()
}

/// Not a row of anybody: the list of migrations, which a server reads before it serves.
const OPEN: &str = "seaql_migrations";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_without_claims_sees_no_row_of_any_table() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut raw = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let mut closed = BTreeSet::new();
    let mut full = 0;
    for table in tables(&mut owner).await.into_iter().filter(|table| table != OPEN) {
        let count = || AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let there: i64 = sqlx::query_scalar(count()).fetch_one(&mut owner).await.unwrap();
        full += i64::from(there > 0);
        match sqlx::query_scalar::<_, i64>(count()).fetch_one(&mut raw).await {
            Ok(seen) => assert_eq!(seen, 0, "{table} shows {seen} of {there} rows to a connection without claims"),
            Err(error) => {
                assert_eq!(
                    error.as_database_error().and_then(|e| e.code()).as_deref(),
                    Some("42501"),
                    "{table}: {error}"
                );
                closed.insert(table);
            }
        }
    }
    assert!(full > 15, "the demo fills most tables");
    // The log's key is not the app's to read, and what people are found by and compared by is asked through functions alone.
    let expected = ["contact_profiles", "contact_search", "installation", "organization_search"].map(str::to_owned);
    assert_eq!(closed, BTreeSet::from(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_apps_role_changes_nothing_and_owns_nothing() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut raw = PgConnection::connect_with(&app.app_login()).await.unwrap();
    for table in tables(&mut owner).await {
        for attempt in [
            format!("INSERT INTO {table} DEFAULT VALUES"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
            format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
            format!(
                "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION app.refuse_change_of_the_log()"
            ),
            format!("DROP TABLE {table}"),
        ] {
            let refused = raw.execute(AssertSqlSafe(attempt.clone())).await.expect_err(&attempt);
            assert_eq!(
                refused.as_database_error().and_then(|e| e.code()).as_deref(),
                Some("42501"),
                "{attempt}: {refused}"
            );
        }
        let column: String =
            sqlx::query_scalar("SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1")
                .bind(&table)
                .fetch_one(&mut owner)
                .await
                .unwrap();
        let attempt = format!("UPDATE {table} SET {column} = {column}");
        let refused = raw.execute(AssertSqlSafe(attempt.clone())).await.expect_err(&attempt);
        assert_eq!(
            refused.as_database_error().and_then(|e| e.code()).as_deref(),
            Some("42501"),
            "{attempt}: {refused}"
        );
    }
    for attempt in [
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE liaison_owner",
        "SET ROLE liaison_definer",
        "SET ROLE postgres",
        "ALTER ROLE liaison_app BYPASSRLS",
    ] {
        assert!(raw.execute(attempt).await.is_err(), "{attempt}");
    }
    let (is_exempt, owned): (bool, i64) = sqlx::query_as(
        "SELECT (SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = 'liaison_app'),
                (SELECT count(*) FROM pg_class WHERE relowner = 'liaison_app'::regrole)
              + (SELECT count(*) FROM pg_proc WHERE proowner = 'liaison_app'::regrole)
              + (SELECT count(*) FROM pg_namespace WHERE nspowner = 'liaison_app'::regrole)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!((is_exempt, owned), (false, 0));
}

/// A table that came without its policy, or a definer function that looks where its caller likes, fails here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_forced_under_row_security_and_every_definer_function_is_pinned() {
    let app = App::empty().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let bare: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND c.relname <> 'seaql_migrations' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(bare, [""; 0], "not under FORCE ROW LEVEL SECURITY");
    let views: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class c WHERE c.relnamespace IN ('public'::regnamespace, 'app'::regnamespace) AND c.relkind IN ('v', 'm')
           AND has_table_privilege('liaison_app', c.oid, 'SELECT') AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(views, 0, "a view that reads with its owner's rights");
    let functions: Vec<(String, String, bool, bool)> = sqlx::query_as(
        "SELECT p.oid::regprocedure::text, p.proowner::regrole::text,
                coalesce(p.proconfig::text LIKE '%search_path=pg_catalog%', false),
                EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
         FROM pg_proc p WHERE p.prosecdef AND p.pronamespace IN ('public'::regnamespace, 'app'::regnamespace)",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    for (function, owned_by, pinned, open_to_all) in functions {
        assert_eq!(owned_by, "liaison_definer", "{function} has more rights than it needs");
        assert!(pinned, "{function} has no search_path of its own");
        assert!(!open_to_all, "{function} is everybody's to call");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_end_with_their_transaction() {
    let app = App::demo().await;
    let mut raw = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let contacts = "SELECT count(*) FROM contacts_projection";
    let acme = ids::organization("acme");
    for end in ["COMMIT", "ROLLBACK"] {
        raw.execute(AssertSqlSafe(format!("BEGIN; SELECT app.enter('{acme}', false)"))).await.unwrap();
        let seen: i64 = sqlx::query_scalar(contacts).fetch_one(&mut raw).await.unwrap();
        assert!(seen > 0);
        raw.execute(end).await.unwrap();
        let left: i64 = sqlx::query_scalar(contacts).fetch_one(&mut raw).await.unwrap();
        assert_eq!(left, 0, "claims were left behind after {end}");
    }
}

/// The server does not start on a login that row security does not bind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_does_not_open_for_the_owner_of_its_tables() {
    use liaison_domain::session::{Database, DatabaseOptions};
    let app = App::empty().await;
    let opened = Database::open(app.owner(), DatabaseOptions::default(), liaison_server::storage::system_clock()).await;
    assert!(opened.is_err_and(|fault| fault.to_string().contains("row security does not bind")));
}
