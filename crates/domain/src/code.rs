//! The two vocabularies of method kinds: here a command finds the code that an input names, and the projector applies what came in.
//! Defining and retiring codes is in `define`. It knows no method.

mod define;

use std::collections::HashMap;
use std::sync::Arc;

use liaison_entity::{Code, Node, email_code, phone_code};
use sea_orm::{ColumnTrait, DbErr, QueryFilter};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

pub(crate) use define::apply_changed;
pub use define::{Define, Retire};

use crate::edit::Edit;
use crate::event::Event;
use crate::failure::{Failure, Refusal};
use crate::session::{Transaction, Work};
use crate::store;

/// The codes of phones that are one person's own, `mobile` and `home`: every installation has them under these ids (0011_codes_seeded.sql),
/// nobody renames a code, and no other gets a name that is taken.
const PERSONAL: [Uuid; 2] = [
    Uuid::from_u128(0x0000_0000_0000_7000_a001_0000_0000_0001),
    Uuid::from_u128(0x0000_0000_0000_7000_a001_0000_0000_0005),
];

/// Whether a phone with this code is one person's own: `search::texts::is_personal`, without a look at the code's name.
pub(crate) fn is_personal(phone_code_id: Uuid) -> bool {
    PERSONAL.contains(&phone_code_id)
}

/// A code came into the vocabulary.
pub const DEFINED: &str = "code.defined";
/// A code got another label, description or place, or came back into use.
pub const UPDATED: &str = "code.updated";
/// A code went out of use.
pub const RETIRED: &str = "code.retired";

/// Which vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Kinds of phones.
    Phone,
    /// Kinds of email addresses.
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

/// The codes of one vocabulary, by name, for a command that lets its user name one.
#[derive(Clone)]
pub(crate) struct Vocabulary(Arc<HashMap<String, Entry>>);

#[derive(Clone, Copy, Deserialize)]
struct Entry {
    id: Uuid,
    is_active: bool,
}

impl Vocabulary {
    /// The codes for phones.
    pub async fn of_phones(work: &Work<'_>) -> Result<Self, Failure> {
        match work.known_codes(Family::Phone) {
            Some(known) => Ok(known),
            None => Self::of::<phone_code::Entity>(work, phone_code::Column::DeletedAt, |code| code.is_active).await,
        }
    }

    /// The codes for email addresses.
    pub async fn of_emails(work: &Work<'_>) -> Result<Self, Failure> {
        match work.known_codes(Family::Email) {
            Some(known) => Ok(known),
            None => Self::of::<email_code::Entity>(work, email_code::Column::DeletedAt, |code| code.is_active).await,
        }
    }

    /// A vocabulary as one value of a statement that reads something else too, for [`Self::read`].
    pub fn column(family: Family) -> String {
        let table = match family {
            Family::Phone => <phone_code::Entity as Node>::TABLE,
            Family::Email => <email_code::Entity as Node>::TABLE,
        };
        format!(
            "(SELECT json_object_agg(k.code, json_build_object('id', k.id, 'is_active', k.is_active)) FROM {table} k WHERE k.deleted_at IS NULL)"
        )
    }

    /// The vocabulary that such a value is; none where it was not asked for.
    pub fn read(row: &PgRow, column: &str) -> Result<Option<Self>, sqlx::Error> {
        let codes: Option<Json<HashMap<String, Entry>>> = row.try_get(column)?;
        Ok(codes.map(|Json(codes)| Self(Arc::new(codes))))
    }

    async fn of<C: Code>(
        work: &Work<'_>,
        deleted: C::Column,
        is_active: impl Fn(&C::Model) -> bool,
    ) -> Result<Self, Failure> {
        let rows = C::find().filter(deleted.is_null()).all(work.rows()).await?;
        let known = |row: &C::Model| Entry { id: C::id(row), is_active: is_active(row) };
        Ok(Self(Arc::new(rows.iter().map(|row| (C::code(row).to_owned(), known(row))).collect())))
    }

    /// The id of the active code that the input names.
    pub fn find(&self, name: &str) -> Result<Uuid, Refusal> {
        self.0.get(name).filter(|code| code.is_active).map(|code| code.id).ok_or_else(|| {
            let mut active: Vec<&str> =
                self.0.iter().filter(|(_, code)| code.is_active).map(|(name, _)| name.as_str()).collect();
            active.sort_unstable();
            Refusal::invalid("code", format!("{name:?} is not an active code; use one of {}", active.join(", ")))
        })
    }

    /// What a code is called.
    pub fn name(&self, id: Uuid) -> &str {
        self.0.iter().find(|(_, code)| code.id == id).map_or("", |(name, _)| name.as_str())
    }

    /// The code that a thing has after an edit. Naming the one that it has changes nothing, even where that has been retired since.
    pub fn find_over(&self, edit: Edit<String>, current: Uuid) -> Result<Uuid, Refusal> {
        match edit {
            Edit::Set(name) if self.0.get(&name).is_none_or(|code| code.id != current) => self.find(&name),
            edit => edit.map(|_| current).over_required("code", current),
        }
    }
}
