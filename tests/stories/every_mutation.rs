//! What holds for every mutation: bad input is refused by field with what would be right, a foreign id answers as a missing one, a
//! client may make the id, the reason reaches the log, and doing it twice is doing it once.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::change::Refused;
use crate::support::{App, Who};

/// An id that nothing has.
const MISSING: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_dead);

/// Runs one mutation, written as its field with arguments, and gives its name and answer.
async fn refused(app: &App, who: &Who, call: &str) -> Vec<Refused> {
    let name = call.split('(').next().unwrap().trim();
    let mutation = format!("mutation {{ {call} {{ position userErrors {{ code field message }} }} }}");
    let before = app.events().await;
    let refused = app.ask(who, &mutation).await.refusals(name);
    assert_eq!(app.events().await, before, "a refused {name} leaves no event");
    refused
}

fn is(refused: &[Refused], code: &str, field: &str, says: &str) -> bool {
    refused.iter().any(|one| one.code == code && one.field == field && one.message.contains(says))
}

#[tokio::test]
async fn bad_input_is_refused_by_field_and_told_what_would_be_right() {
    let app = App::demo().await;
    let (ada, acme) = (Who::super_admin(), Who::acme_admin());
    let downtown = ids::address("Downtown Office");
    let long = "x".repeat(201);
    let organization = |input: &str| format!("organizationCreate(organization: {{{input}}})");
    let contact = |input: &str| {
        format!("contactCreate(contact: {{allowDuplicate: true, firstName: \"A\", lastName: \"B\", {input}}})")
    };
    let link = |input: &str| {
        format!(
            "addressLink(addressId: \"{downtown}\", to: {{contactId: \"{}\"}}, holding: {{{input}}})",
            ids::contact("John Doe")
        )
    };
    let cases: Vec<(&Who, String, &str, &str, &str)> = vec![
        (&ada, organization("name: \" \", kind: PROVIDER, subdomain: \"a\""), "INVALID", "name", "must not be empty"),
        (
            &ada,
            organization("name: \"N\", kind: PROVIDER, subdomain: \"A b\""),
            "INVALID",
            "subdomain",
            "lower-case letters, digits and hyphens",
        ),
        (
            &ada,
            organization("name: \"N\", kind: PROVIDER, subdomain: \"acme\""),
            "SUBDOMAIN_TAKEN",
            "subdomain",
            "choose another",
        ),
        (
            &ada,
            organization("name: \"N\", kind: PROVIDER_PARTNER, subdomain: \"n\""),
            "INVALID",
            "partnerType",
            "needed there",
        ),
        (
            &ada,
            organization("name: \"N\", kind: PROVIDER, subdomain: \"n\", partnerType: VAR"),
            "INVALID",
            "partnerType",
            "for a provider partner",
        ),
        (
            &ada,
            organization("name: \"N\", kind: PROVIDER, subdomain: \"n\", defaultRegion: \"USA\""),
            "INVALID",
            "defaultRegion",
            "such as US",
        ),
        (
            &ada,
            organization(&format!(
                "name: \"N\", kind: PROVIDER, subdomain: \"n\", referringPartnerId: \"{}\"",
                ids::organization("acme")
            )),
            "INVALID",
            "referringPartnerId",
            "no provider partner",
        ),
        (&acme, organization("name: \"N\", kind: PROVIDER, subdomain: \"n\""), "FORBIDDEN", "", "the role super_admin"),
        (&acme, "facilityCreate(facility: {name: \"\"})".into(), "INVALID", "name", "must not be empty"),
        (
            &acme,
            format!("contactCreate(contact: {{firstName: \"\", lastName: \"{long}\", title: \"a\\u0007\"}})"),
            "INVALID",
            "firstName",
            "must not be empty",
        ),
        (
            &acme,
            format!("contactCreate(contact: {{firstName: \"\", lastName: \"{long}\", title: \"a\\u0007\"}})"),
            "INVALID",
            "lastName",
            "at most 200 characters; it has 201",
        ),
        (
            &acme,
            format!("contactCreate(contact: {{firstName: \"\", lastName: \"{long}\", title: \"a\\u0007\"}})"),
            "INVALID",
            "title",
            "U+0007",
        ),
        (
            &acme,
            contact("phones: [{phone: {create: {number: \"217-555-0001\", code: \"pager\"}}}]"),
            "INVALID",
            "phones.0.code",
            "use one of emergency, fax, home, mobile, office",
        ),
        (
            &acme,
            contact("phones: [{phone: {create: {number: \"217-555-0001\", extension: \"x\"}}}]"),
            "INVALID",
            "phones.0.extension",
            "1 to 11 digits",
        ),
        (
            &acme,
            contact(
                "phones: [{phone: {create: {number: \"217-555-0001\"}}}, {phone: {create: {number: \"+1 (217) 555-0001\"}}}]",
            ),
            "METHOD_TAKEN",
            "phones.1.number",
            "the same value stands in the list",
        ),
        (
            &acme,
            contact("emails: [{email: {create: {address: \"jane\"}}}]"),
            "INVALID",
            "emails.0.address",
            "such as jane.doe@example.com",
        ),
        (
            &acme,
            contact("emails: [{email: {create: {address: \"a@b.com\"}}}, {email: {create: {address: \"A@B.com\"}}}]"),
            "METHOD_TAKEN",
            "emails.1.address",
            "the same value",
        ),
        (
            &acme,
            contact("addresses: [{address: {create: {street1: \"\", city: \"C\", type: BILLING}}}]"),
            "INVALID",
            "addresses.0.street1",
            "must not be empty",
        ),
        (
            &acme,
            contact(&format!(
                "addresses: [{{address: {{id: \"{downtown}\"}}, startsOn: \"2026-02-02\", endsOn: \"2026-01-01\"}}]"
            )),
            "INVALID",
            "addresses.0.endsOn",
            "must not be before startsOn",
        ),
        (
            &acme,
            contact(&format!("phones: [{}]", "{phone: {create: {number: \"1\"}}},".repeat(51))),
            "INVALID",
            "phones",
            "at most 50 entries; it has 51",
        ),
        (&acme, "phoneCreate(phone: {number: \" \"})".into(), "INVALID", "number", "must not be empty"),
        (
            &acme,
            format!("phoneCreate(phone: {{number: \"{}\"}})", "1".repeat(65)),
            "INVALID",
            "number",
            "at most 64 characters; it has 65",
        ),
        (
            &acme,
            "emailCreate(email: {address: \"a@b.com\", code: \"fax\"})".into(),
            "INVALID",
            "code",
            "use one of billing, notification, personal, support, work",
        ),
        (
            &acme,
            "addressCreate(address: {street1: \"1 A St\", city: \"C\", type: BILLING, country: \"Germany\"})".into(),
            "INVALID",
            "country",
            "two letters, such as US",
        ),
        (&acme, link("sourceSystem: \"crm\""), "INVALID", "sourceRecordId", "give both or neither"),
        (
            &acme,
            link("startsOn: \"2026-02-02\", endsOn: \"2026-01-01\""),
            "INVALID",
            "endsOn",
            "must not be before startsOn",
        ),
        (
            &acme,
            format!(
                "addressLink(addressId: \"{downtown}\", to: {{phoneId: \"{}\"}}, holding: {{isPrimary: true}})",
                ids::phone("Billing Office fax")
            ),
            "INVALID",
            "holding",
            "leave it out",
        ),
        (
            &acme,
            format!(
                "phoneLink(phoneId: \"{}\", to: {{addressId: \"{downtown}\"}}, link: {{isPrimary: true}})",
                ids::phone("Billing Office fax")
            ),
            "INVALID",
            "link",
            "leave link out",
        ),
        (
            &acme,
            format!(
                "contactCreate(contact: {{allowDuplicate: true, firstName: \"A\", lastName: \"B\"}}, reason: \"{}\")",
                "r".repeat(2_001)
            ),
            "INVALID",
            "reason",
            "at most 2000 characters; it has 2001",
        ),
    ];
    for (who, call, code, field, says) in cases {
        let refused = refused(&app, who, &call).await;
        assert!(is(&refused, code, field, says), "{call}: {refused:#?}");
    }
}

