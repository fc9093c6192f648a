//! Guardians: handing over in mid-year, a court's restriction, who is called first, and what becomes of it in the history.

use serde_json::{Value, json};

use super::{change, guardians_on, marta, person, start, started, told};
use crate::support::{App, Who};

#[tokio::test]
async fn a_guardianship_changes_hands_in_mid_year_in_one_command() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let daniel = person(&app, &marta, "Daniel", &["GUARDIAN"]).await;
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2025-08-18",
        "isPrimaryContact": true, "isLegalGuardian": true, "livesWith": true, "priority": 1 });
    let mother = started(&app, &marta, "studentGuardianStart", mother).await;
    // Mid-year, and in the future: agreed today.
    let father = json!({ "studentId": mia, "guardianId": daniel, "label": "father", "startsOn": "2999-02-01",
        "isPrimaryContact": true, "replaces": mother });
    let done = start(&app, &marta, "studentGuardianStart", father).await;
    let payload = done.done("studentGuardianStart");
    assert_eq!(payload["studentGuardian"]["status"], "PENDING");
    assert_eq!(
        payload["changes"],
        json!([{ "type": "student.guardian.ended" }, { "type": "student.guardian.established" }])
    );
    assert_eq!(guardians_on(&app, &marta, mia, "2999-01-31").await, told(&[("Hana", "mother", true)]));
    assert_eq!(guardians_on(&app, &marta, mia, "2999-02-01").await, told(&[("Daniel", "father", true)]));
    assert_eq!(guardians_on(&app, &marta, mia, "2025-08-17").await, []);
    // Without a day it is today, and without a filter what holds.
    let ask = format!(
        "{{ contact(id: \"{mia}\") {{ guardians {{ nodes {{ firstName }} }}
            all: guardians(filter: {{ statuses: [PENDING, ACTIVE, ENDED, VOIDED] }}) {{ edges {{ status startsOn endsOn }} }} }} }}"
    );
    let now = app.ask(&marta, &ask).await;
    assert_eq!(now.at("/contact/guardians/nodes"), &json!([{ "firstName": "Hana" }]));
    assert_eq!(
        now.at("/contact/all/edges"),
        &json!([
            { "status": "PENDING", "startsOn": "2999-02-01", "endsOn": null },
            { "status": "ACTIVE", "startsOn": "2025-08-18", "endsOn": "2999-01-31" },
        ])
    );
    // From her side: her ward of then.
    let wards = format!(
        "{{ contact(id: \"{hana}\") {{ wards {{ edges {{ label node {{ firstName }} }} }} then: wards(onDate: \"2999-02-01\") {{ totalCount }} }} }}"
    );
    let wards = app.ask(&marta, &wards).await;
    assert_eq!(wards.at("/contact/wards/edges"), &json!([{ "label": "mother", "node": { "firstName": "Mia" } }]));
    assert_eq!(wards.at("/contact/then/totalCount"), &json!(0));
    app.is_proved().await;
}

