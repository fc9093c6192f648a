//! Email addresses: rows of their own, shared by whoever is reachable through them. Linking them is in `link`, changing and deleting
//! them in `edit`.

mod edit;
mod link;

use chrono::{DateTime, Utc};
use liaison_entity::email;
use liaison_entity::values::VerificationState;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::code::Vocabulary;
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::{Kind, Linked};
use crate::method::{self, Sort};
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

pub use edit::{DELETED, Delete, Edits, UPDATED, Update};
pub(crate) use edit::{apply_updated, changes};
pub use link::{Link, SetPrimary, Unlink};

/// An email address came into the directory.
pub const CREATED: &str = "email.created";

/// What email addresses are called, and how they are held.
pub(crate) const SORT: Sort =
    Sort { noun: "email address", of_contact: Kind::ContactEmail, of_organization: Kind::OrganizationEmail };

/// The code of an email address that names none.
const USUAL_CODE: &str = "work";

/// What a new email address is made of.
#[derive(Clone, Debug)]
pub struct Details {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// The address as a person types it.
    pub address: String,
    /// The code's name; `work` unless told.
    pub code: Option<String>,
    /// What it is called.
    pub label: Option<String>,
    /// Whether automatic messages may go there; they may unless told otherwise.
    pub is_notification_enabled: Option<bool>,
}

/// Makes an email address that nobody is linked to yet.
#[derive(Clone, Debug)]
pub struct Create(pub Details);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    address: String,
    normalized: String,
    email_code_id: Uuid,
    label: Option<String>,
    is_notification_enabled: bool,
    owner_organization_id: Uuid,
}

impl Created {
    /// What a link to the new email address repeats of it.
    pub fn link_facts(&self, sort_order: i32) -> Linked {
        repeated(self.email_code_id, &self.normalized, sort_order)
    }

    /// The key that all spellings of the address share.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// The row that the facts make.
    pub fn row(self, id: Uuid, version: i32, at: DateTime<Utc>) -> email::Model {
        email::Model {
            id,
            address: self.address,
            normalized: self.normalized,
            email_code_id: self.email_code_id,
            label: self.label,
            is_notification_enabled: self.is_notification_enabled,
            verification_state: VerificationState::Unverified,
            verification_changed_at: None,
            owner_organization_id: self.owner_organization_id,
            is_linked: false,
            version,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }

    /// The facts that make a row such as this.
    pub fn of_row(row: &email::Model) -> Self {
        Self {
            address: row.address.clone(),
            normalized: row.normalized.clone(),
            email_code_id: row.email_code_id,
            label: row.label.clone(),
            is_notification_enabled: row.is_notification_enabled,
            owner_organization_id: row.owner_organization_id,
        }
    }
}

/// What a link to an email address repeats of it.
pub(crate) fn link_facts(email: &email::Model, sort_order: i32) -> Linked {
    repeated(email.email_code_id, &email.normalized, sort_order)
}

fn repeated(code_id: Uuid, normalized: &str, sort_order: i32) -> Linked {
    Linked { method_code_id: Some(code_id), match_key: Some(normalized.to_owned()), sort_order, ..Linked::default() }
}

/// What making email addresses needs to know of the directory.
pub(crate) struct Setting {
    codes: Vocabulary,
    steward: Uuid,
}

impl Setting {
    /// For email addresses stewarded by `steward`.
    pub async fn of(work: &Work<'_>, steward: Uuid) -> Result<Self, Failure> {
        Ok(Self { codes: Vocabulary::of_emails(work).await?, steward })
    }

    /// What a code is called.
    pub fn code_name(&self, id: Uuid) -> &str {
        self.codes.name(id)
    }

    /// The facts of a new email address, or what is wrong with its details.
    pub fn facts(&self, details: &Details) -> Result<Created, Refusal> {
        let parsed = text::email("address", &details.address)?;
        Ok(Created {
            address: parsed.address,
            normalized: parsed.normalized,
            email_code_id: self.codes.find(details.code.as_deref().unwrap_or(USUAL_CODE))?,
            label: text::optional_line("label", details.label.as_deref(), text::LINE)?,
            is_notification_enabled: details.is_notification_enabled.unwrap_or(true),
            owner_organization_id: self.steward,
        })
    }
}

/// Refuses unless the viewer may change the email address, and it was not deleted: whoever may hang it on somebody of theirs could
/// edit it afterwards.
pub(crate) async fn allow(work: &Work<'_>, email: &email::Model, field: &str) -> Result<(), Failure> {
    method::allow_method(work, SORT, email.id, email.owner_organization_id, field).await?;
    Ok(method::allow_living(email.deleted_at, field, SORT.noun)?)
}

/// Puts the making of an email address into the work.
pub(crate) fn record(work: &mut Work<'_>, id: Option<Uuid>, facts: &Created) -> Uuid {
    let id = work.id_or_new(id);
    work.record(NewEvent::first(Stream::Email, id, CREATED, facts));
    id
}

impl Command for Create {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        self.0.id.map(Lock::Node).into_iter().collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        method::allow_create(work).await?;
        work.compare_version(0)?;
        let facts = Setting::of(work, work.viewer().organization_id()).await?.facts(&self.0)?;
        Ok(record(work, self.0.id, &facts))
    }
}

/// The row of an email address that came.
pub(crate) fn made(event: &Event) -> Result<email::Model, DbErr> {
    Ok(event.facts::<Created>()?.row(event.stream_id, event.stream_version, event.recorded_at))
}

pub(crate) async fn apply_created(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let rows: Vec<_> = run.iter().map(made).collect::<Result<_, _>>()?;
    store::make::<email::Entity>(transaction, &rows).await
}