#[tokio::test]
async fn a_method_that_the_owner_has_already_is_refused_by_its_id() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    for (call, link, field) in [
        (
            "phoneCreate(phone: {number: \"+1 555 222 2222\", code: \"mobile\"}) { phone { id } userErrors { message } }",
            "phoneLink(phoneId:",
            "phoneId",
        ),
        (
            "emailCreate(email: {address: \"JANE.DOE@acme.example\"}) { email { id } userErrors { message } }",
            "emailLink(emailId:",
            "emailId",
        ),
    ] {
        let made = app.ask(&acme, &format!("mutation {{ made: {call} }}")).await;
        let id = made.done("made").pointer("/phone/id").or(made.done("made").pointer("/email/id")).unwrap();
        let refused = refused(&app, &acme, &format!("{link} {id}, to: {{contactId: \"{jane}\"}})")).await;
        assert!(is(&refused, "METHOD_TAKEN", field, "use that one or another code"), "{refused:#?}");
    }
}

/// Every place of every mutation that takes an id: what is Riverside's answers Acme byte for byte as what nobody has.
#[tokio::test]
async fn a_foreign_id_answers_as_a_missing_one() {
    let app = App::demo().await;
    let (phone, address) = (ids::phone("Riverside Clinic reception"), ids::address("Riverside Clinic"));
    let (email, contact) = (ids::email("hello@riverside.example"), ids::contact("Ruth Vance"));
    let (organization, own) = (ids::organization("riverside"), ids::contact("John Doe"));
    let own_phone = ids::phone("Billing Office fax");
    let own_address = ids::address("Billing Office");
    let create = |input: &str| {
        format!("contactCreate(contact: {{allowDuplicate: true, firstName: \"A\", lastName: \"B\", {input}}})")
    };
    let calls: Vec<(Uuid, String)> = vec![
        (organization, "facilityCreate(facility: {name: \"F\", organizationId: ID})".into()),
        (organization, create("ownerOrganizationId: ID")),
        (organization, create("organizations: [{type: BILLING, organizationId: ID}]")),
        (phone, create("phones: [{phone: {id: ID}}]")),
        (email, create("emails: [{email: {id: ID}}]")),
        (address, create("addresses: [{address: {id: ID}}]")),
        (contact, "contactLink(contactId: ID, link: {type: BILLING})".into()),
        (organization, format!("contactLink(contactId: \"{own}\", link: {{type: BILLING, organizationId: ID}})")),
        (contact, "contactUnlink(contactId: ID)".into()),
        (organization, format!("contactUnlink(contactId: \"{own}\", organizationId: ID)")),
        (contact, "contactSetPrimary(contactId: ID, type: BILLING)".into()),
        (organization, format!("contactSetPrimary(contactId: \"{own}\", organizationId: ID, type: BILLING)")),
        (phone, format!("phoneLink(phoneId: ID, to: {{contactId: \"{own}\"}})")),
        (contact, format!("phoneLink(phoneId: \"{own_phone}\", to: {{contactId: ID}})")),
        (organization, format!("phoneLink(phoneId: \"{own_phone}\", to: {{organizationId: ID}})")),
        (address, format!("phoneLink(phoneId: \"{own_phone}\", to: {{addressId: ID}})")),
        (email, format!("emailLink(emailId: ID, to: {{contactId: \"{own}\"}})")),
        (address, format!("addressLink(addressId: ID, to: {{contactId: \"{own}\"}})")),
        (contact, format!("addressLink(addressId: \"{own_address}\", to: {{contactId: ID}})")),
        (organization, format!("addressLink(addressId: \"{own_address}\", to: {{organizationId: ID}})")),
        (phone, format!("addressLink(addressId: \"{own_address}\", to: {{phoneId: ID}})")),
    ];
    for (foreign, call) in calls {
        let with = |id: Uuid| {
            call.replace("ID)", &format!("\"{id}\")"))
                .replace("ID,", &format!("\"{id}\","))
                .replace("ID}", &format!("\"{id}\"}}"))
        };
        let foreign = refused(&app, &Who::acme_admin(), &with(foreign)).await;
        let missing = refused(&app, &Who::acme_admin(), &with(MISSING)).await;
        assert_eq!(foreign, missing, "{call}");
        assert_eq!(foreign[0].code, "NOT_FOUND", "{call}");
    }
    // Nor does a read tell them apart.
    for id in [phone, address, email, contact, organization, MISSING] {
        let ask = "query Ask($id: UUID!) { node(id: $id) { id } nodes(ids: [$id]) { id } contact(id: $id) { id } organization(id: $id) { id } }";
        let answer = app.ask_with(&Who::acme_admin(), ask, json!({ "id": id })).await;
        assert_eq!(answer.data(), &json!({ "node": null, "nodes": [null], "contact": null, "organization": null }));
    }
}

