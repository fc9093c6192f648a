//! The floor: what a request costs at least. One statement a request, written by hand over the normalised tables, gives the answer as JSON,
//! and a bare handler in a process of its own passes it on: no token, no schema, no scope, no log. It reads nothing that the projector
//! keeps for lists (columns that links repeat, sights, counts, search tables), and as the tables' owner it stands under no policy that
//! asks anything.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use deadpool::managed::{self, Metrics, RecycleResult};
use liaison_server::cluster::Login;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use super::cost::Processes;
use super::database::Database;
use super::ground::Ground;
use super::load::Contender;
use super::requests::{Ask, Request};
use super::server::CONNECTIONS;
use crate::Outcome;

mod statement;

/// The first argument that makes this program the floor; its address and that of the database follow.
pub const AS_FLOOR: &str = "--as-floor";

/// The running floor.
pub struct Floor {
    child: Child,
    address: SocketAddr,
    data_dir: PathBuf,
    client: reqwest::Client,
}

impl Floor {
    /// Beside a server, on the same database.
    pub fn start(ground: &Ground, database: &Database) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(std::env::current_exe()?)
            .args([AS_FLOOR, &address.to_string(), &database.url(Login::Owner)])
            // Kept open: the floor ends when whoever started it does.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(64).build()?;
        Ok(Self { child, address, data_dir: ground.data_dir(), client })
    }

    pub async fn wait_until_ready(&self) -> Outcome<()> {
        let begin = Instant::now();
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            if begin.elapsed() > Duration::from_secs(60) {
                return Err("the floor is not ready after a minute".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// What it answers.
    pub async fn ask(&self, request: &Request, ask: &Ask) -> Outcome<Value> {
        let answer = self.post(request, ask)?.send().await?;
        let (status, body) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("the floor answered {} with {status} {body}", request.name).into());
        }
        Ok(serde_json::from_str(&body)?)
    }

    /// Ends it; it keeps nothing.
    pub fn stop(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Contender for Floor {
    fn post(&self, request: &Request, ask: &Ask) -> Outcome<reqwest::RequestBuilder> {
        let statement = request.floor.ok_or("there is no floor for this")?;
        let address = format!("http://{}/{statement}", self.address);
        Ok(self.client.post(address).header(CONTENT_TYPE, "application/json").body(ask.bare()))
    }

    fn is_good(&self, _: &Request, body: &[u8]) -> bool {
        !body.is_empty()
    }

    fn processes(&self) -> Outcome<Processes> {
        Processes::of(self.child.id(), &self.data_dir)
    }
}

/// What the process does that [`Floor::start`] starts: it serves until it is killed, or nobody holds its standard input any more.
pub async fn serve(address: &str, database: &str) -> Outcome<()> {
    std::thread::spawn(|| {
        let ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(i32::from(ended.is_err()));
    });
    // Planned once a connection, as the server's statements are: the same plan serves all values of each.
    let connect = database.parse::<PgConnectOptions>()?.options([("plan_cache_mode", "force_generic_plan")]);
    let connections = Connections::builder(Connecting(connect)).max_size(CONNECTIONS as usize).build()?;
    let router = Router::new().route("/{statement}", post(answer)).with_state(connections);
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, router).await?)
}

/// Connections that go back as they are: sqlx's own pool would send a message whenever one comes back, and wait for its answer.
type Connections = managed::Pool<Connecting>;

struct Connecting(PgConnectOptions);

impl managed::Manager for Connecting {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.0).await
    }

    async fn recycle(&self, _: &mut PgConnection, _: &Metrics) -> RecycleResult<sqlx::Error> {
        Ok(())
    }
}

async fn answer(
    State(connections): State<Connections>,
    Path(statement): Path<String>,
    Json(asked): Json<statement::Asked>,
) -> Response {
    match statement::run(&connections, &statement, asked).await {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
