//! One application a test: a server on a port of its own over a database of its own, cloned from a template. All of them share one
//! private PostgreSQL, the same that `liaison serve` brings up; its keeper ends it with the test process. A database goes with the last
//! application on it: four hundred of them would fill a small disk.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use futures::future::BoxFuture;
use liaison_domain::candidate;
use liaison_domain::session::{Database, DatabaseOptions};
use liaison_domain::verification::{Courier, Letter, MethodId};
use liaison_server::auth::{AuthSettings, Authenticator, DemoKey, KeySource};
use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Login};
use liaison_server::config::{CommandLine, Settings};
use liaison_server::service::{Parts, Service};
use liaison_server::{demo, storage};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

/// The template with the tables and nothing else.
const EMPTY: &str = DATABASE_NAME;
/// The template with the demo data.
const DEMO: &str = "liaison_demo";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The PostgreSQL of this test process, with both templates.
struct Ground {
    cluster: Cluster,
    /// Databases that nobody needs any more go here.
    left: tokio::sync::mpsc::UnboundedSender<String>,
    /// `CREATE DATABASE … TEMPLATE` wants nobody on the template, not even another one that clones it.
    turn: tokio::sync::Mutex<()>,
}

/// Started once, in a thread and runtime of its own that outlive every test's runtime.
fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(|| {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let options = ClusterOptions::temporary().setting("max_connections", "300");
                let cluster = Cluster::start(options).await.expect("a private PostgreSQL");
                prepare(&cluster).await;
                let (left, mut leaving) = tokio::sync::mpsc::unbounded_channel();
                let connect = cluster.connect_options(Login::Owner, EMPTY);
                send.send(Ground { cluster, left, turn: tokio::sync::Mutex::default() }).expect("the first test waits");
                while let Some(name) = leaving.recv().await {
                    tokio::spawn(drop_database(connect.clone(), name));
                }
            });
        });
        receive.recv().expect("a private PostgreSQL with its templates")
    })
}

async fn prepare(cluster: &Cluster) {
    storage::migrate(cluster.connect_options(Login::Owner, EMPTY)).await.expect("the migrations");
    work_off(&open(cluster, EMPTY).await).await;
    create_database(cluster, DEMO, EMPTY).await;
    let database = open(cluster, DEMO).await;
    demo::seed(&database).await.expect("the demo data");
    work_off(&database).await;
}

async fn open(cluster: &Cluster, name: &str) -> Database {
    let app = cluster.connect_options(Login::App, name);
    Database::open(app, DatabaseOptions::default(), storage::system_clock()).await.expect("the app's login")
}

/// Everybody is compared once, and not again by each server on a clone. Nobody may be left on a template.
async fn work_off(database: &Database) {
    assert!(candidate::work_off(database).await.expect("everybody is compared"), "nobody else compares");
    database.close().await;
}

async fn create_database(cluster: &Cluster, name: &str, template: &str) {
    let mut owner = PgConnection::connect_with(&cluster.connect_options(Login::Owner, "postgres")).await;
    if owner.is_err() {
        // The maintenance database may be closed to the owner; any other will do.
        owner = PgConnection::connect_with(&cluster.connect_options(Login::Owner, "template1")).await;
    }
    let mut owner = owner.expect("the owner's login");
    let create = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER liaison_owner");
    owner.execute(AssertSqlSafe(create)).await.expect("a database of its own");
    owner.execute(AssertSqlSafe(format!("GRANT CONNECT ON DATABASE {name} TO liaison_app"))).await.expect("a grant");
    owner.close().await.expect("an orderly end");
}

