//! One connection, from its first byte to its end, and the watchdog that ends it when its client is too slow.
//! It may not outlive the drain.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::sync::watch;
use tower::ServiceExt;

use super::ServingSettings;
use super::wire::{UnderWay, Verdict, Wire};

/// How long a connection that was told to end may still take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

pub(super) async fn serve(
    builder: Arc<Builder<TokioExecutor>>,
    wire: Wire,
    peer: SocketAddr,
    router: Router,
    settings: Arc<ServingSettings>,
    mut stopping: watch::Receiver<bool>,
) {
    let activity = wire.activity();
    let requests = activity.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = requests.begin(request.version());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            let response: Response<Body> = router.oneshot(request).await?;
            Ok::<_, std::convert::Infallible>(response.map(|body| Held { body, _under_way: under_way }))
        }
    });
    let mut connection = std::pin::pin!(builder.serve_connection_with_upgrades(TokioIo::new(wire), service));

    let (head, idle, write) = (settings.head_time, settings.idle_time, settings.write_time);
    let shortest = head.min(idle).min(write);
    let mut watchdog = tokio::time::interval((shortest / 4).clamp(Duration::from_millis(20), Duration::from_secs(1)));
    watchdog.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    // A client's doing, whatever it is: of interest only to who looks for it.
                    tracing::debug!(%error, %peer, "a connection ended in an error");
                }
                return;
            }
            // The sender is dropped only after it has sent.
            changed = stopping.changed(), if !is_stopping => {
                is_stopping = true;
                if changed.is_ok() {
                    connection.as_mut().graceful_shutdown();
                }
            }
            _ = watchdog.tick() => {
                let Some(verdict) = activity.verdict(head, idle, write) else { continue };
                tracing::debug!(?verdict, %peer, "a connection is ended");
                if verdict == Verdict::Idle {
                    connection.as_mut().graceful_shutdown();
                    // Either it has ended by then, or it is dropped here: both are the end.
                    let _ = tokio::time::timeout(GOODBYE, connection.as_mut()).await;
                }
                return;
            }
        }
    }
}

/// A response's body that keeps its connection from counting as idle.
struct Held {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
