//! The links of email addresses to people and organizations. What an email address is made of is not their matter.

use liaison_entity::email;
use uuid::Uuid;

use super::{SORT, allow, link_facts};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::method::{self, Owner};
use crate::reading;
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;

/// Links an email address to a person or an organization.
#[derive(Clone, Debug)]
pub struct Link {
    /// The email address.
    pub email_id: Uuid,
    /// To whom.
    pub to: Owner,
    /// Whether it becomes the owner's primary one; the first one does unless told.
    pub is_primary: Option<bool>,
    /// Its place among the owner's email addresses, lowest first.
    pub sort_order: Option<i32>,
}

impl Command for Link {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.email_id), self.to.lock("emails")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let email = reading::seen::<email::Entity>(work, self.email_id, "emailId", SORT.noun).await?;
        allow(work, &email, "emailId").await?;
        work.compare_version(email.version)?;
        method::allow_owner(work, self.to).await?;
        let facts = link_facts(&email, self.sort_order.unwrap_or(0));
        method::link(work, SORT.held_by(self.to), self.to, self.email_id, self.is_primary, facts).await?;
        Ok(self.email_id)
    }
}

/// Ends the link between an email address and whom it was linked to. What is not linked is left alone.
#[derive(Clone, Debug)]
pub struct Unlink {
    /// The email address.
    pub email_id: Uuid,
    /// From whom.
    pub from: Owner,
}

impl Command for Unlink {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.email_id), self.from.lock("emails")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let email = reading::seen::<email::Entity>(work, self.email_id, "emailId", SORT.noun).await?;
        method::allow_owner(work, self.from).await?;
        work.compare_version(email.version)?;
        method::unlink(work, SORT.held_by(self.from), self.from.id(), self.email_id, None).await?;
        Ok(self.email_id)
    }
}

/// Makes an email address the primary one of a person or an organization that has it.
#[derive(Clone, Debug)]
pub struct SetPrimary {
    /// The email address.
    pub email_id: Uuid,
    /// Whose.
    pub of: Owner,
}

impl Command for SetPrimary {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.email_id), self.of.lock("emails")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let email = reading::seen::<email::Entity>(work, self.email_id, "emailId", SORT.noun).await?;
        method::allow_owner(work, self.of).await?;
        work.compare_version(email.version)?;
        method::set_primary(work, SORT.held_by(self.of), self.of, self.email_id, None).await?.ok_or_else(|| {
            let why = format!("the email address is not linked to the {}; use emailLink first", self.of.noun());
            Refusal::new(RefusalCode::NotFound, "emailId", why)
        })?;
        Ok(self.email_id)
    }
}
