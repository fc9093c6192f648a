//! How a person wants to be reached, and that they must not be (US-9). An opt-out of a phone is the phone's own matter.

use liaison_entity::contact;
use liaison_entity::values::ContactMethod;
use uuid::Uuid;

use super::{DO_NOT_CONTACT_CLEARED, DO_NOT_CONTACT_SET, PREFERENCES_UPDATED, allow_edit, record};
use crate::access::{self, Action};
use crate::edit::{Changes, Edit};
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Work};
use crate::text;
use crate::viewer::Viewer;

/// Changes how a person prefers to be reached.
#[derive(Clone, Debug)]
pub struct SetPreferences {
    /// The person.
    pub id: Uuid,
    /// By what.
    pub preferred_contact_method: Edit<ContactMethod>,
}

impl Command for SetPreferences {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Edit)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = allow_edit(work, self.id, "id").await?;
        work.compare_version(contact.version)?;
        let preferred = self.preferred_contact_method.clone().over(contact.preferred_contact_method);
        let mut changes = Changes::default();
        changes.note("preferred_contact_method", &contact.preferred_contact_method, &preferred);
        record(work, &contact, PREFERENCES_UPDATED, &changes);
        Ok(self.id)
    }
}

/// Notes that a person must not be contacted. Another reason replaces the former; since when stays.
#[derive(Clone, Debug)]
pub struct SetDoNotContact {
    /// The person.
    pub id: Uuid,
    /// Why; left out, what is known already stays.
    pub reason: Option<String>,
}

/// Notes that a person may be contacted again.
#[derive(Clone, Debug)]
pub struct ClearDoNotContact {
    /// The person.
    pub id: Uuid,
}

/// What the four columns are to be.
struct Flag<'a> {
    reason: Option<&'a String>,
    since: Option<chrono::DateTime<chrono::Utc>>,
    by: Option<&'a str>,
}

impl Flag<'_> {
    fn changes_of(&self, contact: &contact::Model) -> Changes {
        let mut changes = Changes::default();
        changes.note("do_not_contact", &contact.do_not_contact, &self.since.is_some());
        changes.note("do_not_contact_reason", &contact.do_not_contact_reason.as_ref(), &self.reason);
        changes.note("do_not_contact_since", &contact.do_not_contact_since, &self.since);
        changes.note("do_not_contact_by", &contact.do_not_contact_by.as_deref(), &self.by);
        changes
    }
}

impl SetDoNotContact {
    fn reason(&self) -> Result<Option<String>, Refusal> {
        text::optional_line("reason", self.reason.as_deref(), text::PARAGRAPH)
    }
}

impl Command for SetDoNotContact {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Edit)?;
        self.reason()?;
        Ok(())
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = allow_edit(work, self.id, "id").await?;
        work.compare_version(contact.version)?;
        let reason = self.reason()?.or_else(|| contact.do_not_contact_reason.clone());
        if contact.do_not_contact && reason == contact.do_not_contact_reason {
            return Ok(self.id);
        }
        let since = contact.do_not_contact_since.unwrap_or(work.at());
        let by = work.viewer().subject();
        let flag = Flag { reason: reason.as_ref(), since: Some(since), by: Some(by) };
        record(work, &contact, DO_NOT_CONTACT_SET, &flag.changes_of(&contact));
        Ok(self.id)
    }
}

impl Command for ClearDoNotContact {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Edit)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = allow_edit(work, self.id, "id").await?;
        work.compare_version(contact.version)?;
        let none = Flag { reason: None, since: None, by: None };
        record(work, &contact, DO_NOT_CONTACT_CLEARED, &none.changes_of(&contact));
        Ok(self.id)
    }
}
