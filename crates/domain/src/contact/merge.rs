//! Merging contacts, and taking a merge back (US-3, domain.md §7). What becomes of which row is decided here, once; the log keeps each row
//! as it was and as it is, and the projector writes that and nothing else.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::access;
use crate::failure::Fault;
use crate::reading::Source;
use crate::session::Reader;

/// Whom those among `ids` who were merged stand for: the end of their chain. Who was not merged, who is missing and who is not in sight are
/// all not in the map.
pub async fn survivor_of(reader: &Reader, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Fault> {
    survivors(reader, ids).await
}

/// As [`survivor_of`], for whatever reads.
pub(crate) async fn survivors(source: &impl Source, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = QueryBuilder::new(
        "WITH RECURSIVE chain AS (
           SELECT n.id AS asked, n.merged_into_id AS id FROM contacts_projection n
           WHERE n.merged_into_id IS NOT NULL AND n.id = ANY(",
    );
    sql.push_bind(ids.to_vec()).push(") AND ");
    access::contact_in_sight(source.scope(), &mut sql, "n.id");
    sql.push(
        "  UNION ALL
           SELECT chain.asked, n.merged_into_id FROM contacts_projection n JOIN chain ON n.id = chain.id
           WHERE n.merged_into_id IS NOT NULL
         )
         SELECT chain.asked, n.id FROM chain JOIN contacts_projection n ON n.id = chain.id WHERE n.merged_into_id IS NULL",
    );
    let rows = source.fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| Ok((row.try_get("asked")?, row.try_get("id")?));
    Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
}
