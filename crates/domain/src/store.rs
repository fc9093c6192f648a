//! The log and the projector: events are appended and applied in one transaction, live and in a replay alike.
//! It decides nothing: what it is given has been decided.

mod making;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use liaison_entity::Node;
use sea_orm::{DbErr, EntityTrait, FromQueryResult, Iden, IntoActiveModel, Iterable, RuntimeErr};
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use uuid::Uuid;

use self::making::Making;
use crate::clock::Clock;
use crate::edit::Changes;
use crate::event::{Event, Metadata, NewEvent};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::position::Position;
use crate::relationship::{apply_ended, apply_established, apply_voided};
use crate::session::{Sql, Transaction};
use crate::sights::{self, Touched};
use crate::staff_assignment::{self, Assignment};
use crate::student_guardian::{self, Guardianship};
use crate::student_relationship::{self, Kinship};
use crate::{
    address, candidate, code, communication, contact, email, export, facility, link, method, organization, phone,
    referral, verification,
};

/// Appends events and applies them; each with its position.
///
/// A plain function: what an `async fn` waits for is compiled anew in each crate that makes the future, and that is here every projection.
pub(crate) fn append_and_apply<'a>(
    transaction: &'a Transaction,
    clock: &'a Clock,
    events: Vec<NewEvent>,
    metadata: &'a Metadata,
    at: DateTime<Utc>,
) -> BoxFuture<'a, Result<Vec<(Event, Position)>, Failure>> {
    Box::pin(append_then_apply(transaction, clock, events, metadata, at))
}

async fn append_then_apply(
    transaction: &Transaction,
    clock: &Clock,
    events: Vec<NewEvent>,
    metadata: &Metadata,
    at: DateTime<Utc>,
) -> Result<Vec<(Event, Position)>, Failure> {
    // A taken first place of a stream is a taken id. A later one means that somebody wrote past the locks: decide again.
    let made: BTreeSet<Uuid> =
        events.iter().filter(|event| event.stream_version == 1).map(|event| event.stream_id).collect();
    let makes_only = events.iter().all(|event| made.contains(&event.stream_id));
    let events: Vec<Event> = events
        .into_iter()
        .map(|event| Event {
            id: clock.id(at),
            stream: event.stream,
            stream_id: event.stream_id,
            stream_version: event.stream_version,
            event_type: event.event_type.to_owned(),
            data: event.data,
            metadata: metadata.clone(),
            recorded_at: at,
        })
        .collect();
    let making = Making::of(&events).map_err(Fault::from)?;
    let positions =
        append(transaction, &events, metadata, at, making.as_ref()).await.map_err(|error| match failure_of(error) {
            Failure::Refused(refusals) if !makes_only && refusals.iter().all(|r| r.code == RefusalCode::IdTaken) => {
                Fault::Contended("the stream went on meanwhile".to_owned()).into()
            }
            failure => failure,
        })?;
    let applied = match making {
        Some(making) => making.follow(transaction).await,
        None => apply(transaction, &events).await,
    };
    applied.map_err(|error| of_an_edit(&events, failure_of(error)))?;
    Ok(events.into_iter().zip(positions).collect())
}

/// A method that was edited into one that its owner has already: the input named a value and not a link.
fn of_an_edit(events: &[Event], failure: Failure) -> Failure {
    let field = match events.first().map(|event| event.event_type.as_str()) {
        Some(phone::UPDATED) => "number",
        Some(email::UPDATED) => "address",
        _ => return failure,
    };
    match failure {
        Failure::Refused(refusals) if refusals.iter().any(|refusal| refusal.code == RefusalCode::MethodTaken) => {
            let why = "somebody who is linked to it has the same value under the same code already; unlink that one, or use another code";
            Refusal::new(RefusalCode::MethodTaken, field, why).into()
        }
        failure => failure,
    }
}

