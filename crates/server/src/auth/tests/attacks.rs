//! Tokens that must not pass, whatever the algorithm.

use serde_json::{Value, json};

use super::cast::{AUDIENCE, Door, ISSUER, KEY_ID, NOW, Signer, changed, claims, encode, signer, signers};
use crate::auth::{Algorithm, AuthError, LONGEST_TOKEN};

fn part(token: &str, number: usize) -> &str {
    token.split('.').nth(number).expect("three parts")
}

#[tokio::test]
async fn an_unsigned_token_is_never_taken() {
    for signer in signers() {
        let door = Door::of(signer).await;
        let good = signer.token();
        for name in ["none", "None", "NONE", "nOnE"] {
            let header = encode(changed(signer.header(), "alg", json!(name)).to_string());
            for signature in ["", part(&good, 2), "AAAA"] {
                let token = format!("{header}.{}.{signature}", part(&good, 1));
                assert_eq!(door.refusal(&token).await, AuthError::Unsigned, "{name}");
            }
        }
        // The right name, but no signature.
        let token = format!("{}.{}.", part(&good, 0), part(&good, 1));
        assert!(matches!(door.refusal(&token).await, AuthError::Malformed(_)));
    }
}

#[tokio::test]
async fn a_public_key_is_not_a_secret() {
    let hmac = signer(Algorithm::Hs256);
    for public in [signer(Algorithm::Rs256), signer(Algorithm::Es256), signer(Algorithm::EdDsa)] {
        // The classic: the server's public key, which anyone has, taken as an HMAC secret.
        let forger = Signer {
            algorithm: Algorithm::Hs256,
            key: jsonwebtoken::EncodingKey::from_secret(public.verifier.as_bytes()),
            verifier: String::new(),
        };
        let door = Door::of(public).await;
        let error = door.refusal(&forger.token()).await;
        assert!(matches!(error, AuthError::AlgorithmNotAccepted { .. }), "{error:?}");

        // Also where HS256 is accepted, with a secret of its own.
        let door = Door::with(&[(public, Some(KEY_ID)), (hmac, Some("shared"))], |_| ()).await;
        assert_eq!(door.refusal(&forger.token()).await, AuthError::AlgorithmOfAnotherKey);
        let token = forger.with_header("kid", json!("shared"));
        assert_eq!(door.refusal(&token).await, AuthError::WrongSignature);
        let token = forger.with_header("kid", Value::Null);
        assert_eq!(door.refusal(&token).await, AuthError::WrongSignature);
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_configured_is_refused() {
    for signer in signers() {
        let door = Door::of(signer).await;
        for other in signers().iter().filter(|other| other.algorithm != signer.algorithm) {
            let error = door.refusal(&other.token()).await;
            let hmac_door = signer.algorithm == Algorithm::Hs256 || other.algorithm == Algorithm::Hs256;
            if hmac_door {
                assert!(matches!(error, AuthError::AlgorithmNotAccepted { .. }), "{error:?}");
            } else {
                assert_eq!(error, AuthError::AlgorithmOfAnotherKey);
            }
        }
        for name in ["HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "hs256", "RS256 ", "ES256K", ""] {
            let error = door.refusal(&signer.with_header("alg", json!(name))).await;
            assert!(matches!(error, AuthError::AlgorithmNotAccepted { .. }), "{name}: {error:?}");
        }
        for alg in [json!(null), json!(256), json!(["RS256"])] {
            let header = json!({ "alg": alg, "kid": KEY_ID });
            assert!(matches!(door.refusal(&signer.sign(&header, &claims())).await, AuthError::Malformed(_)));
        }
    }
}

#[tokio::test]
async fn every_claim_that_must_be_there_must_be_there() {
    for signer in signers() {
        let door = Door::of(signer).await;
        for name in ["exp", "iss", "aud", "sub", "org_id", "roles"] {
            let error = door.refusal(&signer.with_claim(name, Value::Null)).await;
            assert_eq!(error, AuthError::ClaimMissing { claim: name.to_owned() });
        }
    }
}

#[tokio::test]
async fn another_issuer_or_audience_is_refused() {
    for signer in signers() {
        let door = Door::of(signer).await;
        for issuer in ["https://evil.example", "https://id.example/", "HTTPS://ID.EXAMPLE", "", "https://id.example\0"]
        {
            assert_eq!(door.refusal(&signer.with_claim("iss", json!(issuer))).await, AuthError::ForeignIssuer);
        }
        for audience in [json!("billing"), json!(["billing", "crm"]), json!([]), json!(""), json!("Liaison")] {
            assert_eq!(door.refusal(&signer.with_claim("aud", audience)).await, AuthError::ForeignAudience);
        }
    }
}

#[tokio::test]
async fn time_is_checked_with_the_leeway_and_no_more() {
    let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).expect("in the calendar");
    for signer in signers() {
        let door = Door::of(signer).await;
        assert!(door.show(&signer.with_claim("exp", json!(NOW - 29))).await.is_ok());
        assert_eq!(
            door.refusal(&signer.with_claim("exp", json!(NOW - 30))).await,
            AuthError::Expired { at: at(NOW - 30) }
        );
        assert!(door.show(&signer.with_claim("nbf", json!(NOW + 30))).await.is_ok());
        assert_eq!(
            door.refusal(&signer.with_claim("nbf", json!(NOW + 31))).await,
            AuthError::NotYetValid { at: at(NOW + 31) }
        );
        assert!(door.show(&signer.with_claim("iat", json!(NOW + 30))).await.is_ok());
        assert_eq!(
            door.refusal(&signer.with_claim("iat", json!(NOW + 31))).await,
            AuthError::IssuedInFuture { at: at(NOW + 31) }
        );
        assert_eq!(
            door.refusal(&signer.with_claim("exp", json!(0))).await.to_string(),
            "the token has expired at 1970-01-01T00:00:00Z"
        );
    }
    let strict =
        Door::with(&[(&signers()[0], Some(KEY_ID))], |settings| settings.leeway = std::time::Duration::ZERO).await;
    assert!(matches!(strict.refusal(&signers()[0].with_claim("exp", json!(NOW))).await, AuthError::Expired { .. }));
}

#[tokio::test]
async fn a_claim_of_the_wrong_type_is_refused() {
    let wrong: &[(&str, &[Value])] = &[
        ("exp", &[json!("1900000000"), json!([NOW]), json!(true), json!(1e300), json!(u64::MAX)]),
        ("nbf", &[json!("0"), json!({}), json!(false)]),
        ("iat", &[json!("0"), json!([])]),
        ("iss", &[json!(1), json!([ISSUER]), json!({ "iss": ISSUER })]),
        ("aud", &[json!(1), json!({}), json!([AUDIENCE, 1]), json!(true)]),
        ("sub", &[json!(7), json!(["jane"]), json!(""), json!("  "), json!("ja\0ne"), json!("x".repeat(256))]),
        ("org_id", &[json!(7), json!("acme"), json!(""), json!([ACME_TEXT]), json!(NIL)]),
        (
            "roles",
            &[json!("provider_admin"), json!({ "provider_admin": true }), json!(["viewer", 1]), json!([["viewer"]])],
        ),
        ("permissions", &[json!("contact:read"), json!([1]), json!({}), json!(true)]),
    ];
    for signer in signers() {
        let door = Door::of(signer).await;
        for (name, values) in wrong {
            for value in *values {
                let error = door.refusal(&signer.with_claim(name, value.clone())).await;
                assert!(
                    matches!(&error, AuthError::ClaimMalformed { claim, .. } if claim == name),
                    "{name} = {value}: {error:?}"
                );
            }
            // Null is there, and of the wrong type.
            let mut with_null = claims();
            with_null[*name] = Value::Null;
            let error = door.refusal(&signer.sign(&signer.header(), &with_null)).await;
            assert!(matches!(error, AuthError::ClaimMalformed { .. }), "{name}: {error:?}");
        }
    }
}

const ACME_TEXT: &str = "0192f0c1-1111-7000-8000-000000000001";
const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn a_token_without_a_known_role_is_refused_with_the_reason() {
    let signer = signer(Algorithm::Hs256);
    let door = Door::of(signer).await;
    for roles in [json!([]), json!(["king"]), json!(["Super_Admin", "SUPER_ADMIN", " super_admin"])] {
        let error = door.refusal(&signer.with_claim("roles", roles)).await;
        assert_eq!(error, AuthError::NoKnownRole { claim: "roles".to_owned() });
        assert!(error.to_string().contains("provider_admin"));
    }
}

#[tokio::test]
async fn critical_extensions_and_foreign_types_are_refused() {
    for signer in signers() {
        let door = Door::of(signer).await;
        for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("b64"), json!(false)] {
            assert_eq!(door.refusal(&signer.with_header("crit", crit)).await, AuthError::CriticalExtension);
        }
        for kind in [
            json!("dpop+jwt"),
            json!("logout+jwt"),
            json!("id+jwt"),
            json!("JOSE"),
            json!(""),
            json!(1),
            json!(["JWT"]),
        ] {
            assert_eq!(door.refusal(&signer.with_header("typ", kind)).await, AuthError::ForeignType);
        }
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_exact_name_only() {
    for signer in signers() {
        let door = Door::of(signer).await;
        for name in ["key-2", "", "KEY-1", "../../dev/null", "' OR 1=1 --"] {
            assert_eq!(door.refusal(&signer.with_header("kid", json!(name))).await, AuthError::UnknownKey);
        }
        for name in [json!(1), json!(["key-1"]), json!({})] {
            assert!(matches!(door.refusal(&signer.with_header("kid", name)).await, AuthError::Malformed(_)));
        }
        // A key without a name is not meant by a token that names one.
        let nameless = Door::with(&[(signer, None)], |_| ()).await;
        assert_eq!(nameless.refusal(&signer.token()).await, AuthError::UnknownKey);
        assert!(nameless.show(&signer.with_header("kid", Value::Null)).await.is_ok());
    }
}

#[tokio::test]
async fn with_two_keys_for_one_algorithm_a_token_must_say_which() {
    let (one, two) = (Signer::new(Algorithm::EdDsa), Signer::new(Algorithm::EdDsa));
    let door = Door::with(&[(&one, Some("one")), (&two, Some("two"))], |_| ()).await;
    assert!(door.show(&one.with_header("kid", json!("one"))).await.is_ok());
    assert!(door.show(&two.with_header("kid", json!("two"))).await.is_ok());
    assert_eq!(door.refusal(&one.with_header("kid", json!("two"))).await, AuthError::WrongSignature);
    assert_eq!(door.refusal(&one.with_header("kid", Value::Null)).await, AuthError::KeyNotNamed);
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_refused() {
    for signer in signers() {
        let door = Door::of(signer).await;
        let token = signer.token();
        assert!(door.show(&token).await.is_ok());
        let super_admin = encode(changed(claims(), "roles", json!(["super_admin"])).to_string());
        let forged = format!("{}.{super_admin}.{}", part(&token, 0), part(&token, 2));
        assert_eq!(door.refusal(&forged).await, AuthError::WrongSignature);

        let signature = part(&token, 2);
        for place in [0, signature.len() / 2] {
            let other = if &signature[place..=place] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &signature[..place], &signature[place + 1..]);
            let forged = format!("{}.{}.{changed}", part(&token, 0), part(&token, 1));
            assert_eq!(door.refusal(&forged).await, AuthError::WrongSignature);
        }
        for cut in [1, signature.len() / 2, signature.len() - 1] {
            assert_eq!(door.refusal(&token[..token.len() - cut]).await, AuthError::WrongSignature);
        }
        let zeros = encode(vec![0; signature.len() * 3 / 4]);
        let forged = format!("{}.{}.{zeros}", part(&token, 0), part(&token, 1));
        assert_eq!(door.refusal(&forged).await, AuthError::WrongSignature);
    }
}

#[tokio::test]
async fn a_token_does_not_bring_its_own_key() {
    for known in signers() {
        let door = Door::of(known).await;
        let stranger = Signer::new(known.algorithm);
        assert_eq!(door.refusal(&stranger.token()).await, AuthError::WrongSignature);
        let jwk = stranger.jwk(KEY_ID);
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!("http://127.0.0.1:9/keys")),
            ("x5u", json!("http://127.0.0.1:9/chain")),
            ("x5c", json!(["MIIB"])),
        ] {
            assert_eq!(door.refusal(&stranger.with_header(name, value)).await, AuthError::WrongSignature, "{name}");
        }
    }
}

