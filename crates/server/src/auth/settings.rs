//! What tokens are judged by, as the configuration says it. It may not have a default for whom to trust.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::algorithm::{self, Algorithm};
use super::claims::{ClaimNames, ClaimRules};
use super::clock::Clock;
use super::error::AuthSetupError;
use super::key::{KeyRing, SHORTEST_SECRET, VerificationKey};
use super::key_chest::KeyChest;
use super::rotating_keys::{RefreshLimits, RotatingKeys};

/// Where keys come from. Several sources may stand side by side, each key for its own algorithm.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// An HS256 secret: its bytes as they are.
    Secret {
        /// The secret.
        secret: SecretString,
        /// The `kid` of its tokens, if they have one.
        key_id: Option<String>,
    },
    /// A public key in PEM: RSA, EC on P-256 or Ed25519.
    PublicKeyFile {
        /// The file.
        path: PathBuf,
        /// The `kid` of its tokens, if they have one.
        key_id: Option<String>,
    },
    /// A JWKS in a file, read again when a token names an unknown key.
    JwksFile(PathBuf),
    /// A JWKS behind https, or http on loopback.
    JwksUrl(String),
}

/// Everything that decides whether a token is good.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// The algorithms that are accepted. Empty: what the sources are for (HS256 for a secret, RS256, ES256 and EdDSA for the others).
    pub algorithms: Vec<Algorithm>,
    /// The keys; at least one.
    pub keys: Vec<KeySource>,
    /// The one issuer whose tokens are taken.
    pub issuer: String,
    /// The names under which this server is meant; at least one.
    pub audiences: Vec<String>,
    /// Where our claims are.
    pub claims: ClaimNames,
    /// How far the clocks of issuer and server may differ.
    pub leeway: Duration,
    /// When key sets are read again.
    pub refresh: RefreshLimits,
    /// Who tells the time.
    pub clock: Clock,
}

impl AuthSettings {
    /// The usual limits and claim names.
    pub fn new(keys: Vec<KeySource>, issuer: impl Into<String>, audiences: Vec<String>) -> Self {
        Self {
            algorithms: Vec::new(),
            keys,
            issuer: issuer.into(),
            audiences,
            claims: ClaimNames::default(),
            leeway: Duration::from_secs(30),
            refresh: RefreshLimits::default(),
            clock: Clock::system(),
        }
    }

    /// The configured algorithms, or those that the sources are for.
    pub(super) fn accepted(&self) -> Vec<Algorithm> {
        let mut accepted = self.algorithms.clone();
        if accepted.is_empty() {
            for source in &self.keys {
                match source {
                    KeySource::Secret { .. } => accepted.push(Algorithm::Hs256),
                    _ => accepted.extend(Algorithm::WITH_PUBLIC_KEYS),
                }
            }
        }
        accepted.sort_unstable();
        accepted.dedup();
        accepted
    }

    pub(super) fn rules(&self) -> Result<ClaimRules, AuthSetupError> {
        if self.issuer.is_empty() {
            return Err(AuthSetupError::SettingMissing { setting: "auth-issuer" });
        }
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(AuthSetupError::SettingMissing { setting: "auth-audience" });
        }
        Ok(ClaimRules {
            issuer: self.issuer.clone(),
            audiences: self.audiences.clone(),
            names: self.claims.clone(),
            leeway: TimeDelta::from_std(self.leeway).unwrap_or(TimeDelta::MAX),
        })
    }

    /// Reads every source.
    pub(super) async fn open_keys(&self) -> Result<KeyChest, AuthSetupError> {
        if self.keys.is_empty() {
            return Err(AuthSetupError::NoKey);
        }
        let accepted = self.accepted();
        self.every_algorithm_has_a_source(&accepted)?;
        let mut chest = KeyChest::default();
        for source in &self.keys {
            match source {
                KeySource::Secret { secret, key_id } => {
                    let key = key_of_secret(secret, key_id.clone())?;
                    chest.fixed.push(Arc::new(self.fixed(key, "auth-hs256-secret", &accepted)?));
                }
                KeySource::PublicKeyFile { path, key_id } => {
                    let pem = std::fs::read(path)
                        .map_err(|reason| AuthSetupError::Unreadable { path: path.clone(), reason })?;
                    let origin = path.display().to_string();
                    let key = VerificationKey::from_public_pem(&pem, key_id.clone())
                        .map_err(|problem| AuthSetupError::Key { origin: origin.clone(), problem })?;
                    chest.fixed.push(Arc::new(self.fixed(key, &origin, &accepted)?));
                }
                KeySource::JwksFile(path) => chest.rotating.push(
                    RotatingKeys::of_file(path.clone(), accepted.clone(), self.refresh.clone(), self.clock.clone())
                        .await?,
                ),
                KeySource::JwksUrl(url) => chest
                    .rotating
                    .push(RotatingKeys::of_url(url, accepted.clone(), self.refresh.clone(), self.clock.clone()).await?),
            }
        }
        Ok(chest)
    }

    fn fixed(&self, key: VerificationKey, origin: &str, accepted: &[Algorithm]) -> Result<KeyRing, AuthSetupError> {
        if !accepted.contains(&key.algorithm) {
            return Err(AuthSetupError::AlgorithmNotAccepted {
                origin: origin.to_owned(),
                algorithm: key.algorithm.name(),
                accepted: algorithm::names(accepted),
            });
        }
        Ok(KeyRing::of(key))
    }

    /// An algorithm for which no key can come is a mistake in the configuration.
    fn every_algorithm_has_a_source(&self, accepted: &[Algorithm]) -> Result<(), AuthSetupError> {
        let has_set = self.keys.iter().any(|key| matches!(key, KeySource::JwksFile(_) | KeySource::JwksUrl(_)));
        let has_secret = self.keys.iter().any(|key| matches!(key, KeySource::Secret { .. } | KeySource::JwksFile(_)));
        let has_public = has_set || self.keys.iter().any(|key| matches!(key, KeySource::PublicKeyFile { .. }));
        for algorithm in accepted {
            let (has_source, remedy) = match algorithm {
                Algorithm::Hs256 => (has_secret, "set auth-hs256-secret or auth-hs256-secret-file"),
                _ => (has_public, "set auth-public-key-file, auth-jwks-file or auth-jwks-url"),
            };
            if !has_source {
                return Err(AuthSetupError::AlgorithmWithoutKey { algorithm: algorithm.name(), remedy });
            }
        }
        Ok(())
    }
}

/// The key of an HS256 secret, if it is long enough not to be guessed.
pub(super) fn key_of_secret(secret: &SecretString, key_id: Option<String>) -> Result<VerificationKey, AuthSetupError> {
    let secret = secret.expose_secret().as_bytes();
    if secret.len() < SHORTEST_SECRET {
        return Err(AuthSetupError::SecretTooShort { length: secret.len(), least: SHORTEST_SECRET });
    }
    Ok(VerificationKey::from_secret(secret, key_id))
}
