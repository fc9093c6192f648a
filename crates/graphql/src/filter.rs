//! Filters and orders as clients write them. What they mean is the domain's matter; here they are only read.

pub mod link;

use std::cell::Cell;

use async_graphql::{Enum, InputObject, Result};
use liaison_domain::reading::{self, CountFilter, MethodFilter, Related};
use uuid::Uuid;

use crate::enums::{OrderDirection, OrganizationKind, PartnerType};
use crate::error;
use crate::scalars::{EmailAddress, PhoneNumber};
use link::{AddressLinkFilter, ContactOrganizationFilter, EmailLinkFilter, PhoneLinkFilter};

/// The longest list of values that a filter takes.
const MOST_VALUES: usize = 500;
/// The deepest nesting of and, or and not.
const DEEPEST: usize = 5;
/// The most parts that one filter combines.
const MOST_PARTS: usize = 100;

/// A list of values, bounded.
pub(crate) fn values<T, U: From<T>>(field: &str, values: Option<Vec<T>>) -> Result<Option<Vec<U>>> {
    match values {
        Some(values) if values.len() > MOST_VALUES => Err(error::bad_input(format!(
            "{field} may have at most {MOST_VALUES} values; it has {}: ask in several requests",
            values.len()
        ))),
        values => Ok(values.map(|values| values.into_iter().map(U::from).collect())),
    }
}

/// Text of a filter, as it can be compared.
fn text(field: &str, value: Option<String>) -> Result<Option<String>> {
    let value = liaison_domain::text::optional_line(field, value.as_deref(), 300);
    value.map_err(|refusal| error::bad_input(refusal.message))
}

fn texts(field: &str, list: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    let list: Option<Vec<String>> = values(field, list)?;
    list.map(|list| list.into_iter().map(|one| Ok(text(field, Some(one))?.unwrap_or_default())).collect()).transpose()
}

/// Bounds on a number of related rows; all that are given hold.
#[derive(InputObject, Default)]
#[graphql(name = "CountFilter")]
pub struct CountFilterInput {
    /// Exactly so many.
    eq: Option<i32>,
    /// More than so many.
    gt: Option<i32>,
    /// So many or more.
    gte: Option<i32>,
    /// Fewer than so many.
    lt: Option<i32>,
    /// So many or fewer.
    lte: Option<i32>,
}

impl CountFilterInput {
    fn read(self) -> Result<CountFilter> {
        let bound = |name: &str, asked: Option<i32>| -> Result<Option<u32>> {
            let wrong = |asked| error::bad_input(format!("count.{name} must be 0 or more; it is {asked}"));
            asked.map(|asked| u32::try_from(asked).map_err(|_| wrong(asked))).transpose()
        };
        Ok(CountFilter {
            eq: bound("eq", self.eq)?,
            gt: bound("gt", self.gt)?,
            gte: bound("gte", self.gte)?,
            lt: bound("lt", self.lt)?,
            lte: bound("lte", self.lte)?,
        })
    }
}

/// A condition on where a person works.
#[derive(InputObject)]
pub struct ContactOrganizationsFilter {
    /// At least one open link is such; all conditions hold for the same link.
    some: Option<ContactOrganizationFilter>,
    /// No open link is such.
    none: Option<ContactOrganizationFilter>,
    /// So many organizations, however many roles the person has there: `{gt: 1}` finds shared contacts.
    count: Option<CountFilterInput>,
}

/// A phone by its link and its number.
#[derive(InputObject, Default)]
pub struct ContactPhoneFilter {
    /// The number in any spelling; the same line in another spelling matches too.
    number: Option<PhoneNumber>,
    /// Only of these codes: `mobile`, `office`, `fax`, …
    codes: Option<Vec<String>>,
    /// Only the primary one, or only the others.
    is_primary: Option<bool>,
    /// Only phones that take text messages, or only others.
    is_sms_capable: Option<bool>,
}

impl ContactPhoneFilter {
    fn read(self) -> Result<MethodFilter> {
        let Self { number, codes, is_primary, is_sms_capable } = self;
        let value = text("number", number.map(|number| number.0))?;
        Ok(MethodFilter { link: PhoneLinkFilter { codes, is_primary, is_sms_capable }.read()?, value })
    }
}

/// A condition on a person's phones.
#[derive(InputObject)]
pub struct ContactPhonesFilter {
    /// At least one phone is such; all conditions hold for the same phone.
    some: Option<ContactPhoneFilter>,
    /// No phone is such.
    none: Option<ContactPhoneFilter>,
    /// So many phones.
    count: Option<CountFilterInput>,
}

/// An email address by its link and its text.
#[derive(InputObject, Default)]
pub struct ContactEmailFilter {
    /// The address in any case.
    address: Option<EmailAddress>,
    /// Only of these codes: `work`, `billing`, …
    codes: Option<Vec<String>>,
    /// Only the primary one, or only the others.
    is_primary: Option<bool>,
}

impl ContactEmailFilter {
    fn read(self) -> Result<MethodFilter> {
        let Self { address, codes, is_primary } = self;
        let value = text("address", address.map(|address| address.0))?;
        Ok(MethodFilter { link: EmailLinkFilter { codes, is_primary }.read()?, value })
    }
}

/// A condition on a person's email addresses.
#[derive(InputObject)]
pub struct ContactEmailsFilter {
    /// At least one is such; all conditions hold for the same one.
    some: Option<ContactEmailFilter>,
    /// None is such.
    none: Option<ContactEmailFilter>,
    /// So many.
    count: Option<CountFilterInput>,
}

