//! Who is whose guardian, and what they may (ADR 0009 `StudentGuardianRelationship`). A student has one primary contact at any moment,
//! and may be their own guardian. What all relationships share is in `relationship`.

use chrono::NaiveDate;
use liaison_entity::student_guardian_relationship::{Column, Entity, Model};
use liaison_entity::values::Persona;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
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

/// Somebody became a student's guardian.
pub const ESTABLISHED: &str = "student.guardian.established";
/// It was said when that ends.
pub const ENDED: &str = "student.guardian.ended";
/// That was a mistake.
pub const VOIDED: &str = "student.guardian.voided";

/// The highest number that a place in the order of guardians may have.
const LAST: i32 = 999;

/// A student and a guardian, for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guardianship {
    recorded_by_organization_id: Uuid,
    student_id: Uuid,
    guardian_id: Uuid,
    relationship_label: String,
    is_primary_contact: bool,
    is_legal_guardian: bool,
    lives_with: bool,
    is_emergency_contact: bool,
    priority: i32,
    restrictions: Option<String>,
    #[serde(flatten)]
    period: Period,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    replaces_id: Option<Uuid>,
}

impl Relation for Guardianship {
    type Entity = Entity;

    const NOUN: &'static str = "guardianship";
    const MUTATION: &'static str = "studentGuardian";
    const ESTABLISHED: &'static str = ESTABLISHED;
    const ENDED: &'static str = ENDED;
    const VOIDED: &'static str = VOIDED;

    fn of(row: &Model) -> Self {
        Self {
            recorded_by_organization_id: row.organization_id,
            student_id: row.student_id,
            guardian_id: row.guardian_id,
            relationship_label: row.relationship_label.clone(),
            is_primary_contact: row.is_primary_contact,
            is_legal_guardian: row.is_legal_guardian,
            lives_with: row.lives_with,
            is_emergency_contact: row.is_emergency_contact,
            priority: row.priority,
            restrictions: row.restrictions.clone(),
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
            guardian_id: self.guardian_id,
            relationship_label: self.relationship_label,
            is_primary_contact: self.is_primary_contact,
            is_legal_guardian: self.is_legal_guardian,
            lives_with: self.lives_with,
            is_emergency_contact: self.is_emergency_contact,
            priority: self.priority,
            restrictions: self.restrictions,
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
        Between { student_id: Some(self.student_id), guardian_id: Some(self.guardian_id), ..Between::default() }
    }

    fn personas(&self) -> Vec<(Uuid, Persona)> {
        vec![(self.student_id, Persona::Student), (self.guardian_id, Persona::Guardian)]
    }

    fn period(&self) -> Period {
        self.period
    }

    fn over(&self, period: Period) -> Self {
        Self { period, replaces_id: None, ..self.clone() }
    }

    fn is_same(&self, other: &Self) -> bool {
        let label = |one: &Self| text::folded(&one.relationship_label);
        (self.student_id, self.guardian_id) == (other.student_id, other.guardian_id) && label(self) == label(other)
    }

    fn is_primary(&self) -> bool {
        self.is_primary_contact
    }

    fn demoted(&self) -> Self {
        Self { is_primary_contact: false, ..self.clone() }
    }

    fn overlap(&self, other: &Self) -> Refusal {
        let why = format!(
            "this guardian is the student's {:?} {} already: choose days outside of that, or name that guardianship in replaces",
            other.relationship_label, other.period
        );
        Refusal::new(RefusalCode::Overlaps, "startsOn", why)
    }

    fn rival(&self, other: &Self) -> Refusal {
        let why = format!(
            "the student has another primary contact {}: let this one begin later or end before that day, or void that one and start it again so that it is not primary",
            other.period
        );
        Refusal::new(RefusalCode::Overlaps, "isPrimaryContact", why)
    }

    async fn beside(&self, work: &Work<'_>) -> Result<Vec<Standing<Self>>, Failure> {
        let rows = Entity::find()
            .filter(Column::OrganizationId.eq(self.recorded_by_organization_id))
            .filter(Column::StudentId.eq(self.student_id))
            .filter(Column::VoidedAt.is_null())
            .all(work.rows())
            .await?;
        Ok(rows.iter().map(Standing::of).collect())
    }
}

/// Makes somebody a student's guardian, or takes the place of what was so far: other flags of the same guardian, or another guardian.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// The student.
    pub student_id: Uuid,
    /// The guardian; the student, when they are their own.
    pub guardian_id: Uuid,
    /// What the guardian is to the student: `mother`.
    pub label: Edit<String>,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: Edit<NaiveDate>,
    /// Whether they are called first.
    pub is_primary_contact: Edit<bool>,
    /// Whether the law says so.
    pub is_legal_guardian: Edit<bool>,
    /// Whether the student lives with them.
    pub lives_with: Edit<bool>,
    /// Whether they are called in an emergency.
    pub is_emergency_contact: Edit<bool>,
    /// Their place among the student's guardians, lowest first.
    pub priority: Edit<i32>,
    /// What they may not: what a court has said.
    pub restrictions: Edit<String>,
    /// The guardianship of the same student that this one takes the place of.
    pub replaces: Option<Uuid>,
}

