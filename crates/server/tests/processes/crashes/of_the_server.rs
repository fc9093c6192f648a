//! `kill -9` of the server. Its private PostgreSQL goes on, and the next server adopts it.

use liaison_server::cluster::{Cluster, Login};
use serde_json::json;

use super::ledger::{Ledger, Load};
use crate::client::{ACME, Client};
use crate::ground::Pair;
use crate::program::{Program, Scratch};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_of_the_server_all_that_was_acknowledged_is_there_and_nothing_by_halves() {
    let scratch = Scratch::new();
    let arguments = ["--data-dir".to_owned(), scratch.data().display().to_string()];
    let (client, mut ledger) = (Client::new(), Ledger::default());
    for acknowledged in [1, 2, 7, 18, 40] {
        let program = Program::start(&arguments).await;
        let mut load = Load::start(&client, program.url());
        ledger.listen(&mut load, acknowledged).await;
        program.kill();
        ledger.end(load).await;
        // PostgreSQL runs on, without a server.
        let owner = Cluster::beside(&scratch.data(), Login::Owner).unwrap();
        ledger.holds(&owner).await;
    }

    // The next server tells what the ones before it wrote, and does what they did not come to, once.
    let mut program = Program::start(&arguments).await;
    let owner = Cluster::beside(&scratch.data(), Login::Owner).unwrap();
    ledger.send_all_again(&client, program.url()).await;
    assert_eq!(&ledger.holds(&owner).await, ledger.begun());
    let count = "{ contacts(filter: { firstName: \"Written\" }) { totalCount } }";
    let answer = client.ask(program.url(), ACME, count, &json!({})).await;
    assert_eq!(answer.body["data"]["contacts"]["totalCount"], ledger.begun().len(), "{:#}", answer.body);
    assert!(program.is_running());
    program.stop().await;
}

/// The orderly end, for comparison: whatever was written was told to whoever asked for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_signal_cuts_no_answer_to_a_write() {
    let scratch = Scratch::new();
    let arguments = ["--data-dir".to_owned(), scratch.data().display().to_string()];
    let (client, mut ledger) = (Client::new(), Ledger::default());
    for acknowledged in [3, 11, 20] {
        let program = Program::start(&arguments).await;
        let mut load = Load::start(&client, program.url());
        ledger.listen(&mut load, acknowledged).await;
        program.stop().await;
        ledger.end(load).await;
    }
    let program = Program::start(&arguments).await;
    let written = ledger.holds(&Cluster::beside(&scratch.data(), Login::Owner).unwrap()).await;
    assert_eq!(written, ledger.acknowledged());
    program.stop().await;
}

/// What a killed server held is let go, and the other one, on the same PostgreSQL, goes on writing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_goes_on_when_the_one_beside_it_is_killed() {
    let ([killed, mut other], owner) = Pair::start().await.into_parts();
    let (client, mut ledger) = (Client::new(), Ledger::default());
    let (mut its, mut others) = (Load::start(&client, killed.url()), Load::start(&client, other.url()));
    ledger.listen(&mut its, 9).await;
    killed.kill();
    ledger.end(its).await;
    ledger.listen(&mut others, 20).await;
    ledger.end(others).await;
    assert!(other.is_running(), "{}", other.said());
    ledger.holds(&owner).await;
    other.stop().await;
}
