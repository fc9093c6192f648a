//! An import while it runs: watched, cancelled, taken up again, and two at once.

use serde_json::json;

use crate::support::{App, Who};

fn people(count: usize) -> String {
    let mut file = String::from("first_name,last_name,email,phone,roles\n");
    for at in 0..count {
        let line = 2_175_550_000 + at;
        file.push_str(&format!("Given{at},Family{at},person{at}@example.com,{line},riverside:technical\n"));
    }
    file
}

async fn count(app: &App) -> (i64, i64) {
    let rows =
        app.behind("SELECT count(*)::int AS n, count(DISTINCT last_name)::int AS names FROM contacts_projection").await;
    (rows[0]["n"].as_i64().unwrap(), rows[0]["names"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_polled_and_followed_to_the_end() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let (status, body) = app.send_file(&who, "", people(700)).await;
    assert_eq!(status, 202);
    let id = body["id"].as_str().unwrap();
    let query = body["follow"]["subscription"].as_str().unwrap();
    let request = app.client().post(format!("{}/graphql/stream", app.url())).bearer_auth(app.token(&who));
    let mut response =
        request.header("accept", "text/event-stream").json(&json!({ "query": query })).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut text = String::new();
    // It ends by itself when the import does.
    while let Some(piece) = response.chunk().await.unwrap() {
        text.push_str(&String::from_utf8_lossy(&piece));
        if text.contains("event: complete") {
            break;
        }
    }
    assert!(text.contains("\"contactImportProgress\":{\"state\":"), "{text}");
    assert!(text.contains("\"rowProcessedCount\":700"), "{text}");
    assert!(text.contains("\"state\":\"DONE\""), "{text}");
    let polled =
        app.client().get(format!("{}/imports/{id}", app.url())).bearer_auth(app.token(&who)).send().await.unwrap();
    let polled: serde_json::Value = polled.json().await.unwrap();
    assert_eq!((&polled["state"], &polled["createdCount"]), (&json!("DONE"), &json!(700)));
    assert_eq!(count(&app).await, (700, 700));
    app.is_proved().await;
    // Nobody else follows it.
    let foreign = app.client().post(format!("{}/graphql/stream", app.url())).bearer_auth(app.token(&Who::acme_admin()));
    let foreign = foreign.header("accept", "text/event-stream").json(&json!({ "query": query })).send().await.unwrap();
    assert!(foreign.text().await.unwrap().contains("there is no import with this id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_was_cancelled_stays_where_it_was_and_cannot_go_on() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let (_, body) = app.send_file(&who, "", people(1_200)).await;
    let id = body["id"].as_str().unwrap().to_owned();
    let cancel = |dry_run: bool| {
        format!(
            "mutation {{ contactImportCancel(id: \"{id}\", dryRun: {dry_run}) {{ contactImport {{ state }} position userErrors {{ code field message }} }} }}"
        )
    };
    app.ask(&who, &cancel(true)).await.done("contactImportCancel");
    assert_ne!(app.behind("SELECT state FROM imports").await[0]["state"], "cancelled", "it was a rehearsal");
    app.ask(&who, &cancel(false)).await.done("contactImportCancel");
    let ended = app.await_import(&who, &id).await;
    let state = ended.told["state"].as_str().unwrap();
    assert!(["CANCELLED", "DONE"].contains(&state), "{state}");
    let (there, _) = count(&app).await;
    assert_eq!(there, ended.told["created"].as_i64().unwrap(), "what had come in stays");
    assert_eq!(app.behind("SELECT count(*)::int AS n FROM import_rows").await[0]["n"], 0);
    let resume =
        format!("mutation {{ contactImportResume(id: \"{id}\") {{ position userErrors {{ code field message }} }} }}");
    assert_eq!(app.ask(&who, &resume).await.refusals("contactImportResume")[0].code, "INVALID");
    // The same file again begins anew, and makes nobody twice.
    let again = app.import(&who, "", people(1_200)).await;
    assert_eq!(again.counts()[0] + again.counts()[2], 1_200, "{:#}", again.told);
    assert_eq!(count(&app).await, (1_200, 1_200));
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_files_with_the_same_people_at_once_make_nobody_twice() {
    let app = App::empty_with_riverside().await;
    let beside = app.beside(&[]).await;
    let who = Who::stranger();
    // Not the same bytes: the same import would be one.
    let (one, other) = (people(600), people(600).replace("technical", "billing"));
    let (first, second) = tokio::join!(app.import(&who, "", one.clone()), beside.import(&who, "", other));
    let made = first.counts()[0] + second.counts()[0];
    assert_eq!(made, 600, "{:#} {:#}", first.told, second.told);
    assert_eq!(count(&app).await, (600, 600));
    // The very same file twice at once is one import.
    let third = people(650);
    let (first, second) =
        tokio::join!(app.send_file(&who, "", third.clone()), beside.send_file(&who, "", third.clone()));
    let ids = [&first.1["id"], &second.1["id"]].map(|id| id.as_str().unwrap().to_owned());
    for id in &ids {
        app.await_import(&who, id).await.counts();
    }
    assert_eq!(count(&app).await, (650, 650));
    app.is_proved().await;
    beside.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_was_interrupted_goes_on_where_it_stands() {
    let app = App::empty_with_riverside().await;
    let beside = app.beside(&[]).await;
    let who = Who::stranger();
    let (_, body) = beside.send_file(&who, "", people(1_200)).await;
    let id = body["id"].as_str().unwrap().to_owned();
    // The server that carried it out ends.
    beside.stop().await;
    let stood = app.await_import(&who, &id).await;
    if stood.told["state"] == "INTERRUPTED" {
        let resume = format!(
            "mutation {{ contactImportResume(id: \"{id}\") {{ contactImport {{ id }} userErrors {{ code field message }} }} }}"
        );
        app.ask(&who, &resume).await.done("contactImportResume");
    }
    let mut ended = app.await_import(&who, &id).await;
    while ended.told["state"] == "INTERRUPTED" {
        // It is taken up a moment after the answer.
        ended = app.await_import(&who, &id).await;
    }
    assert_eq!(ended.counts(), [1_200, 0, 0, 0, 0], "{:#}", ended.told);
    assert_eq!(count(&app).await, (1_200, 1_200));
    app.is_proved().await;
}
