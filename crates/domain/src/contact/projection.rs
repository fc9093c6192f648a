//! What the events of a person do to the person's row, and to what other rows repeat of it. It decides nothing.

use chrono::{DateTime, Utc};
use liaison_entity::contact;
use sea_orm::{DbErr, EntityTrait};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Created;
use crate::edit::Changes;
use crate::event::Event;
use crate::session::Transaction;
use crate::sights::Touched;
use crate::{store, text};

/// What an event may change of the row.
const COLUMNS: &[&str] = &[
    "first_name",
    "last_name",
    "title",
    "department",
    "is_active",
    "edit_policy",
    "preferred_contact_method",
    "do_not_contact",
    "do_not_contact_reason",
    "do_not_contact_since",
    "do_not_contact_by",
    "user_id",
    "owner_organization_id",
];

/// The row of a person that came.
pub(crate) fn made(event: &Event) -> Result<contact::Model, DbErr> {
    Ok(event.facts::<Created>()?.row(event.stream_id, event.stream_version, event.recorded_at))
}

/// Marks what follows from the coming of a person.
pub(crate) fn touch_made(id: Uuid, touched: &mut Touched) {
    touched.contacts.insert(id);
    touched.named.insert(id);
    touched.made.insert(id);
}

pub(crate) async fn apply_created(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let rows: Vec<_> = run.iter().map(made).collect::<Result<_, _>>()?;
    run.iter().for_each(|event| touch_made(event.stream_id, touched));
    store::make::<contact::Entity>(transaction, &rows).await
}

impl Created {
    /// The row that the facts make.
    pub(crate) fn row(self, id: Uuid, version: i32, at: DateTime<Utc>) -> contact::Model {
        contact::Model {
            id,
            sort_name: sort_name(&self.first_name, &self.last_name),
            first_name: self.first_name,
            last_name: self.last_name,
            title: self.title,
            department: self.department,
            preferred_contact_method: self.preferred_contact_method,
            do_not_contact: false,
            do_not_contact_reason: None,
            do_not_contact_since: None,
            do_not_contact_by: None,
            is_active: true,
            owner_organization_id: self.owner_organization_id,
            edit_policy: self.edit_policy,
            user_id: None,
            merged_into_id: None,
            organization_count: 0,
            last_linked_at: None,
            version,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }

    /// The facts that make a row such as this.
    pub(crate) fn of_row(row: &contact::Model) -> Self {
        Self {
            first_name: row.first_name.clone(),
            last_name: row.last_name.clone(),
            title: row.title.clone(),
            department: row.department.clone(),
            preferred_contact_method: row.preferred_contact_method,
            owner_organization_id: row.owner_organization_id,
            edit_policy: row.edit_policy,
        }
    }
}

fn sort_name(first_name: &str, last_name: &str) -> String {
    text::sort_key(&[last_name, first_name])
}

/// Writes the columns that changed. What the directory orders and filters by follows from the name and the activity.
pub(crate) async fn apply_changed(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        change(transaction, event, touched).await?;
    }
    Ok(())
}

/// Writes what one event changed of a person, whatever else it says.
pub(super) async fn change(transaction: &Transaction, event: &Event, touched: &mut Touched) -> Result<(), DbErr> {
    let changes = Changes::of(event)?;
    let mut derived = Vec::new();
    if changes.touch(&["first_name", "last_name"]) {
        derived.push(("sort_name", json!(sort_name_after(transaction, event, &changes).await?)));
        touched.named.insert(event.stream_id);
    }
    if changes.touch(&["title", "department", "is_active", "user_id"]) {
        touched.compared.insert(event.stream_id);
    }
    store::update::<contact::Entity>(transaction, event, COLUMNS, &derived).await?;
    if changes.touch(&["first_name", "last_name", "is_active"]) {
        touched.renamed.insert(event.stream_id);
    }
    Ok(())
}

/// The sort name that follows from what changed and what did not.
async fn sort_name_after(transaction: &Transaction, event: &Event, changes: &Changes) -> Result<String, DbErr> {
    let row = contact::Entity::find_by_id(event.stream_id).one(transaction).await?;
    let row = row.ok_or_else(|| DbErr::Custom(format!("{} changes nobody", event.event_type)))?;
    let part = |column, old: String| changes.new_value(column).and_then(Value::as_str).map_or(old, str::to_owned);
    Ok(sort_name(&part("first_name", row.first_name), &part("last_name", row.last_name)))
}

/// Another steward sees them from now on, and the former only on other grounds.
pub(crate) async fn apply_transferred(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    touched.has_losses = true;
    for event in run {
        touched.contacts.insert(event.stream_id);
        store::update::<contact::Entity>(transaction, event, COLUMNS, &[]).await?;
    }
    Ok(())
}

/// Archived: in no list any more, and free the login that they stood for.
pub(crate) async fn apply_deleted(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        touched.contacts.insert(event.stream_id);
        touched.named.insert(event.stream_id);
        let row =
            Map::from_iter([("deleted_at".to_owned(), json!(event.recorded_at)), ("user_id".to_owned(), Value::Null)]);
        store::set::<contact::Entity>(transaction, event, row).await?;
    }
    Ok(())
}
