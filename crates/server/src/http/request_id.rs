//! The request id: the one word by which a client's complaint, an error, a log line and an event are found again.
//! It may not carry meaning, and a client's own is taken only if it cannot break a log line.

use std::fmt;
use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header in which clients may send an id, and in which every response carries one.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST: usize = 64;

/// The id of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new one, which sorts by time.
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    /// The client's, if it is 1 to 64 letters, digits, dots, underscores or dashes; else a new one.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let sane = |text: &&str| {
            (1..=LONGEST).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        };
        match headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane) {
            Some(text) => Self(text.into()),
            None => Self::generate(),
        }
    }

    /// The id that the outermost layer gave to this request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_else(Self::generate)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its text as a header value.
    pub fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("a request id is made of header characters only")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(text).expect("a header value"));
        RequestId::from_headers(&headers)
    }

    #[test]
    fn a_sane_id_of_the_client_is_kept() {
        assert_eq!(from("Acme-1.2_3").as_str(), "Acme-1.2_3");
        assert_eq!(from(&"a".repeat(64)).as_str(), "a".repeat(64));
    }

    #[test]
    fn any_other_id_is_replaced_by_a_uuid() {
        for text in ["", " ", "a b", "a\"b", "{}", &"a".repeat(65), "é"] {
            let id = from(text);
            assert_ne!(id.as_str(), text);
            assert_eq!(Uuid::parse_str(id.as_str()).expect("a uuid").get_version_num(), 7);
        }
        assert_ne!(RequestId::from_headers(&HeaderMap::new()), RequestId::from_headers(&HeaderMap::new()));
    }
}
