//! Finding anybody by whatever somebody remembers of them (US-1, US-7, US-8): who is in the directory, what is typed, who is found and in
//! which order, what of them is highlighted, and what finding follows.

mod table;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};
use table::{CASES, PEOPLE, Person, Place, named};

const SEARCH: &str = "query Search($search: String, $first: Int, $after: String, $last: Int, $before: String, $filter: ContactFilter, $orderBy: ContactOrder) {
  contacts(search: $search, first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    edges { cursor node { id name } matches { field text segments { text isMatch } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}";

async fn make(app: &App, who: &Who, person: &Person) -> Uuid {
    let phones: Vec<Value> = person
        .phones
        .iter()
        .enumerate()
        .map(|(at, (number, extension))| {
            let code = ["mobile", "office"][at];
            json!({ "phone": { "create": { "number": number, "extension": extension, "code": code } } })
        })
        .collect();
    let emails: Vec<Value> =
        person.emails.iter().map(|address| json!({ "email": { "create": { "address": address } } })).collect();
    let place = |(label, street, city, state, code, country): &Place| {
        json!({ "address": { "create": { "label": label, "type": "PHYSICAL", "street1": street, "city": city, "state": state,
                "postalCode": code, "country": country } } })
    };
    let addresses: Vec<Value> = person.addresses.iter().map(place).collect();
    let contact = json!({ "allowDuplicate": true, "firstName": person.first, "lastName": person.last, "phones": phones, "emails": emails, "addresses": addresses });
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { code message } } }";
    let made = app.ask_with(who, create, json!({ "contact": contact })).await;
    serde_json::from_value(made.done("contactCreate")["contact"]["id"].clone()).unwrap()
}

async fn search(app: &App, who: &Who, variables: Value) -> Value {
    app.ask_with(who, SEARCH, variables).await.at("/contacts").clone()
}

fn names(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()).collect()
}

async fn found(app: &App, who: &Who, typed: &str) -> Vec<String> {
    names(&search(app, who, json!({ "search": typed })).await)
}

