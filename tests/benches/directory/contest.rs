//! A server, the floor and peers on the same database, asked in turn: a figure and what it is compared with are taken a moment apart.

use serde_json::Value;

use super::beside::Beside;
use super::cost::Processes;
use super::database::Database;
use super::export::{self, Export};
use super::floor::Floor;
use super::ground::Ground;
use super::load::{self, Contender};
use super::options::{Options, RowSecurity};
use super::peers::{self, Peer};
use super::requests::{self, Ask, Request};
use super::same;
use super::server::Server;
use super::table::{Findings, Row, Who};
use crate::Outcome;

/// So many questions of a pool are asked of each before anything is measured.
const COMPARED: usize = 25;

/// A floor that takes longer to answer than this, in seconds, only waits for a core when several ask: one client is enough.
const SLOW: f64 = 0.1;

/// What the requests of a contest do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    Read,
    Write,
}

/// What is measured on one database.
pub struct Contest<'a> {
    ground: &'a Ground,
    database: &'a Database,
    options: &'a Options,
    server: Server,
    /// None where it is not wanted, or its rows would be in the way.
    floor: Option<Floor>,
    peers: Vec<Peer>,
    /// Whether the server compares whoever changes with others.
    compares: bool,
}

impl<'a> Contest<'a> {
    pub async fn start(ground: &'a Ground, database: &'a Database, options: &'a Options, does: Does) -> Outcome<Self> {
        database.enforce_row_security().await?;
        let compares = does == Does::Write && !options.no_duplicates;
        let server = Server::start(ground, database, compares)?;
        // No event tells of what the floor writes: the log could not prove it.
        let is_proved = does == Does::Write && options.verify;
        let has_floor = !options.no_floor && !is_proved;
        let floor = if has_floor { Some(Floor::start(ground, database)?) } else { None };
        let mut contest = Self { ground, database, options, server, floor, peers: Vec::new(), compares };
        match contest.start_others(is_proved).await {
            Ok(()) => Ok(contest),
            Err(error) => {
                contest.stop()?;
                Err(error)
            }
        }
    }

    async fn start_others(&mut self, is_proved: bool) -> Outcome<()> {
        self.server.wait_until_ready().await?;
        if let Some(floor) = &self.floor {
            floor.wait_until_ready().await?;
        }
        // Nor do peers tell the log of anything.
        if self.options.peers && !is_proved {
            for name in peers::ALL {
                self.peers.push(Peer::start(name, self.ground, self.database)?);
            }
        }
        for peer in &mut self.peers {
            peer.wait_until_ready().await?;
        }
        Ok(())
    }

