//! How PostgreSQL answers the lists of a small and of a large organization: the plans that it really used, taken from its log
//! (`auto_explain`), and whether any of them walks what belongs to everybody. It measures nothing.

use std::fs;

use liaison_domain::session::{Database, DatabaseOptions};
use liaison_domain::viewer::{Role, Viewer};
use liaison_graphql::document::Limits;
use liaison_graphql::engine::Engine;
use liaison_graphql::request::{Ask, Caller};
use liaison_server::cluster::Login;
use liaison_server::storage;
use serde_json::{Map, Value, json};

use super::database;
use super::ground::Ground;
use super::requests::{Q1, Q2, Q7};
use super::server::organization_id;
use crate::Outcome;

/// Every statement is logged with the plan that was used.
const SETTINGS: [(&str, &str); 5] = [
    ("shared_preload_libraries", "auto_explain"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_timing", "off"),
    ("auto_explain.log_buffers", "on"),
];

/// How often each request runs: from the sixth time on PostgreSQL may choose a plan for all values.
const TIMES: usize = 8;

/// Indexes that lead with no organization: no list of one organization may walk them.
const OF_EVERYBODY: [&str; 4] = ["contacts_by_name", "contacts_by_updated", "contacts_shared", "organizations_by_name"];

/// What the rows of links repeat: the lists of Q1 and Q2 ask nobody's own row, or they have lost their way.
const REPEATED: &str = " on contacts_projection";

/// Prints the plans; an error when one of them walks what it should not.
pub async fn print(ground: &Ground) -> Outcome<()> {
    let database = ground.open_with(&SETTINGS).await?;
    let walked = explain(&database, ground).await;
    database.close().await?;
    match walked? {
        0 => {
            println!("No plan walks an index or a table of everybody's, or looks up what the rows of links tell.");
            Ok(())
        }
        walked => Err(format!(
            "{walked} plans walk an index or a table of everybody's, or look up what the rows of links tell: they are marked above"
        )
        .into()),
    }
}

async fn explain(opened: &database::Database, ground: &Ground) -> Outcome<usize> {
    opened.enforce_row_security().await?;
    let log = &opened.log();
    let app = opened.connect_options(Login::App);
    let options = DatabaseOptions { max_connections: 1, ..DatabaseOptions::default() };
    let database = Database::open(app, options, storage::system_clock()).await?;
    let engine = Engine::new(database.clone(), Limits::default()).map_err(|fault| fault.to_string())?;
    let large = ground.world.large().next().unwrap_or(0);
    let small = large + 1;
    let mut walked = 0;
    for (size, index) in [("small", small), ("large", large)] {
        for (name, document, role) in [
            ("Q1 for super_admin", Q1, Role::SuperAdmin),
            ("Q1", Q1, Role::ProviderAdmin),
            ("Q2", Q2, Role::ProviderAdmin),
            ("Q7", Q7, Role::ProviderAdmin),
        ] {
            let mut after = Value::Null;
            let mut begin = fs::metadata(log)?.len();
            for time in 1..=TIMES {
                begin = fs::metadata(log)?.len();
                let variables = json!({ "id": organization_id(index), "first": 50, "after": after });
                let answer =
                    ask(&engine, Viewer::new("bench", organization_id(index), [role], None), document, variables)
                        .await?;
                if let Some(cursor) = answer.pointer("/data/contacts/pageInfo/endCursor").filter(|_| time < TIMES / 2) {
                    after = cursor.clone();
                }
            }
            println!("\n## {name} of a {size} organization, the {TIMES}th time\n");
            let text = fs::read(log)?;
            walked += show(&String::from_utf8_lossy(&text[begin as usize..]), name != "Q7");
        }
    }
    database.close().await;
    Ok(walked)
}

async fn ask(engine: &Engine, viewer: Viewer, document: &str, variables: Value) -> Outcome<Value> {
    let Value::Object(mut variables) = variables else { return Err("variables are an object".into()) };
    // A variable that the document does not declare is refused.
    variables.retain(|name, _| document.contains(&format!("${name}")));
    let ask =
        Ask { query: document.to_owned(), variables: Some(variables), extensions: Some(Map::new()), ..Ask::default() };
    let caller = Caller {
        viewer: Some(viewer),
        request_id: "bench".to_owned(),
        idempotency_key: None,
        may_introspect: false,
        queries_only: true,
        resume_after: None,
    };
    let answer: Value = serde_json::from_slice(&engine.answer(ask, caller).await.body)?;
    if answer.get("errors").is_some() { Err(answer.to_string().into()) } else { Ok(answer) }
}

/// Prints the plans of a piece of the log, without the statements; how many of them walk what belongs to everybody, or read what links
/// repeat where links alone are to answer.
fn show(log: &str, by_links_alone: bool) -> usize {
    let mut walked = 0;
    // Each entry begins with its time and the word LOG; its further lines are indented.
    for entry in log.split("LOG:  duration: ").skip(1) {
        let mut in_plan = false;
        let mut walks = false;
        for line in entry.lines() {
            in_plan = in_plan || line.contains("(cost=");
            if !in_plan || !line.starts_with('\t') {
                continue;
            }
            let scans_everybody =
                line.contains("Seq Scan on") && !line.contains("_codes") && !line.contains("never executed");
            let looks_up = by_links_alone && line.contains(REPEATED);
            let bad = scans_everybody
                || looks_up
                || OF_EVERYBODY.iter().any(|index| line.contains(&format!("using {index} ")));
            walks |= bad;
            println!("{}{}", if bad { ">>>" } else { "   " }, line.replace('\t', "  "));
        }
        println!();
        walked += usize::from(walks);
    }
    walked
}
