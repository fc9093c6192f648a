//! Every refusal of a relationship: its code, its field and its sentence, and that nothing is written.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{change, marta, person, start, started};
use crate::support::{App, Who};

#[tokio::test]
async fn every_refusal_says_what_would_be_right() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let leo = person(&app, &marta, "Leo", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let yuna = person(&app, &marta, "Yuna", &["GUARDIAN"]).await;
    let plain = person(&app, &marta, "Pat", &[]).await;
    let guardian = |more: Value| {
        with(json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2026-01-01" }), more)
    };
    let kin = |more: Value| {
        with(json!({ "studentId": mia, "relatedStudentId": leo, "label": "sibling", "startsOn": "2026-01-01" }), more)
    };
    let staff = |more: Value| {
        with(
            json!({ "staffId": plain, "workplace": { "organizationId": marta.organization_id }, "startsOn": "2026-01-01" }),
            more,
        )
    };
    let first = json!({ "endsOn": "2026-06-30", "isPrimaryContact": true });
    let mother = started(&app, &marta, "studentGuardianStart", guardian(first)).await;
    let leos = json!({ "studentId": leo, "guardianId": yuna, "label": "aunt" });
    let leos = started(&app, &marta, "studentGuardianStart", guardian(leos)).await;
    let voided = started(&app, &marta, "studentGuardianStart", guardian(json!({ "label": "typo" }))).await;
    change(&app, &marta, "studentGuardianVoid", &format!("id: \"{voided}\", reason: \"a typo\""))
        .await
        .done("studentGuardianVoid");
    let siblings = started(&app, &marta, "studentRelationshipStart", kin(json!({}))).await;
    let third = person(&app, &marta, "Zoe", &["STUDENT"]).await;
    let missing = Uuid::new_v4();
    let events = app.events().await;
    let of = "studentGuardianStart";
    for (mutation, input, code, field, message) in [
        (of, guardian(json!({ "studentId": missing })), "NOT_FOUND", "studentId", "there is no contact with this id"),
        (of, guardian(json!({ "guardianId": missing })), "NOT_FOUND", "guardianId", "there is no contact with this id"),
        (
            of,
            guardian(json!({ "studentId": plain })),
            "INVALID",
            "studentId",
            "this contact does not hold the persona STUDENT; contactGrantPersona grants it",
        ),
        (
            of,
            guardian(json!({ "guardianId": leo })),
            "INVALID",
            "guardianId",
            "this contact does not hold the persona GUARDIAN; contactGrantPersona grants it",
        ),
        (
            "staffAssignmentStart",
            staff(json!({})),
            "INVALID",
            "staffId",
            "this contact does not hold the persona STAFF; contactGrantPersona grants it",
        ),
        (
            of,
            guardian(json!({ "endsOn": "2025-12-31", "label": "x" })),
            "INVALID",
            "endsOn",
            "endsOn must not be before startsOn, 2026-01-01: the last day counts too",
        ),
        (
            of,
            guardian(json!({ "label": null })),
            "INVALID",
            "label",
            "label must say what they are to each other, such as \"mother\"",
        ),
        (
            of,
            guardian(json!({ "label": "  " })),
            "INVALID",
            "label",
            "label must say what they are to each other, such as \"mother\"",
        ),
        (
            of,
            guardian(json!({ "priority": 1000, "label": "x" })),
            "INVALID",
            "priority",
            "priority must be 0 to 999; it is 1000: the lowest comes first",
        ),
        (
            of,
            guardian(json!({ "restrictions": "a\u{7}b", "label": "x" })),
            "INVALID",
            "restrictions",
            "restrictions must be text without control characters; it has U+0007",
        ),
        (
            of,
            guardian(json!({ "startsOn": "2026-06-30", "label": "Mother" })),
            "OVERLAPS",
            "startsOn",
            "this guardian is the student's \"mother\" from 2026-01-01 to 2026-06-30 already: choose days outside of that, or name that guardianship in replaces",
        ),
        (
            of,
            guardian(
                json!({ "guardianId": yuna, "label": "aunt", "startsOn": "2025-06-01", "isPrimaryContact": true }),
            ),
            "OVERLAPS",
            "isPrimaryContact",
            "the student has another primary contact from 2026-01-01 to 2026-06-30: let this one begin later or end before that day, or void that one and start it again so that it is not primary",
        ),
        (
            of,
            guardian(json!({ "replaces": mother })),
            "INVALID",
            "startsOn",
            "startsOn must be after 2026-01-01, on which the guardianship begins that this is to replace; if that one is wrong, studentGuardianVoid it",
        ),
        (
            of,
            guardian(json!({ "replaces": mother, "startsOn": "2026-09-01" })),
            "INVALID",
            "replaces",
            "the guardianship that this is to replace ends on 2026-06-30, before startsOn: leave replaces out to begin a new one",
        ),
        (
            of,
            guardian(json!({ "replaces": mother, "startsOn": "2026-09-01", "endsOn": null })),
            "INVALID",
            "replaces",
            "the guardianship that this is to replace ends on 2026-06-30, before startsOn: leave replaces out to begin a new one",
        ),
        (
            of,
            guardian(json!({ "replaces": leos })),
            "INVALID",
            "replaces",
            "this guardianship is another student's; replaces must name one of the same student",
        ),
        (
            of,
            guardian(json!({ "replaces": voided })),
            "INVALID",
            "replaces",
            "this guardianship was voided; leave replaces out to begin a new one",
        ),
        (
            of,
            guardian(json!({ "replaces": missing })),
            "NOT_FOUND",
            "replaces",
            "there is no guardianship with this id",
        ),
        (
            of,
            guardian(json!({ "replaces": siblings })),
            "NOT_FOUND",
            "replaces",
            "there is no guardianship with this id",
        ),
        (of, guardian(json!({ "id": mother })), "ID_TAKEN", "id", "this id is in use; leave it out to have one made"),
        (
            of,
            guardian(json!({ "id": mia, "label": "x" })),
            "ID_TAKEN",
            "id",
            "this id is in use; leave it out to have one made",
        ),
        (
            "studentRelationshipStart",
            kin(json!({ "relatedStudentId": mia })),
            "INVALID",
            "relatedStudentId",
            "nobody is related to themselves: relatedStudentId must name another student",
        ),
        (
            "studentRelationshipStart",
            kin(json!({ "relatedStudentId": third, "replaces": siblings, "startsOn": "2026-03-01" })),
            "INVALID",
            "replaces",
            "this relationship is between others; the persons of one never change: end it, and start another without replaces",
        ),
        (
            "studentRelationshipStart",
            kin(json!({ "relatedStudentId": hana })),
            "INVALID",
            "relatedStudentId",
            "this contact does not hold the persona STUDENT; contactGrantPersona grants it",
        ),
    ] {
        let shown = format!("{mutation} {input}");
        let refused = start(&app, &marta, mutation, input).await.refusals(mutation);
        let told = (refused[0].code.as_str(), refused[0].field.as_str(), refused[0].message.as_str());
        assert_eq!(told, (code, field, message), "{shown}");
    }
    for (name, arguments, code, field, message) in [
        (
            "studentGuardianEnd",
            format!("id: \"{mother}\", endsOn: \"2025-12-31\""),
            "INVALID",
            "endsOn",
            "endsOn must not be before startsOn, 2026-01-01: the last day counts too",
        ),
        (
            "studentGuardianEnd",
            format!("id: \"{voided}\", endsOn: \"2026-12-31\""),
            "INVALID",
            "id",
            "this guardianship was voided and cannot end; studentGuardianStart begins a new one",
        ),
        (
            "studentGuardianVoid",
            format!("id: \"{mother}\""),
            "INVALID",
            "reason",
            "reason must say what was wrong with this guardianship",
        ),
        (
            "studentGuardianVoid",
            format!("id: \"{mother}\", reason: \" \""),
            "INVALID",
            "reason",
            "reason must say what was wrong with this guardianship",
        ),
        (
            "studentGuardianVoid",
            format!("id: \"{siblings}\", reason: \"x\""),
            "NOT_FOUND",
            "id",
            "there is no guardianship with this id",
        ),
        (
            "staffAssignmentEnd",
            format!("id: \"{missing}\", endsOn: \"2026-01-01\""),
            "NOT_FOUND",
            "id",
            "there is no assignment with this id",
        ),
        (
            "studentRelationshipVoid",
            format!("id: \"{missing}\", reason: \"x\""),
            "NOT_FOUND",
            "id",
            "there is no relationship with this id",
        ),
        (
            "contactGrantPersona",
            format!("id: \"{missing}\", persona: STAFF"),
            "NOT_FOUND",
            "id",
            "there is no contact with this id",
        ),
    ] {
        let refused = change(&app, &marta, name, &arguments).await.refusals(name);
        let told = (refused[0].code.as_str(), refused[0].field.as_str(), refused[0].message.as_str());
        assert_eq!(told, (code, field, message), "{name}({arguments})");
    }
    assert_eq!(app.events().await, events, "no refusal leaves a trace");
    // Whoever sees everything ends what the school recorded; it stays the school's.
    let ada = Who::super_admin();
    change(&app, &ada, "studentGuardianEnd", &format!("id: \"{mother}\", endsOn: \"2026-05-31\""))
        .await
        .done("studentGuardianEnd");
    let wider = guardian(json!({ "replaces": mother, "startsOn": "2026-03-01", "isLegalGuardian": true }));
    let id = started(&app, &ada, "studentGuardianStart", wider).await;
    let ask = format!(
        "{{ node(id: \"{id}\") {{ ... on StudentGuardian {{ recordedBy {{ subdomain }} isPrimaryContact endsOn }} }} }}"
    );
    assert_eq!(
        app.ask(&marta, &ask).await.at("/node"),
        &json!({ "recordedBy": { "subdomain": "lakeside" }, "isPrimaryContact": true, "endsOn": "2026-05-31" })
    );
    app.is_proved().await;
}

fn with(mut base: Value, more: Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}
