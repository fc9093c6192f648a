//! The codes that go out: six digits, kept as a keyed hash that only this installation makes. It sends none.

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A new code.
pub(super) fn new() -> String {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000)
}

/// The key of this installation for codes.
#[derive(Clone)]
pub(crate) struct CodeKey(hmac::Key);

impl CodeKey {
    /// Derives the key from the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        let derived = Sha256::new().chain_update(b"liaison verification code\0").chain_update(secret).finalize();
        Self(hmac::Key::new(hmac::HMAC_SHA256, &derived))
    }

    /// What is kept of a code for a method.
    pub fn mac(&self, method: Uuid, code: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &message(method, code)))
    }

    /// Whether this is the code that was kept; compared in constant time.
    pub fn is_right(&self, method: Uuid, code: &str, mac: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(mac) else { return false };
        hmac::verify(&self.0, &message(method, code), &tag).is_ok()
    }
}

fn message(method: Uuid, code: &str) -> Vec<u8> {
    [method.as_bytes().as_slice(), code.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_right_for_its_method_and_installation_alone() {
        let key = CodeKey::new(b"secret");
        let (mobile, office) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mac = key.mac(mobile, "012345");
        assert!(key.is_right(mobile, "012345", &mac));
        assert!(!key.is_right(mobile, "012346", &mac));
        assert!(!key.is_right(office, "012345", &mac));
        assert!(!CodeKey::new(b"another").is_right(mobile, "012345", &mac));
        assert!(!key.is_right(mobile, "012345", "no tag"));
    }

    #[test]
    fn a_code_has_six_digits() {
        for _ in 0..1_000 {
            let code = new();
            assert!(code.len() == 6 && code.chars().all(|digit| digit.is_ascii_digit()), "{code}");
        }
    }
}
