//! Facilities in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::facility;
use liaison_domain::reading::Way;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::connection::Connection;
use crate::edges::{Plain, StaffEdge};
use crate::organization::{self, Organization};
use crate::relationship::{self, StaffAssignmentFilter};
use crate::scalars::Date;
use crate::traversal;

/// A facility in sight.
#[derive(Clone)]
pub struct Facility(pub Arc<facility::Model>);

/// A site of an organization; staff assignments point at one.
#[Object]
impl Facility {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it is in use.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// When it came into the directory.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Whose site it is.
    async fn organization(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.organization_id).await.transpose()
    }

    /// Who works there, as your organization recorded it, by name.
    async fn staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "As it is on this day; today in UTC unless told.")] on_date: Option<Date>,
        #[graphql(desc = "Which of them; those that hold on the day unless told.")] filter: Option<
            StaffAssignmentFilter,
        >,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<StaffEdge>> {
        relationship::staff(context, Way::StaffOfFacility, self.0.id, (on_date, filter), (first, after, last, before))
            .await
    }

    /// What happened to it and to its links, newest first: who, when, what was and is, and why. For those who may read history.
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Plain<Change>>>> {
        Some(change::past(context, self.0.id, first, after, last, before).await)
    }
}

/// The facility with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Facility>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<facility::Entity>(context, id).await?.map(Facility))
}
