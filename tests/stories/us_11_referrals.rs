//! US-11: which client was sent to which provider, with whom one deals there, since when, and what was said. Only the organization that
//! made a referral sees it, and whom it names it goes on seeing.

use liaison_domain::replay::Steward;
use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

fn bridge() -> Who {
    let organization_id = ids::organization("familybridge");
    Who { name: "Family Bridge's admin", subject: "bridge-admin", organization_id, ..Who::techpartner_admin() }
}

fn tom() -> Uuid {
    ids::contact("Tom Becker")
}

const SHOWN: &str = "referral { id version clientReference referredOn status notes partner { subdomain } provider { subdomain } contact { id name } }
    position userErrors { code field message currentVersion }";

async fn create(app: &App, who: &Who, referral: Value) -> Value {
    let query =
        format!("mutation ($referral: ReferralCreateInput!) {{ referralCreate(referral: $referral) {{ {SHOWN} }} }}");
    app.ask_with(who, &query, json!({ "referral": referral })).await.at("/referralCreate").clone()
}

async fn update(app: &App, who: &Who, id: &Value, referral: Value, reason: &str) -> Value {
    let query = format!(
        "mutation ($id: UUID!, $referral: ReferralUpdateInput!, $reason: String) {{ referralUpdate(id: $id, referral: $referral, reason: $reason) {{ {SHOWN} }} }}"
    );
    let variables = json!({ "id": id, "referral": referral, "reason": reason });
    app.ask_with(who, &query, variables).await.at("/referralUpdate").clone()
}

#[track_caller]
fn refused(payload: &Value, code: &str, field: &str) {
    let error = &payload["userErrors"][0];
    assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!([field])), "{payload:#}");
    assert!(payload["referral"].is_null() && payload["position"].is_null(), "{payload:#}");
}

