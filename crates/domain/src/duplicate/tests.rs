//! The rules, each by an example.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use super::*;

fn person(first_name: &str, last_name: &str) -> Person {
    Person { first_name: first_name.to_owned(), last_name: last_name.to_owned(), is_active: true, ..Person::default() }
}

#[test]
fn a_name_alone_is_never_enough() {
    let comparison = compare(
        &Profile::of(&person("Zebulon", "Quartermaine")),
        &Profile::of(&person("Zebulon", "Quartermaine")),
        &Census::default(),
        &Sharers::default(),
    );
    assert!(comparison.score < LIKELY, "{comparison:?}");
}
