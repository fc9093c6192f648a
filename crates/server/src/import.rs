//! Files of people that come in, `POST /imports/contacts`: from a request's body to an import that somebody carries out. It reads no row
//! and decides no right; what a file's rows do the domain says.

pub mod options;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use liaison_domain::failure::{Failure, Fault, RefusalCode};
use liaison_domain::import::{self as imports, FileLimits, Import, Intake, State as ImportState, Taken};
use liaison_domain::session::Database;
use liaison_domain::viewer::Viewer;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::http::Front;
use crate::http::accept::MediaType;
use crate::http::body::discard;
use crate::http::cross_site;
use crate::http::refusal::Refusal;
use crate::http::request_id::RequestId;

/// The longest that a file may take to arrive: who drips it holds a place that others need.
const MOST_TIME: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// The paths, for people.
pub const PATHS: [&str; 3] = ["/imports/contacts", "/imports/{id}", "/imports/{id}/resume"];

/// The limits of files on their way in.
#[derive(Clone, Debug)]
pub struct ImportLimits {
    /// The most bytes of one.
    pub most_bytes: u64,
    /// How many at a time.
    pub most_uploads: usize,
    /// How long one may pause.
    pub pause: Duration,
}

/// What the entrances need.
#[derive(Clone)]
struct Entrance {
    front: Front,
    database: Database,
    limits: Arc<ImportLimits>,
    uploads: Arc<Semaphore>,
}

/// The entrances.
pub fn routes(front: Front, database: Database, limits: ImportLimits) -> Router {
    let uploads = Arc::new(Semaphore::new(limits.most_uploads));
    let entrance = Entrance { front, database, limits: Arc::new(limits), uploads };
    Router::new()
        .route("/imports/contacts", post(bring))
        .route("/imports/{id}", get(show))
        .route("/imports/{id}/resume", post(resume))
        .with_state(entrance)
}

async fn bring(State(entrance): State<Entrance>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    let headers = parts.headers.clone();
    match entrance.admit(&parts).await {
        Ok((viewer, asked)) => match entrance.take(viewer, asked, headers, body).await {
            Ok((id, is_again)) => begun(id, is_again),
            Err(refusal) => refusal.response(MediaType::Json, &request_id),
        },
        Err(refusal) => {
            discard(&headers, body).await;
            refusal.response(MediaType::Json, &request_id)
        }
    }
}

async fn show(State(entrance): State<Entrance>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    match entrance.show(&parts, &id).await {
        Ok(told) => json_response(StatusCode::OK, &told),
        Err(refusal) => refusal.response(MediaType::Json, &request_id),
    }
}

async fn resume(State(entrance): State<Entrance>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    discard(&parts.headers, body).await;
    match entrance.resume(&parts, &id).await {
        Ok(id) => begun(id, true),
        Err(refusal) => refusal.response(MediaType::Json, &request_id),
    }
}

impl Entrance {
    async fn viewer(&self, parts: &Parts) -> Result<Viewer, Refusal> {
        // Without the header a request is nobody's, so that no page of another site can send one for its visitor: there are no cookies,
        // and Authorization is preflighted.
        match self.front.authenticate(&parts.headers).await? {
            Some(authenticated) => Ok(authenticated.viewer),
            None => Err(Refusal::no_token("An import needs a token: send it in the header Authorization: Bearer …")),
        }
    }

