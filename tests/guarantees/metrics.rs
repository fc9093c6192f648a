//! What Prometheus is told: what happened, counted, and how the directory stands, on a listener of its own; and nobody's name or id.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{App, Who};

const WITH_METRICS: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

/// The numbers, by name and labels as they are written.
struct Numbers {
    text: String,
    values: BTreeMap<String, f64>,
}

impl Numbers {
    async fn of(app: &App) -> Self {
        let response = app.client().get(app.metrics_url()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(media_type.starts_with("application/openmetrics-text; version=1.0.0"), "{media_type}");
        let text = response.text().await.unwrap();
        assert!(text.ends_with("# EOF\n"), "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let values = lines.map(|line| line.rsplit_once(' ').unwrap());
        let values = values.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect();
        Self { text, values }
    }

    #[track_caller]
    fn at(&self, name: &str) -> f64 {
        *self.values.get(name).unwrap_or_else(|| panic!("{name} is not in:\n{}", self.text))
    }

    /// The same, where nothing was counted yet.
    fn count(&self, name: &str) -> f64 {
        self.values.get(name).copied().unwrap_or_default()
    }
}

fn operation(of: &str, kind: &str, name: &str) -> String {
    format!("liaison_graphql_{of}{{type=\"{kind}\",operation=\"{name}\"}}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted() {
    let app = App::demo_with(&WITH_METRICS).await;
    let before = Numbers::of(&app).await;
    let who = Who::acme_admin();
    let directory = "query Directory { contacts(first: 2) { nodes { id } } }";
    for _ in 0..3 {
        app.ask(&who, directory).await.data();
    }
    let create =
        "mutation NewCode { phoneCodeDefine(code: { code: \"pager\", label: \"Pager\" }) { userErrors { code } } }";
    let refused = app.ask(&who, create).await;
    let done = app.ask(&Who::super_admin(), create).await;
    assert_eq!(refused.at("/phoneCodeDefine/userErrors/0/code"), "FORBIDDEN");
    assert_eq!(done.at("/phoneCodeDefine/userErrors"), &json!([]));
    assert_eq!(app.ask_as_nobody(directory).await.code(), "UNAUTHENTICATED");
    app.ask(&who, "query Wrong { nothing }").await.code();
    app.ask(&who, "{ serviceConfig { defaultPageSize } }").await.data();

    let after = Numbers::of(&app).await;
    assert_eq!(after.at(&operation("requests_total", "query", "Directory")), 4.0);
    assert_eq!(after.at(&operation("duration_seconds_count", "query", "Directory")), 4.0);
    assert!(after.at(&operation("duration_seconds_sum", "query", "Directory")) > 0.0);
    assert_eq!(after.at(&operation("requests_total", "mutation", "NewCode")), 2.0);
    let error = |kind: &str, name: &str, code: &str| {
        format!("liaison_graphql_errors_total{{type=\"{kind}\",operation=\"{name}\",code=\"{code}\"}}")
    };
    assert_eq!(after.at(&error("mutation", "NewCode", "FORBIDDEN")), 1.0);
    assert_eq!(after.at(&error("query", "Directory", "UNAUTHENTICATED")), 1.0);
    assert_eq!(after.at(&error("unknown", "anonymous", "GRAPHQL_VALIDATION_FAILED")), 1.0);
    assert!(after.at(&operation("requests_total", "query", "anonymous")) >= 1.0);
    assert!(!after.text.contains("Wrong"), "what was refused unread has no name");
    assert_eq!(after.at("liaison_events_recorded_total") - before.at("liaison_events_recorded_total"), 1.0);
    let answered = "liaison_http_responses_total{path=\"/graphql\",status=\"200\"}";
    assert!(after.at(answered) - before.count(answered) >= 6.0);
    assert_eq!(after.at("liaison_database_up"), 1.0);
    assert_eq!(after.at("liaison_database_connections_max"), f64::from(app.database().most_connections()));
    assert_eq!(after.at("liaison_operations_running"), 0.0);
    assert!(after.at("process_resident_memory_bytes") > 1e6 && after.at("process_cpu_seconds_total") > 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_duplicates_are_those_of_the_summary() {
    let app = App::demo_with(&WITH_METRICS).await;
    liaison_domain::candidate::settled(app.database()).await.unwrap();
    let summary = "{ duplicateSummary { contacts openPairs contactsWithDuplicates surplusContacts rate waitingChanges
        bands { fromScore untilScore pairs } } }";
    let summary = app.ask(&Who::super_admin(), summary).await.at("/duplicateSummary").clone();
    let numbers = Numbers::of(&app).await;
    for (name, field) in [
        ("liaison_contacts", "contacts"),
        ("liaison_duplicate_contacts", "contactsWithDuplicates"),
        ("liaison_duplicate_surplus_contacts", "surplusContacts"),
        ("liaison_duplicate_ratio", "rate"),
        ("liaison_duplicate_changes_waiting", "waitingChanges"),
    ] {
        assert!((numbers.at(name) - summary[field].as_f64().unwrap()).abs() < 1e-9, "{name}: {summary}");
    }
    assert_eq!(numbers.at("liaison_duplicate_scan_running"), 0.0);
    assert!(!numbers.values.contains_key("liaison_duplicate_scan_contacts"), "of no scan nothing is told");
    assert!(numbers.at("liaison_duplicate_ratio") > 0.0 && numbers.at("liaison_duplicate_ratio") < 1.0);
    let bands = summary["bands"].as_array().unwrap();
    for band in bands {
        let [from, to] = ["fromScore", "untilScore"].map(|end| band[end].as_f64().unwrap());
        let name = format!("liaison_duplicate_open_pairs{{from=\"{from:?}\",to=\"{to:?}\"}}");
        assert_eq!(numbers.at(&name), band["pairs"].as_f64().unwrap());
    }
    let all = numbers.values.iter().filter(|(name, _)| name.starts_with("liaison_duplicate_open_pairs"));
    assert_eq!(all.map(|(_, pairs)| pairs).sum::<f64>(), summary["openPairs"].as_f64().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_named_and_the_door_of_the_api_does_not_tell() {
    let app = App::demo_with(&WITH_METRICS).await;
    let everybody = "query Everybody { organizations(first: 50) { nodes { id name } } contacts(first: 50) { nodes { id firstName lastName
        emails { nodes { address } } phones { nodes { number } } } } }";
    let everybody = app.ask(&Who::super_admin(), everybody).await.data().clone();
    let text = Numbers::of(&app).await.text;
    assert!(text.contains("operation=\"Everybody\""));
    let mut values = Vec::new();
    texts(&everybody, &mut values);
    assert!(values.len() > 50);
    for value in values {
        // A first name may be a word.
        let is_word = value.chars().all(char::is_alphabetic);
        let is_told = if is_word { text.contains(&format!("\"{value}\"")) } else { text.contains(value) };
        assert!(!is_told, "{value} is in:\n{text}");
    }

    for path in ["/metrics", "/metrics/", "/Metrics"] {
        let response = app.client().get(format!("{}{path}", app.url())).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert!(!response.text().await.unwrap().contains("liaison_"));
    }
    // And the other way round.
    let base = app.metrics_url().trim_end_matches("/metrics");
    for path in ["/graphql?query=%7BserviceConfig%7BdefaultPageSize%7D%7D", "/readyz", "/"] {
        assert_eq!(app.client().get(format!("{base}{path}")).send().await.unwrap().status(), 404, "{path}");
    }
    let url = app.metrics_url().to_owned();
    let client = app.client().clone();
    app.stop().await;
    assert!(client.get(url).send().await.is_err(), "it ends with the service");
}

/// How long the log is, and whether the tables are where it is: what an operator looks at after something broke.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_and_what_is_behind_it_are_told() {
    let app = App::demo_with(&WITH_METRICS).await;
    // Tables that somebody changed behind the log are behind it.
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let behind = "UPDATE contacts_projection SET version = version - 1 WHERE last_name = 'Lang'";
    assert_eq!(owner.execute(behind).await.unwrap().rows_affected(), 1);
    let numbers = Numbers::of(&app).await;
    let log = app
        .behind("SELECT count(*)::int AS n, extract(epoch FROM max(recorded_at))::float8 AS at FROM domain_events")
        .await
        .remove(0);
    assert_eq!(numbers.at("liaison_log_events"), log["n"].as_f64().unwrap());
    assert!((numbers.at("liaison_log_last_event_timestamp_seconds") - log["at"].as_f64().unwrap()).abs() < 0.002);
    assert_eq!(numbers.at("liaison_rows_behind_log"), 1.0);
    assert_eq!(numbers.at("liaison_log_held_back_events"), 0.0, "nothing else is under way");
}

fn texts<'a>(value: &'a Value, all: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => all.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, all)),
        Value::Object(members) => members.values().for_each(|value| texts(value, all)),
        _ => {}
    }
}
