//! Changing and deleting email addresses. One correction is seen by everybody who has the address; whose it is stays as it was.

use liaison_entity::email;
use liaison_entity::values::VerificationState;
use sea_orm::DbErr;
use uuid::Uuid;

use super::{SORT, Setting, allow};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{method, reading, store, text, verification};

/// An email address changed.
pub const UPDATED: &str = "email.updated";
/// An email address was deleted: it is kept, and neither changed nor linked any more.
pub const DELETED: &str = "email.deleted";

/// What is to become of an email address's fields.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// The address as a person types it.
    pub address: Edit<String>,
    /// The code's name.
    pub code: Edit<String>,
    /// What it is called.
    pub label: Edit<String>,
    /// Whether automatic messages may go there.
    pub is_notification_enabled: Edit<bool>,
}

/// Changes an email address.
#[derive(Clone, Debug)]
pub struct Update {
    /// The email address.
    pub email_id: Uuid,
    /// What is to become of it.
    pub edits: Edits,
}

/// What an update may write.
const COLUMNS: &[&str] = &[
    "address",
    "normalized",
    "email_code_id",
    "label",
    "is_notification_enabled",
    "verification_state",
    "verification_changed_at",
];

/// The email address as it is to be.
fn edited(setting: &Setting, email: &email::Model, edits: Edits) -> Result<email::Model, Refusal> {
    let mut new = email.clone();
    let parsed = text::email("address", &edits.address.over_required("address", email.address.clone())?)?;
    (new.address, new.normalized) = (parsed.address, parsed.normalized);
    new.email_code_id = setting.codes.find_over(edits.code, email.email_code_id)?;
    new.label = edits.label.optional_line_over("label", &email.label, text::LINE)?;
    new.is_notification_enabled =
        edits.is_notification_enabled.over_required("isNotificationEnabled", email.is_notification_enabled)?;
    if new.normalized != email.normalized {
        new.verification_state = VerificationState::Unverified;
        new.verification_changed_at = None;
    }
    Ok(new)
}

/// What became of an email address.
pub(crate) fn changes(old: &email::Model, new: &email::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("address", &old.address, &new.address);
    changes.note("normalized", &old.normalized, &new.normalized);
    changes.note("email_code_id", &old.email_code_id, &new.email_code_id);
    changes.note("label", &old.label, &new.label);
    changes.note("is_notification_enabled", &old.is_notification_enabled, &new.is_notification_enabled);
    changes.note("verification_state", &old.verification_state, &new.verification_state);
    changes.note("verification_changed_at", &old.verification_changed_at, &new.verification_changed_at);
    changes
}

/// What an owner's other email addresses may not be equal in.
const VALUE: [&str; 2] = ["normalized", "email_code_id"];

impl Command for Update {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.email_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let email = reading::seen::<email::Entity>(work, self.email_id, "id", SORT.noun).await?;
        allow(work, &email, "id").await?;
        work.compare_version(email.version)?;
        let setting = Setting::of(work, email.owner_organization_id).await?;
        let changes = changes(&email, &edited(&setting, &email, self.edits.clone())?);
        if !changes.is_empty() {
            if changes.touch(&VALUE) {
                work.lock_holders(email.id).await?;
            }
            work.record(NewEvent::after(email.version, Stream::Email, email.id, UPDATED, &changes));
        }
        Ok(self.email_id)
    }
}

/// Deletes an email address: it is unlinked from whoever the viewer may unlink it from, and kept in the past. Refused while others
/// have it.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The email address.
    pub email_id: Uuid,
}

impl Command for Delete {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.email_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let email = reading::seen::<email::Entity>(work, self.email_id, "id", SORT.noun).await?;
        method::allow_method(work, SORT, email.id, email.owner_organization_id, "id").await?;
        work.compare_version(email.version)?;
        if email.deleted_at.is_some() {
            return Ok(self.email_id);
        }
        method::release(work, SORT, email.id, Vec::new()).await?;
        work.record(NewEvent::after(email.version, Stream::Email, email.id, DELETED, &method::Deleted {}));
        Ok(self.email_id)
    }
}

pub(crate) async fn apply_updated(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        let changes = Changes::of(event)?;
        if changes.touch(&VALUE) {
            let value = |email: &email::Model| (email.email_code_id, email.normalized.clone());
            store::update_value::<email::Entity>(transaction, event, COLUMNS, value).await?;
        } else {
            store::update::<email::Entity>(transaction, event, COLUMNS, &[]).await?;
        }
        if changes.touch(&["verification_state"]) {
            verification::forget(transaction, event.stream_id).await?;
        }
        if changes.touch(&["address", "normalized"]) {
            touched.rewritten.insert(event.stream_id);
        }
    }
    Ok(())
}
