//! What the events of personas do to their table. It decides nothing.

use liaison_entity::contact_persona::{Entity, Model};
use sea_orm::DbErr;

use super::Granted;
use crate::event::Event;
use crate::session::{Sql, Transaction};
use crate::store;

pub(crate) async fn apply_persona_granted(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Granted = event.facts()?;
        rows.push(Model {
            id: event.stream_id,
            contact_id: facts.contact_id,
            organization_id: facts.recorded_by_organization_id,
            persona: facts.persona,
            granted_at: event.recorded_at,
            granted_by: event.metadata.actor.clone(),
            revoked_at: None,
            revoked_by: None,
            version: event.stream_version,
            updated_at: event.recorded_at,
        });
    }
    store::insert::<Entity>(transaction, rows).await
}

pub(crate) async fn apply_persona_revoked(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        // The clock of the server that revokes may be behind that of the one that granted.
        let mut sql = Sql::new("UPDATE contact_personas SET revoked_at = greatest(granted_at, ");
        sql.push_bind(event.recorded_at).push("), revoked_by = ").push_bind(&event.metadata.actor);
        sql.push(", updated_at = ").push_bind(event.recorded_at).push(", version = ").push_bind(event.stream_version);
        sql.push(" WHERE id = ").push_bind(event.stream_id);
        match transaction.execute(sql).await? {
            1 => {}
            rows => return Err(DbErr::Custom(format!("one persona should have been revoked, {rows} were"))),
        }
    }
    Ok(())
}
