//! How and when a person holds an address (the ADR's `UserAddress`): windows, the day asked for, and the record of the system that it
//! came from, which is linked once.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use super::{is, make, proved, refused, same, written};
use crate::support::{App, Who};

const CREATE: &str = "addressCreate(address: {type: PHYSICAL, street1: \"7 Winter Rd\", city: \"Peoria\"})";

/// What somebody holds on a day, or ever.
async fn held(app: &App, who: &Who, filter: &str) -> Value {
    let jane = ids::contact("Jane Doe");
    let query = format!(
        "{{ contact(id: \"{jane}\") {{ addresses(filter: {{cities: [\"Peoria\"]{filter}}}) {{ totalCount edges {{ type isPrimary startsOn endsOn sourceSystem sourceRecordId node {{ street1 }} }} }} }} }}"
    );
    app.ask(who, &query).await.at("/contact/addresses").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_is_asked_for_by_a_day_and_nothing_is_hidden_without_one() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let winter = make(&app, &acme, CREATE).await;
    let hold = |more: &str| {
        format!("addressLink(addressId: \"{winter}\", to: {{contactId: \"{jane}\"}}, holding: {{{more}}})")
    };
    written(
        &app,
        &acme,
        1,
        &hold("startsOn: \"2026-01-01\", endsOn: \"2026-03-31\", sourceSystem: \"school\", sourceRecordId: \"A-1\""),
        "",
    )
    .await;
    written(&app, &acme, 1, &hold("startsOn: \"2026-11-01\""), "").await;
    for (filter, count) in [
        ("", 2),
        (", onDate: \"2025-12-31\"", 0),
        (", onDate: \"2026-01-01\"", 1),
        (", onDate: \"2026-03-31\"", 1),
        (", onDate: \"2026-04-01\"", 0),
        (", onDate: \"2999-01-01\"", 1),
    ] {
        assert_eq!(held(&app, &acme, filter).await["totalCount"], count, "{filter}");
    }
    // The same record of the system, and another period at the same time, are refused; so are windows that are none.
    for (more, code, field, says) in [
        (
            "startsOn: \"2026-05-01\", endsOn: \"2026-05-31\", sourceSystem: \"school\", sourceRecordId: \"A-1\"",
            "METHOD_TAKEN",
            "sourceRecordId",
            "unlink it first",
        ),
        ("startsOn: \"2026-03-31\", endsOn: \"2026-05-31\"", "METHOD_TAKEN", "startsOn", "does not overlap"),
        ("startsOn: \"2026-06-02\", endsOn: \"2026-06-01\"", "INVALID", "endsOn", "must not be before startsOn"),
        ("sourceSystem: \"school\"", "INVALID", "sourceRecordId", "go together"),
    ] {
        let refusal = refused(&app, &acme, &hold(more)).await;
        assert!(is(&refusal, code, field, says), "{more}: {refusal:?}");
    }
    // Another organization's record of that system under that number is its own.
    let riverside = Who::stranger();
    let theirs = make(&app, &riverside, CREATE).await;
    let ruth = ids::contact("Ruth Vance");
    let hold = format!(
        "addressLink(addressId: \"{theirs}\", to: {{contactId: \"{ruth}\"}}, holding: {{sourceSystem: \"school\", sourceRecordId: \"A-1\"}})"
    );
    written(&app, &riverside, 1, &hold, "").await;
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_that_changes_is_closed_and_another_takes_its_place() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let winter = make(&app, &acme, CREATE).await;
    let link = format!(
        "addressLink(addressId: \"{winter}\", to: {{contactId: \"{jane}\"}}, holding: {{isPrimary: true, sortOrder: 3, sourceSystem: \"school\", sourceRecordId: \"A-1\"}})"
    );
    written(&app, &acme, 1, &link, "").await;
    let update = |which: &str, holding: &str| {
        format!("addressHoldingUpdate(addressId: \"{winter}\", contactId: \"{jane}\"{which}, holding: {{{holding}}})")
    };
    written(&app, &acme, 2, &update("", "startsOn: \"2026-01-01\", endsOn: \"2026-03-31\""), "").await;
    let now = held(&app, &acme, "").await;
    let expected = json!({ "type": "PHYSICAL", "isPrimary": true, "startsOn": "2026-01-01", "endsOn": "2026-03-31",
        "sourceSystem": "school", "sourceRecordId": "A-1", "node": { "street1": "7 Winter Rd" } });
    assert_eq!(now["edges"], json!([expected]), "the primary one stays it, with its record");
    same(&app, &acme, &update("", "endsOn: \"2026-03-31\"")).await;
    // It goes on: the end is cleared. What was stays in the past.
    written(&app, &acme, 2, &update("", "endsOn: null, sourceSystem: null, sourceRecordId: null"), "").await;
    assert_eq!(held(&app, &acme, ", onDate: \"2030-01-01\"").await["totalCount"], 1);
    let periods = app.behind(&format!("SELECT starts_on, ends_on, unlinked_at IS NULL AS is_open FROM contact_addresses WHERE address_id = '{winter}' ORDER BY linked_at")).await;
    assert_eq!(
        json!(periods),
        json!([
            { "starts_on": null, "ends_on": null, "is_open": false },
            { "starts_on": "2026-01-01", "ends_on": "2026-03-31", "is_open": false },
            { "starts_on": "2026-01-01", "ends_on": null, "is_open": true },
        ])
    );
    // The record is free again.
    let other = make(&app, &acme, CREATE).await;
    let link = format!(
        "addressLink(addressId: \"{other}\", to: {{contactId: \"{jane}\"}}, holding: {{type: MAILING, sourceSystem: \"school\", sourceRecordId: \"A-1\"}})"
    );
    written(&app, &acme, 1, &link, "").await;
    // What cannot be is said.
    for (which, holding, code, field, says) in [
        ("", "endsOn: \"2025-12-31\"", "INVALID", "endsOn", "must not be before startsOn"),
        ("", "type: null", "INVALID", "type", "cannot be cleared"),
        ("", "sourceSystem: \"school\"", "INVALID", "sourceRecordId", "go together"),
        ("", "sourceSystem: \"school\", sourceRecordId: \"A-1\"", "METHOD_TAKEN", "sourceRecordId", "unlink it first"),
        (", period: {type: BILLING}", "endsOn: \"2027-01-01\"", "NOT_FOUND", "addressId", "use addressLink"),
        (", period: {startsOn: \"2020-01-01\"}", "endsOn: \"2027-01-01\"", "NOT_FOUND", "addressId", "use addressLink"),
    ] {
        let refusal = refused(&app, &acme, &update(which, holding)).await;
        assert!(is(&refusal, code, field, says), "{which} {holding}: {refusal:?}");
    }
    let second = format!(
        "addressLink(addressId: \"{winter}\", to: {{contactId: \"{jane}\"}}, holding: {{type: BILLING, startsOn: \"2026-01-01\"}})"
    );
    written(&app, &acme, 1, &second, "").await;
    let refusal = refused(&app, &acme, &update("", "endsOn: \"2027-01-01\"")).await;
    assert!(is(&refusal, "AMBIGUOUS", "period", "in 2 periods"), "{refusal:?}");
    written(&app, &acme, 2, &update(", period: {type: BILLING}", "endsOn: \"2027-01-01\""), "").await;
    // A letter goes where somebody is found today, and nowhere else.
    proved(&app).await;
}

