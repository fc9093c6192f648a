//! Links of phones, email addresses and addresses: ended and made again, primary one after the other; the past stays.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{done, is, make, newest, node, proved, refused, same, written};
use crate::support::{App, Who};

/// The three kinds: noun, how to make one, what to link it with.
const KINDS: [(&str, &str); 3] = [
    ("phone", "phoneCreate(phone: {number: \"217-555-0144\"})"),
    ("email", "emailCreate(email: {address: \"link@acme.example\"})"),
    ("address", "addressCreate(address: {type: BILLING, street1: \"9 Link St\", city: \"Peoria\"})"),
];

async fn periods(app: &App, table: &str, noun: &str, id: Uuid) -> Vec<Value> {
    let sql = format!(
        "SELECT unlinked_at IS NULL AS open, reason, unlink_reason FROM {table} WHERE {noun}_id = '{id}' ORDER BY linked_at, id"
    );
    app.behind(&sql).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_off_and_hung_on_again_has_two_periods_and_their_reasons() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (jane, organization) = (ids::contact("Jane Doe"), acme.organization_id);
    for (noun, create) in KINDS {
        let id = make(&app, &acme, create).await;
        for (owner, end) in [
            (format!("{{contactId: \"{jane}\"}}"), "contact"),
            (format!("{{organizationId: \"{organization}\"}}"), "organization"),
        ] {
            let table = if noun == "address" { format!("{end}_addresses") } else { format!("{end}_{noun}s") };
            let link = format!("{noun}Link({noun}Id: \"{id}\", to: {owner}, reason: \"hung on\")");
            let unlink = format!("{noun}Unlink({noun}Id: \"{id}\", from: {owner}, reason: \"taken off\")");
            same(&app, &acme, &unlink).await;
            written(&app, &acme, 1, &link, "").await;
            let payload = written(&app, &acme, 1, &unlink, &format!("{noun} {{ id }}")).await;
            assert_eq!(payload[noun]["id"], json!(id), "Acme made it, and sees it while nobody has it");
            let facts = newest(&app, &format!("{end}.{noun}.unlinked")).await;
            assert_eq!(facts[format!("{noun}_id")], json!(id));
            same(&app, &acme, &unlink).await;
            written(&app, &acme, 1, &link, "").await;
            let first = json!({ "open": false, "reason": "hung on", "unlink_reason": "taken off" });
            let second = json!({ "open": true, "reason": "hung on", "unlink_reason": null });
            assert_eq!(periods(&app, &table, noun, id).await, [first, second], "{noun} of {end}");
            written(&app, &acme, 1, &unlink, "").await;
        }
    }
    proved(&app).await;
}

/// The owner's end decides: whoever may edit a person takes off what hangs there, whoever's it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_comes_off_a_person_that_one_may_edit_even_if_one_may_not_edit_the_phone() {
    let app = App::demo().await;
    let (acme, tech, ada) = (Who::acme_admin(), Who::techpartner_admin(), Who::super_admin());
    let (jane, line) = (ids::contact("Jane Doe"), ids::phone("Bob Chen direct line"));
    let link = format!("phoneLink(phoneId: \"{line}\", to: {{contactId: \"{jane}\"}})");
    assert_eq!(refused(&app, &acme, &link).await.code, "FORBIDDEN", "it is Bob Chen's and TechPartner's");
    written(&app, &ada, 1, &link, "").await;
    let off = |contact| format!("phoneUnlink(phoneId: \"{line}\", from: {{contactId: \"{contact}\"}})");
    let refusal = refused(&app, &acme, &off(ids::contact("Bob Chen"))).await;
    assert!(is(&refusal, "FORBIDDEN", "contactId", "only the organization that owns this contact"), "{refusal:?}");
    assert!(is(&refused(&app, &tech, &off(jane)).await, "NOT_FOUND", "contactId", "no contact"));
    written(&app, &acme, 1, &off(jane), "").await;
    proved(&app).await;
}