/// A condition on a person's addresses.
#[derive(InputObject)]
pub struct ContactAddressesFilter {
    /// At least one is such; all conditions hold for the same one.
    some: Option<AddressLinkFilter>,
    /// None is such.
    none: Option<AddressLinkFilter>,
    /// So many.
    count: Option<CountFilterInput>,
}

fn related<I, F>(
    some: Option<I>,
    none: Option<I>,
    count: Option<CountFilterInput>,
    read: impl Fn(I) -> Result<F>,
) -> Result<Related<F>> {
    let count = count.map(CountFilterInput::read).transpose()?;
    Ok(Related { some: some.map(&read).transpose()?, none: none.map(&read).transpose()?, count })
}

/// Which contacts. All conditions hold; combine others with `and`, `or` and `not`.
#[derive(InputObject, Default)]
pub struct ContactFilter {
    /// All of these.
    and: Option<Vec<ContactFilter>>,
    /// At least one of these.
    or: Option<Vec<ContactFilter>>,
    /// Not this.
    not: Option<Box<ContactFilter>>,
    /// Only these contacts.
    ids: Option<Vec<Uuid>>,
    /// Only active ones, or only others.
    is_active: Option<bool>,
    /// Only with this given name, whatever its case and accents.
    first_name: Option<String>,
    /// Only with this family name, whatever its case and accents.
    last_name: Option<String>,
    /// Only those that these organizations own.
    owner_organization_ids: Option<Vec<Uuid>>,
    /// Where they work.
    organizations: Option<ContactOrganizationsFilter>,
    /// Their phones.
    phones: Option<ContactPhonesFilter>,
    /// Their email addresses.
    emails: Option<ContactEmailsFilter>,
    /// Their addresses.
    addresses: Option<ContactAddressesFilter>,
}

impl ContactFilter {
    /// The filter as the domain reads it.
    pub fn read(self) -> Result<reading::ContactFilter> {
        self.nested(0, &Cell::new(0))
    }

    fn nested(self, depth: usize, parts_so_far: &Cell<usize>) -> Result<reading::ContactFilter> {
        check_size(depth, parts_so_far)?;
        let parts = |list: Option<Vec<Self>>| -> Result<Vec<_>> {
            list.unwrap_or_default().into_iter().map(|part| part.nested(depth + 1, parts_so_far)).collect()
        };
        Ok(reading::ContactFilter {
            and: parts(self.and)?,
            or: parts(self.or)?,
            not: self.not.map(|part| part.nested(depth + 1, parts_so_far).map(Box::new)).transpose()?,
            ids: values("ids", self.ids)?,
            is_active: self.is_active,
            first_name: text("firstName", self.first_name)?,
            last_name: text("lastName", self.last_name)?,
            owner_organization_ids: values("ownerOrganizationIds", self.owner_organization_ids)?,
            organizations: self
                .organizations
                .map(|f| related(f.some, f.none, f.count, ContactOrganizationFilter::read))
                .transpose()?,
            phones: self.phones.map(|f| related(f.some, f.none, f.count, ContactPhoneFilter::read)).transpose()?,
            emails: self.emails.map(|f| related(f.some, f.none, f.count, ContactEmailFilter::read)).transpose()?,
            addresses: self.addresses.map(|f| related(f.some, f.none, f.count, AddressLinkFilter::read)).transpose()?,
        })
    }
}

fn check_size(depth: usize, parts_so_far: &Cell<usize>) -> Result<()> {
    parts_so_far.set(parts_so_far.get() + 1);
    if depth > DEEPEST {
        return Err(error::bad_input(format!(
            "a filter may nest and, or and not at most {DEEPEST} deep: conditions side by side in one object all hold"
        )));
    }
    if parts_so_far.get() > MOST_PARTS {
        let message = format!(
            "a filter may combine at most {MOST_PARTS} parts; lists such as ids or types take many values in one"
        );
        return Err(error::bad_input(message));
    }
    Ok(())
}

/// Which organizations. All conditions hold; combine others with `and`, `or` and `not`.
#[derive(InputObject, Default)]
pub struct OrganizationFilter {
    /// All of these.
    and: Option<Vec<OrganizationFilter>>,
    /// At least one of these.
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
        })
    }
}

/// By what contacts are ordered.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "reading::ContactOrder")]
pub enum ContactOrderField {
    /// By family name, then given name.
    #[default]
    Name,
    /// By when they came into the directory.
    CreatedAt,
    /// By when they last changed.
    UpdatedAt,
}

/// How contacts are ordered.
#[derive(InputObject, Default)]
pub struct ContactOrder {
    /// By what.
    #[graphql(default)]
    pub field: ContactOrderField,
    /// Which way.
    #[graphql(default)]
    pub direction: OrderDirection,
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

/// The list of contacts that the arguments ask for.
pub fn contacts(filter: Option<ContactFilter>, order: Option<ContactOrder>) -> Result<reading::ContactQuery> {
    let ContactOrder { field, direction } = order.unwrap_or_default();
    let filter = filter.unwrap_or_default().read()?;
    Ok(reading::ContactQuery { filter, order: field.into(), direction: direction.into() })
}

/// The list of organizations that the arguments ask for.
pub fn organizations(
    filter: Option<OrganizationFilter>,
    order: Option<OrganizationOrder>,
) -> Result<reading::OrganizationQuery> {
    let OrganizationOrder { field, direction } = order.unwrap_or_default();
    let filter = filter.unwrap_or_default().read()?;
    Ok(reading::OrganizationQuery { filter, order: field.into(), direction: direction.into() })
}
