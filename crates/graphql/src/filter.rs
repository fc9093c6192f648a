//! Filters and orders as clients write them. What they mean is the domain's matter; here they are only read.

pub mod link;
mod organization;
mod related;
mod values;

use std::cell::Cell;

use async_graphql::{Enum, InputObject, Result};
use liaison_domain::reading;
use liaison_domain::search::Search;
use uuid::Uuid;

use crate::enums::{ContactMethod, OrderDirection};
use crate::error;
use crate::role_period::ContactLinkHistoryFilter;
use link::{AddressLinkFilter, ContactOrganizationFilter};
use related::{
    ContactAddressesFilter, ContactEmailFilter, ContactEmailsFilter, ContactOrganizationsFilter, ContactPhoneFilter,
    ContactPhonesFilter, related,
};
use values::{DateTimeFilter, span, text};

pub use organization::{OrganizationFilter, OrganizationOrder, organizations};
pub(crate) use values::{texts, values};

/// The deepest nesting of and, or and not.
const DEEPEST: usize = 5;
/// The most parts that one filter combines.
const MOST_PARTS: usize = 100;

/// Which contacts. All conditions hold; combine others with `and`, `or` and `not`. A list of values finds those with any of them, an
/// empty list nobody; what is left out or null is no condition. Everything is asked of what you see, and of nothing else.
#[derive(InputObject, Default)]
pub struct ContactFilter {
    /// All of these.
    and: Option<Vec<ContactFilter>>,
    /// At least one of these; an empty list is no condition.
    or: Option<Vec<ContactFilter>>,
    /// Not this.
    not: Option<Box<ContactFilter>>,
    /// Only these contacts; the id of a record that was merged stands for the contact that stayed.
    ids: Option<Vec<Uuid>>,
    /// Only active ones, or only others.
    is_active: Option<bool>,
    /// Only with this given name, whatever its case and accents.
    first_name: Option<String>,
    /// Only with this family name, whatever its case and accents.
    last_name: Option<String>,
    /// Only with this in the title, whatever its case and accents: `director`.
    title_contains: Option<String>,
    /// Only with this in the department, whatever its case and accents.
    department_contains: Option<String>,
    /// Only those who prefer to be reached in one of these ways; `null` among them stands for those who have named none.
    preferred_contact_methods: Option<Vec<Option<ContactMethod>>>,
    /// Only those who must not be contacted, or only others.
    do_not_contact: Option<bool>,
    /// Only those who stand for a login, as far as you are told (`userId`), or only others.
    has_login: Option<bool>,
    /// Only those that these organizations own, as far as you see them.
    owner_organization_ids: Option<Vec<Uuid>>,
    /// Only those who came into the directory then.
    created_at: Option<DateTimeFilter>,
    /// Only those who last changed then: `{from: …}` finds what is new since.
    updated_at: Option<DateTimeFilter>,
    /// Where they work.
    organizations: Option<ContactOrganizationsFilter>,
    /// Where they have or had a role, also one that is over: at an organization, in a span of time (US-11). All conditions hold for the same
    /// period; `{}` finds whoever ever had one that you are told of.
    link_history: Option<ContactLinkHistoryFilter>,
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
            title_contains: text("titleContains", self.title_contains)?,
            department_contains: text("departmentContains", self.department_contains)?,
            preferred_methods: preferences("preferredContactMethods", self.preferred_contact_methods)?,
            do_not_contact: self.do_not_contact,
            has_login: self.has_login,
            owner_organization_ids: values("ownerOrganizationIds", self.owner_organization_ids)?,
            created_at: span("createdAt", self.created_at)?,
            updated_at: span("updatedAt", self.updated_at)?,
            organizations: self
                .organizations
                .map(|f| related(f.some, f.none, f.count, ContactOrganizationFilter::read))
                .transpose()?,
            role_periods: self.link_history.map(ContactLinkHistoryFilter::read).transpose()?,
            phones: self.phones.map(|f| related(f.some, f.none, f.count, ContactPhoneFilter::read)).transpose()?,
            emails: self.emails.map(|f| related(f.some, f.none, f.count, ContactEmailFilter::read)).transpose()?,
            addresses: self.addresses.map(|f| related(f.some, f.none, f.count, AddressLinkFilter::read)).transpose()?,
        })
    }
}

/// Ways to be reached, `null` among them for none.
fn preferences(
    field: &str,
    wanted: Option<Vec<Option<ContactMethod>>>,
) -> Result<Option<Vec<Option<liaison_domain::entity::values::ContactMethod>>>> {
    let wanted: Option<Vec<Option<ContactMethod>>> = values(field, wanted)?;
    Ok(wanted.map(|wanted| wanted.into_iter().map(|method| method.map(Into::into)).collect()))
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
    /// By when they last got a role that they still have: at your own organization; at any for `super_admin`. Who has none counts as
    /// linked before everybody else: with DESC they come last.
    LinkedAt,
    /// By at how many organizations they have a role, as far as you see: `organizationCount`.
    OrganizationCount,
    /// By how well they fit `search`, then by name; by name without a search. Whole names come first, then beginnings of family
    /// names, of names, and what stands within names; then beginnings of other words, what stands within them, and slips last.
    Relevance,
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

/// The list of contacts that the arguments ask for. Who searches wants the best first.
pub fn contacts(
    search: Option<Search>,
    filter: Option<ContactFilter>,
    order: Option<ContactOrder>,
) -> Result<reading::ContactQuery> {
    let usual = if search.is_some() { ContactOrderField::Relevance } else { ContactOrderField::Name };
    let ContactOrder { field, direction } = order.unwrap_or(ContactOrder { field: usual, ..ContactOrder::default() });
    let filter = filter.unwrap_or_default().read()?;
    Ok(reading::ContactQuery { search, filter, order: field.into(), direction: direction.into() })
}
