//! What a search promises beyond finding: however many there are its pages are the whole set in order, two who change one person at once
//! are both found, and a database of before has it too. It looks behind the API to make many rows at once and to take rows away.

use std::sync::Arc;

use liaison_server::demo::ids;
use liaison_server::storage;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use uuid::Uuid;

use crate::support::{App, Who};

/// Six thousand people without anything else of them, all in the sight of one organization and a few in another's: more than what is
/// read and sorted at once, so that lists are walked band by band.
const MANY: &str = "
  WITH person AS (
    SELECT gen_random_uuid() AS id, i,
           (ARRAY['john','jane','jan','joan','maria','mark','ana','li'])[1 + i * 7 % 8] AS first,
           (ARRAY['smith','smithson','young','youngblood','doe','delacruz','janson','marsh','stone','johnson','zhou','adams'])[1 + i * 5 % 12]
             || CASE WHEN i % 3 = 0 THEN '' ELSE (ARRAY['','er','ing'])[1 + i % 3] END AS last
    FROM generate_series(1, 6000) AS i
  ), made AS (
    INSERT INTO contact_search (contact_id, sort_name, names, document, typo_keys)
    SELECT id, last || E'\\x01' || first, ' ' || first || ' ' || last || ' ',
           ' ' || first || ' ' || last || ' 1555' || lpad((i * 7919 % 10000000)::text, 7, '0') || ' ' || first || '.' || i || '@example.org '
             || CASE WHEN i % 50 = 0 THEN 'springfield ' ELSE '' END,
           CASE WHEN last LIKE 'zhou%' THEN ARRAY[77]::bigint[] ELSE '{}' END
    FROM person
  )
  INSERT INTO contact_sights (organization_id, contact_id, is_owner, is_linked, is_staff_of_partner, is_referred, sort_name, contact_is_active, is_listed)
  SELECT o.id, p.id, true, false, false, false, p.last || E'\\x01' || p.first, true, true
  FROM person p, (VALUES ('LARGE'::uuid, 1), ('SMALL'::uuid, 40)) AS o (id, share) WHERE p.i % o.share = 0";

type Place = (i32, String, Uuid);

