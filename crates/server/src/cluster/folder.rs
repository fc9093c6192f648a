//! The data folder: what lies where in it, and the lock that lets one server at a time have it.
//! It may not start or stop anything.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use sha2::{Digest, Sha256};

use super::account::Account;
use super::error::ClusterError;
use super::options::Place;

/// macOS allows the least; Linux would allow four bytes more.
pub const LONGEST_SOCKET_PATH: usize = 104;

/// There is no TCP, so the port is only a part of the socket's name.
pub const PORT: u16 = 5432;

/// Where a kept cluster lives unless told otherwise: `/var/lib/liaison` for root, whose home PostgreSQL's user cannot
/// enter, else `liaison` in the user's folder for data.
pub fn default_data_folder() -> Option<PathBuf> {
    of_user("/var/lib/liaison", "XDG_DATA_HOME", ".local/share")
}

/// Where a fetched set of programs is kept unless told otherwise.
pub fn default_cache_folder() -> Option<PathBuf> {
    of_user("/var/cache/liaison", "XDG_CACHE_HOME", ".cache")
}

fn of_user(of_root: &str, variable: &str, below_home: &str) -> Option<PathBuf> {
    if geteuid().is_root() {
        return Some(of_root.into());
    }
    // The specification of these variables wants relative values passed over.
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = named.or_else(|| std::env::home_dir().map(|home| home.join(below_home)))?;
    Some(folder.join("liaison"))
}

/// A data folder that this process has for itself.
pub struct Folder {
    root: PathBuf,
    socket: PathBuf,
    temporary: bool,
    /// Held open for its lock, which the kernel takes back when this process dies in whatever way.
    _lock: File,
}

