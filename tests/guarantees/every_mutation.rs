//! What every mutation of the schema owes its caller (api.md, Mutations): a reason that reaches the log, an expected version, a dry run
//! that shows and leaves nothing, an idempotency key that repeats the answer and not the deed, and doing it twice is doing it once.
//! The list is the schema's own: a new mutation without a scene in `scenes` stops the test by its name. `every_mutation/statements.txt` holds
//! how many statements each of them takes: what makes one dearer shows there.

mod scenes;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::links_repeat;
use super::served::{Served, shape};
use crate::support::App;
use crate::support::change::trace;
use scenes::{Again, Scene};

const STATEMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guarantees/every_mutation/statements.txt");

/// One mutation as its scene plays it.
struct Play<'a> {
    app: &'a App,
    served: &'a Served,
    name: String,
    scene: Scene,
}

impl Play<'_> {
    /// The request that plays the scene with these arguments more.
    fn request(&self, more: &Value) -> Value {
        let field = self.served.field("Mutation", &self.name);
        let mut arguments = self.scene.arguments.clone();
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (declared, passed) = self.served.call(field, &arguments);
        let payload = shape(&field.ty.node).name;
        let told = ["changes", "position", "userErrors"];
        let objects =
            self.served.fields(&payload).into_iter().filter(|of| !self.served.is_leaf(&shape(&of.ty.node).name));
        let mut objects = objects.map(|field| field.name.node.to_string());
        let object = objects.find(|name| !told.contains(&name.as_str())).unwrap();
        let query = format!(
            "mutation {declared} {{ it: {}{passed} {{ {object} {{ __typename }} position changes {{ type position }} userErrors {{ code field message currentVersion }} }} }}",
            self.name
        );
        json!({ "query": query, "variables": arguments })
    }

    async fn send(&self, body: &Value, key: Option<&str>) -> String {
        let url = format!("{}/graphql", self.app.url());
        let token = self.app.token(&self.scene.who);
        let mut request =
            self.app.client().post(url).json(body).bearer_auth(token).header("x-request-id", "the-request");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn play(&self, more: Value, key: Option<&str>) -> (Value, String) {
        let text = self.send(&self.request(&more), key).await;
        let body: Value = serde_json::from_str(&text).unwrap();
        assert!(body.get("errors").is_none(), "{} {more}: {body:#}", self.name);
        (body["data"]["it"].clone(), text)
    }

    /// How many statements it takes, its payload included: rehearsed, which does all that is done but for the end. `None` for what cannot be
    /// rehearsed.
    async fn statements(&self) -> Option<u64> {
        let mut body = self.request(&json!({ "dryRun": true }));
        body["extensions"] = json!({ "cost": true });
        let answer: Value = serde_json::from_str(&self.send(&body, None).await).unwrap();
        let is_done = answer["data"]["it"]["userErrors"] == json!([]);
        is_done.then(|| answer["extensions"]["cost"]["statements"].as_u64().unwrap())
    }

    /// Everything that is written anywhere, as one text.
    async fn trace(&self) -> String {
        trace(&mut PgConnection::connect_with(&self.app.owner()).await.unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mutation_can_be_explained_expected_rehearsed_and_repeated() {
    let app = App::demo().await;
    let served = Served::now();
    let mut statements = String::from(
        "# Statements of each mutation, its payload included (every_mutation.rs); LIAISON_BLESS=1 writes it anew.\n",
    );
    for field in served.fields("Mutation") {
        let name = field.name.node.to_string();
        // An import's end is nothing that happened to the directory: `stories/imports` plays these.
        let is_operational = ["contactImportCancel", "contactImportResume"].contains(&name.as_str());
        for (argument, of) in [("reason", "String"), ("expectedVersion", "Int"), ("dryRun", "Boolean")] {
            let found = field.arguments.iter().find(|one| one.node.name.node == argument);
            let ty = found.unwrap_or_else(|| panic!("{name} takes no {argument}")).node.ty.node.to_string();
            // Why two are said to be two is what is said.
            let is_needed = (name.as_str(), argument) == ("contactDuplicateDismiss", "reason");
            assert_eq!(ty, if is_needed { format!("{of}!") } else { of.to_owned() }, "{name}({argument}:)");
        }
        let payload = shape(&field.ty.node).name;
        assert_eq!(payload.to_lowercase(), format!("{name}Payload").to_lowercase());
        if is_operational {
            continue;
        }
        let play = Play { app: &app, served: &served, scene: scenes::scene(&app, &name).await, name };
        match play.statements().await {
            Some(number) => statements.push_str(&format!("{number:>2}  {}\n", play.name)),
            None => assert!(play.name.ends_with("VerificationConfirm"), "{} cannot be rehearsed", play.name),
        }
        one(&play).await;
    }
    if std::env::var_os("LIAISON_BLESS").is_some() {
        std::fs::write(STATEMENTS, &statements).unwrap();
    }
    let known = std::fs::read_to_string(STATEMENTS).unwrap_or_default();
    assert_eq!(statements, known, "read what changed, then LIAISON_BLESS=1");
    links_repeat::nothing_is_out_of_date(&app).await;
}

async fn one(play: &Play<'_>) {
    let name = &play.name;
    let before = play.trace().await;

    // Rehearsed: it shows what would be, and nothing is written, key or not.
    for key in [None, Some("rehearsed")] {
        let (shown, _) = play.play(json!({ "dryRun": true }), key).await;
        if name.ends_with("VerificationConfirm") {
            // A code that could be tried without counting could be found out.
            assert_eq!(shown["userErrors"][0]["code"], "INVALID", "{name} rehearsed");
            assert_eq!(play.trace().await, before, "{name} rehearsed left a trace");
            continue;
        }
        assert_eq!(shown["userErrors"], json!([]), "{name} rehearsed");
        assert_eq!(shown["position"], Value::Null, "{name} rehearsed has no place in the log");
        assert!(shown.as_object().unwrap().values().any(Value::is_object), "{name} rehearsed shows its object");
        let changes = shown["changes"].as_array().unwrap();
        assert!(!changes.is_empty(), "{name} rehearsed tells what would be");
        assert!(changes.iter().all(|change| change["position"].is_null()), "{name} rehearsed: {changes:?}");
        assert_eq!(play.trace().await, before, "{name} rehearsed left a trace");
    }

    // Expected: another version is a conflict that carries the current one.
    let (conflict, _) = play.play(json!({ "expectedVersion": 4711 }), None).await;
    assert_eq!(conflict["userErrors"][0]["code"], "VERSION_CONFLICT", "{name}: {conflict}");
    let current = conflict["userErrors"][0]["currentVersion"].as_i64().unwrap_or_else(|| panic!("{name}: {conflict}"));
    assert_eq!(play.trace().await, before, "{name} refused left a trace");

    // Done, with the version that it has, a reason and a key.
    let key = format!("key-of-{name}");
    let meant = json!({ "expectedVersion": current, "reason": format!("the scene of {name}") });
    let (done, answer) = play.play(meant.clone(), Some(&key)).await;
    assert_eq!(done["userErrors"], json!([]), "{name}");
    assert!(done["position"].is_string(), "{name} was done: {done}");
    let last = done["changes"].as_array().unwrap().last().unwrap();
    assert_eq!(last["position"], done["position"], "{name} tells what it wrote");
    let written = play.trace().await;
    assert_ne!(written, before, "{name} was done");
    let told =
        play.app.behind("SELECT metadata FROM domain_events ORDER BY epoch DESC, xid DESC, seq DESC LIMIT 1").await;
    let who = &play.scene.who;
    assert_eq!(
        told[0]["metadata"],
        json!({
            "actor": who.subject, "organization_id": who.organization_id, "reason": format!("the scene of {name}"),
            "correlation_id": "the-request", "request_id": "the-request", "idempotency_key": key,
        }),
        "{name}"
    );

    // Repeated: the same key and body get the same answer to the byte, the same key with another body gets none.
    assert_eq!(play.send(&play.request(&meant), Some(&key)).await, answer, "{name} repeated");
    let (other, _) = play.play(json!({ "reason": "another" }), Some(&key)).await;
    assert_eq!(other["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED", "{name}: {other}");
    assert_eq!(play.trace().await, written, "{name} repeated left a trace");

    // Again, without a key: it is so already.
    let (again, _) = play.play(json!({}), None).await;
    match play.scene.again {
        Again::Same => {
            assert_eq!(again["userErrors"], json!([]), "{name} again");
            assert_eq!(again["position"], Value::Null, "{name} again was so already");
            assert_eq!(again["changes"], json!([]), "{name} again was so already");
        }
        Again::Refused(code) => assert_eq!(again["userErrors"][0]["code"], code, "{name} again: {again}"),
    }
    assert_eq!(play.trace().await, written, "{name} again left a trace");
}
