//! Whatever is done to two people before they are merged, while they are one and after: taking the merge back loses no row and no field. What
//! is as the merge left it is as it was; what was changed since is as it was changed; anything else is said among what was left.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::filters::dice::Dice;
use crate::support::merging::{Pair, Rows, attempt, call, hold, merge, own_row, pair, rows, undo};
use crate::support::{App, Who};

const ROUNDS: u64 = 8;

fn day(number: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().checked_add_days(Days::new(number as u64)).unwrap()
}

/// What somebody may have before they are merged, by chance: much of it the same for both.
async fn furnish(app: &App, dice: &mut Dice, people: &Pair, id: Uuid, shared: &[Uuid; 3]) {
    let acme = Who::acme_admin();
    let third = people.third;
    for (noun, method) in ["phone", "email", "address"].into_iter().zip(shared) {
        if dice.once_in(2) {
            call(app, &acme, &format!("{noun}Link({noun}Id: \"{method}\", to: {{contactId: \"{id}\"}})"), "").await;
        }
    }
    // The same value in a row of its own.
    let value = |noun: &str| match noun {
        "phone" => format!("number: \"+1 312 555 0{:03}\"", people.third.as_u128() % 1_000),
        "email" => format!("address: \"{}@example.com\"", people.third.simple()),
        _ => format!("type: MAILING, street1: \"{} Oak St\", city: \"Joliet\"", people.third.as_u128() % 1_000),
    };
    for noun in ["phone", "email", "address"] {
        if dice.once_in(2) {
            hold(app, id, noun, &value(noun)).await;
        }
    }
    let own = Uuid::new_v4();
    if dice.once_in(2) {
        hold(app, id, "email", &format!("address: \"{}@example.com\"", own.simple())).await;
    }
    for role in ["BILLING", "TECHNICAL", "STAKEHOLDER"] {
        if dice.once_in(2) {
            let primary = dice.once_in(3);
            call(
                app,
                &acme,
                &format!("contactLink(contactId: \"{id}\", link: {{type: {role}, isPrimary: {primary}}})"),
                "",
            )
            .await;
        }
    }
    for (call_of, one, other) in [
        ("studentGuardianStart(studentGuardian", "studentId", "guardianId"),
        ("studentRelationshipStart(studentRelationship", "studentId", "relatedStudentId"),
    ] {
        for label in ["aunt", "cousin"] {
            let mut from = dice.below(10);
            for _ in 0..dice.below(3) {
                let to = from + dice.below(12);
                let primary = if one == "studentId" && other == "guardianId" {
                    format!(", isPrimaryContact: {}, livesWith: {}", dice.once_in(2), dice.once_in(2))
                } else {
                    String::new()
                };
                let start = format!(
                    "{call_of}: {{{one}: \"{id}\", {other}: \"{third}\", label: \"{label}\", startsOn: \"{}\", endsOn: \"{}\"{primary}}})",
                    day(from),
                    day(to)
                );
                // A primary that is there is not taken over unasked: then it is not one.
                attempt(app, &acme, &start).await;
                from = to + 1 + dice.below(6);
            }
        }
    }
    if dice.once_in(2) {
        call(app, &acme, &format!("contactExternalIdAssign(contactId: \"{id}\", externalId: {{sourceSystem: \"x\", externalId: \"{own}\"}})"), "").await;
    }
    if dice.once_in(2) {
        call(
            app,
            &acme,
            &format!(
                "communicationRecord(communication: {{contactId: \"{id}\", channel: IN_PERSON, direction: INBOUND}})"
            ),
            "",
        )
        .await;
    }
    if dice.once_in(2) {
        call(app, &acme, &format!("contactUpdate(id: \"{id}\", contact: {{title: \"Title {}\"}})", dice.below(3)), "")
            .await;
    }
    if dice.once_in(3) {
        call(app, &acme, &format!("contactSetDoNotContact(id: \"{id}\", reason: \"asked\")"), "").await;
    }
    if dice.once_in(3) {
        call(app, &acme, &format!("contactRevokePersona(id: \"{id}\", persona: STAFF)"), "").await;
    }
}

