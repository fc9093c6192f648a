//! What is known of a text, by its SHA-256, within a bound of memory. It keeps refusals as it keeps documents, and no value
//! of any variable.
//!
//! The hash is a cryptographic one on purpose: with a faster, weaker one somebody could write a document that is taken for
//! another's. The cache resists scans: texts that come once do not push out those that come often.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::prepared::Prepared;
use super::refusal::Refusal;

/// The SHA-256 of a document's text.
pub type Digest256 = [u8; 32];

/// What is known of one text.
#[derive(Clone)]
pub(crate) enum Known {
    /// It is sound: parsed, measured, validated.
    Sound(Arc<Prepared>),
    /// It is refused, whatever the variables.
    Refused(Arc<Refusal>),
}

#[derive(Clone)]
struct ByEstimate;

impl Weighter<Digest256, Known> for ByEstimate {
    fn weight(&self, _: &Digest256, known: &Known) -> u64 {
        // A syntax tree takes some 200 bytes a token (names, positions, vectors).
        512 + match known {
            Known::Sound(prepared) => 200 * prepared.tokens as u64,
            Known::Refused(refusal) => refusal.faults.iter().map(|fault| 128 + fault.message.len() as u64).sum(),
        }
    }
}

/// The texts that were seen.
pub(crate) struct Documents(Cache<Digest256, Known, ByEstimate>);

impl Documents {
    pub(crate) fn with_capacity(bytes: u64) -> Self {
        // A typical document has a hundred tokens.
        let documents = usize::try_from(bytes / 20_000).unwrap_or(usize::MAX).max(16);
        Self(Cache::with_weighter(documents, bytes, ByEstimate))
    }

    pub(crate) fn get(&self, digest: &Digest256) -> Option<Known> {
        self.0.get(digest)
    }

    pub(crate) fn insert(&self, digest: Digest256, known: Known) {
        self.0.insert(digest, known);
    }

    /// How many texts are kept, and their estimated bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.0.len(), self.0.weight())
    }
}

/// The hash that a text is known by.
pub fn digest(text: &str) -> Digest256 {
    Sha256::digest(text.as_bytes()).into()
}
