//! The three configuration files of the private PostgreSQL, as text.
//! It may not write them, nor let a setting open a way in besides the private socket.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::account::Account;
use super::binaries::Binaries;
use super::bootstrap::ROLES;
use super::error::ClusterError;
use super::folder::{Folder, PORT};
use super::options::{ClusterOptions, Durability};

pub const MAIN: &str = "postgresql.conf";
pub const ADMISSION: &str = "pg_hba.conf";
pub const NAMES: &str = "pg_ident.conf";

/// These decide who comes in and where things lie.
const OURS: [&str; 12] = [
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "listen_addresses",
    "local_preload_libraries",
    "port",
    "session_preload_libraries",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
];

/// The main file. It also tells by what and with which roles it was made, so that two equal texts mean that a running
/// PostgreSQL is as it would be started now.
pub fn main(options: &ClusterOptions, binaries: &Binaries, folder: &Folder) -> Result<String, ClusterError> {
    let mut text = format!(
        "# Written by liaison at each start: what is changed here is lost. Give settings to liaison instead.\n\
         # PostgreSQL {} in {}\n\
         {}\n\n",
        binaries.version,
        binaries.folder.display(),
        roles_mark()
    );
    let mut line = |name: &str, value: &str| -> Result<(), ClusterError> {
        text.push_str(&format!("{name} = {}\n", quote(name, value)?));
        Ok(())
    };
    let path = |path: &Path| path.to_string_lossy().into_owned();
    // The only way in is the socket, in a folder that only its owner enters.
    line("listen_addresses", "")?;
    line("unix_socket_directories", &path(folder.socket()))?;
    line("port", &PORT.to_string())?;
    line("hba_file", &path(&folder.file(ADMISSION)))?;
    line("ident_file", &path(&folder.file(NAMES)))?;
    // Modest, as this PostgreSQL shares a laptop with others.
    line("shared_buffers", "64MB")?;
    line("max_connections", "64")?;
    // Room for several commands that each lock a few times as many as are taken one by one (`liaison_domain`, `session::lock`).
    line("max_locks_per_transaction", "256")?;
    line("max_worker_processes", "4")?;
    line("jit", "off")?;
    line("update_process_title", "off")?;
    line("timezone", "UTC")?;
    line("log_timezone", "UTC")?;
    line("lc_messages", "C")?;
    // The log is standard error in one file, begun anew at each start. Statements and values stay out of it, as they
    // hold personal data, and so does every error that the server itself reports.
    line("logging_collector", "off")?;
    line("log_min_messages", "log")?;
    line("log_min_error_statement", "panic")?;
    line("log_error_verbosity", "terse")?;
    line("log_checkpoints", "off")?;
    line("log_autovacuum_min_duration", "-1")?;
    line("log_line_prefix", "%m [%p] ")?;
    match options.durability {
        Durability::Safe => line("fsync", "on")?,
        Durability::Relaxed => {
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                line(name, "off")?;
            }
            line("wal_level", "minimal")?;
            line("max_wal_senders", "0")?;
        }
    }
    for (name, value) in &options.settings {
        line(require_open(name)?, value)?;
    }
    Ok(text)
}

/// Who comes in: the two roles that log in, if the operating system says that it is us. Nobody else, and no superuser.
pub fn admission() -> String {
    "# Written by liaison at each start.\n\
     local all liaison_owner peer map=liaison\n\
     local all liaison_app peer map=liaison\n\
     local all all reject\n\
     host all all all reject\n"
        .to_owned()
}

/// Whose processes count as us.
pub fn names(account: &Account) -> Result<String, ClusterError> {
    let ours = &account.our_name;
    if ours.contains(['"', '\n', '\\']) || ours.starts_with('/') {
        let problem = format!("the user name {ours:?} cannot be written into {NAMES}: run as another user");
        return Err(ClusterError::NoAccount { problem });
    }
    Ok(format!(
        "# Written by liaison at each start.\nliaison \"{ours}\" liaison_owner\nliaison \"{ours}\" liaison_app\n"
    ))
}

/// Whether the cluster of this main file was given the roles as they are written now.
pub fn has_roles_of_now(main: &str) -> bool {
    main.lines().any(|line| line == roles_mark())
}

fn roles_mark() -> String {
    format!("# roles {:x}", Sha256::digest(ROLES))
}

fn require_open(name: &str) -> Result<&str, ClusterError> {
    let refuse = |problem| Err(ClusterError::Setting { name: name.to_owned(), problem });
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        return refuse("a name has only letters, digits, underscores and points");
    }
    if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        return refuse("liaison itself decides where its PostgreSQL lies and who comes in");
    }
    Ok(name)
}

fn quote(name: &str, value: &str) -> Result<String, ClusterError> {
    if value.chars().any(char::is_control) {
        return Err(ClusterError::Setting { name: name.to_owned(), problem: "its value has a control character" });
    }
    Ok(format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_opens_another_way_in() {
        for name in ["listen_addresses", "Hba_File", "port", "x = 1\nlisten_addresses", ""] {
            assert!(require_open(name).is_err(), "{name:?}");
        }
        assert!(require_open("max_connections").is_ok());
        assert!(require_open("pg_trgm.similarity_threshold").is_ok());
    }

    #[test]
    fn values_stay_within_their_quotes() {
        assert_eq!(quote("x", r"it's a\b").unwrap(), r"'it''s a\\b'");
        assert!(quote("x", "a'\nlisten_addresses = '*").is_err());
    }

    #[test]
    fn roles_that_changed_since_are_noticed() {
        assert!(has_roles_of_now(&format!("# a\n{}\nport = 1\n", roles_mark())));
        assert!(!has_roles_of_now("# roles 0123\n"));
    }
}
