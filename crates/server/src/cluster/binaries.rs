//! Finds the programs of PostgreSQL on this machine and says of what version they are.
//! It may not fetch or install any.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::account::Account;
use super::error::ClusterError;

/// The SQL of the migrations is written for this version.
pub const OLDEST_MAJOR: u32 = 15;

/// The modules that the migrations create; each belongs to contrib, which some distributions pack apart.
const EXTENSIONS: [&str; 3] = ["pg_trgm", "unaccent", "btree_gist"];

/// Where distributions put versions side by side: a folder, how the versioned name in it begins, and what follows it.
const VERSIONED: [(&str, &str, &str); 9] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib64", "postgresql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr/local", "pgsql", "bin"),
    ("/opt", "pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// Where to look for the programs.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    /// The folder that the settings name; then no other place counts.
    pub bin_dir: Option<PathBuf>,
    /// As the variable `PATH`: the programs of PostgreSQL are looked for here, and `npm`.
    pub path: Option<OsString>,
    /// Folder, beginning of the versioned name in it, what follows that name.
    pub versioned: Vec<(PathBuf, String, String)>,
}

/// A folder with `initdb` and `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    pub folder: PathBuf,
    /// As in `15.20`.
    pub version: String,
    pub major: u32,
}

impl Finder {
    /// Looks in all the usual places.
    pub fn installed() -> Self {
        let versioned = VERSIONED.iter().map(|(folder, name, rest)| ((*folder).into(), (*name).into(), (*rest).into()));
        Self { bin_dir: None, path: std::env::var_os("PATH"), versioned: versioned.collect() }
    }

    /// Every installation that is new enough, the newest first; at equal versions the one on the path.
    pub async fn find(&self) -> Result<Vec<Binaries>, ClusterError> {
        if let Some(folder) = &self.bin_dir {
            return Ok(vec![Binaries::at(folder).await?]);
        }
        let mut found: Vec<Binaries> = Vec::new();
        for folder in self.folders() {
            // A broken installation beside a good one is no reason to stop.
            match Binaries::at(&folder).await {
                Ok(binaries) if !found.contains(&binaries) => found.push(binaries),
                Ok(_) => {}
                Err(problem) => tracing::debug!(%problem, "passed over a PostgreSQL"),
            }
        }
        found.sort_by_key(|binaries| std::cmp::Reverse(version_numbers(&binaries.version)));
        Ok(found)
    }

    fn folders(&self) -> Vec<PathBuf> {
        let on_path = self.path.iter().flat_map(std::env::split_paths);
        let versioned = self.versioned.iter().flat_map(|(folder, name, rest)| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let entries = entries.filter(move |entry| entry.file_name().to_string_lossy().starts_with(name.as_str()));
            entries.map(move |entry| entry.path().join(rest))
        });
        on_path.chain(versioned).filter(|folder| folder.join("initdb").is_file()).collect()
    }

    /// A program on the path.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .flat_map(std::env::split_paths)
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    }
}

impl Binaries {
    /// Looks at one folder. Links are followed, as `/usr/local/bin/initdb` often leads into a versioned folder.
    pub async fn at(folder: &Path) -> Result<Self, ClusterError> {
        let unfit = |problem: String| ClusterError::NotBinaries { folder: folder.to_path_buf(), problem };
        let initdb = folder.join("initdb").canonicalize().map_err(|_| unfit("it has no initdb".to_owned()))?;
        let folder = initdb.parent().unwrap_or(folder);
        let postgres = folder.join("postgres");
        if !postgres.is_file() {
            return Err(unfit("it has no postgres".to_owned()));
        }
        let mut asked = tokio::process::Command::new(&postgres);
        let answer = asked.arg("--version").env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true).output().await;
        let answer = answer.map_err(|problem| unfit(format!("postgres does not start: {problem}")))?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let (version, major) = parse_version(&text).ok_or_else(|| {
            unfit(format!(
                "postgres --version says {:?} {:?}",
                text.trim(),
                String::from_utf8_lossy(&answer.stderr).trim()
            ))
        })?;
        if major < OLDEST_MAJOR {
            return Err(unfit(format!("it is of version {version}")));
        }
        Ok(Self { folder: folder.to_path_buf(), version, major })
    }

    pub fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// The extensions of the migrations that this installation lacks.
    pub async fn missing_extensions(&self, account: &Account) -> Result<Vec<&'static str>, ClusterError> {
        account.require_reach(&self.folder)?;
        let shared = self.share_folder(account).await?.join("extension");
        Ok(EXTENSIONS.into_iter().filter(|name| !shared.join(format!("{name}.control")).is_file()).collect())
    }

    /// `initdb --show` knows it; `pg_config` would too, but is often packed apart.
    async fn share_folder(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let mut command = account.command(&self.initdb());
        // The folder need not be there: nothing is made.
        command.args(["--show", "-D", "/nonexistent"]).stdin(Stdio::null());
        let source = |source| ClusterError::Program { program: self.initdb(), source };
        let shown = command.output().await.map_err(source)?;
        let text = String::from_utf8_lossy(&shown.stderr).into_owned();
        match text.lines().find_map(|line| line.strip_prefix("share_path=")) {
            Some(folder) => Ok(PathBuf::from(folder)),
            None => {
                Err(ClusterError::Failed { program: "initdb --show", status: shown.status.to_string(), output: text })
            }
        }
    }
}

