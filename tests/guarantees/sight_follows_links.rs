//! Who sees a method follows the open links: gained with a link, kept while any other holder is in sight, lost with the last of them; and
//! what is kept step by step is what the log as a whole says.

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

async fn create(app: &App, address: Value) -> (String, String, String) {
    let answer = app
        .ask_with(
            &Who::acme_admin(),
            "mutation($contact: ContactCreateInput!) {
               contactCreate(contact: $contact) {
                 contact { id phones { nodes { id } } addresses { nodes { id } } } userErrors { message }
               }
             }",
            json!({ "contact": {
                "allowDuplicate": true, "firstName": "Gwen", "lastName": "Shared", "organizations": [{ "type": "TECHNICAL" }],
                "phones": [{ "phone": { "create": { "number": "+1 650 253 0100" } } }],
                "addresses": [{ "address": address }],
            } }),
        )
        .await;
    let id = |pointer: &str| answer.at(&format!("/contactCreate/contact{pointer}")).as_str().unwrap().to_owned();
    (id("/id"), id("/phones/nodes/0/id"), id("/addresses/nodes/0/id"))
}

async fn sees(app: &App, who: &Who, ids: &[&str]) -> Vec<bool> {
    let answer = app.ask_with(who, "query($ids: [UUID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
    answer.list("/nodes").iter().map(|node| !node.is_null()).collect()
}

async fn change(app: &App, document: &str, contact: &str) {
    let organization = Who::stranger().organization_id;
    let variables = json!({ "contact": contact, "organization": organization });
    let answer = app.ask_with(&Who::super_admin(), document, variables).await;
    assert_eq!(answer.at("/change/userErrors"), &json!([]));
}

const LINK: &str = "mutation($contact: UUID!, $organization: UUID!) {
  change: contactLink(contactId: $contact, link: { organizationId: $organization, type: TECHNICAL }) { userErrors { message } }
}";
const UNLINK: &str = "mutation($contact: UUID!, $organization: UUID!) {
  change: contactUnlink(contactId: $contact, organizationId: $organization) { userErrors { message } }
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_is_in_sight_as_long_as_a_link_gives_it() {
    let app = App::demo().await;
    let office = json!({ "create": { "label": "Shared Office", "type": "PHYSICAL", "street1": "1 Main Street", "city": "Salem" } });
    let (one, phone_of_one, office) = create(&app, office).await;
    let (other, phone_of_other, _) = create(&app, json!({ "id": office })).await;
    let stranger = Who::stranger();
    let asked = [phone_of_one.as_str(), phone_of_other.as_str(), office.as_str()];
    assert_eq!(sees(&app, &stranger, &asked).await, [false, false, false]);

    change(&app, LINK, &one).await;
    assert_eq!(
        sees(&app, &stranger, &asked).await,
        [true, false, true],
        "with the contact its methods, and nobody else's"
    );
    change(&app, LINK, &other).await;
    assert_eq!(sees(&app, &stranger, &asked).await, [true, true, true]);
    change(&app, UNLINK, &one).await;
    assert_eq!(sees(&app, &stranger, &asked).await, [false, true, true], "the other is found at the office still");
    change(&app, UNLINK, &other).await;
    assert_eq!(sees(&app, &stranger, &asked).await, [false, false, false]);
    assert_eq!(sees(&app, &Who::acme_admin(), &asked).await, [true, true, true]);

    // A method with links is in nobody's sight merely because they made it.
    let linked = app.behind("SELECT is_linked FROM phones_projection WHERE e164 = '+16502530100'").await;
    assert!(linked.len() == 2 && linked.iter().all(|row| row["is_linked"] == true), "{linked:?}");

    let verdict = Steward::open(app.owner()).await.unwrap().verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
}

/// Makes somebody at Acme; their id and the ids of their phones.
async fn come(app: &App, last_name: &str, organizations: Value, phones: Value) -> (String, Vec<String>) {
    let create = "mutation($contact: ContactCreateInput!) {
      contactCreate(contact: $contact) { contact { id phones { nodes { id } } } userErrors { message } }
    }";
    let email = json!({ "email": { "create": { "address": format!("{last_name}@example.org") } } });
    let contact = json!({ "allowDuplicate": true, "firstName": "Nia", "lastName": last_name,
        "organizations": organizations, "phones": phones, "emails": [email] });
    let answer = app.ask_with(&Who::acme_admin(), create, json!({ "contact": contact })).await;
    assert_eq!(answer.at("/contactCreate/userErrors"), &json!([]));
    let phones = answer.list("/contactCreate/contact/phones/nodes").iter();
    let id = |node: &Value| node["id"].as_str().unwrap().to_owned();
    (id(answer.at("/contactCreate/contact")), phones.map(id).collect())
}

