//! Whatever is done to two people before they are merged, while they are one and after: taking the merge back loses no row and no field. What
//! is as the merge left it is as it was; what was changed since is as it was changed; anything else is said among what was left.

mod life;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::filters::dice::Dice;
use crate::support::merging::{Pair, Rows, attempt, hold, merge, own_row, pair, rows, undo};
use crate::support::{App, Who};
use life::{edit, furnish};

const ROUNDS: u64 = 8;

fn day(number: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().checked_add_days(Days::new(number as u64)).unwrap()
}

const DATED: [&str; 4] =
    ["student_relationships", "student_guardian_relationships", "staff_assignments", "contact_addresses"];

/// The columns of relationships that name people.
const PERSONS: [&str; 4] = ["student_id", "guardian_id", "related_student_id", "staff_id"];

/// The days, up to a hundred after the first, on which somebody works, or a third person stands to them under a label.
type Held = BTreeMap<(String, String), BTreeSet<usize>>;

fn held(all: &Rows, person: Uuid) -> Held {
    let mut held = Held::new();
    for ((table, _), row) in
        all.iter().filter(|((table, _), _)| table != "contact_addresses" && DATED.contains(&table.as_str()))
    {
        let names = |column: &str| row.get(column).and_then(Value::as_str) == Some(&person.to_string());
        if !row["voided_at"].is_null() || !PERSONS.into_iter().any(names) {
            continue;
        }
        let date = |column: &str| row[column].as_str().map(|text| text.parse::<NaiveDate>().unwrap());
        let days = (0..100).filter(|number| {
            date("starts_on").is_none_or(|first| first <= day(*number))
                && date("ends_on").is_none_or(|last| day(*number) <= last)
        });
        let label = row.get("relationship_label").and_then(Value::as_str).unwrap_or_default().to_owned();
        held.entry((table.clone(), label)).or_default().extend(days);
    }
    held
}

/// The rows of a table by their days, for a failed test.
fn days_of(all: &Rows, table: &str) -> String {
    const TOLD: [&str; 8] = [
        "starts_on",
        "ends_on",
        "voided_at",
        "relationship_label",
        "guardian_id",
        "student_id",
        "staff_id",
        "created_at",
    ];
    let rows = all.iter().filter(|((name, _), _)| name == table).map(|((_, id), row)| {
        let told = TOLD.iter().filter_map(|column| row.get(*column)).map(Value::to_string).collect::<Vec<_>>();
        format!("\n  {id} {}", told.join(" "))
    });
    rows.collect()
}

fn union(one: &Held, other: &Held) -> Held {
    let mut both = one.clone();
    for (key, days) in other {
        both.entry(key.clone()).or_default().extend(days);
    }
    both
}

fn is_told(left: &[Value], kind: &str) -> bool {
    left.iter().any(|one| one["kind"] == kind)
}

fn kind_of(table: &str) -> &'static str {
    match table {
        "organization_contacts" => "ROLE",
        "contact_phones" => "PHONE",
        "contact_emails" => "EMAIL",
        "contact_addresses" => "ADDRESS",
        "contact_personas" => "PERSONA",
        "student_relationships" => "STUDENT_RELATIONSHIP",
        "student_guardian_relationships" => "STUDENT_GUARDIAN",
        "staff_assignments" => "STAFF_ASSIGNMENT",
        "referrals" => "REFERRAL",
        "communications" => "COMMUNICATION",
        _ => "EXTERNAL_ID",
    }
}