    /// Measures these requests, each at every number of connections; on a directory of another scale too where there is one. One that
    /// fails is told of, and the others go on.
    pub async fn measure(
        &self,
        names: &[&'static str],
        beside: Option<&Beside>,
        findings: &mut Findings,
    ) -> Outcome<()> {
        for request in requests::named(names, &self.server, &self.ground.world).await? {
            if let Err(error) = self.measure_one(&request, beside, &mut findings.rows).await {
                let failure = format!("{}: {error}", request.name);
                eprintln!("{failure}");
                findings.failures.push(failure);
                // Others who asked at the same time may still be at work.
                self.settled().await?;
                self.database.enforce_row_security().await?;
            }
        }
        Ok(())
    }

    /// What the server has resident before anybody asks it anything, in bytes.
    pub fn idle(&self) -> Outcome<u64> {
        self.server.processes().and_then(Processes::resident)
    }

    /// A file of everybody.
    pub async fn export(&self) -> Outcome<Export> {
        export::run(&self.server).await
    }

    pub fn stop(self) -> Outcome<()> {
        let mut stopped = self.floor.map_or(Ok(()), Floor::stop);
        for peer in self.peers {
            stopped = peer.stop().and(stopped);
        }
        self.server.stop().and(stopped)
    }

    async fn measure_one(&self, request: &Request, beside: Option<&Beside>, rows: &mut Vec<Row>) -> Outcome<()> {
        let seconds = self.options.seconds();
        let effort = requests::effort(&self.server, request).await?;
        let effort_beside = match beside {
            Some(beside) => Some(beside.effort(request.name).await?),
            None => None,
        };
        self.compare(request).await?;
        let peers = self.peers_at(request).await?;
        let mut floor_is_slow = false;
        for connections in self.options.connections.iter().copied() {
            let mut push = |who, effort, cost| rows.push(Row::new(request.name, who, connections, effort, cost));
            for who in self.turns() {
                push(*who, Some(effort), self.run(*who, request, connections).await?);
            }
            if let Some(floor) = self.floor_of(request).filter(|_| !floor_is_slow) {
                let cost = load::run(floor, request, connections, seconds, async || Ok(())).await?;
                floor_is_slow = cost.percentile(0.5).as_secs_f64() > SLOW * connections as f64;
                push(Who::Floor, None, cost);
            }
            for (peer, spelt) in &peers {
                let cost = load::run(*peer, spelt, connections, seconds, async || Ok(())).await?;
                push(Who::Peer(peer.name), None, cost);
            }
            if let Some(beside) = beside {
                let cost = beside.run(request.name, connections, seconds).await?;
                push(Who::Beside(beside.scale), effort_beside, cost);
            }
        }
        Ok(())
    }

    /// When nobody waits for being compared any more: that is part of what it costs to make somebody.
    async fn settled(&self) -> Outcome<()> {
        if self.compares { self.database.everybody_compared().await } else { Ok(()) }
    }

    /// The ways in which the server is asked, one after the other.
    fn turns(&self) -> &'static [Who] {
        match self.options.row_security {
            RowSecurity::On => &[Who::Ours],
            RowSecurity::Off => &[Who::Unwalled],
            RowSecurity::Both => &[Who::Ours, Who::Unwalled],
        }
    }

    fn floor_of(&self, request: &Request) -> Option<&Floor> {
        self.floor.as_ref().filter(|_| request.floor.is_some())
    }

    async fn run(&self, who: Who, request: &Request, connections: usize) -> Outcome<load::Cost> {
        let seconds = self.options.seconds();
        let run = load::run(&self.server, request, connections, seconds, async || self.settled().await);
        if who != Who::Unwalled {
            return run.await;
        }
        self.database.suspend_row_security().await?;
        let cost = run.await;
        self.database.enforce_row_security().await?;
        cost
    }

    /// An error unless both give the same answers: a floor that answers something else is none.
    async fn compare(&self, request: &Request) -> Outcome<()> {
        let Some(floor) = self.floor_of(request) else { return Ok(()) };
        for ask in sample(&request.asks) {
            let theirs = floor.ask(request, ask).await?;
            same::check(request.name, self.answer(ask).await?, Who::Floor, theirs)?;
        }
        Ok(())
    }

    /// The peers that are asked this, warm and each with its spelling of it. An error unless each gives the same answers as the server.
    async fn peers_at(&self, request: &Request) -> Outcome<Vec<(&Peer, Request)>> {
        let mut asked = Vec::new();
        for peer in &self.peers {
            let Some(spelt) = peer.request(request).await? else { continue };
            for (ask, spelt) in sample(&request.asks).zip(sample(&spelt.asks)) {
                let theirs = peer.ask(spelt).await?;
                same::check(request.name, self.answer(ask).await?, Who::Peer(peer.name), theirs)?;
            }
            load::warm(peer, &spelt).await?;
            asked.push((peer, spelt));
        }
        Ok(asked)
    }

    /// The data that the server answers with.
    async fn answer(&self, ask: &Ask) -> Outcome<Value> {
        let mut answer = self.server.ask(&ask.token, ask.body()).await?;
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }
}

/// Some of a pool, from all over it.
fn sample(asks: &[Ask]) -> impl Iterator<Item = &Ask> {
    asks.iter().step_by(asks.len().div_ceil(COMPARED).max(1))
}
