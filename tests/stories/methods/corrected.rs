//! US-6: a number, an email address, an address is corrected once and right for everybody who has it.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use super::{admin_of, done, is, make, newest, node, proved, refused, same, written};
use crate::support::{App, Who};

const NUMBERS: &str = "... on Contact { primaryPhone { number e164 extension label } phones { nodes { number } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_his_clients_corrects_the_consultants_phone_and_all_five_see_it() {
    let app = App::demo().await;
    let (john, phone) = (ids::contact("John Doe"), ids::phone("John Doe mobile"));
    // The record is Acme's; Bayside is linked to him and may correct him.
    let call = format!(
        "phoneUpdate(id: \"{phone}\", phone: {{number: \"(773) 555-0199\"}}, reason: \"He told us at the desk\", expectedVersion: 1)"
    );
    let payload = written(&app, &admin_of("bayside"), 1, &call, "phone { number e164 version }").await;
    assert_eq!(payload["phone"], json!({ "number": "(773) 555-0199", "e164": "+17735550199", "version": 2 }));
    for subdomain in ["acme", "bayside", "cedargrove", "harborlight", "pinecrest"] {
        let seen = node(&app, &admin_of(subdomain), john, NUMBERS).await;
        assert_eq!(seen["primaryPhone"]["e164"], "+17735550199", "{subdomain}");
        assert_eq!(seen["phones"]["nodes"], json!([{ "number": "(773) 555-0199" }]), "{subdomain}");
    }
    assert_eq!(node(&app, &admin_of("riverside"), john, NUMBERS).await, Value::Null, "and nobody else");
    // The log says what was and what is, who and why.
    let expected = json!({ "changes": {
        "number": { "old": "773-555-0190", "new": "(773) 555-0199" },
        "e164": { "old": "+17735550190", "new": "+17735550199" },
    } });
    assert_eq!(newest(&app, "phone.updated").await, expected);
    let told = app.behind("SELECT metadata FROM domain_events WHERE event_type = 'phone.updated'").await[0]["metadata"]
        .clone();
    assert_eq!(told["reason"], "He told us at the desk");
    assert_eq!(told["organization_id"], json!(ids::organization("bayside")));
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_stays_and_null_clears() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let phone = make(
        &app,
        &acme,
        "phoneCreate(phone: {number: \"217-555-0101\", extension: \"12\", label: \"Desk\", code: \"mobile\"})",
    )
    .await;
    const PHONE: &str = "phone { number e164 extension label isSmsCapable code { code } verificationState version }";
    let update = |phone_input: &str| format!("phoneUpdate(id: \"{phone}\", phone: {{{phone_input}}})");
    let of = |number: &str, e164: Value, extension: Value, label: Value, version: i32| {
        let state = if e164.is_null() { "INVALID" } else { "UNVERIFIED" };
        json!({ "number": number, "e164": e164, "extension": extension, "label": label, "isSmsCapable": true,
            "code": { "code": "mobile" }, "verificationState": state, "version": version })
    };
    let desk = json!("Desk");
    let known = json!("+12175550101");
    let payload = written(&app, &acme, 1, &update("label: null"), PHONE).await;
    assert_eq!(payload["phone"], of("217-555-0101", known.clone(), json!("12"), Value::Null, 2));
    let payload = written(&app, &acme, 1, &update("label: \" Desk \", extension: null"), PHONE).await;
    assert_eq!(payload["phone"], of("217-555-0101", known.clone(), Value::Null, desk.clone(), 3));
    // An extension at the end of a new number is understood; one that is left out stays with the next number.
    let payload = written(&app, &acme, 1, &update("number: \"217-555-0102 ext. 44\""), PHONE).await;
    assert_eq!(payload["phone"], of("217-555-0102 ext. 44", json!("+12175550102"), json!("44"), desk.clone(), 4));
    let payload = written(&app, &acme, 1, &update("number: \"217-555-0103\""), PHONE).await;
    assert_eq!(payload["phone"], of("217-555-0103", json!("+12175550103"), json!("44"), desk.clone(), 5));
    // A number that does not parse is kept as it is, and comes back with the next that does.
    let payload = written(&app, &acme, 1, &update("number: \"call the porter\", extension: null"), PHONE).await;
    assert_eq!(payload["phone"], of("call the porter", Value::Null, Value::Null, desk.clone(), 6));
    let payload = written(&app, &acme, 1, &update("number: \"+1 217 555 0101\""), PHONE).await;
    assert_eq!(payload["phone"], of("+1 217 555 0101", known, Value::Null, desk, 7));
    // Nothing said, or the same said again.
    same(&app, &acme, &update("")).await;
    same(&app, &acme, &update("number: \"+1 217 555 0101\", label: \"Desk\", code: \"mobile\", isSmsCapable: true"))
        .await;
    assert_eq!(node(&app, &acme, phone, "... on Phone { version }").await, json!({ "version": 7 }));

    let email = make(&app, &acme, "emailCreate(email: {address: \"Desk@acme.example\", label: \"Desk\"})").await;
    let update = |input: &str| format!("emailUpdate(id: \"{email}\", email: {{{input}}})");
    const EMAIL: &str = "email { address label isNotificationEnabled code { code } version }";
    let input = "address: \"front.desk@acme.example\", label: null, code: \"support\", isNotificationEnabled: false";
    let payload = written(&app, &acme, 1, &update(input), EMAIL).await;
    let expected = json!({ "address": "front.desk@acme.example", "label": null, "isNotificationEnabled": false,
        "code": { "code": "support" }, "version": 2 });
    assert_eq!(payload["email"], expected);
    same(&app, &acme, &update(input)).await;

    let address = make(
        &app,
        &acme,
        "addressCreate(address: {label: \"Annex\", type: PHYSICAL, street1: \"1 Elm St\", street2: \"Rear\", city: \"Springfield\", state: \"IL\", postalCode: \"62701\"})",
    )
    .await;
    let update = |input: &str| format!("addressUpdate(id: \"{address}\", address: {{{input}}})");
    const ADDRESS: &str = "address { label type street1 street2 city state postalCode country version }";
    let input = "street2: null, city: \"Peoria\", type: MAILING, country: \"ca\", postalCode: \"K1A 0B1\"";
    let payload = written(&app, &acme, 1, &update(input), ADDRESS).await;
    let expected = json!({ "label": "Annex", "type": "MAILING", "street1": "1 Elm St", "street2": null, "city": "Peoria",
        "state": "IL", "postalCode": "K1A 0B1", "country": "CA", "version": 2 });
    assert_eq!(payload["address"], expected);
    assert_eq!(
        newest(&app, "address.updated").await["changes"]["street2"],
        json!({ "old": "Rear", "new": null }),
        "what was cleared stands in the log"
    );
    same(&app, &acme, &update(input)).await;
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_values_are_refused_by_field_and_told_what_would_be_right() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (phone, email) = (ids::phone("Jane Doe mobile"), ids::email("jane.doe@acme.example"));
    let address = ids::address("Downtown Office");
    let long = "x".repeat(201);
    for (call, field, says) in [
        (format!("phoneUpdate(id: \"{phone}\", phone: {{number: null}})"), "number", "cannot be cleared; leave it out"),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{number: \" \"}})"), "number", "must not be empty"),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{extension: \"x1\"}})"), "extension", "1 to 11 digits"),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{code: null}})"), "code", "cannot be cleared"),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{code: \"pager\"}})"), "code", "use one of emergency, fax"),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{label: \"{long}\"}})"), "label", "at most 200"),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{isSmsCapable: null}})"), "isSmsCapable", "cannot be cleared"),
        (format!("emailUpdate(id: \"{email}\", email: {{address: null}})"), "address", "cannot be cleared"),
        (
            format!("emailUpdate(id: \"{email}\", email: {{address: \"jane\"}})"),
            "address",
            "such as jane.doe@example.com",
        ),
        (format!("emailUpdate(id: \"{email}\", email: {{code: \"mobile\"}})"), "code", "use one of billing"),
        (format!("addressUpdate(id: \"{address}\", address: {{street1: null}})"), "street1", "cannot be cleared"),
        (format!("addressUpdate(id: \"{address}\", address: {{city: \" \"}})"), "city", "must not be empty"),
        (format!("addressUpdate(id: \"{address}\", address: {{type: null}})"), "type", "cannot be cleared"),
        (format!("addressUpdate(id: \"{address}\", address: {{country: null}})"), "country", "cannot be cleared"),
        (format!("addressUpdate(id: \"{address}\", address: {{country: \"USA\"}})"), "country", "such as US"),
        (
            format!("addressUpdate(id: \"{address}\", address: {{postalCode: \"{}\"}})", "1".repeat(21)),
            "postalCode",
            "at most 20",
        ),
    ] {
        let refusal = refused(&app, &acme, &call).await;
        assert!(is(&refusal, "INVALID", field, says), "{call}: {refusal:?}");
    }
    let stale = format!("phoneUpdate(id: \"{phone}\", phone: {{label: \"x\"}}, expectedVersion: 7)");
    assert!(is(&refused(&app, &acme, &stale).await, "VERSION_CONFLICT", "expectedVersion", "version 1 now"));
}

