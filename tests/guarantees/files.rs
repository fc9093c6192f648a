//! A file is whole or seen to be broken: one snapshot, a bounded piece in memory, and nothing held for a client that does not read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures::{FutureExt, StreamExt};
use http::{Request, StatusCode};
use liaison_domain::contact::{Create, Role};
use liaison_domain::entity::values::ContactType;
use liaison_domain::export::Format;
use liaison_domain::reading::ContactQuery;
use liaison_domain::session::{Database, Note};
use liaison_domain::viewer::Viewer;
use liaison_server::export::ask::{Ask, Rows};
use liaison_server::export::file::File;
use liaison_server::export::{self, ExportLimits};
use liaison_server::http::{Authenticated, Front, FrontSettings};
use sqlx::{Connection, PgConnection};
use tower::ServiceExt as _;

use crate::support::{App, Who};

/// More than two pages of a file.
const MANY: usize = 1_100;

async fn make(database: &Database, viewer: &Viewer, first_name: &str, last_name: &str) {
    let role = Role { organization_id: None, contact_type: ContactType::Stakeholder, is_primary: None };
    let create = Create {
        id: None,
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        title: None,
        department: None,
        preferred_contact_method: None,
        owner_organization_id: None,
        edit_policy: None,
        organizations: vec![role],
        phones: Vec::new(),
        emails: Vec::new(),
        addresses: Vec::new(),
        allow_duplicate: true,
    };
    database.run(viewer, &Note::default(), &create).await.unwrap();
}

/// An application whose Acme has many contacts.
async fn crowded() -> App {
    let app = App::demo().await;
    let acme = app.viewer(&Who::acme_admin());
    let (database, acme) = (app.database(), &acme);
    futures::stream::iter(0..MANY)
        .for_each_concurrent(6, |at| async move { make(database, acme, "Crowd", &format!("Person{at:05}")).await })
        .await;
    app
}

fn everybody() -> Ask {
    let rows = Rows::Contacts(Box::<ContactQuery>::default());
    Ask { rows, format: Format::Csv, arguments: serde_json::Map::new() }
}

async fn open(app: &App, who: &Who) -> File {
    File::open(app.database(), &app.viewer(who), everybody(), &Note::default()).await.unwrap()
}

async fn open_transactions(app: &App) -> i64 {
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'liaison_app' AND application_name <> 'liaison duplicates' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL",
    )
    .fetch_one(&mut same_role)
    .await
    .unwrap()
}

/// Waits until no transaction is open; one that stays was forgotten.
async fn settled(app: &App) {
    for _ in 0..200 {
        if open_transactions(app).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} transactions are still open", open_transactions(app).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_one_snapshot_read_a_page_at_a_time() {
    let app = crowded().await;
    let who = Who::acme_admin();
    let mut file = open(&app, &who).await;
    let expected = file.expected();
    assert!(expected > 1_100, "{expected}");
    let mut text = file.next().await.unwrap().unwrap().to_vec();
    assert!(text.ends_with(b"\r\n"), "a piece ends with a line");
    // One page and what stands around it, and nothing read ahead.
    assert_eq!(file.written(), 500);
    let (statements, rows) = file.effort().await;
    assert!(rows < 3 * 500, "{rows} rows were read for the first piece");
    // Somebody who comes meanwhile, and would stand last, is not in it.
    make(app.database(), &app.viewer(&who), "Late", "Zzzzz").await;
    let mut pieces = 1;
    while let Some(piece) = file.next().await.unwrap() {
        assert!(piece.ends_with(b"\r\n"));
        text.extend_from_slice(&piece);
        pieces += 1;
    }
    assert!(file.next().await.unwrap().is_none(), "the end stays the end");
    assert_eq!(pieces, 3);
    let (all, _) = file.effort().await;
    assert!(all <= 3 * statements, "{all} statements for three pages, {statements} for one");
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("Zzzzz"));
    let mut names: Vec<&str> =
        text.lines().filter_map(|line| line.split(',').find(|cell| cell.starts_with("Person"))).collect();
    assert_eq!((names.len(), file.written()), (MANY, u64::try_from(expected).unwrap()));
    assert!(names.is_sorted(), "in the list's order");
    names.dedup();
    assert_eq!(names.len(), MANY, "nobody twice");
    settled(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_half_way_or_loses_its_database_leaves_nothing_and_is_no_whole_file() {
    let app = crowded().await;
    let mut file = open(&app, &Who::acme_admin()).await;
    file.next().await.unwrap();
    assert_eq!(open_transactions(&app).await, 1);
    drop(file);
    settled(&app).await;
    let mut file = open(&app, &Who::acme_admin()).await;
    file.next().await.unwrap();
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let cut: Vec<bool> = sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'liaison_app' AND application_name <> 'liaison duplicates' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL",
    )
    .fetch_all(&mut same_role)
    .await
    .unwrap();
    assert_eq!(cut, [true]);
    assert!(file.next().await.is_err(), "an end that is none is told");
    drop(file);
    settled(&app).await;
    // The pool is whole: the next one gets everything.
    let mut file = open(&app, &Who::acme_admin()).await;
    while file.next().await.unwrap().is_some() {}
    assert_eq!(file.written(), u64::try_from(file.expected()).unwrap());
}

