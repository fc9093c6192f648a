//! Merging contacts and taking it back (US-3). Each is one command; what becomes of which row the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::contact as contacts;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::contact;
use crate::context::SignedIn;
use crate::input::ContactMergeFieldChoicesInput;
use crate::merge::{self, ContactMergeMoved};
use crate::payload::{ContactMergePayload, ContactMergeUndoPayload};

/// Merging contacts and taking it back.
#[derive(Default)]
pub struct MergeMutation;

#[Object]
impl MergeMutation {
    /// Makes one contact of several records of a person (US-3), for `super_admin`. The duplicates are archived and their ids stand for the
    /// survivor. Everything follows: of two links that are the same one stays, with the earlier beginning and the stronger primary;
    /// of relationships no day is lost; the strictest consent wins; what was between the records themselves is closed. With USER_TAKEN
    /// when they stand for different logins, with MERGED for a record that was merged before.
    #[graphql(guard = "SignedIn")]
    async fn contact_merge(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact that stays.")] survivor_id: Uuid,
        #[graphql(desc = "The records that become part of it, 1 to 4.")] duplicate_ids: Vec<Uuid>,
        #[graphql(desc = "Whose value each field is to have; the survivor's unless told.")] field_choices: Option<
            ContactMergeFieldChoicesInput,
        >,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The survivor's version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactMergePayload>> {
        let choices = field_choices.unwrap_or_default().into();
        let command = contacts::Merge { survivor_id, duplicate_ids, choices };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let given = done.given();
        let contact = contact::of_id(context, given.map(|given| given.survivor_id)).await?;
        let merges = match given {
            Some(given) => Some(merge::of_ids(context, &given.merge_ids).await?),
            None => None,
        };
        let moved = given.map(ContactMergeMoved::of);
        Ok(done.answer(|outcome| ContactMergePayload { contact, merges, moved, outcome }))
    }

    /// Takes a merge back (US-3), for `super_admin`: both contacts are there again. What was edited since stays as it was edited, what was
    /// ended since does not come back. What an organization made since, and what is its own (roles, personas, relationships, referrals,
    /// communications, external ids), goes to the duplicate when the organization sees that one alone of the two; anything else that came
    /// since stays with the survivor. `left` says what could not be told apart. Of several merges into one contact the last is undone
    /// first; with CONFLICT otherwise, and the message says which.
    #[graphql(guard = "SignedIn")]
    async fn contact_merge_undo(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The merge.")] merge_id: Uuid,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The survivor's version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<ContactMergeUndoPayload>> {
        let command = contacts::UndoMerge { merge_id };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let given = done.given();
        let contact = contact::of_id(context, given.map(|given| given.survivor_id)).await?;
        let duplicate = contact::of_id(context, given.map(|given| given.duplicate_id)).await?;
        let merge = given.map(|given| given.merge_id);
        let merge = merge::of_ids(context, merge.as_slice()).await?.pop();
        let left = given.map(|given| given.left.iter().cloned().map(Into::into).collect());
        Ok(done.answer(|outcome| ContactMergeUndoPayload { contact, duplicate, merge, left, outcome }))
    }
}
