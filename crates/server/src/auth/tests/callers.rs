//! Callers who must pass, how they may say it, and how long a verdict lasts.

use chrono::DateTime;
use http::{HeaderMap, HeaderValue, header};
use liaison_domain::viewer::{Role, Viewer};
use serde_json::{Value, json};

use super::cast::{ACME, Door, KEY_ID, NOW, changed, claims, signer, signers};
use crate::auth::{Algorithm, AuthError, ClaimNames, authorization};

#[tokio::test]
async fn jane_signs_in_with_every_algorithm() {
    for signer in signers() {
        let door = Door::of(signer).await;
        let jane = door.show(&signer.token()).await.expect("a good token");
        assert_eq!(jane.viewer, Viewer::new("jane", ACME, [Role::ProviderAdmin], None));
        assert_eq!(jane.expires_at, DateTime::from_timestamp(NOW + 630, 0).expect("in the calendar"));
        // The second time from memory.
        assert_eq!(door.show(&signer.token()).await, Ok(jane));
    }
}

#[tokio::test]
async fn what_is_optional_may_be_there_or_not() {
    let signer = signer(Algorithm::Es256);
    let door = Door::of(signer).await;
    for kind in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
        assert!(door.show(&signer.with_header("typ", json!(kind))).await.is_ok(), "{kind}");
    }
    assert!(door.show(&signer.with_header("typ", Value::Null)).await.is_ok());
    assert!(door.show(&signer.with_header("kid", Value::Null)).await.is_ok());
    assert!(door.show(&signer.with_claim("iat", Value::Null)).await.is_ok());
    assert!(door.show(&signer.with_claim("nbf", Value::Null)).await.is_ok());
    assert!(door.show(&signer.with_claim("aud", json!(["crm", "directory"]))).await.is_ok());
    assert!(door.show(&signer.with_claim("exp", json!(1_800_000_500.75))).await.is_ok());

    let jane = door.show(&signer.with_claim("roles", json!(["offline_access", "viewer", "clinician"]))).await;
    assert_eq!(jane.expect("two known roles").viewer.roles(), &[Role::Clinician, Role::Viewer].into());
    let jane = door.show(&signer.with_claim("permissions", json!(["contact:read"]))).await.expect("good");
    assert_eq!(jane.viewer.permissions(), Some(&["contact:read".to_owned()].into()));
    // No permission at all is not the same as no word about permissions.
    let jane = door.show(&signer.with_claim("permissions", json!([]))).await.expect("good");
    assert_eq!(jane.viewer.permissions(), Some(&[].into()));
}

#[tokio::test]
async fn the_scheme_is_bearer_in_any_case_and_once() {
    let signer = signer(Algorithm::Hs256);
    let door = Door::of(signer).await.authenticator;
    let token = signer.token();
    assert_eq!(door.authenticate(None).await, Ok(None));
    for header in
        [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER   {token}"), format!(" Bearer {token} ")]
    {
        assert!(door.authenticate(Some(&header)).await.expect("good").is_some(), "{header:.10}");
    }
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer: {token}"),
        format!("Bearer Bearer {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("DPoP {token}"),
    ] {
        assert_eq!(door.authenticate(Some(&header)).await, Err(AuthError::NotBearer), "{header:.10}");
    }
    let tabbed = format!("Bearer\t{token}");
    assert_eq!(door.authenticate(Some(&tabbed)).await, Err(AuthError::NotBearer));
    let listed = format!("Bearer {token},{token}");
    assert!(matches!(door.authenticate(Some(&listed)).await, Err(AuthError::Malformed(_))));
}

#[test]
fn a_request_has_one_authorization_header_or_none() {
    let mut headers = HeaderMap::new();
    assert_eq!(authorization(&headers), Ok(None));
    headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer a"));
    assert_eq!(authorization(&headers), Ok(Some("Bearer a")));
    headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer a"));
    assert_eq!(authorization(&headers), Err(AuthError::RepeatedHeader));
    headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(b"Bearer \xff").expect("opaque bytes"));
    assert_eq!(authorization(&headers), Err(AuthError::NotBearer));
}

#[tokio::test]
async fn claims_are_found_by_their_name_or_their_path() {
    let signer = signer(Algorithm::Rs256);
    let names = ClaimNames {
        subject: "https://example.com/login".to_owned(),
        organization: "https://example.com/org".to_owned(),
        roles: "realm_access.roles".to_owned(),
        permissions: "liaison.rights.given".to_owned(),
    };
    let door = Door::with(&[(signer, Some(KEY_ID))], |settings| settings.claims = names).await;
    let mut token = claims();
    for (name, value) in [
        ("sub", Value::Null),
        ("org_id", Value::Null),
        ("roles", json!(["super_admin"])),
        ("https://example.com/login", json!("bob")),
        ("https://example.com/org", json!(ACME)),
        ("realm_access", json!({ "roles": ["viewer"] })),
        ("liaison", json!({ "rights": { "given": [] } })),
    ] {
        token = changed(token, name, value);
    }
    let bob = door.show(&signer.sign(&signer.header(), &token)).await.expect("good");
    assert_eq!(bob.viewer, Viewer::new("bob", ACME, [Role::Viewer], Some([].into())));

    // The exact name comes first.
    let exact = changed(token.clone(), "realm_access.roles", json!(["clinician"]));
    let bob = door.show(&signer.sign(&signer.header(), &exact)).await.expect("good");
    assert_eq!(bob.viewer.roles(), &[Role::Clinician].into());

    let broken = changed(token, "realm_access", json!(["roles"]));
    let error = door.refusal(&signer.sign(&signer.header(), &broken)).await;
    assert_eq!(error, AuthError::ClaimMissing { claim: "realm_access.roles".to_owned() });
}

#[tokio::test]
async fn an_odd_claim_name_does_not_break_the_header_of_the_answer() {
    let signer = signer(Algorithm::Hs256);
    let odd = "rôles\"\\\r\n".to_owned();
    let door = Door::with(&[(signer, Some(KEY_ID))], |settings| settings.claims.roles = odd).await;
    // `refusal` checks the header's grammar.
    assert!(matches!(door.refusal(&signer.token()).await, AuthError::ClaimMissing { .. }));
}

#[tokio::test]
async fn a_verdict_ends_with_its_token() {
    for signer in signers() {
        let door = Door::of(signer).await;
        let token = signer.token();
        assert!(door.show(&token).await.is_ok());
        door.hands.turn(629);
        assert!(door.show(&token).await.is_ok());
        door.hands.turn(1);
        assert!(matches!(door.refusal(&token).await, AuthError::Expired { .. }));
    }
}
