//! What becomes of the links and personas of two people who are one: they are re-pointed to the survivor, and of two that are the same
//! one stays open, with the earlier beginning and the stronger primary.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::{Book, Method, Row, id_in, is_empty, is_up, span_of, text_in, told_at};
use super::days::Days;
use super::table::{ADDRESSES, COMMUNICATIONS, EMAILS, EXTERNAL_IDS, PERSONAS, PHONES, REFERRALS, ROLES, Table};

/// Why a row was closed by a merge: whoever reads it need not be told why the two were merged.
pub(super) const WHY: &str = "two records of one person were merged";

/// One duplicate that becomes part of a survivor.
pub(super) struct Merging<'a> {
    /// The rows of both.
    pub book: &'a mut Book,
    /// Who stays.
    pub survivor: Uuid,
    /// Who goes.
    pub duplicate: Uuid,
    /// Who merges them, for which organization, and when.
    pub by: &'a str,
    pub by_organization: Option<Uuid>,
    pub at: DateTime<Utc>,
    /// Makes ids of rows that are opened.
    pub new_id: &'a mut (dyn FnMut() -> Uuid + Send),
}

fn is_open(row: &Row) -> bool {
    is_empty(row, "unlinked_at")
}

/// Whether two rows say the same in these columns.
pub(super) fn alike(one: &Row, other: &Row, columns: &[&str]) -> bool {
    columns.iter().all(|column| one.get(*column) == other.get(*column))
}

