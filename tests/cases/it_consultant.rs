//! Use case 1 of the vision: John Doe, IT consultant of five providers with one record. Each of them sees its own link and not that
//! there are others; that he is shared is for `super_admin` to see.

use serde_json::{Value, json};

use crate::support::{Answers, App, Question, Who};

const CLIENTS: [&str; 5] = [
    "Acme Healthcare",
    "Bayside Pediatrics",
    "Cedar Grove Family Care",
    "Harbor Light Counseling",
    "Pinecrest Rehabilitation",
];

fn nobody_found() -> Value {
    json!({ "contacts": { "totalCount": 0, "nodes": [] } })
}

#[tokio::test]
async fn the_organizations_of_john_doe_are_found_by_his_email_address() {
    let john_at = |names: &[&str]| {
        let nodes: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        let organizations = json!({ "totalCount": names.len(), "nodes": nodes });
        json!({ "contacts": { "totalCount": 1, "nodes": [{ "name": "John Doe", "organizations": organizations }] } })
    };
    let app = App::demo().await;
    Question::of(include_str!("capability_1_organizations_of_john_doe.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &john_at(&CLIENTS),
                acme_admin: &john_at(&CLIENTS[..1]),
                acme_clinician: &john_at(&CLIENTS[..1]),
                techpartner_admin: &nobody_found(),
                stranger: &nobody_found(),
            },
        )
        .await;
}

#[tokio::test]
async fn the_last_linked_comes_first_with_the_time_of_the_link() {
    let john_at = |names: &[&str]| {
        let edges: Vec<_> = names.iter().rev().map(|name| json!({ "node": { "name": name } })).collect();
        let organizations = json!({ "totalCount": names.len(), "edges": edges });
        json!({ "contacts": { "totalCount": 1, "nodes": [{ "name": "John Doe", "organizations": organizations }] } })
    };
    let app = App::demo().await;
    let question =
        Question::of(include_str!("use_case_1_organizations_linked_since.graphql")).leaving_out("linkedSince");
    question
        .is_answered(
            &app,
            Answers {
                super_admin: &john_at(&CLIENTS),
                acme_admin: &john_at(&CLIENTS[..1]),
                acme_clinician: &john_at(&CLIENTS[..1]),
                techpartner_admin: &nobody_found(),
                stranger: &nobody_found(),
            },
        )
        .await;
    let answer = question.ask(&app, &Who::super_admin()).await;
    let edges = answer.list("/contacts/nodes/0/organizations/edges");
    let times: Vec<chrono::DateTime<chrono::Utc>> =
        edges.iter().map(|edge| edge["linkedSince"].as_str().unwrap().parse().unwrap()).collect();
    assert!(times.is_sorted_by(|one, next| one > next), "{times:?}");
}

#[tokio::test]
async fn shared_contacts_are_those_with_more_than_one_organization_in_sight() {
    let john = json!({ "contacts": {
        "totalCount": 1,
        "nodes": [{ "firstName": "John", "lastName": "Doe", "organizationCount": 5 }],
    } });
    let app = App::demo().await;
    Question::of(include_str!("use_case_1_shared_contacts.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &john,
                // With whom else John works is not Acme's to know.
                acme_admin: &nobody_found(),
                acme_clinician: &nobody_found(),
                techpartner_admin: &nobody_found(),
                stranger: &nobody_found(),
            },
        )
        .await;
}

#[tokio::test]
async fn john_doe_is_found_by_name_too() {
    let john_at = |names: &[&str]| {
        let edge = |name: &&str| json!({ "type": "TECHNICAL", "isPrimary": false, "node": { "name": name } });
        let edges: Vec<_> = names.iter().map(edge).collect();
        let organizations = json!({ "totalCount": names.len(), "edges": edges });
        json!({ "contacts": { "totalCount": 1, "nodes": [{ "organizations": organizations }] } })
    };
    let app = App::demo().await;
    Question::of(include_str!("complex_query_organizations_of_john_doe_by_name.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &john_at(&CLIENTS),
                acme_admin: &john_at(&CLIENTS[..1]),
                acme_clinician: &john_at(&CLIENTS[..1]),
                techpartner_admin: &nobody_found(),
                stranger: &nobody_found(),
            },
        )
        .await;
}
