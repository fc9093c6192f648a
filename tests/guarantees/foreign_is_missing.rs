//! I6: what is not yours and what does not exist look alike, byte for byte, wherever an id goes in; and a viewer of an organization
//! that does not exist sees nothing. What mutations take is compared in the access matrix.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::types::FieldDefinition;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::access_matrix::oracle::{self, Everything};
use super::access_matrix::scene;
use super::served::{Noun, Served, Slot, shape};
use crate::support::{App, Who};

/// Never the id of anything.
const MISSING: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);

/// Those who see something and not all; John Doe of Acme works for Bayside, which does not see Acme.
fn viewers() -> Vec<Who> {
    let bayside = Who { name: "Bayside's admin", ..scene::keeper("bayside") };
    vec![Who::acme_admin(), Who::techpartner_admin(), bayside, Who::stranger(), Who::of_nowhere()]
}

struct Sides {
    /// Ids that this viewer sees, by kind.
    seen: BTreeMap<String, Vec<Uuid>>,
    /// Ids that it does not see, by kind.
    foreign: BTreeMap<String, Vec<Uuid>>,
    /// Ids that its own entries of the log name: whom it has unlinked stands in its log for ever.
    recorded: BTreeSet<Uuid>,
}

impl Sides {
    async fn of(app: &App, who: &Who, everything: &Everything) -> Self {
        let may: BTreeSet<(String, Uuid)> = oracle::nodes(app, who.organization_id, false).await;
        let (mut seen, mut foreign) = (BTreeMap::new(), BTreeMap::new());
        for (kind, all) in &everything.ids {
            let (yes, no): (Vec<_>, Vec<_>) = all.iter().partition(|id| may.contains(&(kind.clone(), **id)));
            seen.insert(kind.clone(), yes);
            foreign.insert(kind.clone(), no);
        }
        let entries: Vec<Uuid> = oracle::events(app, who.organization_id, false).await.into_iter().collect();
        let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
        let recorded: Vec<Uuid> = sqlx::query_scalar(
            "SELECT s.subject_id FROM event_subjects s JOIN domain_events e USING (epoch, xid, seq) WHERE e.id = ANY($1)
             UNION SELECT contact_id FROM sight_losses WHERE organization_id = $2",
        )
        .bind(entries)
        .bind(who.organization_id)
        .fetch_all(&mut owner)
        .await
        .unwrap();
        Self { seen, foreign, recorded: recorded.into_iter().collect() }
    }

    fn foreign(&self, noun: Noun) -> Vec<Uuid> {
        let of = |kind: &str| self.foreign[kind].clone();
        match noun {
            Noun::Organization => of("Organization"),
            Noun::Facility => of("Facility"),
            Noun::Contact => of("Contact"),
            Noun::Phone => of("Phone"),
            Noun::Email => of("Email"),
            Noun::Address => of("Address"),
            Noun::Communication => of("Communication"),
            Noun::Referral => of("Referral"),
            Noun::StudentRelationship => of("StudentRelationship"),
            Noun::StudentGuardian => of("StudentGuardian"),
            Noun::StaffAssignment => of("StaffAssignment"),
            Noun::OtherContact => of("Contact"),
            Noun::Any => self.foreign.values().flat_map(|ids| ids.iter().take(4).copied()).collect(),
            Noun::New | Noun::Import | Noun::Merge => Vec::new(),
        }
    }
}

