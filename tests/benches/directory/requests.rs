//! The requests of quality.md: a document each, with a pool of questions, and what they make the server do. They are measured elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::{Value, json};

use super::options::Options;
use super::server::Server;
use crate::Outcome;

mod pools;

pub use pools::named;

pub const Q1: &str = include_str!("requests/q1.graphql");
pub const Q2: &str = include_str!("requests/q2.graphql");
const Q3: &str = include_str!("requests/q3.graphql");
pub const Q4: &str = include_str!("requests/q4.graphql");
const Q4_COUNTED: &str = include_str!("requests/q4_counted.graphql");
pub const Q5: &str = include_str!("requests/q5.graphql");
pub const Q6: &str = include_str!("requests/q6.graphql");
pub const Q7: &str = include_str!("requests/q7.graphql");
const Q8: &str = include_str!("requests/q8.graphql");
const Q9: &str = include_str!("requests/q9.graphql");

/// Stands in a question for a number that no request had before.
pub const ANEW: &str = "§";

const READING: [&str; 14] = ["Q1", "Q1l", "Q1t", "Q2", "Q2l", "Q2t", "Q3", "Q3t", "Q4", "Q4n", "Q5", "Q6", "Q7", "Q7t"];
const WRITING: [&str; 2] = ["Q8", "Q9"];
/// The one that is no GraphQL.
const EXPORT: &str = "export";

/// One request, as somebody or as several in turn.
pub struct Request {
    pub name: &'static str,
    pub asks: Vec<Ask>,
    /// What stands in the answer to a request that did its work.
    pub says: &'static str,
    /// The statement of its floor, if it has one: for what a tenant is shown by its sights there is no plain one.
    pub floor: Option<&'static str>,
}

/// One question of a pool.
pub struct Ask {
    pub token: String,
    /// As they are sent to the floor.
    pub variables: Value,
    body: Body,
    with_cost: Body,
    bare: Body,
}

/// A body as it is sent.
enum Body {
    /// The same each time.
    Same(Bytes),
    /// With a new number between the pieces.
    Anew(Vec<String>),
}

impl Body {
    fn of(body: &Value) -> Outcome<Self> {
        let text = serde_json::to_string(body)?;
        let pieces: Vec<String> = text.split(ANEW).map(str::to_owned).collect();
        Ok(if pieces.len() == 1 { Self::Same(text.into()) } else { Self::Anew(pieces) })
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Same(bytes) => bytes.clone(),
            Self::Anew(pieces) => {
                // Seven digits that are a phone number behind an area code.
                static NEXT: AtomicU64 = AtomicU64::new(2_000_000);
                pieces.join(&NEXT.fetch_add(1, Ordering::Relaxed).to_string()).into()
            }
        }
    }
}

impl Ask {
    /// The same variables for both.
    pub fn new(token: &str, document: &str, variables: &Value) -> Outcome<Self> {
        Self::with_bare(token, document, variables, variables)
    }

    /// With variables of its own for the floor.
    fn with_bare(token: &str, document: &str, variables: &Value, bare: &Value) -> Outcome<Self> {
        let body = json!({ "query": document, "variables": variables });
        let with_cost = json!({ "query": document, "variables": variables, "extensions": { "cost": true } });
        Ok(Self {
            token: token.to_owned(),
            variables: bare.clone(),
            body: Body::of(&body)?,
            with_cost: Body::of(&with_cost)?,
            bare: Body::of(bare)?,
        })
    }

    /// What is sent to the server: the same each time, or anew where nothing may be made twice.
    pub fn body(&self) -> Bytes {
        self.body.bytes()
    }

    /// What is sent to the floor: the variables alone.
    pub fn bare(&self) -> Bytes {
        self.bare.bytes()
    }
}

/// What a request makes the server do, over its pool.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub statements: f64,
    pub rows: f64,
    pub bytes: f64,
}

/// Which requests are wanted.
#[derive(Debug)]
pub struct Wanted {
    pub reading: Vec<&'static str>,
    pub writing: Vec<&'static str>,
    pub export: bool,
}

impl Wanted {
    pub fn of(options: &Options) -> Outcome<Self> {
        let all = READING.iter().chain(&WRITING).chain([&EXPORT]);
        if let Some(unknown) = options.only.iter().find(|only| !all.clone().any(|name| name.eq_ignore_ascii_case(only)))
        {
            let names: Vec<&str> = all.copied().collect();
            return Err(format!("there is no request {unknown}; there are {}", names.join(", ")).into());
        }
        let is_wanted =
            |name: &&str| options.only.is_empty() || options.only.iter().any(|only| only.eq_ignore_ascii_case(name));
        Ok(Self {
            reading: READING.into_iter().filter(is_wanted).collect(),
            writing: WRITING.into_iter().filter(is_wanted).collect(),
            export: is_wanted(&EXPORT),
        })
    }

    /// Whether anything is wanted that leaves something behind; an export stands in the log.
    pub fn writes(&self) -> bool {
        !self.writing.is_empty() || self.export
    }
}

/// Asks each question of a pool once, with its cost.
pub async fn effort(server: &Server, request: &Request) -> Outcome<Effort> {
    let mut effort = Effort { statements: 0.0, rows: 0.0, bytes: 0.0 };
    let number = request.asks.len() as f64;
    for ask in &request.asks {
        let answer = server.ask(&ask.token, ask.with_cost.bytes()).await?;
        if !answer.to_string().contains(request.says) {
            return Err(format!("{} was refused: {answer}", request.name).into());
        }
        let cost = &answer["extensions"]["cost"];
        let value = |name: &str| cost[name].as_f64().ok_or(format!("{} has no {name} in its cost", request.name));
        effort.statements += value("statements")? / number;
        effort.rows += value("rows")? / number;
        effort.bytes += answer["data"].to_string().len() as f64 / number;
    }
    if effort.rows < 1.0 {
        return Err(format!("{} finds nobody: the data or the request is wrong", request.name).into());
    }
    Ok(effort)
}
