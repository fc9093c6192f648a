//! What the start of a relationship says.

use async_graphql::{InputObject, MaybeUndefined, OneofObject};
use liaison_domain::staff_assignment::{self, Workplace};
use liaison_domain::{student_guardian, student_relationship};
use uuid::Uuid;

use super::edit;
use crate::scalars::Date;

/// What two students are to each other from a day on.
#[derive(InputObject)]
pub struct StudentRelationshipStartInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// One of the two; must hold the persona STUDENT. Which of them stands here does not matter.
    student_id: Uuid,
    /// The other; must hold the persona STUDENT.
    related_student_id: Uuid,
    /// What they are to each other, such as `sibling`: 1 to 200 characters. Needed unless `replaces` names what they were.
    label: MaybeUndefined<String>,
    /// The first day; may lie in the future.
    starts_on: Date,
    /// The last day, it included; open when left out.
    ends_on: MaybeUndefined<Date>,
    /// The relationship of the same two that this one takes the place of: it ends the day before `startsOn`, in the same step. What is
    /// left out here stays as it has it; after an `endsOn` it is again as it was.
    replaces: Option<Uuid>,
}

impl From<StudentRelationshipStartInput> for student_relationship::Start {
    fn from(input: StudentRelationshipStartInput) -> Self {
        Self {
            id: input.id,
            student_id: input.student_id,
            related_student_id: input.related_student_id,
            label: edit(input.label),
            starts_on: input.starts_on.0,
            ends_on: edit(input.ends_on).map(|Date(day)| day),
            replaces: input.replaces,
        }
    }
}

/// Who is a student's guardian from a day on, and what they may.
#[derive(InputObject)]
pub struct StudentGuardianStartInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// The student; must hold the persona STUDENT.
    student_id: Uuid,
    /// The guardian; must hold the persona GUARDIAN. The student themselves, when they are their own.
    guardian_id: Uuid,
    /// What the guardian is to the student, such as `mother`: 1 to 200 characters. Needed unless `replaces` names what the same guardian
    /// was.
    label: MaybeUndefined<String>,
    /// The first day; may lie in the future.
    starts_on: Date,
    /// The last day, it included; open when left out.
    ends_on: MaybeUndefined<Date>,
    /// Whether the guardian is called first; not unless told. A student has one such at a time: on the days of this one the other is not, and
    /// is again afterwards, in the same step.
    is_primary_contact: MaybeUndefined<bool>,
    /// Whether the guardian is one by law; not unless told.
    is_legal_guardian: MaybeUndefined<bool>,
    /// Whether the student lives with the guardian; not unless told.
    lives_with: MaybeUndefined<bool>,
    /// Whether the guardian is called in an emergency; not unless told.
    is_emergency_contact: MaybeUndefined<bool>,
    /// The guardian's place among the student's others, 0 to 999, lowest first; 0 unless told.
    priority: MaybeUndefined<i32>,
    /// What the guardian may not, such as what a court has said: at most 10,000 characters.
    restrictions: MaybeUndefined<String>,
    /// The guardianship of the same student that this one takes the place of: it ends the day before `startsOn`, in the same step. Of the
    /// same guardian, it is a change: what is left out here stays as it has it, null clears, and after an `endsOn` it is again as it was.
    /// Of another guardian, it is a hand-over, which inherits nothing.
    replaces: Option<Uuid>,
}

impl From<StudentGuardianStartInput> for student_guardian::Start {
    fn from(input: StudentGuardianStartInput) -> Self {
        Self {
            id: input.id,
            student_id: input.student_id,
            guardian_id: input.guardian_id,
            label: edit(input.label),
            starts_on: input.starts_on.0,
            ends_on: edit(input.ends_on).map(|Date(day)| day),
            is_primary_contact: edit(input.is_primary_contact),
            is_legal_guardian: edit(input.is_legal_guardian),
            lives_with: edit(input.lives_with),
            is_emergency_contact: edit(input.is_emergency_contact),
            priority: edit(input.priority),
            restrictions: edit(input.restrictions),
            replaces: input.replaces,
        }
    }
}

/// Where somebody works: exactly one of the two.
#[derive(OneofObject)]
pub enum WorkplaceInput {
    /// An organization as a whole: your own, or one that you see.
    OrganizationId(Uuid),
    /// One of your facilities.
    FacilityId(Uuid),
}

/// Where somebody works from a day on.
#[derive(InputObject)]
pub struct StaffAssignmentStartInput {
    /// Your own id for it, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// Who works there; must hold the persona STAFF.
    staff_id: Uuid,
    /// Where.
    workplace: WorkplaceInput,
    /// The first day; may lie in the future.
    starts_on: Date,
    /// The last day, it included; open when left out.
    ends_on: MaybeUndefined<Date>,
    /// Whether it is the person's primary one; not unless told. There is one at a time: on the days of this one the other is not, and is
    /// again afterwards, in the same step.
    is_primary: MaybeUndefined<bool>,
    /// The assignment of the same person that this one takes the place of, wherever that is: it ends the day before `startsOn`, in the same
    /// step. What is left out here stays as it has it; after an `endsOn` it is again as it was.
    replaces: Option<Uuid>,
}

impl From<StaffAssignmentStartInput> for staff_assignment::Start {
    fn from(input: StaffAssignmentStartInput) -> Self {
        Self {
            id: input.id,
            staff_id: input.staff_id,
            workplace: match input.workplace {
                WorkplaceInput::OrganizationId(id) => Workplace::Organization(id),
                WorkplaceInput::FacilityId(id) => Workplace::Facility(id),
            },
            starts_on: input.starts_on.0,
            ends_on: edit(input.ends_on).map(|Date(day)| day),
            is_primary: edit(input.is_primary),
            replaces: input.replaces,
        }
    }
}
