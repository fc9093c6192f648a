//! Ratios of ways to batch: one request of four hops (organization, 50 contacts, 150 phones, 300 addresses) over loaders that
//! read memory. Absolute times mean nothing; `cargo bench -p liaison-graphql --bench batching` prints what counts
//! (`--profile dev` for a quick look).
#![allow(clippy::print_stdout, missing_docs)]

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Request, Schema};
use liaison_graphql::batch::{Batch, Batches, Queue, drive};

static CALLS: AtomicUsize = AtomicUsize::new(0);

type Ids = Arc<Vec<u64>>;
type Outcome = Result<Option<Ids>, String>;

/// How many children the organization, a contact and a phone have.
const COUNTS: [u64; 3] = [50, 3, 2];

const WAYS: [&str; 5] =
    ["tick over dataloader", "eager", "dataloader, yield 10", "async-graphql, delay 0", "async-graphql, 1 ms"];

fn read(count: u64, keys: &[u64]) -> HashMap<u64, Ids> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    keys.iter().map(|key| (*key, children(count, *key))).collect()
}

fn children(count: u64, key: u64) -> Ids {
    Arc::new((0..count).map(|index| key * count + index + 1).collect())
}

#[derive(Clone, Copy)]
struct Children(u64);

impl Batch for Children {
    type Key = u64;
    type Value = Ids;
    type Error = String;
    async fn load(&self, keys: Vec<u64>) -> Result<HashMap<u64, Ids>, String> {
        Ok(read(self.0, &keys))
    }
}

impl dataloader::BatchFn<u64, Ids> for Children {
    async fn load(&mut self, keys: &[u64]) -> HashMap<u64, Ids> {
        read(self.0, keys)
    }
}

impl Loader<u64> for Children {
    type Value = Ids;
    type Error = String;
    async fn load(&self, keys: &[u64]) -> Result<HashMap<u64, Ids>, String> {
        Ok(read(self.0, keys))
    }
}

type Yielding = dataloader::cached::Loader<u64, Ids, Children>;

enum Source {
    Eager,
    Tick([Queue<Children>; 3]),
    Yielding([Yielding; 3]),
    Timer([DataLoader<Children>; 3]),
}

impl Source {
    fn of(way: &str, batches: &Batches) -> Self {
        let yielding = |count| Yielding::new(Children(count)).with_yield_count(10).with_max_batch_size(1_000);
        let timer = |count| DataLoader::new(Children(count), TokioSpawner::current(), TokioTimer::default());
        match way {
            "eager" => Self::Eager,
            "dataloader, yield 10" => Self::Yielding(COUNTS.map(yielding)),
            "async-graphql, delay 0" => Self::Timer(COUNTS.map(|count| timer(count).delay(Duration::ZERO))),
            "async-graphql, 1 ms" => Self::Timer(COUNTS.map(timer)),
            _ => Self::Tick(COUNTS.map(|count| batches.queue(count, |count| Children(*count)))),
        }
    }
}

async fn load(context: &Context<'_>, level: usize, key: u64) -> async_graphql::Result<Ids> {
    let found = match context.data::<Source>()? {
        Source::Eager => Ok(Some(children(COUNTS[level], key))),
        Source::Tick(queues) => queues[level].load(key).await,
        Source::Yielding(loaders) => Ok(Some(loaders[level].try_load(key).await?)),
        Source::Timer(loaders) => loaders[level].load_one(key).await,
    };
    Ok(found.map_err(async_graphql::Error::new)?.unwrap_or_default())
}

struct Query;
struct Organization(u64);
struct Contact(u64);
struct Phone(u64);
struct Address(u64);

#[Object]
impl Query {
    async fn organization(&self) -> Organization {
        Organization(1)
    }
}

#[Object]
impl Organization {
    async fn contacts(&self, context: &Context<'_>) -> async_graphql::Result<Vec<Contact>> {
        Ok(load(context, 0, self.0).await?.iter().copied().map(Contact).collect())
    }
}

