//! A tiny process that outlives us: when we die, however we die, it stops a temporary PostgreSQL and removes its folder.
//! It may not touch a cluster that is kept; that one is adopted at the next start.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::error::ClusterError;
use super::folder::Folder;

/// It reads from a pipe that we hold and never write to: the end of the pipe is the end of us. `$1` is the cluster, the
/// rest is removed. What is written meanwhile by an initdb that dies makes a second try needed.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
while read -r _; do :; done
pid=
[ -r "$1/postmaster.pid" ] && read -r pid < "$1/postmaster.pid"
shift
if [ -n "$pid" ]; then
    kill -QUIT "$pid" 2>/dev/null
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
for try in 1 2 3 4 5; do
    rm -rf "$@" 2>/dev/null && exit 0
    sleep 1
done
"#;

/// The process; dropping it closes the pipe.
pub struct Keeper(Child);

impl Keeper {
    pub fn of(folder: &Folder) -> Result<Self, ClusterError> {
        use std::os::unix::process::CommandExt;
        let shell = Path::new("/bin/sh");
        let mut command = Command::new(shell);
        command
            .arg("-c")
            .arg(SCRIPT)
            .arg("liaison-keeper")
            .arg(folder.cluster())
            .arg(folder.root())
            .arg(folder.socket());
        command.current_dir("/").env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let spawned = command.spawn();
        Ok(Self(spawned.map_err(|source| ClusterError::Program { program: shell.to_path_buf(), source })?))
    }

    /// Lets it go once nothing is left for it to do.
    pub fn dismiss(mut self) {
        drop(self.0.stdin.take());
        // It finds nothing to stop or remove and ends at once.
        let _ = self.0.wait();
    }
}
