//! The statements of the floor, and what is bound to them. It knows no HTTP.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Connections;
use crate::Outcome;

const Q1: &str = include_str!("q1.sql");
const Q2: &str = include_str!("q2.sql");
const Q3: &str = include_str!("q3.sql");
const Q4: &str = include_str!("q4.sql");
const Q4_COUNTED: &str = include_str!("q4_counted.sql");
const Q5: &str = include_str!("q5.sql");
const Q6: &str = include_str!("q6.sql");
const Q7: &str = include_str!("q7.sql");
const Q8: &str = include_str!("q8.sql");
const Q9: &str = include_str!("q9.sql");

/// The variables of a request; each statement has its own.
#[derive(Deserialize)]
pub struct Asked {
    id: Option<Uuid>,
    ids: Option<Vec<Uuid>>,
    search: Option<String>,
    first: Option<i64>,
    after: Option<String>,
    contact: Option<Value>,
    phone: Option<Value>,
}

impl Asked {
    /// The place behind which a page begins; before everybody unless told.
    fn place(&self) -> Outcome<(String, Uuid)> {
        let Some(cursor) = &self.after else { return Ok((String::new(), Uuid::nil())) };
        let (_, [name], id): (String, [String; 1], Uuid) = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor)?)?;
        Ok((name, id))
    }
}

/// The answer as JSON, out of one statement that the connection keeps prepared.
pub async fn run(connections: &Connections, name: &str, asked: Asked) -> Outcome<String> {
    let statement = |sql: &'static str| sqlx::query_scalar::<_, String>(sql);
    let bound = match name {
        "q1" => statement(Q1).bind(asked.id),
        "q2" => statement(Q2).bind(asked.id),
        "q3" => statement(Q3).bind(asked.search),
        "q4" | "q4_counted" => {
            let (name_before, id_before) = asked.place()?;
            statement(if name == "q4" { Q4 } else { Q4_COUNTED }).bind(name_before).bind(id_before)
        }
        "q5" => statement(Q5).bind(asked.id),
        "q6" => statement(Q6).bind(asked.ids),
        "q7" => {
            let (name, id) = asked.place()?;
            statement(Q7).bind(asked.first).bind(name).bind(id)
        }
        "q8" => {
            let contact = asked.contact.ok_or("somebody to make")?;
            let text = |pointer: &str| contact.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let mut bound = statement(Q8);
            for _ in 0..4 {
                bound = bound.bind(Uuid::now_v7());
            }
            bound
                .bind(asked.id)
                .bind(text("/firstName"))
                .bind(text("/lastName"))
                .bind(text("/title"))
                .bind(text("/organizations/0/type").map(|role| role.to_lowercase()))
                .bind(text("/phones/0/phone/create/number"))
                .bind(text("/phones/0/phone/create/code"))
        }
        "q9" => {
            let phone = asked.phone.ok_or("what changes")?;
            statement(Q9).bind(asked.id).bind(phone.get("number").and_then(Value::as_str).map(str::to_owned))
        }
        other => return Err(format!("the floor has no statement {other}").into()),
    };
    let mut connection = connections.get().await?;
    Ok(bound.fetch_one(&mut *connection).await?)
}
