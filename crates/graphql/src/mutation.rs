//! The root of all change. Each mutation is one command in one transaction, run one after the other in the order of the request.

use async_graphql::{Context, Object, Result};
use liaison_domain::failure::Refusal;
use liaison_domain::method::Owner;
use liaison_domain::{
    address as addresses, contact as contacts, email as emails, facility as facilities, organization as organizations,
    phone as phones,
};
use uuid::Uuid;

use crate::context::{Done, Request, SignedIn};
use crate::enums::ContactType;
use crate::input::{
    AddressCreateInput, AddressHoldingInput, AddressLinkTargetInput, ContactCreateInput, ContactLinkInput,
    EmailCreateInput, EmailLinkTargetInput, FacilityCreateInput, MethodLinkInput, OrganizationCreateInput,
    PhoneCreateInput, PhoneLinkTargetInput,
};
use crate::payload::{
    AddressCreatePayload, AddressLinkPayload, ContactCreatePayload, ContactLinkPayload, ContactSetPrimaryPayload,
    ContactUnlinkPayload, EmailCreatePayload, EmailLinkPayload, FacilityCreatePayload, OrganizationCreatePayload,
    PhoneCreatePayload, PhoneLinkPayload, UserError,
};
use crate::{address, contact, email, facility, organization, phone};

/// The root of all change.
pub struct Mutation;

