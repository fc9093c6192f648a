//! The story tabs: the `.graphql` files of `web/tabs`, in the order of their names. It never runs a query.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Map, Value};

/// One tab that GraphiQL opens on a first visit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tab {
    pub title: String,
    pub query: String,
    pub variables: Option<Map<String, Value>>,
}

/// What is wrong with a tab file.
#[derive(Debug, thiserror::Error)]
#[error("{file}.graphql: `# variables:` must be followed by one JSON object on the same line: {reason}")]
pub(super) struct BadTab {
    file: String,
    reason: serde_json::Error,
}

/// The tabs in the binary. The tests of this module keep a bad one out of it.
pub(super) fn embedded() -> Vec<Tab> {
    let read = |(file, text): &(&str, &str)| match parse(file, text) {
        Ok(tab) => Some(tab),
        Err(error) => {
            tracing::error!(%error, "a GraphiQL tab is left out");
            None
        }
    };
    super::bundle::tab_files().iter().filter_map(read).collect()
}

/// Reads the leading comment lines `# title: …` and `# variables: {…}`, both optional; they are not part of the query.
/// Without a title the tab is called by its file.
pub(super) fn parse(file: &str, text: &str) -> Result<Tab, BadTab> {
    let (mut title, mut variables) = (file.to_owned(), None);
    let mut query = text;
    while let Some((line, rest)) = query.split_once('\n') {
        let Some(comment) = line.trim().strip_prefix('#').map(str::trim) else { break };
        if let Some(given) = comment.strip_prefix("title:") {
            title = given.trim().to_owned();
        } else if let Some(given) = comment.strip_prefix("variables:") {
            let read = serde_json::from_str(given.trim());
            variables = Some(read.map_err(|reason| BadTab { file: file.to_owned(), reason })?);
        } else {
            break;
        }
        query = rest;
    }
    Ok(Tab { title, query: query.trim_start_matches('\n').to_owned(), variables })
}

pub(super) fn answer(tabs: &[Tab]) -> Response {
    ([(CACHE_CONTROL, "no-cache")], Json(tabs)).into_response()
}
