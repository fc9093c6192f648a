//! The identities that the demo mode's token switch offers. It checks no token: that is the business of `/graphql`.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

/// Someone to ask as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub label: String,
    pub token: String,
    pub description: String,
}

/// Hands tokens to pages of this machine only. A foreign page cannot read the answer across origins, but it could have
/// its own name resolve to 127.0.0.1 (DNS rebinding): then `Host` is its name, not ours.
pub(super) fn answer(headers: &HeaderMap, source: &(dyn Fn() -> Vec<Identity> + Send + Sync)) -> Response {
    if !names_loopback(headers) || is_foreign(headers) {
        let why = "Demo tokens are only for pages of this machine: open http://localhost with the server's port.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    ([(CACHE_CONTROL, "no-store")], Json(source())).into_response()
}

fn names_loopback(headers: &HeaderMap) -> bool {
    let authority = headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let Some(authority) = authority else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
