//! Two servers on one database of their own, cloned from a template with the demo data, in one PostgreSQL for all races.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use liaison_domain::session::{Database, DatabaseOptions};
use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Login};
use liaison_server::{demo, storage};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::client::{Answer, Client};
use crate::program::Program;

/// The PostgreSQL of this test process. `CREATE DATABASE … TEMPLATE` wants nobody else on the template.
struct Ground {
    cluster: Cluster,
    turn: tokio::sync::Mutex<()>,
}

/// Started once, in a thread and runtime of its own that outlive every test's runtime; its keeper ends it with the process.
fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(|| {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let options = ClusterOptions::temporary().setting("max_connections", "400");
                let cluster = Cluster::start(options).await.unwrap();
                storage::migrate(cluster.connect_options(Login::Owner, DATABASE_NAME)).await.unwrap();
                let app = cluster.connect_options(Login::App, DATABASE_NAME);
                let database = Database::open(app, DatabaseOptions::default(), storage::system_clock()).await.unwrap();
                demo::seed(&database).await.unwrap();
                database.close().await;
                send.send(Ground { cluster, turn: tokio::sync::Mutex::default() }).unwrap();
                std::future::pending::<()>().await;
            });
        });
        receive.recv().unwrap()
    })
}

/// The arguments that put a program on a database.
pub fn on(owner: &PgConnectOptions, app: &PgConnectOptions) -> Vec<String> {
    let url = |login: &PgConnectOptions| {
        let socket = login.get_socket().unwrap().display();
        let (role, port) = (login.get_username(), login.get_port());
        format!("postgres://{role}@localhost:{port}/{}?host={socket}", login.get_database().unwrap())
    };
    vec!["--database-url".to_owned(), url(owner), "--app-database-url".to_owned(), url(app)]
}

/// Two servers on one database.
pub struct Pair {
    pub client: Client,
    programs: [Program; 2],
    owner: PgConnectOptions,
    database: Vec<String>,
}

impl Pair {
    pub async fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ground { cluster, turn } = ground();
        let name = format!("race_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        {
            let _turn = turn.lock().await;
            // Another one that the owner may enter, as nobody may be on the template.
            let login = cluster.connect_options(Login::Owner, "template1");
            let mut owner = PgConnection::connect_with(&login).await.unwrap();
            let create = format!("CREATE DATABASE {name} TEMPLATE {DATABASE_NAME} OWNER liaison_owner");
            owner.execute(AssertSqlSafe(create)).await.unwrap();
            let grant = format!("GRANT CONNECT ON DATABASE {name} TO liaison_app");
            owner.execute(AssertSqlSafe(grant)).await.unwrap();
            owner.close().await.unwrap();
        }
        let owner = cluster.connect_options(Login::Owner, &name);
        let database = on(&owner, &cluster.connect_options(Login::App, &name));
        let mut arguments = database.clone();
        arguments.extend(["--pool-size".to_owned(), "32".to_owned()]);
        let (one, two) = tokio::join!(Program::start(&arguments), Program::start(&arguments));
        Self { client: Client::new(), programs: [one, two], owner, database }
    }

    /// How the owner of its tables signs in.
    pub fn owner(&self) -> &PgConnectOptions {
        &self.owner
    }

    /// The arguments that put another program on the same database.
    pub fn database(&self) -> &[String] {
        &self.database
    }

    /// The two servers, and how the owner of their tables signs in.
    pub fn into_parts(self) -> ([Program; 2], PgConnectOptions) {
        (self.programs, self.owner)
    }

    /// One of the two.
    pub fn url(&self, at: usize) -> &str {
        self.programs[at % 2].url()
    }

    /// Asks one of the two, alone.
    pub async fn ask(&self, at: usize, who: &str, query: &str, variables: Value) -> Answer {
        self.client.ask(self.url(at), who, query, &variables).await
    }

    /// So many requests at once, over connections of their own, every other one to the other server; the answers in their order.
    pub async fn at_once<F>(&self, number: usize, ask: F) -> Vec<Answer>
    where
        F: Fn(usize) -> (&'static str, &'static str, Value),
    {
        self.at_once_keyed(number, None, ask).await
    }

    /// As [`Pair::at_once`], all of them with one idempotency key.
    pub async fn at_once_keyed<F>(&self, number: usize, key: Option<&'static str>, ask: F) -> Vec<Answer>
    where
        F: Fn(usize) -> (&'static str, &'static str, Value),
    {
        let gate = std::sync::Arc::new(tokio::sync::Barrier::new(number));
        let asked: Vec<_> = (0..number)
            .map(|at| {
                let (client, url, gate, asked) = (self.client.clone(), self.url(at).to_owned(), gate.clone(), ask(at));
                tokio::spawn(async move {
                    let (who, query, variables) = asked;
                    gate.wait().await;
                    match key {
                        Some(key) => client.ask_keyed(&url, who, query, &variables, Some(key)).await,
                        None => client.ask(&url, who, query, &variables).await,
                    }
                })
            })
            .collect();
        let mut answers = Vec::with_capacity(number);
        for one in asked {
            answers.push(one.await.unwrap());
        }
        answers
    }
}
