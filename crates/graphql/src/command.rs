//! From a mutation's arguments to a command, and from what came of it to an answer. It decides nothing.
//!
//! The payload is read in the command's own transaction, which ends only when the payload is complete: a dry run shows what would be,
//! and the answer that an idempotency key will replay is stored with what it tells of.

use std::borrow::Cow;
use std::sync::{MutexGuard, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Result, ServerError, ServerResult, Value,
};
use liaison_domain::candidate::Likely;
use liaison_domain::failure::{Failure, Fault, Refusal};
use liaison_domain::session::{Attempt, Command, Idempotency, Mode, Note};
use liaison_domain::text;
use serde::{Deserialize, Serialize};

use crate::context::Request;
use crate::error;
use crate::payload::Outcome;

/// The arguments that every mutation has beside its own.
pub struct Manner {
    /// Why, for the log.
    pub reason: Option<String>,
    /// The version that the caller has seen.
    pub expected_version: Option<i32>,
    /// Whether nothing is to be written.
    pub dry_run: Option<bool>,
}

/// What came of a command.
pub enum Performed<T> {
    /// The same request was answered before.
    Replayed(Stored),
    /// It was refused, and its transaction is over.
    Refused(Outcome),
    /// It is done, in a transaction in which the request reads from now on.
    Open {
        /// What the command gave.
        output: T,
        /// What every payload tells.
        outcome: Outcome,
    },
}

/// What a mutation answers with.
pub enum Answered<P> {
    /// The answer that was given before.
    Replayed(Stored),
    /// A payload that tells why not.
    Refused(P),
    /// A payload, and a command that ends when it is complete.
    Open(P),
}

/// An answer as a receipt keeps it.
#[derive(Serialize, Deserialize)]
pub struct Stored {
    data: Value,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    errors: Vec<ServerError>,
}

impl<T: Copy> Performed<T> {
    /// What the command gave, to read the payload by; `None` when there is nothing to read.
    pub fn output(&self) -> Option<T> {
        match self {
            Self::Open { output, .. } => Some(*output),
            Self::Replayed(_) | Self::Refused(_) => None,
        }
    }
}

impl<T> Performed<T> {
    /// It was refused for these reasons.
    pub fn refused(context: &Context<'_>, refusals: Vec<Refusal>) -> Self {
        Request::of(context).refusals.add(&refusals);
        Self::Refused(Outcome::refused(refusals))
    }

    /// What the command gave.
    pub fn given(&self) -> Option<&T> {
        match self {
            Self::Open { output, .. } => Some(output),
            Self::Replayed(_) | Self::Refused(_) => None,
        }
    }

    /// Who is here already and likely the same person, when that is why it was refused.
    pub fn likely(&self) -> Vec<Likely> {
        match self {
            Self::Refused(outcome) => outcome.likely().to_vec(),
            Self::Open { .. } | Self::Replayed(_) => Vec::new(),
        }
    }

    /// The answer, with a payload that is made around what every payload tells.
    pub fn answer<P>(self, payload: impl FnOnce(Outcome) -> P) -> Answered<P> {
        match self {
            Self::Replayed(stored) => Answered::Replayed(stored),
            Self::Refused(outcome) => Answered::Refused(payload(outcome)),
            Self::Open { outcome, .. } => Answered::Open(payload(outcome)),
        }
    }
}

/// Runs a command up to the end of its transaction. What is read afterwards is read in it, and shows what it wrote.
pub async fn perform<C: Command>(context: &Context<'_>, manner: Manner, command: &C) -> Result<Performed<C::Output>> {
    let request = Request::of(context);
    let reader = request.reader()?;
    let reason = match text::optional_line("reason", manner.reason.as_deref(), text::PARAGRAPH) {
        Ok(reason) => reason,
        Err(refusal) => return Ok(Performed::refused(context, vec![refusal])),
    };
    let note = Note {
        reason,
        request_id: Some(request.request_id.clone()),
        mode: if manner.dry_run == Some(true) { Mode::Rehearsal } else { Mode::Real },
        expected_version: manner.expected_version,
        idempotency: request.idempotency.as_ref().map(|given| Idempotency {
            key: given.key.clone(),
            field: context.item.node.response_key().node.to_string(),
            request_hash: given.request_hash,
        }),
    };
    // A command takes a connection of its own. A request that held its snapshot's meanwhile could wait for another that does the same.
    request.refresh().await;
    match reader.database().attempt(reader.viewer(), &note, command).await {
        Ok(Attempt::Open { output, events, work }) => {
            let outcome = Outcome::done(reader, note.mode, events);
            reader.lend(*work).await;
            Ok(Performed::Open { output, outcome })
        }
        Ok(Attempt::Replayed(answer)) => {
            let stored = serde_json::from_str(&answer)
                .map_err(|error| error::of_fault(&Fault::Internal(format!("a receipt does not read: {error}"))))?;
            Ok(Performed::Replayed(stored))
        }
        Err(Failure::Refused(refusals)) => Ok(Performed::refused(context, refusals)),
        Err(Failure::Fault(fault)) => Err(error::of_fault(&fault)),
    }
}

impl<P: ObjectType> OutputType for Answered<P> {
    fn type_name() -> Cow<'static, str> {
        P::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        P::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self {
            Self::Replayed(stored) => {
                for error in &stored.errors {
                    context.add_error(error.clone());
                }
                Ok(stored.data.clone())
            }
            Self::Refused(payload) => payload.resolve(context, field).await,
            Self::Open(payload) => complete(payload, context, field).await,
        }
    }
}

/// Reads the payload, then ends the command's transaction. A payload that cannot be read undoes the command: an error at the
/// mutation itself means that nothing was written.
async fn complete<P: ObjectType>(
    payload: &P,
    context: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
) -> ServerResult<Value> {
    let request = context.data_unchecked::<Request>();
    let before = errors(context).len();
    let data = match payload.resolve(context, field).await {
        Ok(data) => data,
        Err(error) => {
            request.refresh().await;
            return Err(error);
        }
    };
    let stored = Stored { data, errors: errors(context)[before..].to_vec() };
    let settled = match &request.idempotency {
        Some(_) => request.settle(&serde_json::to_string(&stored).expect("an answer is JSON")).await,
        None => request.settle("").await,
    };
    match settled {
        Ok(()) => Ok(stored.data),
        Err(error) => Err(context.set_error_path(error.into_server_error(field.pos))),
    }
}

/// The errors of fields that are null for it, so far.
fn errors<'a>(context: &ContextSelectionSet<'a>) -> MutexGuard<'a, Vec<ServerError>> {
    context.query_env.errors.lock().unwrap_or_else(PoisonError::into_inner)
}
