//! Reading everything as somebody: each query field, each node by its id, each field of each node. It knows no rule.

use std::collections::BTreeSet;

use async_graphql::parser::types::{FieldDefinition, TypeKind};
use serde_json::{Value, json};
use uuid::Uuid;

use super::oracle::{Everything, pair};
use super::scene::Seat;
use crate::guarantees::served::{Noun, Served, shape};
use crate::support::{Answer, App};

/// What somebody saw.
#[derive(Default)]
pub struct Seen {
    /// The column of the matrix: what was asked, and how much came.
    pub rows: Vec<(String, String)>,
    /// The nodes that came by their ids.
    pub nodes: BTreeSet<(String, Uuid)>,
    /// Every id in any answer.
    pub ids: BTreeSet<Uuid>,
    /// The entries of the log, each as often as it was read.
    pub entries: Vec<Value>,
    /// Those that following it from its beginning gave.
    pub followed: BTreeSet<Uuid>,
    /// Which two nodes a list connects.
    pub listed: BTreeSet<(Uuid, Uuid)>,
    /// Which two nodes a field that is no list connects.
    pub single: BTreeSet<(Uuid, Uuid)>,
}

/// More rows than the scene has of anything, and as many as a page may have.
const PAGE: usize = 200;

struct Eyes<'a> {
    app: &'a App,
    token: Option<String>,
    everything: &'a Everything,
    served: Served,
    seen: Seen,
}

/// The query that leaves a trace.
const LOOK_UP: &str = "contactFindToLink";

/// The query that lays several contacts side by side.
const SIDE_BY_SIDE: &str = "contactComparison";

/// Reads everything.
pub async fn read(app: &App, seat: &Seat, everything: &Everything) -> Seen {
    let mut eyes = Eyes { app, token: seat.token(app), everything, served: Served::now(), seen: Seen::default() };
    let served = Served::now();
    // A look-up stands in the log, which is read after it.
    let (look_up, others): (Vec<_>, Vec<_>) =
        served.fields("Query").into_iter().partition(|field| field.name.node == LOOK_UP);
    for field in look_up.into_iter().chain(others) {
        eyes.query(field).await;
    }
    for kind in served.nodes() {
        eyes.node(kind).await;
    }
    eyes.seen
}

/// The number of values, or the code of the refusal.
fn cell(counted: Result<usize, String>) -> String {
    counted.map_or_else(|code| code, |number| number.to_string())
}

