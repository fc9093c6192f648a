//! What a definition of a code says.

use async_graphql::{InputObject, MaybeUndefined};
use liaison_domain::code::{Define, Family};
use uuid::Uuid;

use super::edit;

/// A code of a vocabulary, new or changed. Who names a code that is there changes it: what is left out stays.
#[derive(InputObject)]
pub struct CodeDefineInput {
    /// Your own id for a new code, a UUID that nothing has yet; one is made when left out.
    id: Option<Uuid>,
    /// The name that other systems know; it never changes: 1 to 63 lower-case letters, digits and underscores, a letter first.
    code: String,
    /// What people read, 1 to 200 characters; needed of a new code.
    label: MaybeUndefined<String>,
    /// What it is for, at most 2,000 characters.
    description: MaybeUndefined<String>,
    /// Its place among the others, lowest first; a new code without one stands behind all others.
    sort_order: MaybeUndefined<i32>,
}

impl CodeDefineInput {
    /// The command that defines it in this vocabulary.
    pub fn command(self, family: Family) -> Define {
        Define {
            family,
            id: self.id,
            code: self.code,
            label: edit(self.label),
            description: edit(self.description),
            sort_order: edit(self.sort_order),
        }
    }
}