#[tokio::test]
async fn a_referral_is_made_followed_and_told_to_its_maker_alone() {
    let app = App::demo().await;
    let admin = bridge();
    let clinician = bridge().with_role(Role::Clinician);
    let made = create(
        &app,
        &clinician,
        json!({ "providerId": ids::organization("hillside"), "contactId": tom(), "clientReference": " FB-1 ", "referredOn": "2024-06-01",
                "notes": "Two lines.\nOf notes." }),
    )
    .await;
    let referral = &made["referral"];
    let expected = json!({ "id": referral["id"], "version": 1, "clientReference": "FB-1", "referredOn": "2024-06-01", "status": "OPEN",
        "notes": "Two lines.\nOf notes.", "partner": { "subdomain": "familybridge" }, "provider": { "subdomain": "hillside" },
        "contact": { "id": tom(), "name": "Tom Becker" } });
    assert_eq!(referral, &expected, "{made:#}");
    let id = &referral["id"];
    let done = update(&app, &admin, id, json!({ "status": "ACCEPTED", "notes": null }), "they called back").await;
    assert_eq!((&done["referral"]["status"], &done["referral"]["notes"]), (&json!("ACCEPTED"), &Value::Null));
    let again = update(&app, &admin, id, json!({ "status": "ACCEPTED" }), "again").await;
    assert_eq!((&again["position"], &again["userErrors"]), (&Value::Null, &json!([])));

    // What was said about it belongs to it, also when it is put right later.
    let record = "mutation ($record: CommunicationRecordInput!) { communicationRecord(communication: $record) {
        communication { id referral { clientReference } } userErrors { code field message } } }";
    let said = json!({ "contactId": tom(), "channel": "PHONE", "direction": "INBOUND", "summary": "He asks for the papers.", "referralId": id });
    let said = app.ask_with(&clinician, record, json!({ "record": said })).await;
    assert_eq!(said.done("communicationRecord")["communication"]["referral"]["clientReference"], "FB-1");
    let ask = "query ($id: UUID!, $contact: UUID!) {
        node(id: $id) { ... on Referral { communications { totalCount nodes { summary } } history { nodes { type actor reason subjects { kind id } fields { name old new } } } } }
        communications(filter: { referralIds: [$id] }) { totalCount }
        contact(id: $contact) { referrals(filter: { clientReferences: [\"FB-1\"] }) { totalCount nodes { status } } } }";
    let told = app.ask_with(&admin, ask, json!({ "id": id, "contact": tom() })).await;
    assert_eq!(
        told.at("/node/communications"),
        &json!({ "totalCount": 1, "nodes": [{ "summary": "He asks for the papers." }] })
    );
    assert_eq!(told.at("/communications/totalCount"), 1);
    assert_eq!(told.at("/contact/referrals"), &json!({ "totalCount": 1, "nodes": [{ "status": "ACCEPTED" }] }));
    let history = told.list("/node/history/nodes");
    assert_eq!(history.len(), 2, "{history:#?}");
    let mut fields = history[0]["fields"].as_array().unwrap().clone();
    fields.sort_by_key(|field| field["name"].to_string());
    let expected = json!([{ "name": "notes", "old": "Two lines.\nOf notes.", "new": null }, { "name": "status", "old": "OPEN", "new": "ACCEPTED" }]);
    assert_eq!((json!(fields), &history[0]["reason"]), (expected, &json!("they called back")));
    let subjects = json!([{ "kind": "REFERRAL", "id": id }, { "kind": "CONTACT", "id": tom() }]);
    assert_eq!((&history[1]["type"], &history[1]["subjects"]), (&json!("referral.created"), &subjects));

    // The provider, another partner and a stranger: for them there is no such thing.
    let hillside = Who { name: "Hillside's admin", organization_id: ids::organization("hillside"), ..Who::stranger() };
    for who in [hillside, Who::techpartner_admin(), Who::stranger()] {
        let query = format!("{{ node(id: {id}) {{ id }} referrals {{ totalCount }} }}");
        assert_eq!(app.ask(&who, &query).await.data(), &json!({ "node": null, "referrals": { "totalCount": 0 } }));
        refused(&update(&app, &who, id, json!({ "status": "CLOSED" }), "mine").await, "NOT_FOUND", "id");
    }
    let viewer = bridge().with_role(Role::Viewer);
    let forbidden = update(&app, &viewer, id, json!({ "status": "CLOSED" }), "").await;
    assert_eq!(forbidden["userErrors"][0]["code"], "FORBIDDEN");
    assert_eq!(app.ask(&viewer, "{ referrals { totalCount } }").await.at("/referrals/totalCount"), 4);
    app.is_proved().await;
}

#[tokio::test]
async fn what_a_referral_cannot_be_is_said() {
    let app = App::demo().await;
    let (admin, hillside) = (bridge(), ids::organization("hillside"));
    let tomorrow = (chrono::Utc::now() + chrono::TimeDelta::days(3)).format("%Y-%m-%d").to_string();
    let with = |more: Value| {
        let mut referral = json!({ "providerId": hillside, "clientReference": "FB-2" });
        referral.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        referral
    };
    for (more, code, field) in [
        (json!({ "providerId": ids::organization("acme") }), "NOT_FOUND", "providerId"),
        (json!({ "providerId": Uuid::new_v4() }), "NOT_FOUND", "providerId"),
        (json!({ "providerId": ids::organization("familybridge") }), "INVALID", "providerId"),
        (json!({ "contactId": ids::contact("Jane Doe") }), "NOT_FOUND", "contactId"),
        (json!({ "clientReference": "  " }), "INVALID", "clientReference"),
        (json!({ "referredOn": tomorrow }), "INVALID", "referredOn"),
        (json!({ "id": ids::referral("FB-2024-009") }), "ID_TAKEN", "id"),
    ] {
        refused(&create(&app, &admin, with(more)).await, code, field);
    }
    // Who sees every organization names the wrong kind, or an archived contact.
    let partner = with(json!({ "providerId": ids::organization("techpartner") }));
    refused(&create(&app, &Who::super_admin(), partner).await, "INVALID", "providerId");
    let archive = format!("mutation {{ contactDelete(id: \"{}\") {{ userErrors {{ code field message }} }} }}", tom());
    app.ask(&admin, &archive).await.done("contactDelete");
    refused(&create(&app, &admin, with(json!({ "contactId": tom() }))).await, "INVALID", "contactId");
    // A communication is said about a referral of its own organization.
    let record = "mutation ($record: CommunicationRecordInput!) { communicationRecord(communication: $record) { userErrors { code field message } } }";
    let said = json!({ "contactId": ids::contact("Jane Doe"), "channel": "IN_PERSON", "direction": "OUTBOUND", "referralId": ids::referral("FB-2024-009") });
    for (who, code) in [(Who::acme_admin(), "NOT_FOUND"), (Who::super_admin(), "INVALID")] {
        let refused = app.ask_with(&who, record, json!({ "record": said })).await.refusals("communicationRecord");
        assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), (code, "referralId"), "{}", who.name);
    }
    app.is_proved().await;
}

/// Who sees everything changes a referral of somebody who does not: it cannot show its maker anybody.
#[tokio::test]
async fn whoever_changes_a_referral_names_only_what_its_maker_sees() {
    let app = App::demo().await;
    let (ada, id) = (Who::super_admin(), json!(ids::referral("FB-2024-009")));
    for (referral, field) in [
        (json!({ "contactId": ids::contact("Jane Doe") }), "contactId"),
        (json!({ "providerId": ids::organization("acme") }), "providerId"),
    ] {
        refused(&update(&app, &ada, &id, referral, "a mistake").await, "INVALID", field);
    }
    assert_eq!(sees_john(&app).await, (false, false, false));
    refused(
        &update(&app, &ada, &id, json!({ "contactId": ids::contact("John Doe") }), "").await,
        "INVALID",
        "contactId",
    );
    assert_eq!(sees_john(&app).await, (false, false, false));
    let done = update(&app, &ada, &id, json!({ "contactId": null, "notes": "ours" }), "put right").await;
    assert_eq!(done["userErrors"], json!([]), "{done:#}");
    let done = update(&app, &ada, &id, json!({ "contactId": tom(), "status": "CLOSED" }), "put right").await;
    assert_eq!(done["referral"]["contact"]["name"], "Tom Becker", "{done:#}");
    app.is_proved().await;
}

#[tokio::test]
async fn referrals_are_listed_by_what_one_asks() {
    let app = App::demo().await;
    let admin = bridge();
    let (hillside, acme) = (ids::organization("hillside"), ids::organization("acme"));
    for (filter, count) in [
        (String::from("{}"), 3),
        (format!("{{contactIds: [\"{}\"]}}", tom()), 3),
        (format!("{{contactIds: [\"{}\"]}}", ids::contact("Fiona Hart")), 0),
        (format!("{{providerIds: [\"{hillside}\"]}}"), 3),
        (format!("{{providerIds: [\"{acme}\"]}}"), 0),
        (format!("{{partnerIds: [\"{hillside}\"]}}"), 0),
        ("{statuses: [OPEN, CLOSED]}".to_owned(), 2),
        ("{clientReferences: [\"FB-2024-014\", \"nobody\"]}".to_owned(), 1),
        ("{from: \"2024-02-03\", until: \"2024-03-17\"}".to_owned(), 2),
        ("{from: \"2024-03-18\"}".to_owned(), 1),
        ("{until: \"2024-02-02\"}".to_owned(), 0),
        ("{statuses: []}".to_owned(), 0),
    ] {
        let found = app
            .ask(&admin, &format!("{{ referrals(filter: {filter}) {{ totalCount nodes {{ referredOn }} }} }}"))
            .await;
        assert_eq!(found.at("/referrals/totalCount"), &json!(count), "{filter}");
        assert_eq!(found.list("/referrals/nodes").len(), count, "{filter}");
    }
    // Page by page, both ways, is the list.
    let mut walked = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query ($after: String) { referrals(first: 1, after: $after, direction: ASC) { nodes { referredOn } pageInfo { hasNextPage endCursor } } }";
        let page = app.ask_with(&admin, query, json!({ "after": after })).await;
        walked.extend(page.list("/referrals/nodes").iter().map(|one| one["referredOn"].clone()));
        if page.at("/referrals/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
        after = page.at("/referrals/pageInfo/endCursor").clone();
    }
    assert_eq!(json!(walked), json!(["2024-02-03", "2024-03-17", "2024-05-08"]));
    let newest = app.ask(&admin, "{ referrals(first: 1) { nodes { clientReference } } }").await;
    assert_eq!(newest.at("/referrals/nodes/0/clientReference"), "FB-2024-021");
    let wrong =
        app.ask(&admin, "{ referrals(filter: {from: \"2024-02-03\", until: \"2024-02-02\"}) { totalCount } }").await;
    assert_eq!(wrong.code(), "BAD_USER_INPUT");
}

/// What Family Bridge sees of John Doe and his phone, as the API tells it.
async fn sees_john(app: &App) -> (bool, bool, bool) {
    let (john, mobile) = (ids::contact("John Doe"), ids::phone("John Doe mobile"));
    let query = format!(
        "{{ contact(id: \"{john}\") {{ id }} node(id: \"{mobile}\") {{ id }} contacts(search: \"john doe\") {{ totalCount }} }}"
    );
    let seen = app.ask(&bridge(), &query).await;
    (!seen.at("/contact").is_null(), !seen.at("/node").is_null(), seen.at("/contacts/totalCount") == &json!(1))
}

#[tokio::test]
async fn whom_a_referral_names_is_seen_by_its_maker_until_it_names_another() {
    let app = App::demo().await;
    let (admin, john) = (bridge(), ids::contact("John Doe"));
    assert_eq!(sees_john(&app).await, (false, false, false));
    let link = format!(
        "mutation {{ contactLink(contactId: \"{john}\", link: {{organizationId: \"{}\", type: STAKEHOLDER}}) {{ userErrors {{ code field message }} }} }}",
        admin.organization_id
    );
    app.ask(&Who::super_admin(), &link).await.done("contactLink");
    assert_eq!(sees_john(&app).await, (true, true, true));
    let referral = json!({ "providerId": ids::organization("hillside"), "contactId": john, "clientReference": "FB-3" });
    let made = create(&app, &admin, referral).await;
    assert_eq!(made["referral"]["contact"]["name"], "John Doe", "{made:#}");

    // The link ends; the referral still names him.
    let unlink = format!(
        "mutation {{ contactUnlink(contactId: \"{john}\", reason: \"he left\") {{ userErrors {{ code field message }} }} }}"
    );
    app.ask(&admin, &unlink).await.done("contactUnlink");
    assert_eq!(sees_john(&app).await, (true, true, true));
    let steward = Steward::open(app.owner()).await.unwrap();
    app.is_proved().await;
    steward.rebuild().await.unwrap();
    assert_eq!(sees_john(&app).await, (true, true, true));
    // Others learn nothing of it: Bayside works with him and sees no referral.
    let bayside = Who { name: "Bayside's admin", organization_id: ids::organization("bayside"), ..Who::stranger() };
    let ask = format!("{{ contact(id: \"{john}\") {{ referrals {{ totalCount }} history {{ nodes {{ type }} }} }} }}");
    let theirs = app.ask(&bayside, &ask).await;
    assert_eq!(theirs.at("/contact/referrals/totalCount"), 0);
    assert!(!theirs.at("/contact/history").to_string().contains("referral"), "{:#}", theirs.body);

    // It names another: he is out of sight, and whoever follows the log is told.
    let done = update(&app, &admin, &made["referral"]["id"], json!({ "contactId": tom() }), "he went").await;
    assert_eq!(done["referral"]["contact"]["name"], "Tom Becker", "{done:#}");
    assert_eq!(sees_john(&app).await, (false, false, false));
    let lost = format!(
        "{{ changes(types: [\"contact.removed_from_sight\"], contactId: \"{john}\") {{ nodes {{ type }} isCaughtUp }} }}"
    );
    assert_eq!(app.ask_caught_up(&admin, &lost).await.list("/changes/nodes").len(), 1);
    app.is_proved().await;
    steward.rebuild().await.unwrap();
    assert_eq!(sees_john(&app).await, (false, false, false));
    // What it named before stands in its own history, and nobody finds him by that.
    let history = format!("{{ history(id: {}) {{ nodes {{ fields {{ name old new }} }} }} }}", made["referral"]["id"]);
    let told = app.ask(&admin, &history).await;
    assert_eq!(told.at("/history/nodes/0/fields"), &json!([{ "name": "contact", "old": john, "new": tom() }]));
    steward.close().await;
}

/// US-11: when added to which organizations.
#[tokio::test]
async fn the_history_of_links_tells_each_period_to_those_whose_it_is() {
    let app = App::demo().await;
    let (ada, acme, john) = (Who::super_admin(), Who::acme_admin(), ids::contact("John Doe"));
    let call = async |who: &Who, call: String| {
        let name = call.split('(').next().unwrap().to_owned();
        let payload = format!("mutation {{ {call} {{ position userErrors {{ code field message }} }} }}");
        app.ask(who, &payload).await.done(&name).clone()
    };
    call(&acme, format!("contactUnlink(contactId: \"{john}\", type: TECHNICAL, reason: \"the project is over\")"))
        .await;
    let moment = chrono::Utc::now();
    call(&acme, format!("contactLink(contactId: \"{john}\", link: {{type: TECHNICAL}}, reason: \"another project\")"))
        .await;
    let ask = "query ($id: UUID!, $filter: ContactLinkHistoryFilter) { contact(id: $id) { organizations { totalCount } linkHistory(filter: $filter) {
        totalCount edges { type linkedAt linkedBy reason unlinkedAt unlinkedBy unlinkReason node { subdomain } } } } }";
    let told = app.ask_with(&acme, ask, json!({ "id": john })).await;
    let edges = told.list("/contact/linkHistory/edges");
    assert_eq!((edges.len(), told.at("/contact/organizations/totalCount")), (2, &json!(1)), "{edges:#?}");
    assert!(edges.iter().all(|edge| edge["node"]["subdomain"] == "acme" && edge["type"] == "TECHNICAL"), "{edges:#?}");
    let (now, before) = (&edges[0], &edges[1]);
    assert_eq!(
        (&now["reason"], &now["linkedBy"], &now["unlinkedAt"]),
        (&json!("another project"), &json!("acme-admin"), &Value::Null)
    );
    assert_eq!((&before["unlinkReason"], &before["unlinkedBy"]), (&json!("the project is over"), &json!("acme-admin")));
    assert!(before["unlinkedAt"].is_string());
    assert_eq!(before["linkedBy"], "grace.palmer@acme.example");
    // What the platform began and ended there, Acme reads without its logins and reasons.
    call(
        &ada,
        format!(
            "contactLink(contactId: \"{john}\", link: {{organizationId: \"{}\", type: BILLING}}, reason: \"why\")",
            ids::organization("acme")
        ),
    )
    .await;
    call(
        &ada,
        format!(
            "contactUnlink(contactId: \"{john}\", organizationId: \"{}\", type: BILLING, reason: \"why\")",
            ids::organization("acme")
        ),
    )
    .await;
    let told = app.ask_with(&acme, ask, json!({ "id": john, "filter": { "types": ["BILLING"] } })).await;
    let edge = &told.list("/contact/linkHistory/edges")[0];
    assert!(edge["unlinkedAt"].is_string(), "{edge}");
    assert_eq!(
        json!([edge["linkedBy"], edge["reason"], edge["unlinkedBy"], edge["unlinkReason"]]),
        json!([null, null, null, null])
    );

    let bayside = Who { name: "Bayside's admin", organization_id: ids::organization("bayside"), ..Who::stranger() };
    let theirs = app.ask_with(&bayside, ask, json!({ "id": john })).await;
    let places: Vec<&Value> =
        theirs.list("/contact/linkHistory/edges").iter().map(|edge| &edge["node"]["subdomain"]).collect();
    assert_eq!(json!(places), json!(["bayside"]));
    let all = app.ask_with(&ada, ask, json!({ "id": john })).await;
    assert_eq!(all.at("/contact/linkHistory/totalCount"), 7);

    let moment = moment.to_rfc3339();
    for (who, filter, count) in [
        (&ada, json!({ "organizationIds": [ids::organization("acme")] }), 3),
        (&acme, json!({ "organizationIds": [ids::organization("bayside")] }), 0),
        (&acme, json!({ "types": ["EMERGENCY"] }), 0),
        (&acme, json!({ "until": moment }), 1),
        (&acme, json!({ "from": moment }), 2),
        (&acme, json!({ "from": "2000-01-01T00:00:00Z", "until": "2000-01-02T00:00:00Z" }), 0),
    ] {
        let found = app.ask_with(who, ask, json!({ "id": john, "filter": filter })).await;
        assert_eq!(found.at("/contact/linkHistory/totalCount"), &json!(count), "{} {filter}", who.name);
    }
    let wrong = json!({ "from": "2000-01-02T00:00:00Z", "until": "2000-01-02T00:00:00Z" });
    assert_eq!(app.ask_with(&acme, ask, json!({ "id": john, "filter": wrong })).await.code(), "BAD_USER_INPUT");

    // People by organization and span, whether they still work there or not.
    call(&acme, format!("contactUnlink(contactId: \"{john}\")")).await;
    let find = "query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { name } } }";
    let there = |until: &str| json!({ "linkHistory": { "organizationIds": [ids::organization("acme")], "types": ["TECHNICAL"], "until": until } });
    let names = async |who: &Who, until: &str| {
        let found = app.ask_with(who, find, json!({ "filter": there(until) })).await;
        found.list("/contacts/nodes").iter().filter(|node| node["name"] == "John Doe").count()
    };
    assert_eq!((names(&ada, "2999-01-01T00:00:00Z").await, names(&ada, "2000-01-01T00:00:00Z").await), (1, 0));
    assert_eq!(names(&bayside, "2999-01-01T00:00:00Z").await, 0, "Acme's past is Acme's");
    app.is_proved().await;
}
