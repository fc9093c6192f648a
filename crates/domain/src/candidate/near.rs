//! Comparing on the spot: somebody who is about to be made, and people whom a tenant sees. The functions of the database look out those who
//! share a key (2026_11_23_duplicates.sql) and take the scope from the claims; a tenant's people are compared by what it knows of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

use super::told::{Told, seen};
use super::{Likely, flipped, ordered, seen_fingerprint};
use crate::access::Scope;
use crate::duplicate::{
    Census, Evidence, LIKELY, MOST_COUNTED, MOST_SHARING, Person, Profile, RULE_SET_VERSION, Sharers,
};
use crate::failure::{Failure, Fault};
use crate::reading::Source;
use crate::session::{Lock, Reader, Sql, Work};

/// As many are told to whoever makes somebody.
const MOST_TOLD: usize = 5;

/// Whoever makes somebody waits at so many keys at most, so that many who do so at once do not fill the database's table of locks.
const MOST_LOCKED: usize = 16;

/// What keys are hashed under for those who see everything, to be locked.
const EVERYBODY: Uuid = Uuid::from_u128(0x6c69_6169_736f_4e20_a4c0_6b65_7973_2e31);

/// What two wait for each other at who make the same person at once, so that the second is told of the first: keys of the name, and the
/// values that they have. Whoever is the same as written has the same of both, whoever has a slip in the name at least the one key by its sound
/// or a value; who has neither is found afterwards, as whoever changes. Tenants that do not see each other's people do not wait for each other
/// either; who sees everything waits for all.
fn locks(scope: Scope, new: &Profile) -> Vec<Lock> {
    // The name comes first, so that two of one name meet whatever else they have.
    let mut keys = new.name_keys();
    keys.truncate(MOST_LOCKED / 2);
    keys.extend(new.marks());
    keys.truncate(MOST_LOCKED);
    let at = |whose: Uuid| keys.iter().map(move |key| Uuid::new_v5(&whose, &key.to_le_bytes()));
    match scope {
        Scope::Everything => at(EVERYBODY).map(Lock::Node).collect(),
        Scope::Organization(own) => at(EVERYBODY).map(Lock::Relied).chain(at(own).map(Lock::Node)).collect(),
        Scope::Nothing => Vec::new(),
    }
}

/// Who among those whom the viewer sees is likely the person that it is about to make, likeliest first. Whoever makes somebody like that
/// meanwhile is waited for.
pub async fn check(work: &Work<'_>, person: &Person) -> Result<Vec<Likely>, Failure> {
    let scope = work.scope();
    let seen = seen(scope);
    let new = seen(Profile::of(person));
    let (keys, marks) = (new.keys(), new.marks());
    work.lock_also(locks(scope, &new)).await?;
    // With the one that is about to come, as many as share a key afterwards.
    let most = i32::try_from(MOST_SHARING).unwrap_or(i32::MAX) - 1;
    let mut sql = match scope {
        Scope::Nothing => return Ok(Vec::new()),
        Scope::Everything => {
            let mut sql = Told::asking("app.profiles_like");
            sql.push_bind(keys).push(", ").push_bind(marks.clone());
            sql.push(", ").push_bind(most).push(", ").push_bind(MOST_COUNTED.cast_signed());
            sql
        }
        Scope::Organization(_) => {
            let mut sql = Told::asking("app.profiles_in_sight_like");
            sql.push_bind(keys).push(", ").push_bind(most);
            sql
        }
    };
    sql.push(", ").push_bind(RULE_SET_VERSION).push(")");
    let told = Told::read(&Source::fetch(work, sql).await?, seen)?;
    if told.profiles.is_empty() {
        return Ok(Vec::new());
    }
    let census = work.names().of(work, told.counted_at).await?;
    let shared = marks.into_iter().filter_map(|mark| Some((mark, told.sharers.get(&mark)?.saturating_add(1))));
    let sharers: Sharers = shared.collect();
    Ok(told.likely(&new, |_| true, &census, &sharers, MOST_TOLD))
}

