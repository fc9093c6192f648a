//! A file that comes in over the wire: its rows are kept as they arrive, so that any server can bring them in later. It looks at no
//! contact; a file that cannot be read leaves nothing.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use sqlx::Row;
use uuid::Uuid;

use super::columns::Columns;
use super::file::{BadFile, FileLimits, FileReader, Record};
use super::job::{Counts, Import, State};
use super::writing::{Note, Write};
use super::{Options, allow};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Database, Note as RunNote, Sql, push_is_taken};
use crate::viewer::Viewer;

/// So many rows are kept as one statement, or as many as hold so many bytes.
const KEPT_AT_ONCE: usize = 1_000;
const BYTES_AT_ONCE: usize = 4 << 20;

/// A file that is coming in.
pub struct Intake {
    database: Database,
    viewer: Viewer,
    import: Import,
    reader: FileReader,
    hash: Sha256,
    rows: Vec<Record>,
    bytes: usize,
    is_checked: bool,
}

/// A file that came in whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is a new import.
    New(Uuid),
    /// The same file with the same options is under way already: that goes on.
    Again(Uuid),
}

/// What makes two files the same import: every byte, and how they are brought in.
pub(super) fn hash_of(options: &Options) -> Sha256 {
    let options = serde_json::to_vec(options).expect("options are plain data");
    Sha256::new().chain_update((options.len() as u64).to_be_bytes()).chain_update(options)
}

/// What a file that cannot be read is refused with.
pub(super) fn refused(bad: BadFile) -> Failure {
    Refusal::invalid("file", bad.0).into()
}

pub(super) fn new_import(database: &Database, viewer: &Viewer, options: &Options, file_name: &str) -> Import {
    let at = database.clock().now();
    let file_name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    Import {
        id: database.clock().id(at),
        organization_id: viewer.organization_id(),
        subject: viewer.subject().to_owned(),
        file_name,
        options: options.clone(),
        header: Vec::new(),
        keeps_rows: true,
        state: State::Receiving,
        failure: None,
        total: None,
        counts: Counts::default(),
        created_at: at,
        started_at: None,
        finished_at: None,
    }
}

impl Intake {
    /// Begins, or refuses whoever may not bring files in.
    pub async fn begin(
        database: &Database,
        viewer: &Viewer,
        options: Options,
        file_name: &str,
        limits: FileLimits,
    ) -> Result<Self, Failure> {
        allow(viewer)?;
        let options = options.checked()?;
        allow_another(database, viewer).await?;
        let import = new_import(database, viewer, &options, file_name);
        let (reader, hash) = (FileReader::new(limits, options.delimiter), hash_of(&options));
        let intake = Self {
            database: database.clone(),
            viewer: viewer.clone(),
            import,
            reader,
            hash,
            rows: Vec::new(),
            bytes: 0,
            is_checked: false,
        };
        let import = intake.import.clone();
        intake.write(|| Write::Begin(Box::new(import.clone()))).await?;
        Ok(intake)
    }

    async fn write(&self, write: impl Fn() -> Write + Sync) -> Result<(), Failure> {
        let note = Note(self.import.id, write);
        self.database.run(&self.viewer, &RunNote::default(), &note).await.map(drop)
    }

    /// Takes the next bytes.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.hash.update(bytes);
        self.bytes += bytes.len();
        self.reader.take(bytes, &mut self.rows).map_err(refused)?;
        self.check_header()?;
        if self.rows.len() >= KEPT_AT_ONCE || self.bytes >= BYTES_AT_ONCE {
            self.keep().await?;
        }
        Ok(())
    }

    /// A file whose columns cannot be used is refused at its first line.
    fn check_header(&mut self) -> Result<(), Failure> {
        if let (false, Some(header)) = (self.is_checked, self.reader.header()) {
            Columns::of(header, &self.import.options.mapping).map_err(refused)?;
            self.is_checked = true;
        }
        Ok(())
    }

    async fn keep(&mut self) -> Result<(), Failure> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        for some in rows.chunks(KEPT_AT_ONCE) {
            self.write(|| Write::Rows(some.to_vec())).await?;
        }
        Ok(())
    }

    /// The file has ended. One that cannot be read to its end leaves nothing.
    pub async fn finish(mut self) -> Result<Taken, Failure> {
        match self.complete().await {
            Ok(taken @ Taken::New(_)) => Ok(taken),
            other => {
                self.discard().await;
                other
            }
        }
    }

    async fn complete(&mut self) -> Result<Taken, Failure> {
        self.reader.finish(&mut self.rows).map_err(refused)?;
        self.check_header()?;
        self.keep().await?;
        let hash: [u8; 32] = self.hash.clone().finalize().into();
        if let Some(id) = under_way(&self.database, &self.viewer, hash).await? {
            return Ok(Taken::Again(id));
        }
        let header = self.reader.header().unwrap_or_default().to_vec();
        let total = self.reader.rows();
        match self.write(|| Write::Complete { header: header.clone(), total, hash }).await {
            Ok(()) => Ok(Taken::New(self.import.id)),
            // The same file came in twice at once: one of the two is it.
            Err(failure) => match under_way(&self.database, &self.viewer, hash).await? {
                Some(id) => Ok(Taken::Again(id)),
                None => Err(failure),
            },
        }
    }

    /// Forgets what came in of it.
    pub async fn discard(self) {
        if let Err(failure) = self.write(|| Write::Forget).await {
            tracing::warn!(?failure, "what came in of a file stays until it is cleared away");
        }
    }
}

/// So many imports of one organization may wait or run at a time.
const MOST_AT_ONCE: i64 = 4;
/// A file that nothing came of for so long is not coming in any more.
const STALE: TimeDelta = TimeDelta::minutes(2);

async fn allow_another(database: &Database, viewer: &Viewer) -> Result<(), Failure> {
    let mut sql = Sql::new("SELECT count(*) FROM imports i WHERE i.organization_id = ");
    sql.push_bind(viewer.organization_id()).push(" AND ((i.state = 'receiving' AND i.touched_at > ");
    sql.push_bind(database.clock().now() - STALE).push(") OR (i.state IN ('pending', 'running') AND ");
    push_is_taken(&mut sql, "i.id::text");
    sql.push("))");
    let reader = database.reader(viewer);
    let rows = reader.fetch(sql).await;
    reader.let_go().await;
    let count: i64 = rows?.first().map(|row| row.try_get(0)).transpose().map_err(Fault::from)?.unwrap_or_default();
    if count < MOST_AT_ONCE {
        return Ok(());
    }
    let why = format!(
        "{count} files of your organization are coming in already, the most at a time; wait until one has ended"
    );
    Err(Refusal::new(RefusalCode::RateLimited, "", why).into())
}

/// The import of this file that is not finished, if there is one.
pub(super) async fn under_way(database: &Database, viewer: &Viewer, hash: [u8; 32]) -> Result<Option<Uuid>, Fault> {
    let reader = database.reader(viewer);
    let mut sql =
        Sql::new("SELECT id FROM imports WHERE state IN ('pending', 'running', 'interrupted') AND organization_id = ");
    sql.push_bind(viewer.organization_id()).push(" AND file_hash = ").push_bind(hash.to_vec());
    let rows = reader.fetch(sql).await;
    reader.let_go().await;
    Ok(rows?.first().map(|row| row.try_get(0)).transpose()?)
}