#[tokio::test]
async fn a_client_may_make_the_id_and_a_taken_one_tells_nothing_of_its_holder() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let create = |id: Uuid| {
        format!(
            "mutation {{ contactCreate(contact: {{id: \"{id}\", allowDuplicate: true, firstName: \"A\", lastName: \"B\"}}) {{ contact {{ id }} position userErrors {{ code field message }} }} }}"
        )
    };
    let made = app.ask(&acme, &create(MISSING)).await;
    assert_eq!(made.done("contactCreate")["contact"]["id"], json!(MISSING));
    // Its own, a foreign one, and one of another kind.
    let mut answers = Vec::new();
    for id in
        [MISSING, ids::contact("Ruth Vance"), ids::phone("Riverside Clinic reception"), ids::organization("platform")]
    {
        answers.push(app.ask(&acme, &create(id)).await.refusals("contactCreate"));
    }
    assert!(is(&answers[0], "ID_TAKEN", "id", "leave it out"), "{:?}", answers[0]);
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:#?}");
}

#[tokio::test]
async fn the_reason_and_who_gave_it_reach_the_log() {
    let app = App::demo().await;
    let link = "mutation Link($id: UUID!) { contactLink(contactId: $id, link: {type: BILLING}, reason: \"  Jane is on leave \") { position userErrors { message } } }";
    app.ask_with(&Who::acme_admin(), link, json!({ "id": ids::contact("Grace Palmer") })).await.done("contactLink");
    let last = app
        .behind("SELECT event_type, metadata FROM domain_events ORDER BY epoch DESC, xid DESC, seq DESC LIMIT 1")
        .await;
    assert_eq!(last[0]["event_type"], "organization.contact.linked");
    let metadata = last[0]["metadata"].to_string();
    for part in ["Jane is on leave", "acme-admin", &Who::acme_admin().organization_id.to_string()] {
        assert!(metadata.contains(part), "{part} in {metadata}");
    }
}

