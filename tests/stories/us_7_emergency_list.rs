//! US-7: whom to call after hours: name, mobile phone and email of the active emergency contacts.

use serde_json::{Value, json};

use crate::support::{App, Who};

const LIST: &str = r#"{ organization(subdomain: "acme") {
  contacts(filter: { types: [EMERGENCY], isActive: true }) {
    totalCount
    edges {
      isPrimary
      node {
        name
        phones(filter: { codes: ["mobile"] }) { nodes { number } }
        primaryEmail { address }
      }
    }
  }
} }"#;

#[tokio::test]
async fn everybody_of_the_organization_gets_the_whole_list() {
    let person = |name: &str, is_primary: bool, number: &str, address: &str| {
        let node = json!({ "name": name, "phones": { "nodes": [{ "number": number }] }, "primaryEmail": { "address": address } });
        json!({ "isPrimary": is_primary, "node": node })
    };
    let list = json!({ "organization": { "contacts": { "totalCount": 3, "edges": [
        person("Ibrahim Haddad", false, "217-555-0173", "ibrahim.haddad@acme.example"),
        person("Priya Nair", false, "217-555-0172", "priya.nair@acme.example"),
        person("Nina Ortiz", true, "217-555-0171", "nina.ortiz@acme.example"),
    ] } } });
    let app = App::demo().await;
    for who in [Who::super_admin(), Who::acme_admin(), Who::acme_clinician(), Who::acme_viewer()] {
        assert_eq!(app.ask(&who, LIST).await.data(), &list, "{}", who.name);
    }
    assert_eq!(app.ask(&Who::stranger(), LIST).await.data(), &json!({ "organization": null }));
    assert_eq!(
        app.ask(&Who::techpartner_admin(), LIST).await.data(),
        &json!({ "organization": { "contacts": { "totalCount": 0, "edges": [] } } })
    );
}

#[tokio::test]
async fn whose_emergency_role_ended_is_not_called() {
    let app = App::demo().await;
    let unlink =
        "mutation Unlink($id: UUID!) { contactUnlink(contactId: $id, type: EMERGENCY) { userErrors { message } } }";
    let nina = liaison_server::demo::ids::contact("Nina Ortiz");
    app.ask_with(&Who::acme_admin(), unlink, json!({ "id": nina })).await.done("contactUnlink");
    let answer = app.ask(&Who::acme_clinician(), LIST).await;
    let names: Vec<&Value> =
        answer.list("/organization/contacts/edges").iter().map(|edge| &edge["node"]["name"]).collect();
    assert_eq!(json!(names), json!(["Ibrahim Haddad", "Priya Nair"]));
}

/// The same over all organizations at once, and who on it cannot be sent a text message.
#[tokio::test]
async fn the_directory_tells_whom_a_text_message_reaches() {
    let app = App::demo().await;
    let names = async |who: &Who, phones: &str| -> Vec<String> {
        let emergency = "organizations: {some: {types: [EMERGENCY]}}";
        let query = format!(
            "{{ contacts(filter: {{isActive: true, doNotContact: false, {emergency}, phones: {phones}}}) {{ nodes {{ name }} }} }}"
        );
        let answer = app.ask(who, &query).await;
        answer.list("/contacts/nodes").iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
    };
    let mobile = "{some: {codes: [\"mobile\"], isSmsCapable: true, isSmsOptedOut: false}}";
    let reached = names(&Who::acme_clinician(), mobile).await;
    assert_eq!(reached, ["Ibrahim Haddad", "Priya Nair", "Nina Ortiz"]);
    let opt_out = "mutation ($id: UUID!) { phoneSmsOptOut(id: $id, reason: \"STOP\") { userErrors { message } } }";
    let phone = liaison_server::demo::ids::phone("Priya Nair mobile");
    app.ask_with(&Who::acme_admin(), opt_out, json!({ "id": phone })).await.done("phoneSmsOptOut");
    assert_eq!(names(&Who::acme_clinician(), mobile).await, ["Ibrahim Haddad", "Nina Ortiz"]);
    let out = "{some: {codes: [\"mobile\"], isSmsOptedOut: true}}";
    assert_eq!(names(&Who::super_admin(), out).await, ["Priya Nair"]);
    assert_eq!(names(&Who::stranger(), out).await, Vec::<String>::new());
}