/// Two who change one period: the second has read what is no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_period_that_has_changed_meanwhile_is_a_conflict() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let winter = make(&app, &acme, CREATE).await;
    written(&app, &acme, 1, &format!("addressLink(addressId: \"{winter}\", to: {{contactId: \"{jane}\"}})"), "").await;
    let read = async || {
        let query = format!(
            "{{ contact(id: \"{jane}\") {{ addresses(filter: {{cities: [\"Peoria\"]}}) {{ edges {{ holdingVersion }} }} }} }}"
        );
        app.ask(&acme, &query).await.at("/contact/addresses/edges/0/holdingVersion").as_i64().unwrap()
    };
    let update = |day: &str, version: i64| {
        format!(
            "addressHoldingUpdate(addressId: \"{winter}\", contactId: \"{jane}\", holding: {{endsOn: \"{day}\"}}, expectedVersion: {version})"
        )
    };
    let first = read().await;
    let payload = written(&app, &acme, 2, &update("2026-07-31", first), "holdingVersion").await;
    let second = read().await;
    assert_ne!(first, second);
    assert_eq!(payload["holdingVersion"], second);
    let refusal = refused(&app, &acme, &update("2026-08-31", first)).await;
    assert_eq!(refusal.code, "VERSION_CONFLICT", "{refusal:?}");
    let payload = written(&app, &acme, 2, &update("2026-08-31", second), "holdingVersion").await;
    assert_eq!(payload["holdingVersion"], read().await);
    proved(&app).await;
}

/// Two who link the same record of a source system at once: one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_record_of_a_system_is_linked_once_whoever_is_quicker() {
    let app = App::demo().await;
    let (acme, jane) = (Who::acme_admin(), ids::contact("Jane Doe"));
    let (bob, first, second) =
        (ids::contact("Bob Smith"), make(&app, &acme, CREATE).await, make(&app, &acme, CREATE).await);
    let link = |address: uuid::Uuid, contact: uuid::Uuid| {
        format!(
            "mutation {{ addressLink(addressId: \"{address}\", to: {{contactId: \"{contact}\"}}, holding: {{sourceSystem: \"school\", sourceRecordId: \"A-9\"}}) {{ position userErrors {{ code field message }} }} }}"
        )
    };
    let (one, other) = (link(first, jane), link(second, bob));
    let (one, other) = tokio::join!(app.ask(&acme, &one), app.ask(&acme, &other));
    let mut codes: Vec<String> = [&one, &other]
        .map(|answer| {
            answer
                .at("/addressLink/userErrors")
                .pointer("/0/code")
                .map_or("done", |code| code.as_str().unwrap())
                .to_owned()
        })
        .to_vec();
    codes.sort();
    assert_eq!(codes, ["METHOD_TAKEN", "done"], "{:#} {:#}", one.body, other.body);
    proved(&app).await;
}