/// Everything that can be done. What the rules refuse comes back in `userErrors`, and then nothing was written.
#[Object]
impl Mutation {
    /// Makes an organization. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn organization_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new organization.")] organization: OrganizationCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<OrganizationCreatePayload> {
        let done = Request::of(context).run(reason, &organizations::Create::from(organization)).await?;
        let (id, user_errors, position) = read(done);
        let organization = match id {
            Some(id) => organization::of_id(context, id).await?,
            None => None,
        };
        Ok(OrganizationCreatePayload { organization, user_errors, position })
    }

    /// Makes a facility of your organization; of any, for `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn facility_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new facility.")] facility: FacilityCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<FacilityCreatePayload> {
        let done = Request::of(context).run(reason, &facilities::Create::from(facility)).await?;
        let (id, user_errors, position) = read(done);
        let facility = match id {
            Some(id) => facility::of_id(context, id).await?,
            None => None,
        };
        Ok(FacilityCreatePayload { facility, user_errors, position })
    }

    /// Makes a contact, with its roles, phones, emails and addresses at once (US-4).
    #[graphql(guard = "SignedIn")]
    async fn contact_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new contact.")] contact: ContactCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<ContactCreatePayload> {
        let done = Request::of(context).run(reason, &contacts::Create::from(contact)).await?;
        let (id, user_errors, position) = read(done);
        let contact = match id {
            Some(id) => contact::of_id(context, id).await?,
            None => None,
        };
        Ok(ContactCreatePayload { contact, user_errors, position })
    }

    /// Gives a contact a role at your organization; at any, for `super_admin`; a partner may give its own people a role at a provider
    /// that it brought (US-2, US-4, US-10). Linking twice is linking once.
    #[graphql(guard = "SignedIn")]
    async fn contact_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] contact_id: Uuid,
        #[graphql(desc = "The role.")] link: ContactLinkInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<ContactLinkPayload> {
        let done = Request::of(context)
            .run(
                reason,
                &contacts::Link {
                    contact_id,
                    organization_id: link.organization_id,
                    contact_type: link.contact_type.into(),
                    is_primary: link.is_primary,
                },
            )
            .await?;
        let (id, user_errors, position) = read(done);
        let contact = match id {
            Some(id) => contact::of_id(context, id).await?,
            None => None,
        };
        Ok(ContactLinkPayload { contact, user_errors, position })
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
    ) -> Result<ContactUnlinkPayload> {
        let done = Request::of(context)
            .run(reason, &contacts::Unlink { contact_id, organization_id, contact_type: contact_type.map(Into::into) })
            .await?;
        let (id, user_errors, position) = read(done);
        let contact = match id {
            Some(id) => contact::of_id(context, id).await?,
            None => None,
        };
        Ok(ContactUnlinkPayload { contact, user_errors, position })
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
    ) -> Result<ContactSetPrimaryPayload> {
        let done = Request::of(context)
            .run(reason, &contacts::SetPrimary { contact_id, organization_id, contact_type: contact_type.into() })
            .await?;
        let (id, user_errors, position) = read(done);
        let contact = match id {
            Some(id) => contact::of_id(context, id).await?,
            None => None,
        };
        Ok(ContactSetPrimaryPayload { contact, user_errors, position })
    }

    /// Makes a phone; link it with `phoneLink`.
    #[graphql(guard = "SignedIn")]
    async fn phone_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new phone.")] phone: PhoneCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<PhoneCreatePayload> {
        let done = Request::of(context).run(reason, &phones::Create(phone.into())).await?;
        let (id, user_errors, position) = read(done);
        let phone = match id {
            Some(id) => phone::of_id(context, id).await?,
            None => None,
        };
        Ok(PhoneCreatePayload { phone, user_errors, position })
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
    ) -> Result<PhoneLinkPayload> {
        let done = Request::of(context)
            .run(reason, &{
                let MethodLinkInput { is_primary, sort_order } = link.unwrap_or_default();
                phones::Link { phone_id, to: to.into(), is_primary, sort_order }
            })
            .await?;
        let (id, user_errors, position) = read(done);
        let phone = match id {
            Some(id) => phone::of_id(context, id).await?,
            None => None,
        };
        Ok(PhoneLinkPayload { phone, user_errors, position })
    }

    /// Makes an email address; link it with `emailLink`.
    #[graphql(guard = "SignedIn")]
    async fn email_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new email address.")] email: EmailCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<EmailCreatePayload> {
        let done = Request::of(context).run(reason, &emails::Create(email.into())).await?;
        let (id, user_errors, position) = read(done);
        let email = match id {
            Some(id) => email::of_id(context, id).await?,
            None => None,
        };
        Ok(EmailCreatePayload { email, user_errors, position })
    }

    /// Links an email address to a person or an organization. Linking twice is linking once.
    #[graphql(guard = "SignedIn")]
    async fn email_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The email address.")] email_id: Uuid,
        #[graphql(desc = "To whom.")] to: EmailLinkTargetInput,
        #[graphql(desc = "How.")] link: Option<MethodLinkInput>,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<EmailLinkPayload> {
        let done = Request::of(context)
            .run(reason, &{
                let MethodLinkInput { is_primary, sort_order } = link.unwrap_or_default();
                emails::Link { email_id, to: to.into(), is_primary, sort_order }
            })
            .await?;
        let (id, user_errors, position) = read(done);
        let email = match id {
            Some(id) => email::of_id(context, id).await?,
            None => None,
        };
        Ok(EmailLinkPayload { email, user_errors, position })
    }

    /// Makes a postal address; link it with `addressLink`.
    #[graphql(guard = "SignedIn")]
    async fn address_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new address.")] address: AddressCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
    ) -> Result<AddressCreatePayload> {
        let done = Request::of(context).run(reason, &addresses::Create(address.into())).await?;
        let (id, user_errors, position) = read(done);
        let address = match id {
            Some(id) => address::of_id(context, id).await?,
            None => None,
        };
        Ok(AddressCreatePayload { address, user_errors, position })
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
    ) -> Result<AddressLinkPayload> {
        let request = Request::of(context);
        let is_held = holding.is_some();
        let holding = holding.unwrap_or_default().into();
        let link = |to| addresses::Link { address_id, to, holding };
        let done = match to {
            AddressLinkTargetInput::ContactId(id) => request.run(reason, &link(Owner::Contact(id))).await?,
            AddressLinkTargetInput::OrganizationId(id) => request.run(reason, &link(Owner::Organization(id))).await?,
            AddressLinkTargetInput::PhoneId(_) if is_held => {
                let why = "holding is for people and organizations; leave it out where a phone stands at the address";
                Done::Refused(vec![Refusal::invalid("holding", why)])
            }
            AddressLinkTargetInput::PhoneId(id) => {
                request.run(reason, &addresses::Link::of_phone(address_id, id)).await?
            }
        };
        let (done_for, user_errors, position) = read(done);
        let address = match done_for {
            Some(_) => address::of_id(context, address_id).await?,
            None => None,
        };
        Ok(AddressLinkPayload { address, user_errors, position })
    }
}

/// The parts of a payload.
fn read(done: Done<Uuid>) -> (Option<Uuid>, Vec<UserError>, Option<String>) {
    match done {
        Done::Recorded { output, position } => (Some(output), Vec::new(), position),
        Done::Refused(refusals) => (None, refusals.into_iter().map(Into::into).collect(), None),
    }
}
