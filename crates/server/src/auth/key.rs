//! The keys that verify signatures, each for exactly one algorithm. They may verify and be compared, never be shown.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{AlgorithmFamily, DecodingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::algorithm::Algorithm;
use super::claims::Claims;
use super::error::AuthError;

/// RFC 7518 §3.2: an HMAC key is at least as long as its hash.
pub(super) const SHORTEST_SECRET: usize = 32;

/// RFC 7518 §3.3: an RSA key has 2048 bits or more. The library refuses longer ones than 8192.
const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// More keys than an issuer has, so that a set cannot make every request slow.
const MOST_KEYS: usize = 100;

/// Identifies a key with all that matters about it, so that a token verified with a key falls when that key does.
pub(super) type Fingerprint = [u8; 32];

/// One key, for one algorithm.
pub(super) struct VerificationKey {
    pub(super) key_id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) fingerprint: Fingerprint,
    decoding: DecodingKey,
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey").field("key_id", &self.key_id).field("algorithm", &self.algorithm).finish()
    }
}

impl VerificationKey {
    /// A secret for HS256.
    pub(super) fn from_secret(secret: &[u8], key_id: Option<String>) -> Self {
        Self::new(Algorithm::Hs256, key_id, DecodingKey::from_secret(secret), secret)
    }

    /// A public key in PEM; its kind decides the algorithm.
    pub(super) fn from_public_pem(pem: &[u8], key_id: Option<String>) -> Result<Self, String> {
        let text = std::str::from_utf8(pem).unwrap_or_default();
        if text.contains("PRIVATE KEY-----") {
            return Err(
                "this is a private key: give the server the public one, and keep this one with the issuer".to_owned()
            );
        }
        if !text.contains("-----BEGIN PUBLIC KEY-----") && !text.contains("-----BEGIN RSA PUBLIC KEY-----") {
            return Err("no public key in PEM ('-----BEGIN PUBLIC KEY-----') in it".to_owned());
        }
        let (algorithm, decoding) = if let Ok(key) = DecodingKey::from_ec_pem(pem) {
            (Algorithm::Es256, key)
        } else if let Ok(key) = DecodingKey::from_ed_pem(pem) {
            (Algorithm::EdDsa, key)
        } else if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
            (Algorithm::Rs256, key)
        } else {
            return Err("the key is of a kind that is not accepted: use RSA, EC on P-256 or Ed25519".to_owned());
        };
        let material = match algorithm {
            Algorithm::Rs256 => rsa_modulus(&decoding)?,
            _ => on_its_curve(algorithm, decoding.try_get_as_bytes().map_err(|reason| reason.to_string())?)?,
        };
        Ok(Self::new(algorithm, key_id, decoding, &material))
    }

    fn new(algorithm: Algorithm, key_id: Option<String>, decoding: DecodingKey, material: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(algorithm.name());
        hash.update([0, u8::from(key_id.is_some())]);
        hash.update(key_id.as_deref().unwrap_or_default());
        hash.update([0]);
        hash.update(material);
        Self { key_id, algorithm, fingerprint: hash.finalize().into(), decoding }
    }

    /// The claims, if this key signed the token. The algorithm is the key's, whatever the token says; time and claims
    /// are judged elsewhere, by our own clock.
    pub(super) fn verify(&self, token: &str) -> Result<Claims, AuthError> {
        let (message, signature) = token.rsplit_once('.').ok_or(AuthError::WrongSignature)?;
        let signed = jsonwebtoken::crypto::verify(
            signature,
            message.as_bytes(),
            &self.decoding,
            self.algorithm.for_signatures(),
        );
        if !matches!(signed, Ok(true)) {
            return Err(AuthError::WrongSignature);
        }
        let payload = message.split_once('.').map_or("", |(_, payload)| payload);
        let json = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
        serde_json::from_slice(&json).map_err(|_| {
            AuthError::Malformed("its claims are not one JSON object in base64url in which every name stands once")
        })
    }
}

fn rsa_modulus(key: &DecodingKey) -> Result<Vec<u8>, String> {
    let jwk = Jwk::from_decoding_key(key, None).map_err(|_| "the RSA key cannot be read".to_owned())?;
    match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => long_enough(&rsa.n, &rsa.e),
        _ => Err("the RSA key cannot be read".to_owned()),
    }
}