/// Domain.md §3.3. Nothing verifies yet, so the state is put there by hand, and the tables are not compared with the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_number_is_unverified_again_and_another_label_is_not() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (phone, email) = (ids::phone("Jane Doe mobile"), ids::email("jane.doe@acme.example"));
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let verified = "verification_state = 'verified', verification_changed_at = '2026-01-02T03:04:05Z'";
    for table in ["phones_projection", "emails_projection"] {
        owner.execute(sqlx::AssertSqlSafe(format!("UPDATE {table} SET {verified}"))).await.unwrap();
    }
    let state = async |table: &str, id| {
        let sql =
            format!("SELECT verification_state AS state, verification_changed_at AS at FROM {table} WHERE id = '{id}'");
        let row = app.behind(&sql).await.remove(0);
        (row["state"].as_str().unwrap().to_owned(), row["at"].is_null())
    };
    // A label, a code, another spelling of the same number or address.
    for (call, table, id) in [
        (
            format!("phoneUpdate(id: \"{phone}\", phone: {{label: \"Private\", code: \"home\"}})"),
            "phones_projection",
            phone,
        ),
        (format!("phoneUpdate(id: \"{phone}\", phone: {{number: \"+1 (555) 222 2222\"}})"), "phones_projection", phone),
        (format!("emailUpdate(id: \"{email}\", email: {{label: \"Office\"}})"), "emails_projection", email),
        (
            format!("emailUpdate(id: \"{email}\", email: {{address: \"Jane.Doe@ACME.example\"}})"),
            "emails_projection",
            email,
        ),
    ] {
        written(&app, &acme, 1, &call, "").await;
        assert_eq!(state(table, id).await, ("verified".to_owned(), false), "{call}");
    }
    // Another extension reaches somebody else.
    for (call, table, id) in [
        (format!("phoneUpdate(id: \"{phone}\", phone: {{extension: \"9\"}})"), "phones_projection", phone),
        (
            format!("emailUpdate(id: \"{email}\", email: {{address: \"j.doe@acme.example\"}})"),
            "emails_projection",
            email,
        ),
    ] {
        written(&app, &acme, 1, &call, "").await;
        assert_eq!(state(table, id).await, ("unverified".to_owned(), true), "{call}");
    }
    for kind in ["phone.updated", "email.updated"] {
        let changes = newest(&app, kind).await["changes"].clone();
        assert_eq!(changes["verification_state"], json!({ "old": "verified", "new": "unverified" }), "{kind}");
        assert_eq!(changes["verification_changed_at"]["new"], Value::Null, "{kind}");
        assert!(changes["verification_changed_at"]["old"].is_string(), "{kind}: {changes}");
    }
    written(&app, &acme, 1, &format!("phoneUpdate(id: \"{phone}\", phone: {{number: \"ask Bob\"}})"), "").await;
    assert_eq!(state("phones_projection", phone).await.0, "invalid");
}

