//! The log's position: a follower that reads below the horizon meets every event, in order, while many write at once
//! (quality.md, "Nothing lost"). It looks behind the API, as a follower inside the house will.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use liaison_domain::contact::{Link, Whom};
use liaison_domain::entity::values::ContactType;
use liaison_domain::history::{self, ChangeFilter};
use liaison_domain::position::Position;
use liaison_domain::session::{Attempt, Note};
use liaison_server::demo::ids;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use uuid::Uuid;

use crate::support::{App, Who};

const WRITERS: usize = 8;
const EACH: usize = 12;

/// An event as a follower meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Met {
    place: (i32, i64, i64),
    stream_id: Uuid,
    stream_version: i32,
}

/// Everything after `place` that no transaction under way can still precede.
async fn next(follower: &mut PgConnection, place: (i32, i64, i64)) -> Vec<Met> {
    let rows = sqlx::query(
        "SELECT epoch, xid::text::bigint AS xid, seq, stream_id, stream_version FROM domain_events
         WHERE (epoch, xid, seq) > ($1, $2::text::xid8, $3) AND xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY epoch, xid, seq LIMIT 50",
    )
    .bind(place.0)
    .bind(place.1.to_string())
    .bind(place.2);
    let read = |row: sqlx::postgres::PgRow| Met {
        place: (row.get("epoch"), row.get("xid"), row.get("seq")),
        stream_id: row.get("stream_id"),
        stream_version: row.get("stream_version"),
    };
    rows.fetch_all(follower).await.unwrap().into_iter().map(read).collect()
}

