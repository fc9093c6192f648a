//! The server under test, in a process of its own, and the tokens that it takes. It knows no request.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jsonwebtoken::{EncodingKey, Header};
use liaison_domain::viewer::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::cost::Processes;
use super::database::Database;
use super::ground::Ground;
use super::load::Contender;
use super::requests::{Ask, Request};
use super::world::{Kind, id};
use crate::Outcome;

/// The first argument that makes this program the server.
pub const AS_SERVER: &str = "--as-server";

/// How many connections to the database the server has, and the floor.
pub const CONNECTIONS: u32 = 16;

const SECRET: &str = "a secret of the benchmark alone, long enough for HS256";
const ISSUER: &str = "bench-liaison";
const AUDIENCE: &str = "liaison";

/// A running server.
pub struct Server {
    child: Child,
    address: SocketAddr,
    data_dir: PathBuf,
    log: PathBuf,
    client: reqwest::Client,
}

impl Server {
    /// On a database of the ground; whether it compares people who change is for those who change any.
    pub fn start(ground: &Ground, database: &Database, finds_duplicates: bool) -> Outcome<Self> {
        // Free a moment ago; whoever takes it in between makes the start fail, which is seen.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = ground.folder.join("server.log");
        let data_dir = ground.data_dir();
        let child = Command::new(std::env::current_exe()?)
            .arg(AS_SERVER)
            .arg("serve")
            .args(["--listen", &address.to_string(), "--log", "warn"])
            .arg("--data-dir")
            .arg(&data_dir)
            .args(database.arguments())
            .args(["--pool-size", &CONNECTIONS.to_string()])
            .arg(format!("--find-duplicates={finds_duplicates}"))
            .args(["--auth-issuer", ISSUER, "--auth-audience", AUDIENCE, "--auth-hs256-secret", SECRET])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(64).build()?;
        Ok(Self { child, address, data_dir, log, client })
    }

    pub async fn wait_until_ready(&self) -> Outcome<()> {
        let begin = Instant::now();
        loop {
            let asked = self.client.get(format!("http://{}/readyz", self.address)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if begin.elapsed() > Duration::from_secs(60) {
                return Err(format!("the server is not ready after a minute; see {}", self.log.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The file behind a path, for the bearer of a token.
    pub fn file(&self, token: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("http://{}{path}", self.address)).bearer_auth(token)
    }

    /// The request with this body, as the bearer of a token.
    fn send(&self, token: &str, body: Bytes) -> reqwest::RequestBuilder {
        self.client
            .post(format!("http://{}/graphql", self.address))
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json")
            .bearer_auth(token)
            .body(body)
    }

    /// Asks and reads the answer; an answer with errors is one.
    pub async fn ask(&self, token: &str, body: Bytes) -> Outcome<Value> {
        let answer = self.send(token, body.clone()).send().await?;
        let answer: Value = answer.json().await?;
        if answer.get("errors").is_some() {
            return Err(format!("{} was answered {answer}", String::from_utf8_lossy(&body)).into());
        }
        Ok(answer)
    }

    /// Asks it to stop as an operator would, and waits: its PostgreSQL stops with it.
    pub fn stop(mut self) -> Outcome<()> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        if !asked.success() {
            return Err(io::Error::other("the server could not be asked to stop").into());
        }
        let ended = self.child.wait()?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {ended}; see {}", self.log.display()).into())
        }
    }
}

impl Contender for Server {
    fn post(&self, _: &Request, ask: &Ask) -> Outcome<reqwest::RequestBuilder> {
        Ok(self.send(&ask.token, ask.body()))
    }

    fn is_good(&self, request: &Request, body: &[u8]) -> bool {
        // `errors` stands first in a body that has any.
        let says = request.says.as_bytes();
        !body.starts_with(b"{\"errors\"") && (says.is_empty() || body.windows(says.len()).any(|part| part == says))
    }

    fn processes(&self) -> Outcome<Processes> {
        Processes::of(self.child.id(), &self.data_dir)
    }
}

/// A token for somebody of an organization.
pub fn token(role: Role, organization: u64) -> Outcome<String> {
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "bench", "exp": 4_000_000_000_u64,
        "org_id": organization_id(organization), "roles": [role.name()],
    });
    Ok(jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))?)
}

/// The id of an organization of the world.
pub fn organization_id(index: u64) -> Uuid {
    id(Kind::Organization, index)
}
