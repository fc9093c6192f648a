//! The past in the API: a root field that asks how something stood gets a reader of its own, and everything below that field reads
//! through it. It knows no log; what was the domain tells.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, OneofObject, QueryPathSegment, Result};
use chrono::{DateTime, Utc};
use liaison_domain::history::{self, Moment, Past};
use liaison_domain::session::Reader;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::batch::Batches;
use crate::context::Request;
use crate::error;

/// So many moments may be asked for in one request; each holds a connection.
const MOST_MOMENTS: usize = 4;

/// A moment of the past.
#[derive(OneofObject)]
pub enum AsOfInput {
    /// An instant: `2026-03-31T00:00:00Z`.
    At(DateTime<Utc>),
    /// A `position` of the log: as it stood when that was written.
    Position(String),
}

/// What a resolver reads through, now or at a moment.
pub struct View {
    /// The queues of the request.
    pub batches: Batches,
    /// The viewer's reader.
    pub reader: Arc<Reader>,
    past: Option<Arc<Past>>,
}

impl View {
    /// A view of the present.
    pub fn of_present(batches: Batches, reader: Arc<Reader>) -> Self {
        Self { batches, reader, past: None }
    }

    /// Whether it is a view of the past.
    pub fn is_past(&self) -> bool {
        self.past.is_some()
    }

    /// Refuses to follow the links of anything but the node that was asked for: only its links are known at that moment.
    pub fn may_follow(&self, parent: Uuid) -> Result<()> {
        match &self.past {
            Some(past) if past.root != parent => Err(too_far()),
            _ => Ok(()),
        }
    }

    /// Refuses a node that was not looked for.
    pub fn may_read(&self, id: Uuid) -> Result<()> {
        match &self.past {
            Some(past) if !past.known.contains(&id) => Err(too_far()),
            _ => Ok(()),
        }
    }

    /// Refuses what is not known of the past at all.
    pub fn may_ask(&self, what: &str) -> Result<()> {
        if self.is_past() {
            return Err(error::bad_input(format!("{what} is told of the present only; ask for it without asOf")));
        }
        Ok(())
    }
}

fn too_far() -> async_graphql::Error {
    error::bad_input(
        "asOf tells a node and what is linked to it, one step far; ask for the next node in a field of its own with asOf",
    )
}

/// How many requests may look at the past at once.
pub struct Turns(Arc<Semaphore>);

impl Turns {
    /// So many that those who wait for a connection while they hold some never hold all.
    pub fn among(connections: u32) -> Self {
        let most = connections as usize / (MOST_MOMENTS + 1);
        Self(Arc::new(Semaphore::new(most.max(1))))
    }
}

/// The moments that a request looks at, by the response name of the root field that asked.
#[derive(Clone, Default)]
pub struct Moments {
    inner: Arc<Mutex<Inner>>,
    views: Arc<std::sync::RwLock<HashMap<String, (Arc<Past>, Batches)>>>,
}

#[derive(Default)]
struct Inner {
    /// One for all moments of the request: those who hold connections and want more must be few, or they would wait for each other.
    permit: Option<OwnedSemaphorePermit>,
}

impl Moments {
    /// The moment that the root field above a resolver asked for.
    pub fn above(&self, context: &Context<'_>) -> Option<View> {
        let views = self.views.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if views.is_empty() {
            return None;
        }
        let (past, batches) = views.get(root_of(context)?)?;
        Some(View { batches: batches.clone(), reader: past.reader.clone(), past: Some(past.clone()) })
    }

    /// Ends the moments; how many statements and rows they took.
    pub async fn end(&self) -> (u64, u64) {
        let past: Vec<_> = {
            let mut views = self.views.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            views.drain().map(|(_, (past, _))| past).collect()
        };
        let mut effort = (0, 0);
        for past in past {
            let (statements, rows) = past.reader.effort().await;
            effort = (effort.0 + statements, effort.1 + rows);
            if let Err(fault) = past.reader.renew().await {
                // Everything was read; what does not end cleanly has closed its connection.
                tracing::warn!(%fault, "a moment of the past did not end cleanly");
            }
        }
        self.inner.lock().await.permit = None;
        effort
    }

    /// Looks at a node as it stood. Everything below the root field of this resolver reads at that moment from now on; false when the
    /// node was not there then, or may not be seen.
    pub async fn look(&self, context: &Context<'_>, id: Uuid, as_of: AsOfInput) -> Result<bool> {
        let reader = Request::of(context).reader()?;
        let turns = context.data_unchecked::<Turns>();
        let moment = match as_of {
            AsOfInput::At(at) => Moment::At(at),
            AsOfInput::Position(text) => {
                Moment::Position(reader.database().positions().open(&text).ok_or_else(|| {
                    error::bad_input("asOf.position must be a position that a mutation or a change has told")
                })?)
            }
        };
        let Some(root) = root_of(context) else { return Ok(false) };
        // One after the other: each takes a connection.
        let mut inner = self.inner.lock().await;
        if self.views.read().unwrap_or_else(std::sync::PoisonError::into_inner).len() == MOST_MOMENTS {
            let why =
                format!("a request may look at {MOST_MOMENTS} moments at most; ask for the others in another request");
            return Err(error::bad_input(why));
        }
        if inner.permit.is_none() {
            let turn = tokio::time::timeout(reader.database().patience(), turns.0.clone().acquire_owned()).await;
            let fault = || liaison_domain::failure::Fault::Unavailable("too many requests look at the past".to_owned());
            let permit = turn.ok().and_then(std::result::Result::ok).ok_or_else(|| error::of_fault(&fault()))?;
            inner.permit = Some(permit);
        }
        let past = history::as_of(reader, id, moment).await.map_err(|fault| error::of_fault(&fault))?;
        let Some(past) = past else { return Ok(false) };
        let mut views = self.views.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        views.insert(root.to_owned(), (Arc::new(past), Request::of(context).batches.beside()));
        Ok(true)
    }
}

/// The response name of the root field that a resolver stands below.
fn root_of<'a>(context: &'a Context<'_>) -> Option<&'a str> {
    let mut node = context.path_node.as_ref()?;
    while let Some(parent) = node.parent {
        node = parent;
    }
    match node.segment {
        QueryPathSegment::Name(name) => Some(name),
        QueryPathSegment::Index(_) => None,
    }
}
