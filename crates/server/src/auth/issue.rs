//! Signs tokens with a secret that this server also verifies with. It may not sign where only public keys are known.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use jsonwebtoken::{EncodingKey, Header};
use liaison_domain::viewer::Role;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::algorithm::Algorithm;
use super::claims::ClaimNames;
use super::clock::Clock;
use super::error::AuthSetupError;
use super::settings::{AuthSettings, KeySource, key_of_secret};

/// What the token shall say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The login that acts.
    pub subject: String,
    /// The organization for which it acts.
    pub organization_id: Uuid,
    /// Its roles; at least one.
    pub roles: BTreeSet<Role>,
    /// What narrows the roles, if anything.
    pub permissions: Option<BTreeSet<String>>,
    /// How long the token is good.
    pub lifetime: Duration,
}

/// Why no token was signed.
#[derive(Debug, thiserror::Error)]
pub enum CannotIssue {
    /// The configuration has public keys only.
    #[error(
        "tokens are checked with public keys here, and a public key cannot sign: get a token from {issuer}, whose keys these are"
    )]
    OnlyPublicKeys {
        /// The configured issuer.
        issuer: String,
    },
    /// The configuration would not start a server either.
    #[error(transparent)]
    Setup(#[from] AuthSetupError),
    /// The request is one that this server would refuse as a token.
    #[error("{0}")]
    Request(&'static str),
    /// The library could not sign.
    #[error("the token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Signs tokens that the server with the same settings takes.
pub struct TokenIssuer {
    key: EncodingKey,
    key_id: Option<String>,
    issuer: String,
    audience: String,
    claims: ClaimNames,
    clock: Clock,
}

impl TokenIssuer {
    /// An issuer with the HS256 secret of the settings, if they have one.
    pub fn new(settings: &AuthSettings) -> Result<Self, CannotIssue> {
        let rules = settings.rules()?;
        let secrets = settings.keys.iter().find_map(|source| match source {
            KeySource::Secret { secret, key_id } => Some((secret, key_id)),
            _ => None,
        });
        let Some((secret, key_id)) = secrets.filter(|_| settings.accepted().contains(&Algorithm::Hs256)) else {
            return Err(if settings.keys.is_empty() {
                AuthSetupError::NoKey.into()
            } else {
                CannotIssue::OnlyPublicKeys { issuer: rules.issuer }
            });
        };
        key_of_secret(secret, key_id.clone())?;
        Ok(Self {
            key: signing_key(secret),
            key_id: key_id.clone(),
            issuer: rules.issuer,
            audience: rules
                .audiences
                .into_iter()
                .next()
                .ok_or(AuthSetupError::SettingMissing { setting: "auth-audience" })?,
            claims: settings.claims.clone(),
            clock: settings.clock.clone(),
        })
    }

    /// A signed token.
    pub fn issue(&self, request: &TokenRequest) -> Result<String, CannotIssue> {
        if request.roles.is_empty() {
            return Err(CannotIssue::Request("a token without a role has no rights: name at least one role"));
        }
        if request.subject.trim().is_empty() {
            return Err(CannotIssue::Request("the subject is empty: name the login that acts"));
        }
        if request.organization_id.is_nil() {
            return Err(CannotIssue::Request(
                "the organization's id is nil: name the organization for which the login acts",
            ));
        }
        let now = self.clock.now();
        let expires_at = TimeDelta::from_std(request.lifetime)
            .ok()
            .and_then(|lifetime| now.checked_add_signed(lifetime))
            .ok_or(CannotIssue::Request("the token would outlive the calendar: choose a shorter time"))?;

        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("iss", json!(self.issuer));
        set("aud", json!(self.audience));
        set("iat", json!(now.timestamp()));
        set("nbf", json!(now.timestamp()));
        set("exp", json!(expires_at.timestamp()));
        // A name is read as it stands before it is read as a path, so a path may be written as one name.
        set(&self.claims.subject, json!(request.subject));
        set(&self.claims.organization, json!(request.organization_id));
        set(&self.claims.roles, json!(request.roles));
        if let Some(permissions) = &request.permissions {
            set(&self.claims.permissions, json!(permissions));
        }
        let mut header = Header::new(Algorithm::Hs256.for_signatures());
        header.kid.clone_from(&self.key_id);
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }
}

fn signing_key(secret: &SecretString) -> EncodingKey {
    EncodingKey::from_secret(secret.expose_secret().as_bytes())
}
