//! The vocabularies of method kinds in the API.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use liaison_domain::entity::{email_code, phone_code};
use uuid::Uuid;

use crate::change::{self, Change};
use crate::connection::Connection;
use crate::edges::Plain;
use crate::error::{self, Code};
use crate::traversal;

/// A code for phones.
#[derive(Clone)]
pub struct PhoneCode(pub Arc<phone_code::Model>);

/// What kind of phone a row is (ADR 0009 `PhoneCode`). Every installation has the system-managed ones.
#[Object]
impl PhoneCode {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// The name that other systems know; it never changes.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Its place among the others, lowest first.
    async fn sort_order(&self) -> i32 {
        self.0.sort_order
    }

    /// Whether every installation has it: it can be relabelled or deactivated, never renamed or deleted.
    async fn is_system_managed(&self) -> bool {
        self.0.is_system_managed
    }

    /// Whether new rows may use it.
    async fn is_active(&self) -> bool {
        self.0.is_active
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

/// A code for email addresses.
#[derive(Clone)]
pub struct EmailCode(pub Arc<email_code::Model>);

/// What kind of email address a row is (ADR 0009 `EmailCode`). Every installation has the system-managed ones.
#[Object]
impl EmailCode {
    /// Globally unique; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often it changed; pass it as `expectedVersion` to change only what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// The name that other systems know; it never changes.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Its place among the others, lowest first.
    async fn sort_order(&self) -> i32 {
        self.0.sort_order
    }

    /// Whether every installation has it: it can be relabelled or deactivated, never renamed or deleted.
    async fn is_system_managed(&self) -> bool {
        self.0.is_system_managed
    }

    /// Whether new rows may use it.
    async fn is_active(&self) -> bool {
        self.0.is_active
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

/// The code of a phone that is in sight; every reader sees the vocabulary.
pub async fn of_phone(context: &Context<'_>, id: Uuid) -> Result<PhoneCode> {
    phone_code_of_id(context, id).await?.ok_or_else(missing)
}

/// The code of an email address that is in sight.
pub async fn of_email(context: &Context<'_>, id: Uuid) -> Result<EmailCode> {
    email_code_of_id(context, id).await?.ok_or_else(missing)
}

fn missing() -> async_graphql::Error {
    error::error(Code::Internal, "something went wrong on our side; tell us the request id")
}

/// The code for phones with this id.
pub async fn phone_code_of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<PhoneCode>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<phone_code::Entity>(context, id).await?.map(PhoneCode))
}

/// The code for email addresses with this id.
pub async fn email_code_of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<EmailCode>> {
    let Some(id) = id.into() else { return Ok(None) };
    Ok(traversal::node::<email_code::Entity>(context, id).await?.map(EmailCode))
}
