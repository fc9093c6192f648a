//! Following: a subscription over a WebSocket or as server-sent events, message by message. It mends nothing and repeats nothing.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{App, Who};

/// How long a test waits for what must come: no test rests on it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A socket that speaks `graphql-transport-ws`.
pub struct Socket(WebSocketStream<TcpStream>);

/// A stream of server-sent events.
pub struct Events {
    response: reqwest::Response,
    text: String,
    /// The last id that came, as a browser remembers it.
    pub last_id: Option<String>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: String,
    pub id: Option<String>,
    pub data: Value,
}

impl App {
    /// A socket of somebody's that was acknowledged.
    pub async fn socket(&self, who: &Who) -> Socket {
        let mut socket = self.silent_socket().await;
        socket.init(&self.token(who)).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// A socket on which nothing was said yet.
    pub async fn silent_socket(&self) -> Socket {
        let host = self.url().trim_start_matches("http://");
        let stream = TcpStream::connect(host).await.expect("a connection");
        let mut request = format!("ws://{host}/graphql/ws").into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a header value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("a handshake");
        Socket(socket)
    }

    /// Asks the stream's entrance as somebody, and gives the response as it comes.
    pub async fn ask_stream(&self, token: Option<&str>, body: &Value, last_id: Option<&str>) -> reqwest::Response {
        let mut request = self.client().post(format!("{}/graphql/stream", self.url()));
        request = request.header("accept", "text/event-stream").json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        request.send().await.expect("a response")
    }

    /// Follows as somebody, after the event of this id.
    pub async fn stream(&self, who: &Who, query: &str, variables: Value, last_id: Option<&str>) -> Events {
        let body = json!({ "query": query, "variables": variables });
        let response = self.ask_stream(Some(&self.token(who)), &body, last_id).await;
        assert_eq!(response.status().as_u16(), 200, "{:?}", response.text().await);
        Events { response, text: String::new(), last_id: last_id.map(str::to_owned) }
    }
}

impl Socket {
    /// Says a message.
    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("the socket is open");
    }

    /// Says who it is.
    pub async fn init(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    async fn frame(&mut self) -> Message {
        // Over all: pings come while there is nothing to say.
        timeout(PATIENCE, self.read()).await.expect("a message comes")
    }

    async fn read(&mut self) -> Message {
        loop {
            match self.0.next().await.expect("the socket is open").expect("a frame") {
                Message::Ping(_) | Message::Pong(_) => {}
                frame => return frame,
            }
        }
    }

    /// The next message of the protocol.
    pub async fn hear(&mut self) -> Value {
        match self.frame().await {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("no message came but {other:?}"),
        }
    }

    /// The data of the next answer, which must be one of a subscription that goes on.
    pub async fn next(&mut self) -> Value {
        let message = self.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        message["payload"]["data"].clone()
    }

    /// The code and the reason with which the server closes.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Message::Close(Some(close)) => return (close.code.into(), close.reason.to_string()),
                Message::Text(_) => {}
                other => panic!("no close came but {other:?}"),
            }
        }
    }
}

impl Events {
    /// The next event; nothing at the end.
    pub async fn event(&mut self) -> Option<Event> {
        // Over all: comments come while there is nothing to say.
        timeout(PATIENCE, self.read()).await.expect("an event comes")
    }

    async fn read(&mut self) -> Option<Event> {
        loop {
            let Some((block, rest)) = self.text.split_once("\n\n") else {
                match self.response.chunk().await {
                    Ok(Some(chunk)) => self.text.push_str(std::str::from_utf8(&chunk).expect("whole characters")),
                    Ok(None) | Err(_) => return None,
                }
                continue;
            };
            let field = |name: &str| {
                let found = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                found.map(|value| value.trim_start().to_owned())
            };
            let (kind, id, data) = (field("event"), field("id"), field("data"));
            self.text = rest.to_owned();
            if id.is_some() {
                self.last_id.clone_from(&id);
            }
            if let Some(kind) = kind {
                let data = serde_json::from_str(&data.unwrap_or_default()).unwrap_or_default();
                return Some(Event { kind, id, data });
            }
        }
    }

    /// The data of the next answer.
    pub async fn next(&mut self) -> Value {
        let event = self.event().await.expect("the stream goes on");
        assert_eq!(event.kind, "next");
        assert!(event.data.get("errors").is_none(), "{}", event.data);
        event.data["data"].clone()
    }
}
