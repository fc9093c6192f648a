//! Whoever keeps the id of somebody who was merged goes on with it: it stands for the survivor for ever, through chains, for those who see the
//! survivor, and for nobody else.

use liaison_domain::contact::{FieldChoices, Merge};
use liaison_domain::session::Note;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

/// Makes two one. The merge has a story of its own; here it is only made.
async fn merge(app: &App, survivor_id: Uuid, duplicate_id: Uuid) {
    let command = Merge { survivor_id, duplicate_ids: vec![duplicate_id], choices: FieldChoices::default() };
    let note = Note { reason: Some("the same person".to_owned()), ..Note::default() };
    app.database().run(&app.viewer(&Who::super_admin()), &note, &command).await.unwrap();
}

/// Makes a person of the viewer's organization with an email address and a phone.
async fn make(app: &App, who: &Who, name: (&str, &str), email: &str, phone: &str) -> Uuid {
    let id = Uuid::new_v4();
    let contact = json!({
        "id": id, "firstName": name.0, "lastName": name.1, "organizations": [{ "type": "STAKEHOLDER" }],
        "emails": [{ "email": { "create": { "address": email } } }],
        "phones": [{ "phone": { "create": { "number": phone } } }],
    });
    let create = "mutation Make($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { code field message } } }";
    app.ask_with(who, create, json!({ "contact": contact })).await.done("contactCreate");
    id
}

/// Three records of one person: of Acme, of Riverside, and of the platform, which becomes the survivor of a chain.
struct Chain {
    app: App,
    /// Riverside's record, which was merged into Acme's.
    first: Uuid,
    /// Acme's record, which was merged into the platform's.
    second: Uuid,
    /// The platform's record.
    survivor: Uuid,
}

async fn chain() -> Chain {
    let app = App::demo().await;
    let first =
        make(&app, &Who::stranger(), ("Leocadia", "Brzezinski"), "leocadia@one.example", "+1 309 555 0181").await;
    let second =
        make(&app, &Who::acme_admin(), ("Leokadia", "Wolkonsky"), "leokadia@two.example", "+1 217 555 0182").await;
    let survivor =
        make(&app, &Who::super_admin(), ("Lea", "Grabowiecki"), "lea@three.example", "+1 312 555 0183").await;
    merge(&app, second, first).await;
    merge(&app, survivor, second).await;
    Chain { app, first, second, survivor }
}

const EVERYWHERE: &str = "query Everywhere($old: UUID!, $ids: [UUID!]!) {
  node(id: $old) { id ... on Contact { name } }
  nodes(ids: $ids) { id }
  contact(id: $old) { id deletedAt }
  history(id: $old, first: 200) { totalCount nodes { id type } } }";

#[tokio::test]
async fn an_old_id_stands_for_the_survivor_wherever_it_goes_in() {
    let Chain { app, first, second, survivor } = chain().await;
    // Whose record was merged goes on seeing the person.
    for who in [Who::super_admin(), Who::acme_admin(), Who::stranger()] {
        for old in [first, second, survivor] {
            let answer = app.ask_with(&who, EVERYWHERE, json!({ "old": old, "ids": [second, old, survivor] })).await;
            assert_eq!(answer.at("/node"), &json!({ "id": survivor, "name": "Lea Grabowiecki" }), "{}", who.name);
            assert_eq!(answer.at("/nodes"), &json!([{ "id": survivor }, { "id": survivor }, { "id": survivor }]));
            assert_eq!(answer.at("/contact"), &json!({ "id": survivor, "deletedAt": null }));
            let types: Vec<&str> =
                answer.list("/history/nodes").iter().map(|change| change["type"].as_str().unwrap()).collect();
            let of = |name: &str| types.iter().filter(|told| **told == name).count();
            assert_eq!((of("contact.created"), of("contact.merged")), (3, 2), "{}: {types:?}", who.name);
            assert_eq!(answer.at("/history/totalCount"), types.len(), "what concerns two of them is told once");
        }
    }
    // Somebody who sees none of them sees none of them by any id.
    let partner = Who::techpartner_admin();
    for old in [first, second, survivor] {
        let answer = app.ask_with(&partner, EVERYWHERE, json!({ "old": old, "ids": [old] })).await;
        assert_eq!(answer.data(), &json!({ "node": null, "nodes": [null], "contact": null, "history": null }));
    }
    app.is_proved().await;
}

