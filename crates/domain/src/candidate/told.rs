//! What the functions of the database tell of people who are compared on the spot (2026_11_23_duplicates.sql), and the comparing of one with all
//! of them, which is the same whoever asks.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::Likely;
use crate::access::Scope;
use crate::duplicate::{Census, LIKELY, MOST_COUNTED, Profile, RULE_SET_VERSION, Sharers, compare, likeness};
use crate::failure::Fault;
use crate::reading::Source;
use crate::session::Sql;

/// What to ask one of the functions for; for those who see everything with when names were counted here, which costs no statement so.
const COLUMNS: &str =
    "SELECT contact_id, profile, key, sharers, (SELECT counted_at FROM duplicate_census) AS counted_at FROM ";

/// People, and how many share what.
#[derive(Default)]
pub(super) struct Told {
    /// Who is compared.
    pub profiles: BTreeMap<Uuid, Profile>,
    /// How many have a key.
    pub sharers: HashMap<i64, u32>,
    /// When names were counted in this directory; a tenant is not told.
    pub counted_at: Option<DateTime<Utc>>,
}

impl Told {
    /// The statement that asks such a function.
    pub fn asking(function: &str) -> Sql {
        Sql::new(format!("{COLUMNS}{function}("))
    }

    /// The profiles of these, and how many have the values that they share: for whoever sees everything.
    pub async fn of(source: &impl Source, ids: Vec<Uuid>) -> Result<Self, Fault> {
        let mut sql = Self::asking("app.profiles_of");
        sql.push_bind(ids).push(", ").push_bind(MOST_COUNTED.cast_signed()).push(", ");
        sql.push_bind(RULE_SET_VERSION).push(")");
        Self::read(&source.fetch(sql).await?, |profile| profile)
    }

    /// Reads what was told.
    pub fn read(rows: &[PgRow], seen: impl Fn(Profile) -> Profile) -> Result<Self, Fault> {
        let mut told = Self::default();
        if let Some(row) = rows.first() {
            told.counted_at = row.try_get("counted_at")?;
        }
        for row in rows {
            if let Some(Json(profile)) = row.try_get::<Option<Json<Profile>>, _>("profile")? {
                told.profiles.insert(row.try_get("contact_id")?, seen(profile));
            } else if let Some(key) = row.try_get::<Option<i64>, _>("key")? {
                let sharers: i64 = row.try_get("sharers")?;
                told.sharers.insert(key, u32::try_from(sharers).unwrap_or(u32::MAX));
            }
        }
        Ok(told)
    }

    /// How many have each of these values, for a comparison.
    pub fn shared(&self) -> Sharers {
        self.sharers.iter().map(|(key, sharers)| (*key, *sharers)).collect()
    }

    /// Who of them is likely one person with this one, the likeliest first, at most `most`; and of several that are alike always in the same
    /// order. Only those whom `meets` lets through are compared.
    pub fn likely(
        &self,
        one: &Profile,
        meets: impl Fn(Uuid) -> bool,
        census: &Census,
        sharers: &Sharers,
        most: usize,
    ) -> Vec<Likely> {
        let near = self.profiles.iter().filter(|(id, _)| meets(**id));
        let alike = |(id, other): (&Uuid, &Profile)| {
            likeness(one, other, census, sharers).filter(|score| *score >= LIKELY)?;
            let compared = compare(one, other, census, sharers);
            Some(Likely { contact_id: *id, score: compared.score, evidence: compared.evidence })
        };
        let mut likely: Vec<Likely> = near.filter_map(alike).collect();
        likely.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.contact_id.cmp(&other.contact_id)));
        likely.truncate(most);
        likely
    }
}

/// What of a profile the scope may compare by.
pub(super) fn seen(scope: Scope) -> impl Fn(Profile) -> Profile + Copy {
    move |profile| match scope {
        Scope::Everything => profile,
        Scope::Organization(organization) => profile.as_seen_by(Some(organization)),
        Scope::Nothing => profile.as_seen_by(None),
    }
}
