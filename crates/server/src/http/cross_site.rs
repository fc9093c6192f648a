//! The guard against requests that another web site makes a browser send. It may not lean on the token: it asks only
//! whether a foreign page could have sent these headers without asking us first (a CORS preflight).
//!
//! A `POST` needs no rule of its own: its body must be `application/json`, which no form and no script sends across
//! sites without a preflight. A `GET` runs queries only, so nothing can be changed by one, there are no cookies, and the
//! header `Authorization` is itself preflighted: what is left to guard is that a foreign page makes the server work, or
//! reads from a server that it can reach through its visitor's network, in timing at least. The textbook rule ("a GET
//! carries a preflighted header") would refuse `curl 'host/graphql?query={…}'` and the `graphql-http` audit, neither of which is a
//! browser. So:
//!
//! 1. a preflighted header (see [`PREFLIGHTED`], or a `Content-Type` of JSON) proves that we were asked: served;
//! 2. else an `Origin` must be one that the configuration allows, or one of which the browser says `same-origin`;
//! 3. else `Sec-Fetch-Site`, which every browser since 2023 sends and no page can forge, must be `same-origin` or `none`
//!    (typed, bookmarked) if it is there; `same-site` and `cross-site` are refused;
//! 4. else, for browsers that are older or on plain HTTP: what forms, links, images, styles and frames send in `Accept`
//!    (`text/html`, `image/…`, `text/css`) is refused; an `Accept` of `*/*`, absent, or one of our two types passes. A
//!    `<script src>` of such an old browser also says `*/*` and passes: it runs a query as nobody and cannot read the
//!    answer (`nosniff`, a JSON type, `Cross-Origin-Resource-Policy`), which is what any visitor could ask for anyway.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderValue};

use super::refusal::Refusal;

/// Headers that a page cannot send across origins without a preflight. `Authorization` counts as well.
pub const PREFLIGHTED: [&str; 3] = ["graphql-require-preflight", "x-requested-with", "apollo-require-preflight"];

/// Whether this `GET` may be served. Sockets have no preflight either: [`same_origin`] is their rule.
pub fn check_get(headers: &HeaderMap, allowed_origins: &[String]) -> Result<(), Refusal> {
    if is_preflighted(headers) {
        return Ok(());
    }
    same_origin(headers, allowed_origins)?;
    let from_here = text(headers, "sec-fetch-site").is_some();
    if !from_here && headers.get_all(ACCEPT).iter().any(is_markup_or_media) {
        return Err(refusal("its Accept is that of a link, a form or an image"));
    }
    Ok(())
}

/// Whether the browser, if it is one, says that the request comes from our own pages, from an allowed origin, or from
/// its user. Anything that is not a browser passes.
pub fn same_origin(headers: &HeaderMap, allowed_origins: &[String]) -> Result<(), Refusal> {
    let site = text(headers, "sec-fetch-site");
    if let Some(origin) = headers.get(ORIGIN) {
        let allowed = allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
        return if allowed || site == Some("same-origin") || is_own_origin(origin, headers) {
            Ok(())
        } else {
            Err(refusal("its Origin is not one that this server allows"))
        };
    }
    match site {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(refusal("the browser marks it as sent by another site")),
    }
}

fn is_preflighted(headers: &HeaderMap) -> bool {
    let json = |value: &HeaderValue| value.as_bytes().to_ascii_lowercase().starts_with(b"application/json");
    headers.contains_key(AUTHORIZATION)
        || PREFLIGHTED.iter().any(|name| headers.contains_key(*name))
        || headers.get(CONTENT_TYPE).is_some_and(json)
}

/// Whether the origin names the host that the request was sent to: an old browser, or a socket of our own page.
fn is_own_origin(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    authority.is_some() && authority == text(headers, "host")
}

fn is_markup_or_media(accept: &HeaderValue) -> bool {
    let accept = String::from_utf8_lossy(accept.as_bytes()).to_ascii_lowercase();
    ["text/html", "text/css", "application/xhtml", "image/", "audio/", "video/", "font/"]
        .iter()
        .any(|kind| accept.contains(kind))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refusal(why: &str) -> Refusal {
    Refusal::bad_request(format!(
        "This request may come from another web site: {why}. Send a POST with Content-Type: application/json, or the \
         header GraphQL-Require-Preflight: 1 with a GET."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        check_get(&headers, &["https://app.acme.example".to_owned()]).is_ok()
    }

    #[test]
    fn tools_that_are_no_browser_pass() {
        assert!(get(&[]));
        assert!(get(&[("accept", "*/*")]));
        assert!(get(&[("accept", "application/graphql-response+json")]));
        assert!(get(&[("accept", "*/*"), ("sec-fetch-mode", "cors")]), "Node's fetch says this much");
    }

    #[test]
    fn our_own_pages_and_allowed_origins_pass() {
        assert!(get(&[("sec-fetch-site", "same-origin")]));
        assert!(get(&[("sec-fetch-site", "none"), ("accept", "text/html,*/*;q=0.8")]));
        assert!(get(&[("sec-fetch-site", "cross-site"), ("origin", "https://app.acme.example")]));
        assert!(get(&[("origin", "http://localhost:4000"), ("host", "localhost:4000")]));
    }

    #[test]
    fn a_preflighted_header_passes_from_anywhere() {
        for name in ["graphql-require-preflight", "x-requested-with", "apollo-require-preflight", "authorization"] {
            assert!(get(&[("sec-fetch-site", "cross-site"), (name, "1")]), "{name}");
        }
        assert!(get(&[("sec-fetch-site", "cross-site"), ("content-type", "application/json")]));
        assert!(!get(&[("sec-fetch-site", "cross-site"), ("content-type", "text/plain")]));
    }

    #[test]
    fn foreign_pages_do_not_pass() {
        assert!(!get(&[("sec-fetch-site", "cross-site")]));
        assert!(!get(&[("sec-fetch-site", "same-site"), ("accept", "application/json")]));
        assert!(!get(&[("origin", "https://evil.example"), ("host", "localhost:4000")]));
        assert!(!get(&[("origin", "null")]));
        assert!(!get(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]));
        assert!(!get(&[("accept", "image/avif,image/webp,*/*;q=0.8")]));
        assert!(!get(&[("accept", "text/css,*/*;q=0.1")]));
    }
}
