//! What becomes of the relationships of two people who are one. Both had days with the same third person: none of them is lost. What was
//! between the two themselves is closed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::{Row, id_in, is_empty, is_up, span_of, told_at};
use super::links::{Merging, WHY};
use super::table::{GUARDIANS, KINSHIPS, STAFF, Table};
use super::windows::{Piece, Says, one_primary, unite};

/// What a kind of relationship forbids, and what it says of its days.
pub(super) struct Kind {
    pub table: &'static Table,
    /// What is the same relationship, and may share no day.
    pub same: fn(&Row) -> String,
    /// Among which one is primary a day, and the flag.
    pub primary: Option<Primary>,
    /// What is said of days.
    says: &'static [&'static str],
}

/// Among which rows one is primary a day, and the flag.
pub(super) struct Primary {
    pub among: fn(&Row) -> String,
    pub flag: &'static str,
}

fn joined(row: &Row, columns: &[&str]) -> String {
    columns
        .iter()
        .map(|column| row.get(*column).map_or_else(String::new, Value::to_string))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The three.
pub(super) const KINDS: [Kind; 3] = [
    Kind {
        table: KINSHIPS,
        // A sibling link is one row read from both sides.
        same: |row| {
            let (one, other) = (id_in(row, "student_id"), id_in(row, "related_student_id"));
            format!(
                "{:?} {:?} {}",
                one.min(other),
                one.max(other),
                joined(row, &["organization_id", "relationship_label"])
            )
        },
        primary: None,
        says: &[],
    },
    Kind {
        table: GUARDIANS,
        same: |row| joined(row, &["organization_id", "student_id", "guardian_id", "relationship_label"]),
        primary: Some(Primary {
            among: |row| joined(row, &["organization_id", "student_id"]),
            flag: "is_primary_contact",
        }),
        says: &["is_primary_contact", "is_legal_guardian", "lives_with", "is_emergency_contact", "restrictions"],
    },
    Kind {
        table: STAFF,
        same: |row| joined(row, &["recorded_by_organization_id", "staff_id", "organization_id", "facility_id"]),
        primary: Some(Primary {
            among: |row| joined(row, &["recorded_by_organization_id", "staff_id"]),
            flag: "is_primary",
        }),
        says: &["is_primary"],
    },
];

/// What is said of days that both records have: every right and every restriction of either.
fn together(one: &Says, other: &Says) -> Says {
    let mut says = one.clone();
    for (column, value) in other {
        let own = one.get(column);
        let both = match (own, value) {
            (Some(Value::Bool(own)), Value::Bool(theirs)) => json!(*own || *theirs),
            (Some(Value::String(own)), Value::String(theirs)) if own != theirs => json!(format!("{own}\n{theirs}")),
            (Some(Value::Null) | None, theirs) => theirs.clone(),
            (Some(own), _) => own.clone(),
        };
        says.insert(column.clone(), both);
    }
    says
}

impl Kind {
    /// The days of a row, and what it says of them.
    pub(super) fn piece(&self, id: Uuid, row: &Row, leads: bool) -> Piece {
        let said = |column: &&str| ((*column).to_owned(), row.get(*column).cloned().unwrap_or(Value::Null));
        Piece { of: id, span: span_of(row), says: self.says.iter().map(said).collect(), leads }
    }
}

/// A row that is opened for some days of another one.
pub(super) fn opened(row: &Row, piece: &Piece, id: Uuid, at: DateTime<Utc>) -> Row {
    let mut opened = row.clone();
    opened.extend(piece.says.clone());
    for (column, value) in [
        ("id", json!(id)),
        ("starts_on", json!(piece.span.starts_on())),
        ("ends_on", json!(piece.span.ends_on())),
        ("version", json!(1)),
        ("created_at", told_at(at)),
        ("updated_at", told_at(at)),
    ] {
        opened.insert(column.to_owned(), value);
    }
    opened
}

impl Merging<'_> {
    pub(super) fn relationships(&mut self) {
        for kind in &KINDS {
            self.of_kind(kind);
        }
    }

    fn void(&mut self, table: &'static Table, id: Uuid) {
        self.book.set(table, id, "voided_at", told_at(self.at));
        self.book.set(table, id, "voided_by", json!(self.by));
        self.book.set(table, id, "void_reason", json!(WHY));
    }

    fn of_kind(&mut self, kind: &Kind) {
        let table = kind.table;
        let moved: BTreeSet<Uuid> = self
            .book
            .ids(table, |row| table.people.iter().any(|column| self.names(row, column, self.duplicate)))
            .into_iter()
            .collect();
        for id in &moved {
            let Some(row) = self.book.row(table, *id).cloned() else { continue };
            let is_between_them = table.people.iter().any(|column| self.names(&row, column, self.survivor));
            if is_between_them && is_empty(&row, "voided_at") {
                self.void(table, *id);
            }
            // Nobody is a sibling of themselves, not even in a row that was voided: it goes on naming both.
            if !(is_between_them && table.name == KINSHIPS.name) {
                self.repoint(table, *id);
            }
        }
        let standing: BTreeMap<Uuid, Row> = self
            .book
            .rows(table)
            .filter(|(_, row)| is_empty(row, "voided_at"))
            .map(|(id, row)| (id, row.clone()))
            .collect();
        let pieces = settled(kind, &standing, &moved);
        self.write(kind, &standing, pieces);
    }

    /// Writes pieces back into the rows that they come from: the first stays the row, more are opened, and a row without days is voided.
    fn write(&mut self, kind: &Kind, standing: &BTreeMap<Uuid, Row>, pieces: Vec<Piece>) {
        let table = kind.table;
        let mut of: BTreeMap<Uuid, Vec<Piece>> = BTreeMap::new();
        for piece in pieces {
            of.entry(piece.of).or_default().push(piece);
        }
        for (id, row) in standing {
            let mut pieces = of.remove(id).unwrap_or_default();
            pieces.sort_by_key(|piece| piece.span);
            let Some((first, more)) = pieces.split_first() else {
                self.void(table, *id);
                let kept = standing.iter().find(|(other, theirs)| {
                    *other != id
                        && (kind.same)(theirs) == (kind.same)(row)
                        && span_of(theirs).within(span_of(row)).is_some()
                });
                if let Some((kept, _)) = kept {
                    self.book.note_into(table, *id, *kept);
                }
                continue;
            };
            if first.span != span_of(row) {
                self.book.set(table, *id, "starts_on", json!(first.span.starts_on()));
                self.book.set(table, *id, "ends_on", json!(first.span.ends_on()));
            }
            for (column, value) in &first.says {
                self.book.set(table, *id, column, value.clone());
            }
            for piece in more {
                let new = (self.new_id)();
                self.book.open(table, new, opened(row, piece, new, self.at), *id);
            }
        }
    }
}

