//! What a request carries to its resolvers: who asks, the reader and the queues. It opens nothing itself.

use std::sync::Arc;

use async_graphql::{Context, Guard, Result};
use liaison_domain::failure::{Failure, Refusal};
use liaison_domain::session::{Command, Note, Reader};
use liaison_domain::viewer::Viewer;

use crate::batch::Batches;
use crate::error::{self, Code};

/// One request's data. A request without a viewer has no reader, and so no way to the database.
pub struct Request {
    reader: Option<Arc<Reader>>,
    pub(crate) batches: Batches,
    pub(crate) request_id: String,
    pub(crate) idempotency_key: Option<String>,
}

/// What a command gave, or why it was refused.
pub(crate) enum Done<T> {
    Recorded { output: T, position: Option<String> },
    Refused(Vec<Refusal>),
}

impl Request {
    /// The data of a request.
    pub fn new(
        reader: Option<Arc<Reader>>,
        batches: Batches,
        request_id: String,
        idempotency_key: Option<String>,
    ) -> Self {
        Self { reader, batches, request_id, idempotency_key }
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

    /// Who asks.
    pub fn viewer(&self) -> Result<&Viewer> {
        self.reader().map(|reader| reader.viewer())
    }

    /// Runs a command and sees to it that what is read afterwards shows what it wrote.
    pub(crate) async fn run<C: Command>(&self, reason: Option<String>, command: &C) -> Result<Done<C::Output>> {
        let reader = self.reader()?;
        let reason =
            match liaison_domain::text::optional_line("reason", reason.as_deref(), liaison_domain::text::PARAGRAPH) {
                Ok(reason) => reason,
                Err(refusal) => return Ok(Done::Refused(vec![refusal])),
            };
        let note =
            Note { reason, request_id: Some(self.request_id.clone()), idempotency_key: self.idempotency_key.clone() };
        let database = reader.database();
        // A command takes a connection of its own. A request that held its snapshot's meanwhile could wait for another that does the same.
        self.refresh().await;
        match database.run(reader.viewer(), &note, command).await {
            Ok(recorded) => {
                self.refresh().await;
                let position = recorded.position.map(|position| database.positions().seal(position));
                Ok(Done::Recorded { output: recorded.output, position })
            }
            Err(Failure::Refused(refusals)) => Ok(Done::Refused(refusals)),
            Err(Failure::Fault(fault)) => Err(error::of_fault(&fault)),
        }
    }

    /// Ends the snapshot and forgets what was read from it.
    async fn refresh(&self) {
        self.batches.clear().await;
        if let Some(reader) = &self.reader
            && let Err(fault) = reader.renew().await
        {
            // Everything was read, and what was done is done; a snapshot that does not end cleanly has closed its connection.
            tracing::warn!(%fault, "a snapshot did not end cleanly");
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
