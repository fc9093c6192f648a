//! Merging: lock everything that names one of the contacts, allow, decide row by row, record one event a duplicate.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use liaison_entity::contact;
use serde_json::json;
use uuid::Uuid;

use super::book::{Book, Image, Row, id_in, is_empty, text_in, told_at};
use super::fields::{self, FieldChoices};
use super::links::Merging;
use super::relationships::persons;
use super::table::{ADDRESSES, CONTACTS, EXTERNAL_IDS, GUARDIANS, KINSHIPS, MergeKind, REFERRALS, ROLES, STAFF};
use super::told::MergedRow;
use super::{MERGED, Merged};
use crate::access::{self, Action};
use crate::contact::{external_ids_lock, login, role};
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::link::{Linked, source_lock};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;
use crate::{reading, relationship};

/// So many duplicates become part of one survivor in one command.
pub const MOST_DUPLICATES: usize = 4;

/// Makes contacts one: the duplicates are archived, their ids stand for the survivor, and everything that was theirs is the survivor's.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Who stays.
    pub survivor_id: Uuid,
    /// Who becomes part of them, in the order in which what is empty is filled.
    pub duplicate_ids: Vec<Uuid>,
    /// Whose values fields are to have.
    pub choices: FieldChoices,
}

/// What a merge did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeDone {
    /// Who stays.
    pub survivor_id: Uuid,
    /// The merges, one a duplicate and in their order.
    pub merge_ids: Vec<Uuid>,
    /// The rows that were written, by what they are.
    pub moved: BTreeMap<MergeKind, Vec<MergedRow>>,
}

/// Which rows a command is going to write: a merge ends what is open, its undoing opens what was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those that are open, and what ended goes along.
    Open,
    /// All.
    All,
}

/// What the rows of these people rest on: nobody else changes any of it until this is done.
fn locks(book: &Book, people: &HashMap<Uuid, contact::Model>, reach: Reach) -> BTreeSet<Lock> {
    let stands = |row: &Row, column: &str| reach == Reach::All || is_empty(row, column);
    let mut locks: BTreeSet<Lock> = BTreeSet::new();
    for (id, person) in people {
        locks.extend([Lock::Node(*id), relationship::lock_of(*id)]);
        locks.extend(person.user_id.as_deref().map(login::lock_of));
    }
    for (table, id, row) in book.all() {
        if table.name == ROLES.name
            && let (Some(organization), Some(of)) = (id_in(row, "organization_id"), role_of(row))
        {
            locks.extend(role::locks_at(organization, of));
        }
        if stands(row, "unlinked_at") {
            let method = ["phone_id", "email_id", "address_id"].into_iter().find_map(|column| id_in(row, column));
            locks.extend(method.map(Lock::Method));
        }
        if table.name == ADDRESSES.name {
            let source = |column| text_in(row, column).map(str::to_owned);
            let (source_system, source_record_id) = (source("source_system"), source("source_record_id"));
            locks.extend(source_lock(&Linked { source_system, source_record_id, ..Linked::default() }));
        }
        if [KINSHIPS.name, GUARDIANS.name, STAFF.name].contains(&table.name) && stands(row, "voided_at") {
            locks.extend(persons(row).into_iter().map(relationship::lock_of));
        }
        if table.name == REFERRALS.name {
            locks.insert(Lock::Node(id));
        }
        if table.name == EXTERNAL_IDS.name {
            locks.extend(id_in(row, "organization_id").map(external_ids_lock));
        }
    }
    locks
}

fn role_of(row: &Row) -> Option<liaison_entity::values::ContactType> {
    sea_orm::ActiveEnum::try_from_value(&text_in(row, "contact_type")?.to_owned()).ok()
}

/// These people and everything that names them, once nobody else changes it any more. All locks are taken at once and in the one order:
/// what is to be locked a look tells, and a second one whether it was all.
pub(super) async fn locked(
    work: &Work<'_>,
    people: &[Uuid],
    reach: Reach,
) -> Result<(Book, HashMap<Uuid, contact::Model>), Failure> {
    let known = reading::by_ids::<contact::Entity>(work, people.to_vec()).await?;
    let before = locks(&Book::of(work, people).await?, &known, reach);
    work.lock_also(before.iter().cloned().collect()).await?;
    let known = reading::by_ids::<contact::Entity>(work, people.to_vec()).await?;
    let book = Book::of(work, people).await?;
    if locks(&book, &known, reach).is_subset(&before) {
        return Ok((book, known));
    }
    Err(Fault::Contended("what names a contact changed while it was locked".to_owned()).into())
}

impl Merge {
    fn people(&self) -> Vec<Uuid> {
        std::iter::once(self.survivor_id).chain(self.duplicate_ids.iter().copied()).collect()
    }

