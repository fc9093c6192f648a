//! Merging, while others merge, edit, link and unlink the same people: one outcome, no half, and the log replays.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{at_once, count, proved};
use crate::support::merging::{Pair, call, furnish, merge, pair, rows};
use crate::support::{Answer, App, Who};

fn merging(survivor: Uuid, duplicate: Uuid) -> (Who, String, Value) {
    let query = "mutation ($survivor: UUID!, $duplicate: UUID!) { it: contactMerge(survivorId: $survivor, duplicateIds: [$duplicate]) { position userErrors { code } } }";
    (Who::super_admin(), query.to_owned(), json!({ "survivor": survivor, "duplicate": duplicate }))
}

fn asked(who: Who, call: String) -> (Who, String, Value) {
    (who, format!("mutation {{ it: {call} {{ position userErrors {{ code }} }} }}"), json!({}))
}

/// The code of a refusal; nothing of what was done.
fn code(answer: &Answer) -> Option<String> {
    assert!(answer.body.get("errors").is_none(), "{:#}", answer.body);
    answer.at("/it/userErrors").get(0).map(|error| error["code"].as_str().unwrap_or_default().to_owned())
}

async fn furnished(app: &App) -> Pair {
    let people = pair(app).await;
    for id in [people.survivor, people.duplicate] {
        furnish(app, id, people.third).await;
    }
    people
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_merges_of_one_pair_one_is_done_whichever_way_round() {
    let app = Arc::new(App::demo().await);
    for round in 0..4 {
        let people = furnished(&app).await;
        let answers = at_once(&app, 4, |at| match (at + round) % 2 {
            0 => merging(people.survivor, people.duplicate),
            _ => merging(people.duplicate, people.survivor),
        })
        .await;
        let codes: Vec<Option<String>> = answers.iter().map(code).collect();
        assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
        assert!(codes.iter().flatten().all(|code| code == "MERGED"), "{codes:?}");
        let merged = format!(
            "SELECT count(*) FROM contacts_projection WHERE merged_into_id IS NOT NULL AND id IN ('{}', '{}')",
            people.survivor, people.duplicate
        );
        assert_eq!(count(&app, &merged).await, 1);
    }
    proved(&app).await;
}

/// What somebody does to the duplicate meanwhile comes before the merge and goes along, or after and is told who it is now.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_done_to_the_duplicate_meanwhile_goes_along_or_is_told_where_to() {
    let app = Arc::new(App::demo().await);
    let acme = Who::acme_admin();
    for round in 0..2 {
        let people = furnished(&app).await;
        let id = people.duplicate;
        let mut phone = None;
        for ((table, _), row) in rows(&app, &[id]).await {
            if table == "contact_phones" {
                phone = row["phone_id"].as_str().map(str::to_owned);
            }
        }
        let phone = phone.unwrap();
        let third = people.third;
        let changes = [
            format!("contactUpdate(id: \"{id}\", contact: {{title: \"Round {round}\"}})"),
            format!("contactUnlink(contactId: \"{id}\", type: BILLING)"),
            format!("contactLink(contactId: \"{id}\", link: {{type: STAKEHOLDER}})"),
            format!("phoneUnlink(phoneId: \"{phone}\", from: {{contactId: \"{id}\"}})"),
            format!("phoneUpdate(id: \"{phone}\", phone: {{label: \"Round {round}\"}})"),
            format!(
                "studentGuardianStart(studentGuardian: {{studentId: \"{id}\", guardianId: \"{third}\", label: \"godmother\", startsOn: \"2026-02-0{}\"}})",
                round + 1
            ),
            format!(
                "communicationRecord(communication: {{contactId: \"{id}\", channel: IN_PERSON, direction: INBOUND}})"
            ),
            format!("contactSetDoNotContact(id: \"{id}\")"),
            format!(
                "contactExternalIdAssign(contactId: \"{id}\", externalId: {{sourceSystem: \"race\", externalId: \"{id}\"}})"
            ),
            format!("contactRevokePersona(id: \"{id}\", persona: STAFF)"),
        ];
        let answers = at_once(&app, changes.len() + 1, |at| match at.checked_sub(1) {
            None => merging(people.survivor, people.duplicate),
            Some(at) => asked(acme.clone(), changes[at].clone()),
        })
        .await;
        assert_eq!(code(&answers[0]), None, "the merge is done whatever came before");
        for (answer, change) in answers[1..].iter().zip(&changes) {
            let code = code(answer);
            // IN_USE: a persona of which relationships are not over.
            let is_sound = code.as_deref().is_none_or(|code| ["MERGED", "IN_USE"].contains(&code));
            assert!(is_sound, "{change}: {code:?}");
        }
        assert!(rows(&app, &[people.duplicate]).await.is_empty(), "nothing is left behind");
        proved(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_done_to_the_survivor_meanwhile_is_done() {
    let app = Arc::new(App::demo().await);
    let acme = Who::acme_admin();
    let people = furnished(&app).await;
    let id = people.survivor;
    let changes = [
        format!("contactUpdate(id: \"{id}\", contact: {{title: \"Meanwhile\"}})"),
        format!("contactUnlink(contactId: \"{id}\", type: BILLING)"),
        format!("contactLink(contactId: \"{id}\", link: {{type: EMERGENCY, isPrimary: true}})"),
        format!("contactSetDoNotContact(id: \"{id}\")"),
        format!("communicationRecord(communication: {{contactId: \"{id}\", channel: IN_PERSON, direction: INBOUND}})"),
    ];
    let answers = at_once(&app, changes.len() + 1, |at| match at.checked_sub(1) {
        None => merging(people.survivor, people.duplicate),
        Some(at) => asked(acme.clone(), changes[at].clone()),
    })
    .await;
    for answer in &answers {
        assert_eq!(code(answer), None, "{:#}", answer.body);
    }
    assert!(rows(&app, &[people.duplicate]).await.is_empty());
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_merge_is_undone_once_and_nobody_merges_half_of_it_meanwhile() {
    let app = Arc::new(App::demo().await);
    for _ in 0..2 {
        let people = furnished(&app).await;
        let merged = merge(&app, people.survivor, people.duplicate).await;
        let undo = format!("contactMergeUndo(mergeId: \"{merged}\")");
        let answers = at_once(&app, 4, |at| match at {
            0 | 1 => asked(Who::super_admin(), undo.clone()),
            2 => merging(people.third, people.survivor),
            _ => merging(people.survivor, people.duplicate),
        })
        .await;
        let codes: Vec<Option<String>> = answers.iter().map(code).collect();
        for code in codes[..2].iter().flatten() {
            assert_eq!(code, "CONFLICT", "it was merged on before: {codes:?}");
        }
        for code in codes[2..].iter().flatten() {
            assert!(["MERGED", "FORBIDDEN"].contains(&code.as_str()), "{codes:?}");
        }
        let written = answers[..2].iter().filter(|answer| !answer.at("/it/position").is_null()).count();
        assert!(written <= 1, "a merge is undone once");
        proved(&app).await;
    }
}

/// Several become part of one at the same time, one after the other; and they come apart from the last to the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_merges_into_one_leave_everything_with_the_one() {
    let app = Arc::new(App::demo().await);
    let people = furnished(&app).await;
    let more = furnished(&app).await;
    let duplicates = [people.duplicate, more.survivor, more.duplicate];
    let answers = at_once(&app, 3, |at| merging(people.survivor, duplicates[at])).await;
    for answer in &answers {
        assert_eq!(code(answer), None, "{:#}", answer.body);
    }
    assert!(rows(&app, &duplicates).await.is_empty());
    // The last is undone first.
    let merges = app
        .behind(&format!(
            "SELECT id FROM contact_merges WHERE survivor_id = '{}' ORDER BY survivor_version",
            people.survivor
        ))
        .await;
    let first = merges[0]["id"].as_str().unwrap();
    let refused =
        crate::support::merging::attempt(&app, &Who::super_admin(), &format!("contactMergeUndo(mergeId: \"{first}\")"))
            .await;
    assert_eq!(refused.as_deref(), Some("CONFLICT"));
    for merge in merges.iter().rev() {
        let id = merge["id"].as_str().unwrap();
        call(&app, &Who::super_admin(), &format!("contactMergeUndo(mergeId: \"{id}\")"), "").await;
    }
    proved(&app).await;
}
