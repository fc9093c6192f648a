//! `liaison export` beside running servers: the file and nothing else on standard output, whole files in their place or none, and the
//! person at the keyboard in the log.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::ground::Pair;
use crate::program::Scratch;

/// Runs the program on the pair's database.
fn liaison(pair: &Pair, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liaison"));
    command.env_clear().current_dir("/").envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.args(["--log", "warn", "export"]).args(arguments).args(pair.database()).stdin(Stdio::null());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_taken_out_on_the_command_line_as_an_administrator_of_an_organization() {
    let pair = Pair::start().await;
    let scratch = Scratch::new();
    fs::create_dir(scratch.data()).unwrap();
    let place = scratch.data().join("out.csv");
    let out = place.to_str().unwrap();
    let acme = ["--organization", "acme"];

    let printed = liaison(&pair, &[&["contacts"], acme.as_slice()].concat());
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    assert_eq!(text(&printed.stderr), "", "no bar where there is no terminal");
    assert!(text(&printed.stdout).starts_with("\u{feff}id,first_name,last_name,"));
    assert!(text(&printed.stdout).contains(",Jane,Doe,Billing Manager,"));
    let written = liaison(&pair, &[&["contacts", "--output", out], acme.as_slice()].concat());
    assert_eq!((written.status.success(), text(&written.stdout)), (true, ""), "{}", text(&written.stderr));
    assert_eq!(fs::read(&place).unwrap(), printed.stdout);
    // The platform sees everybody, and a filter means what it means in GraphQL.
    let everybody = liaison(&pair, &["contacts"]);
    assert!(everybody.stdout.len() > printed.stdout.len());
    let doe = liaison(&pair, &["contacts", "--filter", r#"{"lastName": "doe", "firstName": "jane"}"#]);
    assert_eq!(text(&doe.stdout).lines().count(), 2);
    let paper = liaison(&pair, &[&["emergency", "--format", "pdf"], acme.as_slice()].concat());
    assert!(paper.stdout.starts_with(b"%PDF-"), "{}", text(&paper.stderr));

    // What fails writes nothing, and leaves what was there.
    for (arguments, told) in [
        (vec!["contacts", "--organization", "nobody"], "no organization with the subdomain \"nobody\""),
        (vec!["contacts", "--filter", "{\"isActiv\": true}"], "--filter: "),
        (vec!["contacts", "--filter", "{"], "--filter: this is not JSON"),
        (vec!["contacts", "--format", "pdf"], "--format: "),
        (vec!["emergency", "--filter", "{}"], "--filter: this list has no such choice"),
        (vec!["contacts", "--from", "2026-01-01"], "--from: this list has no such choice"),
    ] {
        let refused = liaison(&pair, &[arguments.as_slice(), &["--output", out]].concat());
        assert!(!refused.status.success(), "{arguments:?}");
        assert!(text(&refused.stderr).contains(told), "{arguments:?}: {}", text(&refused.stderr));
        assert_eq!(text(&refused.stdout), "");
        assert_eq!(fs::read(&place).unwrap(), printed.stdout);
    }
    let nowhere = liaison(&pair, &["contacts", "--output", "/nowhere/out.csv"]);
    assert!(!nowhere.status.success() && text(&nowhere.stderr).contains("/nowhere/out.csv cannot be written"));
    let sink = liaison(&pair, &["contacts", "--output", "/dev/null"]);
    assert!(sink.status.success() && fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    let left: Vec<_> = fs::read_dir(scratch.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["out.csv"], "what was begun is gone");

    let mut owner = PgConnection::connect_with(pair.owner()).await.unwrap();
    let recorded: Vec<(String, Value)> = sqlx::query_as(
        "SELECT metadata->>'actor', data FROM domain_events WHERE event_type = 'directory.exported' ORDER BY epoch, xid, seq",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(recorded.iter().all(|(actor, _)| actor.starts_with("cli:") && actor.len() > 4), "{recorded:?}");
    let lists: Vec<_> =
        recorded.iter().map(|(_, data)| (data["list"].as_str().unwrap(), data["format"].as_str().unwrap())).collect();
    let contacts = ("contacts", "csv");
    // The one with nowhere to go was recorded before it was found so.
    assert_eq!(lists, [contacts, contacts, contacts, contacts, ("emergency", "pdf"), contacts, contacts]);
    drop(pair);
}
