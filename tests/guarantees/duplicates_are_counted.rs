//! How many records are one too many: of those who are likely one person all but one, however they were found, and nobody who speaks against
//! somebody of them.

use liaison_domain::candidate::{self, Summary};
use serde_json::{Value, json};

use super::duplicates_are_scanned::{archive, create, dismiss, listed, rename};
use crate::support::{App, Who};

/// The numbers, and how many statements they took.
async fn counted(app: &App) -> (Summary, u64) {
    candidate::settled(app.database()).await.unwrap();
    let reader = app.database().reader(&app.viewer(&Who::super_admin()));
    let summary = candidate::summary(&reader).await.unwrap();
    let (statements, _) = reader.effort().await;
    reader.let_go().await;
    (summary, statements)
}

fn contact(first: &str, phone: Option<&str>, email: Option<&str>) -> Value {
    let phone = phone.map(|number| json!({ "phone": { "create": { "number": number, "code": "mobile" } } }));
    let email = email.map(|address| json!({ "email": { "create": { "address": address, "code": "personal" } } }));
    json!({ "firstName": first, "lastName": "Winterbourne",
        "phones": phone.into_iter().collect::<Vec<_>>(), "emails": email.into_iter().collect::<Vec<_>>() })
}

const PHONE: &str = "+1 630 555 0142";
const EMAIL: &str = "thea.winterbourne@example.org";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_tied_by_a_third_is_one_with_whom_nothing_speaks_against() {
    let app = App::empty_with_riverside().await;
    let by_phone = create(&app, contact("Theodora", Some(PHONE), None)).await["id"].clone();
    create(&app, contact("Theodora", Some(PHONE), Some(EMAIL))).await;
    let by_email = create(&app, contact("T.", None, Some(EMAIL))).await["id"].clone();
    let (summary, statements) = counted(&app).await;
    let is_pair = |pair: &Value| {
        [&by_phone, &by_email].iter().all(|id| [&pair["contact_id"], &pair["other_contact_id"]].contains(id))
    };
    assert!(!listed(&app).await.iter().any(is_pair), "the two have nothing in common that would have them found");
    assert_eq!((summary.likely, summary.persons, summary.surplus), (2, 3, 2), "{summary:?}");
    assert!(statements > 1, "their profiles were read");

    // Asked again they are not looked at again, and are when anything changes.
    let (again, statements) = counted(&app).await;
    assert_eq!((again, statements), (summary, 1));
    rename(&app, &by_email, json!({ "title": "Bookkeeper" })).await;
    let (renamed, statements) = counted(&app).await;
    assert!(renamed.surplus == 2 && statements > 1, "{statements}: {renamed:?}");

    // Somebody says of two who were not even found that they are two persons.
    dismiss(&app, &by_phone, &by_email).await;
    let (dismissed, _) = counted(&app).await;
    assert_eq!((dismissed.dismissed, dismissed.persons, dismissed.surplus), (1, 3, 1), "{dismissed:?}");
    archive(&app, &by_phone).await;
    let (archived, _) = counted(&app).await;
    assert_eq!((archived.dismissed, archived.persons, archived.surplus), (0, 2, 1), "{archived:?}");
}

/// T. is likely Theodora, and likely Thaddeus.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_contradicts_is_not_one_whoever_stands_between() {
    let app = App::empty_with_riverside().await;
    let (theirs, address) = ("+1 312 555 0177", "t.winterbourne@example.org");
    create(&app, contact("Theodora", Some(PHONE), Some(EMAIL))).await;
    create(&app, contact("Thaddeus", Some(theirs), Some(address))).await;
    let mut between = contact("T.", Some(PHONE), Some(address));
    let second = json!({ "phone": { "create": { "number": theirs, "code": "mobile" } } });
    between["phones"].as_array_mut().unwrap().push(second);
    let second = json!({ "email": { "create": { "address": EMAIL, "code": "work" } } });
    between["emails"].as_array_mut().unwrap().push(second);
    create(&app, between).await;
    let (summary, _) = counted(&app).await;
    assert_eq!((summary.likely, summary.persons, summary.surplus), (2, 3, 1), "{summary:?}");
}
