//! The login that a person stands for: at most one, and a login stands for one person at most.

use uuid::Uuid;

use super::{USER_LINKED, USER_UNLINKED, allow_steward, record};
use crate::access::{self, Action};
use crate::edit::Changes;
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Work};
use crate::text;
use crate::viewer::Viewer;

/// What a login's coming and going locks, whoever has it.
pub(super) fn lock_of(user_id: &str) -> Lock {
    Lock::Name(format!("login {user_id}"))
}

/// Lets a person stand for a login; for the owner's administrators.
#[derive(Clone, Debug)]
pub struct LinkUser {
    /// The person.
    pub id: Uuid,
    /// The login: the `sub` of its tokens.
    pub user_id: String,
}

impl LinkUser {
    fn login(&self) -> Result<String, Refusal> {
        text::line("userId", &self.user_id, text::LINE)
    }
}

impl Command for LinkUser {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Edit)?;
        self.login()?;
        Ok(())
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let login = self.login().ok().map(|login| lock_of(&login));
        std::iter::once(Lock::Node(self.id)).chain(login).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = allow_steward(work, self.id).await?;
        work.compare_version(contact.version)?;
        let login = Some(self.login()?);
        if contact.user_id.is_some() && contact.user_id != login {
            let why = "this contact stands for another login; end that with contactUnlinkUser first";
            return Err(Refusal::invalid("userId", why).into());
        }
        // Whether it stands for somebody else, whom the viewer need not see, the database says (`contact_stands_for_one_login`).
        let mut changes = Changes::default();
        changes.note("user_id", &contact.user_id, &login);
        record(work, &contact, USER_LINKED, &changes);
        Ok(self.id)
    }
}

/// Lets a person stand for no login any more; for the owner's administrators.
#[derive(Clone, Debug)]
pub struct UnlinkUser {
    /// The person.
    pub id: Uuid,
}

impl Command for UnlinkUser {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Edit)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = allow_steward(work, self.id).await?;
        work.compare_version(contact.version)?;
        // Whoever gets the login next must stand after this in the log.
        work.lock_also(contact.user_id.iter().map(|user_id| lock_of(user_id)).collect()).await?;
        let mut changes = Changes::default();
        changes.note("user_id", &contact.user_id, &None);
        record(work, &contact, USER_UNLINKED, &changes);
        Ok(self.id)
    }
}
