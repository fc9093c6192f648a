//! What a panic leaves on standard error once log lines are set up: its place, never its words. A process of its own,
//! because the hook is the whole process's. It may not share a binary with other tests.

use std::process::Command;

use liaison_server::telemetry::{self, LogFormat};

const CHILD: &str = "LIAISON_TEST_PANIC_FILTER";

#[test]
fn a_panic_is_logged_by_its_place_only() {
    if let Ok(filter) = std::env::var(CHILD) {
        telemetry::start(LogFormat::Json, &filter).expect("log lines");
        assert!(telemetry::start(LogFormat::Json, "info").is_err(), "a second start is told that it is one");
        let email = "jane@acme.example";
        panic!("{email} surprised us");
    }
    let child = |filter: &str| {
        let output = Command::new(std::env::current_exe().expect("a path"))
            .args(["--exact", "a_panic_is_logged_by_its_place_only", "--nocapture"])
            .env(CHILD, filter)
            .output()
            .expect("a run");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("a text")
    };
    let usual = child("info");
    let line: serde_json::Value = usual
        .lines()
        .find_map(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("a JSON line in {usual:?}"));
    assert_eq!((line["level"].as_str(), line["target"].as_str()), (Some("ERROR"), Some("liaison::panic")));
    assert!(line["place"].as_str().is_some_and(|place| place.contains("panics.rs:")), "{line}");
    assert!(!usual.contains("jane@"), "{usual}");
    assert!(child("liaison::panic=debug").contains("jane@"), "developers may ask for it");
}
