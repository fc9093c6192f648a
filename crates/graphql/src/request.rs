//! What a front door (HTTP, WebSocket) hands to the engine and what it gets back. It may not know which door that was.

use std::collections::BTreeSet;

use futures::stream::BoxStream;
use liaison_domain::viewer::Viewer;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// One GraphQL request as `GraphQL over HTTP` shapes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// The document's text.
    pub query: String,
    /// Which operation of the document to run.
    pub operation_name: Option<String>,
    /// The variables, by name.
    pub variables: Option<Map<String, Value>>,
    /// Protocol extensions, `cost: true` among them.
    pub extensions: Option<Map<String, Value>>,
}

impl Ask {
    /// What it asks, whoever asks and however it was spaced on its way: SHA-256 of document, operation and variables.
    pub fn hash(&self) -> [u8; 32] {
        let what = serde_json::to_vec(&(&self.query, &self.operation_name, &self.variables));
        Sha256::digest(what.expect("a request is JSON")).into()
    }
}

/// Who asks, and what the door knows of the request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The verified viewer, or nobody.
    pub viewer: Option<Viewer>,
    /// The id that stands in the answer, every error, log line and event.
    pub request_id: String,
    /// The header `Idempotency-Key`, if any.
    pub idempotency_key: Option<String>,
    /// Whether `__schema` and `__type` may be asked.
    pub may_introspect: bool,
    /// Whether the operation must be a query (GET).
    pub queries_only: bool,
    /// The position after which a subscription goes on, as the entrance knows it (`Last-Event-ID`). It wins over `after`.
    pub resume_after: Option<String>,
}

/// How far a request came: it decides the HTTP status under `application/graphql-response+json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The operation ran: the body has `data`, perhaps with errors beside it.
    Executed,
    /// The request was refused before it ran (syntax, validation, limits): the body has `errors` and no `data`.
    Refused,
    /// A mutation came where only a query may (GET).
    MethodNotAllowed,
}

/// The answer: a JSON body, ready to send.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How far it came.
    pub outcome: Outcome,
    /// The JSON text of the GraphQL response.
    pub body: Vec<u8>,
    /// What may be counted of it.
    pub report: Report,
}

/// What may be told of a request to whoever runs the service: what it was called and what went wrong, and nothing that it said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// `query`, `mutation` or `subscription`; none where it was refused before that was known.
    pub kind: Option<&'static str>,
    /// What its author calls the operation.
    pub name: Option<String>,
    /// The codes of its errors and of what the rules refused, each once.
    pub codes: BTreeSet<String>,
}

/// What comes of a request at an entrance that can follow.
pub enum Opened {
    /// One answer: a query, a mutation, or a refusal.
    Answered(Answer),
    /// A subscription.
    Following(Following),
}

/// A subscription that goes on.
pub struct Following {
    /// The position after which it begins, for who is cut off before the first delivery.
    pub position: Option<String>,
    /// What may be counted of it.
    pub report: Report,
    /// What it delivers. Nothing is read ahead of who polls it but a handful of entries; it ends only in an error of ours.
    pub deliveries: BoxStream<'static, Delivery>,
}

/// One answer of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The position after which a later subscription misses nothing and gets nothing twice.
    pub position: Option<String>,
    /// The JSON text of the GraphQL response.
    pub body: Vec<u8>,
}