#[tokio::test]
async fn a_court_restricts_a_father_and_what_is_not_said_stays() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let daniel = person(&app, &marta, "Daniel", &["GUARDIAN"]).await;
    let father = json!({ "studentId": mia, "guardianId": daniel, "label": "father", "startsOn": "2025-08-18",
        "isLegalGuardian": true, "livesWith": true, "isEmergencyContact": true, "priority": 2, "endsOn": "2998-12-31" });
    let before = started(&app, &marta, "studentGuardianStart", father).await;
    let order = "Supervised visits only.\nSangamon County Court, 2026-D-7.";
    let restricted = json!({ "studentId": mia, "guardianId": daniel, "startsOn": "2026-03-02", "restrictions": order,
        "livesWith": false, "isEmergencyContact": null, "replaces": before });
    let after = started(&app, &marta, "studentGuardianStart", restricted).await;
    let ask = format!(
        "{{ node(id: \"{after}\") {{ id version ... on StudentGuardian {{ label isLegalGuardian livesWith isEmergencyContact priority restrictions startsOn endsOn
              student {{ firstName }} guardian {{ firstName }} recordedBy {{ subdomain }} before: status(onDate: \"2026-03-01\") status }} }}
            before: node(id: \"{before}\") {{ ... on StudentGuardian {{ endsOn restrictions status(onDate: \"2026-03-02\")
              history {{ nodes {{ type reason actor fields {{ name old new }} subjects {{ kind id }} }} }} }} }} }}"
    );
    let told = app.ask(&marta, &ask).await;
    assert_eq!(
        told.at("/node"),
        &json!({ "id": after, "version": 1, "label": "father", "isLegalGuardian": true, "livesWith": false, "isEmergencyContact": false,
            "priority": 2, "restrictions": order, "startsOn": "2026-03-02", "endsOn": "2998-12-31", "student": { "firstName": "Mia" },
            "guardian": { "firstName": "Daniel" }, "recordedBy": { "subdomain": "lakeside" }, "before": "PENDING", "status": "ACTIVE" })
    );
    assert_eq!(told.at("/before/status"), "ENDED");
    assert_eq!(told.at("/before/endsOn"), "2026-03-01");
    // The old and the new value, and why.
    let ended = told.at("/before/history/nodes/0");
    assert_eq!(
        (&ended["type"], &ended["reason"], &ended["fields"]),
        (
            &json!("student.guardian.ended"),
            &json!("as agreed"),
            &json!([{ "name": "endsOn", "old": "2998-12-31", "new": "2026-03-01" }])
        )
    );
    assert_eq!(
        ended["subjects"],
        json!([{ "kind": "STUDENT_GUARDIAN", "id": before }, { "kind": "CONTACT", "id": mia }, { "kind": "CONTACT", "id": daniel }])
    );
    // In the history of both persons too, with what the new row says and what it takes the place of.
    for person in [mia, daniel] {
        let history = format!(
            "{{ contact(id: \"{person}\") {{ history(first: 2) {{ nodes {{ type fields {{ name new }} }} }} }} }}"
        );
        let history = app.ask(&marta, &history).await;
        let types: Vec<&Value> = history.list("/contact/history/nodes").iter().map(|entry| &entry["type"]).collect();
        assert_eq!(types, ["student.guardian.established", "student.guardian.ended"]);
        let fields = history.list("/contact/history/nodes/0/fields");
        assert!(fields.contains(&json!({ "name": "restrictions", "new": order })), "{fields:?}");
        assert!(fields.contains(&json!({ "name": "replaces", "new": before })), "{fields:?}");
        assert!(fields.contains(&json!({ "name": "label", "new": "father" })), "{fields:?}");
    }
    app.is_proved().await;
}

