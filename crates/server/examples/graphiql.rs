//! GraphiQL over a schema of three fields, to work on the page without a database: `cargo run --example graphiql`.
//! A second argument `plain` (after the address) leaves the identities out, as a server outside demo mode does.
//! It checks no token: it shows which one came in.

use std::error::Error;

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Request, Schema};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use liaison_server::graphiql::{GraphiqlOptions, Identity, routes};

struct Token(Option<String>);

struct Query;

#[Object]
impl Query {
    /// Says hello to the one named.
    async fn hello(&self, #[graphql(default = "world")] name: String) -> String {
        format!("Hello, {name}")
    }

    /// The token that the request carried.
    async fn token(&self, context: &Context<'_>) -> Option<String> {
        context.data_opt::<Token>().and_then(|token| token.0.clone())
    }
}

type Small = Schema<Query, EmptyMutation, EmptySubscription>;

async fn graphql(schema: Small, headers: HeaderMap, request: Request) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if token.as_deref() == Some("Bearer stale") {
        return (StatusCode::UNAUTHORIZED, Json(serde_json::json!({"errors": [{"message": "stale"}]}))).into_response();
    }
    Json(schema.execute(request.data(Token(token))).await).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8787".to_owned());
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let identity = |label: &str, token: String, description: &str| Identity {
        label: label.to_owned(),
        token,
        description: description.to_owned(),
    };
    let demo = GraphiqlOptions::default().with_identities(move || {
        // "Runs out" has a token that is refused until it is asked for a second time.
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let runs_out = if call == 0 { "stale".to_owned() } else { format!("fresh-{call}") };
        vec![
            identity("Platform owner", "owner".to_owned(), "Sees every organization"),
            identity("Acme's admin", "acme".to_owned(), "Sees Acme Healthcare"),
            identity("Runs out", runs_out, "Has a token that needs to be renewed"),
        ]
    });
    let plain = std::env::args().nth(2).is_some_and(|word| word == "plain");
    let options = if plain { GraphiqlOptions::default() } else { demo };
    let app = Router::new()
        .route(
            "/graphql",
            post(async move |headers: HeaderMap, Json(request): Json<Request>| graphql(schema, headers, request).await),
        )
        .merge(routes(options));
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    tracing_subscriber::fmt().init();
    tracing::info!("GraphiQL at http://{}/graphiql", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
