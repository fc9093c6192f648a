//! From an `Authorization` header to a viewer. It may not decide what a viewer may do, and no message of it may repeat a token or a key.

mod algorithm;
mod bearer;
mod claims;
mod clock;
mod demo;
mod error;
mod issue;
mod key;
mod key_chest;
mod rotating_keys;
mod settings;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use liaison_domain::viewer::Viewer;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

pub use self::algorithm::{Algorithm, UnknownAlgorithm};
pub use self::bearer::{LONGEST_TOKEN, authorization};
pub use self::claims::ClaimNames;
pub use self::clock::Clock;
pub use self::demo::{DEMO_KEY_FILE, DemoKey, DemoKeyError};
pub use self::error::{AuthError, AuthSetupError};
pub use self::issue::{CannotIssue, TokenIssuer, TokenRequest};
pub use self::rotating_keys::RefreshLimits;
pub use self::settings::{AuthSettings, KeySource};

use self::bearer::TokenHeader;
use self::claims::ClaimRules;
use self::key::Fingerprint;
use self::key_chest::KeyChest;

/// How many verified tokens are remembered. At about half a kilobyte each.
const MOST_REMEMBERED: usize = 10_000;

/// A caller whose token is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Who asks.
    pub viewer: Viewer,
    /// The instant from which the token is refused: `exp` and the leeway. A socket closes then.
    pub expires_at: DateTime<Utc>,
}

/// Judges tokens.
pub struct Authenticator {
    accepted: Vec<Algorithm>,
    keys: KeyChest,
    rules: ClaimRules,
    clock: Clock,
    remembered: Cache<[u8; 32], Remembered>,
}

/// A verdict is good for as long as its token and the key that signed it.
#[derive(Clone)]
struct Remembered {
    key: Fingerprint,
    authenticated: Authenticated,
}

impl Authenticator {
    /// Reads the keys; fails on anything that would make it trust too much or nobody.
    pub async fn new(settings: AuthSettings) -> Result<Self, AuthSetupError> {
        let rules = settings.rules()?;
        let keys = settings.open_keys().await?;
        Ok(Self {
            accepted: settings.accepted(),
            keys,
            rules,
            clock: settings.clock,
            remembered: Cache::new(MOST_REMEMBERED),
        })
    }

    /// The caller of a request with this `Authorization` header; nobody without one.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Option<Authenticated>, AuthError> {
        match authorization {
            None => Ok(None),
            Some(header) => self.verify(bearer::bearer_token(header)?).await.map(Some),
        }
    }

    async fn verify(&self, token: &str) -> Result<Authenticated, AuthError> {
        let id: [u8; 32] = Sha256::digest(token).into();
        if let Some(known) = self.remembered.get(&id) {
            if self.clock.now() < known.authenticated.expires_at && self.keys.holds(&known.key).await {
                return Ok(known.authenticated);
            }
            self.remembered.remove(&id);
        }
        let header = TokenHeader::read(token, &self.accepted)?;
        let key = self.keys.find(header.key_id.as_deref(), header.algorithm).await?;
        let claims = key.verify(token)?;
        let (viewer, expires_at) = self.rules.viewer(&claims, self.clock.now())?;
        let authenticated = Authenticated { viewer, expires_at };
        self.remembered.insert(id, Remembered { key: key.fingerprint, authenticated: authenticated.clone() });
        Ok(authenticated)
    }
}
