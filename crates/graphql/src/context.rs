//! What a request carries to its resolvers: who asks, the reader and the queues. It opens nothing itself.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Guard, Result};
use liaison_domain::failure::Refusal;
use liaison_domain::session::Reader;
use liaison_domain::viewer::Viewer;

use crate::as_of::{Moments, View};
use crate::batch::Batches;
use crate::direct::Plans;
use crate::error::{self, Code};

/// One request's data. A request without a viewer has no reader, and so no way to the database.
pub struct Request {
    reader: Option<Arc<Reader>>,
    pub(crate) batches: Batches,
    pub(crate) request_id: String,
    pub(crate) idempotency: Option<RequestKey>,
    has_looked_up: AtomicBool,
    pub(crate) refusals: Refusals,
    pub(crate) moments: Moments,
    /// The plans of lists that are written straight from their rows; none where everything is resolved.
    pub(crate) plans: Option<Plans>,
}

/// The caller's idempotency key, and what request it came with.
#[derive(Clone)]
pub struct RequestKey {
    /// The header `Idempotency-Key`.
    pub key: String,
    /// Of document, operation and variables.
    pub request_hash: [u8; 32],
}

/// The codes of what the rules refused in a request, for whoever counts them.
#[derive(Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<BTreeSet<&'static str>>>);

impl Refusals {
    /// The codes so far, each once.
    pub fn codes(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something was refused.
    pub fn add(&self, refusals: &[Refusal]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(refusals.iter().map(|refusal| refusal.code.name()));
    }
}

impl Request {
    /// The data of a request.
    pub fn new(
        reader: Option<Arc<Reader>>,
        batches: Batches,
        request_id: String,
        idempotency: Option<RequestKey>,
        moments: Moments,
    ) -> Self {
        let has_looked_up = AtomicBool::new(false);
        let refusals = Refusals::default();
        Self { reader, batches, request_id, idempotency, moments, has_looked_up, refusals, plans: None }
    }

    /// The same, with lists written straight from their rows: for a request that asks for nothing twice at one place, and whose
    /// answer nobody keeps.
    #[must_use]
    pub fn writing_lists(self) -> Self {
        Self { plans: Some(Plans::default()), ..self }
    }

    /// The request that a resolver works for.
    pub fn of<'a>(context: &Context<'a>) -> &'a Self {
        context.data_unchecked::<Self>()
    }

    /// The reader of the viewer, or the refusal of nobody.
    pub fn reader(&self) -> Result<&Arc<Reader>> {
        self.reader.as_ref().ok_or_else(|| {
            error::error(Code::Unauthenticated, "this needs a token: send the header Authorization: Bearer <token>")
        })
    }

    /// What a resolver reads through: the present, or the moment that its root field asked for.
    pub fn view(context: &Context<'_>) -> Result<View> {
        let request = Self::of(context);
        let reader = request.reader()?;
        let past = request.moments.above(context);
        Ok(past.unwrap_or_else(|| View::of_present(request.batches.clone(), reader.clone())))
    }

    /// Who asks.
    pub fn viewer(&self) -> Result<&Viewer> {
        self.reader().map(|reader| reader.viewer())
    }

    /// Whether the request looks somebody up for the first time.
    pub(crate) fn is_first_look_up(&self) -> bool {
        !self.has_looked_up.swap(true, Ordering::Relaxed)
    }

    /// Ends the command in whose transaction the request reads, for good unless it is a rehearsal.
    pub(crate) async fn settle(&self, answer: &str) -> Result<()> {
        let settled = self.reader()?.settle(answer).await.map_err(|fault| error::of_fault(&fault));
        self.batches.clear().await;
        settled
    }

    /// Ends the snapshot and forgets what was read from it; a command that was not settled is undone.
    pub(crate) async fn refresh(&self) {
        self.batches.clear().await;
        if let Some(reader) = &self.reader {
            reader.let_go().await;
        }
    }
}

/// Refuses a field to nobody: stands on every field of the roots but those that describe the service.
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        Request::of(context).viewer().map(drop)
    }
}