/// Drops a database as soon as what a test left on it has gone; its connections end with the test's runtime. One that stays costs disk
/// and nothing else: it is said and left.
async fn drop_database(connect: PgConnectOptions, name: String) {
    const TRIES: u32 = 60;
    for tried in 1..=TRIES {
        let dropped = async {
            let mut owner = PgConnection::connect_with(&connect.clone().database("template1")).await?;
            owner.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await?;
            owner.close().await
        };
        match dropped.await {
            Ok(()) => return,
            Err(why) if tried == TRIES => eprintln!("the database {name} stays: {why}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_secs(1)).await,
        }
    }
}

/// A test's database, until the last application on it is gone.
struct Held(String);

impl Drop for Held {
    fn drop(&mut self) {
        // The receiver ends with the process, and the whole cluster with it.
        drop(ground().left.send(std::mem::take(&mut self.0)));
    }
}

/// The codes that were sent.
#[derive(Clone, Default)]
struct Letters(Arc<Mutex<Vec<Letter>>>);

impl Courier for Letters {
    fn send(&self, letter: Letter) -> BoxFuture<'_, Result<(), String>> {
        self.0.lock().expect("nobody panics while sending").push(letter);
        Box::pin(async { Ok(()) })
    }
}

/// A running application.
pub struct App {
    held: Arc<Held>,
    url: String,
    metrics_url: Option<String>,
    key: Arc<DemoKey>,
    client: reqwest::Client,
    database: Database,
    letters: Letters,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
}

impl App {
    /// With the tables and the codes, and nobody in the directory.
    pub async fn empty() -> Self {
        Self::from(EMPTY, &[], DatabaseOptions::default()).await
    }