#[tokio::test]
async fn linking_twice_is_linking_once() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (john, fax, office) =
        (ids::contact("John Doe"), ids::phone("Billing Office fax"), ids::address("Billing Office"));
    let email = app
        .ask(
            &acme,
            "mutation { emailCreate(email: {address: \"it@acme.example\"}) { email { id } userErrors { message } } }",
        )
        .await;
    let email = &email.done("emailCreate")["email"]["id"];
    for call in [
        format!("contactLink(contactId: \"{john}\", link: {{type: EMERGENCY}})"),
        format!("phoneLink(phoneId: \"{fax}\", to: {{contactId: \"{john}\"}})"),
        format!("emailLink(emailId: {email}, to: {{contactId: \"{john}\"}})"),
        format!("addressLink(addressId: \"{office}\", to: {{contactId: \"{john}\"}})"),
        format!("emailLink(emailId: {email}, to: {{organizationId: \"{}\"}})", acme.organization_id),
    ] {
        let name = call.split('(').next().unwrap();
        let mutation = format!("mutation {{ {call} {{ position userErrors {{ message }} }} }}");
        assert!(app.ask(&acme, &mutation).await.done(name)["position"].is_string(), "{call}");
        let before = app.events().await;
        assert_eq!(app.ask(&acme, &mutation).await.done(name)["position"], Value::Null, "{call}");
        assert_eq!(app.events().await, before, "{call}");
    }
}

/// The mutations of one request run one after the other, and each sees what the ones before it did.
#[tokio::test]
async fn what_follows_in_the_same_request_sees_what_was_done() {
    let app = App::demo().await;
    let id = MISSING;
    let mutation = format!(
        "mutation {{
          one: contactCreate(contact: {{id: \"{id}\", firstName: \"Step\", lastName: \"One\"}}) {{ contact {{ organizationCount }} userErrors {{ message }} }}
          two: contactLink(contactId: \"{id}\", link: {{type: BILLING}}) {{ contact {{ organizationCount }} userErrors {{ message }} }}
          three: contactUnlink(contactId: \"{id}\") {{ contact {{ organizationCount }} userErrors {{ message }} }}
        }}"
    );
    let answer = app.ask(&Who::acme_admin(), &mutation).await;
    for (name, count) in [("one", 0), ("two", 1), ("three", 0)] {
        assert_eq!(answer.done(name)["contact"]["organizationCount"], count, "{name}");
    }
}