/// Puts events into the log, and in the same statement the nodes that they make, if that is all that they do; all that follows, if it is known.
async fn append(
    transaction: &Transaction,
    events: &[Event],
    metadata: &Metadata,
    at: DateTime<Utc>,
    making: Option<&Making>,
) -> Result<Vec<Position>, DbErr> {
    let metadata = serde_json::to_value(metadata).expect("metadata is a plain struct");
    let mut sql = Sql::new(
        "WITH appended AS (
         INSERT INTO domain_events (epoch, id, stream_type, stream_id, stream_version, event_type, data, metadata, recorded_at)
         SELECT (SELECT i.epoch FROM installation i), e.id, e.stream_type, e.stream_id, e.stream_version, e.event_type, e.data, ",
    );
    sql.push_bind(metadata).push(", ").push_bind(at).push(" FROM unnest(");
    sql.push_bind(events.iter().map(|e| e.id).collect::<Vec<Uuid>>()).push("::uuid[], ");
    sql.push_bind(events.iter().map(|e| e.stream.name()).collect::<Vec<_>>()).push("::text[], ");
    sql.push_bind(events.iter().map(|e| e.stream_id).collect::<Vec<_>>()).push("::uuid[], ");
    sql.push_bind(events.iter().map(|e| e.stream_version).collect::<Vec<_>>()).push("::int[], ");
    sql.push_bind(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>()).push("::text[], ");
    sql.push_bind(events.iter().map(|e| &e.data).collect::<Vec<&Value>>()).push("::jsonb[]");
    sql.push(
        ") WITH ORDINALITY AS e (id, stream_type, stream_id, stream_version, event_type, data, ordinal)
         ORDER BY e.ordinal RETURNING epoch, xid, seq, stream_type, stream_id, data
         ), concerned AS (
           INSERT INTO event_subjects (subject_id, epoch, xid, seq)
           SELECT DISTINCT s.subject_id, a.epoch, a.xid, a.seq
           FROM appended a CROSS JOIN LATERAL unnest(app.subjects(a.stream_type, a.stream_id, a.data)) AS s (subject_id)
         )",
    );
    if let Some(making) = making {
        making.push(&mut sql)?;
    }
    // What is read comes first: an id that is taken is told by the log.
    sql.push(" SELECT epoch::bigint AS epoch, xid::text::bigint AS xid, seq FROM appended ORDER BY seq");
    let rows = transaction.fetch(sql).await?;
    let places: Result<Vec<Position>, sqlx::Error> = rows
        .iter()
        .map(|row| Ok(Position { epoch: row.try_get("epoch")?, xid: row.try_get("xid")?, seq: row.try_get("seq")? }))
        .collect();
    let places = places.map_err(|error| DbErr::Custom(error.to_string()))?;
    if places.len() == events.len() {
        Ok(places)
    } else {
        Err(DbErr::Custom(format!("the log gave {} positions for {} events", places.len(), events.len())))
    }
}

/// Applies events in their order and makes the read models follow: the only place where projections change, but for what only comes
/// (`making`).
async fn apply(transaction: &Transaction, events: &[Event]) -> Result<(), DbErr> {
    let mut touched = Touched::default();
    apply_facts(transaction, events, &mut touched).await?;
    sights::refresh(transaction, touched).await
}

/// Applies events in their order, without the read models that follow from them. Runs of one kind go as one batch, which for a replay
/// of many means one statement for many rows.
pub(crate) async fn apply_facts(
    transaction: &Transaction,
    events: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for run in events.chunk_by(|one, next| one.event_type == next.event_type) {
        if ![phone::CREATED, email::CREATED, address::CREATED].contains(&run[0].event_type.as_str()) {
            // A word that came in is a message's event and, of the same type, one of each phone.
            let of_methods = run.iter().filter(|event| event.stream.is_of_method());
            touched.restated.extend(of_methods.map(|event| event.stream_id));
        }
        apply_run(transaction, run, touched).await?;
    }
    Ok(())
}

