//! Seeding what is there already, what is half there, and where something else stands.

use std::future::poll_fn;
use std::task::Poll;

use liaison_domain::failure::{Failure, RefusalCode};
use liaison_domain::replay::Verdict;
use liaison_domain::session::Note;
use liaison_server::demo::{self, SeedError, Seeded};

use crate::directory::{Directory, organization_of, viewer};

/// Polls a future at most so often and drops it then: a killed server stops at any await, and so does a dropped future.
async fn cut_after<F: Future>(most: usize, future: F) -> (Option<F::Output>, usize) {
    let mut future = Box::pin(future);
    let mut polls = 0;
    let ended = poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls >= most => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    (ended, polls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_that_is_cut_short_goes_on_where_it_stopped() {
    let whole = Directory::empty().await;
    let (seeded, polls) = cut_after(usize::MAX, demo::seed(&whole.database)).await;
    seeded.unwrap().unwrap();
    let directory = Directory::empty().await;
    // Each time it gets a little further, until nothing is left to do.
    let mut cuts = 0;
    let (changed, found) = loop {
        match cut_after(polls / 10 * (cuts + 1), demo::seed(&directory.database)).await.0 {
            None => cuts += 1,
            Some(seeded) => {
                let Seeded::Made { changed, found } = seeded.unwrap() else { break (0, usize::MAX) };
                break (changed, found);
            }
        }
    };
    assert!(cuts > 0, "a tenth of the story is not the story");
    assert!(found > 0, "{changed} made, {found} found, after {cuts} cuts");

    let sizes = "SELECT relname || ' ' || (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM ' || relname,
                 false, true, '')))[1]::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
    let types = "SELECT event_type || ' ' || count(*) FROM domain_events GROUP BY event_type ORDER BY 1";
    assert_eq!(directory.texts(sizes).await, whole.texts(sizes).await);
    assert_eq!(directory.texts(types).await, whole.texts(types).await);
    assert!(matches!(directory.verify().await, Verdict::Proved { .. }));
    whole.end().await;
    directory.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_has_other_things_under_the_demos_names_is_left_alone() {
    let directory = Directory::empty().await;
    let taken = organization_of("acme");
    directory.database.run(&viewer("Platform super admin"), &Note::default(), &taken).await.unwrap();
    let refused = demo::seed(&directory.database).await.unwrap_err();
    let SeedError::Refused { refusals, .. } = &refused else { panic!("{refused}") };
    assert_eq!(refusals[0].code, RefusalCode::SubdomainTaken);
    assert!(
        refused.to_string().contains("Acme Healthcare") && refused.to_string().contains("--ephemeral"),
        "{refused}"
    );
    // The id is the client's own, and an id that is taken is told from a subdomain that is.
    let again = directory.database.run(&viewer("Platform super admin"), &Note::default(), &taken).await.unwrap_err();
    assert!(matches!(&again, Failure::Refused(r) if r[0].code == RefusalCode::IdTaken), "{again:?}");
    assert!(matches!(directory.verify().await, Verdict::Proved { .. }));
    directory.end().await;
}

#[test]
fn the_ids_that_texts_quote_do_not_change() {
    let cast = demo::ids::cast();
    let told: Vec<String> = cast
        .organizations
        .iter()
        .chain(&cast.contacts)
        .map(|member| format!("{} {}", member.name, member.id))
        .collect();
    assert_eq!(
        told,
        [
            "platform 015c69f0-3e94-5681-b475-6c818de58bf5",
            "acme dc72b59f-0546-5d33-a09e-8555b6bb9105",
            "techpartner 32f1c080-cd88-544e-b185-a99abc850f93",
            "riverside e9a11634-16a8-56cf-8349-a6a342d5bdbf",
            "familybridge 9632e2fe-4f4d-51bb-8791-eca70f00a20e",
            "Ada Admin 11e03701-dff6-5249-b25b-75725641891c",
            "Jane Doe dfcc89a0-2a23-58d1-bc3f-59edec7cd556",
            "Bob Smith a66b5c28-2e01-5634-8372-66d9d586b7a7",
            "Alice Johnson 2a25ddcf-b1f2-5611-9d11-28b17bb7c905",
            "John Doe 3c493f1d-9557-51f1-b32d-6b5121d31b03",
            "Jane Miller 59374cb0-9306-5819-ba55-d0a6f2c621b2",
            "Bob Chen 2205e79d-c20b-536c-bdc6-beea884d6acb",
            "Alice Novak e80b0431-6baa-5302-a460-d5adc0b20002"
        ]
    );
}
