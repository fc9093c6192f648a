//! Rows with days, when a merge is taken back: relationships, and the addresses of people. A row has the days again that it had, but for those
//! that were ended since, and those more that were added to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Restoring, WHY, ends, of_end, over, stands};
use crate::contact::merge::book::{Book, Image, Row, id_in, span_of, text_in, told_at};
use crate::contact::merge::days::Days;
use crate::contact::merge::links::alike;
use crate::contact::merge::relationships::KINDS;
use crate::contact::merge::table::{ADDRESSES, Table};

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
}
