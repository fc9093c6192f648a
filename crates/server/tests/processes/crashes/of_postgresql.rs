//! PostgreSQL stopped as in a power cut, under a server that lives on: it says that it has no database, and it serves again as
//! soon as there is one.

use std::time::Duration;

use liaison_server::cluster::{Cluster, ClusterOptions, DATABASE_NAME, Durability, Login, Origin};
use serde_json::json;

use super::ledger::{Ledger, Load};
use crate::client::{ACME, Client};
use crate::ground::on;
use crate::program::{Program, Scratch};

/// Waits as long as it takes to be seen, which is until the test's own end in a server that is broken.
async fn until_readyz_says(client: &Client, url: &str, status: u16) -> serde_json::Value {
    for _ in 0..1_200 {
        let (told, body) = client.look(url, "/readyz").await;
        if told == status {
            return body;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("/readyz never said {status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_crash_of_postgresql_all_that_was_acknowledged_is_there_and_the_server_serves_again_by_itself() {
    let scratch = Scratch::new();
    let options = || {
        let options = ClusterOptions::in_folder(scratch.data());
        assert_eq!(options.durability, Durability::Safe, "or nothing would be proved");
        options
    };
    let mut cluster = Cluster::start(options()).await.unwrap();
    let owner = cluster.connect_options(Login::Owner, DATABASE_NAME);
    let mut program = Program::start(&on(&owner, &cluster.connect_options(Login::App, DATABASE_NAME))).await;
    let (client, url, mut ledger) = (Client::new(), program.url().to_owned(), Ledger::default());
    let count = "{ contacts(filter: { firstName: \"Written\" }) { totalCount } }";
    let create = "mutation { contactCreate(contact: { firstName: \"Refused\", lastName: \"Surely\" }) { position } }";
    for acknowledged in [1, 6, 25] {
        let mut load = Load::start(&client, &url);
        ledger.listen(&mut load, acknowledged).await;
        cluster.stop_immediately().await.unwrap();

        // No database: the server lives, says so, and refuses with a code that means "come back".
        let unready = until_readyz_says(&client, &url, 503).await;
        assert_eq!(unready["checks"][0]["name"], "database", "{unready:#}");
        assert_eq!(unready["checks"][0]["ok"], false, "{unready:#}");
        assert_eq!(client.look(&url, "/livez").await.0, 200);
        for document in [count, create] {
            let answer = client.try_ask(&url, ACME, document, &json!({}), None).await.unwrap();
            assert_eq!(answer.code(), Some("UNAVAILABLE"), "{:#}", answer.body);
        }
        ledger.end(load).await;

        cluster = Cluster::start(options()).await.unwrap();
        assert_eq!(cluster.origin(), Origin::Started);
        let ready = until_readyz_says(&client, &url, 200).await;
        assert_eq!(ready["checks"][0]["ok"], true, "{ready:#}");
        let served = client.ask(&url, ACME, count, &json!({})).await;
        assert!(served.body["data"]["contacts"]["totalCount"].as_u64().unwrap() >= ledger.acknowledged().len() as u64);
        assert!(program.is_running(), "{}", program.said());
        ledger.holds(&owner).await;
    }
    ledger.send_all_again(&client, &url).await;
    assert_eq!(&ledger.holds(&owner).await, ledger.begun());
    let surely = "SELECT id FROM contacts_projection WHERE first_name = 'Refused'";
    assert_eq!(crate::behind::rows(&owner, surely).await, [serde_json::Value::Null; 0]);
    program.stop().await;
    cluster.stop().await.unwrap();
}

/// The last straw: the server and its PostgreSQL at once, as when the power goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_power_cut_of_both_the_next_server_starts_on_what_was_acknowledged() {
    let scratch = Scratch::new();
    let (client, mut ledger) = (Client::new(), Ledger::default());
    for acknowledged in [4, 30] {
        let cluster = Cluster::start(ClusterOptions::in_folder(scratch.data())).await.unwrap();
        let owner = cluster.connect_options(Login::Owner, DATABASE_NAME);
        let program = Program::start(&on(&owner, &cluster.connect_options(Login::App, DATABASE_NAME))).await;
        ledger.holds(&owner).await;
        let mut load = Load::start(&client, program.url());
        ledger.listen(&mut load, acknowledged).await;
        cluster.stop_immediately().await.unwrap();
        program.kill();
        ledger.end(load).await;
    }
    let cluster = Cluster::start(ClusterOptions::in_folder(scratch.data())).await.unwrap();
    ledger.holds(&cluster.connect_options(Login::Owner, DATABASE_NAME)).await;
    cluster.stop().await.unwrap();
}
