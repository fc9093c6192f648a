//! Filters of the directory: typed, combined with and, or and not, and on related rows matched on the same row. They know the columns
//! and say nothing of what is in sight: that they ask `access`.

mod codes;
mod organizations;
mod related;

use chrono::{DateTime, Utc};
use liaison_entity::values::ContactMethod;
use liaison_entity::{contact_address, contact_email, contact_phone, organization};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::linked::LinkFilter;
use super::push_names_person;
use super::role_periods::RolePeriodFilter;
use crate::access::{self, Scope, Sighted};
use crate::session::{Reader, Sql};
use crate::text;
use crate::viewer::Viewer;

pub(super) use codes::Asked;
pub use organizations::OrganizationFilter;
pub(super) use related::{Condition, Reach, push_email, push_phone, push_rows};
pub use related::{CountFilter, MethodFilter, Related};
use related::{push_employers, push_former, push_related};

/// A span of time: its start belongs to it, its end does not. What is left out is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Then or later.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub until: Option<DateTime<Utc>>,
}

impl Span {
    /// Pushes ` AND …`: that a column lies in it.
    pub(super) fn push(&self, sql: &mut Sql, column: &str) {
        for (bound, than) in [(self.from, ">="), (self.until, "<")] {
            if let Some(bound) = bound {
                sql.push(format_args!(" AND {column} {than} ")).push_bind(bound);
            }
        }
    }
}

/// Pushes ` AND …`: that somebody prefers one of these ways to be reached; `None` among them stands for those who have named none.
pub(super) fn push_preferences(sql: &mut Sql, column: &str, wanted: &[Option<ContactMethod>]) {
    let named: Vec<String> = wanted.iter().flatten().map(ActiveEnum::to_value).collect();
    sql.push(format_args!(" AND ({column} = ANY(")).push_bind(named).push(")");
    if wanted.contains(&None) {
        sql.push(format_args!(" OR {column} IS NULL"));
    }
    sql.push(")");
}

/// Pushes ` AND …`: that a column holds a text, whatever its case and accents.
fn push_contains(sql: &mut Sql, column: &str, part: &str) {
    // Both sides by the same function of the database, which nothing that the column may hold tells apart.
    sql.push(" AND position(app.folded(").push_bind(part.to_owned());
    sql.push(format_args!("::text) IN app.folded({column})) > 0"));
}

/// Pushes ` AND …`: one of several alternatives, if there are any.
fn push_combined<F>(sql: &mut Sql, (and, or, not): (&[F], &[F], Option<&F>), push: impl Fn(&F, &mut Sql)) {
    for part in and {
        sql.push(" AND (");
        push(part, sql);
        sql.push(")");
    }
    if !or.is_empty() {
        sql.push(" AND (FALSE");
        for part in or {
            sql.push(" OR (");
            push(part, sql);
            sql.push(")");
        }
        sql.push(")");
    }
    if let Some(part) = not {
        // A condition on a column that is null is neither true nor false; who does not satisfy it is found by its opposite.
        sql.push(" AND (");
        push(part, sql);
        sql.push(") IS NOT TRUE");
    }
}

/// Who asks, as far as it decides what a filter means.
pub(super) struct Asker<'a> {
    viewer: &'a Viewer,
    scope: Scope,
    /// With which country phone numbers are read: the one of the viewer's organization, as when it enters them.
    region: String,
}

impl<'a> Asker<'a> {
    /// The one whose reader it is.
    pub(super) fn new(reader: &'a Reader, region: String) -> Self {
        Self { viewer: reader.viewer(), scope: reader.scope(), region }
    }

    pub(super) fn scope(&self) -> Scope {
        self.scope
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }
}

/// Which contacts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContactFilter {
    /// All of these.
    pub and: Vec<ContactFilter>,
    /// At least one of these, if there are any.
    pub or: Vec<ContactFilter>,
    /// Not this.
    pub not: Option<Box<ContactFilter>>,
    /// Only these, under whichever of their ids.
    pub ids: Option<Vec<Uuid>>,
    /// Only active ones, or only others.
    pub is_active: Option<bool>,
    /// Only those with this given name, whatever its case and accents.
    pub first_name: Option<String>,
    /// Only those with this family name, whatever its case and accents.
    pub last_name: Option<String>,
    /// Only those with this in the title, whatever its case and accents.
    pub title_contains: Option<String>,
    /// Only those with this in the department, whatever its case and accents.
    pub department_contains: Option<String>,
    /// Only those who prefer to be reached so; `None` stands for those who have named no way.
    pub preferred_methods: Option<Vec<Option<ContactMethod>>>,
    /// Only those who must not be contacted, or only others.
    pub do_not_contact: Option<bool>,
    /// Only those of whom the viewer is told that they stand for a login, or only others.
    pub has_login: Option<bool>,
    /// Only those of these stewards.
    pub owner_organization_ids: Option<Vec<Uuid>>,
    /// Only those who came into the directory then.
    pub created_at: Option<Span>,
    /// Only those who last changed then.
    pub updated_at: Option<Span>,
    /// Where they work.
    pub organizations: Option<Related<LinkFilter>>,
    /// Where they work or worked.
    pub role_periods: Option<RolePeriodFilter>,
    /// Their phones.
    pub phones: Option<Related<MethodFilter>>,
    /// Their email addresses.
    pub emails: Option<Related<MethodFilter>>,
    /// Their addresses.
    pub addresses: Option<Related<LinkFilter>>,
}