/// Rows of people who come with all that is theirs are written at once, with what follows from it: whichever way they come, nothing else is
/// said than what follows from the log as a whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_with_links_is_seen_counted_and_linked_as_the_log_says() {
    let app = App::demo().await;
    let new = |number: &str| json!({ "phone": { "create": { "number": number } } });
    let primary = json!([{ "type": "TECHNICAL", "isPrimary": true }]);
    let (_, phones) = come(&app, "Adom", primary.clone(), json!([new("+1 650 253 0101")])).await;
    let line = json!({ "phone": { "id": phones[0] } });

    // Instead of somebody who was primary; with a line that was there, and with a second one that is primary instead of the first.
    let mut other = new("+1 650 253 0102");
    other["isPrimary"] = json!(true);
    let roles = json!([{ "type": "TECHNICAL", "isPrimary": true }, { "type": "BILLING" }]);
    come(&app, "Boateng", roles, json!([line, other])).await;
    let (held, _) = come(&app, "Cobbina", json!([{ "type": "BILLING" }]), json!([line])).await;

    // A number that said STOP says so of whoever comes to have it.
    let out = format!("mutation {{ phoneSmsOptOut(id: \"{}\") {{ userErrors {{ message }} }} }}", phones[0]);
    assert_eq!(app.ask(&Who::acme_admin(), &out).await.at("/phoneSmsOptOut/userErrors"), &json!([]));
    let (_, late) = come(&app, "Darko", json!([]), json!([new("650-253-0101")])).await;

    let told = "SELECT last_name AS name, organization_count AS shared, last_linked_at IS NOT NULL AS is_linked
                FROM contacts_projection WHERE first_name = 'Nia' ORDER BY last_name";
    let expected = [("Adom", 1, true), ("Boateng", 1, true), ("Cobbina", 1, true), ("Darko", 0, false)];
    let expected =
        expected.map(|(name, shared, is_linked)| json!({ "name": name, "shared": shared, "is_linked": is_linked }));
    assert_eq!(app.behind(told).await, expected);
    let told =
        "SELECT bool_and(is_linked) AS are_linked, count(*) FILTER (WHERE is_sms_opted_out) AS out, count(*) AS all
                FROM phones_projection WHERE e164 IN ('+16502530101', '+16502530102')";
    assert_eq!(app.behind(told).await, [json!({ "are_linked": true, "out": 2, "all": 3 })]);

    // Who sees one of those who share a line sees the line, and not the others' own.
    let stranger = Who::stranger();
    assert_eq!(sees(&app, &stranger, &[&held, &phones[0], &late[0]]).await, [false, false, false]);
    change(&app, LINK, &held).await;
    assert_eq!(sees(&app, &stranger, &[&held, &phones[0], &late[0]]).await, [true, true, false]);

    super::links_repeat::nothing_is_out_of_date(&app).await;
    app.is_proved().await;
}

/// Of somebody who comes with nothing but what comes along everything is written by one statement, without a look at what it wrote: it is
/// what the log says as a whole, at a partner who brought others, with methods of every kind and code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_whole_is_seen_found_and_compared_as_the_log_says() {
    let app = App::demo().await;
    let [acme, partner] = ["acme", "techpartner"].map(ids::organization);
    let phone = |number: &str, code: &str| json!({ "phone": { "create": { "number": number, "code": code, "extension": "7", "label": code } } });
    let address = |street: &str, of: &str| {
        let create = json!({ "type": of, "street1": street, "street2": "Apt #4", "city": "Springfield", "state": "IL", "postalCode": "62704", "label": "There" });
        json!({ "address": { "create": create }, "startsOn": "2024-05-01" })
    };
    let contact = json!({
        "allowDuplicate": true, "firstName": "Žofie", "lastName": "O’Brien-Quill", "title": "Nurse", "department": "Ward 3",
        "ownerOrganizationId": acme,
        "organizations": [{ "organizationId": acme, "type": "BILLING", "isPrimary": false }, { "organizationId": partner, "type": "TECHNICAL" },
                          { "organizationId": partner, "type": "BILLING" }],
        "phones": [phone("+1 650 253 0111", "mobile"), phone("(650) 253-0112", "home"), phone("+44 20 7946 0123", "fax"), phone("1-800-NOT-REAL-AT-ALL", "office")],
        "emails": [{ "email": { "create": { "address": "Zofie@Bücher.example" } } }, { "email": { "create": { "address": "info@quill.example", "code": "billing" } } }],
        "addresses": [address("1 Oak St", "PHYSICAL"), address("P.O. Box 12", "MAILING")],
    });
    let create = "mutation($contact: ContactCreateInput!, $dry: Boolean) {
      contactCreate(contact: $contact, dryRun: $dry) { contact { name } userErrors { field message } }
    }";
    // What would be is written as well, and leaves nothing behind.
    for dry in [true, false] {
        let answer = app.ask_with(&Who::super_admin(), create, json!({ "contact": contact, "dry": dry })).await;
        assert_eq!(answer.at("/contactCreate/userErrors"), &json!([]));
    }
    let told = format!(
        "SELECT count(*) AS all, count(*) FILTER (WHERE is_owner AND is_linked) AS own, count(*) FILTER (WHERE is_staff_of_partner) AS brought,
                (SELECT count(*) FROM organizations_projection WHERE referring_partner_id = '{partner}') AS providers
         FROM contact_sights s JOIN contacts_projection c ON c.id = s.contact_id WHERE c.last_name LIKE '%Quill'"
    );
    let seen = &app.behind(&told).await[0];
    let providers = seen["providers"].as_u64().unwrap();
    assert!(providers > 1, "{seen}");
    let expected = json!({ "all": 1 + providers, "own": 1, "brought": providers, "providers": providers });
    assert_eq!(*seen, expected);
    super::links_repeat::nothing_is_out_of_date(&app).await;
    app.is_proved().await;
}