/// What the links repeat of a method follows it: one owner never has the same value twice under one code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_into_what_its_owner_has_already_is_refused() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    let office =
        make(&app, &acme, "phoneCreate(phone: {number: \"217-555-0101\", code: \"mobile\", label: \"Second\"})").await;
    done(&app, &acme, &format!("phoneLink(phoneId: \"{office}\", to: {{contactId: \"{jane}\"}})"), "").await;
    let into = |input: &str| format!("phoneUpdate(id: \"{office}\", phone: {{{input}}})");
    let refusal = refused(&app, &acme, &into("number: \"(555) 222-2222\"")).await;
    assert!(is(&refusal, "METHOD_TAKEN", "number", "same value under the same code"), "{refusal:?}");
    // Under another code it may be; and then the code may not be changed back.
    written(&app, &acme, 1, &into("number: \"(555) 222-2222\", code: \"office\""), "").await;
    assert_eq!(refused(&app, &acme, &into("code: \"mobile\"")).await.code, "METHOD_TAKEN");
    // What it was corrected from is free for another.
    let third = make(&app, &acme, "phoneCreate(phone: {number: \"217-555-0101\", code: \"mobile\"})").await;
    done(&app, &acme, &format!("phoneLink(phoneId: \"{third}\", to: {{contactId: \"{jane}\"}})"), "").await;
    let filter = |code: &str| format!("... on Contact {{ phones(filter: {{codes: [\"{code}\"]}}) {{ totalCount }} }}");
    assert_eq!(node(&app, &acme, jane, &filter("office")).await["phones"]["totalCount"], 1, "lists by code follow");
    assert_eq!(node(&app, &acme, jane, &filter("mobile")).await["phones"]["totalCount"], 2);

    let second = make(&app, &acme, "emailCreate(email: {address: \"j.d@acme.example\"})").await;
    done(&app, &acme, &format!("emailLink(emailId: \"{second}\", to: {{contactId: \"{jane}\"}})"), "").await;
    let call = format!("emailUpdate(id: \"{second}\", email: {{address: \"JANE.DOE@acme.example\"}})");
    assert!(is(&refused(&app, &acme, &call).await, "METHOD_TAKEN", "address", "same value under the same code"));
    written(&app, &acme, 1, &format!("emailUpdate(id: \"{second}\", email: {{code: \"billing\"}})"), "").await;
    written(&app, &acme, 1, &call, "").await;
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retired_code_is_refused_and_whoever_has_it_keeps_it() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (phone, fax) = (ids::phone("Jane Doe mobile"), ids::phone("Billing Office fax"));
    // Nothing retires codes yet.
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    owner.execute("UPDATE phone_codes SET is_active = false WHERE code = 'fax'").await.unwrap();
    let refusal = refused(&app, &acme, &format!("phoneUpdate(id: \"{phone}\", phone: {{code: \"fax\"}})")).await;
    assert!(is(&refusal, "INVALID", "code", "use one of emergency, home, mobile, office"), "{refusal:?}");
    same(&app, &acme, &format!("phoneUpdate(id: \"{fax}\", phone: {{code: \"fax\"}})")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_a_phone_and_may_not_edit_its_people_may_not_correct_it() {
    let app = App::demo().await;
    let phone = ids::phone("Bob Chen direct line");
    let select = "... on Phone { label }";
    assert!(node(&app, &Who::acme_admin(), phone, select).await.is_object(), "Acme sees its partner's support");
    for (who, code) in [
        (Who::acme_admin(), "FORBIDDEN"),
        (Who::acme_clinician(), "FORBIDDEN"),
        (Who::acme_viewer(), "FORBIDDEN"),
        (Who::stranger(), "NOT_FOUND"),
    ] {
        for call in [
            format!("phoneUpdate(id: \"{phone}\", phone: {{label: \"x\"}})"),
            format!("phoneDelete(id: \"{phone}\")"),
            format!("phoneSmsOptOut(id: \"{phone}\")"),
        ] {
            let refusal = refused(&app, &who, &call).await;
            assert_eq!(refusal.code, code, "{}: {call}", who.name);
        }
    }
    written(
        &app,
        &Who::techpartner_admin(),
        1,
        &format!("phoneUpdate(id: \"{phone}\", phone: {{label: \"Support\"}})"),
        "",
    )
    .await;
    assert_eq!(node(&app, &Who::acme_admin(), phone, select).await["label"], "Support");
}
