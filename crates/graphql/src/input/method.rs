//! What mutations take about phones, email addresses and addresses alike. What is acceptable the domain decides.

use async_graphql::{InputObject, OneofObject};
use liaison_domain::method::Owner;
use uuid::Uuid;

/// How a phone or email address is linked.
#[derive(InputObject, Default)]
pub struct MethodLinkInput {
    /// Whether it becomes the owner's primary one; the first does when left out.
    pub is_primary: Option<bool>,
    /// Its place among the owner's others, lowest first; 0 when left out.
    pub sort_order: Option<i32>,
}

/// Whose phone, email address or address.
#[derive(OneofObject)]
pub enum MethodOwnerInput {
    /// A person's.
    ContactId(Uuid),
    /// An organization's.
    OrganizationId(Uuid),
}

impl From<MethodOwnerInput> for Owner {
    fn from(owner: MethodOwnerInput) -> Self {
        match owner {
            MethodOwnerInput::ContactId(id) => Self::Contact(id),
            MethodOwnerInput::OrganizationId(id) => Self::Organization(id),
        }
    }
}
