//! The tick under async-graphql and alone: how many batches, what they hold, and what becomes of errors and of the dropped.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema};
use futures::future::{join, join_all};
use futures::stream::{FuturesUnordered, StreamExt};

use super::{Batch, Batches, Queue, drive};

/// What each batch was asked, in the order in which they ran.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(&'static str, usize)>>>);

impl Log {
    fn taken(&self) -> Vec<(&'static str, usize)> {
        std::mem::take(&mut self.0.lock().expect("the log"))
    }
}

/// `count` children of every key; keys that are multiples of 1,000 fail.
struct Children {
    kind: &'static str,
    count: u64,
    wait: Duration,
    log: Log,
}

impl Batch for Children {
    type Key = u64;
    type Value = Arc<Vec<u64>>;
    type Error = String;

    async fn load(&self, keys: Vec<u64>) -> Result<HashMap<u64, Self::Value>, String> {
        self.log.0.lock().expect("the log").push((self.kind, keys.len()));
        // A real wait, as for a database.
        tokio::time::sleep(self.wait).await;
        if let Some(key) = keys.iter().find(|key| **key % 1_000 == 999) {
            return Err(format!("{key} cannot be loaded"));
        }
        let children = |key: u64| Arc::new((0..self.count).map(|index| key * self.count + index + 1).collect());
        Ok(keys.into_iter().filter(|key| key % 1_000 != 500).map(|key| (key, children(key))).collect())
    }
}

#[derive(Clone, Default)]
struct Source {
    batches: Batches,
    log: Log,
}

impl Source {
    fn children(&self, kind: &'static str, count: u64) -> Queue<Children> {
        let make = |_: &_| Children { kind, count, wait: Duration::from_millis(1), log: self.log.clone() };
        self.batches.queue((kind, count), make)
    }
}

struct Query;
struct Organization(u64);
struct Contact(u64);
struct Phone(u64);
struct Address(u64);

async fn load(
    context: &async_graphql::Context<'_>,
    kind: &'static str,
    count: u64,
    key: u64,
) -> async_graphql::Result<Arc<Vec<u64>>> {
    let queue = context.data::<Source>()?.children(kind, count);
    queue.load(key).await.map(Option::unwrap_or_default).map_err(async_graphql::Error::new)
}

#[Object]
impl Query {
    async fn organization(&self, #[graphql(default = 1)] id: u64) -> Organization {
        Organization(id)
    }
}

#[Object]
impl Organization {
    async fn contacts(
        &self,
        context: &async_graphql::Context<'_>,
        #[graphql(default = 50)] first: u64,
    ) -> async_graphql::Result<Vec<Contact>> {
        Ok(load(context, "contacts", first, self.0).await?.iter().copied().map(Contact).collect())
    }
}

#[Object]
impl Contact {
    async fn id(&self) -> u64 {
        self.0
    }
    async fn phones(&self, context: &async_graphql::Context<'_>) -> async_graphql::Result<Vec<Phone>> {
        Ok(load(context, "phones", 3, self.0).await?.iter().copied().map(Phone).collect())
    }
    async fn addresses(&self, context: &async_graphql::Context<'_>) -> async_graphql::Result<Vec<Address>> {
        Ok(load(context, "addresses", 2, self.0).await?.iter().copied().map(Address).collect())
    }
}

#[Object]
impl Phone {
    async fn addresses(&self, context: &async_graphql::Context<'_>) -> async_graphql::Result<Vec<Address>> {
        Ok(load(context, "addresses", 2, self.0).await?.iter().copied().map(Address).collect())
    }
}

#[Object]
impl Address {
    async fn id(&self) -> u64 {
        self.0
    }
}

async fn execute(source: &Source, query: &str) -> async_graphql::Response {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
    drive(schema.execute(Request::new(query).data(source.clone())), &source.batches).await
}

