//! What the three relationships share in the API: what they are on a day, which of them are wanted, and their lists. What holds when,
//! and who sees it, the domain decides.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Result, SimpleObject, Union};
use chrono::{DateTime, NaiveDate, Utc};
use liaison_domain::entity::{
    contact_persona, staff_assignment, student_guardian_relationship, student_relationship, values,
};
use liaison_domain::orm::EntityTrait;
use liaison_domain::reading::{self, Page, RelatedPerson, RelationFilter, RelationQuery, Way};
use liaison_domain::relationship;
use liaison_domain::session::Reader;
use uuid::Uuid;

use crate::connection::{Connection, Count, EdgeOf, page};
use crate::contact::Contact;
use crate::context::Request;
use crate::edges::{StaffAssignmentEdge, StaffEdge, StudentGuardianEdge, StudentRelationshipEdge};
use crate::facility::Facility;
use crate::filter::{texts, values};
use crate::organization::Organization;
use crate::scalars::Date;
use crate::{error, loaders};

/// What a relationship is on a day: it follows from its first and last day, and nobody sets it.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "relationship::Status")]
pub enum RelationshipStatus {
    /// It is agreed and has not begun.
    Pending,
    /// It holds.
    Active,
    /// It is over.
    Ended,
    /// It was recorded by mistake and never held; `voidReason` says why.
    Voided,
}

/// What a contact may be. A relationship names only people who hold the persona that it is about.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "values::Persona")]
pub enum Persona {
    /// May have siblings and guardians.
    Student,
    /// May have students in their care.
    Guardian,
    /// May work at an organization or a facility.
    Staff,
}

/// A persona that a contact holds, in the books of the organization that granted it and of nobody else.
#[derive(SimpleObject)]
pub struct ContactPersona {
    /// What they are.
    persona: Persona,
    /// Since when, in the books.
    granted_at: DateTime<Utc>,
    /// The login that granted it.
    granted_by: String,
}

impl From<&contact_persona::Model> for ContactPersona {
    fn from(row: &contact_persona::Model) -> Self {
        Self { persona: row.persona.into(), granted_at: row.granted_at, granted_by: row.granted_by.clone() }
    }
}

/// Where somebody works: an organization as a whole, or one of its sites.
#[derive(Clone, Union)]
pub enum Workplace {
    Organization(Organization),
    Facility(Facility),
}

impl From<&reading::Workplace> for Workplace {
    fn from(place: &reading::Workplace) -> Self {
        match place {
            reading::Workplace::Organization(row) => Self::Organization(Organization(Arc::new(row.clone()))),
            reading::Workplace::Facility(row) => Self::Facility(Facility(Arc::new(row.clone()))),
        }
    }
}

/// Which relationships between students. All conditions hold for the same one.
#[derive(InputObject, Default)]
pub struct StudentRelationshipFilter {
    /// What they are on the day of `onDate`; `[ACTIVE]` unless told.
    statuses: Option<Vec<RelationshipStatus>>,
    /// Only with these labels, whatever their case and accents.
    labels: Option<Vec<String>>,
}

/// Which guardianships. All conditions hold for the same one.
#[derive(InputObject, Default)]
pub struct StudentGuardianFilter {
    /// What they are on the day of `onDate`; `[ACTIVE]` unless told.
    statuses: Option<Vec<RelationshipStatus>>,
    /// Only with these labels, whatever their case and accents.
    labels: Option<Vec<String>>,
    /// Only the primary contact, or only others.
    is_primary_contact: Option<bool>,
    /// Only guardians by law, or only others.
    is_legal_guardian: Option<bool>,
    /// Only those with whom the student lives, or only others.
    lives_with: Option<bool>,
    /// Only those who are called in an emergency, or only others.
    is_emergency_contact: Option<bool>,
}

/// Which assignments. All conditions hold for the same one.
#[derive(InputObject, Default)]
pub struct StaffAssignmentFilter {
    /// What they are on the day of `onDate`; `[ACTIVE]` unless told.
    statuses: Option<Vec<RelationshipStatus>>,
    /// Only the person's primary one, or only others.
    is_primary: Option<bool>,
}

/// Without a word, what holds: nobody is taken for a guardian who is none any more because a client forgot to ask.
fn statuses(asked: Option<Vec<RelationshipStatus>>) -> Result<Vec<relationship::Status>> {
    let asked = asked.map(|mut asked| {
        // Each once: a list of thousands says no more than four values do.
        let all = [
            RelationshipStatus::Pending,
            RelationshipStatus::Active,
            RelationshipStatus::Ended,
            RelationshipStatus::Voided,
        ];
        asked = all.into_iter().filter(|status| asked.contains(status)).collect();
        asked
    });
    Ok(values("statuses", asked)?.unwrap_or_else(|| vec![relationship::Status::Active]))
}

impl StudentRelationshipFilter {
    fn read(self) -> Result<RelationFilter> {
        let (statuses, labels) = (statuses(self.statuses)?, texts("labels", self.labels)?);
        Ok(RelationFilter { statuses, labels, ..RelationFilter::default() })
    }
}

impl StudentGuardianFilter {
    fn read(self) -> Result<RelationFilter> {
        Ok(RelationFilter {
            statuses: statuses(self.statuses)?,
            labels: texts("labels", self.labels)?,
            is_primary: self.is_primary_contact,
            is_legal_guardian: self.is_legal_guardian,
            lives_with: self.lives_with,
            is_emergency_contact: self.is_emergency_contact,
        })
    }
}