#[tokio::test]
async fn a_history_of_several_who_became_one_is_paged_as_one() {
    let Chain { app, first, survivor, .. } = chain().await;
    let ask = "query Page($id: UUID!, $after: String) { contact(id: $id) { history(first: 3, after: $after) {
      nodes { id recordedAt } pageInfo { hasNextPage endCursor } } } }";
    let whole = "query Whole($id: UUID!) { contact(id: $id) { history(first: 200) { nodes { id recordedAt } } } }";
    let whole = app.ask_with(&Who::super_admin(), whole, json!({ "id": survivor })).await;
    let whole = whole.list("/contact/history/nodes").to_vec();
    let mut paged: Vec<Value> = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = app.ask_with(&Who::super_admin(), ask, json!({ "id": first, "after": after })).await;
        paged.extend(page.list("/contact/history/nodes").iter().cloned());
        after = page.at("/contact/history/pageInfo/endCursor").clone();
        if page.at("/contact/history/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
    }
    assert!(paged.len() > 9);
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn whoever_follows_one_of_them_follows_them_all() {
    let Chain { app, first, second, survivor } = chain().await;
    let follow = |id: Uuid| {
        format!(
            "{{ changes(contactId: \"{id}\", first: 200, types: [\"contact.created\", \"contact.merged\", \"contact.updated\"]) {{ nodes {{ id type }} isCaughtUp }} }}"
        )
    };
    let before = app.ask_caught_up(&Who::super_admin(), &follow(first)).await.list("/changes/nodes").to_vec();
    assert_eq!(before.len(), 5, "three were made and two merged: {before:?}");
    let correct = format!(
        "mutation {{ contactUpdate(id: \"{survivor}\", contact: {{title: \"Curator\"}}) {{ userErrors {{ message }} }} }}"
    );
    app.ask(&Who::super_admin(), &correct).await.done("contactUpdate");
    for id in [first, second, survivor] {
        let told = app.ask_caught_up(&Who::super_admin(), &follow(id)).await.list("/changes/nodes").to_vec();
        assert_eq!(told.len(), 6);
        assert_eq!(told[..5], before, "in the log's order, each once");
    }
}

#[tokio::test]
async fn lists_that_take_contacts_take_old_ids() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let one = make(&app, &acme, ("Philippa", "Oxenstierna"), "philippa@one.example", "+1 217 555 0184").await;
    let other = make(&app, &acme, ("Zuleika", "Vandersloot"), "zuleika@two.example", "+1 217 555 0185").await;
    let say = |to: Uuid, subject: &str| {
        format!(
            "mutation {{ communicationRecord(communication: {{contactId: \"{to}\", channel: IN_PERSON, direction: OUTBOUND, subject: \"{subject}\"}}) {{ userErrors {{ message }} }} }}"
        )
    };
    app.ask(&acme, &say(one, "to one")).await.done("communicationRecord");
    app.ask(&acme, &say(other, "to the other")).await.done("communicationRecord");
    let refer = json!({ "providerId": ids::organization("hillside"), "contactId": one, "clientReference": "old ids" });
    let referral = "mutation Refer($referral: ReferralCreateInput!) { referralCreate(referral: $referral) { userErrors { message } } }";
    app.ask_with(&Who::super_admin(), referral, json!({ "referral": refer })).await.done("referralCreate");
    merge(&app, other, one).await;
    let ask = "query Lists($ids: [UUID!]!) {
      communications(filter: {contactIds: $ids}) { totalCount nodes { contact { id } } }
      referrals(filter: {contactIds: $ids}) { totalCount nodes { contact { id } } } }";
    for id in [one, other] {
        let answer = app.ask_with(&Who::super_admin(), ask, json!({ "ids": [id] })).await;
        assert_eq!(answer.at("/communications/totalCount"), 2);
        assert_eq!(answer.at("/communications/nodes/1/contact/id"), &json!(other));
        assert_eq!(answer.at("/referrals"), &json!({ "totalCount": 1, "nodes": [{ "contact": { "id": other } }] }));
        let stranger = app.ask_with(&Who::stranger(), ask, json!({ "ids": [id] })).await;
        assert_eq!(stranger.at("/communications/totalCount"), 0);
    }
}

