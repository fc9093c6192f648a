//! Many at the same time: one winner where there may be one, and the tables still are what the log says.

mod cards;
mod many_holders;
mod merges;
mod order_of_the_log;
mod relationships;
mod together;

use std::sync::Arc;

use liaison_domain::replay::{Steward, Verdict};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use self::order_of_the_log::Change;
use crate::support::{Answer, App, Who};

/// So many requests at once, over connections of their own.
async fn at_once<F>(app: &Arc<App>, number: usize, ask: F) -> Vec<Answer>
where
    F: Fn(usize) -> (Who, String, Value),
{
    let asked: Vec<_> = (0..number)
        .map(|at| {
            let (app, (who, query, variables)) = (app.clone(), ask(at));
            tokio::spawn(async move { app.ask_with(&who, &query, variables).await })
        })
        .collect();
    let mut answers = Vec::with_capacity(number);
    for one in asked {
        answers.push(one.await.unwrap());
    }
    answers
}

/// A mutation that is asked for nothing but whether it was done.
fn change(name: &str, arguments: &str) -> Change {
    let query = format!("mutation {{ {name}({arguments}) {{ position userErrors {{ code message }} }} }}");
    (name.to_owned(), query, json!({}))
}

async fn count(app: &App, select: &str) -> i64 {
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    sqlx::query_scalar(sqlx::AssertSqlSafe(select.to_owned())).fetch_one(&mut owner).await.unwrap()
}