impl ContactFilter {
    /// Whether an index of everybody holds those that it asks for and no others, so that a page of them costs what its rows cost.
    pub(super) fn has_an_index(&self) -> bool {
        let shared =
            Related { count: Some(CountFilter { gt: Some(1), ..CountFilter::default() }), ..Related::default() };
        *self == Self::default() || *self == Self { organizations: Some(shared), ..Self::default() }
    }

    fn parts(&self) -> impl Iterator<Item = &Self> {
        self.and.iter().chain(&self.or).chain(self.not.as_deref())
    }

    /// Whether it asks for a phone number, which is read with a region.
    pub(super) fn asks_for_a_number(&self) -> bool {
        self.phones.as_ref().is_some_and(|phones| phones.filters().any(|filter| filter.value.is_some()))
            || self.parts().any(Self::asks_for_a_number)
    }

    /// The codes that it names.
    pub(super) fn asked<'a>(&'a self, asked: &mut Asked<'a>) {
        asked.phones(self.phones.iter().flat_map(Related::filters).map(|filter| &filter.link));
        asked.emails(self.emails.iter().flat_map(Related::filters).map(|filter| &filter.link));
        self.parts().for_each(|part| part.asked(asked));
    }

    /// Pushes a condition on the contact `n`.
    pub(super) fn push(&self, sql: &mut Sql, asker: &Asker<'_>) {
        sql.push("TRUE");
        self.push_own(sql, asker);
        if let Some(related) = &self.organizations {
            push_employers(sql, asker.scope, related);
        }
        if let Some(periods) = &self.role_periods {
            push_former(sql, asker.scope, periods);
        }
        if let Some(related) = &self.phones {
            push_related::<contact_phone::Entity, _>(sql, asker.scope, related, |filter, sql| {
                push_phone(filter, &asker.region, sql);
            });
        }
        if let Some(related) = &self.emails {
            push_related::<contact_email::Entity, _>(sql, asker.scope, related, push_email);
        }
        if let Some(related) = &self.addresses {
            push_related::<contact_address::Entity, _>(sql, asker.scope, related, |filter: &LinkFilter, sql| {
                filter.push::<contact_address::Entity>(sql, "r", "m");
            });
        }
        let combined = (self.and.as_slice(), self.or.as_slice(), self.not.as_deref());
        push_combined(sql, combined, |part, sql| part.push(sql, asker));
    }

    /// What stands in the contact's own row.
    fn push_own(&self, sql: &mut Sql, asker: &Asker<'_>) {
        if let Some(ids) = &self.ids {
            sql.push(" AND ");
            push_names_person(sql, asker.scope, "n.id", ids);
        }
        if let Some(is_active) = self.is_active {
            sql.push(format_args!(" AND n.is_active = {is_active}"));
        }
        if let Some(do_not_contact) = self.do_not_contact {
            sql.push(format_args!(" AND n.do_not_contact = {do_not_contact}"));
        }
        if let Some(wanted) = &self.preferred_methods {
            push_preferences(sql, "n.preferred_contact_method", wanted);
        }
        if let Some(has_login) = self.has_login {
            sql.push(format_args!(" AND {has_login} = (n.user_id IS NOT NULL AND "));
            access::login_in_sight(asker.viewer, sql, "n");
            sql.push(")");
        }
        if let Some(ids) = &self.owner_organization_ids {
            // Whose a contact is, is told only of organizations in sight: a filter must not be a way to try others.
            sql.push(" AND n.owner_organization_id IN (SELECT o.id FROM organizations_projection o WHERE o.id = ANY(");
            sql.push_bind(ids.clone()).push(") AND ");
            organization::Entity::in_sight(asker.scope, sql, "o");
            sql.push(")");
        }
        // The sort name is family name, U+0001, given name, both folded.
        for (name, place) in [(&self.last_name, 1), (&self.first_name, 2)] {
            if let Some(name) = name {
                sql.push(format_args!(" AND split_part(n.sort_name, E'\\x01', {place}) = "));
                sql.push_bind(text::folded(name));
            }
        }
        for (part, column) in [(&self.title_contains, "n.title"), (&self.department_contains, "n.department")] {
            if let Some(part) = part {
                push_contains(sql, column, part);
            }
        }
        for (span, column) in [(&self.created_at, "n.created_at"), (&self.updated_at, "n.updated_at")] {
            if let Some(span) = span {
                span.push(sql, column);
            }
        }
    }
}
