//! No tenant inherits another's claims, whatever becomes of the request that had them: futures dropped at any point of a reader or a
//! command, clients that hang up. sqlx 0.9.0 hands a connection on with an open transaction when `begin` is dropped (`stack.md` §C3).

use std::sync::Arc;
use std::time::Duration;

use liaison_domain::contact::{Link, Unlink, Whom};
use liaison_domain::entity::values::ContactType;
use liaison_domain::reading::{ContactQuery, Page, contacts};
use liaison_domain::replay::{Steward, Verdict};
use liaison_domain::session::{Database, DatabaseOptions, Note};
use liaison_domain::viewer::Viewer;
use liaison_server::demo::ids;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::support::cut::{Fate, Unseen, cut_after};
use crate::support::{App, Who};

/// Few connections, so that each is used again at once.
async fn narrow(app: &App) -> Database {
    let options =
        DatabaseOptions { max_connections: 3, acquire_timeout: Duration::from_secs(20), ..DatabaseOptions::default() };
    Database::open(app.app_login(), options, liaison_server::storage::system_clock()).await.unwrap()
}

async fn seen(database: &Database, viewer: &Viewer) -> Vec<Uuid> {
    let reader = database.reader(viewer);
    let slice = contacts(&reader, &ContactQuery::default(), &Page::first(200)).await.unwrap();
    reader.renew().await.unwrap();
    slice.rows.iter().map(|(_, row)| row.id).collect()
}

/// Transactions of the app's role on this database that nobody ends. The owner sees no one else's queries, but their state is told to
/// a member of pg_read_all_stats only: the app's own login asks, which sees its own sessions.
async fn open_transactions(app: &App) -> i64 {
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'liaison_app' AND application_name <> 'liaison duplicates' AND pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR xact_start IS NOT NULL)",
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

/// What is cut: a reader and two commands. Each command is prepared for, so that every one that is cut would have written.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Read,
    Link,
    Unlink,
}

impl Deed {
    async fn run(self, database: &Database, viewer: &Viewer) {
        match self {
            Self::Read => drop(seen(database, viewer).await),
            Self::Link => {
                let link = Link {
                    whom: Whom::id(ids::contact("John Doe")),
                    organization_id: None,
                    contact_type: ContactType::Stakeholder,
                    is_primary: Some(true),
                };
                database.run(viewer, &Note::default(), &link).await.unwrap();
            }
            Self::Unlink => {
                let unlink = Unlink {
                    contact_id: ids::contact("John Doe"),
                    organization_id: None,
                    contact_type: Some(ContactType::Stakeholder),
                };
                database.run(viewer, &Note::default(), &unlink).await.unwrap();
            }
        }
    }

