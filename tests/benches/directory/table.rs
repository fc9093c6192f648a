//! The table, as text. It measures nothing.

use std::fmt::Write as _;
use std::time::Duration;

use super::ground::Ground;
use super::load::Cost;
use super::options::Options;
use super::requests::Effort;

/// One request at one number of connections.
pub struct Row {
    pub name: &'static str,
    pub connections: usize,
    pub effort: Effort,
    pub cost: Cost,
}

/// The table, in Markdown.
pub fn text(ground: &Ground, options: &Options, rows: &[Row]) -> String {
    let (world, made) = (ground.world, &ground.made);
    let mut text = format!(
        "\nScale {:?}: {} organizations, {} contacts, {} events, {} MB. Made in {:.0} s: appended {:.0}, projected {:.0}, analysed {:.0}.\n\
         Each figure over {} s; CPU is seconds for 1,000 requests. Statements without the opening and the end of the transaction.\n\n",
        world.name,
        world.organizations,
        world.contacts,
        made.events,
        made.database_bytes / 1_000_000,
        made.append_seconds + made.project_seconds + made.analyze_seconds,
        made.append_seconds,
        made.project_seconds,
        made.analyze_seconds,
        options.seconds,
    );
    text.push_str(
        "| request | clients | statements | rows | kB | CPU server | CPU database | CPU both | requests/s | p50 ms | p99 ms | server MiB |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    for Row { name, connections, effort, cost } in rows {
        let (server, database) = (cost.per_thousand(cost.cpu.server), cost.per_thousand(cost.cpu.database));
        let _ = writeln!(
            text,
            "| {name} | {connections} | {:.1} | {:.0} | {:.1} | {server:.2} | {database:.2} | {:.2} | {:.0} | {:.1} | {:.1} | {:.0} |",
            effort.statements,
            effort.rows,
            effort.bytes / 1_000.0,
            server + database,
            cost.throughput(),
            milliseconds(cost.percentile(0.5)),
            milliseconds(cost.percentile(0.99)),
            cost.resident as f64 / 1_048_576.0,
        );
    }
    text
}
