//! Whether a delivery is its sender's: the headers of Standard Webhooks, an HMAC-SHA256 over id, time and body. It knows no message.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName};
use secrecy::{ExposeSecret, SecretString};

use crate::http::refusal::Refusal;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// So old may a delivery be, and so far may clocks differ. What is older could be a recording.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The fewest bytes of a key that nobody guesses.
const LEAST_BYTES: usize = 24;
/// The fewest characters of one that is written as text.
const LEAST_CHARACTERS: usize = 32;

/// The longest list of signatures: two keys while they change, and then some.
const MOST_SIGNATURES: usize = 16;

/// The key of a sender.
#[derive(Debug)]
pub struct HookKey(hmac::Key);

impl HookKey {
    /// Reads a secret: `whsec_` and base64, as senders of webhooks show it, or any long text.
    pub fn new(secret: &SecretString) -> Result<Self, &'static str> {
        let text = secret.expose_secret();
        let bytes = match text.strip_prefix("whsec_") {
            Some(encoded) => {
                let bytes = STANDARD.decode(encoded).map_err(|_| "what follows whsec_ must be base64")?;
                if bytes.len() < LEAST_BYTES {
                    return Err("what follows whsec_ must be at least 24 bytes in base64: openssl rand -base64 32");
                }
                bytes
            }
            None if text.len() < LEAST_CHARACTERS => {
                return Err("use at least 32 characters: openssl rand -base64 32");
            }
            None => text.as_bytes().to_vec(),
        };
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Refuses a delivery that this key did not sign, or not just now. What is wrong with it is told of its form alone.
    pub fn check(&self, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<(), Refusal> {
        let one = |name: &HeaderName| {
            let mut values = headers.get_all(name).iter();
            match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
                (Some(value), None) if !value.is_empty() => Ok(value),
                _ => Err(Refusal::unsigned(format!("The delivery needs the header {name}, once."))),
            }
        };
        let (id, timestamp, signatures) = (one(&ID)?, one(&TIMESTAMP)?, one(&SIGNATURE)?);
        let seconds: i64 = timestamp
            .parse()
            .map_err(|_| Refusal::unsigned("The header webhook-timestamp must be a number of seconds since 1970."))?;
        let at = DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let tolerance = TimeDelta::from_std(TOLERANCE).unwrap_or_default();
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        let is_right = |signature: &str| {
            let tag = signature.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
            tag.is_some_and(|tag| hmac::verify(&self.0, &signed, &tag).is_ok())
        };
        if !signatures.split(' ').take(MOST_SIGNATURES).any(is_right) {
            return Err(Refusal::unsigned(
                "The signature is not that of this delivery: sign webhook-id, webhook-timestamp and the body, with dots between, with the \
                 secret of this server (Standard Webhooks, v1).",
            ));
        }
        // Said last: whoever has not signed learns nothing of clocks.
        if (now - at).abs() > tolerance {
            return Err(Refusal::unsigned(
                "The delivery is not of now: webhook-timestamp must lie within five minutes of this server's clock. Sign it anew.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a secret of more than thirty-two characters";

    fn headers(id: &str, at: i64, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [(ID, id), (TIMESTAMP, &at.to_string()), (SIGNATURE, signature)] {
            headers.insert(name, value.parse().expect("a header value"));
        }
        headers
    }

    fn sign(key: &[u8], id: &str, at: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tag = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }

    #[test]
    fn the_example_of_the_standard_is_taken() {
        // The test vector of the libraries of Standard Webhooks.
        let key = HookKey::new(&SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).expect("a key");
        let body = r#"{"test": 2432232314}"#;
        let at = 1_614_265_330;
        let signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let now = DateTime::from_timestamp(at, 0).expect("a time");
        assert!(key.check(&signed, body.as_bytes(), now).is_ok());
        assert!(key.check(&signed, b"{}", now).is_err());
    }

    #[test]
    fn only_the_key_of_now_and_of_this_body_is_taken() {
        let key = HookKey::new(&SecretString::from(TEXT)).expect("a key");
        let (at, body) = (1_800_000_000, "{}");
        let time = |seconds: i64| DateTime::from_timestamp(at + seconds, 0).expect("a time");
        let right = sign(TEXT.as_bytes(), "m1", at, body);
        assert!(key.check(&headers("m1", at, &right), body.as_bytes(), time(299)).is_ok());
        assert!(key.check(&headers("m1", at, &format!("v1,AAAA v2,x {right}")), body.as_bytes(), time(-299)).is_ok());
        for (headers, now) in [
            (headers("m2", at, &right), time(0)),
            (headers("m1", at + 1, &right), time(0)),
            (headers("m1", at, &right), time(301)),
            (headers("m1", at, &right), time(-301)),
            (headers("m1", at, &right.replace("v1,", "v2,")), time(0)),
            (headers("m1", at, &sign(b"another secret of thirty-two characters", "m1", at, body)), time(0)),
            (headers("m1", at, "v1,"), time(0)),
            (HeaderMap::new(), time(0)),
        ] {
            assert!(key.check(&headers, body.as_bytes(), now).is_err(), "{headers:?}");
        }
    }

    #[test]
    fn a_short_secret_is_none() {
        for short in ["", "secret", "whsec_", "whsec_c2VjcmV0", "whsec_!"] {
            assert!(HookKey::new(&SecretString::from(short)).is_err(), "{short}");
        }
    }
}
