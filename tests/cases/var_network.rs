//! Use case 3 of the vision: TechPartner, a VAR with three contacts, and the twenty providers that it brought. They see its people
//! without a link of their own; it does not see theirs.

use serde_json::{Value, json};

use crate::support::{Answers, App, Question, Who};

fn no_such_organization() -> Value {
    json!({ "organization": null })
}

#[tokio::test]
async fn the_technical_contact_of_my_var() {
    let bob = json!({ "organization": { "referringPartner": {
        "name": "TechPartner",
        "contacts": { "totalCount": 1, "nodes": [{
            "firstName": "Bob",
            "lastName": "Chen",
            "primaryEmail": { "address": "bob.chen@techpartner.example" },
            "primaryPhone": { "number": "312-555-0142" },
        }] },
    } } });
    let app = App::demo().await;
    Question::of(include_str!("use_case_3_technical_contact_of_my_var.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &bob,
                acme_admin: &bob,
                acme_clinician: &bob,
                techpartner_admin: &bob,
                stranger: &no_such_organization(),
            },
        )
        .await;
}

#[tokio::test]
async fn the_providers_that_techpartner_brought_the_newest_first() {
    let brought = |providers: &[(&str, &str)]| {
        let nodes: Vec<_> =
            providers.iter().rev().map(|(name, subdomain)| json!({ "name": name, "subdomain": subdomain })).collect();
        json!({ "organization": { "referredProviders": { "totalCount": nodes.len(), "nodes": nodes } } })
    };
    // In the order in which they came.
    let all = brought(&[
        ("Acme Healthcare", "acme"),
        ("Bayside Pediatrics", "bayside"),
        ("Cedar Grove Family Care", "cedargrove"),
        ("Dunmore Recovery Center", "dunmore"),
        ("Eastgate Behavioral Health", "eastgate"),
        ("Fairview Youth Services", "fairview"),
        ("Glenwood Residential Care", "glenwood"),
        ("Harbor Light Counseling", "harborlight"),
        ("Ironwood Health Partners", "ironwood"),
        ("Juniper Street Clinic", "juniper"),
        ("Kingsley Home Health", "kingsley"),
        ("Lakeshore Wellness", "lakeshore"),
        ("Maplewood Senior Living", "maplewood"),
        ("Northfield Medical Group", "northfield"),
        ("Oak Hollow Therapy", "oakhollow"),
        ("Pinecrest Rehabilitation", "pinecrest"),
        ("Quarry Hill Hospice", "quarryhill"),
        ("Redstone Community Clinic", "redstone"),
        ("Silver Birch Autism Center", "silverbirch"),
        ("Twin Rivers Nursing", "twinrivers"),
    ]);
    // Of the others Acme knows nothing.
    let acme_alone = brought(&[("Acme Healthcare", "acme")]);

    let app = App::demo().await;
    let question = Question::of(include_str!("use_case_3_providers_of_techpartner.graphql")).leaving_out("createdAt");
    question
        .is_answered(
            &app,
            Answers {
                super_admin: &all,
                acme_admin: &acme_alone,
                acme_clinician: &acme_alone,
                techpartner_admin: &all,
                stranger: &no_such_organization(),
            },
        )
        .await;
    let answer = question.ask(&app, &Who::techpartner_admin()).await;
    let nodes = answer.list("/organization/referredProviders/nodes");
    let times: Vec<chrono::DateTime<chrono::Utc>> =
        nodes.iter().map(|node| node["createdAt"].as_str().unwrap().parse().unwrap()).collect();
    assert!(times.is_sorted_by(|one, next| one > next), "{times:?}");
}

#[tokio::test]
async fn the_contacts_of_techpartner_by_their_role() {
    let contact = |of: &str, first_name: &str, last_name: &str, address: &str| {
        let node = json!({ "firstName": first_name, "lastName": last_name, "primaryEmail": { "address": address } });
        json!({ "type": of, "node": node })
    };
    let three = json!({ "organization": { "contacts": {
        "totalCount": 3,
        "edges": [
            contact("BILLING", "Alice", "Novak", "alice.novak@techpartner.example"),
            // Sales.
            contact("STAKEHOLDER", "Jane", "Miller", "jane.miller@techpartner.example"),
            contact("TECHNICAL", "Bob", "Chen", "bob.chen@techpartner.example"),
        ],
    } } });
    let app = App::demo().await;
    Question::of(include_str!("use_case_3_contacts_of_techpartner.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &three,
                acme_admin: &three,
                acme_clinician: &three,
                techpartner_admin: &three,
                stranger: &no_such_organization(),
            },
        )
        .await;
}
