//! The inputs of what is done with contacts.

use async_graphql::{InputObject, MaybeUndefined};
use liaison_domain::contact::{self, MethodOf, Reach};
use liaison_domain::{address as addresses, email as emails, phone as phones};
use uuid::Uuid;

use super::{AddressOrNewInput, EmailOrNewInput, PhoneOrNewInput, edit};
use crate::enums::{AddressType, ContactMethod, ContactType, EditPolicy};
use crate::scalars::Date;

/// A role of a person at an organization.
#[derive(InputObject)]
pub struct ContactLinkInput {
    /// Where; your organization when left out.
    pub organization_id: Option<Uuid>,
    /// The role.
    #[graphql(name = "type")]
    pub contact_type: ContactType,
    /// Whether the person becomes the organization's primary one in this role; the former primary stops being it.
    pub is_primary: Option<bool>,
}

impl From<ContactLinkInput> for contact::Role {
    fn from(ContactLinkInput { organization_id, contact_type, is_primary }: ContactLinkInput) -> Self {
        Self { organization_id, contact_type: contact_type.into(), is_primary }
    }
}

/// A phone of a new contact.
#[derive(InputObject)]
pub struct ContactPhoneInput {
    /// Which phone.
    phone: PhoneOrNewInput,
    /// Whether it is the primary one; the first phone is when left out.
    is_primary: Option<bool>,
    /// Its place among the others, lowest first; the order of the list when left out.
    sort_order: Option<i32>,
}

impl From<ContactPhoneInput> for Reach<phones::Details> {
    fn from(ContactPhoneInput { phone, is_primary, sort_order }: ContactPhoneInput) -> Self {
        let method = match phone {
            PhoneOrNewInput::Id(id) => MethodOf::Existing(id),
            PhoneOrNewInput::Create(details) => MethodOf::New(details.into()),
        };
        Self { method, is_primary, sort_order }
    }
}

/// An email address of a new contact.
#[derive(InputObject)]
pub struct ContactEmailInput {
    /// Which email address.
    email: EmailOrNewInput,
    /// Whether it is the primary one; the first is when left out.
    is_primary: Option<bool>,
    /// Its place among the others, lowest first; the order of the list when left out.
    sort_order: Option<i32>,
}

impl From<ContactEmailInput> for Reach<emails::Details> {
    fn from(ContactEmailInput { email, is_primary, sort_order }: ContactEmailInput) -> Self {
        let method = match email {
            EmailOrNewInput::Id(id) => MethodOf::Existing(id),
            EmailOrNewInput::Create(details) => MethodOf::New(details.into()),
        };
        Self { method, is_primary, sort_order }
    }
}

/// An address of a new contact (ADR 0009 `UserAddress`).
#[derive(InputObject)]
pub struct ContactAddressInput {
    /// Which address.
    address: AddressOrNewInput,
    /// What the person uses it for; the address's own type when left out.
    #[graphql(name = "type")]
    address_type: Option<AddressType>,
    /// Whether it is the primary one of its type; the first is when left out.
    is_primary: Option<bool>,
    /// Its place among the others, lowest first; the order of the list when left out.
    sort_order: Option<i32>,
    /// The first day on which the person is found there.
    starts_on: Option<Date>,
    /// The last such day.
    ends_on: Option<Date>,
    /// The system that this comes from; with `sourceRecordId`.
    source_system: Option<String>,
    /// The id of the record there; with `sourceSystem`.
    source_record_id: Option<String>,
}

impl From<ContactAddressInput> for (MethodOf<addresses::Details>, addresses::Holding) {
    fn from(input: ContactAddressInput) -> Self {
        let method = match input.address {
            AddressOrNewInput::Id(id) => MethodOf::Existing(id),
            AddressOrNewInput::Create(details) => MethodOf::New(details.into()),
        };
        let holding = addresses::Holding {
            address_type: input.address_type.map(Into::into),
            is_primary: input.is_primary,
            sort_order: input.sort_order,
            source_system: input.source_system,
            source_record_id: input.source_record_id,
            starts_on: input.starts_on.map(|day| day.0),
            ends_on: input.ends_on.map(|day| day.0),
        };
        (method, holding)
    }
}

