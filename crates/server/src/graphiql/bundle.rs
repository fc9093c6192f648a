//! The page and the assets that `build.rs` bundled, embedded gzipped. It holds no file that is not in the binary.

use std::io::Read as _;

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;

/// What came of the bundling.
#[allow(dead_code, reason = "a build makes one of the two")]
pub(super) enum Page {
    Ready { html: &'static str, assets: &'static [Asset] },
    Missing { reason: &'static str },
}

/// One file of the bundle, under its hashed name.
#[allow(dead_code, reason = "a build without the bundle makes none")]
pub(super) struct Asset {
    pub(super) name: &'static str,
    gzipped: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/graphiql_page.rs"));

/// The tab files of `web/tabs`, by name without ending.
pub(super) fn tab_files() -> &'static [(&'static str, &'static str)] {
    TABS
}

#[cfg(test)]
pub(super) fn embedded() -> &'static Page {
    &PAGE
}

pub(super) async fn page() -> Response {
    respond(&PAGE)
}

pub(super) fn respond(page: &Page) -> Response {
    match page {
        Page::Ready { html, .. } => (super::page_headers(), *html).into_response(),
        Page::Missing { reason } => {
            (StatusCode::SERVICE_UNAVAILABLE, super::page_headers(), missing_html(reason)).into_response()
        }
    }
}

pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Page::Ready { assets, .. } = &PAGE else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Some(asset) = assets.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let common = [
        (CONTENT_TYPE, media_type(asset.name)),
        // The name carries a hash of the content: another content is another name.
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if accepts_gzip(&headers) {
        return (common, [(CONTENT_ENCODING, "gzip")], asset.gzipped).into_response();
    }
    let mut plain = Vec::new();
    match GzDecoder::new(asset.gzipped).read_to_end(&mut plain) {
        Ok(_) => (common, plain).into_response(),
        Err(error) => {
            tracing::error!(asset = asset.name, %error, "an embedded GraphiQL asset is not gzip: build again");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("ttf") => "font/ttf",
        _ => "application/octet-stream",
    }
}

/// Whether `Accept-Encoding` names gzip (or anything) with a weight above zero (RFC 9110, 12.5.3).
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let weight_of = |wanted: &str| {
        headers
            .get_all(ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(|choice| {
                let mut parts = choice.split(';').map(str::trim);
                let named = parts.next()?.eq_ignore_ascii_case(wanted);
                let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
                named.then_some(weight.unwrap_or(1.0))
            })
    };
    weight_of("gzip").or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

fn missing_html(reason: &str) -> String {
    let escaped = reason.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Liaison: GraphiQL is not in this build</title>
<style>body {{ max-width: 45rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }} pre {{ padding: 1rem; background: #f2f4f7; overflow: auto }}</style>
</head>
<body>
<main>
<h1>GraphiQL is not in this build</h1>
<p>The server itself works: send GraphQL requests to <code>/graphql</code>. GraphiQL is bundled from its npm packages while
the server is built, and that did not work:</p>
<pre>{escaped}</pre>
<h2>How to get it</h2>
<ol>
<li>Install Node.js 18.18 or newer with npm, where <code>node</code> and <code>npm</code> are found on <code>PATH</code>.</li>
<li>See that <code>npm ping</code> reaches the registry that npm is set to.</li>
<li>Build again with <code>cargo build</code>, without <code>LIAISON_GRAPHIQL_BUILD=off</code>, and start the server.</li>
</ol>
</main>
</body>
</html>
"#
    )
}
