//! The table, as text. It measures nothing.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::export::Export;
use super::ground::Ground;
use super::load::Cost;
use super::options::{Options, ScaleName};
use super::peers;
use super::requests::Effort;

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The server as it always runs.
    Ours,
    /// The server while no table asks its policies.
    Unwalled,
    /// One statement behind a bare handler.
    Floor,
    /// Another's GraphQL server.
    Peer(peers::Name),
    /// The server on a directory of another scale.
    Beside(ScaleName),
}

/// What stands behind a request's name.
impl fmt::Display for Who {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => Ok(()),
            Self::Unwalled => to.write_str(" without row security"),
            Self::Floor => to.write_str(" floor"),
            Self::Peer(peer) => write!(to, " {peer:?}"),
            Self::Beside(scale) => write!(to, " at {scale:?}"),
        }
    }
}

/// One request at one number of connections.
pub struct Row {
    pub name: &'static str,
    pub who: Who,
    pub connections: usize,
    pub effort: Option<Effort>,
    pub cost: Cost,
}

impl Row {
    /// A row, which is told as soon as it is there.
    pub fn new(name: &'static str, who: Who, connections: usize, effort: Option<Effort>, cost: Cost) -> Self {
        eprintln!("{name}{who} with {connections} clients: {:.0} requests/s", cost.throughput());
        Self { name, who, connections, effort, cost }
    }
}

/// All that a run found.
#[derive(Default)]
pub struct Findings {
    pub rows: Vec<Row>,
    pub export: Option<Export>,
    /// What the server had resident before anybody asked it anything, in bytes.
    pub idle: Option<u64>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
    /// The other scale that was measured beside this one.
    pub beside: Option<ScaleName>,
}

impl Findings {
    /// What a row is compared with: of the same request, by the same number of clients. A slow floor was only asked by the first.
    fn same(&self, row: &Row, who: Who) -> Option<&Row> {
        let mut candidates = self.rows.iter().filter(|other| other.name == row.name && other.who == who);
        let first = candidates.clone().next();
        candidates.find(|other| other.connections == row.connections).or(first.filter(|_| who == Who::Floor))
    }

    /// Which peers were asked.
    pub fn peers(&self) -> impl Iterator<Item = peers::Name> {
        let is_asked = |peer: &peers::Name| self.rows.iter().any(|row| row.who == Who::Peer(*peer));
        peers::ALL.into_iter().filter(is_asked)
    }

    /// How many times another's throughput a row has.
    pub fn speed(&self, row: &Row, to: Who) -> Option<f64> {
        let other = self.same(row, to)?.cost.throughput();
        (other > 0.0).then(|| row.cost.throughput() / other)
    }

    /// How many times another's CPU a row costs, server and database together.
    pub fn ratio(&self, row: &Row, to: Who) -> Option<f64> {
        let other = self.same(row, to)?.cost.both_per_thousand();
        (other > 0.0).then(|| row.cost.both_per_thousand() / other)
    }
}

pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// The table, in Markdown.
pub fn text(ground: &Ground, options: &Options, findings: &Findings) -> String {
    let (world, made) = (ground.world, &ground.made);
    let mut text = format!(
        "\nScale {:?}: {} organizations, {} contacts, {} events, {} MB. Made in {:.0} s: appended {:.0}, projected {:.0}, analysed {:.0}.\n\
         Each figure over {} s; CPU is seconds for 1,000 requests. Statements without the opening and the end of the transaction.\n\
         The client, one thread, shares the machine's cores with whom it asks: where the cores are busy it takes from throughput, not from CPU.\n\
         MiB: the most that was resident meanwhile, of the server's process, the floor's or a peer's.",
        world.name,
        world.organizations,
        world.contacts,
        made.events,
        made.database_bytes / 1_000_000,
        made.append_seconds + made.project_seconds + made.analyze_seconds,
        made.append_seconds,
        made.project_seconds,
        made.analyze_seconds,
        options.seconds(),
    );
    for peer in findings.peers() {
        let _ = write!(text, " {peer:?} is {}.", peers::install::version(peer));
    }
    if let Some(idle) = findings.idle {
        let _ = write!(text, " The server that nobody has asked anything has {:.0}.", mebibytes(idle));
    }
    let against: String = findings.peers().map(|peer| format!(" | ÷ {peer:?}")).collect();
    let _ = write!(
        text,
        "\n\n| request | clients | statements | rows | kB | CPU server | CPU database | CPU both | CPU client | ÷ floor{against} | on ÷ off | ÷ other scale | requests/s | p50 ms | p99 ms | MiB |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|{}---:|---:|---:|---:|---:|---:|\n",
        "---:|".repeat(findings.peers().count()),
    );
    for row in &findings.rows {
        push_row(&mut text, findings, row);
    }
    if let Some(export) = &findings.export {
        let _ = write!(
            text,
            "\nExport of everybody: {} lines, {:.1} MB in {:.1} s; CPU server {:.2} s, database {:.2} s; at most {:.0} MiB.\n",
            export.lines,
            export.bytes as f64 / 1_000_000.0,
            export.elapsed.as_secs_f64(),
            export.cpu.server,
            export.cpu.database,
            mebibytes(export.peak),
        );
    }
    text
}

fn push_row(text: &mut String, findings: &Findings, row: &Row) {
    let Row { name, who, connections, effort, cost } = row;
    let effort = match effort {
        Some(effort) => {
            format!("{:.1} | {:.0} | {:.1}", effort.statements, effort.rows, effort.bytes / 1_000.0)
        }
        None if *who == Who::Floor => "1.0 | | ".to_owned(),
        None => " | | ".to_owned(),
    };
    let ratio = |is_asked: bool, to: Option<Who>| {
        let ratio = to.filter(|_| is_asked).and_then(|to| findings.ratio(row, to));
        ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default()
    };
    let is_ours = matches!(who, Who::Ours | Who::Unwalled);
    let against: String =
        findings.peers().map(|peer| format!(" | {}", ratio(is_ours, Some(Who::Peer(peer))))).collect();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    let _ = writeln!(
        text,
        "| {name}{who} | {connections} | {effort} | {:.2} | {:.2} | {:.2} | {:.2} | {}{against} | {} | {} | {:.0} | {:.1} | {:.1} | {:.0} |",
        cost.per_thousand(cost.cpu.server),
        cost.per_thousand(cost.cpu.database),
        cost.both_per_thousand(),
        cost.per_thousand(cost.cpu.client),
        ratio(is_ours, Some(Who::Floor)),
        ratio(*who == Who::Ours, Some(Who::Unwalled)),
        ratio(*who == Who::Ours, findings.beside.map(Who::Beside)),
        cost.throughput(),
        milliseconds(cost.percentile(0.5)),
        milliseconds(cost.percentile(0.99)),
        mebibytes(cost.peak),
    );
}
