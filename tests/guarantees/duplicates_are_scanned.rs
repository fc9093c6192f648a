//! Whoever changes is compared anew, everybody in a scan, and both come to the same: the list of pairs is what the profiles say, whatever
//! happened, in whatever order, over however many servers. Nobody waits for a time here: a test waits until the queue is worked off.

mod crowd;
mod oracle;

use std::time::Duration;

use liaison_domain::candidate::{self, Namesakes, Progress, Report, Unsettled};
use liaison_domain::duplicate::{LIKELY, MOST_SHARING};
use liaison_domain::failure::{Failure, RefusalCode};
use liaison_domain::replay::Steward;
use liaison_server::storage;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use super::filters::Dice;
use crate::support::{App, Who};
use crowd::Crowd;
pub use crowd::{archive, create, dismiss, rename};
pub use oracle::listed;
use oracle::{is_same, profiles, wanted, written};

/// So many bursts of changes are made, of up to so many changes each.
const BURSTS: usize = 24;
const CHANGES: usize = 7;

async fn scan(app: &App) -> Report {
    candidate::scan(app.database(), Namesakes::AsCounted, |_| {}).await.unwrap()
}

/// Waits until everybody is compared, and fails where the list is not what the profiles say.
async fn is_true(app: &App, when: &str) -> Vec<Value> {
    candidate::settled(app.database()).await.unwrap();
    let pairs = listed(app).await;
    is_same(&pairs, &wanted(app).await, when);
    pairs
}

/// A scan finds nothing to write.
async fn is_what_a_scan_finds(app: &App) {
    let before = written(app).await;
    scan(app).await;
    assert_eq!(written(app).await, before, "a scan changed something");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn increments_are_what_a_scan_finds_and_what_comparing_everybody_gives() {
    let app = App::empty_with_riverside().await;
    let mut dice = Dice::thrown(6);
    let mut crowd = Crowd::default();
    let (mut most, mut fewest) = (0, usize::MAX);
    for burst in 0..BURSTS {
        for _ in 0..=dice.below(CHANGES) {
            if crowd.len() < 12 || dice.once_in(3) {
                crowd.comes(&app, &mut dice).await;
            } else {
                crowd.changes(&app, &mut dice).await;
            }
        }
        if crowd.len() > 1 && dice.once_in(4) {
            let (one, other) = crowd.two(&mut dice);
            dismiss(&app, one, other).await;
        }
        let pairs = is_true(&app, &format!("burst {burst}")).await;
        if burst > BURSTS / 3 {
            (most, fewest) = (most.max(pairs.len()), fewest.min(pairs.len()));
        }
        if burst % 6 == 5 {
            is_what_a_scan_finds(&app).await;
        }
    }
    assert!(fewest > 5 && most > fewest, "from {fewest} to {most} pairs prove little");
    app.is_proved().await;
}

/// People of one name at one desk: whatever any two of them share, all do, so that all their keys die and come back with one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_too_many_come_to_share_parts_those_who_met_under_it_and_one_fewer_brings_them_back() {
    let app = App::empty_with_riverside().await;
    let name = json!({ "firstName": "Wilhelmina", "lastName": "Featherstonehaugh",
        "emails": [{ "email": { "create": { "address": "w.featherstonehaugh@desk.example", "code": "work" } } }],
        "phones": [{ "phone": { "create": { "number": "+1 312 555 0177", "code": "office" } } }] });
    for _ in 0..2 {
        create(&app, name.clone()).await;
    }
    let two = is_true(&app, "two of one name").await.len();
    let mut others = Vec::new();
    for _ in 2..MOST_SHARING {
        others.push(create(&app, name.clone()).await["id"].clone());
    }
    let full = is_true(&app, "as many as may share").await.len();
    let one_more = create(&app, name.clone()).await["id"].clone();
    let parted = is_true(&app, "one more").await.len();
    is_what_a_scan_finds(&app).await;
    archive(&app, &one_more).await;
    let back = is_true(&app, "one fewer").await.len();
    assert_eq!((two, full, parted, back), (1, MOST_SHARING * (MOST_SHARING - 1) / 2, 0, full), "pairs of one desk");
    // Several at once, over the border and back, and one who comes and goes before anybody is compared.
    for other in &others[..3] {
        rename(&app, other, json!({ "lastName": "Quartermaine" })).await;
    }
    for _ in 0..5 {
        create(&app, name.clone()).await;
    }
    rename(&app, &others[0], json!({ "lastName": "Featherstonehaugh" })).await;
    is_true(&app, "over the border").await;
    for other in &others[3..9] {
        archive(&app, other).await;
    }
    is_true(&app, "and back").await;
    is_what_a_scan_finds(&app).await;
}

