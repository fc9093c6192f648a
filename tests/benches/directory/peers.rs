//! The peers: GraphQL servers of others on the same database, each a process of Node.js. PostGraphile 5 makes its schema of the tables;
//! behind Mercurius, which compiles queries, stand resolvers and loaders by hand. Each is asked in its own spelling.
//!
//! What is in doubt is decided in their favour. As the tables' owner they stand under no row security, and nobody shows them a token.
//! They have as many connections as the server, keep statements prepared, run in production mode on the Node.js of their lock file, and
//! are warm before they are measured. `peers/process.mjs` says how PostgreSQL plans for them, and why that suits them. Each is one
//! process without a cluster, as it is CPU that is compared.
//!
//! They read normalised tables, as the floor does: what the projector keeps for lists is not theirs. What they write is in no log and is
//! compared with nobody: Q8 is four mutations of plain tables behind PostGraphile, each a transaction, and one statement like
//! the floor's behind Mercurius.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use liaison_server::cluster::Login;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;

use super::cost::Processes;
use super::database::Database;
use super::ground::Ground;
use super::load::Contender;
use super::requests::{Ask, Request};
use super::server::CONNECTIONS;
use crate::Outcome;

pub mod install;
mod spelling;

/// Who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    PostGraphile,
    Mercurius,
}

/// All of them.
pub const ALL: [Name; 2] = [Name::PostGraphile, Name::Mercurius];

impl Name {
    fn program(self) -> &'static str {
        match self {
            Self::PostGraphile => "postgraphile.mjs",
            Self::Mercurius => "mercurius.mjs",
        }
    }
}

/// A running peer.
pub struct Peer {
    pub name: Name,
    child: Child,
    address: SocketAddr,
    data_dir: PathBuf,
    log: PathBuf,
    client: reqwest::Client,
}

impl Peer {
    /// Beside a server, on the same database; it must be installed.
    pub fn start(name: Name, ground: &Ground, database: &Database) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = ground.folder.join(name.program()).with_extension("log");
        let child = Command::new(install::node())
            .arg(install::folder().join(name.program()))
            .args([address.to_string(), database.url(Login::Owner), CONNECTIONS.to_string()])
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production")
            // Kept open: a peer ends when whoever started it does.
            .stdin(Stdio::piped())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()?;
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(64).build()?;
        Ok(Self { name, child, address, data_dir: ground.data_dir(), log, client })
    }

    pub async fn wait_until_ready(&mut self) -> Outcome<()> {
        let begin = Instant::now();
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            let ended = self.child.try_wait()?;
            if ended.is_some() || begin.elapsed() > Duration::from_secs(60) {
                return Err(format!("{:?} does not start; see {}", self.name, self.log.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// The same questions in its own spelling; None where it is not asked.
    pub async fn request(&self, request: &Request) -> Outcome<Option<Request>> {
        let Some(document) = self.name.document(request.name) else { return Ok(None) };
        let mut asks = Vec::with_capacity(request.asks.len());
        for ask in &request.asks {
            asks.push(Ask::new("", document, &self.variables(request.name, &ask.variables).await?)?);
        }
        Ok(Some(Request { name: request.name, asks, says: request.says, floor: None }))
    }

    /// The data that it answers with; an answer with errors is one.
    pub async fn ask(&self, ask: &Ask) -> Outcome<Value> {
        let mut answer: Value = self.send(ask).send().await?.json().await?;
        if answer.get("errors").is_some() {
            return Err(format!("{:?} answered {answer}", self.name).into());
        }
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }

    /// Ends it; it keeps nothing.
    pub fn stop(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn send(&self, ask: &Ask) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("http://{}/graphql", self.address));
        request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "application/json").body(ask.body())
    }
}

impl Contender for Peer {
    fn post(&self, _: &Request, ask: &Ask) -> Outcome<reqwest::RequestBuilder> {
        Ok(self.send(ask))
    }

    fn is_good(&self, _: &Request, body: &[u8]) -> bool {
        // Errors stand before the data or behind it, as a list.
        body.starts_with(b"{\"data\":{") && body.ends_with(b"}}")
    }

    fn processes(&self) -> Outcome<Processes> {
        Processes::of(self.child.id(), &self.data_dir)
    }
}
