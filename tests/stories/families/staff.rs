//! A teacher between a school and one of its buildings.

use liaison_server::demo::ids;
use serde_json::json;

use super::{change, marta, person, start, started};
use crate::support::{App, Who};

#[tokio::test]
async fn a_teacher_moves_between_a_school_and_its_buildings() {
    let app = App::demo().await;
    let marta = marta();
    let teacher = person(&app, &marta, "Tom", &["STAFF"]).await;
    let school = ids::organization("lakeside");
    let (elementary, high) = (ids::facility("Lakeside Elementary School"), ids::facility("Lakeside High School"));
    let floating = json!({ "staffId": teacher, "workplace": { "organizationId": school }, "startsOn": "2024-08-19", "isPrimary": true });
    let floating = started(&app, &marta, "staffAssignmentStart", floating).await;
    // A class at the high school instead; the primary assignment goes along.
    let class = json!({ "staffId": teacher, "workplace": { "facilityId": high }, "startsOn": "2025-08-18", "replaces": floating });
    let class = started(&app, &marta, "staffAssignmentStart", class).await;
    // And two afternoons a week with the youngest.
    let afternoons = json!({ "staffId": teacher, "workplace": { "facilityId": elementary }, "startsOn": "2025-09-01" });
    started(&app, &marta, "staffAssignmentStart", afternoons).await;
    let places = "edges { isPrimary status startsOn endsOn node { __typename ... on Organization { name } ... on Facility { name } } }";
    let ask = format!(
        "{{ contact(id: \"{teacher}\") {{ staffAssignments {{ totalCount {places} }} then: staffAssignments(onDate: \"2025-08-17\") {{ {places} }}
              first: staffAssignments(filter: {{ isPrimary: true }}) {{ totalCount }} }}
            high: node(id: \"{high}\") {{ ... on Facility {{ staff {{ totalCount edges {{ id isPrimary node {{ name }} }} }} }} }}
            school: organization(id: \"{school}\") {{ staff {{ nodes {{ firstName }} }} then: staff(onDate: \"2025-08-17\") {{ nodes {{ firstName }} }}
              facilities {{ nodes {{ name staff(filter: {{ isPrimary: false }}) {{ nodes {{ firstName }} }} }} }} }}
            node(id: \"{class}\") {{ ... on StaffAssignment {{ staff {{ firstName }} organization {{ name }} facility {{ name }} isPrimary }} }} }}"
    );
    let told = app.ask(&marta, &ask).await;
    let row = |is_primary: bool, starts_on: &str, kind: &str, name: &str| json!({ "isPrimary": is_primary, "status": "ACTIVE", "startsOn": starts_on, "endsOn": null, "node": { "__typename": kind, "name": name } });
    assert_eq!(
        told.at("/contact/staffAssignments"),
        &json!({ "totalCount": 2, "edges": [
            row(true, "2025-08-18", "Facility", "Lakeside High School"),
            row(false, "2025-09-01", "Facility", "Lakeside Elementary School")] })
    );
    assert_eq!(told.at("/contact/then/edges/0/node/name"), "Lakeside School");
    assert_eq!(told.at("/contact/then/edges/0/endsOn"), "2025-08-17");
    assert_eq!(told.at("/contact/first/totalCount"), &json!(1));
    let staff: Vec<&str> =
        told.list("/high/staff/edges").iter().map(|edge| edge["node"]["name"].as_str().unwrap()).collect();
    assert_eq!(staff, ["Sofia Lindgren", "Tom Miller"], "by name");
    assert_eq!(told.at("/school/staff/nodes"), &json!([]));
    assert_eq!(told.at("/school/then/nodes"), &json!([{ "firstName": "Tom" }]));
    assert_eq!(
        told.at("/school/facilities/nodes"),
        &json!([{ "name": "Lakeside Elementary School", "staff": { "nodes": [{ "firstName": "Tom" }] } },
            { "name": "Lakeside High School", "staff": { "nodes": [] } }])
    );
    assert_eq!(
        told.at("/node"),
        &json!({ "staff": { "firstName": "Tom" }, "organization": null, "facility": { "name": "Lakeside High School" }, "isPrimary": true })
    );
    app.is_proved().await;
}

