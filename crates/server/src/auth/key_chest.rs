//! Every key that is configured, found by its name. It may not try one key after another until one fits.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::error::AuthError;
use super::key::{Fingerprint, KeyRing, VerificationKey};
use super::rotating_keys::RotatingKeys;

/// The keys that stay and the sets that rotate.
#[derive(Debug, Default)]
pub(super) struct KeyChest {
    pub(super) fixed: Vec<Arc<KeyRing>>,
    pub(super) rotating: Vec<Arc<RotatingKeys>>,
}

/// What is known at one moment.
struct Known {
    rings: Vec<Arc<KeyRing>>,
    /// Whether a set is missing because it is too old.
    incomplete: bool,
}

impl KeyChest {
    /// The one key that may have signed a token with this `kid` and `alg`.
    pub(super) async fn find(
        &self,
        key_id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Arc<VerificationKey>, AuthError> {
        match self.known().await.find(key_id, algorithm) {
            Err(AuthError::UnknownKey | AuthError::KeysUnavailable) if !self.rotating.is_empty() => {
                for keys in &self.rotating {
                    keys.refresh().await;
                }
                self.known().await.find(key_id, algorithm)
            }
            found => found,
        }
    }

    /// Whether the key is still there.
    pub(super) async fn holds(&self, fingerprint: &Fingerprint) -> bool {
        self.known().await.keys().any(|key| key.fingerprint == *fingerprint)
    }

    async fn known(&self) -> Known {
        let mut known = Known { rings: self.fixed.clone(), incomplete: false };
        for keys in &self.rotating {
            match keys.current().await {
                Some(ring) => known.rings.push(ring),
                None => known.incomplete = true,
            }
        }
        known
    }
}

impl Known {
    fn keys(&self) -> impl Iterator<Item = &Arc<VerificationKey>> {
        self.rings.iter().flat_map(|ring| ring.keys())
    }

    fn find(&self, key_id: Option<&str>, algorithm: Algorithm) -> Result<Arc<VerificationKey>, AuthError> {
        let missing = |reason| if self.incomplete { AuthError::KeysUnavailable } else { reason };
        let mut of_algorithm = self.keys().filter(|key| key.algorithm == algorithm);
        let Some(key_id) = key_id else {
            return match (of_algorithm.next(), of_algorithm.next()) {
                (Some(only), None) => Ok(Arc::clone(only)),
                _ => Err(missing(AuthError::KeyNotNamed)),
            };
        };
        // Fixed keys stand first: a set that is fetched cannot take the name of one that was configured by hand.
        let mut named = self.keys().filter(|key| key.key_id.as_deref() == Some(key_id)).peekable();
        if named.peek().is_none() {
            return Err(missing(AuthError::UnknownKey));
        }
        named.find(|key| key.algorithm == algorithm).cloned().ok_or(AuthError::AlgorithmOfAnotherKey)
    }
}
