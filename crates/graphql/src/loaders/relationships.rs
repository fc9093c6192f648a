//! Relationships of many people, and what people are: one key each, one statement for all of them.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use liaison_domain::entity::{contact_persona, staff_assignment};
use liaison_domain::failure::Fault;
use liaison_domain::orm::EntityTrait;
use liaison_domain::reading::{self, ListError, Page, RelatedPerson, RelationQuery, Slice, Way, Workplace};
use liaison_domain::session::Reader;
use uuid::Uuid;

use super::below::{self, Listed, Tallied};
use crate::batch::{Batch, Batches};

/// Relationships with the people at their other ends.
struct People<E>(PhantomData<fn() -> E>);

impl<E: EntityTrait<Model: Send + Sync>> Listed for People<E> {
    type Arguments = (Way, RelationQuery);
    type Row = RelatedPerson<E::Model>;

    async fn pages(
        reader: &Reader,
        (way, query): &Self::Arguments,
        parents: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<Self::Row>>, ListError> {
        reading::related_people::<E>(reader, *way, parents, query, page).await
    }
}

/// A page of the relationships of one parent.
pub fn related_people<E: EntityTrait<Model: Send + Sync>>(
    batches: &Batches,
    reader: &Arc<Reader>,
    way: Way,
    parent: Uuid,
    (query, page): (RelationQuery, Page),
) -> impl Future<Output = Result<Arc<Slice<RelatedPerson<E::Model>>>, ListError>> + Send {
    below::page::<People<E>>(batches, reader, parent, (way, query), page)
}

/// The assignments of people, with the places.
struct Workplaces;

/// An assignment and its place.
type Placed = (staff_assignment::Model, Workplace);

impl Listed for Workplaces {
    type Arguments = RelationQuery;
    type Row = Placed;

    async fn pages(
        reader: &Reader,
        query: &RelationQuery,
        people: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<Placed>>, ListError> {
        reading::workplaces(reader, people, query, page).await
    }
}

/// A page of where one person works.
pub fn workplaces(
    batches: &Batches,
    reader: &Arc<Reader>,
    person: Uuid,
    (query, page): (RelationQuery, Page),
) -> impl Future<Output = Result<Arc<Slice<Placed>>, ListError>> + Send {
    below::page::<Workplaces>(batches, reader, person, query, page)
}

/// Relationships of whatever kind.
struct Relations;

impl Tallied for Relations {
    type Arguments = (Way, RelationQuery);

    async fn counts(
        reader: &Reader,
        (way, query): &(Way, RelationQuery),
        parents: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_relations(reader, *way, parents, query).await
    }
}

/// How many relationships one parent has.
pub fn relation_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    way: Way,
    parent: Uuid,
    query: RelationQuery,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Relations>(batches, reader, parent, (way, query))
}

/// What contacts are.
struct Personas {
    reader: Arc<Reader>,
}

impl Batch for Personas {
    type Key = Uuid;
    type Value = Arc<Vec<contact_persona::Model>>;
    type Error = Fault;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let found = reading::personas(&self.reader, contacts).await?;
        Ok(found.into_iter().map(|(contact, rows)| (contact, Arc::new(rows))).collect())
    }
}

/// What one contact is.
pub async fn personas(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
) -> Result<Arc<Vec<contact_persona::Model>>, Fault> {
    let queue = batches.queue((), |(): &()| Personas { reader: reader.clone() });
    Ok(queue.load(contact).await?.unwrap_or_default())
}
