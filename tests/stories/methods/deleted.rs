//! Deleting phones, email addresses and addresses: refused while others hold on to them, told how many and not who; what was deleted is
//! kept, stands in no list, stands in nobody's way, and is not touched any more.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use super::{admin_of, done, is, make, node, proved, refused, same, written};
use crate::support::{App, Who};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_line_is_deleted_with_ones_own_links_and_stands_in_no_list() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (jane, office) = (ids::contact("Jane Doe"), ids::address("Billing Office"));
    let fax = ids::phone("Billing Office fax");
    written(&app, &acme, 1, &format!("phoneLink(phoneId: \"{fax}\", to: {{contactId: \"{jane}\"}})"), "").await;
    // Acme's own, Jane's, and where it stands: three links end with it.
    let payload = written(
        &app,
        &acme,
        4,
        &format!("phoneDelete(id: \"{fax}\", reason: \"nobody faxes\")"),
        "phone { deletedAt }",
    )
    .await;
    assert!(payload["phone"]["deletedAt"].is_string(), "Acme made it and sees it still");
    for (who, seen) in [(&acme, true), (&Who::super_admin(), true), (&Who::stranger(), false)] {
        assert_eq!(!node(&app, who, fax, "... on Phone { deletedAt }").await.is_null(), seen, "{}", who.name);
    }
    let lists = [
        (jane, "... on Contact { list: phones { nodes { id } } }"),
        (acme.organization_id, "... on Organization { list: phones(first: 200) { nodes { id } } }"),
        (office, "... on Address { list: phones { nodes { id } } }"),
    ];
    for (id, list) in lists {
        let listed = node(&app, &Who::super_admin(), id, list).await["list"]["nodes"].to_string();
        assert!(!listed.contains(&fax.to_string()), "{list}: {listed}");
    }
    let own = "... on Phone { contacts { totalCount } organizations { totalCount } addresses { totalCount } }";
    let none = json!({ "totalCount": 0 });
    let expected = json!({ "contacts": none, "organizations": none, "addresses": none });
    assert_eq!(node(&app, &Who::super_admin(), fax, own).await, expected);
    let closed = app
        .behind(&format!(
            "SELECT unlink_reason FROM contact_phones WHERE phone_id = '{fax}' AND unlinked_at IS NOT NULL"
        ))
        .await;
    assert_eq!(closed, [json!({ "unlink_reason": "nobody faxes" })], "the past stays, with its reason");
    same(&app, &acme, &format!("phoneDelete(id: \"{fax}\")")).await;
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_who_hold_it_are_counted_and_not_named() {
    let app = App::demo().await;
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    let mobile = ids::phone("Jane Doe mobile");
    let delete = format!("phoneDelete(id: \"{mobile}\")");
    let link = |to: String| format!("phoneLink(phoneId: \"{mobile}\", to: {to})");
    let (riverside, ruth) = (ids::organization("riverside"), ids::contact("Ruth Vance"));
    written(&app, &ada, 1, &link(format!("{{organizationId: \"{riverside}\"}}")), "").await;
    let refusal = refused(&app, &acme, &delete).await;
    assert!(is(&refusal, "IN_USE", "id", "1 open link to this phone is not yours to end"), "{refusal:?}");
    written(&app, &ada, 1, &link(format!("{{contactId: \"{ruth}\"}}")), "").await;
    // Somebody whom Acme sees and may not edit counts like those whom it does not see.
    written(&app, &ada, 1, &link(format!("{{contactId: \"{}\"}}", ids::contact("Bob Chen"))), "").await;
    let refusal = refused(&app, &acme, &delete).await;
    assert!(is(&refusal, "IN_USE", "id", "3 open links to this phone are not yours to end"), "{refusal:?}");
    for secret in ["Riverside", "Ruth", "Vance", "Bob", &riverside.to_string(), &ruth.to_string()] {
        assert!(!refusal.message.contains(secret), "{}", refusal.message);
    }
    // Riverside counts what is not its own: Acme's link, Jane's and Bob's.
    assert!(is(&refused(&app, &Who::stranger(), &delete).await, "IN_USE", "id", "3 open links"), "of Riverside");
    assert_eq!(node(&app, &acme, mobile, "... on Phone { deletedAt }").await["deletedAt"], Value::Null);
    // Jane's and Acme's, Riverside's and Ruth's, Bob's: super_admin may end them all.
    written(&app, &ada, 6, &delete, "").await;
    proved(&app).await;

    let (inbox, clinic) = (ids::email("jane.doe@acme.example"), ids::address("Downtown Office"));
    for (noun, id, word) in [("email", inbox, "email address"), ("address", clinic, "address")] {
        let link = format!("{noun}Link({noun}Id: \"{id}\", to: {{contactId: \"{ruth}\"}})");
        written(&app, &ada, 1, &link, "").await;
        let refusal = refused(&app, &acme, &format!("{noun}Delete(id: \"{id}\")")).await;
        assert!(is(&refusal, "IN_USE", "id", &format!("1 open link to this {word}")), "{refusal:?}");
    }
}

