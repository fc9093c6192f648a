//! Contacts: one record per person, whoever works with them. Making one is in `create`, its roles at organizations in `role`, finding
//! somebody to link in `look_up`; what an event does to the row is in `projection`.

mod archive;
pub(crate) mod card;
mod create;
mod external_id;
mod link_token;
mod login;
mod look_up;
mod merge;
mod persona;
mod preferences;
mod projection;
mod role;
mod transfer;
mod update;

use liaison_entity::values::{ContactMethod, EditPolicy, OrganizationKind};
use liaison_entity::{contact, organization_contact};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use archive::Delete;
pub use create::{Create, MethodOf, Reach, Role};
pub use external_id::{AssignExternalId, EXTERNAL_ID_ASSIGNED, EXTERNAL_ID_REMOVED, RemoveExternalId};
pub(crate) use external_id::{
    Called, Standing, apply_external_id_assigned, apply_external_id_removed, external_id, lock_of as external_ids_lock,
    source_system, standing,
};
pub(crate) use link_token::LinkTokenKey;
pub use login::{LinkUser, UnlinkUser};
pub use look_up::{Card, FindToLink, Key, LOOK_UPS_A_DAY, LOOK_UPS_A_MINUTE};
pub use merge::{
    FieldChoices, Left, MERGE_REVERTED, MERGED, MOST_DUPLICATES, Merge, MergeDone, MergeFate, MergeKind, MergeUndone,
    MergedRow, Undo as UndoMerge, moved_columns, survivor_of,
};
pub(crate) use merge::{allow_unmerged, apply_merged, apply_reverted, apply_to_duplicate, gone};
pub use persona::{GrantPersona, PERSONA_GRANTED, PERSONA_REVOKED, RevokePersona};
pub(crate) use persona::{apply_persona_granted, apply_persona_revoked, persona_name, persona_of};
pub use preferences::{ClearDoNotContact, SetDoNotContact, SetPreferences};
pub(crate) use projection::{apply_changed, apply_created, apply_deleted, apply_transferred, made, touch_made};
pub use role::{Link, SetPrimary, Unlink, Whom};
pub(crate) use role::{draft as role_draft, locks_at as role_locks_at};
pub use transfer::Transfer;
pub use update::Update;

use crate::access::{self, Editable};
use crate::edit::Changes;
use crate::event::Stream;
use crate::failure::{Failure, Refusal};
use crate::reading;
use crate::session::Work;

/// A person came into the directory.
pub const CREATED: &str = "contact.created";
/// What is known of a person changed.
pub const UPDATED: &str = "contact.updated";
/// A person was archived.
pub const DELETED: &str = "contact.deleted";
/// A person got another steward.
pub const TRANSFERRED: &str = "contact.transferred";
/// A person prefers to be reached otherwise.
pub const PREFERENCES_UPDATED: &str = "contact.preferences.updated";
/// A person must not be contacted.
pub const DO_NOT_CONTACT_SET: &str = "contact.do_not_contact.set";
/// A person may be contacted again.
pub const DO_NOT_CONTACT_CLEARED: &str = "contact.do_not_contact.cleared";
/// A person stands for a login.
pub const USER_LINKED: &str = "contact.user.linked";
/// A person stands for no login any more.
pub const USER_UNLINKED: &str = "contact.user.unlinked";
/// Somebody looked for a person to link.
pub const LOOKED_UP: &str = "directory.looked_up";

/// The events that say no more than which columns changed.
pub(crate) const CHANGES: [&str; 6] =
    [UPDATED, PREFERENCES_UPDATED, DO_NOT_CONTACT_SET, DO_NOT_CONTACT_CLEARED, USER_LINKED, USER_UNLINKED];

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    pub first_name: String,
    pub last_name: String,
    pub title: Option<String>,
    pub department: Option<String>,
    pub preferred_contact_method: Option<ContactMethod>,
    pub owner_organization_id: Uuid,
    pub edit_policy: EditPolicy,
}

/// Who beside a steward of this kind edits its contacts, unless it says otherwise (domain.md §5).
pub(crate) const fn usual_policy(of: OrganizationKind) -> EditPolicy {
    match of {
        OrganizationKind::Provider => EditPolicy::LinkedOrganizations,
        OrganizationKind::PlatformOwner | OrganizationKind::ProviderPartner => EditPolicy::OwnerOnly,
    }
}

/// Refuses unless the viewer sees the contact and may edit it and its methods.
pub(crate) async fn allow_edit(work: &Work<'_>, id: Uuid, field: &str) -> Result<contact::Model, Failure> {
    let contact = reading::seen::<contact::Entity>(work, id, field, "contact").await?;
    allow_unmerged(work, &contact, field).await?;
    let links = organization_contact::Entity::find()
        .filter(organization_contact::Column::ContactId.eq(id))
        .filter(organization_contact::Column::OrganizationId.eq(work.viewer().organization_id()))
        .filter(organization_contact::Column::UnlinkedAt.is_null())
        .count(work.rows())
        .await?;
    match access::obstacle_to_edit(work.viewer(), Editable::of(&contact, links > 0)) {
        None => Ok(contact),
        Some(why) => Err(Refusal::forbidden(field, why).into()),
    }
}

/// Refuses unless the viewer sees the contact and is of its steward.
async fn allow_steward(work: &Work<'_>, id: Uuid) -> Result<contact::Model, Failure> {
    let contact = reading::seen::<contact::Entity>(work, id, "id", "contact").await?;
    allow_unmerged(work, &contact, "id").await?;
    match access::obstacle_to_steward(work.viewer(), Editable::of(&contact, false)) {
        None => Ok(contact),
        Some(why) => Err(Refusal::forbidden("id", why).into()),
    }
}

/// Puts what changed of a contact into the work, unless nothing did.
fn record(work: &mut Work<'_>, contact: &contact::Model, event_type: &'static str, changes: &Changes) {
    work.record_changes(contact.version, Stream::Contact, contact.id, event_type, changes);
}