#[tokio::test]
async fn whoever_is_called_first_for_a_summer_gives_that_back() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let yuna = person(&app, &marta, "Yuna", &["GUARDIAN"]).await;
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2025-08-18", "isPrimaryContact": true,
        "priority": 1, "isLegalGuardian": true });
    let mother = started(&app, &marta, "studentGuardianStart", mother).await;
    let summer = json!({ "studentId": mia, "guardianId": yuna, "label": "grandmother", "startsOn": "2026-06-15", "endsOn": "2026-08-14",
        "isPrimaryContact": true, "priority": 3 });
    let done = start(&app, &marta, "studentGuardianStart", summer.clone()).await;
    assert_eq!(done.done("studentGuardianStart")["changes"].as_array().unwrap().len(), 4);
    for (on, rows) in [
        ("2026-06-14", &[("Hana", "mother", true)][..]),
        ("2026-06-15", &[("Yuna", "grandmother", true), ("Hana", "mother", false)]),
        ("2026-08-14", &[("Yuna", "grandmother", true), ("Hana", "mother", false)]),
        ("2026-08-15", &[("Hana", "mother", true)]),
    ] {
        assert_eq!(guardians_on(&app, &marta, mia, on).await, told(rows), "{on}");
    }
    let first = format!("{{ node(id: \"{mother}\") {{ ... on StudentGuardian {{ endsOn isPrimaryContact }} }} }}");
    assert_eq!(
        app.ask(&marta, &first).await.at("/node"),
        &json!({ "endsOn": "2026-06-14", "isPrimaryContact": true }),
        "what was, was"
    );
    // Filters hold on one and the same row.
    let ask = format!(
        "{{ contact(id: \"{mia}\") {{
            first: guardians(onDate: \"2026-07-01\", filter: {{ isPrimaryContact: true }}) {{ nodes {{ firstName }} }}
            law: guardians(onDate: \"2026-07-01\", filter: {{ isLegalGuardian: true, isPrimaryContact: false }}) {{ nodes {{ firstName }} }}
            label: guardians(onDate: \"2026-07-01\", filter: {{ labels: [\"Grandmother \", \"aunt\"] }}) {{ nodes {{ firstName }} }}
            none: guardians(onDate: \"2026-07-01\", filter: {{ livesWith: true }}) {{ totalCount }} }} }}"
    );
    let found = app.ask(&marta, &ask).await;
    for (name, who) in [("first", "Yuna"), ("law", "Hana"), ("label", "Yuna")] {
        assert_eq!(found.at(&format!("/contact/{name}/nodes")), &json!([{ "firstName": who }]), "{name}");
    }
    assert_eq!(found.at("/contact/none/totalCount"), &json!(0));
    app.is_proved().await;
}

#[tokio::test]
async fn a_wrong_row_is_voided_with_its_reason_and_makes_room() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2025-08-18", "isPrimaryContact": true });
    let wrong = started(&app, &marta, "studentGuardianStart", mother.clone()).await;
    let voided =
        change(&app, &marta, "studentGuardianVoid", &format!("id: \"{wrong}\", reason: \"the other Mia\"")).await;
    voided.done("studentGuardianVoid");
    assert_eq!(guardians_on(&app, &marta, mia, "2026-01-01").await, []);
    let again = change(&app, &marta, "studentGuardianVoid", &format!("id: \"{wrong}\", reason: \"once more\"")).await;
    assert_eq!(again.done("studentGuardianVoid")["position"], Value::Null, "it is so already");
    let ask = format!(
        "{{ contact(id: \"{mia}\") {{ guardians(filter: {{ statuses: [VOIDED] }}) {{ edges {{ id status voidReason }} }} }}
            node(id: \"{wrong}\") {{ ... on StudentGuardian {{ status voidReason voidedBy history(first: 1) {{ nodes {{ type reason fields {{ name old new }} }} }} }} }} }}"
    );
    let told = app.ask(&marta, &ask).await;
    assert_eq!(
        told.at("/contact/guardians/edges"),
        &json!([{ "id": wrong, "status": "VOIDED", "voidReason": "the other Mia" }])
    );
    assert_eq!((told.at("/node/status"), told.at("/node/voidedBy")), (&json!("VOIDED"), &json!("acme-admin")));
    let entry = told.at("/node/history/nodes/0");
    assert_eq!((&entry["type"], &entry["reason"]), (&json!("student.guardian.voided"), &json!("the other Mia")));
    let fields = entry["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({ "name": "voidReason", "old": null, "new": "the other Mia" })), "{fields:?}");
    // The same days are free.
    started(&app, &marta, "studentGuardianStart", mother).await;
    app.is_proved().await;
}

#[tokio::test]
async fn an_emancipated_student_is_their_own_guardian() {
    let app = App::demo().await;
    let marta = marta();
    let noah = person(&app, &marta, "Noah", &["STUDENT"]).await;
    let own = json!({ "studentId": noah, "guardianId": noah, "label": "self", "startsOn": "2026-05-06", "isPrimaryContact": true,
        "isLegalGuardian": true });
    let refused = start(&app, &marta, "studentGuardianStart", own.clone()).await.refusals("studentGuardianStart");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("INVALID", "guardianId"));
    super::grant(&app, &marta, noah, "GUARDIAN").await;
    let id = started(&app, &marta, "studentGuardianStart", own).await;
    assert_eq!(guardians_on(&app, &marta, noah, "2026-05-06").await, told(&[("Noah", "self", true)]));
    let subjects = format!(
        "{{ node(id: \"{id}\") {{ ... on StudentGuardian {{ history {{ totalCount nodes {{ subjects {{ kind }} }} }} }} }} }}"
    );
    assert_eq!(
        app.ask(&marta, &subjects).await.at("/node/history"),
        &json!({ "totalCount": 1, "nodes": [{ "subjects": [{ "kind": "STUDENT_GUARDIAN" }, { "kind": "CONTACT" }] }] }),
        "one person is concerned once"
    );
    app.is_proved().await;
}

#[tokio::test]
async fn an_end_may_be_said_in_advance_and_moved() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2025-08-18" });
    let id = started(&app, &marta, "studentGuardianStart", mother).await;
    for (ends_on, written) in [("2998-06-30", true), ("2998-06-30", false), ("2998-07-31", true), ("2026-01-31", true)]
    {
        let ended = change(&app, &marta, "studentGuardianEnd", &format!("id: \"{id}\", endsOn: \"{ends_on}\"")).await;
        assert_eq!(ended.done("studentGuardianEnd")["position"].is_string(), written, "{ends_on}");
    }
    let stale = "expectedVersion: 2, endsOn: \"2026-02-28\"";
    let stale = change(&app, &marta, "studentGuardianEnd", &format!("id: \"{id}\", {stale}")).await;
    assert_eq!(stale.refusals("studentGuardianEnd")[0].code, "VERSION_CONFLICT");
    // A rehearsal of a hand-over shows the rows as they would be, and leaves them.
    let yuna = person(&app, &marta, "Yuna", &["GUARDIAN"]).await;
    let query = "mutation ($start: StudentGuardianStartInput!, $version: Int) {
        studentGuardianStart(studentGuardian: $start, dryRun: true, expectedVersion: $version) {
          studentGuardian { label guardian { firstName } } position userErrors { code }
          changes { type node { ... on StudentGuardian { endsOn guardian { firstName } } } } } }";
    let hand_over = json!({ "studentId": mia, "guardianId": yuna, "label": "grandmother", "startsOn": "2025-12-01", "replaces": id });
    let rehearsed = app.ask_with(&marta, query, json!({ "start": hand_over, "version": 4 })).await;
    assert_eq!(
        rehearsed.at("/studentGuardianStart/changes"),
        &json!([
            { "type": "student.guardian.ended", "node": { "endsOn": "2025-11-30", "guardian": { "firstName": "Hana" } } },
            { "type": "student.guardian.established", "node": { "endsOn": null, "guardian": { "firstName": "Yuna" } } },
        ])
    );
    let stale = app.ask_with(&marta, query, json!({ "start": hand_over, "version": 1 })).await;
    assert_eq!(stale.at("/studentGuardianStart/userErrors/0/code"), "VERSION_CONFLICT");
    assert_eq!(guardians_on(&app, &marta, mia, "2026-01-31").await, told(&[("Hana", "mother", false)]));
    app.is_proved().await;
}

#[tokio::test]
async fn nobody_else_sees_a_family() {
    let app = App::demo().await;
    let marta = marta();
    // A student whom Riverside treats, and sees.
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN", "STUDENT", "STAFF"]).await;
    for contact in [mia, hana] {
        let link = format!(
            "mutation {{ contactLink(contactId: \"{contact}\", link: {{ organizationId: \"{}\", type: STAKEHOLDER }}) {{ userErrors {{ message }} }} }}",
            Who::stranger().organization_id
        );
        app.ask(&Who::super_admin(), &link).await.done("contactLink");
    }
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2025-08-18", "isPrimaryContact": true });
    let id = started(&app, &marta, "studentGuardianStart", mother.clone()).await;
    let sisters = json!({ "studentId": mia, "relatedStudentId": hana, "label": "cousin", "startsOn": "2025-08-18" });
    let kin = started(&app, &marta, "studentRelationshipStart", sisters).await;
    let ask = format!(
        "{{ contact(id: \"{mia}\") {{ firstName personas {{ persona }} relationships {{ totalCount nodes {{ id }} }} guardians(filter: {{ statuses: [PENDING, ACTIVE, ENDED, VOIDED] }}) {{ totalCount edges {{ id }} }}
              history {{ nodes {{ type }} }} }}
            hana: contact(id: \"{hana}\") {{ wards {{ totalCount }} staffAssignments {{ totalCount }} personas {{ persona }} }}
            row: node(id: \"{id}\") {{ id }} kin: node(id: \"{kin}\") {{ id }} history(id: \"{id}\") {{ totalCount }} }}"
    );
    let theirs = app.ask(&Who::stranger(), &ask).await;
    assert_eq!(theirs.at("/contact/firstName"), "Mia", "the person is seen");
    assert_eq!(theirs.at("/contact/guardians"), &json!({ "totalCount": 0, "edges": [] }));
    assert_eq!(theirs.at("/contact/personas"), &json!([]));
    assert_eq!(theirs.at("/contact/relationships/totalCount"), &json!(0));
    assert_eq!(
        theirs.at("/hana"),
        &json!({ "wards": { "totalCount": 0 }, "staffAssignments": { "totalCount": 0 }, "personas": [] })
    );
    assert_eq!(
        (theirs.at("/row"), theirs.at("/kin"), theirs.at("/history")),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let history = theirs.at("/contact/history").to_string();
    assert!(!history.contains("student.") && !history.contains("persona"), "{history}");
    // Riverside keeps its own, and neither runs into the other.
    for persona in ["STUDENT", "GUARDIAN"] {
        let whom = if persona == "STUDENT" { mia } else { hana };
        super::grant(&app, &Who::stranger(), whom, persona).await;
    }
    started(&app, &Who::stranger(), "studentGuardianStart", mother).await;
    // What is not theirs reads like what is not there.
    let missing = uuid::Uuid::new_v4();
    for of in [id, missing] {
        for (name, more) in [("studentGuardianEnd", "endsOn: \"2026-01-01\""), ("studentGuardianVoid", "reason: \"x\"")]
        {
            let refused = change(&app, &Who::stranger(), name, &format!("id: \"{of}\", {more}")).await.refusals(name);
            assert_eq!(
                (refused[0].code.as_str(), refused[0].message.as_str()),
                ("NOT_FOUND", "there is no guardianship with this id")
            );
        }
    }
    // Whoever sees everything sees both rows.
    let all = app.ask(&Who::super_admin(), &ask).await;
    assert_eq!(all.at("/contact/guardians/totalCount"), &json!(2));
    app.is_proved().await;
}

/// A guardian already, called first for a summer: one command, and afterwards everybody is what they were. What is ended or changed is ended
/// or changed whole.
#[tokio::test]
async fn a_summer_of_somebody_who_is_a_guardian_already() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let daniel = person(&app, &marta, "Daniel", &["GUARDIAN"]).await;
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2020-01-01", "isPrimaryContact": true });
    let mother = started(&app, &marta, "studentGuardianStart", mother).await;
    let father = json!({ "studentId": mia, "guardianId": daniel, "label": "father", "startsOn": "2020-01-01", "restrictions": "Not alone." });
    let father = started(&app, &marta, "studentGuardianStart", father).await;
    let summer = json!({ "studentId": mia, "guardianId": daniel, "startsOn": "2027-06-01", "endsOn": "2027-08-31", "isPrimaryContact": true,
        "replaces": father });
    started(&app, &marta, "studentGuardianStart", summer).await;
    let usual = [("Hana", "mother", true), ("Daniel", "father", false)];
    for (on, expected) in [
        ("2027-05-31", usual),
        ("2027-07-01", [("Daniel", "father", true), ("Hana", "mother", false)]),
        ("2027-09-01", usual),
    ] {
        assert_eq!(guardians_on(&app, &marta, mia, on).await, told(&expected), "{on}");
    }
    let restricted = "query ($id: UUID!) { contact(id: $id) { guardians(onDate: \"2030-01-01\") { edges { restrictions node { firstName } } } } }";
    let restricted = app.ask_with(&marta, restricted, json!({ "id": mia })).await;
    assert_eq!(restricted.list("/contact/guardians/edges")[1]["restrictions"], "Not alone.");
    // Her row is in pieces now: what is said of the first must not be taken for the whole.
    let court = json!({ "studentId": mia, "guardianId": hana, "startsOn": "2027-02-01", "restrictions": "The court says no.", "replaces": mother });
    let refused = start(&app, &marta, "studentGuardianStart", court).await.refusals("studentGuardianStart");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("INVALID", "replaces"));
    assert!(refused[0].message.contains("goes on from 2027-06-01 to 2027-08-31 in the row"), "{}", refused[0].message);
    let end = format!("id: \"{mother}\", endsOn: \"2027-03-01\"");
    let refused = change(&app, &marta, "studentGuardianEnd", &end).await.refusals("studentGuardianEnd");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("INVALID", "endsOn"));
    app.is_proved().await;
}
