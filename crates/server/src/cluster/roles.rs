//! Looks whether the roles are what row-level security stands on, and makes them on a PostgreSQL of the user's own.
//! It may not weaken a role that is there, nor give one a password.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Row};

use super::bootstrap::{DATABASE, ROLES};
use super::error::ClusterError;

/// What `prepare_roles` found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedRoles {
    /// The role that the given address signs in as.
    pub login: String,
    pub kind: LoginKind,
    /// What was missing before, in words; empty if all was there.
    pub mended: Vec<String>,
}

/// What the role that signs in may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// A superuser: it may become any role, and must, as row-level security does not hold for it.
    Superuser,
    /// It may become `liaison_owner` and `liaison_app` with `SET ROLE`.
    Both,
    /// It is `liaison_owner`: it can migrate, but requests must sign in as `liaison_app`.
    Owner,
    /// It is `liaison_app`: it can serve, but not migrate.
    App,
}

/// Every way in which the roles can be wrong, each with a name that says what would be right.
const FAULTS: &str = "
WITH wanted (name) AS (VALUES ('liaison_owner'), ('liaison_app'), ('liaison_projector'), ('liaison_definer')),
there AS (SELECT r.* FROM pg_catalog.pg_roles r JOIN wanted ON wanted.name = r.rolname),
wanted_grant (member, role) AS (VALUES ('liaison_app', 'liaison_projector'), ('liaison_owner', 'liaison_projector'),
    ('liaison_owner', 'liaison_definer')),
existing_grant AS (
    SELECT m.rolname::text AS member, r.rolname::text AS role
    FROM pg_catalog.pg_auth_members a
    JOIN pg_catalog.pg_roles m ON m.oid = a.member
    JOIN pg_catalog.pg_roles r ON r.oid = a.roleid)
SELECT name || ' is missing' AS fault FROM wanted WHERE name NOT IN (SELECT rolname FROM there)
UNION ALL
SELECT rolname || ' must not be a superuser' FROM there WHERE rolsuper
UNION ALL
SELECT rolname || ' must not have BYPASSRLS' FROM there WHERE rolbypassrls
UNION ALL
SELECT rolname || ' must not have CREATEROLE' FROM there WHERE rolcreaterole
UNION ALL
SELECT rolname || ' must not be able to log in' FROM there
    WHERE rolcanlogin AND rolname IN ('liaison_projector', 'liaison_definer')
UNION ALL
SELECT member || ' is not a member of ' || role FROM wanted_grant
    WHERE (member, role) NOT IN (SELECT member, role FROM existing_grant)
UNION ALL
SELECT 'liaison_app must not be a member of ' || role FROM existing_grant
    WHERE member = 'liaison_app' AND role <> 'liaison_projector'
UNION ALL
SELECT 'liaison_app has the rights of ' || p.rolname || ' without SET ROLE' FROM there a, there p
    WHERE a.rolname = 'liaison_app' AND p.rolname <> 'liaison_app' AND NOT a.rolsuper
    AND pg_catalog.pg_has_role(a.oid, p.oid, 'USAGE')
ORDER BY 1";

/// From PostgreSQL 16 on, whoever makes a role is its member without being able to become it.
const LOGIN: &str = "
SELECT r.rolname::text AS login, r.rolsuper AS superuser,
    pg_catalog.pg_has_role(r.oid, 'liaison_owner', becoming.privilege) AS may_own,
    pg_catalog.pg_has_role(r.oid, 'liaison_app', becoming.privilege) AS may_serve
FROM pg_catalog.pg_roles r,
    (SELECT CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS becoming (privilege)
WHERE r.rolname = current_user";

/// Whether the owner may make tables and extensions in the database that the address names.
const MAY_MAKE_TABLES: &str = "
SELECT pg_catalog.has_database_privilege('liaison_owner', current_database(), 'CREATE')
    AND pg_catalog.has_schema_privilege('liaison_owner', 'public', 'CREATE')
    AND pg_catalog.has_database_privilege('liaison_app', current_database(), 'TEMPORARY')";

const LET_MAKE_TABLES: &str = "
DO $$ BEGIN
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO liaison_owner', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO liaison_app', current_database());
    GRANT USAGE, CREATE ON SCHEMA public TO liaison_owner;
    GRANT USAGE ON SCHEMA public TO liaison_app;
