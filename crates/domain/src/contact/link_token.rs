//! What a look-up gives out instead of an id: a sealed text that only this installation reads, for one organization and a short time.
//! It looks nothing up.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::failure::Refusal;

/// How long a token is good.
pub(super) const GOOD_FOR: TimeDelta = TimeDelta::minutes(15);

const NONCE: usize = 12;
/// A contact's id and the second at which the token ends.
const CONTENT: usize = 16 + 8;

/// A token, opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Whom it stands for.
    pub contact_id: Uuid,
    expires_at: i64,
}

impl Ticket {
    /// Refuses one whose time is over.
    pub fn allow_at(self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now.timestamp() < self.expires_at {
            return Ok(());
        }
        let minutes = GOOD_FOR.num_minutes();
        let why = format!("this linkToken has expired: it is good for {minutes} minutes; ask contactFindToLink again");
        Err(Refusal::invalid("linkToken", why))
    }
}

/// The keys of this installation for look-ups: one seals tokens, one marks what was looked for.
#[derive(Clone)]
pub(crate) struct LinkTokenKey {
    seal: Arc<RandomizedNonceKey>,
    mark: hmac::Key,
}

impl LinkTokenKey {
    /// Derives the keys from the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        let derived = |purpose: &[u8]| Sha256::new().chain_update(purpose).chain_update(secret).finalize();
        let seal = RandomizedNonceKey::new(&AES_256_GCM, &derived(b"liaison link token\0"));
        Self {
            seal: Arc::new(seal.expect("a SHA-256 digest is as long as the key")),
            mark: hmac::Key::new(hmac::HMAC_SHA256, &derived(b"liaison look-up\0")),
        }
    }

    /// The stream of an organization's look-ups. Nobody can name it beforehand: whoever made something under its id would block them.
    pub fn stream_of(&self, organization: Uuid) -> Uuid {
        let tag = hmac::sign(&self.mark, &[b"stream\0", organization.as_bytes().as_slice()].concat());
        let bytes = tag.as_ref()[..16].try_into().expect("a SHA-256 tag has 32 bytes");
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// A token by which `organization` may link the contact until `expires_at`.
    pub fn seal(&self, organization: Uuid, contact: Uuid, expires_at: DateTime<Utc>) -> String {
        let mut sealed = Vec::with_capacity(NONCE + CONTENT + AES_256_GCM.tag_len());
        sealed.extend_from_slice(contact.as_bytes());
        sealed.extend_from_slice(&expires_at.timestamp().to_be_bytes());
        let nonce = self.seal.seal_in_place_append_tag(Aad::from(organization.as_bytes()), &mut sealed);
        let mut token = nonce.expect("a short text is sealed").as_ref().to_vec();
        token.append(&mut sealed);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token stands for. Another organization's, a forged and a mistyped one are all simply none of ours.
    pub(super) fn open(&self, organization: Uuid, token: &str) -> Result<Ticket, Refusal> {
        self.read(organization, token).ok_or_else(|| {
            let why = "linkToken must be one that contactFindToLink gave to your organization";
            Refusal::invalid("linkToken", why)
        })
    }

    fn read(&self, organization: Uuid, token: &str) -> Option<Ticket> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let content = self.seal.open_in_place(nonce, Aad::from(organization.as_bytes()), sealed).ok()?;
        let (contact, expires_at) = content.split_at_checked(16)?;
        Some(Ticket {
            contact_id: Uuid::from_slice(contact).ok()?,
            expires_at: i64::from_be_bytes(expires_at.try_into().ok()?),
        })
    }

    /// What the log keeps of a key that was looked for: the same key leaves the same mark, and nobody reads it back.
    pub fn mark(&self, kind: &str, key: &str) -> String {
        let mut context = hmac::Context::with_key(&self.mark);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(key.as_bytes());
        URL_SAFE_NO_PAD.encode(context.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_one_organization_and_a_quarter_of_an_hour() {
        let key = LinkTokenKey::new(b"secret");
        let (acme, bayside, john) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let token = key.seal(acme, john, now + GOOD_FOR);
        let ticket = key.open(acme, &token).unwrap();
        assert_eq!(ticket.contact_id, john);
        assert_eq!(ticket.allow_at(now + GOOD_FOR - TimeDelta::seconds(1)), Ok(()));
        let late = ticket.allow_at(now + GOOD_FOR).unwrap_err();
        assert!(late.message.contains("15 minutes"), "{late:?}");
        let foreign = key.open(bayside, &token).unwrap_err();
        assert!(foreign.message.contains("gave to your organization"), "{foreign:?}");
        assert_eq!(LinkTokenKey::new(b"another").open(acme, &token), Err(foreign.clone()));
        let other = if token.as_bytes()[20] == b'_' { "A" } else { "_" };
        let forged = format!("{}{other}{}", &token[..20], &token[21..]);
        for forged in ["", "abc", "731", &token[1..], &format!("{token}A"), &forged] {
            assert_eq!(key.open(acme, forged), Err(foreign.clone()), "{forged}");
        }
        assert_ne!(key.seal(acme, john, now + GOOD_FOR), token, "two tokens for one contact look unrelated");
    }

    #[test]
    fn a_mark_tells_keys_apart_and_nothing_of_them() {
        let key = LinkTokenKey::new(b"secret");
        assert_eq!(key.mark("email", "john@example.com"), key.mark("email", "john@example.com"));
        assert_ne!(key.mark("email", "john@example.com"), key.mark("phone", "john@example.com"));
        assert_ne!(key.mark("email", "a"), LinkTokenKey::new(b"another").mark("email", "a"));
    }
}
