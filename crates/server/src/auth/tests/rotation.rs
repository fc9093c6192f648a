//! Key sets that change while the server runs, behind a URL and in a file.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::cast::{Hands, Signer, settings, signer};
use crate::auth::{Algorithm, AuthError, AuthSetupError, Authenticator, KeySource, RefreshLimits};

/// What the issuer answers.
#[derive(Clone)]
enum Reply {
    Keys(Vec<Value>),
    Text(String),
    Failure,
    Elsewhere(String),
    Never,
}

/// An identity provider on loopback.
struct Issuer {
    url: String,
    reply: Arc<Mutex<Reply>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    async fn new(reply: Reply) -> Self {
        let reply = Arc::new(Mutex::new(reply));
        let asked = Arc::new(AtomicUsize::new(0));
        let (answer, count) = (Arc::clone(&reply), Arc::clone(&asked));
        let keys = move || {
            let reply = answer.lock().expect("not poisoned").clone();
            count.fetch_add(1, Ordering::SeqCst);
            async move {
                let response: Response = match reply {
                    Reply::Keys(keys) => json!({ "keys": keys }).to_string().into_response(),
                    Reply::Text(text) => text.into_response(),
                    Reply::Failure => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                    Reply::Elsewhere(url) => Redirect::temporary(&url).into_response(),
                    Reply::Never => std::future::pending().await,
                };
                response
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/keys", get(keys))).await });
        Self { url, reply, asked }
    }

    async fn with(keys: &[(&Signer, &str)]) -> Self {
        Self::new(Self::set(keys)).await
    }

    fn set(keys: &[(&Signer, &str)]) -> Reply {
        Reply::Keys(keys.iter().map(|(signer, key_id)| signer.jwk(key_id)).collect())
    }

    fn answers(&self, reply: Reply) {
        *self.reply.lock().expect("not poisoned") = reply;
    }

    fn publishes(&self, keys: &[(&Signer, &str)]) {
        self.answers(Self::set(keys));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Refreshes in the background happen soon, not at once.
    async fn is_asked(&self, times: usize) {
        for _ in 0..500 {
            if self.asked() >= times {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.asked(), times);
    }
}

struct Door {
    authenticator: Arc<Authenticator>,
    hands: Hands,
}

impl Door {
    async fn of(issuer: &Issuer) -> Self {
        Self::on(KeySource::JwksUrl(issuer.url.clone())).await
    }

    async fn on(source: KeySource) -> Self {
        let hands = Hands::new();
        let mut settings = settings(vec![source], &hands);
        settings.refresh = RefreshLimits { timeout: Duration::from_millis(300), ..RefreshLimits::default() };
        Self { authenticator: Arc::new(Authenticator::new(settings).await.expect("sound")), hands }
    }

    async fn show(&self, token: &str) -> Result<(), AuthError> {
        self.authenticator.authenticate(Some(&format!("Bearer {token}"))).await.map(|_| ())
    }
}

/// A token that outlives the test's turns of the clock.
fn token(signer: &Signer, key_id: &str) -> String {
    let claims = super::cast::changed(super::cast::claims(), "exp", json!(super::cast::NOW + 1_000_000));
    signer.sign(&super::cast::changed(signer.header(), "kid", json!(key_id)), &claims)
}

#[tokio::test]
async fn a_set_may_hold_keys_of_every_kind() {
    let (rsa, ec, ed) = (signer(Algorithm::Rs256), signer(Algorithm::Es256), signer(Algorithm::EdDsa));
    let hmac = signer(Algorithm::Hs256);
    let issuer = Issuer::new(Reply::Keys(vec![
        rsa.jwk("r"),
        ec.jwk("e"),
        ed.jwk("d"),
        hmac.jwk("h"),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA" }),
        json!("not a key"),
    ]))
    .await;
    let door = Door::of(&issuer).await;
    for (signer, key_id) in [(rsa, "r"), (ec, "e"), (ed, "d")] {
        assert_eq!(door.show(&token(signer, key_id)).await, Ok(()));
    }
    // A secret that everybody can fetch is none.
    assert!(matches!(door.show(&token(hmac, "h")).await, Err(AuthError::AlgorithmNotAccepted { .. })));
    assert_eq!(door.show(&token(rsa, "e")).await, Err(AuthError::AlgorithmOfAnotherKey));
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_once_and_then_not_for_a_while() {
    let (old, new) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let issuer = Issuer::with(&[(&old, "old")]).await;
    let door = Door::of(&issuer).await;
    assert_eq!(door.show(&token(&old, "old")).await, Ok(()));

    issuer.publishes(&[(&old, "old"), (&new, "new")]);
    assert_eq!(door.show(&token(&new, "new")).await, Ok(()));
    assert_eq!(issuer.asked(), 2);

    // A flood of made-up names costs the issuer nothing more.
    for number in 0..50 {
        assert_eq!(door.show(&token(&new, &format!("made-up-{number}"))).await, Err(AuthError::UnknownKey));
    }
    door.hands.turn(29);
    assert_eq!(door.show(&token(&new, "made-up")).await, Err(AuthError::UnknownKey));
    assert_eq!(issuer.asked(), 2);
    door.hands.turn(1);
    assert_eq!(door.show(&token(&new, "made-up")).await, Err(AuthError::UnknownKey));
    assert_eq!(issuer.asked(), 3);
}

#[tokio::test]
async fn many_callers_with_a_new_key_share_one_question() {
    let (old, new) = (Signer::new(Algorithm::EdDsa), Signer::new(Algorithm::EdDsa));
    let issuer = Issuer::with(&[(&old, "old")]).await;
    let door = Door::of(&issuer).await;
    issuer.publishes(&[(&new, "new")]);
    let callers: Vec<_> = (0..32)
        .map(|_| {
            let (authenticator, header) = (Arc::clone(&door.authenticator), format!("Bearer {}", token(&new, "new")));
            tokio::spawn(async move { authenticator.authenticate(Some(&header)).await.map(|_| ()) })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.expect("ran"), Ok(()));
    }
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_verdict_ends_with_the_key_that_signed() {
    let (kept, withdrawn, new) =
        (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let issuer = Issuer::with(&[(&kept, "kept"), (&withdrawn, "withdrawn"), (&withdrawn, "replaced")]).await;
    let door = Door::of(&issuer).await;
    for (signer, key_id) in [(&kept, "kept"), (&withdrawn, "withdrawn"), (&withdrawn, "replaced")] {
        assert_eq!(door.show(&token(signer, key_id)).await, Ok(()));
    }
    let remembered = [token(&withdrawn, "withdrawn"), token(&withdrawn, "replaced")];
    issuer.publishes(&[(&kept, "kept"), (&new, "replaced")]);
    // The set is not old yet, and nobody has asked for another key: the verdicts stand.
    for token in &remembered {
        assert_eq!(door.show(token).await, Ok(()));
    }
    assert_eq!(issuer.asked(), 1);
    // At the latest when the set has reached its age, they fall, also when nobody came in between.
    door.hands.turn(601);
    assert_eq!(door.show(&remembered[0]).await, Err(AuthError::UnknownKey));
    assert_eq!(door.show(&remembered[1]).await, Err(AuthError::WrongSignature));
    assert_eq!(door.show(&token(&kept, "kept")).await, Ok(()));
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_set_is_renewed_in_the_background_before_it_is_too_old() {
    let (old, new) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let issuer = Issuer::with(&[(&old, "old")]).await;
    let door = Door::of(&issuer).await;
    let remembered = token(&old, "old");
    assert_eq!(door.show(&remembered).await, Ok(()));
    issuer.publishes(&[(&new, "new")]);
    door.hands.turn(301);
    assert_eq!(door.show(&remembered).await, Ok(()), "nobody waits for it");
    issuer.is_asked(2).await;
    for _ in 0..500 {
        if door.show(&remembered).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(door.show(&remembered).await, Err(AuthError::UnknownKey));
}

#[tokio::test]
async fn an_issuer_that_is_down_is_outlived_for_the_grace_and_no_longer() {
    let signer = Signer::new(Algorithm::Es256);
    let issuer = Issuer::with(&[(&signer, "k")]).await;
    let door = Door::of(&issuer).await;
    let good = token(&signer, "k");
    assert_eq!(door.show(&good).await, Ok(()));

    issuer.answers(Reply::Failure);
    door.hands.turn(601);
    assert_eq!(door.show(&good).await, Ok(()));
    assert_eq!(issuer.asked(), 2);
    // While it is down it is asked at most every 30 seconds, behind the callers' backs.
    for _ in 0..20 {
        assert_eq!(door.show(&good).await, Ok(()));
    }
    assert_eq!(issuer.asked(), 2);
    door.hands.turn(30);
    assert_eq!(door.show(&good).await, Ok(()));
    issuer.is_asked(3).await;

    door.hands.turn(3569);
    assert_eq!(door.show(&good).await, Ok(()), "at the last second");
    issuer.is_asked(4).await;
    door.hands.turn(1);
    let refused = door.show(&good).await.expect_err("too old");
    assert_eq!(refused, AuthError::KeysUnavailable);
    assert_eq!((refused.code(), refused.www_authenticate()), ("UNAVAILABLE", None));

    // It comes back, and so do we, without a restart.
    issuer.publishes(&[(&signer, "k")]);
    door.hands.turn(30);
    assert_eq!(door.show(&good).await, Ok(()));
}

#[tokio::test]
async fn what_is_no_key_set_does_not_take_the_place_of_one() {
    let signer = Signer::new(Algorithm::Es256);
    let issuer = Issuer::with(&[(&signer, "k")]).await;
    let door = Door::of(&issuer).await;
    let good = token(&signer, "k");
    for reply in [
        Reply::Failure,
        Reply::Text("<html>".to_owned()),
        Reply::Text(format!("{{\"keys\":[],\"padding\":\"{}\"}}", "x".repeat(300_000))),
        Reply::Keys(vec![]),
        Reply::Elsewhere("http://127.0.0.1:9/keys".to_owned()),
        Reply::Never,
    ] {
        issuer.answers(reply);
        let before = issuer.asked();
        door.hands.turn(30);
        assert_eq!(door.show(&token(&signer, "unknown")).await, Err(AuthError::UnknownKey));
        assert_eq!(issuer.asked(), before + 1);
        assert_eq!(door.show(&good).await, Ok(()));
    }
}

#[tokio::test]
async fn a_server_does_not_start_without_its_keys() {
    let refused = async |reply: Reply| {
        let issuer = Issuer::new(reply).await;
        let mut settings = settings(vec![KeySource::JwksUrl(issuer.url.clone())], &Hands::new());
        settings.refresh.timeout = Duration::from_millis(300);
        match Authenticator::new(settings).await.map(|_| ()).expect_err("must be refused") {
            AuthSetupError::Key { origin, problem } => {
                assert_eq!(origin, issuer.url);
                problem
            }
            other => panic!("{other}"),
        }
    };
    assert_eq!(refused(Reply::Failure).await, "answers with status 503 instead of 200");
    assert_eq!(
        refused(Reply::Elsewhere("http://127.0.0.1:9/".to_owned())).await,
        "answers with status 307 instead of 200"
    );
    assert!(refused(Reply::Text("x".repeat(300_000))).await.contains("more than 262144 bytes"));
    assert!(refused(Reply::Text("{}".to_owned())).await.contains("not a JSON Web Key Set"));
    assert!(refused(Reply::Never).await.contains("timed out"));
}

#[tokio::test]
async fn an_address_that_should_be_https_is_not_asked_in_the_clear() {
    let issuer = Issuer::with(&[(signer(Algorithm::Es256), "k")]).await;
    let url = issuer.url.replace("http://", "https://");
    let refused = Authenticator::new(settings(vec![KeySource::JwksUrl(url)], &Hands::new())).await.map(|_| ());
    assert!(matches!(refused, Err(AuthSetupError::Key { problem, .. }) if problem.starts_with("cannot be read: ")));
    assert_eq!(issuer.asked(), 0);
}

#[tokio::test]
async fn a_set_in_a_file_rotates_too() {
    let (old, new) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::EdDsa));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.json");
    let write = |keys: Value| std::fs::write(&path, json!({ "keys": keys }).to_string()).expect("written");
    write(json!([old.jwk("old")]));
    let door = Door::on(KeySource::JwksFile(path.clone())).await;
    let remembered = token(&old, "old");
    assert_eq!(door.show(&remembered).await, Ok(()));
    write(json!([new.jwk("new")]));
    assert_eq!(door.show(&token(&new, "new")).await, Ok(()));
    assert_eq!(door.show(&remembered).await, Err(AuthError::UnknownKey));
    std::fs::remove_file(&path).expect("removed");
    door.hands.turn(601);
    assert_eq!(door.show(&token(&new, "new")).await, Ok(()), "the last one that was read");
}

#[tokio::test]
async fn a_fetched_key_does_not_take_the_name_of_a_configured_one() {
    let (own, foreign) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.pem");
    std::fs::write(&path, &own.verifier).expect("written");
    let issuer = Issuer::with(&[(&foreign, "k")]).await;
    let hands = Hands::new();
    let keys =
        vec![KeySource::JwksUrl(issuer.url.clone()), KeySource::PublicKeyFile { path, key_id: Some("k".to_owned()) }];
    let authenticator = Arc::new(Authenticator::new(settings(keys, &hands)).await.expect("sound"));
    let door = Door { authenticator, hands };
    assert_eq!(door.show(&token(&own, "k")).await, Ok(()));
    assert_eq!(door.show(&token(&foreign, "k")).await, Err(AuthError::WrongSignature));
}