/// A new contact, with its roles, phones, emails and addresses at once: all of it is made, or nothing.
#[derive(InputObject)]
pub struct ContactCreateInput {
    /// Your own id for them, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// Given name, 1 to 200 characters.
    first_name: String,
    /// Family name, 1 to 200 characters.
    last_name: String,
    /// What they are: `Billing Manager`.
    title: Option<String>,
    /// Where in their organization they work.
    department: Option<String>,
    /// How they prefer to be reached.
    preferred_contact_method: Option<ContactMethod>,
    /// The organization that stewards the record; yours when left out.
    owner_organization_id: Option<Uuid>,
    /// Who beside the owner may edit; `LINKED_ORGANIZATIONS` for a provider's contact and `OWNER_ONLY` for others when left out.
    edit_policy: Option<EditPolicy>,
    /// Their roles at organizations, at most 50.
    #[graphql(default)]
    organizations: Vec<ContactLinkInput>,
    /// Their phones, at most 50.
    #[graphql(default)]
    phones: Vec<ContactPhoneInput>,
    /// Their email addresses, at most 50.
    #[graphql(default)]
    emails: Vec<ContactEmailInput>,
    /// Their addresses, at most 50.
    #[graphql(default)]
    addresses: Vec<ContactAddressInput>,
    /// Makes the contact even if somebody whom you see is likely the same person. Without it such a contact is refused with
    /// `LIKELY_DUPLICATE`.
    #[graphql(default)]
    allow_duplicate: bool,
}

impl From<ContactCreateInput> for contact::Create {
    fn from(input: ContactCreateInput) -> Self {
        Self {
            id: input.id,
            first_name: input.first_name,
            last_name: input.last_name,
            title: input.title,
            department: input.department,
            preferred_contact_method: input.preferred_contact_method.map(Into::into),
            owner_organization_id: input.owner_organization_id,
            edit_policy: input.edit_policy.map(Into::into),
            organizations: input.organizations.into_iter().map(Into::into).collect(),
            phones: input.phones.into_iter().map(Into::into).collect(),
            emails: input.emails.into_iter().map(Into::into).collect(),
            addresses: input.addresses.into_iter().map(Into::into).collect(),
            allow_duplicate: input.allow_duplicate,
        }
    }
}

/// What is to change of a contact: what is left out stays, null clears.
#[derive(InputObject)]
pub struct ContactUpdateInput {
    /// Given name, 1 to 200 characters.
    first_name: MaybeUndefined<String>,
    /// Family name, 1 to 200 characters.
    last_name: MaybeUndefined<String>,
    /// What they are: `Billing Manager`.
    title: MaybeUndefined<String>,
    /// Where in their organization they work.
    department: MaybeUndefined<String>,
    /// Whether they are active; lists of whom to call ask for it.
    is_active: MaybeUndefined<bool>,
    /// Who beside the owner may edit them. Only the owner's administrators say so.
    edit_policy: MaybeUndefined<EditPolicy>,
}

impl ContactUpdateInput {
    /// The command that changes this contact so.
    pub fn command(self, id: Uuid) -> contact::Update {
        contact::Update {
            id,
            first_name: edit(self.first_name),
            last_name: edit(self.last_name),
            title: edit(self.title),
            department: edit(self.department),
            is_active: edit(self.is_active),
            edit_policy: edit(self.edit_policy).map(Into::into),
        }
    }
}

/// What is to change of how a contact wants to be reached: what is left out stays, null clears.
#[derive(InputObject)]
pub struct ContactPreferencesInput {
    /// By what they prefer to be reached.
    preferred_contact_method: MaybeUndefined<ContactMethod>,
}

impl ContactPreferencesInput {
    /// The command that changes this contact's preferences so.
    pub fn command(self, id: Uuid) -> contact::SetPreferences {
        contact::SetPreferences { id, preferred_contact_method: edit(self.preferred_contact_method).map(Into::into) }
    }
}

/// What a system of your organization calls a contact.
#[derive(InputObject)]
pub struct ContactExternalIdInput {
    /// The system, such as `school-records`; at most 200 characters.
    pub source_system: String,
    /// What it calls them; at most 200 characters.
    pub external_id: String,
}