/// The whole body of an answer, without the request's own id, and with what it cost: effort tells of rows too.
async fn body(app: &App, token: &str, query: &str, variables: Value, id: Uuid) -> String {
    let ask = json!({ "query": query, "variables": variables, "extensions": { "cost": true } });
    // The log is told up to the oldest work under way, anybody's: so far two answers may differ that are asked one after the other.
    let mut answer = loop {
        let answer = app.send(Some(token), &ask).await.body;
        if answer.pointer("/data/changes/isCaughtUp") != Some(&json!(false)) {
            break answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"].as_object_mut().unwrap().remove("requestId");
        assert_ne!(error["extensions"]["code"], "INTERNAL", "{query} {variables}");
    }
    answer.to_string().replace(&id.to_string(), "the id")
}

fn call(served: &Served, field: &FieldDefinition, slot: &Slot, id: Uuid) -> (String, String, Value) {
    let arguments = served.arguments(field, Some((slot, json!(id))), &|_| json!(MISSING));
    let (declared, passed) = served.call(field, &arguments);
    let selection = served.selection(&shape(&field.ty.node).name);
    (declared, format!("{}{passed}{selection}", field.name.node), arguments)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_id_reads_like_a_missing_one_in_every_argument_of_every_query() {
    let app = App::demo().await;
    scene::set(&app).await;
    let everything = Everything::of(&app).await;
    let served = Served::now();
    let mut tried = BTreeSet::new();
    for who in viewers() {
        let token = app.token(&who);
        let sides = Sides::of(&app, &who, &everything).await;
        for field in served.fields("Query") {
            for slot in served.slots(field) {
                let ask = |id| {
                    let (declared, call, arguments) = call(&served, field, &slot, id);
                    (format!("query {declared} {{ {call} }}"), arguments)
                };
                let (query, arguments) = ask(MISSING);
                let missing = body(&app, &token, &query, arguments, MISSING).await;
                for id in sides.foreign(slot.noun) {
                    if field.name.node == "changes" && sides.recorded.contains(&id) {
                        continue;
                    }
                    let (query, arguments) = ask(id);
                    let foreign = body(&app, &token, &query, arguments, id).await;
                    assert_eq!(foreign, missing, "{}: Query.{}({}) of {id}", who.name, field.name.node, slot.name());
                }
                tried.insert(format!("Query.{}({})", field.name.node, slot.name()));
            }
        }
        for kind in served.nodes() {
            let parents: Vec<Uuid> = sides.seen[kind].iter().take(50).copied().collect();
            for field in served.fields(kind) {
                for slot in served.slots(field) {
                    let ask = |id| {
                        let (declared, call, mut arguments) = call(&served, field, &slot, id);
                        arguments["parents"] = json!(parents);
                        let declared = declared.replace('(', "($parents: [UUID!]!, ");
                        (
                            format!("query {declared} {{ nodes(ids: $parents) {{ ... on {kind} {{ {call} }} }} }}"),
                            arguments,
                        )
                    };
                    let (query, arguments) = ask(MISSING);
                    let missing = body(&app, &token, &query, arguments, MISSING).await;
                    for id in sides.foreign(slot.noun).into_iter().take(12) {
                        let (query, arguments) = ask(id);
                        let foreign = body(&app, &token, &query, arguments, id).await;
                        assert_eq!(
                            foreign,
                            missing,
                            "{}: {kind}.{}({}) of {id}",
                            who.name,
                            field.name.node,
                            slot.name()
                        );
                    }
                    tried.insert(format!("{kind}.{}({})", field.name.node, slot.name()));
                }
            }
        }
    }
    assert!(tried.len() >= 16, "{tried:#?}");
}

/// A filter must not find by what cannot be read: the steward of a shared contact is one that Bayside does not see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subdomain_that_is_foreign_reads_like_one_that_is_missing() {
    let app = App::demo().await;
    for who in viewers() {
        let token = app.token(&who);
        let foreign = if who == Who::acme_admin() { "riverside" } else { "platform" };
        let ask = |name: &str| {
            format!(
                "{{ organization(subdomain: \"{name}\") {{ id name }} organizations(filter: {{ subdomains: [\"{name}\"] }}) {{ totalCount }} }}"
            )
        };
        let missing = body(&app, &token, &ask("nothing-of-the-kind"), json!({}), MISSING).await;
        assert_eq!(body(&app, &token, &ask(foreign), json!({}), MISSING).await, missing, "{}", who.name);
    }
}

/// The cursor of somebody else's page leads nowhere but into one's own list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_ones_cursor_gives_rows_of_ones_own_list_only() {
    let app = App::demo().await;
    let all = app.ask(&Who::super_admin(), "{ contacts(first: 200) { edges { cursor node { lastName } } } }").await;
    let own = app.ask(&Who::stranger(), "{ contacts { nodes { lastName } totalCount } }").await;
    let own: Vec<Value> = own.list("/contacts/nodes").to_vec();
    let mut shown = 0;
    for edge in all.list("/contacts/edges") {
        let cursor = edge["cursor"].as_str().unwrap();
        let query = "query ($after: String!) { contacts(after: $after) { nodes { lastName } totalCount } }";
        let page = app.ask_with(&Who::stranger(), query, json!({ "after": cursor })).await;
        assert_eq!(page.at("/contacts/totalCount"), &json!(own.len()));
        for row in page.list("/contacts/nodes") {
            assert!(own.contains(row), "{row}");
            shown += 1;
        }
    }
    assert!(shown > 0, "some cursors stand before Riverside's people");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_of_an_organization_that_does_not_exist_sees_nobody() {
    let app = App::demo().await;
    let query = "{ contacts { totalCount nodes { id } } organizations { totalCount nodes { id } } viewer { subject organization { id } } }";
    let answer = app.ask(&Who::of_nowhere(), query).await;
    let empty = json!({ "totalCount": 0, "nodes": [] });
    assert_eq!(answer.at("/contacts"), &empty);
    assert_eq!(answer.at("/organizations"), &empty);
    assert_eq!(answer.at("/viewer/organization"), &Value::Null);
}
