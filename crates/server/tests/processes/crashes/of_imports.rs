//! `kill -9` in the middle of a file that comes in, on the command line and over HTTP: whoever goes on leaves no row out and brings none
//! in twice.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::cluster::{Cluster, Login};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::client::{Client, RIVERSIDE};
use crate::program::{Program, Scratch};

const ROWS: i64 = 3_000;

fn people() -> String {
    let mut file = String::from("first_name,last_name,email,phone,roles\n");
    for at in 0..ROWS {
        let number = 2_175_550_000 + at;
        file.push_str(&format!("Given{at},Brought{at},brought{at}@example.com,{number},riverside:technical\n"));
    }
    file
}

/// `liaison import` as a process of its own.
fn import(file: &Path, data: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liaison"));
    command.env_clear().current_dir("/");
    for name in ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command
        .args(["--log", "warn", "--data-dir"])
        .arg(data)
        .arg("import")
        .arg(file)
        .args(["--organization", "riverside"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// How many rows were looked at, and how many people and events that came to.
async fn stands(owner: &PgConnectOptions) -> (i64, i64, i64) {
    let mut owner = PgConnection::connect_with(owner).await.unwrap();
    let row: (i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce((SELECT max(processed) FROM imports), 0)::bigint,
                (SELECT count(*) FROM contacts_projection WHERE last_name LIKE 'Brought%'),
                (SELECT count(*) FROM domain_events WHERE metadata->>'reason' LIKE 'import %')",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    owner.close().await.unwrap();
    row
}

/// Waits until some rows have come in, and not all.
async fn half_way(owner: &PgConnectOptions) {
    for _ in 0..12_000 {
        if stands(owner).await.0 > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no row comes in");
}

async fn is_proved(owner: &PgConnectOptions) {
    let steward = Steward::open(owner.clone()).await.unwrap();
    let verdict = steward.verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
    steward.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_on_the_command_line_that_was_killed_goes_on_where_it_stood() {
    let scratch = Scratch::new();
    let program = Program::start(&["--data-dir".to_owned(), scratch.data().display().to_string()]).await;
    let owner = Cluster::beside(&scratch.data(), Login::Owner).unwrap();
    let file = scratch.data().parent().unwrap().join("people.csv");
    std::fs::write(&file, people()).unwrap();

    let mut running = import(&file, &scratch.data());
    half_way(&owner).await;
    running.kill().unwrap();
    running.wait().unwrap();
    let (processed, there, _) = stands(&owner).await;
    assert_eq!(processed, there, "what was counted is what was done");
    is_proved(&owner).await;

    let ended = import(&file, &scratch.data()).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains(&format!("{ROWS} of {ROWS} rows")) && said.contains("failed 0"), "{said}");
    let (processed, there, events) = stands(&owner).await;
    assert_eq!((processed, there), (ROWS, ROWS));
    // A person, an email, a phone, their links and a role.
    assert_eq!(events, ROWS * 6, "no row was done twice");
    is_proved(&owner).await;

    // The same once more changes nothing.
    let again = import(&file, &scratch.data()).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success() && said.contains(&format!("unchanged {ROWS}")), "{said}");
    assert_eq!(stands(&owner).await.2, events);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_over_http_whose_server_was_killed_goes_on_when_the_file_comes_again() {
    let scratch = Scratch::new();
    let arguments = ["--data-dir".to_owned(), scratch.data().display().to_string()];
    let client = Client::new();
    let program = Program::start(&arguments).await;
    let owner = Cluster::beside(&scratch.data(), Login::Owner).unwrap();
    let first = client.send_file(program.url(), RIVERSIDE, people()).await;
    half_way(&owner).await;
    program.kill();
    let (processed, there, _) = stands(&owner).await;
    assert_eq!(processed, there);
    is_proved(&owner).await;

    let program = Program::start(&arguments).await;
    let ask = "query ($id: UUID!) { contactImport(id: $id) { state rowProcessedCount createdCount failedCount } }";
    let state = async || client.ask(program.url(), RIVERSIDE, ask, &json!({ "id": first["id"] })).await.body;
    let before = state().await;
    let second = client.send_file(program.url(), RIVERSIDE, people()).await;
    if before["data"]["contactImport"]["state"] != "DONE" {
        assert_eq!((&second["id"], &second["resumed"]), (&first["id"], &json!(true)), "{before:#}");
    }
    loop {
        let told = state().await;
        match told["data"]["contactImport"]["state"].as_str().unwrap() {
            "DONE" => break assert_eq!(told["data"]["contactImport"]["createdCount"], ROWS),
            "RUNNING" | "PENDING" => tokio::time::sleep(Duration::from_millis(100)).await,
            other => panic!("{other}: {told:#}"),
        }
    }
    let (_, there, events) = stands(&owner).await;
    assert_eq!((there, events), (ROWS, ROWS * 6));
    is_proved(&owner).await;
    program.stop().await;
}