#[tokio::test]
async fn one_assignment_is_primary_at_a_time_and_a_place_counts_once() {
    let app = App::demo().await;
    let marta = marta();
    let teacher = person(&app, &marta, "Tom", &["STAFF"]).await;
    let (elementary, high) = (ids::facility("Lakeside Elementary School"), ids::facility("Lakeside High School"));
    let at = |facility, starts_on: &str| json!({ "staffId": teacher, "workplace": { "facilityId": facility }, "startsOn": starts_on, "isPrimary": true });
    let first = started(&app, &marta, "staffAssignmentStart", at(elementary, "2025-08-18")).await;
    let twice = start(&app, &marta, "staffAssignmentStart", at(elementary, "2026-01-05")).await;
    let refused = twice.refusals("staffAssignmentStart");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("OVERLAPS", "startsOn"));
    assert_eq!(
        refused[0].message,
        "they work there from 2025-08-18 on already: choose days outside of that, or name that assignment in replaces"
    );
    // A second primary one takes over; the first goes on beside it.
    started(&app, &marta, "staffAssignmentStart", at(high, "2026-01-05")).await;
    let ask = format!(
        "{{ contact(id: \"{teacher}\") {{ staffAssignments(onDate: \"2026-01-05\") {{ edges {{ isPrimary node {{ ... on Facility {{ name }} }} }} }} }} }}"
    );
    assert_eq!(
        app.ask(&marta, &ask).await.at("/contact/staffAssignments/edges"),
        &json!([{ "isPrimary": true, "node": { "name": "Lakeside High School" } }, { "isPrimary": false, "node": { "name": "Lakeside Elementary School" } }])
    );
    // And its first days may not be stretched over those of the new one.
    let longer = change(&app, &marta, "staffAssignmentEnd", &format!("id: \"{first}\", endsOn: \"2026-02-01\"")).await;
    let refused = longer.refusals("staffAssignmentEnd");
    assert_eq!(
        (refused[0].code.as_str(), refused[0].field.as_str(), refused[0].message.as_str()),
        ("OVERLAPS", "endsOn", "endsOn must be before 2026-01-05: from then on another assignment stands in its place")
    );
    let earlier = start(
        &app,
        &marta,
        "staffAssignmentStart",
        json!({ "staffId": teacher, "isPrimary": true, "startsOn": "2020-01-01",
        "workplace": { "organizationId": ids::organization("lakeside") } }),
    )
    .await;
    let refused = earlier.refusals("staffAssignmentStart");
    assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("OVERLAPS", "isPrimary"));
    app.is_proved().await;
}

#[tokio::test]
async fn a_workplace_is_the_own_or_in_sight() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let nurse = person(&app, &acme, "Nora", &["STAFF"]).await;
    let partner = json!({ "staffId": nurse, "workplace": { "organizationId": ids::organization("techpartner") }, "startsOn": "2026-01-01" });
    started(&app, &acme, "staffAssignmentStart", partner).await;
    let both = json!({ "staffId": nurse, "startsOn": "2026-01-01",
        "workplace": { "organizationId": acme.organization_id, "facilityId": ids::facility("Downtown Office") } });
    assert_eq!(start(&app, &acme, "staffAssignmentStart", both).await.code(), "BAD_USER_INPUT");
    for (kind, foreign, noun) in [
        ("facilityId", ids::facility("Lakeside High School"), "facility"),
        ("organizationId", ids::organization("lakeside"), "organization"),
    ] {
        let of = async |id| {
            let assignment = json!({ "staffId": nurse, "workplace": { kind: id }, "startsOn": "2026-01-01" });
            let refused = start(&app, &acme, "staffAssignmentStart", assignment).await.refusals("staffAssignmentStart");
            (refused[0].code.clone(), refused[0].field.clone(), refused[0].message.clone())
        };
        let expected =
            ("NOT_FOUND".to_owned(), format!("workplace.{kind}"), format!("there is no {noun} with this id"));
        assert_eq!(of(foreign).await, expected);
        assert_eq!(of(uuid::Uuid::new_v4()).await, expected);
    }
    // The partner learns nothing of who works at it by Acme's books.
    let ask = format!("{{ organization(id: \"{}\") {{ staff {{ totalCount }} }} }}", ids::organization("techpartner"));
    assert_eq!(app.ask(&acme, &ask).await.at("/organization/staff/totalCount"), &json!(1));
    assert_eq!(app.ask(&Who::techpartner_admin(), &ask).await.at("/organization/staff/totalCount"), &json!(0));
    app.is_proved().await;
}
