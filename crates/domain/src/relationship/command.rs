//! Starting, ending and voiding, once for all three: lock, allow, compare the version, decide, record. What a kind forbids it says itself.

use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, Utc};
use liaison_entity::values::Persona;
use liaison_entity::{Node, contact};
use sea_orm::EntityTrait;
use serde::Serialize;
use uuid::Uuid;

use super::decision::Until;
use super::{Between, Relation, Standing, decision, locks_of};
use crate::access::{self, Action};
use crate::edit::Changes;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;
use crate::{contact as contacts, reading};

/// The facts of an end and of a voiding: between whom, and what was and is.
#[derive(Serialize)]
struct Changed {
    recorded_by_organization_id: Uuid,
    #[serde(flatten)]
    between: Between,
    #[serde(flatten)]
    changes: Changes,
}

impl Changed {
    fn of<R: Relation>(relation: &R, changes: Changes) -> Self {
        Self { recorded_by_organization_id: relation.recorded_by(), between: relation.between(), changes }
    }
}

/// What a start begins with, whatever it is between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Starting {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// The row that it takes the place of.
    pub replaces: Option<Uuid>,
    /// Whether the caller said a last day, or that there is none.
    pub until: Until,
}

impl Starting {
    /// What is locked before anything is read.
    pub fn locks(self, persons: &[Uuid]) -> Vec<Lock> {
        self.id.map(Lock::Node).into_iter().chain(locks_of(persons)).collect()
    }

    /// The row that it takes the place of, which is whose the new one will be. Compares the version: that row's, or 0.
    pub async fn replaced<R: Relation>(self, work: &mut Work<'_>) -> Result<Option<Standing<R>>, Failure> {
        if let Some(id) = self.id
            && reading::one::<R::Entity>(work, id).await?.is_some()
        {
            let why = "this id is in use; leave it out to have one made";
            return Err(Refusal::new(RefusalCode::IdTaken, "id", why).into());
        }
        let Some(replaces) = self.replaces else {
            work.compare_version(0)?;
            return Ok(None);
        };
        let row = reading::seen::<R::Entity>(work, replaces, "replaces", R::NOUN).await?;
        access::allow_for(work.viewer(), R::of(&row).recorded_by(), "replaces")?;
        work.compare_version(R::Entity::version(&row))?;
        if R::is_voided(&row) {
            let why = format!("this {} was voided; leave replaces out to begin a new one", R::NOUN);
            return Err(Refusal::invalid("replaces", why).into());
        }
        Ok(Some(Standing::of(&row)))
    }
}

/// Somebody whom a new relationship names: in sight, not archived, and with the persona in the books of the organization whose the
/// relationship is.
pub(crate) async fn person(
    work: &Work<'_>,
    recorded_by: Uuid,
    id: Uuid,
    field: &str,
    persona: Persona,
) -> Result<(), Failure> {
    let contact = reading::seen::<contact::Entity>(work, id, field, "contact").await?;
    if contact.deleted_at.is_some() {
        return Err(contacts::gone(work, &contact, field).await);
    }
    if contacts::persona_of(work, recorded_by, id, persona).await?.is_none() {
        let name = contacts::persona_name(persona);
        let why = format!("this contact does not hold the persona {name}; contactGrantPersona grants it");
        return Err(Refusal::invalid(field, why).into());
    }
    Ok(())
}

/// Records a new relationship and what it does to others of the same persons. The persons' locks are held.
pub(crate) async fn start<R: Relation>(
    work: &mut Work<'_>,
    starting: Starting,
    new: R,
    replaced: Option<&Standing<R>>,
) -> Result<Uuid, Failure> {
    let others = new.beside(work).await?;
    let plan = decision::start(&new, starting.until, replaced, &others)?;
    let touched: Vec<Uuid> = plan.ended.iter().flat_map(|(row, _)| row.relation.between().persons()).collect();
    if !touched.is_empty() {
        // Whoever else stands in these rows must not be merged meanwhile, or what opens again would name who is gone.
        work.lock_also(touched.into_iter().map(Lock::Relied).collect()).await?;
        let now = new.beside(work).await?;
        let is_as_judged = now.iter().all(|row| others.contains(row)) && now.len() == others.len();
        if !is_as_judged || replaced.is_some_and(|replaced| !now.contains(replaced)) {
            return Err(Fault::Contended("a relationship changed meanwhile".to_owned()).into());
        }
    }
    for (row, ends_on) in &plan.ended {
        record_end(work, row, Some(*ends_on));
    }
    for relation in &plan.reopened {
        let id = work.id_or_new(None);
        work.record(NewEvent::first(Stream::Record, id, R::ESTABLISHED, relation));
    }
    let id = work.id_or_new(starting.id);
    work.record(NewEvent::first(Stream::Record, id, R::ESTABLISHED, &new));
    Ok(id)
}

