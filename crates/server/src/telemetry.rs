//! Log lines: how they are written, one per request, and what a panic leaves. It may not write a token, a variable, a query
//! string or a panic's own words: any of these can hold a person's data.

use std::io::IsTerminal;
use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use futures::FutureExt;
use http::Method;
use tracing::{Instrument as _, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::http::OperationName;
use crate::http::accept::MediaType;
use crate::http::refusal::Refusal;
use crate::http::request_id::{RequestId, X_REQUEST_ID};
use crate::metrics::Counted;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
}

/// A log format that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown log format {0:?}: use human or json")]
pub struct UnknownLogFormat(String);

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(text: &str) -> Result<Self, UnknownLogFormat> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(UnknownLogFormat(text.to_owned())),
        }
    }
}

/// Why there are no log lines.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("the log filter {filter:?} cannot be read ({reason}): write for example \"info,sqlx=warn\"")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: tracing_subscriber::filter::ParseError,
    },
    /// Someone was first.
    #[error("log lines are already set up in this process: {0}")]
    AlreadyStarted(#[from] tracing_subscriber::util::TryInitError),
}

/// Sets up log lines on standard error for the whole process, and with them what a panic leaves.
pub fn start(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    subscriber(format, filter, std::io::stderr)?.try_init()?;
    log_panics();
    Ok(())
}

/// The writer of log lines; `start` makes it the process's own.
pub fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter =
        EnvFilter::try_new(filter).map_err(|reason| TelemetryError::Filter { filter: filter.to_owned(), reason })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    Ok(match format {
        LogFormat::Human => Box::new(lines.with_ansi(std::io::stderr().is_terminal()).finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_span_list(false).finish()),
    })
}

/// A panic becomes a log line with its place. Its message is for developers only (`liaison::panic=debug`): the usual
/// `unwrap` prints the value that surprised it.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(target: "liaison::panic", place, "a task panicked");
        tracing::debug!(target: "liaison::panic", place, message = panic.payload_as_str().unwrap_or("not a text"));
    }));
}

/// The outermost layer: gives the request its id and its span, turns a panic into `INTERNAL`, and writes the access line,
/// also for a client that hung up before its answer.
///
/// Who counts answers hears of each.
pub async fn observe<F: Future<Output = Response>>(
    counted: Option<Counted>,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let request_id = RequestId::from_headers(request.headers());
    request.extensions_mut().insert(request_id.clone());
    let mut line = AccessLine::open(&request, request_id.clone(), counted);
    let span = tracing::info_span!("request", request_id = request_id.as_str());
    let answered = AssertUnwindSafe(next(request).instrument(span)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| Refusal::internal().response(MediaType::Json, &request_id));
    response.headers_mut().insert(X_REQUEST_ID, request_id.header_value());
    line.status = response.status().as_u16();
    line.operation = response.extensions().get().cloned();
    response
}

/// 499 is what the trade writes for a client that went away: no response ever has it.
const CLIENT_WENT_AWAY: u16 = 499;

struct AccessLine {
    request_id: RequestId,
    method: Method,
    path: String,
    since: Instant,
    status: u16,
    operation: Option<OperationName>,
    counted: Option<Counted>,
    /// The path as the router knows it, of which there are few.
    route: Option<MatchedPath>,
}

impl AccessLine {
    fn open(request: &Request, request_id: RequestId, counted: Option<Counted>) -> Self {
        Self {
            counted,
            route: request.extensions().get().cloned(),
            request_id,
            method: request.method().clone(),
            path: request.uri().path().chars().take(200).collect(),
            since: Instant::now(),
            status: CLIENT_WENT_AWAY,
            operation: None,
        }
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        if let Some(counted) = &self.counted {
            counted.response(self.route.as_ref().map(MatchedPath::as_str), self.status);
        }
        let milliseconds = (self.since.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        tracing::info!(
            target: "liaison::access",
            request_id = self.request_id.as_str(),
            method = self.method.as_str(),
            path = self.path,
            status = self.status,
            ms = milliseconds,
            operation = self.operation.as_ref().map(|operation| operation.0.as_str()),
        );
    }
}
