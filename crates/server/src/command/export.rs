//! `liaison export`: a list into a file beside the database, as an administrator of an organization and on the same path as over HTTP.
//! A file appears when it is whole; to standard output goes nothing but the file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use liaison_domain::export::Format;
use liaison_domain::failure::{Failure, Fault};
use liaison_domain::session::{Database, DatabaseOptions, Note};
use liaison_graphql::document::SchemaFault;
use liaison_graphql::list_arguments::ListArguments;
use serde_json::{Map, Value, json};

use super::acting::{ActingError, acting_as};
use crate::config::{ExportCommand, ExportedFormat, ExportedList, Settings};
use crate::export::ask::{Ask, Rows};
use crate::export::file::File;
use crate::storage::{Storage, StorageError};

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nobody to act as.
    #[error(transparent)]
    Acting(#[from] ActingError),
    /// Our own schema cannot be read.
    #[error("the schema is not sound: {0}")]
    Schema(#[from] SchemaFault),
    /// An argument is not acceptable, or not of this list.
    #[error("--{name}: {why}")]
    Argument {
        /// The flag without its dashes.
        name: String,
        /// What would be right.
        why: String,
    },
    /// The rules said no.
    #[error("{0}")]
    Refused(String),
    /// The database failed; a file that had begun is thrown away.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The file cannot be written.
    #[error("{place} cannot be written: {reason}")]
    Write {
        /// Where.
        place: String,
        /// What the system says.
        reason: io::Error,
    },
}

/// Takes the wanted list out.
pub async fn export(settings: &Settings, wanted: &ExportCommand) -> Result<(), ExportError> {
    let ask = ask(wanted)?;
    let storage = Storage::beside(&settings.database).await?;
    let exported = match storage.database(DatabaseOptions { max_connections: 2, ..DatabaseOptions::default() }).await {
        Ok(database) => {
            let exported = export_from(&database, wanted, ask).await;
            database.close().await;
            exported
        }
        Err(error) => Err(error.into()),
    };
    storage.close().await?;
    exported
}

async fn export_from(database: &Database, wanted: &ExportCommand, ask: Ask) -> Result<(), ExportError> {
    let viewer = acting_as(database, wanted.organization.as_ref()).await?;
    let note = Note { reason: Some("liaison export".to_owned()), ..Note::default() };
    let file = File::open(database, &viewer, ask, &note).await.map_err(|failure| match failure {
        Failure::Fault(fault) => ExportError::Fault(fault),
        Failure::Refused(refusals) => {
            ExportError::Refused(refusals.into_iter().map(|refusal| refusal.message).collect::<Vec<_>>().join("; "))
        }
    })?;
    match &wanted.output {
        Some(path) => into_place(file, path).await,
        None => {
            let failed = |reason| ExportError::Write { place: "standard output".to_owned(), reason };
            let mut out = io::stdout();
            copy(file, &mut out).await?.map_err(failed)?;
            out.flush().map_err(failed)
        }
    }
}

/// Beside its place first, and there in one step when it is whole: nobody meets half a list.
async fn into_place(file: File, path: &Path) -> Result<(), ExportError> {
    let failed = |reason| ExportError::Write { place: path.display().to_string(), reason };
    // A pipe or a device is written to; a file put in its place would do away with it.
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        let mut there = std::fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
        return copy(file, &mut there).await?.map_err(failed);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_owned);
    let mut begun = tempfile::Builder::new().prefix(".liaison-export-").tempfile_in(folder).map_err(failed)?;
    copy(file, begun.as_file_mut()).await?.map_err(failed)?;
    begun.as_file().sync_all().map_err(failed)?;
    begun.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Copies a file piece by piece, with a bar on standard error where that is a terminal.
async fn copy(mut file: File, to: &mut impl Write) -> Result<io::Result<()>, Fault> {
    let bar = ProgressBar::new(u64::try_from(file.expected()).unwrap_or_default());
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} rows, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while let Some(piece) = file.next().await? {
        if let Err(error) = to.write_all(&piece) {
            file.abandon().await;
            return Ok(Err(error));
        }
        bar.set_position(file.written());
    }
    bar.finish_and_clear();
    Ok(Ok(()))
}

/// What the command line asks for. A flag that the list has no use for is refused: it would seem to have been heeded.
fn ask(wanted: &ExportCommand) -> Result<Ask, ExportError> {
    let ExportCommand { list, format, filter, search, order_by, providers, from, until, organization: _, output: _ } =
        wanted;
    let of_contacts = [("filter", filter.is_some()), ("search", search.is_some()), ("order-by", order_by.is_some())];
    let of_referrals = [("provider", !providers.is_empty()), ("from", from.is_some()), ("until", until.is_some())];
    let (is_contacts, is_referrals) = (*list == ExportedList::Contacts, *list == ExportedList::Referrals);
    let stray = of_contacts.iter().filter(|_| !is_contacts).chain(of_referrals.iter().filter(|_| !is_referrals));
    if let Some((name, _)) = stray.into_iter().find(|(_, is_given)| *is_given) {
        return Err(argument(name, "this list has no such choice"));
    }
    let format = match (format, list) {
        (ExportedFormat::Csv, _) => Format::Csv,
        (ExportedFormat::Pdf, ExportedList::Emergency) => Format::Pdf,
        (ExportedFormat::Pdf, _) => return Err(argument("format", "only the emergency list goes on paper: use csv")),
    };
    let mut arguments = Map::new();
    let rows = match list {
        ExportedList::Contacts => {
            for (name, flag, value) in [("filter", "filter", filter), ("orderBy", "order-by", order_by)] {
                if let Some(text) = value {
                    let json: Value = serde_json::from_str(text)
                        .map_err(|error| argument(flag, &format!("this is not JSON: {error}")))?;
                    arguments.insert(name.to_owned(), json);
                }
            }
            if let Some(search) = search {
                arguments.insert("search".to_owned(), Value::String(search.clone()));
            }
            let query = ListArguments::new()?.contacts(&arguments).map_err(|bad| {
                let flag = if bad.name == "orderBy" { "order-by" } else { &bad.name };
                argument(flag, &bad.message)
            })?;
            Rows::Contacts(Box::new(query))
        }
        ExportedList::Emergency => Rows::Emergency(Vec::new()),
        ExportedList::Referrals => {
            if !providers.is_empty() {
                arguments.insert("providerId".to_owned(), json!(providers));
            }
            for (name, day) in [("from", from), ("until", until)] {
                if let Some(day) = day {
                    arguments.insert(name.to_owned(), json!([day.to_string()]));
                }
            }
            let providers = (!providers.is_empty()).then(|| providers.clone());
            Rows::Referrals { organizations: Vec::new(), providers, from: *from, until: *until }
        }
    };
    Ok(Ask { rows, format, arguments })
}

fn argument(name: &str, why: &str) -> ExportError {
    ExportError::Argument { name: name.to_owned(), why: why.to_owned() }
}
