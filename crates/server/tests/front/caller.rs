//! A door behind a real port, and a client that speaks WebSocket to it frame by frame. It may not assert anything but that
//! the server answers at all.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use liaison_server::http::FrontSettings;
use liaison_server::http::live::LiveSettings;
use liaison_server::router::{OtherRoutes, RouterSettings};
use liaison_server::serving::{Drained, ServingSettings, serve};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::door::Door;

/// How long a test waits for what must come: long enough for the slowest machine, as no test rests on it.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Served {
    pub address: SocketAddr,
    pub door: Door,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<Drained>,
}

impl Served {
    pub async fn start(live: LiveSettings) -> Self {
        Self::of(FrontSettings { live, ..FrontSettings::default() }).await
    }

    pub async fn of(settings: FrontSettings) -> Self {
        let door = Door::with(settings, &RouterSettings::default(), OtherRoutes::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let (router, front) = (door.router.clone(), door.front.clone());
        let stopping = async move {
            stopped.await.unwrap_or_default();
            front.live().stop();
        };
        let ended = tokio::spawn(serve(listener, router, ServingSettings::default(), stopping));
        Self { address, door, stop: Some(stop), ended }
    }

    /// Tells it to stop; `ended` waits until it has.
    pub fn stop(&mut self) {
        let stop = self.stop.take().expect("stopped once");
        stop.send(()).expect("a server");
    }

    pub async fn ended(self) -> Drained {
        timeout(PATIENCE, self.ended).await.expect("the server ends").expect("no panic")
    }

    /// Shakes hands with these headers beside the necessary ones.
    pub async fn shake(&self, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header value"));
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Socket(socket))
    }

    /// A socket that has said nothing yet.
    pub async fn socket(&self) -> Socket {
        self.shake(&[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("a handshake")
    }

    /// A socket of Jane's that was acknowledged.
    pub async fn jane(&self) -> Socket {
        let mut socket = self.socket().await;
        socket.say(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer jane" } })).await;
        let ack = socket.hear().await;
        assert_eq!(ack, json!({ "type": "connection_ack" }));
        socket
    }

    /// The status and the first error of a handshake that was refused.
    pub async fn refusal(&self, headers: &[(&'static str, &str)]) -> (u16, String) {
        match self.shake(headers).await {
            Err(Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                (response.status().as_u16(), String::from_utf8_lossy(body).into_owned())
            }
            Ok(_) => panic!("the handshake succeeded"),
            Err(error) => panic!("{error}"),
        }
    }
}

pub struct Socket(pub WebSocketStream<TcpStream>);

impl Socket {
    pub async fn send(&mut self, message: Message) {
        // The server may have closed already: what it said is what the test looks at.
        let _ = self.0.send(message).await;
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } })).await;
    }

    async fn frame(&mut self) -> Option<Message> {
        // Over all: pings come while there is nothing to say.
        timeout(PATIENCE, self.read()).await.expect("the server says something")
    }

    async fn read(&mut self) -> Option<Message> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(frame)) => return Some(frame),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The next message of the protocol.
    pub async fn hear(&mut self) -> Value {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("no message came but {other:?}"),
        }
    }

    /// The code and the reason with which the server closes, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(close))) => return (close.code.into(), close.reason.to_string()),
                Some(Message::Text(_)) => {}
                other => panic!("no close came but {other:?}"),
            }
        }
    }
}
