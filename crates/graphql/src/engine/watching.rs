//! Watching one import for one subscription: looks at it now and then, and runs the document when it stands otherwise than before. It
//! holds no connection in between, and ends when the import does.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt, unfold};
use liaison_domain::failure::Fault;
use liaison_domain::import::{self, Import};
use liaison_domain::session::Follower;
use tracing::Instrument as _;
use uuid::Uuid;

use super::following::internal;
use super::{Engine, body_of_errors};
use crate::document::Plan;
use crate::import::ContactImport;
use crate::request::{Caller, Delivery};
use crate::subscription::Turn;

/// How soon to look again at the earliest, and at the latest.
const PAUSE: Duration = Duration::from_millis(500);
const REST: Duration = Duration::from_secs(2);

/// One subscription to one import.
struct Watch {
    engine: Arc<Engine>,
    plan: Plan,
    caller: Caller,
    id: Uuid,
    follower: Follower,
    last: Option<Import>,
}

/// What looking again came to.
enum Look {
    /// It stands so now, and the document says so.
    Told(Box<Import>, Vec<u8>),
    /// As before, or the database did not answer.
    Nothing,
    /// It is not there any more for whoever watches.
    Gone,
}

impl Engine {
    /// What a subscription to an import delivers.
    pub(super) fn watch(
        self: &Arc<Self>,
        plan: Plan,
        caller: Caller,
        id: Uuid,
        follower: Follower,
    ) -> BoxStream<'static, Delivery> {
        let watch = Watch { engine: Arc::clone(self), plan, caller, id, follower, last: None };
        unfold(Some(watch), |watch| async move {
            let mut watch = watch?;
            let delivery = watch.next().await?;
            let is_over = watch.last.as_ref().is_none_or(|import| import.state.is_final());
            Some((delivery, (!is_over).then_some(watch)))
        })
        .boxed()
    }
}

impl Watch {
    /// The next delivery; none when there is nothing to watch any more.
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            if self.last.is_some() {
                tokio::time::sleep(PAUSE).await;
                tokio::select! {
                    () = self.follower.changed() => {}
                    () = tokio::time::sleep(REST) => {}
                }
            }
            match self.look().await {
                Ok(Look::Told(import, body)) => {
                    self.last = Some(*import);
                    return Some(Delivery { position: None, body });
                }
                Ok(Look::Nothing) if self.last.is_some() => {}
                // The first look failed: it is tried again, but not at once.
                Ok(Look::Nothing) => tokio::time::sleep(REST).await,
                Ok(Look::Gone) => return None,
                Err(()) => {
                    self.last = None;
                    return Some(Delivery { position: None, body: body_of_errors(vec![internal()], &self.caller) });
                }
            }
        }
    }

    /// Looks in a task of its own that ends whether or not the subscriber is still there.
    async fn look(&self) -> Result<Look, ()> {
        let permit = Arc::clone(&self.engine.following).acquire_owned().await;
        let (engine, plan, caller, id) = (Arc::clone(&self.engine), self.plan.clone(), self.caller.clone(), self.id);
        let last = self.last.clone();
        let looking = async move {
            let _permit = permit;
            let Some(viewer) = &caller.viewer else { return Ok(Look::Gone) };
            let reader = engine.database.reader(viewer);
            let found = import::import(&reader, id).await;
            reader.let_go().await;
            match found? {
                None => Ok(Look::Gone),
                Some(import) if last.as_ref() == Some(&import) => Ok(Look::Nothing),
                Some(import) => {
                    let turn = Turn::TellImport(ContactImport(Arc::new(import.clone())));
                    let told = engine.run_turn(&plan, &caller, turn).await;
                    Ok(told.map_or(Look::Nothing, |body| Look::Told(Box::new(import), body)))
                }
            }
        };
        match tokio::spawn(looking.in_current_span()).await {
            Ok(Ok(look)) => Ok(look),
            Ok(Err(Fault::Internal(_))) | Err(_) => Err(()),
            Ok(Err(fault)) => {
                tracing::warn!(%fault, "a subscription to an import waits for the database");
                Ok(Look::Nothing)
            }
        }
    }
}
