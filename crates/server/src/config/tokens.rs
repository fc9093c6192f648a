//! Settings of tokens: which keys, whose, meant for whom. They may not have a default secret.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, value_parser};
use secrecy::SecretString;
use uuid::Uuid;

use super::Settings;
use super::layers::secret;
use crate::auth::{Algorithm, AuthSettings, AuthSetupError, ClaimNames, KeySource, RefreshLimits};

/// Whose tokens are good.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tokens")]
pub struct TokenSettings {
    /// The algorithms that are accepted, with commas between: HS256, RS256, ES256, EdDSA. Default: HS256 for a secret, the others for public keys.
    #[arg(long, value_name = "NAME,…", env = "LIAISON_AUTH_ALGORITHMS", value_delimiter = ',')]
    pub auth_algorithms: Vec<Algorithm>,

    /// The secret of HS256, at least 32 bytes. A flag can be seen by others on the machine: prefer the environment or the file.
    #[arg(long, value_name = "SECRET", env = "LIAISON_AUTH_HS256_SECRET", value_parser = secret)]
    pub auth_hs256_secret: Option<SecretString>,

    /// A file with the secret of HS256 and nothing else; a line break at its end does not count.
    #[arg(long, value_name = "FILE", env = "LIAISON_AUTH_HS256_SECRET_FILE")]
    pub auth_hs256_secret_file: Option<PathBuf>,

    /// A public key in PEM: RSA (RS256), EC on P-256 (ES256) or Ed25519 (EdDSA).
    #[arg(long, value_name = "FILE", env = "LIAISON_AUTH_PUBLIC_KEY_FILE")]
    pub auth_public_key_file: Option<PathBuf>,

    /// The name (kid) of the secret or public key above. Without it, tokens that name a key are not taken for it.
    #[arg(long, value_name = "KID", env = "LIAISON_AUTH_KEY_ID")]
    pub auth_key_id: Option<String>,

    /// A JSON Web Key Set in a file. It is read again when a token names an unknown key.
    #[arg(long, value_name = "FILE", env = "LIAISON_AUTH_JWKS_FILE")]
    pub auth_jwks_file: Option<PathBuf>,

    /// A JSON Web Key Set behind https, or http on loopback. It is read again when a token names an unknown key.
    #[arg(long, value_name = "URL", env = "LIAISON_AUTH_JWKS_URL")]
    pub auth_jwks_url: Option<String>,

    /// The issuer (iss) whose tokens are taken.
    #[arg(long, value_name = "ISSUER", env = "LIAISON_AUTH_ISSUER")]
    pub auth_issuer: Option<String>,

    /// The audience (aud) that means this server; several with commas between.
    #[arg(long, value_name = "AUDIENCE,…", env = "LIAISON_AUTH_AUDIENCE", value_delimiter = ',')]
    pub auth_audience: Vec<String>,

    /// The claim with the login. A claim's name is tried as it stands, then as a path: realm_access.roles.
    #[arg(long, value_name = "CLAIM", env = "LIAISON_AUTH_SUBJECT_CLAIM", default_value = "sub")]
    pub auth_subject_claim: String,

    /// The claim with the id of the organization for which the login acts.
    #[arg(long, value_name = "CLAIM", env = "LIAISON_AUTH_ORGANIZATION_CLAIM", default_value = "org_id")]
    pub auth_organization_claim: String,

    /// The claim with the list of roles.
    #[arg(long, value_name = "CLAIM", env = "LIAISON_AUTH_ROLES_CLAIM", default_value = "roles")]
    pub auth_roles_claim: String,

    /// The claim with the list of permissions that narrow the roles.
    #[arg(long, value_name = "CLAIM", env = "LIAISON_AUTH_PERMISSIONS_CLAIM", default_value = "permissions")]
    pub auth_permissions_claim: String,

    /// How far the clocks of the issuer and of this machine may differ, in seconds.
    #[arg(long, value_name = "SECONDS", env = "LIAISON_AUTH_LEEWAY_SECONDS", default_value = "30", value_parser = value_parser!(u64).range(..=600))]
    pub auth_leeway_seconds: u64,

    /// The least time between two readings of a key set, in seconds, whatever tokens come.
    #[arg(long, value_name = "SECONDS", env = "LIAISON_AUTH_JWKS_LEAST_INTERVAL_SECONDS", default_value = "30", value_parser = value_parser!(u64).range(1..=86_400))]
    pub auth_jwks_least_interval_seconds: u64,

    /// How old a key set may be before it is read again, in seconds: a key that was withdrawn is good no longer than this.
    #[arg(long, value_name = "SECONDS", env = "LIAISON_AUTH_JWKS_LONGEST_AGE_SECONDS", default_value = "600", value_parser = value_parser!(u64).range(1..=86_400))]
    pub auth_jwks_longest_age_seconds: u64,

