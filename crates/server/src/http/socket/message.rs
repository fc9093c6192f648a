//! The messages of `graphql-transport-ws`: a client's read, ours written. It may not answer one.

use serde_json::{Map, Value, json};

/// The longest id of an operation, in bytes: it stands in every message about it.
const LONGEST_ID: usize = 255;

/// What a client says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClientMessage {
    Init(Map<String, Value>),
    Ping(Option<Map<String, Value>>),
    Pong,
    Subscribe { id: String, payload: Map<String, Value> },
    Complete { id: String },
}

impl ClientMessage {
    /// Reads a message, or says what would be one. What is said never quotes the client.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut message = match serde_json::from_str(text) {
            Ok(Value::Object(message)) => message,
            Ok(_) => return Err("A message must be a JSON object".to_owned()),
            Err(error) => {
                return Err(format!("A message must be JSON: line {} column {}", error.line(), error.column()));
            }
        };
        let payload = match message.remove("payload") {
            None | Some(Value::Null) => None,
            Some(Value::Object(payload)) => Some(payload),
            Some(_) => return Err("A payload must be a JSON object".to_owned()),
        };
        let id = message.remove("id");
        let id = || match id {
            Some(Value::String(id)) if (1..=LONGEST_ID).contains(&id.len()) => Ok(id),
            _ => Err(format!("An id must be a text of 1 to {LONGEST_ID} bytes")),
        };
        match message.get("type").and_then(Value::as_str) {
            Some("connection_init") => Ok(Self::Init(payload.unwrap_or_default())),
            Some("ping") => Ok(Self::Ping(payload)),
            Some("pong") => Ok(Self::Pong),
            Some("subscribe") => {
                let payload = payload.ok_or_else(|| "A subscribe needs a payload with a query".to_owned())?;
                Ok(Self::Subscribe { id: id()?, payload })
            }
            Some("complete") => Ok(Self::Complete { id: id()? }),
            _ => Err("The type must be connection_init, ping, pong, subscribe or complete".to_owned()),
        }
    }
}

pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// Answers a ping with what it carried.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

/// One answer of an operation; `body` is JSON already.
pub(super) fn next(id: &str, body: &[u8]) -> String {
    with_payload(id, "next", &String::from_utf8_lossy(body))
}

/// The errors that ended an operation.
pub(super) fn error(id: &str, errors: &str) -> String {
    with_payload(id, "error", errors)
}

pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

fn with_payload(id: &str, kind: &str, payload: &str) -> String {
    let id = Value::from(id).to_string();
    format!(r#"{{"id":{id},"type":"{kind}","payload":{payload}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_the_protocol_are_read() {
        let read = |text| ClientMessage::read(text).expect(text);
        assert_eq!(read(r#"{"type":"connection_init"}"#), ClientMessage::Init(Map::new()));
        assert_eq!(read(r#"{"type":"connection_init","payload":null}"#), ClientMessage::Init(Map::new()));
        assert_eq!(read(r#"{"type":"ping"}"#), ClientMessage::Ping(None));
        assert_eq!(read(r#"{"type":"pong","payload":{}}"#), ClientMessage::Pong);
        assert_eq!(read(r#"{"id":"1","type":"complete"}"#), ClientMessage::Complete { id: "1".to_owned() });
        let ClientMessage::Subscribe { id, payload } =
            read(r#"{"type":"subscribe","id":"a","payload":{"query":"{ a }"}}"#)
        else {
            panic!("a subscribe");
        };
        assert_eq!((id.as_str(), payload["query"].as_str()), ("a", Some("{ a }")));
    }

    #[test]
    fn everything_else_is_refused_without_being_quoted() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "secret",
            "[]",
            "7",
            "{}",
            r#"{"type":"secret"}"#,
            r#"{"type":7}"#,
            r#"{"type":"start","id":"1","payload":{}}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"connection_init","payload":"secret"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"type":"subscribe","id":7,"payload":{}}"#,
            r#"{"type":"subscribe","id":"","payload":{}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"complete"}"#,
            deep.as_str(),
        ] {
            let why = ClientMessage::read(text).expect_err(text);
            assert!(!why.contains("secret") && why.len() <= 123, "{why}");
        }
        let long = json!({ "type": "complete", "id": "x".repeat(256) }).to_string();
        assert!(ClientMessage::read(&long).is_err());
    }

    #[test]
    fn an_id_is_written_as_the_client_gave_it() {
        let text = next("a\"\n\u{0}", br#"{"data":null}"#);
        let message: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(message, json!({ "id": "a\"\n\u{0}", "type": "next", "payload": { "data": null } }));
        let message: Value = serde_json::from_str(&error("a", "[]")).expect("JSON");
        assert_eq!(message, json!({ "id": "a", "type": "error", "payload": [] }));
    }
}
