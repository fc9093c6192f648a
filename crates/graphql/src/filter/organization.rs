//! Filters and orders of organizations as clients write them. What they mean is the domain's matter.

use std::cell::Cell;

use async_graphql::{Enum, InputObject, Result};
use liaison_domain::reading;
use liaison_domain::search::Search;
use uuid::Uuid;

use super::check_size;
use super::link::{AddressLinkFilter, EmailLinkFilter, OrganizationContactFilter, PhoneLinkFilter};
use super::related::related;
use super::values::{CountFilterInput, DateTimeFilter, span, text, texts, values};
use crate::enums::{OrderDirection, OrganizationKind, PartnerType};

/// A condition on the people of an organization, as far as you see them.
#[derive(InputObject)]
pub struct OrganizationContactsFilter {
    /// At least one open link is such; all conditions hold for the same link.
    some: Option<OrganizationContactFilter>,
    /// No open link is such: `{types: [BILLING], isPrimary: true}` finds who has no primary billing contact.
    none: Option<OrganizationContactFilter>,
    /// So many people, however many roles they have.
    count: Option<CountFilterInput>,
}

/// A condition on the phones of an organization.
#[derive(InputObject)]
pub struct OrganizationPhonesFilter {
    /// At least one phone is such; all conditions hold for the same phone.
    some: Option<PhoneLinkFilter>,
    /// No phone is such.
    none: Option<PhoneLinkFilter>,
    /// So many phones.
    count: Option<CountFilterInput>,
}

/// A condition on the email addresses of an organization.
#[derive(InputObject)]
pub struct OrganizationEmailsFilter {
    /// At least one is such; all conditions hold for the same one.
    some: Option<EmailLinkFilter>,
    /// None is such.
    none: Option<EmailLinkFilter>,
    /// So many.
    count: Option<CountFilterInput>,
}

/// A condition on the addresses of an organization.
#[derive(InputObject)]
pub struct OrganizationAddressesFilter {
    /// At least one is such; all conditions hold for the same one.
    some: Option<AddressLinkFilter>,
    /// None is such.
    none: Option<AddressLinkFilter>,
    /// So many; one that is used for two things counts twice, as in the list of addresses.
    count: Option<CountFilterInput>,
}

/// Which organizations. All conditions hold; combine others with `and`, `or` and `not`. A list of values finds those with any of them,
/// an empty list none; what is left out or null is no condition. Everything is asked of what you see, and of nothing else.
#[derive(InputObject, Default)]
pub struct OrganizationFilter {
    /// All of these.
    and: Option<Vec<OrganizationFilter>>,
    /// At least one of these; an empty list is no condition.
    or: Option<Vec<OrganizationFilter>>,
    /// Not this.
    not: Option<Box<OrganizationFilter>>,
    /// Only these organizations.
    ids: Option<Vec<Uuid>>,
    /// Only these kinds.
    kinds: Option<Vec<OrganizationKind>>,
    /// Only these kinds of partner.
    partner_types: Option<Vec<PartnerType>>,
    /// Only with this in the name, whatever its case and accents: `acme` (US-8).
    name_contains: Option<String>,
    /// Only with these subdomains, in any case.
    subdomains: Option<Vec<String>>,
    /// Only active ones, or only others.
    is_active: Option<bool>,
    /// Only providers that these partners brought.
    referring_partner_ids: Option<Vec<Uuid>>,
    /// Only those that a partner brought, or only others.
    has_referring_partner: Option<bool>,
    /// Only those that came into the directory then.
    created_at: Option<DateTimeFilter>,
    /// Only those that last changed then.
    updated_at: Option<DateTimeFilter>,
    /// Their people.
    contacts: Option<OrganizationContactsFilter>,
    /// Their phones.
    phones: Option<OrganizationPhonesFilter>,
    /// Their email addresses.
    emails: Option<OrganizationEmailsFilter>,
    /// Their addresses.
    addresses: Option<OrganizationAddressesFilter>,
}

impl OrganizationFilter {
    /// The filter as the domain reads it.
    pub fn read(self) -> Result<reading::OrganizationFilter> {
        self.nested(0, &Cell::new(0))
    }

    fn nested(self, depth: usize, parts_so_far: &Cell<usize>) -> Result<reading::OrganizationFilter> {
        check_size(depth, parts_so_far)?;
        let parts = |list: Option<Vec<Self>>| -> Result<Vec<_>> {
            list.unwrap_or_default().into_iter().map(|part| part.nested(depth + 1, parts_so_far)).collect()
        };
        Ok(reading::OrganizationFilter {
            and: parts(self.and)?,
            or: parts(self.or)?,
            not: self.not.map(|part| part.nested(depth + 1, parts_so_far).map(Box::new)).transpose()?,
            ids: values("ids", self.ids)?,
            kinds: values("kinds", self.kinds)?,
            partner_types: values("partnerTypes", self.partner_types)?,
            name_contains: text("nameContains", self.name_contains)?,
            subdomains: texts("subdomains", self.subdomains)?,
            is_active: self.is_active,
            referring_partner_ids: values("referringPartnerIds", self.referring_partner_ids)?,
            has_referring_partner: self.has_referring_partner,
            created_at: span("createdAt", self.created_at)?,
            updated_at: span("updatedAt", self.updated_at)?,
            contacts: self
                .contacts
                .map(|f| related(f.some, f.none, f.count, OrganizationContactFilter::read))
                .transpose()?,
            phones: self.phones.map(|f| related(f.some, f.none, f.count, PhoneLinkFilter::read)).transpose()?,
            emails: self.emails.map(|f| related(f.some, f.none, f.count, EmailLinkFilter::read)).transpose()?,
            addresses: self.addresses.map(|f| related(f.some, f.none, f.count, AddressLinkFilter::read)).transpose()?,
        })
    }
}

/// By what organizations are ordered.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "reading::OrganizationOrder")]
pub enum OrganizationOrderField {
    /// By name.
    #[default]
    Name,
    /// By when they came into the directory.
    CreatedAt,
    /// By when they last changed.
    UpdatedAt,
    /// By how well they fit `search`, then by name; by name without a search.
    Relevance,
}

/// How organizations are ordered.
#[derive(InputObject, Default)]
pub struct OrganizationOrder {
    /// By what.
    #[graphql(default)]
    pub field: OrganizationOrderField,
    /// Which way.
    #[graphql(default)]
    pub direction: OrderDirection,
}

/// The list of organizations that the arguments ask for. Who searches wants the best first.
pub fn organizations(
    search: Option<Search>,
    filter: Option<OrganizationFilter>,
    order: Option<OrganizationOrder>,
) -> Result<reading::OrganizationQuery> {
    let usual = if search.is_some() { OrganizationOrderField::Relevance } else { OrganizationOrderField::Name };
    let order = order.unwrap_or(OrganizationOrder { field: usual, ..OrganizationOrder::default() });
    let OrganizationOrder { field, direction } = order;
    let filter = filter.unwrap_or_default().read()?;
    Ok(reading::OrganizationQuery { search, filter, order: field.into(), direction: direction.into() })
}
