//! The root of subscriptions. It follows nothing itself: `engine` does, and runs the document anew for each entry of the log.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, Result, Subscription};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use uuid::Uuid;

use crate::change::{Change, Wanted};
use crate::context::{Request, SignedIn};
use crate::error;
use crate::import::{self, ContactImport};

/// For what the document runs this time.
pub(crate) enum Turn {
    /// To learn what is asked for. The position is the entrance's, and wins over the argument.
    Arm { resume_after: Option<String>, wanted: OnceLock<Followed> },
    /// To tell one entry.
    Tell(Change),
    /// To tell how an import stands.
    TellImport(ContactImport),
}

/// What a document follows.
pub(crate) enum Followed {
    /// The log.
    Log(Wanted),
    /// One import, to its end.
    Import(Uuid),
}

/// The root of subscriptions.
pub struct Subscription;

/// What can be followed: over a WebSocket with the protocol `graphql-transport-ws` at `/graphql/ws`, or by server-sent events at
/// `/graphql/stream`.
#[Subscription]
impl Subscription {
    /// Every change that you may see, in the order of the log, from any position on: none is lost and none comes twice, also
    /// across a reconnect, if you give the `position` of the last change you got as `after`. What you may see is asked anew for
    /// each change. When your organization loses sight of a contact you get one last change, of type
    /// `contact.removed_from_sight`: forget them.
    #[graphql(guard = "SignedIn")]
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The `position` of a change or of a mutation's payload: what came after it is sent first. Without it the \
                    subscription begins now. Over `/graphql/stream` the header `Last-Event-ID` wins over it."
        )]
        after: Option<String>,
        #[graphql(desc = "Only changes of these types, such as `contact.created`.")] types: Option<Vec<String>>,
        #[graphql(desc = "Only changes that concern this organization.")] organization_id: Option<Uuid>,
        #[graphql(desc = "Only changes that concern this contact.")] contact_id: Option<Uuid>,
    ) -> Result<BoxStream<'static, Change>> {
        let (resume_after, kept) = match context.data_unchecked::<Arc<Turn>>().as_ref() {
            Turn::Tell(change) => return Ok(stream::iter([change.clone()]).boxed()),
            Turn::TellImport(_) => return Ok(stream::empty().boxed()),
            Turn::Arm { resume_after, wanted } => (resume_after, wanted),
        };
        let positions = Request::of(context).reader()?.database().positions();
        if resume_after.as_ref().is_some_and(|text| positions.open(text).is_none()) {
            return Err(error::bad_input("Last-Event-ID must be the id of an event that this service sent"));
        }
        let after = resume_after.as_deref().or(after.as_deref());
        let read = Wanted::read(positions, after, types, organization_id, contact_id)?;
        // Set once: a document that runs to arm has one field.
        let _ = kept.set(Followed::Log(read));
        Ok(stream::empty().boxed())
    }

    /// How an import of your organization goes: as it stands, then whenever that is otherwise, at most twice a second, to its end.
    #[graphql(guard = "SignedIn")]
    async fn contact_import_progress(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id: what `POST /imports/contacts` answered with.")] id: Uuid,
    ) -> Result<BoxStream<'static, ContactImport>> {
        match context.data_unchecked::<Arc<Turn>>().as_ref() {
            Turn::TellImport(import) => return Ok(stream::iter([import.clone()]).boxed()),
            Turn::Tell(_) => {}
            Turn::Arm { wanted, .. } => {
                if import::of_id(context, id).await?.is_none() {
                    return Err(error::bad_input("there is no import with this id"));
                }
                let _ = wanted.set(Followed::Import(id));
            }
        }
        Ok(stream::empty().boxed())
    }
}
