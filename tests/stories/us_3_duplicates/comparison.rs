//! Contacts side by side, before somebody merges them.

use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const COMPARE: &str = "query Compare($ids: [UUID!]!) { contactComparison(ids: $ids) {
  contacts { id name }
  rows { section name verdict values { value kind isPrimary node { __typename id } } }
  obstacles { contactIds message } } }";

async fn compare(app: &App, ids: &[Uuid]) -> Value {
    app.ask_with(&Who::super_admin(), COMPARE, json!({ "ids": ids })).await.at("/contactComparison").clone()
}

/// Makes a person with the fields that are given beside the name.
async fn make(app: &App, first_name: &str, last_name: &str, more: Value) -> Uuid {
    let id = Uuid::new_v4();
    let mut contact = json!({ "id": id, "firstName": first_name, "lastName": last_name });
    contact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let create = "mutation Make($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { code field message } } }";
    app.ask_with(&Who::super_admin(), create, json!({ "contact": contact })).await.done("contactCreate");
    id
}

/// The rows of a section: name, verdict and what each contact has.
fn rows(comparison: &Value, section: &str) -> Vec<(String, String, Vec<Value>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = comparison["rows"].as_array().unwrap().iter().filter(|row| row["section"] == section);
    let values = |row: &Value| row["values"].as_array().unwrap().iter().map(|cell| cell["value"].clone()).collect();
    rows.map(|row| (text(&row["name"]), text(&row["verdict"]), values(row))).collect()
}

fn row(name: &str, verdict: &str, values: &[Value]) -> (String, String, Vec<Value>) {
    (name.to_owned(), verdict.to_owned(), values.to_vec())
}

