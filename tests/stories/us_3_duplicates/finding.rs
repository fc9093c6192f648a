//! Who looks like a duplicate is found, explained, and said to be somebody else; and whoever makes somebody is told who is there already.

use liaison_domain::candidate;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::support::{App, Who};

const PAIRS: &str = "query Pairs($filter: DuplicateCandidateFilter) { duplicateCandidates(filter: $filter, first: 200) {
  totalCount nodes { id version score state ruleSetVersion foundAt dismissedBy dismissReason contact { id } otherContact { id }
  evidence { signal weight value otherValue basis } } } }";
const DISMISS: &str = "mutation Dismiss($one: UUID!, $other: UUID!, $reason: String!) {
  contactDuplicateDismiss(contactId: $one, otherContactId: $other, reason: $reason) {
    candidate { state dismissedBy dismissReason version } changes { type subjects { id } } userErrors { code field message } } }";
const TRY_TO_DISMISS: &str = "mutation Dismiss($one: UUID!, $other: UUID!, $reason: String!) {
  contactDuplicateDismiss(contactId: $one, otherContactId: $other, reason: $reason) { candidate { id } userErrors { code field message } } }";
const CREATE: &str = "mutation Create($contact: ContactCreateInput!) { contactCreate(contact: $contact) {
  contact { id } likelyDuplicates { contact { id name } score evidence { signal weight value otherValue basis } }
  userErrors { code field message } } }";

fn margaret() -> Uuid {
    ids::contact("Margaret Zielinski of bayside")
}

fn margret() -> Uuid {
    ids::contact("Margret Zielinsky of cedargrove")
}

async fn pairs(app: &App, filter: Value) -> Vec<Value> {
    let answer = app.ask_with(&Who::super_admin(), PAIRS, json!({ "filter": filter })).await;
    assert_eq!(answer.at("/duplicateCandidates/totalCount"), answer.list("/duplicateCandidates/nodes").len());
    answer.list("/duplicateCandidates/nodes").to_vec()
}

fn names(pair: &Value, one: Uuid, other: Uuid) -> bool {
    let ids = [&pair["contact"]["id"], &pair["otherContact"]["id"]];
    ids.contains(&&json!(one)) && ids.contains(&&json!(other))
}

#[tokio::test]
async fn one_person_whom_two_wrote_down_is_found_and_the_score_is_what_its_evidence_adds_up_to() {
    let app = App::demo().await;
    let found = pairs(&app, json!({ "minScore": 0.5 })).await;
    let pair = found.iter().find(|pair| names(pair, margaret(), margret())).expect("the slips are seen through");
    assert_eq!((&pair["state"], &pair["version"]), (&json!("OPEN"), &json!(0)));
    let score = pair["score"].as_f64().unwrap();
    let weights: f64 = pair["evidence"].as_array().unwrap().iter().map(|line| line["weight"].as_f64().unwrap()).sum();
    assert!((weights - (score / (1.0 - score)).ln()).abs() < 1e-6, "{weights} adds up to {score}: {pair:#}");
    let phone = pair["evidence"].as_array().unwrap().iter().find(|line| line["signal"] == "PHONE").unwrap();
    assert!(phone["weight"].as_f64().unwrap() > 0.0, "the same mobile speaks for it: {phone}");
    // A namesake is none, and neither is who shares the house and its phone.
    let [one, other] = ["dunmore", "fairview"].map(|at| ids::contact(&format!("Michael Young of {at}")));
    let namesakes = found.iter().find(|pair| names(pair, one, other));
    assert!(namesakes.is_none(), "{namesakes:#?}");
    let [irene, walter] = ["Irene", "Walter"].map(|name| ids::contact(&format!("{name} Zimmermann of glenwood")));
    let housemates = found.iter().find(|pair| names(pair, irene, walter));
    assert!(housemates.is_none(), "{housemates:#?}");
    // By whom, by where, by what became of it; and as a node.
    for filter in [
        json!({ "contactIds": [margret()], "minScore": 0.5 }),
        json!({ "organizationIds": [ids::organization("cedargrove")], "minScore": 0.5 }),
    ] {
        assert_eq!(pairs(&app, filter.clone()).await, std::slice::from_ref(pair), "{filter}");
    }
    assert_eq!(pairs(&app, json!({ "states": ["DISMISSED"] })).await, Vec::<Value>::new());
    let node = format!("{{ node(id: {}) {{ __typename id ... on DuplicateCandidate {{ score }} }} }}", pair["id"]);
    let told = app.ask(&Who::super_admin(), &node).await;
    assert_eq!(told.at("/node"), &json!({ "__typename": "DuplicateCandidate", "id": pair["id"], "score": score }));
    assert_eq!(app.ask(&Who::acme_admin(), &node).await.at("/node"), &Value::Null);
    let of_one = "query Of($id: UUID!) { contact(id: $id) { duplicates { totalCount edges { score node { id } evidence { signal } } } } }";
    let of_one = app.ask_with(&Who::super_admin(), of_one, json!({ "id": margaret() })).await;
    assert_eq!(of_one.at("/contact/duplicates/totalCount"), 1);
    assert_eq!(of_one.at("/contact/duplicates/edges/0/node/id"), &json!(margret()));
    assert_eq!(of_one.at("/contact/duplicates/edges/0/score"), &json!(score));
    let summary = app.ask(&Who::super_admin(), "{ duplicateSummary { contacts openPairs likelyPairs surplusContacts rate bands { pairs } waitingChanges } }").await;
    assert_eq!(summary.at("/duplicateSummary/likelyPairs"), found.len());
    assert!(summary.at("/duplicateSummary/rate").as_f64().unwrap() > 0.0);
}

