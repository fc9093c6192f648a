//! The data folder: a private PostgreSQL with the world in it, made once for a scale and kept. It asks nothing of the data.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use chrono::{DateTime, Utc};
use liaison_domain::candidate::{self, Namesakes};
use liaison_domain::replay::{Steward, Verdict};
use liaison_domain::session::{Database, DatabaseOptions};
use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Durability, Login};
use liaison_server::storage;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use super::append::Log;
use super::events::{self, Codes};
use super::options::{Options, ScaleName};
use super::world::{Kind, VERSION, World, id};
use crate::Outcome;

/// A folder with the world in it.
pub struct Ground {
    pub folder: PathBuf,
    pub world: World,
    pub made: Made,
}

/// How the data was made; kept beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Made {
    version: u32,
    pub events: u64,
    pub append_seconds: f64,
    pub project_seconds: f64,
    pub analyze_seconds: f64,
    pub database_bytes: i64,
    /// None while nobody was compared with anybody; only what writes needs it.
    #[serde(default)]
    pub compare_seconds: Option<f64>,
}

impl Ground {
    /// Finds the data of the scale, or makes it; for whoever writes with everybody compared with everybody, as in a directory in use: a
    /// server would begin with that, and be measured with it.
    pub async fn prepare(scale: ScaleName, options: &Options, writes: bool) -> Outcome<Self> {
        let folder = std::path::absolute(&options.data)?.join(format!("{scale:?}").to_lowercase());
        let world = World::of(scale);
        let note = folder.join("made.json");
        let kept = fs::read(&note).ok().and_then(|text| serde_json::from_slice::<Made>(&text).ok());
        let mut made = match kept.filter(|made| made.version == VERSION && !options.fresh) {
            Some(made) => made,
            None => {
                if folder.exists() {
                    fs::remove_dir_all(&folder)?;
                }
                fs::create_dir_all(&folder)?;
                let made = with_cluster(&folder, async |cluster| make(cluster, world).await).await?;
                fs::write(&note, serde_json::to_vec_pretty(&made)?)?;
                made
            }
        };
        if writes && made.compare_seconds.is_none() {
            made.compare_seconds = Some(with_cluster(&folder, compare).await?);
            fs::write(&note, serde_json::to_vec_pretty(&made)?)?;
        }
        if options.verify {
            with_cluster(&folder, verify).await?;
        }
        Ok(Self { folder, world, made })
    }

    /// The folder that `liaison serve` is given.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// With room for a bulk load, and no care for a power cut: what is lost is made anew.
async fn with_cluster<T>(folder: &std::path::Path, work: impl AsyncFnOnce(&Cluster) -> Outcome<T>) -> Outcome<T> {
    let mut options = ClusterOptions::in_folder(folder.join("data"))
        .setting("shared_buffers", "512MB")
        .setting("work_mem", "256MB")
        .setting("maintenance_work_mem", "512MB")
        .setting("max_wal_size", "16GB")
        .setting("checkpoint_timeout", "30min");
    options.durability = Durability::Relaxed;
    let cluster = Cluster::start(options).await?;
    let outcome = work(&cluster).await;
    cluster.stop().await?;
    outcome
}

async fn make(cluster: &Cluster, world: World) -> Outcome<Made> {
    let owner = cluster.connect_options(Login::Owner, DATABASE_NAME);
    storage::migrate(owner.clone()).await?;
    let mut connection = PgConnection::connect_with(&owner).await?;
    let codes = Codes::read(&mut connection).await?;

    let begin = Instant::now();
    let metadata = json!({ "actor": "benchmark", "organization_id": id(Kind::Organization, 0) });
    let at = DateTime::<Utc>::from_timestamp(1_767_225_600, 0).ok_or("a time")?;
    let mut log = Log::new(connection, at, metadata);
    events::append(&mut log, world, &codes).await?;
    let events = log.close().await?;
    let append_seconds = begin.elapsed().as_secs_f64();
    eprintln!("{events} events appended in {append_seconds:.1} s");

    let begin = Instant::now();
    let steward = Steward::open(owner.clone()).await?;
    let replayed = steward.rebuild().await;
    steward.close().await;
    replayed?;
    let project_seconds = begin.elapsed().as_secs_f64();
    eprintln!("projected in {project_seconds:.1} s");

    let begin = Instant::now();
    let mut connection = PgConnection::connect_with(&owner).await?;
    connection.execute("VACUUM (ANALYZE)").await?;
    let analyze_seconds = begin.elapsed().as_secs_f64();
    let database_bytes =
        sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Made {
        version: VERSION,
        events,
        append_seconds,
        project_seconds,
        analyze_seconds,
        database_bytes,
        compare_seconds: None,
    })
}

/// Finds the pairs that may be one person; how long that took.
async fn compare(cluster: &Cluster) -> Outcome<f64> {
    let begin = Instant::now();
    let app = cluster.connect_options(Login::App, DATABASE_NAME);
    let options = DatabaseOptions { max_connections: 2, ..DatabaseOptions::default() };
    let database = Database::open(app, options, storage::system_clock()).await?;
    let scanned = candidate::scan(&database, Namesakes::Recounted, |_| {}).await;
    database.close().await;
    let found = scanned.map_err(|failure| format!("nobody was compared: {failure:?}"))?.summary.open;
    let seconds = begin.elapsed().as_secs_f64();
    eprintln!("everybody compared in {seconds:.1} s: {found} pairs may be one person each");
    Ok(seconds)
}

async fn verify(cluster: &Cluster) -> Outcome<()> {
    let begin = Instant::now();
    let steward = Steward::open(cluster.connect_options(Login::Owner, DATABASE_NAME)).await?;
    let verdict = steward.verify().await;
    steward.close().await;
    match verdict? {
        Verdict::Proved { events, rows } => {
            eprintln!("proved: {rows} rows are what {events} events say ({:.1} s)", begin.elapsed().as_secs_f64());
            Ok(())
        }
        Verdict::Differs(difference) => Err(difference.to_string().into()),
    }
}
