//! The operations of one socket: each a stream that is polled only while the client takes its answers in. They may not
//! queue anything, and end with the socket.

use std::collections::HashMap;
use std::time::Instant;

use futures::future::{AbortHandle, Abortable};
use futures::stream::{BoxStream, SelectAll, StreamExt, once};
use futures::{Stream, stream};
use liaison_graphql::request::{Answer, Ask, Caller, Opened, Outcome};
use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::Instrument as _;

use super::super::request_id::RequestId;
use super::super::{Front, OperationName};

/// What an operation has to say.
pub(super) enum Said {
    /// It follows from now on: it is a subscription.
    Follows,
    /// An answer.
    Next(Vec<u8>),
    /// It ended before it ran; the text is the JSON list of errors.
    Failed(String),
    /// It ended.
    Complete,
}

/// A new operation.
pub(super) struct Wanted {
    pub(super) id: String,
    pub(super) ask: Ask,
    pub(super) caller: Caller,
    pub(super) request_id: RequestId,
    pub(super) name: Option<OperationName>,
}

/// The operations that run. An id may be used again once its operation has ended, so what comes is told apart by a number
/// that is never used again.
#[derive(Default)]
pub(super) struct Operations {
    streams: SelectAll<BoxStream<'static, (u64, Said)>>,
    running: HashMap<u64, Running>,
    numbers: HashMap<String, u64>,
    last: u64,
}

struct Running {
    id: String,
    abort: AbortHandle,
    follows: bool,
    line: Line,
}

impl Operations {
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.numbers.contains_key(id)
    }

    /// Begins one. Nothing of it runs until [`Self::next`] is polled.
    pub(super) fn start(&mut self, front: &Front, wanted: Wanted) {
        let Wanted { id, ask, caller, request_id, name } = wanted;
        self.last += 1;
        let number = self.last;
        let (abort, registration) = AbortHandle::new_pair();
        let line = Line { request_id: request_id.clone(), name, since: Instant::now(), delivered: 0, outcome: "cut" };
        let said = Abortable::new(run(front.clone(), ask, caller, request_id), registration);
        self.streams.push(said.map(move |said| (number, said)).boxed());
        self.numbers.insert(id.clone(), number);
        self.running.insert(number, Running { id, abort, follows: false, line });
    }

    /// What is said next, with the id of who says it. Pending for ever while nothing runs. It may be dropped at any time.
    pub(super) async fn next(&mut self) -> (String, Said) {
        loop {
            let Some((number, said)) = self.streams.next().await else { return std::future::pending().await };
            // One that was ended may still have something to say.
            let Some(running) = self.running.get_mut(&number) else { continue };
            match said {
                Said::Follows => {
                    running.follows = true;
                    return (running.id.clone(), Said::Follows);
                }
                Said::Next(body) => {
                    running.line.delivered += 1;
                    return (running.id.clone(), Said::Next(body));
                }
                Said::Failed(errors) => return (self.forget(number, "refused"), Said::Failed(errors)),
                Said::Complete => return (self.forget(number, "complete"), Said::Complete),
            }
        }
    }

    /// Ends one at its client's word. What a mutation has begun is finished all the same.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(number) = self.numbers.get(id).copied() {
            self.forget(number, "ended by its client");
        }
    }

    /// Ends those that would never end by themselves.
    pub(super) fn end_following(&mut self) {
        let following: Vec<u64> =
            self.running.iter().filter(|(_, running)| running.follows).map(|(number, _)| *number).collect();
        for number in following {
            self.forget(number, "ended by the drain");
        }
    }

    fn forget(&mut self, number: u64, outcome: &'static str) -> String {
        let Some(mut running) = self.running.remove(&number) else { return String::new() };
        running.abort.abort();
        running.line.outcome = outcome;
        self.numbers.remove(&running.id);
        running.id
    }
}

/// One operation from its start to its end.
fn run(front: Front, ask: Ask, caller: Caller, request_id: RequestId) -> impl Stream<Item = Said> + Send + 'static {
    let span = tracing::info_span!("request", request_id = request_id.as_str());
    let opened = async move { front.open(ask, caller).await }.instrument(span);
    once(opened)
        .map(move |opened| match opened {
            Err(refusal) => once(std::future::ready(Said::Failed(refusal.errors(&request_id).to_string()))).boxed(),
            Ok(Opened::Answered(Answer { outcome: Outcome::Executed, body, .. })) => {
                stream::iter([Said::Next(body), Said::Complete]).boxed()
            }
            Ok(Opened::Answered(answer)) => once(std::future::ready(Said::Failed(errors(&answer.body)))).boxed(),
            Ok(Opened::Following(following)) => once(std::future::ready(Said::Follows))
                .chain(following.deliveries.map(|delivery| Said::Next(delivery.body)))
                .chain(once(std::future::ready(Said::Complete)))
                .boxed(),
        })
        .flatten()
}

/// The list of errors out of the body of an answer that has nothing else.
fn errors(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        errors: &'a RawValue,
    }
    match serde_json::from_slice::<Body>(body) {
        Ok(body) => body.errors.get().to_owned(),
        // The engine writes nothing else; a client is told something all the same.
        Err(_) => "[]".to_owned(),
    }
}

/// The access line of one operation, written when it ends, however that is.
struct Line {
    request_id: RequestId,
    name: Option<OperationName>,
    since: Instant,
    delivered: u64,
    outcome: &'static str,
}

impl Drop for Line {
    fn drop(&mut self) {
        tracing::info!(
            target: "liaison::access",
            request_id = self.request_id.as_str(),
            path = crate::router::SOCKET_PATH,
            operation = self.name.as_ref().map(|name| name.0.as_str()),
            delivered = self.delivered,
            ms = (self.since.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            outcome = self.outcome,
        );
    }
}