/// One thing that may happen to the survivor while the two are one; it may be refused.
async fn edit(app: &App, dice: &mut Dice, people: &Pair) {
    let (acme, id) = (Who::acme_admin(), people.survivor);
    let now = rows(app, &[id]).await;
    let of = |table: &str| {
        now.iter().filter(|((name, _), _)| name == table).map(|((_, id), row)| (*id, row)).collect::<Vec<_>>()
    };
    let pick = |dice: &mut Dice, table: &str, column: &str| {
        let found: Vec<String> =
            of(table).iter().filter_map(|(_, row)| row[column].as_str().map(str::to_owned)).collect();
        if found.is_empty() { None } else { Some(dice.one(&found).clone()) }
    };
    let change = match dice.below(12) {
        0 => Some(format!("contactUpdate(id: \"{id}\", contact: {{title: \"Edited {}\"}})", dice.below(3))),
        1 => pick(dice, "contact_phones", "phone_id").map(|phone| format!("phoneUnlink(phoneId: \"{phone}\", from: {{contactId: \"{id}\"}})")),
        2 => pick(dice, "contact_emails", "email_id").map(|email| format!("emailSetPrimary(emailId: \"{email}\", of: {{contactId: \"{id}\"}})")),
        3 => pick(dice, "contact_emails", "email_id").map(|email| format!("emailDelete(id: \"{email}\")")),
        4 => Some(format!("contactUnlink(contactId: \"{id}\", type: BILLING)")),
        5 => Some(format!("contactLink(contactId: \"{}\", link: {{type: TECHNICAL, isPrimary: true}})", people.third)),
        6 => {
            let found: Vec<Uuid> = of("student_guardian_relationships").iter().map(|(id, _)| *id).collect();
            let one = (!found.is_empty()).then(|| *dice.one(&found));
            one.map(|one| format!("studentGuardianEnd(id: \"{one}\", endsOn: \"{}\")", day(dice.below(30))))
        }
        7 => {
            let found: Vec<Uuid> = of("student_relationships").iter().map(|(id, _)| *id).collect();
            let one = (!found.is_empty()).then(|| *dice.one(&found));
            one.map(|one| format!("studentRelationshipVoid(id: \"{one}\", reason: \"a slip\")"))
        }
        8 => {
            hold(app, id, "email", &format!("address: \"{}@example.com\"", Uuid::new_v4().simple())).await;
            None
        }
        9 => pick(dice, "contact_addresses", "address_id").map(|address| format!("addressUnlink(addressId: \"{address}\", from: {{contactId: \"{id}\"}})")),
        10 => Some(format!("contactClearDoNotContact(id: \"{id}\")")),
        _ => pick(dice, "contact_external_ids", "external_id")
            .map(|external| format!("contactExternalIdRemove(contactId: \"{id}\", externalId: {{sourceSystem: \"x\", externalId: \"{external}\"}})")),
    };
    if let Some(change) = change {
        attempt(app, &acme, &change).await;
    }
}

const DATED: [&str; 4] =
    ["student_relationships", "student_guardian_relationships", "staff_assignments", "contact_addresses"];

/// The days, up to a hundred after the first, on which a third person stands to somebody under a label.
type Held = BTreeMap<(String, String), BTreeSet<usize>>;

fn held(all: &Rows, person: Uuid) -> Held {
    let mut held = Held::new();
    for ((table, _), row) in all.iter().filter(|((table, _), _)| table.starts_with("student_")) {
        let names = |column: &str| row.get(column).and_then(Value::as_str) == Some(&person.to_string());
        if !row["voided_at"].is_null() || !["student_id", "guardian_id", "related_student_id"].into_iter().any(names) {
            continue;
        }
        let date = |column: &str| row[column].as_str().map(|text| text.parse::<NaiveDate>().unwrap());
        let days = (0..100).filter(|number| {
            date("starts_on").is_none_or(|first| first <= day(*number))
                && date("ends_on").is_none_or(|last| day(*number) <= last)
        });
        let label = row["relationship_label"].as_str().unwrap_or_default().to_owned();
        held.entry((table.clone(), label)).or_default().extend(days);
    }
    held
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
    let strange = before.iter().filter(|(column, was)| {
        let is = &after[*column];
        if column.as_str() == "version" {
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
        for _ in 0..1 + dice.below(6) {
            edit(&app, &mut dice, &people).await;
        }
        let edited = rows(&app, &both).await;
        app.is_proved().await;
        let left = undo(&app, merged).await;
        let after = rows(&app, &both).await;
        app.is_proved().await;
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
                assert!(lost.is_empty(), "round {round}: side {side} lost the days {lost:?} of {key:?}");
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
