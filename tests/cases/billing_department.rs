//! Use case 4 of the vision: Acme Healthcare's billing department, three people who share an office and a fax line.
//!
//! This is the test to read first. The people, phones and addresses are the demo data (`crates/server/src/demo/acme.rs`), which came in
//! through the same commands that clients use. Each question stands in a `.graphql` file beside this one, under the query of the
//! vision that it answers, and goes over HTTP to a server of its own. What may come back depends on who asks:
//!
//! - `super_admin`, of the platform, sees everything;
//! - Acme's administrator and Acme's clinician see what is Acme's, so both see the department whole;
//! - TechPartner brought Acme to the platform: it sees that Acme is there, and none of Acme's people;
//! - the stranger, of Riverside Clinic, has nothing to do with Acme: there is no such organization, person or number, not even in
//!   a count. That is what "may not be seen" always looks like: not an error, but the answer of a directory without it;
//! - nobody, without a token, is told to bring one.

use serde_json::{Value, json};

use crate::support::{Answers, App, Question};

/// A directory without Acme.
fn no_such_organization() -> Value {
    json!({ "organization": null })
}

/// A directory in which nobody fits.
fn no_such_contacts() -> Value {
    json!({ "contacts": { "totalCount": 0, "nodes": [] } })
}

#[tokio::test]
async fn the_department_comes_with_mobile_phones_and_office() {
    let person = |name: &str, title: &str, mobile: &str| {
        json!({
            "name": name,
            "title": title,
            "mobile": { "nodes": [{ "number": mobile }] },
            "office": { "nodes": [{ "street1": "456 Oak St", "city": "Springfield" }] },
        })
    };
    let department = json!({ "organization": { "contacts": {
        "totalCount": 3,
        // By family name.
        "nodes": [
            person("Jane Doe", "Billing Manager", "555-222-2222"),
            person("Alice Johnson", "Claims Coordinator", "555-444-4444"),
            person("Bob Smith", "Billing Specialist", "555-333-3333"),
        ],
    } } });
    let acme_without_people = json!({ "organization": { "contacts": { "totalCount": 0, "nodes": [] } } });

    let app = App::demo().await;
    Question::of(include_str!("use_case_4_billing_contacts.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &department,
                acme_admin: &department,
                acme_clinician: &department,
                techpartner_admin: &acme_without_people,
                stranger: &no_such_organization(),
            },
        )
        .await;
}

#[tokio::test]
async fn each_can_be_reached_by_mobile_and_by_mail_to_the_office() {
    let person = |first_name: &str, last_name: &str, mobile: &str| {
        json!({
            "firstName": first_name,
            "lastName": last_name,
            "mobile": { "nodes": [{ "number": mobile }] },
            "office": { "nodes": [{ "street1": "456 Oak St" }] },
        })
    };
    let department = json!({ "organization": { "contacts": {
        "totalCount": 3,
        "nodes": [
            person("Jane", "Doe", "555-222-2222"),
            person("Alice", "Johnson", "555-444-4444"),
            person("Bob", "Smith", "555-333-3333"),
        ],
    } } });
    let acme_without_people = json!({ "organization": { "contacts": { "totalCount": 0, "nodes": [] } } });

    let app = App::demo().await;
    Question::of(include_str!("capability_2_billing_contacts.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &department,
                acme_admin: &department,
                acme_clinician: &department,
                techpartner_admin: &acme_without_people,
                stranger: &no_such_organization(),
            },
        )
        .await;
}

#[tokio::test]
async fn the_fax_of_the_billing_office_is_the_one_that_stands_there() {
    let fax = json!({ "organization": { "addresses": {
        "totalCount": 1,
        "nodes": [{
            "label": "Billing Office",
            "phones": { "totalCount": 1, "nodes": [{ "number": "555-111-1111" }] },
        }],
    } } });
    let acme_without_addresses = json!({ "organization": { "addresses": { "totalCount": 0, "nodes": [] } } });

    let app = App::demo().await;
    Question::of(include_str!("use_case_4_fax_of_the_billing_office.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &fax,
                acme_admin: &fax,
                acme_clinician: &fax,
                techpartner_admin: &acme_without_addresses,
                stranger: &no_such_organization(),
            },
        )
        .await;
}

#[tokio::test]
async fn the_people_at_the_billing_office_are_found_by_where_they_work() {
    let person = |first_name: &str, last_name: &str, title: &str, address: &str| json!({ "firstName": first_name, "lastName": last_name, "title": title, "primaryEmail": { "address": address } });
    let people = json!({ "contacts": {
        "totalCount": 3,
        "nodes": [
            person("Jane", "Doe", "Billing Manager", "jane.doe@acme.example"),
            person("Alice", "Johnson", "Claims Coordinator", "alice.johnson@acme.example"),
            person("Bob", "Smith", "Billing Specialist", "bob.smith@acme.example"),
        ],
    } });

    let app = App::demo().await;
    Question::of(include_str!("use_case_4_people_at_the_billing_office.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &people,
                acme_admin: &people,
                acme_clinician: &people,
                techpartner_admin: &no_such_contacts(),
                stranger: &no_such_contacts(),
            },
        )
        .await;
}

#[tokio::test]
async fn all_billing_contacts_are_those_of_all_organizations_in_sight() {
    let billing = |name: &str, organization: &str, is_primary: bool| {
        let edge = json!({ "isPrimary": is_primary, "node": { "name": organization } });
        json!({ "name": name, "organizations": { "edges": [edge] } })
    };
    let jane = billing("Jane Doe", "Acme Healthcare", true);
    let alice = billing("Alice Johnson", "Acme Healthcare", false);
    let peter = billing("Peter Lang", "Riverside Clinic", true);
    let alice_of_techpartner = billing("Alice Novak", "TechPartner", false);
    let bob = billing("Bob Smith", "Acme Healthcare", false);
    let found = |people: &[&Value]| json!({ "contacts": { "totalCount": people.len(), "nodes": people } });
    // A provider sees the people of the partner that brought it.
    let of_acme = found(&[&jane, &alice, &alice_of_techpartner, &bob]);

    let app = App::demo().await;
    Question::of(include_str!("complex_query_billing_contacts_of_all_organizations.graphql"))
        .is_answered(
            &app,
            Answers {
                super_admin: &found(&[&jane, &alice, &peter, &alice_of_techpartner, &bob]),
                acme_admin: &of_acme,
                acme_clinician: &of_acme,
                techpartner_admin: &found(&[&alice_of_techpartner]),
                // The stranger has a billing contact too, and sees that one only.
                stranger: &found(&[&peter]),
            },
        )
        .await;
}
