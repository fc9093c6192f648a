//! Merging contacts, and taking a merge back (US-3, domain.md §7). What becomes of which row is decided here, once; the log keeps each row
//! as it was and as it is, and the projector writes that and nothing else.

mod book;
mod command;
mod days;
mod fields;
mod links;
mod others;
mod projection;
mod relationships;
mod restoring;
mod table;
mod told;
mod undo;
mod windows;

use std::collections::HashMap;

use liaison_entity::contact;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

pub use command::{MOST_DUPLICATES, Merge, MergeDone};
pub use fields::FieldChoices;
pub(crate) use projection::{apply_merged, apply_reverted, apply_to_duplicate};
pub use table::{MergeKind, moved_columns};
pub use told::{MergeFate, MergedRow};
pub use undo::{MergeUndone, Undo};

use crate::access;
use crate::edit::Changes;
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::reading::Source;
use crate::session::{Reader, Sql};
use book::Image;

/// Another record of the same person became part of a contact.
pub const MERGED: &str = "contact.merged";
/// It was taken apart again.
pub const MERGE_REVERTED: &str = "contact.merge.reverted";

/// The facts of a merge: who became part of whom, what changed of the survivor, and every row that moved, as it was and as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Merged {
    merge_id: Uuid,
    duplicate_id: Uuid,
    #[serde(flatten)]
    changes: Changes,
    moved: Vec<Image>,
}

/// The facts of a merge that was taken back: what changed of the survivor, and every row that went back.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Reverted {
    merge_id: Uuid,
    duplicate_id: Uuid,
    #[serde(flatten)]
    changes: Changes,
    moved: Vec<Image>,
    left: Vec<Left>,
}

/// Something that could not be told apart when a merge was taken back, and so was left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// What it is.
    pub kind: MergeKind,
    /// Which one, where it has an id: the phone, email or address, the organization of a role, the record.
    pub id: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// Why, in a sentence.
    pub why: String,
}

/// Refuses what is done to a record that became part of another one: it says which.
pub(crate) async fn allow_unmerged(source: &impl Source, contact: &contact::Model, field: &str) -> Result<(), Failure> {
    if contact.merged_into_id.is_some() { Err(gone(source, contact, field).await) } else { Ok(()) }
}

/// What is said to whoever wants to change or link somebody who is archived; of who was merged, whose record is theirs now.
pub(crate) async fn gone(source: &impl Source, contact: &contact::Model, field: &str) -> Failure {
    if contact.merged_into_id.is_none() {
        return Refusal::forbidden(field, access::ARCHIVED).into();
    }
    match survivors(source, &[contact.id]).await {
        Ok(found) => match found.get(&contact.id) {
            Some(survivor) => {
                let why = format!("this contact was merged with another record of the same person; use {survivor}");
                Refusal::new(RefusalCode::Merged, field, why).into()
            }
            None => Refusal::forbidden(field, access::ARCHIVED).into(),
        },
        Err(fault) => fault.into(),
    }
}

/// Whom those among `ids` who were merged stand for: the end of their chain. Who was not merged, who is missing and who is not in sight are
/// all not in the map.
pub async fn survivor_of(reader: &Reader, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Fault> {
    survivors(reader, ids).await
}

/// As [`survivor_of`], for whatever reads.
pub(crate) async fn survivors(source: &impl Source, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(
        "WITH RECURSIVE chain AS (
           SELECT n.id AS asked, n.merged_into_id AS id FROM contacts_projection n
           WHERE n.merged_into_id IS NOT NULL AND n.id = ANY(",
    );
    sql.push_bind(ids.to_vec()).push(") AND ");
    access::contact_in_sight(source.scope(), &mut sql, "n.id");
    sql.push(
        "  UNION ALL
           SELECT chain.asked, n.merged_into_id FROM contacts_projection n JOIN chain ON n.id = chain.id
           WHERE n.merged_into_id IS NOT NULL
         )
         SELECT chain.asked, n.id FROM chain JOIN contacts_projection n ON n.id = chain.id WHERE n.merged_into_id IS NULL",
    );
    let rows = source.fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get("asked")?, row.try_get("id")?));
    Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
}
