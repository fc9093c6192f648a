//! The two vocabularies of method kinds. Defining and retiring them comes with their own mutations; here a command finds the code
//! that an input names, and the projector applies the definitions of the log.

use std::collections::HashMap;

use liaison_entity::{Code, email_code, phone_code};
use sea_orm::{ColumnTrait, DbErr, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;
use crate::failure::{Failure, Refusal};
use crate::session::{Transaction, Work};
use crate::store;

/// A code came into the vocabulary.
pub const DEFINED: &str = "code.defined";

/// Which vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Family {
    Phone,
    Email,
}

#[derive(Debug, Serialize, Deserialize)]
struct Defined {
    family: Family,
    code: String,
    label: String,
    description: Option<String>,
    sort_order: i32,
    is_system_managed: bool,
}

pub(crate) async fn apply_defined(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut phones = Vec::new();
    let mut emails = Vec::new();
    for event in run {
        let Defined { family, code, label, description, sort_order, is_system_managed } = event.facts()?;
        let (id, version, at) = (event.stream_id, event.stream_version, event.recorded_at);
        match family {
            Family::Phone => phones.push(phone_code::Model {
                id,
                code,
                label,
                description,
                sort_order,
                is_system_managed,
                is_active: true,
                version,
                created_at: at,
                updated_at: at,
                deleted_at: None,
            }),
            Family::Email => emails.push(email_code::Model {
                id,
                code,
                label,
                description,
                sort_order,
                is_system_managed,
                is_active: true,
                version,
                created_at: at,
                updated_at: at,
                deleted_at: None,
            }),
        }
    }
    store::insert::<phone_code::Entity>(transaction, phones).await?;
    store::insert::<email_code::Entity>(transaction, emails).await
}

/// The active codes of one vocabulary, by name, for a command that lets its user name one.
pub(crate) struct Vocabulary(HashMap<String, Uuid>);

impl Vocabulary {
    /// The codes for phones.
    pub async fn of_phones(work: &Work<'_>) -> Result<Self, Failure> {
        Self::of::<phone_code::Entity>(work, phone_code::Column::IsActive, phone_code::Column::DeletedAt).await
    }

    /// The codes for email addresses.
    pub async fn of_emails(work: &Work<'_>) -> Result<Self, Failure> {
        Self::of::<email_code::Entity>(work, email_code::Column::IsActive, email_code::Column::DeletedAt).await
    }

    async fn of<C: Code>(work: &Work<'_>, active: C::Column, deleted: C::Column) -> Result<Self, Failure> {
        let rows = C::find().filter(active.eq(true)).filter(deleted.is_null()).all(work.rows()).await?;
        Ok(Self(rows.iter().map(|row| (C::code(row).to_owned(), C::id(row))).collect()))
    }

    /// The id of the code that the input names.
    pub fn find(&self, name: &str) -> Result<Uuid, Refusal> {
        self.0.get(name).copied().ok_or_else(|| {
            let mut known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            known.sort_unstable();
            Refusal::invalid("code", format!("{name:?} is not an active code; use one of {}", known.join(", ")))
        })
    }
}
