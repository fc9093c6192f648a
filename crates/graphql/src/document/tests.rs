//! Tests of the gate as a whole, on a small schema of the product's shape.

mod hostile;
mod limits;
mod schema;
mod soundness;
mod variables;

use super::{Code, Gate, Limits, Plan, Refusal, TypeMap, split};
use crate::request::Ask;

fn gate_with(limits: Limits) -> (schema::TestSchema, Gate) {
    let (executing, validator) = split(schema::recipe);
    let types = TypeMap::read(&executing.sdl()).expect("the test schema's SDL");
    (executing, Gate::new(limits, types, validator))
}

fn gate() -> Gate {
    gate_with(Limits::default()).1
}

fn ask(query: &str) -> Ask {
    Ask { query: query.into(), ..Ask::default() }
}

fn ask_with(query: &str, variables: serde_json::Value) -> Ask {
    let serde_json::Value::Object(variables) = variables else { panic!("variables are an object") };
    Ask { variables: Some(variables), ..ask(query) }
}

#[track_caller]
fn refused(result: Result<Plan, Refusal>, code: Code) -> Refusal {
    let refusal = result.map(|plan| plan.cost).expect_err("the document must be refused");
    assert_eq!(refusal.code(), code, "{refusal}");
    refusal
}
