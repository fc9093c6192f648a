//! Phones, email addresses and postal addresses through their lives: corrected once for everybody (US-6), taken off and hung on again,
//! made primary, deleted while nobody else needs them, and told to leave a number alone.

mod corrected;
mod deleted;
mod held;
mod linked;
mod opted_out;
mod together;

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::change::Refused;
use crate::support::{Answer, App, Who};

/// The administrator of a provider.
fn admin_of(subdomain: &str) -> Who {
    Who { name: "a provider's admin", organization_id: ids::organization(subdomain), ..Who::stranger() }
}

/// The name of a mutation that is written as a call.
fn name(call: &str) -> &str {
    call.split('(').next().unwrap().trim()
}

/// Sends one mutation, written as its field with arguments, and selects this of its payload.
async fn send(app: &App, who: &Who, call: &str, select: &str) -> Answer {
    app.ask(who, &format!("mutation {{ {call} {{ {select} position userErrors {{ code field message }} }} }}")).await
}

/// A mutation that has to be done, or be so already; its payload.
async fn done(app: &App, who: &Who, call: &str, select: &str) -> Value {
    send(app, who, call, select).await.done(name(call)).clone()
}

/// A mutation that changes something: exactly so many events.
async fn written(app: &App, who: &Who, events: i64, call: &str, select: &str) -> Value {
    let before = app.events().await;
    let payload = done(app, who, call, select).await;
    assert!(payload["position"].is_string(), "{call} changed something");
    assert_eq!(app.events().await, before + events, "{call}");
    payload
}

/// A mutation after which all is as it was: no event, no error.
async fn same(app: &App, who: &Who, call: &str) {
    let before = app.events().await;
    let payload = done(app, who, call, "").await;
    assert_eq!(payload["position"], Value::Null, "{call} was so already");
    assert_eq!(app.events().await, before, "{call}");
}

/// What a mutation is refused for; it leaves no event.
async fn refused(app: &App, who: &Who, call: &str) -> Refused {
    let before = app.events().await;
    let mut refusals = send(app, who, call, "").await.refusals(name(call));
    assert_eq!(app.events().await, before, "a refused {call} leaves no event");
    assert_eq!(refusals.len(), 1, "{refusals:#?}");
    refusals.remove(0)
}

/// Whether a refusal has this code and field, and says this.
fn is(refused: &Refused, code: &str, field: &str, says: &str) -> bool {
    refused.code == code && refused.field == field && refused.message.contains(says)
}

/// Makes something; its id.
async fn make(app: &App, who: &Who, call: &str) -> Uuid {
    let noun = name(call).trim_end_matches("Create");
    let payload = done(app, who, call, &format!("{noun} {{ id }}")).await;
    payload[noun]["id"].as_str().unwrap().parse().unwrap()
}

/// A node as somebody sees it; null when they do not.
async fn node(app: &App, who: &Who, id: Uuid, select: &str) -> Value {
    let query = format!("query ($id: UUID!) {{ node(id: $id) {{ {select} }} }}");
    app.ask_with(who, &query, json!({ "id": id })).await.at("/node").clone()
}

/// The newest event of a type: its data.
async fn newest(app: &App, event_type: &str) -> Value {
    let sql = format!(
        "SELECT data FROM domain_events WHERE event_type = '{event_type}' ORDER BY epoch DESC, xid DESC, seq DESC LIMIT 1"
    );
    app.behind(&sql).await[0]["data"].clone()
}

/// The tables are what the log says.
async fn proved(app: &App) {
    let verdict = Steward::open(app.owner()).await.unwrap().verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
}
