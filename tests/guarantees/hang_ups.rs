//! No tenant inherits another's claims, whatever becomes of the request that had them: futures dropped at any point of a reader or a
//! command, clients that hang up. sqlx 0.9.0 hands a connection on with an open transaction when `begin` is dropped (`stack.md` §C3).

use std::sync::Arc;
use std::time::Duration;

use liaison_domain::contact::{Link, Unlink};
use liaison_domain::entity::values::ContactType;
use liaison_domain::reading::{ContactFilter, ContactOrder, Direction, Page, contacts};
use liaison_domain::replay::{Steward, Verdict};
use liaison_domain::session::{Database, DatabaseOptions, Note};
use liaison_domain::viewer::Viewer;
use liaison_server::demo::ids;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::support::{App, Who};

/// Microseconds that look random and are the same in every run: from before the first packet to after the last.
fn patience(at: u64) -> Duration {
    Duration::from_micros((at * 7_919 + at * at * 104_729) % 40_000)
}

/// Few connections, so that each is used again at once.
async fn narrow(app: &App) -> Database {
    let options =
        DatabaseOptions { max_connections: 3, acquire_timeout: Duration::from_secs(20), ..DatabaseOptions::default() };
    Database::open(app.app_login(), options, liaison_server::storage::system_clock()).await.unwrap()
}

async fn seen(database: &Database, viewer: &Viewer) -> Vec<Uuid> {
    let reader = database.reader(viewer);
    let slice =
        contacts(&reader, &ContactFilter::default(), ContactOrder::Name, Direction::Ascending, &Page::first(200))
            .await
            .unwrap();
    reader.renew().await.unwrap();
    slice.rows.iter().map(|(_, row)| row.id).collect()
}

/// Transactions of the app's role on this database that nobody ends. The owner sees no one else's queries, but their state is told to
/// a member of pg_read_all_stats only: the app's own login asks, which sees its own sessions.
async fn open_transactions(app: &App) -> i64 {
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'liaison_app' AND pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR xact_start IS NOT NULL)",
    )
    .fetch_one(&mut same_role)
    .await
    .unwrap()
}

/// Waits until what is under way has ended; what stays open then was forgotten.
async fn settled(app: &App) {
    for _ in 0..100 {
        if open_transactions(app).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} transactions are still open", open_transactions(app).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_or_a_command_dropped_at_any_point_leaves_no_claims_behind() {
    let app = App::demo().await;
    let database = narrow(&app).await;
    let (acme, stranger) = (app.viewer(&Who::acme_admin()), app.viewer(&Who::stranger()));
    let nowhere = app.viewer(&Who::of_nowhere());
    let own = seen(&database, &stranger).await;
    assert_eq!(own.len(), 2);
    let (mut cut, mut whole) = (0, 0);
    for at in 0..400 {
        let finished = match at % 3 {
            0 => tokio::time::timeout(patience(at), seen(&database, &acme)).await.is_ok(),
            1 => {
                let link = Link {
                    contact_id: ids::contact("John Doe"),
                    organization_id: None,
                    contact_type: ContactType::Stakeholder,
                    is_primary: Some(true),
                };
                tokio::time::timeout(patience(at), database.run(&acme, &Note::default(), &link))
                    .await
                    .is_ok_and(|done| done.is_ok())
            }
            _ => {
                let unlink = Unlink {
                    contact_id: ids::contact("John Doe"),
                    organization_id: None,
                    contact_type: Some(ContactType::Stakeholder),
                };
                tokio::time::timeout(patience(at), database.run(&acme, &Note::default(), &unlink))
                    .await
                    .is_ok_and(|done| done.is_ok())
            }
        };
        if finished {
            whole += 1
        } else {
            cut += 1
        }
        // The very next to use a connection.
        assert_eq!(seen(&database, &stranger).await, own, "after {at}");
        if at % 10 == 0 {
            assert!(seen(&database, &nowhere).await.is_empty(), "after {at}");
        }
    }
    assert!(cut > 50 && whole > 50, "{cut} were cut and {whole} were not: the points were not spread");
    settled(&app).await;
    // Nothing is half there.
    assert!(matches!(Steward::open(app.owner()).await.unwrap().verify().await.unwrap(), Verdict::Proved { .. }));
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_are_aborted_at_once_leave_a_pool_that_serves_everybody() {
    let app = App::demo().await;
    let database = Arc::new(narrow(&app).await);
    let (acme, stranger) = (app.viewer(&Who::acme_admin()), app.viewer(&Who::stranger()));
    let own = seen(&database, &stranger).await;
    for round in 0..20 {
        let tasks: Vec<_> = (0..12)
            .map(|_| {
                let (database, acme) = (database.clone(), acme.clone());
                tokio::spawn(async move { seen(&database, &acme).await.len() })
            })
            .collect();
        tokio::time::sleep(patience(round)).await;
        for task in &tasks {
            task.abort();
        }
        let after: Vec<_> = (0..6)
            .map(|_| {
                let (database, stranger) = (database.clone(), stranger.clone());
                tokio::spawn(async move { seen(&database, &stranger).await })
            })
            .collect();
        for one in after {
            assert_eq!(one.await.unwrap(), own, "round {round}");
        }
    }
    settled(&app).await;
    database.close().await;
}

/// Over HTTP the work goes on when the client is gone; its connection comes back clean, and a write is whole or not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_hang_up_leave_nothing_for_the_next() {
    let app = App::demo_on(DatabaseOptions {
        max_connections: 3,
        acquire_timeout: Duration::from_secs(20),
        ..DatabaseOptions::default()
    })
    .await;
    let host = app.url().trim_start_matches("http://").to_owned();
    let own = app.ask(&Who::stranger(), "{ contacts { totalCount nodes { id } } }").await.data().clone();
    let token = app.token(&Who::acme_admin());
    let mut begun = 0;
    for at in 0..150_u64 {
        let query = match at % 2 {
            0 => "{ contacts(first: 30) { nodes { name phones(first: 5) { nodes { number contacts(first: 5) { nodes { name } } } } } } }".to_owned(),
            _ => format!("mutation {{ contactCreate(contact: {{ firstName: \"Gone\", lastName: \"Client {at}\", organizations: [{{ type: STAKEHOLDER }}], phones: [{{ phone: {{ create: {{ number: \"+1 217 555 {at:04}\" }} }} }}] }}) {{ position }} }}"),
        };
        let body = json!({ "query": query }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(patience(at)).await;
        drop(stream);
        begun += at % 2;
        let next = app.ask(&Who::stranger(), "{ contacts { totalCount nodes { id } } }").await;
        assert_eq!(next.data(), &own, "after {at}");
    }
    settled(&app).await;
    let query = "{ contacts(first: 200, filter: { firstName: \"Gone\" }) { totalCount nodes { phones { totalCount } organizations { totalCount } } } }";
    let made = app.ask(&Who::acme_admin(), query).await;
    let number = made.at("/contacts/totalCount").as_u64().unwrap();
    assert!(number > 0 && number <= begun, "{number} of {begun}");
    for contact in made.list("/contacts/nodes") {
        assert_eq!(contact, &json!({ "phones": { "totalCount": 1 }, "organizations": { "totalCount": 1 } }));
    }
    assert!(matches!(Steward::open(app.owner()).await.unwrap().verify().await.unwrap(), Verdict::Proved { .. }));
    app.stop().await;
}
