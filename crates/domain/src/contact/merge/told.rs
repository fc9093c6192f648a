//! What people are told of rows that a merge, or its undoing, is about: what each is called, and what became of it. Pure.

use uuid::Uuid;

use super::book::{Book, Image, Row, id_in, is_empty, text_in};
use super::table::Table;

/// What a merge did to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeFate {
    /// It is the survivor's now.
    Moved,
    /// It ended: the survivor has the same, or both ends would be one person.
    Ended,
    /// It was the survivor's already and says something else now: an earlier beginning, a stronger primary, other days.
    Changed,
    /// It was opened, for the days of another one that nothing else has.
    Opened,
}

/// A row that a merge wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedRow {
    /// Which one, where it has an id: the phone, email or address, the organization of a role or persona, the record.
    pub id: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// What became of it.
    pub fate: MergeFate,
}

impl MergedRow {
    /// What is told of an image, once its row stands in the book.
    pub(super) fn of(book: &Book, table: &'static Table, image: &Image) -> Self {
        let (id, name) = named(book, table, image.id, book.row(table, image.id).unwrap_or(&image.after));
        Self { id, name, fate: fate(table, image) }
    }
}

fn fate(table: &Table, image: &Image) -> MergeFate {
    let Some(before) = &image.before else { return MergeFate::Opened };
    if ends(table).is_some_and(|column| is_empty(before, column) && !is_empty(&image.after, column)) {
        MergeFate::Ended
    } else if table.people.iter().any(|column| image.after.contains_key(*column)) {
        MergeFate::Moved
    } else {
        MergeFate::Changed
    }
}

/// The column that is empty while a row stands.
pub(super) fn ends(table: &Table) -> Option<&'static str> {
    table.columns.iter().copied().find(|column| ["unlinked_at", "revoked_at", "voided_at"].contains(column))
}

/// What a row is called, and the id by which people know it.
pub(super) fn named(book: &Book, table: &Table, id: Uuid, row: &Row) -> (Option<Uuid>, String) {
    let method = ["phone_id", "email_id", "address_id"].into_iter().find_map(|column| id_in(row, column));
    if let Some(method) = method {
        let told = book.methods.get(&method).map_or_else(String::new, |method| method.told.clone());
        return (Some(method), told);
    }
    let text = |column: &str| text_in(row, column).unwrap_or_default().to_owned();
    match table.name {
        "organization_contacts" => (id_in(row, "organization_id"), text("contact_type")),
        "contact_personas" => (id_in(row, "organization_id"), text("persona")),
        "student_relationships" | "student_guardian_relationships" => (Some(id), text("relationship_label")),
        "staff_assignments" => (Some(id), "staff assignment".to_owned()),
        "referrals" => (Some(id), "referral".to_owned()),
        "communications" => (Some(id), "communication".to_owned()),
        _ => (Some(id), "external id".to_owned()),
    }
}
