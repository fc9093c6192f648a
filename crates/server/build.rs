//! Builds the GraphiQL page with npm into `OUT_DIR` and writes the Rust file that embeds it.
//! It never touches the source tree and never fails the build: without npm the page itself says how to get it.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the bundle is made of. The tabs are not part of it: the server answers them, so that a new tab costs no npm run.
const WEB_SOURCES: [&str; 6] = [".npmrc", "build.mjs", "index.html", "package-lock.json", "package.json", "src"];
const TABS: &str = "web/tabs";
/// `off` leaves GraphiQL out, for a build that must not reach the registry.
const SWITCH: &str = "LIAISON_GRAPHIQL_BUILD";
const OLDEST_NODE: (u32, u32) = (18, 18);
/// A fresh `npm ci` takes seconds; a registry that hangs must not hold up the build for longer than this.
const STEP_LIMIT: Duration = Duration::from_secs(180);

/// Why there is no page, and which change of the machine is worth another try.
struct Missing {
    reason: String,
    retry: Retry,
}

enum Retry {
    /// Node is not on the machine: look again when a folder of PATH changes.
    WhenPathChanges,
    /// npm failed, the registry perhaps: try again at every build until it works.
    AtEveryBuild,
    /// Nothing to wait for but the switch itself.
    Never,
}

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={TABS}");
    println!("cargo::rerun-if-env-changed={SWITCH}");
    for source in WEB_SOURCES {
        println!("cargo::rerun-if-changed=web/{source}");
    }

    let page = match built_page(&out) {
        Ok(folder) => ready(&folder),
        Err(missing) => {
            if !matches!(missing.retry, Retry::Never) {
                let headline = missing.reason.lines().next().unwrap_or_default();
                println!("cargo::warning=GraphiQL is left out of this build: {headline}");
                println!(
                    "cargo::warning=The page /graphiql tells more; {SWITCH}=off leaves it out without this warning"
                );
            }
            look_again(&missing.retry, &out);
            format!("Page::Missing {{ reason: {:?} }}", missing.reason)
        }
    };
    let code = format!("static PAGE: Page = {page};\nstatic TABS: &[(&str, &str)] = &[\n{}];\n", tabs());
    // An unchanged file keeps its time, and with it what rustc compiled from it.
    let target = out.join("graphiql_page.rs");
    if fs::read_to_string(&target).ok().as_deref() != Some(&code) {
        fs::write(&target, code).expect("OUT_DIR can be written");
    }
}

/// The folder of the bundle: the one of an earlier run where the sources are the same, else a new one.
fn built_page(out: &Path) -> Result<PathBuf, Missing> {
    if std::env::var_os(SWITCH).is_some_and(|value| value == "off") {
        let reason = format!("{SWITCH} is off: unset it and build again");
        return Err(Missing { reason, retry: Retry::Never });
    }
    let web = Path::new("web");
    let mut hasher = DefaultHasher::new();
    for source in WEB_SOURCES {
        hash_into(&web.join(source), &mut hasher);
    }
    let fingerprint = format!("{:016x}", hasher.finish());
    let work = out.join("graphiql");
    let (bundle, stamp) = (work.join("bundle"), work.join("fingerprint"));
    if fs::read_to_string(&stamp).is_ok_and(|known| known == fingerprint) && bundle.join("index.html").is_file() {
        return Ok(bundle);
    }

    check_node()?;
    let failed = |error: std::io::Error| Missing {
        reason: format!("the work folder {} could not be filled: {error}", work.display()),
        retry: Retry::AtEveryBuild,
    };
    if work.exists() {
        fs::remove_dir_all(&work).map_err(failed)?;
    }
    for source in WEB_SOURCES {
        copy(&web.join(source), &work.join(source)).map_err(failed)?;
    }
    // No package of the lock file needs its install script, so none is run.
    run(
        "npm",
        &[
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=2000",
            "--fetch-timeout=30000",
        ],
        &work,
    )?;
    run("npm", &["run", "build", "--", "bundle"], &work)?;
    // 200 MB of packages that made 2 MB of bundle: npm's own cache has them for the next time.
    fs::remove_dir_all(work.join("node_modules")).map_err(failed)?;
    fs::write(&stamp, fingerprint).map_err(failed)?;
    Ok(bundle)
}

