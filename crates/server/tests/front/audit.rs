//! The whole `graphql-http` audit against the real door with a tiny schema behind it. It may pass only if every audit,
//! SHOULD and MAY included, is ok.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use async_graphql::{EmptySubscription, Object, Request, Response, Schema, Variables};
use futures::FutureExt;
use liaison_graphql::request::{Answer, Ask, Caller, Outcome, Report};
use liaison_server::http::{Authenticate, Execute, Front, FrontSettings};
use liaison_server::router::{OtherRoutes, RouterSettings, router};
use liaison_server::serving::{ServingSettings, serve};
use serde_json::{Value, json};

struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &'static str {
        "world"
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn shout(&self) -> &'static str {
        "WORLD"
    }
}

type Tiny = Schema<Query, Mutation, EmptySubscription>;

async fn answer(schema: Tiny, ask: Ask, caller: Caller) -> Answer {
    let is_mutation = |query: &str| {
        parse_query(query).is_ok_and(|document| {
            document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Mutation)
        })
    };
    if caller.queries_only && is_mutation(&ask.query) {
        let body = json!({ "errors": [{ "message": "Mutations need POST." }] });
        return Answer {
            outcome: Outcome::MethodNotAllowed,
            body: body.to_string().into_bytes(),
            report: Report::default(),
        };
    }
    let mut request = Request::new(ask.query);
    if let Some(variables) = ask.variables {
        request = request.variables(Variables::from_json(Value::Object(variables)));
    }
    if let Some(name) = ask.operation_name {
        request = request.operation_name(name);
    }
    let response: Response = schema.execute(request).await;
    let ran = response.errors.iter().all(|error| !error.path.is_empty());
    let body = serde_json::to_value(&response).expect("a response is JSON");
    if ran {
        Answer { outcome: Outcome::Executed, body: body.to_string().into_bytes(), report: Report::default() }
    } else {
        let body = json!({ "errors": body["errors"] });
        Answer { outcome: Outcome::Refused, body: body.to_string().into_bytes(), report: Report::default() }
    }
}

async fn start() -> String {
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let execute: Execute = Arc::new(move |ask, caller| answer(schema.clone(), ask, caller).boxed());
    let authenticate: Authenticate = Arc::new(|_| async { Ok(None) }.boxed());
    let front = Front::new(execute, authenticate, FrontSettings::default());
    let checks = Arc::new(|| async { Vec::new() }.boxed());
    let router = router(front, checks, OtherRoutes::default(), &RouterSettings::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, router, ServingSettings::default(), std::future::pending()));
    format!("http://{address}/graphql")
}

/// Installs the audit as locked, outside the source tree. The error says why this machine cannot.
fn install() -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/audit");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit");
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in ["package.json", "package-lock.json", "audit.mjs"] {
        std::fs::copy(source.join(name), folder.join(name)).expect("the audit's files are in tests/audit");
    }
    let run = |program: &str, arguments: &[&str]| -> Result<Output, String> {
        let output = Command::new(program).args(arguments).current_dir(&folder).output();
        let output = output.map_err(|error| format!("{program} cannot be run: {error}"))?;
        if output.status.success() {
            Ok(output)
        } else {
            Err(format!("{program} {arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
        }
    };
    run("node", &["--version"])?;
    run("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"])?;
    Ok(folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_graphql_http_audit_is_ok() {
    let folder = match tokio::task::spawn_blocking(install).await.expect("no panic") {
        Ok(folder) => folder,
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "the audit must run in CI: {reason}");
            eprintln!("SKIPPED the graphql-http audit, which needs Node and npm: {reason}");
            return;
        }
    };
    let url = start().await;
    let output = tokio::task::spawn_blocking(move || {
        Command::new("node").arg("audit.mjs").arg(url).current_dir(folder).output().expect("node ran before")
    })
    .await
    .expect("no panic");
    let report = String::from_utf8_lossy(&output.stdout);
    eprintln!("{report}");
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
}
