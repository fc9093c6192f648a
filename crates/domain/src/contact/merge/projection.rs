//! What a merge and its undoing do to the rows: each image is written as it stands in the event, live and in a replay alike. It decides
//! nothing; columns and tables that are not a merge's to write are refused.

use std::collections::BTreeMap;

use liaison_entity::contact_merge;
use sea_orm::DbErr;
use serde_json::Value;
use sqlx::Row as _;
use uuid::Uuid;

use super::book::Image;
use super::table::{ADDRESSES, EMAILS, PHONES, Table, named};
use super::{Merged, Reverted};
use crate::contact::projection;
use crate::edit::Changes;
use crate::event::Event;
use crate::session::{Sql, Transaction};
use crate::sights::Touched;
use crate::{link, store};

pub(crate) async fn apply_merged(transaction: &Transaction, run: &[Event], touched: &mut Touched) -> Result<(), DbErr> {
    for event in run {
        let facts: Merged = event.facts()?;
        write(transaction, event, facts.duplicate_id, &facts.moved, touched).await?;
        let row = contact_merge::Model {
            id: facts.merge_id,
            survivor_id: event.stream_id,
            duplicate_id: facts.duplicate_id,
            moved: event.data.clone(),
            reason: event.metadata.reason.clone(),
            merged_at: event.recorded_at,
            merged_by: event.metadata.actor.clone(),
            reverted_at: None,
            reverted_by: None,
            version: 1,
            survivor_version: event.stream_version,
        };
        store::insert::<contact_merge::Entity>(transaction, vec![row]).await?;
    }
    Ok(())
}

pub(crate) async fn apply_reverted(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        let facts: Reverted = event.facts()?;
        write(transaction, event, facts.duplicate_id, &facts.moved, touched).await?;
        let mut sql = Sql::new("UPDATE contact_merges SET version = version + 1, reverted_at = ");
        sql.push_bind(event.recorded_at).push(", reverted_by = ").push_bind(&event.metadata.actor);
        sql.push(" WHERE id = ").push_bind(facts.merge_id);
        changed(transaction.execute(sql).await?, 1, "contact_merges")?;
    }
    Ok(())
}

/// Writes the images and what changed of the survivor.
async fn write(
    transaction: &Transaction,
    event: &Event,
    duplicate_id: Uuid,
    moved: &[Image],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let people = [event.stream_id, duplicate_id];
    touched.has_losses = true;
    touched.contacts.extend(people);
    touched.holders.extend(people);
    touched.named.extend(people);
    // A login goes from one to the other, and stands for one of them at a time.
    let mut sql = Sql::new("UPDATE contacts_projection SET updated_at = ");
    sql.push_bind(event.recorded_at);
    if moved.iter().any(|image| image.after.contains_key("user_id")) {
        sql.push(", user_id = NULL");
    }
    sql.push(" WHERE id = ").push_bind(duplicate_id);
    transaction.execute(sql).await?;
    free_login(transaction, event).await?;
    write_images(transaction, event, moved).await?;
    projection::change(transaction, event, touched).await?;
    for person in people {
        link::repeat_contact(transaction, person).await?;
    }
    repeat(transaction, moved).await?;
    touch_methods(transaction, moved, touched).await
}

/// What a merge or its undoing did to the rows that are left of it and to the duplicate, whoever the survivor is: for a past in which that one is
/// out of sight.
pub(crate) async fn apply_to_duplicate(transaction: &Transaction, event: &Event) -> Result<(), DbErr> {
    #[derive(serde::Deserialize)]
    struct Facts {
        duplicate_id: Uuid,
        moved: Vec<Image>,
    }
    let facts: Facts = event.facts()?;
    let mut sql = Sql::new("UPDATE contacts_projection SET updated_at = ");
    sql.push_bind(event.recorded_at).push(" WHERE id = ").push_bind(facts.duplicate_id);
    transaction.execute(sql).await?;
    write_images(transaction, event, &facts.moved).await?;
    link::repeat_contact(transaction, facts.duplicate_id).await?;
    repeat(transaction, &facts.moved).await
}

async fn write_images(transaction: &Transaction, event: &Event, moved: &[Image]) -> Result<(), DbErr> {
    set_aside(transaction, moved).await?;
    // Together what changes the same columns of one table: one statement for any number of rows.
    let mut alike: BTreeMap<(&str, bool, Vec<&str>), Vec<&Image>> = BTreeMap::new();
    for image in moved {
        let columns = image.after.keys().map(String::as_str).collect();
        alike.entry((image.table.as_str(), image.before.is_none(), columns)).or_default().push(image);
    }
    for ((name, is_opened, columns), images) in alike {
        let table = named(name).ok_or_else(|| strange(event, name, ""))?;
        let is_known = |column: &str| if is_opened { is_plain(column) } else { table.columns.contains(&column) };
        if let Some(column) = columns.iter().find(|column| !is_known(column)) {
            return Err(strange(event, name, column));
        }
        match (is_opened, table.may_open) {
            (false, _) => update(transaction, table, &columns, &images).await?,
            (true, true) => open(transaction, table, &columns, &images).await?,
            (true, false) => return Err(strange(event, name, "")),
        }
    }
    Ok(())
}

