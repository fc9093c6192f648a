//! A walk through all pages, either way, in every order and by pages of any size, is exactly the list, while others write: whoever was
//! there from the beginning and kept their place comes once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use liaison_server::demo::ids;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::filters::{Dice, gather};
use crate::support::{App, Who};

/// A list and what it can be ordered by.
struct List {
    query: &'static str,
    /// Where the connection stands in the answer.
    at: &'static str,
    orders: &'static [&'static str],
    filters: Vec<Value>,
}

const CONTACTS: &str =
    "query ($filter: ContactFilter, $orderBy: ContactOrder, $first: Int, $after: String, $last: Int, $before: String) {
  contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
const PEOPLE: &str = "query ($filter: OrganizationContactFilter, $orderBy: OrganizationContactOrder, $first: Int, $after: String, $last: Int, $before: String) {
  organization(subdomain: \"acme\") { contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor type node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
const ORGANIZATIONS: &str = "query ($filter: OrganizationFilter, $orderBy: OrganizationOrder, $first: Int, $after: String, $last: Int, $before: String) {
  organizations(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn lists() -> [List; 3] {
    let primary = json!({ "organizations": { "some": { "isPrimary": true } } });
    let silent = json!({ "or": [{ "phones": { "count": { "gt": 0 } } }, { "not": { "isActive": true } }] });
    [
        List {
            query: CONTACTS,
            at: "/contacts",
            orders: &["NAME", "CREATED_AT", "UPDATED_AT", "LINKED_AT", "ORGANIZATION_COUNT"],
            filters: vec![Value::Null, primary, silent],
        },
        List {
            query: PEOPLE,
            at: "/organization/contacts",
            orders: &["NAME", "LINKED_AT", "TYPE", "UPDATED_AT"],
            filters: vec![Value::Null, json!({ "isPrimary": false })],
        },
        List {
            query: ORGANIZATIONS,
            at: "/organizations",
            orders: &["NAME", "CREATED_AT", "UPDATED_AT"],
            filters: vec![Value::Null, json!({ "contacts": { "some": {} } })],
        },
    ]
}

/// A row by what tells it from others: its node, and the role where a node comes once for each.
fn row(edge: &Value) -> String {
    format!("{} {}", edge["node"]["id"].as_str().unwrap(), edge["type"].as_str().unwrap_or_default())
}

impl List {
    async fn page(&self, app: &App, who: &Who, variables: Value) -> Value {
        app.ask_with(who, self.query, variables).await.at(self.at).clone()
    }

    /// Everything on one page.
    async fn whole(&self, app: &App, who: &Who, filter: &Value, order: &Value) -> Vec<String> {
        let page = self.page(app, who, json!({ "filter": filter, "orderBy": order, "first": 200 })).await;
        assert_eq!(page["pageInfo"]["hasNextPage"], json!(false), "more than a page holds");
        let rows: Vec<String> = page["edges"].as_array().unwrap().iter().map(row).collect();
        assert_eq!(page["totalCount"], rows.len(), "{filter}");
        rows
    }

    /// All pages, in the list's order, each of another size.
    async fn walk(
        &self,
        app: &App,
        who: &Who,
        filter: &Value,
        order: &Value,
        dice: &mut Dice,
        is_forward: bool,
        others: Option<&Others>,
    ) -> Vec<String> {
        let (limit, from, more, next) = if is_forward {
            ("first", "after", "hasNextPage", "endCursor")
        } else {
            ("last", "before", "hasPreviousPage", "startCursor")
        };
        let mut walked: Vec<String> = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let size = 1 + dice.below(24);
            let variables = json!({ "filter": filter, "orderBy": order, limit: size, from: cursor });
            let page = self.page(app, who, variables).await;
            let rows: Vec<String> = page["edges"].as_array().unwrap().iter().map(row).collect();
            assert!(rows.len() <= size);
            assert!(page["pageInfo"][more] == json!(false) || rows.len() == size, "a page that goes on is full");
            walked = if is_forward { [walked, rows].concat() } else { [rows, walked].concat() };
            if page["pageInfo"][more] == json!(false) {
                return walked;
            }
            cursor = page["pageInfo"][next].clone();
            if let Some(others) = others {
                others.write_something().await;
            }
            assert!(walked.len() < 10_000, "the walk has no end");
        }
    }
}

fn viewers() -> [Who; 2] {
    [Who::super_admin(), Who::acme_admin()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_walk_is_the_list_both_ways_in_every_order() {
    let app = App::demo().await;
    gather(&app).await;
    let mut dice = Dice::thrown(4);
    for (list, who) in lists().iter().flat_map(|list| viewers().map(|who| (list, who))) {
        for (order, filter) in
            list.orders.iter().flat_map(|order| list.filters.iter().map(move |filter| (order, filter)))
        {
            let up = json!({ "field": order, "direction": "ASC" });
            let down = json!({ "field": order, "direction": "DESC" });
            let (first, mut turned) =
                (list.whole(&app, &who, filter, &up).await, list.whole(&app, &who, filter, &down).await);
            for (order, whole) in [(&up, &first), (&down, &turned)] {
                for is_forward in [true, false] {
                    let walked = list.walk(&app, &who, filter, order, &mut dice, is_forward, None).await;
                    assert_eq!(&walked, whole, "{} {} {order} {filter} {is_forward}", who.name, list.at);
                }
            }
            turned.reverse();
            assert_eq!(turned, first, "{} {} {order} {filter}", who.name, list.at);
            if *order == "LINKED_AT" && list.at == "/contacts" && filter.is_null() {
                // Who has no link stands before all others, and nobody else does.
                let without = without_link(&app, &who).await;
                let head: BTreeSet<String> = first[..without.len()].iter().map(|row| row.trim().to_owned()).collect();
                assert_eq!(head, without, "{}", who.name);
            }
        }
    }
}

/// Whom the order by link knows no link of: at the own organization, or at any for who sees them all.
async fn without_link(app: &App, who: &Who) -> BTreeSet<String> {
    let at = if *who == Who::super_admin() { json!({}) } else { json!({ "organizationIds": [who.organization_id] }) };
    let filter = json!({ "organizations": { "none": at } });
    let found = app.ask_with(who, CONTACTS, json!({ "filter": filter, "first": 200 })).await;
    let ids = found.list("/contacts/edges").iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned());
    let ids: BTreeSet<String> = ids.collect();
    assert!(!ids.is_empty(), "nobody without a link proves nothing");
    ids
}

/// Those who write beside a walk.
#[derive(Clone, Default)]
struct Others {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
}

impl Others {
    /// Waits until one of them has written once more.
    async fn write_something(&self) {
        let before = self.written.load(Ordering::Relaxed);
        while self.written.load(Ordering::Relaxed) == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Somebody who makes, renames, links, unlinks, changes and archives people all the time, and touches nobody else.
fn writer(app: Arc<App>, seed: u64, others: Others) -> JoinHandle<()> {
    const CREATE: &str = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id } userErrors { message } } }";
    const RENAME: &str = "mutation ($id: UUID!, $name: String!) { contactUpdate(id: $id, contact: {lastName: $name}) { userErrors { message } } }";
    const LINK: &str = "mutation ($id: UUID!, $at: UUID!) { contactLink(contactId: $id, link: {organizationId: $at, type: STAKEHOLDER, isPrimary: false}) { userErrors { message } } }";
    const UNLINK: &str = "mutation ($id: UUID!, $at: UUID!) { contactUnlink(contactId: $id, organizationId: $at, type: STAKEHOLDER) { userErrors { message } } }";
    const DELETE: &str = "mutation ($id: UUID!) { contactDelete(id: $id) { userErrors { message } } }";
    tokio::spawn(async move {
        let ada = Who::super_admin();
        let mut dice = Dice::thrown(seed);
        let mut mine: Vec<Value> = Vec::new();
        while !others.stop.load(Ordering::Relaxed) {
            let name = format!("{}{}", dice.one(&["Aa", "Doe", "Ng", "Öb", "Zz"]), dice.below(40));
            let at = ids::organization(dice.one::<&str>(&["acme", "bayside", "riverside"]));
            if mine.len() < 3 || (mine.len() < 12 && dice.once_in(3)) {
                let contact = json!({ "allowDuplicate": true, "firstName": "W", "lastName": name, "ownerOrganizationId": ids::organization("acme"),
                    "organizations": [{ "organizationId": at, "type": "BILLING", "isPrimary": false }] });
                let made = app.ask_with(&ada, CREATE, json!({ "contact": contact })).await;
                mine.push(made.done("contactCreate")["contact"]["id"].clone());
            } else {
                let chosen = dice.below(mine.len());
                let id = mine[chosen].clone();
                // What is refused (linked already, not linked, others hold on) is refused; the rest happens.
                let query = *dice.one(&[RENAME, LINK, UNLINK, LINK, DELETE]);
                let variables = match query {
                    RENAME => json!({ "id": id, "name": name }),
                    DELETE => json!({ "id": id }),
                    _ => json!({ "id": id, "at": at }),
                };
                let answer = app.ask_with(&ada, query, variables).await;
                if query == DELETE && answer.at("/contactDelete/userErrors") == &json!([]) {
                    mine.swap_remove(chosen);
                }
                answer.data();
            }
            others.written.fetch_add(1, Ordering::Relaxed);
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_keeps_their_place_comes_once_in_a_walk_while_others_write() {
    let app = Arc::new(App::demo().await);
    gather(&app).await;
    let others = Others::default();
    let mut dice = Dice::thrown(5);
    // Who is there before anybody writes is touched by nobody afterwards: the whole list of them, in every order.
    let mut cases = Vec::new();
    for list in lists().into_iter().take(2).map(Arc::new) {
        for who in viewers() {
            for (field, filter) in
                list.orders.iter().flat_map(|order| list.filters.iter().map(move |filter| (order, filter)))
            {
                let order = json!({ "field": field, "direction": if dice.once_in(2) { "ASC" } else { "DESC" } });
                let whole = list.whole(&app, &who, filter, &order).await;
                assert!(whole.len() > 5, "{} {filter} finds {}", who.name, whole.len());
                cases.push((list.clone(), who.clone(), filter.clone(), order, whole));
            }
        }
    }
    let writers: Vec<_> = (6..8).map(|seed| writer(app.clone(), seed, others.clone())).collect();
    for (list, who, filter, order, whole) in &cases {
        let steady: BTreeSet<&String> = whole.iter().collect();
        for is_forward in [true, false] {
            let walked = list.walk(&app, who, filter, order, &mut dice, is_forward, Some(&others)).await;
            let kept: Vec<&String> = walked.iter().filter(|row| steady.contains(row)).collect();
            assert_eq!(kept, whole.iter().collect::<Vec<_>>(), "{} {} {order} {filter}", who.name, list.at);
            if order["field"] == "CREATED_AT" {
                // Nobody's place in it ever changes, so nobody at all comes twice.
                let once: BTreeSet<&String> = walked.iter().collect();
                assert_eq!(once.len(), walked.len(), "{} {order} {filter}", who.name);
            }
        }
    }
    others.stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    // And when it is quiet again, the walk is the list and the total its length.
    for (list, who, filter, order, _) in &cases {
        let whole = list.whole(&app, who, filter, order).await;
        assert_eq!(
            list.walk(&app, who, filter, order, &mut dice, true, None).await,
            whole,
            "{} {order} {filter}",
            who.name
        );
    }
    app.is_proved().await;
}
