//! What becomes of each row when a merge is taken back: column by column it goes back to what it was, unless it was changed since. Pure.

mod periods;
mod primaries;
mod since;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::book::{Book, Image, Row, id_in, is_empty, text_in};
use super::others::Others;
use super::relationships::KINDS;
use super::table::{ADDRESSES, COMMUNICATIONS, EMAILS, EXTERNAL_IDS, PERSONAS, PHONES, REFERRALS, ROLES, Table};
use super::told::{ends, named};
use super::{Left, Merged};

/// Why a row that a merge had opened was closed.
const WHY: &str = "the merge was taken back";
/// What is said of what ended.
const ENDED: &str = "it ended since the merge and does not come back";

/// What is said of links to what is no more.
const DELETED: &str = "it was deleted since the merge";

/// A merge that is taken back.
pub(super) struct Restoring<'a> {
    /// The rows of both, as they are now.
    pub book: &'a mut Book,
    /// As they were before anything went back.
    pub now: &'a Book,
    /// What others have of it now.
    pub others: &'a Others,
    /// What the merge did.
    pub merged: &'a Merged,
    /// Who stayed, and who comes back.
    pub survivor: Uuid,
    pub duplicate: Uuid,
    /// Who takes it back, for which organization, and when.
    pub by: &'a str,
    pub by_organization: Option<Uuid>,
    pub at: DateTime<Utc>,
    /// When the two were merged.
    pub since: DateTime<Utc>,
    /// Makes ids of rows that are opened.
    pub new_id: &'a mut (dyn FnMut() -> Uuid + Send),
    /// What could not be told apart.
    pub left: Vec<Left>,
}

/// The columns that say how a row ended.
fn of_end(table: &'static Table) -> impl Iterator<Item = &'static str> {
    let parts = [
        "unlinked_at",
        "unlinked_by",
        "unlinked_by_organization_id",
        "unlink_reason",
        "revoked_at",
        "revoked_by",
        "voided_at",
        "voided_by",
        "void_reason",
    ];
    table.columns.iter().copied().filter(move |column| parts.contains(column))
}

fn stands(table: &Table, row: &Row) -> bool {
    ends(table).is_none_or(|column| is_empty(row, column))
}

fn over(row: &Row, columns: &Row) -> Row {
    let mut row = row.clone();
    row.extend(columns.clone());
    row
}

impl Restoring<'_> {
    /// Puts every row back as far as it goes.
    pub fn everything(&mut self) {
        let merged = self.merged;
        for table in [ROLES, PHONES, EMAILS, PERSONAS, REFERRALS, COMMUNICATIONS, EXTERNAL_IDS] {
            let images = || merged.moved.iter().filter(|image| image.table == table.name);
            // First whose each row is, then which may stand: what keeps one closed does not hang on the order of the rows.
            for image in images() {
                self.row(table, image);
            }
            for image in images() {
                self.end_of_row(table, image);
            }
        }
        self.windows(ADDRESSES);
        for kind in &KINDS {
            self.windows(kind.table);
        }
        self.give_since();
        self.yield_relationships();
        for table in [PHONES, EMAILS, ADDRESSES] {
            self.one_primary(table);
        }
        self.tell_since();
    }

    fn leave(&mut self, table: &Table, id: Uuid, row: &Row, why: &str) {
        let (of, name) = named(self.book, table, id, row);
        self.left.push(Left { kind: table.kind, id: of, name, why: why.to_owned() });
    }

    /// One row without days: each column that is still as the merge left it goes back, but for how it ended.
    fn row(&mut self, table: &'static Table, image: &Image) {
        let Some(was) = &image.before else { return };
        let Some(now) = self.now.row(table, image.id) else {
            let gone = over(was, &image.after);
            return self.leave(table, image.id, &gone, "it was removed or went to somebody else since the merge");
        };
        for (column, value) in was {
            let is_of_end = of_end(table).any(|part| part == column);
            if !is_of_end && now.get(column) == image.after.get(column) {
                self.book.set(table, image.id, column, value.clone());
            }
        }
    }

    /// Opens a row without days that the merge had closed, unless something keeps it closed.
    fn end_of_row(&mut self, table: &'static Table, image: &Image) {
        let Some((was, now)) = image.before.as_ref().zip(self.now.row(table, image.id)) else { return };
        let is_as_left = |column: &str| now.get(column) == image.after.get(column);
        let was_closed = stands(table, was) && !stands(table, &image.after);
        let obstacle = if was_closed && is_as_left(ends(table).unwrap_or_default()) {
            self.obstacle_to_open(table, image, now)
        } else {
            None
        };
        for (column, value) in was {
            let is_of_end = of_end(table).any(|part| part == column);
            if is_of_end && is_as_left(column) && obstacle.is_none() {
                self.book.set(table, image.id, column, value.clone());
            }
        }
        if let Some(why) = obstacle {
            self.leave(table, image.id, now, why);
        } else if was_closed {
            self.repeat(table, image.id, now);
        } else if stands(table, was) && !stands(table, now) {
            self.leave(table, image.id, now, ENDED);
        } else if table.columns.contains(&"is_primary")
            && image.after.contains_key("is_primary")
            && !is_as_left("is_primary")
        {
            self.leave(table, image.id, now, "which one is primary was changed since the merge and stays so");
        }
    }

    /// What keeps a row closed that the merge closed: what it was closed into has ended, its method was deleted, or its owner has the
    /// same again.
    fn obstacle_to_open(&self, table: &'static Table, image: &Image, now: &Row) -> Option<&'static str> {
        let kept = image.into.and_then(|id| self.book.row(table, id));
        if image.into.is_some() && kept.is_none_or(|kept| !stands(table, kept)) {
            return Some(ENDED);
        }
        let method = ["phone_id", "email_id", "address_id"].into_iter().find_map(|column| id_in(now, column));
        let method = method.and_then(|id| self.book.methods.get(&id));
        if method.is_some_and(|method| method.is_deleted) {
            return Some(DELETED);
        }
        let owner = image.before.as_ref().and_then(|was| id_in(was, "contact_id")).or(id_in(now, "contact_id"));
        let (code, key) = method.and_then(|method| method.repeated.clone())?;
        let is_had = self.book.rows(table).any(|(id, other)| {
            id != image.id
                && stands(table, other)
                && id_in(other, "contact_id") == owner
                && id_in(other, "method_code_id") == Some(code)
                && text_in(other, "match_key") == Some(key.as_str())
        });
        is_had.then_some("the same value stands there again under the same code")
    }

    /// A link that is open again repeats what its method is now.
    fn repeat(&mut self, table: &'static Table, id: Uuid, now: &Row) {
        let method = ["phone_id", "email_id"].into_iter().find_map(|column| id_in(now, column));
        let repeated = method.and_then(|id| self.book.methods.get(&id)?.repeated.clone());
        if let Some((code, key)) = repeated {
            self.book.set(table, id, "method_code_id", json!(code));
            self.book.set(table, id, "match_key", json!(key));
        }
    }
}
