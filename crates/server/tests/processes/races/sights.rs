//! What follows from facts reaches further than what a command locks: a partner's people come and go while providers come that it
//! brought, and each provider ends up seeing whoever is linked at the end, and nobody else.

use liaison_server::demo::ids;
use serde_json::json;
use uuid::Uuid;

use crate::behind::{proved, rows};
use crate::client::{OTHER_PARTNER, PARTNER, PLATFORM};
use crate::ground::Pair;

const CREATE_CONTACT: &str =
    "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position userErrors { code } } }";
const CREATE_ORGANIZATION: &str = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { position userErrors { code } } }";
const LINK: &str =
    "mutation ($id: UUID!) { contactLink(contactId: $id, link: { type: TECHNICAL }) { position userErrors { code } } }";
const UNLINK: &str = "mutation ($id: UUID!) { contactUnlink(contactId: $id) { position userErrors { code } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_comes_while_its_partner_unlinks_people_sees_who_is_linked_and_nobody_else() {
    let pair = Pair::start().await;
    let partner = ids::organization("techpartner");
    let people: Vec<Uuid> = (0..40).map(|_| Uuid::new_v4()).collect();
    for answer in pair
        .at_once(people.len(), |at| {
            let (roles, phone) = (json!([{ "type": "TECHNICAL" }]), json!({ "number": format!("+1 217 555 {at:04}") }));
            let contact = json!({ "id": people[at], "allowDuplicate": true, "firstName": "Support", "lastName": format!("{at}"),
                "organizations": roles, "phones": [{ "phone": { "create": phone } }] });
            (PARTNER, CREATE_CONTACT, json!({ "contact": contact }))
        })
        .await
    {
        assert!(answer.position().is_some(), "{:#}", answer.body);
    }

    // For each person: a provider comes, and they are unlinked, on different servers; every other one is linked again.
    let answers = pair
        .at_once(3 * people.len(), |at| {
            let person = json!({ "id": people[at / 3] });
            match at % 3 {
                0 => {
                    let organization = json!({ "name": format!("Late {at}"), "kind": "PROVIDER", "subdomain": format!("late-{at}"), "referringPartnerId": partner });
                    (PLATFORM, CREATE_ORGANIZATION, json!({ "organization": organization }))
                }
                1 => (PARTNER, UNLINK, person),
                _ if at / 3 % 2 == 0 => (PARTNER, LINK, person),
                _ => (PARTNER, UNLINK, person),
            }
        })
        .await;

    for answer in &answers {
        assert_eq!(answer.refusals(), [""; 0]);
    }
    // By the rule itself, which asks links and owners alone.
    let wrong = "SELECT o.subdomain, c.last_name, linked.is_so AS is_linked, seen.is_so AS is_seen
        FROM organizations_projection o CROSS JOIN contacts_projection c
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM organization_contacts l WHERE l.contact_id = c.id AND l.unlinked_at IS NULL
            AND l.organization_id IN (o.id, o.referring_partner_id)) AS is_so) linked
        CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM contact_sights s WHERE s.organization_id = o.id AND s.contact_id = c.id) AS is_so) seen
        WHERE o.subdomain LIKE 'late-%' AND c.first_name = 'Support' AND linked.is_so <> seen.is_so";
    let wrong = rows(pair.owner(), wrong).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    let late = rows(pair.owner(), "SELECT id FROM organizations_projection WHERE subdomain LIKE 'late-%'").await;
    assert_eq!(late.len(), people.len());
    proved(pair.owner()).await;
}

const MOVE: &str = "mutation ($id: UUID!, $partner: UUID) { organizationUpdate(id: $id, organization: { referringPartnerId: $partner }) { position userErrors { code } } }";

/// The provider leaves one partner for another and back while both link people: neither partner's people stay behind or are missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_changes_its_partner_while_people_are_linked_sees_the_new_partners_and_nobody_else() {
    let pair = Pair::start().await;
    let partners = [("techpartner", PARTNER), ("familybridge", OTHER_PARTNER)];
    let provider = Uuid::new_v4();
    let organization = json!({ "id": provider, "name": "Restless", "kind": "PROVIDER", "subdomain": "restless",
        "referringPartnerId": ids::organization("techpartner") });
    let created = pair.ask(0, PLATFORM, CREATE_ORGANIZATION, json!({ "organization": organization })).await;
    assert!(created.position().is_some(), "{:#}", created.body);
    for round in 0..3 {
        let answers = pair
            .at_once(60, |at| {
                let (subdomain, admin) = partners[at / 2 % 2];
                if at % 6 < 2 {
                    let partner = if round == 2 { None } else { Some(ids::organization(subdomain)) };
                    return (PLATFORM, MOVE, json!({ "id": provider, "partner": partner }));
                }
                let contact = json!({ "allowDuplicate": true, "firstName": "Linked", "lastName": format!("{round} {at}"), "organizations": [{ "type": "TECHNICAL" }] });
                (admin, CREATE_CONTACT, json!({ "contact": contact }))
            })
            .await;
        for answer in &answers {
            assert_eq!(answer.refusals(), [""; 0]);
        }
        let wrong = format!(
            "SELECT c.last_name, seen.is_so AS is_seen FROM organizations_projection o CROSS JOIN contacts_projection c
             CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM organization_contacts l WHERE l.contact_id = c.id AND l.unlinked_at IS NULL
                AND l.organization_id IN (o.id, o.referring_partner_id)) AS is_so) linked
             CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM contact_sights s WHERE s.organization_id = o.id AND s.contact_id = c.id) AS is_so) seen
             WHERE o.id = '{provider}' AND linked.is_so <> seen.is_so"
        );
        let wrong = rows(pair.owner(), &wrong).await;
        assert!(wrong.is_empty(), "round {round}: {wrong:#?}");
    }
    proved(pair.owner()).await;
}
