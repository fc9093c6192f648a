//! A small schema of the product's shape: connections, an interface, a union, inputs of every kind. It holds no data.

use async_graphql::{
    EmptySubscription, Enum, InputObject, Interface, Object, OneofObject, Schema, SchemaBuilder, SimpleObject, Union,
};
use uuid::Uuid;

pub(super) type TestSchema = Schema<Query, Mutation, EmptySubscription>;

pub(super) fn recipe() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
}

#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub(super) enum ContactType {
    Emergency,
    Billing,
}

#[derive(InputObject)]
pub(super) struct ContactFilter {
    types: Option<Vec<ContactType>>,
    active: Option<bool>,
    #[graphql(default = 7)]
    rank: i32,
    and: Option<Vec<ContactFilter>>,
    name: Option<String>,
}

#[derive(InputObject)]
pub(super) struct Strict {
    count: i32,
    label: String,
}

#[derive(OneofObject)]
pub(super) enum Key {
    Email(String),
    Number(i32),
}

#[derive(SimpleObject)]
pub(super) struct PageInfo {
    has_next_page: bool,
}

pub(super) struct Organization;
pub(super) struct Contact;
pub(super) struct Phone;
pub(super) struct ContactConnection;
pub(super) struct PhoneConnection;
pub(super) struct ContactEdge;

#[derive(Interface)]
#[graphql(field(name = "id", ty = "Uuid"))]
pub(super) enum Node {
    Organization(Organization),
    Contact(Contact),
    Phone(Phone),
}

#[derive(Union)]
pub(super) enum Owner {
    Organization(Organization),
    Contact(Contact),
}

#[Object]
impl Organization {
    async fn id(&self) -> Uuid {
        Uuid::nil()
    }
    async fn name(&self) -> &str {
        "Acme"
    }
    async fn contacts(
        &self,
        first: Option<i32>,
        last: Option<i32>,
        filter: Option<ContactFilter>,
    ) -> ContactConnection {
        let _ = (first, last, filter);
        ContactConnection
    }
}

#[Object]
impl Contact {
    async fn id(&self) -> Uuid {
        Uuid::nil()
    }
    async fn name(&self) -> Option<&str> {
        Some("Ada")
    }
    async fn phones(&self, first: Option<i32>) -> PhoneConnection {
        let _ = first;
        PhoneConnection
    }
    async fn organizations(&self) -> Vec<Organization> {
        vec![Organization]
    }
    async fn owner(&self) -> Owner {
        Owner::Organization(Organization)
    }
}

#[Object]
impl Phone {
    async fn id(&self) -> Uuid {
        Uuid::nil()
    }
    async fn contacts(&self, first: Option<i32>) -> ContactConnection {
        let _ = first;
        ContactConnection
    }
}

#[Object]
impl ContactConnection {
    async fn nodes(&self) -> Vec<Contact> {
        vec![Contact]
    }
    async fn edges(&self) -> Vec<ContactEdge> {
        vec![ContactEdge]
    }
    async fn page_info(&self) -> PageInfo {
        PageInfo { has_next_page: false }
    }
    async fn total_count(&self) -> i32 {
        1
    }
}

#[Object]
impl ContactEdge {
    async fn node(&self) -> Contact {
        Contact
    }
    async fn cursor(&self) -> &str {
        "1"
    }
}

#[Object]
impl PhoneConnection {
    async fn nodes(&self) -> Vec<Phone> {
        vec![Phone]
    }
}

pub(super) struct Query;

#[Object]
impl Query {
    async fn organization(&self, id: Option<Uuid>) -> Organization {
        let _ = id;
        Organization
    }
    async fn node(&self, id: Uuid) -> Node {
        let _ = id;
        Node::Contact(Contact)
    }
    async fn nodes(&self, ids: Vec<Uuid>) -> Vec<Option<Node>> {
        ids.iter().map(|_| Some(Node::Contact(Contact))).collect()
    }
    async fn find(&self, key: Key) -> String {
        match key {
            Key::Email(_) => "email".into(),
            Key::Number(_) => "number".into(),
        }
    }
    /// Says what it was given, so that a difference in arguments is a difference in answers.
    #[allow(clippy::too_many_arguments)]
    async fn echo(
        &self,
        int: Option<i32>,
        #[graphql(default = 5)] with_default: i32,
        ints: Option<Vec<i32>>,
        float: Option<f64>,
        text: Option<String>,
        flag: Option<bool>,
        types: Option<Vec<ContactType>>,
        strict: Option<Strict>,
        filter: Option<ContactFilter>,
        id: Option<async_graphql::ID>,
    ) -> String {
        let types = types.map(|types| types.len());
        let strict = strict.map(|strict| (strict.count, strict.label));
        let filter = filter.map(|filter| {
            (
                filter.rank,
                filter.active,
                filter.name,
                filter.types.map(|types| types.len()),
                filter.and.map(|and| and.len()),
            )
        });
        let id = id.map(|id| id.0);
        format!("{int:?} {with_default} {ints:?} {float:?} {text:?} {flag:?} {types:?} {strict:?} {filter:?} {id:?}")
    }
    async fn required(&self, int: i32, kind: ContactType) -> i32 {
        let _ = kind;
        int
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn contact_create(&self, name: String, #[graphql(default = false)] dry_run: bool) -> Contact {
        let _ = (name, dry_run);
        Contact
    }
}
