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

use crate::batch::{Batch, Batches};

/// Pages of relationships with the people at their other ends.
struct People<E> {
    reader: Arc<Reader>,
    way: Way,
    query: RelationQuery,
    page: Page,
    kind: PhantomData<fn() -> E>,
}

impl<E: EntityTrait<Model: Send + Sync>> Batch for People<E> {
    type Key = Uuid;
    type Value = Arc<Slice<RelatedPerson<E::Model>>>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::related_people::<E>(&self.reader, self.way, parents, &self.query, &self.page).await?;
        Ok(found.into_iter().map(|(parent, slice)| (parent, Arc::new(slice))).collect())
    }
}

/// A page of the relationships of one parent.
pub async fn related_people<E: EntityTrait<Model: Send + Sync>>(
    batches: &Batches,
    reader: &Arc<Reader>,
    way: Way,
    parent: Uuid,
    (query, page): (RelationQuery, Page),
) -> Result<Arc<Slice<RelatedPerson<E::Model>>>, ListError> {
    let empty = Slice::empty(&page);
    let queue = batches.queue((way, query, page), |(way, query, page)| People::<E> {
        reader: reader.clone(),
        way: *way,
        query: query.clone(),
        page: page.clone(),
        kind: PhantomData,
    });
    Ok(queue.load(parent).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// Pages of the assignments of people, with the places.
struct Workplaces {
    reader: Arc<Reader>,
    query: RelationQuery,
    page: Page,
}

/// An assignment and its place.
type Placed = (staff_assignment::Model, Workplace);

impl Batch for Workplaces {
    type Key = Uuid;
    type Value = Arc<Slice<Placed>>;
    type Error = ListError;

    async fn load(&self, people: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::workplaces(&self.reader, people, &self.query, &self.page).await?;
        Ok(found.into_iter().map(|(person, slice)| (person, Arc::new(slice))).collect())
    }
}

/// A page of where one person works.
pub async fn workplaces(
    batches: &Batches,
    reader: &Arc<Reader>,
    person: Uuid,
    (query, page): (RelationQuery, Page),
) -> Result<Arc<Slice<Placed>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |(query, page): &(RelationQuery, Page)| Workplaces {
        reader: reader.clone(),
        query: query.clone(),
        page: page.clone(),
    };
    Ok(batches.queue((query, page), make).load(person).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many relationships parents have.
struct Counts {
    reader: Arc<Reader>,
    way: Way,
    query: RelationQuery,
}

impl Batch for Counts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_relations(&self.reader, self.way, parents, &self.query).await
    }
}

/// How many relationships one parent has.
pub async fn relation_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    way: Way,
    parent: Uuid,
    query: RelationQuery,
) -> Result<i64, Fault> {
    let make = |(way, query): &(Way, RelationQuery)| Counts { reader: reader.clone(), way: *way, query: query.clone() };
    Ok(batches.queue((way, query), make).load(parent).await?.unwrap_or(0))
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