#[tokio::test]
async fn four_hops_are_three_batches() {
    let source = Source::default();
    let response = execute(&source, "{ organization { contacts { phones { addresses { id } } } } }").await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    assert_eq!(source.log.taken(), [("contacts", 1), ("phones", 50), ("addresses", 150)]);
    let json = response.data.into_json().expect("data");
    assert_eq!(json["organization"]["contacts"].as_array().map(Vec::len), Some(50));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_they_are_in_a_task_on_many_threads() {
    for _ in 0..20 {
        let source = Source::default();
        let inner = source.clone();
        tokio::spawn(
            async move { execute(&inner, "{ organization { contacts { phones { addresses { id } } } } }").await },
        )
        .await
        .expect("the task ends");
        assert_eq!(source.log.taken(), [("contacts", 1), ("phones", 50), ("addresses", 150)]);
    }
}

#[tokio::test]
async fn branches_of_one_level_share_a_wave_and_equal_arguments_a_batch() {
    let source = Source::default();
    let query = "{ a: organization(id: 1) { contacts { addresses { id } phones { addresses { id } } } }
                   b: organization(id: 2) { contacts { id } }
                   c: organization(id: 1) { contacts { id } }
                   d: organization(id: 1) { contacts(first: 2) { id } } }";
    let response = execute(&source, query).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let mut log = source.log.taken();
    log.sort_unstable();
    // Two organizations with one page size, one with another; each level's addresses in one batch, without double keys.
    assert_eq!(log.iter().filter(|(kind, _)| *kind == "contacts").count(), 2);
    assert_eq!(log.iter().filter(|(kind, _)| *kind == "phones").collect::<Vec<_>>(), [&("phones", 50)]);
    assert_eq!(log.iter().filter(|(kind, _)| *kind == "addresses").count(), 2);
}

#[tokio::test]
async fn a_set_of_futures_that_stops_half_way_through_does_not_split_the_batch() {
    // `FuturesUnordered` wakes itself and is pending once two of its children have woken themselves, as sets within the set
    // do: a tick without the flag flushes then, with most children not even asked.
    let source = Source::default();
    let queue = source.children("phones", 1);
    let many = async {
        let children: FuturesUnordered<_> = (1..=400)
            .map(|key| {
                let queue = &queue;
                async move {
                    if key % 10 == 0 {
                        wake_myself_once().await;
                    }
                    queue.load(key).await.expect("no error").is_some()
                }
            })
            .collect();
        children.filter(|found| std::future::ready(*found)).count().await
    };
    assert_eq!(drive(many, &source.batches).await, 400);
    assert_eq!(source.log.taken(), [("phones", 400)]);
}

