//! One golden sample of every type of event that the program writes, in `events/`: its facts are a contract with every log that is kept
//! somewhere. Each type is made to happen through the API and compared; `LIAISON_BLESS=1` writes the samples anew, and keeps a former
//! one beside it when its facts had another shape, since a log that holds it must stay readable.
//!
//! A new type of event: put it into `liaison_domain::event::CATALOGUE`, add a scene to `golden_events/scenes.rs`, bless, read what was written.

mod scenes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use liaison_domain::event::CATALOGUE;
use liaison_domain::replay::Steward;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use self::scenes::{NAMES, id, of, play};
use crate::support::{App, Who};

/// An event as a sample shows it, and which one it was.
struct Sample {
    event_id: Uuid,
    shown: Value,
}

/// What ids are called in samples: ours by their names, links and other things by the event that made them.
struct Names(BTreeMap<String, String>);

impl Names {
    fn normalise(&self, value: &Value) -> Value {
        each_text(value, &|text| match self.0.get(text) {
            Some(name) => name.clone(),
            None if text.len() >= 20 && chrono::DateTime::parse_from_rfc3339(text).is_ok() => TIME.to_owned(),
            None => text.to_owned(),
        })
    }

    fn restore(&self, value: &Value) -> Value {
        let ids: BTreeMap<&str, &str> = self.0.iter().map(|(id, name)| (name.as_str(), id.as_str())).collect();
        each_text(value, &|text| match ids.get(text) {
            Some(id) => (*id).to_owned(),
            None if text == TIME => "2026-01-01T00:00:00Z".to_owned(),
            None => text.to_owned(),
        })
    }
}

const TIME: &str = "<a time>";

fn each_text(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(all) => all.iter().map(|value| each_text(value, change)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), each_text(value, change))).collect(),
        other => other.clone(),
    }
}

/// The first event of each type, normalised.
async fn samples(owner: &mut PgConnection) -> (BTreeMap<String, Sample>, Names) {
    let rows: Vec<(Uuid, String, Uuid, i32, String, Value, Value)> = sqlx::query_as(
        "SELECT id, stream_type, stream_id, stream_version, event_type, data, metadata FROM domain_events ORDER BY epoch, xid, seq",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let mut names: BTreeMap<String, String> =
        NAMES.iter().map(|name| (id(name).to_string(), format!("<{name}>"))).collect();
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, stream_id, _, event_type, data, _) in &rows {
        let number = made.entry(event_type).or_default();
        *number += 1;
        names.entry(stream_id.to_string()).or_insert_with(|| format!("<{event_type} {number}>"));
        if let Some(merge) = data["merge_id"].as_str() {
            names.entry(merge.to_owned()).or_insert_with(|| format!("<a merge {number}>"));
        }
    }
    let names = Names(names);
    let mut samples = BTreeMap::new();
    for (event_id, stream_type, stream_id, version, event_type, mut data, mut metadata) in rows {
        // Made with the installation's own key.
        if let Some(mac) = data.get_mut("code_mac") {
            *mac = json!("<a code>");
        }
        if let Some(mark) = data.get_mut("mark") {
            *mark = json!("<a mark>");
        }
        // What the rules make of two persons changes with the rules; the shape of it does not.
        if event_type == "contact.duplicate.dismissed" {
            for (fact, value) in [("score", json!(0.5)), ("rule_set_version", json!(1)), ("fingerprint", json!(1))] {
                data[fact] = value;
            }
            data["seen_fingerprint"] = json!(1);
            data["evidence"].as_array_mut().unwrap().truncate(1);
            data["evidence"][0]["weight"] = json!(-3.0);
        }
        for request in ["request_id", "correlation_id"] {
            if let Some(value) = metadata.get_mut(request) {
                *value = json!("<a request>");
            }
        }
        let shown = json!({
            "type": event_type, "stream": stream_type, "stream_id": stream_id, "stream_version": version, "data": data, "metadata": metadata,
        });
        let sample = || Sample { event_id, shown: names.normalise(&shown) };
        samples.entry(event_type).or_insert_with(sample);
    }
    (samples, names)
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/guarantees/events"))
}

/// The committed samples: by type, the current one first and then those of former shapes.
fn committed() -> BTreeMap<String, Vec<(String, Value)>> {
    let mut found: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let sample: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        found.entry(sample["type"].as_str().unwrap().to_owned()).or_default().push((name, sample));
    }
    found
}

/// The names of the facts and what kind of value each has: a sample of another shape is another contract.
fn shape(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| shape(value).into_iter().map(move |below| format!("{name}.{below}")))
            .collect(),
        Value::Null => BTreeSet::new(),
        Value::Bool(_) => BTreeSet::from(["truth".to_owned()]),
        Value::Number(_) => BTreeSet::from(["number".to_owned()]),
        Value::String(_) => BTreeSet::from(["text".to_owned()]),
        Value::Array(all) => all.iter().flat_map(shape).map(|below| format!("[{below}]")).collect(),
    }
}

