//! The command that brings some rows in: whom they mean, what becomes of them, one transaction. A row that is refused is an outcome like
//! any other; the command itself fails only when the database does, or a constraint spoke up that no row foresaw.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use liaison_entity::organization;
use liaison_entity::values::ContactType;
use sqlx::Row;
use uuid::Uuid;

use super::columns::Columns;
use super::file::Record;
use super::job::Counts;
use super::people::People;
use super::person::{Around, HasExternalId, HasRole, Person, take};
use super::recording::{self, Ground, Recording};
use super::row::{RowError, Setting, Wanted, is_blank};
use super::shown::{self, CellChange, Naming};
use super::writing::Write;
use super::{OnMatch, OnNew, Options};
use crate::access::{self, Action, Editable};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Sql, Work};
use crate::sheet::Column;
use crate::viewer::Viewer;
use crate::{contact as contacts, email as emails, phone as phones, reading};

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Created,
    Updated,
    Unchanged,
    Skipped,
    Failed(Vec<RowError>),
}

/// A row and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub number: i32,
    pub line: i64,
    pub verdict: Verdict,
    /// Whom it means, if they are in sight.
    pub contact_id: Option<Uuid>,
    /// For a dry run, what would be otherwise.
    pub changes: Vec<CellChange>,
}

/// What came of a batch.
pub(crate) enum Done {
    Rows(Vec<Outcome>),
    /// It would lock more than one transaction may: it is to be tried in halves.
    TooMuch,
}

/// Some rows of a file.
pub(crate) struct Batch<'a> {
    pub options: &'a Options,
    pub columns: &'a Columns,
    pub records: &'a [Record],
    /// Where a dry run keeps what its rows so far would have made.
    pub carried: &'a Mutex<People>,
    /// Of which import it is.
    pub import_id: Uuid,
    /// Who carries it out.
    pub worker: Uuid,
    /// How far it came before.
    pub before: Counts,
}

/// The lock table is shared by all; a batch that changes more than this is taken in halves.
const MOST_LOCKS: usize = 800;
/// How often a batch looks again when what it found was not what it locked.
const ROUNDS: usize = 4;
/// A dry run remembers no more people than this; beyond, two rows that mean the same new person are both told as new.
const MOST_CARRIED: usize = 20_000;

/// The hands that the people are changed with.
struct Hands<'a> {
    work: &'a Work<'a>,
    /// Whether somebody else holds a method, as far as that was asked.
    sole: &'a HashMap<Uuid, bool>,
    unknown: BTreeSet<Uuid>,
}

impl Around for Hands<'_> {
    fn at(&self) -> DateTime<Utc> {
        self.work.at()
    }

    fn subject(&self) -> &str {
        self.work.viewer().subject()
    }

    fn steward(&self) -> Uuid {
        self.work.viewer().organization_id()
    }

    fn new_id(&mut self) -> Uuid {
        self.work.id_or_new(None)
    }

    fn is_sole(&mut self, method_id: Uuid) -> bool {
        self.sole.get(&method_id).copied().unwrap_or_else(|| {
            self.unknown.insert(method_id);
            false
        })
    }
}