fn record_end<R: Relation>(work: &mut Work<'_>, row: &Standing<R>, ends_on: Option<NaiveDate>) {
    let mut changes = Changes::default();
    changes.note("ends_on", &row.relation.period().ends_on(), &ends_on);
    if !changes.is_empty() {
        let facts = Changed::of(&row.relation, changes);
        work.record(NewEvent::after(row.version, Stream::Record, row.id, R::ENDED, &facts));
    }
}

/// A row to be changed, as it is once its persons are locked.
async fn locked<R: Relation>(work: &mut Work<'_>, id: Uuid) -> Result<<R::Entity as EntityTrait>::Model, Failure> {
    let found = reading::seen::<R::Entity>(work, id, "id", R::NOUN).await?;
    let found = R::of(&found);
    access::allow_for(work.viewer(), found.recorded_by(), "id")?;
    work.lock_also(locks_of(&found.between().persons())).await?;
    let row = reading::seen::<R::Entity>(work, id, "id", R::NOUN).await?;
    if R::of(&row).between() != found.between() {
        // A merge gave it to another person while this waited.
        return Err(Fault::Contended("the relationship went to another person meanwhile".to_owned()).into());
    }
    work.compare_version(R::Entity::version(&row))?;
    Ok(row)
}

/// Says on which day a relationship of the viewer's organization ends: a past or a future one, earlier or later than it was said before.
#[derive(Clone, Debug)]
pub struct End<R> {
    /// Which.
    pub id: Uuid,
    /// The last day.
    pub ends_on: NaiveDate,
    /// Which kind.
    pub kind: PhantomData<fn() -> R>,
}

impl<R: Relation> Command for End<R> {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Relate)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // Whose persons are to be locked, the row says: `locked`.
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let row = locked::<R>(work, self.id).await?;
        if R::is_voided(&row) {
            let why = format!("this {} was voided and cannot end; {}Start begins a new one", R::NOUN, R::MUTATION);
            return Err(Refusal::invalid("id", why).into());
        }
        let row = Standing::<R>::of(&row);
        let others = row.relation.beside(work).await?;
        if let Some(period) = decision::end(&row, self.ends_on, &others)? {
            let was = row.relation.period().ends_on();
            if was.is_some_and(|last| self.ends_on > last) {
                // It holds again on days on which nobody looked who they are.
                for (id, persona) in row.relation.personas() {
                    person(work, row.relation.recorded_by(), id, "id", persona).await?;
                }
            }
            record_end(work, &row, period.ends_on());
        }
        Ok(self.id)
    }
}

/// Takes a relationship of the viewer's organization back that was recorded by mistake: the row stays, and never held.
#[derive(Clone, Debug)]
pub struct Void<R> {
    /// Which.
    pub id: Uuid,
    /// Which kind.
    pub kind: PhantomData<fn() -> R>,
}

impl<R: Relation> Command for Void<R> {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Relate)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // As of an end.
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let row = locked::<R>(work, self.id).await?;
        let Some(reason) = work.reason().map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned) else {
            let why = format!("reason must say what was wrong with this {}", R::NOUN);
            return Err(Refusal::invalid("reason", why).into());
        };
        if R::is_voided(&row) {
            return Ok(self.id);
        }
        let row = Standing::<R>::of(&row);
        let mut changes = Changes::default();
        changes.note("voided_at", &None::<DateTime<Utc>>, &Some(work.at()));
        changes.note("void_reason", &None::<String>, &Some(reason));
        let facts = Changed::of(&row.relation, changes);
        work.record(NewEvent::after(row.version, Stream::Record, row.id, R::VOIDED, &facts));
        Ok(self.id)
    }
}
