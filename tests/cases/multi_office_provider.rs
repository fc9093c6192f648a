//! Use case 2 of the vision: Acme Healthcare's three offices, each with a reception, a fax line and five people.

use serde_json::{Value, json};

use crate::support::{Answers, App, Question};

fn nobody_found() -> Value {
    json!({ "contacts": { "totalCount": 0, "nodes": [] } })
}

fn no_such_organization() -> Value {
    json!({ "organization": null })
}

/// What TechPartner sees of Acme: that it is there.
fn acme_without_addresses() -> Value {
    json!({ "organization": { "addresses": { "totalCount": 0, "nodes": [] } } })
}

/// Who works Downtown, by family name: first name, last name, title, extension.
const DOWNTOWN: [(&str, &str, &str, &str); 5] = [
    ("Owen", "Baker", "Registered Nurse", "104"),
    ("Carla", "Jensen", "Case Manager", "105"),
    ("Nina", "Ortiz", "Charge Nurse", "103"),
    ("Grace", "Palmer", "Practice Administrator", "101"),
    ("Dana", "Reed", "Receptionist", "102"),
];

fn staff(person: impl Fn(&(&str, &str, &str, &str)) -> Value) -> Value {
    let nodes: Vec<_> = DOWNTOWN.iter().map(person).collect();
    json!({ "contacts": { "totalCount": 5, "nodes": nodes } })
}

async fn is_for_acme(question: Question, staff: &Value) {
    let app = App::demo().await;
    question
        .is_answered(
            &app,
            Answers {
                super_admin: staff,
                acme_admin: staff,
                acme_clinician: staff,
                techpartner_admin: &nobody_found(),
                stranger: &nobody_found(),
            },
        )
        .await;
}

async fn is_for_acme_by_its_addresses(question: Question, phones: &Value) {
    let app = App::demo().await;
    question
        .is_answered(
            &app,
            Answers {
                super_admin: phones,
                acme_admin: phones,
                acme_clinician: phones,
                techpartner_admin: &acme_without_addresses(),
                stranger: &no_such_organization(),
            },
        )
        .await;
}

#[tokio::test]
async fn the_staff_at_the_downtown_office() {
    let staff = staff(|(first, last, title, _)| json!({ "firstName": first, "lastName": last, "title": title }));
    is_for_acme(Question::of(include_str!("capability_4_staff_at_downtown.graphql")), &staff).await;
}

#[tokio::test]
async fn the_staff_at_the_downtown_office_with_their_extensions() {
    let staff = staff(|(first, last, title, extension)| {
        let desk = json!({ "nodes": [{ "number": "217-555-0110", "extension": extension }] });
        json!({ "firstName": first, "lastName": last, "title": title, "phones": desk })
    });
    is_for_acme(Question::of(include_str!("use_case_2_staff_with_extensions.graphql")), &staff).await;
}

#[tokio::test]
async fn the_people_at_123_main_st_are_those_of_the_office_there() {
    let office = json!({ "nodes": [{ "label": "Downtown Office", "street1": "123 Main St", "city": "Springfield" }] });
    let staff = staff(|(first, last, ..)| json!({ "name": format!("{first} {last}"), "addresses": office }));
    is_for_acme(Question::of(include_str!("complex_query_contacts_at_123_main_st.graphql")), &staff).await;
}

#[tokio::test]
async fn the_reception_of_the_midtown_office() {
    let phones = json!({ "totalCount": 1, "nodes": [{ "number": "217-555-0120" }] });
    let answer = json!({ "organization": { "addresses": { "totalCount": 1, "nodes": [{ "phones": phones }] } } });
    is_for_acme_by_its_addresses(Question::of(include_str!("capability_4_reception_of_midtown.graphql")), &answer)
        .await;
}

#[tokio::test]
async fn the_reception_and_the_fax_of_the_midtown_office() {
    let phone = |code: &str, number: &str| json!({ "code": { "code": code }, "number": number });
    let phones = json!({ "totalCount": 2, "nodes": [phone("office", "217-555-0120"), phone("fax", "217-555-0129")] });
    let answer = json!({ "organization": { "addresses": { "totalCount": 1, "nodes": [{ "phones": phones }] } } });
    is_for_acme_by_its_addresses(Question::of(include_str!("use_case_2_reception_and_fax.graphql")), &answer).await;
}
