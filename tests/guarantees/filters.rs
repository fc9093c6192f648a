//! A filter finds what it says, a facet counts what choosing it finds, and every page belongs to one list: filters made by dice are
//! answered by the server and by an oracle that reads the same people through the API, as who sees everybody and as two tenants.

mod crowd;
pub mod dice;
mod oracle;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub use crowd::gather;
pub use dice::Dice;

use crowd::Crowd;

use crate::support::{App, Who};

const FIND: &str =
    "query ($filter: ContactFilter) { contacts(filter: $filter, first: 200) { totalCount nodes { id } } }";

/// So many filters a viewer. The dice are the same in each run; set LIAISON_DICE to throw others.
const THROWS: usize = 120;

fn viewers() -> [Who; 3] {
    [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin()]
}

fn ids(nodes: &[Value]) -> BTreeSet<String> {
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_filters_find_is_what_they_say() {
    let app = App::demo().await;
    gather(&app).await;
    for who in viewers() {
        let crowd = Crowd::seen_by(&app, &who).await;
        let mut dice = Dice::thrown(1);
        let (mut some, mut few) = (0, 0);
        for throw in 0..THROWS {
            let filter = dice.filter(&crowd, 2);
            let answer = app.ask_with(&who, FIND, json!({ "filter": filter })).await;
            assert_eq!(answer.body.get("errors"), None, "{filter:#}\n{:#}", answer.body);
            let found = ids(answer.list("/contacts/nodes"));
            let wanted: BTreeSet<String> =
                crowd.people.iter().filter(|one| oracle::satisfies(&filter, one)).map(oracle::id).collect();
            let differ =
                crowd.people.iter().find(|one| found.contains(&oracle::id(one)) != wanted.contains(&oracle::id(one)));
            assert_eq!(found, wanted, "{} throw {throw}: {filter:#}\nconcerning {differ:#?}", who.name);
            assert_eq!(answer.at("/contacts/totalCount"), wanted.len(), "{}: {filter:#}", who.name);
            some += usize::from(!wanted.is_empty());
            few += usize::from(wanted.len() < crowd.people.len());
        }
        // Filters that find nobody or everybody would prove nothing.
        assert!(some > THROWS / 4 && few > THROWS / 4, "{}: {some} find somebody, {few} not everybody", who.name);
    }
}

const FACETS: &str = "query ($filter: ContactFilter) { contactFacets(filter: $filter) {
  types { value: type count } organizations { value: organization { id } count } owners { value: organization { id } count }
  isActive { value count } doNotContact { value count } preferredContactMethods { value: method count }
  phoneCodes { value: code { code } count } emailCodes { value: code { code } count }
  phoneVerificationStates { value: state count } emailVerificationStates { value: state count } cities { value: city count } } }";

/// Each facet, where its choice stands in a filter, and whether it tells every value or the ten that most have.
const CHOICES: [(&str, &[&str], bool); 11] = [
    ("types", &["organizations", "some", "types"], true),
    ("organizations", &["organizations", "some", "organizationIds"], false),
    ("owners", &["ownerOrganizationIds"], false),
    ("isActive", &["isActive"], true),
    ("doNotContact", &["doNotContact"], true),
    ("preferredContactMethods", &["preferredContactMethods"], true),
    ("phoneCodes", &["phones", "some", "codes"], false),
    ("emailCodes", &["emails", "some", "codes"], false),
    ("phoneVerificationStates", &["phones", "some", "verificationStates"], true),
    ("emailVerificationStates", &["emails", "some", "verificationStates"], true),
    ("cities", &["addresses", "some", "cities"], false),
];