fn bless(samples: &BTreeMap<String, Sample>) {
    let before = committed();
    for (event_type, sample) in samples {
        let current = folder().join(format!("{event_type}.json"));
        let former = before.get(event_type).map(Vec::as_slice).unwrap_or_default();
        let replaced = former.iter().find(|(name, _)| *name == format!("{event_type}.json"));
        if let Some((_, replaced)) = replaced
            && shape(&replaced["data"]) != shape(&sample.shown["data"])
        {
            std::fs::rename(&current, folder().join(format!("{event_type}.former-{}.json", former.len()))).unwrap();
        }
        std::fs::write(current, format!("{:#}\n", sample.shown)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_type_of_event_that_can_be_written_has_a_sample_and_is_written_like_it() {
    let app = App::empty().await;
    play(&app).await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let (samples, _) = samples(&mut owner).await;
    let missing: Vec<_> = CATALOGUE.iter().filter(|name| !samples.contains_key(**name)).collect();
    assert!(missing.is_empty(), "these never happen here: add scenes to golden_events/scenes.rs for {missing:?}");
    let unknown: Vec<_> = samples.keys().filter(|name| !CATALOGUE.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "the catalogue of events does not know {unknown:?}");
    if std::env::var_os("LIAISON_BLESS").is_some() {
        bless(&samples);
    }
    let committed = committed();
    for (event_type, sample) in &samples {
        let name = format!("{event_type}.json");
        let golden = committed.get(event_type).and_then(|all| all.iter().find(|(file, _)| *file == name));
        let Some((_, golden)) = golden else { panic!("{event_type} has no sample: LIAISON_BLESS=1, and read it") };
        assert!(
            *golden == sample.shown,
            "{event_type} is not written as its sample says; if that is meant, LIAISON_BLESS=1:\n{golden:#}\n{:#}",
            sample.shown
        );
    }
    // A sample whose type is not written any more stays, for the logs that hold it.
    for (event_type, files) in &committed {
        let is_written = samples.contains_key(event_type);
        let has_current = files.iter().any(|(file, _)| *file == format!("{event_type}.json"));
        assert!(
            is_written || !has_current,
            "{event_type} is not written any more: rename its sample to .former-1.json"
        );
    }
}

/// A log from before: each sample, current or former, stands in a log in place of the event of its type, and the log is replayed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sample_ever_committed_can_still_be_read_and_applied() {
    let app = App::empty().await;
    play(&app).await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let (samples, names) = samples(&mut owner).await;
    let steward = Steward::open(app.owner()).await.unwrap();
    owner.execute("ALTER TABLE domain_events DISABLE TRIGGER domain_events_are_append_only").await.unwrap();
    let mut replayed = 0;
    for (event_type, files) in committed() {
        let Some(written) = samples.get(&event_type) else { continue };
        let put = async |owner: &mut PgConnection, data: &Value| {
            let change = sqlx::query("UPDATE domain_events SET data = $2 WHERE id = $1");
            change.bind(written.event_id).bind(data).execute(owner).await.unwrap();
        };
        let original: Value = sqlx::query_scalar("SELECT data FROM domain_events WHERE id = $1")
            .bind(written.event_id)
            .fetch_one(&mut owner)
            .await
            .unwrap();
        for (file, sample) in files {
            put(&mut owner, &names.restore(&sample["data"])).await;
            let read = steward.verify().await;
            assert!(read.is_ok(), "{file} can no longer be read: {read:?}");
            replayed += 1;
        }
        put(&mut owner, &original).await;
    }
    assert!(replayed >= CATALOGUE.len(), "{replayed} samples were replayed");
}

/// Whatever a change tells under a name, clients find under that name: on the thing, on the edge of the link, or in what they send.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_of_every_change_has_the_name_that_the_api_gives_it() {
    use async_graphql::parser::types::TypeKind;

    use super::served::Served;
    let app = App::empty().await;
    play(&app).await;
    let served = Served::now();
    let mut known = BTreeSet::new();
    for of in served.types() {
        match &of.kind {
            TypeKind::Object(object) => {
                known.extend(object.fields.iter().map(|field| field.node.name.node.to_string()))
            }
            TypeKind::InputObject(object) => {
                known.extend(object.fields.iter().map(|field| field.node.name.node.to_string()));
            }
            _ => {}
        }
    }
    let ada = of("Platform", Who::super_admin());
    let mut after = Value::Null;
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    loop {
        let query = "query ($after: String) { changes(first: 200, after: $after) { endPosition isCaughtUp nodes { type fields { name old new } } } }";
        let answer = app.ask_with(&ada, query, json!({ "after": after })).await;
        for change in answer.list("/changes/nodes") {
            let of = told.entry(change["type"].as_str().unwrap().to_owned()).or_default();
            for field in change["fields"].as_array().unwrap() {
                assert!(!(field["old"].is_null() && field["new"].is_null()), "{change:#}");
                of.insert(field["name"].as_str().unwrap().to_owned());
            }
        }
        after = answer.at("/changes/endPosition").clone();
        if answer.at("/changes/isCaughtUp") == &json!(true) {
            break;
        }
    }
    for (event_type, fields) in &told {
        // A look-up is of the directory and of no thing that has fields.
        if event_type.starts_with("directory.") {
            continue;
        }
        let strange: Vec<_> = fields.difference(&known).collect();
        assert!(strange.is_empty(), "{event_type} tells {strange:?}, which the API does not know");
        let is_bare = event_type.ends_with(".unlinked") || event_type.starts_with("phone.address.");
        assert!(is_bare || !fields.is_empty(), "{event_type} tells nothing");
    }
    assert!(CATALOGUE.iter().all(|name| told.contains_key(*name)), "everything is told");
    let fields = |name: &str| told[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(fields("organization.contact.primary_set"), ["isPrimary", "type"]);
    assert_eq!(fields("organization.contact.unlinked"), ["type"]);
    assert_eq!(fields("phone.created"), ["code", "e164", "extension", "isSmsCapable", "label", "number"]);
}
