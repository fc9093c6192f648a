//! What people are before a relationship may name them, and siblings, read from both sides.

use serde_json::{Value, json};

use super::{change, marta, person, start, started};
use crate::support::{App, Who};

#[tokio::test]
async fn two_siblings_are_one_row_read_from_both_sides() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let leo = person(&app, &marta, "Leo", &["STUDENT"]).await;
    let half = json!({ "studentId": mia, "relatedStudentId": leo, "label": "half-sibling", "startsOn": "2025-08-18" });
    let before = started(&app, &marta, "studentRelationshipStart", half).await;
    // Named the other way round it is the same pair.
    let sibling = json!({ "studentId": leo, "relatedStudentId": mia, "label": "Sibling", "startsOn": "2026-01-01", "replaces": before });
    let after = started(&app, &marta, "studentRelationshipStart", sibling).await;
    for (one, other) in [(mia, "Leo"), (leo, "Mia")] {
        let ask = format!(
            "{{ contact(id: \"{one}\") {{ relationships {{ totalCount edges {{ id label status version node {{ firstName }} }} }}
                then: relationships(onDate: \"2025-12-31\") {{ edges {{ id label endsOn }} }}
                all: relationships(filter: {{ statuses: [ACTIVE, ENDED] }}) {{ totalCount }}
                labels: relationships(filter: {{ labels: [\"sibling\"] }}) {{ totalCount }} }} }}"
        );
        let told = app.ask(&marta, &ask).await;
        assert_eq!(
            told.at("/contact/relationships"),
            &json!({ "totalCount": 1, "edges": [
                { "id": after, "label": "Sibling", "status": "ACTIVE", "version": 1, "node": { "firstName": other } }] })
        );
        let then = json!([{ "id": before, "label": "half-sibling", "endsOn": "2025-12-31" }]);
        assert_eq!(told.at("/contact/then/edges"), &then);
        assert_eq!((told.at("/contact/all/totalCount"), told.at("/contact/labels/totalCount")), (&json!(2), &json!(1)));
    }
    let again = json!({ "studentId": mia, "relatedStudentId": leo, "label": "sibling ", "startsOn": "2027-01-01" });
    let refused = start(&app, &marta, "studentRelationshipStart", again).await.refusals("studentRelationshipStart");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("OVERLAPS", "startsOn"));
    assert_eq!(
        refused[0].message,
        "these two students are related as \"Sibling\" from 2026-01-01 on already: choose days outside of that, or name that relationship in replaces"
    );
    app.is_proved().await;
}

#[tokio::test]
async fn pages_of_relatives_go_forwards_and_backwards() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    for name in ["Ava", "Ben", "Cleo", "Dan", "Eve"] {
        let other = person(&app, &marta, name, &["STUDENT", "GUARDIAN"]).await;
        // Now the one, now the other is named first.
        let pair = if name < "C" { (mia, other) } else { (other, mia) };
        let cousin =
            json!({ "studentId": pair.0, "relatedStudentId": pair.1, "label": "cousin", "startsOn": "2025-08-18" });
        started(&app, &marta, "studentRelationshipStart", cousin).await;
        let priority = i32::from(name.as_bytes()[0]) % 3;
        let guardian = json!({ "studentId": mia, "guardianId": other, "label": "aunt", "startsOn": "2025-08-18", "priority": priority,
            "isPrimaryContact": name == "Dan" });
        started(&app, &marta, "studentGuardianStart", guardian).await;
    }
    for (list, expected) in [
        ("relationships", ["Ava", "Ben", "Cleo", "Dan", "Eve"]),
        // The primary contact, then by priority: B 0, E 0, C 1, A 2.
        ("guardians", ["Dan", "Ben", "Eve", "Cleo", "Ava"]),
    ] {
        let (mut forwards, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = format!(
                "query ($id: UUID!, $after: String) {{ contact(id: $id) {{ {list}(first: 2, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ firstName }} }} }} }}"
            );
            let page = app.ask_with(&marta, &query, json!({ "id": mia, "after": after })).await;
            let nodes = page.list(&format!("/contact/{list}/nodes"));
            forwards.extend(nodes.iter().map(|node| node["firstName"].as_str().unwrap().to_owned()));
            after = page.at(&format!("/contact/{list}/pageInfo/endCursor")).clone();
            if page.at(&format!("/contact/{list}/pageInfo/hasNextPage")) == &json!(false) {
                break;
            }
        }
        assert_eq!(forwards, expected, "{list}");
        let last = format!("{{ contact(id: \"{mia}\") {{ {list}(last: 2) {{ nodes {{ firstName }} }} }} }}");
        let last = app.ask(&marta, &last).await;
        let last: Vec<&str> = last
            .list(&format!("/contact/{list}/nodes"))
            .iter()
            .map(|node| node["firstName"].as_str().unwrap())
            .collect();
        assert_eq!(last, expected[3..], "{list}");
    }
}

#[tokio::test]
async fn a_persona_is_granted_once_and_not_revoked_while_it_is_needed() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let hana = person(&app, &marta, "Hana", &["GUARDIAN"]).await;
    let again = change(&app, &marta, "contactGrantPersona", &format!("id: \"{mia}\", persona: STUDENT")).await;
    assert_eq!(again.done("contactGrantPersona")["position"], Value::Null);
    let pending = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2999-01-01" });
    let id = started(&app, &marta, "studentGuardianStart", pending).await;
    for (contact, persona) in [(mia, "STUDENT"), (hana, "GUARDIAN")] {
        let revoke = format!("id: \"{contact}\", persona: {persona}");
        let refused = change(&app, &marta, "contactRevokePersona", &revoke).await.refusals("contactRevokePersona");
        assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("IN_USE", "persona"));
        assert_eq!(
            refused[0].message,
            format!("1 relationship that is not over names this contact as {persona}; end or void them first")
        );
        let archive = change(&app, &marta, "contactDelete", &format!("id: \"{contact}\"")).await;
        let refused = archive.refusals("contactDelete");
        assert_eq!(
            (refused[0].code.as_str(), refused[0].message.as_str()),
            ("IN_USE", "1 relationship that is not over names this contact; end or void them first")
        );
    }
    change(&app, &marta, "studentGuardianVoid", &format!("id: \"{id}\", reason: \"a slip\""))
        .await
        .done("studentGuardianVoid");
    change(&app, &marta, "contactRevokePersona", &format!("id: \"{mia}\", persona: STUDENT"))
        .await
        .done("contactRevokePersona");
    let ask = format!(
        "{{ contact(id: \"{mia}\") {{ personas {{ persona }} history(first: 1) {{ nodes {{ type fields {{ name old new }} subjects {{ kind }} }} }} }}
            hana: contact(id: \"{hana}\") {{ personas {{ persona grantedBy }} }} }}"
    );
    let told = app.ask(&marta, &ask).await;
    assert_eq!(told.at("/contact/personas"), &json!([]));
    assert_eq!(told.at("/hana/personas"), &json!([{ "persona": "GUARDIAN", "grantedBy": "acme-admin" }]));
    assert_eq!(
        told.at("/contact/history/nodes"),
        &json!([{ "type": "contact.persona.revoked", "fields": [{ "name": "persona", "old": "STUDENT", "new": null }],
            "subjects": [{ "kind": "CONTACT" }] }])
    );
    let not_held = change(&app, &marta, "contactRevokePersona", &format!("id: \"{mia}\", persona: STAFF")).await;
    assert_eq!(not_held.done("contactRevokePersona")["position"], Value::Null, "what is not held is left alone");
    // Granted anew it is a row of its own.
    super::grant(&app, &marta, mia, "STUDENT").await;
    change(&app, &marta, "contactDelete", &format!("id: \"{hana}\"")).await.done("contactDelete");
    let refused = change(&app, &marta, "contactGrantPersona", &format!("id: \"{hana}\", persona: STAFF")).await;
    assert_eq!(refused.refusals("contactGrantPersona")[0].code, "FORBIDDEN");
    app.is_proved().await;
}

#[tokio::test]
async fn the_past_of_a_person_knows_no_relationships_and_says_so() {
    let app = App::demo().await;
    let marta = marta();
    let mia = liaison_server::demo::ids::contact("Mia Park");
    let then = format!(
        "{{ contact(id: \"{mia}\", asOf: {{ at: \"2999-01-01T00:00:00Z\" }}) {{ firstName guardians {{ totalCount }} }} }}"
    );
    let refused = app.ask(&marta, &then).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
    let message = refused.body.pointer("/errors/0/message").unwrap();
    assert_eq!(message, "guardians is told of the present only; ask for it without asOf");
    let name = format!("{{ contact(id: \"{mia}\", asOf: {{ at: \"2999-01-01T00:00:00Z\" }}) {{ firstName }} }}");
    assert_eq!(app.ask(&marta, &name).await.at("/contact/firstName"), "Mia");
}

#[tokio::test]
async fn clinicians_and_viewers_read_families_and_change_none() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    let noah = person(&app, &marta, "Noah", &["STUDENT"]).await;
    for role in [liaison_domain::viewer::Role::Clinician, liaison_domain::viewer::Role::Viewer] {
        let who = Who { organization_id: marta.organization_id, ..Who::acme_viewer() }.with_role(role);
        let kin = json!({ "studentId": mia, "relatedStudentId": noah, "label": "cousin", "startsOn": "2026-01-01" });
        let refused = start(&app, &who, "studentRelationshipStart", kin).await.refusals("studentRelationshipStart");
        assert_eq!(
            (refused[0].code.as_str(), refused[0].message.as_str()),
            (
                "FORBIDDEN",
                "this needs one of the roles super_admin, provider_admin, partner_admin with the permission relate"
            )
        );
        let read = format!("{{ contact(id: \"{mia}\") {{ personas {{ persona }} }} }}");
        assert_eq!(app.ask(&who, &read).await.at("/contact/personas"), &json!([{ "persona": "STUDENT" }]));
    }
}