impl Eyes<'_> {
    /// Asks, notes every id of the answer, and gives the data or the code of the refusal.
    async fn ask(&mut self, query: &str, variables: Value) -> Result<Value, String> {
        let body = json!({ "query": query, "variables": variables });
        let answer = self.app.send(self.token.as_deref(), &body).await;
        note_ids(&answer.body, &mut self.seen.ids);
        note_entries(&answer.body, &mut self.seen.entries);
        if let Some(errors) = answer.body.get("errors") {
            for path in errors.as_array().unwrap().iter().filter_map(|error| error["path"].as_array()) {
                assert!(is_empty(at_path(&answer.body["data"], path)), "an error and data: {:#}", answer.body);
            }
            return Err(Answer::code(&answer).to_owned());
        }
        Ok(answer.body["data"].clone())
    }

    fn row(&mut self, name: String, cell: String) {
        self.seen.rows.push((name, cell));
    }

    async fn query(&mut self, field: &FieldDefinition) {
        let name = field.name.node.as_str();
        let gives = shape(&field.ty.node);
        match gives.name.as_str() {
            "ChangePage" => return self.follow(name).await,
            "ChangeConnection" => return self.histories(name).await,
            _ => {}
        }
        let by_id = self.served.slots(field).into_iter().find(|slot| slot.path.len() == 1 && name != SIDE_BY_SIDE);
        if let Some(slot) = by_id {
            let kinds: Vec<String> = match slot.noun {
                Noun::Any => self.everything.ids.keys().cloned().collect(),
                _ => vec![gives.name.clone()],
            };
            let argument = slot.path[0].clone();
            let is_list = gives.is_list;
            for kind in kinds {
                let found = self.by_ids(name, &argument, is_list, &kind).await;
                let found = found.map(|nodes| {
                    let nodes: BTreeSet<_> = nodes.into_iter().map(|id| (kind.clone(), id)).collect();
                    let count = nodes.len();
                    self.seen.nodes.extend(nodes);
                    count
                });
                self.row(format!("Query.{name}({argument}) {kind}"), cell(found));
            }
            if field.arguments.iter().any(|argument| argument.node.name.node == "subdomain") {
                let found = self.by_subdomain(name).await;
                self.row(format!("Query.{name}(subdomain)"), cell(found));
            }
            return;
        }
        if name != SIDE_BY_SIDE {
            self.assert_known_arguments("Query", field);
        }
        let selection = self.served.selection(&gives.name);
        // Whom one looks up exactly one finds, in sight or not.
        let passed = match name {
            LOOK_UP => "(email: \"john.doe@consultant.com\")".to_owned(),
            SIDE_BY_SIDE => format!("(ids: {})", json!(self.everything.ids["Contact"][..3])),
            _ => paging(field),
        };
        let query = format!("{{ {name}{passed}{selection} }}");
        let answer = self.ask(&query, json!({})).await;
        if gives.name.ends_with("Connection") {
            let counted = answer.map(|data| connection(&data[name]).len());
            self.row(format!("Query.{name}"), cell(counted));
        } else {
            // An object of no kind of its own: each of its fields.
            let answer = answer.map(|data| data[name].clone());
            for inner in
                self.served.fields(&gives.name).into_iter().map(|field| field.name.node.to_string()).collect::<Vec<_>>()
            {
                let told = answer.as_ref().map(|object| amount(&[object[&inner].clone()])).map_err(Clone::clone);
                self.row(format!("Query.{name}.{inner}"), told.unwrap_or_else(|code| code));
            }
        }
    }

    /// Arguments that may be left out are known by type; a new kind of argument stops here until the table knows it.
    fn assert_known_arguments(&self, on: &str, field: &FieldDefinition) {
        let _ids = self.served.slots(field);
        for argument in field.arguments.iter().map(|argument| &argument.node) {
            if matches!(shape(&argument.ty.node).name.as_str(), "EmailAddress" | "PhoneNumber") {
                continue;
            }
            let of = shape(&argument.ty.node);
            let is_enum =
                !self.served.is_leaf(&of.name) || matches!(of.name.as_str(), "Int" | "Boolean" | "String" | "Date");
            let may_be_left_out = !of.is_required || argument.default_value.is_some();
            assert!(
                (is_enum && may_be_left_out) || matches!(self.kind_of(&of.name), Some(TypeKind::Enum(_))),
                "the matrix does not know what to pass as {on}.{}({}: {})",
                field.name.node,
                argument.name.node,
                of.name
            );
        }
    }

    fn kind_of(&self, name: &str) -> Option<&TypeKind> {
        self.served.types().find(|of| of.name.node == name).map(|of| &of.kind)
    }

    /// The whole log, page by page: how many entries, and how much is told of them.
    async fn follow(&mut self, name: &str) {
        let selection = self.served.selection("Change");
        let mut entries = Vec::new();
        let mut refused = None;
        let mut after = Value::Null;
        loop {
            let query = format!(
                "query ($after: String) {{ {name}(first: {PAGE}, after: $after) {{ nodes{selection} endPosition hasNextPage isCaughtUp }} }}"
            );
            match self.ask(&query, json!({ "after": after })).await {
                Err(code) => break refused = Some(code),
                Ok(mut data) => {
                    let page = data[name].take();
                    entries.extend(page["nodes"].as_array().unwrap().clone());
                    after = page["endPosition"].clone();
                    if page["isCaughtUp"] == json!(true) {
                        break;
                    }
                    // Transactions of other tests hold the horizon back for a while.
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
            }
        }
        let told = |counted: usize| refused.clone().unwrap_or_else(|| counted.to_string());
        let events = entries.iter().filter(|entry| !entry["version"].is_null());
        self.seen.followed = events.map(|entry| entry["entry"].as_str().unwrap().parse().unwrap()).collect();
        self.row(format!("Query.{name}"), told(entries.len()));
        let fields: Vec<String> = self
            .served
            .fields("Change")
            .iter()
            .filter(|field| {
                let gives = shape(&field.ty.node);
                gives.is_list || !gives.is_required
            })
            .map(|field| field.name.node.to_string())
            .collect();
        for field in fields {
            let values: usize = entries.iter().map(|entry| values(&entry[&field])).sum();
            self.row(format!("Query.{name} {field}"), told(values));
        }
    }

    /// The histories of everything, seen or not, by id.
    async fn histories(&mut self, name: &str) {
        let kinds: Vec<String> = self.everything.ids.keys().cloned().collect();
        for kind in kinds {
            let mut counted = Ok(0);
            for chunk in self.everything.ids[&kind].chunks(10) {
                let one = |(at, id): (usize, &Uuid)| {
                    format!("a{at}: {name}(id: \"{id}\", first: {PAGE}) {{ totalCount nodes {{ entry: id }} }} ")
                };
                let query = format!("{{ {} }}", chunk.iter().enumerate().map(one).collect::<String>());
                match self.ask(&query, json!({})).await {
                    Ok(data) => {
                        for history in data.as_object().unwrap().values().filter(|history| !history.is_null()) {
                            let nodes = history["nodes"].as_array().unwrap().len();
                            assert!(nodes < PAGE && history["totalCount"] == json!(nodes), "{history:#}");
                            counted = counted.map(|counted| counted + nodes);
                        }
                    }
                    Err(code) => counted = Err(code),
                }
            }
            self.row(format!("Query.{name}(id) {kind}"), cell(counted));
        }
    }

    /// Every id of a kind through a field that takes one or many.
    async fn by_ids(&mut self, field: &str, argument: &str, is_list: bool, kind: &str) -> Result<Vec<Uuid>, String> {
        let mut found = Vec::new();
        // Of what is no node, an import, the scene has none.
        let ids = self.everything.ids.get(kind).map_or(&[][..], Vec::as_slice);
        for chunk in ids.chunks(50) {
            let query = if is_list {
                format!(
                    "{{ a: {field}({argument}: {}) {{ __typename ... on {kind} {{ id version }} }} }}",
                    json!(chunk)
                )
            } else {
                let one = |(at, id): (usize, &Uuid)| {
                    format!("a{at}: {field}({argument}: \"{id}\") {{ __typename ... on {kind} {{ id version }} }} ")
                };
                format!("{{ {} }}", chunk.iter().enumerate().map(one).collect::<String>())
            };
            let data = self.ask(&query, json!({})).await?;
            let answers: Vec<&Value> = match is_list {
                true => data["a"].as_array().unwrap().iter().collect(),
                false => (0..chunk.len()).map(|at| &data[format!("a{at}")]).collect(),
            };
            assert_eq!(answers.len(), chunk.len());
            for (id, node) in chunk.iter().zip(answers).filter(|(_, node)| !node.is_null()) {
                assert_eq!(
                    (node["id"].as_str(), node["__typename"].as_str()),
                    (Some(id.to_string().as_str()), Some(kind))
                );
                found.push(*id);
            }
        }
        Ok(found)
    }

    async fn by_subdomain(&mut self, field: &str) -> Result<usize, String> {
        let one = |(at, name): (usize, &String)| format!("a{at}: {field}(subdomain: \"{name}\") {{ id }} ");
        assert!(self.everything.subdomains.len() <= 50, "more organizations than one request may ask for");
        let query = format!("{{ {} }}", self.everything.subdomains.iter().enumerate().map(one).collect::<String>());
        let data = self.ask(&query, json!({})).await?;
        Ok(data.as_object().unwrap().values().filter(|organization| !organization.is_null()).count())
    }

    /// Every field of every node of a kind, over all of them, seen or not.
    async fn node(&mut self, kind: &str) {
        let fields: Vec<FieldDefinition> = self.served.fields(kind).into_iter().cloned().collect();
        for field in &fields {
            self.assert_known_arguments(kind, field);
            let name = field.name.node.to_string();
            let gives = shape(&field.ty.node);
            let counted = self.field(kind, field).await;
            let values = counted.as_ref().map(|all| all.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>());
            if !gives.name.ends_with("Connection") {
                let told = values.map(|all| amount(&all)).map_err(Clone::clone);
                self.row(format!("{kind}.{name}"), told.unwrap_or_else(|code| code));
                continue;
            }
            let edges: Result<Vec<Value>, String> =
                values.map(|all| all.iter().flat_map(connection).collect()).map_err(Clone::clone);
            self.row(format!("{kind}.{name}"), cell(edges.as_ref().map(Vec::len).map_err(Clone::clone)));
            // What a link knows may be for some only.
            let edge = gives.name.replace("Connection", "Edge");
            for known in self.served.fields(&edge).into_iter().cloned().collect::<Vec<_>>() {
                if shape(&known.ty.node).is_required {
                    continue;
                }
                let known = known.name.node.to_string();
                let told = edges.as_ref().map(|edges| edges.iter().filter(|edge| !edge[&known].is_null()).count());
                self.row(format!("{kind}.{name} edge.{known}"), cell(told.map_err(Clone::clone)));
            }
        }
    }

    /// One field of all nodes of a kind: parent and value of each that is seen.
    async fn field(&mut self, kind: &str, field: &FieldDefinition) -> Result<Vec<(Uuid, Value)>, String> {
        let name = field.name.node.as_str();
        let gives = shape(&field.ty.node);
        let selection = self.served.selection(&gives.name);
        // A required argument is an enum: each of its values.
        let required = field.arguments.iter().map(|one| &one.node).find(|one| shape(&one.ty.node).is_required);
        let calls: Vec<String> = match required {
            None => vec![format!("v: {name}{}{selection}", paging(field))],
            Some(one) => {
                let call = |value: String| format!("v{value}: {name}({}: {value}){selection}", one.name.node);
                self.served.values(&shape(&one.ty.node).name).into_iter().map(call).collect()
            }
        };
        let mut found = Vec::new();
        // An entry of the log is large, and so is what a search matched; a page of a hundred such lists would be too much at once.
        let most = if ["ChangeConnection", "OrganizationConnection", "ContactDuplicateConnection"]
            .contains(&gives.name.as_str())
        {
            5
        } else {
            100
        };
        let chunks: Vec<Vec<Uuid>> = self.everything.ids[kind].chunks(most).map(<[Uuid]>::to_vec).collect();
        for chunk in chunks {
            let query = format!(
                "query ($ids: [UUID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ parent: id {} }} }} }}",
                calls.join(" ")
            );
            let data = self.ask(&query, json!({ "ids": chunk })).await?;
            for node in data["nodes"].as_array().unwrap().iter().filter(|node| !node.is_null()) {
                let parent: Uuid = node["parent"].as_str().unwrap().parse().unwrap();
                let values = node.as_object().unwrap().iter().filter(|(key, _)| key.starts_with('v'));
                for (_, value) in values {
                    self.connect(parent, &gives.name, value);
                    found.push((parent, value.clone()));
                }
            }
        }
        Ok(found)
    }

    fn connect(&mut self, parent: Uuid, gives: &str, value: &Value) {
        let id = |node: &Value| -> Uuid { node["id"].as_str().unwrap().parse().unwrap() };
        if gives == "ChangeConnection" || gives == "ContactDuplicateConnection" {
            // What entries lead to stands in `entries`; who is like whom no link says, and who is told is in sight like every id.
        } else if gives.ends_with("Connection") {
            self.seen.listed.extend(connection(value).iter().map(|edge| pair(parent, id(&edge["node"]))));
        } else if self.served.is_node(gives) && !value.is_null() {
            self.seen.single.insert(pair(parent, id(value)));
        }
    }
}

