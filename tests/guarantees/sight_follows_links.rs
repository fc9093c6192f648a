//! Who sees a method follows the open links: gained with a link, kept while any other holder is in sight, lost with the last of them; and
//! what is kept step by step is what the log as a whole says.

use liaison_domain::replay::{Steward, Verdict};
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
