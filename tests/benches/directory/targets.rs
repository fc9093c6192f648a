//! The targets of quality.md "Speed", each with what this run found. They tell; they do not decide how the run ends.

use std::fmt::Write as _;

use super::export::Export;
use super::peers;
use super::table::{Findings, Row, Who, mebibytes};

/// CPU as a multiple of the floor's, at most.
const OF_THE_FLOOR: [(&str, f64); 7] =
    [("Q1", 0.15), ("Q1l", 0.15), ("Q2", 0.25), ("Q2l", 0.25), ("Q5", 1.3), ("Q7", 1.3), ("Q8", 1.3)];

/// What row security may cost, as a multiple of the same request without it.
const OF_UNWALLED: f64 = 1.3;

/// What a directory of scale L may cost, as a multiple of scale S.
const OF_SMALL: (&[&str], f64) = (&["Q1", "Q2", "Q4", "Q5", "Q7"], 1.5);

/// Resident memory at so many clients, in MiB.
const MEMORY: (usize, f64) = (32, 64.0);

/// The server's throughput as a multiple of PostGraphile's, at least.
const OF_POSTGRAPHILE: (&[&str], f64) = (&["Q1", "Q2"], 10.0);

/// A line for each target; the worst figure decides.
pub fn text(findings: &Findings) -> String {
    let mut text = String::from("Targets (quality.md), by the worst figure of this run:\n");
    for (name, most) in OF_THE_FLOOR {
        let rows = findings.rows.iter().filter(|row| row.name == name && row.who == Who::Ours);
        let worst = worst(rows.filter_map(|row| Some((findings.ratio(row, Who::Floor)?, row))));
        push(&mut text, &format!("{name} ÷ floor"), most, worst);
    }
    let walled = findings.rows.iter().filter_map(|row| Some((findings.ratio(row, Who::Unwalled)?, row)));
    let worst_wall = worst(walled.filter(|(_, row)| row.who == Who::Ours));
    push(&mut text, "row security on ÷ off, any request", OF_UNWALLED, worst_wall);
    let (names, most) = OF_SMALL;
    let rows = findings.rows.iter().filter(|row| row.who == Who::Ours && names.contains(&row.name));
    let to_other = |row| Some((findings.ratio(row, Who::Beside(findings.beside?))?, row));
    push(
        &mut text,
        &format!("larger ÷ smaller scale (meant: L ÷ S), {}", names.join(", ")),
        most,
        worst(rows.filter_map(to_other)),
    );
    let (clients, most) = MEMORY;
    let rows = findings.rows.iter().filter(|row| row.connections == clients && is_server(row));
    let resident = worst(rows.map(|row| (mebibytes(row.cost.peak), row)));
    push(&mut text, &format!("MiB at {clients} clients"), most, resident);
    if let Some(Export { peak, .. }) = &findings.export {
        let peak = mebibytes(*peak);
        let _ = writeln!(text, "- MiB under a large export ≤ {most}: {peak:.0}, {}", verdict(peak, most));
    }
    push_peers(&mut text, findings);
    text
}

/// What peers cost: one of them has a target, and the others tell where the server stands.
fn push_peers(text: &mut String, findings: &Findings) {
    let ours = || findings.rows.iter().filter(|row| row.who == Who::Ours);
    let (names, least) = OF_POSTGRAPHILE;
    let speeds = ours().filter(|row| names.contains(&row.name));
    let speeds = speeds.filter_map(|row| Some((findings.speed(row, Who::Peer(peers::Name::PostGraphile))?, row)));
    let what = format!("throughput ÷ PostGraphile's, {}", names.join(", "));
    let _ = match speeds.min_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((figure, row)) => {
            let verdict = if figure >= least { "met" } else { "MISSED" };
            let Row { name, connections, .. } = row;
            writeln!(text, "- {what} ≥ {least}: {figure:.1} ({name} with {connections} clients), {verdict}")
        }
        None => writeln!(text, "- {what} ≥ {least}: not measured (`--peers` asks it)"),
    };
    for peer in findings.peers() {
        let rows = |name: &'static str| ours().filter(move |row| row.name == name);
        let mut names: Vec<&'static str> = ours().map(|row| row.name).collect();
        names.dedup();
        let worst = |of: &dyn Fn(&Row) -> Option<f64>, choose: fn(f64, f64) -> f64| {
            let worst_of = |name| Some(format!("{name} {:.2}", rows(name).filter_map(of).reduce(choose)?));
            names.iter().copied().filter_map(worst_of).collect::<Vec<_>>().join(", ")
        };
        let cpu = worst(&|row| findings.ratio(row, Who::Peer(peer)), f64::max);
        let speed = worst(&|row| findings.speed(row, Who::Peer(peer)), f64::min);
        let _ = writeln!(
            text,
            "- beside {peer:?}, at the worst number of clients: CPU ÷ its: {cpu}; throughput ÷ its: {speed}"
        );
    }
}

fn is_server(row: &Row) -> bool {
    matches!(row.who, Who::Ours | Who::Unwalled | Who::Beside(_))
}

fn worst<'a>(figures: impl Iterator<Item = (f64, &'a Row)>) -> Option<(f64, &'a Row)> {
    figures.max_by(|one, other| one.0.total_cmp(&other.0))
}

fn push(text: &mut String, what: &str, most: f64, worst: Option<(f64, &Row)>) {
    let _ = match worst {
        Some((figure, row)) => writeln!(
            text,
            "- {what} ≤ {most}: {figure:.2} ({}{} with {} clients), {}",
            row.name,
            row.who,
            row.connections,
            verdict(figure, most)
        ),
        None => writeln!(text, "- {what} ≤ {most}: not measured"),
    };
}

fn verdict(figure: f64, most: f64) -> &'static str {
    if figure <= most { "met" } else { "MISSED" }
}