async fn proved(app: &App) {
    let verdict = Steward::open(app.owner()).await.unwrap().verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_that_set_the_primary_leave_exactly_one() {
    let app = Arc::new(App::demo().await);
    let people = ["Jane Doe", "Bob Smith", "Alice Johnson"].map(ids::contact);
    let set = "mutation ($id: UUID!) { contactSetPrimary(contactId: $id, type: BILLING) { position userErrors { code } contact { id } } }";
    // Somebody watches meanwhile: there is one at every instant.
    let watch = {
        let app = app.clone();
        tokio::spawn(async move {
            for _ in 0..40 {
                let query = "{ organization(subdomain: \"acme\") { contacts(filter: { types: [BILLING], isPrimary: true }) { totalCount } } }";
                assert_eq!(app.ask(&Who::acme_admin(), query).await.at("/organization/contacts/totalCount"), &json!(1));
            }
        })
    };
    let answers = at_once(&app, 200, |at| (Who::acme_admin(), set.to_owned(), json!({ "id": people[at % 3] }))).await;
    watch.await.unwrap();
    for answer in &answers {
        assert_eq!(answer.at("/contactSetPrimary/userErrors"), &json!([]));
    }
    let primary = "SELECT count(*) FROM organization_contacts WHERE organization_id = (SELECT id FROM organizations_projection WHERE subdomain = 'acme')
        AND contact_type = 'billing' AND is_primary AND unlinked_at IS NULL";
    assert_eq!(count(&app, primary).await, 1);
    // Each that was written demoted the one before.
    let written = answers.iter().filter(|answer| !answer.at("/contactSetPrimary/position").is_null()).count();
    let recorded = "SELECT count(*) FROM domain_events WHERE event_type = 'organization.contact.primary_set'";
    assert_eq!(count(&app, recorded).await, i64::try_from(written).unwrap());
    // Whoever was not primary became it at least once.
    assert!(written >= 2, "{written} changed something");
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_that_make_a_contact_with_one_id_leave_one() {
    let app = Arc::new(App::demo().await);
    let id = Uuid::new_v4();
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { code } } }";
    // Half of them from another tenant: the id is taken, by whomever.
    let whose = |at: usize| if at.is_multiple_of(2) { Who::acme_admin() } else { Who::stranger() };
    let answers = at_once(&app, 50, |at| {
        let phone = json!({ "phone": { "create": { "number": format!("+1 217 555 {at:04}") } } });
        (
            whose(at),
            create.to_owned(),
            json!({ "contact": { "id": id, "allowDuplicate": true, "firstName": "One", "lastName": "Only", "phones": [phone] } }),
        )
    })
    .await;
    let made = answers.iter().filter(|answer| answer.at("/contactCreate/userErrors") == &json!([])).count();
    let taken = answers
        .iter()
        .filter(|answer| answer.at("/contactCreate/userErrors") == &json!([{ "code": "ID_TAKEN" }]))
        .count();
    assert_eq!((made, taken), (1, 49));
    assert_eq!(count(&app, "SELECT count(*) FROM contacts_projection WHERE last_name = 'Only'").await, 1);
    assert_eq!(count(&app, "SELECT count(*) FROM phones_projection WHERE e164 LIKE '+1217555%' AND created_at > now() - interval '1 hour' AND owner_organization_id = (SELECT owner_organization_id FROM contacts_projection WHERE last_name = 'Only') AND number LIKE '+1 217 555 %'").await, 1);
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_that_link_the_same_leave_one_link() {
    let app = Arc::new(App::demo().await);
    let john = ids::contact("John Doe");
    let link = "mutation ($id: UUID!) { contactLink(contactId: $id, link: { type: STAKEHOLDER }) { position userErrors { code } } }";
    let answers = at_once(&app, 50, |_| (Who::acme_admin(), link.to_owned(), json!({ "id": john }))).await;
    for answer in &answers {
        assert_eq!(answer.at("/contactLink/userErrors"), &json!([]));
    }
    assert_eq!(answers.iter().filter(|answer| !answer.at("/contactLink/position").is_null()).count(), 1);
    let open = "SELECT count(*) FROM organization_contacts WHERE contact_type = 'stakeholder' AND contact_id = (SELECT id FROM contacts_projection WHERE last_name = 'Doe' AND first_name = 'John')";
    assert_eq!(count(&app, open).await, 1);
    proved(&app).await;
}

/// A partner links its people while providers come that it brought: every provider sees everybody who is linked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_linked_while_a_provider_comes_is_seen_by_it() {
    let app = Arc::new(App::demo().await);
    let partner = ids::organization("techpartner");
    let create_contact = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { code } } }";
    let create_organization = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { organization { id } userErrors { code } } }";
    let answers = at_once(&app, 60, |at| {
        if at % 3 == 0 {
            let organization = json!({ "name": format!("Late {at}"), "kind": "PROVIDER", "subdomain": format!("late-{at}"), "referringPartnerId": partner });
            (Who::super_admin(), create_organization.to_owned(), json!({ "organization": organization }))
        } else {
            let contact = json!({ "allowDuplicate": true, "firstName": "Support", "lastName": format!("{at}"), "organizations": [{ "type": "TECHNICAL" }] });
            (Who::techpartner_admin(), create_contact.to_owned(), json!({ "contact": contact }))
        }
    })
    .await;
    for answer in &answers {
        assert!(answer.body["errors"].is_null(), "{:#}", answer.body);
    }
    let unseen = "SELECT count(*) FROM organizations_projection o JOIN organization_contacts l ON l.organization_id = o.referring_partner_id AND l.unlinked_at IS NULL
        WHERE NOT EXISTS (SELECT FROM contact_sights s WHERE s.organization_id = o.id AND s.contact_id = l.contact_id)";
    assert_eq!(count(&app, unseen).await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM organizations_projection WHERE subdomain LIKE 'late-%'").await, 20);
    proved(&app).await;
}

/// Two commands that take the same locks from opposite ends do not wait for each other for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn links_from_opposite_ends_do_not_stand_in_each_others_way() {
    let app = Arc::new(App::demo().await);
    let (phone, address) = (ids::phone("Jane Doe mobile"), ids::address("Uptown Office"));
    let by_phone = "mutation ($phone: UUID!, $address: UUID!) { phoneLink(phoneId: $phone, to: { addressId: $address }) { userErrors { code } } }";
    let by_address = "mutation ($phone: UUID!, $address: UUID!) { addressLink(addressId: $address, to: { phoneId: $phone }) { userErrors { code } } }";
    let answers = at_once(&app, 40, |at| {
        let query = if at.is_multiple_of(2) { by_phone } else { by_address };
        (Who::acme_admin(), query.to_owned(), json!({ "phone": phone, "address": address }))
    })
    .await;
    for answer in &answers {
        let payload = answer.data().as_object().unwrap().values().next().unwrap();
        assert_eq!(payload["userErrors"], json!([]));
    }
    let links = format!(
        "SELECT count(*) FROM phone_addresses WHERE phone_id = '{phone}' AND address_id = '{address}' AND unlinked_at IS NULL"
    );
    assert_eq!(count(&app, &links).await, 1);
    proved(&app).await;
}