impl StaffAssignmentFilter {
    fn read(self) -> Result<RelationFilter> {
        let statuses = statuses(self.statuses)?;
        Ok(RelationFilter { statuses, is_primary: self.is_primary, ..RelationFilter::default() })
    }
}

/// The day that is asked for, or today.
pub fn day(context: &Context<'_>, on: Option<Date>) -> Result<NaiveDate> {
    match on {
        Some(Date(day)) => Ok(day),
        None => Ok(Request::of(context).reader()?.today()),
    }
}

/// The four arguments of a connection.
pub type Paging = (Option<i32>, Option<String>, Option<i32>, Option<String>);

/// What a list is asked for: whose, which way, on which day, and which page. Relationships are no part of how somebody stood at a moment
/// of the log: they have days of their own, and are told of the present alone.
struct Asked {
    batches: crate::batch::Batches,
    reader: Arc<Reader>,
    way: Way,
    parent: Uuid,
    query: RelationQuery,
    page: Page,
}

impl Asked {
    fn new(
        context: &Context<'_>,
        (way, name): (Way, &str),
        parent: Uuid,
        (on, filter): (Option<Date>, RelationFilter),
        (first, after, last, before): Paging,
    ) -> Result<Self> {
        let page = page(first, after, last, before)?;
        let view = Request::view(context)?;
        view.may_ask(name)?;
        let query = RelationQuery { on: day(context, on)?, filter };
        Ok(Self { batches: view.batches.clone(), reader: view.reader.clone(), way, parent, query, page })
    }

    fn count(&self) -> Count {
        let (batches, reader) = (self.batches.clone(), self.reader.clone());
        let (way, parent, query) = (self.way, self.parent, self.query.clone());
        Arc::new(move || {
            let (batches, reader, query) = (batches.clone(), reader.clone(), query.clone());
            Box::pin(async move { loaders::relation_count(&batches, &reader, way, parent, query).await })
        })
    }

    async fn people<E, Edge>(
        self,
        edge: impl Fn(NaiveDate, String, &E::Model, Contact) -> Edge,
    ) -> Result<Connection<Edge>>
    where
        E: EntityTrait<Model: Send + Sync>,
        Edge: EdgeOf,
    {
        let (count, on) = (self.count(), self.query.on);
        let found =
            loaders::related_people::<E>(&self.batches, &self.reader, self.way, self.parent, (self.query, self.page));
        let slice = found.await.map_err(|failed| error::of_list(&failed))?;
        Ok(Connection::of(&slice, count, |cursor, related: &RelatedPerson<E::Model>| {
            edge(on, cursor, &related.row, Contact(Arc::new(related.person.clone())))
        }))
    }
}

/// To whom a student is related.
pub async fn kin(
    context: &Context<'_>,
    student: Uuid,
    on: Option<Date>,
    filter: Option<StudentRelationshipFilter>,
    paging: Paging,
) -> Result<Connection<StudentRelationshipEdge>> {
    let filter = filter.unwrap_or_default().read()?;
    let asked = Asked::new(context, (Way::Kin, "relationships"), student, (on, filter), paging)?;
    asked.people::<student_relationship::Entity, _>(StudentRelationshipEdge::of).await
}

/// A student's guardians, or a guardian's students.
pub async fn guardianships(
    context: &Context<'_>,
    way: (Way, &str),
    person: Uuid,
    (on, filter): (Option<Date>, Option<StudentGuardianFilter>),
    paging: Paging,
) -> Result<Connection<StudentGuardianEdge>> {
    let filter = filter.unwrap_or_default().read()?;
    let asked = Asked::new(context, way, person, (on, filter), paging)?;
    asked.people::<student_guardian_relationship::Entity, _>(StudentGuardianEdge::of).await
}

/// Who works at an organization or a facility.
pub async fn staff(
    context: &Context<'_>,
    way: Way,
    place: Uuid,
    (on, filter): (Option<Date>, Option<StaffAssignmentFilter>),
    paging: Paging,
) -> Result<Connection<StaffEdge>> {
    let filter = filter.unwrap_or_default().read()?;
    let asked = Asked::new(context, (way, "staff"), place, (on, filter), paging)?;
    asked.people::<staff_assignment::Entity, _>(StaffEdge::of).await
}

/// Where somebody works.
pub async fn workplaces(
    context: &Context<'_>,
    person: Uuid,
    (on, filter): (Option<Date>, Option<StaffAssignmentFilter>),
    paging: Paging,
) -> Result<Connection<StaffAssignmentEdge>> {
    let filter = filter.unwrap_or_default().read()?;
    let asked = Asked::new(context, (Way::Workplaces, "staffAssignments"), person, (on, filter), paging)?;
    let (count, on) = (asked.count(), asked.query.on);
    let found = loaders::workplaces(&asked.batches, &asked.reader, asked.parent, (asked.query, asked.page));
    let slice = found.await.map_err(|failed| error::of_list(&failed))?;
    Ok(Connection::of(&slice, count, |cursor, (row, place)| StaffAssignmentEdge::of(on, cursor, row, place.into())))
}

/// What a contact is, in the books that the viewer reads.
pub async fn personas(context: &Context<'_>, contact: Uuid) -> Result<Vec<ContactPersona>> {
    let view = Request::view(context)?;
    view.may_ask("personas")?;
    let found = loaders::personas(&view.batches, &view.reader, contact).await;
    let found = found.map_err(|fault| error::of_fault(&fault))?;
    Ok(found.iter().map(Into::into).collect())
}
