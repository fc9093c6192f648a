//! The arguments of traversals: which links of a node, in which order.

use async_graphql::{Enum, InputObject, Result};
use liaison_domain::reading::{self, LinkFilter, LinkQuery};
use uuid::Uuid;

use super::preferences;
use super::values::{DateTimeFilter, codes, countries, span, texts, values};
use crate::enums::{AddressType, ContactMethod, ContactType, OrderDirection, VerificationState};
use crate::scalars::Date;

/// Which people of an organization. All conditions hold for the same role.
#[derive(InputObject, Default)]
pub struct OrganizationContactFilter {
    /// Only in these roles.
    types: Option<Vec<ContactType>>,
    /// Only the primary ones of their roles, or only the others.
    pub(super) is_primary: Option<bool>,
    /// Only people who are active, or only others.
    is_active: Option<bool>,
    /// Only people who prefer to be reached in one of these ways; `null` among them stands for those who have named none.
    preferred_contact_methods: Option<Vec<Option<ContactMethod>>>,
    /// Only people who must not be contacted, or only others.
    do_not_contact: Option<bool>,
    /// Only roles that were given then.
    linked_at: Option<DateTimeFilter>,
}

impl OrganizationContactFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            contact_types: values("types", self.types)?,
            is_primary: self.is_primary,
            contact_is_active: self.is_active,
            preferred_methods: preferences("preferredContactMethods", self.preferred_contact_methods)?,
            do_not_contact: self.do_not_contact,
            linked_at: span("linkedAt", self.linked_at)?,
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
    /// Only roles that were given then (US-11). Roles that ended are not looked at.
    linked_at: Option<DateTimeFilter>,
}

impl ContactOrganizationFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            organization_ids: values("organizationIds", self.organization_ids)?,
            contact_types: values("types", self.types)?,
            is_primary: self.is_primary,
            linked_at: span("linkedAt", self.linked_at)?,
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
    /// Only phones whose line wants no text messages, or only others.
    pub(super) is_sms_opted_out: Option<bool>,
    /// Only phones of which this is known.
    pub(super) verification_states: Option<Vec<VerificationState>>,
    /// Only with these labels, whatever their case and accents.
    pub(super) labels: Option<Vec<String>>,
    /// Only links that were made then.
    pub(super) linked_at: Option<DateTimeFilter>,
}

impl PhoneLinkFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            codes: codes(self.codes)?,
            is_primary: self.is_primary,
            is_sms_capable: self.is_sms_capable,
            is_sms_opted_out: self.is_sms_opted_out,
            verification_states: values("verificationStates", self.verification_states)?,
            labels: texts("labels", self.labels)?,
            linked_at: span("linkedAt", self.linked_at)?,
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
    /// Only addresses that take notifications, or only others.
    pub(super) is_notification_enabled: Option<bool>,
    /// Only addresses of which this is known.
    pub(super) verification_states: Option<Vec<VerificationState>>,
    /// Only with these labels, whatever their case and accents.
    pub(super) labels: Option<Vec<String>>,
    /// Only links that were made then.
    pub(super) linked_at: Option<DateTimeFilter>,
}

impl EmailLinkFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            codes: codes(self.codes)?,
            is_primary: self.is_primary,
            is_notification_enabled: self.is_notification_enabled,
            verification_states: values("verificationStates", self.verification_states)?,
            labels: texts("labels", self.labels)?,
            linked_at: span("linkedAt", self.linked_at)?,
            ..LinkFilter::default()
        })
    }
}

/// Which addresses. All conditions hold for the same one.
#[derive(InputObject, Default)]
pub struct AddressLinkFilter {
    /// Only those that the owner uses for one of these.
    types: Option<Vec<AddressType>>,
    /// Only with these labels, whatever their case and accents: `Downtown Office`.
    labels: Option<Vec<String>>,
    /// Only in these cities, whatever their case and accents.
    cities: Option<Vec<String>>,
    /// Only at these streets and numbers, whatever their case and accents: `123 Main St`.
    streets: Option<Vec<String>>,
    /// Only in these states, as they are written, in any case: `IL`.
    states: Option<Vec<String>>,
    /// Only with these postal codes, in any case.
    postal_codes: Option<Vec<String>>,
    /// Only in these countries, by their ISO 3166-1 codes of two letters: `US`.
    countries: Option<Vec<String>>,
    /// Only the primary ones of their types, or only the others.
    pub(super) is_primary: Option<bool>,
    /// Only links that were made then.
    linked_at: Option<DateTimeFilter>,
    /// Only those where the person is found on this day, both `startsOn` and `endsOn` included; all of them unless told, what is over and
    /// what is to come too. An organization is found at its addresses on every day.
    on_date: Option<Date>,
}

impl AddressLinkFilter {
    pub(super) fn read(self) -> Result<LinkFilter> {
        Ok(LinkFilter {
            address_types: values("types", self.types)?,
            labels: texts("labels", self.labels)?,
            cities: texts("cities", self.cities)?,
            streets: texts("streets", self.streets)?,
            states: texts("states", self.states)?,
            postal_codes: texts("postalCodes", self.postal_codes)?,
            countries: countries(self.countries)?,
            linked_at: span("linkedAt", self.linked_at)?,
            is_primary: self.is_primary,
            on_date: self.on_date.map(|day| day.0),
            ..LinkFilter::default()
        })
    }
}

/// Which places of a phone.
#[derive(InputObject, Default)]
pub struct PhoneAddressFilter {
    /// Only with these labels, whatever their case and accents: `Midtown Office`.
    labels: Option<Vec<String>>,
    /// Only in these cities, whatever their case and accents.
    cities: Option<Vec<String>>,
}

/// Which people hold a method.
#[derive(InputObject, Default)]
pub struct MethodContactFilter {
    /// Only people who are active, or only others.
    is_active: Option<bool>,
    /// Only those whose primary one it is, or only the others.
    pub(super) is_primary: Option<bool>,
    /// Only links that were made then.
    linked_at: Option<DateTimeFilter>,
}

/// Which organizations hold a method.
#[derive(InputObject, Default)]
pub struct MethodOrganizationFilter {
    /// Only these organizations.
    organization_ids: Option<Vec<Uuid>>,
    /// Only those whose primary one it is, or only the others.
    pub(super) is_primary: Option<bool>,
    /// Only links that were made then.
    linked_at: Option<DateTimeFilter>,
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
    /// By when the person last changed.
    UpdatedAt,
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
        OrganizationContactOrderField::UpdatedAt => reading::LinkOrder::UpdatedAt,
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
    let codes = codes(filter.unwrap_or_default().codes)?;
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
pub fn holders(filter: Option<MethodContactFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    let MethodContactFilter { is_active, is_primary, linked_at } = filter.unwrap_or_default();
    let linked_at = span("linkedAt", linked_at)?;
    Ok(query(LinkFilter { contact_is_active: is_active, is_primary, linked_at, ..LinkFilter::default() }, order))
}

/// The question for the organizations that hold a method.
pub fn holding_organizations(filter: Option<MethodOrganizationFilter>, order: Option<LinkOrder>) -> Result<LinkQuery> {
    let MethodOrganizationFilter { organization_ids, is_primary, linked_at } = filter.unwrap_or_default();
    let organization_ids = values("organizationIds", organization_ids)?;
    let linked_at = span("linkedAt", linked_at)?;
    Ok(query(LinkFilter { organization_ids, is_primary, linked_at, ..LinkFilter::default() }, order))
}