/// The list of contacts, its counts, its filters within filters and the file of it.
#[tokio::test]
async fn the_directory_and_its_file_take_old_ids() {
    let Chain { app, first, second, survivor } = chain().await;
    let ask = "query Some($filter: ContactFilter) { contacts(filter: $filter) { totalCount nodes { id } } }";
    let john = ids::contact("John Doe");
    for who in [Who::super_admin(), Who::acme_admin(), Who::stranger()] {
        for old in [vec![first], vec![second], vec![survivor], vec![first, second, survivor]] {
            let answer = app.ask_with(&who, ask, json!({ "filter": { "ids": old } })).await;
            assert_eq!(
                answer.at("/contacts"),
                &json!({ "totalCount": 1, "nodes": [{ "id": survivor }] }),
                "{}",
                who.name
            );
            let file = json!({ "ids": old }).to_string();
            let file = app.file(&who, "/exports/contacts.csv", &[("filter", file)]).await;
            let rows: Vec<String> = file.rows().into_iter().map(|mut row| row.remove("id").unwrap()).collect();
            assert_eq!(rows, [survivor.to_string()], "{}", who.name);
        }
        let everybody = app.ask_with(&who, ask, json!({})).await.at("/contacts/totalCount").as_i64().unwrap();
        let but = app.ask_with(&who, ask, json!({ "filter": { "not": { "ids": [first] } } })).await;
        assert_eq!(but.at("/contacts/totalCount"), everybody - 1, "{}", who.name);
        assert!(!but.list("/contacts/nodes").contains(&json!({ "id": survivor })));
    }
    let both = json!({ "filter": { "or": [{ "ids": [first] }, { "ids": [john] }] } });
    assert_eq!(app.ask_with(&Who::super_admin(), ask, both).await.at("/contacts/totalCount"), 2);
    // By none of their ids for who sees none of them.
    let partner = Who::techpartner_admin();
    for old in [first, second, survivor] {
        let answer = app.ask_with(&partner, ask, json!({ "filter": { "ids": [old] } })).await;
        assert_eq!(answer.at("/contacts/totalCount"), 0);
        let filter = ("filter", json!({ "ids": [old] }).to_string());
        assert!(app.file(&partner, "/exports/contacts.csv", &[filter]).await.rows().is_empty());
    }
}

/// The report of referrals names whom they are about by who that is now, whoever it was when they were sent.
#[tokio::test]
async fn a_report_of_referrals_names_the_survivor() {
    let app = App::demo().await;
    let partner = Who::techpartner_admin();
    let old = make(&app, &partner, ("Balthasar", "Quarenghi"), "balthasar@one.example", "+1 217 555 0178").await;
    let survivor =
        make(&app, &partner, ("Baldassare", "Quarenghi-Rossi"), "rossi@two.example", "+1 217 555 0179").await;
    let refer = json!({ "providerId": ids::organization("acme"), "contactId": old, "clientReference": "quarenghi" });
    let referral = "mutation Refer($referral: ReferralCreateInput!) { referralCreate(referral: $referral) { userErrors { message } } }";
    app.ask_with(&partner, referral, json!({ "referral": refer })).await.done("referralCreate");
    merge(&app, survivor, old).await;
    let file = app.file(&partner, "/exports/referrals.csv", &[]).await;
    let row = file.rows().into_iter().find(|row| row["client_reference"] == "quarenghi").unwrap();
    assert_eq!((&row["contact_id"], row["contact"].as_str()), (&survivor.to_string(), "Baldassare Quarenghi-Rossi"));
}

#[tokio::test]
async fn a_comparison_takes_old_ids_and_refuses_one_person_twice() {
    let Chain { app, first, second, survivor } = chain().await;
    let ask =
        "query Compare($ids: [UUID!]!) { contactComparison(ids: $ids) { contacts { id } obstacles { message } } }";
    let john = ids::contact("John Doe");
    let answer = app.ask_with(&Who::super_admin(), ask, json!({ "ids": [first, john] })).await;
    assert_eq!(
        answer.at("/contactComparison"),
        &json!({ "contacts": [{ "id": survivor }, { "id": john }], "obstacles": [] })
    );
    let twice = app.ask_with(&Who::super_admin(), ask, json!({ "ids": [first, second] })).await;
    assert_eq!(twice.code(), "BAD_USER_INPUT");
    let message = twice.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains(&survivor.to_string()), "{message}");
}