fn check_node() -> Result<(), Missing> {
    let wanted = format!("{}.{} or newer with npm", OLDEST_NODE.0, OLDEST_NODE.1);
    let missing = |reason: String| Missing { reason, retry: Retry::WhenPathChanges };
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|error| missing(format!("node could not be run ({error}): install Node.js {wanted}")))?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut parts = printed.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version < OLDEST_NODE {
        return Err(missing(format!("node is {printed:?}: install Node.js {wanted}")));
    }
    match Command::new("npm").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(missing(format!("npm --version ended with {status}: install Node.js {wanted}"))),
        Err(error) => Err(missing(format!("npm could not be run ({error}): install Node.js {wanted}"))),
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), Missing> {
    let line = format!("{program} {}", arguments.join(" "));
    let failed = |reason: String| Missing { reason, retry: Retry::AtEveryBuild };
    // Into a file, not a pipe: a pipe that nobody reads while we watch the clock would fill and stop npm.
    let log_path = folder.join("npm.log");
    let log = fs::File::create(&log_path).map_err(|error| failed(format!("{line}: no log file: {error}")))?;
    let log_again = log.try_clone().map_err(|error| failed(format!("{line}: no log file: {error}")))?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(log_again)
        .spawn()
        .map_err(|error| failed(format!("{line} could not be started: {error}")))?;
    let started = Instant::now();
    let ending = loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => break format!("ended with {status}"),
            Ok(None) if started.elapsed() > STEP_LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                break format!("took longer than {} seconds", STEP_LIMIT.as_secs());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => break format!("could not be watched: {error}"),
        }
    };
    let said = fs::read(&log_path).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    let tail = lines[lines.len().saturating_sub(30)..].join("\n");
    Err(failed(format!("`{line}` {ending}\n{tail}")))
}

/// Tells cargo when to try again. Cargo takes a named file that does not exist as changed at every build.
fn look_again(retry: &Retry, out: &Path) {
    match retry {
        Retry::WhenPathChanges => {
            println!("cargo::rerun-if-env-changed=PATH");
            let path = std::env::var_os("PATH").unwrap_or_default();
            for folder in std::env::split_paths(&path).filter(|folder| folder.is_dir()) {
                println!("cargo::rerun-if-changed={}", folder.display());
            }
        }
        Retry::AtEveryBuild => println!("cargo::rerun-if-changed={}", out.join("graphiql-is-missing").display()),
        Retry::Never => {}
    }
}

fn ready(bundle: &Path) -> String {
    let mut assets = String::new();
    for path in sorted(&bundle.join("assets")) {
        let name = path.file_name().and_then(OsStr::to_str).expect("esbuild names files in ASCII");
        let name = name.strip_suffix(".gz").expect("build.mjs writes gzipped assets only");
        writeln!(assets, "    Asset {{ name: {name:?}, gzipped: include_bytes!({path:?}) }},")
            .expect("a String takes all");
    }
    format!("Page::Ready {{ html: include_str!({:?}), assets: &[\n{assets}] }}", bundle.join("index.html"))
}

fn tabs() -> String {
    let folder = fs::canonicalize(TABS).expect("web/tabs is part of the source tree");
    let mut tabs = String::new();
    for path in sorted(&folder).iter().filter(|path| path.extension() == Some(OsStr::new("graphql"))) {
        let name = path.file_stem().and_then(OsStr::to_str).expect("tab files are named in UTF-8");
        writeln!(tabs, "    ({name:?}, include_str!({path:?})),").expect("a String takes all");
    }
    tabs
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    paths
}

fn hash_into(path: &Path, hasher: &mut DefaultHasher) {
    path.hash(hasher);
    if path.is_dir() {
        sorted(path).iter().for_each(|entry| hash_into(entry, hasher));
    } else {
        fs::read(path).unwrap_or_default().hash(hasher);
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in sorted(from) {
            copy(&entry, &to.join(entry.file_name().unwrap_or_default()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).map(|_| ())
}
