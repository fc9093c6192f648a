//! `liaison import`: people out of a CSV file beside the database, as an administrator of an organization and by the same engine as over
//! HTTP. The file stays where it is and is read row by row; killed half way, the same command goes on where it stood.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use liaison_domain::failure::{Failure, Fault};
use liaison_domain::import::{self as imports, Counts, FileLimits, FileReader, FromFile, Kind, Options, Record, State};
use liaison_domain::reading::{ListError, Page};
use liaison_domain::session::{Database, DatabaseOptions};
use liaison_domain::sheet::cell;
use liaison_domain::viewer::Viewer;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::acting::{ActingError, acting_as};
use super::out;
use crate::config::{ImportCommand, Settings};
use crate::import::options;
use crate::storage::{Storage, StorageError};

/// Why nobody came in, or not everybody.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nobody to act as.
    #[error(transparent)]
    Acting(#[from] ActingError),
    /// An argument is not acceptable.
    #[error("--{name}: {why}")]
    Argument {
        /// The flag without its dashes.
        name: &'static str,
        /// What would be right.
        why: String,
    },
    /// The rules said no, or the file cannot be read as one.
    #[error("{0}")]
    Refused(String),
    /// The file cannot be read from, or written to, the disk.
    #[error("{place}: {reason}")]
    File {
        /// Where.
        place: String,
        /// What the system says.
        reason: io::Error,
    },
    /// Another process brings this very file in.
    #[error("this file is being brought in by another process already; wait for it, or end that one first")]
    UnderWay,
    /// The database failed under way.
    #[error("{0}; run the same command again and it goes on where it stands")]
    Fault(#[from] Fault),
}

impl From<Failure> for ImportError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fault(fault) => Self::Fault(fault),
            Failure::Refused(refusals) => {
                Self::Refused(refusals.into_iter().map(|refusal| refusal.message).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

/// So many bytes are read at once.
const PIECE: usize = 256 << 10;
/// Without a terminal a line is written so often.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// So many rows of a dry run are shown here; the API has the others.
const SHOWN: u32 = 20;

/// Brings the wanted file in. The exit code: success when every row came in, 2 when some did not, failure when it did not come to its end.
pub async fn import(settings: &Settings, wanted: &ImportCommand) -> Result<ExitCode, ImportError> {
    let options = options(wanted)?;
    let place = Place::of(&wanted.file).await?;
    let file = survey(&place, &options).await?;
    let storage = Storage::beside(&settings.database).await?;
    let imported = match storage.database(DatabaseOptions { max_connections: 3, ..DatabaseOptions::default() }).await {
        Ok(database) => {
            let imported = bring_in(&database, wanted, options, &place, file).await;
            database.close().await;
            imported
        }
        Err(error) => Err(error.into()),
    };
    storage.close().await?;
    imported
}

/// A file on disk, also where it came through a pipe.
struct Place {
    path: PathBuf,
    name: String,
    /// What was read from standard input, until it is brought in.
    _kept: Option<tempfile::TempPath>,
}

impl Place {
    async fn of(path: &Path) -> Result<Self, ImportError> {
        if path != Path::new("-") {
            let name =
                path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
            return Ok(Self { path: path.to_owned(), name, _kept: None });
        }
        let failed = |reason| ImportError::File { place: "standard input".to_owned(), reason };
        let (mut file, kept) = tempfile::NamedTempFile::new().map_err(failed)?.into_parts();
        let copied = tokio::task::spawn_blocking(move || io::copy(&mut io::stdin().lock(), &mut file)).await;
        copied.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)?;
        Ok(Self { path: kept.to_path_buf(), name: "standard input".to_owned(), _kept: Some(kept) })
    }

    fn failed(&self, reason: io::Error) -> ImportError {
        ImportError::File { place: self.path.display().to_string(), reason }
    }

    async fn open(&self) -> Result<tokio::fs::File, ImportError> {
        tokio::fs::File::open(&self.path).await.map_err(|reason| self.failed(reason))
    }
}

/// Looks the file through: that it can be read to its end, how many rows it has, and which file it is.
async fn survey(place: &Place, options: &Options) -> Result<FromFile, ImportError> {
    let mut file = place.open().await?;
    let mut survey = FromFile::survey(options, FileLimits::default());
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).await.map_err(|reason| place.failed(reason))? {
            0 => return Ok(survey.finish(options)?),
            read => survey.take(&piece[..read])?,
        }
    }
}