/// Over a real connection: a client sees that its file is not whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_takes_too_long_breaks_off_and_looks_broken() {
    let app = crowded().await;
    let beside = app.beside(&["--export-timeout-ms", "1"]).await;
    for (server, is_whole) in [(&app, true), (&beside, false)] {
        let request = server.client().get(format!("{}/exports/contacts.csv", server.url()));
        let answer = request.bearer_auth(server.token(&Who::acme_admin())).send().await;
        // It may break before its head has left.
        let body = match answer {
            Ok(answer) => {
                assert_eq!(answer.status(), 200);
                answer.bytes().await
            }
            Err(error) => Err(error),
        };
        assert_eq!(body.is_ok(), is_whole, "{body:?}");
    }
    settled(&app).await;
    beside.stop().await;
}

fn router(app: &App, who: &Who, limits: ExportLimits) -> Router {
    let viewer = app.viewer(who);
    let authenticate = Arc::new(move |_| {
        let viewer = viewer.clone();
        async move { Ok(Some(Authenticated { viewer, expires_at: chrono::DateTime::<chrono::Utc>::MAX_UTC })) }.boxed()
    });
    let execute = Arc::new(|_, _| async { unreachable!("no GraphQL comes here") }.boxed());
    let front = Front::new(execute, authenticate, FrontSettings::default());
    export::routes(front, app.database().clone(), limits).unwrap()
}

async fn get(router: &Router) -> (StatusCode, Body) {
    let request = Request::get("/exports/contacts.csv").body(Body::empty()).unwrap();
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    (head.status, body)
}

fn limits() -> ExportLimits {
    let long = Duration::from_secs(600);
    ExportLimits { most: 2, most_of_one: 1, time: long, pause: long }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_nothing_is_left_and_one_that_hangs_up_frees_its_place() {
    let app = crowded().await;
    let lazy = router(&app, &Who::acme_admin(), ExportLimits { pause: Duration::from_millis(50), ..limits() });
    let (status, body) = get(&lazy).await;
    assert_eq!(status, StatusCode::OK);
    // Nobody reads: the server gives up by itself, and what is read afterwards is no whole file.
    settled(&app).await;
    let pieces: Vec<_> = body.into_data_stream().collect().await;
    assert!(pieces.last().is_some_and(Result::is_err), "{} pieces and no error", pieces.len());

    let held = router(&app, &Who::acme_admin(), limits());
    let (_, body) = get(&held).await;
    let (refused, _) = get(&held).await;
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS, "one of an organization at a time");
    let mut stream = body.into_data_stream();
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    settled(&app).await;
    let (status, body) = loop {
        let (status, body) = get(&held).await;
        if status != StatusCode::TOO_MANY_REQUESTS {
            break (status, body);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(status, StatusCode::OK);
    let pieces: Vec<_> = body.into_data_stream().collect().await;
    assert_eq!((pieces.len(), pieces.iter().all(Result::is_ok)), (3, true));
    settled(&app).await;
}
