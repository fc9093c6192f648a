//! Contacts: one record per person, whoever works with them. Making one is in `create`, its roles at organizations in `role`.

mod create;
mod role;

use liaison_entity::values::{ContactMethod, EditPolicy};
use liaison_entity::{contact, organization_contact};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use create::{Create, MethodOf, Reach, Role};
pub use role::{Link, SetPrimary, Unlink};

use crate::access::{self, Editable};
use crate::event::Event;
use crate::failure::{Failure, Refusal};
use crate::method::editable_of;
use crate::reading;
use crate::session::{Transaction, Work};
use crate::sights::Touched;
use crate::{store, text};

/// A person came into the directory.
pub const CREATED: &str = "contact.created";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    first_name: String,
    last_name: String,
    title: Option<String>,
    department: Option<String>,
    preferred_contact_method: Option<ContactMethod>,
    owner_organization_id: Uuid,
    edit_policy: EditPolicy,
}

/// What the edit rule looks at; `None` when the viewer does not see the contact.
pub(crate) async fn editable(work: &Work<'_>, id: Uuid) -> Result<Option<Editable>, Failure> {
    let Some(contact) = reading::one::<contact::Entity>(work, id).await? else { return Ok(None) };
    let links = organization_contact::Entity::find()
        .filter(organization_contact::Column::ContactId.eq(id))
        .filter(organization_contact::Column::OrganizationId.eq(work.viewer().organization_id()))
        .filter(organization_contact::Column::UnlinkedAt.is_null())
        .count(work.rows())
        .await?;
    Ok(Some(editable_of(&contact, links > 0)))
}

/// Refuses unless the viewer sees the contact and may edit it and its methods.
pub(crate) async fn allow_edit(work: &Work<'_>, id: Uuid, field: &str) -> Result<Editable, Failure> {
    let editable = editable(work, id).await?.ok_or_else(|| Refusal::not_found(field, "contact"))?;
    match access::obstacle_to_edit(work.viewer(), editable) {
        None => Ok(editable),
        Some(why) => Err(Refusal::forbidden(field, why).into()),
    }
}

pub(crate) async fn apply_created(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Created = event.facts()?;
        touched.contacts.insert(event.stream_id);
        rows.push(contact::Model {
            id: event.stream_id,
            sort_name: text::sort_key(&[&facts.last_name, &facts.first_name]),
            first_name: facts.first_name,
            last_name: facts.last_name,
            title: facts.title,
            department: facts.department,
            preferred_contact_method: facts.preferred_contact_method,
            do_not_contact: false,
            do_not_contact_reason: None,
            do_not_contact_since: None,
            do_not_contact_by: None,
            is_active: true,
            owner_organization_id: facts.owner_organization_id,
            edit_policy: facts.edit_policy,
            user_id: None,
            merged_into_id: None,
            organization_count: 0,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
            deleted_at: None,
        });
    }
    store::insert::<contact::Entity>(transaction, rows).await
}
