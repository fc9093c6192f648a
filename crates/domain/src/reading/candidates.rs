//! The list of pairs that may be one person each, for whoever sees everything.

use std::cmp::Reverse;
use std::collections::HashMap;

use liaison_entity::values::DuplicateState;
use sea_orm::ActiveEnum;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::linked::push_one_of;
use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice, Walk};
use super::{BadCursor, Cursor, push_names_person};
use crate::access::Scope;
use crate::candidate::{self, Candidate, Likely};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// Which pairs are wanted; all conditions hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CandidateFilter {
    /// Only with this score and higher ones.
    pub from_score: Option<f64>,
    /// Of those that are open only with this score and higher ones.
    pub open_from_score: Option<f64>,
    /// Only with this score and lower ones.
    pub until_score: Option<f64>,
    /// Only those of which one belongs to one of these, or has an open role there.
    pub organization_ids: Option<Vec<Uuid>>,
    /// Only those that name one of these.
    pub contact_ids: Option<Vec<Uuid>>,
    /// Only those of which this became.
    pub states: Option<Vec<DuplicateState>>,
}

/// How pairs are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CandidateOrder {
    /// By how likely it is that they are one person.
    #[default]
    Score,
    /// By when they were found.
    FoundAt,
}

/// A list of pairs, but for the page.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateQuery {
    /// Which.
    pub filter: CandidateFilter,
    /// In which order.
    pub order: CandidateOrder,
    /// Which way; the likeliest and the newest come first when it is descending.
    pub direction: Direction,
}

impl Default for CandidateQuery {
    /// All pairs, the likeliest first.
    fn default() -> Self {
        Self { filter: CandidateFilter::default(), order: CandidateOrder::Score, direction: Direction::Descending }
    }
}

const SCORE: Key = Key { expression: "n.score", kind: KeyKind::Fraction };
const FOUND_AT: Key = Key { expression: "n.found_at", kind: KeyKind::Instant };

