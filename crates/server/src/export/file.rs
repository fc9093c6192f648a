//! One file on its way out, for HTTP and the command line alike: recorded first, then read from one snapshot, a bounded piece at a time.
//! It knows nobody who reads it.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use liaison_domain::entity::organization;
use liaison_domain::export::{self, Contacts, Emergency, Export, Format, List, Pages, ReferralQuery, Referrals};
use liaison_domain::failure::{Failure, Fault, Refusal};
use liaison_domain::reading;
use liaison_domain::session::{Database, Note, Reader};
use liaison_domain::viewer::Viewer;

use super::ask::{Ask, Rows};
use super::paper::{self, Sheet};

/// Without it, a spreadsheet takes UTF-8 for the code page of its machine.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The media type of a format.
pub const fn media_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Pdf => "application/pdf",
    }
}

/// What a file is called: ASCII, so that it needs no quoting anywhere.
pub fn name(list: List, format: Format, at: DateTime<Utc>) -> String {
    let extension = match format {
        Format::Csv => "csv",
        Format::Pdf => "pdf",
    };
    format!("{}-{}.{extension}", list.name(), at.format("%Y-%m-%d"))
}

/// A file that can be read. Dropped, it ends its snapshot.
pub struct File {
    name: String,
    expected: i64,
    written: u64,
    reader: Reader,
    rest: Rest,
}

enum Rest {
    /// The first piece, which was read to see that the list can be read at all.
    Begun(Bytes, Option<Pages>),
    /// What is still in the database.
    More(Pages),
    /// Nothing.
    End,
}

impl File {
    /// Records that the file is taken out, and reads its first piece.
    pub async fn open(database: &Database, viewer: &Viewer, ask: Ask, note: &Note) -> Result<Self, Failure> {
        export::allow(viewer)?;
        let at = database.clock().now();
        let reader = database.reader(viewer);
        let (list, format) = (ask.list(), ask.format);
        let (prepared, rows) = prepare(&reader, &ask.rows).await?;
        if format == Format::Pdf && rows > export::MOST_PEOPLE {
            let why = format!(
                "the list has {rows} people, more than the {} that go on paper: take emergency.csv, or fewer organizations",
                export::MOST_PEOPLE
            );
            return Err(Refusal::invalid("", why).into());
        }
        // Recording gives the snapshot's connection back; what follows is read from a new one.
        reader.record(note, &Export { list, format, arguments: ask.arguments, rows }).await?;
        let mut file = Self { name: name(list, format, at), expected: rows, written: 0, reader, rest: Rest::End };
        file.rest = match (format, prepared) {
            (Format::Pdf, Prepared::Emergency(organizations)) => {
                Rest::Begun(file.print(organizations, at).await?, None)
            }
            (Format::Pdf, _) => return Err(Refusal::invalid("", "only the emergency list goes on paper").into()),
            (Format::Csv, prepared) => {
                let mut pages = prepared.pages();
                let header = line_of(&pages.header())?;
                let mut first = BYTE_ORDER_MARK.as_bytes().to_vec();
                first.extend_from_slice(&header);
                match file.piece(&mut pages).await? {
                    Some(piece) => {
                        first.extend_from_slice(&piece);
                        Rest::Begun(first.into(), Some(pages))
                    }
                    None => Rest::Begun(first.into(), None),
                }
            }
        };
        Ok(file)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows the list had when it was recorded.
    pub const fn expected(&self) -> i64 {
        self.expected
    }

    /// How many rows were read so far.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// How many rows the snapshot has given so far, of whatever kind.
    pub async fn effort(&self) -> (u64, u64) {
        self.reader.effort().await
    }

    /// The next piece: whole lines, at most a page of rows. `None` when the file is whole; a fault is a file that must be thrown away.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        match std::mem::replace(&mut self.rest, Rest::End) {
            Rest::Begun(piece, pages) => {
                match pages {
                    Some(pages) => self.rest = Rest::More(pages),
                    None => self.reader.let_go().await,
                }
                Ok(Some(piece))
            }
            Rest::More(mut pages) => {
                let piece = self.piece(&mut pages).await?;
                match &piece {
                    Some(_) => self.rest = Rest::More(pages),
                    None => self.reader.let_go().await,
                }
                Ok(piece)
            }
            Rest::End => Ok(None),
        }
    }

    /// Ends the snapshot of a file that nobody reads to its end.
    pub async fn abandon(self) {
        self.reader.let_go().await;
    }

    /// The lines of the next page that has any.
    async fn piece(&mut self, pages: &mut Pages) -> Result<Option<Bytes>, Fault> {
        while let Some(rows) = pages.next(&self.reader).await? {
            if rows.is_empty() {
                continue;
            }
            self.written += rows.len() as u64;
            return lines_of(rows).map(Some);
        }
        Ok(None)
    }

    async fn print(&mut self, organizations: Vec<organization::Model>, at: DateTime<Utc>) -> Result<Bytes, Failure> {
        let sections = export::sections(&self.reader, organizations).await?;
        let viewer = self.reader.viewer();
        let own = reading::nodes::<organization::Entity>(&self.reader, vec![viewer.organization_id()]).await?;
        let of = own.into_values().next().map(|organization| organization.name);
        self.reader.let_go().await;
        self.written = sections.iter().map(|section| section.people.len() as u64).sum();
        let sheet = Sheet { sections, at, by: viewer.subject().to_owned(), of };
        // It takes a processor for a while: not one that others wait on.
        let printed = tokio::task::spawn_blocking(move || paper::print(&sheet)).await;
        match printed {
            Ok(Ok(bytes)) => Ok(bytes.into()),
            Ok(Err(error)) => Err(Fault::Internal(format!("the list cannot be printed: {error}")).into()),
            Err(_) => Err(Fault::Internal("printing the list panicked".to_owned()).into()),
        }
    }
}