/// Who is likely the same person as each of these, at most `most` each and the likeliest first: for whoever sees everything as the last scan
/// and the increments found it, and for a tenant compared on the spot among whom it sees. A pair that was dismissed is not told. One
/// statement, however many are asked about.
pub async fn of_contacts(reader: &Reader, ids: &[Uuid], most: usize) -> Result<HashMap<Uuid, Vec<Likely>>, Fault> {
    // Which question it is follows from who asks; both walls stand behind the answer.
    match Scope::of(reader.viewer()) {
        Scope::Nothing => Ok(HashMap::new()),
        Scope::Everything => found(reader, ids, most).await,
        Scope::Organization(_) => compared(reader, ids, most).await,
    }
}

/// What was found of them.
async fn found(reader: &Reader, ids: &[Uuid], most: usize) -> Result<HashMap<Uuid, Vec<Likely>>, Fault> {
    let mut sql = Sql::new("SELECT asked.id AS asked, page.* FROM unnest(");
    sql.push_bind(ids.to_vec()).push("::uuid[]) AS asked (id) CROSS JOIN LATERAL (SELECT * FROM (");
    for (at, (own, other)) in
        [("contact_id", "other_contact_id"), ("other_contact_id", "contact_id")].iter().enumerate()
    {
        let union = if at == 0 { "" } else { " UNION ALL " };
        sql.push(format_args!(
            "{union}SELECT c.{other} AS other, c.score, c.evidence, {} AS is_flipped FROM duplicate_candidates c
             WHERE c.{own} = asked.id AND c.state = 'open' AND c.score >= {LIKELY}",
            at == 1
        ));
    }
    sql.push(") c ORDER BY c.score DESC, c.other LIMIT ")
        .push_bind(i64::try_from(most).unwrap_or(i64::MAX))
        .push(") AS page");
    let mut likely: HashMap<Uuid, Vec<Likely>> = HashMap::new();
    for row in reader.fetch(sql).await? {
        let Json(evidence): Json<Vec<Evidence>> = row.try_get("evidence")?;
        let evidence = if row.try_get("is_flipped")? { flipped(evidence) } else { evidence };
        let one = Likely { contact_id: row.try_get("other")?, score: row.try_get("score")?, evidence };
        likely.entry(row.try_get("asked")?).or_default().push(one);
    }
    Ok(likely)
}

/// Who is like whom among those whom a tenant sees, by what it knows of them.
async fn compared(reader: &Reader, ids: &[Uuid], most: usize) -> Result<HashMap<Uuid, Vec<Likely>>, Fault> {
    let most_sharing = u32::try_from(MOST_SHARING).unwrap_or(u32::MAX);
    let mut sql = Sql::new("SELECT *, NULL::timestamptz AS counted_at FROM app.profiles_in_sight_of(");
    sql.push_bind(ids.to_vec()).push(", ").push_bind(i32::try_from(MOST_SHARING).unwrap_or(i32::MAX)).push(", ");
    sql.push_bind(RULE_SET_VERSION).push(")");
    let rows = reader.fetch(sql).await?;
    let told = Told::read(&rows, seen(Scope::of(reader.viewer())))?;
    let mut dismissed = HashMap::new();
    for row in &rows {
        if let Some(fingerprint) = row.try_get::<Option<i64>, _>("fingerprint")? {
            let pair: (Uuid, Uuid) = (row.try_get("contact_id")?, row.try_get("other_contact_id")?);
            dismissed.insert(pair, fingerprint);
        }
    }
    // By the keys that the tenant knows of: two who meet in an organization of others do not meet here.
    let keys: BTreeMap<Uuid, BTreeSet<i64>> = told
        .profiles
        .iter()
        .map(|(id, profile)| {
            let few = |key: &i64| told.sharers.get(key).is_some_and(|sharers| *sharers <= most_sharing);
            (*id, profile.keys().into_iter().filter(few).collect())
        })
        .collect();
    let census = Census::default();
    let sharers = told.shared();
    let mut answer = HashMap::new();
    for id in ids {
        let Some(one) = told.profiles.get(id) else { continue };
        let is_open = |other: Uuid| {
            let pair = ordered(*id, other);
            dismissed.get(&pair).is_none_or(|fingerprint| {
                *fingerprint != seen_fingerprint(&told.profiles[&pair.0], &told.profiles[&pair.1])
            })
        };
        let meets = |other: Uuid| other != *id && !keys[id].is_disjoint(&keys[&other]) && is_open(other);
        let found = told.likely(one, meets, &census, &sharers, most);
        if !found.is_empty() {
            answer.insert(*id, found);
        }
    }
    Ok(answer)
}
