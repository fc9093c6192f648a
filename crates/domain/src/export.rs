//! Taking a list out as a file: what stands in it, page by page out of one snapshot, and that it was taken. Whoever may not export takes
//! nothing out, and what is not recorded is not read. It makes cells, never bytes: a file's format is others' matter.

mod contacts;
mod emergency;
mod links;
mod referrals;

use liaison_entity::organization;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

pub use contacts::Contacts;
pub use emergency::{Allowance, Emergency, Line, MOST_PEOPLE, Person, Section, count as count_people, sections};
pub use referrals::{ReferralQuery, Referrals, count as count_referrals};

use crate::access::{self, Action};
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal};
use crate::reading::{self, ListError};
use crate::session::{Command, Lock, Reader, Work};
use crate::viewer::Viewer;

/// The event of a list that was taken out.
pub const EXPORTED: &str = "directory.exported";

/// So many rows are read at a time.
const PAGE: u32 = 500;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// The directory.
    Contacts,
    /// Whom to call at night.
    Emergency,
    /// The clients that were sent to providers.
    Referrals,
}

impl List {
    /// The name, as in a path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Emergency => "emergency",
            Self::Referrals => "referrals",
        }
    }
}

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// For paper.
    Pdf,
}

/// That somebody takes a list out. It is recorded before the first row leaves, so a file that broke off stands in the log too.
#[derive(Clone, Debug)]
pub struct Export {
    /// Which list.
    pub list: List,
    /// As what.
    pub format: Format,
    /// What was asked for, as it was asked.
    pub arguments: Map<String, Value>,
    /// How many rows the list had just before.
    pub rows: i64,
}

#[derive(Serialize)]
struct Exported<'a> {
    list: List,
    format: Format,
    #[serde(skip_serializing_if = "Map::is_empty")]
    arguments: &'a Map<String, Value>,
    rows: i64,
}

/// Refuses a viewer who may not take lists out.
pub fn allow(viewer: &Viewer) -> Result<(), Refusal> {
    access::allow(viewer, Action::Export)
}

impl Command for Export {
    /// The export's own id, which is the stream of its one event.
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(allow(viewer)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let id = work.id_or_new(None);
        let Self { list, format, arguments, rows } = self;
        let facts = Exported { list: *list, format: *format, arguments, rows: *rows };
        work.record(NewEvent::first(Stream::Directory, id, EXPORTED, &facts));
        Ok(id)
    }
}

/// A list on its way out.
pub enum Pages {
    /// The directory.
    Contacts(Box<Contacts>),
    /// Whom to call at night.
    Emergency(Emergency),
    /// The clients that were sent to providers.
    Referrals(Referrals),
}

impl Pages {
    /// The names of the columns.
    pub fn header(&self) -> Vec<&'static str> {
        match self {
            Self::Contacts(_) => contacts::header(),
            Self::Emergency(_) => emergency::COLUMNS.to_vec(),
            Self::Referrals(_) => referrals::COLUMNS.to_vec(),
        }
    }

    /// The cells of the next rows, made safe for spreadsheets; `None` when there are no more.
    pub async fn next(&mut self, reader: &Reader) -> Result<Option<Vec<Vec<String>>>, Fault> {
        match self {
            Self::Contacts(contacts) => contacts.next(reader).await,
            Self::Emergency(emergency) => emergency.next(reader).await,
            Self::Referrals(referrals) => referrals.next(reader).await,
        }
    }
}

/// The organizations whose list is wanted: the viewer's own unless others are named. One that is out of sight is as missing as one that
/// does not exist.
pub async fn organizations(reader: &Reader, named: &[Uuid], field: &str) -> Result<Vec<organization::Model>, Failure> {
    let own = [reader.viewer().organization_id()];
    let wanted = if named.is_empty() { own.as_slice() } else { named };
    let mut seen = reading::nodes::<organization::Entity>(reader, wanted.to_vec()).await?;
    let mut organizations = Vec::with_capacity(wanted.len());
    for (at, id) in wanted.iter().enumerate() {
        match seen.remove(id) {
            Some(organization) => organizations.push(organization),
            // Named twice, listed once.
            None if wanted[..at].contains(id) => {}
            None if named.is_empty() => {
                return Err(Refusal::not_found("", "organization that your token names, for there is none").into());
            }
            None => return Err(Refusal::not_found(field, "organization").into()),
        }
    }
    Ok(organizations)
}

/// Why a list cannot be taken out, to whoever asked for it.
pub fn failure(failed: ListError) -> Failure {
    match failed {
        ListError::Refused(refusal) => refusal.within("filter").into(),
        failed => failed.ours().into(),
    }
}