impl Start {
    const fn starting(&self) -> Starting {
        Starting { id: self.id, replaces: self.replaces, until: relationship::until(&self.ends_on) }
    }

    /// What is left out is as the same guardian had it; another guardian inherits nothing.
    fn wanted(&self, recorded_by: Uuid, before: Option<&Guardianship>) -> Result<Guardianship, Refusal> {
        let before = before.filter(|before| before.guardian_id == self.guardian_id);
        let flag = |edit: &Edit<bool>, of: fn(&Guardianship) -> bool| told(edit, before.map(of), false);
        let label = told(&self.label, before.map(|before| before.relationship_label.clone()), String::new());
        let ends_on = relationship::last_day(&self.ends_on, before.map(|before| &before.period), self.starts_on);
        let restrictions =
            told(&self.restrictions.clone().map(Some), before.map(|before| before.restrictions.clone()), None);
        let priority = told(&self.priority, before.map(|before| before.priority), 0);
        if !(0..=LAST).contains(&priority) {
            let why = format!("priority must be 0 to {LAST}; it is {priority}: the lowest comes first");
            return Err(Refusal::invalid("priority", why));
        }
        Ok(Guardianship {
            recorded_by_organization_id: recorded_by,
            student_id: self.student_id,
            guardian_id: self.guardian_id,
            relationship_label: relationship::label(&label, "mother")?,
            is_primary_contact: flag(&self.is_primary_contact, |before| before.is_primary_contact),
            is_legal_guardian: flag(&self.is_legal_guardian, |before| before.is_legal_guardian),
            lives_with: flag(&self.lives_with, |before| before.lives_with),
            is_emergency_contact: flag(&self.is_emergency_contact, |before| before.is_emergency_contact),
            priority,
            restrictions: text::optional_text("restrictions", restrictions.as_deref())?,
            period: Period::new(self.starts_on, ends_on)?,
            replaces_id: self.replaces,
        })
    }
}

impl Command for Start {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Relate)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        self.starting().locks(&[self.student_id, self.guardian_id])
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let replaced = self.starting().replaced::<Guardianship>(work).await?;
        let own = work.viewer().organization_id();
        let recorded_by = replaced.as_ref().map_or(own, |replaced| replaced.relation.recorded_by());
        relationship::person(work, recorded_by, self.student_id, "studentId", Persona::Student).await?;
        relationship::person(work, recorded_by, self.guardian_id, "guardianId", Persona::Guardian).await?;
        let before = replaced.as_ref().map(|replaced| &replaced.relation);
        if before.is_some_and(|before| before.student_id != self.student_id) {
            let why = "this guardianship is another student's; replaces must name one of the same student";
            return Err(Refusal::invalid("replaces", why).into());
        }
        let new = self.wanted(recorded_by, before)?;
        relationship::start(work, self.starting(), new, replaced.as_ref()).await
    }
}
