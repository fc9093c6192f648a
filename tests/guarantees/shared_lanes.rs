//! Short statements of many people follow each other on few connections: each is told their own and nothing of others, nobody waits behind
//! what is slow, and a lane that is lost is missed by nobody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use liaison_domain::entity::contact;
use liaison_domain::reading::{LeanColumns, lean_node};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::support::{App, Who};

/// Alone in its request, it goes onto a lane.
const PERSON: &str = "query ($id: UUID!) { contact(id: $id) { name organizations { edges { type node { name } } } phones { nodes { number } } } }";
const NAME: &str = "query ($id: UUID!) { contact(id: $id) { name } }";
const ORGANIZATION: &str =
    "query ($id: UUID!) { organization(id: $id) { name contacts(first: 10) { edges { type node { name } } } } }";

/// With another root field beside it, it is read in a snapshot on a connection of its own.
fn beside(query: &str) -> String {
    query.replacen(") { ", ") { beside: __typename ", 1)
}

/// The same answer without what stands beside it.
fn without_beside(mut data: Value) -> Value {
    data.as_object_mut().unwrap().remove("beside");
    data
}

/// The processes of the database that serve lanes.
async fn lanes(app: &App) -> Vec<i32> {
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% lane'",
    )
    .fetch_all(&mut same_role)
    .await
    .unwrap()
}

/// Asks until there is a lane; the first to ask are served without.
async fn opened(app: &App) -> Vec<i32> {
    for _ in 0..200 {
        app.ask_with(&Who::super_admin(), NAME, json!({ "id": ids::contact("John Doe") })).await.data();
        let lanes = lanes(app).await;
        if !lanes.is_empty() {
            return lanes;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no lane was opened");
}

fn people() -> [Who; 5] {
    [Who::super_admin(), Who::acme_admin(), Who::acme_viewer(), Who::techpartner_admin(), Who::stranger()]
}

fn questions() -> Vec<(&'static str, Uuid)> {
    let people = ["John Doe", "Jane Doe", "Bob Smith", "Alice Johnson", "Owen Baker", "Carla Jensen"].map(ids::contact);
    let organizations = ["acme", "techpartner"].map(ids::organization);
    let people = people.into_iter().map(|id| (PERSON, id));
    people.chain(organizations.into_iter().map(|id| (ORGANIZATION, id))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_on_few_lanes_are_each_told_their_own() {
    let app = Arc::new(App::demo().await);
    opened(&app).await;
    let mut wanted = BTreeMap::new();
    for (at, who) in people().iter().enumerate() {
        for (query, id) in questions() {
            let answer = app.ask_with(who, &beside(query), json!({ "id": id })).await;
            wanted.insert((at, id), without_beside(answer.data().clone()));
        }
    }
    let seen = |at: usize| wanted.iter().filter(|((who, _), _)| *who == at).map(|(_, data)| data).collect::<Vec<_>>();
    assert_ne!(seen(0), seen(1), "who sees everything and who does not would be told the same");
    assert_ne!(seen(1), seen(3), "two tenants would be told the same");
    let wanted = Arc::new(wanted);
    let asking: Vec<_> = (0..48)
        .map(|number| {
            let (app, wanted) = (app.clone(), wanted.clone());
            tokio::spawn(async move {
                for round in 0..25 {
                    let at = (number + round) % people().len();
                    let (query, id) = questions()[(number * 7 + round) % questions().len()];
                    let answer = app.ask_with(&people()[at], query, json!({ "id": id })).await;
                    assert_eq!(answer.data(), &wanted[&(at, id)], "{:?} of {id}", people()[at]);
                }
            })
        })
        .collect();
    for one in asking {
        one.await.unwrap();
    }
    // The default is eight connections, of which a quarter is shared.
    let lanes = lanes(&app).await;
    assert!((1..=2).contains(&lanes.len()), "{lanes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_behind_what_is_slow() {
    let app = Arc::new(App::demo().await);
    opened(&app).await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut held = owner.begin().await.unwrap();
    held.execute("LOCK TABLE contacts_projection IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let waiting = {
        let app = app.clone();
        tokio::spawn(async move {
            let id = json!({ "id": ids::contact("John Doe") });
            app.ask_with(&Who::super_admin(), NAME, id).await
        })
    };
    // Until it waits, and longer than what a lane may be silent.
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE '% lane'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut same_role).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..20 {
        let id = json!({ "id": ids::organization("acme") });
        let answer =
            app.ask_with(&Who::acme_admin(), "query ($id: UUID!) { organization(id: $id) { subdomain } }", id).await;
        assert_eq!(answer.at("/organization/subdomain"), &json!("acme"));
    }
    assert!(!waiting.is_finished(), "it was answered while its table was locked");
    held.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap().at("/contact/name"), &json!("John Doe"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lane_that_is_lost_is_missed_by_nobody() {
    let app = App::demo().await;
    let id = json!({ "id": ids::contact("John Doe") });
    let mut before = opened(&app).await;
    for _ in 0..5 {
        let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
        for pid in before {
            sqlx::query("SELECT pg_terminate_backend($1, 5000)").bind(pid).execute(&mut same_role).await.unwrap();
        }
        for _ in 0..3 {
            let answer = app.ask_with(&Who::acme_admin(), NAME, id.clone()).await;
            assert_eq!(answer.at("/contact/name"), &json!("John Doe"));
        }
        before = opened(&app).await;
    }
}

/// Whoever goes before the answer comes leaves a statement that is still under way, with somebody's claims on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_goes_without_an_answer_leaves_nothing_to_others() {
    let app = Arc::new(App::demo().await);
    opened(&app).await;
    // Nobody but Acme knows her.
    let jane = ids::contact("Jane Doe");
    let sees = async |who: &Who| {
        let reader = app.database().reader(&app.viewer(who));
        let found = lean_node::<contact::Entity>(&reader, true, jane, &LeanColumns::default()).await.unwrap();
        found.is_some()
    };
    assert!(sees(&Who::acme_admin()).await && !sees(&Who::stranger()).await);
    let (mut gone, mut answered) = (0, 0);
    for round in 0..600_u64 {
        let who = [Who::super_admin(), Who::acme_admin()][usize::from(round % 2 == 0)].clone();
        let (app, patience) = (app.clone(), Duration::from_micros(round % 60 * 20));
        let going = tokio::spawn(async move {
            let reader = app.database().reader(&app.viewer(&who));
            let columns = LeanColumns::default();
            let read = lean_node::<contact::Entity>(&reader, true, jane, &columns);
            tokio::time::timeout(patience, read).await.is_err()
        });
        assert!(!sees(&Who::stranger()).await, "round {round}: a stranger read with another's claims");
        if going.await.unwrap() {
            gone += 1;
        } else {
            answered += 1;
        }
        assert!(sees(&Who::acme_admin()).await, "round {round}");
    }
    assert!(gone > 20 && answered > 20, "{gone} have gone and {answered} were answered: neither proves much");
}
