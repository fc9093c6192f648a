//! What mutations take about email addresses. They are turned into commands as they are; what is acceptable the domain decides.

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use liaison_domain::email;
use liaison_domain::method::Owner;
use uuid::Uuid;

use super::edit;
use crate::scalars::EmailAddress;

/// A new email address.
#[derive(InputObject)]
pub struct EmailCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// The address, at most 254 characters. Its spelling is kept; case does not tell addresses apart.
    address: EmailAddress,
    /// What kind of email address it is, by its code: `work`, `billing`, …; `work` when left out.
    code: Option<String>,
    /// What it is called.
    label: Option<String>,
    /// Whether automatic messages may go there; they may when left out.
    is_notification_enabled: Option<bool>,
}

impl From<EmailCreateInput> for email::Details {
    fn from(input: EmailCreateInput) -> Self {
        Self {
            id: input.id,
            address: input.address.0,
            code: input.code,
            label: input.label,
            is_notification_enabled: input.is_notification_enabled,
        }
    }
}

/// What changes of an email address: what is left out stays, what is null is cleared. Everybody who has it sees it.
#[derive(InputObject)]
pub struct EmailUpdateInput {
    /// The address, at most 254 characters. With another one than before, in more than case, it is UNVERIFIED again.
    address: MaybeUndefined<EmailAddress>,
    /// What kind of email address it is, by its code: `work`, `billing`, …
    code: MaybeUndefined<String>,
    /// What it is called.
    label: MaybeUndefined<String>,
    /// Whether automatic messages may go there.
    is_notification_enabled: MaybeUndefined<bool>,
}

impl From<EmailUpdateInput> for email::Edits {
    fn from(input: EmailUpdateInput) -> Self {
        Self {
            address: edit(input.address).map(|address| address.0),
            code: edit(input.code),
            label: edit(input.label),
            is_notification_enabled: edit(input.is_notification_enabled),
        }
    }
}

/// An email address that is there already, or a new one.
#[derive(OneofObject)]
pub enum EmailOrNewInput {
    /// The id of an email address that you see: it is shared, not copied.
    Id(Uuid),
    /// A new email address.
    Create(EmailCreateInput),
}

/// Whom an email address is linked to.
#[derive(OneofObject)]
pub enum EmailLinkTargetInput {
    /// A person reads it.
    ContactId(Uuid),
    /// An organization reads it.
    OrganizationId(Uuid),
}

impl From<EmailLinkTargetInput> for Owner {
    fn from(target: EmailLinkTargetInput) -> Self {
        match target {
            EmailLinkTargetInput::ContactId(id) => Self::Contact(id),
            EmailLinkTargetInput::OrganizationId(id) => Self::Organization(id),
        }
    }
}