    /// What can be decided before the body is read.
    async fn admit(&self, parts: &Parts) -> Result<(Viewer, options::Asked), Refusal> {
        cross_site::same_origin(&parts.headers, &self.front.settings().allowed_origins)?;
        check_type(&parts.headers)?;
        let asked = options::of_query_string(parts.uri.query().unwrap_or_default())?;
        let viewer = self.viewer(parts).await?;
        imports::allow(&viewer).map_err(|refusal| of_failure(refusal.into()))?;
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.limits.most_bytes) {
            return Err(self.too_large());
        }
        Ok((viewer, asked))
    }

    fn too_large(&self) -> Refusal {
        let most = self.limits.most_bytes;
        Refusal::payload_too_large(format!(
            "The file is larger than {most} bytes, the most that comes in here. Split it, or use liaison import on the command line."
        ))
    }

    /// Takes the file in and sees to it that it is carried out; the import's id, and whether it was under way.
    async fn take(
        &self,
        viewer: Viewer,
        asked: options::Asked,
        headers: HeaderMap,
        body: Body,
    ) -> Result<(Uuid, bool), Refusal> {
        let Ok(permit) = Arc::clone(&self.uploads).try_acquire_owned() else {
            discard(&headers, body).await;
            return Err(Refusal::unavailable("The server takes in as many files as it may: try again shortly."));
        };
        let entrance = self.clone();
        // In a task of its own: a client that goes away in the middle leaves nothing half written.
        let taking = async move {
            let _permit = permit;
            let options::Asked { options, file_name } = asked;
            let begun = Intake::begin(&entrance.database, &viewer, options, &file_name, FileLimits::default()).await;
            let mut intake = match begun {
                Ok(intake) => intake,
                Err(failure) => {
                    discard(&headers, body).await;
                    return Err(of_failure(failure));
                }
            };
            let received = tokio::time::timeout(MOST_TIME, entrance.receive(&mut intake, &headers, body)).await;
            let received =
                received.unwrap_or_else(|_| Err(Refusal::body_too_slow("The file took too long to arrive.")));
            if let Err(refusal) = received {
                intake.discard().await;
                return Err(refusal);
            }
            let (id, is_again) = match intake.finish().await.map_err(of_failure)? {
                Taken::New(id) => (id, false),
                Taken::Again(id) => (id, true),
            };
            // Nobody to resume means that somebody carries it out.
            if let Some(worker) = imports::resume(&entrance.database, &viewer, id).await.map_err(of_failure)? {
                imports::spawn(worker);
            }
            Ok((id, is_again))
        };
        tokio::spawn(taking.in_current_span()).await.unwrap_or_else(|_| Err(Refusal::internal()))
    }

    async fn receive(&self, intake: &mut Intake, headers: &HeaderMap, mut body: Body) -> Result<(), Refusal> {
        let mut taken = 0_u64;
        loop {
            let frame = match tokio::time::timeout(self.limits.pause, body.frame()).await {
                Err(_) => return Err(Refusal::body_too_slow("The file did not go on arriving.")),
                Ok(None) => return Ok(()),
                Ok(Some(Err(_))) => return Err(Refusal::bad_request("The file broke off before its end.")),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(bytes) = frame.into_data() else { continue };
            taken += bytes.len() as u64;
            if taken > self.limits.most_bytes {
                discard(headers, body).await;
                return Err(self.too_large());
            }
            if let Err(failure) = intake.take(&bytes).await {
                discard(headers, body).await;
                return Err(of_failure(failure));
            }
        }
    }

    async fn show(&self, parts: &Parts, id: &str) -> Result<Value, Refusal> {
        cross_site::check_get(&parts.headers, &self.front.settings().allowed_origins)?;
        let viewer = self.viewer(parts).await?;
        let id = parse(id)?;
        let reader = self.database.reader(&viewer);
        let import = imports::import(&reader, id).await;
        reader.let_go().await;
        let import = import.map_err(|fault| of_failure(fault.into()))?;
        import.map(|import| told(&import)).ok_or_else(absent)
    }

    async fn resume(&self, parts: &Parts, id: &str) -> Result<Uuid, Refusal> {
        cross_site::same_origin(&parts.headers, &self.front.settings().allowed_origins)?;
        let viewer = self.viewer(parts).await?;
        let id = parse(id)?;
        if let Some(worker) = imports::resume(&self.database, &viewer, id).await.map_err(of_failure)? {
            imports::spawn(worker);
        }
        Ok(id)
    }
}

fn parse(id: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(id).map_err(|_| absent())
}

fn absent() -> Refusal {
    Refusal::not_found("There is no import with this id.")
}

