//! When people were added to which organizations and when that ended (US-11): every period of every role, also those that are over. Told
//! are the roles that are in sight while they are open, and their past.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use liaison_entity::values::ContactType;
use liaison_entity::{Node, organization, organization_contact};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::linked::push_one_of;
use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::{columns, model};
use crate::access::{Scope, SightedLink};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// A period of a role and the organization at which it is or was held.
#[derive(Clone, Debug)]
pub struct RolePeriod {
    /// The role and its period.
    pub role: organization_contact::Model,
    /// Where.
    pub organization: organization::Model,
}

/// Which periods are wanted; all conditions hold for the same period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RolePeriodFilter {
    /// Only at these organizations.
    pub organization_ids: Option<Vec<Uuid>>,
    /// Only in these roles.
    pub contact_types: Option<Vec<ContactType>>,
    /// Only periods that lasted at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Only periods that began before this instant.
    pub until: Option<DateTime<Utc>>,
}

impl RolePeriodFilter {
    /// Pushes ` AND …` for the row `alias` of a role, open or not.
    pub(super) fn push(&self, sql: &mut Sql, alias: &str) {
        if let Some(ids) = &self.organization_ids {
            sql.push(format_args!(" AND {alias}.organization_id = ANY(")).push_bind(ids.clone()).push(")");
        }
        if let Some(types) = &self.contact_types {
            push_one_of(sql, &format!("{alias}.contact_type"), types.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(from) = self.from {
            sql.push(format_args!(" AND ({alias}.unlinked_at IS NULL OR {alias}.unlinked_at > "));
            sql.push_bind(from).push(")");
        }
        if let Some(until) = self.until {
            sql.push(format_args!(" AND {alias}.linked_at < ")).push_bind(until);
        }
    }
}

/// A list of periods, by when they began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RolePeriodQuery {
    /// Which.
    pub filter: RolePeriodFilter,
    /// Which way.
    pub direction: Direction,
}

const LINKED_AT: Key = Key { expression: "l.linked_at", kind: KeyKind::Instant };

type Conditions<'a> = dyn Fn(&mut Sql) + Send + Sync + 'a;

fn push(sql: &mut Sql, scope: Scope, query: &RolePeriodQuery) {
    organization_contact::Entity::link_in_sight(scope, sql, "l");
    query.filter.push(sql, "l");
}

fn listing<'a>(direction: Direction, conditions: &'a Conditions<'a>) -> Listing<'a> {
    let (link, node) = (columns::<organization_contact::Entity>("l", "l_"), columns::<organization::Entity>("n", "n_"));
    let table = <organization::Entity as Node>::TABLE;
    Listing {
        columns: format!("{link}, {node}"),
        from: format!("organization_contacts l JOIN {table} n ON n.id = l.organization_id"),
        join: None,
        parent: Some("l.contact_id"),
        order: "ever",
        keys: &[LINKED_AT],
        id: "l.id",
        direction,
        conditions,
    }
}

/// The periods of each of these contacts, whom the viewer sees.
pub async fn role_periods(
    reader: &Reader,
    contacts: Vec<Uuid>,
    query: &RolePeriodQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<RolePeriod>>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| push(sql, scope, query);
    let listing = listing(query.direction, &conditions);
    let read = |row: &sea_orm::QueryResult| {
        let role = model::<organization_contact::Entity>(row, "l_")?;
        Ok(RolePeriod { role, organization: model::<organization::Entity>(row, "n_")? })
    };
    listing.of_parents(reader, contacts, page, read).await
}

/// How many periods each of these contacts has.
pub async fn count_role_periods(
    reader: &Reader,
    contacts: Vec<Uuid>,
    query: &RolePeriodQuery,
) -> Result<HashMap<Uuid, i64>, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| push(sql, scope, query);
    listing(query.direction, &conditions).count_of_parents(reader, contacts).await
}