/// From `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` or `postgres (PostgreSQL) 19devel`.
fn parse_version(text: &str) -> Option<(String, u32)> {
    let version = text.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    let digits = version.find(|letter: char| !letter.is_ascii_digit()).map_or(version, |end| &version[..end]);
    Some((version.to_owned(), digits.parse().ok()?))
}

fn version_numbers(version: &str) -> Vec<u32> {
    version.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    struct Machine(PathBuf);

    impl Machine {
        fn new() -> Self {
            let root = std::env::temp_dir().join(format!("liaison-finder-{}", uuid::Uuid::new_v4().simple()));
            fs::create_dir_all(&root).unwrap();
            Self(root.canonicalize().unwrap())
        }

        fn install(&self, folder: &str, version: &str) -> PathBuf {
            let folder = self.0.join(folder);
            fs::create_dir_all(&folder).unwrap();
            for program in ["initdb", "postgres"] {
                let script = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
                fs::write(folder.join(program), script).unwrap();
                fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
            }
            folder
        }

        fn finder(&self) -> Finder {
            let versioned = vec![
                (self.0.join("lib/postgresql"), String::new(), "bin".to_owned()),
                (self.0.join("usr"), "pgsql-".to_owned(), "bin".to_owned()),
            ];
            Finder { bin_dir: None, path: Some(self.0.join("path").into()), versioned }
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn the_newest_comes_first_wherever_it_is_and_too_old_ones_are_passed_over() {
        let machine = Machine::new();
        machine.install("path", "14.9");
        machine.install("lib/postgresql/15/bin", "15.20 (Debian 15.20-0+deb12u1)");
        machine.install("usr/pgsql-17/bin", "17.5");
        machine.install("usr/pgsql-9.6/bin", "9.6.24");
        machine.install("usr/other-18/bin", "18.1");
        let found = machine.finder().find().await.unwrap();
        assert_eq!(found.iter().map(|one| one.version.as_str()).collect::<Vec<_>>(), ["17.5", "15.20"]);
        assert_eq!(found[0].folder, machine.0.join("usr/pgsql-17/bin"));
    }

    #[tokio::test]
    async fn minor_versions_are_compared_as_numbers_and_a_link_is_no_second_installation() {
        let machine = Machine::new();
        machine.install("lib/postgresql/16/bin", "16.9");
        let newer = machine.install("usr/pgsql-16/bin", "16.10");
        fs::create_dir_all(machine.0.join("path")).unwrap();
        symlink(newer.join("initdb"), machine.0.join("path/initdb")).unwrap();
        let found = machine.finder().find().await.unwrap();
        assert_eq!(found.iter().map(|one| one.version.as_str()).collect::<Vec<_>>(), ["16.10", "16.9"]);
        assert_eq!(found[0].folder, newer);
    }

    #[tokio::test]
    async fn a_named_folder_is_taken_or_refused_but_never_replaced_by_another() {
        let machine = Machine::new();
        machine.install("lib/postgresql/17/bin", "17.5");
        let named = machine.install("mine", "15.1");
        let taken = Finder { bin_dir: Some(named), ..machine.finder() }.find().await.unwrap();
        assert_eq!(taken.iter().map(|one| one.major).collect::<Vec<_>>(), [15]);

        let old = machine.install("old", "13.2");
        for (folder, complaint) in [(old, "it is of version 13.2"), (machine.0.join("none"), "it has no initdb")] {
            let refused = Finder { bin_dir: Some(folder), ..machine.finder() }.find().await.unwrap_err();
            assert!(refused.to_string().contains(complaint), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_folder_without_the_server_program_is_passed_over() {
        let machine = Machine::new();
        let half = machine.install("lib/postgresql/17/bin", "17.5");
        fs::remove_file(half.join("postgres")).unwrap();
        assert_eq!(machine.finder().find().await.unwrap(), []);
    }

    #[test]
    fn versions_are_read_as_they_are_written() {
        assert_eq!(parse_version("postgres (PostgreSQL) 19devel\n"), Some(("19devel".to_owned(), 19)));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(("18beta1".to_owned(), 18)));
        assert_eq!(parse_version("bash: postgres: not found"), None);
    }
}
