//! The key of a demo, and tokens that are signed here.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use liaison_domain::viewer::{Role, Viewer};
use uuid::Uuid;

use super::cast::{ACME, Hands, NOW, settings, signer};
use crate::auth::{
    Algorithm, AuthError, AuthSettings, AuthSetupError, Authenticator, CannotIssue, ClaimNames, DEMO_KEY_FILE, DemoKey,
    DemoKeyError, KeySource, TokenIssuer, TokenRequest,
};

const HOUR: Duration = Duration::from_secs(3600);

fn loopback() -> SocketAddr {
    "127.0.0.1:8080".parse().expect("an address")
}

async fn show(key: &DemoKey, token: &str) -> Result<Viewer, AuthError> {
    let door = Authenticator::new(key.settings(loopback()).expect("loopback")).await.expect("sound");
    Ok(door.authenticate(Some(&format!("Bearer {token}"))).await?.expect("a header").viewer)
}

#[tokio::test]
async fn another_terminal_signs_for_the_running_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    assert!(matches!(DemoKey::read(&data), Err(DemoKeyError::Missing { .. })));
    let server = DemoKey::make(&data).expect("made");
    let terminal = DemoKey::read(&data).expect("read");
    let token = terminal.issue("jane", [Role::ProviderAdmin], ACME, HOUR).expect("signed");
    assert_eq!(show(&server, &token).await, Ok(Viewer::new("jane", ACME, [Role::ProviderAdmin], None)));

    let mode = fs::metadata(data.join(DEMO_KEY_FILE)).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(&data).expect("a folder").count(), 1, "nothing is left aside");
    assert!(!format!("{server:?}").contains(fs::read_to_string(data.join(DEMO_KEY_FILE)).expect("text").trim()));

    // The next start has a key of its own, and the old tokens are told so.
    let next = DemoKey::make(&data).expect("made");
    assert_eq!(show(&next, &token).await, Err(AuthError::UnknownKey));
    let token = DemoKey::read(&data).expect("read").issue("jane", [Role::Viewer], ACME, HOUR).expect("signed");
    assert!(show(&next, &token).await.is_ok());
}

#[test]
fn a_key_that_others_could_know_is_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    DemoKey::make(folder.path()).expect("made");
    let path = folder.path().join(DEMO_KEY_FILE);
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
        assert!(matches!(DemoKey::read(folder.path()), Err(DemoKeyError::Exposed { .. })), "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
    assert!(DemoKey::read(folder.path()).is_ok());
    for text in ["", "short", &"A".repeat(63), &"A".repeat(65), &"!".repeat(64)] {
        fs::write(&path, text).expect("written");
        assert!(matches!(DemoKey::read(folder.path()), Err(DemoKeyError::Malformed { .. })), "{text}");
    }
}

#[test]
fn a_demo_is_for_this_machine() {
    let key = DemoKey::random().expect("random");
    for address in ["127.0.0.1:80", "127.8.8.8:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
        assert!(key.settings(address.parse().expect("an address")).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:80", "[::]:80", "192.168.1.2:80", "[::ffff:192.168.1.2]:80", "[2001:db8::1]:80"] {
        let refused = key.settings(address.parse().expect("an address"));
        assert!(matches!(refused, Err(AuthSetupError::DemoBeyondLoopback { .. })), "{address}");
    }
}

fn request() -> TokenRequest {
    TokenRequest {
        subject: "jane".to_owned(),
        organization_id: ACME,
        roles: [Role::Clinician, Role::Viewer].into(),
        permissions: Some(["contact:read".to_owned()].into()),
        lifetime: HOUR,
    }
}

#[tokio::test]
async fn a_configured_secret_signs_tokens_with_the_configured_names() {
    let secret = signer(Algorithm::Hs256).verifier.clone();
    let hands = Hands::new();
    let source = KeySource::Secret { secret: secret.into(), key_id: Some("shared".to_owned()) };
    let settings = AuthSettings {
        claims: ClaimNames {
            subject: "https://example.com/login".to_owned(),
            organization: "org.id".to_owned(),
            roles: "realm_access.roles".to_owned(),
            permissions: "scope.list".to_owned(),
        },
        ..settings(vec![source], &hands)
    };
    let token = TokenIssuer::new(&settings).expect("a secret").issue(&request()).expect("signed");
    let door = Authenticator::new(settings).await.expect("sound");
    let caller = door.authenticate(Some(&format!("Bearer {token}"))).await.expect("good").expect("someone");
    let permissions: BTreeSet<String> = ["contact:read".to_owned()].into();
    assert_eq!(caller.viewer, Viewer::new("jane", ACME, [Role::Clinician, Role::Viewer], Some(permissions)));
    assert_eq!(caller.expires_at.timestamp(), NOW + 3600 + 30);
}

#[test]
fn a_public_key_cannot_sign() {
    let hands = Hands::new();
    for source in [
        KeySource::PublicKeyFile { path: "/nonexistent".into(), key_id: None },
        KeySource::JwksFile("/nonexistent".into()),
        KeySource::JwksUrl("https://id.example/keys".to_owned()),
    ] {
        let refused = TokenIssuer::new(&settings(vec![source], &hands)).map(|_| ());
        let message = refused.expect_err("cannot").to_string();
        assert!(message.contains("a public key cannot sign: get a token from https://id.example"), "{message}");
    }
    let short = KeySource::Secret { secret: "short".into(), key_id: None };
    assert!(matches!(TokenIssuer::new(&settings(vec![short], &hands)).map(|_| ()), Err(CannotIssue::Setup(_))));
}

#[test]
fn a_token_that_would_be_refused_is_not_signed() {
    let issuer = DemoKey::random().expect("random").issuer().expect("an issuer");
    for wrong in [
        TokenRequest { roles: [].into(), ..request() },
        TokenRequest { subject: " ".to_owned(), ..request() },
        TokenRequest { organization_id: Uuid::nil(), ..request() },
        TokenRequest { lifetime: Duration::MAX, ..request() },
    ] {
        assert!(matches!(issuer.issue(&wrong), Err(CannotIssue::Request(_))), "{wrong:?}");
    }
}