async fn ask(app: &mut PgConnection, words: &[&str], page: Option<(i32, bool, Option<&Place>)>) -> Vec<Place> {
    let readings: Vec<i32> = words.iter().map(|_| 1).collect();
    let slips: Vec<&str> = words.iter().map(|word| if *word == "shou" { "{77}" } else { "{}" }).collect();
    let at = page.and_then(|page| page.2);
    let rows =
        sqlx::query("SELECT contact_id, band, sort_name FROM app.search_contacts($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(words)
            .bind(readings)
            .bind(slips)
            .bind(page.map(|page| page.0))
            .bind(page.is_some_and(|page| page.1))
            .bind(at.map(|at| at.0))
            .bind(at.map(|at| at.1.clone()))
            .bind(at.map(|at| at.2))
            .fetch_all(app)
            .await
            .unwrap();
    rows.iter().map(|row| (row.get("band"), row.get("sort_name"), row.get("contact_id"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_many_are_the_whole_set_in_order_both_ways() {
    let app = App::demo().await;
    let (large, small) = (ids::organization("acme"), ids::organization("riverside"));
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let many = MANY.replace("LARGE", &large.to_string()).replace("SMALL", &small.to_string());
    owner.execute(AssertSqlSafe(many)).await.unwrap();
    owner.execute("ANALYZE contact_search, contact_sights").await.unwrap();
    let mut raw = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let mut bands = std::collections::BTreeSet::new();
    for (organization, everything) in [(large, true), (large, false), (small, false)] {
        raw.execute(AssertSqlSafe(format!("BEGIN; SELECT app.enter('{organization}', {everything})"))).await.unwrap();
        for words in [
            &["j"][..],
            &["jan"],
            &["young"],
            &["smith"],
            &["son"],
            &["li"],
            &["1555"],
            &["example"],
            &["mar", "you"],
            &["an", "e"],
            &["springfield"],
            &["springfield", "john"],
            &["shou"],
            &["zhou"],
            &["xyz"],
            &["1234"],
            &["@example.org"],
            &["ohn", "smi"],
        ] {
            let mut whole = ask(&mut raw, words, None).await;
            whole.sort();
            bands.extend(whole.iter().map(|place| place.0));
            // The whole way in large steps; in small ones the first few and what follows some places in the middle.
            let middle = whole.iter().enumerate().filter(|(at, _)| at % 997 == 13).map(|(_, place)| Some(place));
            for at in [None].into_iter().chain(middle) {
                for backwards in [false, true] {
                    for most in [1, 21] {
                        let mut expected: Vec<Place> = whole.clone();
                        if backwards {
                            expected.reverse();
                        }
                        let from = at.map_or(0, |at| expected.iter().position(|place| place == at).unwrap() + 1);
                        let expected: Vec<Place> = expected.into_iter().skip(from).take(most as usize).collect();
                        let page = ask(&mut raw, words, Some((most, backwards, at))).await;
                        assert_eq!(
                            page, expected,
                            "{words:?} {most} after {at:?}, backwards: {backwards}, everything: {everything}"
                        );
                    }
                }
            }
        }
        raw.execute("ROLLBACK").await.unwrap();
    }
    assert_eq!(bands.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6], "every band was walked through");
    // Nobody is found without claims, and nobody but whom the claims let see.
    assert_eq!(ask(&mut raw, &["jan"], None).await, []);
    raw.execute(AssertSqlSafe(format!("BEGIN; SELECT app.enter('{}', false)", Uuid::new_v4()))).await.unwrap();
    assert_eq!(ask(&mut raw, &["jan"], Some((50, false, None))).await, []);
}

/// Two who change two things of one person at once are both in what the person is found by.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_methods_of_one_person_changed_at_once_are_both_found() {
    let app = Arc::new(App::demo().await);
    let contact = json!({ "firstName": "Twice", "lastName": "Changed",
        "phones": [{ "phone": { "create": { "number": "+1 217 555 0000" } } }],
        "emails": [{ "email": { "create": { "address": "n0@twice.example" } } }] });
    let create = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) {
        contact { id primaryPhone { id } primaryEmail { id } } userErrors { message } } }";
    let made = app.ask_with(&Who::acme_admin(), create, json!({ "contact": contact })).await;
    let made = made.done("contactCreate")["contact"].clone();
    let phone = "mutation ($id: UUID!, $to: PhoneNumber) { phoneUpdate(id: $id, phone: { number: $to }) { userErrors { message } } }";
    let email = "mutation ($id: UUID!, $to: EmailAddress) { emailUpdate(id: $id, email: { address: $to }) { userErrors { message } } }";
    for round in 1..=25 {
        let (number, address) = (format!("+1 217 555 {round:04}"), format!("n{round}@twice.example"));
        let each = [
            (phone, made["primaryPhone"]["id"].clone(), number.clone(), "phoneUpdate"),
            (email, made["primaryEmail"]["id"].clone(), address.clone(), "emailUpdate"),
        ];
        let both: Vec<_> = each
            .into_iter()
            .map(|(query, id, to, name)| {
                let app = app.clone();
                tokio::spawn(async move {
                    let answer = app.ask_with(&Who::acme_admin(), query, json!({ "id": id, "to": to })).await;
                    answer.done(name);
                })
            })
            .collect();
        for one in both {
            one.await.unwrap();
        }
        let query = "query ($search: String) { contacts(search: $search) { nodes { name } } }";
        let found = app.ask_with(&Who::acme_admin(), query, json!({ "search": format!("{address} {number}") })).await;
        assert_eq!(found.at("/contacts/nodes"), &json!([{ "name": "Twice Changed" }]), "round {round}");
    }
    app.is_proved().await;
}

/// The one order that the round above meets by chance: the first has written and not committed, the second waits for it and sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_second_waits_for_the_first_at_the_row_that_both_change() {
    let app = Arc::new(App::demo().await);
    let jane = ids::contact("Jane Doe");
    let mut first = PgConnection::connect_with(&app.owner()).await.unwrap();
    let held = format!("BEGIN; SELECT 1 FROM contact_search WHERE contact_id = '{jane}' FOR UPDATE");
    first.execute(AssertSqlSafe(held)).await.unwrap();
    let second = {
        let app = app.clone();
        let rename = "mutation ($id: UUID!) { contactUpdate(id: $id, contact: { lastName: \"Held\" }) { userErrors { message } } }";
        tokio::spawn(async move { app.ask_with(&Who::acme_admin(), rename, json!({ "id": jane })).await })
    };
    // It gets as far as the row and no further.
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    loop {
        let waiting: i64 = sqlx::query_scalar(waits).fetch_one(&mut owner).await.unwrap();
        if waiting > 0 {
            break;
        }
        assert!(!second.is_finished(), "it did not wait for the row");
        tokio::task::yield_now().await;
    }
    first.execute("COMMIT").await.unwrap();
    second.await.unwrap().done("contactUpdate");
    app.is_proved().await;
}

/// A database whose tables came before the search has it after migrating, and migrating again leaves it alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_before_is_filled_when_it_is_migrated() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let before = app.behind("SELECT * FROM contact_search ORDER BY contact_id").await;
    assert!(before.len() > 20);
    owner
        .execute("DROP FUNCTION app.search_contacts, app.search_organizations, app.search; DROP TABLE contact_search, organization_search;
                  DELETE FROM seaql_migrations WHERE version = 'm2026_11_21_search'")
        .await
        .unwrap();
    storage::migrate(app.owner()).await.unwrap();
    assert_eq!(app.behind("SELECT * FROM contact_search ORDER BY contact_id").await, before);
    let query =
        "{ contacts(search: \"jane billing\") { nodes { name } } organizations(search: \"acme\") { nodes { name } } }";
    let answer = app.ask(&Who::acme_admin(), query).await;
    assert_eq!(answer.at("/contacts/nodes/0/name"), "Jane Doe");
    assert_eq!(answer.at("/organizations/nodes"), &json!([{ "name": "Acme Healthcare" }]));
    app.is_proved().await;
    storage::migrate(app.owner()).await.unwrap();
    assert_eq!(app.behind("SELECT * FROM contact_search ORDER BY contact_id").await, before);
}