/// The rows of a file as they are asked for.
struct FileRows {
    file: tokio::fs::File,
    reader: FileReader,
    piece: Vec<u8>,
    ahead: Vec<Record>,
    has_ended: bool,
}

impl imports::Rows for FileRows {
    async fn after(&mut self, number: i32, most: usize) -> Result<Vec<Record>, Failure> {
        loop {
            self.ahead.retain(|record| record.number > number);
            if self.ahead.len() >= most || self.has_ended {
                let count = self.ahead.len().min(most);
                return Ok(self.ahead.drain(..count).collect());
            }
            let read = self.file.read(&mut self.piece).await;
            let read = read.map_err(|error| Fault::Internal(format!("the file cannot be read any more: {error}")))?;
            let taken = match read {
                0 => {
                    self.has_ended = true;
                    self.reader.finish(&mut self.ahead)
                }
                read => self.reader.take(&self.piece[..read], &mut self.ahead),
            };
            taken.map_err(|bad| Fault::Internal(format!("the file has changed meanwhile: {bad}")))?;
        }
    }
}

async fn bring_in(
    database: &Database,
    wanted: &ImportCommand,
    options: Options,
    place: &Place,
    file: FromFile,
) -> Result<ExitCode, ImportError> {
    let viewer = acting_as(database, wanted.organization.as_ref()).await?;
    let rows = file.rows();
    let reader = FileReader::new(FileLimits::default(), options.delimiter);
    let worker = imports::begin(database, &viewer, options, &place.name, file).await?.ok_or(ImportError::UnderWay)?;
    let import = worker.import().clone();
    if import.counts.processed > 0 {
        eprintln!("{}: going on after row {} of {rows}", place.name, import.counts.processed);
    }
    let source =
        FileRows { file: place.open().await?, reader, piece: vec![0; PIECE], ahead: Vec::new(), has_ended: false };
    let mut watch = Watch::new(rows, import.counts.processed);
    let begun = Instant::now();
    let state = worker.run(source, |counts| watch.see(counts)).await;
    watch.end();
    let state = state?;
    let after = look(database, &viewer, import.id).await?;
    if let Some(path) = &wanted.errors {
        write_errors(database, &viewer, import.id, path).await?;
    }
    if wanted.dry_run {
        show_preview(database, &viewer, import.id).await?;
    }
    summary(&place.name, rows, after, after.processed - import.counts.processed, begun.elapsed(), wanted);
    Ok(match state {
        State::Done if after.failed == 0 => ExitCode::SUCCESS,
        State::Done => ExitCode::from(2),
        _ => {
            eprintln!("liaison: the import was cancelled, or another process carries it out");
            ExitCode::FAILURE
        }
    })
}

fn summary(name: &str, rows: i32, counts: Counts, new: i32, took: Duration, wanted: &ImportCommand) {
    let Counts { processed, created, updated, unchanged, skipped, failed } = counts;
    let would = if wanted.dry_run { " (a dry run: nothing was done)" } else { "" };
    let rate = f64::from(new) / took.as_secs_f64().max(0.001);
    out(&format!(
        "{name}: {processed} of {rows} rows{would}\n  created {created}, updated {updated}, unchanged {unchanged}, skipped {skipped}, \
         failed {failed}\n  {new} rows in {:.1} s, {rate:.0} rows a second\n",
        took.as_secs_f64()
    ));
    if failed > 0 {
        let hint = match &wanted.errors {
            Some(path) => format!("see {}", path.display()),
            None => "give --errors FILE to have them written with what would be right".to_owned(),
        };
        eprintln!("{failed} rows did not come in: {hint}");
    }
}

/// The bar on a terminal, a line now and then elsewhere.
struct Watch {
    bar: ProgressBar,
    is_terminal: bool,
    begun: Instant,
    from: i32,
    rows: i32,
    told: Instant,
}

impl Watch {
    fn new(rows: i32, from: i32) -> Self {
        let bar = ProgressBar::new(u64::try_from(rows).unwrap_or_default());
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} rows, {per_sec}, {eta} left, {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_position(u64::try_from(from).unwrap_or_default());
        bar.reset_eta();
        let now = Instant::now();
        Self { bar, is_terminal: io::stderr().is_terminal(), begun: now, from, rows, told: now }
    }

