//! What the routes of GraphiQL answer, without a browser; `tests/browser/graphiql.mjs` opens the page in one.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::bundle::{Page, accepts_gzip, embedded, respond};
use super::{GraphiqlOptions, Identity, routes, tab};

async fn get(options: GraphiqlOptions, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    routes(options).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn demo() -> GraphiqlOptions {
    GraphiqlOptions::default()
        .with_identities(|| vec![Identity { label: "Root".into(), token: "t0".into(), description: "Sees all".into() }])
}

#[tokio::test]
async fn browsers_are_led_from_the_root_to_the_page_and_programs_are_told() {
    let browser = get(GraphiqlOptions::default(), "/", &[("accept", "text/html,*/*;q=0.8")]).await;
    assert_eq!(browser.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(browser.headers()["location"], "/graphiql");
    let program = get(GraphiqlOptions::default(), "/", &[("accept", "*/*")]).await;
    assert_eq!(program.status(), StatusCode::OK);
    assert!(text(program).await.contains("/graphql"));
}

#[tokio::test]
async fn the_page_is_bound_to_its_own_origin() {
    let page = get(GraphiqlOptions::default(), "/graphiql", &[]).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("http") && !policy.contains('*') && !policy.contains("unsafe-eval"), "{policy}");
    assert!(text(page).await.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn each_asset_comes_gzipped_or_plain_as_the_client_asks_and_stays_cached() {
    // A machine without npm builds no bundle; `a_build_without_npm_says_how_to_get_the_page` is for that one.
    let Page::Ready { html, assets } = embedded() else { return };
    assert!(!assets.is_empty());
    for asset in *assets {
        let path = format!("/graphiql/assets/{}", asset.name);
        let gzipped = get(GraphiqlOptions::default(), &path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(gzipped.headers()["content-encoding"], "gzip");
        assert_eq!(gzipped.headers()["cache-control"], "public, max-age=31536000, immutable");
        let ending = asset.name.rsplit_once('.').unwrap().1;
        let media_type = if ending == "css" { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
        assert_eq!(gzipped.headers()["content-type"], media_type, "{path}");

        let plain = get(GraphiqlOptions::default(), &path, &[]).await;
        assert!(!plain.headers().contains_key("content-encoding"));
        assert!(!text(plain).await.is_empty());
    }
    let linked = html.split('"').filter_map(|part| part.strip_prefix("/graphiql/assets/"));
    for name in linked {
        assert!(assets.iter().any(|asset| asset.name == name), "{name} is linked but not embedded");
    }
    let absent = get(GraphiqlOptions::default(), "/graphiql/assets/none.js", &[]).await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_build_without_npm_says_how_to_get_the_page() {
    let page = respond(&Page::Missing { reason: "node could not be run <No such file>" });
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    let html = text(page).await;
    assert!(html.contains("node could not be run &lt;No such file&gt;"), "{html}");
    assert!(html.contains("Install Node.js") && html.contains("cargo build"), "{html}");
}

#[test]
fn gzip_is_sent_only_to_who_accepts_it() {
    let accepts = |value: &str| {
        accepts_gzip(&[("accept-encoding".parse().unwrap(), value.parse().unwrap())].into_iter().collect())
    };
    assert!(accepts("gzip") && accepts("br, GZIP;q=0.5") && accepts("*"));
    assert!(!accepts("br") && !accepts("gzip;q=0") && !accepts("gzip;q=0, *") && !accepts("identity"));
    assert!(!accepts_gzip(&axum::http::HeaderMap::new()));
}

#[tokio::test]
async fn every_embedded_tab_is_answered_and_parses_as_graphql() {
    let answer = text(get(GraphiqlOptions::default(), "/graphiql/tabs", &[]).await).await;
    let tabs: Vec<serde_json::Value> = serde_json::from_str(&answer).unwrap();
    assert_eq!(tabs.len(), super::bundle::tab_files().len(), "a tab file was left out");
    assert!(!tabs.is_empty());
    for (file, source) in super::bundle::tab_files() {
        let tab = tab::parse(file, source).unwrap();
        async_graphql::parser::parse_query(&tab.query).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn a_tab_file_gives_its_title_and_variables_in_comments() {
    let tab =
        tab::parse("us-8", "# title: US-8: lookup\n# variables: {\"first\": 5}\n# Why.\nquery A { a }\n").unwrap();
    assert_eq!(tab.title, "US-8: lookup");
    assert_eq!(tab.variables.unwrap()["first"], 5);
    assert_eq!(tab.query, "# Why.\nquery A { a }\n");
    assert_eq!(tab::parse("us-9", "{ a }").unwrap().title, "us-9");
    let error = tab::parse("us-9", "# variables: [1]\n{ a }").unwrap_err().to_string();
    assert!(error.contains("us-9.graphql") && error.contains("one JSON object"), "{error}");
}

#[tokio::test]
async fn identities_are_for_the_demo_and_for_this_machine() {
    let host = ("host", "localhost:8080");
    assert_eq!(get(GraphiqlOptions::default(), "/graphiql/identities", &[host]).await.status(), StatusCode::NOT_FOUND);
    for name in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "localhost"] {
        let answer = get(demo(), "/graphiql/identities", &[("host", name)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(text(answer).await, r#"[{"label":"Root","token":"t0","description":"Sees all"}]"#);
    }
    for name in ["evil.example:8080", "localhost.evil.example", "10.0.0.5"] {
        let answer = get(demo(), "/graphiql/identities", &[("host", name)]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
        assert!(!text(answer).await.contains("t0"));
    }
    let foreign = get(demo(), "/graphiql/identities", &[host, ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
}