/// What a viewer meets who looks whenever the feed says that there may be something new, and soon again while something is pending.
async fn follow_as_viewer(app: Arc<App>, who: Who, written: Arc<AtomicI64>) -> Vec<(Position, Uuid)> {
    let mut follower = app.database().feed().follow();
    let mut met = Vec::new();
    let mut place = None;
    loop {
        let was_over = written.load(Ordering::SeqCst) < i64::MAX;
        let reader = app.database().reader(&app.viewer(&who));
        let batch = history::changes(&reader, &ChangeFilter::default(), place, 5).await.unwrap();
        reader.renew().await.unwrap();
        met.extend(batch.entries.iter().filter_map(|entry| Some((entry.position?, entry.event()?.id))));
        place = batch.end;
        if batch.is_pending {
            tokio::time::sleep(Duration::from_millis(2)).await;
        } else if batch.is_caught_up && was_over {
            return met;
        } else if batch.is_caught_up {
            // The writers end with a commit; the clock of this test's own wake-ups is not asked.
            tokio::select! {
                () = follower.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_meets_every_event_once_and_in_order_while_many_write() {
    let app = Arc::new(App::demo().await);
    // How many there are to meet, once that is known.
    let written = Arc::new(AtomicI64::new(i64::MAX));
    let mut follower = PgConnection::connect_with(&app.owner()).await.unwrap();

    let following = tokio::spawn({
        let written = written.clone();
        async move {
            let mut met: Vec<Met> = Vec::new();
            // The horizon is the whole cluster's: other tests' transactions hold it back for a while, never for ever.
            for _ in 0..60_000 {
                let place = met.last().map_or((0, 0, 0), |event| event.place);
                met.extend(next(&mut follower, place).await);
                if met.len() as i64 >= written.load(Ordering::SeqCst) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            met
        }
    });
    // And as viewers follow: `changes` by position, woken by the feed.
    let as_viewer = tokio::spawn(follow_as_viewer(app.clone(), Who::acme_admin(), written.clone()));
    let as_stranger = tokio::spawn(follow_as_viewer(app.clone(), Who::stranger(), written.clone()));
    let writers = (0..WRITERS).map(|writer| {
        let app = app.clone();
        tokio::spawn(async move {
            let acme = Who::acme_admin();
            for at in 0..EACH {
                // Each becomes the primary stakeholder, so that the writers depend on each other.
                let query = format!(
                    "mutation {{ contactCreate(contact: {{allowDuplicate: true, firstName: \"W{writer}\", lastName: \"N{at}\",
                       organizations: [{{type: STAKEHOLDER, isPrimary: true}}]}}) {{ position userErrors {{ message }} }} }}"
                );
                let answer = app.ask(&acme, &query).await;
                assert!(answer.at("/contactCreate/position").is_string(), "{:#}", answer.body);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM domain_events").fetch_one(&mut owner).await.unwrap();
    written.store(count, Ordering::SeqCst);
    let met = following.await.unwrap();
    for (who, followed) in [(Who::acme_admin(), as_viewer), (Who::stranger(), as_stranger)] {
        let followed = followed.await.unwrap();
        assert!(followed.is_sorted_by(|one, next| one.0 < next.0), "nothing twice, nothing out of order");
        let may = super::access_matrix::oracle::events(&app, who.organization_id, false).await;
        let met: BTreeSet<Uuid> = followed.into_iter().map(|(_, id)| id).collect();
        assert!(
            met == may,
            "{}: {} missing, {} too many",
            who.name,
            may.difference(&met).count(),
            met.difference(&may).count()
        );
    }

    assert_eq!(met.len() as i64, count, "nothing skipped");
    assert!(met.is_sorted_by(|one, two| one.place < two.place), "nothing twice, nothing out of order");
    let mut versions = std::collections::HashMap::new();
    for event in &met {
        let before = versions.insert(event.stream_id, event.stream_version).unwrap_or(0);
        assert_eq!(event.stream_version, before + 1, "a stream's events come in their order");
    }
    let verdict = liaison_domain::replay::Steward::open(app.owner()).await.unwrap().verify().await.unwrap();
    assert!(matches!(verdict, liaison_domain::replay::Verdict::Proved { .. }), "{verdict:?}");
}

/// A mutation's own position may stand above what can be read yet: something older is under way. Who goes on from there gets that too,
/// once it is there, and its own not again.
#[tokio::test]
async fn who_goes_on_from_a_mutations_position_gets_what_was_under_way() {
    let app = App::demo().await;
    let (database, acme) = (app.database(), app.viewer(&Who::acme_admin()));
    let link = |name: &str, contact_type| Link {
        whom: Whom::id(ids::contact(name)),
        organization_id: None,
        contact_type,
        is_primary: None,
    };
    let under_way = database.attempt(&acme, &Note::default(), &link("John Doe", ContactType::Stakeholder)).await;
    let Ok(Attempt::Open { work, events, .. }) = under_way else { panic!("the first was not done") };
    assert_eq!(events.len(), 1);
    let second = database.run(&acme, &Note::default(), &link("Jane Doe", ContactType::Emergency)).await.unwrap();
    let after = second.position;
    assert!(after.unwrap() > events[0].1);

    let reader = database.reader(&acme);
    let begin = history::begin(&reader, after).await.unwrap();
    assert!(begin < after);
    let following = ChangeFilter { not_again: after, ..ChangeFilter::default() };
    let nothing = history::changes(&reader, &following, begin, 50).await.unwrap();
    assert_eq!((nothing.entries.len(), nothing.is_caught_up, nothing.is_pending), (0, true, true));
    let page = history::changes(&reader, &ChangeFilter::default(), after, 50).await.unwrap();
    assert_eq!((page.entries.len(), page.end), (0, begin), "who asks page by page goes back as well");
    work.settle("").await.unwrap();
    // Whoever else writes in this cluster holds everybody back for a moment.
    let mut told = Vec::new();
    for _ in 0..2_000 {
        reader.renew().await.unwrap();
        let page = history::changes(&reader, &following, nothing.end, 50).await.unwrap();
        told = page.entries.iter().map(|entry| entry.position).collect();
        if !told.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(told, [Some(events[0].1)]);
}
