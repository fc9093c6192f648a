//! A whole request reads one snapshot: what changes between two of its statements does not show in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use liaison_server::demo::ids;
use serde_json::json;

use crate::support::{App, Who};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_list_read_twice_in_one_request_is_the_same() {
    let app = Arc::new(App::demo().await);
    let (stop, changes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = ["Owen Baker", "Carla Jensen", "Luis Moreno"]
        .into_iter()
        .map(|name| {
            let (app, stop, changes, id) = (app.clone(), stop.clone(), changes.clone(), ids::contact(name));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let link = "mutation ($id: UUID!) { contactLink(contactId: $id, link: { type: BILLING }) { position userErrors { code } } }";
                    let unlink = "mutation ($id: UUID!) { contactUnlink(contactId: $id, type: BILLING) { position userErrors { code } } }";
                    for change in [link, unlink] {
                        let answer = app.ask_with(&Who::acme_admin(), change, json!({ "id": id })).await;
                        assert!(answer.status == 200 && answer.body.get("errors").is_none(), "{:#}", answer.body);
                        changes.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    // Hops in between, so that the two readings are different statements at different times.
    let list = "contacts(filter: { types: [BILLING] }, first: 100) { totalCount nodes { name } }";
    let query = format!(
        "{{ one: organization(subdomain: \"acme\") {{ {list} }}
           slow: contacts(first: 30) {{ nodes {{ phones(first: 5) {{ nodes {{ addresses(first: 5) {{ nodes {{ city }} }} }} }} }} }}
           two: organization(subdomain: \"acme\") {{ referringPartner {{ name }} again: contacts(orderBy: {{ field: LINKED_AT }}, filter: {{ types: [BILLING] }}, first: 100) {{ totalCount nodes {{ name }} }} }} }}"
    );
    let mut counts = std::collections::BTreeSet::new();
    let mut readings = 0;
    // As long as it takes to prove something: that there were changes, and that readings told of different moments.
    while readings < 60 || changes.load(Ordering::Relaxed) < 60 || counts.len() < 2 {
        readings += 1;
        let answer = app.ask(&Who::acme_admin(), &query).await;
        let names = |pointer: &str| {
            let mut names: Vec<String> =
                answer.list(pointer).iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let (one, two) = (names("/one/contacts/nodes"), names("/two/again/nodes"));
        assert_eq!(one, two, "two moments in one answer");
        assert_eq!(answer.at("/one/contacts/totalCount"), &json!(one.len()));
        assert_eq!(answer.at("/two/again/totalCount"), &json!(two.len()));
        counts.insert(one.len());
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
}
