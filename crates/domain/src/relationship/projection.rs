//! What the events of relationships do to their tables, once for all three. It decides nothing.

use sea_orm::DbErr;
use serde_json::json;

use super::Relation;
use crate::event::Event;
use crate::session::Transaction;
use crate::store;

pub(crate) async fn apply_established<R: Relation>(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let rows = run.iter().map(|event| Ok(event.facts::<R>()?.into_row(event))).collect::<Result<Vec<_>, DbErr>>()?;
    store::insert::<R::Entity>(transaction, rows).await
}

pub(crate) async fn apply_ended<R: Relation>(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        store::update::<R::Entity>(transaction, event, &["ends_on"], &[]).await?;
    }
    Ok(())
}

pub(crate) async fn apply_voided<R: Relation>(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        let by = [("voided_by", json!(event.metadata.actor))];
        store::update::<R::Entity>(transaction, event, &["voided_at", "void_reason"], &by).await?;
    }
    Ok(())
}