#[tokio::test]
async fn at_a_moment_an_old_id_is_who_it_was_then() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let one = make(&app, &acme, ("Eudora", "Winterbottom"), "eudora@one.example", "+1 217 555 0186").await;
    let other = make(&app, &acme, ("Thomasina", "Featherstone"), "thomasina@two.example", "+1 217 555 0187").await;
    let last = "{ changes(contactId: \"ID\", first: 200) { endPosition isCaughtUp } }";
    let before =
        app.ask_caught_up(&acme, &last.replace("ID", &one.to_string())).await.at("/changes/endPosition").clone();
    merge(&app, other, one).await;
    let ask = "query Then($id: UUID!, $before: String!) {
      before: contact(id: $id, asOf: { position: $before }) { ...Told }
      after: contact(id: $id, asOf: { at: \"2101-01-01T00:00:00Z\" }) { ...Told }
      now: contact(id: $id) { ...Told } }
      fragment Told on Contact { id name emails { nodes { address } } phones { totalCount } organizations { edges { type } } }";
    for who in [Who::super_admin(), acme] {
        let by_old = app.ask_with(&who, ask, json!({ "id": one, "before": before })).await;
        let (old_then, then, now) = (by_old.at("/before"), by_old.at("/after"), by_old.at("/now"));
        assert_eq!((&old_then["id"], &old_then["name"]), (&json!(one), &json!("Eudora Winterbottom")));
        assert_eq!(old_then["emails"]["nodes"], json!([{ "address": "eudora@one.example" }]));
        assert_eq!((&now["id"], &now["phones"]["totalCount"]), (&json!(other), &json!(2)));
        assert_eq!(then, now, "the log tells the present as the tables do");
        let by_survivor = app.ask_with(&who, ask, json!({ "id": other, "before": before })).await;
        assert_eq!(by_survivor.at("/before/emails/nodes"), &json!([{ "address": "thomasina@two.example" }]));
        assert_eq!(by_survivor.at("/after"), now);
    }
}

#[tokio::test]
async fn a_file_that_knows_the_old_record_means_the_survivor() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let one = make(&app, &acme, ("Marigold", "Abernathy"), "marigold@one.example", "+1 217 555 0188").await;
    let other = make(&app, &acme, ("Calliope", "Szymborski"), "calliope@two.example", "+1 217 555 0189").await;
    let note = format!(
        "mutation {{ contactExternalIdAssign(contactId: \"{one}\", externalId: {{sourceSystem: \"payroll\", externalId: \"P-1\"}}) {{ userErrors {{ message }} }} }}"
    );
    app.ask(&acme, &note).await.done("contactExternalIdAssign");
    merge(&app, other, one).await;
    let files = [
        "first_name,last_name,email,title\nCalliope,Szymborski,marigold@one.example,By email\n",
        "first_name,last_name,external_id,title\nCalliope,Szymborski,P-1,By id\n",
    ];
    for (file, title) in files.into_iter().zip(["By email", "By id"]) {
        let imported = app.import(&acme, "onMatch=update&sourceSystem=payroll", file).await;
        assert_eq!(imported.counts(), [0, 1, 0, 0, 0], "{:#}", imported.told);
        let told = app.ask(&acme, &format!("{{ contact(id: \"{one}\") {{ id title }} }}")).await;
        assert_eq!(told.at("/contact"), &json!({ "id": other, "title": title }));
    }
}

#[tokio::test]
async fn only_who_was_merged_costs_a_statement_more() {
    let Chain { app, first, second, survivor } = chain().await;
    let mut costs = Vec::new();
    let live = [ids::contact("John Doe"), ids::contact("Jane Doe"), survivor];
    for named in [&live[..1], &live, &[first], &[first, second, survivor]] {
        let calls: String =
            named.iter().enumerate().map(|(at, id)| format!("a{at}: contact(id: \"{id}\") {{ id }} ")).collect();
        let body = json!({ "query": format!("{{ {calls} }}"), "extensions": { "cost": true } });
        let answer = app.send(Some(&app.token(&Who::super_admin())), &body).await.body;
        costs.push(answer["extensions"]["cost"]["statements"].as_u64().unwrap());
    }
    // Somebody who is asked for alone is looked for as themselves first, in a statement without a transaction.
    assert_eq!(costs, [1, 1, 3, 2]);
}