/// One organization wrote one of its people down twice.
#[tokio::test]
async fn a_tenant_is_told_of_its_own_people_and_nobody_else_of_them() {
    let app = App::demo().await;
    let [deborah, debbie] = ["Deborah Kowalski", "Debbie Kowalsky"].map(ids::contact);
    let ask = "query Of($id: UUID!) { contact(id: $id) { duplicates { edges { score node { id } evidence { signal weight } } } } }";
    for who in [Who::stranger(), Who::super_admin()] {
        for (one, other) in [(deborah, debbie), (debbie, deborah)] {
            let told = app.ask_with(&who, ask, json!({ "id": one })).await;
            let edges = told.list("/contact/duplicates/edges");
            assert_eq!(edges.len(), 1, "{}: {edges:#?}", who.name);
            assert_eq!(edges[0]["node"]["id"], json!(other));
            assert!(edges[0]["score"].as_f64().unwrap() >= 0.5, "{edges:#?}");
        }
    }
    for who in [Who::acme_admin(), Who::techpartner_admin()] {
        assert_eq!(
            app.ask_with(&who, ask, json!({ "id": deborah })).await.at("/contact"),
            &Value::Null,
            "{}",
            who.name
        );
    }
    let found = pairs(&app, json!({ "contactIds": [deborah] })).await;
    assert!(found.len() == 1 && names(&found[0], deborah, debbie), "{found:#?}");
    // The whole list is the platform's.
    let refused = app.ask(&Who::stranger(), "{ duplicateCandidates { totalCount } }").await;
    assert_eq!(refused.code(), "FORBIDDEN");
}

#[tokio::test]
async fn who_is_said_to_be_two_is_told_no_more_until_something_changes() {
    let app = App::demo().await;
    let who = json!({ "one": margret(), "other": margaret(), "reason": " " });
    let without_reason =
        app.ask_with(&Who::super_admin(), TRY_TO_DISMISS, who).await.refusals("contactDuplicateDismiss");
    assert_eq!((without_reason[0].code.as_str(), without_reason[0].field.as_str()), ("INVALID", "reason"));
    let who = json!({ "one": margret(), "other": margaret(), "reason": "mother and daughter" });
    let refused =
        app.ask_with(&Who::acme_admin(), TRY_TO_DISMISS, who.clone()).await.refusals("contactDuplicateDismiss");
    assert_eq!(refused[0].code, "FORBIDDEN");
    let done = app.ask_with(&Who::super_admin(), DISMISS, who.clone()).await;
    let payload = done.done("contactDuplicateDismiss");
    assert_eq!(
        payload["candidate"],
        json!({ "state": "DISMISSED", "dismissedBy": "ada", "dismissReason": "mother and daughter", "version": 1 })
    );
    assert_eq!(payload["changes"][0]["type"], "contact.duplicate.dismissed");
    assert!(pairs(&app, json!({ "contactIds": [margaret()] })).await.iter().all(|pair| !names(
        pair,
        margaret(),
        margret()
    )));
    assert_eq!(pairs(&app, json!({ "states": ["DISMISSED"] })).await.len(), 1);
    let again = app.ask_with(&Who::super_admin(), DISMISS, who).await;
    assert_eq!(again.done("contactDuplicateDismiss")["changes"], json!([]), "it is so already");
    let correct = format!(
        "mutation {{ contactUpdate(id: \"{}\", contact: {{firstName: \"Margaret\"}}) {{ userErrors {{ message }} }} }}",
        margret()
    );
    app.ask(&Who::super_admin(), &correct).await.done("contactUpdate");
    candidate::settled(app.database()).await.unwrap();
    let open = pairs(&app, json!({ "contactIds": [margaret()], "minScore": 0.5 })).await;
    assert!(open.iter().any(|pair| names(pair, margaret(), margret())), "the evidence is another: {open:#?}");
    app.is_proved().await;
}