    /// With one organization, Riverside Clinic, and nobody in its directory.
    pub async fn empty_with_riverside() -> Self {
        let app = Self::empty().await;
        let create = "mutation ($organization: OrganizationCreateInput!) {
          organizationCreate(organization: $organization) { userErrors { code field message } } }";
        let riverside = serde_json::json!({ "organization": {
            "id": liaison_server::demo::ids::organization("riverside"), "name": "Riverside Clinic", "kind": "PROVIDER", "subdomain": "riverside" } });
        app.ask_with(&super::Who::super_admin(), create, riverside).await.done("organizationCreate");
        app
    }

    /// With the demo data: the four use cases.
    pub async fn demo() -> Self {
        Self::from(DEMO, &[], DatabaseOptions::default()).await
    }

    /// With the demo data, and settings as on the command line: `["--max-depth", "3"]`.
    pub async fn demo_with(arguments: &[&str]) -> Self {
        Self::from(DEMO, arguments, DatabaseOptions::default()).await
    }

    /// With the demo data, on a database that is used as told.
    pub async fn demo_on(options: DatabaseOptions) -> Self {
        Self::from(DEMO, &[], options).await
    }

    /// With the demo data, and tokens signed with this secret by `https://issuer.example` for `liaison`.
    pub async fn demo_signed_with(secret: &str) -> Self {
        let source = KeySource::Secret { secret: secret.into(), key_id: None };
        let settings = AuthSettings::new(vec![source], "https://issuer.example", vec!["liaison".to_owned()]);
        Self::signed(DEMO, &[], DatabaseOptions::default(), Some(settings)).await
    }

    /// The same, with a token refused from the instant that it names on.
    pub async fn demo_without_leeway(secret: &str) -> Self {
        let source = KeySource::Secret { secret: secret.into(), key_id: None };
        let mut settings = AuthSettings::new(vec![source], "https://issuer.example", vec!["liaison".to_owned()]);
        settings.leeway = std::time::Duration::ZERO;
        Self::signed(DEMO, &[], DatabaseOptions::default(), Some(settings)).await
    }

    /// A second server on the same database, with connections of its own: its tokens are the first one's.
    pub async fn beside(&self, arguments: &[&str]) -> Self {
        Self::served(self.held.clone(), self.key.clone(), arguments, DatabaseOptions::default(), None).await
    }

    /// A database of its own without tables, for guarantees about making them.
    pub async fn bare() -> Bare {
        Bare(clone_of("template1").await)
    }

    async fn from(template: &str, arguments: &[&str], options: DatabaseOptions) -> Self {
        Self::signed(template, arguments, options, None).await
    }

    async fn signed(
        template: &str,
        arguments: &[&str],
        options: DatabaseOptions,
        signed: Option<AuthSettings>,
    ) -> Self {
        let held = clone_of(template).await;
        let key = Arc::new(DemoKey::random().expect("a key"));
        Self::served(held, key, arguments, options, signed).await
    }

    async fn served(
        held: Arc<Held>,
        key: Arc<DemoKey>,
        arguments: &[&str],
        options: DatabaseOptions,
        signed: Option<AuthSettings>,
    ) -> Self {
        let ground = ground();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("the port's number");
        let settings = settings(arguments);
        let signed = signed.unwrap_or_else(|| key.settings(address).expect("demo settings"));
        let authenticator = Authenticator::new(signed).await.expect("an authenticator");
        let app = ground.cluster.connect_options(Login::App, &held.0);
        let letters = Letters::default();
        let courier: Arc<dyn Courier> = match &settings.courier.courier_url {
            None => Arc::new(letters.clone()),
            Some(_) => settings.courier.courier().expect("a client"),
        };
        let database = Database::open(app, options, storage::system_clock()).await.expect("the app's login");
        let database = database.with_courier(courier);
        let parts = Parts { database: database.clone(), authenticator, demo_key: Some(key.clone()) };
        let mut service = Service::new(parts, &settings).expect("a sound schema");
        let mut metrics_url = None;
        if let Some(wanted) = settings.service.metrics_listen {
            let listener = TcpListener::bind(wanted).await.expect("a port");
            metrics_url = Some(format!("http://{}/metrics", listener.local_addr().expect("the port's number")));
            service = service.with_metrics_on(listener);
        }
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            service.serve(listener, async { drop(stopped.await) }).await;
        });
        Self {
            held,
            url: format!("http://{address}"),
            metrics_url,
            key,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            database,
            letters,
            stop: Some(stop),
            served: Some(served),
        }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its numbers are, when it was started with `--metrics-listen`.
    pub fn metrics_url(&self) -> &str {
        self.metrics_url.as_deref().expect("it was started with --metrics-listen")
    }

    /// The client that asks it.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The key of its tokens.
    pub fn key(&self) -> &DemoKey {
        &self.key
    }

    /// The code that went last to this phone or email address. Whoever asked for it has the answer before the courier goes, so this waits.
    pub fn last_code(&self, method: Uuid) -> Option<String> {
        (0..500).find_map(|_| {
            let code = self.code_so_far(method);
            if code.is_none() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            code
        })
    }

    /// The code that has gone last to this phone or email address, if one has.
    pub fn code_so_far(&self, method: Uuid) -> Option<String> {
        let letters = self.letters.0.lock().expect("nobody panics while sending");
        let to = |letter: &&Letter| matches!(letter.method, MethodId::Phone(id) | MethodId::Email(id) if id == method);
        letters.iter().rev().find(to).map(|letter| letter.code.clone())
    }

    /// The database as requests see it, for guarantees that look behind the API.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// How its tables' owner signs in, for guarantees that look behind the API.
    pub fn owner(&self) -> PgConnectOptions {
        ground().cluster.connect_options(Login::Owner, &self.held.0)
    }

    /// How the app itself signs in, for guarantees about row-level security.
    pub fn app_login(&self) -> PgConnectOptions {
        ground().cluster.connect_options(Login::App, &self.held.0)
    }

    /// Stops it the orderly way.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            served.await.expect("an orderly end");
        }
    }
}

/// A database of a test's own, made after a template.
async fn clone_of(template: &str) -> Arc<Held> {
    let ground = ground();
    let name = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let _turn = ground.turn.lock().await;
    create_database(&ground.cluster, &name, template).await;
    Arc::new(Held(name))
}

/// A database without tables.
pub struct Bare(Arc<Held>);

impl Bare {
    /// How its owner signs in.
    pub fn owner(&self) -> PgConnectOptions {
        ground().cluster.connect_options(Login::Owner, &self.0.0)
    }

    /// A server on it, once it has tables.
    pub async fn serve(self) -> App {
        let key = Arc::new(DemoKey::random().expect("a key"));
        App::served(self.0, key, &[], DatabaseOptions::default(), None).await
    }
}

/// The settings of a command line with these arguments.
pub fn settings(arguments: &[&str]) -> Settings {
    let line = std::iter::once("liaison").chain(arguments.iter().copied());
    CommandLine::read(line, &|_| None).expect("sound arguments").settings
}
