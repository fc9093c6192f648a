//! What a merge and its undoing come to is judged by the rows as they end up: whoever has become something since stays it, no day is lost, and
//! nothing that was ended or deleted comes back.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::merging::{attempt, call, hold, merge, pair, person, rows, undo};
use crate::support::{App, Who};

/// The rows of a table which name somebody in a column and stand.
async fn standing(app: &App, table: &str, column: &str, person: Uuid) -> Vec<Map<String, Value>> {
    let all = rows(app, &[person]).await;
    let is_theirs = |row: &Map<String, Value>| {
        row[column] == json!(person)
            && ["voided_at", "unlinked_at"].into_iter().all(|end| row.get(end).is_none_or(Value::is_null))
    };
    let mut found: Vec<_> =
        all.into_iter().filter(|((name, _), row)| name == table && is_theirs(row)).map(|(_, row)| row).collect();
    found.sort_by_key(|row| row.get("starts_on").map(Value::to_string));
    found
}

/// The days of rows, and whether a flag is up on them.
fn days(rows: &[Map<String, Value>], flag: &str) -> Vec<Value> {
    rows.iter().map(|row| json!([row["starts_on"], row["ends_on"], row[flag]])).collect()
}

fn is_told(left: &[Value], kind: &str) -> bool {
    left.iter().any(|one| one["kind"] == kind)
}

async fn merge_all(app: &App, survivor: Uuid, duplicates: [Uuid; 2]) -> Vec<Uuid> {
    let [one, other] = duplicates;
    let both = format!("contactMerge(survivorId: \"{survivor}\", duplicateIds: [\"{one}\", \"{other}\"])");
    let done = call(app, &Who::super_admin(), &both, "merges { id }").await;
    let merges = done["merges"].as_array().unwrap().iter();
    merges.map(|merge| merge["id"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn two_duplicates_at_one_workplace_lose_no_day_and_have_theirs_again() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    for is_turned in [false, true] {
        let people = pair(&app).await;
        for id in [people.duplicate, people.third] {
            let start = format!(
                "staffAssignmentStart(staffAssignment: {{staffId: \"{id}\", workplace: {{organizationId: \"{}\"}}, startsOn: \"2026-01-01\"}})",
                acme.organization_id
            );
            call(&app, &acme, &start, "").await;
        }
        let mut duplicates = [people.duplicate, people.third];
        if is_turned {
            duplicates.reverse();
        }
        let merges = merge_all(&app, people.survivor, duplicates).await;
        let of = async |id| days(&standing(&app, "staff_assignments", "staff_id", id).await, "is_primary");
        let since_january = vec![json!(["2026-01-01", null, false])];
        assert_eq!(of(people.survivor).await, since_january);
        app.is_proved().await;
        assert_eq!(undo(&app, merges[1]).await, Vec::<Value>::new());
        assert_eq!(
            (of(people.survivor).await, of(duplicates[1]).await),
            (since_january.clone(), since_january.clone())
        );
        assert_eq!(undo(&app, merges[0]).await, Vec::<Value>::new());
        assert_eq!((of(people.survivor).await, of(duplicates[0]).await), (Vec::new(), since_january.clone()));
        assert_eq!(of(duplicates[1]).await, since_january);
        app.is_proved().await;
    }
}

fn guardian(id: Uuid, student: Uuid, guardian: Uuid, more: &str) -> String {
    format!(
        "studentGuardianStart(studentGuardian: {{id: \"{id}\", studentId: \"{student}\", guardianId: \"{guardian}\", label: \"aunt\", {more}}})"
    )
}

#[tokio::test]
async fn who_became_primary_guardian_meanwhile_stays_it_and_no_day_is_lost() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let people = pair(&app).await;
    let student = people.third;
    let other = person(&app, "Primary", &format!("Pq{}", &Uuid::new_v4().simple().to_string()[..8])).await;
    let since = "startsOn: \"2026-01-01\"";
    call(&app, &acme, &guardian(Uuid::new_v4(), student, people.survivor, since), "").await;
    let primary = format!("{since}, isPrimaryContact: true");
    call(&app, &acme, &guardian(Uuid::new_v4(), student, people.duplicate, &primary), "").await;
    let merged = merge(&app, people.survivor, people.duplicate).await;
    let june = "startsOn: \"2026-06-01\", isPrimaryContact: true";
    call(&app, &acme, &guardian(Uuid::new_v4(), student, other, june), "").await;

    let left = undo(&app, merged).await;
    assert!(is_told(&left, "STUDENT_GUARDIAN"), "{left:?}");
    let of = async |id| {
        days(&standing(&app, "student_guardian_relationships", "guardian_id", id).await, "is_primary_contact")
    };
    assert_eq!(of(other).await, [json!(["2026-06-01", null, true])]);
    assert_eq!(
        of(people.duplicate).await,
        [json!(["2026-01-01", "2026-05-31", true]), json!(["2026-06-01", null, false])]
    );
    let survivors = of(people.survivor).await;
    assert!(survivors.iter().all(|row| row[2] == json!(false)), "{survivors:?}");
    app.is_proved().await;
}

#[tokio::test]
async fn a_day_that_came_to_one_row_and_back_to_another_is_there_once() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let people = pair(&app).await;
    let (first, second, own) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    for (id, who, from, to) in [
        (first, people.duplicate, "2025-07-01", "2025-12-31"),
        (second, people.duplicate, "2026-01-01", "2026-12-31"),
        (own, people.survivor, "2026-01-01", "2026-12-31"),
    ] {
        let window = format!("startsOn: \"{from}\", endsOn: \"{to}\"");
        call(&app, &acme, &guardian(id, people.third, who, &window), "").await;
    }
    let merged = merge(&app, people.survivor, people.duplicate).await;
    call(&app, &acme, &format!("studentGuardianVoid(id: \"{own}\", reason: \"a slip\")"), "").await;
    call(&app, &acme, &format!("studentGuardianEnd(id: \"{first}\", endsOn: \"2026-12-31\")"), "").await;
    undo(&app, merged).await;
    let duplicates = standing(&app, "student_guardian_relationships", "guardian_id", people.duplicate).await;
    assert_eq!(
        days(&duplicates, "is_primary_contact"),
        [json!(["2025-07-01", "2025-12-31", false]), json!(["2026-01-01", "2026-12-31", false])]
    );
    app.is_proved().await;
}