/// Whoever made it sees it while nobody has it; whoever only had it loses sight with the last link.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_last_link_a_method_goes_back_to_its_steward() {
    let app = App::demo().await;
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    let riverside = Who::stranger();
    let phone = make(&app, &acme, KINDS[0].1).await;
    let to_riverside = format!("{{organizationId: \"{}\"}}", riverside.organization_id);
    written(&app, &ada, 1, &format!("phoneLink(phoneId: \"{phone}\", to: {to_riverside})"), "").await;
    let seen = async |who: &Who| !node(&app, who, phone, "id").await.is_null();
    assert_eq!(
        (seen(&acme).await, seen(&riverside).await),
        (false, true),
        "a link gives sight, having made it does not"
    );
    let unlink = format!("phoneUnlink(phoneId: \"{phone}\", from: {to_riverside})");
    let payload = written(&app, &riverside, 1, &unlink, "phone { id }").await;
    assert_eq!(payload["phone"], Value::Null, "out of sight");
    assert_eq!((seen(&acme).await, seen(&riverside).await), (true, false));
    assert!(is(&refused(&app, &riverside, &unlink).await, "NOT_FOUND", "phoneId", "no phone"));
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fax_of_the_billing_office_moves() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let fax = ids::phone("Billing Office fax");
    let (old, new) = (ids::address("Billing Office"), ids::address("Uptown Office"));
    let places = "... on Phone { addresses { nodes { label } } }";
    let at = |by: &str, address: Uuid| match by {
        "phone" => format!("phoneUnlink(phoneId: \"{fax}\", from: {{addressId: \"{address}\"}}, reason: \"moved\")"),
        _ => format!("addressUnlink(addressId: \"{address}\", from: {{phoneId: \"{fax}\"}}, reason: \"moved\")"),
    };
    let stand = |address: Uuid| format!("phoneLink(phoneId: \"{fax}\", to: {{addressId: \"{address}\"}})");
    written(&app, &acme, 1, &at("phone", old), "").await;
    written(&app, &acme, 1, &stand(new), "").await;
    assert_eq!(node(&app, &acme, fax, places).await["addresses"]["nodes"], json!([{ "label": "Uptown Office" }]));
    // And from the other side.
    written(&app, &acme, 1, &at("address", new), "address { label }").await;
    same(&app, &acme, &at("address", new)).await;
    same(&app, &acme, &at("phone", new)).await;
    written(&app, &acme, 1, &stand(old), "").await;
    assert_eq!(node(&app, &acme, fax, places).await["addresses"]["nodes"], json!([{ "label": "Billing Office" }]));
    let refusal = refused(
        &app,
        &acme,
        &format!("addressUnlink(addressId: \"{old}\", from: {{phoneId: \"{fax}\"}}, type: BILLING)"),
    )
    .await;
    assert!(is(&refusal, "INVALID", "type", "leave it out"), "{refusal:?}");
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_primary_demotes_the_former_in_the_same_event() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let (jane, organization) = (ids::contact("Jane Doe"), acme.organization_id);
    for (noun, create) in KINDS {
        for (owner, id_of_owner, end) in [
            (format!("{{contactId: \"{jane}\"}}"), jane, "contact"),
            (format!("{{organizationId: \"{organization}\"}}"), organization, "organization"),
        ] {
            let (one, other) =
                (make(&app, &acme, &renewed(create, 1)).await, make(&app, &acme, &renewed(create, 2)).await);
            let set = |id: Uuid| format!("{noun}SetPrimary({noun}Id: \"{id}\", of: {owner})");
            let refusal = refused(&app, &acme, &set(one)).await;
            assert!(is(&refusal, "NOT_FOUND", &format!("{noun}Id"), &format!("use {noun}Link first")), "{refusal:?}");
            for id in [one, other] {
                let held = if noun == "address" { "holding" } else { "link" };
                let link = format!("{noun}Link({noun}Id: \"{id}\", to: {owner}, {held}: {{isPrimary: false}})");
                done(&app, &acme, &link, "").await;
            }
            written(&app, &acme, 1, &set(one), "").await;
            same(&app, &acme, &set(one)).await;
            written(&app, &acme, 1, &set(other), "").await;
            let facts = newest(&app, &format!("{end}.{noun}.primary_set")).await;
            assert!(facts["demotes"].is_string(), "{facts}");
            let list = if noun == "address" { "addresses" } else { &format!("{noun}s") };
            let types = if noun == "address" { ", types: [BILLING]" } else { "" };
            let primary = format!(
                "... on {} {{ {list}(filter: {{isPrimary: true{types}}}) {{ nodes {{ id }} }} }}",
                capital(end)
            );
            assert_eq!(
                node(&app, &acme, id_of_owner, &primary).await[list]["nodes"],
                json!([{ "id": other }]),
                "{noun} of {end}"
            );
            for id in [one, other] {
                done(&app, &acme, &format!("{noun}Unlink({noun}Id: \"{id}\", from: {owner})"), "").await;
            }
        }
    }
    proved(&app).await;
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// The same with another value.
fn renewed(create: &str, nth: u32) -> String {
    create
        .replace("0144", &format!("015{nth}"))
        .replace("link@", &format!("link{nth}@"))
        .replace("9 Link", &format!("{nth} Link"))
}