    /// How much longer a key set is used while it cannot be read, in seconds.
    #[arg(long, value_name = "SECONDS", env = "LIAISON_AUTH_JWKS_STALE_GRACE_SECONDS", default_value = "3600", value_parser = value_parser!(u64).range(..=604_800))]
    pub auth_jwks_stale_grace_seconds: u64,
}

/// How callers sign in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// With tokens of the configured issuer.
    Configured(Box<AuthSettings>),
    /// With tokens of a key made at start; the address is loopback.
    Demo,
}

/// Why there is no way to sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Nothing is configured, and others can reach the server.
    #[error(
        "nothing says whose tokens are good, and {listen} can be reached from other machines: set auth-issuer, auth-audience and a key \
         (auth-jwks-url, auth-jwks-file, auth-public-key-file or auth-hs256-secret), or listen on 127.0.0.1 for a demo"
    )]
    NotConfigured {
        /// Where the server would listen.
        listen: SocketAddr,
    },
    /// The configuration is not sound.
    #[error(transparent)]
    Setup(#[from] AuthSetupError),
}

impl Settings {
    /// How callers sign in: with what is configured, or else, on loopback only, with a demo key.
    pub fn sign_in(&self) -> Result<SignIn, SignInError> {
        let listen = self.service.listen;
        match self.tokens.auth_settings()? {
            Some(settings) => Ok(SignIn::Configured(Box::new(settings))),
            None if listen.ip().to_canonical().is_loopback() => Ok(SignIn::Demo),
            None => Err(SignInError::NotConfigured { listen }),
        }
    }
}

impl TokenSettings {
    /// What tokens are judged by, or nothing when no key, issuer or audience is set at all.
    pub fn auth_settings(&self) -> Result<Option<AuthSettings>, AuthSetupError> {
        let keys = self.keys()?;
        if keys.is_empty()
            && self.auth_issuer.is_none()
            && self.auth_audience.is_empty()
            && self.auth_algorithms.is_empty()
        {
            return Ok(None);
        }
        if keys.is_empty() {
            return Err(AuthSetupError::NoKey);
        }
        let issuer = self.auth_issuer.clone().ok_or(AuthSetupError::SettingMissing { setting: "auth-issuer" })?;
        if self.auth_audience.is_empty() {
            return Err(AuthSetupError::SettingMissing { setting: "auth-audience" });
        }
        Ok(Some(AuthSettings {
            algorithms: self.auth_algorithms.clone(),
            claims: ClaimNames {
                subject: self.auth_subject_claim.clone(),
                organization: self.auth_organization_claim.clone(),
                roles: self.auth_roles_claim.clone(),
                permissions: self.auth_permissions_claim.clone(),
            },
            leeway: Duration::from_secs(self.auth_leeway_seconds),
            refresh: RefreshLimits {
                least_interval: Duration::from_secs(self.auth_jwks_least_interval_seconds),
                longest_age: Duration::from_secs(self.auth_jwks_longest_age_seconds),
                stale_grace: Duration::from_secs(self.auth_jwks_stale_grace_seconds),
                ..RefreshLimits::default()
            },
            ..AuthSettings::new(keys, issuer, self.auth_audience.clone())
        }))
    }

    fn keys(&self) -> Result<Vec<KeySource>, AuthSetupError> {
        let mut keys = Vec::new();
        let secret = match (&self.auth_hs256_secret, &self.auth_hs256_secret_file) {
            (Some(_), Some(_)) => {
                return Err(AuthSetupError::SettingsExclude {
                    first: "auth-hs256-secret",
                    second: "auth-hs256-secret-file",
                });
            }
            (Some(secret), None) => Some(secret.clone()),
            (None, Some(path)) => {
                let text = fs::read_to_string(path)
                    .map_err(|reason| AuthSetupError::Unreadable { path: path.clone(), reason })?;
                Some(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            (None, None) => None,
        };
        keys.extend(secret.map(|secret| KeySource::Secret { secret, key_id: self.auth_key_id.clone() }));
        keys.extend(
            self.auth_public_key_file
                .clone()
                .map(|path| KeySource::PublicKeyFile { path, key_id: self.auth_key_id.clone() }),
        );
        keys.extend(self.auth_jwks_file.clone().map(KeySource::JwksFile));
        keys.extend(self.auth_jwks_url.clone().map(KeySource::JwksUrl));
        Ok(keys)
    }
}

/// An organization as one types it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationName {
    /// Its id.
    Id(Uuid),
    /// Its subdomain, to be looked up.
    Subdomain(String),
}

impl FromStr for OrganizationName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Uuid::try_parse(text).map_or_else(|_| Self::Subdomain(text.to_ascii_lowercase()), Self::Id))
    }
}