async fn wake_myself_once() {
    let mut woken = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut woken, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[tokio::test]
async fn a_future_that_wakes_itself_for_long_is_not_flushed_before_and_gives_way() {
    let source = Source::default();
    let queue = source.children("phones", 1);
    let turns = AtomicUsize::new(0);
    let restless = std::future::poll_fn(|context| {
        if turns.fetch_add(1, Ordering::Relaxed) < 1_000 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    });
    let others = AtomicUsize::new(0);
    let both = drive(join(queue.load(1), async { (restless.await, queue.load(2).await).1 }), &source.batches);
    let mut both = std::pin::pin!(both);
    let ((first, second), ()) = join(
        std::future::poll_fn(|context| {
            others.fetch_add(1, Ordering::Relaxed);
            both.as_mut().poll(context)
        }),
        async {},
    )
    .await;
    assert!(first.expect("no error").is_some() && second.expect("no error").is_some());
    assert_eq!(source.log.taken(), [("phones", 2)], "one batch for both");
    assert!(others.load(Ordering::Relaxed) > 10, "the task gave way in between");
}

#[tokio::test]
async fn an_error_reaches_everyone_in_the_batch_and_nobody_else() {
    let source = Source::default();
    let (bad, good) = (source.children("phones", 1), source.children("emails", 1));
    let (bad, good) =
        drive(join(join_all([1, 2, 999, 1].map(|key| bad.load(key))), good.load(1)), &source.batches).await;
    for outcome in bad {
        assert_eq!(outcome.expect_err("the batch failed"), "999 cannot be loaded");
    }
    assert!(good.expect("the other batch").is_some());

    let response = execute(&source, "{ organization(id: 999) { contacts { id } } }").await;
    assert_eq!(response.errors.first().map(|error| error.message.as_str()), Some("999 cannot be loaded"));
}

#[tokio::test]
async fn keys_without_a_value_have_none() {
    let source = Source::default();
    let queue = source.children("phones", 1);
    let (one, many) = drive(join(queue.load(500), queue.load_many(vec![1, 500, 2, 1])), &source.batches).await;
    assert!(one.expect("no error").is_none());
    let mut keys: Vec<u64> = many.expect("no error").into_keys().collect();
    keys.sort_unstable();
    assert_eq!(keys, [1, 2]);
    assert_eq!(source.log.taken(), [("phones", 3)]);
    assert!(drive(queue.load_many(Vec::new()), &source.batches).await.expect("no error").is_empty());
    assert!(source.log.taken().is_empty());
}

#[tokio::test]
async fn values_are_kept_for_the_request_until_they_are_cleared() {
    let source = Source::default();
    let queue = source.children("phones", 1);
    drive(queue.load(1), &source.batches).await.expect("no error");
    drive(join(queue.load(1), queue.load(2)), &source.batches).await.0.expect("no error");
    assert_eq!(source.log.taken(), [("phones", 1), ("phones", 1)], "the second batch asks for the new key only");
    source.batches.clear().await;
    drive(queue.load(1), &source.batches).await.expect("no error");
    assert_eq!(source.log.taken(), [("phones", 1)]);
}

#[tokio::test]
async fn the_dropped_are_no_burden() {
    let source = Source::default();
    let queue = source.children("phones", 1);
    // A waiter that is dropped before the batch, and one that is dropped while it runs.
    let race = async {
        let early = futures::future::select(Box::pin(queue.load(1)), std::future::ready(())).await;
        drop(early);
        let impatient = tokio::time::timeout(Duration::ZERO, queue.load(2));
        let (impatient, patient) = join(impatient, queue.load(3)).await;
        assert!(impatient.is_err() || impatient.is_ok_and(|outcome| outcome.is_ok()));
        patient
    };
    assert!(drive(race, &source.batches).await.expect("no error").is_some());
    source.log.taken();

    // The whole execution is dropped half way; the queues go on in the next.
    let slow: Queue<Children> = source.batches.queue("slow", |_| Children {
        kind: "slow",
        count: 1,
        wait: Duration::from_secs(3_600),
        log: source.log.clone(),
    });
    let halfway = tokio::time::timeout(Duration::from_millis(5), drive(slow.load(1), &source.batches)).await;
    assert!(halfway.is_err());
    assert_eq!(source.log.taken(), [("slow", 1)]);
    assert!(drive(queue.load(4), &source.batches).await.expect("no error").is_some());
}

/// Wakes from another thread, at any moment of the tick.
struct FromAnotherThread {
    started: bool,
    done: Arc<AtomicBool>,
}

impl Future for FromAnotherThread {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.done.load(Ordering::SeqCst) {
            return Poll::Ready(());
        }
        if !self.started {
            self.started = true;
            let (waker, done) = (context.waker().clone(), self.done.clone());
            std::thread::spawn(move || {
                done.store(true, Ordering::SeqCst);
                waker.wake();
            });
        }
        Poll::Pending
    }
}

#[tokio::test]
async fn no_wake_up_from_elsewhere_is_lost() {
    let source = Source::default();
    let queue = source.children("phones", 1);
    for key in 0..300 {
        let both = join(FromAnotherThread { started: false, done: Arc::default() }, async {
            let _ = queue.load(key).await;
        });
        tokio::time::timeout(Duration::from_secs(10), drive(both, &source.batches)).await.expect("woken");
    }
}