/// Frees the login that an event is going to change, for a row that gets it in the same event: it stands for one person at a time.
async fn free_login(transaction: &Transaction, event: &Event) -> Result<(), DbErr> {
    if !Changes::of(event)?.touch(&["user_id"]) {
        return Ok(());
    }
    let mut sql = Sql::new("UPDATE contacts_projection SET user_id = NULL WHERE id = ");
    sql.push_bind(event.stream_id);
    transaction.execute(sql).await.map(drop)
}

/// Links that were moved, closed or opened say what they should of the nodes that they lead to now.
async fn repeat(transaction: &Transaction, moved: &[Image]) -> Result<(), DbErr> {
    for kind in link::Kind::ALL {
        let links: Vec<Uuid> = moved.iter().filter(|image| image.table == kind.table()).map(|image| image.id).collect();
        if !links.is_empty() {
            kind.repeat_rows(transaction, links).await?;
        }
    }
    Ok(())
}

fn strange(event: &Event, table: &str, column: &str) -> DbErr {
    DbErr::Custom(format!("{} changes {table}.{column}, which a merge does not write", event.event_type))
}

fn changed(rows: u64, wanted: u64, table: &str) -> Result<(), DbErr> {
    if rows == wanted {
        return Ok(());
    }
    Err(DbErr::Custom(format!("{wanted} rows of {table} should have changed, {rows} did")))
}

/// Takes every row that is to change out of its table's constraints: among final states none breaks one, whatever stood there before.
async fn set_aside(transaction: &Transaction, moved: &[Image]) -> Result<(), DbErr> {
    let mut rows: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for image in moved.iter().filter(|image| image.before.is_some()) {
        rows.entry(image.table.as_str()).or_default().push(image.id);
    }
    for (name, ids) in rows {
        if let Some((table, aside)) = named(name).and_then(|table| Some((table, table.aside?))) {
            let mut sql = Sql::new(format!("UPDATE {} SET {} WHERE id = ANY(", table.name, aside.set));
            sql.push_bind(ids).push(")");
            transaction.execute(sql).await?;
        }
    }
    Ok(())
}

fn rows_of(images: &[&Image]) -> Value {
    let row = |image: &&Image| {
        let mut row = image.after.clone();
        row.insert("id".to_owned(), Value::String(image.id.to_string()));
        Value::Object(row)
    };
    Value::Array(images.iter().map(row).collect())
}

async fn update(transaction: &Transaction, table: &Table, columns: &[&str], images: &[&Image]) -> Result<(), DbErr> {
    let set = columns.iter().map(|column| format!("{column} = r.{column}")).collect::<Vec<_>>().join(", ");
    let mut sql = Sql::new(format!("UPDATE {0} n SET {set} FROM jsonb_populate_recordset(NULL::{0}, ", table.name));
    sql.push_bind(rows_of(images)).push(") r WHERE n.id = r.id");
    changed(transaction.execute(sql).await?, images.len() as u64, table.name)
}

/// Whether a column's name is one as all are.
fn is_plain(column: &str) -> bool {
    !column.is_empty() && column.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Opens rows with the columns that they had when the event was recorded: what the table got since has its default.
async fn open(transaction: &Transaction, table: &Table, columns: &[&str], images: &[&Image]) -> Result<(), DbErr> {
    let columns = columns.join(", ");
    let mut sql = Sql::new(format!(
        "INSERT INTO {0} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{0}, ",
        table.name
    ));
    sql.push_bind(rows_of(images)).push(")");
    changed(transaction.execute(sql).await?, images.len() as u64, table.name)
}

/// Marks the methods whose links moved.
async fn touch_methods(transaction: &Transaction, moved: &[Image], touched: &mut Touched) -> Result<(), DbErr> {
    for (table, column) in [(PHONES, "phone_id"), (EMAILS, "email_id"), (ADDRESSES, "address_id")] {
        let ids: Vec<Uuid> = moved.iter().filter(|image| image.table == table.name).map(|image| image.id).collect();
        if ids.is_empty() {
            continue;
        }
        let mut sql = Sql::new(format!("SELECT DISTINCT {column} FROM {} WHERE id = ANY(", table.name));
        sql.push_bind(ids).push(")");
        for row in transaction.fetch(sql).await? {
            let id: Uuid = row.try_get(0).map_err(|error| DbErr::Custom(error.to_string()))?;
            let methods = match column {
                "phone_id" => &mut touched.phones,
                "email_id" => &mut touched.emails,
                _ => &mut touched.addresses,
            };
            methods.insert(id);
        }
    }
    Ok(())
}
