//! The open pairs from end to end, for a program that reads them all: whoever measures, or works on them elsewhere.

use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

use super::writing::installation;
use crate::failure::{Failure, Fault};
use crate::session::{Database, Sql};
use crate::sheet::ExternalId;

/// So many pairs are read at once.
const READ: usize = 5_000;

/// One of the two of a pair, with what other systems call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub contact_id: Uuid,
    /// What it is called.
    pub name: String,
    /// By system and id.
    pub external_ids: Vec<ExternalId>,
}

/// An open pair.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedPair {
    /// That of the pair.
    pub id: Uuid,
    /// How likely it is that they are one person.
    pub score: f64,
    /// The one whose id is the smaller.
    pub contact: Listed,
    /// The other one.
    pub other_contact: Listed,
}

/// Hands all open pairs over that have this score or a higher one, the likeliest first, out of one snapshot, for whoever runs the program beside
/// the database. It ends with the first that is not taken.
pub async fn list_all<E: From<Failure>>(
    database: &Database,
    from_score: f64,
    mut take: impl FnMut(ListedPair) -> Result<(), E> + Send,
) -> Result<u64, E> {
    let own = |fault: Fault| E::from(Failure::from(fault));
    let survey = database.survey(&installation()).await.map_err(own)?;
    let mut count = 0;
    let (mut score, mut id) = (2.0, Uuid::max());
    loop {
        let mut sql = Sql::new("SELECT n.id, n.score");
        for (at, contact) in ["contact_id", "other_contact_id"].into_iter().enumerate() {
            sql.push(format_args!(
                ", n.{contact}, c{at}.first_name || ' ' || c{at}.last_name AS name_{at},
                 (SELECT coalesce(json_agg(json_build_array(e.source_system, e.external_id) ORDER BY e.source_system, e.external_id), '[]')
                  FROM contact_external_ids e WHERE e.contact_id = c{at}.id) AS ids_{at}"
            ));
        }
        sql.push(
            " FROM duplicate_candidates n JOIN contacts_projection c0 ON c0.id = n.contact_id
               JOIN contacts_projection c1 ON c1.id = n.other_contact_id WHERE n.state = 'open' AND n.score >= ",
        );
        sql.push_bind(from_score).push(" AND (n.score, n.id) < (").push_bind(score).push(", ").push_bind(id);
        sql.push(format_args!(") ORDER BY n.score DESC, n.id DESC LIMIT {READ}"));
        let rows = survey.fetch(sql).await.map_err(own)?;
        for row in &rows {
            let pair = read(row).map_err(own)?;
            (score, id) = (pair.score, pair.id);
            count += 1;
            take(pair)?;
        }
        if rows.len() < READ {
            survey.end().await.map_err(own)?;
            return Ok(count);
        }
    }
}

fn read(row: &sqlx::postgres::PgRow) -> Result<ListedPair, Fault> {
    let listed = |at: usize, contact: &str| -> Result<Listed, Fault> {
        let Json(ids): Json<Vec<(String, String)>> = row.try_get(format!("ids_{at}").as_str())?;
        Ok(Listed {
            contact_id: row.try_get(contact)?,
            name: row.try_get(format!("name_{at}").as_str())?,
            external_ids: ids.into_iter().map(|(system, id)| ExternalId { system, id }).collect(),
        })
    };
    Ok(ListedPair {
        id: row.try_get("id")?,
        score: row.try_get("score")?,
        contact: listed(0, "contact_id")?,
        other_contact: listed(1, "other_contact_id")?,
    })
}