impl Command for Batch<'_> {
    type Output = Done;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(super::allow(viewer)?)
    }

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        let own = viewer.organization_id();
        if self.options.is_dry_run() {
            return Vec::new();
        }
        // One batch of an organization at a time: two files with the same people make nobody twice.
        let mut locks = vec![Lock::Name(format!("import of {own}")), Lock::Relied(own)];
        if [Column::ExternalId, Column::ExternalIds].into_iter().any(|column| self.columns.has(column)) {
            locks.push(contacts::external_ids_lock(own));
        }
        locks
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Done, Failure> {
        let own = work.viewer().organization_id();
        let Some(organization) = reading::organization_in_sight(work, own).await? else {
            return Err(
                Refusal::new(RefusalCode::NotFound, "", "there is no organization with the id of your token").into()
            );
        };
        let (emails, phones) = (emails::Setting::of(work, own).await?, phones::Setting::of(work, own).await?);
        let setting = Setting {
            columns: self.columns,
            source_system: self.options.source_system.as_deref(),
            emails: &emails,
            phones: &phones,
            steward: own,
        };
        let read: Vec<Read> = self.records.iter().map(|record| Read::of(record, &setting)).collect();
        let wanted: Vec<Wanted> = read.iter().filter_map(Read::wanted).cloned().collect();
        let mut locked: BTreeSet<Lock> = BTreeSet::new();
        for _ in 0..ROUNDS {
            let mut people = match self.options.is_dry_run() {
                true => self.carried.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                false => People::default(),
            };
            people.organizations.insert(organization.subdomain.clone(), organization.clone());
            people.read(work, &wanted, self.options.on_match).await?;
            let mut sole = HashMap::new();
            let outcomes = loop {
                let mut tried = people.clone();
                let mut deciding = Deciding {
                    batch: self,
                    own: &organization,
                    people: &mut tried,
                    hands: Hands { work, sole: &sole, unknown: BTreeSet::new() },
                    emails: &emails,
                    phones: &phones,
                };
                let outcomes: Vec<Outcome> = read.iter().map(|read| deciding.row(read)).collect();
                let unknown = std::mem::take(&mut deciding.hands.unknown);
                if unknown.is_empty() {
                    people = tried;
                    break outcomes;
                }
                sole.extend(who_is_sole(work, unknown).await?);
            };
            if self.options.is_dry_run() {
                let keeps = people.persons.len() <= MOST_CARRIED;
                *self.carried.lock().unwrap_or_else(PoisonError::into_inner) =
                    if keeps { people } else { People::default() };
                return Ok(self.done(work, outcomes));
            }
            let mut locks = Vec::new();
            people.persons.values().for_each(|person| recording::locks(person, own, &mut locks));
            locks.retain(|lock| !locked.contains(lock));
            if locks.is_empty() {
                let recording = self.recording(work, &people, &outcomes);
                if self.is_too_much(recording.late_locks.len() + locked.len()) {
                    return Ok(Done::TooMuch);
                }
                work.lock_to_record(recording.late_locks.clone());
                for event in recording.into_events() {
                    work.record(event);
                }
                return Ok(self.done(work, outcomes));
            }
            if self.is_too_much(locks.len() + locked.len()) {
                return Ok(Done::TooMuch);
            }
            // Whoever changes what we read waits for us from here on, and what they did before is read anew.
            work.lock_also(locks.clone()).await?;
            locked.extend(locks);
        }
        Err(Fault::Contended("the people of a batch changed again and again".to_owned()).into())
    }
}

impl Batch<'_> {
    /// That these rows were looked at stands in the transaction of what was done for them.
    fn done(&self, work: &mut Work<'_>, outcomes: Vec<Outcome>) -> Done {
        let (worker, before, is_dry_run) = (self.worker, self.before, self.options.is_dry_run());
        Write::Progress { worker, outcomes: outcomes.clone(), before, is_dry_run }.put(self.import_id, work);
        Done::Rows(outcomes)
    }

    /// Whether so many locks are more than it may take, which a row alone may.
    const fn is_too_much(&self, locks: usize) -> bool {
        locks > MOST_LOCKS && self.records.len() > 1
    }

    /// What is to be recorded of these people.
    fn recording(&self, work: &Work<'_>, people: &People, outcomes: &[Outcome]) -> Recording {
        let mut recording = Recording::default();
        for standing in &people.given_up {
            recording.give_up(standing);
        }
        let mut seen = BTreeSet::new();
        let new_id = || work.id_or_new(None);
        let ground = Ground { at: work.at(), own: work.viewer().organization_id(), new_id: &new_id };
        for id in outcomes.iter().filter_map(|outcome| outcome.contact_id).filter(|id| seen.insert(*id)) {
            if let Some(person) = people.persons.get(&id) {
                recording.take(person, &ground);
            }
        }
        recording
    }
}

/// Which of these methods have one open link in all the directory. It tells that and nothing of the others.
async fn who_is_sole(work: &Work<'_>, methods: BTreeSet<Uuid>) -> Result<HashMap<Uuid, bool>, Failure> {
    let mut sql = Sql::new("SELECT m.id, app.open_links_to(m.id) FROM unnest(");
    sql.push_bind(methods.into_iter().collect::<Vec<_>>()).push("::uuid[]) AS m (id)");
    let rows = work.rows().fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)? <= 1));
    let sole = rows.iter().map(read).collect::<Result<_, sqlx::Error>>();
    Ok(sole.map_err(Fault::from)?)
}

