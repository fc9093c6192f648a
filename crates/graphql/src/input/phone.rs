//! What mutations take about phones. They are turned into commands as they are; what is acceptable the domain decides.

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use chrono::{DateTime, Utc};
use liaison_domain::method::Owner;
use liaison_domain::phone;
use uuid::Uuid;

use super::edit;
use crate::scalars::PhoneNumber;

/// A new phone.
#[derive(InputObject)]
pub struct PhoneCreateInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// The number as a person types it. It is read with the organization's default region; one that does not parse is kept as it is,
    /// with the state INVALID.
    number: PhoneNumber,
    /// 1 to 11 digits; an extension at the end of the number is understood too.
    extension: Option<String>,
    /// What kind of phone it is, by its code: `mobile`, `office`, …; `office` when left out.
    code: Option<String>,
    /// What it is called: `Reception`.
    label: Option<String>,
    /// Whether it takes text messages; a mobile does when left out.
    is_sms_capable: Option<bool>,
}

impl From<PhoneCreateInput> for phone::Details {
    fn from(input: PhoneCreateInput) -> Self {
        Self {
            id: input.id,
            number: input.number.0,
            extension: input.extension,
            code: input.code,
            label: input.label,
            is_sms_capable: input.is_sms_capable,
        }
    }
}

/// What changes of a phone: what is left out stays, what is null is cleared. Everybody who has the phone sees it.
#[derive(InputObject)]
pub struct PhoneUpdateInput {
    /// The number as a person types it, read with your organization's default region; one that does not parse is kept as it is. With
    /// another number, or another extension, the phone is UNVERIFIED again, or INVALID.
    number: MaybeUndefined<PhoneNumber>,
    /// 1 to 11 digits. An extension at the end of a new number is understood too; one that is left out stays.
    extension: MaybeUndefined<String>,
    /// What kind of phone it is, by its code: `mobile`, `office`, …
    code: MaybeUndefined<String>,
    /// What it is called: `Reception`.
    label: MaybeUndefined<String>,
    /// Whether it takes text messages.
    is_sms_capable: MaybeUndefined<bool>,
}

impl From<PhoneUpdateInput> for phone::Edits {
    fn from(input: PhoneUpdateInput) -> Self {
        Self {
            number: edit(input.number).map(|number| number.0),
            extension: edit(input.extension),
            code: edit(input.code),
            label: edit(input.label),
            is_sms_capable: edit(input.is_sms_capable),
        }
    }
}

/// A phone that is there already, or a new one.
#[derive(OneofObject)]
pub enum PhoneOrNewInput {
    /// The id of a phone that you see: it is shared, not copied.
    Id(Uuid),
    /// A new phone.
    Create(PhoneCreateInput),
}

/// Whom, or where, a phone is linked to.
#[derive(OneofObject)]
pub enum PhoneLinkTargetInput {
    /// A person is reachable through it.
    ContactId(Uuid),
    /// An organization is reachable through it.
    OrganizationId(Uuid),
    /// It stands at this address.
    AddressId(Uuid),
}

impl From<PhoneLinkTargetInput> for phone::Target {
    fn from(target: PhoneLinkTargetInput) -> Self {
        match target {
            PhoneLinkTargetInput::ContactId(id) => Self::Owner(Owner::Contact(id)),
            PhoneLinkTargetInput::OrganizationId(id) => Self::Owner(Owner::Organization(id)),
            PhoneLinkTargetInput::AddressId(id) => Self::Address(id),
        }
    }
}

/// A text message that the owner of a number sent.
#[derive(InputObject)]
pub struct InboundMessageInput {
    /// What its carrier calls it, at most 200 characters; each message counts once.
    message_id: String,
    /// The whole of it: `START`, `UNSTOP` or `YES`, in any case.
    text: String,
    /// When it came in: after the opt-out, never in the future.
    received_at: DateTime<Utc>,
}

impl InboundMessageInput {
    /// The command that lifts the opt-out of this phone's number by it.
    pub fn command(self, phone_id: Uuid) -> phone::OptIn {
        phone::OptIn { phone_id, message_id: self.message_id, text: self.text, received_at: self.received_at }
    }
}
