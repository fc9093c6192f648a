//! What students are to each other, in the API. What may stand beside what the domain decides.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use liaison_domain::entity::student_relationship;
use liaison_domain::relationship as relationships;
use liaison_domain::student_relationship::Kinship;
use uuid::Uuid;

use crate::change::{self, Change};
use crate::connection::Connection;
use crate::contact::{self, Contact};
use crate::edges::Plain;
use crate::organization::{self, Organization};
use crate::relationship::{self, RelationshipStatus};
use crate::scalars::Date;
use crate::traversal;

/// A row in sight.
#[derive(Clone)]
pub struct StudentRelationship(pub Arc<student_relationship::Model>);

/// What two students are to each other, for a while: one row, read from both sides (ADR 0009). The two never change; what else changes ends
/// the row and begins another.
#[Object]
impl StudentRelationship {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// One of the two; null when you do not see them any more.
    async fn student(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        contact::of_id(context, self.0.student_id).await.transpose()
    }

    /// The other; null when you do not see them any more.
    async fn related_student(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        contact::of_id(context, self.0.related_student_id).await.transpose()
    }

    /// What they are to each other: `sibling`.
    async fn label(&self) -> &str {
        &self.0.relationship_label
    }

    /// What it is on a day.
    async fn status(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The day; today in UTC unless told.")] on_date: Option<Date>,
    ) -> Result<RelationshipStatus> {
        Ok(relationships::status::<Kinship>(&self.0, relationship::day(context, on_date)?).into())
    }

    /// The first day.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// The last day; null while none is known.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// When it was voided; null when it was not.
    async fn voided_at(&self) -> Option<DateTime<Utc>> {
        self.0.voided_at
    }

    /// The login that voided it.
    async fn voided_by(&self) -> Option<&str> {
        self.0.voided_by.as_deref()
    }

    /// Why it was voided.
    async fn void_reason(&self) -> Option<&str> {
        self.0.void_reason.as_deref()
    }

    /// Whose record it is; nobody else sees it.
    async fn recorded_by(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.organization_id).await.transpose()
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// What happened to it, newest first: who, when, what was and is, and why. For those who may read history.
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

/// The relationship with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<StudentRelationship>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<student_relationship::Entity>(context, id).await?.map(StudentRelationship))
}
