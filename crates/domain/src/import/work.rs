//! Carrying an import out: rows in their order, some hundreds a transaction, one worker at a time. What it did stands in the transaction
//! of its effect, so that whoever goes on after it repeats nothing and leaves nothing out.

use std::sync::Mutex;
use std::time::Duration;

use sqlx::Row;
use uuid::Uuid;

use super::batch::{Batch, Done, Outcome, Verdict};
use super::columns::Columns;
use super::file::{FileLimits, FileReader, Record};
use super::intake::{hash_of, new_import, refused, under_way};
use super::job::{Counts, Import, State, foreign, is_lost, obstacle};
use super::people::People;
use super::row::RowError;
use super::writing::{Note, Write, counted};
use super::{Options, allow, listing};
use crate::failure::{Failure, Fault, Refusal};
use crate::session::{Database, Note as RunNote, Sql, Turn};
use crate::viewer::Viewer;

/// So many rows are brought in as one transaction.
const AT_ONCE: usize = 500;
/// How often a batch is tried when the database does not answer or others are in the way, and how long to wait in between.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);
/// How long a turn is kept after the end of its import.
const LINGERS: Duration = Duration::from_secs(3);

/// Where the rows of an import come from.
pub trait Rows: Send {
    /// The next rows after this one, in their order; none when there are no more.
    fn after(&mut self, number: i32, most: usize) -> impl Future<Output = Result<Vec<Record>, Failure>> + Send;
}

/// The rows that wait in the database.
struct Stored {
    database: Database,
    viewer: Viewer,
    id: Uuid,
}

impl Rows for Stored {
    async fn after(&mut self, number: i32, most: usize) -> Result<Vec<Record>, Failure> {
        let mut sql = Sql::new("SELECT number, line, cells, flaw FROM import_rows WHERE import_id = ");
        sql.push_bind(self.id).push(" AND number > ").push_bind(number);
        sql.push(format_args!(" ORDER BY number LIMIT {most}"));
        let reader = self.database.reader(&self.viewer);
        let rows = reader.fetch(sql).await;
        reader.let_go().await;
        let read = |row: &sqlx::postgres::PgRow| -> Result<Record, Fault> {
            let cells: serde_json::Value = row.try_get("cells")?;
            let cells = serde_json::from_value(cells);
            Ok(Record {
                number: row.try_get("number")?,
                line: row.try_get("line")?,
                cells: cells.map_err(|error| Fault::Internal(format!("the cells of a row: {error}")))?,
                flaw: row.try_get("flaw")?,
            })
        };
        Ok(rows?.iter().map(read).collect::<Result<_, _>>()?)
    }
}

/// Whoever carries one import out.
pub struct Worker {
    database: Database,
    viewer: Viewer,
    import: Import,
    columns: Columns,
    turn: Turn,
    id: Uuid,
    carried: Mutex<People>,
}

/// A file on disk, looked through once.
#[derive(Clone, Debug)]
pub struct FromFile {
    header: Vec<String>,
    rows: i32,
    hash: [u8; 32],
}

/// Looks a file through before any of it is brought in: whether it can be read to its end, and which one it is.
pub struct Survey {
    reader: FileReader,
    hash: sha2::Sha256,
    rows: Vec<Record>,
}

impl FromFile {
    /// Begins to look through.
    pub fn survey(options: &Options, limits: FileLimits) -> Survey {
        Survey { reader: FileReader::new(limits, options.delimiter), hash: hash_of(options), rows: Vec::new() }
    }

    /// How many rows it has.
    pub fn rows(&self) -> i32 {
        self.rows
    }
}

impl Survey {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        sha2::Digest::update(&mut self.hash, bytes);
        self.reader.take(bytes, &mut self.rows).map_err(refused)?;
        self.rows.clear();
        Ok(())
    }

    /// The file has ended.
    pub fn finish(mut self, options: &Options) -> Result<FromFile, Failure> {
        self.reader.finish(&mut self.rows).map_err(refused)?;
        let header = self.reader.header().unwrap_or_default().to_vec();
        Columns::of(&header, &options.mapping).map_err(refused)?;
        Ok(FromFile { header, rows: self.reader.rows(), hash: sha2::Digest::finalize(self.hash).into() })
    }
}

/// Begins the import of a file whose rows stay where they are, or takes up the one of the same file that is not finished. `None` when
/// another process carries it out.
pub async fn begin(
    database: &Database,
    viewer: &Viewer,
    options: Options,
    file_name: &str,
    file: FromFile,
) -> Result<Option<Worker>, Failure> {
    allow(viewer)?;
    let options = options.checked()?;
    let id = match under_way(database, viewer, file.hash).await? {
        Some(id) => id,
        None => {
            let mut import = new_import(database, viewer, &options, file_name);
            import.header.clone_from(&file.header);
            import.keeps_rows = false;
            let id = import.id;
            let run = RunNote::default();
            database.run(viewer, &run, &Note(id, || Write::Begin(Box::new(import.clone())))).await?;
            let complete = || Write::Complete { header: file.header.clone(), total: file.rows, hash: file.hash };
            database.run(viewer, &run, &Note(id, complete)).await?;
            id
        }
    };
    Ok(Worker::of(database, viewer, id).await?.filter(|worker| !worker.import.state.is_final()))
}

