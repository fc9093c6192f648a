//! Keys, tokens and a clock for the tests. The keys are made here: none is committed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::DateTime;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::{Algorithm, AuthError, AuthSettings, Authenticated, Authenticator, Clock, KeySource};

pub(super) const NOW: i64 = 1_800_000_000;
pub(super) const ISSUER: &str = "https://id.example";
pub(super) const AUDIENCE: &str = "liaison";
pub(super) const ACME: Uuid = Uuid::from_u128(0x0192_f0c1_1111_7000_8000_0000_0000_0001);
pub(super) const KEY_ID: &str = "key-1";

/// Someone with a key.
pub(super) struct Signer {
    pub(super) algorithm: Algorithm,
    pub(super) key: EncodingKey,
    /// The secret, or the public key in PEM.
    pub(super) verifier: String,
}

/// One signer an algorithm, made once a run.
pub(super) fn signers() -> &'static [Signer; 4] {
    static SIGNERS: OnceLock<[Signer; 4]> = OnceLock::new();
    SIGNERS.get_or_init(|| Algorithm::ALL.map(Signer::new))
}

pub(super) fn signer(algorithm: Algorithm) -> &'static Signer {
    signers().iter().find(|signer| signer.algorithm == algorithm).expect("one an algorithm")
}

impl Signer {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let public = |der: PublicKeyX509Der<'_>| pem("PUBLIC KEY", der.as_ref());
        let (key, verifier) = match algorithm {
            Algorithm::Hs256 => {
                let secret = Uuid::new_v4().to_string() + &Uuid::new_v4().to_string();
                (EncodingKey::from_secret(secret.as_bytes()), secret)
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
                let private: Pkcs8V1Der<'_> = pair.as_der().expect("DER");
                let private = pem("PRIVATE KEY", private.as_ref());
                let key = EncodingKey::from_rsa_pem(private.as_bytes()).expect("a key");
                (key, public(pair.public_key().as_der().expect("DER")))
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
                let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("DER").as_ref());
                (key, public(pair.public_key().as_der().expect("DER")))
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().expect("a key");
                let key = EncodingKey::from_ed_der(pair.to_pkcs8v1().expect("DER").as_ref());
                (key, public(pair.public_key().as_der().expect("DER")))
            }
        };
        Self { algorithm, key, verifier }
    }

    pub(super) fn header(&self) -> Value {
        json!({ "alg": self.algorithm.name(), "typ": "JWT", "kid": KEY_ID })
    }

    /// A good token.
    pub(super) fn token(&self) -> String {
        self.sign(&self.header(), &claims())
    }

    /// A token with one claim changed; null takes it away.
    pub(super) fn with_claim(&self, name: &str, value: Value) -> String {
        self.sign(&self.header(), &changed(claims(), name, value))
    }

    /// A token with one part of the header changed; null takes it away.
    pub(super) fn with_header(&self, name: &str, value: Value) -> String {
        self.sign(&changed(self.header(), name, value), &claims())
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_texts(&header.to_string(), &claims.to_string())
    }

    pub(super) fn sign_texts(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm.for_signatures()).expect("signed");
        format!("{message}.{signature}")
    }

    pub(super) fn jwk(&self, key_id: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm.for_signatures()).expect("a JWK");
        changed(serde_json::to_value(jwk).expect("JSON"), "kid", json!(key_id))
    }
}

pub(super) fn changed(mut object: Value, name: &str, value: Value) -> Value {
    let map = object.as_object_mut().expect("an object");
    if value.is_null() {
        map.remove(name);
    } else {
        map.insert(name.to_owned(), value);
    }
    object
}

pub(super) fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "jane", "iat": NOW, "nbf": NOW, "exp": NOW + 600,
        "org_id": ACME, "roles": ["provider_admin"],
    })
}

pub(super) fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

pub(super) fn pem(tag: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {tag}-----\n{}\n-----END {tag}-----\n", lines.join("\n"))
}

/// A clock that stands still until it is turned.
#[derive(Clone)]
pub(super) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub(super) fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn clock(&self) -> Clock {
        let hands = Arc::clone(&self.0);
        Clock::new(move || DateTime::from_timestamp(hands.load(Ordering::SeqCst), 0).expect("in the calendar"))
    }
}

/// A server's authenticator and its clock.
pub(super) struct Door {
    pub(super) authenticator: Authenticator,
    pub(super) hands: Hands,
    _folder: tempfile::TempDir,
}

impl Door {
    /// One that knows the signer's key under [`KEY_ID`].
    pub(super) async fn of(signer: &Signer) -> Self {
        Self::with(&[(signer, Some(KEY_ID))], |_| ()).await
    }

    pub(super) async fn with(keys: &[(&Signer, Option<&str>)], adjust: impl FnOnce(&mut AuthSettings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sources = keys
            .iter()
            .enumerate()
            .map(|(number, (signer, key_id))| {
                let key_id = key_id.map(str::to_owned);
                if signer.algorithm == Algorithm::Hs256 {
                    KeySource::Secret { secret: signer.verifier.clone().into(), key_id }
                } else {
                    let path: PathBuf = folder.path().join(format!("{number}.pem"));
                    std::fs::write(&path, &signer.verifier).expect("written");
                    KeySource::PublicKeyFile { path, key_id }
                }
            })
            .collect();
        let hands = Hands::new();
        let mut settings = settings(sources, &hands);
        adjust(&mut settings);
        let authenticator = Authenticator::new(settings).await.expect("sound settings");
        Self { authenticator, hands, _folder: folder }
    }

    pub(super) async fn show(&self, token: &str) -> Result<Authenticated, AuthError> {
        let header = format!("Bearer {token}");
        let verdict = self.authenticator.authenticate(Some(&header)).await;
        if let Err(error) = &verdict {
            fit_to_be_shown(error, token);
        }
        verdict.map(|caller| caller.expect("a header is never nobody"))
    }

    pub(super) async fn refusal(&self, token: &str) -> AuthError {
        self.show(token).await.expect_err("must be refused")
    }
}

pub(super) fn settings(keys: Vec<KeySource>, hands: &Hands) -> AuthSettings {
    AuthSettings {
        clock: hands.clock(),
        ..AuthSettings::new(keys, ISSUER, vec![AUDIENCE.to_owned(), "directory".to_owned()])
    }
}

/// Whatever went wrong: the token and the keys are not repeated, and the header of the answer is well-formed.
fn fit_to_be_shown(error: &AuthError, token: &str) {
    let shown = format!("{error} {error:?} {}", error.www_authenticate().unwrap_or_default());
    for part in token.split(['.', ' ']).filter(|part| part.len() > 12) {
        assert!(!shown.contains(part), "{shown} repeats the token");
    }
    for signer in signers() {
        assert!(!shown.contains(signer.verifier.lines().nth(1).unwrap_or(&signer.verifier)), "{shown} shows a key");
    }
    match error {
        AuthError::KeysUnavailable => assert_eq!(error.code(), "UNAVAILABLE"),
        _ => {
            assert_eq!(error.code(), "UNAUTHENTICATED");
            let header = error.www_authenticate().expect("a token's fault");
            assert!(header.starts_with("Bearer error=\"invalid_"), "{header}");
            assert_eq!(header.matches('"').count(), 4, "{header}");
            assert!(header.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{header}");
        }
    }
}
