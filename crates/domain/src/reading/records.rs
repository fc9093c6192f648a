//! The lists of records about people: what an organization recorded, newest first, of everybody or of one person.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use liaison_entity::values::{Channel, Direction as Way, Outcome};
use liaison_entity::{Node, communication};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::linked::push_one_of;
use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::{columns, model, push_names_person};
use crate::access::{Scope, Sighted};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// Which communications are wanted; all conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CommunicationFilter {
    /// Only with these people.
    pub contact_ids: Option<Vec<Uuid>>,
    /// Only those that these organizations recorded.
    pub organization_ids: Option<Vec<Uuid>>,
    /// Only those that belong to these referrals.
    pub referral_ids: Option<Vec<Uuid>>,
    /// Only over these channels.
    pub channels: Option<Vec<Channel>>,
    /// Only begun by one side.
    pub direction: Option<Way>,
    /// Only what took place, or only what did not.
    pub outcome: Option<Outcome>,
    /// Only from this instant on.
    pub occurred_from: Option<DateTime<Utc>>,
    /// Only before this instant.
    pub occurred_until: Option<DateTime<Utc>>,
    /// Only records that were corrected by another, or only those that were not.
    pub is_corrected: Option<bool>,
}

/// Whose communications are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommunicationsOf {
    /// Those with a person.
    Contact,
    /// Those that belong to a referral.
    Referral,
}

/// A list of communications, by when they took place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommunicationQuery {
    /// Which.
    pub filter: CommunicationFilter,
    /// Which way.
    pub direction: Direction,
}

const OCCURRED_AT: Key = Key { expression: "n.occurred_at", kind: KeyKind::Instant };

impl CommunicationFilter {
    fn push(&self, sql: &mut Sql, scope: Scope) {
        communication::Entity::in_sight(scope, sql, "n");
        if let Some(ids) = &self.contact_ids {
            sql.push(" AND ");
            push_names_person(sql, scope, "n.contact_id", ids);
        }
        let ids = [("n.organization_id", &self.organization_ids), ("n.referral_id", &self.referral_ids)];
        for (column, ids) in ids {
            if let Some(ids) = ids {
                sql.push(format_args!(" AND {column} = ANY(")).push_bind(ids.clone()).push(")");
            }
        }
        if let Some(channels) = &self.channels {
            push_one_of(sql, "n.channel", channels.iter().map(ActiveEnum::to_value).collect());
        }
        if let Some(direction) = self.direction {
            sql.push(" AND n.direction = ").push_bind(direction.to_value());
        }
        if let Some(outcome) = self.outcome {
            sql.push(" AND n.outcome = ").push_bind(outcome.to_value());
        }
        if let Some(from) = self.occurred_from {
            sql.push(" AND n.occurred_at >= ").push_bind(from);
        }
        if let Some(until) = self.occurred_until {
            sql.push(" AND n.occurred_at < ").push_bind(until);
        }
        if let Some(is_corrected) = self.is_corrected {
            let word = if is_corrected { "EXISTS" } else { "NOT EXISTS" };
            sql.push(format_args!(" AND {word} (SELECT FROM communications newer WHERE newer.corrects_id = n.id)"));
        }
    }
}

type Conditions<'a> = dyn Fn(&mut Sql) + Send + Sync + 'a;

fn listing<'a>(of: CommunicationsOf, direction: Direction, conditions: &'a Conditions<'a>) -> Listing<'a> {
    Listing {
        columns: columns::<communication::Entity>("n", ""),
        from: format!("{} n", <communication::Entity as Node>::TABLE),
        join: None,
        parent: Some(match of {
            CommunicationsOf::Contact => "n.contact_id",
            CommunicationsOf::Referral => "n.referral_id",
        }),
        order: "occurred",
        keys: &[OCCURRED_AT],
        id: "n.id",
        direction,
        conditions,
    }
}

/// A page of the communications in sight.
pub async fn communications(
    reader: &Reader,
    query: &CommunicationQuery,
    page: &Page,
) -> Result<Slice<communication::Model>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    let listing = listing(CommunicationsOf::Contact, query.direction, &conditions);
    listing.whole(reader, page, |row| model::<communication::Entity>(row, "")).await
}

/// How many communications the query finds.
pub async fn count_communications(reader: &Reader, query: &CommunicationQuery) -> Result<i64, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(CommunicationsOf::Contact, query.direction, &conditions).count(reader).await
}

/// The communications of each of these.
pub async fn communications_of(
    reader: &Reader,
    of: CommunicationsOf,
    parents: Vec<Uuid>,
    query: &CommunicationQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<communication::Model>>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    let listing = listing(of, query.direction, &conditions);
    listing.of_parents(reader, parents, page, |row| model::<communication::Entity>(row, "")).await
}

/// How many communications each of these has.
pub async fn count_communications_of(
    reader: &Reader,
    of: CommunicationsOf,
    parents: Vec<Uuid>,
    query: &CommunicationQuery,
) -> Result<HashMap<Uuid, i64>, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(of, query.direction, &conditions).count_of_parents(reader, parents).await
}

/// The records that correct these, by what they correct.
pub async fn corrections(reader: &Reader, ids: Vec<Uuid>) -> Result<HashMap<Uuid, communication::Model>, Fault> {
    let mut sql = Sql::new(format!(
        "SELECT {} FROM communications n WHERE n.corrects_id = ANY(",
        columns::<communication::Entity>("n", "")
    ));
    sql.push_bind(ids).push(") AND ");
    communication::Entity::in_sight(reader.scope(), &mut sql, "n");
    let rows = reader.fetch(sql).await?;
    let models = rows.into_iter().map(|row| model::<communication::Entity>(&row.into(), ""));
    models.map(|model| model.map(|row| (row.corrects_id.unwrap_or(row.id), row))).collect()
}
