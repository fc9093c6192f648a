//! The same requests on a directory of another scale, in the same run: what a larger directory costs more. It has a PostgreSQL and a
//! server of its own, and no floor.

use super::database::Database;
use super::ground::Ground;
use super::load::{self, Cost};
use super::options::{Options, ScaleName};
use super::requests::{self, Effort, Request};
use super::server::Server;
use crate::Outcome;

/// A server on a directory of another scale.
pub struct Beside {
    pub scale: ScaleName,
    server: Server,
    database: Database,
    requests: Vec<Request>,
}

impl Beside {
    /// Brings one up that answers these requests.
    pub async fn start(scale: ScaleName, names: &[&'static str], options: &Options) -> Outcome<Self> {
        let ground = Ground::prepare(scale, options, false).await?;
        let database = ground.open().await?;
        let started = Self::serve(&ground, &database, names).await;
        match started {
            Ok((server, requests)) => Ok(Self { scale, server, database, requests }),
            Err(error) => {
                database.close().await?;
                Err(error)
            }
        }
    }

    async fn serve(ground: &Ground, database: &Database, names: &[&'static str]) -> Outcome<(Server, Vec<Request>)> {
        database.enforce_row_security().await?;
        let server = Server::start(ground, database, false)?;
        let asked = match server.wait_until_ready().await {
            Ok(()) => requests::named(names, &server, &ground.world).await,
            Err(error) => Err(error),
        };
        match asked {
            Ok(requests) => Ok((server, requests)),
            Err(error) => {
                server.stop()?;
                Err(error)
            }
        }
    }

    /// What a request makes it do.
    pub async fn effort(&self, name: &str) -> Outcome<Effort> {
        requests::effort(&self.server, self.request(name)?).await
    }

    /// What a request costs.
    pub async fn run(&self, name: &str, connections: usize, seconds: f64) -> Outcome<Cost> {
        load::run(&self.server, self.request(name)?, connections, seconds, async || Ok(())).await
    }

    fn request(&self, name: &str) -> Outcome<&Request> {
        let request = self.requests.iter().find(|request| request.name == name);
        Ok(request.ok_or_else(|| format!("{name} is not asked beside"))?)
    }

    pub async fn stop(self) -> Outcome<()> {
        let stopped = self.server.stop();
        self.database.close().await?;
        stopped
    }
}
