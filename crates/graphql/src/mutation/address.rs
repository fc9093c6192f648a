//! Postal addresses, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::address as addresses;
use liaison_domain::failure::Refusal;
use liaison_domain::method::Owner;
use uuid::Uuid;

use crate::address;
use crate::command::{Answered, Manner, Performed, perform};
use crate::context::SignedIn;
use crate::enums::AddressType;
use crate::input::{
    AddressCreateInput, AddressHoldingInput, AddressHoldingUpdateInput, AddressLinkTargetInput, AddressPeriodInput,
    AddressUpdateInput, MethodOwnerInput,
};
use crate::payload::{
    AddressCreatePayload, AddressDeletePayload, AddressHoldingUpdatePayload, AddressLinkPayload,
    AddressSetPrimaryPayload, AddressUnlinkPayload, AddressUpdatePayload,
};

/// Postal addresses, changed.
#[derive(Default)]
pub struct AddressMutation;

#[Object]
impl AddressMutation {
    /// Makes a postal address; link it with `addressLink`.
    #[graphql(guard = "SignedIn")]
    async fn address_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new address.")] address: AddressCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressCreatePayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &addresses::Create(address.into())).await?;
        let address = address::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| AddressCreatePayload { address, outcome }))
    }

    /// Links an address to a person or an organization, or a phone to the address where it stands. Linking twice is linking once.
    #[graphql(guard = "SignedIn")]
    async fn address_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] address_id: Uuid,
        #[graphql(desc = "To whom, or which phone stands there.")] to: AddressLinkTargetInput,
        #[graphql(desc = "How it is held; not for a phone.")] holding: Option<AddressHoldingInput>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressLinkPayload>> {
        let manner = Manner { reason, expected_version, dry_run };
        let is_held = holding.is_some();
        let holding = holding.unwrap_or_default().into();
        let link = |to| addresses::Link { address_id, to, holding };
        let done = match to {
            AddressLinkTargetInput::ContactId(id) => perform(context, manner, &link(Owner::Contact(id))).await?,
            AddressLinkTargetInput::OrganizationId(id) => {
                perform(context, manner, &link(Owner::Organization(id))).await?
            }
            AddressLinkTargetInput::PhoneId(_) if is_held => {
                let why = "holding is for people and organizations; leave it out where a phone stands at the address";
                Performed::refused(context, vec![Refusal::invalid("holding", why)])
            }
            AddressLinkTargetInput::PhoneId(id) => {
                perform(context, manner, &addresses::Link::of_phone(address_id, id)).await?
            }
        };
        let address = address::of_id(context, done.output().map(|_| address_id)).await?;
        Ok(done.answer(|outcome| AddressLinkPayload { address, outcome }))
    }

    /// Changes a postal address, for everybody who is found there: what is left out stays, what is null is cleared.
    #[graphql(guard = "SignedIn")]
    async fn address_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] id: Uuid,
        #[graphql(desc = "What changes.")] address: AddressUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressUpdatePayload>> {
        let command = addresses::Update { address_id: id, edits: address.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let address = address::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| AddressUpdatePayload { address, outcome }))
    }

    /// Deletes a postal address: it is unlinked from your organization and from the people whom you may edit, no phone stands there any
    /// more, and its past stays. Refused with IN_USE while others have it; then unlink your own instead.
    #[graphql(guard = "SignedIn")]
    async fn address_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressDeletePayload>> {
        let command = addresses::Delete { address_id: id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let address = address::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| AddressDeletePayload { address, outcome }))
    }

    /// Ends the link of an address to a person or an organization, or says that a phone does not stand there any more. The address stays,
    /// and so does the past. What is not linked is left alone.
    #[graphql(guard = "SignedIn")]
    async fn address_unlink(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] address_id: Uuid,
        #[graphql(desc = "From whom, or which phone.")] from: AddressLinkTargetInput,
        #[graphql(name = "type", desc = "In this use only; in every use when left out. Not for a phone.")]
        address_type: Option<AddressType>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressUnlinkPayload>> {
        let manner = Manner { reason, expected_version, dry_run };
        let address_type = address_type.map(Into::into);
        let unlink = |from| addresses::Unlink { address_id, from, address_type };
        let done = match from {
            AddressLinkTargetInput::ContactId(id) => perform(context, manner, &unlink(Owner::Contact(id))).await?,
            AddressLinkTargetInput::OrganizationId(id) => {
                perform(context, manner, &unlink(Owner::Organization(id))).await?
            }
            AddressLinkTargetInput::PhoneId(_) if address_type.is_some() => {
                let why = "type is for people and organizations; leave it out where a phone stood at the address";
                Performed::refused(context, vec![Refusal::invalid("type", why)])
            }
            AddressLinkTargetInput::PhoneId(id) => {
                perform(context, manner, &addresses::Unlink::of_phone(address_id, id)).await?
            }
        };
        let address = address::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| AddressUnlinkPayload { address, outcome }))
    }

    /// Makes an address the primary one of its type for a person or an organization that has it; the former primary stops being it.
    #[graphql(guard = "SignedIn")]
    async fn address_set_primary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] address_id: Uuid,
        #[graphql(desc = "Whose.")] of: MethodOwnerInput,
        #[graphql(name = "type", desc = "What they use it for; the address's own type when left out.")]
        address_type: Option<AddressType>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressSetPrimaryPayload>> {
        let command = addresses::SetPrimary { address_id, of: of.into(), address_type: address_type.map(Into::into) };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let address = address::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| AddressSetPrimaryPayload { address, outcome }))
    }

    /// Changes how and when a person holds an address: what is left out stays, what is null is cleared. The period as it was is closed, and
    /// one that says what is right takes its place, which stays the primary one if that was.
    #[graphql(guard = "SignedIn")]
    async fn address_holding_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.")] address_id: Uuid,
        #[graphql(desc = "Whose.")] contact_id: Uuid,
        #[graphql(desc = "What changes.")] holding: AddressHoldingUpdateInput,
        #[graphql(desc = "Which of several uses and periods; needed only where they have several.")] period: Option<
            AddressPeriodInput,
        >,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The `holdingVersion` that you have read, of the edge and not of the address; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<AddressHoldingUpdatePayload>> {
        let command = holding.command(address_id, contact_id, period.unwrap_or_default());
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let holding_version = done.output().map(|holding| holding.version);
        let address = address::of_id(context, done.output().map(|holding| holding.address_id)).await?;
        Ok(done.answer(|outcome| AddressHoldingUpdatePayload { address, holding_version, outcome }))
    }
}
