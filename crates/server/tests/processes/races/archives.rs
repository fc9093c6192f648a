//! Nobody is linked who is archived: whoever comes first decides, and the other is told.

use liaison_server::demo::ids;
use serde_json::json;
use uuid::Uuid;

use crate::behind::{count, proved};
use crate::client::{ACME, PLATFORM};
use crate::ground::Pair;

const CREATE: &str =
    "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position userErrors { code } } }";
const DELETE: &str = "mutation ($id: UUID!) { contactDelete(id: $id) { position userErrors { code } } }";
const LINK: &str = "mutation ($id: UUID!, $link: ContactLinkInput!) { contactLink(contactId: $id, link: $link) { position userErrors { code } } }";
const GIVE: &str = "mutation ($id: UUID!, $phone: UUID!) { phoneLink(phoneId: $phone, to: { contactId: $id }) { position userErrors { code } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_archived_while_others_link_them_is_one_or_the_other() {
    let pair = Pair::start().await;
    let people: Vec<Uuid> = (0..40).map(|_| Uuid::new_v4()).collect();
    for answer in pair
        .at_once(people.len(), |at| {
            let contact = json!({ "id": people[at], "allowDuplicate": true, "firstName": "Leaving", "lastName": format!("{at}"), "organizations": [{ "type": "STAKEHOLDER" }] });
            (ACME, CREATE, json!({ "contact": contact }))
        })
        .await
    {
        assert!(answer.position().is_some(), "{:#}", answer.body);
    }
    let (phone, elsewhere) = (ids::phone("Downtown Office reception"), ids::organization("riverside"));

    let answers = pair
        .at_once(4 * people.len(), |at| {
            let id = people[at / 4];
            // In turn, as the first to be asked has an advantage.
            match (at + at / 4) % 4 {
                0 => (ACME, DELETE, json!({ "id": id })),
                1 => {
                    (PLATFORM, LINK, json!({ "id": id, "link": { "type": "EMERGENCY", "organizationId": elsewhere } }))
                }
                2 => (ACME, LINK, json!({ "id": id, "link": { "type": "EMERGENCY" } })),
                _ => (ACME, GIVE, json!({ "id": id, "phone": phone })),
            }
        })
        .await;

    for answer in &answers {
        for code in answer.refusals() {
            assert!(["IN_USE", "NOT_FOUND", "INVALID", "FORBIDDEN"].contains(&code), "{:#}", answer.body);
        }
    }
    for links in ["organization_contacts", "contact_phones"] {
        let broken = format!(
            "{links} l JOIN contacts_projection c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL AND c.deleted_at IS NOT NULL"
        );
        assert_eq!(count(pair.owner(), &broken).await, 0, "{broken}");
    }
    // Each was archived, or is linked where somebody else held on to them.
    let held = format!(
        "contacts_projection c WHERE c.first_name = 'Leaving' AND c.deleted_at IS NULL
         AND NOT EXISTS (SELECT FROM organization_contacts l WHERE l.contact_id = c.id AND l.organization_id = '{elsewhere}' AND l.unlinked_at IS NULL)"
    );
    assert_eq!(count(pair.owner(), &held).await, 0);
    proved(pair.owner()).await;
}
