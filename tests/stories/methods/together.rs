//! Many who change the same phone, email address or address at once: one outcome, and the tables are what the log says.

use futures::future::join_all;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{admin_of, make, proved, send};
use crate::support::{App, Who};

async fn count(app: &App, sql: &str) -> i64 {
    app.behind(&format!("SELECT ({sql}) AS n")).await[0]["n"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_set_a_primary_one_is_left() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let jane = ids::contact("Jane Doe");
    let mut phones: Vec<Uuid> = vec![ids::phone("Jane Doe mobile")];
    for number in ["217-555-0181", "217-555-0182"] {
        let phone = make(&app, &acme, &format!("phoneCreate(phone: {{number: \"{number}\"}})")).await;
        super::done(&app, &acme, &format!("phoneLink(phoneId: \"{phone}\", to: {{contactId: \"{jane}\"}})"), "").await;
        phones.push(phone);
    }
    let calls: Vec<String> = (0..60)
        .map(|at| format!("phoneSetPrimary(phoneId: \"{}\", of: {{contactId: \"{jane}\"}})", phones[at % 3]))
        .collect();
    let answers = join_all(calls.iter().map(|call| send(&app, &acme, call, ""))).await;
    let written = answers.iter().filter(|answer| answer.done("phoneSetPrimary")["position"].is_string()).count();
    assert!(written >= 2, "whoever was not primary became it at least once: {written}");
    let primary = format!(
        "SELECT count(*) FROM contact_phones WHERE contact_id = '{jane}' AND is_primary AND unlinked_at IS NULL"
    );
    assert_eq!(count(&app, &primary).await, 1);
    let recorded = "SELECT count(*) FROM domain_events WHERE event_type = 'contact.phone.primary_set'";
    assert_eq!(count(&app, recorded).await, i64::try_from(written).unwrap());
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn corrections_links_and_unlinks_of_one_phone_leave_its_copies_true() {
    let app = App::demo().await;
    let (john, mobile) = (ids::contact("John Doe"), ids::phone("John Doe mobile"));
    let clients = ["acme", "bayside", "cedargrove", "harborlight"].map(admin_of);
    let calls: Vec<(Who, String)> = (0..48)
        .map(|at| {
            let who = clients[at % 4].clone();
            let call = match at % 6 {
                0 | 3 => format!("phoneUpdate(id: \"{mobile}\", phone: {{number: \"773-555-{:04}\"}})", 200 + at),
                1 => format!("phoneUpdate(id: \"{mobile}\", phone: {{code: \"{}\"}})", ["home", "office"][at % 2]),
                2 => format!("phoneLink(phoneId: \"{mobile}\", to: {{organizationId: \"{}\"}})", who.organization_id),
                4 => {
                    format!("phoneUnlink(phoneId: \"{mobile}\", from: {{organizationId: \"{}\"}})", who.organization_id)
                }
                _ => format!("phoneSetPrimary(phoneId: \"{mobile}\", of: {{contactId: \"{john}\"}})"),
            };
            (who, call)
        })
        .collect();
    let answers = join_all(calls.iter().map(|(who, call)| send(&app, who, call, ""))).await;
    for (answer, (_, call)) in answers.iter().zip(&calls) {
        answer.done(super::name(call));
    }
    let stale = format!(
        "SELECT count(*) FROM contact_phones l JOIN phones_projection p ON p.id = l.phone_id
         WHERE p.id = '{mobile}' AND l.unlinked_at IS NULL AND (l.match_key <> p.e164 OR l.method_code_id <> p.phone_code_id)"
    );
    assert_eq!(count(&app, &stale).await, 0);
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_phone_is_deleted_or_linked_and_never_both() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    for round in 0..6 {
        let phone = make(&app, &acme, &format!("phoneCreate(phone: {{number: \"217-555-02{round:02}\"}})")).await;
        let people = ["Jane Doe", "Bob Smith", "Alice Johnson"].map(ids::contact);
        let mut calls: Vec<String> = people
            .iter()
            .map(|person| format!("phoneLink(phoneId: \"{phone}\", to: {{contactId: \"{person}\"}})"))
            .collect();
        calls.insert(round % 4, format!("phoneDelete(id: \"{phone}\")"));
        calls.push(format!("phoneSetPrimary(phoneId: \"{phone}\", of: {{contactId: \"{}\"}})", people[0]));
        let answers = join_all(calls.iter().map(|call| send(&app, &acme, call, ""))).await;
        for (answer, call) in answers.iter().zip(&calls) {
            let payload = answer.at(&format!("/{}", super::name(call)));
            let codes: Vec<&Value> =
                payload["userErrors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
            assert!(
                codes.is_empty() || codes == [&json!("INVALID")] || codes == [&json!("NOT_FOUND")],
                "{call}: {codes:?}"
            );
        }
        let open = format!("SELECT count(*) FROM contact_phones WHERE phone_id = '{phone}' AND unlinked_at IS NULL");
        let deleted = format!("SELECT count(*) FROM phones_projection WHERE id = '{phone}' AND deleted_at IS NOT NULL");
        assert_eq!((count(&app, &deleted).await, count(&app, &open).await), (1, 0), "round {round}");
    }
    proved(&app).await;
}

/// The number's word and the rows that come to have it, at once and from everywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_row_slips_past_an_opt_out() {
    let app = App::demo().await;
    let (acme, riverside) = (Who::acme_admin(), Who::stranger());
    let number = "+12175550190";
    let mut rows = Vec::new();
    for at in 0..6 {
        let who = if at % 2 == 0 { &acme } else { &riverside };
        let other = if at < 3 { number.to_owned() } else { format!("+1217555030{at}") };
        rows.push((who, make(&app, who, &format!("phoneCreate(phone: {{number: \"{other}\"}})")).await));
    }
    let mut calls: Vec<(&Who, String)> = Vec::new();
    for at in 0..10 {
        let who = if at % 2 == 0 { &acme } else { &riverside };
        calls.push((who, format!("phoneCreate(phone: {{number: \"{number}\"}})")));
    }
    // Two say it of two rows, one row leaves the number, three come to it.
    calls.insert(3, (rows[0].0, format!("phoneSmsOptOut(id: \"{}\")", rows[0].1)));
    calls.insert(4, (rows[1].0, format!("phoneSmsOptOut(id: \"{}\")", rows[1].1)));
    calls.insert(5, (rows[2].0, format!("phoneUpdate(id: \"{}\", phone: {{number: \"+12175550399\"}})", rows[2].1)));
    for (who, id) in &rows[3..] {
        calls.insert(2, (who, format!("phoneUpdate(id: \"{id}\", phone: {{number: \"{number}\"}})")));
    }
    let answers = join_all(calls.iter().map(|(who, call)| send(&app, who, call, ""))).await;
    for (answer, (_, call)) in answers.iter().zip(&calls) {
        answer.done(super::name(call));
    }
    let said = "SELECT count(DISTINCT xid::text) FROM domain_events WHERE event_type = 'phone.sms.opted_out'";
    assert_eq!(count(&app, said).await, 1, "said once");
    let twice = "SELECT count(*) FROM (SELECT FROM domain_events WHERE event_type = 'phone.sms.opted_out' GROUP BY stream_id HAVING count(*) > 1) told";
    assert_eq!(count(&app, twice).await, 0, "told once");
    let wrong = format!(
        "SELECT count(*) FROM phones_projection WHERE (e164 = '{number}') <> is_sms_opted_out AND e164 LIKE '+1217555%'"
    );
    assert_eq!(count(&app, &wrong).await, 0);
    assert_eq!(count(&app, &format!("SELECT count(*) FROM phones_projection WHERE e164 = '{number}'")).await, 15);
    proved(&app).await;
}
