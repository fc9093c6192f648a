//! One entry of the log. (For now; the log's own branch has the whole.)

use async_graphql::{Context, Object};
use liaison_domain::history::Entry;

use crate::context::Request;

/// One change.
pub struct Change(Entry);

impl From<Entry> for Change {
    fn from(entry: Entry) -> Self {
        Self(entry)
    }
}

#[Object]
impl Change {
    /// Where it stands.
    async fn position(&self, context: &Context<'_>) -> async_graphql::Result<Option<String>> {
        let positions = Request::of(context).reader()?.database().positions().clone();
        Ok(self.0.position.map(|position| positions.seal(position)))
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        self.0.event_type()
    }
}
