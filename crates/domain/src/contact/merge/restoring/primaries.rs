//! Who is primary when a merge is taken back: whoever is it now stays it, and of who was it before one that is free comes back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::{Restoring, stands};
use crate::contact::merge::book::{Row, id_in, is_up, span_of, text_in};
use crate::contact::merge::days::Days;
use crate::contact::merge::links::alike;
use crate::contact::merge::relationships::{KINDS, Primary, opened};
use crate::contact::merge::table::{GUARDIANS, ROLES, Table};
use crate::contact::merge::windows::{Piece, yielded};

impl Restoring<'_> {
    /// Of each of the two one link of a kind is primary: that which was made so since, or else the first.
    pub(super) fn one_primary(&mut self, table: &'static Table) {
        for person in [self.survivor, self.duplicate] {
            let mut primary: Vec<(bool, Uuid, Row)> = self
                .book
                .rows(table)
                .filter(|(_, row)| {
                    stands(table, row) && is_up(row, "is_primary") && id_in(row, "contact_id") == Some(person)
                })
                .map(|(id, row)| (!self.was_primary(table, id, "is_primary"), id, row.clone()))
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

    /// Whether a row was primary when the merge was taken back: it stays so before those that were it once.
    fn was_primary(&self, table: &'static Table, id: Uuid, flag: &str) -> bool {
        self.now.row(table, id).is_some_and(|row| stands(table, row) && is_up(row, flag))
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
            .map(|(id, row)| (!self.was_primary(ROLES, id, "is_primary"), id, row.clone()))
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

    /// Leaves the primary of relationships, day by day, to whoever became it since: others, or the survivor in the duplicate's place. What
    /// loses the flag keeps its days.
    pub(super) fn yield_relationships(&mut self) {
        for kind in &KINDS {
            let Some(Primary { among, flag }) = &kind.primary else { continue };
            let table = kind.table;
            let mut taken: BTreeMap<String, Days> = BTreeMap::new();
            for row in self.others.guardians.iter().filter(|_| table.name == GUARDIANS.name) {
                let days = taken.entry(among(row)).or_default();
                *days = days.and(&[span_of(row)].into_iter().collect());
            }
            let mut primary: Vec<(bool, Uuid, Row)> = self
                .book
                .rows(table)
                .filter(|(_, row)| stands(table, row) && is_up(row, flag))
                .map(|(id, row)| (!self.was_primary(table, id, flag), id, row.clone()))
                .collect();
            primary.sort_by_key(|(late, id, row)| (*late, span_of(row), *id));
            for (_, id, row) in primary {
                let taken = taken.entry(among(&row)).or_default();
                let own: Days = [span_of(&row)].into_iter().collect();
                let is_free = own.within(taken).is_none();
                let pieces = yielded(&kind.piece(id, &row, false), flag, taken);
                *taken = taken.and(&own);
                if !is_free {
                    self.write_yielded(table, id, &row, &pieces);
                }
            }
        }
    }

    fn write_yielded(&mut self, table: &'static Table, id: Uuid, row: &Row, pieces: &[Piece]) {
        let Some((first, more)) = pieces.split_first() else { return };
        self.book.set(table, id, "starts_on", json!(first.span.starts_on()));
        self.book.set(table, id, "ends_on", json!(first.span.ends_on()));
        for (column, value) in &first.says {
            self.book.set(table, id, column, value.clone());
        }
        for piece in more {
            let new = (self.new_id)();
            self.book.open(table, new, opened(row, piece, new, self.at), id);
        }
        self.leave(table, id, row, "another one became primary for some of its days since the merge and stays so");
    }
}
