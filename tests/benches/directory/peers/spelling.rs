//! How a peer is asked: a document for each request, and the variables that it takes.

use serde_json::{Value, json};

use super::super::requests::{self, Ask};
use super::super::same;
use super::{Name, Peer};
use crate::Outcome;

const Q1: &str = include_str!("postgraphile/q1.graphql");
const Q2: &str = include_str!("postgraphile/q2.graphql");
const Q4: &str = include_str!("postgraphile/q4.graphql");
const Q5: &str = include_str!("postgraphile/q5.graphql");
const Q7: &str = include_str!("postgraphile/q7.graphql");
const CURSOR: &str = include_str!("postgraphile/cursor.graphql");

impl Name {
    /// The document of a request. Mercurius' schema, which is by hand, takes the server's own.
    pub fn document(self, request: &str) -> Option<&'static str> {
        match (self, request) {
            (Self::PostGraphile, "Q1" | "Q1l") => Some(Q1),
            (Self::PostGraphile, "Q2" | "Q2l") => Some(Q2),
            (Self::PostGraphile, "Q4") => Some(Q4),
            (Self::PostGraphile, "Q5") => Some(Q5),
            (Self::PostGraphile, "Q7") => Some(Q7),
            (Self::Mercurius, "Q1" | "Q1l") => Some(requests::Q1),
            (Self::Mercurius, "Q2" | "Q2l") => Some(requests::Q2),
            (Self::Mercurius, "Q4") => Some(requests::Q4),
            (Self::Mercurius, "Q5") => Some(requests::Q5),
            (Self::Mercurius, "Q7") => Some(requests::Q7),
            _ => None,
        }
    }
}

impl Peer {
    /// Its variables for the server's: a cursor is its own for the same place. Mercurius, whose cursors are by hand, takes the server's.
    pub async fn variables(&self, variables: &Value) -> Outcome<Value> {
        let mut variables = variables.clone();
        if self.name == Name::PostGraphile
            && let Some(after) = variables.get_mut("after").filter(|after| !after.is_null())
        {
            let place = same::place(after).ok_or_else(|| format!("{after} is no cursor"))?;
            let ask = Ask::new("", CURSOR, &json!({ "id": place.last() }))?;
            *after = self.ask(&ask).await?["contacts"]["pageInfo"]["endCursor"].take();
        }
        Ok(variables)
    }
}