#[tokio::test]
async fn two_readers_of_one_token_see_the_same_claims() {
    for signer in signers() {
        let door = Door::of(signer).await;
        let twice = claims().to_string().replacen('{', "{\"roles\":[\"super_admin\"],", 1);
        let token = signer.sign_texts(&signer.header().to_string(), &twice);
        assert!(matches!(door.refusal(&token).await, AuthError::Malformed(_)));
        let twice = signer.header().to_string().replacen('{', "{\"alg\":\"none\",", 1);
        let token = signer.sign_texts(&twice, &claims().to_string());
        assert!(matches!(door.refusal(&token).await, AuthError::Malformed(_)));
    }
}

#[tokio::test]
async fn garbage_is_refused_without_a_panic() {
    let signer = signer(Algorithm::Rs256);
    let door = Door::of(signer).await;
    let good = signer.token();
    let header = part(&good, 0);
    let deep = encode(format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)));
    for token in [
        "x".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        "a.b.c.d.e".to_owned(),
        format!("{good}.{good}"),
        format!("{header}.{}.{}", encode("[]"), part(&good, 2)),
        format!("{header}=.{}.{}", part(&good, 1), part(&good, 2)),
        format!("{}.e30.AAAA", encode("null")),
        format!("{}.e30.AAAA", encode("{\"alg\":\"RS256\"")),
        format!("{}.e30.AAAA", encode([0xff, 0xfe])),
        format!("{deep}.e30.AAAA"),
        "Bearer".to_owned(),
        "ключ.ключ.ключ".to_owned(),
        "%00.%00.%00".to_owned(),
        "a\nb.c.d".to_owned(),
    ] {
        assert!(door.show(&token).await.is_err(), "{token:.40}");
    }
    for payload in ["", "null", "[]", "\"x\"", "{", "{\"exp\":1}{}", "\u{feff}{}"] {
        let token = signer.sign_texts(&signer.header().to_string(), payload);
        assert!(matches!(door.refusal(&token).await, AuthError::Malformed(_)), "{payload}");
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let token = signer.sign_texts(&signer.header().to_string(), &deep);
    assert!(matches!(door.refusal(&token).await, AuthError::Malformed(_)));
}

#[tokio::test]
async fn a_token_that_is_too_long_is_not_read() {
    for signer in signers() {
        let door = Door::of(signer).await;
        let token = signer.with_claim("padding", json!("x".repeat(LONGEST_TOKEN)));
        assert_eq!(door.refusal(&token).await, AuthError::TooLong { limit: LONGEST_TOKEN });
        let token = signer.with_claim("padding", json!("x".repeat(LONGEST_TOKEN / 2)));
        assert!(door.show(&token).await.is_ok());
    }
}
