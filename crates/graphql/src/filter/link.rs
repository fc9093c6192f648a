//! The arguments of traversals: which links of a node, in which order.

use async_graphql::{Enum, InputObject, Result};
use liaison_domain::reading::{self, LinkFilter, LinkQuery};
use uuid::Uuid;

use super::{texts, values};
use crate::enums::{AddressType, ContactType, OrderDirection};

/// Which people of an organization.
#[derive(InputObject, Default)]
pub struct OrganizationContactFilter {
    /// Only in these roles.
    types: Option<Vec<ContactType>>,
    /// Only the primary ones of their roles, or only the others.
    pub(super) is_primary: Option<bool>,
    /// Only people who are active, or only others.
    is_active: Option<bool>,
}

impl OrganizationContactFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            contact_types: values("types", self.types)?,
            is_primary: self.is_primary,
            contact_is_active: self.is_active,
            ..LinkFilter::default()
        })
    }
}

/// Which roles of a person at organizations. All conditions hold for the same link.
#[derive(InputObject, Default)]
pub struct ContactOrganizationFilter {
    /// Only at these organizations.
    organization_ids: Option<Vec<Uuid>>,
    /// Only in these roles.
    types: Option<Vec<ContactType>>,
    /// Only where the person is the primary one, or only elsewhere.
    pub(super) is_primary: Option<bool>,
}

impl ContactOrganizationFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            organization_ids: values("organizationIds", self.organization_ids)?,
            contact_types: values("types", self.types)?,
            is_primary: self.is_primary,
            ..LinkFilter::default()
        })
    }
}

/// Which phones. All conditions hold for the same phone.
#[derive(InputObject, Default)]
pub struct PhoneLinkFilter {
    /// Only of these codes: `mobile`, `office`, `fax`, …
    pub(super) codes: Option<Vec<String>>,
    /// Only the primary one, or only the others.
    pub(super) is_primary: Option<bool>,
    /// Only phones that take text messages, or only others.
    pub(super) is_sms_capable: Option<bool>,
}

impl PhoneLinkFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            codes: texts("codes", self.codes)?,
            is_primary: self.is_primary,
            is_sms_capable: self.is_sms_capable,
            ..LinkFilter::default()
        })
    }
}

/// Which phones stand at an address.
#[derive(InputObject, Default)]
pub struct AddressPhoneFilter {
    /// Only of these codes: `office`, `fax`, …
    pub(super) codes: Option<Vec<String>>,
}

/// Which email addresses. All conditions hold for the same one.
#[derive(InputObject, Default)]
pub struct EmailLinkFilter {
    /// Only of these codes: `work`, `billing`, …
    pub(super) codes: Option<Vec<String>>,
    /// Only the primary one, or only the others.
    pub(super) is_primary: Option<bool>,
}

impl EmailLinkFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter { codes: texts("codes", self.codes)?, is_primary: self.is_primary, ..LinkFilter::default() })
    }
}

/// Which addresses. All conditions hold for the same one.
#[derive(InputObject, Default)]
pub struct AddressLinkFilter {
    /// Only those that the owner uses for one of these.
    types: Option<Vec<AddressType>>,
    /// Only with these labels: `Downtown Office`.
    labels: Option<Vec<String>>,
    /// Only in these cities, in any case.
    cities: Option<Vec<String>>,
    /// Only at these streets and numbers, in any case: `123 Main St`.
    streets: Option<Vec<String>>,
    /// Only the primary ones of their types, or only the others.
    pub(super) is_primary: Option<bool>,
}

impl AddressLinkFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            address_types: values("types", self.types)?,
            labels: texts("labels", self.labels)?,
            cities: texts("cities", self.cities)?,
            streets: texts("streets", self.streets)?,
            is_primary: self.is_primary,
            ..LinkFilter::default()
        })
    }
}

/// Which places of a phone.
#[derive(InputObject, Default)]
pub struct PhoneAddressFilter {
    /// Only with these labels: `Midtown Office`.
    labels: Option<Vec<String>>,
    /// Only in these cities, in any case.
    cities: Option<Vec<String>>,
}

/// Which people hold a method.
#[derive(InputObject, Default)]
pub struct MethodContactFilter {
    /// Only people who are active, or only others.
    is_active: Option<bool>,
    /// Only those whose primary one it is, or only the others.
    pub(super) is_primary: Option<bool>,
}

/// Which organizations hold a method.
#[derive(InputObject, Default)]
pub struct MethodOrganizationFilter {
    /// Only these organizations.
    organization_ids: Option<Vec<Uuid>>,
    /// Only those whose primary one it is, or only the others.
    pub(super) is_primary: Option<bool>,
}

