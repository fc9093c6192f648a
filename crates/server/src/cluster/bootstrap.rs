//! Makes the cluster and its roles before it is ever reachable, in PostgreSQL's single-user mode.
//! It may not leave a half-made cluster where a made one is looked for, nor need a superuser who can connect.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::account::Account;
use super::binaries::Binaries;
use super::error::ClusterError;
use super::folder::{Folder, make_private_folder, remove_folder};
use super::options::Durability;

/// The roles; a DBA runs the same file. It can be run again.
pub const ROLES: &str = include_str!("roles.sql");

/// The database; run once, after the roles.
pub const DATABASE: &str = include_str!("database.sql");

/// The name that `database.sql` gives.
pub const DATABASE_NAME: &str = "liaison";

const MAKING: &str = "cluster.making-";

/// The major version that made the cluster, or `None` if there is none yet.
pub fn made_by(cluster: &Path) -> Result<Option<u32>, ClusterError> {
    if cluster.symlink_metadata().is_err() {
        return Ok(None);
    }
    let version = fs::read_to_string(cluster.join("PG_VERSION")).ok();
    match version.and_then(|text| text.trim().parse().ok()) {
        Some(major) => Ok(Some(major)),
        None => Err(ClusterError::NotACluster { path: cluster.to_path_buf() }),
    }
}

/// Makes the cluster beside its place and moves it there when all is done, so that one killed half way is never found.
pub async fn make(
    binaries: &Binaries,
    folder: &Folder,
    account: &Account,
    durability: Durability,
) -> Result<(), ClusterError> {
    remove_half_made(folder.root()).await?;
    // A name of its own: an initdb that outlived a killed server may still write into the last one.
    let making = folder.file(&format!("{MAKING}{}", uuid::Uuid::new_v4().simple()));
    make_private_folder(&making)?;
    account.own(&making)?;

    let mut initdb = account.command(&binaries.initdb());
    initdb.arg("-D").arg(&making).args(["--username=postgres", "--auth=reject", "--locale=C", "--encoding=UTF8"]);
    initdb.arg("--no-instructions").stdin(Stdio::null());
    if durability == Durability::Relaxed {
        initdb.arg("--no-sync");
    }
    let made = initdb.output().await;
    let made = made.map_err(|source| ClusterError::Program { program: binaries.initdb(), source })?;
    require_success("initdb", &made)?;

    let statements = format!("{ROLES}\n{DATABASE}");
    in_single_user_mode(binaries, account, &making, durability, &statements).await?;

    let place = folder.cluster();
    fs::rename(&making, &place).map_err(ClusterError::file("moving it into place", &place))?;
    if durability == Durability::Safe {
        let synced = File::open(folder.root()).and_then(|root| root.sync_all());
        synced.map_err(ClusterError::file("writing through", folder.root()))?;
    }
    Ok(())
}

/// Brings the roles of a cluster that an earlier version made up to date. It must not be running.
pub async fn renew_roles(
    binaries: &Binaries,
    folder: &Folder,
    account: &Account,
    durability: Durability,
) -> Result<(), ClusterError> {
    in_single_user_mode(binaries, account, &folder.cluster(), durability, ROLES).await
}

async fn remove_half_made(root: &Path) -> Result<(), ClusterError> {
    for entry in fs::read_dir(root).map_err(ClusterError::file("reading", root))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(MAKING) {
            let half: PathBuf = entry.path();
            // An initdb that outlived its server may still write into it, and dies of what is missing.
            let mut removed = remove_folder(&half);
            for _ in 0..20 {
                if removed.is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                removed = remove_folder(&half);
            }
            removed?;
        }
    }
    Ok(())
}

async fn in_single_user_mode(
    binaries: &Binaries,
    account: &Account,
    cluster: &Path,
    durability: Durability,
    statements: &str,
) -> Result<(), ClusterError> {
    let mut command = account.command(&binaries.postgres());
    // -j: statements end at an empty line.
    command.args(["--single", "-j", "-c", "exit_on_error=on", "-c", "log_checkpoints=off"]);
    if durability == Durability::Relaxed {
        command.args(["-c", "fsync=off"]);
    }
    command.arg("-D").arg(cluster).arg("postgres");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = |source| ClusterError::Program { program: binaries.postgres(), source };
    let mut running = command.spawn().map_err(program)?;
    if let Some(mut stdin) = running.stdin.take() {
        // If it ends early, its own words say more than our broken pipe.
        let _ = stdin.write_all(statements.as_bytes()).await;
    }
    let ended = running.wait_with_output().await.map_err(program)?;
    require_success("postgres --single", &ended)
}

fn require_success(program: &'static str, ended: &Output) -> Result<(), ClusterError> {
    let complaints = String::from_utf8_lossy(&ended.stderr);
    // Single-user mode goes on after an error unless told otherwise; look, rather than rely on that.
    let complained = complaints.lines().any(|line| line.contains("ERROR:") || line.contains("FATAL:"));
    if ended.status.success() && !complained {
        return Ok(());
    }
    Err(ClusterError::Failed { program, status: ended.status.to_string(), output: complaints.trim().to_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_ends_at_an_empty_line_and_nowhere_else() {
        for file in [ROLES, DATABASE] {
            for statement in file.trim_end().split(";\n\n") {
                let code = statement.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
                let code = code.trim().trim_end_matches(';');
                let is_block = code.starts_with("DO $$") && code.ends_with("$$");
                assert!(is_block || (!code.contains(';') && !code.contains("$$")), "{code}");
            }
        }
    }
}