    fn see(&mut self, counts: &Counts) {
        self.bar.set_position(u64::try_from(counts.processed).unwrap_or_default());
        self.bar.set_message(format!("{} failed", counts.failed));
        if !self.is_terminal && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            let rate = f64::from(counts.processed - self.from) / self.begun.elapsed().as_secs_f64().max(0.001);
            let (done, rows, failed) = (counts.processed, self.rows, counts.failed);
            eprintln!("{done} of {rows} rows, {rate:.0} rows a second, {failed} failed");
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

async fn look(database: &Database, viewer: &Viewer, id: Uuid) -> Result<Counts, ImportError> {
    let reader = database.reader(viewer);
    let import = imports::import(&reader, id).await;
    reader.let_go().await;
    Ok(import?.map(|import| import.counts).unwrap_or_default())
}

/// The rows that did not come in, as a file that a spreadsheet opens.
async fn write_errors(database: &Database, viewer: &Viewer, id: Uuid, path: &Path) -> Result<(), ImportError> {
    let failed = |reason| ImportError::File { place: path.display().to_string(), reason };
    let mut rows = csv::Writer::from_writer(Vec::new());
    let written = |row: Result<(), csv::Error>| row.map_err(|error| failed(io::Error::other(error)));
    written(rows.write_record(["row", "line", "column", "code", "message"]))?;
    let mut page = Page::first(200);
    loop {
        let reader = database.reader(viewer);
        let found = imports::findings(&reader, id, Kind::Error, &page).await;
        reader.let_go().await;
        let (slice, _) = found.map_err(ListError::ours)?;
        for (cursor, finding) in &slice.rows {
            page.after = Some(cursor.clone());
            let code = finding.code.map_or("", |code| code.name());
            let texts =
                [finding.column.as_deref().unwrap_or_default(), code, finding.message.as_deref().unwrap_or_default()];
            let [column, code, message] = texts.map(cell::escaped);
            written(rows.write_record([finding.number.to_string(), finding.line.to_string(), column, code, message]))?;
        }
        if !slice.has_next {
            break;
        }
    }
    let bytes = rows.into_inner().map_err(|error| failed(io::Error::other(error.to_string())))?;
    let mut file = std::fs::File::create(path).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)
}

/// The first rows of a dry run, for people.
async fn show_preview(database: &Database, viewer: &Viewer, id: Uuid) -> Result<(), ImportError> {
    let reader = database.reader(viewer);
    let found = imports::findings(&reader, id, Kind::Preview, &Page::first(SHOWN)).await;
    reader.let_go().await;
    let (slice, total) = found.map_err(ListError::ours)?;
    for (_, finding) in &slice.rows {
        let action = finding.action.as_deref().unwrap_or_default();
        let change = |change: &imports::CellChange| format!("{}: {:?} → {:?}", change.column, change.old, change.new);
        let changes = finding.changes.iter().map(change).collect::<Vec<_>>().join(", ");
        out(&format!("row {:>6}  {action:<9}  {changes}\n", finding.number));
    }
    let shown = i64::try_from(slice.rows.len()).unwrap_or_default();
    if total > shown {
        out(&format!("… and {} rows more\n", total - shown));
    }
    Ok(())
}

fn options(wanted: &ImportCommand) -> Result<Options, ImportError> {
    let argument = |name: &'static str| move |why: String| ImportError::Argument { name, why };
    let mut mapping = BTreeMap::new();
    for pair in &wanted.mapping {
        let (ours, theirs) = pair
            .split_once('=')
            .ok_or_else(|| argument("mapping")(format!("{pair:?} must be OURS=THEIRS, such as last_name=Surname")))?;
        mapping.insert(ours.trim().to_owned(), theirs.trim().to_owned());
    }
    let delimiter = wanted.delimiter.as_deref().map(options::delimiter).transpose().map_err(argument("delimiter"))?;
    Ok(Options {
        mapping,
        on_match: wanted.on_match.into(),
        on_new: wanted.on_new.into(),
        source_system: wanted.source_system.clone(),
        meant: wanted.meant(),
        types: options::types(&wanted.types.join(",")).map_err(argument("type"))?,
        delimiter,
    })
}