/// A line of somebody else's stands in the office: the office is theirs too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_where_somebody_elses_phone_stands_is_in_use() {
    let app = App::demo().await;
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    let (office, line) = (ids::address("Uptown Office"), ids::phone("Riverside Clinic reception"));
    let place = |verb: &str, end: &str| format!("phone{verb}(phoneId: \"{line}\", {end}: {{addressId: \"{office}\"}})");
    written(&app, &ada, 1, &place("Link", "to"), "").await;
    let delete = format!("addressDelete(id: \"{office}\")");
    let refusal = refused(&app, &acme, &delete).await;
    assert!(is(&refusal, "IN_USE", "id", "1 open link to this address"), "{refusal:?}");
    written(&app, &ada, 1, &place("Unlink", "from"), "").await;
    let open = app
        .behind(&format!(
            "SELECT (SELECT count(*) FROM contact_addresses WHERE address_id = '{office}' AND unlinked_at IS NULL)
                  + (SELECT count(*) FROM organization_addresses WHERE address_id = '{office}' AND unlinked_at IS NULL)
                  + (SELECT count(*) FROM phone_addresses WHERE address_id = '{office}' AND unlinked_at IS NULL) AS n"
        ))
        .await[0]["n"]
        .as_i64()
        .unwrap();
    assert!(open > 5, "five people work there, Acme is found there, two lines stand there: {open}");
    written(&app, &acme, open + 1, &delete, "").await;
    proved(&app).await;
}

/// Nobody learns by deleting how often something is held that they do not see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_count_is_told_of_what_one_sees_only() {
    let app = App::demo().await;
    let acme = app.viewer(&Who::acme_admin());
    let mut raw = <sqlx::PgConnection as sqlx::Connection>::connect_with(&app.app_login()).await.unwrap();
    let mut count = async |organization: uuid::Uuid, everything: bool, id: uuid::Uuid| -> i64 {
        let sql = format!("BEGIN; SELECT app.enter('{organization}', {everything})");
        sqlx::Executor::execute(&mut raw, sqlx::AssertSqlSafe(sql)).await.unwrap();
        let told = sqlx::query_scalar("SELECT app.open_links_to($1)").bind(id).fetch_one(&mut raw).await.unwrap();
        sqlx::Executor::execute(&mut raw, "ROLLBACK").await.unwrap();
        told
    };
    let foreign = ids::phone("Riverside Clinic reception");
    assert_eq!(count(acme.organization_id(), false, foreign).await, 0);
    assert_eq!(count(acme.organization_id(), false, uuid::Uuid::new_v4()).await, 0);
    assert!(count(acme.organization_id(), false, ids::phone("Billing Office fax")).await > 0);
    assert!(count(ids::organization("riverside"), false, foreign).await > 0);
    assert!(count(ids::organization("platform"), true, foreign).await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_is_neither_changed_nor_linked() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    let kinds = [
        ("phone", "phoneCreate(phone: {number: \"217-555-0166\"})", "phone"),
        ("email", "emailCreate(email: {address: \"gone@acme.example\"})", "email address"),
        ("address", "addressCreate(address: {type: BILLING, street1: \"6 Gone St\", city: \"Peoria\"})", "address"),
    ];
    for (noun, create, word) in kinds {
        let id = make(&app, &acme, create).await;
        written(&app, &acme, 1, &format!("{noun}Delete(id: \"{id}\")"), "").await;
        let says = format!("this {word} was deleted and can be neither changed nor linked; make a new one");
        let list = if noun == "address" { "addresses".to_owned() } else { format!("{noun}s") };
        let mut calls = vec![
            (format!("{noun}Update(id: \"{id}\", {noun}: {{label: \"x\"}})"), "id".to_owned()),
            (format!("{noun}Link({noun}Id: \"{id}\", to: {{contactId: \"{jane}\"}})"), format!("{noun}Id")),
            (
                format!(
                    "contactCreate(contact: {{allowDuplicate: true, firstName: \"A\", lastName: \"B\", {list}: [{{{noun}: {{id: \"{id}\"}}}}]}})"
                ),
                format!("{list}.0.id"),
            ),
        ];
        match noun {
            "phone" => {
                let office = ids::address("Downtown Office");
                calls.push((format!("phoneSmsOptOut(id: \"{id}\")"), "id".to_owned()));
                calls.push((
                    format!("addressLink(addressId: \"{office}\", to: {{phoneId: \"{id}\"}})"),
                    "phoneId".to_owned(),
                ));
            }
            "address" => {
                let fax = ids::phone("Billing Office fax");
                let by_phone = format!("phoneLink(phoneId: \"{fax}\", to: {{addressId: \"{id}\"}})");
                calls.push((by_phone, "addressId".to_owned()));
                calls.push((
                    format!("addressLink(addressId: \"{id}\", to: {{phoneId: \"{fax}\"}})"),
                    "addressId".to_owned(),
                ));
            }
            _ => {}
        }
        for (call, field) in calls {
            let refusal = refused(&app, &acme, &call).await;
            assert!(is(&refusal, "INVALID", &field, &says), "{call}: {refusal:?}");
        }
        // Taking it off is leaving it alone.
        same(&app, &acme, &format!("{noun}Unlink({noun}Id: \"{id}\", from: {{contactId: \"{jane}\"}})")).await;
        let set = format!("{noun}SetPrimary({noun}Id: \"{id}\", of: {{contactId: \"{jane}\"}})");
        assert_eq!(refused(&app, &acme, &set).await.code, "NOT_FOUND");
        // It stands in nobody's way: the same value may come again, and be linked.
        let again = make(&app, &acme, create).await;
        done(&app, &acme, &format!("{noun}Link({noun}Id: \"{again}\", to: {{contactId: \"{jane}\"}})"), "").await;
    }
    proved(&app).await;
}

/// Bayside may edit John Doe and so deletes his phone; the record was Acme's and stays with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_edit_may_delete_and_the_steward_keeps_it() {
    let app = App::demo().await;
    let mobile = ids::phone("John Doe mobile");
    let payload =
        written(&app, &admin_of("bayside"), 2, &format!("phoneDelete(id: \"{mobile}\")"), "phone { id }").await;
    assert_eq!(payload["phone"], Value::Null, "Bayside sees it no more");
    assert!(node(&app, &Who::acme_admin(), mobile, "... on Phone { deletedAt }").await["deletedAt"].is_string());
    proved(&app).await;
}
