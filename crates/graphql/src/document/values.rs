//! Which values a type admits. It names what would be right and never repeats the value, which may be personal.

use std::collections::HashSet;

use async_graphql::Value;

use super::types::{Kind, TypeMap};

/// Checks a value that is neither null nor a list against a named type that is no input object, or is one and needs an
/// object. The error says what is expected.
pub(crate) fn check_named(types: &TypeMap, name: &str, kind: &Kind, value: &Value) -> Result<(), String> {
    match kind {
        Kind::Scalar => check_scalar(types, name, value),
        Kind::Enum(members) => match value {
            Value::Enum(member) if members.contains(member.as_str()) => Ok(()),
            // A variable's JSON string came here as an enum value; in a document the specification wants no quotes.
            Value::String(_) => Err(format!("one of {}, without quotes", list(members))),
            _ => Err(format!("one of {}", list(members))),
        },
        Kind::Input { .. } => Err(format!("an object of type {name}")),
        Kind::Object { .. } | Kind::Abstract { .. } => Err("of an input type".into()),
    }
}

/// Whether the specification says what a scalar's values are.
pub(crate) fn is_built_in(scalar: &str) -> bool {
    matches!(scalar, "Int" | "Float" | "String" | "Boolean" | "ID")
}

fn check_scalar(types: &TypeMap, name: &str, value: &Value) -> Result<(), String> {
    let (is_right, expected) = match (name, value) {
        ("Int", Value::Number(number)) => (
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "an Int, from -2147483648 to 2147483647",
        ),
        ("Int", _) => (false, "an Int, from -2147483648 to 2147483647"),
        ("Float", Value::Number(number)) => (number.as_f64().is_some_and(f64::is_finite), "a Float"),
        ("Float", _) => (false, "a Float"),
        ("String", _) => (matches!(value, Value::String(_)), "a String"),
        ("Boolean", _) => (matches!(value, Value::Boolean(_)), "a Boolean"),
        ("ID", Value::Number(number)) => (number.is_i64(), "an ID"),
        ("ID", _) => (matches!(value, Value::String(_)), "an ID"),
        _ => return types.scalar(name).map_or(Ok(()), |check| check(value)),
    };
    if is_right { Ok(()) } else { Err(expected.into()) }
}

/// The members of an enum in order, cut where the list would be long.
fn list(members: &HashSet<String>) -> String {
    const MOST: usize = 20;
    let mut names: Vec<&str> = members.iter().map(String::as_str).collect();
    names.sort_unstable();
    let cut = names.len() > MOST;
    names.truncate(MOST);
    if cut { format!("{}, …", names.join(", ")) } else { names.join(", ") }
}