#[tokio::test]
async fn a_phone_that_was_closed_into_a_verified_one_is_back_whatever_the_rows_ids() {
    let app = App::demo().await;
    for is_turned in [false, true] {
        let people = pair(&app).await;
        let number = format!("number: \"+1 217 556 {:04}\"", people.third.as_u128() % 10_000);
        let mut both = [people.survivor, people.duplicate];
        if is_turned {
            both.reverse();
        }
        let mut phones = Vec::new();
        for id in both {
            phones.push(hold(&app, id, "phone", &number).await);
        }
        let verified = phones[usize::from(!is_turned)];
        let mark = format!("phoneVerificationMark(id: \"{verified}\", state: VERIFIED, reason: \"called\")");
        call(&app, &Who::super_admin(), &mark, "").await;
        let merged = merge(&app, people.survivor, people.duplicate).await;
        let one = standing(&app, "contact_phones", "contact_id", people.survivor).await;
        assert_eq!((one.len(), &one[0]["phone_id"]), (1, &json!(verified)));
        assert_eq!(undo(&app, merged).await, Vec::<Value>::new());
        for id in both {
            assert_eq!(standing(&app, "contact_phones", "contact_id", id).await.len(), 1);
        }
        app.is_proved().await;
    }
}

#[tokio::test]
async fn an_address_that_was_deleted_and_a_source_that_is_taken_stay_closed_and_are_told() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    for is_deleted in [true, false] {
        let people = pair(&app).await;
        let place = "type: PHYSICAL, street1: \"7 Judged St\", city: \"Joliet\"";
        hold(&app, people.survivor, "address", place).await;
        let address = Uuid::new_v4();
        call(&app, &acme, &format!("addressCreate(address: {{id: \"{address}\", {place}}})"), "").await;
        let record = people.duplicate;
        let link = |to: Uuid| {
            format!(
                "addressLink(addressId: \"{address}\", to: {{contactId: \"{to}\"}}, holding: {{sourceSystem: \"crm\", sourceRecordId: \"{record}\"}})"
            )
        };
        call(&app, &acme, &link(people.duplicate), "").await;
        let merged = merge(&app, people.survivor, people.duplicate).await;
        let since = if is_deleted { format!("addressDelete(id: \"{address}\")") } else { link(people.third) };
        call(&app, &acme, &since, "").await;
        let left = undo(&app, merged).await;
        assert!(is_told(&left, "ADDRESS"), "{left:?}");
        assert_eq!(standing(&app, "contact_addresses", "contact_id", people.duplicate).await.len(), 0);
        assert_eq!(standing(&app, "contact_addresses", "contact_id", people.survivor).await.len(), 1);
        app.is_proved().await;
    }
}

