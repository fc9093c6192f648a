//! The peers' programs and what they need of npm, in a folder of the target directory. It starts none of them.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Name;
use crate::Outcome;

const PACKAGE: (&str, &str) = ("package.json", include_str!("package.json"));
const LOCK: (&str, &str) = ("package-lock.json", include_str!("package-lock.json"));
const PROGRAMS: [(&str, &str); 5] = [
    ("process.mjs", include_str!("process.mjs")),
    ("postgraphile.mjs", include_str!("postgraphile.mjs")),
    ("mercurius.mjs", include_str!("mercurius.mjs")),
    ("mercurius.graphql", include_str!("mercurius.graphql")),
    ("statements.mjs", include_str!("statements.mjs")),
];

/// The lock file that was installed; written when all of it was there.
const INSTALLED: &str = "installed-lock.json";

/// Where everything is.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench-peers")
}

/// The Node.js of the lock file.
pub fn node() -> PathBuf {
    folder().join("node_modules/.bin/node")
}

/// The version that is measured.
pub fn version(name: Name) -> String {
    let (_, package) = PACKAGE;
    let package: Value = serde_json::from_str(package).expect("package.json is JSON");
    package["dependencies"][format!("{name:?}").to_lowercase()].as_str().expect("it names the peer").to_owned()
}

/// Puts everything there; npm is only asked when the lock file is another one than the last time.
pub fn run() -> Outcome<()> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    for (name, text) in [PACKAGE, LOCK].iter().chain(&PROGRAMS) {
        fs::write(folder.join(name), text)?;
    }
    let note = folder.join(INSTALLED);
    let (_, lock) = LOCK;
    if fs::read_to_string(&note).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("installing the peers from npm into {}", folder.display());
    let log = folder.join("npm.log");
    let asked = Command::new("npm")
        // Nothing of theirs needs to be built, and no script of a package runs.
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(File::create(&log)?)
        .stderr(File::options().append(true).open(&log)?)
        .status();
    match asked {
        Ok(ended) if ended.success() && !node().exists() => {
            Err("the peers' lock file has no Node.js for this machine".into())
        }
        Ok(ended) if ended.success() => Ok(fs::write(note, lock)?),
        Ok(ended) => {
            let log = log.display();
            Err(format!("`npm ci` for the peers ended with {ended}: is the npm registry in reach? See {log}").into())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err("--peers needs Node.js with npm, and there is no npm on the PATH".into())
        }
        Err(error) => Err(error.into()),
    }
}
