//! The profiles that people are compared by, kept by the projector beside what they are found by. A profile follows from what is known of a
//! person; it decides nothing. Whose profile changed, came or went, triggers of the table put into the queue (2026_11_23_scans.sql).

use std::collections::BTreeMap;

use sea_orm::DbErr;
use sqlx::Row;
use uuid::Uuid;

use crate::duplicate::{Person, Profile, RULE_SET_VERSION};
use crate::search::keep::Ground;
use crate::session::{Sql, Transaction, broken};

/// The table, for those who set its indexes aside.
pub(crate) const TABLE: &str = "contact_profiles";

/// Numbers as the text of an array: arrays of several lengths go as one value.
fn numbers(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// Writes the profiles of these people where they differ; whoever of `ids`, which are sorted, is not among `people` goes. The caller has
/// locked what two who change one person meet at.
pub(crate) async fn keep(
    transaction: &Transaction,
    ids: &[Uuid],
    people: &BTreeMap<Uuid, Person>,
    ground: Ground,
) -> Result<(), DbErr> {
    if ground == Ground::Kept {
        go(transaction, ids.iter().copied().filter(|id| !people.contains_key(id)).collect()).await?;
    }
    if people.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("");
    push_profiles(&mut sql, people, ground)?;
    transaction.execute(sql).await.map(drop)
}

/// Pushes the writing of the profiles of these people, at least one, where they differ.
pub(crate) fn push_profiles(sql: &mut Sql, people: &BTreeMap<Uuid, Person>, ground: Ground) -> Result<(), DbErr> {
    let (mut contacts, mut profiles) = (Vec::new(), Vec::new());
    let (mut keys, mut organization_keys, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for (id, person) in people {
        let profile = Profile::of(person);
        contacts.push(*id);
        keys.push(numbers(&profile.keys()));
        organization_keys.push(numbers(&profile.organization_keys()));
        marks.push(numbers(&profile.marks()));
        profiles.push(serde_json::to_string(&profile).map_err(|error| DbErr::Custom(error.to_string()))?);
    }
    sql.push(format_args!(
        "INSERT INTO contact_profiles AS p (contact_id, rule_set_version, profile, keys, organization_keys, marks)
         SELECT r.id, {RULE_SET_VERSION}, r.profile::json, r.keys::bigint[], r.organization_keys::bigint[], r.marks::bigint[] FROM unnest("
    ));
    sql.push_bind(contacts).push("::uuid[], ").push_bind(profiles).push("::text[], ").push_bind(keys);
    sql.push("::text[], ").push_bind(organization_keys).push("::text[], ").push_bind(marks);
    sql.push("::text[]) AS r (id, profile, keys, organization_keys, marks)");
    sql.push(match ground {
        Ground::Kept => {
            " ON CONFLICT (contact_id) DO UPDATE SET rule_set_version = excluded.rule_set_version, profile = excluded.profile,
                keys = excluded.keys, organization_keys = excluded.organization_keys, marks = excluded.marks
              WHERE (p.rule_set_version, p.profile::text, p.keys, p.organization_keys, p.marks) IS DISTINCT FROM
                    (excluded.rule_set_version, excluded.profile::text, excluded.keys, excluded.organization_keys, excluded.marks)"
        }
        // Whoever wrote one meanwhile has read later.
        Ground::Empty => " ON CONFLICT DO NOTHING",
    });
    Ok(())
}

/// Who is archived is compared with nobody, and a candidate no more: a pair that became one person is told as merged, and what else was found
/// of them goes.
async fn go(transaction: &Transaction, gone: Vec<Uuid>) -> Result<(), DbErr> {
    if gone.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "WITH gone AS (SELECT id, merged_into_id FROM contacts_projection WHERE deleted_at IS NOT NULL AND id = ANY(",
    );
    sql.push_bind(gone);
    sql.push(
        ")), forgotten AS (
           DELETE FROM contact_profiles p USING gone g WHERE p.contact_id = g.id
         ), merged AS (
           UPDATE duplicate_candidates c SET state = 'merged', updated_at = now() FROM gone g
           WHERE (c.contact_id, c.other_contact_id) = (least(g.id, g.merged_into_id), greatest(g.id, g.merged_into_id))
           RETURNING c.id
         )
         DELETE FROM duplicate_candidates c USING gone g
         WHERE g.id IN (c.contact_id, c.other_contact_id) AND c.state <> 'merged' AND c.id NOT IN (SELECT id FROM merged)",
    );
    transaction.execute(sql).await.map(drop)
}

/// Whether nobody has a profile though people are there, or somebody has one of other rules.
pub(crate) async fn is_missing(transaction: &Transaction) -> Result<bool, DbErr> {
    let mut sql = Sql::new(
        "SELECT (NOT EXISTS (SELECT FROM contact_profiles) AND EXISTS (SELECT FROM contacts_projection WHERE deleted_at IS NULL))
                OR EXISTS (SELECT FROM contact_profiles WHERE rule_set_version < ",
    );
    sql.push_bind(RULE_SET_VERSION).push(" OR rule_set_version > ").push_bind(RULE_SET_VERSION).push(")");
    let rows = transaction.fetch(sql).await?;
    rows.first().map_or(Ok(false), |row| row.try_get(0).map_err(broken))
}

/// Some who are without a profile, in the order of their ids: whoever was made by a server that knew of none.
pub(crate) async fn without(transaction: &Transaction, after: Option<Uuid>, most: usize) -> Result<Vec<Uuid>, DbErr> {
    let mut sql = Sql::new(
        "SELECT c.id FROM contacts_projection c WHERE c.deleted_at IS NULL
           AND NOT EXISTS (SELECT FROM contact_profiles p WHERE p.contact_id = c.id)",
    );
    if let Some(after) = after {
        sql.push(" AND c.id > ").push_bind(after);
    }
    sql.push(format_args!(" ORDER BY c.id LIMIT {most}"));
    let rows = transaction.fetch(sql).await?;
    rows.iter().map(|row| row.try_get(0).map_err(broken)).collect()
}

/// Empties the table and keeps everybody else from it. Nobody is put into the queue for it: a scan must follow.
pub(crate) async fn clear(transaction: &Transaction) -> Result<(), DbErr> {
    transaction.execute(Sql::new("ALTER TABLE contact_profiles DISABLE TRIGGER USER")).await?;
    transaction.execute(Sql::new("DELETE FROM contact_profiles")).await.map(drop)
}

/// Has the table of which everybody was kept watched again, and everybody compared: nobody knows of whom the profiles differ.
pub(crate) async fn end_clearing(transaction: &Transaction) -> Result<(), DbErr> {
    transaction.execute(Sql::new("ALTER TABLE contact_profiles ENABLE TRIGGER USER")).await?;
    ask_for_a_scan(transaction).await
}

/// Has everybody compared again. A scan that is under way has read what was before: it is overtaken, and says so.
pub(crate) async fn ask_for_a_scan(transaction: &Transaction) -> Result<(), DbErr> {
    let sql = "UPDATE public.duplicate_census SET is_scan_due = true, generation = generation + 1";
    transaction.execute(Sql::new(sql)).await.map(drop)
}
