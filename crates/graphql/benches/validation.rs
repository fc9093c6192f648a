//! What validating once a document saves on each request: ratios of strict mode, fast mode and the gate's own work, with
//! resolvers that do nothing. Absolute times mean nothing.
#![allow(clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Request, Schema, SchemaBuilder, Variables};
use futures::FutureExt;
use liaison_graphql::document::{Gate, Limits, TypeMap, split};
use liaison_graphql::request::Ask;
use serde_json::json;

struct Query;
struct Contact;
struct ContactConnection;

#[Object]
impl Query {
    async fn contact(&self, id: ID) -> Option<Contact> {
        let _ = id;
        None
    }
    async fn contacts(
        &self,
        first: Option<i32>,
        search: Option<String>,
        types: Option<Vec<String>>,
    ) -> ContactConnection {
        let _ = (first, search, types);
        ContactConnection
    }
}

#[Object]
impl ContactConnection {
    async fn nodes(&self) -> Vec<Contact> {
        Vec::new()
    }
    async fn total_count(&self) -> i32 {
        0
    }
}

#[Object]
impl Contact {
    async fn id(&self) -> i32 {
        1
    }
    async fn name(&self) -> &str {
        ""
    }
    async fn email(&self) -> &str {
        ""
    }
    async fn contacts(&self, first: Option<i32>) -> ContactConnection {
        let _ = first;
        ContactConnection
    }
}

// No variable is of a list type that cannot be null: strict mode would refuse it, against the specification.
const QUERY: &str = "query Directory($search: String, $first: Int = 20, $types: [String!], $id: ID!) {
  contacts(first: $first, search: $search, types: $types) {
    totalCount nodes { ...Card contacts(first: 5) { nodes { ...Card } } } }
  contact(id: $id) { ...Card
    contacts(first: $first) { nodes { id name email contacts(first: 2) { nodes { ...Card } } } } } }
fragment Card on Contact { id name email }";

fn recipe() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
}

fn best(mut work: impl FnMut()) -> Duration {
    let round = |_| {
        let start = Instant::now();
        (0..10).for_each(|_| work());
        start.elapsed()
    };
    (0..200).map(round).min().unwrap_or_default()
}

fn main() {
    let (fast, validator) = split(recipe);
    let strict = recipe().finish();
    let types = TypeMap::read(&fast.sdl()).expect("the SDL");
    let gate = Gate::new(Limits::default(), types, validator);
    let variables = json!({"search": "ada", "id": "7", "types": ["A", "B"]});
    let ask = Ask { query: QUERY.into(), variables: variables.as_object().cloned(), ..Ask::default() };
    let plan = gate.plan(&ask).expect("a sound document");
    let passes = |response: Option<async_graphql::Response>| {
        assert!(black_box(response).is_some_and(|response| response.is_ok()));
    };

    let whole = best(|| {
        let request = Request::new(QUERY).variables(Variables::from_json(variables.clone()));
        passes(strict.execute(request).now_or_never());
    });
    let parsing = best(|| {
        black_box(async_graphql::parser::parse_query(QUERY).is_ok());
    });
    let strict_mode = best(|| passes(strict.execute(plan.request()).now_or_never()));
    let fast_mode = best(|| passes(fast.execute(plan.request()).now_or_never()));
    let gate_only = best(|| {
        black_box(gate.plan(&ask).is_ok());
    });
    let gated = best(|| {
        let plan = gate.plan(&ask).expect("a sound document");
        passes(fast.execute(plan.request()).now_or_never());
    });
    println!("of a request that is parsed and strictly validated anew:");
    let parts = [
        ("parsing", parsing),
        ("strict mode, parsed before", strict_mode),
        ("fast mode, parsed before", fast_mode),
        ("gate: hash, look-up, coercion, cost", gate_only),
        ("gate and fast mode together", gated),
    ];
    for (name, part) in parts {
        println!("  {name:36} {:.2}", part.as_secs_f64() / whole.as_secs_f64());
    }
}