async fn apply_run(transaction: &Transaction, run: &[Event], touched: &mut Touched) -> Result<(), DbErr> {
    match run[0].event_type.as_str() {
        organization::CREATED => organization::apply_created(transaction, run, touched).await,
        organization::UPDATED => organization::apply_updated(transaction, run, touched).await,
        facility::UPDATED => facility::apply_updated(transaction, run).await,
        facility::CREATED => facility::apply_created(transaction, run).await,
        contact::CREATED => contact::apply_created(transaction, run, touched).await,
        contact::DELETED => contact::apply_deleted(transaction, run, touched).await,
        contact::TRANSFERRED => contact::apply_transferred(transaction, run, touched).await,
        kind if contact::CHANGES.contains(&kind) => contact::apply_changed(transaction, run, touched).await,
        contact::MERGED => contact::apply_merged(transaction, run, touched).await,
        contact::MERGE_REVERTED => contact::apply_reverted(transaction, run, touched).await,
        // A look-up and an export change nothing but the log.
        contact::LOOKED_UP | export::EXPORTED => Ok(()),
        contact::EXTERNAL_ID_ASSIGNED => contact::apply_external_id_assigned(transaction, run).await,
        contact::EXTERNAL_ID_REMOVED => contact::apply_external_id_removed(transaction, run).await,
        phone::CREATED => phone::apply_created(transaction, run).await,
        phone::UPDATED => phone::apply_updated(transaction, run, touched).await,
        phone::DELETED => method::apply_deleted::<liaison_entity::phone::Entity>(transaction, run).await,
        phone::OPTED_OUT | phone::OPTED_IN => phone::apply_consent(transaction, run, touched).await,
        email::CREATED => email::apply_created(transaction, run).await,
        email::UPDATED => email::apply_updated(transaction, run, touched).await,
        email::DELETED => method::apply_deleted::<liaison_entity::email::Entity>(transaction, run).await,
        address::CREATED => address::apply_created(transaction, run).await,
        address::UPDATED => address::apply_updated(transaction, run, touched).await,
        address::DELETED => method::apply_deleted::<liaison_entity::address::Entity>(transaction, run).await,
        code::DEFINED => code::apply_defined(transaction, run).await,
        kind if verification::EVENTS.contains(&kind) => verification::apply(transaction, run).await,
        communication::RECORDED | communication::CORRECTED => communication::apply_recorded(transaction, run).await,
        referral::CREATED => referral::apply_created(transaction, run, touched).await,
        referral::UPDATED => referral::apply_updated(transaction, run, touched).await,
        contact::PERSONA_GRANTED => contact::apply_persona_granted(transaction, run).await,
        contact::PERSONA_REVOKED => contact::apply_persona_revoked(transaction, run).await,
        student_relationship::ESTABLISHED => apply_established::<Kinship>(transaction, run).await,
        student_relationship::ENDED => apply_ended::<Kinship>(transaction, run).await,
        student_relationship::VOIDED => apply_voided::<Kinship>(transaction, run).await,
        student_guardian::ESTABLISHED => apply_established::<Guardianship>(transaction, run).await,
        student_guardian::ENDED => apply_ended::<Guardianship>(transaction, run).await,
        student_guardian::VOIDED => apply_voided::<Guardianship>(transaction, run).await,
        staff_assignment::ESTABLISHED => apply_established::<Assignment>(transaction, run).await,
        staff_assignment::ENDED => apply_ended::<Assignment>(transaction, run).await,
        staff_assignment::VOIDED => apply_voided::<Assignment>(transaction, run).await,
        candidate::DISMISSED => candidate::apply_dismissed(transaction, run).await,
        code::UPDATED | code::RETIRED => code::apply_changed(transaction, run).await,
        kind => match link::Kind::of_event(kind) {
            Some((link, link::Change::Linked)) => link.apply_linked(transaction, run, touched).await,
            Some((link, link::Change::Unlinked)) => link.apply_unlinked(transaction, run, touched).await,
            Some((link, link::Change::PrimarySet)) => link.apply_primary_set(transaction, run, touched).await,
            None => Err(DbErr::Custom(format!("the log holds an event of the unknown kind {kind}"))),
        },
    }
}