/// A list whose arguments were found to be in sight.
enum Prepared {
    Contacts(Box<reading::ContactQuery>),
    Emergency(Vec<organization::Model>),
    Referrals(ReferralQuery),
}

impl Prepared {
    fn pages(self) -> Pages {
        match self {
            Self::Contacts(query) => Pages::Contacts(Box::new(Contacts::of(*query))),
            Self::Emergency(organizations) => Pages::Emergency(Emergency::of(organizations)),
            Self::Referrals(query) => Pages::Referrals(Referrals::of(query)),
        }
    }
}

/// The list, and how many rows it has.
async fn prepare(reader: &Reader, rows: &Rows) -> Result<(Prepared, i64), Failure> {
    match rows {
        Rows::Contacts(query) => {
            let rows = reading::count_contacts(reader, query).await?;
            Ok((Prepared::Contacts(query.clone()), rows))
        }
        Rows::Emergency(named) => {
            let organizations = export::organizations(reader, named, "organizationId").await?;
            let rows = export::count_people(reader, &organizations).await?;
            Ok((Prepared::Emergency(organizations), rows))
        }
        Rows::Referrals { organizations, providers, from, until } => {
            let partners = export::organizations(reader, organizations, "organizationId").await?;
            let partners = partners.into_iter().map(|organization| organization.id).collect();
            let query = ReferralQuery { partners, providers: providers.clone(), from: *from, until: *until };
            let rows = export::count_referrals(reader, &query).await?;
            Ok((Prepared::Referrals(query), rows))
        }
    }
}

fn writer(capacity: usize) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::with_capacity(capacity))
}

fn line_of(cells: &[&str]) -> Result<Vec<u8>, Fault> {
    let mut writer = writer(1024);
    writer.write_record(cells).map_err(|error| unwritten(&error))?;
    writer.into_inner().map_err(|error| unwritten(&error))
}

fn lines_of(rows: Vec<Vec<String>>) -> Result<Bytes, Fault> {
    let mut writer = writer(rows.len() * 256);
    for row in rows {
        writer.write_record(row).map_err(|error| unwritten(&error))?;
    }
    Ok(writer.into_inner().map_err(|error| unwritten(&error))?.into())
}

/// Memory takes every line.
fn unwritten(error: &impl std::fmt::Display) -> Fault {
    Fault::Internal(format!("a line was not written: {error}"))
}
