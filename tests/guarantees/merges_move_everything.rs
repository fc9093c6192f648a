//! A merge moves every reference to a contact: what the catalogue of the database knows of them is either moved, or has its reason here. A
//! new table cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use liaison_domain::contact::moved_columns;

use crate::support::merging::{Pair, attempt, call, furnish, merge, pair, rows, undo};
use crate::support::{App, Who};

/// What names contacts and stays as it is, and why.
const STAYS: &[(&str, &str, &str)] = &[
    ("contacts_projection", "merged_into_id", "a chain is followed to its end"),
    ("contact_merges", "survivor_id", "what was merged with whom is the past"),
    ("contact_merges", "duplicate_id", "what was merged with whom is the past"),
    ("contact_sights", "contact_id", "it follows from the others"),
    ("contact_search", "contact_id", "it follows from the others"),
    ("contact_profiles", "contact_id", "it follows from the others"),
    ("contact_cards", "contact_id", "it follows from the others"),
    ("duplicate_stale", "contact_id", "who waits to be compared; who was merged is compared no more"),
    ("duplicate_candidates", "contact_id", "what was found of a record that is none any more goes with its profile"),
    (
        "duplicate_candidates",
        "other_contact_id",
        "what was found of a record that is none any more goes with its profile",
    ),
    ("duplicate_dismissals", "contact_id", "what was said of that record; of the survivor it was not said"),
    ("duplicate_dismissals", "other_contact_id", "what was said of that record; of the survivor it was not said"),
    ("event_subjects", "subject_id", "the log is never changed"),
    ("sight_losses", "contact_id", "the log is never changed"),
    ("import_findings", "contact_id", "what an import said at its time; the id stands for the survivor"),
];

#[tokio::test]
async fn every_column_that_names_a_contact_is_moved_or_has_its_reason() {
    let app = App::empty().await;
    let found = app
        .behind(
            "SELECT c.conrelid::regclass::text AS name, a.attname AS part
             FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
             WHERE c.contype = 'f' AND c.confrelid = 'contacts_projection'::regclass
             UNION
             SELECT table_name::text, column_name::text FROM information_schema.columns
             WHERE table_schema = 'public' AND udt_name IN ('uuid', '_uuid')
               AND column_name ~ '(contact|student|guardian|staff|survivor|duplicate|subject|person|merged_into)(_ids?)?$'",
        )
        .await;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let known: BTreeSet<(String, String)> = found.iter().map(|row| (text(&row["name"]), text(&row["part"]))).collect();
    let moved: BTreeSet<(String, String)> =
        moved_columns().into_iter().map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
    let stays: BTreeSet<(String, String)> =
        STAYS.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned())).collect();
    assert_eq!(moved.intersection(&stays).count(), 0, "it is moved or it stays");
    let forgotten: Vec<_> = known.iter().filter(|one| !moved.contains(*one) && !stays.contains(*one)).collect();
    assert!(
        forgotten.is_empty(),
        "a merge forgets {forgotten:?}: move them in contact/merge/table.rs, or say here why not"
    );
    let gone: Vec<_> = moved.union(&stays).filter(|one| !known.contains(*one)).collect();
    assert!(gone.is_empty(), "the database has no {gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_merge_nothing_names_the_duplicate_and_nothing_is_missing() {
    let app = App::demo().await;
    let people = pair(&app).await;
    for id in [people.survivor, people.duplicate] {
        furnish(&app, id, people.third).await;
    }
    let before = rows(&app, &[people.duplicate]).await;
    let tables: BTreeSet<&str> = before.keys().map(|(table, _)| table.as_str()).collect();
    let following: BTreeSet<&str> = moved_columns().iter().map(|(table, _)| *table).collect();
    assert_eq!(tables, following, "the duplicate has one of everything");
    merge(&app, people.survivor, people.duplicate).await;
    assert_eq!(rows(&app, &[people.duplicate]).await, BTreeMap::new());
    let after = rows(&app, &[people.survivor]).await;
    let missing: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).collect();
    assert!(missing.is_empty(), "the survivor does not have {missing:?}");
    app.is_proved().await;
}

/// Two records of one person who stand to each other as siblings and as ward and guardian, and a chain of three.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_between_the_two_is_closed_and_a_chain_comes_apart_again() {
    let app = App::demo().await;
    let people = pair(&app).await;
    let Pair { survivor, duplicate, third } = people;
    let acme = Who::acme_admin();
    let since = "startsOn: \"2025-01-01\"";
    for written in [
        format!(
            "studentRelationshipStart(studentRelationship: {{studentId: \"{survivor}\", relatedStudentId: \"{duplicate}\", label: \"twin\", {since}}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{survivor}\", guardianId: \"{duplicate}\", label: \"aunt\", {since}}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{duplicate}\", guardianId: \"{duplicate}\", label: \"emancipated\", {since}}})"
        ),
    ] {
        call(&app, &acme, &written, "").await;
    }
    furnish(&app, duplicate, third).await;
    let all = [survivor, duplicate, third];
    let before = rows(&app, &all).await;
    let first = merge(&app, survivor, duplicate).await;
    let merged = rows(&app, &[survivor]).await;
    let of = |label: &str| {
        merged.values().find(|row| row.get("relationship_label").is_some_and(|told| told == label)).unwrap().clone()
    };
    for label in ["twin", "aunt"] {
        assert!(!of(label)["voided_at"].is_null(), "nobody is {label} of themselves");
    }
    assert!(of("emancipated")["voided_at"].is_null(), "who was their own guardian still is");
    let second = merge(&app, third, survivor).await;
    app.is_proved().await;
    // As nobody is a sibling of themselves, the rows of two siblings go on naming both; they are void.
    let left_behind = rows(&app, &[survivor, duplicate]).await;
    assert!(
        left_behind.iter().all(|((table, _), row)| table == "student_relationships" && !row["voided_at"].is_null()),
        "{left_behind:?}"
    );
    let refused = attempt(&app, &Who::super_admin(), &format!("contactMergeUndo(mergeId: \"{first}\")")).await;
    assert_eq!(refused.as_deref(), Some("CONFLICT"), "the last is undone first");
    assert_eq!(undo(&app, second).await, Vec::<serde_json::Value>::new());
    assert_eq!(rows(&app, &[survivor]).await, merged);
    assert_eq!(undo(&app, first).await, Vec::<serde_json::Value>::new());
    assert_eq!(rows(&app, &all).await, before);
    app.is_proved().await;
}
