//! What two students are to each other: siblings, cousins (ADR 0009 `StudentRelationship`). One row, read from both sides. What all
//! relationships share is in `relationship`.

use chrono::NaiveDate;
use liaison_entity::student_relationship::{Column, Entity, Model};
use liaison_entity::values::Persona;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{self, Action};
use crate::edit::Edit;
use crate::event::Event;
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::relationship::{self, Between, Period, Relation, Standing, Starting, told};
use crate::session::{Command, Lock, Work};
use crate::text;
use crate::viewer::Viewer;

/// Two students were related.
pub const ESTABLISHED: &str = "student.relationship.established";
/// It was said when that ends.
pub const ENDED: &str = "student.relationship.ended";
/// That was a mistake.
pub const VOIDED: &str = "student.relationship.voided";

/// Two students and what they are to each other, for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kinship {
    recorded_by_organization_id: Uuid,
    student_id: Uuid,
    related_student_id: Uuid,
    relationship_label: String,
    #[serde(flatten)]
    period: Period,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    replaces_id: Option<Uuid>,
}

impl Kinship {
    /// The pair counts, not its order.
    fn is_between(&self, other: &Self) -> bool {
        let pair =
            |one: &Self| (one.student_id.min(one.related_student_id), one.student_id.max(one.related_student_id));
        pair(self) == pair(other)
    }
}

impl Relation for Kinship {
    type Entity = Entity;

    const NOUN: &'static str = "relationship";
    const MUTATION: &'static str = "studentRelationship";
    const ESTABLISHED: &'static str = ESTABLISHED;
    const ENDED: &'static str = ENDED;
    const VOIDED: &'static str = VOIDED;

    fn of(row: &Model) -> Self {
        Self {
            recorded_by_organization_id: row.organization_id,
            student_id: row.student_id,
            related_student_id: row.related_student_id,
            relationship_label: row.relationship_label.clone(),
            period: relationship::window(row.starts_on, row.ends_on),
            replaces_id: None,
        }
    }

    fn is_voided(row: &Model) -> bool {
        row.voided_at.is_some()
    }

    fn into_row(self, event: &Event) -> Model {
        Model {
            id: event.stream_id,
            organization_id: self.recorded_by_organization_id,
            student_id: self.student_id,
            related_student_id: self.related_student_id,
            relationship_label: self.relationship_label,
            starts_on: self.period.starts_on(),
            ends_on: self.period.ends_on(),
            voided_at: None,
            voided_by: None,
            void_reason: None,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
        }
    }

    fn recorded_by(&self) -> Uuid {
        self.recorded_by_organization_id
    }

    fn between(&self) -> Between {
        Between {
            student_id: Some(self.student_id),
            related_student_id: Some(self.related_student_id),
            ..Between::default()
        }
    }

    fn personas(&self) -> Vec<(Uuid, Persona)> {
        vec![(self.student_id, Persona::Student), (self.related_student_id, Persona::Student)]
    }

    fn period(&self) -> Period {
        self.period
    }

    fn over(&self, period: Period) -> Self {
        Self { period, replaces_id: None, ..self.clone() }
    }

    fn is_same(&self, other: &Self) -> bool {
        let label = |one: &Self| text::folded(&one.relationship_label);
        self.is_between(other) && label(self) == label(other)
    }

    fn is_primary(&self) -> bool {
        false
    }

    fn demoted(&self) -> Self {
        self.clone()
    }

    fn overlap(&self, other: &Self) -> Refusal {
        let why = format!(
            "these two students are related as {:?} {} already: choose days outside of that, or name that relationship in replaces",
            other.relationship_label, other.period
        );
        Refusal::new(RefusalCode::Overlaps, "startsOn", why)
    }

    fn rival(&self, other: &Self) -> Refusal {
        // Nobody is the primary sibling.
        self.overlap(other)
    }

    async fn beside(&self, work: &Work<'_>) -> Result<Vec<Standing<Self>>, Failure> {
        let pair = [self.student_id, self.related_student_id];
        let both = Condition::all().add(Column::StudentId.is_in(pair)).add(Column::RelatedStudentId.is_in(pair));
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(self.recorded_by_organization_id))
            .filter(both)
            .filter(Column::VoidedAt.is_null())
            .all(work.rows())
            .await?;
        Ok(rows.iter().map(Standing::of).collect())
    }
}

/// Relates two students, or says anew what they are to each other.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// One of them.
    pub student_id: Uuid,
    /// The other.
    pub related_student_id: Uuid,
    /// What they are to each other: `sibling`.
    pub label: Edit<String>,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: Edit<NaiveDate>,
    /// The relationship of the same two that this one takes the place of.
    pub replaces: Option<Uuid>,
}

impl Start {
    const fn starting(&self) -> Starting {
        Starting { id: self.id, replaces: self.replaces, until: relationship::until(&self.ends_on) }
    }

    fn wanted(&self, recorded_by: Uuid, before: Option<&Kinship>) -> Result<Kinship, Refusal> {
        let label = told(&self.label, before.map(|before| before.relationship_label.clone()), String::new());
        let ends_on = relationship::last_day(&self.ends_on, before.map(|before| &before.period), self.starts_on);
        Ok(Kinship {
            recorded_by_organization_id: recorded_by,
            student_id: self.student_id,
            related_student_id: self.related_student_id,
            relationship_label: relationship::label(&label, "sibling")?,
            period: Period::new(self.starts_on, ends_on)?,
            replaces_id: self.replaces,
        })
    }
}

impl Command for Start {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Relate)?;
        if self.student_id == self.related_student_id {
            let why = "nobody is related to themselves: relatedStudentId must name another student";
            return Err(Refusal::invalid("relatedStudentId", why).into());
        }
        Ok(())
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        self.starting().locks(&[self.student_id, self.related_student_id])
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let replaced = self.starting().replaced::<Kinship>(work).await?;
        let own = work.viewer().organization_id();
        let recorded_by = replaced.as_ref().map_or(own, |replaced| replaced.relation.recorded_by());
        for (field, id) in [("studentId", self.student_id), ("relatedStudentId", self.related_student_id)] {
            relationship::person(work, recorded_by, id, field, Persona::Student).await?;
        }
        let before = replaced.as_ref().map(|replaced| &replaced.relation);
        let new = self.wanted(recorded_by, before)?;
        if before.is_some_and(|before| !before.is_between(&new)) {
            let why = "this relationship is between others; the persons of one never change: end it, and start another without replaces";
            return Err(Refusal::invalid("replaces", why).into());
        }
        relationship::start(work, self.starting(), new, replaced.as_ref()).await
    }
}
