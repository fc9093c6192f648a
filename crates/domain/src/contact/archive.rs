//! Archiving a person: the row, its links and its past stay, and it is in no list any more. Who is shared stays as long as others
//! hold on to them (domain.md §5).

use serde::Serialize;
use uuid::Uuid;

use super::{DELETED, role};
use crate::access::{self, Action};
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::link::{Kind, open_links, open_roles};
use crate::reading;
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;

/// Archives a person; for the owner's administrators.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The person.
    pub id: Uuid,
}

/// The login that is free again.
#[derive(Serialize)]
struct Deleted {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
}

impl Command for Delete {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Edit)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = reading::seen::<liaison_entity::contact::Entity>(work, self.id, "id", "contact").await?;
        let owner = contact.owner_organization_id;
        if !work.viewer().is_super_admin() && owner != work.viewer().organization_id() {
            let why = "only the organization that owns this contact may archive it; contactUnlink takes it out of your own list";
            return Err(Refusal::forbidden("id", why).into());
        }
        super::allow_unmerged(work, &contact, "id").await?;
        work.compare_version(contact.version)?;
        if contact.deleted_at.is_some() {
            return Ok(self.id);
        }
        // Links at the owner change under the locks of its roles, those of methods under the methods'; all of a person's under the
        // person's. The log's order rests on all three.
        let mut locks: Vec<Lock> = role::EVERY_TYPE.into_iter().flat_map(|of| role::locks_at(owner, of)).collect();
        let mut closed = Vec::new();
        for kind in [Kind::ContactPhone, Kind::ContactEmail, Kind::ContactAddress] {
            for link in open_links(work, kind, self.id).await? {
                locks.push(Lock::Method(link.downhill_id));
                closed.push((kind, link));
            }
        }
        locks.extend(contact.user_id.iter().map(|user_id| super::login::lock_of(user_id)));
        work.lock_also(locks).await?;
        let roles = open_roles(work, owner, self.id).await?;
        let own: Vec<_> = roles.into_iter().filter(|link| link.downhill_id == self.id).collect();
        match contact.organization_count - i32::from(!own.is_empty()) {
            0 => {}
            1 => {
                let why = "1 other organization has an open link to this contact; it must unlink the contact first";
                return Err(Refusal::new(RefusalCode::InUse, "id", why).into());
            }
            others => {
                let why = format!(
                    "{others} other organizations have an open link to this contact; they must unlink it first"
                );
                return Err(Refusal::new(RefusalCode::InUse, "id", why).into());
            }
        }
        super::persona::allow_to_go(work, self.id).await?;
        for (kind, link) in own.into_iter().map(|link| (Kind::OrganizationContact, link)).chain(closed) {
            kind.close(work, &link);
        }
        let facts = Deleted { user_id: contact.user_id };
        work.record(NewEvent::after(contact.version, Stream::Contact, self.id, DELETED, &facts));
        Ok(self.id)
    }
}