    async fn prepare(self, database: &Database, viewer: &Viewer) {
        match self {
            Self::Read => {}
            Self::Link => Box::pin(Self::Unlink.run(database, viewer)).await,
            Self::Unlink => Box::pin(Self::Link.run(database, viewer)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_or_a_command_dropped_at_any_point_leaves_no_claims_behind() {
    let app = App::demo().await;
    let database = narrow(&app).await;
    let (acme, stranger) = (app.viewer(&Who::acme_admin()), app.viewer(&Who::stranger()));
    let nowhere = app.viewer(&Who::of_nowhere());
    let own = seen(&database, &stranger).await;
    assert_eq!(own.len(), 4);
    for deed in [Deed::Read, Deed::Link, Deed::Unlink] {
        // From the first poll on until one is not cut any more, again and again: which poll finds an answer is up to the machine.
        let mut cut = 0;
        let mut rounds = [Unseen::Nothing, Unseen::TheAnswer].into_iter().cycle();
        while cut < 60 {
            let unseen = rounds.next().unwrap();
            for most in 1.. {
                deed.prepare(&database, &acme).await;
                let fate = cut_after(most, unseen, deed.run(&database, &acme)).await;
                // The very next to use a connection.
                assert_eq!(seen(&database, &stranger).await, own, "{deed:?} after {most} polls, {unseen:?}");
                assert!(seen(&database, &nowhere).await.is_empty(), "{deed:?} after {most} polls, {unseen:?}");
                match fate {
                    Fate::Cut => cut += 1,
                    Fate::Whole(()) => break,
                }
            }
        }
    }
    settled(&app).await;
    // Nothing is half there.
    assert!(matches!(Steward::open(app.owner()).await.unwrap().verify().await.unwrap(), Verdict::Proved { .. }));
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_are_dropped_at_once_leave_a_pool_that_serves_everybody() {
    let app = App::demo().await;
    let database = Arc::new(narrow(&app).await);
    let (acme, stranger) = (app.viewer(&Who::acme_admin()), app.viewer(&Who::stranger()));
    let own = seen(&database, &stranger).await;
    for round in 0..20 {
        let cut: Vec<_> = (0..12)
            .map(|task| {
                let (database, acme) = (database.clone(), acme.clone());
                let unseen = if task % 2 == 0 { Unseen::Nothing } else { Unseen::TheAnswer };
                let most = 1 + (round * 12 + task) % 25;
                tokio::spawn(async move { drop(cut_after(most, unseen, seen(&database, &acme)).await) })
            })
            .collect();
        let after: Vec<_> = (0..6)
            .map(|_| {
                let (database, stranger) = (database.clone(), stranger.clone());
                tokio::spawn(async move { seen(&database, &stranger).await })
            })
            .collect();
        for one in after {
            assert_eq!(one.await.unwrap(), own, "round {round}");
        }
        for one in cut {
            one.await.unwrap();
        }
    }
    assert_eq!(seen(&database, &stranger).await, own);
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
    // Writes that were sent whole, and those whose answer had begun: these are there.
    let (mut sent, mut told) = (0, 0);
    for at in 0..150_u64 {
        let query = match at % 2 {
            0 => "{ contacts(first: 30) { nodes { name phones(first: 5) { nodes { number contacts(first: 5) { nodes { name } } } } } } }".to_owned(),
            _ => format!("mutation {{ contactCreate(contact: {{ allowDuplicate: true, firstName: \"Gone\", lastName: \"Client {at}\", organizations: [{{ type: STAKEHOLDER }}], phones: [{{ phone: {{ create: {{ number: \"+1 217 555 {at:04}\" }} }} }}] }}) {{ position }} }}"),
        };
        let body = json!({ "query": query }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
        let writes = at % 2;
        match at / 2 % 3 {
            0 => stream.write_all(&request.as_bytes()[..at as usize * 7 % request.len()]).await.unwrap(),
            1 => {
                stream.write_all(request.as_bytes()).await.unwrap();
                sent += writes;
            }
            _ => {
                stream.write_all(request.as_bytes()).await.unwrap();
                assert_ne!(stream.read(&mut [0]).await.unwrap(), 0, "an answer, after {at}");
                (sent, told) = (sent + writes, told + writes);
            }
        }
        drop(stream);
        let next = app.ask(&Who::stranger(), "{ contacts { totalCount nodes { id } } }").await;
        assert_eq!(next.data(), &own, "after {at}");
    }
    settled(&app).await;
    let query = "{ contacts(first: 200, filter: { firstName: \"Gone\" }) { totalCount nodes { phones { totalCount } organizations { totalCount } } } }";
    let made = app.ask(&Who::acme_admin(), query).await;
    let number = made.at("/contacts/totalCount").as_u64().unwrap();
    assert!((told..=sent).contains(&number), "{number} of {sent}, {told} of which were answered");
    for contact in made.list("/contacts/nodes") {
        assert_eq!(contact, &json!({ "phones": { "totalCount": 1 }, "organizations": { "totalCount": 1 } }));
    }
    assert!(matches!(Steward::open(app.owner()).await.unwrap().verify().await.unwrap(), Verdict::Proved { .. }));
    app.stop().await;
}