/// Who goes out of an organization's sight would be somebody's guardian in its books without standing in any list.
#[tokio::test]
async fn whom_relationships_name_does_not_go_unseen_and_does_not_come_back_unasked() {
    let app = App::demo().await;
    let marta = marta();
    let mia = person(&app, &marta, "Mia", &["STUDENT"]).await;
    // Somebody of Acme's, who is linked with the school.
    let owner = Who::acme_admin();
    let hana = person(&app, &owner, "Hana", &[]).await;
    let keeper = Who { organization_id: marta.organization_id, ..Who::super_admin() };
    change(&app, &keeper, "contactLink", &format!("contactId: \"{hana}\", link: {{ type: STAKEHOLDER }}"))
        .await
        .done("contactLink");
    super::grant(&app, &marta, hana, "GUARDIAN").await;
    let mother = json!({ "studentId": mia, "guardianId": hana, "label": "mother", "startsOn": "2020-01-01" });
    let row = started(&app, &marta, "studentGuardianStart", mother).await;
    let unlink = format!("contactId: \"{hana}\"");
    let refused = change(&app, &marta, "contactUnlink", &unlink).await.refusals("contactUnlink");
    assert_eq!(
        (refused[0].code.as_str(), refused[0].field.as_str(), refused[0].message.as_str()),
        ("IN_USE", "contactId", "1 relationship that is not over names this contact; end or void them first")
    );
    change(&app, &marta, "studentGuardianEnd", &format!("id: \"{row}\", endsOn: \"2021-01-01\""))
        .await
        .done("studentGuardianEnd");
    let revoke = format!("id: \"{hana}\", persona: GUARDIAN");
    change(&app, &marta, "contactRevokePersona", &revoke).await.done("contactRevokePersona");
    // An end that moves on would make her a guardian again, who is none.
    let later = format!("id: \"{row}\", endsOn: \"2030-01-01\"");
    let refused = change(&app, &marta, "studentGuardianEnd", &later).await.refusals("studentGuardianEnd");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("INVALID", "id"));
    assert_eq!(refused[0].message, "this contact does not hold the persona GUARDIAN; contactGrantPersona grants it");
    change(&app, &marta, "contactUnlink", &unlink).await.done("contactUnlink");
    app.is_proved().await;
}