/// The days of all rows that stand, as they are to be once `moved` are the survivor's as well.
fn settled(kind: &Kind, standing: &BTreeMap<Uuid, Row>, moved: &BTreeSet<Uuid>) -> Vec<Piece> {
    let flag = kind.primary.as_ref().map(|primary| primary.flag);
    let mut groups: BTreeMap<String, (Vec<Piece>, Vec<Piece>)> = BTreeMap::new();
    for (id, row) in standing {
        let group = groups.entry((kind.same)(row)).or_default();
        let side = if moved.contains(id) { &mut group.1 } else { &mut group.0 };
        side.push(kind.piece(*id, row, !moved.contains(id) && flag.is_some_and(|flag| is_up(row, flag))));
    }
    let united = groups.into_values().flat_map(|(own, theirs)| unite(&own, &theirs, together));
    let Some(Primary { among, flag }) = &kind.primary else { return united.collect() };
    let mut scopes: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    for piece in united {
        let scope = standing.get(&piece.of).map(among).unwrap_or_default();
        scopes.entry(scope).or_default().push(piece);
    }
    scopes.into_values().flat_map(|pieces| one_primary(pieces, flag)).collect()
}

/// Who is named beside these people in the rows that stand.
pub(super) fn persons(row: &Row) -> Vec<Uuid> {
    let columns = ["student_id", "related_student_id", "guardian_id", "staff_id"];
    columns.into_iter().filter_map(|column| id_in(row, column)).collect()
}
