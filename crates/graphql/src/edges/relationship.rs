//! The edges of relationships: whoever stands at the other end, and what the row knows, as it is on the day that the list is asked of.

use async_graphql::SimpleObject;
use chrono::{DateTime, NaiveDate, Utc};
use liaison_domain::entity::{staff_assignment, student_guardian_relationship, student_relationship};
use liaison_domain::relationship;
use liaison_domain::staff_assignment::Assignment;
use liaison_domain::student_guardian::Guardianship;
use liaison_domain::student_relationship::Kinship;
use uuid::Uuid;

use crate::connection::EdgeOf;
use crate::contact::Contact;
use crate::relationship::{RelationshipStatus, Workplace};
use crate::scalars::Date;

/// A student to whom another one is related.
#[derive(SimpleObject)]
pub struct StudentRelationshipEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// The other student, whichever of the two was named first.
    pub node: Contact,
    /// The relationship's id, for `studentRelationshipEnd`, `studentRelationshipVoid` and `replaces`; the same from both sides.
    pub id: Uuid,
    /// How often it changed, for `expectedVersion`.
    pub version: i32,
    /// What they are to each other: `sibling`.
    pub label: String,
    /// What it is on the day of `onDate`.
    pub status: RelationshipStatus,
    /// The first day.
    pub starts_on: Date,
    /// The last day; null while none is known.
    pub ends_on: Option<Date>,
    /// When it was voided; null when it was not.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided.
    pub void_reason: Option<String>,
}

impl StudentRelationshipEdge {
    /// A row of the list, on a day.
    pub fn of(on: NaiveDate, cursor: String, row: &student_relationship::Model, node: Contact) -> Self {
        Self {
            cursor,
            node,
            id: row.id,
            version: row.version,
            label: row.relationship_label.clone(),
            status: relationship::status::<Kinship>(row, on).into(),
            starts_on: Date(row.starts_on),
            ends_on: row.ends_on.map(Date),
            voided_at: row.voided_at,
            void_reason: row.void_reason.clone(),
        }
    }
}

impl EdgeOf for StudentRelationshipEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "StudentRelationshipConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

/// A student's guardian, or a guardian's student.
#[derive(SimpleObject)]
pub struct StudentGuardianEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// The person at the other end: the guardian among `guardians`, the student among `wards`.
    pub node: Contact,
    /// The guardianship's id, for `studentGuardianEnd`, `studentGuardianVoid` and `replaces`.
    pub id: Uuid,
    /// How often it changed, for `expectedVersion`.
    pub version: i32,
    /// What the guardian is to the student: `mother`.
    pub label: String,
    /// What it is on the day of `onDate`.
    pub status: RelationshipStatus,
    /// The first day.
    pub starts_on: Date,
    /// The last day; null while none is known.
    pub ends_on: Option<Date>,
    /// Whether the guardian is called first; a student has one such at a time.
    pub is_primary_contact: bool,
    /// Whether the guardian is one by law.
    pub is_legal_guardian: bool,
    /// Whether the student lives with the guardian.
    pub lives_with: bool,
    /// Whether the guardian is called in an emergency.
    pub is_emergency_contact: bool,
    /// The guardian's place among the student's others, lowest first.
    pub priority: i32,
    /// What the guardian may not, such as what a court has said; may have several lines.
    pub restrictions: Option<String>,
    /// When it was voided; null when it was not.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided.
    pub void_reason: Option<String>,
}

impl StudentGuardianEdge {
    /// A row of the list, on a day.
    pub fn of(on: NaiveDate, cursor: String, row: &student_guardian_relationship::Model, node: Contact) -> Self {
        Self {
            cursor,
            node,
            id: row.id,
            version: row.version,
            label: row.relationship_label.clone(),
            status: relationship::status::<Guardianship>(row, on).into(),
            starts_on: Date(row.starts_on),
            ends_on: row.ends_on.map(Date),
            is_primary_contact: row.is_primary_contact,
            is_legal_guardian: row.is_legal_guardian,
            lives_with: row.lives_with,
            is_emergency_contact: row.is_emergency_contact,
            priority: row.priority,
            restrictions: row.restrictions.clone(),
            voided_at: row.voided_at,
            void_reason: row.void_reason.clone(),
        }
    }
}

impl EdgeOf for StudentGuardianEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "StudentGuardianConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

/// Where somebody works.
#[derive(SimpleObject)]
pub struct StaffAssignmentEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// The organization or the facility.
    pub node: Workplace,
    /// The assignment's id, for `staffAssignmentEnd`, `staffAssignmentVoid` and `replaces`.
    pub id: Uuid,
    /// How often it changed, for `expectedVersion`.
    pub version: i32,
    /// What it is on the day of `onDate`.
    pub status: RelationshipStatus,
    /// The first day.
    pub starts_on: Date,
    /// The last day; null while none is known.
    pub ends_on: Option<Date>,
    /// Whether it is the person's primary one; there is one at a time.
    pub is_primary: bool,
    /// When it was voided; null when it was not.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided.
    pub void_reason: Option<String>,
}

impl StaffAssignmentEdge {
    /// A row of the list, on a day.
    pub fn of(on: NaiveDate, cursor: String, row: &staff_assignment::Model, node: Workplace) -> Self {
        Self {
            cursor,
            node,
            id: row.id,
            version: row.version,
            status: relationship::status::<Assignment>(row, on).into(),
            starts_on: Date(row.starts_on),
            ends_on: row.ends_on.map(Date),
            is_primary: row.is_primary,
            voided_at: row.voided_at,
            void_reason: row.void_reason.clone(),
        }
    }
}

impl EdgeOf for StaffAssignmentEdge {
    type Node = Workplace;
    const CONNECTION: &'static str = "StaffAssignmentConnection";

    fn node(&self) -> &Workplace {
        &self.node
    }
}

/// Somebody who works at an organization or a facility.
#[derive(SimpleObject)]
pub struct StaffEdge {
    /// Where the row stands in the list's order; opaque.
    pub cursor: String,
    /// The person.
    pub node: Contact,
    /// The assignment's id, for `staffAssignmentEnd`, `staffAssignmentVoid` and `replaces`.
    pub id: Uuid,
    /// How often it changed, for `expectedVersion`.
    pub version: i32,
    /// What it is on the day of `onDate`.
    pub status: RelationshipStatus,
    /// The first day.
    pub starts_on: Date,
    /// The last day; null while none is known.
    pub ends_on: Option<Date>,
    /// Whether it is the person's primary one; there is one at a time.
    pub is_primary: bool,
    /// When it was voided; null when it was not.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided.
    pub void_reason: Option<String>,
}

impl StaffEdge {
    /// A row of the list, on a day.
    pub fn of(on: NaiveDate, cursor: String, row: &staff_assignment::Model, node: Contact) -> Self {
        Self {
            cursor,
            node,
            id: row.id,
            version: row.version,
            status: relationship::status::<Assignment>(row, on).into(),
            starts_on: Date(row.starts_on),
            ends_on: row.ends_on.map(Date),
            is_primary: row.is_primary,
            voided_at: row.voided_at,
            void_reason: row.void_reason.clone(),
        }
    }
}

impl EdgeOf for StaffEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "StaffConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}
