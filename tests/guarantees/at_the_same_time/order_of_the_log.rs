//! The log's order is the order in which what depends on each other happened, also for what only the database's constraints see:
//! whoever writes first stands first, or the replay meets a row before its time (I4). One of the two is held between its event and its
//! rows, by a lock on a row that only it needs; the other runs to its end meanwhile, unless it waits for the first, as it should.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::proved;
use crate::support::{Answer, App, Who};

/// A kind of method and what the API calls it.
struct Sort {
    noun: &'static str,
    table: &'static str,
    /// What an update changes, and two values of it.
    field: &'static str,
    one: &'static str,
    other: &'static str,
}

const SORTS: [Sort; 2] = [
    Sort {
        noun: "phone",
        table: "phones_projection",
        field: "number",
        one: "+1 217 555 0101",
        other: "+1 217 555 0102",
    },
    Sort {
        noun: "email",
        table: "emails_projection",
        field: "address",
        one: "one@acme.example",
        other: "other@acme.example",
    },
];

impl Sort {
    fn capital(&self) -> String {
        self.noun[..1].to_uppercase() + &self.noun[1..]
    }

    async fn create(&self, app: &App, value: &str) -> Uuid {
        let (noun, capital, id) = (self.noun, self.capital(), Uuid::new_v4());
        let query = format!(
            "mutation ($new: {capital}CreateInput!) {{ {noun}Create({noun}: $new) {{ position userErrors {{ code }} }} }}"
        );
        let answer = app.ask_with(&Who::acme_admin(), &query, json!({ "new": { "id": id, self.field: value } })).await;
        answer.done(&format!("{noun}Create"));
        id
    }

    fn link(&self, id: Uuid) -> Change {
        let (noun, acme) = (self.noun, Who::acme_admin().organization_id);
        let query = format!(
            "mutation ($id: UUID!, $to: UUID!) {{ {noun}Link({noun}Id: $id, to: {{ organizationId: $to }}) {{ position userErrors {{ code }} }} }}"
        );
        (format!("{noun}Link"), query, json!({ "id": id, "to": acme }))
    }

    fn unlink(&self, id: Uuid) -> Change {
        let (noun, acme) = (self.noun, Who::acme_admin().organization_id);
        let query = format!(
            "mutation ($id: UUID!, $from: UUID!) {{ {noun}Unlink({noun}Id: $id, from: {{ organizationId: $from }}) {{ position userErrors {{ code }} }} }}"
        );
        (format!("{noun}Unlink"), query, json!({ "id": id, "from": acme }))
    }

    fn update(&self, id: Uuid, change: Value) -> Change {
        let (noun, capital) = (self.noun, self.capital());
        let query = format!(
            "mutation ($id: UUID!, $change: {capital}UpdateInput!) {{ {noun}Update(id: $id, {noun}: $change) {{ position userErrors {{ code }} }} }}"
        );
        (format!("{noun}Update"), query, json!({ "id": id, "change": change }))
    }

    fn delete(&self, id: Uuid) -> Change {
        let noun = self.noun;
        let query = format!("mutation ($id: UUID!) {{ {noun}Delete(id: $id) {{ position userErrors {{ code }} }} }}");
        (format!("{noun}Delete"), query, json!({ "id": id }))
    }
}

/// A mutation's name, its document and its variables.
type Change = (String, String, Value);

fn begin(app: &Arc<App>, (_, query, variables): &Change) -> JoinHandle<Answer> {
    let (app, query, variables) = (app.clone(), query.clone(), variables.clone());
    tokio::spawn(async move { app.ask_with(&Who::acme_admin(), &query, variables).await })
}

async fn done(app: &App, (name, query, variables): Change) {
    app.ask_with(&Who::acme_admin(), &query, variables).await.done(&name);
}

/// How many sessions of this database wait for somebody.
async fn waiting(app: &App) -> i64 {
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'liaison_app' AND wait_event_type = 'Lock'";
    sqlx::query_scalar(waiting).fetch_one(&mut same_role).await.unwrap()
}

async fn until_waiting(app: &App, number: i64, or: impl Fn() -> bool) {
    while waiting(app).await < number && !or() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Runs `first` up to a row of `table`, then `second` as far as it comes, then both to their end.
async fn held_between(app: &Arc<App>, table: &str, id: Uuid, first: Change, second: Change) -> (Answer, Answer) {
    let mut holder = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    held.execute(AssertSqlSafe(format!("SELECT FROM {table} WHERE id = '{id}' FOR UPDATE"))).await.unwrap();
    let first = begin(app, &first);
    until_waiting(app, 1, || first.is_finished()).await;
    assert!(!first.is_finished(), "the first needs the row: {:?}", first.await);
    let second = begin(app, &second);
    until_waiting(app, 2, || second.is_finished()).await;
    held.commit().await.unwrap();
    (first.await.unwrap(), second.await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_gets_anothers_value_stands_behind_the_end_of_that_one() {
    let app = Arc::new(App::demo().await);
    for sort in SORTS {
        for ends in ["unlink", "delete", "update"] {
            let (one, other) = (sort.create(&app, sort.one).await, sort.create(&app, sort.other).await);
            done(&app, sort.link(one)).await;
            done(&app, sort.link(other)).await;
            // The other's value goes to the one, while the other is let go.
            let first = sort.update(one, json!({ sort.field: sort.other }));
            let second = match ends {
                "unlink" => sort.unlink(other),
                "delete" => sort.delete(other),
                _ => sort.update(other, json!({ sort.field: format!("{}9", sort.other) })),
            };
            let (first, second) = held_between(&app, sort.table, one, first, second).await;
            for answer in [&first, &second] {
                assert!(answer.body["errors"].is_null(), "{ends}: {:#}", answer.body);
            }
            proved(&app).await;
            for id in [one, other] {
                done(&app, sort.unlink(id)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_a_value_that_another_gives_up_stands_behind_that() {
    let app = Arc::new(App::demo().await);
    for sort in SORTS {
        for ends in ["unlink", "delete", "update"] {
            let (one, other) = (sort.create(&app, sort.one).await, sort.create(&app, sort.one).await);
            done(&app, sort.link(one)).await;
            // Held where it would make the new link's sight: its event is written by then.
            let first = sort.link(other);
            let second = match ends {
                "unlink" => sort.unlink(one),
                "delete" => sort.delete(one),
                _ => sort.update(one, json!({ sort.field: sort.other })),
            };
            let (first, second) = held_between(&app, sort.table, other, first, second).await;
            for answer in [&first, &second] {
                assert!(answer.body["errors"].is_null(), "{ends}: {:#}", answer.body);
            }
            proved(&app).await;
            for id in [one, other] {
                done(&app, sort.unlink(id)).await;
            }
        }
    }
}
