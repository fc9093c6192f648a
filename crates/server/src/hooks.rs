//! What others call when something happened at theirs: `POST /hooks/messages`, by which a carrier delivers the text messages that come in.
//! Who calls is known by a signature and by nothing else; what a message means the domain says.

mod signature;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use chrono::{DateTime, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use liaison_domain::failure::{Failure, Fault};
use liaison_domain::phone::{Hear, Heard, Message, keyword};
use liaison_domain::session::{Database, Note};
use liaison_domain::viewer::Viewer;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

pub use self::signature::HookKey;

use crate::http::accept::MediaType;
use crate::http::body;
use crate::http::refusal::Refusal;
use crate::http::request_id::RequestId;

/// The path of messages.
pub const MESSAGES: &str = "/hooks/messages";

/// Who acts, in the log: no login, and for no organization.
const ACTOR: &str = "inbound-message";

/// A message has some hundred characters.
const MOST_BYTES: usize = 64 << 10;
/// The most bytes of messages that are being read at once.
const MOST_BUFFERED_BYTES: usize = 4 << 20;
/// How long one may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Hook {
    database: Database,
    key: Arc<HookKey>,
    memory: Arc<Semaphore>,
}

/// The path, for a carrier that signs with this key.
pub fn routes(database: Database, key: HookKey) -> Router {
    let memory = Arc::new(Semaphore::new(MOST_BUFFERED_BYTES));
    Router::new().route(MESSAGES, post(messages)).with_state(Hook { database, key: Arc::new(key), memory })
}

/// A message as it is delivered. What else a carrier says of it is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivered {
    /// What the carrier calls it.
    id: String,
    /// The number that sent it.
    from: String,
    /// The whole of it.
    text: String,
    /// When it came in.
    received_at: Option<DateTime<Utc>>,
}

async fn messages(State(hook): State<Hook>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    match hook.take(&parts.headers, body, &request_id).await {
        Ok((id, heard)) => answer(&id, heard),
        Err(refusal) => refusal.response(MediaType::Json, &request_id),
    }
}

impl Hook {
    async fn take(&self, headers: &HeaderMap, body: Body, request_id: &RequestId) -> Result<(String, Heard), Refusal> {
        let body = body::read(headers, body, MOST_BYTES, PATIENCE, &self.memory).await?;
        self.key.check(headers, &body, self.database.clock().now())?;
        let Delivered { id, from, text, received_at } = serde_json::from_slice(&body).map_err(|error| {
            Refusal::bad_request(format!(
                "The body is no message: {error}. Send {{\"id\": \"…\", \"from\": \"+12175550123\", \"text\": \"STOP\", \"receivedAt\": \"…Z\"}}."
            ))
        })?;
        // What was said stands in the log as the keyword that it is: nothing else of a message is kept.
        let said = keyword(&text).map(|_| format!("the owner of the number wrote {:?}", text.trim()));
        let note = Note { reason: said, request_id: Some(request_id.to_string()), ..Note::default() };
        let command = Hear(Message { id: id.clone(), from, text, received_at });
        let database = self.database.clone();
        // In a task of its own, so that a carrier which hangs up cuts nothing in the middle.
        let hearing = async move { database.run(&Viewer::installation(ACTOR), &note, &command).await };
        let heard = tokio::spawn(hearing.in_current_span()).await.map_err(|_| Refusal::internal())?;
        Ok((id, heard.map_err(of_failure)?.output))
    }
}

/// 200 for whatever was taken in, so that no carrier delivers it again; what became of it stands in the body.
fn answer(id: &str, heard: Heard) -> Response {
    let (outcome, message) = match heard {
        Heard::OptedOut => ("OPTED_OUT", "This number gets no text messages any more."),
        Heard::OptedIn => ("OPTED_IN", "This number gets text messages again."),
        Heard::SoAlready => ("UNCHANGED", "It was so already."),
        Heard::Superseded => ("SUPERSEDED", "This number has said something else since; the later message counts."),
        Heard::Help => ("HELP", "Nothing changed. STOP ends text messages to this number, START begins them again."),
        Heard::Ignored => ("IGNORED", "This is no keyword: nothing changed, and the message was not kept."),
    };
    let told = json!({ "id": id, "outcome": outcome, "message": message });
    let mut response = Response::new(Body::from(told.to_string()));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn of_failure(failure: Failure) -> Refusal {
    match failure {
        Failure::Refused(refusals) => {
            let told: Vec<String> = refusals.into_iter().map(|refusal| refusal.message).collect();
            Refusal::bad_request(format!("{}.", told.join("; ")))
        }
        Failure::Fault(fault) => {
            tracing::error!(%fault, "a message could not be heard; its carrier is asked to deliver it again");
            match fault {
                Fault::Internal(_) => Refusal::internal(),
                Fault::Unavailable(_) | Fault::TimedOut(_) | Fault::Contended(_) => {
                    Refusal::unavailable("The message could not be taken in just now: deliver it again in a moment.")
                }
            }
        }
    }
}
