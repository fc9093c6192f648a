//! What becomes of each row when a merge is taken back: column by column it goes back to what it was, unless it was changed since. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::{Book, Image, Row, id_in, is_empty, is_up, span_of, text_in, told_at};
use super::days::Days;
use super::links::alike;
use super::relationships::KINDS;
use super::table::{
    ADDRESSES, COMMUNICATIONS, EMAILS, EXTERNAL_IDS, FOLLOWING, PERSONAS, PHONES, REFERRALS, ROLES, Table,
};
use super::{Left, Merged};

/// Why a row that a merge had opened was closed.
const WHY: &str = "the merge was taken back";
/// What is said of what ended.
const ENDED: &str = "it ended since the merge and does not come back";

/// A merge that is taken back.
pub(super) struct Restoring<'a> {
    /// The rows of both, as they are now.
    pub book: &'a mut Book,
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

/// The column that is empty while a row stands.
fn ends(table: &Table) -> Option<&'static str> {
    table.columns.iter().copied().find(|column| ["unlinked_at", "revoked_at", "voided_at"].contains(column))
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
            for image in merged.moved.iter().filter(|image| image.table == table.name) {
                self.row(table, image);
            }
        }
        self.windows(ADDRESSES);
        for kind in &KINDS {
            self.windows(kind.table);
        }
        for table in [PHONES, EMAILS, ADDRESSES] {
            self.one_primary(table);
        }
        self.made_since();
    }

    /// What a row is called, and the id by which people know it.
    fn named(&self, table: &Table, id: Uuid, row: &Row) -> (Option<Uuid>, String) {
        let method = ["phone_id", "email_id", "address_id"].into_iter().find_map(|column| id_in(row, column));
        if let Some(method) = method {
            let told = self.book.methods.get(&method).map_or_else(String::new, |method| method.told.clone());
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

    fn leave(&mut self, table: &Table, id: Uuid, row: &Row, why: &str) {
        let (of, name) = self.named(table, id, row);
        self.left.push(Left { kind: table.kind, id: of, name, why: why.to_owned() });
    }

    /// One row without days: each column that is still as the merge left it goes back.
    fn row(&mut self, table: &'static Table, image: &Image) {
        let Some(was) = &image.before else { return };
        let Some(now) = self.book.row(table, image.id).cloned() else {
            let gone = over(was, &image.after);
            return self.leave(table, image.id, &gone, "it was removed or went to somebody else since the merge");
        };
        let is_as_left = |column: &str| now.get(column) == image.after.get(column);
        let was_closed = stands(table, was) && !stands(table, &image.after);
        let obstacle = if was_closed && is_as_left(ends(table).unwrap_or_default()) {
            self.obstacle_to_open(table, image, &now)
        } else {
            None
        };
        for (column, value) in was {
            let is_of_end = of_end(table).any(|part| part == column);
            if is_as_left(column) && !(obstacle.is_some() && is_of_end) {
                self.book.set(table, image.id, column, value.clone());
            }
        }
        if let Some(why) = obstacle {
            self.leave(table, image.id, &now, why);
        } else if was_closed {
            self.repeat(table, image.id, &now);
        } else if stands(table, was) && !stands(table, &now) {
            self.leave(table, image.id, &now, ENDED);
        } else if table.columns.contains(&"is_primary")
            && image.after.contains_key("is_primary")
            && !is_as_left("is_primary")
        {
            self.leave(table, image.id, &now, "which one is primary was changed since the merge and stays so");
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
            return Some("it was deleted since the merge");
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

    /// Rows with days: what a row had before, without the days that were ended since and with those that were added.
    fn windows(&mut self, table: &'static Table) {
        let merged = self.merged;
        let images: Vec<&Image> = merged.moved.iter().filter(|image| image.table == table.name).collect();
        let mut pieces: BTreeMap<Uuid, Vec<&Image>> = BTreeMap::new();
        for image in &images {
            if let Some(of) = image.of {
                pieces.entry(of).or_default().push(image);
            }
        }
        // What stood before anything goes back.
        let now = self.book.clone();
        for image in images.iter().filter(|image| image.before.is_some()) {
            self.window(table, image, pieces.get(&image.id).map_or(&[][..], Vec::as_slice), &now);
        }
    }

    fn days(table: &Table, row: &Row) -> Days {
        stands(table, row).then(|| span_of(row)).into_iter().collect()
    }

    /// The days on which the survivor's rows of the same thing hold now.
    fn held(&self, table: &'static Table, like: &Row, now: &Book) -> Days {
        let is_same = |other: &Row| match KINDS.iter().find(|kind| kind.table.name == table.name) {
            Some(kind) => (kind.same)(other) == (kind.same)(like),
            None => alike(like, other, &["address_type", "contact_id"]) && now.is_one_place(like, other),
        };
        now.rows(table).filter(|(_, row)| stands(table, row) && is_same(row)).map(|(_, row)| span_of(row)).collect()
    }

    fn window(&mut self, table: &'static Table, image: &Image, pieces: &[&Image], now: &Book) {
        let Some(changed) = &image.before else { return };
        let Some(row) = now.row(table, image.id).cloned() else {
            let gone = over(changed, &image.after);
            return self.leave(table, image.id, &gone, "it went to somebody else since the merge");
        };
        let (was, as_left) = (over(&row, changed), over(&row, &image.after));
        let all = |own: &Row, of: &dyn Fn(&Image) -> Option<Row>| {
            pieces
                .iter()
                .filter_map(|piece| of(piece))
                .fold(Self::days(table, own), |days, row| days.and(&Self::days(table, &row)))
        };
        let before = Self::days(table, &was);
        let after = all(&as_left, &|piece| Some(piece.after.clone()));
        let current = all(&row, &|piece| now.row(table, piece.id).cloned());
        let (removed, added) = (after.without(&current), current.without(&after));
        let people: Vec<Uuid> = table.people.iter().filter_map(|column| id_in(&was, column)).collect();
        let was_between_them = people.contains(&self.survivor) && people.contains(&self.duplicate);
        // Days that the survivor's rows had as well: what of them was ended there was ended for both.
        let shared = if was_between_them { Days::default() } else { before.without(&after) };
        let ended = shared.without(&self.held(table, &as_left, now));
        let target = before.without(&removed).without(&ended).and(&added);

        let is_as_left = |column: &str| row.get(column) == image.after.get(column);
        let ended_since = !stands(table, &row) && ends(table).is_some_and(|column| !is_as_left(column));
        let mut back = row.clone();
        for (column, value) in changed {
            let is_of_end = of_end(table).any(|part| part == column);
            let is_day = ["starts_on", "ends_on"].contains(&column.as_str());
            if is_as_left(column) && !is_day && !(is_of_end && (ended_since || target.is_none())) {
                back.insert(column.clone(), value.clone());
            }
        }
        let mut spans = target.spans().to_vec();
        if !ended_since && !spans.is_empty() {
            let first = spans.remove(0);
            back.insert("starts_on".to_owned(), json!(first.starts_on()));
            back.insert("ends_on".to_owned(), json!(first.ends_on()));
        }
        for (column, value) in &back {
            if row.get(column) != Some(value) {
                self.book.set(table, image.id, column, value.clone());
            }
        }
        for piece in pieces {
            self.close_piece(table, piece.id, &was);
        }
        for span in spans {
            let new = (self.new_id)();
            let mut more = was.clone();
            for (column, value) in [
                ("id", json!(new)),
                ("starts_on", json!(span.starts_on())),
                ("ends_on", json!(span.ends_on())),
                ("version", json!(1)),
            ] {
                more.insert(column.to_owned(), value);
            }
            for column in of_end(table) {
                more.insert(column.to_owned(), Value::Null);
            }
            if table.name == ADDRESSES.name {
                more.extend([
                    ("is_primary".to_owned(), json!(false)),
                    ("source_system".to_owned(), Value::Null),
                    ("source_record_id".to_owned(), Value::Null),
                ]);
            } else {
                more.extend(["created_at", "updated_at"].map(|column| (column.to_owned(), told_at(self.at))));
            }
            self.book.open(table, new, more, image.id);
        }
        if !(removed.is_none() && added.is_none() && ended.is_none()) {
            self.leave(table, image.id, &row, "its days were changed since the merge and stay so");
        }
    }

    /// Closes a row that the merge opened: the row whose days it had has them again.
    fn close_piece(&mut self, table: &'static Table, id: Uuid, like: &Row) {
        let Some(row) = self.book.row(table, id).cloned() else { return };
        for column in table.people {
            self.book.set(table, id, column, like.get(*column).cloned().unwrap_or(Value::Null));
        }
        if !stands(table, &row) {
            return;
        }
        let now = told_at(self.at);
        let closed = match (text_in(&row, "linked_at"), now.as_str()) {
            (Some(began), Some(at)) if began > at => json!(began),
            _ => now,
        };
        let values = [
            ("unlinked_at", closed.clone()),
            ("unlinked_by", json!(self.by)),
            ("unlinked_by_organization_id", json!(self.by_organization)),
            ("unlink_reason", json!(WHY)),
            ("voided_at", closed),
            ("voided_by", json!(self.by)),
            ("void_reason", json!(WHY)),
        ];
        for (column, value) in values {
            if table.columns.contains(&column) {
                self.book.set(table, id, column, value);
            }
        }
    }

    /// Of each of the two one link of a kind is primary: that which was made so since, or else the first.
    fn one_primary(&mut self, table: &'static Table) {
        for person in [self.survivor, self.duplicate] {
            let mut primary: Vec<(bool, Uuid, Row)> = self
                .book
                .rows(table)
                .filter(|(_, row)| {
                    stands(table, row) && is_up(row, "is_primary") && id_in(row, "contact_id") == Some(person)
                })
                .map(|(id, row)| (!self.is_made_primary(table, id), id, row.clone()))
                .collect();
            primary.sort_by_key(|(late, id, _)| (*late, *id));
            let mut led: Vec<Row> = Vec::new();
            for (_, id, row) in primary {
                if led.iter().any(|other| alike(other, &row, &["address_type"])) {
                    self.book.set(table, id, "is_primary", json!(false));
                    self.leave(table, id, &row, "another one became primary since the merge and stays so");
                } else {
                    led.push(row);
                }
            }
        }
    }

    /// Whether a row became primary since the merge.
    fn is_made_primary(&self, table: &Table, id: Uuid) -> bool {
        let image = self.merged.moved.iter().find(|image| image.table == table.name && image.id == id);
        image.is_some_and(|image| image.after.get("is_primary") == Some(&Value::Bool(false)))
    }

    /// The roles at organizations in which one of the two is to be primary.
    pub fn primary_roles(&self) -> BTreeSet<(Uuid, String)> {
        let roles = self.book.rows(ROLES).filter(|(_, row)| stands(ROLES, row) && is_up(row, "is_primary"));
        roles
            .filter_map(|(_, row)| Some((id_in(row, "organization_id")?, text_in(row, "contact_type")?.to_owned())))
            .collect()
    }

    /// Leaves a role's primary to whoever became it since: others, or the survivor in the duplicate's place.
    pub fn yield_roles(&mut self, taken: &BTreeSet<(Uuid, String)>) {
        let mut taken = taken.clone();
        let mut primary: Vec<(bool, Uuid, Row)> = self
            .book
            .rows(ROLES)
            .filter(|(_, row)| stands(ROLES, row) && is_up(row, "is_primary"))
            .map(|(id, row)| (!self.is_made_primary(ROLES, id), id, row.clone()))
            .collect();
        primary.sort_by_key(|(late, id, _)| (*late, *id));
        for (_, id, row) in primary {
            let role = id_in(&row, "organization_id").zip(text_in(&row, "contact_type").map(str::to_owned));
            if role.is_some_and(|role| !taken.insert(role)) {
                self.book.set(ROLES, id, "is_primary", json!(false));
                self.leave(ROLES, id, &row, "another contact became the primary one since the merge and stays so");
            }
        }
    }

    /// What came to the survivor since the merge: whose it would have been nobody knows.
    fn made_since(&mut self) {
        let since = told_at(self.since);
        let since = since.as_str().unwrap_or_default();
        let mut made = Vec::new();
        for table in FOLLOWING {
            let known = |id: Uuid| self.merged.moved.iter().any(|image| image.table == table.name && image.id == id);
            for (id, row) in self.book.rows(table) {
                let began =
                    ["linked_at", "granted_at", "created_at"].into_iter().find_map(|column| text_in(row, column));
                let is_survivors = table.people.iter().any(|column| id_in(row, column) == Some(self.survivor));
                let is_ours = began.is_some_and(|began| began > since) && is_survivors && stands(table, row);
                if is_ours && !known(id) && !self.book.is_opened(table, id) {
                    made.push((table, id, row.clone()));
                }
            }
        }
        for (table, id, row) in made {
            self.leave(table, id, &row, "it came since the merge and stays with the survivor");
        }
    }
}
