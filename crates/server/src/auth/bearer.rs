//! The `Authorization` header, taken apart as far as it can be without a key. Nothing here may be believed before the signature is checked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};

use super::algorithm::{self, Algorithm};
use super::claims::Claims;
use super::error::AuthError;

/// Longer tokens are refused unread.
pub const LONGEST_TOKEN: usize = 8 * 1024;

/// The one `Authorization` header of a request, if it has any.
pub fn authorization(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::RepeatedHeader);
    }
    value.to_str().map(Some).map_err(|_| AuthError::NotBearer)
}

/// The token of `Bearer <token>`. Another scheme is an error, not nobody: whoever sends credentials means them.
pub(super) fn bearer_token(authorization: &str) -> Result<&str, AuthError> {
    let (scheme, token) = authorization.trim_matches(' ').split_once(' ').ok_or(AuthError::NotBearer)?;
    let token = token.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
        return Err(AuthError::NotBearer);
    }
    if token.len() > LONGEST_TOKEN {
        return Err(AuthError::TooLong { limit: LONGEST_TOKEN });
    }
    if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        return Err(AuthError::Malformed("it has characters other than letters, digits, '-', '_' and '.'"));
    }
    Ok(token)
}

/// What a token says of itself. `jku`, `jwk`, `x5u` and `x5c` are not even read: a token does not bring its own key.
pub(super) struct TokenHeader {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

impl TokenHeader {
    pub(super) fn read(token: &str, accepted: &[Algorithm]) -> Result<Self, AuthError> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(AuthError::Malformed("it is not three parts with dots between them"));
        };
        let malformed = AuthError::Malformed("its header is not a JSON object in base64url");
        let bytes = URL_SAFE_NO_PAD.decode(header).map_err(|_| malformed.clone())?;
        let Claims(header) = serde_json::from_slice(&bytes).map_err(|_| malformed)?;

        let name = header
            .get("alg")
            .and_then(|name| name.as_str())
            .ok_or(AuthError::Malformed("its header does not name the algorithm (alg)"))?;
        if name.eq_ignore_ascii_case("none") {
            return Err(AuthError::Unsigned);
        }
        let algorithm = name
            .parse()
            .ok()
            .filter(|algorithm| accepted.contains(algorithm))
            .ok_or_else(|| AuthError::AlgorithmNotAccepted { accepted: algorithm::names(accepted) })?;
        if payload.is_empty() || signature.is_empty() {
            return Err(AuthError::Malformed("its claims or its signature are empty"));
        }
        if header.contains_key("crit") {
            return Err(AuthError::CriticalExtension);
        }
        if let Some(kind) = header.get("typ") {
            let kind = kind.as_str().ok_or(AuthError::ForeignType)?.to_ascii_lowercase();
            // RFC 7515 §4.1.9: the prefix may be left out, and so it may be there.
            if !matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt") {
                return Err(AuthError::ForeignType);
            }
        }
        let key_id = match header.get("kid") {
            None => None,
            Some(id) => Some(id.as_str().ok_or(AuthError::Malformed("its header's kid is not a text"))?.to_owned()),
        };
        Ok(Self { algorithm, key_id })
    }
}
