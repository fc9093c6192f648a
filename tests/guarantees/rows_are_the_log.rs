//! I4: replaying the log into empty tables gives the same tables.

use liaison_domain::replay::{Steward, Verdict};

use crate::support::App;

#[tokio::test]
async fn the_demo_data_is_what_its_events_say() {
    let app = App::demo().await;
    let steward = Steward::open(app.owner()).await.unwrap();
    let verdict = steward.verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { events, .. } if events > 250), "{verdict:?}");
}
