//! Phones, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::phone as phones;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::{
    InboundMessageInput, MethodLinkInput, MethodOwnerInput, PhoneCreateInput, PhoneLinkTargetInput, PhoneUpdateInput,
};
use crate::payload::{
    PhoneCreatePayload, PhoneDeletePayload, PhoneLinkPayload, PhoneSetPrimaryPayload, PhoneSmsOptInPayload,
    PhoneSmsOptOutPayload, PhoneUnlinkPayload, PhoneUpdatePayload,
};
use crate::phone;

/// Phones, changed.
#[derive(Default)]
pub struct PhoneMutation;

#[Object]
impl PhoneMutation {
    /// Makes a phone; link it with `phoneLink`.
    #[graphql(guard = "SignedIn")]
    async fn phone_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new phone.")] phone: PhoneCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneCreatePayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &phones::Create(phone.into())).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneCreatePayload { phone, outcome }))
    }

    /// Links a phone to a person, to an organization, or to the address where it stands. Linking twice is linking once.
    #[graphql(guard = "SignedIn")]
    async fn phone_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] phone_id: Uuid,
        #[graphql(desc = "To whom, or where.")] to: PhoneLinkTargetInput,
        #[graphql(desc = "How; not for an address.")] link: Option<MethodLinkInput>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneLinkPayload>> {
        let MethodLinkInput { is_primary, sort_order } = link.unwrap_or_default();
        let command = phones::Link { phone_id, to: to.into(), is_primary, sort_order };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneLinkPayload { phone, outcome }))
    }

    /// Changes a phone, for everybody who has it (US-6): what is left out stays, what is null is cleared.
    #[graphql(guard = "SignedIn")]
    async fn phone_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] id: Uuid,
        #[graphql(desc = "What changes.")] phone: PhoneUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneUpdatePayload>> {
        let command = phones::Update { phone_id: id, edits: phone.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneUpdatePayload { phone, outcome }))
    }

    /// Deletes a phone: it is unlinked from your organization and from the people whom you may edit, and its past stays. Refused with
    /// IN_USE while others have it; then unlink your own instead.
    #[graphql(guard = "SignedIn")]
    async fn phone_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneDeletePayload>> {
        let command = phones::Delete { phone_id: id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneDeletePayload { phone, outcome }))
    }

    /// Ends the link of a phone to a person, to an organization, or to the address where it stood. The phone stays, and so does the past.
    /// What is not linked is left alone.
    #[graphql(guard = "SignedIn")]
    async fn phone_unlink(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] phone_id: Uuid,
        #[graphql(desc = "From whom, or from where.")] from: PhoneLinkTargetInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneUnlinkPayload>> {
        let command = phones::Unlink { phone_id, from: from.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneUnlinkPayload { phone, outcome }))
    }

    /// Makes a phone the primary one of a person or an organization that has it; the former primary stops being it.
    #[graphql(guard = "SignedIn")]
    async fn phone_set_primary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] phone_id: Uuid,
        #[graphql(desc = "Whose.")] of: MethodOwnerInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneSetPrimaryPayload>> {
        let command = phones::SetPrimary { phone_id, of: of.into() };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneSetPrimaryPayload { phone, outcome }))
    }

    /// Records that somebody at this number wants no text messages. It binds the number: every phone with it, whoever's, now and later.
    /// Only their own word, in a message of theirs, lifts it.
    #[graphql(guard = "SignedIn")]
    async fn phone_sms_opt_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneSmsOptOutPayload>> {
        let command = phones::OptOut { phone_id: id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneSmsOptOutPayload { phone, outcome }))
    }

    /// Records that the owner of this number asked for text messages again, by the message in which they did: it lifts the opt-out of the
    /// number, for everybody. Messages that come in by themselves (`POST /hooks/messages`) do it without anybody's help; this is for one
    /// that came another way. For `super_admin` alone, who needs a `reason`; INVALID for a message that is no START or is older than the STOP.
    #[graphql(guard = "SignedIn")]
    async fn phone_sms_opt_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The phone.")] id: Uuid,
        #[graphql(desc = "The message in which they asked for it.")] message: InboundMessageInput,
        #[graphql(
            desc = "How the message is known and where it is kept, for the log; at most 2,000 characters. Needed."
        )]
        reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<PhoneSmsOptInPayload>> {
        let command = message.command(id);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let phone = phone::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| PhoneSmsOptInPayload { phone, outcome }))
    }
}
