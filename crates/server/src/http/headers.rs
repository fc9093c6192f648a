//! The request headers that the door itself must understand: the body's type, the idempotency key, the token's header.
//! It may not verify a token.

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue};

use super::refusal::Refusal;

/// The header by which a mutation can be sent twice and done once.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const LONGEST_KEY: usize = 255;

/// Refuses every body but uncompressed JSON in UTF-8. This is also the guard against forms of other sites.
pub fn check_json(headers: &HeaderMap) -> Result<(), Refusal> {
    const RIGHT: &str = "send the request as JSON with Content-Type: application/json";
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::unsupported_media_type(format!("Exactly one Content-Type is needed: {RIGHT}.")));
    };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    if parts.next() != Some("application/json") {
        return Err(Refusal::unsupported_media_type(format!("This Content-Type is not served: {RIGHT}.")));
    }
    for parameter in parts {
        if let Some((key, value)) = parameter.split_once('=')
            && key.trim() == "charset"
            && !["utf-8", "utf8"].contains(&value.trim().trim_matches('"'))
        {
            return Err(Refusal::unsupported_media_type(format!(
                "This charset is not served: {RIGHT}; charset=utf-8."
            )));
        }
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Refusal::unsupported_media_type(
                "Compressed bodies are not served: send the body without Content-Encoding.",
            ))
        }
        _ => Ok(()),
    }
}

/// The idempotency key, if one came.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = only_one(headers, &IDEMPOTENCY_KEY)? else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(key.to_owned()))
        }
        _ => Err(Refusal::bad_request(format!(
            "The header Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters without spaces, a UUID for example."
        ))),
    }
}

/// The header `Authorization`, unread.
pub fn authorization(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = only_one(headers, &AUTHORIZATION)? else { return Ok(None) };
    match value.to_str() {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(Refusal::unauthenticated(
            "The header Authorization has characters that no token has: send \"Bearer\", a space and the token.",
        )),
    }
}

fn only_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => {
            Err(Refusal::bad_request(format!("The header {name} came more than once: send it once.")))
        }
        (first, _) => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&[u8]]) -> HeaderMap {
        let value = |bytes: &&[u8]| (name.clone(), HeaderValue::from_bytes(bytes).expect("a header value"));
        values.iter().map(value).collect()
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        for right in [
            "application/json",
            "Application/JSON",
            "application/json;charset=utf-8",
            "application/json; charset=\"UTF-8\"",
        ] {
            assert!(check_json(&headers(CONTENT_TYPE, &[right.as_bytes()])).is_ok(), "{right}");
        }
        for wrong in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "application/graphql",
            "application/jsonx",
            "text/plain; application/json",
            "application/json; charset=utf-16",
            "application/json, text/plain",
            "",
        ] {
            assert!(check_json(&headers(CONTENT_TYPE, &[wrong.as_bytes()])).is_err(), "{wrong}");
        }
        assert!(check_json(&HeaderMap::new()).is_err());
        assert!(check_json(&headers(CONTENT_TYPE, &[b"application/json", b"text/plain"])).is_err());
        let mut compressed = headers(CONTENT_TYPE, &[b"application/json"]);
        compressed.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(check_json(&compressed).is_err());
    }

    #[test]
    fn an_idempotency_key_is_visible_ascii() {
        let key = |values: &[&[u8]]| idempotency_key(&headers(IDEMPOTENCY_KEY, values));
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&[b"\"8e03978e\""]), Ok(Some("\"8e03978e\"".to_owned())));
        assert!(key(&[&b"k".repeat(255)]).is_ok());
        for wrong in [&b""[..], b"a b", b"\xc3\xa9", &b"k".repeat(256)] {
            assert!(key(&[wrong]).is_err(), "{wrong:?}");
        }
        assert!(key(&[b"a", b"b"]).is_err());
    }

    #[test]
    fn two_tokens_are_no_token() {
        assert!(authorization(&headers(AUTHORIZATION, &[b"Bearer a", b"Bearer b"])).is_err());
        assert!(authorization(&headers(AUTHORIZATION, &[b"Bearer \xff"])).is_err());
        assert_eq!(authorization(&headers(AUTHORIZATION, &[b"Bearer a"])), Ok(Some("Bearer a".to_owned())));
    }
}