/// A row, as far as it could be read.
struct Read {
    number: i32,
    line: i64,
    says: Says,
}

enum Says {
    Nothing,
    Wanted(Box<Wanted>),
    Wrong(Vec<RowError>),
}

impl Read {
    fn of(record: &Record, setting: &Setting<'_>) -> Self {
        let says = if is_blank(record) {
            Says::Nothing
        } else {
            match Wanted::read(record, setting) {
                Ok(wanted) => Says::Wanted(Box::new(wanted)),
                Err(errors) => Says::Wrong(errors),
            }
        };
        Self { number: record.number, line: record.line, says }
    }

    fn wanted(&self) -> Option<&Wanted> {
        match &self.says {
            Says::Wanted(wanted) => Some(wanted),
            Says::Nothing | Says::Wrong(_) => None,
        }
    }
}

/// What decides on the rows of a batch, one after the other.
struct Deciding<'a, 'b> {
    batch: &'a Batch<'a>,
    own: &'a organization::Model,
    people: &'b mut People,
    hands: Hands<'b>,
    emails: &'b emails::Setting,
    phones: &'b phones::Setting,
}

impl Deciding<'_, '_> {
    fn row(&mut self, read: &Read) -> Outcome {
        let mut outcome = Outcome {
            number: read.number,
            line: read.line,
            verdict: Verdict::Skipped,
            contact_id: None,
            changes: Vec::new(),
        };
        match &read.says {
            Says::Nothing => {}
            Says::Wrong(errors) => outcome.verdict = Verdict::Failed(errors.clone()),
            Says::Wanted(wanted) => {
                if let Err(error) = self.decide(wanted, &mut outcome) {
                    outcome.verdict = Verdict::Failed(vec![error]);
                }
            }
        }
        outcome
    }

    fn decide(&mut self, wanted: &Wanted, outcome: &mut Outcome) -> Result<(), RowError> {
        let found = self.people.find(wanted, self.batch.options.on_match)?;
        let before = found.and_then(|id| self.people.persons.get(&id).cloned());
        outcome.contact_id = before.as_ref().map(|person| person.contact.id);
        let skips = match before {
            Some(_) => self.batch.options.on_match == OnMatch::Skip,
            None => self.batch.options.on_new == OnNew::Skip,
        };
        if skips {
            return Ok(());
        }
        if before.as_ref().is_some_and(|person| person.contact.deleted_at.is_some()) {
            return Err(self.error(None, RefusalCode::Forbidden, access::ARCHIVED));
        }
        let mut person = match &before {
            Some(person) => person.clone(),
            None => Person::new(self.new_contact(wanted)?),
        };
        take(&mut person, wanted, &mut self.hands)
            .map_err(|why| self.error(Some(Column::Street1), RefusalCode::Invalid, why))?;
        let primaries = self.take_roles(&mut person, wanted, before.is_none())?;
        self.take_external_ids(&mut person, wanted)?;
        match &before {
            Some(before) if before.is_as(&person) => {
                outcome.verdict = Verdict::Unchanged;
                return Ok(());
            }
            Some(before) => {
                let is_linked = person.roles.iter().any(|role| role.organization_id == self.own.id);
                let obstacle = access::obstacle_to_edit(self.viewer(), Editable::of(&before.contact, is_linked));
                if let Some(why) = obstacle.filter(|_| !before.is_edited_as(&person)) {
                    return Err(self.error(None, RefusalCode::Forbidden, why));
                }
                outcome.verdict = Verdict::Updated;
            }
            None => outcome.verdict = Verdict::Created,
        }
        outcome.contact_id = Some(person.contact.id);
        if self.batch.options.is_dry_run() {
            let organizations = self.people.organizations.values().map(|one| (one.id, one.subdomain.clone()));
            let naming = Naming { emails: self.emails, phones: self.phones, organizations: organizations.collect() };
            outcome.changes = shown::changes(before.as_ref(), &person, &naming);
        }
        self.people.primaries.extend(primaries);
        self.people.put(person);
        Ok(())
    }

    fn viewer(&self) -> &Viewer {
        self.hands.work.viewer()
    }

    fn error(&self, column: Option<Column>, code: RefusalCode, message: impl Into<String>) -> RowError {
        let column = column.map(|column| self.batch.columns.name(column).to_owned());
        RowError { column, code, message: message.into() }
    }

