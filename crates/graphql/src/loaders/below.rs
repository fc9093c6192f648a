//! What stands below many parents: a page of each in one statement, and how many there are of each in another. What is listed, in which
//! order and what of it may be seen is each list's own matter, and behind it the domain's.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use liaison_domain::failure::Fault;
use liaison_domain::reading::{ListError, Page, Slice};
use liaison_domain::session::Reader;
use uuid::Uuid;

use crate::batch::{Batch, Batches};

/// Which of what stands below, in which order: those who ask alike are answered together.
pub(super) trait Arguments: Hash + Eq + Clone + Send + Sync + 'static {}

impl<A: Hash + Eq + Clone + Send + Sync + 'static> Arguments for A {}

/// A list below parents.
pub(super) trait Listed: 'static {
    type Arguments: Arguments;
    type Row: Send + Sync + 'static;

    /// A page of each parent.
    fn pages(
        reader: &Reader,
        arguments: &Self::Arguments,
        parents: Vec<Uuid>,
        page: &Page,
    ) -> impl Future<Output = Result<HashMap<Uuid, Slice<Self::Row>>, ListError>> + Send;
}

/// Something of which parents have a number.
pub(super) trait Tallied: 'static {
    type Arguments: Arguments;

    /// How many each parent has; who is not there has none.
    fn counts(
        reader: &Reader,
        arguments: &Self::Arguments,
        parents: Vec<Uuid>,
    ) -> impl Future<Output = Result<HashMap<Uuid, i64>, Fault>> + Send;
}

struct Pages<L: Listed> {
    reader: Arc<Reader>,
    arguments: L::Arguments,
    page: Page,
    list: PhantomData<fn() -> L>,
}

impl<L: Listed> Batch for Pages<L> {
    type Key = Uuid;
    type Value = Arc<Slice<L::Row>>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = L::pages(&self.reader, &self.arguments, parents, &self.page).await?;
        Ok(found.into_iter().map(|(parent, slice)| (parent, Arc::new(slice))).collect())
    }
}

/// A page of one parent's list. What waits for it holds the queue and not the arguments: traversals are as many such futures deep as the
/// document is.
pub(super) fn page<L: Listed>(
    batches: &Batches,
    reader: &Arc<Reader>,
    parent: Uuid,
    arguments: L::Arguments,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<L::Row>>, ListError>> + Send + use<L> {
    let empty = Slice::empty(&page);
    let queue = batches.queue((arguments, page), |(arguments, page)| Pages::<L> {
        reader: reader.clone(),
        arguments: arguments.clone(),
        page: page.clone(),
        list: PhantomData,
    });
    async move { Ok(queue.load(parent).await?.unwrap_or_else(|| Arc::new(empty))) }
}

struct Counts<T: Tallied> {
    reader: Arc<Reader>,
    arguments: T::Arguments,
    what: PhantomData<fn() -> T>,
}

impl<T: Tallied> Batch for Counts<T> {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        T::counts(&self.reader, &self.arguments, parents).await
    }
}

/// How many one parent has.
pub(super) fn count<T: Tallied>(
    batches: &Batches,
    reader: &Arc<Reader>,
    parent: Uuid,
    arguments: T::Arguments,
) -> impl Future<Output = Result<i64, Fault>> + Send + use<T> {
    let queue = batches.queue(arguments, |arguments| Counts::<T> {
        reader: reader.clone(),
        arguments: arguments.clone(),
        what: PhantomData,
    });
    async move { Ok(queue.load(parent).await?.unwrap_or(0)) }
}