/// Refuses what is not CSV in a Unicode encoding. No form of another site sends text/csv, so this is a guard against those, too.
fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    const RIGHT: &str = "send the file as it is, with Content-Type: text/csv";
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refusal::unsupported_media_type(format!("Exactly one Content-Type is needed: {RIGHT}.")));
    };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    if parts.next() != Some("text/csv") {
        return Err(Refusal::unsupported_media_type(format!("This Content-Type does not come in here: {RIGHT}.")));
    }
    let charset = parts.find_map(|parameter| parameter.split_once('=').filter(|(key, _)| key.trim() == "charset"));
    let charset = charset.map(|(_, value)| value.trim().trim_matches('"').to_owned());
    if charset.as_deref().is_some_and(|charset| !["utf-8", "utf8", "utf-16", "us-ascii"].contains(&charset)) {
        return Err(Refusal::unsupported_media_type(format!(
            "This charset does not come in here: {RIGHT}; charset=utf-8, saved as UTF-8."
        )));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Err(
            Refusal::unsupported_media_type("Compressed files do not come in here: send it without Content-Encoding."),
        ),
        _ => Ok(()),
    }
}

/// 202, with the import's id, its place, and how to follow it.
fn begun(id: Uuid, is_again: bool) -> Response {
    let fields = "state rowTotal rowProcessedCount createdCount updatedCount unchangedCount skippedCount failedCount";
    let mut response = json_response(
        StatusCode::ACCEPTED,
        &json!({
            "id": id,
            "resumed": is_again,
            "follow": {
                "query": format!(
                    "{{ contactImport(id: \"{id}\") {{ {fields} errors {{ nodes {{ row line column code message }} }} \
                     preview {{ nodes {{ row action contact {{ id }} changes {{ column old new }} }} }} }} }}"
                ),
                "subscription": format!("subscription {{ contactImportProgress(id: \"{id}\") {{ {fields} }} }}"),
            },
        }),
    );
    let place = HeaderValue::from_str(&format!("/imports/{id}")).expect("a path of hexadecimal digits");
    response.headers_mut().insert(LOCATION, place);
    response
}

fn told(import: &Import) -> Value {
    let state = match import.state {
        ImportState::Receiving => "RECEIVING",
        ImportState::Pending => "PENDING",
        ImportState::Running => "RUNNING",
        ImportState::Interrupted => "INTERRUPTED",
        ImportState::Done => "DONE",
        ImportState::Failed => "FAILED",
        ImportState::Cancelled => "CANCELLED",
    };
    let counts = import.counts;
    json!({
        "id": import.id, "state": state, "fileName": import.file_name, "failure": import.failure, "rowTotal": import.total,
        "rowProcessedCount": counts.processed, "createdCount": counts.created, "updatedCount": counts.updated,
        "unchangedCount": counts.unchanged, "skippedCount": counts.skipped, "failedCount": counts.failed,
        "createdAt": import.created_at, "startedAt": import.started_at, "finishedAt": import.finished_at,
    })
}

fn json_response(status: StatusCode, told: &Value) -> Response {
    let mut response = Response::new(Body::from(told.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn of_failure(failure: Failure) -> Refusal {
    let refusals = match failure {
        Failure::Fault(fault) => return of_fault(&fault),
        Failure::Refused(refusals) => refusals,
    };
    let code = refusals.first().map(|refusal| refusal.code);
    let message = refusals.into_iter().map(|refusal| refusal.message).collect::<Vec<_>>().join("; ");
    match code {
        Some(RefusalCode::Forbidden) => Refusal::forbidden(message),
        Some(RefusalCode::NotFound) => absent(),
        Some(RefusalCode::RateLimited) => Refusal::too_many_operations(message),
        _ => Refusal::bad_request(message),
    }
}

fn of_fault(fault: &Fault) -> Refusal {
    tracing::error!(%fault, "an import could not be taken in");
    match fault {
        Fault::Unavailable(_) => {
            Refusal::unavailable("The service cannot reach its database just now: try again in a moment.")
        }
        Fault::TimedOut(_) => Refusal::took_too_long("The database took too long: try again later."),
        Fault::Contended(_) => Refusal::unavailable("Other work got in the way: try again in a moment."),
        Fault::Internal(_) => Refusal::internal(),
    }
}
