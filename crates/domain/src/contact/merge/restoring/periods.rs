//! Rows with days, when a merge is taken back: relationships, and the addresses of people. A row has the days again that it had, but for those
//! that were ended since, and those more that were added to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{DELETED, Restoring, WHY, ends, of_end, over, stands};
use crate::contact::merge::book::{Book, Image, Row, id_in, span_of, text_in, told_at};
use crate::contact::merge::days::Days;
use crate::contact::merge::links::alike;
use crate::contact::merge::relationships::KINDS;
use crate::contact::merge::table::{ADDRESSES, Table};

/// What a row's days come to.
struct Plan<'a> {
    image: &'a Image,
    /// The rows that the merge opened for days of it.
    pieces: Vec<&'a Image>,
    /// The columns that the merge wrote, as they were.
    changed: &'a Row,
    row: Row,
    was: Row,
    /// Of the days that it had those that it keeps.
    before: Days,
    /// Those that were added to it since.
    added: Days,
    is_changed: bool,
    /// Whether the merge left it standing.
    stood: bool,
    obstacle: Option<&'static str>,
    /// Those that it gets.
    target: Days,
}

impl Restoring<'_> {
    /// Rows with days: what a row had before, without the days that were ended since and with those that were added.
    pub(super) fn windows(&mut self, table: &'static Table) {
        let merged = self.merged;
        let images: Vec<&Image> = merged.moved.iter().filter(|image| image.table == table.name).collect();
        let mut pieces: BTreeMap<Uuid, Vec<&Image>> = BTreeMap::new();
        for image in &images {
            if let Some(of) = image.of {
                pieces.entry(of).or_default().push(image);
            }
        }
        let images = images.into_iter().filter(|image| image.before.is_some());
        let mut plans: Vec<Plan> = images
            .filter_map(|image| self.plan(table, image, pieces.get(&image.id).cloned().unwrap_or_default()))
            .collect();
        // No two rows of the same thing get one day: first those that the merge closed, whose days nothing changed since, then what was
        // added to any.
        plans.sort_by_key(|plan| plan.stood);
        let mut given: BTreeMap<String, Days> = BTreeMap::new();
        for added in [false, true] {
            for plan in &mut plans {
                let given = given.entry(self.sameness(table, &plan.was)).or_default();
                let days = if added { &plan.added } else { &plan.before };
                plan.is_changed |= !days.within(given).is_none();
                let days = days.without(given);
                *given = given.and(&days);
                plan.target = plan.target.and(&days);
            }
        }
        for plan in &plans {
            self.window(table, plan);
        }
    }

    /// What is the same thing as a row, and may share no day with it.
    fn sameness(&self, table: &'static Table, row: &Row) -> String {
        match KINDS.iter().find(|kind| kind.table.name == table.name) {
            Some(kind) => (kind.same)(row),
            None => {
                ["contact_id", "address_type", "address_id"].map(|column| text_in(row, column).unwrap_or("")).join(" ")
            }
        }
    }

    /// What keeps an address closed that the merge closed.
    fn obstacle_to_restore(&self, table: &'static Table, id: Uuid, row: &Row, as_left: &Row) -> Option<&'static str> {
        if stands(table, row) || stands(table, as_left) || table.name != ADDRESSES.name {
            return None;
        }
        let method = id_in(row, "address_id").and_then(|id| self.book.methods.get(&id));
        if method.is_some_and(|method| method.is_deleted) {
            return Some(DELETED);
        }
        let source = ["linked_by_organization_id", "source_system", "source_record_id"];
        let is_taken = text_in(row, "source_record_id").is_some()
            && self.others.sources.iter().any(|other| id_in(other, "id") != Some(id) && alike(row, other, &source));
        is_taken.then_some("another link stands for its record of the source system since the merge")
    }

    /// What a row's days come to; `None` where it is gone.
    fn plan<'b>(&mut self, table: &'static Table, image: &'b Image, pieces: Vec<&'b Image>) -> Option<Plan<'b>> {
        let now = self.now;
        let changed = image.before.as_ref()?;
        let Some(row) = now.row(table, image.id).cloned() else {
            let gone = over(changed, &image.after);
            self.leave(table, image.id, &gone, "it went to somebody else since the merge");
            return None;
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
        let obstacle = self.obstacle_to_restore(table, image.id, &row, &as_left);
        let is_changed = !(removed.is_none() && added.is_none() && ended.is_none());
        let (before, added) = match obstacle {
            Some(_) => (Days::default(), Days::default()),
            None => (before.without(&removed).without(&ended), added),
        };
        let stood = stands(table, &as_left);
        Some(Plan {
            image,
            stood,
            pieces,
            changed,
            row,
            was,
            before,
            added,
            is_changed,
            obstacle,
            target: Days::default(),
        })
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

    fn window(&mut self, table: &'static Table, plan: &Plan) {
        let Plan { image, pieces, changed, row, was, target, .. } = plan;
        let is_as_left = |column: &str| row.get(column) == image.after.get(column);
        let ended_since = !stands(table, row) && ends(table).is_some_and(|column| !is_as_left(column));
        let mut back = row.clone();
        for (column, value) in *changed {
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
            self.close_piece(table, piece.id, was);
        }
        if target.is_none() && stands(table, row) {
            // All its days are another row's of the same thing.
            self.close_piece(table, image.id, was);
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
        if let Some(why) = plan.obstacle {
            self.leave(table, image.id, row, why);
        } else if plan.is_changed {
            self.leave(table, image.id, row, "its days were changed since the merge and stay so");
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
}
