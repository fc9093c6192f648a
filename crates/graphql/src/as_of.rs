//! The past in the API: a root field that asks how something stood gets a reader of its own, and everything below that field reads
//! through it. It knows no log; what was the domain tells.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_graphql::{Context, OneofObject, QueryPathSegment};
use chrono::{DateTime, Utc};
use liaison_domain::access::{self, Action};
use liaison_domain::failure::Fault;
use liaison_domain::history::{self, Look, MOST_ENTRIES, Moment, Past};
use liaison_domain::session::Reader;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::batch::Batches;
use crate::context::Request;
use crate::error::{self, Code};

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
    pub fn may_follow(&self, parent: Uuid) -> async_graphql::Result<()> {
        match &self.past {
            Some(past) if past.root != parent => Err(too_far()),
            _ => Ok(()),
        }
    }

    /// Refuses a node that was not looked for.
    pub fn may_read(&self, id: Uuid) -> async_graphql::Result<()> {
        match &self.past {
            Some(past) if !past.known.contains(&id) => Err(too_far()),
            _ => Ok(()),
        }
    }

    /// Refuses what is not known of the past at all.
    pub fn may_ask(&self, what: &str) -> async_graphql::Result<()> {
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
pub struct Turns {
    turns: Arc<Semaphore>,
    most_moments: usize,
    patience: Duration,
}

impl Turns {
    /// So many that those who hold connections and wait for more never hold all of them. A turn is taken before a request holds any.
    pub fn among(connections: u32, patience: Duration) -> Self {
        let most_moments = MOST_MOMENTS.min(connections.saturating_sub(1) as usize).max(1);
        let turns = (connections as usize / (most_moments + 1)).max(1);
        Self { turns: Arc::new(Semaphore::new(turns)), most_moments, patience }
    }

    /// The moments of a request, with a turn if its document names any.
    pub async fn moments(&self, document: &str) -> Result<Moments, Fault> {
        if !document.contains("asOf") {
            return Ok(Moments::default());
        }
        let turn = tokio::time::timeout(self.patience, self.turns.clone().acquire_owned()).await;
        let crowded = || Fault::Unavailable("too many requests look at the past".to_owned());
        let turn = turn.ok().and_then(Result::ok).ok_or_else(crowded)?;
        let inner = Inner { opening: Mutex::default(), past: RwLock::default(), most: self.most_moments, _turn: turn };
        Ok(Moments { inner: Some(Arc::new(inner)) })
    }
}

/// The moments that a request looks at, by the response name of the root field that asked.
#[derive(Clone, Default)]
pub struct Moments {
    /// `None` for a document that names no moment: almost all of them.
    inner: Option<Arc<Inner>>,
}

struct Inner {
    /// One after the other: each takes a connection.
    opening: Mutex<()>,
    past: RwLock<HashMap<String, (Arc<Past>, Batches)>>,
    most: usize,
    _turn: OwnedSemaphorePermit,
}

impl Moments {
    /// The moment that the root field above a resolver asked for.
    pub fn above(&self, context: &Context<'_>) -> Option<View> {
        let moments = self.inner.as_ref()?.past.read().unwrap_or_else(PoisonError::into_inner);
        let (past, batches) = moments.get(root_of(context)?)?;
        Some(View { batches: batches.clone(), reader: past.reader.clone(), past: Some(past.clone()) })
    }

    /// Ends the moments; how many statements and rows they took.
    pub async fn end(&self) -> (u64, u64) {
        let Some(inner) = &self.inner else { return (0, 0) };
        let moments: Vec<_> = {
            let mut moments = inner.past.write().unwrap_or_else(PoisonError::into_inner);
            moments.drain().map(|(_, (past, _))| past).collect()
        };
        let mut effort = (0, 0);
        for past in moments {
            let (statements, rows) = past.reader.effort().await;
            effort = (effort.0 + statements, effort.1 + rows);
            past.reader.let_go().await;
        }
        effort
    }

    /// Looks at a node as it stood; the id that it had then. Everything below the root field of this resolver reads at that moment from now
    /// on. `None` when the node was not there then, or may not be seen.
    pub async fn look(&self, context: &Context<'_>, id: Uuid, as_of: AsOfInput) -> async_graphql::Result<Option<Uuid>> {
        let request = Request::of(context);
        let reader = request.reader()?;
        if let Err(refusal) = access::allow(reader.viewer(), Action::History) {
            return Err(error::error(Code::Forbidden, refusal.message));
        }
        let moment = match as_of {
            AsOfInput::At(at) => Moment::At(at),
            AsOfInput::Position(text) => {
                let why = "asOf.position must be a position that a mutation or a change has told";
                Moment::Position(reader.database().positions().open(&text).ok_or_else(|| error::bad_input(why))?)
            }
        };
        let (Some(inner), Some(root)) = (&self.inner, root_of(context)) else { return Ok(None) };
        let _opening = inner.opening.lock().await;
        let most = inner.most;
        if inner.past.read().unwrap_or_else(PoisonError::into_inner).len() == most {
            let why = format!("at most {most} moments in one request; ask for the others in another");
            return Err(error::bad_input(why));
        }
        let past = match history::as_of(reader, id, moment).await.map_err(|fault| error::of_fault(&fault))? {
            Look::Past(past) => past,
            Look::Absent => return Ok(None),
            Look::TooMuch => {
                let why = format!(
                    "more than {MOST_ENTRIES} entries of the log tell how this stood, too many to tell it; read its history"
                );
                return Err(error::bad_input(why));
            }
        };
        let then = past.root;
        let mut moments = inner.past.write().unwrap_or_else(PoisonError::into_inner);
        moments.insert(root.to_owned(), (Arc::new(past), request.batches.beside()));
        Ok(Some(then))
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
