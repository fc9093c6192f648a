//! What the events of verifications do to a method's row, and to what is kept of a code that is out. It decides nothing.

use liaison_entity::{email, method_verification, phone};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Facts;
use crate::event::{Event, Stream};
use crate::session::Transaction;
use crate::store;

/// What a verification may write to the method's row.
const COLUMNS: &[&str] = &["verification_state", "verification_changed_at"];

pub(crate) async fn apply(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        match event.stream {
            Stream::Phone => store::update::<phone::Entity>(transaction, event, COLUMNS, &[]).await?,
            _ => store::update::<email::Entity>(transaction, event, COLUMNS, &[]).await?,
        }
        let facts: Facts = event.facts()?;
        match facts {
            Facts { code_mac: Some(code_mac), expires_at: Some(expires_at), tries_left: Some(tries_left), .. } => {
                let row = method_verification::ActiveModel {
                    method_id: Set(event.stream_id),
                    code_mac: Set(code_mac),
                    requested_at: Set(event.recorded_at),
                    expires_at: Set(expires_at),
                    tries_left: Set(tries_left),
                };
                use method_verification::Column::{CodeMac, ExpiresAt, MethodId, RequestedAt, TriesLeft};
                let again = OnConflict::column(MethodId)
                    .update_columns([CodeMac, RequestedAt, ExpiresAt, TriesLeft])
                    .to_owned();
                method_verification::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
            }
            // A wrong code: one try less.
            Facts { tries_left: Some(tries_left), .. } => {
                let row = method_verification::ActiveModel {
                    method_id: Set(event.stream_id),
                    tries_left: Set(tries_left),
                    ..Default::default()
                };
                method_verification::Entity::update(row).exec(transaction).await?;
            }
            _ => forget(transaction, event.stream_id).await?,
        }
    }
    Ok(())
}

/// No code is out for a method any more: it came back, or the method has another value. When one went out last is kept, so that nobody
/// has codes sent one after the other by changing something between.
pub(crate) async fn forget(transaction: &Transaction, method_id: Uuid) -> Result<(), DbErr> {
    use method_verification::Column::{CodeMac, MethodId, TriesLeft};
    let update = method_verification::Entity::update_many().filter(MethodId.eq(method_id));
    update.col_expr(CodeMac, Expr::value("")).col_expr(TriesLeft, Expr::value(0)).exec(transaction).await.map(drop)
}