fn paging(field: &FieldDefinition) -> String {
    let pages = field.arguments.iter().any(|argument| argument.node.name.node == "first");
    if pages { format!("(first: {PAGE})") } else { String::new() }
}

/// The edges of a connection whose page is its whole list, after a look at its other ways to say the same.
fn connection(value: &Value) -> Vec<Value> {
    let edges = value["edges"].as_array().unwrap_or_else(|| panic!("no edges in {value}")).clone();
    assert!(edges.len() < PAGE, "the scene is too large for one page");
    assert_eq!(value["totalCount"], json!(edges.len()), "the count tells of rows that are not there");
    let nodes: Vec<Value> = edges.iter().map(|edge| edge["node"].clone()).collect();
    assert_eq!(value["nodes"], json!(nodes));
    assert_eq!(value["pageInfo"]["hasNextPage"], json!(false));
    assert_eq!(value["pageInfo"]["hasPreviousPage"], json!(false));
    edges
}

/// How many values there are, and what they say where a number or a yes could tell of rows that are not to be seen.
fn amount(all: &[Value]) -> String {
    let number: usize = all.iter().map(values).sum();
    let sum: i64 = all.iter().filter_map(Value::as_i64).sum();
    let yes = all.iter().filter(|value| **value == json!(true)).count();
    match all.iter().find(|value| !value.is_null()) {
        Some(Value::Number(_)) => format!("{number} sum {sum}"),
        Some(Value::Bool(_)) => format!("{number} yes {yes}"),
        _ => number.to_string(),
    }
}

/// How many values there are: null is none, a list has as many as it has.
fn values(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Array(all) => all.len(),
        _ => 1,
    }
}

fn is_empty(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Array(all) => all.iter().all(is_empty),
        _ => false,
    }
}

fn at_path<'a>(data: &'a Value, path: &[Value]) -> &'a Value {
    path.iter().fold(data, |value, step| match step {
        Value::String(name) => &value[name.as_str()],
        step => &value[step.as_u64().unwrap() as usize],
    })
}

/// Every entry of the log, wherever it stands.
fn note_entries(value: &Value, entries: &mut Vec<Value>) {
    match value {
        Value::Object(fields) if fields.contains_key("entry") => entries.push(value.clone()),
        Value::Object(fields) => fields.values().for_each(|value| note_entries(value, entries)),
        Value::Array(all) => all.iter().for_each(|value| note_entries(value, entries)),
        _ => {}
    }
}

/// Every value under a key that is an id.
fn note_ids(value: &Value, ids: &mut BTreeSet<Uuid>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if (key == "id" || key == "parent")
                    && let Some(id) = value.as_str().and_then(|id| id.parse().ok())
                {
                    ids.insert(id);
                }
                note_ids(value, ids);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| note_ids(value, ids)),
        _ => {}
    }
}