/// How many share a phone is a reason; with the seventh it is none any more, and with the third it is a weaker one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_more_come_to_share_says_less_about_all_of_them() {
    let app = App::empty_with_riverside().await;
    let with_line = |first: &str, last: &str| {
        json!({ "firstName": first, "lastName": last,
            "phones": [{ "phone": { "create": { "number": "+1 312 555 0142", "code": "office" } } }] })
    };
    create(&app, with_line("Bartholomew", "Ashgrove")).await;
    create(&app, with_line("Bart", "Ashgrove")).await;
    let score = |pairs: &[Value]| pairs.iter().map(|pair| pair["score"].as_f64().unwrap()).fold(0.0, f64::max);
    let alone = score(&is_true(&app, "two have it").await);
    let mut others = Vec::new();
    for last in ["Brackenbury", "Culpepper", "Dunwoody", "Etheridge", "Fothergill", "Grimshaw", "Hathersage"] {
        others.push(create(&app, with_line(last, last)).await["id"].clone());
        is_true(&app, last).await;
    }
    let shared = score(&is_true(&app, "nine have it").await);
    assert!(alone > shared, "{alone} with two, {shared} with nine");
    // All at once.
    for other in &others {
        archive(&app, other).await;
    }
    let again = score(&is_true(&app, "two have it again").await);
    assert!((again - alone).abs() < 1e-12, "{again} again, {alone} before");
    is_what_a_scan_finds(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_directory_is_scanned_and_its_rate_is_none() {
    let app = App::empty().await;
    let mut told = Vec::new();
    let report = candidate::scan(app.database(), Namesakes::Recounted, |progress| told.push(progress)).await.unwrap();
    assert_eq!((report.figures.contacts, report.figures.compared, report.figures.found), (0, 0, 0));
    assert_eq!((report.summary.contacts, report.summary.surplus, report.summary.likely), (0, 0, 0));
    assert!(report.summary.rate.abs() < f64::EPSILON && report.summary.scanned_at.is_some(), "{:?}", report.summary);
    assert!(told.contains(&Progress::Compared(0, 0)), "{told:?}");
}

async fn some_people(app: &App) -> Crowd {
    let mut dice = Dice::thrown(7);
    let mut crowd = Crowd::default();
    for _ in 0..25 {
        crowd.comes(app, &mut dice).await;
    }
    crowd
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spoilt_list_is_mended_by_a_scan() {
    let app = App::empty_with_riverside().await;
    some_people(&app).await;
    let good = is_true(&app, "before").await;
    assert!(good.len() > 8, "{} pairs", good.len());
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    for damage in [
        "UPDATE duplicate_candidates SET score = 0.123",
        "UPDATE duplicate_candidates SET evidence = '[]', shared = '{}', state = 'dismissed' WHERE id IN (SELECT id FROM duplicate_candidates ORDER BY id LIMIT 3)",
        "DELETE FROM duplicate_candidates WHERE id IN (SELECT id FROM duplicate_candidates ORDER BY id LIMIT 5)",
        "UPDATE duplicate_candidates SET id = gen_random_uuid()",
        "UPDATE duplicate_candidates SET state = 'merged' WHERE id IN (SELECT id FROM duplicate_candidates ORDER BY id LIMIT 2)",
        "INSERT INTO duplicate_candidates (id, contact_id, other_contact_id, score, evidence, rule_set_version, state, found_at, updated_at)
         SELECT gen_random_uuid(), one.id, other.id, 0.99, '[]', 1, 'open', now(), now()
         FROM contacts_projection one JOIN contacts_projection other ON one.id < other.id
         WHERE NOT EXISTS (SELECT FROM duplicate_candidates c WHERE c.contact_id = one.id AND c.other_contact_id = other.id) LIMIT 4",
    ] {
        assert!(owner.execute(damage).await.unwrap().rows_affected() > 0, "{damage}");
        scan(&app).await;
        is_same(&listed(&app).await, &good, damage);
    }
    // What others kept from the queue is found as well.
    owner.execute("DELETE FROM duplicate_candidates").await.unwrap();
    Steward::open(app.owner()).await.unwrap().rebuild().await.unwrap();
    let beside = app.beside(&[]).await;
    is_same(&is_true(&beside, "after a rebuild").await, &good, "after a rebuild");
    beside.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_summary_is_what_the_scan_reports_and_what_the_list_says() {
    let app = App::empty_with_riverside().await;
    some_people(&app).await;
    let pairs = is_true(&app, "before").await;
    let report = scan(&app).await;
    let reader = app.database().reader(&app.viewer(&Who::super_admin()));
    let summary = candidate::summary(&reader).await.unwrap();
    reader.let_go().await;
    assert_eq!(report.summary, summary);
    assert_eq!(summary.last_scan, Some(report.figures.clone()));
    assert_eq!((summary.waiting, summary.is_scan_due), (0, false));
    let people = i64::try_from(profiles(&app).await.len()).unwrap();
    assert_eq!((summary.contacts, report.figures.contacts), (people, people.cast_unsigned()));
    assert_eq!((summary.open, report.figures.found), (pairs.len() as i64, pairs.len() as u64));
    let likely: Vec<&Value> = pairs.iter().filter(|pair| pair["score"].as_f64().unwrap() >= LIKELY).collect();
    assert_eq!(summary.likely, likely.len() as i64);
    assert_eq!(summary.bands.iter().map(|band| band.pairs).sum::<i64>(), summary.open);
    assert!(summary.surplus > 0 && summary.surplus < summary.persons, "{summary:?}");
    assert!((summary.rate - summary.surplus as f64 / people as f64).abs() < f64::EPSILON);
    let refused = app.database().reader(&app.viewer(&Who::acme_admin()));
    let failure = candidate::summary(&refused).await.unwrap_err();
    assert!(matches!(&failure, Failure::Refused(why) if why[0].code == RefusalCode::Forbidden), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dismissal_survives_scans_and_others_and_is_open_again_when_the_evidence_changes() {
    let app = App::empty_with_riverside().await;
    let mail = json!([{ "email": { "create": { "address": "thea.winterbourne@riverside.example", "code": "work" } } }]);
    let one = create(&app, json!({ "firstName": "Theodora", "lastName": "Winterbourne", "emails": mail })).await["id"]
        .clone();
    let other =
        create(&app, json!({ "firstName": "Theodora", "lastName": "Winterbourne", "emails": mail })).await["id"]
            .clone();
    let state =
        |pairs: &[Value]| pairs.iter().map(|pair| pair["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(state(&is_true(&app, "found").await), ["open"]);
    dismiss(&app, &one, &other).await;
    assert_eq!(state(&is_true(&app, "dismissed").await), ["dismissed"]);
    is_what_a_scan_finds(&app).await;
    candidate::scan(app.database(), Namesakes::Recounted, |_| {}).await.unwrap();
    assert_eq!(state(&is_true(&app, "names counted").await), ["dismissed"]);
    // A third one with the same address says less about the two, and nothing else of them.
    let third =
        create(&app, json!({ "firstName": "Odalys", "lastName": "Brightwater", "emails": mail })).await["id"].clone();
    let after = is_true(&app, "a third one").await;
    assert!(after.iter().any(|pair| pair["state"] == "dismissed"), "{after:#?}");
    archive(&app, &third).await;
    rename(&app, &other, json!({ "firstName": "Teodora" })).await;
    assert_eq!(state(&is_true(&app, "another first name").await), ["open"]);
    is_what_a_scan_finds(&app).await;
    // And what was said of the two as they were before holds again when they are so again.
    rename(&app, &other, json!({ "firstName": "Theodora" })).await;
    assert_eq!(state(&is_true(&app, "as before").await), ["dismissed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_and_a_scan_come_to_the_same_as_one() {
    let app = App::empty_with_riverside().await;
    let beside = app.beside(&[]).await;
    let mut dice = Dice::thrown(8);
    let mut crowd = Crowd::default();
    for burst in 0..8 {
        for at in 0..6 {
            let server = if at % 2 == 0 { &app } else { &beside };
            if crowd.len() < 10 || dice.once_in(2) {
                crowd.comes(server, &mut dice).await;
            } else {
                crowd.changes(server, &mut dice).await;
            }
        }
        if burst % 3 == 1 {
            // It waits its turn, and they wait for its end.
            scan(&beside).await;
        }
        let pairs = is_true(&app, &format!("burst {burst}")).await;
        assert!(burst < 4 || !pairs.is_empty(), "nobody was found");
    }
    beside.stop().await;
    crowd.comes(&app, &mut dice).await;
    is_true(&app, "one server stopped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_scan_runs_at_a_time_and_who_changes_meanwhile_is_compared_after_it() {
    let app = App::empty_with_riverside().await;
    let mut crowd = some_people(&app).await;
    is_true(&app, "before").await;
    let mut other = PgConnection::connect_with(&app.app_login()).await.unwrap();
    let hold = |name: &str, word: &str| sqlx::AssertSqlSafe(format!("SELECT {word}(1953853038, hashtext('{name}'))"));
    other.execute(hold("duplicates scan", "pg_advisory_lock")).await.unwrap();
    let failure = candidate::scan(app.database(), Namesakes::AsCounted, |_| {}).await.unwrap_err();
    assert!(matches!(&failure, Failure::Refused(why) if why[0].code == RefusalCode::Conflict), "{failure:?}");
    let is_under_way = async || {
        let told = app.ask(&Who::super_admin(), "{ duplicateSummary { isScanUnderWay } }").await;
        told.at("/duplicateSummary/isScanUnderWay").clone()
    };
    assert_eq!(is_under_way().await, true, "whoever waits sees it");
    other.execute(hold("duplicates scan", "pg_advisory_unlock")).await.unwrap();
    assert_eq!(is_under_way().await, false);
    // Whoever has the turn keeps the others from writing; what changes is in the queue until then.
    other.execute(hold("duplicates", "pg_advisory_lock")).await.unwrap();
    let pairs = written(&app).await;
    crowd.comes(&app, &mut Dice::thrown(9)).await;
    assert!(!candidate::work_off(app.database()).await.unwrap(), "somebody else has the turn");
    assert_eq!(app.behind("SELECT count(*) AS n FROM duplicate_stale").await[0]["n"], 1);
    assert_eq!(written(&app).await, pairs);
    // A scan stands in line until it is given up, and is then the next.
    let database = app.database().clone();
    let scanning =
        tokio::spawn(async move { candidate::scan(&database, Namesakes::AsCounted, |_| {}).await.map(drop) });
    let in_line = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while app.behind(in_line).await[0]["n"] == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(written(&app).await, pairs);
    other.execute(hold("duplicates", "pg_advisory_unlock")).await.unwrap();
    scanning.await.unwrap().unwrap();
    is_true(&app, "after it").await;
}

/// Who runs it is told as it goes, and so is who asks a server meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_far_a_scan_has_come_is_told_while_it_runs() {
    let app = App::empty_with_riverside().await;
    some_people(&app).await;
    is_true(&app, "before").await;
    let summary = async || {
        let ask = "{ duplicateSummary { contacts isScanUnderWay scanProgress { compared total } } }";
        app.ask(&Who::super_admin(), ask).await.at("/duplicateSummary").clone()
    };
    let contacts = summary().await["contacts"].as_u64().unwrap();
    let rests = json!({ "contacts": contacts, "isScanUnderWay": false, "scanProgress": null });
    // What one left behind that died is nobody's.
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    owner.execute("UPDATE duplicate_census SET scan_compared = 3, scan_total = 7").await.unwrap();
    assert_eq!(summary().await, rests);
    let (runtime, mut told) = (tokio::runtime::Handle::current(), Vec::new());
    let tell = |progress| {
        let asked = tokio::task::block_in_place(|| runtime.block_on(summary()));
        assert_eq!(asked["isScanUnderWay"], true, "{progress:?}");
        told.push((progress, asked["scanProgress"].clone()));
    };
    candidate::scan(app.database(), Namesakes::AsCounted, tell).await.unwrap();
    for (progress, asked) in &told {
        match progress {
            Progress::Read(..) => assert_eq!(asked, &Value::Null, "who is there is not known yet"),
            Progress::Compared(..) | Progress::Written(..) => {
                assert_eq!(asked["total"], contacts, "{told:?}");
                let is_done = !matches!(progress, Progress::Compared(so_far, _) if *so_far < contacts);
                assert!(!is_done || asked["compared"] == contacts, "{told:?}");
            }
        }
    }
    assert!(told.iter().any(|(progress, _)| matches!(progress, Progress::Written(..))), "{told:?}");
    assert_eq!(summary().await, rests);
}

/// A database of an older version gets what people are compared by when it is migrated, and its pairs from the first server that starts on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_before_gets_its_pairs_by_itself() {
    let app = App::empty_with_riverside().await;
    some_people(&app).await;
    let good = is_true(&app, "before").await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    owner
        .execute(
            "BEGIN; ALTER TABLE contact_profiles DISABLE TRIGGER USER; DELETE FROM contact_profiles; DELETE FROM duplicate_candidates;
             ALTER TABLE contact_profiles ENABLE TRIGGER USER; COMMIT",
        )
        .await
        .unwrap();
    storage::migrate(app.owner()).await.unwrap();
    let beside = app.beside(&[]).await;
    is_same(&is_true(&beside, "migrated").await, &good, "migrated");
    beside.stop().await;
}

/// Names that are common here say less here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_counted_again_and_whoever_changes_is_compared_by_that() {
    let app = App::empty_with_riverside().await;
    let mut crowd = some_people(&app).await;
    is_true(&app, "the world's names").await;
    let report = candidate::scan(app.database(), Namesakes::Recounted, |_| {}).await.unwrap();
    assert!(report.summary.counted_at.is_some());
    is_true(&app, "this directory's names").await;
    let counted = app.behind("SELECT (names->>'contacts')::int AS n FROM duplicate_census").await[0]["n"].clone();
    assert_eq!(counted, profiles(&app).await.len());
    let mut dice = Dice::thrown(10);
    for _ in 0..4 {
        crowd.comes(&app, &mut dice).await;
        crowd.changes(&app, &mut dice).await;
    }
    is_true(&app, "whoever came after").await;
    is_what_a_scan_finds(&app).await;
}

/// A server that is told not to leaves it to others, and one that loses its database goes on when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comparing_survives_lost_connections_and_is_left_to_others_where_told() {
    let app = App::empty_with_riverside().await;
    let idle = app.beside(&["--find-duplicates=false"]).await;
    let mut dice = Dice::thrown(11);
    let mut crowd = Crowd::default();
    let mut same_role = PgConnection::connect_with(&app.app_login()).await.unwrap();
    for round in 0..6 {
        crowd.comes(&idle, &mut dice).await;
        same_role
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'liaison duplicates'",
            )
            .await
            .unwrap();
        is_true(&app, &format!("round {round}")).await;
    }
    let connections = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liaison duplicates'";
    app.stop().await;
    crowd.comes(&idle, &mut dice).await;
    let waiting = idle.behind("SELECT count(*) AS n FROM duplicate_stale").await;
    assert_eq!(waiting[0]["n"], 1, "nobody compares");
    assert_eq!(candidate::settled(idle.database()).await, Err(Unsettled::NobodyCompares));
    // The database takes a moment to take notice.
    while idle.behind(connections).await[0]["n"] != 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    idle.stop().await;
}

/// One person who cannot be compared keeps nobody else waiting, and is compared when that is mended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_cannot_be_judged_is_stepped_over() {
    let app = App::empty_with_riverside().await;
    let broken =
        create(&app, json!({ "firstName": "Wilhelmina", "lastName": "Featherstonehaugh" })).await["id"].clone();
    is_true(&app, "before").await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let damage = format!(
        "CREATE TABLE spoilt AS SELECT * FROM contact_profiles WHERE contact_id = '{id}';
         UPDATE contact_profiles SET profile = '[]' WHERE contact_id = '{id}'",
        id = broken.as_str().unwrap()
    );
    owner.execute(sqlx::AssertSqlSafe(damage)).await.unwrap();
    let mail =
        json!([{ "email": { "create": { "address": "odalys.brightwater@riverside.example", "code": "work" } } }]);
    for _ in 0..2 {
        create(&app, json!({ "firstName": "Odalys", "lastName": "Brightwater", "emails": mail })).await;
    }
    while listed(&app).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(candidate::settled(app.database()).await, Err(Unsettled::LeftOut(1)));
    owner
        .execute("UPDATE contact_profiles p SET profile = s.profile FROM spoilt s WHERE s.contact_id = p.contact_id; DROP TABLE spoilt")
        .await
        .unwrap();
    // Whoever has not stepped over it; a server tries again after a while.
    while !candidate::work_off(app.database()).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(is_true(&app, "mended").await.len(), 1);
}

/// Whoever asks for a scan while one is under way gets one that has read what there is then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_that_is_asked_for_during_a_scan_is_not_lost() {
    let app = App::empty_with_riverside().await;
    some_people(&app).await;
    is_true(&app, "before").await;
    let steward = app.owner();
    let mut rebuilding = Some(steward);
    // A scan tells first when it has read everybody, and writes afterwards.
    let handle = tokio::runtime::Handle::current();
    let scanned = candidate::scan(app.database(), Namesakes::AsCounted, |_| {
        if let Some(owner) = rebuilding.take() {
            tokio::task::block_in_place(|| {
                handle.block_on(async { Steward::open(owner).await.unwrap().rebuild().await.unwrap() })
            });
        }
    });
    let failure = scanned.await.unwrap_err();
    assert!(matches!(&failure, Failure::Refused(why) if why[0].code == RefusalCode::Conflict), "{failure:?}");
    is_true(&app, "after it").await;
}
