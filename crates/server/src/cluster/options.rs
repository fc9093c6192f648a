//! What a caller may choose about the private cluster.
//! It may not read the environment or touch a file.

use std::path::PathBuf;
use std::sync::Arc;

use super::binaries::Finder;

/// Where the cluster lives.
#[derive(Clone, Debug)]
pub enum Place {
    /// In this folder, made at the first start and kept.
    Folder(PathBuf),
    /// In a temporary folder, which is gone after `stop`, and soon after this process dies in whatever way.
    Temporary,
}

/// How much an acknowledged commit is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives a crash and a power cut.
    Safe,
    /// It survives nothing but an orderly stop; for tests, which are quicker for it.
    Relaxed,
}

/// Whether a set of PostgreSQL programs may be fetched where none is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Download {
    Allowed,
    /// Offline: a set that was fetched before is used, but nothing is fetched.
    Forbidden,
}

/// Tells the person at the terminal something before it happens.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

/// All that `Cluster::start` needs to know.
#[derive(Clone)]
pub struct ClusterOptions {
    pub place: Place,
    pub durability: Durability,
    pub finder: Finder,
    pub download: Download,
    /// Where a fetched set of programs is kept; `None` is the user's cache folder.
    pub cache_folder: Option<PathBuf>,
    /// Whom PostgreSQL runs as when this process is root; `None` is `postgres`, else `nobody`.
    pub run_as: Option<String>,
    /// Further PostgreSQL settings, such as `max_connections`; they win over ours.
    pub settings: Vec<(String, String)>,
    /// Called before something slow or surprising happens; standard error unless set.
    pub notice: Notice,
}

impl ClusterOptions {
    /// A cluster that is kept in this folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::at(Place::Folder(folder.into()), Durability::Safe)
    }

    /// A cluster for a test or a trial: quick, and gone afterwards.
    pub fn temporary() -> Self {
        Self::at(Place::Temporary, Durability::Relaxed)
    }

    fn at(place: Place, durability: Durability) -> Self {
        Self {
            place,
            durability,
            finder: Finder::installed(),
            download: Download::Allowed,
            cache_folder: None,
            run_as: None,
            settings: Vec::new(),
            notice: Arc::new(|text| eprintln!("{text}")),
        }
    }

    /// Adds a PostgreSQL setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }
}
