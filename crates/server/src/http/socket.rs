//! `GET /graphql/ws`: GraphQL over a WebSocket by the protocol `graphql-transport-ws`. It may not read a document, and it
//! reads no frame before the one before it has been handled.

mod close;
mod conversation;
mod message;
mod operations;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use tracing::Instrument as _;

use self::conversation::Conversation;
use super::accept::MediaType;
use super::live::Place;
use super::refusal::Refusal;
use super::request_id::RequestId;
use super::{Front, cross_site, headers};

/// The one subprotocol that is spoken. (`graphql-ws` names an older one, which nobody maintains.)
const PROTOCOL: &str = "graphql-transport-ws";

/// The upgrade: from a request to a socket, or to why not.
pub async fn socket(State(front): State<Front>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    let admitted = admit(&front, &parts.headers);
    let (place, authorization) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.response(MediaType::Json, &request_id),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let what = rejection.into_response().status();
            let refusal = Refusal::bad_request(format!(
                "This is not a WebSocket handshake that can be served ({what}): use a WebSocket client over HTTP/1.1, version 13."
            ));
            return refusal.response(MediaType::Json, &request_id);
        }
    };
    let limits = front.live().settings();
    let span = tracing::info_span!("socket", request_id = request_id.as_str());
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(limits.most_message_bytes)
        .max_frame_size(limits.most_message_bytes)
        // A buffer for each socket that is open: a frame is short, and every message is flushed.
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .on_upgrade(move |socket| {
            let conversation = Conversation::new(front, socket, authorization, request_id);
            async move {
                conversation.hold().await;
                drop(place);
            }
            .instrument(span)
        })
}

/// What can be decided before the handshake. A token is not judged here: a browser cannot read the status of a handshake
/// that failed, but it can read why a socket was closed.
fn admit(front: &Front, headers: &HeaderMap) -> Result<(Place, Option<String>), Refusal> {
    if !headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return Err(Refusal::upgrade_required(format!(
            "A WebSocket with the subprotocol {PROTOCOL} stands here. Use a client such as graphql-ws, or send \
             subscriptions to /graphql/stream, and queries and mutations to /graphql."
        )));
    }
    cross_site::same_origin(headers, &front.settings().allowed_origins)?;
    let mut offered =
        headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    if !offered.any(|protocol| protocol.trim_ascii() == PROTOCOL.as_bytes()) {
        return Err(Refusal::bad_request(format!(
            "The one subprotocol that is spoken here is {PROTOCOL}: offer it in Sec-WebSocket-Protocol."
        )));
    }
    let authorization = headers::authorization(headers)?;
    Ok((front.live().place()?, authorization))
}
