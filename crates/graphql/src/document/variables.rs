//! `CoerceVariableValues` of the specification: a request's variables against their declared types, before execution. It
//! may let nothing through that strict validation would refuse, because execution no longer looks.

use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, Value, Variables};
use serde_json::{Map, Value as Json};

use super::refusal::{Code, Fault, MOST_FAULTS, Refusal};
use super::types::{Kind, TypeMap};
use super::usage::Demands;
use super::values;

/// The key by which `serde_json` marks raw text; a client may not pass text off as JSON that was already written.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// The variables that an operation declares, with defaults filled in; others are left out.
pub(crate) fn coerce(
    types: &TypeMap,
    operation: &OperationDefinition,
    demands: &Demands,
    given: Option<&Map<String, Json>>,
) -> Result<Variables, Refusal> {
    let mut coerced = Variables::default();
    let mut faults = Vec::new();
    for definition in &operation.variable_definitions {
        let (pos, definition) = (definition.pos, &definition.node);
        let name = &definition.name.node;
        let ty = &definition.var_type.node;
        let value = match given.and_then(|given| given.get(name.as_str())) {
            Some(json) => coerce_value(types, ty, json, &mut Path::of(name)).map(Some),
            None => match &definition.default_value {
                Some(default) => Ok(Some(default.node.clone())),
                None if !ty.nullable => {
                    Err(format!("Variable \"${name}\" of required type \"{ty}\" was not provided."))
                }
                None if demands.present.contains(name) => Err(format!(
                    "Variable \"${name}\" was not provided: it is the one field of a one-of input, which must have a value."
                )),
                None => Ok(None),
            },
        };
        match value {
            Ok(Some(Value::Null)) if demands.not_null.contains(name) => {
                let message = format!("Variable \"${name}\" must not be null where it is used.");
                faults.push(Fault::at(Code::BadUserInput, message, vec![pos]));
            }
            Ok(Some(value)) => {
                coerced.insert(name.clone(), value);
            }
            Ok(None) => {}
            Err(message) => faults.push(Fault::at(Code::BadUserInput, message, vec![pos])),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if faults.is_empty() { Ok(coerced) } else { Err(Refusal::of(faults)) }
}

/// One argument of a field, given as JSON beside any document: what would be refused of a variable is refused of it.
pub(crate) fn coerce_argument(
    types: &TypeMap,
    owner: &str,
    field: &str,
    argument: &str,
    json: &Json,
) -> Result<Value, String> {
    let input = match types.get(owner) {
        Some((_, Kind::Object { fields })) => fields.get(field).and_then(|field| field.arguments.get(argument)),
        _ => None,
    };
    let Some(input) = input else { return Err(format!("there is no argument {argument}")) };
    let name = Name::new(argument);
    coerce_value(types, &input.ty, json, &mut Path::of(&name)).map_err(|message| {
        let told = message.split_once("got an invalid value: ").map_or(message.as_str(), |(_, told)| told);
        told.replacen('$', "", 1).trim_end_matches('.').to_owned()
    })
}

/// Where in the variable a value stands, for messages.
struct Path<'a> {
    variable: &'a str,
    steps: Vec<Step<'a>>,
}

enum Step<'a> {
    Field(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    fn of(variable: &'a Name) -> Self {
        Self { variable: variable.as_str(), steps: Vec::new() }
    }

    fn wrong(&self, expected: &str) -> String {
        let mut place = format!("${}", self.variable);
        for step in &self.steps {
            match step {
                Step::Field(name) => {
                    place.push('.');
                    place.push_str(name);
                }
                Step::Index(index) => place.push_str(&format!("[{index}]")),
            }
        }
        format!("Variable \"${}\" got an invalid value: \"{place}\" must be {expected}.", self.variable)
    }
}

/// Recursion follows the declared type and the value, which the JSON reader has bounded at 128.
fn coerce_value<'a>(types: &'a TypeMap, ty: &Type, json: &Json, path: &mut Path<'a>) -> Result<Value, String> {
    match (&ty.base, json) {
        (_, Json::Null) if ty.nullable => Ok(Value::Null),
        (_, Json::Null) => Err(path.wrong(&format!("of the type {ty}, not null"))),
        (BaseType::List(inner), Json::Array(items)) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                path.steps.push(Step::Index(index));
                list.push(coerce_value(types, inner, item, path)?);
                path.steps.pop();
            }
            Ok(Value::List(list))
        }
        // One value stands for a list of one.
        (BaseType::List(inner), _) => Ok(Value::List(vec![coerce_value(types, inner, json, path)?])),
        (BaseType::Named(name), _) => coerce_named(types, name, json, path),
    }
}

fn coerce_named<'a>(types: &'a TypeMap, name: &Name, json: &Json, path: &mut Path<'a>) -> Result<Value, String> {
    let Some((_, kind)) = types.get(name) else {
        return Err(path.wrong("of a type that the schema has"));
    };
    match (kind, json) {
        (Kind::Input { fields, one_of }, Json::Object(given)) => {
            if *one_of && (given.len() != 1 || given.values().any(Json::is_null)) {
                return Err(path.wrong(&format!("an object with exactly one field of {name} that is not null")));
            }
            if given.keys().any(|field| !fields.contains_key(field)) {
                let known: Vec<&str> = fields.keys().map(String::as_str).collect();
                return Err(path.wrong(&format!("an object with fields of {name} only ({})", known.join(", "))));
            }
            let mut object = async_graphql::indexmap::IndexMap::with_capacity(given.len());
            for (field, input) in fields {
                match given.get(field) {
                    Some(json) => {
                        path.steps.push(Step::Field(field));
                        object.insert(Name::new(field), coerce_value(types, &input.ty, json, path)?);
                        path.steps.pop();
                    }
                    None if !input.ty.nullable && !input.has_default => {
                        return Err(
                            path.wrong(&format!("an object of type {name} with the required field \"{field}\""))
                        );
                    }
                    None => {}
                }
            }
            Ok(Value::Object(object))
        }
        (Kind::Scalar, Json::Number(number)) if name == "Int" && number.is_f64() => {
            // JSON knows no difference between 3 and 3.0.
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX));
            let whole = whole.map(|number| Value::from(number as i64));
            whole.ok_or_else(|| path.wrong("an Int, from -2147483648 to 2147483647"))
        }
        (Kind::Scalar | Kind::Enum(_) | Kind::Input { .. }, _) => {
            if holds_raw(json) {
                return Err(path.wrong("without reserved keys"));
            }
            let value = match (kind, json) {
                (Kind::Enum(_), Json::String(member)) => Value::Enum(Name::new(member)),
                _ => Value::from_json(json.clone()).map_err(|_| path.wrong("a JSON value"))?,
            };
            values::check_named(types, name, kind, &value).map_err(|expected| path.wrong(&expected))?;
            Ok(value)
        }
        (Kind::Object { .. } | Kind::Abstract { .. }, _) => Err(path.wrong("of an input type")),
    }
}

fn holds_raw(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(holds_raw),
        Json::Object(fields) => fields.iter().any(|(key, value)| key == RAW_VALUE || holds_raw(value)),
        _ => false,
    }
}