impl Merging<'_> {
    /// Lets everything follow.
    pub fn everything(&mut self) {
        self.roles();
        self.methods(PHONES, "phone_id");
        self.methods(EMAILS, "email_id");
        self.addresses();
        self.personas();
        self.relationships();
        for table in [REFERRALS, COMMUNICATIONS, EXTERNAL_IDS] {
            for id in self.of_duplicate(table) {
                self.repoint(table, id);
            }
        }
    }

    pub(super) fn names(&self, row: &Row, column: &str, person: Uuid) -> bool {
        id_in(row, column) == Some(person)
    }

    fn of_duplicate(&self, table: &'static Table) -> Vec<Uuid> {
        self.book.ids(table, |row| table.people.iter().any(|column| self.names(row, column, self.duplicate)))
    }

    pub(super) fn repoint(&mut self, table: &'static Table, id: Uuid) {
        for column in table.people {
            if self.book.row(table, id).is_some_and(|row| self.names(row, column, self.duplicate)) {
                self.book.set(table, id, column, json!(self.survivor));
            }
        }
    }

    /// The survivor's own open rows of which this is so.
    fn open_of_survivor(&self, table: &'static Table, is_meant: impl Fn(&Row) -> bool) -> Vec<Uuid> {
        self.book.ids(table, |row| self.names(row, "contact_id", self.survivor) && is_open(row) && is_meant(row))
    }

    /// When a period that began then ends, by a clock that may be behind the one by which it began.
    fn ends_at(&self, row: &Row, began: &str) -> Value {
        let now = told_at(self.at);
        match (text_in(row, began), now.as_str()) {
            (Some(began), Some(now)) if began > now => json!(began),
            _ => now,
        }
    }

    /// Closes a row into another one that is the same: that one began when the first of them did.
    fn close(&mut self, table: &'static Table, id: Uuid, kept: Uuid) {
        let Some(row) = self.book.row(table, id).cloned() else { return };
        self.book.set(table, id, "unlinked_at", self.ends_at(&row, "linked_at"));
        self.book.set(table, id, "unlinked_by", json!(self.by));
        self.book.set(table, id, "unlink_reason", json!(WHY));
        if table.columns.contains(&"unlinked_by_organization_id") {
            self.book.set(table, id, "unlinked_by_organization_id", json!(self.by_organization));
        }
        self.began_no_later(table, kept, &row, "linked_at");
        self.book.note_into(table, id, kept);
    }

    fn began_no_later(&mut self, table: &'static Table, kept: Uuid, other: &Row, column: &str) {
        let earlier = text_in(other, column).map(str::to_owned);
        let now = self.book.row(table, kept).and_then(|row| text_in(row, column).map(str::to_owned));
        if let (Some(earlier), Some(now)) = (earlier, now)
            && earlier < now
        {
            self.book.set(table, kept, column, json!(earlier));
        }
    }

    fn roles(&mut self) {
        for id in self.of_duplicate(ROLES) {
            let Some(row) = self.book.row(ROLES, id).cloned() else { continue };
            let is_same = |other: &Row| alike(&row, other, &["organization_id", "contact_type"]);
            if is_open(&row)
                && let Some(kept) = self.open_of_survivor(ROLES, is_same).first().copied()
            {
                self.close(ROLES, id, kept);
                if is_up(&row, "is_primary") {
                    self.book.set(ROLES, kept, "is_primary", json!(true));
                }
            }
            self.repoint(ROLES, id);
        }
    }

    /// Whether the survivor has an open primary row in the same role.
    fn is_led(&self, table: &'static Table, role: &[&str], like: &Row) -> bool {
        !self.open_of_survivor(table, |other| is_up(other, "is_primary") && alike(like, other, role)).is_empty()
    }

    /// Phones and email addresses: one link a value and code. Of two rows with one value that stays of which more is known, above all that
    /// it must not be used: the strictest consent wins, whatever the codes.
    fn methods(&mut self, table: &'static Table, column: &str) {
        let rank = |book: &Book, row: &Row| {
            let method = id_in(row, column).and_then(|id| book.methods.get(&id));
            method.map_or((false, false), |Method { is_silent, is_settled, .. }| (*is_silent, *is_settled))
        };
        let survivors = self.open_of_survivor(table, |_| true);
        for id in self.of_duplicate(table) {
            let Some(row) = self.book.row(table, id).cloned() else { continue };
            if !is_open(&row) {
                self.repoint(table, id);
                continue;
            }
            let theirs = rank(self.book, &row);
            let mut same: Vec<(Uuid, Row)> = self
                .open_of_survivor(table, |other| {
                    let speaks_otherwise = rank(self.book, other).0 != theirs.0 && alike(&row, other, &["match_key"]);
                    alike(&row, other, &[column])
                        || alike(&row, other, &["method_code_id", "match_key"])
                        || speaks_otherwise
                })
                .into_iter()
                .filter(|own| survivors.contains(own))
                .filter_map(|own| Some((own, self.book.row(table, own)?.clone())))
                .collect();
            same.sort_by_key(|(own, other)| {
                (Reverse(rank(self.book, other)), !alike(&row, other, &["method_code_id"]), *own)
            });
            let Some((own, strongest)) = same.first().cloned() else {
                if is_up(&row, "is_primary") && self.is_led(table, &[], &row) {
                    self.book.set(table, id, "is_primary", json!(false));
                }
                self.repoint(table, id);
                continue;
            };
            let stays = theirs > rank(self.book, &strongest);
            let led = same.iter().any(|(other, row)| (stays || *other == own) && is_up(row, "is_primary"));
            let leads = led || (is_up(&row, "is_primary") && !self.is_led(table, &[], &row));
            let kept = if stays { id } else { own };
            let closed = if stays { same.iter().map(|(own, _)| *own).collect() } else { vec![id] };
            for closed in closed {
                self.close(table, closed, kept);
            }
            if self.book.row(table, kept).is_some_and(|row| is_up(row, "is_primary") != leads) {
                self.book.set(table, kept, "is_primary", json!(leads));
            }
            self.repoint(table, id);
        }
    }

    /// Addresses: the same place in the same role is held once a day.
    fn addresses(&mut self) {
        let own: Vec<(Uuid, Row)> = self
            .open_of_survivor(ADDRESSES, |_| true)
            .into_iter()
            .filter_map(|id| Some((id, self.book.row(ADDRESSES, id)?.clone())))
            .collect();
        for id in self.of_duplicate(ADDRESSES) {
            let Some(row) = self.book.row(ADDRESSES, id).cloned() else { continue };
            if !is_open(&row) {
                self.repoint(ADDRESSES, id);
                continue;
            }
            let same: Vec<&(Uuid, Row)> = own
                .iter()
                .filter(|(_, other)| alike(&row, other, &["address_type"]) && self.book.is_one_place(&row, other))
                .collect();
            let held: Days = same.iter().map(|(_, other)| span_of(other)).collect();
            let days: Days = [span_of(&row)].into_iter().collect();
            let rest = days.without(&held);
            let is_led = self.is_led(ADDRESSES, &["address_type"], &row);
            let leads = is_up(&row, "is_primary");
            match (
                rest.spans().split_first(),
                same.iter().find(|(_, other)| span_of(other).within(span_of(&row)).is_some()),
            ) {
                (None, Some((kept, _))) => {
                    self.close(ADDRESSES, id, *kept);
                    if leads && !is_led {
                        self.book.set(ADDRESSES, *kept, "is_primary", json!(true));
                    }
                }
                (Some((first, others)), _) => {
                    if rest != days {
                        self.book.set(ADDRESSES, id, "starts_on", json!(first.starts_on()));
                        self.book.set(ADDRESSES, id, "ends_on", json!(first.ends_on()));
                    }
                    if leads && is_led {
                        self.book.set(ADDRESSES, id, "is_primary", json!(false));
                    }
                    for span in others {
                        let mut more = row.clone();
                        let new = (self.new_id)();
                        // One open row of a record of a source system, and one primary of a kind.
                        for (column, value) in [
                            ("id", json!(new)),
                            ("contact_id", json!(self.survivor)),
                            ("starts_on", json!(span.starts_on())),
                            ("ends_on", json!(span.ends_on())),
                            ("is_primary", json!(false)),
                            ("source_system", Value::Null),
                            ("source_record_id", Value::Null),
                            ("version", json!(1)),
                        ] {
                            more.insert(column.to_owned(), value);
                        }
                        self.book.open(ADDRESSES, new, more, id);
                    }
                }
                (None, None) => {}
            }
            self.repoint(ADDRESSES, id);
        }
    }

    fn personas(&mut self) {
        for id in self.of_duplicate(PERSONAS) {
            let Some(row) = self.book.row(PERSONAS, id).cloned() else { continue };
            let kept = self.book.ids(PERSONAS, |other| {
                self.names(other, "contact_id", self.survivor)
                    && is_empty(other, "revoked_at")
                    && alike(&row, other, &["organization_id", "persona"])
            });
            if is_empty(&row, "revoked_at")
                && let Some(kept) = kept.first().copied()
            {
                self.book.set(PERSONAS, id, "revoked_at", self.ends_at(&row, "granted_at"));
                self.book.set(PERSONAS, id, "revoked_by", json!(self.by));
                self.began_no_later(PERSONAS, kept, &row, "granted_at");
                self.book.note_into(PERSONAS, id, kept);
            }
            self.repoint(PERSONAS, id);
        }
    }
}
