//! Lists as files, `GET /exports/…`: from a request to a response that is a whole file or a transfer that broke off. It holds no SQL and
//! decides no right: which rows there are, and who may take them out, the domain says.

pub mod ask;
pub mod file;
pub mod paper;
pub(crate) mod parameters;
mod places;
mod transfer;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method};
use liaison_domain::export::{self, Format, List};
use liaison_domain::failure::{Failure, Fault, RefusalCode};
use liaison_domain::session::{Database, Note};
use liaison_graphql::document::SchemaFault;
use liaison_graphql::list_arguments::ListArguments;
use tracing::Instrument as _;

use self::file::File;
use self::places::Places;
use crate::http::accept::MediaType;
use crate::http::refusal::Refusal;
use crate::http::request_id::RequestId;
use crate::http::{Front, cross_site};

/// The paths, each with its list and format.
const PATHS: [(&str, List, Format); 4] = [
    ("/exports/contacts.csv", List::Contacts, Format::Csv),
    ("/exports/emergency.csv", List::Emergency, Format::Csv),
    ("/exports/emergency.pdf", List::Emergency, Format::Pdf),
    ("/exports/referrals.csv", List::Referrals, Format::Csv),
];

/// The limits of files on their way out.
#[derive(Clone, Debug)]
pub struct ExportLimits {
    /// How many at a time.
    pub most: usize,
    /// How many of one organization at a time.
    pub most_of_one: usize,
    /// How long one may take.
    pub time: Duration,
    /// How long its client may read nothing.
    pub pause: Duration,
}

/// What the entrances need.
#[derive(Clone)]
struct Exports {
    front: Front,
    database: Database,
    arguments: Arc<ListArguments>,
    limits: Arc<ExportLimits>,
    places: Places,
}

/// The paths, for people.
pub fn paths() -> impl Iterator<Item = &'static str> {
    PATHS.into_iter().map(|(path, ..)| path)
}

/// The entrances.
pub fn routes(front: Front, database: Database, limits: ExportLimits) -> Result<Router, SchemaFault> {
    // A file holds a connection as long as it takes: most of the pool stays for everybody else.
    let most = limits.most.min(database.most_connections() as usize / 2).max(1);
    let places = Places::new(most, limits.most_of_one);
    let arguments = Arc::new(ListArguments::new()?);
    let exports = Exports { front, database, arguments, limits: Arc::new(limits), places };
    Ok(PATHS.into_iter().fold(Router::new(), |router, (path, list, format)| {
        let entrance = get(move |State(exports): State<Exports>, request: Request| async move {
            let (parts, _) = request.into_parts();
            let request_id = RequestId::of(&parts.extensions);
            match exports.answer(list, format, &parts, &request_id).await {
                Ok(response) => response,
                Err(refusal) => refusal.response(MediaType::Json, &request_id),
            }
        });
        router.route(path, entrance.with_state(exports.clone()))
    }))
}

impl Exports {
    async fn answer(
        &self,
        list: List,
        format: Format,
        parts: &Parts,
        request_id: &RequestId,
    ) -> Result<Response, Refusal> {
        cross_site::check_get(&parts.headers, &self.front.settings().allowed_origins)?;
        let given = parameters::of_query_string(parts.uri.query().unwrap_or_default())?;
        let Some(authenticated) = self.front.authenticate(&parts.headers).await? else {
            return Err(Refusal::no_token("A file needs a token: send it in the header Authorization: Bearer …"));
        };
        let viewer = authenticated.viewer;
        export::allow(&viewer).map_err(|refusal| of_failure(refusal.into()))?;
        let ask = parameters::ask(list, format, given, &self.arguments)?;
        if parts.method == Method::HEAD {
            // Nobody reads a row of it: nothing is read, and nothing recorded.
            let name = file::name(list, format, self.database.clock().now());
            return Ok(head(format, &name, Body::empty()));
        }
        let place = self.places.take(viewer.organization_id())?;
        let note = Note { request_id: Some(request_id.to_string()), ..Note::default() };
        // In a task of its own that finishes whether or not the client waits: a snapshot that is dropped while it opens costs its
        // connection. The place goes with it, so that hanging up and asking again opens no more than there are places.
        let (database, limit) = (self.database.clone(), self.front.settings().request_time);
        let opening = async move {
            let opened = tokio::time::timeout(limit, File::open(&database, &viewer, ask, &note)).await;
            (opened, place)
        };
        let (file, place) = match tokio::spawn(opening.in_current_span()).await {
            Ok((Ok(opened), place)) => (opened.map_err(of_failure)?, place),
            Ok((Err(_), _)) => {
                return Err(Refusal::took_too_long(
                    "The list did not begin in time. Ask for less, or try again later.",
                ));
            }
            Err(_) => return Err(Refusal::internal()),
        };
        let name = file.name().to_owned();
        Ok(head(format, &name, transfer::body(file, place, &self.limits)))
    }
}

fn head(format: Format, name: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file::media_type(format)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers
        .insert(CONTENT_DISPOSITION, disposition.expect("a file's name is made of letters, digits, dots and dashes"));
    response
}

/// A file that did not come about, as its client is told. What broke goes to the log.
fn of_failure(failure: Failure) -> Refusal {
    match failure {
        Failure::Fault(fault) => of_fault(&fault),
        Failure::Refused(refusals) => {
            let code = refusals.first().map(|refusal| refusal.code);
            let said = |refusal: &liaison_domain::failure::Refusal| match refusal.field.is_empty() {
                true => refusal.message.clone(),
                false => format!("The parameter `{}`: {}", refusal.field.join("."), refusal.message),
            };
            let message = refusals.iter().map(said).collect::<Vec<_>>().join("; ");
            match code {
                Some(RefusalCode::Forbidden) => Refusal::forbidden(message),
                Some(RefusalCode::NotFound) => Refusal::not_found(message),
                _ => Refusal::bad_request(message),
            }
        }
    }
}

fn of_fault(fault: &Fault) -> Refusal {
    match fault {
        Fault::Unavailable(_) => {
            tracing::error!(%fault, "an export failed");
            Refusal::unavailable("The service cannot reach its database just now: try again in a moment.")
        }
        Fault::TimedOut(_) => {
            tracing::warn!(%fault, "an export failed");
            Refusal::took_too_long("The list took too long: narrow the filter.")
        }
        Fault::Contended(_) => {
            tracing::warn!(%fault, "an export failed");
            Refusal::unavailable("Other changes got in the way several times: try again.")
        }
        Fault::Internal(_) => {
            tracing::error!(%fault, "an export failed");
            Refusal::internal()
        }
    }
}
