//! The running PostgreSQL: started, found again, watched until it is ready, stopped.
//! It may not make a cluster or decide whether one is adopted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::account::Account;
use super::binaries::Binaries;
use super::error::ClusterError;
use super::folder::Folder;
use super::settings;

const POLL: Duration = Duration::from_millis(15);

/// Long, as recovery after a crash comes first.
const START_PATIENCE: Duration = Duration::from_secs(300);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
const ORPHAN_PATIENCE: Duration = Duration::from_secs(10);

/// How PostgreSQL is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Transactions are rolled back, everything is written, then it ends.
    Fast,
    /// It ends as in a crash, and recovers at the next start.
    Immediate,
}

/// A postmaster of the cluster in a folder.
pub struct Postmaster {
    pid: i32,
    /// Not there if an earlier server started it.
    child: Option<Child>,
    cluster: PathBuf,
}

impl Postmaster {
    /// The one that an earlier server left running, if any. A process that merely got the number of a dead one is no
    /// postmaster: its pid file is removed, or PostgreSQL would refuse to start over it.
    pub fn left_running(cluster: &Path) -> Option<Self> {
        let pid = PidFile::read(cluster)?.pid;
        let command_line = command_line(pid)?;
        // As `spawn` starts it.
        if command_line.contains(&format!(" -D {} ", cluster.display())) {
            return Some(Self { pid, child: None, cluster: cluster.to_path_buf() });
        }
        tracing::info!(pid, "postmaster.pid names a process that is no postmaster of this cluster; removing it");
        let _ = fs::remove_file(cluster.join("postmaster.pid"));
        None
    }

    /// Starts it and waits until it takes connections.
    pub async fn start(binaries: &Binaries, folder: &Folder, account: &Account) -> Result<Self, ClusterError> {
        let begin = Instant::now();
        loop {
            let mut started = Self::spawn(binaries, folder, account)?;
            match started.ready(folder).await {
                // The processes of a postmaster that was killed with -9 need a moment to notice it.
                Err(ClusterError::NotReady { log_end, .. })
                    if log_end.contains("pre-existing shared memory block") && begin.elapsed() < ORPHAN_PATIENCE =>
                {
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
                Err(problem) => {
                    started.interrupt(Shutdown::Fast);
                    return Err(problem);
                }
                Ok(()) => return Ok(started),
            }
        }
    }

    fn spawn(binaries: &Binaries, folder: &Folder, account: &Account) -> Result<Self, ClusterError> {
        let log = folder.begin_log()?;
        let also_log = log.try_clone().map_err(ClusterError::file("opening", folder.log()))?;
        let mut command = account.command(&binaries.postgres()).into_std();
        command.arg("-D").arg(folder.cluster());
        command.arg("-c").arg(format!("config_file={}", folder.file(settings::MAIN).display()));
        command.stdin(Stdio::null()).stdout(also_log).stderr(log);
        // The standard library's child is polled, so that it does not hang on the runtime that started it.
        let child = command.spawn();
        let child = child.map_err(|source| ClusterError::Program { program: binaries.postgres(), source })?;
        let pid = i32::try_from(child.id()).unwrap_or(i32::MAX);
        Ok(Self { pid, child: Some(child), cluster: folder.cluster() })
    }

    async fn ready(&mut self, folder: &Folder) -> Result<(), ClusterError> {
        let begin = Instant::now();
        let not_ready =
            |problem: String| ClusterError::NotReady { problem, log: folder.log(), log_end: folder.log_end() };
        loop {
            if let Some(child) = &mut self.child
                && let Ok(Some(status)) = child.try_wait()
            {
                return Err(not_ready(format!("it ended ({status})")));
            }
            if PidFile::read(&self.cluster).is_some_and(|file| file.pid == self.pid && file.status == "ready") {
                return Ok(());
            }
            if begin.elapsed() > START_PATIENCE {
                return Err(not_ready(format!("it took more than {} seconds", START_PATIENCE.as_secs())));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Makes it read again who may come in.
    pub fn reload(&self) {
        let _ = kill(Pid::from_raw(self.pid), Signal::SIGHUP);
    }

    /// Asks it to stop and does not wait.
    pub fn interrupt(&self, shutdown: Shutdown) {
        let signal = match shutdown {
            Shutdown::Fast => Signal::SIGINT,
            Shutdown::Immediate => Signal::SIGQUIT,
        };
        let _ = kill(Pid::from_raw(self.pid), signal);
    }

    /// Stops it and waits. One that does not end the orderly way in a minute is stopped at once.
    pub async fn stop(&mut self, shutdown: Shutdown, log: PathBuf) -> Result<(), ClusterError> {
        for shutdown in [shutdown, Shutdown::Immediate] {
            self.interrupt(shutdown);
            let begin = Instant::now();
            while begin.elapsed() < STOP_PATIENCE {
                if self.has_ended() {
                    return Ok(());
                }
                tokio::time::sleep(POLL).await;
            }
        }
        Err(ClusterError::NotStopping { pid: self.pid, log })
    }

    pub fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => command_line(self.pid).is_none(),
        }
    }
}

/// What PostgreSQL writes about itself: its number in the first line, its status in the eighth.
struct PidFile {
    pid: i32,
    status: String,
}

impl PidFile {
    fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        // Single-user mode writes its number as a negative one.
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
        Some(Self { pid, status: lines.nth(6).unwrap_or_default().trim().to_owned() })
    }
}

/// The command line of a process, or `None` if it has ended; one that its parent has not yet asked for counts as ended.
fn command_line(pid: i32) -> Option<String> {
    if kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) {
        return None;
    }
    let text = if Path::new("/proc/self/cmdline").exists() {
        fs::read(format!("/proc/{pid}/cmdline")).ok()?
    } else {
        std::process::Command::new("ps").args(["-ww", "-o", "args=", "-p", &pid.to_string()]).output().ok()?.stdout
    };
    let text = String::from_utf8_lossy(&text).replace('\0', " ");
    let ended = text.trim().is_empty() || text.trim() == "(postgres)" || text.contains("<defunct>");
    (!ended).then_some(text)
}
