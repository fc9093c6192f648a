//! Whoever read a version and expects it still to be that one changes what they read, or is told which version there is by now: no
//! change is lost between two who read the same.

use std::collections::BTreeSet;

use liaison_server::demo::ids;
use serde_json::{Value, json};

use super::MANY;
use crate::behind::{count, proved, rows};
use crate::client::{ACME, PLATFORM};
use crate::ground::Pair;

/// Something that is read, changed and has a version.
struct Noun {
    who: &'static str,
    read: &'static str,
    update: &'static str,
    id: uuid::Uuid,
    /// The field that is changed.
    field: &'static str,
    events: &'static str,
}

fn nouns() -> [Noun; 3] {
    [
        Noun {
            who: ACME,
            read: "query ($id: UUID!) { contact(id: $id) { version title } }",
            update: "mutation ($id: UUID!, $change: ContactUpdateInput!, $version: Int) {
                contactUpdate(id: $id, contact: $change, expectedVersion: $version) { position userErrors { code currentVersion } } }",
            id: ids::contact("Bob Smith"),
            field: "title",
            events: "contact.updated",
        },
        Noun {
            who: PLATFORM,
            read: "query ($id: UUID!) { organization(id: $id) { version name } }",
            update: "mutation ($id: UUID!, $change: OrganizationUpdateInput!, $version: Int) {
                organizationUpdate(id: $id, organization: $change, expectedVersion: $version) { position userErrors { code currentVersion } } }",
            id: ids::organization("acme"),
            field: "name",
            events: "organization.updated",
        },
        Noun {
            who: ACME,
            read: "query ($id: UUID!) { node(id: $id) { ... on Phone { version label } } }",
            update: "mutation ($id: UUID!, $change: PhoneUpdateInput!, $version: Int) {
                phoneUpdate(id: $id, phone: $change, expectedVersion: $version) { position userErrors { code currentVersion } } }",
            id: ids::phone("Downtown Office reception"),
            field: "label",
            events: "phone.updated",
        },
    ]
}

impl Noun {
    async fn read(&self, pair: &Pair, at: usize) -> (i64, String) {
        let answer = pair.ask(at, self.who, self.read, json!({ "id": self.id })).await;
        let node = answer.payload();
        (node["version"].as_i64().unwrap(), node[self.field].as_str().unwrap().to_owned())
    }

    fn change(&self, value: &str, version: Option<i64>) -> Value {
        json!({ "id": self.id, "change": { self.field: value }, "version": version })
    }

    fn written(&self) -> String {
        format!("domain_events WHERE event_type = '{}' AND stream_id = '{}'", self.events, self.id)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_that_expect_one_version_one_wins_and_the_others_learn_the_next() {
    let pair = Pair::start().await;
    for noun in nouns() {
        let (version, _) = noun.read(&pair, 0).await;
        let before = count(pair.owner(), &noun.written()).await;

        let answers =
            pair.at_once(MANY, |at| (noun.who, noun.update, noun.change(&format!("By {at}"), Some(version)))).await;

        let winners: Vec<usize> = (0..MANY).filter(|at| answers[*at].position().is_some()).collect();
        assert_eq!(winners.len(), 1, "{winners:?}");
        for (at, answer) in answers.iter().enumerate().filter(|(at, _)| *at != winners[0]) {
            let expected = json!([{ "code": "VERSION_CONFLICT", "currentVersion": version + 1 }]);
            assert_eq!(answer.payload()["userErrors"], expected, "{at}");
        }
        assert_eq!(noun.read(&pair, 1).await, (version + 1, format!("By {}", winners[0])));
        assert_eq!(count(pair.owner(), &noun.written()).await - before, 1);
    }
    proved(pair.owner()).await;
}

/// Each adds its word to what it read, on whichever server, until nobody came in between: every word is there at the end, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_overwrites_what_somebody_else_wrote_meanwhile() {
    let pair = std::sync::Arc::new(Pair::start().await);
    const WRITERS: usize = 12;
    for noun in nouns() {
        let noun = std::sync::Arc::new(noun);
        let (before, first) = noun.read(&pair, 0).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (pair, noun) = (pair.clone(), noun.clone());
                tokio::spawn(async move {
                    for turn in 0.. {
                        let (version, text) = noun.read(&pair, writer + turn).await;
                        let change = noun.change(&format!("{text} w{writer}"), Some(version));
                        let answer = pair.ask(writer + turn + 1, noun.who, noun.update, change).await;
                        if answer.position().is_some() {
                            return;
                        }
                        assert_eq!(answer.refusals(), ["VERSION_CONFLICT"]);
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let (after, text) = noun.read(&pair, 0).await;
        assert_eq!(after, before + WRITERS as i64);
        let words: Vec<&str> = text.strip_prefix(&first).unwrap().split_whitespace().collect();
        let expected: BTreeSet<String> = (0..WRITERS).map(|writer| format!("w{writer}")).collect();
        assert_eq!(words.len(), WRITERS, "{text}");
        assert_eq!(words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>(), expected, "{text}");
        // The log tells each step: what was is what the step before made of it.
        let log = format!("SELECT data->'changes' AS changes FROM {} ORDER BY epoch, xid, seq", noun.written());
        let mut was = first;
        for event in rows(pair.owner(), &log).await {
            let change = &event["changes"][noun.field];
            assert_eq!(change["old"], was, "{event:#}");
            was = change["new"].as_str().unwrap().to_owned();
        }
        assert_eq!(was, text);
    }
    proved(pair.owner()).await;
}