/// The filter with one value chosen in a place, whatever was chosen there before.
fn choose(filter: &Value, place: &[&str], value: &Value) -> Value {
    let mut chosen = filter.clone();
    let mut at = &mut chosen;
    for name in place {
        if at.is_null() {
            *at = json!({});
        }
        at = &mut at[*name];
    }
    *at = if value.is_boolean() { value.clone() } else { json!([value]) };
    chosen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_facets_number_is_what_choosing_it_finds() {
    let app = App::demo().await;
    gather(&app).await;
    for who in viewers() {
        let crowd = Crowd::seen_by(&app, &who).await;
        let mut dice = Dice::thrown(2);
        for throw in 0..THROWS / 4 {
            let filter = if throw == 0 { json!({}) } else { dice.filter(&crowd, 1) };
            let answer = app.ask_with(&who, FACETS, json!({ "filter": filter })).await;
            assert_eq!(answer.body.get("errors"), None, "{filter:#}\n{:#}", answer.body);
            for (facet, place, is_closed) in CHOICES {
                let told = answer.list(&format!("/contactFacets/{facet}"));
                let mut told_values = BTreeSet::new();
                let mut last = i64::MAX;
                for one in told {
                    let value = match &one["value"] {
                        Value::Object(node) => node.values().next().unwrap(),
                        plain => plain,
                    };
                    let chosen = choose(&filter, place, value);
                    let wanted = crowd.people.iter().filter(|one| oracle::satisfies(&chosen, one)).count();
                    assert_eq!(one["count"], wanted, "{} {facet} {value} of {filter:#}", who.name);
                    let count = one["count"].as_i64().unwrap();
                    assert!(is_closed || (0 < count && count <= last), "{facet} tells most first: {told:#?}");
                    last = count;
                    assert!(told_values.insert(oracle::folded(value)), "{facet} tells {value} twice");
                }
                let known = crowd.values_of(facet);
                if is_closed {
                    assert_eq!(told_values.len(), known.len(), "{facet} tells every value: {told:#?}");
                    continue;
                }
                // Whoever is not told has no more than the last who is; nobody is left out while there is room.
                for value in known {
                    if told_values.contains(&oracle::folded(&value)) {
                        continue;
                    }
                    let chosen = choose(&filter, place, &value);
                    let wanted = crowd.people.iter().filter(|one| oracle::satisfies(&chosen, one)).count();
                    let least = if told.len() < 10 { 0 } else { last };
                    assert!(wanted as i64 <= least, "{} {facet} leaves out {value} of {filter:#}", who.name);
                }
            }
        }
    }
}

/// A search narrows the page and its facets alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facets_count_what_the_search_finds() {
    let app = App::demo().await;
    gather(&app).await;
    let query = "query ($search: String, $filter: ContactFilter) {
      contacts(search: $search, filter: $filter, first: 200) { totalCount nodes { id isActive preferredContactMethod } }
      contactFacets(search: $search, filter: $filter) { isActive { value count } preferredContactMethods { value: method count } } }";
    for who in viewers() {
        for (search, filter) in [
            ("oberg", json!({})),
            ("312 551", json!({ "doNotContact": false })),
            ("springfield", json!({ "phones": { "some": { "codes": ["mobile"] } } })),
            ("nobody at all", json!({})),
        ] {
            let answer = app.ask_with(&who, query, json!({ "search": search, "filter": filter })).await;
            let nodes = answer.list("/contacts/nodes");
            assert_eq!(answer.at("/contacts/totalCount"), nodes.len());
            for (facet, field) in [("isActive", "isActive"), ("preferredContactMethods", "preferredContactMethod")] {
                for one in answer.list(&format!("/contactFacets/{facet}")) {
                    let wanted = nodes.iter().filter(|node| node[field] == one["value"]).count();
                    assert_eq!(one["count"], wanted, "{} {search} {filter} {facet} {}", who.name, one["value"]);
                }
            }
        }
    }
}

