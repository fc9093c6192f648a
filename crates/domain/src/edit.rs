//! Edits: what an update leaves, clears and sets, and how that becomes the facts of an `…updated` event, which hold what was and what
//! is of each field that changed. It knows no noun.

use std::collections::BTreeMap;

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::Event;
use crate::failure::Refusal;
use crate::text;

/// What is to become of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It has no value afterwards.
    Clear,
    /// It has this value afterwards.
    Set(T),
}

impl<T> Edit<T> {
    /// The same with another type of value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Edit<U> {
        match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::Set(value) => Edit::Set(change(value)),
        }
    }

    /// What a field that may be empty has afterwards.
    pub fn over(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// What a field that is never empty has afterwards.
    pub fn over_required(self, field: &str, current: T) -> Result<T, Refusal> {
        match self {
            Self::Keep => Ok(current),
            Self::Set(value) => Ok(value),
            Self::Clear => {
                let why = format!("{field} cannot be cleared; leave it out to keep what it is");
                Err(Refusal::invalid(field, why))
            }
        }
    }
}

impl Edit<String> {
    /// What a line that is never empty has afterwards.
    pub fn line_over(self, field: &str, current: &str, most: usize) -> Result<String, Refusal> {
        text::line(field, &self.over_required(field, current.to_owned())?, most)
    }

    /// What a line that may be empty has afterwards; blank is cleared.
    pub fn optional_line_over(
        self,
        field: &str,
        current: &Option<String>,
        most: usize,
    ) -> Result<Option<String>, Refusal> {
        text::optional_line(field, self.over(current.clone()).as_deref(), most)
    }
}

/// The facts of an `…updated` event: what changed, by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Changes {
    changes: BTreeMap<String, Change>,
}

/// What a field was and is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub old: Value,
    pub new: Value,
}

impl Changes {
    /// Notes a field if it changed.
    pub fn note<T: Serialize + PartialEq>(&mut self, column: &'static str, old: &T, new: &T) {
        if old != new {
            let value = |value: &T| serde_json::to_value(value).expect("a field is JSON");
            self.changes.insert(column.to_owned(), Change { old: value(old), new: value(new) });
        }
    }

    /// Notes what a column was and is, both as JSON.
    pub fn put(&mut self, column: &str, old: Value, new: Value) {
        if old != new {
            self.changes.insert(column.to_owned(), Change { old, new });
        }
    }

    /// Whether it was so already.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Reads them off an event.
    pub fn of(event: &Event) -> Result<Self, DbErr> {
        event.facts()
    }

    /// Whether one of these columns changed.
    pub fn touch(&self, columns: &[&str]) -> bool {
        columns.iter().any(|column| self.changes.contains_key(*column))
    }

    /// What a column was and is, if it changed.
    pub fn get(&self, column: &str) -> Option<&Change> {
        self.changes.get(column)
    }

    /// The value that a column has afterwards, if it changed.
    pub fn new_value(&self, column: &str) -> Option<&Value> {
        self.get(column).map(|change| &change.new)
    }

    /// What is to be written: column and value.
    pub fn written(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.changes.iter().map(|(column, change)| (column.as_str(), &change.new))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_noted_and_null_clears() {
        let mut changes = Changes::default();
        let title = Some("Consultant".to_owned());
        changes.note("first_name", &"Bob".to_owned(), &"Bob".to_owned());
        changes.note("title", &title, &Edit::Clear.over(title.clone()));
        let facts = serde_json::to_value(&changes).unwrap();
        assert_eq!(facts, json!({ "changes": { "title": { "old": "Consultant", "new": null } } }));
        assert!(Edit::<String>::Clear.over_required("firstName", "Bob".to_owned()).is_err());
    }
}