/// An address is primary per type, and what the owner uses it for is the link's to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_primary_for_one_use_and_unlinked_from_one_use() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    let home =
        make(&app, &acme, "addressCreate(address: {type: PHYSICAL, street1: \"7 Home St\", city: \"Peoria\"})").await;
    let link = |of: &str| {
        format!(
            "addressLink(addressId: \"{home}\", to: {{contactId: \"{jane}\"}}, holding: {{type: {of}, isPrimary: false}})"
        )
    };
    written(&app, &acme, 1, &link("PHYSICAL"), "").await;
    written(&app, &acme, 1, &link("MAILING"), "").await;
    let set = |more: &str| format!("addressSetPrimary(addressId: \"{home}\", of: {{contactId: \"{jane}\"}}{more})");
    // Its own type when left out.
    written(&app, &acme, 1, &set(""), "").await;
    assert_eq!(newest(&app, "contact.address.primary_set").await["address_type"], "physical");
    same(&app, &acme, &set(", type: PHYSICAL")).await;
    written(&app, &acme, 1, &set(", type: MAILING"), "").await;
    let refusal = refused(&app, &acme, &set(", type: BILLING")).await;
    assert!(is(&refusal, "NOT_FOUND", "addressId", "not linked to the contact as billing"), "{refusal:?}");
    let uses = "... on Address { contacts { edges { type isPrimary } } }";
    let unlink = |more: &str| format!("addressUnlink(addressId: \"{home}\", from: {{contactId: \"{jane}\"}}{more})");
    written(&app, &acme, 1, &unlink(", type: PHYSICAL"), "").await;
    assert_eq!(
        node(&app, &acme, home, uses).await["contacts"]["edges"],
        json!([{ "type": "MAILING", "isPrimary": true }])
    );
    written(&app, &acme, 1, &link("BILLING"), "").await;
    written(&app, &acme, 2, &unlink(""), "").await;
    assert_eq!(node(&app, &acme, home, uses).await["contacts"]["edges"], json!([]));
    proved(&app).await;
}

/// Only the window that holds today is made primary, and where one of them is, the link is primary already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_windows_the_one_that_holds_today_becomes_primary() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    let home =
        make(&app, &acme, "addressCreate(address: {type: MAILING, street1: \"7 Home St\", city: \"Peoria\"})").await;
    for window in
        ["endsOn: \"2001-12-31\"", "startsOn: \"2002-01-01\", endsOn: \"2999-12-31\"", "startsOn: \"3000-01-01\""]
    {
        let link = format!(
            "addressLink(addressId: \"{home}\", to: {{contactId: \"{jane}\"}}, holding: {{isPrimary: false, {window}}})"
        );
        written(&app, &acme, 1, &link, "").await;
    }
    let set = format!("addressSetPrimary(addressId: \"{home}\", of: {{contactId: \"{jane}\"}})");
    written(&app, &acme, 1, &set, "").await;
    let primary = app
        .behind(&format!("SELECT starts_on FROM contact_addresses WHERE address_id = '{home}' AND is_primary"))
        .await;
    assert_eq!(primary, [json!({ "starts_on": "2002-01-01" })]);
    same(&app, &acme, &set).await;
    proved(&app).await;
}

/// Foreign ids answer as missing ones, byte for byte.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_seen_is_not_there() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let missing = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_dead);
    let (jane, fax) = (ids::contact("Jane Doe"), ids::phone("Billing Office fax"));
    let office = ids::address("Billing Office");
    let foreign = [
        ("phone", ids::phone("Riverside Clinic reception")),
        ("email", ids::email("hello@riverside.example")),
        ("address", ids::address("Riverside Clinic")),
    ];
    let mut calls: Vec<(Uuid, String)> = Vec::new();
    for (noun, id) in foreign {
        calls.push((id, format!("{noun}Update(id: ID, {noun}: {{label: \"x\"}})")));
        calls.push((id, format!("{noun}Delete(id: ID)")));
        calls.push((id, format!("{noun}Unlink({noun}Id: ID, from: {{contactId: \"{jane}\"}})")));
        calls.push((id, format!("{noun}SetPrimary({noun}Id: ID, of: {{contactId: \"{jane}\"}})")));
    }
    calls.push((foreign[0].1, "phoneSmsOptOut(id: ID)".to_owned()));
    for (field, id) in [("contactId", ids::contact("Ruth Vance")), ("organizationId", ids::organization("riverside"))] {
        calls.push((id, format!("phoneUnlink(phoneId: \"{fax}\", from: {{{field}: ID}})")));
        calls.push((id, format!("phoneSetPrimary(phoneId: \"{fax}\", of: {{{field}: ID}})")));
        calls.push((id, format!("addressUnlink(addressId: \"{office}\", from: {{{field}: ID}})")));
        calls.push((id, format!("addressSetPrimary(addressId: \"{office}\", of: {{{field}: ID}})")));
    }
    calls.push((foreign[2].1, format!("phoneUnlink(phoneId: \"{fax}\", from: {{addressId: ID}})")));
    calls.push((foreign[0].1, format!("addressUnlink(addressId: \"{office}\", from: {{phoneId: ID}})")));
    for (id, call) in calls {
        let with = |id: Uuid| {
            call.replace("ID)", &format!("\"{id}\")"))
                .replace("ID,", &format!("\"{id}\","))
                .replace("ID}", &format!("\"{id}\"}}"))
        };
        let foreign = refused(&app, &acme, &with(id)).await;
        assert_eq!(foreign, refused(&app, &acme, &with(missing)).await, "{call}");
        assert_eq!(foreign.code, "NOT_FOUND", "{call}");
    }
}
