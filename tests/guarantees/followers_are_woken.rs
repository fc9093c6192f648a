//! Whoever follows the log is woken by what is committed, in this process at once and in another through the database, whatever
//! connection is lost meanwhile. No test waits for a time: each waits for what must come.

use liaison_domain::entity::values::OrganizationKind;
use liaison_domain::organization;
use liaison_domain::session::{Database, DatabaseOptions, Follower, Note};
use liaison_server::storage;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::support::{App, Who};

/// Another server process, as far as the database can tell.
async fn another(app: &App) -> Database {
    let options = DatabaseOptions { max_connections: 2, ..DatabaseOptions::default() };
    Database::open(app.app_login(), options, storage::system_clock()).await.unwrap()
}

async fn commit(app: &App, database: &Database, subdomain: &str) {
    let command = organization::Create {
        id: None,
        name: subdomain.to_owned(),
        kind: OrganizationKind::PlatformOwner,
        partner_type: None,
        subdomain: subdomain.to_owned(),
        default_region: None,
        referring_partner_id: None,
    };
    database.run(&app.viewer(&Who::super_admin()), &Note::default(), &command).await.unwrap();
}

/// Comes back once the log, read after a wake-up, holds so many events. A wake-up may be for nothing, and a lost one is made up for.
async fn until(follower: &mut Follower, owner: &mut PgConnection, wanted: i64) {
    loop {
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM domain_events").fetch_one(&mut *owner).await.unwrap();
        if there >= wanted {
            return;
        }
        follower.changed().await;
    }
}

/// The connections that listen, as the app's own role sees them.
async fn listeners(app: &mut PgConnection) -> Vec<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN %liaison_changes%'",
    )
    .fetch_all(app)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_wakes_this_process_without_a_feed_that_runs() {
    let app = App::empty().await;
    let alone = another(&app).await;
    let mut follower = alone.feed().follow();
    commit(&app, &alone, "one").await;
    follower.changed().await;
    // A refused command and one that changes nothing wake nobody: the next wake-up is the next commit's.
    let mut calm = alone.feed().follow();
    let refused = organization::Create {
        id: None,
        name: String::new(),
        kind: OrganizationKind::Provider,
        partner_type: None,
        subdomain: "two".to_owned(),
        default_region: None,
        referring_partner_id: None,
    };
    let viewer = app.viewer(&Who::super_admin());
    alone.run(&viewer, &Note::default(), &refused).await.unwrap_err();
    use futures::FutureExt;
    assert!(calm.changed().now_or_never().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_wakes_another_process_and_the_loss_of_its_connection_is_made_up_for() {
    let app = App::empty().await;
    let (here, there) = (another(&app).await, another(&app).await);
    here.start_feed();
    there.start_feed();
    there.start_feed();
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let before: i64 = sqlx::query_scalar("SELECT count(*) FROM domain_events").fetch_one(&mut owner).await.unwrap();
    let mut follower = there.feed().follow();
    let following = async {
        for at in 1..=3 {
            until(&mut follower, &mut owner, before + at).await;
        }
        owner
    };
    let writing = async {
        for subdomain in ["one", "two", "three"] {
            commit(&app, &here, subdomain).await;
        }
    };
    let (mut owner, ()) = tokio::join!(following, writing);
    let mut role = PgConnection::connect_with(&app.app_login()).await.unwrap();

    // Every listening connection is cut while something is written: it is connected again, and wakes when it is.
    let cut = loop {
        let cut = listeners(&mut role).await;
        // The app's own server, here and there.
        if cut.len() == 3 {
            break cut;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    for pid in &cut {
        // The app's role may end its own.
        sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(&mut role).await.unwrap();
    }
    let mut follower = there.feed().follow();
    commit(&app, &here, "four").await;
    until(&mut follower, &mut owner, before + 4).await;
    loop {
        let again = listeners(&mut role).await;
        if again.len() == 3 && again.iter().all(|pid| !cut.contains(pid)) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let mut follower = there.feed().follow();
    commit(&app, &here, "five").await;
    until(&mut follower, &mut owner, before + 5).await;

    // An orderly end leaves no connection behind.
    here.close().await;
    there.close().await;
    loop {
        if listeners(&mut role).await.len() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// What the slow look would hide: a commit is told to others, and what others tell wakes, with nothing new in the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_told_and_what_is_told_wakes() {
    let app = App::empty().await;
    let here = another(&app).await;
    here.start_feed();
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_with(app.app_login()).await.unwrap();
    let mut other = sqlx::postgres::PgListener::connect_with(&pool).await.unwrap();
    other.listen("liaison_changes").await.unwrap();
    commit(&app, &here, "one").await;
    assert_eq!(other.recv().await.unwrap().payload(), "", "it carries nothing");

    let mut follower = here.feed().follow();
    let mut role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    // To connect and to look for the first time wakes too, once each: the later ones are the notifications'.
    for _ in 0..5 {
        sqlx::query("SELECT pg_notify('liaison_changes', '')").execute(&mut role).await.unwrap();
        follower.changed().await;
    }
}

/// Notifications wait for each other at commit: none is sent by a transaction that writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_writing_transaction_notifies() {
    for folder in ["crates/domain/src", "crates/server/src", "crates/graphql/src"] {
        for (name, code) in super::arrows::sources(folder) {
            assert!(name.ends_with("session/feed.rs") || !code.contains("pg_notify"), "{name} notifies");
        }
    }
    let app = App::empty().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_proc WHERE pronamespace IN ('app'::regnamespace, 'public'::regnamespace) AND prosrc ILIKE '%notify%'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(found, 0, "a function of the database notifies");
}
