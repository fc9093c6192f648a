//! US-8: a clinician finds the billing contact of an organization, with everything to reach them by, in one request.

use serde_json::json;

use crate::support::{App, Who};

const LOOK_UP: &str = r#"query LookUp($subdomain: String!) {
  organization(subdomain: $subdomain) {
    name
    primaryContact(type: BILLING) {
      name
      title
      preferredContactMethod
      primaryPhone { number e164 }
      primaryEmail { address }
      addresses { nodes { label street1 street2 city state postalCode } }
    }
  }
}"#;

#[tokio::test]
async fn the_primary_billing_contact_with_phone_email_and_address() {
    let app = App::demo().await;
    let jane = json!({ "organization": { "name": "Acme Healthcare", "primaryContact": {
        "name": "Jane Doe",
        "title": "Billing Manager",
        "preferredContactMethod": "EMAIL",
        "primaryPhone": { "number": "555-222-2222", "e164": "+15552222222" },
        "primaryEmail": { "address": "jane.doe@acme.example" },
        "addresses": { "nodes": [{ "label": "Billing Office", "street1": "456 Oak St", "street2": "Suite 200",
          "city": "Springfield", "state": "IL", "postalCode": "62703" }] },
    } } });
    // By hand, in any case.
    let asked = json!({ "subdomain": "ACME" });
    for who in [Who::acme_clinician(), Who::acme_viewer(), Who::super_admin()] {
        let answer = app.ask_with(&who, LOOK_UP, asked.clone()).await;
        assert_eq!(answer.data(), &jane, "{}", who.name);
    }
    let stranger = app.ask_with(&Who::stranger(), LOOK_UP, asked.clone()).await;
    assert_eq!(stranger.data(), &json!({ "organization": null }));
    let partner = json!({ "organization": { "name": "Acme Healthcare", "primaryContact": null } });
    assert_eq!(app.ask_with(&Who::techpartner_admin(), LOOK_UP, asked).await.data(), &partner);
}

#[tokio::test]
async fn an_organization_is_found_by_a_part_of_its_name() {
    let app = App::demo().await;
    let search = "query Search($name: String!) { organizations(filter: {nameContains: $name}) {
      totalCount nodes { name primaryContact(type: BILLING) { name } } } }";
    let acme = json!({ "organizations": { "totalCount": 1, "nodes": [
        { "name": "Acme Healthcare", "primaryContact": { "name": "Jane Doe" } },
    ] } });
    for name in ["ACME", "me  health", "Âcme"] {
        let answer = app.ask_with(&Who::acme_clinician(), search, json!({ "name": name })).await;
        assert_eq!(answer.data(), &acme, "{name}");
    }
    // A pattern is no pattern, and other tenants are not there.
    let nothing = json!({ "organizations": { "totalCount": 0, "nodes": [] } });
    for name in ["%", "riverside", "bayside"] {
        let answer = app.ask_with(&Who::acme_clinician(), search, json!({ "name": name })).await;
        assert_eq!(answer.data(), &nothing, "{name}");
    }
    assert_eq!(app.ask_with(&Who::stranger(), search, json!({ "name": "acme" })).await.data(), &nothing);
}

/// From a part of the name to everything that dials and writes, in one request.
#[tokio::test]
async fn a_part_of_the_name_leads_to_whom_to_call() {
    let app = App::demo().await;
    let query = r#"query ($search: String!) { organizations(search: $search) { nodes {
      name
      primaryContact(type: BILLING) {
        name
        primaryPhone { number telUri }
        primaryEmail { address mailtoUri }
        addresses { nodes { label street1 city postalCode } }
      }
    } } }"#;
    let jane = json!({ "organizations": { "nodes": [{ "name": "Acme Healthcare", "primaryContact": {
        "name": "Jane Doe",
        "primaryPhone": { "number": "555-222-2222", "telUri": "tel:+15552222222" },
        "primaryEmail": { "address": "jane.doe@acme.example", "mailtoUri": "mailto:jane.doe@acme.example" },
        "addresses": { "nodes": [{ "label": "Billing Office", "street1": "456 Oak St", "city": "Springfield", "postalCode": "62703" }] },
    } }] } });
    for typed in ["acme", "ACM", "healthcare acme", "acme-healthcare", "Ácme", "acmee", "helthcare"] {
        for who in [Who::acme_clinician(), Who::super_admin()] {
            let answer = app.ask_with(&who, query, json!({ "search": typed })).await;
            assert_eq!(answer.data(), &jane, "{typed} as {}", who.name);
        }
        let nothing = json!({ "organizations": { "nodes": [] } });
        assert_eq!(app.ask_with(&Who::stranger(), query, json!({ "search": typed })).await.data(), &nothing);
    }
}

#[tokio::test]
async fn an_organization_without_a_primary_billing_contact_has_none() {
    let app = App::demo().await;
    let answer = app.ask_with(&Who::acme_clinician(), LOOK_UP, json!({ "subdomain": "techpartner" })).await;
    assert_eq!(answer.data(), &json!({ "organization": { "name": "TechPartner", "primaryContact": null } }));
}
