//! Facilities, changed. Each is one command; what may be done the domain decides.

use async_graphql::{Context, Object, Result};
use liaison_domain::facility as facilities;
use uuid::Uuid;

use crate::command::{Answered, Manner, perform};
use crate::context::SignedIn;
use crate::facility;
use crate::input::{FacilityCreateInput, FacilityUpdateInput, edit};
use crate::payload::{FacilityCreatePayload, FacilityUpdatePayload};

/// Facilities, changed.
#[derive(Default)]
pub struct FacilityMutation;

#[Object]
impl FacilityMutation {
    /// Changes a facility of your organization; of any, for `super_admin`. What is left out stays.
    #[graphql(guard = "SignedIn")]
    async fn facility_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] id: Uuid,
        #[graphql(desc = "What changes.")] facility: FacilityUpdateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(
            desc = "The version that you have read; when it has another by now, nothing is done and the error says which."
        )]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<FacilityUpdatePayload>> {
        let command = facilities::Update { id, name: edit(facility.name), is_active: edit(facility.is_active) };
        let done = perform(context, Manner { reason, expected_version, dry_run }, &command).await?;
        let facility = facility::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| FacilityUpdatePayload { facility, outcome }))
    }

    /// Makes a facility of your organization; of any, for `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn facility_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new facility.")] facility: FacilityCreateInput,
        #[graphql(desc = "Why, for the log; at most 2,000 characters.")] reason: Option<String>,
        #[graphql(desc = "The version of what is to be made, 0: for clients that send it with everything.")]
        expected_version: Option<i32>,
        #[graphql(desc = "When true, nothing is written: the answer shows what would be.")] dry_run: Option<bool>,
    ) -> Result<Answered<FacilityCreatePayload>> {
        let done =
            perform(context, Manner { reason, expected_version, dry_run }, &facilities::Create::from(facility)).await?;
        let facility = facility::of_id(context, done.output()).await?;
        Ok(done.answer(|outcome| FacilityCreatePayload { facility, outcome }))
    }
}