/// The key material (modulus and exponent), if it is neither too short nor too long.
fn long_enough(modulus: &str, exponent: &str) -> Result<Vec<u8>, String> {
    let modulus = URL_SAFE_NO_PAD.decode(modulus).map_err(|_| "n is not base64url".to_owned())?;
    let exponent = URL_SAFE_NO_PAD.decode(exponent).map_err(|_| "e is not base64url".to_owned())?;
    let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
    if !RSA_MODULUS_BYTES.contains(&bytes) {
        return Err(format!("the RSA key has {} bits: use 2048 to 8192", bytes * 8));
    }
    Ok([modulus, exponent].concat())
}

/// The same bytes, if they are a point of the algorithm's curve.
fn on_its_curve(algorithm: Algorithm, point: &[u8]) -> Result<Vec<u8>, String> {
    let parsed = match algorithm {
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
        _ => ParsedPublicKey::new(&ED25519, point),
    };
    parsed.map_err(|_| "the key is not on its curve: use EC on P-256 or Ed25519".to_owned())?;
    Ok(point.to_vec())
}

/// Where a key set was read: a set that anyone may fetch can hold no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetOrigin {
    File,
    Url,
}

/// A set of keys as it was read at one time.
#[derive(Debug, Default)]
pub(super) struct KeyRing {
    keys: Vec<Arc<VerificationKey>>,
}

impl KeyRing {
    pub(super) fn of(key: VerificationKey) -> Self {
        Self { keys: vec![Arc::new(key)] }
    }

    /// A JWKS (RFC 7517). Keys for other purposes and algorithms are passed over, as the RFC asks; a set without any
    /// key for us is an error, and so is a set that shows a private key or has one name twice.
    pub(super) fn from_jwks(json: &[u8], accepted: &[Algorithm], origin: SetOrigin) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct KeySet {
            keys: Vec<Value>,
        }
        let set: KeySet = serde_json::from_slice(json)
            .map_err(|_| "not a JSON Web Key Set: it must be an object with a list 'keys'".to_owned())?;
        if set.keys.len() > MOST_KEYS {
            return Err(format!("more than {MOST_KEYS} keys"));
        }
        let mut ring = Self::default();
        for entry in set.keys {
            if entry.get("d").is_some() {
                return Err("it has a private key in it ('d'): publish the public halves only".to_owned());
            }
            let Ok(jwk) = serde_json::from_value::<Jwk>(entry) else { continue };
            let Some(key) = key_of(&jwk, accepted, origin)? else { continue };
            if ring.keys.iter().any(|other| other.key_id == key.key_id && other.algorithm == key.algorithm) {
                return Err("two of its keys have the same name (kid)".to_owned());
            }
            ring.keys.push(Arc::new(key));
        }
        if ring.keys.is_empty() {
            return Err(format!("no key in it for {}", super::algorithm::names(accepted)));
        }
        Ok(ring)
    }

    pub(super) fn keys(&self) -> &[Arc<VerificationKey>] {
        &self.keys
    }
}

/// The key of a JWK, or nothing where it is not for us.
fn key_of(jwk: &Jwk, accepted: &[Algorithm], origin: SetOrigin) -> Result<Option<VerificationKey>, String> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::Rs256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::Es256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDsa,
        AlgorithmParameters::OctetKey(_) if origin == SetOrigin::File => Algorithm::Hs256,
        _ => return Ok(None),
    };
    let of_another_algorithm = jwk.common.key_algorithm.is_some_and(|named| named.to_string() != algorithm.name());
    let of_another_use = jwk.common.public_key_use.as_ref().is_some_and(|r#use| *r#use != PublicKeyUse::Signature);
    let not_for_verifying =
        jwk.common.key_operations.as_ref().is_some_and(|operations| !operations.contains(&KeyOperations::Verify));
    if of_another_algorithm || of_another_use || not_for_verifying || !accepted.contains(&algorithm) {
        return Ok(None);
    }
    let decoding = DecodingKey::from_jwk(jwk).map_err(|_| "one of its keys is not base64url".to_owned())?;
    let material = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => long_enough(&rsa.n, &rsa.e)?,
        AlgorithmParameters::OctetKey(_) => {
            let secret = decoding.try_get_as_bytes().map_err(|reason| reason.to_string())?;
            if secret.len() < SHORTEST_SECRET {
                return Err(format!("a secret in it has {} bytes: use {SHORTEST_SECRET} or more", secret.len()));
            }
            secret.to_vec()
        }
        _ => on_its_curve(algorithm, decoding.try_get_as_bytes().map_err(|reason| reason.to_string())?)?,
    };
    debug_assert!(
        decoding.family() != AlgorithmFamily::Hmac || algorithm == Algorithm::Hs256,
        "HMAC only for a secret"
    );
    Ok(Some(VerificationKey::new(algorithm, jwk.common.key_id.clone(), decoding, &material)))
}
