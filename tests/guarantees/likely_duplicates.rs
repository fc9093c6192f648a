//! Who is told as a likely duplicate, and to whom: a tenant by its own people and its own organization alone, so that nothing that it is told
//! depends on others; whoever sees everything, by all. It asks the domain for scores to the last digit.

use std::collections::BTreeSet;
use std::time::Duration;

use liaison_domain::candidate::{self, CandidateFilter, CandidateQuery, Dismiss, Likely};
use liaison_domain::contact::{Create, MethodOf, Reach, Role};
use liaison_domain::duplicate::{LIKELY, Profile, RULE_SET_VERSION};
use liaison_domain::entity::values::{ContactType, DuplicateState};
use liaison_domain::failure::{Failure, RefusalCode};
use liaison_domain::reading::Page;
use liaison_domain::session::{Mode, Note};
use liaison_domain::viewer::Viewer;
use liaison_domain::{email, phone};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::support::{App, Who};

/// Somebody with an email address, a phone and a role at the viewer's organization.
fn person(first_name: &str, last_name: &str, address: &str, number: &str) -> Create {
    let phone = phone::Details {
        id: None,
        number: number.to_owned(),
        extension: None,
        code: Some("mobile".to_owned()),
        label: None,
        is_sms_capable: None,
    };
    let email = email::Details {
        id: None,
        address: address.to_owned(),
        code: None,
        label: None,
        is_notification_enabled: None,
    };
    Create {
        id: None,
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        title: None,
        department: None,
        preferred_contact_method: None,
        owner_organization_id: None,
        edit_policy: None,
        organizations: vec![Role { organization_id: None, contact_type: ContactType::Technical, is_primary: None }],
        phones: vec![Reach { method: MethodOf::New(phone), is_primary: None, sort_order: None }],
        emails: vec![Reach { method: MethodOf::New(email), is_primary: None, sort_order: None }],
        addresses: Vec::new(),
        allow_duplicate: false,
    }
}

fn thea() -> Create {
    person("Theodora", "Quillfeather", "t.quillfeather@example.org", "+1 630 555 0142")
}

/// The same person, as somebody else writes her down.
fn thea_again() -> Create {
    person("THEODORA", "Quillfeather", "T.Quillfeather@example.org", "(630) 555-0142")
}

/// Makes somebody whoever is there already.
async fn make(app: &App, viewer: &Viewer, create: Create) -> Uuid {
    let create = Create { allow_duplicate: true, ..create };
    app.database().run(viewer, &Note::default(), &create).await.unwrap().output
}

/// Who is told to whoever wants to make somebody; nobody is made.
async fn told(app: &App, viewer: &Viewer, create: &Create) -> Vec<Likely> {
    let note = Note { mode: Mode::Rehearsal, ..Note::default() };
    match app.database().run(viewer, &note, create).await {
        Ok(_) => Vec::new(),
        Err(Failure::Refused(refusals)) => {
            assert_eq!(refusals.len(), 1, "{refusals:?}");
            assert_eq!(refusals[0].code, RefusalCode::LikelyDuplicate, "{refusals:?}");
            assert!(!refusals[0].likely.is_empty(), "the refusal says who");
            refusals[0].likely.clone()
        }
        Err(Failure::Fault(fault)) => panic!("{fault}"),
    }
}

