//! What every mutation gives back: the thing that it changed, what was refused, and where in the log it stands.

mod address;
mod code;
mod communication;
mod contact;
mod email;
mod import;
mod merge;
mod phone;
mod referral;
mod relationship;
mod verification;

pub use self::address::*;
pub use self::code::*;
pub use self::communication::*;
pub use self::contact::*;
pub use self::email::*;
pub use self::import::*;
pub use self::merge::*;
pub use self::phone::*;
pub use self::referral::*;
pub use self::relationship::*;
pub use self::verification::*;

use async_graphql::{Context, Object, Result, SimpleObject};
use liaison_domain::event::Event;
use liaison_domain::failure::Refusal;
use liaison_domain::history::Entry;
use liaison_domain::position::Position;
use liaison_domain::session::{Mode, Reader};

use crate::change::Change;
use crate::context::Request;
use crate::enums::UserErrorCode;
use crate::facility::Facility;
use crate::organization::Organization;

/// Why a mutation was refused, and which part of its input that concerns. Nothing was written.
#[derive(Clone, SimpleObject)]
pub struct UserError {
    /// Why, for programs.
    code: UserErrorCode,
    /// The path into the input, outermost first: `["phones", "0", "number"]`. It names fields and places in lists; objects that only
    /// wrap (`contact`, `link`, `phone: {create: …}`) are left out. Null when it concerns the whole.
    field: Option<Vec<String>>,
    /// What would be right, for people.
    message: String,
    /// With VERSION_CONFLICT, the version that it has now.
    current_version: Option<i32>,
}

impl From<Refusal> for UserError {
    fn from(Refusal { code, field, message, current_version }: Refusal) -> Self {
        Self { code: code.into(), field: if field.is_empty() { None } else { Some(field) }, message, current_version }
    }
}

/// What every payload tells beside its object.
pub struct Outcome {
    user_errors: Vec<UserError>,
    position: Option<String>,
    entries: Vec<Entry>,
}

/// What every payload tells beside its object.
#[Object]
impl Outcome {
    /// Why it was refused; empty when it was done or was so already.
    async fn user_errors(&self) -> &[UserError] {
        &self.user_errors
    }

    /// Where in the log it was written, opaque; null when nothing was.
    async fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }

    /// What was written to the log, in its order; of a dry run what would be, without positions. Empty when it was so already.
    async fn changes(&self, context: &Context<'_>) -> Result<Vec<Change>> {
        Change::told(Request::of(context).reader()?, self.entries.clone()).await
    }
}

impl Outcome {
    /// Of a command that the rules refused.
    pub fn refused(refusals: Vec<Refusal>) -> Self {
        let user_errors = refusals.into_iter().map(Into::into).collect();
        Self { user_errors, position: None, entries: Vec::new() }
    }

    /// Of a command that recorded these events, or none. A rehearsal has no place in the log.
    pub fn done(reader: &Reader, mode: Mode, events: Vec<(Event, Position)>) -> Self {
        let last = events.last().filter(|_| mode == Mode::Real);
        let position = last.map(|(_, position)| reader.database().positions().seal(*position));
        let entries = events.into_iter().map(|(event, position)| match mode {
            Mode::Real => Entry::recorded(position, event),
            Mode::Rehearsal => Entry::rehearsed(event),
        });
        Self { user_errors: Vec::new(), position, entries: entries.collect() }
    }
}

/// The outcome of `organizationCreate`.
#[derive(SimpleObject)]
pub struct OrganizationCreatePayload {
    /// The organization; null when it was refused.
    pub organization: Option<Organization>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `organizationUpdate`.
#[derive(SimpleObject)]
pub struct OrganizationUpdatePayload {
    /// The organization; null when it was refused.
    pub organization: Option<Organization>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `organizationDeactivate`.
#[derive(SimpleObject)]
pub struct OrganizationDeactivatePayload {
    /// The organization; null when it was refused.
    pub organization: Option<Organization>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `facilityUpdate`.
#[derive(SimpleObject)]
pub struct FacilityUpdatePayload {
    /// The facility; null when it was refused.
    pub facility: Option<Facility>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `facilityCreate`.
#[derive(SimpleObject)]
pub struct FacilityCreatePayload {
    /// The facility; null when it was refused.
    pub facility: Option<Facility>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
