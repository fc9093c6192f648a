//! When a person was added to which organizations, and when that ended, in the API (US-11). Whose past is told the domain decides.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::access;
use liaison_domain::reading;
use liaison_domain::viewer::Viewer;
use uuid::Uuid;

use crate::connection::{Connection, Count, EdgeOf, page};
use crate::context::Request;
use crate::enums::{ContactType, OrderDirection};
use crate::filter;
use crate::organization::Organization;
use crate::{error, loaders};

/// A period in which a person had a role at an organization.
#[derive(SimpleObject)]
#[graphql(name = "ContactLinkHistoryEdge")]
pub struct RolePeriodEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// Where they have or had it.
    pub node: Organization,
    /// The role.
    #[graphql(name = "type")]
    pub contact_type: ContactType,
    /// Whether they are, or were at its end, the organization's primary one in this role.
    pub is_primary: bool,
    /// When it began.
    pub linked_at: DateTime<Utc>,
    /// The login that began it; null when another organization did.
    pub linked_by: Option<String>,
    /// Why it began; null when another organization began it.
    pub reason: Option<String>,
    /// When it ended; null while it lasts.
    pub unlinked_at: Option<DateTime<Utc>>,
    /// The login that ended it; null while it lasts, and when another organization ended it.
    pub unlinked_by: Option<String>,
    /// Why it ended; null while it lasts, and when another organization ended it.
    pub unlink_reason: Option<String>,
}

impl EdgeOf for RolePeriodEdge {
    type Node = Organization;
    const CONNECTION: &'static str = "ContactLinkHistoryConnection";

    fn node(&self) -> &Organization {
        &self.node
    }
}

impl RolePeriodEdge {
    fn of(viewer: &Viewer, cursor: String, period: &reading::RolePeriod) -> Self {
        let role = &period.role;
        let began = access::may_read_notes_of(viewer, role.linked_by_organization_id);
        let ended = role.unlinked_by_organization_id.is_some_and(|by| access::may_read_notes_of(viewer, by));
        Self {
            cursor,
            node: Organization(Arc::new(period.organization.clone())),
            contact_type: role.contact_type.into(),
            is_primary: role.is_primary,
            linked_at: role.linked_at,
            linked_by: began.then(|| role.linked_by.clone()),
            reason: role.reason.clone().filter(|_| began),
            unlinked_at: role.unlinked_at,
            unlinked_by: role.unlinked_by.clone().filter(|_| ended),
            unlink_reason: role.unlink_reason.clone().filter(|_| ended),
        }
    }
}

/// Which periods of roles; all conditions hold for the same period.
#[derive(InputObject, Default)]
pub struct ContactLinkHistoryFilter {
    /// Only at these organizations.
    organization_ids: Option<Vec<Uuid>>,
    /// Only in these roles.
    types: Option<Vec<ContactType>>,
    /// Only what lasted at this instant or later.
    from: Option<DateTime<Utc>>,
    /// Only what began before this instant. With `from`: what lasted at some time between the two.
    until: Option<DateTime<Utc>>,
}

impl ContactLinkHistoryFilter {
    /// The filter as the domain reads it.
    pub fn read(self) -> Result<reading::RolePeriodFilter> {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until <= from
        {
            return Err(error::bad_input("until must be after from: it does not belong to the span itself"));
        }
        Ok(reading::RolePeriodFilter {
            organization_ids: filter::values("organizationIds", self.organization_ids)?,
            contact_types: filter::values("types", self.types)?,
            from: self.from,
            until: self.until,
        })
    }
}

/// The periods of one person. They tell of the past by themselves, and are read in the present.
pub async fn of_contact(
    context: &Context<'_>,
    contact: Uuid,
    filter: Option<ContactLinkHistoryFilter>,
    direction: Option<OrderDirection>,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<RolePeriodEdge>> {
    let page = page(first, after, last, before)?;
    let view = Request::view(context)?;
    view.may_ask("linkHistory")?;
    let filter = filter.unwrap_or_default().read()?;
    let direction = direction.map_or(reading::Direction::Descending, Into::into);
    let query = reading::RolePeriodQuery { filter, direction };
    let (batches, reader) = (view.batches.clone(), view.reader.clone());
    let slice = loaders::role_periods(&batches, &reader, contact, query.clone(), page).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    let viewer = view.reader.viewer();
    let count: Count = Arc::new(move || {
        let (batches, reader, query) = (batches.clone(), reader.clone(), query.clone());
        Box::pin(async move { loaders::role_period_count(&batches, &reader, contact, query).await })
    });
    Ok(Connection::of(&slice, count, |cursor, row| RolePeriodEdge::of(viewer, cursor, row)))
}
