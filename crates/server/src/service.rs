//! The running service: engine, tokens, pages and paths put together, and the orderly end. It holds no rule of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use liaison_domain::candidate::Worker;
use liaison_domain::session::Database;
use liaison_graphql::document::SchemaFault;
use liaison_graphql::engine::Engine;
use liaison_graphql::request::Opened;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::auth::{AuthError, Authenticator, DemoKey};
use crate::config::{Exposure, Settings};
use crate::demo;
use crate::export;
use crate::graphiql::{self, GraphiqlOptions, Identity};
use crate::health::{Check, Checks};
use crate::hooks;
use crate::http::host::Hosts;
use crate::http::refusal::Refusal;
use crate::http::{Authenticate, Authenticated, Execute, Front, FrontSettings, Introspection, Open};
use crate::import;
use crate::metrics::{Counted, Metrics};
use crate::router::{OtherRoutes, RouterSettings, router};
use crate::serving::{self, Drained, ServingSettings};

/// What a service is made of.
pub struct Parts {
    /// The directory.
    pub database: Database,
    /// Who may ask.
    pub authenticator: Authenticator,
    /// The key of a demo, whose GraphiQL hands out tokens.
    pub demo_key: Option<Arc<DemoKey>>,
}

/// A service that is ready to listen.
pub struct Service {
    router: axum::Router,
    front: Front,
    database: Database,
    serving: ServingSettings,
    finds_duplicates: bool,
    counted: Counted,
    /// Where the numbers for Prometheus are asked for.
    metrics: Option<TcpListener>,
}

/// How long a demo token of GraphiQL is good.
const IDENTITY_LIFETIME: Duration = Duration::from_secs(8 * 3600);

impl Service {
    /// Puts the parts together as the settings say.
    pub fn new(parts: Parts, settings: &Settings) -> Result<Self, SchemaFault> {
        let Parts { database, authenticator, demo_key } = parts;
        let is_demo = demo_key.is_some();
        let engine = Arc::new(Engine::new(database.clone(), settings.limits.documents())?);
        let counted = settings.service.metrics_listen.map(|_| Counted::default());
        let (execute, open) = doors(engine, counted.clone());
        let front_settings = FrontSettings {
            most_body_bytes: settings.limits.max_body_bytes as usize,
            request_time: settings.limits.request_timeout(),
            introspection: match settings.service.introspection {
                Exposure::On => Introspection::Everyone,
                Exposure::Off => Introspection::NoOne,
                Exposure::Auto if is_demo => Introspection::Everyone,
                Exposure::Auto => Introspection::SuperAdmins,
            },
            allowed_origins: settings.service.cors_origins.clone(),
            live: settings.live.of_the_door(),
            ..FrontSettings::default()
        };
        let front = Front::new(execute, authenticate(authenticator), front_settings).with_subscriptions(open);
        let mut others = OtherRoutes::default();
        let shows_graphiql = match settings.service.graphiql {
            Exposure::On => true,
            Exposure::Off => false,
            Exposure::Auto => is_demo,
        };
        if shows_graphiql {
            let mut options = GraphiqlOptions::default();
            if let Some(key) = demo_key {
                options = options.with_identities(move || identities(&key));
            }
            others = OtherRoutes {
                routes: graphiql::routes(options),
                paths: vec![graphiql::PATH],
                ..OtherRoutes::default()
            };
        }
        others.routes =
            others.routes.merge(export::routes(front.clone(), database.clone(), settings.exports.limits())?);
        others.paths.extend(export::paths());
        others.uploads = import::routes(front.clone(), database.clone(), settings.imports.limits());
        others.paths.extend(import::PATHS);
        if let Some(key) = settings.hooks.message_key() {
            others.routes = others.routes.merge(hooks::routes(database.clone(), key));
            others.paths.push(hooks::MESSAGES);
        }
        let router_settings = RouterSettings {
            most_body_bytes: settings.limits.max_body_bytes as usize,
            // A page of another site that resolves to this machine must not read demo tokens.
            hosts: if is_demo { Hosts::loopback() } else { Hosts::Any },
            counted: counted.clone(),
            ..RouterSettings::default()
        };
        let router = router(front.clone(), checks(database.clone()), others, &router_settings);
        let serving =
            ServingSettings { most_connections: settings.limits.max_connections, ..ServingSettings::default() };
        let finds_duplicates = settings.duplicates.find_duplicates;
        Ok(Self {
            router,
            front,
            database,
            serving,
            finds_duplicates,
            counted: counted.unwrap_or_default(),
            metrics: None,
        })
    }

