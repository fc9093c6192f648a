//! Rows of things that several contacts have or lack: each thing once, under the key by which it is the same for all, and whether they
//! agree. It reads nothing.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Cell, Row, Section};

/// Whether the contacts of a row agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// All have the same, or none has anything.
    Equal,
    /// At least two have something, and not the same.
    Different,
    /// Some have it and some have nothing; those who have it agree.
    OneSided,
}

impl Verdict {
    /// Of what each of the contacts has.
    pub fn of(cells: &[Option<Cell>]) -> Self {
        let mut had = cells.iter().flatten().map(|cell| cell.same.as_str());
        let first = had.next();
        if had.any(|same| Some(same) != first) {
            Self::Different
        } else if first.is_some() && cells.iter().any(Option::is_none) {
            Self::OneSided
        } else {
            Self::Equal
        }
    }
}

/// The rows of one section while they are collected: a row for each key, in the order in which the keys came.
pub(super) struct Table<'a> {
    section: Section,
    contacts: &'a [Uuid],
    rows: Vec<Row>,
    places: HashMap<String, usize>,
}

impl<'a> Table<'a> {
    /// An empty section.
    pub fn new(section: Section, contacts: &'a [Uuid]) -> Self {
        Self { section, contacts, rows: Vec::new(), places: HashMap::new() }
    }

    /// Puts what a contact has into the row with this key. What a contact has twice under one key is one cell that `join` makes.
    pub fn put(&mut self, key: String, name: &str, contact: Uuid, cell: Cell, join: impl FnOnce(&mut Cell, Cell)) {
        let Some(column) = self.contacts.iter().position(|id| *id == contact) else { return };
        let (section, width, rows) = (self.section, self.contacts.len(), &mut self.rows);
        let place = *self.places.entry(key).or_insert_with(|| {
            rows.push(Row { section, name: name.to_owned(), cells: vec![None; width], verdict: Verdict::Equal });
            rows.len() - 1
        });
        match &mut rows[place].cells[column] {
            Some(held) => join(held, cell),
            empty => *empty = Some(cell),
        }
    }

    /// The rows with their verdicts, by name.
    pub fn rows(mut self) -> Vec<Row> {
        for row in &mut self.rows {
            row.verdict = Verdict::of(&row.cells);
        }
        self.rows.sort_by(|one, other| one.name.cmp(&other.name));
        self.rows
    }
}

/// The primary one of two, else the one that is held for longer, is the one to show.
pub(super) fn stronger(held: &mut Cell, other: Cell) {
    let rank = |cell: &Cell| (cell.is_primary != Some(true), cell.since);
    if rank(&other) < rank(held) {
        *held = other;
    }
}

/// Several values under one key, one after the other.
pub(super) fn listed(held: &mut Cell, other: Cell) {
    held.same = format!("{}, {}", held.same, other.same);
    held.value = held.same.clone().into();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const THIRD: Uuid = Uuid::from_u128(3);

    fn cell(value: &str, same: &str) -> Cell {
        Cell { value: json!(value), same: same.to_owned(), kind: None, is_primary: None, since: None, leads_to: None }
    }

    #[test]
    fn a_row_is_judged_by_what_makes_its_cells_the_same() {
        let spelled_otherwise =
            [Some(cell("(630) 555-0101", "+16305550101")), Some(cell("+1 630 555 0101", "+16305550101"))];
        assert_eq!(Verdict::of(&spelled_otherwise), Verdict::Equal);
        assert_eq!(Verdict::of(&[None, None]), Verdict::Equal, "nobody has anything");
        assert_eq!(Verdict::of(&[Some(cell("a", "a")), None, Some(cell("a", "a"))]), Verdict::OneSided);
        assert_eq!(Verdict::of(&[Some(cell("a", "a")), None, Some(cell("b", "b"))]), Verdict::Different);
    }

    #[test]
    fn what_is_the_same_stands_in_one_row_with_a_place_for_each_contact() {
        let contacts = [ONE, OTHER, THIRD];
        let mut table = Table::new(Section::Phone, &contacts);
        table.put("b".to_owned(), "b", THIRD, cell("B", "b"), stronger);
        table.put("a".to_owned(), "a", ONE, cell("a", "a"), stronger);
        table.put("a".to_owned(), "a", OTHER, cell("A", "a"), stronger);
        table.put("a".to_owned(), "a", OTHER, Cell { is_primary: Some(true), ..cell("A!", "a") }, stronger);
        let rows = table.rows();
        let shown =
            |row: &Row| row.cells.iter().map(|cell| cell.as_ref().map(|cell| cell.value.clone())).collect::<Vec<_>>();
        assert_eq!(rows.len(), 2);
        assert_eq!(shown(&rows[0]), [Some(json!("a")), Some(json!("A!")), None], "the primary one shows");
        assert_eq!(rows[0].verdict, Verdict::OneSided);
        assert_eq!(shown(&rows[1]), [None, None, Some(json!("B"))]);
    }

    #[test]
    fn several_values_of_one_kind_are_told_one_after_the_other() {
        let mut held = cell("4711", "4711");
        listed(&mut held, cell("4712", "4712"));
        assert_eq!(held.value, json!("4711, 4712"));
        assert_eq!(held.same, "4711, 4712");
    }
}