/// Takes an import up where it stands. `None` when somebody carries it out.
pub async fn resume(database: &Database, viewer: &Viewer, id: Uuid) -> Result<Option<Worker>, Failure> {
    allow(viewer)?;
    let Some(worker) = Worker::of(database, viewer, id).await? else { return Ok(None) };
    let Some(why) = obstacle(&worker.import) else { return Ok(Some(worker)) };
    worker.turn.end().await;
    Err(Refusal::invalid("id", why).into())
}

/// Takes an import up in the background, unless somebody carries it out.
pub fn take_up(database: &Database, viewer: &Viewer, id: Uuid) {
    let (database, viewer) = (database.clone(), viewer.clone());
    tokio::spawn(async move {
        match resume(&database, &viewer, id).await {
            Ok(Some(worker)) => carry_out(worker).await,
            Ok(None) => {}
            Err(failure) => tracing::warn!(import = %id, ?failure, "an import could not be taken up"),
        }
    });
}

/// Carries an import out in the background, when its turn among those of this process comes.
pub fn spawn(worker: Worker) {
    tokio::spawn(carry_out(worker));
}

async fn carry_out(worker: Worker) {
    let database = worker.database.clone();
    // Closed when the process ends: then somebody else takes it up.
    let Some(_place) = database.place_to_import().await else { return };
    let id = worker.import.id;
    let rows = Stored { database: database.clone(), viewer: worker.viewer.clone(), id };
    match worker.run(rows, |_| {}).await {
        Ok(state) => tracing::info!(import = %id, ?state, "an import has ended"),
        Err(failure) => tracing::warn!(import = %id, ?failure, "an import was interrupted"),
    }
}

impl Worker {
    async fn of(database: &Database, viewer: &Viewer, id: Uuid) -> Result<Option<Self>, Failure> {
        let look = || async {
            let reader = database.reader(viewer);
            let import = listing::import(&reader, id).await;
            reader.let_go().await;
            import
        };
        let import = look().await?.ok_or_else(|| Refusal::not_found("id", "import"))?;
        if let Some(why) = Some(&import).filter(|import| import.state.is_final()).and_then(obstacle) {
            return Err(Refusal::invalid("id", why).into());
        }
        if import.organization_id != viewer.organization_id() {
            return Err(foreign().into());
        }
        let Some(turn) = database.turn(&id.to_string()).await? else { return Ok(None) };
        // Whoever had the turn until now may have gone on.
        let import = look().await?.ok_or_else(|| Refusal::not_found("id", "import"))?;
        let columns = match import.state {
            State::Receiving => Columns::default(),
            _ => Columns::of(&import.header, &import.options.mapping).map_err(refused)?,
        };
        let worker = database.clock().id(database.clock().now());
        let (database, viewer, carried) = (database.clone(), viewer.clone(), Mutex::default());
        Ok(Some(Self { database, viewer, import, columns, turn, id: worker, carried }))
    }

    /// The import as it stands.
    pub fn import(&self) -> &Import {
        &self.import
    }

    async fn write(&self, write: impl Fn() -> Write + Sync) -> Result<(), Failure> {
        let note = Note(self.import.id, write);
        self.database.run(&self.viewer, &RunNote::default(), &note).await.map(drop)
    }

    /// Brings the rows in that are left. An import that cannot go on waits to be taken up again.
    pub async fn run(mut self, mut rows: impl Rows, watch: impl FnMut(&Counts) + Send) -> Result<State, Failure> {
        let worker = self.id;
        let outcome = match self.write(|| Write::Start { worker }).await {
            Ok(()) => self.carry_out(&mut rows, watch).await,
            Err(failure) => Err(failure),
        };
        let ended = match outcome {
            Ok(()) => {
                self.write(|| Write::End { worker, state: State::Done, failure: None }).await.map(|()| State::Done)
            }
            Err(failure) if is_lost(&failure) => Ok(State::Cancelled),
            Err(failure) => {
                let why = match &failure {
                    Failure::Refused(refusals) => refusals.first().map(|refusal| refusal.message.clone()),
                    Failure::Fault(_) => None,
                };
                // What is written here tells people why; that it goes on where it stands follows from the rows.
                let end = || Write::End { worker, state: State::Interrupted, failure: why.clone() };
                if let Err(failure) = self.write(end).await {
                    tracing::debug!(?failure, "that an import is interrupted could not be noted");
                }
                Err(failure)
            }
        };
        match &ended {
            // Whoever reads a snapshot from before the end shall not think that nobody works on it.
            Ok(_) => drop(tokio::spawn(async move {
                tokio::time::sleep(LINGERS).await;
                self.turn.end().await;
            })),
            Err(_) => self.turn.end().await,
        }
        ended
    }

