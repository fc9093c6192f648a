//! A PostgreSQL of the user's own, given by its address: the roles are made, asked for, and looked at.
//! It may not need the private cluster.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use liaison_domain::session::{Database, DatabaseOptions};
use liaison_server::cluster::{ClusterError, Finder, LoginKind, prepare_roles};
use liaison_server::storage;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

/// A PostgreSQL as a DBA runs it, with roles that come in by name.
struct Foreign {
    folder: PathBuf,
    server: Child,
}

impl Foreign {
    async fn start() -> Self {
        let folder =
            Path::new("/tmp").join(format!("liaison-test-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]));
        fs::create_dir(&folder).unwrap();
        let binaries = Finder::installed().find().await.unwrap().remove(0);
        let data = folder.join("foreign");
        let user = is_root().then(|| {
            let passwd = fs::read_to_string("/etc/passwd").unwrap();
            let line = passwd.lines().find(|line| line.starts_with("postgres:")).unwrap().to_owned();
            let fields: Vec<&str> = line.split(':').collect();
            (fields[2].parse::<u32>().unwrap(), fields[3].parse::<u32>().unwrap())
        });
        let run = |program: PathBuf| {
            let mut command = Command::new(program);
            command.arg("-D").arg(&data).current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
            if let Some((uid, gid)) = user {
                std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).unwrap();
                command.uid(uid).gid(gid);
            }
            command
        };
        assert!(
            run(binaries.initdb()).args(["--auth=trust", "--username=dba", "--no-sync"]).status().unwrap().success()
        );
        let socket = format!("unix_socket_directories={}", folder.display());
        let server =
            run(binaries.postgres()).args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", &socket]).spawn();
        let foreign = Self { server: server.unwrap(), folder };
        let begin = Instant::now();
        while PgConnection::connect_with(&foreign.login("dba")).await.is_err()
            && begin.elapsed() < Duration::from_secs(20)
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        foreign
    }

    fn login(&self, role: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.folder).port(5432).username(role).database("postgres")
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn on_a_given_postgresql_the_roles_are_made_by_who_may_and_asked_for_by_who_may_not() {
    let foreign = Foreign::start().await;
    let mut dba = PgConnection::connect_with(&foreign.login("dba")).await.unwrap();
    dba.execute("CREATE ROLE newcomer LOGIN; CREATE ROLE maker LOGIN CREATEROLE CREATEDB").await.unwrap();

    let refused = prepare_roles(&foreign.login("newcomer")).await.unwrap_err();
    let ClusterError::MissingRights { sql, .. } = &refused else { panic!("{refused}") };
    assert!(sql.contains("CREATE ROLE liaison_app") && sql.contains("TO \"newcomer\""), "{sql}");

    let made = prepare_roles(&foreign.login("maker")).await.unwrap();
    assert_eq!((made.login.as_str(), made.kind), ("maker", LoginKind::Both));
    assert!(made.mended.contains(&"liaison_app is missing".to_owned()), "{:?}", made.mended);
    let again = prepare_roles(&foreign.login("maker")).await.unwrap();
    assert!(again.mended.is_empty(), "{:?}", again.mended);
    let mut maker = PgConnection::connect_with(&foreign.login("maker")).await.unwrap();
    maker.execute("SET ROLE liaison_app; SET ROLE liaison_projector").await.unwrap();

    // Roles are there, but this one may not become them; what the error says mends it.
    let refused = prepare_roles(&foreign.login("newcomer")).await.unwrap_err();
    let ClusterError::MissingRights { sql, .. } = refused else { panic!("{refused}") };
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut dba).await.unwrap();
    assert_eq!(prepare_roles(&foreign.login("newcomer")).await.unwrap().kind, LoginKind::Both);
    assert_eq!(prepare_roles(&foreign.login("dba")).await.unwrap().kind, LoginKind::Superuser);
    assert_eq!(prepare_roles(&foreign.login("liaison_app")).await.unwrap().kind, LoginKind::App);

    for (harm, cure, complaint) in [
        ("ALTER ROLE liaison_app BYPASSRLS", "ALTER ROLE liaison_app NOBYPASSRLS", "must not have BYPASSRLS"),
        (
            "ALTER ROLE liaison_projector SUPERUSER",
            "ALTER ROLE liaison_projector NOSUPERUSER",
            "must not be a superuser",
        ),
        ("GRANT liaison_owner TO liaison_app", "REVOKE liaison_owner FROM liaison_app", "a member of liaison_owner"),
    ] {
        dba.execute(harm).await.unwrap();
        let refused = prepare_roles(&foreign.login("dba")).await.unwrap_err();
        assert!(matches!(refused, ClusterError::UnsafeRoles { .. }), "{refused}");
        assert!(refused.to_string().contains(complaint), "{refused}");
        dba.execute(cure).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_that_row_security_does_not_bind_is_refused_at_the_door() {
    let foreign = Foreign::start().await;
    let mut dba = PgConnection::connect_with(&foreign.login("dba")).await.unwrap();
    prepare_roles(&foreign.login("dba")).await.unwrap();
    storage::migrate(foreign.login("dba").options([("role", "liaison_owner")])).await.unwrap();
    let open = async |role: &str| {
        let opened = Database::open(foreign.login(role), DatabaseOptions::default(), storage::system_clock()).await;
        match opened {
            Ok(database) => {
                database.close().await;
                Ok(())
            }
            Err(fault) => Err(fault.to_string()),
        }
    };
    open("liaison_app").await.unwrap();
    // As good as the app: it may become the projector, and is not it.
    dba.execute("CREATE ROLE bound LOGIN NOINHERIT; GRANT liaison_app, liaison_projector TO bound; ALTER ROLE bound SET role = 'liaison_app'")
        .await
        .unwrap();
    open("bound").await.unwrap();

    dba.execute("CREATE ROLE above LOGIN SUPERUSER; CREATE ROLE past LOGIN BYPASSRLS").await.unwrap();
    for owning in ["liaison_owner", "liaison_projector", "liaison_definer"] {
        // Directly, and through a group that nobody would look at.
        let heirs = format!(
            "CREATE ROLE heir_of_{owning} LOGIN INHERIT; GRANT {owning}, liaison_projector TO heir_of_{owning};
             CREATE ROLE group_of_{owning} INHERIT; GRANT {owning} TO group_of_{owning};
             CREATE ROLE member_of_{owning} LOGIN INHERIT; GRANT group_of_{owning} TO member_of_{owning}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(heirs)).execute(&mut dba).await.unwrap();
    }
    let unbound = ["above", "past"].into_iter().map(str::to_owned).chain(
        ["liaison_owner", "liaison_projector", "liaison_definer"]
            .into_iter()
            .flat_map(|owning| [format!("heir_of_{owning}"), format!("member_of_{owning}")]),
    );
    for login in unbound.chain(["dba".to_owned(), "liaison_owner".to_owned()]) {
        let refused = open(&login).await.expect_err(&login);
        assert!(refused.contains("row security does not bind") && refused.contains(&login), "{login}: {refused}");
    }
}