#[tokio::test]
async fn every_field_and_link_stands_side_by_side_with_whether_it_is_the_same() {
    let app = App::demo().await;
    let acme = ids::organization("acme");
    let hillside = ids::organization("hillside");
    let phone = |number: &str, code: &str| json!({ "phone": { "create": { "number": number, "code": code } } });
    let email = |address: &str| json!({ "email": { "create": { "address": address } } });
    let address = |street: &str| json!({ "address": { "create": { "type": "MAILING", "street1": street, "city": "Joliet", "country": "US" } } });
    let role = |at: Uuid, role: &str| json!({ "organizationId": at, "type": role });
    let one = make(
        &app,
        "Wilhelmina",
        "Quackenbush",
        json!({
            "title": "Bookkeeper", "preferredContactMethod": "EMAIL",
            "organizations": [role(acme, "BILLING"), role(hillside, "STAKEHOLDER")],
            "phones": [phone("+1 815 555 0171", "mobile"), phone("(815) 555-0172", "office")],
            "emails": [email("Wilhelmina@Quackenbush.example")], "addresses": [address("7 Canal St")],
        }),
    )
    .await;
    let other = make(
        &app,
        "Mina",
        "Quackenbush",
        json!({
            "preferredContactMethod": "SMS", "allowDuplicate": true,
            "organizations": [role(acme, "BILLING")],
            "phones": [phone("815-555-0171", "office")],
            "emails": [email("wilhelmina@quackenbush.EXAMPLE"), email("mina@quackenbush.example")],
            "addresses": [address("7  CANAL ST")],
        }),
    )
    .await;
    let note = "mutation Note($one: UUID!, $other: UUID!) {
      one: contactExternalIdAssign(contactId: $one, externalId: {sourceSystem: \"books\", externalId: \"W-1\"}) { userErrors { message } }
      other: contactExternalIdAssign(contactId: $other, externalId: {sourceSystem: \"books\", externalId: \"W-2\"}) { userErrors { message } }
      said: communicationRecord(communication: {contactId: $one, channel: IN_PERSON, direction: OUTBOUND}) { userErrors { message } }
      persona: contactGrantPersona(id: $other, persona: STAFF) { userErrors { message } } }";
    let noted = app.ask_with(&Who::super_admin(), note, json!({ "one": one, "other": other })).await;
    for name in ["one", "other", "said", "persona"] {
        noted.done(name);
    }

    let laid = compare(&app, &[one, other]).await;
    assert_eq!(
        laid["contacts"],
        json!([{ "id": one, "name": "Wilhelmina Quackenbush" }, { "id": other, "name": "Mina Quackenbush" }])
    );
    assert_eq!(laid["obstacles"], json!([]));
    let fields = rows(&laid, "FIELD");
    let field = |name: &str| fields.iter().find(|(field, ..)| field == name).unwrap().clone();
    assert_eq!(field("firstName"), row("firstName", "DIFFERENT", &[json!("Wilhelmina"), json!("Mina")]));
    assert_eq!(field("lastName"), row("lastName", "EQUAL", &[json!("Quackenbush"), json!("Quackenbush")]));
    assert_eq!(field("title"), row("title", "ONE_SIDED", &[json!("Bookkeeper"), Value::Null]));
    assert_eq!(field("department"), row("department", "EQUAL", &[Value::Null, Value::Null]));
    assert_eq!(
        field("preferredContactMethod"),
        row("preferredContactMethod", "DIFFERENT", &[json!("EMAIL"), json!("SMS")])
    );
    assert_eq!(field("owner").1, "EQUAL");
    assert_eq!(
        rows(&laid, "ROLE"),
        [
            row("Acme Healthcare", "EQUAL", &[json!("BILLING"), json!("BILLING")]),
            row("Hillside Youth Home", "ONE_SIDED", &[json!("STAKEHOLDER"), Value::Null]),
        ]
    );
    assert_eq!(
        rows(&laid, "PHONE"),
        [
            row("+18155550171", "EQUAL", &[json!("+1 815 555 0171"), json!("815-555-0171")]),
            row("+18155550172", "ONE_SIDED", &[json!("(815) 555-0172"), Value::Null]),
        ],
        "the number decides, however it was typed"
    );
    assert_eq!(
        rows(&laid, "EMAIL"),
        [
            row("mina@quackenbush.example", "ONE_SIDED", &[Value::Null, json!("mina@quackenbush.example")]),
            row(
                "wilhelmina@quackenbush.example",
                "EQUAL",
                &[json!("Wilhelmina@Quackenbush.example"), json!("wilhelmina@quackenbush.EXAMPLE")]
            ),
        ]
    );
    let addresses = rows(&laid, "ADDRESS");
    assert_eq!((addresses.len(), addresses[0].1.as_str()), (1, "EQUAL"), "{addresses:?}");
    assert_eq!(rows(&laid, "PERSONA")[0].1, "ONE_SIDED");
    assert_eq!(rows(&laid, "EXTERNAL_ID"), [row("books", "DIFFERENT", &[json!("W-1"), json!("W-2")])]);
    assert_eq!(
        rows(&laid, "RECORD"),
        [
            row("communications", "ONE_SIDED", &[json!(1), Value::Null]),
            row("referrals", "EQUAL", &[Value::Null, Value::Null])
        ]
    );
    let phones: Vec<&Value> = laid["rows"].as_array().unwrap().iter().filter(|row| row["section"] == "PHONE").collect();
    assert_eq!(phones[0]["values"][0]["kind"], "mobile");
    assert_eq!(phones[0]["values"][1]["kind"], "office");
    assert_eq!(phones[0]["values"][0]["node"]["__typename"], "Phone");
    assert_eq!(phones[1]["values"][0]["isPrimary"], false);

    let wanted = "query Only($ids: [UUID!]!) { contactComparison(ids: $ids) { rows(sections: [PHONE, EMAIL], verdicts: [ONE_SIDED]) { name } } }";
    let wanted = app.ask_with(&Who::super_admin(), wanted, json!({ "ids": [one, other] })).await;
    assert_eq!(
        wanted.at("/contactComparison/rows"),
        &json!([{ "name": "+18155550172" }, { "name": "mina@quackenbush.example" }])
    );
}

#[tokio::test]
async fn a_family_is_compared_by_who_is_what_to_whom_and_when() {
    let app = App::demo().await;
    let school = Who { organization_id: ids::organization("lakeside"), ..Who::acme_admin() };
    let [one, other, child] = std::array::from_fn(|_| Uuid::new_v4());
    let calls = [
        format!("contactCreate(contact: {{id: \"{one}\", firstName: \"Ottoline\", lastName: \"Farquhar\"}})"),
        format!("contactCreate(contact: {{id: \"{other}\", firstName: \"Perpetua\", lastName: \"Umfreville\"}})"),
        format!("contactCreate(contact: {{id: \"{child}\", firstName: \"Zebedee\", lastName: \"Thistlewood\"}})"),
        format!("contactGrantPersona(id: \"{one}\", persona: GUARDIAN)"),
        format!("contactGrantPersona(id: \"{other}\", persona: GUARDIAN)"),
        format!("contactGrantPersona(id: \"{child}\", persona: STUDENT)"),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{child}\", guardianId: \"{one}\", label: \"mother\", startsOn: \"2025-09-01\"}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{child}\", guardianId: \"{other}\", label: \"Mother\", startsOn: \"2026-01-01\"}})"
        ),
    ];
    for call in calls {
        app.ask(&school, &format!("mutation {{ it: {call} {{ userErrors {{ code field message }} }} }}"))
            .await
            .done("it");
    }
    let laid = compare(&app, &[one, other]).await;
    assert_eq!(
        rows(&laid, "WARD"),
        [row("Zebedee Thistlewood", "DIFFERENT", &[json!("from 2025-09-01"), json!("from 2026-01-01")])],
        "the label in whatever case is the same, the days are not"
    );
    assert_eq!(rows(&laid, "PERSONA"), [row("Lakeside School", "EQUAL", &[json!("GUARDIAN"), json!("GUARDIAN")])]);
    assert_eq!(rows(&laid, "GUARDIAN"), []);
    assert_eq!(rows(&compare(&app, &[child, other]).await, "GUARDIAN").len(), 2);
}

#[tokio::test]
async fn what_a_merge_would_be_refused_for_is_told_before() {
    let app = App::demo().await;
    let login = "mutation Login($id: UUID!, $login: String!) { contactLinkUser(id: $id, userId: $login) { userErrors { message } } }";
    let people = [("Nina Ortiz", "login-of-nina"), ("Grace Palmer", "login-of-grace")];
    for (name, login_of) in people {
        let variables = json!({ "id": ids::contact(name), "login": login_of });
        app.ask_with(&Who::super_admin(), login, variables).await.done("contactLinkUser");
    }
    let named = [ids::contact("Nina Ortiz"), ids::contact("John Doe"), ids::contact("Grace Palmer")];
    let laid = compare(&app, &named).await;
    assert_eq!(laid["obstacles"][0]["contactIds"], json!([named[0], named[2]]));
    assert!(laid["obstacles"][0]["message"].as_str().unwrap().contains("contactUnlinkUser"), "{laid:#}");
    let logins = rows(&laid, "FIELD").into_iter().find(|(name, ..)| name == "userId").unwrap();
    assert_eq!(logins, row("userId", "DIFFERENT", &[json!("login-of-nina"), Value::Null, json!("login-of-grace")]));
    assert_eq!(compare(&app, &named[..2]).await["obstacles"], json!([]));
}

#[tokio::test]
async fn two_to_five_different_contacts_are_compared_and_by_super_admin_alone() {
    let app = App::demo().await;
    let john = ids::contact("John Doe");
    for (named, why) in [
        (vec![john], "two to five"),
        (vec![john, john], "different"),
        (vec![john, Uuid::from_u128(7)], "there is no contact with the id 00000000-0000-0000-0000-000000000007"),
    ] {
        let answer = app.ask_with(&Who::super_admin(), COMPARE, json!({ "ids": named })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{why}: {:#}", answer.body);
    }
    let both = json!({ "ids": [john, ids::contact("Jane Doe")] });
    for who in [Who::acme_admin(), Who::techpartner_admin(), Who::acme_admin().with_role(Role::Viewer), Who::stranger()]
    {
        assert_eq!(app.ask_with(&who, COMPARE, both.clone()).await.code(), "FORBIDDEN");
    }
}