    /// Everything that is wrong with the input alone.
    fn read(&self) -> Result<(), Failure> {
        let mut refusals = Vec::new();
        if self.duplicate_ids.is_empty() || self.duplicate_ids.len() > MOST_DUPLICATES {
            let why = format!(
                "duplicateIds must name one to {MOST_DUPLICATES} contacts; it names {}",
                self.duplicate_ids.len()
            );
            refusals.push(Refusal::invalid("duplicateIds", why));
        }
        let different: BTreeSet<Uuid> = self.people().into_iter().collect();
        if different.len() != self.duplicate_ids.len() + 1 {
            let why = "duplicateIds must name each duplicate once, and not the survivor";
            refusals.push(Refusal::invalid("duplicateIds", why));
        }
        if let Err(strange) = self.choices.check(&self.people()) {
            refusals.extend(strange);
        }
        if refusals.is_empty() { Ok(()) } else { Err(Failure::Refused(refusals)) }
    }

    /// Refuses whoever is not there, is archived or was merged before.
    async fn allow_people(&self, work: &Work<'_>, known: &HashMap<Uuid, contact::Model>) -> Result<(), Failure> {
        for id in self.people() {
            let field = if id == self.survivor_id { "survivorId" } else { "duplicateIds" };
            let Some(person) = known.get(&id) else {
                let why = format!("there is no contact with the id {id}");
                return Err(Refusal::new(RefusalCode::NotFound, field, why).into());
            };
            if person.deleted_at.is_some() {
                return Err(match super::gone(work, person, field).await {
                    Failure::Refused(refusals) => {
                        Failure::Refused(refusals.into_iter().map(|of| naming(of, id)).collect())
                    }
                    other => other,
                });
            }
        }
        let with_login = |id: &Uuid| known.get(id).is_some_and(|person| person.user_id.is_some());
        let logins: BTreeSet<&String> = known.values().filter_map(|person| person.user_id.as_ref()).collect();
        if logins.len() > 1 {
            let who: Vec<String> = self.people().iter().filter(|id| with_login(id)).map(Uuid::to_string).collect();
            let why = format!(
                "the contacts {} stand for different logins, and one person has one: if they are one person, end the other login with contactUnlinkUser first",
                who.join(" and ")
            );
            return Err(Refusal::new(RefusalCode::UserTaken, "duplicateIds", why).into());
        }
        Ok(())
    }
}

/// The same refusal, which says of whom.
fn naming(refusal: Refusal, id: Uuid) -> Refusal {
    Refusal { message: format!("{id}: {}", refusal.message), ..refusal }
}

impl Command for Merge {
    type Output = MergeDone;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Merge)?;
        self.read()
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // What hangs on the contacts is locked with them, in one order: `locked`.
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<MergeDone, Failure> {
        let (mut book, mut known) = locked(work, &self.people(), Reach::Open).await?;
        self.allow_people(work, &known).await?;
        let mut survivor =
            known.remove(&self.survivor_id).ok_or_else(|| Refusal::not_found("survivorId", "contact"))?;
        work.compare_version(survivor.version)?;
        let mut done = MergeDone { survivor_id: survivor.id, merge_ids: Vec::new(), moved: BTreeMap::new() };
        for id in &self.duplicate_ids {
            let duplicate = known.remove(id).ok_or_else(|| Refusal::not_found("duplicateIds", "contact"))?;
            let before = book.settled();
            book = before.clone();
            let (by, by_organization, at) = (work.viewer().subject(), work.viewer().acts_for(), work.at());
            let mut new_id = || work.id_or_new(None);
            Merging {
                book: &mut book,
                survivor: survivor.id,
                duplicate: duplicate.id,
                by,
                by_organization,
                at,
                new_id: &mut new_id,
            }
            .everything();
            let images = book.images(&before);
            for image in &images {
                if let Some(table) = super::table::named(&image.table) {
                    done.moved.entry(table.kind).or_default().push(MergedRow::of(&book, table, image));
                }
            }
            let is = fields::after(&survivor, &duplicate, &self.choices);
            let merge_id = work.id_or_new(None);
            let facts = Merged {
                merge_id,
                duplicate_id: duplicate.id,
                changes: fields::changes(&survivor, &is),
                moved: std::iter::once(archived(&duplicate, survivor.id, at)).chain(images).collect(),
            };
            work.record(NewEvent::after(survivor.version, Stream::Contact, survivor.id, MERGED, &facts));
            survivor = contact::Model { version: survivor.version + 1, ..is };
            done.merge_ids.push(merge_id);
        }
        Ok(done)
    }
}

/// The duplicate's own row: archived, and its id the survivor's.
fn archived(duplicate: &contact::Model, survivor: Uuid, at: chrono::DateTime<chrono::Utc>) -> Image {
    let row = |user: serde_json::Value, merged: serde_json::Value, deleted: serde_json::Value| {
        Row::from_iter([
            ("user_id".to_owned(), user),
            ("merged_into_id".to_owned(), merged),
            ("deleted_at".to_owned(), deleted),
        ])
    };
    Image {
        table: CONTACTS.name.to_owned(),
        id: duplicate.id,
        before: Some(row(json!(duplicate.user_id), json!(null), json!(null))),
        after: row(json!(null), json!(survivor), told_at(at)),
        into: None,
        of: None,
    }
}
