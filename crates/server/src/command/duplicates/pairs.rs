//! The pairs of `liaison duplicates scan --pairs`: a line each, with what other systems call the two, so that a program that knows who is one
//! person can tell how many were found.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use liaison_domain::candidate::{Listed, ListedPair, list_all};
use liaison_domain::session::Database;
use liaison_domain::sheet::{cell, list_of_external_ids};
use serde_json::{Value, json};

use super::DuplicatesError;

const HEADER: [&str; 7] = [
    "score",
    "contactId",
    "otherContactId",
    "contactName",
    "otherContactName",
    "contactExternalIds",
    "otherContactExternalIds",
];

/// How pairs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Comma-separated values under a header.
    Csv,
    /// A line of JSON each, as GraphQL tells it.
    Json,
}

/// Writes the open pairs from this score on to the file, or to standard output where it is `-`; how many there were.
pub async fn write(database: &Database, path: &Path, lines: Lines, from_score: f64) -> Result<u64, DuplicatesError> {
    let failed = |reason: io::Error| DuplicatesError::Write { place: path.display().to_string(), reason };
    if path == Path::new("-") {
        let mut to = BufWriter::new(io::stdout());
        let count = write_to(database, &mut to, lines, from_score, &failed).await;
        // Whoever reads no further, such as `head`, has seen enough.
        return match count {
            Err(DuplicatesError::Write { reason, .. }) if reason.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            count => count,
        };
    }
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        let mut there = BufWriter::new(std::fs::OpenOptions::new().write(true).open(path).map_err(failed)?);
        return write_to(database, &mut there, lines, from_score, &failed).await;
    }
    // Beside its place first: nobody meets half a list.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let begun = tempfile::Builder::new().prefix(".liaison-pairs-").tempfile_in(folder).map_err(failed)?;
    let mut to = BufWriter::new(begun);
    let count = write_to(database, &mut to, lines, from_score, &failed).await?;
    let begun = to.into_inner().map_err(|error| failed(error.into_error()))?;
    begun.persist(path).map_err(|error| failed(error.error))?;
    Ok(count)
}

async fn write_to(
    database: &Database,
    to: &mut (impl Write + Send),
    lines: Lines,
    from_score: f64,
    failed: &(impl Fn(io::Error) -> DuplicatesError + Sync),
) -> Result<u64, DuplicatesError> {
    if lines == Lines::Csv {
        write_cells(to, &HEADER).map_err(failed)?;
    }
    let count = list_all(database, from_score, |pair| {
        let written = match lines {
            Lines::Csv => write_cells(to, &cells(&pair)),
            Lines::Json => writeln!(to, "{}", as_json(&pair)),
        };
        written.map_err(failed)
    });
    let count = count.await?;
    to.flush().map_err(failed)?;
    Ok(count)
}

fn write_cells<T: AsRef<[u8]>>(to: &mut impl Write, cells: &[T]) -> io::Result<()> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    line.write_record(cells).map_err(io::Error::other)?;
    to.write_all(&line.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
}

fn cells(pair: &ListedPair) -> [String; 7] {
    let ListedPair { id: _, score, contact, other_contact } = pair;
    let ids = |of: &Listed| cell::escaped(&list_of_external_ids(&of.external_ids));
    [
        score.to_string(),
        contact.contact_id.to_string(),
        other_contact.contact_id.to_string(),
        cell::escaped(&contact.name),
        cell::escaped(&other_contact.name),
        ids(contact),
        ids(other_contact),
    ]
}

fn as_json(pair: &ListedPair) -> Value {
    let contact = |of: &Listed| {
        let id = |id: &liaison_domain::sheet::ExternalId| json!({ "sourceSystem": id.system, "externalId": id.id });
        let external_ids: Vec<Value> = of.external_ids.iter().map(id).collect();
        json!({ "id": of.contact_id, "name": of.name, "externalIds": external_ids })
    };
    json!({
        "id": pair.id,
        "score": pair.score,
        "contact": contact(&pair.contact),
        "otherContact": contact(&pair.other_contact),
    })
}

#[cfg(test)]
mod tests {
    use liaison_domain::sheet::ExternalId;
    use uuid::Uuid;

    use super::*;

    fn listed(id: u128, name: &str, ids: &[&str]) -> Listed {
        let id_of = |id: &&str| ExternalId { system: "labels".to_owned(), id: (*id).to_owned() };
        Listed { contact_id: Uuid::from_u128(id), name: name.to_owned(), external_ids: ids.iter().map(id_of).collect() }
    }

    #[test]
    fn a_pair_is_a_line_of_either() {
        let (contact, other_contact) = (listed(1, "=Ana \"A\" Reyes", &["7"]), listed(2, "Ana Reyes", &[]));
        let pair = ListedPair { id: Uuid::from_u128(3), score: 0.75, contact, other_contact };
        let mut line = Vec::new();
        write_cells(&mut line, &cells(&pair)).unwrap();
        let [one, two] = [1, 2].map(Uuid::from_u128);
        let wanted = format!("0.75,{one},{two},\"'=Ana \"\"A\"\" Reyes\",Ana Reyes,labels:7,\n");
        assert_eq!(String::from_utf8(line).unwrap(), wanted);
        let told = as_json(&pair);
        assert_eq!(told["contact"]["externalIds"][0], json!({ "sourceSystem": "labels", "externalId": "7" }));
        assert_eq!(
            (told["score"].as_f64(), told["otherContact"]["id"].as_str()),
            (Some(0.75), Some(two.to_string().as_str()))
        );
    }
}
