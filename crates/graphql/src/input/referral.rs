//! What a referral says.

use async_graphql::{InputObject, MaybeUndefined};
use liaison_domain::referral::{Create, Update};
use uuid::Uuid;

use super::edit;
use crate::enums::ReferralStatus;
use crate::scalars::Date;

/// A new referral.
#[derive(InputObject)]
pub struct ReferralCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// To which provider that you see.
    provider_id: Uuid,
    /// With whom you deal there, or whom you sent: a contact that you see. You go on seeing them while a referral of yours names them.
    contact_id: Option<Uuid>,
    /// What you call your client, at most 200 characters: a number of yours, not a name.
    client_reference: String,
    /// On which day; today unless told, never in the future.
    referred_on: Option<Date>,
    /// How it stands; `OPEN` unless told.
    status: Option<ReferralStatus>,
    /// What is to be remembered, at most 10,000 characters; may have several lines.
    notes: Option<String>,
}

impl From<ReferralCreateInput> for Create {
    fn from(input: ReferralCreateInput) -> Self {
        Self {
            id: input.id,
            provider_id: input.provider_id,
            contact_id: input.contact_id,
            client_reference: input.client_reference,
            referred_on: input.referred_on.map(|day| day.0),
            status: input.status.map(Into::into),
            notes: input.notes,
        }
    }
}

/// What changes of a referral: what is left out stays, what is null is cleared.
#[derive(InputObject)]
pub struct ReferralUpdateInput {
    /// To which provider that you see.
    provider_id: MaybeUndefined<Uuid>,
    /// With whom you deal there, or whom you sent: a contact that you see. Who is not named any more may go out of your sight.
    contact_id: MaybeUndefined<Uuid>,
    /// What you call your client, at most 200 characters.
    client_reference: MaybeUndefined<String>,
    /// On which day, never in the future.
    referred_on: MaybeUndefined<Date>,
    /// How it stands.
    status: MaybeUndefined<ReferralStatus>,
    /// What is to be remembered, at most 10,000 characters; may have several lines.
    notes: MaybeUndefined<String>,
}

impl ReferralUpdateInput {
    /// The command that changes this referral so.
    pub fn command(self, id: Uuid) -> Update {
        Update {
            id,
            provider_id: edit(self.provider_id),
            contact_id: edit(self.contact_id),
            client_reference: edit(self.client_reference),
            referred_on: edit(self.referred_on).map(|day| day.0),
            status: edit(self.status).map(Into::into),
            notes: edit(self.notes),
        }
    }
}
