//! One idempotency key is one effect and one answer, however often and wherever the request comes in.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::MANY;
use crate::behind::{count, proved};
use crate::client::{ACME, Answer, RIVERSIDE};
use crate::ground::Pair;

/// Without an id of the client's own: each that is done makes another person.
const CREATE: &str = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position contact { id lastName version } userErrors { code } } }";

fn person(last_name: &str) -> Value {
    json!({ "contact": { "allowDuplicate": true, "firstName": "Once", "lastName": last_name, "organizations": [{ "type": "STAKEHOLDER" }] } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_with_one_key_do_it_once_and_are_told_the_same_or_that_it_is_under_way() {
    let pair = Pair::start().await;
    let before = count(pair.owner(), "domain_events").await;

    let answers = pair.at_once_keyed(MANY, Some("one-key"), |_| (ACME, CREATE, person("One"))).await;

    let told: Vec<&Answer> = answers.iter().filter(|answer| !answer.is_in_flight()).collect();
    assert!(!told.is_empty(), "somebody did it");
    let first = &told[0].body["data"];
    assert!(told[0].position().is_some());
    for answer in &told {
        assert_eq!(&answer.body["data"], first);
    }
    assert_eq!(count(pair.owner(), "domain_events").await - before, 2, "a person and their role, once");
    // Whoever was told to wait gets the answer in the end, on either server; so does whoever asks much later.
    for at in 0..2 {
        let again = pair.client.ask_keyed(pair.url(at), ACME, CREATE, &person("One"), Some("one-key")).await;
        assert_eq!(&again.body["data"], first);
    }
    assert_eq!(count(pair.owner(), "command_receipts").await, 1);
    proved(pair.owner()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_with_two_bodies_does_one_of_them_and_refuses_the_other() {
    let pair = Pair::start().await;
    let before = count(pair.owner(), "domain_events").await;
    let name = |at: usize| ["One", "Other"][at / 2 % 2];

    let answers = pair.at_once_keyed(MANY, Some("a-key"), |at| (ACME, CREATE, person(name(at)))).await;

    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut winners: BTreeSet<&str> = BTreeSet::new();
    for (at, answer) in answers.iter().enumerate() {
        if answer.position().is_some() {
            assert_eq!(answer.payload()["contact"]["lastName"], name(at), "the answer is to what was asked");
            winners.insert(name(at));
            done.insert(answer.payload().to_string());
        }
    }
    assert_eq!((done.len(), winners.len()), (1, 1), "{winners:?}");
    for (at, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.position().is_none()) {
        let is_other = !winners.contains(name(at));
        assert!(answer.is_in_flight() || is_other && answer.refusals() == ["IDEMPOTENCY_KEY_REUSED"], "{answer:?}");
    }
    assert_eq!(count(pair.owner(), "domain_events").await - before, 2);

    // Later it is plain which is which, on either server.
    for at in 0..4 {
        let answer = pair.client.ask_keyed(pair.url(at), ACME, CREATE, &person(name(at)), Some("a-key")).await;
        if winners.contains(name(at)) {
            assert!(done.contains(&answer.payload().to_string()));
        } else {
            assert_eq!(answer.refusals(), ["IDEMPOTENCY_KEY_REUSED"]);
        }
    }
    // Another tenant's key is another key, and tells nothing of this one.
    let theirs = pair.client.ask_keyed(pair.url(0), RIVERSIDE, CREATE, &person("Theirs"), Some("a-key")).await;
    assert!(theirs.position().is_some(), "{theirs:?}");
    assert_eq!(count(pair.owner(), "domain_events").await - before, 4);
    proved(pair.owner()).await;
}
