//! The user whom PostgreSQL runs as: ourselves, or an unprivileged one when we are root, whom `initdb` refuses.
//! It may not run with more rights than that user has, nor hand on our environment, which may hold secrets.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;

use super::error::ClusterError;

/// Who runs the programs of PostgreSQL.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: String,
    /// The name of the user of this process, whom the database lets in.
    pub our_name: String,
    uid: u32,
    gid: u32,
    stands_in_for_root: bool,
}

impl Account {
    /// Ourselves, or, for root, whoever owns the cluster that is there already, else the one asked for, else `postgres`,
    /// else `nobody`.
    pub fn choose(run_as: Option<&str>, cluster: &Path) -> Result<Self, ClusterError> {
        let ours = user_of(geteuid())?;
        if !geteuid().is_root() {
            return Ok(Self::of(&ours, &ours));
        }
        let asked = run_as.map(named).transpose()?;
        let there = match fs::symlink_metadata(cluster) {
            Ok(found) => Some(user_of(Uid::from_raw(found.uid()))?),
            Err(_) => None,
        };
        let user = match (asked, there) {
            (Some(asked), Some(there)) if asked.uid != there.uid => {
                return Err(ClusterError::ForeignFolder {
                    path: cluster.to_path_buf(),
                    owner: there.name,
                    account: asked.name,
                });
            }
            (Some(user), _) | (None, Some(user)) => user,
            (None, None) => named("postgres").or_else(|_| named("nobody"))?,
        };
        if user.uid.is_root() {
            let problem =
                "PostgreSQL must not run as root: name an ordinary user for it, or add one (useradd postgres)";
            return Err(ClusterError::NoAccount { problem: problem.to_owned() });
        }
        Ok(Self::of(&user, &ours))
    }

    fn of(user: &User, ours: &User) -> Self {
        Self {
            name: user.name.clone(),
            our_name: ours.name.clone(),
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            stands_in_for_root: user.uid != ours.uid,
        }
    }

    /// A program of PostgreSQL, run as this account and in a process group of its own, so that Ctrl-C at the terminal
    /// reaches us alone and we stop the database in our own time.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // The working folder may be one that the account cannot enter.
        command.current_dir("/").env_clear().env("LC_ALL", "C").env("PATH", "/usr/local/bin:/usr/bin:/bin");
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        if self.stands_in_for_root {
            // The standard library also drops root's further groups when it changes the user.
            command.uid(self.uid).gid(self.gid);
        }
        command.process_group(0).kill_on_drop(true);
        command
    }

    /// Gives the account what we made for it.
    pub fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if self.stands_in_for_root {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(ClusterError::file("giving it to another user", path))?;
        }
        Ok(())
    }

    pub fn owns(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == self.uid)
    }

    /// Says which folder on the way bars the account. Root itself never notices, as no folder bars it.
    pub fn require_reach(&self, path: &Path) -> Result<(), ClusterError> {
        match self.barrier(path) {
            Some(barrier) => Err(ClusterError::OutOfReach { account: self.name.clone(), barrier }),
            None => Ok(()),
        }
    }

    pub fn barrier(&self, path: &Path) -> Option<PathBuf> {
        if !self.stands_in_for_root {
            return None;
        }
        let bars = |folder: &&Path| {
            fs::metadata(folder)
                .is_ok_and(|found| found.is_dir() && !self.may_enter(found.uid(), found.gid(), found.mode()))
        };
        path.ancestors().collect::<Vec<_>>().into_iter().rev().find(bars).map(Path::to_path_buf)
    }

    fn may_enter(&self, uid: u32, gid: u32, mode: u32) -> bool {
        let bit = match (uid == self.uid, gid == self.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        mode & bit != 0
    }
}

fn user_of(uid: Uid) -> Result<User, ClusterError> {
    let problem = || format!("user id {uid} has no name, and PostgreSQL asks for one: run as a user of /etc/passwd");
    User::from_uid(uid).ok().flatten().ok_or_else(|| ClusterError::NoAccount { problem: problem() })
}

fn named(name: &str) -> Result<User, ClusterError> {
    let problem = || format!("there is no user {name:?} whom PostgreSQL could run as: add one, or name another");
    User::from_name(name).ok().flatten().ok_or_else(|| ClusterError::NoAccount { problem: problem() })
}
