//! Phones, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::phone as phones;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::{MethodLinkInput, PhoneCreateInput, PhoneLinkTargetInput};
use crate::payload::{PhoneCreatePayload, PhoneLinkPayload};
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
}
