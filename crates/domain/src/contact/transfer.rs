//! Giving a person another steward. Who has a role where stays as it is.

use uuid::Uuid;

use super::{TRANSFERRED, record, usual_policy};
use crate::access::{self, Action, Editable};
use crate::edit::Changes;
use crate::failure::{Failure, Fault, Refusal};
use crate::reading;
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;

/// Makes another organization a person's owner. For `super_admin`.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The person.
    pub id: Uuid,
    /// The new owner.
    pub organization_id: Uuid,
}

impl Command for Transfer {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Govern)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id), Lock::Relied(self.organization_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = reading::seen::<liaison_entity::contact::Entity>(work, self.id, "id", "contact").await?;
        let new = reading::organization_in_sight(work, self.organization_id)
            .await?
            .filter(|organization| organization.deleted_at.is_none())
            .ok_or_else(|| Refusal::not_found("organizationId", "organization"))?;
        if Editable::of(&contact, false).is_archived {
            return Err(super::gone(work, &contact, "id").await);
        }
        work.compare_version(contact.version)?;
        let former = reading::organization_in_sight(work, contact.owner_organization_id)
            .await?
            .ok_or_else(|| Fault::Internal("a contact's owner is not there".to_owned()))?;
        // Among owners of one kind the policy is the owner's choice and stays; another kind brings its own.
        let policy = if usual_policy(former.kind) == usual_policy(new.kind) {
            contact.edit_policy
        } else {
            usual_policy(new.kind)
        };
        let mut changes = Changes::default();
        changes.note("owner_organization_id", &contact.owner_organization_id, &new.id);
        changes.note("edit_policy", &contact.edit_policy, &policy);
        record(work, &contact, TRANSFERRED, &changes);
        Ok(self.id)
    }
}
