//! The demo data: the seeds' four use cases, a school with a family, a family service, a few
//! duplicates and an outsider, told as a story of commands.
//! It holds no rule and no SQL: everything comes in through the commands that clients use, by viewers who may give them.
//!
//! The records have fixed ids ([`ids`]), so that texts can quote them, and so that a story that was cut short goes on where it
//! stopped: what has its record already is not made again.

mod acme;
mod consultant;
mod duplicates;
mod identities;
pub mod ids;
mod neighbours;
mod network;
mod records;
mod referrals;
mod school;
mod story;

use futures::{StreamExt, TryStreamExt, stream};
use liaison_domain::entity::contact;
use liaison_domain::failure::{Failure, Fault, Refusal, RefusalCode};
use liaison_domain::reading;
use liaison_domain::session::{Database, Note};

pub use identities::{DemoIdentity, identities};

use story::{Chapter, Done, Step};

/// So many commands run at a time where their order does not matter; more would only queue for the log's disk.
const AT_ONCE: usize = 4;

/// How the seeding ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeded {
    /// The directory has the whole demo; nothing was touched.
    AlreadyThere,
    /// The demo is there now.
    Made {
        /// How many commands changed something.
        changed: usize,
        /// How many found their work done, by an earlier run that was cut short.
        found: usize,
    },
}

/// Why there is no demo. What was made before stays; seeding again goes on from there.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SeedError {
    /// A rule said no: the directory holds something that the demo runs into.
    #[error("the demo data cannot be made here ({}): {}; the demo wants an empty directory: start it with --ephemeral or on a database of its own", .step, told(.refusals))]
    Refused {
        /// What was being done, in the words of the log.
        step: String,
        /// What the rules said.
        refusals: Vec<Refusal>,
    },
    /// It broke.
    #[error("the demo data is not complete ({step}): {fault}; start the demo again to complete it")]
    Fault {
        /// What was being done.
        step: String,
        /// What broke.
        fault: Fault,
    },
}

fn told(refusals: &[Refusal]) -> String {
    let told = refusals.iter().map(|refusal| format!("{} {}", refusal.code.name(), refusal.message));
    told.collect::<Vec<_>>().join("; ")
}

/// Brings the demo data into the directory, unless it is there.
pub async fn seed(database: &Database) -> Result<Seeded, SeedError> {
    if is_complete(database).await? {
        return Ok(Seeded::AlreadyThere);
    }
    let (mut changed, mut found) = (0, 0);
    for chapter in story() {
        for done in tell(database, &chapter).await? {
            match done {
                Done::Changed => changed += 1,
                Done::Found => found += 1,
            }
        }
    }
    Ok(Seeded::Made { changed, found })
}

/// The whole story. The last chapter makes nothing but the record by which a complete demo is known.
fn story() -> Vec<Chapter> {
    let mut chapters = network::beginning();
    chapters.extend(acme::offices());
    chapters.extend(acme::billing());
    chapters.extend(consultant::john());
    chapters.extend(referrals::referrals());
    chapters.extend(school::school());
    chapters.extend(duplicates::duplicates());
    chapters.extend(neighbours::neighbours());
    chapters
}

/// Whether the last record of the story is there. The first ones would not do: a server killed while it seeded has those too.
async fn is_complete(database: &Database) -> Result<bool, SeedError> {
    let reader = database.reader(&identities::super_admin());
    let last = neighbours::last_id();
    let looked = async {
        let found = reading::nodes::<contact::Entity>(&reader, vec![last]).await?;
        reader.renew().await?;
        Ok(found.contains_key(&last))
    };
    looked.await.map_err(|fault| SeedError::Fault { step: "looking whether it is there".to_owned(), fault })
}

async fn tell(database: &Database, chapter: &Chapter) -> Result<Vec<Done>, SeedError> {
    let (steps, at_once) = match chapter {
        Chapter::InOrder(steps) => (steps, 1),
        Chapter::AnyOrder(steps) => (steps, AT_ONCE),
    };
    stream::iter(steps).map(|step| take(database, step)).buffer_unordered(at_once).try_collect().await
}

async fn take(database: &Database, step: &Step) -> Result<Done, SeedError> {
    let note = Note { reason: Some(step.reason.clone()), ..Note::default() };
    match step.command.run(database, &step.viewer, &note).await {
        Ok(done) => Ok(done),
        // The ids are the demo's own: one that is taken was taken by an earlier run. No other refusal means that.
        Err(Failure::Refused(refusals)) if refusals.iter().all(|refusal| refusal.code == RefusalCode::IdTaken) => {
            Ok(Done::Found)
        }
        Err(Failure::Refused(refusals)) => Err(SeedError::Refused { step: step.reason.clone(), refusals }),
        Err(Failure::Fault(fault)) => Err(SeedError::Fault { step: step.reason.clone(), fault }),
    }
}
