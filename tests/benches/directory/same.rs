//! Whether the floor's answer is ours: row by row, in order, every value. What can only differ is said here and nowhere else.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Outcome;

/// Two mutations make two things: these values are new each time.
const MADE: [&str; 6] = ["id", "name", "number", "e164", "version", "position"];

/// Rows of a page of the search.
const PAGE: usize = 20;

/// An error when the two differ.
pub fn check(name: &str, mut ours: Value, mut floor: Value) -> Outcome<()> {
    let is_same = match name {
        "Q3" => finds_as_many(&ours, &floor),
        "Q8" | "Q9" => {
            blank(&mut ours);
            blank(&mut floor);
            ours == floor
        }
        _ => ours == floor,
    };
    if is_same {
        Ok(())
    } else {
        Err(format!(
            "it has another answer than its floor, so there is nothing to compare:\nours  {ours}\nfloor {floor}"
        )
        .into())
    }
}

/// No plain statement puts first who fits best, or forgives a slip: whoever it finds is found when all of them fit on a page, and a page
/// that it fills is full.
fn finds_as_many(ours: &Value, floor: &Value) -> bool {
    let people = |answer: &Value| -> BTreeSet<String> {
        let nodes = answer.pointer("/contacts/nodes").and_then(Value::as_array);
        nodes.into_iter().flatten().map(Value::to_string).collect()
    };
    let (ours, floor) = (people(ours), people(floor));
    ours.is_superset(&floor) || (ours.len() == PAGE && floor.len() == PAGE)
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
