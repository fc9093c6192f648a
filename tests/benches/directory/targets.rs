//! The targets of quality.md "Speed", each with what this run found. They tell; they do not decide how the run ends.

use std::fmt::Write as _;

use super::export::Export;
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
    let rows = findings.rows.iter().filter(|row| row.connections == clients && row.who != Who::Floor);
    let resident = worst(rows.map(|row| (mebibytes(row.cost.peak), row)));
    push(&mut text, &format!("MiB at {clients} clients"), most, resident);
    if let Some(Export { peak, .. }) = &findings.export {
        let peak = mebibytes(*peak);
        let _ = writeln!(text, "- MiB under a large export ≤ {most}: {peak:.0}, {}", verdict(peak, most));
    }
    text.push_str("- 10 times PostGraphile's throughput on Q1 and Q2: no peer is part of this run\n");
    text
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
