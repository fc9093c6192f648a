//! The engine: a request in, an answer out. It knows no HTTP; whoever calls it sees to it that it runs to its end.

mod body;
mod following;
mod watching;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Pos, Response, Schema, SchemaBuilder, ServerError, Value};
use futures::future::BoxFuture;
use liaison_domain::session::{Database, Reader};
use tokio::sync::Semaphore;

use crate::as_of::{Turns, View};
use crate::batch::{Batches, drive};
use crate::context::{Request, RequestKey};
use crate::direct;
use crate::document::{self, Gate, Limits, Plan, SchemaFault, TypeMap};
use crate::error::{self, Code};
use crate::mutation::Mutation;
use crate::query::Query;
use crate::request::{Answer, Ask, Caller, Following, Opened, Outcome, Report};
use crate::service::ServiceConfig;
use crate::subscription::Subscription;

/// The schema that the engine serves.
pub type LiaisonSchema = Schema<Query, Mutation, Subscription>;

fn builder(limits: &Limits) -> SchemaBuilder<Query, Mutation, Subscription> {
    // Suggestions would tell of fields to those who may not introspect.
    Schema::build(Query, Mutation::default(), Subscription).data(ServiceConfig::new(limits)).disable_suggestions()
}

/// The schema's text, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    let options = options.include_specified_by();
    builder(&Limits::default()).finish().sdl_with_options(options)
}

/// Answers requests against one database.
pub struct Engine {
    schema: LiaisonSchema,
    gate: Gate,
    database: Database,
    turns: Turns,
    /// How many subscriptions use the database at once.
    following: Arc<Semaphore>,
}

impl Engine {
    /// An engine with these limits.
    pub fn new(database: Database, limits: Limits) -> Result<Self, SchemaFault> {
        let (schema, validator) = document::split(|| builder(&limits));
        let types = types(&schema.sdl())?;
        let turns = Turns::among(database.most_connections(), database.patience());
        let following = Arc::new(Semaphore::new((database.most_connections() as usize / 2).max(1)));
        Ok(Self { schema, gate: Gate::new(limits, types, validator), database, turns, following })
    }

    /// Answers one request at an entrance that gives one answer.
    ///
    /// A plain function, as [`Engine::open`] is: what an `async fn` waits for is compiled anew in each crate that calls it, and this waits for
    /// the whole house.
    pub fn answer(&self, ask: Ask, caller: Caller) -> BoxFuture<'_, Answer> {
        Box::pin(self.answer_once(ask, caller))
    }

    /// Answers one request at an entrance that can go on, or begins to follow.
    pub fn open(self: &Arc<Self>, ask: Ask, caller: Caller) -> BoxFuture<'_, Opened> {
        Box::pin(self.answer_or_follow(ask, caller))
    }

    async fn answer_once(&self, ask: Ask, caller: Caller) -> Answer {
        match self.admit(&ask, &caller) {
            Ok(plan) if plan.kind == OperationType::Subscription => {
                let report = report_of(&plan);
                let error = ServerError::new("a subscription goes to /graphql/ws or /graphql/stream", None);
                let code = document::Code::OperationResolutionFailure.as_str();
                refused(vec![with_code(error, code)], &caller).of(report)
            }
            Ok(plan) => self.execute(plan, ask, caller).await,
            Err(answer) => answer,
        }
    }

    async fn answer_or_follow(self: &Arc<Self>, ask: Ask, caller: Caller) -> Opened {
        match self.admit(&ask, &caller) {
            Ok(plan) if plan.kind == OperationType::Subscription => {
                let report = report_of(&plan);
                match self.follow(plan, caller).await {
                    Opened::Answered(answer) => Opened::Answered(answer.of(report)),
                    Opened::Following(following) => Opened::Following(Following { report, ..following }),
                }
            }
            Ok(plan) => Opened::Answered(self.execute(plan, ask, caller).await),
            Err(answer) => Opened::Answered(answer),
        }
    }

    /// What every request passes before it runs.
    fn admit(&self, ask: &Ask, caller: &Caller) -> Result<Plan, Answer> {
        let plan = self.gate.plan(ask).map_err(|refusal| {
            let refusal = if caller.may_introspect { refusal.with_hints() } else { refusal };
            refused(refusal.to_server_errors(), caller)
        })?;
        if caller.queries_only && plan.kind == OperationType::Mutation {
            let error = ServerError::new("a mutation goes by POST; GET is for queries only", None);
            let answer = refused(vec![with_code(error, "METHOD_NOT_ALLOWED")], caller);
            return Err(Answer { outcome: Outcome::MethodNotAllowed, ..answer }.of(report_of(&plan)));
        }
        if plan.introspects && !caller.may_introspect {
            let error = ServerError::new("introspection is off here; ask the operator for schema.graphql", None);
            return Err(refused(vec![with_code(error, "INTROSPECTION_DISABLED")], caller).of(report_of(&plan)));
        }
        Ok(plan)
    }

    async fn execute(&self, plan: Plan, ask: Ask, caller: Caller) -> Answer {
        let report = report_of(&plan);
        let reader: Option<Arc<Reader>> = caller.viewer.as_ref().map(|viewer| Arc::new(self.database.reader(viewer)));
        let batches = Batches::new();
        let idempotency = caller.idempotency_key.clone().map(|key| RequestKey { key, request_hash: ask.hash() });
        let is_kept = idempotency.is_some();
        let moments = match self.turns.moments(&ask.query).await {
            Ok(moments) => moments,
            Err(fault) => {
                return refused(vec![error::of_fault(&fault).into_server_error(Pos::default())], &caller).of(report);
            }
        };
        let is_query = plan.kind == OperationType::Query;
        let written = match &reader {
            Some(reader) if is_query => {
                let view = View::of_present(batches.clone(), reader.clone());
                drive(Box::pin(direct::operation(&plan, &view)), &batches).await
            }
            _ => None,
        };
        let mut refusals = None;
        let answered = match written {
            Some(json) => Response::new(Value::Binary(json.into())),
            None => {
                let request = Request::new(
                    reader.clone(),
                    batches.clone(),
                    caller.request_id.clone(),
                    idempotency,
                    moments.clone(),
                );
                // A receipt keeps an answer as values, which written bytes are not.
                let may_write = is_query || !is_kept;
                let request = if may_write && !plan.repeats { request.writing_lists() } else { request };
                refusals = Some(request.refusals.clone());
                drive(self.schema.execute(plan.request().data(request)), &batches).await
            }
        };
        let effort = match &reader {
            Some(reader) => {
                let effort = reader.effort().await;
                reader.let_go().await;
                effort
            }
            None => (0, 0),
        };
        let of_moments = moments.end().await;
        let effort = (effort.0 + of_moments.0, effort.1 + of_moments.1);
        let wants_cost = ask.extensions.as_ref().is_some_and(|extensions| extensions.get("cost") == Some(&true.into()));
        let cost = wants_cost.then(|| {
            let (statements, rows) = effort;
            serde_json::json!({
                "complexity": plan.cost, "maxComplexity": self.gate.limits().complexity,
                "depth": plan.depth, "maxDepth": self.gate.limits().depth,
                "statements": statements, "rows": rows,
            })
        });
        let mut codes = codes(&answered.errors);
        codes.extend(refusals.iter().flat_map(|refusals| refusals.codes()).map(str::to_owned));
        let body = body_of(answered, cost, &caller);
        Answer { outcome: Outcome::Executed, body, report: Report { codes, ..report } }
    }

    /// The schema, for tests that derive what they try from it.
    pub fn schema(&self) -> &LiaisonSchema {
        &self.schema
    }
}