#[tokio::test]
async fn who_was_made_primary_since_stays_it_before_who_was_it_once() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let people = pair(&app).await;
    let mut phones = Vec::new();
    for (at, id) in [people.survivor, people.duplicate, people.duplicate].into_iter().enumerate() {
        let number = format!("number: \"+1 217 55{} {:04}\"", 2 + at, people.third.as_u128() % 10_000);
        phones.push(hold(&app, id, "phone", &number).await);
    }
    let primary = |phone: Uuid, of: Uuid| format!("phoneSetPrimary(phoneId: \"{phone}\", of: {{contactId: \"{of}\"}})");
    call(&app, &acme, &primary(phones[0], people.survivor), "").await;
    call(&app, &acme, &primary(phones[1], people.duplicate), "").await;
    let merged = merge(&app, people.survivor, people.duplicate).await;
    call(&app, &acme, &primary(phones[2], people.survivor), "").await;
    let left = undo(&app, merged).await;
    assert!(is_told(&left, "PHONE"), "{left:?}");
    for row in standing(&app, "contact_phones", "contact_id", people.duplicate).await {
        assert_eq!(row["is_primary"], json!(row["phone_id"] == json!(phones[2])), "{row:?}");
    }
    app.is_proved().await;
}

#[tokio::test]
async fn an_address_that_must_not_be_written_to_outranks_one_of_another_code() {
    let app = App::demo().await;
    for silent in [0, 1] {
        let people = pair(&app).await;
        let mut emails = Vec::new();
        for (at, id) in [people.survivor, people.duplicate].into_iter().enumerate() {
            let code = if at == 0 { "work" } else { "personal" };
            let fields = format!(
                "address: \"bob-{}@example.com\", code: \"{code}\", isNotificationEnabled: {}",
                people.third.simple(),
                at != silent
            );
            emails.push(hold(&app, id, "email", &fields).await);
        }
        let merged = merge(&app, people.survivor, people.duplicate).await;
        let one = standing(&app, "contact_emails", "contact_id", people.survivor).await;
        assert_eq!((one.len(), &one[0]["email_id"]), (1, &json!(emails[silent])));
        assert_eq!(undo(&app, merged).await, Vec::<Value>::new());
        for id in [people.survivor, people.duplicate] {
            assert_eq!(standing(&app, "contact_emails", "contact_id", id).await.len(), 1);
        }
        app.is_proved().await;
    }
}

#[tokio::test]
async fn a_merge_into_who_was_archived_since_is_not_taken_back() {
    let app = App::demo().await;
    let people = pair(&app).await;
    let merged = merge(&app, people.survivor, people.duplicate).await;
    call(&app, &Who::acme_admin(), &format!("contactDelete(id: \"{}\")", people.survivor), "").await;
    let undo = format!("contactMergeUndo(mergeId: \"{merged}\")");
    assert_eq!(attempt(&app, &Who::super_admin(), &undo).await.as_deref(), Some("CONFLICT"));
    app.is_proved().await;
}

#[tokio::test]
async fn after_an_undoing_the_history_tells_nothing_of_who_is_out_of_sight() {
    let app = App::demo().await;
    let people = pair(&app).await;
    let (stranger, title) = (Uuid::new_v4(), format!("Title {}", Uuid::new_v4().simple()));
    let create = format!(
        "contactCreate(contact: {{id: \"{stranger}\", firstName: \"Strange\", lastName: \"Zq{}\", title: \"{title}\"}})",
        &stranger.simple().to_string()[..8]
    );
    call(&app, &Who::stranger(), &create, "").await;
    let merged = merge(&app, people.survivor, stranger).await;
    let history = format!(
        "{{ contact(id: \"{}\") {{ history(first: 20) {{ nodes {{ type subjects {{ id }} fields {{ name old new }} }} }} }} }}",
        people.survivor
    );
    let told = async |who: &Who| app.ask(who, &history).await.at("/contact/history/nodes").to_string();
    let is_of_them = |told: &str| told.contains(&stranger.to_string()) || told.contains(&title);
    assert!(is_of_them(&told(&Who::acme_admin()).await), "who sees the survivor sees who became part of it");
    undo(&app, merged).await;
    let after = told(&Who::acme_admin()).await;
    assert!(!is_of_them(&after), "{after}");
    assert!(after.contains("contact.merged") && after.contains("contact.merge.reverted"), "{after}");
    assert!(is_of_them(&told(&Who::super_admin()).await));
}
