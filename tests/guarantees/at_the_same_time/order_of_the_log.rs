//! The log's order is the order in which what depends on each other happened, also for what only the database's constraints see:
//! whoever writes first stands first, or the replay meets a row before its time (I4). One of the two is held between its event and its
//! rows, by a lock on a row that only it needs; the other runs to its end meanwhile, unless it waits for the first, as it should.

use std::sync::Arc;

use liaison_server::demo::ids;
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
pub(super) type Change = (String, String, Value);

pub(super) fn begin(app: &Arc<App>, (who, (_, query, variables)): (&Who, Change)) -> JoinHandle<Answer> {
    let (app, who) = (app.clone(), who.clone());
    tokio::spawn(async move { app.ask_with(&who, &query, variables).await })
}

pub(super) async fn done(app: &App, who: &Who, (name, query, variables): Change) {
    app.ask_with(who, &query, variables).await.done(&name);
}

/// How many sessions of this database wait for somebody.
async fn waiting(app: &App) -> i64 {
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'liaison_app' AND application_name <> 'liaison duplicates' AND wait_event_type = 'Lock'";
    sqlx::query_scalar(waiting).fetch_one(&mut same_role).await.unwrap()
}

pub(super) async fn until_waiting(app: &App, number: i64, or: impl Fn() -> bool) {
    while waiting(app).await < number && !or() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Runs `first` up to a row of `table`, then `second` as far as it comes, then both to their end.
pub(super) async fn held_between(
    app: &Arc<App>,
    (table, id): (&str, Uuid),
    first: (&Who, Change),
    second: (&Who, Change),
) -> (Answer, Answer) {
    let mut holder = PgConnection::connect_with(&app.owner()).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    let key = if table == "contact_cards" { "contact_id" } else { "id" };
    held.execute(AssertSqlSafe(format!("SELECT FROM {table} WHERE {key} = '{id}' FOR UPDATE"))).await.unwrap();
    let first = begin(app, first);
    until_waiting(app, 1, || first.is_finished()).await;
    assert!(!first.is_finished(), "the first needs the row: {:?}", first.await);
    let second = begin(app, second);
    until_waiting(app, 2, || second.is_finished()).await;
    held.commit().await.unwrap();
    (first.await.unwrap(), second.await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_gets_anothers_value_stands_behind_the_end_of_that_one() {
    let app = Arc::new(App::demo().await);
    let acme = Who::acme_admin();
    for sort in SORTS {
        for ends in ["unlink", "delete", "update"] {
            let (one, other) = (sort.create(&app, sort.one).await, sort.create(&app, sort.other).await);
            done(&app, &acme, sort.link(one)).await;
            done(&app, &acme, sort.link(other)).await;
            // The other's value goes to the one, while the other is let go.
            let first = sort.update(one, json!({ sort.field: sort.other }));
            let second = match ends {
                "unlink" => sort.unlink(other),
                "delete" => sort.delete(other),
                _ => sort.update(other, json!({ sort.field: format!("{}9", sort.other) })),
            };
            let (first, second) = held_between(&app, (sort.table, one), (&acme, first), (&acme, second)).await;
            // The value was not free when the first came.
            assert_eq!(first.refusals(&format!("{}Update", sort.noun))[0].code, "METHOD_TAKEN", "{ends}");
            assert!(!second.data().is_null());
            proved(&app).await;
            for id in [one, other] {
                done(&app, &acme, sort.unlink(id)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_gets_anothers_name_stands_behind_the_renaming_of_that_one() {
    let app = Arc::new(App::demo().await);
    let ada = Who::super_admin();
    let rename = |subdomain: &str, to: &str| {
        let query = "mutation ($id: UUID!, $to: String!) { organizationUpdate(id: $id, organization: { subdomain: $to }) { position userErrors { code } } }";
        let variables = json!({ "id": ids::organization(subdomain), "to": to });
        ("organizationUpdate".to_owned(), query.to_owned(), variables)
    };
    let (first, second) = (rename("riverside", "familybridge"), rename("familybridge", "family-bridge"));
    let held = ("organizations_projection", ids::organization("riverside"));
    let (first, second) = held_between(&app, held, (&ada, first), (&ada, second)).await;
    // The name was not free when the first came; it is now.
    assert_eq!(first.refusals("organizationUpdate")[0].code, "SUBDOMAIN_TAKEN");
    second.done("organizationUpdate");
    proved(&app).await;
    done(&app, &ada, rename("riverside", "familybridge")).await;
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_a_source_that_is_linked_anew_stands_behind_the_end_of_its_former_link() {
    let app = Arc::new(App::demo().await);
    let acme = Who::acme_admin();
    let (uptown, downtown) = (ids::address("Uptown Office"), ids::address("Downtown Office"));
    let holding = json!({ "sourceSystem": "payroll", "sourceRecordId": "7" });
    let link = "mutation ($address: UUID!, $to: UUID!, $holding: AddressHoldingInput!) { addressLink(addressId: $address, to: { contactId: $to }, holding: $holding) { position userErrors { code } } }";
    let jane = ids::contact("Jane Doe");
    let variables = json!({ "address": uptown, "to": jane, "holding": holding });
    done(&app, &acme, ("addressLink".to_owned(), link.to_owned(), variables)).await;

    // Somebody new gets the record, and waits for the organization's row behind its event; Jane gives it up.
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { position userErrors { code } } }";
    let address = json!([{ "address": { "id": downtown }, "sourceSystem": "payroll", "sourceRecordId": "7" }]);
    let contact = json!({ "contact": { "firstName": "Nina", "lastName": "Novak", "addresses": address } });
    let first = ("contactCreate".to_owned(), create.to_owned(), contact);
    let unlink = "mutation ($address: UUID!, $from: UUID!) { addressUnlink(addressId: $address, from: { contactId: $from }) { position userErrors { code } } }";
    let second = ("addressUnlink".to_owned(), unlink.to_owned(), json!({ "address": uptown, "from": jane }));
    let held = ("organizations_projection", ids::organization("acme"));
    let (first, second) = held_between(&app, held, (&acme, first), (&acme, second)).await;
    assert_eq!(first.refusals("contactCreate")[0].code, "METHOD_TAKEN");
    second.done("addressUnlink");
    proved(&app).await;
}
