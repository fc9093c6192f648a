//! The vision's third capability: an outage at 2 AM, and whom to send a text message.

use serde_json::{Value, json};

use crate::support::{Answers, App, Question, Who};

#[tokio::test]
async fn the_emergency_contacts_of_the_affected_organizations_and_nobody_else() {
    let on_call = |first_name: &str, last_name: &str, mobile: &str| json!({ "firstName": first_name, "lastName": last_name, "mobile": { "nodes": [{ "number": mobile }] } });
    let ibrahim = on_call("Ibrahim", "Haddad", "217-555-0173");
    let priya = on_call("Priya", "Nair", "217-555-0172");
    let nina = on_call("Nina", "Ortiz", "217-555-0171");
    let teresa_of_bayside = on_call("Teresa", "Quinn", "415-555-0181");
    let found = |people: &[&Value]| json!({ "contacts": { "totalCount": people.len(), "nodes": people } });
    let of_acme = found(&[&ibrahim, &priya, &nina]);

    let app = App::demo().await;
    Question::of(include_str!("capability_3_emergency_contacts.graphql"))
        .is_answered(
            &app,
            Answers {
                // Harbor Light Counseling has an emergency contact too; it is not affected.
                super_admin: &found(&[&ibrahim, &priya, &nina, &teresa_of_bayside]),
                acme_admin: &of_acme,
                acme_clinician: &of_acme,
                // TechPartner brought Acme and Bayside, and sees none of their people.
                techpartner_admin: &found(&[]),
                // Riverside is among the affected, and has no emergency contact.
                stranger: &found(&[]),
            },
        )
        .await;
}

/// `organizations: {some: {organizationIds, types}}` holds for one link: John Doe is linked to Bayside and emergency contact of Acme, and that
/// makes him no emergency contact of Bayside.
#[tokio::test]
async fn an_emergency_contact_of_another_organization_is_not_woken() {
    let app = App::demo().await;
    let (john, acme) = (liaison_server::demo::ids::contact("John Doe"), Who::acme_admin().organization_id);
    let bayside = liaison_server::demo::ids::organization("bayside");
    let link = "mutation Link($john: UUID!) { contactLink(contactId: $john, link: {type: EMERGENCY}) { userErrors { message } } }";
    let linked = app.ask_with(&Who::acme_admin(), link, json!({ "john": john })).await;
    assert_eq!(linked.at("/contactLink/userErrors"), &json!([]));

    let ask = "query Ask($affected: [UUID!]!) { contacts(filter: {organizations: {some: {organizationIds: $affected, types: [EMERGENCY]}}}) {
      nodes { name } } }";
    for (affected, expected) in
        [(acme, json!(["John Doe", "Ibrahim Haddad", "Priya Nair", "Nina Ortiz"])), (bayside, json!(["Teresa Quinn"]))]
    {
        let answer = app.ask_with(&Who::super_admin(), ask, json!({ "affected": [affected] })).await;
        let names: Vec<_> = answer.list("/contacts/nodes").iter().map(|contact| &contact["name"]).collect();
        assert_eq!(json!(names), expected);
    }
}