impl Folder {
    /// The absolute path of the folder, made if it is not there. Nothing is locked yet.
    pub fn locate(place: &Place) -> Result<PathBuf, ClusterError> {
        let wanted = match place {
            Place::Folder(folder) => folder.clone(),
            Place::Temporary => {
                temporary_root().join(format!("liaison-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]))
            }
        };
        if !wanted.exists() {
            if let Some(parent) = wanted.parent() {
                fs::create_dir_all(parent).map_err(ClusterError::file("making the folder", parent))?;
            }
            make_private_folder(&wanted)?;
        }
        wanted.canonicalize().map_err(ClusterError::file("finding the folder", &wanted))
    }

    /// The cluster of a data folder.
    pub fn cluster_in(root: &Path) -> PathBuf {
        root.join("cluster")
    }

    /// Takes the folder for this process, or says which one has it.
    pub fn take(root: PathBuf, place: &Place, account: &Account) -> Result<Self, ClusterError> {
        account.require_reach(root.parent().unwrap_or(&root))?;
        let is_empty = fs::read_dir(&root).map_err(ClusterError::file("reading", &root))?.next().is_none();
        if is_empty {
            account.own(&root)?;
        }
        account.require_reach(&root)?;
        let lock = lock(&root)?;
        account.own(&root.join(LOCK))?;
        let cluster = Self::cluster_in(&root);
        if cluster.exists() && !account.owns(&cluster) {
            let owner = "another user".to_owned();
            return Err(ClusterError::ForeignFolder { path: cluster, owner, account: account.name.clone() });
        }
        let socket = socket_folder(&root)?;
        if !account.owns(&socket) {
            if socket.symlink_metadata().is_ok() {
                let owner = "another user".to_owned();
                return Err(ClusterError::ForeignFolder { path: socket, owner, account: account.name.clone() });
            }
            make_private_folder(&socket)?;
            account.own(&socket)?;
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&socket, private).map_err(ClusterError::file("closing", &socket))?;
        Ok(Self { root, socket, temporary: matches!(place, Place::Temporary), _lock: lock })
    }

    /// Where the socket of a data folder lies, whoever has it.
    pub fn socket_of(root: &Path) -> Result<PathBuf, ClusterError> {
        socket_folder(root)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn cluster(&self) -> PathBuf {
        Self::cluster_in(&self.root)
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub fn is_temporary(&self) -> bool {
        self.temporary
    }

    pub fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Replaces a file as a whole. Renaming into place also means that root never writes through a link that someone put
    /// there, as the folder belongs to an ordinary user.
    pub fn write(&self, name: &str, text: &str, account: &Account) -> Result<(), ClusterError> {
        let (target, fresh) = (self.file(name), self.file(&format!("{name}.new")));
        remove_if_there(&fresh)?;
        let file = File::options().write(true).create_new(true).mode(0o600).open(&fresh);
        let mut file = file.map_err(ClusterError::file("making", &fresh))?;
        file.write_all(text.as_bytes()).map_err(ClusterError::file("writing", &fresh))?;
        account.own(&fresh)?;
        fs::rename(&fresh, &target).map_err(ClusterError::file("replacing", &target))
    }

    /// The log begins anew at each start, so that it stays small.
    pub fn begin_log(&self) -> Result<File, ClusterError> {
        let log = self.log();
        remove_if_there(&log)?;
        File::options().append(true).create_new(true).mode(0o600).open(&log).map_err(ClusterError::file("making", &log))
    }

    /// The last lines of the log, for an error.
    pub fn log_end(&self) -> String {
        let text = fs::read(self.log()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// What lies outside the data folder goes at every stop, the rest only if it was meant to be temporary.
    pub fn clear(&self) -> Result<(), ClusterError> {
        if !self.socket.starts_with(&self.root) {
            remove_folder(&self.socket)?;
        }
        if self.temporary { remove_folder(&self.root) } else { Ok(()) }
    }
}

const LOCK: &str = "owner.pid";

fn lock(root: &Path) -> Result<File, ClusterError> {
    let path = root.join(LOCK);
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    // The folder may belong to an ordinary user while we are root: follow no link.
    options.custom_flags(nix::libc::O_NOFOLLOW);
    let mut file = options.open(&path).map_err(ClusterError::file("opening", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            let owner =
                if owner.trim().is_empty() { "that is just starting".to_owned() } else { owner.trim().to_owned() };
            return Err(ClusterError::InUse { folder: root.to_path_buf(), owner });
        }
        Err(TryLockError::Error(source)) => return Err(ClusterError::file("locking", &path)(source)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(ClusterError::file("writing", &path))?;
    Ok(file)
}

/// In the data folder if its path is short enough, else in the folder for temporary things under a name of its own.
fn socket_folder(root: &Path) -> Result<PathBuf, ClusterError> {
    let inside = root.join("socket");
    let Err(too_long) = require_short(&inside) else { return Ok(inside) };
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let digest = format!("{digest:x}");
    let outside = Path::new("/tmp").join(format!("liaison-{}", &digest[..16]));
    require_short(&outside).map_err(|_| too_long)?;
    Ok(outside)
}

fn require_short(socket: &Path) -> Result<(), ClusterError> {
    let path = socket.join(format!(".s.PGSQL.{PORT}"));
    let length = path.as_os_str().len();
    if length < LONGEST_SOCKET_PATH { Ok(()) } else { Err(ClusterError::SocketPath { path, length }) }
}

/// `TMPDIR`, unless others may not enter it, as with `/root/tmp`.
fn temporary_root() -> PathBuf {
    let wanted = std::env::temp_dir();
    let open = |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0);
    if geteuid().is_root() && !wanted.ancestors().all(open) { "/tmp".into() } else { wanted }
}

pub fn make_private_folder(folder: &Path) -> Result<(), ClusterError> {
    fs::DirBuilder::new().mode(0o700).create(folder).map_err(ClusterError::file("making the folder", folder))
}

pub fn remove_folder(folder: &Path) -> Result<(), ClusterError> {
    match fs::remove_dir_all(folder) {
        Err(problem) if problem.kind() != io::ErrorKind::NotFound => {
            Err(ClusterError::file("removing", folder)(problem))
        }
        _ => Ok(()),
    }
}

fn remove_if_there(file: &Path) -> Result<(), ClusterError> {
    match fs::remove_file(file) {
        Err(problem) if problem.kind() != io::ErrorKind::NotFound => Err(ClusterError::file("removing", file)(problem)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_lies_in_the_data_folder_unless_its_path_were_too_long() {
        assert_eq!(socket_folder(Path::new("/var/lib/liaison")).unwrap(), Path::new("/var/lib/liaison/socket"));
        let (long, other) = (Path::new("/srv").join("x".repeat(90)), Path::new("/srv").join("y".repeat(90)));
        let outside = socket_folder(&long).unwrap();
        assert!(outside.starts_with("/tmp") && require_short(&outside).is_ok(), "{}", outside.display());
        assert_eq!(outside, socket_folder(&long).unwrap());
        assert_ne!(outside, socket_folder(&other).unwrap());
    }
}