/// The platform with the people of the table.
async fn directory() -> App {
    let app = App::empty().await;
    let ada = Who::super_admin();
    let create = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { userErrors { message } } }";
    for (id, name, kind, subdomain) in [
        (ada.organization_id, "Platform", "PLATFORM_OWNER", "platform"),
        (Who::acme_admin().organization_id, "Acme Healthcare", "PROVIDER", "acme"),
        (Who::stranger().organization_id, "Riverside Clinic", "PROVIDER", "riverside"),
    ] {
        let organization = json!({ "id": id, "name": name, "kind": kind, "subdomain": subdomain });
        app.ask_with(&ada, create, json!({ "organization": organization })).await.done("organizationCreate");
    }
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_remembered_somehow_is_found() {
    let app = directory().await;
    for person in &PEOPLE {
        make(&app, &Who::acme_admin(), person).await;
    }
    let mut wrong = Vec::new();
    for (typed, expected) in CASES {
        // Everybody who sees them finds the same, by relevance and in any other order.
        for who in [Who::super_admin(), Who::acme_clinician()] {
            let page = search(&app, &who, json!({ "search": typed })).await;
            let names = names(&page);
            if names != *expected {
                wrong.push(format!("{typed:?} as {}: {names:?}, not {expected:?}", who.name));
            }
            assert_eq!(page["totalCount"], names.len(), "{typed}");
            for edge in page["edges"].as_array().unwrap() {
                let matches = edge["matches"].as_array().unwrap();
                if matches.is_empty() {
                    wrong.push(format!("{typed:?} marks nothing of {}", edge["node"]["name"]));
                }
                for found in matches {
                    let segments = found["segments"].as_array().unwrap();
                    let whole: String = segments.iter().map(|segment| segment["text"].as_str().unwrap()).collect();
                    assert_eq!(found["text"], whole, "{typed}");
                    assert!(segments.iter().any(|segment| segment["isMatch"] == true), "{typed}");
                }
            }
            let mut sorted = search(&app, &who, json!({ "search": typed, "orderBy": { "field": "CREATED_AT" } })).await;
            let (mut one, mut other) = (names, self::names(&sorted.take()));
            one.sort();
            other.sort();
            assert_eq!(one, other, "{typed}");
        }
        // Who sees none of them finds none.
        assert_eq!(found(&app, &Who::stranger(), typed).await, [""; 0], "{typed}");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_matched_is_told_in_pieces() {
    let app = directory().await;
    make(&app, &Who::acme_admin(), &PEOPLE[0]).await;
    let page = search(&app, &Who::acme_clinician(), json!({ "search": "jan 222-2222 x204 springf acme" })).await;
    let shown: Vec<(&str, String)> = page["edges"][0]["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let piece = |segment: &Value| {
                let text = segment["text"].as_str().unwrap();
                if segment["isMatch"] == true { format!("[{text}]") } else { text.to_owned() }
            };
            let text = found["segments"].as_array().unwrap().iter().map(piece).collect();
            (found["field"].as_str().unwrap(), text)
        })
        .collect();
    let expected = [
        ("FIRST_NAME", "[Jan]e"),
        ("EMAIL", "[jan]e.doe+billing@[acme]-health.example"),
        ("PHONE", "(555) [222-2222]"),
        ("EXTENSION", "[204]"),
        ("CITY", "[Springf]ield"),
    ];
    assert_eq!(shown, expected.map(|(field, text)| (field, text.to_owned())));
    // Without a search nothing is marked.
    assert_eq!(search(&app, &Who::acme_clinician(), json!({})).await["edges"][0]["matches"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_cannot_be_read_says_why_and_a_blank_one_is_none() {
    let app = App::demo().await;
    let ada = Who::super_admin();
    let everybody = search(&app, &ada, json!({})).await["totalCount"].clone();
    for blank in ["", "   ", "\u{a0}\t"] {
        assert_eq!(search(&app, &ada, json!({ "search": blank })).await["totalCount"], everybody, "{blank:?}");
    }
    for (typed, why) in [
        ("x".repeat(201), "search may have at most 200 characters; it has 201"),
        ("a b c d e f g h i j k".to_owned(), "search may have at most 10 words; it has 11"),
        ("Ja\u{1}ne".to_owned(), "search must be text without control characters; it has U+0001"),
    ] {
        let answer = app.ask_with(&ada, SEARCH, json!({ "search": typed })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        assert_eq!(answer.body["errors"][0]["message"], why);
    }
    // A cursor belongs to its order.
    let page = search(&app, &ada, json!({ "first": 1 })).await;
    let after = page["pageInfo"]["endCursor"].clone();
    let answer = app.ask_with(&ada, SEARCH, json!({ "search": "a", "after": after })).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_goes_with_filters_and_orders_and_its_pages_are_the_set() {
    let app = App::demo().await;
    for who in [Who::super_admin(), Who::acme_admin()] {
        for typed in ["an", "o", "555", "springfield", "re", "acme"] {
            let all = search(&app, &who, json!({ "search": typed, "first": 200 })).await;
            let whole = names(&all);
            assert_eq!(all["totalCount"], whole.len(), "{typed}");
            for (size, by) in [(1, "ASC"), (2, "DESC"), (3, "ASC")] {
                let order = json!({ "field": "RELEVANCE", "direction": by });
                let mut expected = whole.clone();
                if by == "DESC" {
                    expected.reverse();
                }
                let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
                let mut after = Value::Null;
                loop {
                    let page =
                        search(&app, &who, json!({ "search": typed, "first": size, "after": after, "orderBy": order }))
                            .await;
                    forwards.extend(names(&page));
                    assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
                    if page["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                    after = page["pageInfo"]["endCursor"].clone();
                }
                let mut before = Value::Null;
                loop {
                    let page = search(
                        &app,
                        &who,
                        json!({ "search": typed, "last": size, "before": before, "orderBy": order }),
                    )
                    .await;
                    backwards.splice(0..0, names(&page));
                    if page["pageInfo"]["hasPreviousPage"] == false {
                        break;
                    }
                    before = page["pageInfo"]["startCursor"].clone();
                }
                assert_eq!(forwards, expected, "{typed} as {}", who.name);
                assert_eq!(backwards, expected, "{typed} as {}", who.name);
            }
            // With a filter it is the part of the set that the filter leaves, in the same order; by name it is the set by name.
            let billing = json!({ "organizations": { "some": { "types": ["BILLING"] } } });
            let wanted = search(&app, &who, json!({ "filter": billing, "first": 200 })).await;
            let wanted = names(&wanted);
            let both = search(&app, &who, json!({ "search": typed, "filter": billing, "first": 200 })).await;
            let expected: Vec<String> = whole.iter().filter(|name| wanted.contains(name)).cloned().collect();
            assert_eq!(names(&both), expected, "{typed} as {}", who.name);
            assert_eq!(both["totalCount"], expected.len());
            let by_name =
                search(&app, &who, json!({ "search": typed, "first": 200, "orderBy": { "field": "NAME" } })).await;
            let everybody = names(&search(&app, &who, json!({ "first": 200 })).await);
            let expected: Vec<String> = everybody.into_iter().filter(|name| whole.contains(name)).collect();
            assert_eq!(names(&by_name), expected, "{typed} as {}", who.name);
        }
    }
}

/// What a tenant finds does not depend on whom others have: the whole answer, cursors and counts with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_have_changes_no_byte_of_an_answer() {
    let app = directory().await;
    for person in &PEOPLE[..6] {
        make(&app, &Who::acme_admin(), person).await;
    }
    let typed = ["jane", "doe", "smith", "555-222-2222", "x204", "springfield", "acme", "ivan", "jnae", "o"];
    let mut before = Vec::new();
    for typed in typed {
        before.push(app.ask_with(&Who::acme_clinician(), SEARCH, json!({ "search": typed, "first": 2 })).await.body);
        assert_eq!(found(&app, &Who::stranger(), typed).await, [""; 0]);
    }
    // The stranger has namesakes of all of them, several times.
    for person in PEOPLE.iter().chain(&PEOPLE[..6]) {
        make(&app, &Who::stranger(), person).await;
    }
    for (typed, before) in typed.iter().zip(before) {
        let after = app.ask_with(&Who::acme_clinician(), SEARCH, json!({ "search": typed, "first": 2 })).await.body;
        assert_eq!(after, before, "{typed}");
    }
    let organizations = "query ($search: String) { organizations(search: $search) { totalCount nodes { name } } }";
    for (who, typed, expected) in [
        (Who::acme_clinician(), "riverside", json!([])),
        (Who::stranger(), "riverside", json!([{ "name": "Riverside Clinic" }])),
        (Who::super_admin(), "rivreside", json!([{ "name": "Riverside Clinic" }])),
        (Who::super_admin(), "health acme", json!([{ "name": "Acme Healthcare" }])),
        (Who::super_admin(), "acmehealth", json!([{ "name": "Acme Healthcare" }])),
    ] {
        let answer = app.ask_with(&who, organizations, json!({ "search": typed })).await;
        assert_eq!(answer.at("/organizations/nodes"), &expected, "{typed}");
        assert_eq!(answer.at("/organizations/totalCount"), expected.as_array().unwrap().len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_found_follows_every_change() {
    let app = directory().await;
    let acme = Who::acme_admin();
    let (jane, john) = (make(&app, &acme, &named("Jane", "Roe")).await, make(&app, &acme, &named("John", "Roe")).await);
    let create = "mutation { phoneCreate(phone: { number: \"555-333-4444\", code: \"office\" }) { phone { id } userErrors { message } } }";
    let phone = app.ask(&acme, create).await.done("phoneCreate")["phone"]["id"].clone();
    let create = "mutation { addressCreate(address: { label: \"Annex\", type: PHYSICAL, street1: \"1 First St\", city: \"Peoria\" }) { address { id } userErrors { message } } }";
    let address = app.ask(&acme, create).await.done("addressCreate")["address"]["id"].clone();
    let create =
        "mutation { emailCreate(email: { address: \"desk@roe.example\" }) { email { id } userErrors { message } } }";
    let email = app.ask(&acme, create).await.done("emailCreate")["email"]["id"].clone();
    for contact in [jane, john] {
        for (noun, id) in [("phone", &phone), ("address", &address), ("email", &email)] {
            let link = format!(
                "mutation ($id: UUID!, $to: UUID!) {{ {noun}Link({noun}Id: $id, to: {{ contactId: $to }}) {{ userErrors {{ message }} }} }}"
            );
            app.ask_with(&acme, &link, json!({ "id": id, "to": contact })).await.done(&format!("{noun}Link"));
        }
    }
    let both = ["Jane Roe", "John Roe"];
    for typed in ["555-333-4444", "annex", "peoria", "desk@roe.example"] {
        assert_eq!(found(&app, &acme, typed).await, both, "{typed}");
    }
    // Corrected once, it is right for everybody who holds it: also where nothing but the text of an address changed.
    for (noun, capital, id, change, old, new) in [
        ("phone", "Phone", &phone, json!({ "number": "555-777-8888" }), "3334444", "7778888"),
        ("phone", "Phone", &phone, json!({ "extension": "31" }), "x32", "x31"),
        ("address", "Address", &address, json!({ "city": "Decatur" }), "peoria", "decatur"),
        ("address", "Address", &address, json!({ "label": "Tower" }), "annex", "tower"),
        ("email", "Email", &email, json!({ "address": "front@roe.example" }), "desk", "front"),
    ] {
        let update = format!(
            "mutation ($id: UUID!, $change: {capital}UpdateInput!) {{ {noun}Update(id: $id, {noun}: $change) {{ userErrors {{ message }} }} }}"
        );
        app.ask_with(&acme, &update, json!({ "id": id, "change": change })).await.done(&format!("{noun}Update"));
        assert_eq!(found(&app, &acme, new).await, both, "{new}");
        assert_eq!(found(&app, &acme, old).await, [""; 0], "{old}");
    }
    // Called otherwise, unlinked, archived.
    let rename = "mutation ($id: UUID!) { contactUpdate(id: $id, contact: { lastName: \"Quimby\" }) { userErrors { message } } }";
    app.ask_with(&acme, rename, json!({ "id": john })).await.done("contactUpdate");
    assert_eq!(found(&app, &acme, "quimby 7778888").await, ["John Quimby"]);
    assert_eq!(found(&app, &acme, "roe jane").await, ["Jane Roe"]);
    let unlink = "mutation ($id: UUID!, $from: UUID!) { phoneUnlink(phoneId: $id, from: { contactId: $from }) { userErrors { message } } }";
    app.ask_with(&acme, unlink, json!({ "id": phone, "from": john })).await.done("phoneUnlink");
    assert_eq!(found(&app, &acme, "7778888").await, ["Jane Roe"]);
    let archive = "mutation ($id: UUID!) { contactDelete(id: $id) { userErrors { message } } }";
    app.ask_with(&acme, archive, json!({ "id": john })).await.done("contactDelete");
    assert_eq!(found(&app, &acme, "quimby").await, [""; 0]);
    assert_eq!(found(&app, &acme, "decatur").await, ["Jane Roe"]);
    let rename = "mutation ($id: UUID!) { organizationUpdate(id: $id, organization: { name: \"Zenith Care\" }) { userErrors { message } } }";
    app.ask_with(&Who::super_admin(), rename, json!({ "id": acme.organization_id })).await.done("organizationUpdate");
    let zenith = app
        .ask(&acme, "{ organizations(search: \"zenit\") { edges { matches { field segments { text isMatch } } } } }")
        .await;
    let marked = json!([{ "matches": [{ "field": "ORGANIZATION_NAME",
        "segments": [{ "text": "Zenit", "isMatch": true }, { "text": "h Care", "isMatch": false }] }] }]);
    assert_eq!(zenith.at("/organizations/edges"), &marked);
    app.is_proved().await;
}
