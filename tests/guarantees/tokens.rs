//! Tokens that must not pass, over HTTP on the running application. The door's own tests (`server/src/auth/tests`) try each algorithm;
//! here it is shown that the application asks the door, on every entrance, and that nothing but a refusal comes out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use liaison_domain::viewer::Role;
use liaison_server::auth::DemoKey;
use liaison_server::demo::ids;
use serde_json::{Map, Value, json};

use crate::support::{App, Who};

const QUERY: &str = "{ contacts { totalCount nodes { id } } viewer { subject } serviceConfig { version } }";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The two readable parts of a good token.
fn parts(token: &str) -> (Map<String, Value>, Map<String, Value>) {
    let read = |at: usize| {
        let text = token.split('.').nth(at).unwrap();
        serde_json::from_slice(&decode(text)).unwrap()
    };
    (read(0), read(1))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn decode(text: &str) -> Vec<u8> {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::new();
    for letter in text.bytes() {
        bits = bits << 6 | u32::try_from(ALPHABET.iter().position(|one| *one == letter).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

fn base64(bytes: &[u8]) -> String {
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let block =
                chunk.iter().fold(0_u32, |block, byte| block << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |at| char::from(ALPHABET[(block >> (18 - 6 * at) & 63) as usize]))
        })
        .collect()
}

fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>, signature: &str) -> String {
    let part = |map: &Map<String, Value>| base64(serde_json::to_string(map).unwrap().as_bytes());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// A token of a key of one's own, with the header and claims of a good one but for what is changed.
fn forged(header: &Map<String, Value>, claims: &Map<String, Value>, algorithm: Algorithm, secret: &[u8]) -> String {
    let mut made = Header::new(algorithm);
    made.kid = header.get("kid").and_then(Value::as_str).map(str::to_owned);
    made.typ = header.get("typ").and_then(Value::as_str).map(str::to_owned);
    encode(&made, claims, &EncodingKey::from_secret(secret)).unwrap()
}

fn with(claims: &Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    let mut claims = claims.clone();
    claims.insert(name.to_owned(), value);
    claims
}

fn without(claims: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut claims = claims.clone();
    claims.remove(name);
    claims
}

/// Sends a token and holds the answer to: 401, the challenge, one code, and no data on any field.
async fn refused(app: &App, what: &str, authorization: &str) {
    for entrance in ["POST", "GET"] {
        let url = format!("{}/graphql", app.url());
        let request = match entrance {
            "POST" => app.client().post(url).json(&json!({ "query": QUERY })),
            _ => {
                let query: String = QUERY.bytes().map(|byte| format!("%{byte:02x}")).collect();
                app.client().get(format!("{url}?query={query}")).header("graphql-require-preflight", "1")
            }
        };
        let answer = request.header("authorization", authorization).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{what} by {entrance}");
        let challenge = answer.headers().get("www-authenticate").unwrap_or_else(|| panic!("{what}: no challenge"));
        assert!(challenge.to_str().unwrap().starts_with("Bearer"), "{what}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body.get("data"), None, "{what}: {body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{what}: {body}");
        assert!(body["errors"][0]["extensions"]["requestId"].is_string(), "{what}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_forged_or_stale_token_passes() {
    let app = App::demo().await;
    let who = Who::super_admin();
    let good = app.token(&who);
    assert!(
        app.send(Some(&good), &json!({ "query": QUERY })).await.data()["contacts"]["totalCount"].as_u64() > Some(20)
    );
    let (header, claims) = parts(&good);
    let signature = good.rsplit('.').next().unwrap();

    for name in ["none", "None", "NONE", "nOnE"] {
        for rest in ["", signature] {
            let header = with(&header, "alg", json!(name));
            refused(&app, "an unsigned token", &format!("Bearer {}", unsigned(&header, &claims, rest))).await;
        }
    }
    for name in ["RS256", "ES256", "EdDSA", "HS384", "HS512", "PS256"] {
        let header = with(&header, "alg", json!(name));
        refused(&app, "another algorithm", &format!("Bearer {}", unsigned(&header, &claims, signature))).await;
    }
    // Keys that anybody knows: what stands in the token, what stands in the documents, nothing.
    let key_id = header["kid"].as_str().unwrap().to_owned();
    for secret in ["", "secret", "liaison-demo", "liaison", key_id.as_str(), good.as_str()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            refused(
                &app,
                "a guessed key",
                &format!("Bearer {}", forged(&header, &claims, algorithm, secret.as_bytes())),
            )
            .await;
        }
    }
    // Every claim changed under the old signature.
    for (claim, value) in [
        ("sub", json!("somebody-else")),
        ("org_id", json!(ids::organization("acme"))),
        ("roles", json!(["super_admin", "provider_admin"])),
        ("exp", json!(now() + 999_999)),
    ] {
        refused(
            &app,
            "a tampered token",
            &format!("Bearer {}", unsigned(&header, &with(&claims, claim, value), signature)),
        )
        .await;
    }
    for at in [0, good.len() / 3, good.len() / 2, good.len() - 2] {
        let mut other = good.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        refused(&app, "a flipped letter", &format!("Bearer {}", String::from_utf8(other).unwrap())).await;
    }
    refused(&app, "a cut token", &format!("Bearer {}", &good[..good.len() - 5])).await;
    refused(&app, "no token at all", "Bearer ").await;
    refused(&app, "another scheme", "Basic YWRhOmFkYQ==").await;
    refused(&app, "two tokens", &format!("Bearer {good}, Bearer {good}")).await;
    refused(&app, "a long token", &format!("Bearer {}", "a".repeat(9_000))).await;
    // Another server's key: as good, and not ours.
    let other = DemoKey::random().unwrap();
    let token = other.issue(who.subject, [who.role], who.organization_id, Duration::from_secs(3600)).unwrap();
    refused(&app, "a token of another key", &format!("Bearer {token}")).await;
    let header = with(&header, "kid", json!("../../../dev/null"));
    refused(&app, "a key by path", &format!("Bearer {}", forged(&header, &claims, Algorithm::HS256, b""))).await;
    // And none of it closed the door to the good one.
    assert!(app.send(Some(&good), &json!({ "query": QUERY })).await.body.get("errors").is_none());
}

/// Properly signed, and still not good: the application below is started with a secret that the test knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_token_with_wrong_claims_does_not_pass() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";
    let app = App::demo_signed_with(SECRET).await;
    let header = json!({ "kid": null }).as_object().unwrap().clone();
    let claims = json!({
        "iss": "https://issuer.example", "aud": "liaison", "sub": "jane", "iat": now(), "nbf": now(), "exp": now() + 600,
        "org_id": ids::organization("acme"), "roles": ["provider_admin"],
    });
    let claims = claims.as_object().unwrap().clone();
    let sign = |claims: &Map<String, Value>| forged(&header, claims, Algorithm::HS256, SECRET.as_bytes());
    let good = app.send(Some(&sign(&claims)), &json!({ "query": QUERY })).await;
    assert_eq!(good.at("/viewer/subject"), "jane");
    let wrong: Vec<(&str, Map<String, Value>)> = vec![
        ("expired", with(&claims, "exp", json!(now() - 600))),
        ("without an end", without(&claims, "exp")),
        ("an end that is no number", with(&claims, "exp", json!("never"))),
        ("not yet", with(&claims, "nbf", json!(now() + 600))),
        ("from the future", with(&claims, "iat", json!(now() + 3600))),
        ("for another audience", with(&claims, "aud", json!("another"))),
        ("without an audience", without(&claims, "aud")),
        ("of another issuer", with(&claims, "iss", json!("https://other.example"))),
        ("without an issuer", without(&claims, "iss")),
        ("without a subject", without(&claims, "sub")),
        ("without an organization", without(&claims, "org_id")),
        ("of an organization that is no id", with(&claims, "org_id", json!("acme"))),
        ("with an unknown role", with(&claims, "roles", json!(["emperor"]))),
        ("with roles that are no list", with(&claims, "roles", json!({ "super_admin": true }))),
        ("without a role", without(&claims, "roles")),
        ("with no role in the list", with(&claims, "roles", json!([]))),
    ];
    for (what, claims) in wrong {
        refused(&app, what, &format!("Bearer {}", sign(&claims))).await;
    }
    let another = forged(&header, &claims, Algorithm::HS512, SECRET.as_bytes());
    refused(&app, "an algorithm that is not configured", &format!("Bearer {another}")).await;
}

/// A token narrows: permissions take away and never add.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_take_away_and_never_add() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";
    let app = App::demo_signed_with(SECRET).await;
    let ask = async |roles: Value, permissions: Value| {
        let header = json!({}).as_object().unwrap().clone();
        let claims = json!({
            "iss": "https://issuer.example", "aud": "liaison", "sub": "jane", "iat": now(), "nbf": now(), "exp": now() + 600,
            "org_id": ids::organization("acme"), "roles": roles, "permissions": permissions,
        });
        let token = forged(&header, claims.as_object().unwrap(), Algorithm::HS256, SECRET.as_bytes());
        let query = "mutation { phoneCreate(phone: { number: \"+1 217 555 0199\" }) { userErrors { code } } }";
        let write = app.send(Some(&token), &json!({ "query": query })).await;
        let read = app.send(Some(&token), &json!({ "query": "{ contacts { totalCount } }" })).await;
        (write.at("/phoneCreate/userErrors").clone(), read.at("/contacts/totalCount").as_u64().unwrap())
    };
    let forbidden = json!([{ "code": "FORBIDDEN" }]);
    let (write, read) = ask(json!(["provider_admin"]), json!(["read"])).await;
    assert_eq!((write, read > 0), (forbidden.clone(), true));
    let (write, read) = ask(json!(["super_admin"]), json!([])).await;
    assert_eq!((write, read), (forbidden.clone(), 0));
    let (write, read) = ask(json!(["viewer"]), json!(["read", "edit", "govern"])).await;
    assert_eq!((write, read > 0), (forbidden, true));
}

/// Without a token there are only the fields that describe the service, whatever stands beside them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_there_is_the_service_and_nobody() {
    let app = App::demo().await;
    let answer = app.ask_as_nobody("{ serviceConfig { version } viewer { subject } }").await;
    assert_eq!(answer.at("/viewer"), &Value::Null);
    let answer = app.ask_as_nobody(QUERY).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    assert_eq!(answer.body["data"], Value::Null);
    let narrow = app.key().issue("ada", [Role::Viewer], ids::organization("acme"), Duration::from_secs(60)).unwrap();
    assert_eq!(
        app.send(Some(&narrow), &json!({ "query": "{ viewer { roles } }" })).await.at("/viewer/roles"),
        &json!(["VIEWER"])
    );
}