async fn of_contact(app: &App, viewer: &Viewer, id: Uuid) -> Vec<Likely> {
    let reader = app.database().reader(viewer);
    candidate::of_contacts(&reader, &[id], 10).await.unwrap().remove(&id).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_told_by_its_own_people_alone() {
    let app = App::demo().await;
    let [acme, stranger, ada] = [Who::acme_admin(), Who::stranger(), Who::super_admin()].map(|who| app.viewer(&who));
    let thea_id = make(&app, &acme, thea()).await;
    let second_id = make(&app, &acme, thea_again()).await;
    let at_creation = told(&app, &acme, &thea_again()).await;
    let ids: BTreeSet<Uuid> = at_creation.iter().map(|likely| likely.contact_id).collect();
    assert_eq!(ids, BTreeSet::from([thea_id, second_id]));
    let among_them = of_contact(&app, &acme, thea_id).await;
    assert_eq!(among_them.len(), 1, "{among_them:?}");
    assert_eq!(among_them[0].contact_id, second_id);
    for likely in at_creation.iter().chain(&among_them) {
        assert!(likely.score >= LIKELY && likely.score <= 1.0, "{likely:?}");
        let odds: f64 = likely.evidence.iter().map(|line| line.weight).sum();
        assert!((likely.score - 1.0 / (1.0 + (-odds).exp())).abs() < 1e-9, "the weights are the score: {likely:?}");
    }
    // Whoever does not see them is told of nobody, and may be made as the first.
    assert_eq!(told(&app, &stranger, &thea_again()).await, []);
    assert_eq!(of_contact(&app, &stranger, thea_id).await, []);

    // Others have people like her, at her phone and by her email, more than a key may have; and she works elsewhere, where they work too,
    // and signs in.
    for _ in 0..25 {
        make(&app, &stranger, thea()).await;
        make(&app, &ada, thea_again()).await;
    }
    let link = "mutation ($contact: UUID!, $at: UUID!) { contactLink(contactId: $contact, link: { organizationId: $at, type: STAKEHOLDER }) { userErrors { message } } }";
    for contact in [thea_id, second_id] {
        let variables = json!({ "contact": contact, "at": ids::organization("platform") });
        app.ask_with(&Who::super_admin(), link, variables).await.done("contactLink");
    }
    let login =
        format!("mutation {{ contactLinkUser(id: \"{thea_id}\", userId: \"thea\") {{ userErrors {{ message }} }} }}");
    app.ask(&Who::super_admin(), &login).await.done("contactLinkUser");

    assert_eq!(told(&app, &acme, &thea_again()).await, at_creation, "the same people, scores and evidence");
    assert_eq!(of_contact(&app, &acme, thea_id).await, among_them, "the same people, scores and evidence");
    // The stranger is told of its own alone.
    let reader = app.database().reader(&stranger);
    let own: BTreeSet<Uuid> =
        told(&app, &stranger, &thea_again()).await.iter().map(|likely| likely.contact_id).collect();
    assert!(!own.is_empty());
    let seen = liaison_domain::reading::nodes::<liaison_domain::entity::contact::Entity>(
        &reader,
        own.iter().copied().collect(),
    );
    assert_eq!(seen.await.unwrap().len(), own.len());
    assert!(!own.contains(&thea_id) && !own.contains(&second_id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_everything_is_told_of_everybody_and_a_stranger_is_nobody() {
    let app = App::demo().await;
    let [acme, stranger, ada] = [Who::acme_admin(), Who::stranger(), Who::super_admin()].map(|who| app.viewer(&who));
    let one = make(&app, &acme, thea()).await;
    let other = make(&app, &stranger, thea()).await;
    let ids: BTreeSet<Uuid> = told(&app, &ada, &thea_again()).await.iter().map(|likely| likely.contact_id).collect();
    assert_eq!(ids, BTreeSet::from([one, other]));
    // A namesake with other methods is another person, and so is whoever only shares the phone.
    assert_eq!(told(&app, &ada, &person("Theodora", "Quillfeather", "quill@example.net", "+1 815 555 0199")).await, []);
    assert_eq!(
        told(&app, &ada, &person("Bartholomew", "Ogunbanjo", "b.ogunbanjo@example.com", "+1 630 555 0142")).await,
        []
    );
    // Whoever says so makes her all the same.
    let third = app.database().run(&ada, &Note::default(), &Create { allow_duplicate: true, ..thea_again() }).await;
    assert!(third.is_ok(), "{third:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_make_one_person_at_once_one_does() {
    let app = std::sync::Arc::new(App::demo().await);
    for who in [Who::acme_admin(), Who::super_admin()] {
        let viewer = app.viewer(&who);
        let making: Vec<_> = (0..12)
            .map(|at| {
                let (app, viewer) = (app.clone(), viewer.clone());
                tokio::spawn(async move {
                    let create = if at % 2 == 0 { thea() } else { thea_again() };
                    app.database().run(&viewer, &Note::default(), &create).await
                })
            })
            .collect();
        let mut made = 0;
        for one in making {
            match one.await.unwrap() {
                Ok(_) => made += 1,
                Err(Failure::Refused(refusals)) => assert_eq!(refusals[0].code, RefusalCode::LikelyDuplicate),
                Err(Failure::Fault(fault)) => panic!("{fault}"),
            }
        }
        // Whoever sees everything sees Acme's.
        assert_eq!(made, usize::from(who == Who::acme_admin()), "{}", who.name);
    }
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dismissal_holds_until_the_evidence_changes() {
    let app = App::demo().await;
    let [acme, ada] = [Who::acme_admin(), Who::super_admin()].map(|who| app.viewer(&who));
    let one = make(&app, &acme, thea()).await;
    let other = make(&app, &acme, thea_again()).await;
    let dismiss = Dismiss { contact_id: other, other_contact_id: one };
    let because = |reason: &str| Note { reason: Some(reason.to_owned()), ..Note::default() };
    let code = |failure: Failure| match failure {
        Failure::Refused(refusals) => (refusals[0].code, refusals[0].field.join(".")),
        Failure::Fault(fault) => panic!("{fault}"),
    };
    let refused = |viewer: &Viewer, note: Note, dismiss: Dismiss| {
        let (database, viewer) = (app.database().clone(), viewer.clone());
        async move { code(database.run(&viewer, &note, &dismiss).await.unwrap_err()) }
    };
    assert_eq!(refused(&acme, because("twins"), dismiss).await.0, RefusalCode::Forbidden);
    assert_eq!(refused(&ada, Note::default(), dismiss).await, (RefusalCode::Invalid, "reason".to_owned()));
    let itself = Dismiss { contact_id: one, other_contact_id: one };
    assert_eq!(refused(&ada, because("twins"), itself).await, (RefusalCode::Invalid, "otherContactId".to_owned()));
    let nobody = Dismiss { contact_id: one, other_contact_id: Uuid::new_v4() };
    assert_eq!(refused(&ada, because("twins"), nobody).await, (RefusalCode::NotFound, "otherContactId".to_owned()));

    assert_eq!(of_contact(&app, &acme, one).await.len(), 1);
    let done = app.database().run(&ada, &because("twins"), &dismiss).await.unwrap();
    assert_eq!(done.output, candidate::pair_id(one, other));
    assert!(done.position.is_some());
    // Whichever stands first, and again: it is so already.
    let again = Dismiss { contact_id: one, other_contact_id: other };
    assert_eq!(app.database().run(&ada, &because("twins, still"), &again).await.unwrap().position, None);
    assert_eq!(of_contact(&app, &acme, one).await, [], "nobody is told again");
    assert_eq!(of_contact(&app, &acme, other).await, []);
    let filter = CandidateFilter { contact_ids: Some(vec![one]), ..CandidateFilter::default() };
    let query = CandidateQuery { filter, ..CandidateQuery::default() };
    let listed = candidate::list(&app.database().reader(&ada), &query, &Page::first(10)).await.unwrap();
    assert_eq!(listed.rows.len(), 1);
    let listed = &listed.rows[0].1;
    assert_eq!((listed.id, listed.state), (done.output, DuplicateState::Dismissed));
    assert_eq!((listed.dismiss_reason.as_deref(), listed.dismissed_by.as_deref()), (Some("twins"), Some("ada")));
    let count = |viewer: &Viewer| {
        let (reader, query) = (app.database().reader(viewer), query.clone());
        async move { candidate::count(&reader, &query).await.unwrap() }
    };
    assert_eq!((count(&ada).await, count(&acme).await), (1, 0), "the list spans tenants");

    // What is not compared changes nothing; what is brings the two back, and they may be dismissed anew.
    let update = |contact: &str| {
        format!("mutation {{ contactUpdate(id: \"{one}\", contact: {contact}) {{ userErrors {{ message }} }} }}")
    };
    app.ask(&Who::acme_admin(), &update("{ editPolicy: OWNER_ONLY }")).await.done("contactUpdate");
    assert_eq!(of_contact(&app, &acme, one).await, []);
    app.ask(&Who::acme_admin(), &update("{ lastName: \"Quilfeather\" }")).await.done("contactUpdate");
    assert_eq!(of_contact(&app, &acme, one).await.len(), 1);
    let anew = app.database().run(&ada, &because("twins with one name"), &dismiss).await.unwrap();
    assert!(anew.position.is_some());
    assert_eq!(of_contact(&app, &acme, one).await, []);
    let rows = app.behind("SELECT version, reason FROM duplicate_dismissals").await;
    assert_eq!(rows, [json!({ "version": 2, "reason": "twins with one name" })]);

    // Whoever is archived is in no pair any more, and in none that could be dismissed.
    app.ask(
        &Who::acme_admin(),
        &format!("mutation {{ contactUnlink(contactId: \"{other}\") {{ userErrors {{ message }} }} }}"),
    )
    .await
    .done("contactUnlink");
    app.ask(
        &Who::acme_admin(),
        &format!("mutation {{ contactDelete(id: \"{other}\") {{ userErrors {{ message }} }} }}"),
    )
    .await
    .done("contactDelete");
    // Whoever was just comparing the two finds them archived.
    candidate::settled(app.database()).await.unwrap();
    assert_eq!(count(&ada).await, 0);
    assert_eq!(refused(&ada, because("twins"), dismiss).await, (RefusalCode::Forbidden, "contactId".to_owned()));
    app.is_proved().await;
}

/// Whoever compares the two just then has read that they are open, and comes to write it after the dismissal: it never stands there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dismissal_holds_against_whoever_is_comparing() {
    let app = App::demo().await;
    let [acme, ada] = [Who::acme_admin(), Who::super_admin()].map(|who| app.viewer(&who));
    let one = make(&app, &acme, thea()).await;
    let other = make(&app, &acme, thea_again()).await;
    candidate::settled(app.database()).await.unwrap();
    let pair = candidate::pair_id(one, other);
    // What somebody waits for is told to their own role alone.
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut until_waiting = async |wanted: i64| {
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut same_role).await.unwrap() < wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let mut raw = PgConnection::connect_with(&app.owner()).await.unwrap();
    let hold = format!("BEGIN; SELECT FROM duplicate_candidates WHERE id = '{pair}' FOR UPDATE");
    raw.execute(AssertSqlSafe(hold)).await.unwrap();
    let (database, note) = (app.database().clone(), Note { reason: Some("twins".to_owned()), ..Note::default() });
    let dismiss = Dismiss { contact_id: one, other_contact_id: other };
    let dismissing = tokio::spawn(async move { database.run(&ada, &note, &dismiss).await });
    until_waiting(1).await;
    // A change of somebody else can have the two judged again; whoever compares is woken by any event.
    let mut queue = PgConnection::connect_with(&app.owner()).await.unwrap();
    let again = format!("INSERT INTO duplicate_stale (contact_id) VALUES ('{one}')");
    queue.execute(AssertSqlSafe(again)).await.unwrap();
    let event = format!(
        "mutation {{ contactUpdate(id: \"{}\", contact: {{ editPolicy: OWNER_ONLY }}) {{ userErrors {{ message }} }} }}",
        ids::contact("John Doe")
    );
    app.ask(&Who::super_admin(), &event).await.done("contactUpdate");
    until_waiting(2).await;
    raw.execute("COMMIT").await.unwrap();
    dismissing.await.unwrap().unwrap();
    let stands =
        format!("SELECT state, (SELECT count(*) FROM duplicate_stale) FROM duplicate_candidates WHERE id = '{pair}'");
    loop {
        let asked = sqlx::query_as(AssertSqlSafe(stands.clone())).fetch_one(&mut queue);
        let (state, waiting): (String, i64) = asked.await.unwrap();
        assert_eq!(state, "dismissed");
        if waiting == 0 {
            break;
        }
    }
}

/// What the app's own login may ask of the database tells a tenant nothing of other organizations: neither where else its people work, nor
/// whether they sign in, nor who else does there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_name_no_organization_of_others_however_they_are_asked_for() {
    let app = App::demo().await;
    let acme = app.viewer(&Who::acme_admin());
    let platform = ids::organization("platform");
    let thea_id = make(&app, &acme, thea()).await;
    let other_id =
        make(&app, &acme, person("Theodora", "Ashgrove-Quill", "ashgrove@example.net", "+1 815 555 0123")).await;
    let link = "mutation ($contact: UUID!, $at: UUID!) { contactLink(contactId: $contact, link: { organizationId: $at, type: STAKEHOLDER }) { userErrors { message } } }";
    for contact in [thea_id, other_id] {
        app.ask_with(&Who::super_admin(), link, json!({ "contact": contact, "at": platform }))
            .await
            .done("contactLink");
        let login = format!(
            "mutation {{ contactLinkUser(id: \"{contact}\", userId: \"u-{contact}\") {{ userErrors {{ message }} }} }}"
        );
        app.ask(&Who::super_admin(), &login).await.done("contactLinkUser");
    }
    let rows = app.behind("SELECT * FROM contact_profiles").await;
    let row = rows.iter().find(|row| row["contact_id"] == json!(thea_id)).unwrap();
    assert!(row.to_string().contains(&platform.to_string()), "what is kept names it: {row}");
    let profile: Profile = serde_json::from_value(row["profile"].clone()).unwrap();
    let abroad: Vec<i64> = {
        let known = profile.clone().as_seen_by(Some(ids::organization("acme"))).keys();
        profile.keys().into_iter().filter(|key| known.binary_search(key).is_err()).collect()
    };
    assert!(!abroad.is_empty());

    let mut raw = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let enter = format!("BEGIN; SELECT app.enter('{}', false)", ids::organization("acme"));
    raw.execute(AssertSqlSafe(enter)).await.unwrap();
    let keys = profile.keys();
    let asked = [
        (format!("app.profiles_in_sight_like(ARRAY{keys:?}::bigint[], 40, {RULE_SET_VERSION})"), true),
        (format!("app.profiles_in_sight_like(ARRAY{abroad:?}::bigint[], 40, {RULE_SET_VERSION})"), false),
        (format!("app.profiles_in_sight_of(ARRAY['{thea_id}', '{other_id}']::uuid[], 40, {RULE_SET_VERSION})"), true),
        (format!("app.profiles_like(ARRAY{keys:?}::bigint[], '{{}}', 40, 40, {RULE_SET_VERSION})"), false),
        (format!("app.profiles_of(ARRAY['{thea_id}']::uuid[], 40, {RULE_SET_VERSION})"), false),
    ];
    for (function, tells) in asked {
        let rows = AssertSqlSafe(format!("SELECT to_jsonb(f) FROM {function} f"));
        let told: Vec<Value> = sqlx::query_scalar(rows).fetch_all(&mut raw).await.unwrap();
        assert_eq!(!told.is_empty(), tells, "{function}: {told:#?}");
        for row in &told {
            assert!(!row.to_string().contains(&platform.to_string()), "{function}: {row}");
            assert!(row["profile"].is_null() || row["profile"]["l"] == json!(false), "{function}: {row}");
            assert!(!abroad.iter().any(|key| row["key"] == json!(key)), "{function}: {row}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_email_address_in_any_script_is_compared() {
    let app = App::demo().await;
    let acme = app.viewer(&Who::acme_admin());
    let mut create = thea();
    let MethodOf::New(email) = &mut create.emails[0].method else { unreachable!() };
    email.address = "ñ@example.org".to_owned();
    let id = make(&app, &acme, create).await;
    let rows = app.behind("SELECT contact_id FROM contact_profiles").await;
    assert!(rows.contains(&json!({ "contact_id": id })));
}