/// The list of the design, each with the code and the words of its refusal.
#[tokio::test]
async fn what_a_filter_cannot_mean_is_refused_in_words() {
    let app = App::demo().await;
    for (filter, says) in [
        (
            json!({ "phones": { "some": { "codes": ["mobil"] } } }),
            "there is no phone code mobil: codes may name mobile, office, fax",
        ),
        (json!({ "not": { "emails": { "none": { "codes": ["work", "mobile"] } } } }), "there is no email code mobile"),
        (json!({ "organizations": { "count": { "lt": 0 } } }), "no number is both"),
        (json!({ "organizations": { "count": { "gt": 3, "lte": 3 } } }), "4 or more and for fewer than 4"),
        (json!({ "organizations": { "count": { "eq": -1 } } }), "count.eq must be 0 or more"),
        (
            json!({ "updatedAt": { "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z" } }),
            "updatedAt.until must be later than updatedAt.from",
        ),
        (
            json!({ "organizations": { "some": { "linkedAt": { "from": "2026-02-01T00:00:00Z", "until": "2026-02-01T00:00:00Z" } } } }),
            "linkedAt.until must be later",
        ),
        (json!({ "createdAt": { "from": "0000-01-01T00:00:00Z" } }), "years 1 to 9999"),
        (json!({ "addresses": { "some": { "countries": ["USA"] } } }), "two letters"),
        (json!({ "titleContains": "a\nb" }), "titleContains must be one line of text"),
    ] {
        for field in ["contacts { totalCount }", "contacts { nodes { id } }", "contactFacets { types { count } }"] {
            let (name, rest) = field.split_once(' ').unwrap();
            let query = format!("query ($filter: ContactFilter) {{ {name}(filter: $filter) {rest} }}");
            let answer = app.ask_with(&Who::acme_admin(), &query, json!({ "filter": filter })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{field} {filter}");
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(says), "{field} {filter}: {message}");
        }
    }
    let links = "{ contacts(first: 1) { nodes { phones(filter: {codes: [\"Mobil\"]}) { nodes { number } } } } }";
    let answer = app.ask(&Who::acme_admin(), links).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    let organizations = "{ organizations(filter: {phones: {some: {codes: [\"x\"]}}}) { totalCount } }";
    assert_eq!(app.ask(&Who::acme_admin(), organizations).await.code(), "BAD_USER_INPUT");
}

/// Codes that every installation has are taken as known without a look.
#[tokio::test]
async fn the_codes_of_every_installation_are_those_that_the_filters_know() {
    let app = App::empty().await;
    let sort =
        |list: &[Value]| list.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>();
    let ask = "{ phoneCodes { nodes { code isSystemManaged } } emailCodes { nodes { code isSystemManaged } } }";
    let answer = app.ask(&Who::super_admin(), ask).await;
    let phones = sort(answer.list("/phoneCodes/nodes"));
    assert_eq!(phones, ["emergency", "fax", "home", "mobile", "office"].map(str::to_owned).into());
    let emails = sort(answer.list("/emailCodes/nodes"));
    assert_eq!(emails, ["billing", "notification", "personal", "support", "work"].map(str::to_owned).into());
    // In any case.
    let any_case = "{ contacts(filter: {phones: {some: {codes: [\"MOBILE\"]}}}) { totalCount } }";
    assert_eq!(app.ask(&Who::super_admin(), any_case).await.at("/contacts/totalCount"), 0);
    // Beside them those that somebody defined; a retired one still tells of what has it.
    let define = "mutation { phoneCodeDefine(code: {code: \"pager\", label: \"Pager\"}) { phoneCode { id } userErrors { message } } }";
    let platform = json!({ "organization": { "id": Who::super_admin().organization_id, "name": "Platform", "kind": "PLATFORM_OWNER", "subdomain": "platform" } });
    let create = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { userErrors { message } } }";
    app.ask_with(&Who::super_admin(), create, platform).await.done("organizationCreate");
    let pager = "{ contacts(filter: {phones: {some: {codes: [\"pager\", \"mobile\"]}}}) { totalCount } }";
    assert_eq!(app.ask(&Who::super_admin(), pager).await.code(), "BAD_USER_INPUT");
    let made = app.ask(&Who::super_admin(), define).await;
    assert_eq!(app.ask(&Who::super_admin(), pager).await.at("/contacts/totalCount"), 0);
    let retire = "mutation ($id: UUID!) { phoneCodeRetire(id: $id) { phoneCode { isActive } userErrors { message } } }";
    let id = json!({ "id": made.done("phoneCodeDefine")["phoneCode"]["id"] });
    app.ask_with(&Who::super_admin(), retire, id).await.done("phoneCodeRetire");
    assert_eq!(app.ask(&Who::super_admin(), pager).await.at("/contacts/totalCount"), 0);
}
