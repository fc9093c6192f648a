//! What the mutations of personas and relationships give back.

use async_graphql::SimpleObject;

use super::Outcome;
use crate::contact::Contact;
use crate::staff_assignment::StaffAssignment;
use crate::student_guardian::StudentGuardian;
use crate::student_relationship::StudentRelationship;

/// The outcome of `contactGrantPersona`.
#[derive(SimpleObject)]
pub struct ContactGrantPersonaPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `contactRevokePersona`.
#[derive(SimpleObject)]
pub struct ContactRevokePersonaPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `studentRelationshipStart`.
#[derive(SimpleObject)]
pub struct StudentRelationshipStartPayload {
    /// The relationship; null when it was refused. What became of others stands in `changes`.
    pub student_relationship: Option<StudentRelationship>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `studentRelationshipEnd`.
#[derive(SimpleObject)]
pub struct StudentRelationshipEndPayload {
    /// The relationship; null when it was refused.
    pub student_relationship: Option<StudentRelationship>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `studentRelationshipVoid`.
#[derive(SimpleObject)]
pub struct StudentRelationshipVoidPayload {
    /// The relationship; null when it was refused.
    pub student_relationship: Option<StudentRelationship>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `studentGuardianStart`.
#[derive(SimpleObject)]
pub struct StudentGuardianStartPayload {
    /// The guardianship; null when it was refused. What became of others stands in `changes`.
    pub student_guardian: Option<StudentGuardian>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `studentGuardianEnd`.
#[derive(SimpleObject)]
pub struct StudentGuardianEndPayload {
    /// The guardianship; null when it was refused.
    pub student_guardian: Option<StudentGuardian>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `studentGuardianVoid`.
#[derive(SimpleObject)]
pub struct StudentGuardianVoidPayload {
    /// The guardianship; null when it was refused.
    pub student_guardian: Option<StudentGuardian>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `staffAssignmentStart`.
#[derive(SimpleObject)]
pub struct StaffAssignmentStartPayload {
    /// The assignment; null when it was refused. What became of others stands in `changes`.
    pub staff_assignment: Option<StaffAssignment>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `staffAssignmentEnd`.
#[derive(SimpleObject)]
pub struct StaffAssignmentEndPayload {
    /// The assignment; null when it was refused.
    pub staff_assignment: Option<StaffAssignment>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}

/// The outcome of `staffAssignmentVoid`.
#[derive(SimpleObject)]
pub struct StaffAssignmentVoidPayload {
    /// The assignment; null when it was refused.
    pub staff_assignment: Option<StaffAssignment>,
    /// What every payload tells.
    #[graphql(flatten)]
    pub outcome: Outcome,
}
