//! Filters of organizations: their own columns, and their people, phones, emails and addresses, each matched on the same row.

use liaison_entity::values::{OrganizationKind, PartnerType};
use liaison_entity::{organization_address, organization_contact, organization_email, organization_phone};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::super::linked::{LinkFilter, push_one_of};
use super::related::{Related, push_related};
use super::{Asked, Span, push_combined};
use crate::access::{Scope, SightedLink};
use crate::session::Sql;
use crate::text;

/// Which organizations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrganizationFilter {
    /// All of these.
    pub and: Vec<OrganizationFilter>,
    /// At least one of these, if there are any.
    pub or: Vec<OrganizationFilter>,
    /// Not this.
    pub not: Option<Box<OrganizationFilter>>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// Only these kinds.
    pub kinds: Option<Vec<OrganizationKind>>,
    /// Only these partner types.
    pub partner_types: Option<Vec<PartnerType>>,
    /// Only with this in the name, whatever its case and accents.
    pub name_contains: Option<String>,
    /// Only with these subdomains.
    pub subdomains: Option<Vec<String>>,
    /// Only active ones, or only others.
    pub is_active: Option<bool>,
    /// Only those that these partners brought.
    pub referring_partner_ids: Option<Vec<Uuid>>,
    /// Only those that a partner brought, or only others.
    pub has_referring_partner: Option<bool>,
    /// Only those that came into the directory then.
    pub created_at: Option<Span>,
    /// Only those that last changed then.
    pub updated_at: Option<Span>,
    /// Their people.
    pub contacts: Option<Related<LinkFilter>>,
    /// Their phones.
    pub phones: Option<Related<LinkFilter>>,
    /// Their email addresses.
    pub emails: Option<Related<LinkFilter>>,
    /// Their addresses.
    pub addresses: Option<Related<LinkFilter>>,
}

fn push_links<J: SightedLink>(sql: &mut Sql, scope: Scope, related: Option<&Related<LinkFilter>>) {
    if let Some(related) = related {
        push_related::<J, _>(sql, scope, related, |filter: &LinkFilter, sql| filter.push::<J>(sql, "r", "m"));
    }
}

impl OrganizationFilter {
    fn parts(&self) -> impl Iterator<Item = &Self> {
        self.and.iter().chain(&self.or).chain(self.not.as_deref())
    }

    /// The codes that it names.
    pub(in super::super) fn asked<'a>(&'a self, asked: &mut Asked<'a>) {
        asked.phones(self.phones.iter().flat_map(Related::filters));
        asked.emails(self.emails.iter().flat_map(Related::filters));
        self.parts().for_each(|part| part.asked(asked));
    }

    /// Pushes a condition on the organization `n`.
    pub(in super::super) fn push(&self, sql: &mut Sql, scope: Scope) {
        sql.push("TRUE");
        self.push_own(sql);
        push_links::<organization_contact::Entity>(sql, scope, self.contacts.as_ref());
        push_links::<organization_phone::Entity>(sql, scope, self.phones.as_ref());
        push_links::<organization_email::Entity>(sql, scope, self.emails.as_ref());
        push_links::<organization_address::Entity>(sql, scope, self.addresses.as_ref());
        let combined = (self.and.as_slice(), self.or.as_slice(), self.not.as_deref());
        push_combined(sql, combined, |part, sql| part.push(sql, scope));
    }

    /// What stands in the organization's own row.
    fn push_own(&self, sql: &mut Sql) {
        if let Some(ids) = &self.ids {
            sql.push(" AND n.id = ANY(").push_bind(ids.clone()).push(")");
        }
        if let Some(kinds) = &self.kinds {
            push_one_of(sql, "n.kind", kinds.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(types) = &self.partner_types {
            push_one_of(sql, "n.partner_type", types.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(part) = &self.name_contains {
            sql.push(" AND position(").push_bind(text::folded(part)).push(" IN n.sort_name) > 0");
        }
        if let Some(subdomains) = &self.subdomains {
            push_one_of(sql, "n.subdomain", subdomains.iter().map(|name| name.to_lowercase()).collect());
        }
        if let Some(is_active) = self.is_active {
            sql.push(format_args!(" AND n.is_active = {is_active}"));
        }
        if let Some(ids) = &self.referring_partner_ids {
            sql.push(" AND n.referring_partner_id = ANY(").push_bind(ids.clone()).push(")");
        }
        if let Some(has_partner) = self.has_referring_partner {
            sql.push(format_args!(" AND {has_partner} = (n.referring_partner_id IS NOT NULL)"));
        }
        for (span, column) in [(&self.created_at, "n.created_at"), (&self.updated_at, "n.updated_at")] {
            if let Some(span) = span {
                span.push(sql, column);
            }
        }
    }
}
