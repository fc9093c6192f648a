//! Two to five contacts side by side before somebody merges them (US-3, domain.md §7): what each says of every field, and who holds which
//! link. It decides nothing of who is whose duplicate. What is read stands in `sources`, how rows are laid and judged in `table`.

mod sources;
mod table;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use liaison_entity::contact;
use serde_json::Value;
use uuid::Uuid;

pub use table::Verdict;

use crate::access::{self, Action};
use crate::candidate::{self, Compared};
use crate::failure::{Failure, Refusal};
use crate::reading::{self, NodeKind};
use crate::session::Reader;

/// So many contacts are laid side by side at least and at most.
pub const CONTACTS: std::ops::RangeInclusive<usize> = 2..=5;

/// More links of one kind than this are not laid side by side: nobody reads them.
pub const MOST_LINKS: u32 = 1_000;

/// What part of a person a row is about; the order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// A field of the contact itself, its owner and its login among them.
    Field,
    /// A role at an organization.
    Role,
    /// A phone.
    Phone,
    /// An email address.
    Email,
    /// A postal address.
    Address,
    /// What they are in an organization's books.
    Persona,
    /// What they are to another student.
    Relationship,
    /// Who is their guardian.
    Guardian,
    /// Whose guardian they are.
    Ward,
    /// Where they work.
    StaffAssignment,
    /// What another system calls them.
    ExternalId,
    /// How many records about them there are.
    Record,
}

/// What one of the contacts has in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it is, as the API writes it: a text, a flag, a number.
    pub value: Value,
    /// What is compared: cells of a row are the same when this is.
    pub same: String,
    /// What kind of thing it is there: the code of a phone or email address, the type of an address, the label of a relationship.
    pub kind: Option<String>,
    /// Whether it is the primary one; `None` where there is no such thing.
    pub is_primary: Option<bool>,
    /// Since when the link is open; `None` for what is no link.
    pub since: Option<DateTime<Utc>>,
    /// What it leads to.
    pub leads_to: Option<(NodeKind, Uuid)>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What part of a person it is about.
    pub section: Section,
    /// Which field; or the value by which methods are matched; or the name of the organization or person at the other end.
    pub name: String,
    /// What each contact has, in the order of the contacts; `None` where it has nothing.
    pub cells: Vec<Option<Cell>>,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// Why these contacts could not become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Which of them stand in the way.
    pub contact_ids: Vec<Uuid>,
    /// What would have to be done first, in a sentence for a person.
    pub message: String,
}

/// Contacts side by side.
#[derive(Clone, Debug)]
pub struct SideBySide {
    /// The contacts, in the order in which they were named.
    pub contacts: Vec<contact::Model>,
    /// What is compared, section by section.
    pub rows: Vec<Row>,
    /// Every two of them, as alike as they are now; without those who are archived.
    pub pairs: Vec<Compared>,
    /// What a merge of all of them would be refused for.
    pub obstacles: Vec<Obstacle>,
}

/// Lays contacts side by side. For those who merge: a table of everything shows other organizations' links too.
pub async fn side_by_side(reader: &Reader, ids: &[Uuid]) -> Result<SideBySide, Failure> {
    access::allow(reader.viewer(), Action::Merge)?;
    let distinct: HashSet<&Uuid> = ids.iter().collect();
    if !CONTACTS.contains(&ids.len()) || distinct.len() != ids.len() {
        let why = format!(
            "ids must name {} to {} different contacts; it names {}",
            CONTACTS.start(),
            CONTACTS.end(),
            distinct.len()
        );
        return Err(Refusal::invalid("ids", why).into());
    }
    let contacts = named(reader, ids).await?;
    let rows = sources::rows(reader, &contacts).await?;
    let named: Vec<Uuid> = contacts.iter().map(|contact| contact.id).collect();
    let pairs = candidate::among(reader, &named).await?;
    let obstacles = obstacles(&contacts);
    Ok(SideBySide { contacts, rows, pairs, obstacles })
}

/// The contacts that these ids name or stand for, in that order.
async fn named(reader: &Reader, ids: &[Uuid]) -> Result<Vec<contact::Model>, Failure> {
    let mut found = reading::persons(reader, ids.to_vec()).await?;
    let mut contacts: Vec<contact::Model> = Vec::new();
    for id in ids {
        let Some(contact) = found.remove(id) else {
            return Err(Refusal::invalid("ids", format!("there is no contact with the id {id}")).into());
        };
        if contacts.iter().any(|other| other.id == contact.id) {
            let why = format!("{id} stands for {}, whom ids names already: they were merged", contact.id);
            return Err(Refusal::invalid("ids", why).into());
        }
        contacts.push(contact);
    }
    Ok(contacts)
}

/// What a merge of these would be refused for: who is archived, and who stands for different logins.
fn obstacles(contacts: &[contact::Model]) -> Vec<Obstacle> {
    let archived = contacts.iter().filter(|contact| contact.deleted_at.is_some()).map(|contact| Obstacle {
        contact_ids: vec![contact.id],
        message: format!("{} {} is archived; who is archived cannot be merged", contact.first_name, contact.last_name),
    });
    let with_login: Vec<&contact::Model> = contacts.iter().filter(|contact| contact.user_id.is_some()).collect();
    let logins: HashSet<&Option<String>> = with_login.iter().map(|contact| &contact.user_id).collect();
    let different = (logins.len() > 1).then(|| Obstacle {
        contact_ids: with_login.iter().map(|contact| contact.id).collect(),
        message: "they stand for different logins; take all but one off with contactUnlinkUser first".to_owned(),
    });
    archived.chain(different).collect()
}