impl CandidateFilter {
    fn push(&self, sql: &mut Sql, scope: Scope) {
        // What spans tenants is told to whoever sees everything alone.
        sql.push(if scope == Scope::Everything { "TRUE" } else { "FALSE" });
        if let Some(from) = self.from_score {
            sql.push(" AND n.score >= ").push_bind(from);
        }
        if let Some(from) = self.open_from_score {
            // Where none but open ones are wanted, an index has them by score.
            let is_plain = self.states.as_deref() == Some(&[DuplicateState::Open]);
            sql.push(if is_plain { " AND (" } else { " AND (n.state <> 'open' OR " });
            sql.push("n.score >= ").push_bind(from).push(")");
        }
        if let Some(until) = self.until_score {
            sql.push(" AND n.score <= ").push_bind(until);
        }
        if let Some(ids) = &self.organization_ids {
            sql.push(
                " AND EXISTS (
                   SELECT FROM contacts_projection c WHERE c.id IN (n.contact_id, n.other_contact_id) AND (c.owner_organization_id = ANY(",
            );
            sql.push_bind(ids.clone());
            sql.push(
                ") OR EXISTS (SELECT FROM organization_contacts l
                     WHERE l.contact_id = c.id AND l.unlinked_at IS NULL AND l.organization_id = ANY(",
            );
            sql.push_bind(ids.clone()).push(") OFFSET 0)) OFFSET 0)");
        }
        if let Some(ids) = &self.contact_ids {
            sql.push(" AND (");
            push_names_person(sql, scope, "n.contact_id", ids);
            sql.push(" OR ");
            push_names_person(sql, scope, "n.other_contact_id", ids);
            sql.push(")");
        }
        if let Some(states) = &self.states {
            push_one_of(sql, "n.state", states.iter().map(ActiveEnum::to_value).collect());
        }
    }
}

/// What is told of a pair. A dismissal that does not hold any more is only counted.
const COLUMNS: &str = "n.contact_id, n.other_contact_id, n.score, n.evidence, n.rule_set_version, n.state, n.found_at,
    CASE n.state WHEN 'dismissed' THEN d.dismissed_at END AS dismissed_at,
    CASE n.state WHEN 'dismissed' THEN d.dismissed_by END AS dismissed_by,
    CASE n.state WHEN 'dismissed' THEN d.reason END AS reason, coalesce(d.version, 0) AS version";
const FROM: &str = "duplicate_candidates n LEFT JOIN duplicate_dismissals d ON d.id = n.id";

fn listing<'a>(query: &CandidateQuery, conditions: &'a (dyn Fn(&mut Sql) + Send + Sync + 'a)) -> Listing<'a> {
    let (order, keys): (_, &'static [Key]) = match query.order {
        CandidateOrder::Score => ("candidate score", &[SCORE]),
        CandidateOrder::FoundAt => ("candidate found", &[FOUND_AT]),
    };
    Listing {
        columns: COLUMNS.to_owned(),
        from: FROM.to_owned(),
        join: None,
        parent: None,
        order,
        keys,
        id: "n.id",
        direction: query.direction,
        conditions,
    }
}

fn read(row: &QueryResult) -> Result<Candidate, Fault> {
    let evidence: serde_json::Value = row.try_get("", "evidence")?;
    let contact_id = row.try_get("", "contact_id")?;
    let other_contact_id = row.try_get("", "other_contact_id")?;
    Ok(Candidate {
        id: crate::candidate::pair_id(contact_id, other_contact_id),
        contact_id,
        other_contact_id,
        score: row.try_get("", "score")?,
        evidence: serde_json::from_value(evidence)
            .map_err(|error| Fault::Internal(format!("the evidence of a pair does not read: {error}")))?,
        rule_set_version: row.try_get("", "rule_set_version")?,
        state: row.try_get("", "state")?,
        found_at: row.try_get("", "found_at")?,
        dismissed_at: row.try_get("", "dismissed_at")?,
        dismissed_by: row.try_get("", "dismissed_by")?,
        dismiss_reason: row.try_get("", "reason")?,
        version: row.try_get("", "version")?,
    })
}

/// A page of the pairs. Whoever does not see everything is told of none.
pub async fn candidates(reader: &Reader, query: &CandidateQuery, page: &Page) -> Result<Slice<Candidate>, ListError> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(query, &conditions).whole(reader, page, read).await
}

/// The pairs with these ids, by id. Whoever does not see everything is told of none.
pub async fn candidates_by_ids(reader: &Reader, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Candidate>, Fault> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM {FROM} WHERE n.id = ANY("));
    sql.push_bind(ids).push(") AND ");
    CandidateFilter::default().push(&mut sql, reader.scope());
    let rows = reader.fetch(sql).await?;
    rows.into_iter().map(|row| read(&row.into()).map(|candidate| (candidate.id, candidate))).collect()
}

/// As many likely duplicates of one contact are told at most.
const MOST_LIKELY: usize = 200;

/// The name of their order, part of every cursor.
const BY_LIKELIHOOD: &str = "likely";

/// A page of the likely duplicates of each of these contacts, the likeliest first, with how many each has: one statement, whatever the page.
/// Whom the viewer does not see is nobody's duplicate.
pub async fn likely_of(
    reader: &Reader,
    contacts: Vec<Uuid>,
    page: &Page,
) -> Result<HashMap<Uuid, (Slice<Likely>, i64)>, ListError> {
    let found = candidate::of_contacts(reader, &contacts, MOST_LIKELY).await?;
    let mut slices = HashMap::new();
    for (contact, likely) in found {
        let total = i64::try_from(likely.len()).unwrap_or(i64::MAX);
        let cursor = |likely: &Likely| Cursor::new(BY_LIKELIHOOD, vec![likely.score.to_string()], likely.contact_id);
        let mut rows: Vec<(Cursor, Likely)> = likely.into_iter().map(|likely| (cursor(&likely), likely)).collect();
        for (wanted, is_after) in [(&page.after, true), (&page.before, false)] {
            let Some(wanted) = wanted else { continue };
            let place = place_of(wanted)?;
            rows.retain(|(_, row)| (place_in(row) > place) == is_after && place_in(row) != place);
        }
        if page.walk == Walk::Backward {
            rows.reverse();
        }
        rows.truncate(page.limit as usize + 1);
        let mut slice = Slice { rows, ..Slice::default() };
        slice.cut(page);
        slices.insert(contact, (slice, total));
    }
    Ok(slices)
}

/// Where a likely duplicate stands: by score, the highest first, and then by id. Scores are between 0 and 1, whose bits are in their order.
fn place_in(likely: &Likely) -> (Reverse<u64>, Uuid) {
    (Reverse(likely.score.to_bits()), likely.contact_id)
}

fn place_of(cursor: &Cursor) -> Result<(Reverse<u64>, Uuid), BadCursor> {
    let score = cursor.text(BY_LIKELIHOOD).and_then(|text| text.parse::<f64>().ok());
    let score = score.filter(|score| (0.0..=1.0).contains(score)).ok_or(BadCursor)?;
    Ok((Reverse(score.to_bits()), cursor.id()))
}

/// How many pairs the query finds.
pub async fn count_candidates(reader: &Reader, query: &CandidateQuery) -> Result<i64, Fault> {
    let scope = reader.scope();
    let conditions = |sql: &mut Sql| query.filter.push(sql, scope);
    listing(query, &conditions).count(reader).await
}