END $$";

/// Makes the roles that are missing on the PostgreSQL at this address, lets the role that signs in become them, and looks
/// whether they are safe. Where that is not permitted, the error holds the SQL for someone who may.
pub async fn prepare_roles(options: &PgConnectOptions) -> Result<PreparedRoles, ClusterError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let prepared = prepare(&mut connection).await;
    let _ = connection.close().await;
    prepared
}

async fn prepare(connection: &mut PgConnection) -> Result<PreparedRoles, ClusterError> {
    let login: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *connection).await?;
    let mended = faults(connection).await?;
    if !mended.is_empty() {
        let mut transaction = connection.begin().await?;
        // Two servers that start at once would both make them.
        let locked = sqlx::query("SELECT pg_advisory_xact_lock(hashtext('liaison roles'))").execute(&mut *transaction);
        locked.await?;
        let made = sqlx::raw_sql(ROLES).execute(&mut *transaction).await;
        made.map_err(|problem| denied_or(problem, &login))?;
        transaction.commit().await?;
    }
    require_safe(connection).await?;
    let kind = match login_kind(connection).await? {
        Some(kind) => kind,
        None => {
            let granted =
                sqlx::raw_sql("GRANT liaison_owner, liaison_app TO CURRENT_USER").execute(&mut *connection).await;
            granted.map_err(|problem| denied_or(problem, &login))?;
            LoginKind::Both
        }
    };
    if kind != LoginKind::App {
        let may_make: bool = sqlx::query_scalar(MAY_MAKE_TABLES).fetch_one(&mut *connection).await?;
        if !may_make {
            let granted = sqlx::raw_sql(LET_MAKE_TABLES).execute(&mut *connection).await;
            granted.map_err(|problem| denied_or(problem, &login))?;
        }
    }
    Ok(PreparedRoles { login, kind, mended })
}

/// Refuses roles that would see through row-level security, or that are not all there.
pub async fn require_safe(connection: &mut PgConnection) -> Result<(), ClusterError> {
    let faults = faults(connection).await?;
    if faults.is_empty() { Ok(()) } else { Err(ClusterError::UnsafeRoles { faults }) }
}

async fn faults(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(FAULTS).fetch_all(connection).await
}

async fn login_kind(connection: &mut PgConnection) -> Result<Option<LoginKind>, sqlx::Error> {
    let row = sqlx::query(LOGIN).fetch_one(connection).await?;
    let (login, superuser): (String, bool) = (row.try_get("login")?, row.try_get("superuser")?);
    let (may_own, may_serve): (bool, bool) = (row.try_get("may_own")?, row.try_get("may_serve")?);
    Ok(match (superuser, may_own, may_serve) {
        (true, ..) => Some(LoginKind::Superuser),
        // These two must stay what they are: neither becomes the other.
        _ if login == "liaison_owner" => Some(LoginKind::Owner),
        _ if login == "liaison_app" => Some(LoginKind::App),
        (false, true, true) => Some(LoginKind::Both),
        _ => None,
    })
}

fn denied_or(problem: sqlx::Error, login: &str) -> ClusterError {
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    match problem.as_database_error() {
        Some(refusal) if refusal.code().as_deref() == Some(INSUFFICIENT_PRIVILEGE) => ClusterError::MissingRights {
            login: login.to_owned(),
            problem: refusal.message().to_owned(),
            sql: sql_for_a_superuser(login),
        },
        _ => ClusterError::Database(problem),
    }
}

fn sql_for_a_superuser(login: &str) -> String {
    let quoted = login.replace('"', "\"\"");
    let become_them = match login {
        "liaison_owner" | "liaison_app" => String::new(),
        _ => format!(
            "\n-- The server signs in as this role and becomes the others.\nGRANT liaison_owner, liaison_app TO \"{quoted}\";\n"
        ),
    };
    let tables = format!(
        "\n-- In the database that Liaison is to use, the owner makes the tables.\n{};\n",
        LET_MAKE_TABLES.trim()
    );
    let database: String = DATABASE.lines().map(|line| format!("-- {line}\n")).collect();
    format!("{ROLES}{become_them}{tables}\n-- If there is no database for Liaison yet:\n{database}")
}
