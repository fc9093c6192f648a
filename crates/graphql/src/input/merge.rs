//! The input of merging contacts.

use async_graphql::InputObject;
use liaison_domain::contact::FieldChoices;
use uuid::Uuid;

/// Whose value each field of the survivor is to have: the id of the survivor or of a duplicate. What is left out is the survivor's; where
/// the survivor has nothing, the first duplicate's that has something. The strictest consent wins and is not chosen.
#[derive(InputObject, Default)]
pub struct ContactMergeFieldChoicesInput {
    /// Whose given name.
    first_name: Option<Uuid>,
    /// Whose family name.
    last_name: Option<Uuid>,
    /// Whose title.
    title: Option<Uuid>,
    /// Whose department.
    department: Option<Uuid>,
    /// Whose preferred way to be reached.
    preferred_contact_method: Option<Uuid>,
    /// Whose activity.
    is_active: Option<Uuid>,
}

impl From<ContactMergeFieldChoicesInput> for FieldChoices {
    fn from(input: ContactMergeFieldChoicesInput) -> Self {
        let ContactMergeFieldChoicesInput {
            first_name,
            last_name,
            title,
            department,
            preferred_contact_method,
            is_active,
        } = input;
        Self { first_name, last_name, title, department, preferred_contact_method, is_active }
    }
}
