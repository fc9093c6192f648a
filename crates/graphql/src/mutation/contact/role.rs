//! The roles of contacts at organizations, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::contact as contacts;
use liaison_domain::session::Mode;
use uuid::Uuid;

use crate::command::{Answered, Manner, Performed, perform};
use crate::contact;
use crate::context::{Request, SignedIn};
use crate::enums::ContactType;
use crate::input::ContactLinkInput;
use crate::payload::{ContactLinkPayload, ContactSetPrimaryPayload, ContactUnlinkPayload};

/// The roles of contacts, changed.
#[derive(Default)]
pub struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Gives a contact a role at your organization; at any, for `super_admin`; a partner may give its own people a role at a provider
    /// that it brought (US-2, US-4, US-10). Linking twice is linking once. Whom you do not see you link by the `linkToken` that
    /// `contactFindToLink` gave you, and see from then on.
    #[graphql(guard = "SignedIn")]
    async fn contact_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact, if you see it. Give this or `linkToken`.")] contact_id: Option<Uuid>,
        #[graphql(
            desc = "What `contactFindToLink` gave to your organization, good for 15 minutes. Give this or `contactId`. It cannot be rehearsed with `dryRun`."
        )]
        link_token: Option<String>,
        #[graphql(desc = "The role.")] link: ContactLinkInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactLinkPayload>> {
        let mode = if dry_run == Some(true) { Mode::Rehearsal } else { Mode::Real };
        let reader = Request::of(context).reader()?;
        let whom = match contacts::Whom::named(reader, contact_id, link_token.as_deref(), mode) {
            Ok(whom) => whom,
            Err(refusal) => {
                let refused = Performed::<Uuid>::refused(context, vec![refusal]);
                return Ok(refused.answer(|outcome| ContactLinkPayload { contact: None, outcome }));
            }
        };
        let command = contacts::Link {
            whom,
            organization_id: link.organization_id,
            contact_type: link.contact_type.into(),
            is_primary: link.is_primary,
        };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactLinkPayload { contact, outcome }))
    }

    /// Ends a contact's role at your organization, or all its roles there. The contact stays, and so does the past (US-4). What is
    /// not linked is left alone.
    #[graphql(guard = "SignedIn")]
    async fn contact_unlink(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] contact_id: Uuid,
        #[graphql(desc = "Where; your organization when left out.")] organization_id: Option<Uuid>,
        #[graphql(name = "type", desc = "The role; every role when left out.")] contact_type: Option<ContactType>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactUnlinkPayload>> {
        let done = perform(
            context,
            Manner { reason, expected_version, dry_run },
            &contacts::Unlink { contact_id, organization_id, contact_type: contact_type.map(Into::into) },
        )
        .await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactUnlinkPayload { contact, outcome }))
    }

    /// Makes a contact your organization's primary one in a role that it has; the former primary stops being it (US-5).
    #[graphql(guard = "SignedIn")]
    async fn contact_set_primary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] contact_id: Uuid,
        #[graphql(desc = "Where; your organization when left out.")] organization_id: Option<Uuid>,
        #[graphql(name = "type", desc = "The role.")] contact_type: ContactType,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactSetPrimaryPayload>> {
        let done = perform(
            context,
            Manner { reason, expected_version, dry_run },
            &contacts::SetPrimary { contact_id, organization_id, contact_type: contact_type.into() },
        )
        .await?;
        let contact = contact::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| ContactSetPrimaryPayload { contact, outcome }))
    }
}