/// The schema as checks need it, with what its scalars hold.
pub(crate) fn types(sdl: &str) -> Result<TypeMap, SchemaFault> {
    Ok(TypeMap::read(sdl)?.with_scalar("UUID", is_uuid).with_scalar("Date", is_date))
}

fn is_uuid(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if uuid::Uuid::try_parse(text).is_ok() => Ok(()),
        _ => Err("a UUID such as 01234567-89ab-7cde-8f01-23456789abcd".to_owned()),
    }
}

fn is_date(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) if crate::scalars::day(text).is_some() => Ok(()),
        _ => Err("a day such as 2026-03-31".to_owned()),
    }
}

fn with_code(mut error: ServerError, code: &str) -> ServerError {
    error.extensions.get_or_insert_default().set("code", code);
    error
}

fn refused(errors: Vec<ServerError>, caller: &Caller) -> Answer {
    let report = Report { codes: codes(&errors), ..Report::default() };
    Answer { outcome: Outcome::Refused, body: body_of_errors(errors, caller), report }
}

/// What may be counted of a request with this plan.
fn report_of(plan: &Plan) -> Report {
    let kind = match plan.kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    Report { kind: Some(kind), name: plan.name.as_ref().map(ToString::to_string), codes: BTreeSet::new() }
}

impl Answer {
    /// The same as the answer to what this report is of.
    fn of(self, report: Report) -> Self {
        Self { report: Report { codes: self.report.codes, ..report }, ..self }
    }
}

/// The codes of errors, each once.
fn codes(errors: &[ServerError]) -> BTreeSet<String> {
    errors.iter().map(code).collect()
}

/// The code of an error. What async-graphql says by itself at run time is about an argument that a scalar or input refused.
fn code(error: &ServerError) -> String {
    let said = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    match said {
        Some(Value::String(code)) => code.clone(),
        _ => Code::BadUserInput.name().to_owned(),
    }
}

/// The body of a request that did not run: it has no `data`, as the specification wants it.
fn body_of_errors(mut errors: Vec<ServerError>, caller: &Caller) -> Vec<u8> {
    for error in &mut errors {
        complete(error, caller);
    }
    #[derive(serde::Serialize)]
    struct Body {
        errors: Vec<ServerError>,
    }
    serde_json::to_vec(&Body { errors }).expect("errors are JSON")
}

fn body_of(mut response: Response, cost: Option<serde_json::Value>, caller: &Caller) -> Vec<u8> {
    for error in &mut response.errors {
        complete(error, caller);
    }
    let extensions = cost.map(|cost| serde_json::json!({ "cost": cost }));
    body::of_data(&response.errors, &response.data, extensions.as_ref())
}

/// Every error has a code and the request's id.
fn complete(error: &mut ServerError, caller: &Caller) {
    let code = code(error);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    extensions.set("requestId", caller.request_id.clone());
}