#[tokio::test]
async fn whoever_makes_somebody_is_told_who_is_here_already_and_may_go_on() {
    let app = App::demo().await;
    let bayside = Who { organization_id: ids::organization("bayside"), ..Who::acme_admin() };
    let contact = |allow: bool| {
        json!({ "contact": { "firstName": "Margret", "lastName": "Zielinski", "allowDuplicate": allow,
        "phones": [{ "phone": { "create": { "number": "+1 217 555 0195", "code": "mobile" } } }] } })
    };
    let refused = app.ask_with(&bayside, CREATE, contact(false)).await;
    let payload = refused.at("/contactCreate").clone();
    assert_eq!(payload["contact"], Value::Null);
    assert_eq!(payload["userErrors"][0]["code"], "LIKELY_DUPLICATE");
    assert_eq!(payload["userErrors"][0]["field"], json!(["allowDuplicate"]));
    let likely = payload["likelyDuplicates"].as_array().unwrap();
    assert_eq!(likely.len(), 1, "Cedar Grove's record is not Bayside's to see: {likely:#?}");
    assert_eq!(likely[0]["contact"], json!({ "id": margaret(), "name": "Margaret Zielinski" }));
    assert!(likely[0]["score"].as_f64().unwrap() >= 0.5);
    assert!(likely[0]["evidence"].as_array().unwrap().iter().any(|line| line["signal"] == "PHONE"));
    // Who sees nobody like that is told of nobody.
    let stranger = app.ask_with(&Who::stranger(), CREATE, contact(false)).await;
    let made = stranger.done("contactCreate");
    assert_eq!(made["likelyDuplicates"], Value::Null);
    let all_the_same = app.ask_with(&bayside, CREATE, contact(true)).await;
    let made = all_the_same.done("contactCreate")["contact"]["id"].clone();
    // A tenant is told of its own, compared on the spot.
    let of_one = "query Of($id: UUID!) { contact(id: $id) { duplicates { nodes { id } } } }";
    let told = app.ask_with(&bayside, of_one, json!({ "id": margaret() })).await;
    assert_eq!(told.at("/contact/duplicates/nodes"), &json!([{ "id": made }]));
}

