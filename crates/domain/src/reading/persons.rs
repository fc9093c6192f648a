//! Those who were merged are one person: an id of old stands for the survivor, and what concerns any of them concerns the person. It is
//! asked in the scope that everything is asked in, for who does not see the survivor sees none of them.

use std::collections::HashMap;

use liaison_entity::{Node, contact};
use sqlx::Row;
use uuid::Uuid;

use super::{Source, by_ids, columns, model};
use crate::access::{Scope, Sighted, contact_in_sight};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// The contacts in sight that these ids name or stand for, by the ids that were asked: of somebody who was merged it is the survivor, at
/// the end of a chain too. Only those who were merged cost a second statement.
pub async fn persons(reader: &Reader, ids: Vec<Uuid>) -> Result<HashMap<Uuid, contact::Model>, Fault> {
    survivors_among(reader, by_ids::<contact::Entity>(reader, ids).await?).await
}

/// The same contacts, with the survivor in the place of each who was merged.
async fn survivors_among(
    source: &impl Source,
    mut found: HashMap<Uuid, contact::Model>,
) -> Result<HashMap<Uuid, contact::Model>, Fault> {
    let merged: Vec<Uuid> =
        found.values().filter(|contact| contact.merged_into_id.is_some()).map(|contact| contact.id).collect();
    if merged.is_empty() {
        return Ok(found);
    }
    found.retain(|_, contact| contact.merged_into_id.is_none());
    let table = <contact::Entity as Node>::TABLE;
    let mut sql = Sql::new(format!(
        "WITH RECURSIVE chain AS (
           SELECT old.id AS asked, old.merged_into_id AS id FROM {table} old WHERE old.merged_into_id IS NOT NULL AND old.id = ANY("
    ));
    sql.push_bind(merged).push(format_args!(
        ") UNION ALL
           SELECT chain.asked, old.merged_into_id FROM {table} old JOIN chain ON old.id = chain.id WHERE old.merged_into_id IS NOT NULL
         )
         SELECT chain.asked, {} FROM chain JOIN {table} n ON n.id = chain.id WHERE n.merged_into_id IS NULL AND ",
        columns::<contact::Entity>("n", "")
    ));
    contact::Entity::in_sight(source.scope(), &mut sql, "n");
    for row in source.fetch(sql).await? {
        let asked: Uuid = row.try_get("asked")?;
        found.insert(asked, model::<contact::Entity>(&row.into(), "")?);
    }
    Ok(found)
}

/// Pushes a subquery of the ids that are one person's with those that `seed` selects: these themselves, and all who were merged with them,
/// as far as they are in sight. Ids of other things are their own alone.
pub(crate) fn push_person(sql: &mut Sql, scope: Scope, seed: impl FnOnce(&mut Sql)) {
    let table = <contact::Entity as Node>::TABLE;
    sql.push("(WITH RECURSIVE up AS (SELECT asked.id FROM (");
    seed(sql);
    sql.push(format_args!(
        ") AS asked (id) UNION
           SELECT old.merged_into_id FROM {table} old JOIN up ON old.id = up.id WHERE old.merged_into_id IS NOT NULL AND "
    ));
    contact_in_sight(scope, sql, "old.id");
    sql.push(format_args!(
        "), person AS (SELECT up.id FROM up UNION SELECT old.id FROM {table} old JOIN person ON old.merged_into_id = person.id WHERE "
    ));
    contact_in_sight(scope, sql, "old.id");
    sql.push(") SELECT person.id FROM person)");
}

/// Pushes that a column names one of these persons, under whichever of their ids they are asked for.
pub(crate) fn push_names_person(sql: &mut Sql, scope: Scope, column: &str, ids: &[Uuid]) {
    // An array that is made once is looked up in the column's index; a set would be joined, and read in whatever way.
    sql.push(format_args!("{column} = ANY(ARRAY"));
    push_person(sql, scope, |sql| {
        sql.push("SELECT unnest(").push_bind(ids.to_vec()).push("::uuid[])");
    });
    sql.push(")");
}