    fn new_contact(&self, wanted: &Wanted) -> Result<liaison_entity::contact::Model, RowError> {
        let named = |column: Column, name: &Option<String>| {
            let why = "somebody new needs a first name and a last name; nobody whom you see answers to this row";
            name.clone().ok_or_else(|| self.error(Some(column), RefusalCode::Invalid, why))
        };
        let (first_name, last_name) =
            (named(Column::FirstName, &wanted.first_name)?, named(Column::LastName, &wanted.last_name)?);
        let owner = match &wanted.owner {
            None => self.own,
            Some(subdomain) => match self.people.organizations.get(subdomain) {
                Some(owner) if owner.id == self.own.id || self.viewer().is_super_admin() => owner,
                _ => {
                    let why = format!(
                        "only people of {} come in here; leave owner blank to make this one yours",
                        self.own.subdomain
                    );
                    return Err(self.error(Some(Column::Owner), RefusalCode::Forbidden, why));
                }
            },
        };
        let facts = contacts::Created {
            first_name,
            last_name,
            title: None,
            department: None,
            preferred_contact_method: None,
            owner_organization_id: owner.id,
            edit_policy: contacts::usual_policy(owner.kind),
        };
        let id = self.hands.work.id_or_new(wanted.id);
        Ok(facts.row(id, 0, self.hands.work.at()))
    }

    /// Gives the roles that are missing; which of them the person is primary in from now on. A star takes nothing from anybody: where
    /// somebody is primary already, they stay it.
    fn take_roles(
        &self,
        person: &mut Person,
        wanted: &Wanted,
        is_new: bool,
    ) -> Result<Vec<(Uuid, ContactType)>, RowError> {
        let mut primaries = Vec::new();
        let usual = if is_new && wanted.roles.is_empty() { self.batch.options.types.as_slice() } else { &[] };
        let mut roles: Vec<(Uuid, ContactType, bool)> = usual.iter().map(|of| (self.own.id, *of, false)).collect();
        for role in &wanted.roles {
            let Some(organization) = self.people.organizations.get(&role.organization) else {
                let why = format!("there is no organization with the subdomain {:?}", role.organization);
                return Err(self.error(Some(Column::Roles), RefusalCode::NotFound, why));
            };
            roles.push((organization.id, role.contact_type, role.is_primary));
        }
        for (organization_id, contact_type, is_starred) in roles {
            let is_ours = organization_id == self.own.id || self.viewer().is_super_admin();
            let key = (organization_id, contact_type);
            let is_free = !self.people.primaries.contains(&key) && !primaries.contains(&key);
            let has = person
                .roles
                .iter_mut()
                .find(|role| role.organization_id == organization_id && role.contact_type == contact_type);
            match has {
                Some(role) if is_starred && !role.is_primary && is_free && is_ours => {
                    self.may_link()?;
                    role.is_primary = true;
                    primaries.push(key);
                }
                Some(_) => {}
                None if !is_ours => {
                    let why = "roles are given at your own organization only; leave those of others out";
                    return Err(self.error(Some(Column::Roles), RefusalCode::Forbidden, why));
                }
                None => {
                    self.may_link()?;
                    let is_primary = is_starred && is_free;
                    person.roles.push(HasRole { organization_id, contact_type, link: None, is_primary });
                    primaries.extend(is_primary.then_some(key));
                }
            }
        }
        Ok(primaries)
    }

    fn may_link(&self) -> Result<(), RowError> {
        access::allow(self.viewer(), Action::Link)
            .map_err(|refusal| self.error(Some(Column::Roles), refusal.code, refusal.message))
    }

    fn take_external_ids(&self, person: &mut Person, wanted: &Wanted) -> Result<(), RowError> {
        for (system, id) in &wanted.external_ids {
            if person.external_ids.iter().any(|has| has.system == *system && has.id == *id) {
                continue;
            }
            if self.people.holder_in_sight(system, id).is_some_and(|holder| holder != person.contact.id) {
                let why = format!("another contact has the id {id:?} of {system} already; remove it there first");
                return Err(self.error(None, RefusalCode::ExternalIdTaken, why));
            }
            person.external_ids.push(HasExternalId { system: system.clone(), id: id.clone(), is_new: true });
        }
        Ok(())
    }
}
