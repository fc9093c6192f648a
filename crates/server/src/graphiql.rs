//! Serves GraphiQL from the binary: the page, its assets, the story tabs and, in demo mode, identities to ask as.
//! It never answers GraphQL itself and names no outside address.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

mod bundle;
mod identity;
mod tab;

pub use identity::Identity;
pub use tab::Tab;

/// Where the page is.
pub const PATH: &str = "/graphiql";

/// Workers and scripts only from this server. Monaco writes style attributes and its icon font is a data address in its
/// style sheet. A picture that an answer links to stays unloaded: it would tell its host who looks at the directory.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
                      style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type IdentitySource = Arc<dyn Fn() -> Vec<Identity> + Send + Sync>;

/// What the page offers beside GraphiQL itself.
#[derive(Clone, Default)]
pub struct GraphiqlOptions {
    identities: Option<IdentitySource>,
}

impl GraphiqlOptions {
    /// Offers identities to ask as. `source` runs for each page load and whenever a token was refused, so it can make
    /// fresh tokens. For demo mode only: whoever reaches the server from this machine gets them.
    #[must_use]
    pub fn with_identities(mut self, source: impl Fn() -> Vec<Identity> + Send + Sync + 'static) -> Self {
        self.identities = Some(Arc::new(source));
        self
    }
}

/// `/graphiql`, what it loads, and `/` as the way there for browsers.
pub fn routes(options: GraphiqlOptions) -> Router {
    let tabs = Arc::new(tab::embedded());
    let mut router = Router::new()
        .route("/", get(root))
        .route("/graphiql", get(bundle::page))
        .route("/graphiql/", get(|| async { Redirect::permanent(PATH) }))
        .route("/graphiql/assets/{name}", get(bundle::asset))
        .route("/graphiql/tabs", get(async move || tab::answer(&tabs)));
    if let Some(source) = options.identities {
        router = router.route(
            "/graphiql/identities",
            get(async move |headers: HeaderMap| identity::answer(&headers, source.as_ref())),
        );
    }
    router
}

async fn root(headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let answer = if accepted.contains("text/html") {
        Redirect::temporary(PATH).into_response()
    } else {
        "Liaison answers GraphQL requests at /graphql; GraphiQL is at /graphiql.\n".into_response()
    };
    ([(header::VARY, "accept")], answer).into_response()
}

/// The headers of an HTML page of ours.
fn page_headers() -> [(HeaderName, HeaderValue); 6] {
    [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ]
}

#[cfg(test)]
mod tests;
