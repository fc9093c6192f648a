//! The JSON text of an answer. Lists that were written already stand in it as they are.

use async_graphql::{ServerError, Value};
use serde::Serialize;

/// The body of an answer with data.
pub(super) fn of_data(errors: &[ServerError], data: &Value, extensions: Option<&serde_json::Value>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.push(b'{');
    if !errors.is_empty() {
        out.extend_from_slice(b"\"errors\":");
        put(&mut out, errors);
        out.push(b',');
    }
    out.extend_from_slice(b"\"data\":");
    write(&mut out, data);
    if let Some(extensions) = extensions {
        out.extend_from_slice(b",\"extensions\":");
        put(&mut out, extensions);
    }
    out.push(b'}');
    out
}

fn put<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("an answer is JSON");
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        // Nothing but `direct` gives bytes out, and they are JSON.
        Value::Binary(json) => out.extend_from_slice(json),
        Value::List(values) => {
            out.push(b'[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(out, value);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                put(out, name.as_str());
                out.push(b':');
                write(out, value);
            }
            out.push(b'}');
        }
        leaf => put(out, leaf),
    }
}