#[Object]
impl Contact {
    async fn id(&self) -> u64 {
        self.0
    }
    async fn name(&self) -> &str {
        "Ada Lovelace"
    }
    async fn phones(&self, context: &Context<'_>) -> async_graphql::Result<Vec<Phone>> {
        Ok(load(context, 1, self.0).await?.iter().copied().map(Phone).collect())
    }
}

#[Object]
impl Phone {
    async fn number(&self) -> u64 {
        self.0
    }
    async fn addresses(&self, context: &Context<'_>) -> async_graphql::Result<Vec<Address>> {
        Ok(load(context, 2, self.0).await?.iter().copied().map(Address).collect())
    }
}

#[Object]
impl Address {
    async fn street(&self) -> u64 {
        self.0
    }
    async fn city(&self) -> &str {
        "London"
    }
}

const QUERY: &str = "{ organization { contacts { id name phones { number addresses { street city } } } } }";

async fn once(schema: &Schema<Query, EmptyMutation, EmptySubscription>, way: &str) {
    let batches = Batches::new();
    let request = Request::new(QUERY).data(Source::of(way, &batches));
    let response = drive(schema.execute(request), &batches).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
}

/// A value for every key, as the queue hands it to the crate.
struct Fetch(u64);

impl dataloader::BatchFn<u64, Outcome> for Fetch {
    async fn load(&mut self, keys: &[u64]) -> HashMap<u64, Outcome> {
        settle(self.0, keys)
    }
}

fn settle(count: u64, keys: &[u64]) -> HashMap<u64, Outcome> {
    let mut found = read(count, keys);
    keys.iter().map(|key| (*key, Ok(found.remove(key)))).collect()
}

/// What the crate costs beneath the tick: the three waves of 201 keys through it, and through a store of our own that sorts
/// out double keys and keeps the values as well.
async fn beneath(rounds: u32) -> (Duration, Duration) {
    let waves: [(u64, Vec<u64>); 3] = [(50, (1..2).collect()), (3, (1..51).collect()), (2, (1..151).collect())];
    let (mut through, mut own) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        let start = Instant::now();
        for (count, keys) in &waves {
            let loader = dataloader::cached::Loader::new(Fetch(*count));
            let loader = loader.with_yield_count(0).with_max_batch_size(usize::MAX);
            black_box(loader.try_load_many(keys.clone()).await.unwrap_or_default());
            black_box(loader);
        }
        through = through.min(start.elapsed());

        let start = Instant::now();
        for (count, keys) in &waves {
            let mut kept: HashMap<u64, Outcome> = HashMap::new();
            let mut seen = HashSet::with_capacity(keys.len());
            let asked: Vec<u64> =
                keys.iter().copied().filter(|key| !kept.contains_key(key) && seen.insert(*key)).collect();
            let found = settle(*count, &asked);
            kept.extend(found.iter().map(|(key, outcome)| (*key, outcome.clone())));
            black_box((found, kept));
        }
        own = own.min(start.elapsed());
    }
    (through, own)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
    let (rounds, each) = (60_u32, 5_u32);
    let mut best = [Duration::MAX; WAYS.len()];
    let mut calls = [0; WAYS.len()];
    for _ in 0..rounds {
        for (index, way) in WAYS.iter().enumerate() {
            CALLS.store(0, Ordering::Relaxed);
            let start = Instant::now();
            for _ in 0..each {
                runtime.block_on(once(&schema, way));
            }
            best[index] = best[index].min(start.elapsed() / each);
            calls[index] += CALLS.load(Ordering::Relaxed);
        }
    }
    println!("{:24} {:>16} {:>10}", "", "batches/request", "wall");
    for (index, way) in WAYS.iter().enumerate() {
        let ratio = best[index].as_secs_f64() / best[0].as_secs_f64();
        println!("{way:24} {:>16.1} {ratio:>9.2}x", calls[index] as f64 / f64::from(rounds * each));
    }
    let (through, own) = runtime.block_on(beneath(300));
    println!(
        "\nthe crate beneath the tick: {:.2}x of a store of our own, a difference of {:.1} % of the request",
        through.as_secs_f64() / own.as_secs_f64(),
        100.0 * (through.as_secs_f64() - own.as_secs_f64()) / best[0].as_secs_f64()
    );
}
