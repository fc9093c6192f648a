//! A request that is answered without the engine: its status, its code out of the catalogue and a sentence that says what
//! would be right. It may not carry anything internal: what stands here is read by strangers.

use std::fmt;

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::accept::MediaType;
use super::request_id::RequestId;

/// The door's part of the error catalogue: `extensions.code` of errors that arise before or around the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request is not one: broken JSON, a parameter of the wrong type, an unusable header.
    BadRequest,
    /// The token is invalid or has expired.
    Unauthenticated,
    /// The token is good and its roles do not carry this.
    Forbidden,
    /// Nothing is served under this path, or nothing that the viewer sees.
    NotFound,
    /// The path exists, the method does not fit.
    MethodNotAllowed,
    /// No media type of `Accept` is one that is served.
    NotAcceptable,
    /// The request did not arrive, or did not finish, in time.
    Timeout,
    /// The body is larger than the limit.
    PayloadTooLarge,
    /// The body is not of the one media type that is read.
    UnsupportedMediaType,
    /// The socket already runs as many operations as it may.
    TooManyOperations,
    /// The server cannot serve now; it will again.
    Unavailable,
    /// Our bug.
    Internal,
}

impl Code {
    /// The text that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::Timeout => "TIMEOUT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooManyOperations => "TOO_MANY_OPERATIONS",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// 400: the request is malformed.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// 401 with the challenge of RFC 6750: a token came and it is not good. No token at all is nobody, not a refusal.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"liaison\", error=\"invalid_token\""))
    }

    /// 401 where a token is needed and none came.
    pub fn no_token(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"liaison\""))
    }

    /// 401 where a delivery must be signed, and is not, or not rightly.
    pub fn unsigned(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Webhook-Signature realm=\"liaison\""))
    }

    /// 403: the token's roles do not carry this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Forbidden, message)
    }

    /// 404: no such path, or no such thing as a parameter names.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, message)
    }

    /// 405. `allowed` is the header's text; the router fills it in itself where it knows it better.
    pub fn method_not_allowed(message: impl Into<String>, allowed: Option<&'static str>) -> Self {
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, message);
        match allowed {
            Some(allowed) => refusal.with(ALLOW, HeaderValue::from_static(allowed)),
            None => refusal,
        }
    }

    /// 406: nothing that `Accept` names is served.
    pub fn not_acceptable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, Code::NotAcceptable, message)
    }

    /// 408: the body did not arrive in time. The rest of it is still on its way, so the connection ends.
    pub fn body_too_slow(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, Code::Timeout, message)
            .with(CONNECTION, HeaderValue::from_static("close"))
    }

    /// 413: the body is over the limit.
    pub fn payload_too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, message)
    }

    /// 415: the body is of another media type.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::UnsupportedMediaType, message)
    }

    /// 421: the request names a host that is not ours.
    pub fn misdirected(message: impl Into<String>) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, Code::BadRequest, message)
    }

    /// 426: what stands here is a socket and no page.
    pub fn upgrade_required(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UPGRADE_REQUIRED, Code::BadRequest, message)
            .with(UPGRADE, HeaderValue::from_static("websocket"))
    }

    /// 429: one more operation than one client may run at once.
    pub fn too_many_operations(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyOperations, message)
    }

    /// 503: not now. Clients are told to come back in a second.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message)
            .with(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// 504: the operation did not finish in time.
    pub fn took_too_long(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, Code::Timeout, message)
    }

    /// 500: our bug. The one sentence is always the same, so that nothing internal can stand in it.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::Internal,
            "Something went wrong inside the server. Quote extensions.requestId when you report it.",
        )
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The code out of the catalogue.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The list of GraphQL errors that says it.
    pub fn errors(&self, request_id: &RequestId) -> serde_json::Value {
        json!([{
            "message": self.message,
            "extensions": { "code": self.code.name(), "requestId": request_id.as_str() },
        }])
    }

    /// The response, shaped as a GraphQL error whatever the path, so that clients need one parser.
    pub fn response(&self, media_type: MediaType, request_id: &RequestId) -> Response {
        let body = json!({ "errors": self.errors(request_id) });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, media_type.content_type());
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
