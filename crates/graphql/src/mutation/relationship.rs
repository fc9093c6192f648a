//! Relationships between people, and where people work: started, ended, voided. Each is one command; what may be done the domain decides.

use std::marker::PhantomData;

use async_graphql::{Context, Object, Result};
use liaison_domain::relationship::{End, Void};
use liaison_domain::staff_assignment::{self as assignments, Assignment};
use liaison_domain::student_guardian::{self as guardians, Guardianship};
use liaison_domain::student_relationship::{self as kin, Kinship};
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::input::{StaffAssignmentStartInput, StudentGuardianStartInput, StudentRelationshipStartInput};
use crate::payload::{
    StaffAssignmentEndPayload, StaffAssignmentStartPayload, StaffAssignmentVoidPayload, StudentGuardianEndPayload,
    StudentGuardianStartPayload, StudentGuardianVoidPayload, StudentRelationshipEndPayload,
    StudentRelationshipStartPayload, StudentRelationshipVoidPayload,
};
use crate::scalars::Date;
use crate::{staff_assignment, student_guardian, student_relationship};

/// The relationships, changed.
#[derive(Default)]
pub struct StudentRelationshipMutation;

#[Object]
impl StudentRelationshipMutation {
    /// Says what two students are to each other from a day on, in the books of your organization alone. With `replaces`, what they were ends the
    /// day before. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn student_relationship_start(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What they are to each other.")] student_relationship: StudentRelationshipStartInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "With `replaces`, the version of that one that you have read; otherwise 0, for clients that send it with everything."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StudentRelationshipStartPayload>> {
        let command = kin::Start::from(student_relationship);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let student_relationship = student_relationship::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StudentRelationshipStartPayload { student_relationship, outcome }))
    }

    /// Says on which day the relationship ends: a past or a future one, not before it starts. The day may be moved later on, as long as no other stands
    /// in its place then. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn student_relationship_end(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "The last day, it included.")] ends_on: Date,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StudentRelationshipEndPayload>> {
        let command = End::<Kinship> { id, ends_on: ends_on.0, kind: PhantomData };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let student_relationship = student_relationship::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StudentRelationshipEndPayload { student_relationship, outcome }))
    }

    /// Takes back a relationship that was recorded by mistake: the row stays, with the reason, and never held. What it replaced, and what it took days from, stays as it is now. For
    /// administrators.
    #[graphql(guard = "SignedIn")]
    async fn student_relationship_void(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What was wrong, for the log; at most 2,000 characters. Needed.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StudentRelationshipVoidPayload>> {
        let command = Void::<Kinship> { id, kind: PhantomData };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let student_relationship = student_relationship::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StudentRelationshipVoidPayload { student_relationship, outcome }))
    }
}

/// The guardianships, changed.
#[derive(Default)]
pub struct StudentGuardianMutation;

#[Object]
impl StudentGuardianMutation {
    /// Makes somebody a student's guardian from a day on, in the books of your organization alone. With `replaces`, another guardianship of the
    /// student ends the day before: a change of the same guardian's flags, or a hand-over to another guardian. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn student_guardian_start(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The guardianship.")] student_guardian: StudentGuardianStartInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "With `replaces`, the version of that one that you have read; otherwise 0, for clients that send it with everything."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StudentGuardianStartPayload>> {
        let command = guardians::Start::from(student_guardian);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let student_guardian = student_guardian::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StudentGuardianStartPayload { student_guardian, outcome }))
    }

    /// Says on which day the guardianship ends: a past or a future one, not before it starts. The day may be moved later on, as long as no other stands
    /// in its place then. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn student_guardian_end(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "The last day, it included.")] ends_on: Date,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StudentGuardianEndPayload>> {
        let command = End::<Guardianship> { id, ends_on: ends_on.0, kind: PhantomData };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let student_guardian = student_guardian::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StudentGuardianEndPayload { student_guardian, outcome }))
    }

    /// Takes back a guardianship that was recorded by mistake: the row stays, with the reason, and never held. What it replaced, and what it took days from, stays as it is now. For
    /// administrators.
    #[graphql(guard = "SignedIn")]
    async fn student_guardian_void(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What was wrong, for the log; at most 2,000 characters. Needed.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StudentGuardianVoidPayload>> {
        let command = Void::<Guardianship> { id, kind: PhantomData };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let student_guardian = student_guardian::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StudentGuardianVoidPayload { student_guardian, outcome }))
    }
}

/// The assignments, changed.
#[derive(Default)]
pub struct StaffAssignmentMutation;

#[Object]
impl StaffAssignmentMutation {
    /// Lets somebody work at an organization or a facility from a day on, in the books of your organization alone. With `replaces`, another
    /// assignment of theirs ends the day before. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn staff_assignment_start(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The assignment.")] staff_assignment: StaffAssignmentStartInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "With `replaces`, the version of that one that you have read; otherwise 0, for clients that send it with everything."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StaffAssignmentStartPayload>> {
        let command = assignments::Start::from(staff_assignment);
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let staff_assignment = staff_assignment::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StaffAssignmentStartPayload { staff_assignment, outcome }))
    }

    /// Says on which day the assignment ends: a past or a future one, not before it starts. The day may be moved later on, as long as no other stands
    /// in its place then. For administrators.
    #[graphql(guard = "SignedIn")]
    async fn staff_assignment_end(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "The last day, it included.")] ends_on: Date,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StaffAssignmentEndPayload>> {
        let command = End::<Assignment> { id, ends_on: ends_on.0, kind: PhantomData };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let staff_assignment = staff_assignment::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StaffAssignmentEndPayload { staff_assignment, outcome }))
    }

    /// Takes back an assignment that was recorded by mistake: the row stays, with the reason, and never held. What it replaced, and what it took days from, stays as it is now. For
    /// administrators.
    #[graphql(guard = "SignedIn")]
    async fn staff_assignment_void(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What was wrong, for the log; at most 2,000 characters. Needed.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<StaffAssignmentVoidPayload>> {
        let command = Void::<Assignment> { id, kind: PhantomData };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let staff_assignment = staff_assignment::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| StaffAssignmentVoidPayload { staff_assignment, outcome }))
    }
}
