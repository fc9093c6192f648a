//! The settings file: TOML, one key a setting, its name the long flag's. It may not hold a key that is no setting.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::layers::ConfigError;

/// What the file says, as one would type it behind the flags.
pub(super) type FileSettings = BTreeMap<String, Vec<String>>;

/// The settings of a file; `known` are the keys that it may have.
pub(super) fn read(path: &Path, known: &[String]) -> Result<FileSettings, ConfigError> {
    let wrong = |problem: String| ConfigError::File { path: path.to_owned(), problem };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    // The error's own text quotes the line, and the line may hold a secret.
    let table: Table = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        wrong(format!("line {line} is not TOML: {}", error.message()))
    })?;
    table
        .into_iter()
        .map(|(key, value)| {
            if !known.contains(&key) {
                return Err(wrong(format!("there is no setting {key:?}; the settings are {}", known.join(", "))));
            }
            let values = texts(value)
                .ok_or_else(|| wrong(format!("{key} must be a text, a number, true or false, or a list of these")))?;
            Ok((key, values))
        })
        .collect()
}

fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.into_iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}
