//! `liaison duplicates scan`: everybody compared with everybody whom they meet, beside the database and beside a running server, and what there
//! is to know of duplicates afterwards. It decides about no pair.

mod pairs;

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use liaison_domain::candidate::{self, Band, Figures, Namesakes, Progress, Report, Summary};
use liaison_domain::duplicate::LIKELY;
use liaison_domain::failure::{Failure, Fault};
use liaison_domain::session::{Database, DatabaseOptions};
use serde_json::json;

use super::out;
use crate::config::{DuplicatesCommand, ScanCommand, Settings};
use crate::storage::{Storage, StorageError};

/// Why nobody was compared.
#[derive(Debug, thiserror::Error)]
pub enum DuplicatesError {
    /// No database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Somebody else compares everybody.
    #[error("{0}")]
    Refused(String),
    /// The pairs cannot be written.
    #[error("{place} cannot be written: {reason}")]
    Write {
        /// Where.
        place: String,
        /// What the system says.
        reason: io::Error,
    },
    /// The database failed under way.
    #[error("{0}; the pairs that were found so far stand, run the same command again for the others")]
    Fault(#[from] Fault),
}

impl From<Failure> for DuplicatesError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fault(fault) => Self::Fault(fault),
            Failure::Refused(refusals) => {
                Self::Refused(refusals.into_iter().map(|refusal| refusal.message).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

/// Without a terminal a line is written so often.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Does what is wanted.
pub async fn duplicates(settings: &Settings, wanted: &DuplicatesCommand) -> Result<(), DuplicatesError> {
    let DuplicatesCommand::Scan(wanted) = wanted;
    let storage = Storage::beside(&settings.database).await?;
    let scanned = match storage.database(DatabaseOptions { max_connections: 2, ..DatabaseOptions::default() }).await {
        Ok(database) => {
            let scanned = scan(&database, wanted).await;
            database.close().await;
            scanned
        }
        Err(error) => Err(error.into()),
    };
    storage.close().await?;
    scanned
}

async fn scan(database: &Database, wanted: &ScanCommand) -> Result<(), DuplicatesError> {
    let names = if wanted.recount { Namesakes::Recounted } else { Namesakes::AsCounted };
    let mut watch = Watch::new();
    let report = candidate::scan(database, names, |progress| watch.see(progress)).await;
    watch.end();
    let report = report?;
    let mut told = if wanted.json { format!("{:#}\n", as_json(&report)) } else { as_text(&report) };
    let Some(path) = &wanted.pairs else {
        out(&told);
        return Ok(());
    };
    let lines = if wanted.json { pairs::Lines::Json } else { pairs::Lines::Csv };
    let count = pairs::write(database, path, lines, wanted.min_score).await?;
    let is_piped = path == Path::new("-");
    if !wanted.json && !is_piped {
        // Writing to a String cannot fail.
        let _ = writeln!(told, "{}: {count} pairs with a score of {} and more", path.display(), wanted.min_score);
    }
    if is_piped {
        eprint!("{told}")
    } else {
        out(&told)
    }
    Ok(())
}

/// By the names that they have in GraphQL.
fn as_json(report: &Report) -> serde_json::Value {
    let Report { figures, summary } = report;
    let Summary { contacts, open, likely, dismissed, bands, persons, surplus, rate, waiting, is_scan_due, .. } =
        summary;
    let band = |band: &Band| json!({ "fromScore": band.from, "untilScore": band.to, "pairs": band.pairs });
    json!({
        "scan": {
            "contacts": figures.contacts,
            "comparedPairs": figures.compared,
            "foundPairs": figures.found,
            "skippedKeys": figures.skipped_keys,
            "skippedEntries": figures.skipped_entries,
            "mostSharing": figures.most_sharing,
            "commonest": figures.commonest,
            "milliseconds": figures.milliseconds,
        },
        "summary": {
            "contacts": contacts,
            "openPairs": open,
            "likelyPairs": likely,
            "dismissedPairs": dismissed,
            "bands": bands.iter().map(band).collect::<Vec<_>>(),
            "contactsWithDuplicates": persons,
            "surplusContacts": surplus,
            "rate": rate,
            "waitingChanges": waiting,
            "isScanDue": is_scan_due,
            "namesCountedAt": summary.counted_at,
            "scannedAt": summary.scanned_at,
        },
    })
}

fn as_text(report: &Report) -> String {
    let Report { figures, summary } = report;
    let Figures { contacts, compared, skipped_keys, skipped_entries, commonest, most_sharing, milliseconds, .. } =
        figures;
    let Summary { likely, dismissed, bands, persons, surplus, rate, waiting, .. } = summary;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{contacts} contacts, {compared} pairs compared in {:.1} s", *milliseconds as f64 / 1e3);
    let are = |count: i64, one: &str, more: &str| if count == 1 { one.to_owned() } else { format!("{count} {more}") };
    let pairs = are(*likely, "1 pair is", "pairs are");
    let _ = writeln!(text, "{pairs} likely one person (a score of {LIKELY} and more), of {persons} contacts");
    for Band { from, to, pairs } in bands.iter().rev() {
        let hardly = if *to <= LIKELY { "  (hardly)" } else { "" };
        let _ = writeln!(text, "  {pairs:>9}  {from:.1} to {to:.1}{hardly}");
    }
    if *dismissed > 0 {
        let _ = writeln!(text, "  {dismissed:>9}  said to be two persons");
    }
    let records = are(*surplus, "1 record is", "records are");
    let _ = writeln!(text, "{records} one too many: a duplicate rate of {:.2} %", rate * 100.0);
    if *skipped_keys > 0 {
        let _ = writeln!(
            text,
            "{skipped_keys} keys were skipped, because more than {most_sharing} contacts share each and so they say nothing about who \
             somebody is (the commonest is shared by {commonest}; {skipped_entries} times somebody met nobody under one)"
        );
    }
    if *waiting > 0 {
        let _ = writeln!(text, "{waiting} changes came meanwhile; a running server compares them");
    }
    text
}

/// The bar on a terminal, a line now and then elsewhere.
struct Watch {
    bar: ProgressBar,
    is_terminal: bool,
    told: Instant,
}

impl Watch {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg:8} {wide_bar} {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, is_terminal: io::stderr().is_terminal(), told: Instant::now() }
    }

    fn see(&mut self, progress: Progress) {
        let (what, done, all) = match progress {
            Progress::Read(done, all) => ("read", done, all),
            Progress::Compared(done, all) => ("compared", done, all),
            Progress::Written(done, all) => ("written", done, all),
        };
        self.bar.set_message(what);
        self.bar.set_length(all);
        self.bar.set_position(done);
        if !self.is_terminal && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            eprintln!("{what} {done} of {all}");
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_tells_the_figures_for_people_and_for_programs() {
        let figures = Figures {
            contacts: 1_000,
            compared: 25_000,
            found: 60,
            skipped_keys: 7,
            skipped_entries: 900,
            commonest: 300,
            most_sharing: 40,
            milliseconds: 1_234,
        };
        let bands = vec![Band { from: 0.3, to: 0.5, pairs: 9 }, Band { from: 0.5, to: 1.0, pairs: 51 }];
        let summary = Summary {
            contacts: 1_000,
            open: 60,
            likely: 51,
            dismissed: 2,
            bands,
            persons: 90,
            surplus: 45,
            rate: 0.045,
            waiting: 0,
            is_scan_due: false,
            is_scan_under_way: false,
            scan: None,
            counted_at: None,
            scanned_at: None,
            last_scan: None,
        };
        let report = Report { figures, summary };
        let text = as_text(&report);
        for told in [
            "1000 contacts, 25000 pairs compared in 1.2 s",
            "51 pairs are likely one person (a score of 0.5 and more), of 90 contacts",
            "9  0.3 to 0.5  (hardly)",
            "45 records are one too many: a duplicate rate of 4.50 %",
            "7 keys were skipped, because more than 40 contacts share each",
        ] {
            assert!(text.contains(told), "{told} is not told in:\n{text}");
        }
        assert!(!text.contains("meanwhile"), "{text}");
        let json = as_json(&report);
        assert_eq!(
            (json["scan"]["comparedPairs"].as_u64(), json["summary"]["surplusContacts"].as_i64()),
            (Some(25_000), Some(45))
        );
        assert_eq!(json["summary"]["bands"][1]["pairs"], 51);
    }
}
