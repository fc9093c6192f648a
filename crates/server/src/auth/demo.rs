//! The key of a demo server: made at start, shared with `liaison token` through a file that only its owner reads. It may not be used where others can reach the server.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use liaison_domain::viewer::Role;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::AuthSetupError;
use super::issue::{CannotIssue, TokenIssuer, TokenRequest};
use super::settings::{AuthSettings, KeySource};

/// The file's name in the data folder.
pub const DEMO_KEY_FILE: &str = "demo-key";

/// Who issues and whom is meant, in a demo.
const DEMO_ISSUER: &str = "liaison-demo";
const DEMO_AUDIENCE: &str = "liaison";

/// The length of the random part, in bytes, and as base64url.
const RANDOM_BYTES: usize = 48;
const TEXT_LENGTH: usize = 64;

/// A secret that lives as long as one demo server.
#[derive(Clone, Debug)]
pub struct DemoKey {
    secret: SecretString,
    key_id: String,
}

/// Why there is no demo key.
#[derive(Debug, thiserror::Error)]
pub enum DemoKeyError {
    /// No demo server has been started on this folder.
    #[error("no demo key in {}: start `liaison --demo` with the same data folder first", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others could have read or written it.
    #[error("{} can be read by others: remove it and start the demo server again", .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// It is not what a demo server writes.
    #[error("{} is not a demo key: remove it and start the demo server again", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("the demo key {} cannot be kept: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers for a demo key")]
    NoRandomness,
}

impl DemoKey {
    /// A new key, in memory only.
    pub fn random() -> Result<Self, DemoKeyError> {
        let mut bytes = [0; RANDOM_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| DemoKeyError::NoRandomness)?;
        Ok(Self::of(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A new key, written to the folder for `liaison token`. It takes the place of the one before, whose tokens end with it.
    pub fn make(folder: &Path) -> Result<Self, DemoKeyError> {
        let path = folder.join(DEMO_KEY_FILE);
        let key = Self::random()?;
        key.write(folder, &path).map_err(|reason| DemoKeyError::File { path, reason })?;
        Ok(key)
    }

    /// The key of the demo server that was last started on the folder.
    pub fn read(folder: &Path) -> Result<Self, DemoKeyError> {
        let path = folder.join(DEMO_KEY_FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Err(DemoKeyError::Missing { path }),
            Err(reason) => return Err(DemoKeyError::File { path, reason }),
        };
        // Asked of the open file: another cannot take its place in between.
        match only_owner_reads(&file) {
            Ok(true) => {}
            Ok(false) => return Err(DemoKeyError::Exposed { path }),
            Err(reason) => return Err(DemoKeyError::File { path, reason }),
        }
        let mut text = String::new();
        let read = (&file).take(TEXT_LENGTH as u64 + 2).read_to_string(&mut text);
        let text = text.trim_end();
        let decoded = URL_SAFE_NO_PAD.decode(text);
        if read.is_err() || !decoded.is_ok_and(|bytes| bytes.len() == RANDOM_BYTES) {
            return Err(DemoKeyError::Malformed { path });
        }
        Ok(Self::of(text.to_owned()))
    }

    fn of(secret: String) -> Self {
        // A name of its own, so that a token of an earlier demo is told that its key is gone, not that it was tampered with.
        let name = Sha256::digest(&secret);
        let key_id = format!("demo-{}", URL_SAFE_NO_PAD.encode(&name[..9]));
        Self { secret: secret.into(), key_id }
    }

    fn write(&self, folder: &Path, path: &Path) -> io::Result<()> {
        use secrecy::ExposeSecret;

        fs::create_dir_all(folder)?;
        // Written aside and moved into place: a reader sees the old key or the new one, and never other rights.
        let aside = folder.join(format!(".{DEMO_KEY_FILE}-{}", Uuid::new_v4()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&aside).and_then(|mut file| {
            writeln!(file, "{}", self.secret.expose_secret())?;
            fs::rename(&aside, path)
        });
        if written.is_err() {
            // Best effort: the error that matters is the one that is returned.
            let _ = fs::remove_file(&aside);
        }
        written
    }

    /// How a demo server on this address judges tokens. Refused where others can reach it.
    pub fn settings(&self, listen: SocketAddr) -> Result<AuthSettings, AuthSetupError> {
        if !listen.ip().to_canonical().is_loopback() {
            return Err(AuthSetupError::DemoBeyondLoopback { listen });
        }
        Ok(self.demo_settings())
    }

    /// The issuer of this demo's tokens.
    pub fn issuer(&self) -> Result<TokenIssuer, CannotIssue> {
        TokenIssuer::new(&self.demo_settings())
    }

    /// A token of this demo.
    pub fn issue(
        &self,
        subject: &str,
        roles: impl IntoIterator<Item = Role>,
        organization_id: Uuid,
        lifetime: Duration,
    ) -> Result<String, CannotIssue> {
        self.issuer()?.issue(&TokenRequest {
            subject: subject.to_owned(),
            organization_id,
            roles: roles.into_iter().collect(),
            permissions: None,
            lifetime,
        })
    }

    fn demo_settings(&self) -> AuthSettings {
        let source = KeySource::Secret { secret: self.secret.clone(), key_id: Some(self.key_id.clone()) };
        AuthSettings::new(vec![source], DEMO_ISSUER, vec![DEMO_AUDIENCE.to_owned()])
    }
}

#[cfg(unix)]
fn only_owner_reads(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn only_owner_reads(_file: &File) -> io::Result<bool> {
    Ok(true)
}
