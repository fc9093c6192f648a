//! Settings with which the server must not start.

use std::fs;
use std::path::PathBuf;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::cast::{Hands, Signer, changed, pem, settings, signer};
use crate::auth::{Algorithm, AuthSettings, AuthSetupError, Authenticator, KeySource};

async fn refusal(settings: AuthSettings) -> String {
    let error = Authenticator::new(settings).await.map(|_| ()).expect_err("must be refused");
    format!("{error}")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(uuid::Uuid::new_v4().to_string());
        fs::write(&path, text).expect("written");
        path
    }

    async fn pem_refused(&self, text: impl AsRef<[u8]>) -> String {
        refusal(settings(vec![KeySource::PublicKeyFile { path: self.file(text), key_id: None }], &Hands::new())).await
    }

    async fn jwks_refused(&self, keys: serde_json::Value) -> String {
        let path = self.file(json!({ "keys": keys }).to_string());
        refusal(settings(vec![KeySource::JwksFile(path)], &Hands::new())).await
    }
}

fn secret(text: &str) -> Vec<KeySource> {
    vec![KeySource::Secret { secret: text.into(), key_id: None }]
}

const LONG_ENOUGH: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn a_secret_that_can_be_guessed_is_refused() {
    let hands = Hands::new();
    let message = refusal(settings(secret(&LONG_ENOUGH[1..]), &hands)).await;
    assert!(message.contains("31 bytes long") && !message.contains(&LONG_ENOUGH[1..]), "{message}");
    assert!(refusal(settings(secret(""), &hands)).await.contains("0 bytes long"));
    assert!(Authenticator::new(settings(secret(LONG_ENOUGH), &hands)).await.is_ok());
}

#[tokio::test]
async fn whom_to_trust_has_no_default() {
    let hands = Hands::new();
    assert!(matches!(Authenticator::new(settings(vec![], &hands)).await.map(|_| ()), Err(AuthSetupError::NoKey)));
    let without_issuer = AuthSettings { issuer: String::new(), ..settings(secret(LONG_ENOUGH), &hands) };
    assert!(refusal(without_issuer).await.starts_with("auth-issuer is not set"));
    for audiences in [vec![], vec![String::new()]] {
        let without_audience = AuthSettings { audiences, ..settings(secret(LONG_ENOUGH), &hands) };
        assert!(refusal(without_audience).await.starts_with("auth-audience is not set"));
    }
}

#[tokio::test]
async fn algorithms_and_keys_must_agree() {
    let hands = Hands::new();
    let folder = Folder::new();
    let with =
        |keys, algorithms: &[Algorithm]| AuthSettings { algorithms: algorithms.to_vec(), ..settings(keys, &hands) };
    let path = folder.file(&signer(Algorithm::Rs256).verifier);
    let rsa = || vec![KeySource::PublicKeyFile { path: path.clone(), key_id: None }];

    assert!(
        refusal(with(rsa(), &[Algorithm::Es256])).await.contains("a key for RS256, and auth-algorithms accepts ES256")
    );
    let message = refusal(with(rsa(), &[Algorithm::Rs256, Algorithm::Hs256])).await;
    assert!(message.contains("lists HS256, but no key for it"), "{message}");
    assert!(refusal(with(secret(LONG_ENOUGH), &[Algorithm::Rs256])).await.contains("lists RS256"));
    assert!(Authenticator::new(with(rsa(), &[Algorithm::Rs256])).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_public_key_is_refused() {
    let folder = Folder::new();
    let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    assert!(folder.pem_refused(private).await.contains("this is a private key"));
    for text in ["", "not PEM", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"] {
        assert!(folder.pem_refused(text).await.contains("no public key in PEM"), "{text}");
    }
    let broken = pem("PUBLIC KEY", b"broken");
    assert!(folder.pem_refused(broken).await.contains("of a kind that is not accepted"));
    assert!(folder.pem_refused([0xff, 0x00]).await.contains("no public key in PEM"));

    let other_curve = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    let der = other_curve.public_key().as_der().expect("DER");
    let message = folder.pem_refused(pem("PUBLIC KEY", der.as_ref())).await;
    assert!(message.contains("not on its curve"), "{message}");

    let missing = vec![KeySource::PublicKeyFile { path: "/nonexistent/key.pem".into(), key_id: None }];
    assert!(refusal(settings(missing, &Hands::new())).await.starts_with("cannot read /nonexistent/key.pem"));
}

#[tokio::test]
async fn a_key_set_that_is_unsound_is_refused() {
    let folder = Folder::new();
    let rsa = signer(Algorithm::Rs256).jwk("a");
    let ec = signer(Algorithm::Es256).jwk("a");

    assert!(folder.jwks_refused(json!("none")).await.contains("not a JSON Web Key Set"));
    assert!(folder.jwks_refused(json!([])).await.contains("no key in it for RS256, ES256, EdDSA"));
    assert!(folder.jwks_refused(json!([rsa, rsa])).await.contains("same name"));
    assert!(folder.jwks_refused(json!([changed(ec.clone(), "d", json!("AAAA"))])).await.contains("private key"));
    let short = json!({ "kty": "RSA", "kid": "a", "n": super::cast::encode([0xff; 128]), "e": "AQAB" });
    assert!(folder.jwks_refused(json!([short])).await.contains("1024 bits"));
    let elsewhere = changed(ec.clone(), "x", json!(super::cast::encode([1; 32])));
    assert!(folder.jwks_refused(json!([elsewhere])).await.contains("not on its curve"));
    assert!(folder.jwks_refused(json!(vec![ec.clone(); 101])).await.contains("more than 100 keys"));
    // A set for other purposes is as good as an empty one.
    for (name, value) in
        [("use", json!("enc")), ("alg", json!("ES384")), ("key_ops", json!(["sign"])), ("crv", json!("P-384"))]
    {
        let message = folder.jwks_refused(json!([changed(ec.clone(), name, value)])).await;
        assert!(message.contains("no key in it"), "{name}: {message}");
    }
    // A secret in a set counts only where HS256 is configured, and only a long one.
    let oct = |secret: &str| json!([{ "kty": "oct", "kid": "s", "k": super::cast::encode(secret) }]);
    assert!(folder.jwks_refused(oct(LONG_ENOUGH)).await.contains("no key in it"));
    let path = folder.file(json!({ "keys": oct("short") }).to_string());
    let hmac =
        AuthSettings { algorithms: vec![Algorithm::Hs256], ..settings(vec![KeySource::JwksFile(path)], &Hands::new()) };
    assert!(refusal(hmac).await.contains("5 bytes"));
}

#[tokio::test]
async fn a_key_set_is_fetched_over_https_or_from_this_machine() {
    for url in [
        "http://id.example/keys",
        "http://192.0.2.1/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/keys",
        "http://localhost.evil.example/keys",
        "http://127.0.0.1@evil.example/keys",
        "https://user:pass@id.example/keys",
        "keys",
    ] {
        let message = refusal(settings(vec![KeySource::JwksUrl(url.to_owned())], &Hands::new())).await;
        assert!(message.starts_with("auth-jwks-url: "), "{url}: {message}");
        assert!(!message.contains("pass@"), "{message}");
    }
}

#[tokio::test]
async fn settings_show_no_secret() {
    let shown = format!("{:?}", settings(secret(LONG_ENOUGH), &Hands::new()));
    assert!(!shown.contains(LONG_ENOUGH), "{shown}");
    let signer = Signer::new(Algorithm::Hs256);
    let key = crate::auth::key::VerificationKey::from_secret(signer.verifier.as_bytes(), None);
    assert!(!format!("{key:?}").contains(&signer.verifier));
}
