//! What should stand in the list of pairs, worked out from the profiles alone and by brute force: everybody beside everybody. It knows neither
//! the worker nor the scan.

use std::collections::HashMap;

use liaison_domain::candidate::{fingerprint, pair_id};
use liaison_domain::duplicate::{Census, KEPT, MOST_SHARING, Profile, Sharers, compare};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::support::App;

/// What stands in the list, each pair as JSON, in the order of their ids. Of those who became one person nothing can be worked out.
pub async fn listed(app: &App) -> Vec<Value> {
    app.behind(
        "SELECT id, contact_id, other_contact_id, score, evidence, shared, state FROM duplicate_candidates WHERE state <> 'merged' ORDER BY id",
    )
    .await
}

/// The same with when it was written: equal to what it was when nothing was written again.
pub async fn written(app: &App) -> Vec<Value> {
    app.behind("SELECT * FROM duplicate_candidates ORDER BY id").await
}

/// The profiles, as the log has them.
pub async fn profiles(app: &App) -> Vec<(Uuid, Profile)> {
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let rows: Vec<(Uuid, Json<Profile>)> =
        sqlx::query_as("SELECT contact_id, profile FROM contact_profiles ORDER BY contact_id")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    rows.into_iter().map(|(id, Json(profile))| (id, profile)).collect()
}

/// What should stand in it, in the same form.
pub async fn wanted(app: &App) -> Vec<Value> {
    let profiles = profiles(app).await;
    let census = match app.behind("SELECT names FROM duplicate_census").await.remove(0)["names"].take() {
        Value::Null => Census::default(),
        names => serde_json::from_value(names).unwrap(),
    };
    let dismissed: HashMap<String, i64> = app
        .behind("SELECT id, fingerprint::text FROM duplicate_dismissals")
        .await
        .into_iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row["fingerprint"].as_str().unwrap().parse().unwrap()))
        .collect();
    let keys: Vec<Vec<i64>> = profiles.iter().map(|(_, profile)| profile.keys()).collect();
    let mut holders: HashMap<i64, usize> = HashMap::new();
    keys.iter().flatten().for_each(|key| *holders.entry(*key).or_default() += 1);
    let sharers = Sharers::counted(profiles.iter().map(|(_, profile)| profile));
    let mut wanted = Vec::new();
    for (at, (one, first)) in profiles.iter().enumerate() {
        for (next, (other, second)) in profiles.iter().enumerate().skip(at + 1) {
            let id = pair_id(*one, *other);
            let said = dismissed.get(&id.to_string()).is_some_and(|said| *said == fingerprint(first, second));
            let shared: Vec<i64> = keys[at]
                .iter()
                .filter(|key| keys[next].contains(key) && holders[*key] <= MOST_SHARING)
                .copied()
                .collect();
            if shared.is_empty() && !said {
                continue;
            }
            let compared = compare(first, second, &census, &sharers);
            if compared.score >= KEPT || said {
                wanted.push(json!({ "id": id, "contact_id": one, "other_contact_id": other, "score": compared.score,
                    "evidence": compared.evidence, "shared": shared, "state": if said { "dismissed" } else { "open" } }));
            }
        }
    }
    wanted.sort_by_key(|pair| pair["id"].as_str().unwrap().to_owned());
    // Numbers as they are read from text, like those of the database.
    serde_json::from_str(&serde_json::to_string(&wanted).unwrap()).unwrap()
}

/// Fails naming the first pair of which the list says something else.
#[track_caller]
pub fn is_same(listed: &[Value], wanted: &[Value], when: &str) {
    let by_id = |pairs: &[Value]| -> HashMap<String, Value> {
        pairs.iter().map(|pair| (pair["id"].as_str().unwrap().to_owned(), pair.clone())).collect()
    };
    let (listed, wanted) = (by_id(listed), by_id(wanted));
    for (id, pair) in &wanted {
        let listed = listed.get(id);
        assert!(listed == Some(pair), "{when}: {id} is {listed:#?} and should be {pair:#?}");
    }
    let stray: Vec<_> = listed.iter().filter(|(id, _)| !wanted.contains_key(*id)).collect();
    assert!(stray.is_empty(), "{when}: these should not be there: {stray:#?}");
}