/// Inserts whole rows, as many a statement as the protocol's limit on values allows.
pub(crate) async fn insert<E: EntityTrait>(transaction: &Transaction, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some = rows.by_ref().take(1_000).map(IntoActiveModel::into_active_model);
        E::insert_many(some).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Makes nodes: one statement for any number of them.
pub(crate) async fn make<E: Node>(transaction: &Transaction, rows: &[E::Model]) -> Result<(), DbErr>
where
    E::Model: Serialize,
{
    let mut sql = Sql::new("");
    push_nodes::<E>(&mut sql, rows)?;
    transaction.execute(sql).await.map(drop)
}

/// Pushes the making of nodes. A phone comes with what its number said of text messages (domain.md §6): whoever makes one keeps that from
/// changing meanwhile.
fn push_nodes<E: Node>(sql: &mut Sql, rows: &[E::Model]) -> Result<(), DbErr>
where
    E::Model: Serialize,
{
    let is_phone = E::TABLE == <liaison_entity::phone::Entity as Node>::TABLE;
    let columns: Vec<String> = E::Column::iter().map(|column| column.unquoted().to_owned()).collect();
    let chosen = columns.iter().map(|column| match column.as_str() {
        "is_sms_opted_out" if is_phone => "said.opted_out_at IS NOT NULL".to_owned(),
        "sms_opted_out_at" if is_phone => "said.opted_out_at".to_owned(),
        column => format!("r.{column}"),
    });
    let chosen = chosen.collect::<Vec<_>>().join(", ");
    let rows = serde_json::to_value(rows).map_err(|error| DbErr::Custom(error.to_string()))?;
    sql.push(format_args!(
        "INSERT INTO {table} ({}) SELECT {chosen} FROM jsonb_populate_recordset(NULL::{table}, ",
        columns.join(", "),
        table = E::TABLE
    ));
    sql.push_bind(rows).push(") r");
    if is_phone {
        sql.push(
            " LEFT JOIN LATERAL (SELECT o.opted_out_at FROM sms_opt_outs o WHERE o.e164 = r.e164 OFFSET 0) AS said ON true",
        );
    }
    Ok(())
}

/// Removes rows by their ids: for what has no past of its own beside the log's.
pub(crate) async fn remove<E: EntityTrait>(transaction: &Transaction, ids: Vec<Uuid>) -> Result<(), DbErr> {
    let mut sql = Sql::new(format!("DELETE FROM {} WHERE id = ANY(", E::default().table_name()));
    let wanted = ids.len() as u64;
    sql.push_bind(ids).push(")");
    match transaction.execute(sql).await? {
        gone if gone == wanted => Ok(()),
        gone => Err(DbErr::Custom(format!("{wanted} rows should have been removed, {gone} were"))),
    }
}

/// Writes what an `…updated` event changed into the row of its node, and what follows from it (`derived`: sort keys and the like).
/// Columns are checked against the noun's own list: no event of another shape reaches SQL.
pub(crate) async fn update<E: Node>(
    transaction: &Transaction,
    event: &Event,
    columns: &'static [&'static str],
    derived: &[(&'static str, Value)],
) -> Result<(), DbErr> {
    set::<E>(transaction, event, row_of::<E>(event, columns, derived)?).await
}

/// As [`update`], of a method whose value changed: its open links say by what they are unique as they repeat the rest. `value` tells the
/// code and the match key of the row as it is now.
pub(crate) async fn update_value<E: Node>(
    transaction: &Transaction,
    event: &Event,
    columns: &'static [&'static str],
    value: impl FnOnce(&E::Model) -> (Uuid, String) + Send,
) -> Result<(), DbErr> {
    let mut sql = written::<E>(event, row_of::<E>(event, columns, &[])?);
    sql.push(" RETURNING n.*");
    let row = transaction.fetch(sql).await?.pop().ok_or_else(|| one_row::<E>(event, 0))?;
    let row = E::Model::from_query_result(&row.into(), "")?;
    let (code_id, match_key) = value(&row);
    link::repeat_value(transaction, E::TABLE, event.stream_id, code_id, &match_key).await
}

/// What an `…updated` event writes, by column.
fn row_of<E: Node>(
    event: &Event,
    columns: &'static [&'static str],
    derived: &[(&'static str, Value)],
) -> Result<serde_json::Map<String, Value>, DbErr> {
    let changes = Changes::of(event)?;
    let mut row = serde_json::Map::new();
    for (column, value) in changes.written() {
        if !columns.contains(&column) {
            return Err(DbErr::Custom(format!(
                "{} changes {column}, which {} does not let it",
                event.event_type,
                E::TABLE
            )));
        }
        row.insert(column.to_owned(), value.clone());
    }
    for (column, value) in derived {
        row.insert((*column).to_owned(), value.clone());
    }
    Ok(row)
}

/// Writes these columns of an event's node, its version and when it changed; what its open links repeat of it follows. The names are
/// ours, never a client's.
pub(crate) async fn set<E: Node>(
    transaction: &Transaction,
    event: &Event,
    row: serde_json::Map<String, Value>,
) -> Result<(), DbErr> {
    match transaction.execute(written::<E>(event, row)).await? {
        1 => link::repeat(transaction, E::TABLE, vec![event.stream_id]).await,
        rows => Err(one_row::<E>(event, rows)),
    }
}

/// The statement that writes these columns of an event's node `n`, its version and when it changed.
fn written<E: Node>(event: &Event, mut row: serde_json::Map<String, Value>) -> Sql {
    row.insert("version".to_owned(), event.stream_version.into());
    row.insert("updated_at".to_owned(), serde_json::json!(event.recorded_at));
    let columns: Vec<String> = row.keys().map(|column| format!("{column} = r.{column}")).collect();
    let mut sql = Sql::new(format!(
        "UPDATE {table} n SET {} FROM jsonb_populate_record(NULL::{table}, ",
        columns.join(", "),
        table = E::TABLE
    ));
    sql.push_bind(Value::Object(row)).push(") r WHERE n.id = ").push_bind(event.stream_id);
    sql
}

/// An event that finds no row of its node is a log that does not fit its projections: said, not passed over.
fn one_row<E: Node>(event: &Event, rows: u64) -> DbErr {
    DbErr::Custom(format!("{} should have changed one row of {}, {rows} did", event.event_type, E::TABLE))
}

/// An error while recording: a constraint that stands for a refusal, or a fault.
fn failure_of(error: DbErr) -> Failure {
    let constraint = match &error {
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
            inner.as_database_error().and_then(|e| e.constraint()).and_then(failure_of_constraint)
        }
        _ => None,
    };
    constraint.unwrap_or_else(|| Fault::from(error).into())
}

/// A constraint that spoke up, as what it means to the caller. It tells no more than the caller's own input did.
fn failure_of_constraint(constraint: &str) -> Option<Failure> {
    let refusal = match constraint {
        "event_stream_version_is_unique" => {
            Refusal::new(RefusalCode::IdTaken, "id", "this id is in use; leave it out to have one made")
        }
        "organization_subdomain_is_unique" => {
            Refusal::new(RefusalCode::SubdomainTaken, "subdomain", "this subdomain is in use; choose another")
        }
        "communication_is_corrected_once" => {
            Refusal::new(RefusalCode::Conflict, "id", "this record is corrected already; correct the newer one")
        }
        "contact_stands_for_one_login" => Refusal::new(
            RefusalCode::UserTaken,
            "userId",
            "this login stands for another contact; a login stands for one contact at most",
        ),
        "contact_address_source_is_unique" => Refusal::new(
            RefusalCode::MethodTaken,
            "sourceRecordId",
            "this record of the source system is linked already; unlink it first",
        ),
        "contact_address_windows_do_not_overlap" => Refusal::new(
            RefusalCode::MethodTaken,
            "startsOn",
            "the contact has this address with this type at that time already; choose a window that does not overlap",
        ),
        // The lock of an organization's external ids makes it rare: decide again.
        "contact_external_id_is_unique" => return Some(Fault::Contended(constraint.to_owned()).into()),
        name if name.ends_with("_is_unique_per_code") => Refusal::new(
            RefusalCode::MethodTaken,
            if name.contains("_email_") { "emailId" } else { "phoneId" },
            "an open link to the same value under the same code exists; use that one or another code",
        ),
        // Under the persons' locks these are judged before they are written: decide again, and say then which days they are.
        "contact_persona_is_held_once"
        | "student_relationship_windows_do_not_overlap"
        | "student_guardian_windows_do_not_overlap"
        | "staff_assignment_windows_do_not_overlap" => return Some(Fault::Contended(constraint.to_owned()).into()),
        // The locks make these rare: somebody wrote past them. Deciding again finds what is true now.
        name if name.ends_with("_is_linked_once") || name.contains("_has_one_primary") => {
            return Some(Fault::Contended(constraint.to_owned()).into());
        }
        _ => return None,
    };
    Some(refusal.into())
}