    /// The same with its numbers for Prometheus on a listener of their own.
    #[must_use]
    pub fn with_metrics_on(self, listener: TcpListener) -> Self {
        Self { metrics: Some(listener), ..self }
    }

    /// Serves until `shutdown` completes, then lets what is under way finish.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) -> Drained {
        self.database.start_feed();
        let worker = self.finds_duplicates.then(|| Worker::start(&self.database));
        let (stop_metrics, stopped) = oneshot::channel::<()>();
        let metrics = self.metrics.map(|listener| {
            let metrics = Metrics::new(&self.counted, self.database.clone(), self.front.clone());
            tokio::spawn(metrics.serve(listener, async { drop(stopped.await) }))
        });
        let live = self.front.clone();
        let shutdown = async move {
            shutdown.await;
            // A socket and a stream end at this word only: the drain would wait for them in vain.
            live.live().stop();
        };
        let drained = serving::serve(listener, self.router, self.serving, shutdown).await;
        // Operations that no client waits for any more are finished all the same: an acknowledged write is never cut.
        if tokio::time::timeout(Duration::from_secs(30), self.front.drained()).await.is_err() {
            tracing::warn!("operations were still running after 30 seconds and are cut");
        }
        if let Some(worker) = worker {
            worker.stop().await;
        }
        drop(stop_metrics);
        if let Some(metrics) = metrics
            && let Err(error) = metrics.await
        {
            tracing::error!(%error, "the listener of metrics did not end in an orderly way");
        }
        self.database.close().await;
        drained
    }
}

/// The engine as the door sees it, with somebody who counts what is asked.
fn doors(engine: Arc<Engine>, counted: Option<Counted>) -> (Execute, Open) {
    let answering = (Arc::clone(&engine), counted.clone());
    let execute: Execute = Arc::new(move |ask, caller| {
        let (engine, counted) = answering.clone();
        async move {
            let since = Instant::now();
            let answer = engine.answer(ask, caller).await;
            if let Some(counted) = counted {
                counted.operation(&answer.report, since.elapsed());
            }
            answer
        }
        .boxed()
    });
    let open: Open = Arc::new(move |ask, caller| {
        let (engine, counted) = (Arc::clone(&engine), counted.clone());
        async move {
            let since = Instant::now();
            let opened = engine.open(ask, caller).await;
            if let Some(counted) = counted {
                let report = match &opened {
                    Opened::Answered(answer) => &answer.report,
                    Opened::Following(following) => &following.report,
                };
                counted.operation(report, since.elapsed());
            }
            opened
        }
        .boxed()
    });
    (execute, open)
}

fn authenticate(authenticator: Authenticator) -> Authenticate {
    let authenticator = Arc::new(authenticator);
    Arc::new(move |header| {
        let authenticator = Arc::clone(&authenticator);
        async move {
            match authenticator.authenticate(header.as_deref()).await {
                Ok(None) => Ok(None),
                Ok(Some(known)) => Ok(Some(Authenticated { viewer: known.viewer, expires_at: known.expires_at })),
                Err(error @ AuthError::KeysUnavailable) => Err(Refusal::unavailable(error.to_string())),
                Err(error) => Err(Refusal::unauthenticated(error.to_string())),
            }
        }
        .boxed()
    })
}

fn checks(database: Database) -> Checks {
    Arc::new(move || {
        let database = database.clone();
        async move {
            vec![match database.ping().await {
                Ok(()) => Check::passed("database"),
                Err(fault) => {
                    tracing::warn!(%fault, "not ready");
                    Check::failed("database", "the database does not answer")
                }
            }]
        }
        .boxed()
    })
}

fn identities(key: &DemoKey) -> Vec<Identity> {
    let issue = |identity: demo::DemoIdentity| {
        let token =
            key.issue(&identity.subject, identity.roles.iter().copied(), identity.organization_id, IDENTITY_LIFETIME);
        match token {
            Ok(token) => {
                Some(Identity { label: identity.label.to_owned(), token, description: identity.description.to_owned() })
            }
            Err(error) => {
                tracing::error!(%error, "a demo token cannot be signed");
                None
            }
        }
    };
    demo::identities().into_iter().filter_map(issue).collect()
}

/// The address as a person opens it.
pub fn address(listen: SocketAddr) -> String {
    let host = if listen.ip().is_loopback() { "localhost".to_owned() } else { listen.ip().to_string() };
    format!("http://{host}:{}", listen.port())
}