/// Every field of a row that was there before: as it was if nobody changed it while the two were one, as it was changed otherwise, or told.
fn judge(
    before: &Map<String, Value>,
    merged: Option<&Map<String, Value>>,
    edited: Option<&Map<String, Value>>,
    after: &Map<String, Value>,
) -> Vec<String> {
    let (Some(merged), Some(edited)) = (merged, edited) else { return Vec::new() };
    let is_open = after.get("unlinked_at").is_some_and(Value::is_null);
    let strange = before.iter().filter(|(column, was)| {
        let is = &after[*column];
        // An open link repeats what its phone is now, whatever it was.
        if column.as_str() == "version"
            || (is_open && (column.starts_with("phone_") && *column != "phone_id" || *column == "match_key"))
        {
            return false;
        }
        if merged.get(*column) == edited.get(*column) { is != *was } else { Some(is) != edited.get(*column) }
    });
    strange.map(|(column, _)| column.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_that_is_taken_back_at_once_was_never_there() {
    let app = App::demo().await;
    let mut dice = Dice::thrown(3);
    for round in 0..ROUNDS {
        let people = made(&app, &mut dice).await;
        let both = [people.survivor, people.duplicate];
        let before = rows(&app, &both).await;
        let own = [own_row(&app, both[0]).await, own_row(&app, both[1]).await];
        let days = union(&held(&before, both[0]), &held(&before, both[1]));
        let merged = merge(&app, people.survivor, people.duplicate).await;
        let one = rows(&app, &both).await;
        assert_eq!(held(&one, people.survivor), days, "round {round}: no day is lost");
        app.is_proved().await;
        let left = undo(&app, merged).await;
        assert_eq!(left, Vec::<Value>::new(), "round {round}");
        let after = rows(&app, &both).await;
        for (key, row) in &before {
            assert_eq!(Some(row), after.get(key), "round {round}: {key:?}");
        }
        // What the merge opened is void, and nothing else came.
        for (key, row) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            let ended = if key.0 == "contact_addresses" { "unlinked_at" } else { "voided_at" };
            assert!(!row[ended].is_null(), "round {round}: {key:?} {row:?}");
        }
        assert_eq!([own_row(&app, both[0]).await, own_row(&app, both[1]).await], own, "round {round}");
        app.is_proved().await;
    }
}

async fn made(app: &App, dice: &mut Dice) -> Pair {
    let people = pair(app).await;
    let mark = Uuid::new_v4();
    let shared = [
        hold(app, people.third, "phone", &format!("number: \"+1 217 555 {:04}\"", mark.as_u128() % 10_000)).await,
        hold(app, people.third, "email", &format!("address: \"shared-{}@example.com\"", mark.simple())).await,
        hold(app, people.third, "address", "type: PHYSICAL, street1: \"1 Shared St\", city: \"Joliet\"").await,
    ];
    for id in [people.survivor, people.duplicate] {
        furnish(app, dice, &people, id, &shared).await;
    }
    people
}

async fn archive(app: &App, id: Uuid) -> bool {
    attempt(app, &Who::acme_admin(), &format!("contactDelete(id: \"{id}\")")).await.is_none()
}

/// A merge into somebody who was archived since is not taken back: it says so, and leaves no trace.
async fn is_refused(app: &App, merged: Uuid, people: &Pair) {
    let both = [people.survivor, people.duplicate];
    let (before, events) = (rows(app, &both).await, app.events().await);
    let undo = format!(
        "mutation {{ it: contactMergeUndo(mergeId: \"{merged}\") {{ position userErrors {{ code field message }} }} }}"
    );
    let answer = app.ask(&Who::super_admin(), &undo).await;
    let error = answer.at("/it/userErrors/0");
    assert_eq!((&error["code"], &error["field"]), (&json!("CONFLICT"), &json!(["mergeId"])), "{error}");
    assert!(error["message"].as_str().unwrap().starts_with("the survivor was archived since the merge"), "{error}");
    assert_eq!((rows(app, &both).await, app.events().await), (before, events));
    app.is_proved().await;
}

/// That open links are unique by what their phones say today.
async fn links_say_what_their_phones_are(app: &App) {
    let stale = app
        .behind(
            "SELECT l.id, l.match_key, p.e164 FROM contact_phones l JOIN phones_projection p ON p.id = l.phone_id
             WHERE l.unlinked_at IS NULL AND p.e164 IS NOT NULL AND l.match_key NOT LIKE p.e164 || '%'",
        )
        .await;
    assert_eq!(stale, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_done_meanwhile_no_row_and_no_field_is_lost() {
    let app = App::demo().await;
    let mut dice = Dice::thrown(17);
    for round in 0..ROUNDS {
        let people = made(&app, &mut dice).await;
        let both = [people.survivor, people.duplicate];
        let before = rows(&app, &both).await;
        let merged = merge(&app, people.survivor, people.duplicate).await;
        let one = rows(&app, &both).await;
        for _ in 0..2 + dice.below(7) {
            edit(&app, &mut dice, &people).await;
        }
        if dice.once_in(6) && archive(&app, people.survivor).await {
            is_refused(&app, merged, &people).await;
            continue;
        }
        let edited = rows(&app, &both).await;
        app.is_proved().await;
        let left = undo(&app, merged).await;
        let after = rows(&app, &both).await;
        app.is_proved().await;
        links_say_what_their_phones_are(&app).await;
        for (key, row) in &before {
            let kind = kind_of(&key.0);
            let Some(is) = after.get(key) else {
                assert!(!edited.contains_key(key) || is_told(&left, kind), "round {round}: {key:?} is lost");
                continue;
            };
            let strange = judge(row, one.get(key), edited.get(key), is);
            assert!(
                strange.is_empty() || is_told(&left, kind),
                "round {round}: {strange:?} of {key:?}\nbefore {row:?}\nmerged {:?}\nedited {:?}\nafter {is:?}\nleft {left:?}",
                one.get(key),
                edited.get(key)
            );
        }
        // Whatever was there when it was undone is there still.
        for key in edited.keys() {
            assert!(after.contains_key(key), "round {round}: {key:?} is lost");
        }
        // Day by day: what both had and nobody ended both have again; what was ended for the one person neither has.
        let (was, now) = ((held(&before, both[0]), held(&before, both[1])), held(&edited, people.survivor));
        let is = (held(&after, both[0]), held(&after, both[1]));
        for (side, (was, is)) in [(&was.0, &is.0), (&was.1, &is.1)].into_iter().enumerate() {
            for (key, days) in was {
                let still: BTreeSet<usize> =
                    days.intersection(now.get(key).unwrap_or(&BTreeSet::new())).copied().collect();
                let has = is.get(key).cloned().unwrap_or_default();
                let lost: Vec<_> = still.difference(&has).collect();
                assert!(
                    lost.is_empty(),
                    "round {round}: side {side} lost the days {lost:?} of {key:?}\nbefore {}\nmerged {}\nedited {}\nafter {}\nleft {left:?}",
                    days_of(&before, &key.0),
                    days_of(&one, &key.0),
                    days_of(&edited, &key.0),
                    days_of(&after, &key.0)
                );
            }
        }
        let nobody_has = union(&is.0, &is.1);
        for (key, days) in &now {
            let lost: Vec<_> = days.difference(nobody_has.get(key).unwrap_or(&BTreeSet::new())).copied().collect();
            assert!(lost.is_empty(), "round {round}: nobody has the days {lost:?} of {key:?} any more");
        }
        let came: Vec<_> = after
            .iter()
            .filter(|(key, row)| !edited.contains_key(*key) && !DATED.contains(&key.0.as_str()) && !row.is_empty())
            .collect();
        assert!(came.is_empty(), "round {round}: {came:?}");
    }
}