/// By what links are ordered.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkOrderField {
    /// As the owner keeps them: people and organizations by name; phones, emails and addresses with the primary one first, then by their sort order.
    #[default]
    Kept,
    /// By when the link was made.
    LinkedAt,
}

/// How links are ordered.
#[derive(InputObject, Default)]
pub struct LinkOrder {
    /// By what.
    #[graphql(default)]
    field: LinkOrderField,
    /// Which way.
    #[graphql(default)]
    direction: OrderDirection,
}

/// By what people of an organization are ordered.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrganizationContactOrderField {
    /// By family name, then given name.
    #[default]
    Name,
    /// By when the link was made.
    LinkedAt,
    /// By role, then by name.
    Type,
}

/// How people of an organization are ordered.
#[derive(InputObject, Default)]
pub struct OrganizationContactOrder {
    /// By what.
    #[graphql(default)]
    field: OrganizationContactOrderField,
    /// Which way.
    #[graphql(default)]
    direction: OrderDirection,
}

/// The question that a traversal's arguments make.
pub fn query(filter: LinkFilter, order: Option<LinkOrder>) -> LinkQuery {
    let LinkOrder { field, direction } = order.unwrap_or_default();
    let order = match field {
        LinkOrderField::Kept => reading::LinkOrder::Kept,
        LinkOrderField::LinkedAt => reading::LinkOrder::LinkedAt,
    };
    LinkQuery { filter, order, direction: direction.into() }
}

/// The question for the people of an organization.
pub fn people(filter: Option<OrganizationContactFilter>, order: Option<OrganizationContactOrder>) -> Result<LinkQuery> {
    let OrganizationContactOrder { field, direction } = order.unwrap_or_default();
    let order = match field {
        OrganizationContactOrderField::Name => reading::LinkOrder::Kept,
        OrganizationContactOrderField::LinkedAt => reading::LinkOrder::LinkedAt,
        OrganizationContactOrderField::Type => reading::LinkOrder::Type,
    };
    Ok(LinkQuery { filter: filter.unwrap_or_default().read()?, order, direction: direction.into() })
}

/// The question for the organizations of a person.
pub fn organizations(filter: Option<ContactOrganizationFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    Ok(query(filter.unwrap_or_default().read()?, order))
}

/// The question for the phones of an owner.
pub fn phones(filter: Option<PhoneLinkFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    Ok(query(filter.unwrap_or_default().read()?, order))
}

/// The question for the phones at an address.
pub fn phones_there(filter: Option<AddressPhoneFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    let codes = texts("codes", filter.unwrap_or_default().codes)?;
    Ok(query(LinkFilter { codes, ..LinkFilter::default() }, order))
}

/// The question for the email addresses of an owner.
pub fn emails(filter: Option<EmailLinkFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    Ok(query(filter.unwrap_or_default().read()?, order))
}

/// The question for the addresses of an owner, or where a phone stands.
pub fn addresses(filter: Option<AddressLinkFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    Ok(query(filter.unwrap_or_default().read()?, order))
}

/// The question for the places of a phone.
pub fn places(filter: Option<PhoneAddressFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    let PhoneAddressFilter { labels, cities } = filter.unwrap_or_default();
    let (labels, cities) = (texts("labels", labels)?, texts("cities", cities)?);
    Ok(query(LinkFilter { labels, cities, ..LinkFilter::default() }, order))
}

/// The question for an owner's primary method.
pub fn primary() -> LinkQuery {
    query(LinkFilter { is_primary: Some(true), ..LinkFilter::default() }, None)
}

/// The question for an organization's primary contact in a role.
pub fn primary_of(contact_type: ContactType) -> LinkQuery {
    let contact_types = Some(vec![contact_type.into()]);
    query(LinkFilter { contact_types, is_primary: Some(true), ..LinkFilter::default() }, None)
}

/// The question for a person's roles at one organization.
pub fn at_organization(id: Uuid) -> LinkQuery {
    query(LinkFilter { organization_ids: Some(vec![id]), ..LinkFilter::default() }, None)
}

/// The question for the people who hold a method.
pub fn holders(filter: Option<MethodContactFilter>, order: Option<LinkOrder>) -> LinkQuery {
    let MethodContactFilter { is_active, is_primary } = filter.unwrap_or_default();
    query(LinkFilter { contact_is_active: is_active, is_primary, ..LinkFilter::default() }, order)
}

/// The question for the organizations that hold a method.
pub fn holding_organizations(filter: Option<MethodOrganizationFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    let MethodOrganizationFilter { organization_ids, is_primary } = filter.unwrap_or_default();
    let organization_ids = values("organizationIds", organization_ids)?;
    Ok(query(LinkFilter { organization_ids, is_primary, ..LinkFilter::default() }, order))
}
