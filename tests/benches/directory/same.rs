//! Whether another's answer is ours: row by row, in order, every value. What can only differ is said here and nowhere else.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use super::table::Who;
use crate::Outcome;

/// Two mutations make two things: these values are new each time.
const MADE: [&str; 6] = ["id", "name", "number", "e164", "version", "position"];

/// Rows of a page of the search.
const PAGE: usize = 20;

/// An error when the two differ.
pub fn check(name: &str, mut ours: Value, who: Who, mut theirs: Value) -> Outcome<()> {
    if matches!(who, Who::Peer(_)) {
        (ours, theirs) = (plain(ours), plain(theirs));
        if name == "Q8" {
            // Whom it was that was made: nobody else tells of refusals, or of a position.
            (ours, theirs) = (made(ours)?, made(theirs)?);
        }
    }
    if name == "Q3" && finds_as_many(&ours, &theirs) {
        return Ok(());
    }
    if ["Q8", "Q9"].contains(&name) {
        blank(&mut ours);
        blank(&mut theirs);
    }
    match difference("", &ours, &theirs) {
        None => Ok(()),
        Some(difference) => {
            Err(format!("{name}{who} gives another answer, so nothing is measured: {difference}").into())
        }
    }
}

fn made(mut answer: Value) -> Outcome<Value> {
    let made = answer.pointer_mut("/contactCreate/contact").map(Value::take);
    Ok(made.ok_or_else(|| format!("nobody was made: {answer}"))?)
}

/// The first place where the two differ, with what stands there.
fn difference(place: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let mut pairs = ours.iter().zip(theirs).enumerate();
            pairs.find_map(|(at, (ours, theirs))| difference(&format!("{place}/{at}"), ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs))
            if ours.len() == theirs.len() && ours.keys().all(|name| theirs.contains_key(name)) =>
        {
            let mut names = ours.keys();
            names.find_map(|name| difference(&format!("{place}/{name}"), &ours[name], &theirs[name]))
        }
        _ => (ours != theirs).then(|| format!("at {place} ours is {ours}, theirs {theirs}")),
    }
}

/// What a peer's answer and ours have in common where a schema that follows from tables cannot say it as ours does: a list that is told
/// with nothing but its rows, and a row that is told with nothing but whom it links, are those; words of a closed set stand in either
/// case; a cursor is the place that it stands for.
fn plain(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(plain).collect(),
        Value::Object(mut fields) => {
            if fields.len() == 1
                && let Some(inner) = ["edges", "nodes", "node"].iter().find_map(|name| fields.remove(*name))
            {
                return plain(inner);
            }
            let plain_field = |(name, field): (String, Value)| {
                let field = match (name.as_str(), field) {
                    ("type" | "kind", Value::String(word)) => word.to_lowercase().into(),
                    ("endCursor", cursor @ Value::String(_)) => place(&cursor).map_or(cursor, Value::from),
                    (_, field) => plain(field),
                };
                (name, field)
            };
            fields.into_iter().map(plain_field).collect()
        }
        other => other,
    }
}

/// The place that a cursor stands for: what is ordered by, the id last. The first word of a cursor says of which order it is.
pub fn place(cursor: &Value) -> Option<Vec<Value>> {
    let text = cursor.as_str()?.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let words: Vec<Value> = serde_json::from_slice(&STANDARD_NO_PAD.decode(text).ok()?).ok()?;
    let flat = |word| if let Value::Array(values) = word { values } else { vec![word] };
    Some(words.into_iter().skip(1).flat_map(flat).collect())
}

/// No plain statement puts first who fits best, or forgives a slip: whoever it finds is found when all of them fit on a page, and a page
/// that it fills is full.
fn finds_as_many(ours: &Value, theirs: &Value) -> bool {
    let people = |answer: &Value| -> BTreeSet<String> {
        let nodes = answer.pointer("/contacts/nodes").and_then(Value::as_array);
        nodes.into_iter().flatten().map(Value::to_string).collect()
    };
    let (ours, theirs) = (people(ours), people(theirs));
    ours.is_superset(&theirs) || (ours.len() == PAGE && theirs.len() == PAGE)
}

fn blank(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(blank),
        Value::Object(fields) => {
            for (name, field) in fields {
                if MADE.contains(&name.as_str()) && !field.is_null() {
                    *field = Value::Bool(true);
                } else {
                    blank(field);
                }
            }
        }
        _ => {}
    }
}