#[tokio::test]
async fn pairs_and_numbers_are_for_super_admin_alone() {
    let app = App::demo().await;
    for who in [Who::acme_admin(), Who::techpartner_admin(), Who::acme_viewer(), Who::stranger()] {
        for ask in ["{ duplicateCandidates { totalCount } }", "{ duplicateSummary { rate } }"] {
            assert_eq!(app.ask(&who, ask).await.code(), "FORBIDDEN", "{}: {ask}", who.name);
        }
    }
    let wrong = app.ask(&Who::super_admin(), "{ duplicateCandidates(filter: {minScore: 50}) { totalCount } }").await;
    assert_eq!(wrong.code(), "BAD_USER_INPUT");
    let turned = "{ duplicateCandidates(filter: {minScore: 0.9, maxScore: 0.4}) { totalCount } }";
    assert_eq!(app.ask(&Who::super_admin(), turned).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn who_is_hardly_alike_is_listed_when_asked_for() {
    let app = App::demo().await;
    // Whatever the rules make of two: here they are hardly alike.
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    owner.execute("UPDATE duplicate_candidates SET score = 0.4").await.unwrap();
    assert_eq!(pairs(&app, json!({})).await, Vec::<Value>::new(), "usually likely ones are listed");
    for filter in [json!({ "minScore": 0 }), json!({ "maxScore": 0.45 }), json!({ "minScore": 0.4, "maxScore": 0.4 })] {
        assert_eq!(pairs(&app, filter.clone()).await.len(), 2, "{filter}");
    }
    // Of what was decided nothing is left out.
    owner.execute("UPDATE duplicate_candidates SET state = 'dismissed'").await.unwrap();
    assert_eq!(pairs(&app, json!({ "states": ["OPEN", "DISMISSED"] })).await.len(), 2);
}

#[tokio::test]
async fn where_two_work_is_told_by_name() {
    let app = App::demo().await;
    let mut ids = Vec::new();
    for first_name in ["Perpetua", "Perpetue"] {
        let contact = json!({ "contact": { "firstName": first_name, "lastName": "Winterbottom", "allowDuplicate": true,
            "organizations": [{ "type": "BILLING" }], "emails": [{ "email": { "create": { "address": "pw@winterbottom.example" } } }] } });
        let made = app.ask_with(&Who::acme_admin(), CREATE, contact).await;
        ids.push(made.done("contactCreate")["contact"]["id"].clone());
    }
    let ask = "query ($ids: [UUID!]!) { contactComparison(ids: $ids) { pairs { evidence { signal value otherValue basis } } } }";
    let told = app.ask_with(&Who::super_admin(), ask, json!({ "ids": ids })).await;
    let lines = told.list("/contactComparison/pairs/0/evidence");
    let at = lines.iter().find(|line| line["signal"] == "ORGANIZATION").expect("both work at Acme");
    let wanted = json!({ "signal": "ORGANIZATION", "value": "Acme Healthcare", "otherValue": "Acme Healthcare",
        "basis": "both have roles at one organization" });
    assert_eq!(at, &wanted);
}

#[tokio::test]
async fn the_duplicates_of_one_are_paged_both_ways() {
    let app = App::demo().await;
    let create = |at: usize| {
        json!({ "contact": { "firstName": "Rosalind", "lastName": "Featherstonehaugh", "title": format!("Number {at}"), "allowDuplicate": true,
        "emails": [{ "email": { "create": { "address": "rosalind@featherstonehaugh.example" } } }] } })
    };
    let mut made = Vec::new();
    for at in 0..5 {
        let answer = app.ask_with(&Who::acme_admin(), CREATE, create(at)).await;
        made.push(answer.done("contactCreate")["contact"]["id"].clone());
    }
    let ask = |page: &str| {
        format!(
            "query Page($id: UUID!, $cursor: String) {{ contact(id: $id) {{ duplicates({page}) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        )
    };
    let page = async |how: &str, cursor: Value| {
        let answer = app.ask_with(&Who::acme_admin(), &ask(how), json!({ "id": made[0], "cursor": cursor })).await;
        answer.at("/contact/duplicates").clone()
    };
    let whole = page("first: 50, after: $cursor", Value::Null).await;
    assert_eq!((whole["totalCount"].clone(), whole["nodes"].as_array().unwrap().len()), (json!(4), 4));
    let first = page("first: 3, after: $cursor", Value::Null).await;
    assert_eq!(first["nodes"].as_array().unwrap()[..], whole["nodes"].as_array().unwrap()[..3]);
    assert_eq!((&first["pageInfo"]["hasNextPage"], &first["totalCount"]), (&json!(true), &json!(4)));
    let rest = page("first: 3, after: $cursor", first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(rest["nodes"].as_array().unwrap()[..], whole["nodes"].as_array().unwrap()[3..]);
    assert_eq!(rest["pageInfo"]["hasNextPage"], json!(false));
    let back = page("last: 3, before: $cursor", rest["pageInfo"]["startCursor"].clone()).await;
    assert_eq!(back["nodes"], first["nodes"]);
    assert_eq!(back["pageInfo"]["hasPreviousPage"], json!(false));
}