    async fn carry_out(&mut self, rows: &mut impl Rows, mut watch: impl FnMut(&Counts) + Send) -> Result<(), Failure> {
        loop {
            let some = rows.after(self.import.counts.processed, AT_ONCE).await?;
            if some.is_empty() {
                return Ok(());
            }
            // What does not go as a whole goes in halves, down to the one row that is to blame.
            let mut waiting = vec![some.as_slice()];
            while let Some(records) = waiting.pop() {
                match self.bring_in(records).await? {
                    Some(counts) => {
                        add(&mut self.import.counts, counts);
                        watch(&self.import.counts);
                    }
                    None => {
                        let (first, second) = records.split_at(records.len() / 2);
                        waiting.extend([second, first]);
                    }
                }
            }
        }
    }

    /// Brings rows in as one transaction; `None` when it is to be tried in halves.
    async fn bring_in(&self, records: &[Record]) -> Result<Option<Counts>, Failure> {
        let import = &self.import;
        let note = RunNote {
            reason: Some(format!("import {}", import.file_name)),
            request_id: Some(import.id.to_string()),
            ..RunNote::default()
        };
        let mut tried = 1;
        loop {
            let batch = Batch {
                options: &import.options,
                columns: &self.columns,
                records,
                carried: &self.carried,
                import_id: import.id,
                worker: self.id,
                before: import.counts,
            };
            match self.database.run(&self.viewer, &note, &batch).await {
                Ok(recorded) => {
                    return Ok(match recorded.output {
                        Done::Rows(outcomes) => Some(counted(&outcomes)),
                        Done::TooMuch => None,
                    });
                }
                // It may have been this very batch, whose commit nobody heard of.
                Err(failure) if is_lost(&failure) && tried > 1 => {
                    return self.since().await?.map(Some).ok_or(failure);
                }
                Err(failure) if is_lost(&failure) => return Err(failure),
                Err(Failure::Refused(_)) if records.len() > 1 => return Ok(None),
                // It is the organization or the right that is missing, and no row's fault.
                Err(failure @ Failure::Refused(_)) if super::allow(&self.viewer).is_err() => return Err(failure),
                Err(Failure::Refused(refusals)) => return self.refuse(&records[0], refusals).await.map(Some),
                Err(Failure::Fault(fault)) if tried < TRIES && may_pass(&fault) => {
                    tracing::debug!(%fault, tried, "rows are tried again");
                    tokio::time::sleep(PAUSE * 2_u32.pow(tried)).await;
                    tried += 1;
                }
                Err(Failure::Fault(Fault::Internal(why))) if records.len() > 1 => {
                    tracing::error!(why, "rows could not be brought in together; they are tried in halves");
                    return Ok(None);
                }
                // Too long for one transaction, as a whole.
                Err(Failure::Fault(Fault::TimedOut(_))) if records.len() > 1 => return Ok(None),
                Err(Failure::Fault(Fault::Unavailable(_)))
                    if records.len() > 1 && self.database.ping().await.is_ok() =>
                {
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// How much further the import stands than we know of, if it does.
    async fn since(&self) -> Result<Option<Counts>, Failure> {
        let reader = self.database.reader(&self.viewer);
        let import = listing::import(&reader, self.import.id).await;
        reader.let_go().await;
        let (now, known) = (import?.map(|import| import.counts).unwrap_or_default(), self.import.counts);
        Ok((now.processed > known.processed).then(|| Counts {
            processed: now.processed - known.processed,
            created: now.created - known.created,
            updated: now.updated - known.updated,
            unchanged: now.unchanged - known.unchanged,
            skipped: now.skipped - known.skipped,
            failed: now.failed - known.failed,
        }))
    }

    /// Notes that one row did not come in.
    async fn refuse(&self, record: &Record, refusals: Vec<Refusal>) -> Result<Counts, Failure> {
        let error = |refusal: Refusal| RowError {
            column: refusal.field.first().cloned(),
            code: refusal.code,
            message: refusal.message,
        };
        let outcomes = vec![Outcome {
            number: record.number,
            line: record.line,
            verdict: Verdict::Failed(refusals.into_iter().map(error).collect()),
            contact_id: None,
            changes: Vec::new(),
        }];
        let (worker, before, is_dry_run) = (self.id, self.import.counts, self.import.options.is_dry_run());
        self.write(|| Write::Progress { worker, outcomes: outcomes.clone(), before, is_dry_run }).await?;
        Ok(counted(&outcomes))
    }
}

fn may_pass(fault: &Fault) -> bool {
    matches!(fault, Fault::Unavailable(_) | Fault::TimedOut(_) | Fault::Contended(_))
}

fn add(to: &mut Counts, more: Counts) {
    to.processed += more.processed;
    to.created += more.created;
    to.updated += more.updated;
    to.unchanged += more.unchanged;
    to.skipped += more.skipped;
    to.failed += more.failed;
}
