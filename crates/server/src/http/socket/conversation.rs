//! One socket from its first frame to its last: one loop, in which a message is sent before the next is read or asked for.
//! It may not buffer: a client that does not read holds up its own operations, and nothing else.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use chrono::{DateTime, Utc};
use futures::FutureExt;
use liaison_domain::viewer::Viewer;
use liaison_graphql::request::Caller;
use serde_json::{Map, Value};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite;

use super::super::live::expired;
use super::super::refusal::{Code, Refusal};
use super::super::request_id::RequestId;
use super::super::{Authenticated, Front, OperationName, is_name, parameters};
use super::close::Close;
use super::message::{self, ClientMessage};
use super::operations::{Operations, Said, Wanted};

/// How long a socket that we closed may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Pings that may stay without any sign of life.
const UNANSWERED: u32 = 2;

/// A socket.
pub(super) struct Conversation {
    front: Front,
    socket: WebSocket,
    /// The header of the handshake, until the client has said who it is.
    authorization: Option<String>,
    known: Option<Known>,
    operations: Operations,
    unanswered: u32,
    request_id: RequestId,
    since: Instant,
}

/// Who speaks.
struct Known {
    viewer: Viewer,
    expires_at: DateTime<Utc>,
}

/// Why the loop is left.
enum End {
    /// We close.
    Close(Close),
    /// The client closes.
    Closed,
    /// The client is gone.
    Gone,
    /// The server stops.
    Stop,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl Conversation {
    pub(super) fn new(front: Front, socket: WebSocket, authorization: Option<String>, request_id: RequestId) -> Self {
        Self {
            front,
            socket,
            authorization,
            known: None,
            operations: Operations::default(),
            unanswered: 0,
            request_id,
            since: Instant::now(),
        }
    }

    /// Holds it to its end.
    pub(super) async fn hold(mut self) {
        let stopped = self.front.live().stopped();
        tokio::pin!(stopped);
        // Also while a message is on its way to a client that does not read.
        let end = tokio::select! {
            biased;
            () = &mut stopped => End::Stop,
            // The panic hook of `telemetry` has logged where.
            end = AssertUnwindSafe(self.talk()).catch_unwind() => end.unwrap_or_else(|_| Close::internal().into()),
        };
        let close = match end {
            End::Gone | End::Closed => None,
            End::Close(ref close) => Some(close.clone()),
            End::Stop => {
                self.finish_what_ends().await;
                Some(Close::going_away())
            }
        };
        self.operations = Operations::default();
        tracing::info!(
            target: "liaison::access",
            request_id = self.request_id.as_str(),
            path = crate::router::SOCKET_PATH,
            ms = (self.since.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            closed = close.as_ref().map(|close| close.code),
            "a socket ended"
        );
        if !matches!(end, End::Gone) {
            self.say_goodbye(close).await;
        }
    }

    /// The loop.
    async fn talk(&mut self) -> End {
        let limits = self.front.live().settings().clone();
        let opened = self.since;
        let mut pings = pings(limits.keep_alive);
        loop {
            let expires_at = self.known.as_ref().map(|known| known.expires_at);
            let heard = tokio::select! {
                () = sleep_until_unless(opened + limits.init_time, self.known.is_some()) => {
                    return Close::initialisation_timeout().into();
                }
                () = expired(expires_at) => return token_expired().into(),
                _ = pings.tick() => {
                    if self.unanswered >= UNANSWERED {
                        return End::Gone;
                    }
                    self.unanswered += 1;
                    self.send(Message::Ping(Default::default())).await
                }
                frame = self.socket.recv() => match frame {
                    None => return End::Gone,
                    Some(Err(error)) => return self.broken(error),
                    Some(Ok(frame)) => {
                        self.unanswered = 0;
                        self.hear(frame).await
                    }
                },
                (id, said) = self.operations.next() => self.pass_on(&id, said).await,
            };
            if let Err(end) = heard {
                return end;
            }
        }
    }

    async fn hear(&mut self, frame: Message) -> Result<(), End> {
        let text = match frame {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Close::malformed("Messages must be text, not binary").into()),
            // The library answers a ping by itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Closed),
        };
        match ClientMessage::read(&text).map_err(Close::malformed)? {
            ClientMessage::Init(payload) => self.init(payload).await,
            ClientMessage::Ping(payload) => self.send(Message::text(message::pong(payload))).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.subscribe(id, payload).await,
            ClientMessage::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    /// The token stands in the handshake's header or in the payload, in one of both.
    async fn init(&mut self, mut payload: Map<String, Value>) -> Result<(), End> {
        if self.known.is_some() {
            return Err(Close::too_many_initialisations().into());
        }
        let given = match payload.remove("Authorization").or_else(|| payload.remove("authorization")) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(Close::malformed("Authorization in the payload must be a text").into()),
        };
        let authorization = match (self.authorization.take(), given) {
            (Some(_), Some(_)) => {
                return Err(Close::forbidden("a token came in the header and in the payload: send it once").into());
            }
            (header, given) => header.or(given),
        };
        let left = (self.since + self.front.live().settings().init_time).saturating_duration_since(Instant::now());
        let known = match timeout(left, self.front.verify(authorization)).await {
            Err(_) => return Err(Close::initialisation_timeout().into()),
            Ok(Ok(Some(Authenticated { viewer, expires_at }))) => Known { viewer, expires_at },
            // Nobody may ask a question over HTTP, but not hold a socket.
            Ok(Ok(None)) => {
                let how = r#"send {"Authorization": "Bearer <token>"} as the payload of connection_init"#;
                return Err(Close::forbidden(how).into());
            }
            Ok(Err(refusal)) if refusal.code() == Code::Unavailable => return Err(Close::try_again().into()),
            Ok(Err(refusal)) => return Err(Close::forbidden(refusal.message()).into()),
        };
        self.known = Some(known);
        self.send(Message::text(message::ACK)).await
    }

    async fn subscribe(&mut self, id: String, payload: Map<String, Value>) -> Result<(), End> {
        let Some(known) = &self.known else { return Err(Close::unauthorized().into()) };
        let ask = parameters::shape(payload).map_err(|refusal| Close::malformed(refusal.message().to_owned()))?;
        if self.operations.contains(&id) {
            return Err(Close::subscriber_exists(&id).into());
        }
        let request_id = RequestId::generate();
        let most = self.front.live().settings().most_operations;
        let admitted = if self.operations.len() < most {
            parameters::refuse_nul(&ask)
        } else {
            Err(Refusal::too_many_operations(format!(
                "A socket runs at most {most} operations at once: complete another first."
            )))
        };
        if let Err(refusal) = admitted {
            let errors = refusal.errors(&request_id).to_string();
            return self.send(Message::text(message::error(&id, &errors))).await;
        }
        let caller = Caller {
            viewer: Some(known.viewer.clone()),
            request_id: request_id.to_string(),
            idempotency_key: None,
            may_introspect: self.front.may_introspect(Some(&known.viewer)),
            queries_only: false,
            resume_after: None,
        };
        let name = ask.operation_name.clone().filter(|name| is_name(name)).map(OperationName);
        self.operations.start(&self.front, Wanted { id, ask, caller, request_id, name });
        Ok(())
    }

    async fn pass_on(&mut self, id: &str, said: Said) -> Result<(), End> {
        let text = match said {
            Said::Follows => return Ok(()),
            Said::Next(body) => message::next(id, &body),
            Said::Failed(errors) => message::error(id, &errors),
            Said::Complete => message::complete(id),
        };
        self.send(Message::text(text)).await
    }

    /// Sends one message and waits until it has left the process: what is not taken in is not asked for either.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let within = self.front.live().settings().write_time;
        let expires_at = self.known.as_ref().map(|known| known.expires_at);
        tokio::select! {
            biased;
            () = expired(expires_at) => Err(token_expired().into()),
            sent = timeout(within, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                // It is gone, or as good as gone.
                Ok(Err(_)) | Err(_) => Err(End::Gone),
            },
        }
    }

    fn broken(&self, error: axum::Error) -> End {
        let most = self.front.live().settings().most_message_bytes;
        match error.into_inner().downcast_ref::<tungstenite::Error>() {
            Some(tungstenite::Error::Capacity(_)) => Close::too_large(most).into(),
            Some(tungstenite::Error::Utf8(_)) => Close::not_utf_8().into(),
            Some(tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => {
                End::Gone
            }
            Some(tungstenite::Error::Protocol(_)) => Close::broken_frame().into(),
            _ => End::Gone,
        }
    }

    /// The server stops: subscriptions end now, a query or a mutation that was begun is answered first.
    async fn finish_what_ends(&mut self) {
        self.operations.end_following();
        let patience = self.front.settings().request_time;
        let finishing = async {
            while self.operations.len() > 0 {
                let (id, said) = self.operations.next().await;
                if matches!(said, Said::Follows) {
                    self.operations.end(&id);
                } else if self.pass_on(&id, said).await.is_err() {
                    return;
                }
            }
        };
        // Whoever is still at it then is told nothing; what it does is finished all the same (`Front::drained`).
        let _ = timeout(patience, finishing).await;
    }

    /// Closes, or answers the client's close, in an orderly way, and is gone soon whatever the client does.
    async fn say_goodbye(&mut self, close: Option<Close>) {
        let goodbye = async {
            if let Some(close) = close
                && self.socket.send(Message::Close(Some(close.frame()))).await.is_err()
            {
                return;
            }
            // The library's own answer to a close goes out when it is read on.
            while let Some(Ok(_)) = self.socket.recv().await {}
        };
        let _ = timeout(GOODBYE, goodbye).await;
    }
}

fn token_expired() -> Close {
    Close::forbidden("the token has expired: connect again with a new one")
}

fn pings(every: Duration) -> Interval {
    let mut pings = interval_at(Instant::now() + every, every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings
}

async fn sleep_until_unless(deadline: Instant, is_done: bool) {
    if is_done {
        std::future::pending().await
    } else {
        sleep(deadline.saturating_duration_since(Instant::now())).await;
    }
}