/// An emergency at night: whoever must not be contacted is on the list, with what may be used and why; they are called, for a reason that
/// is recorded, and never sent a text message that they said STOP to.
#[tokio::test]
async fn at_night_nobody_is_hidden_and_a_stop_holds() {
    let app = App::demo().await;
    let (admin, clinician) = (Who::acme_admin(), Who::acme_clinician());
    let (priya, mobile) =
        (liaison_server::demo::ids::contact("Priya Nair"), liaison_server::demo::ids::phone("Priya Nair mobile"));
    for call in [
        format!("contactSetDoNotContact(id: \"{priya}\", reason: \"on leave until May\")"),
        format!("phoneSmsOptOut(id: \"{mobile}\", reason: \"STOP\")"),
    ] {
        let name = call.split('(').next().unwrap();
        app.ask(&admin, &format!("mutation {{ {call} {{ userErrors {{ code field message }} }} }}")).await.done(name);
    }
    // The list: she is on it, may be called for a reason, may not be texted.
    let list = "{ organization(subdomain: \"acme\") { contacts(filter: { types: [EMERGENCY], isActive: true }) { totalCount nodes { name doNotContact doNotContactReason
        call: reachability(channel: PHONE, purpose: EMERGENCY) { verdict reasons { code message } phone { telUri } }
        sms: reachability(channel: SMS, purpose: EMERGENCY) { verdict reasons { code } phone { telUri } }
        now: reachability(channel: PHONE) { verdict } } } } }";
    let answer = app.ask(&clinician, list).await;
    assert_eq!(answer.at("/organization/contacts/totalCount"), 3);
    let her = answer.list("/organization/contacts/nodes").iter().find(|one| one["name"] == "Priya Nair").unwrap();
    assert_eq!(her["doNotContactReason"], "on leave until May");
    assert_eq!((&her["call"]["verdict"], &her["now"]["verdict"]), (&json!("ALLOWED"), &json!("BLOCKED")));
    let reason = &her["call"]["reasons"][0];
    assert_eq!(reason["code"], "EMERGENCY_PASSES_DO_NOT_CONTACT");
    assert!(reason["message"].as_str().unwrap().contains("on leave until May"), "{reason}");
    assert!(her["call"]["phone"]["telUri"].is_string());
    let codes: Vec<&Value> = her["sms"]["reasons"].as_array().unwrap().iter().map(|reason| &reason["code"]).collect();
    assert_eq!(
        (&her["sms"]["verdict"], &her["sms"]["phone"], json!(codes)),
        (&json!("BLOCKED"), &Value::Null, json!(["EMERGENCY_PASSES_DO_NOT_CONTACT", "OPTED_OUT"]))
    );

    // The file says the same, person by person and phone by phone.
    let file = app.client().get(format!("{}/exports/emergency.csv", app.url())).bearer_auth(app.token(&admin));
    let text = file.send().await.unwrap().text().await.unwrap();
    let mut reader = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        reader.deserialize().map(|row| row.expect("a whole row")).collect();
    assert_eq!(rows.len(), 3, "nobody is hidden");
    let her = rows.iter().find(|row| row["first_name"] == "Priya").unwrap();
    let told =
        ["do_not_contact", "do_not_contact_reason", "may_call", "may_text", "may_email"].map(|name| her[name].as_str());
    assert_eq!(told, ["true", "on leave until May", "allowed", "blocked", "allowed"]);
    assert!(
        her["why"].starts_with("they must not be contacted, but in an emergency: record that it was, and why; sms: "),
        "{}",
        her["why"]
    );
    assert!(
        her["by_phone"].starts_with("mobile +12175550172: call allowed, SMS blocked (they said STOP)"),
        "{}",
        her["by_phone"]
    );
    let others = rows.iter().filter(|row| row["first_name"] != "Priya");
    assert!(
        others.clone().all(|row| row["may_call"] == "allowed" && row["may_text"] == "allowed" && row["why"].is_empty()),
        "{rows:#?}"
    );
    // And so does the paper.
    let paper = app.client().get(format!("{}/exports/emergency.pdf", app.url())).bearer_auth(app.token(&admin));
    let paper = pdf_extract::extract_text_from_mem(&paper.send().await.unwrap().bytes().await.unwrap()).unwrap();
    let paper = paper.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Priya Nair",
        "DO NOT CONTACT, but in an emergency",
        "on leave until May",
        "mobile: NO SMS",
        "never text it, even in an emergency",
    ] {
        assert!(paper.contains(part), "{part} is not in {paper}");
    }

    // She is called: the reason is asked for and stands in the log. A text message is refused, reason or not.
    let record = "mutation ($record: CommunicationRecordInput!, $reason: String) { communicationRecord(communication: $record, reason: $reason) {
        communication { purpose methodValue } position userErrors { code field message } } }";
    let call = |channel: &str| json!({ "contactId": priya, "channel": channel, "direction": "OUTBOUND", "purpose": "EMERGENCY" });
    let ask = async |channel: &str, reason: Option<&str>| {
        app.ask_with(&clinician, record, json!({ "record": call(channel), "reason": reason })).await
    };
    assert_eq!(ask("PHONE", None).await.refusals("communicationRecord")[0].field, "reason");
    let why = Some("a resident is missing since 2 AM");
    let done = ask("PHONE", why).await.done("communicationRecord").clone();
    assert_eq!(done["communication"], json!({ "purpose": "EMERGENCY", "methodValue": "+12175550120;ext=202" }));
    assert_eq!(ask("SMS", why).await.refusals("communicationRecord")[0].code, "UNREACHABLE");
    let history = format!("{{ contact(id: \"{priya}\") {{ history(first: 1) {{ nodes {{ type reason }} }} }} }}");
    assert_eq!(
        app.ask(&admin, &history).await.at("/contact/history/nodes/0"),
        &json!({ "type": "contact.communication.recorded", "reason": "a resident is missing since 2 AM" })
    );
    app.is_proved().await;
}
