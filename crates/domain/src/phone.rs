//! Phones: rows of their own, shared by whoever is reachable through them. Linking them is in `link`, changing and deleting them in
//! `edit`, and what their owners say to text messages in `opt_out`, `keyword` and `consent`.

mod consent;
mod edit;
mod keyword;
mod link;
mod opt_out;

use chrono::{DateTime, Utc};
use liaison_entity::phone;
use liaison_entity::values::VerificationState;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::code::Vocabulary;
use crate::duplicate::Line;
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::{Kind, Linked};
use crate::method::{self, Sort};
use crate::reading;
use crate::search::texts::is_personal;
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

pub(crate) use consent::apply_consent;
pub use consent::{OPTED_IN, OPTED_OUT};
pub use edit::{DELETED, Delete, Edits, UPDATED, Update};
pub(crate) use edit::{apply_updated, changes};
pub use keyword::{Keyword, keyword};
pub use link::{Link, SetPrimary, Target, Unlink};
pub(crate) use link::{leave, stand};
pub(crate) use opt_out::opted_out;
pub use opt_out::{Hear, Heard, Message, OptIn, OptOut};

/// A phone came into the directory.
pub const CREATED: &str = "phone.created";

/// What phones are called, and how they are held.
pub(crate) const SORT: Sort =
    Sort { noun: "phone", of_contact: Kind::ContactPhone, of_organization: Kind::OrganizationPhone };

/// The code of a phone that names none.
const USUAL_CODE: &str = "office";

/// So many characters hold every spelling of 15 digits and an extension.
const LONGEST_NUMBER: usize = 64;

/// What a new phone is made of.
#[derive(Clone, Debug)]
pub struct Details {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// The number as a person types it.
    pub number: String,
    /// 1 to 11 digits.
    pub extension: Option<String>,
    /// The code's name; `office` unless told.
    pub code: Option<String>,
    /// What it is called: `Reception`.
    pub label: Option<String>,
    /// Whether it takes text messages; a mobile does unless told otherwise.
    pub is_sms_capable: Option<bool>,
}

/// Makes a phone that nobody is linked to yet.
#[derive(Clone, Debug)]
pub struct Create(pub Details);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    number: String,
    e164: Option<String>,
    extension: Option<String>,
    phone_code_id: Uuid,
    label: Option<String>,
    is_sms_capable: bool,
    owner_organization_id: Uuid,
}

impl Created {
    /// What a link to the new phone repeats of it.
    pub fn link_facts(&self, sort_order: i32) -> Linked {
        repeated(self.phone_code_id, self.e164.as_deref(), &self.number, self.extension.as_deref(), sort_order)
    }

    /// The number as it is dialled from abroad, if it is one.
    pub fn e164(&self) -> Option<&str> {
        self.e164.as_deref()
    }

    /// Its extension.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// What is compared of it to find duplicates.
    pub fn line(&self, setting: &Setting) -> Line {
        Line::of(&self.number, self.e164.clone(), is_personal(setting.code_name(self.phone_code_id)))
    }

    /// The row that the facts make.
    pub fn row(self, id: Uuid, version: i32, at: DateTime<Utc>) -> phone::Model {
        phone::Model {
            id,
            verification_state: state_of(self.e164.as_deref()),
            number: self.number,
            e164: self.e164,
            extension: self.extension,
            phone_code_id: self.phone_code_id,
            label: self.label,
            is_sms_capable: self.is_sms_capable,
            is_sms_opted_out: false,
            sms_opted_out_at: None,
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
    pub fn of_row(row: &phone::Model) -> Self {
        Self {
            number: row.number.clone(),
            e164: row.e164.clone(),
            extension: row.extension.clone(),
            phone_code_id: row.phone_code_id,
            label: row.label.clone(),
            is_sms_capable: row.is_sms_capable,
            owner_organization_id: row.owner_organization_id,
        }
    }
}

/// The state of a number that nobody has verified: one that does not parse is of no use.
pub(crate) const fn state_of(e164: Option<&str>) -> VerificationState {
    if e164.is_some() { VerificationState::Unverified } else { VerificationState::Invalid }
}

/// What a link to a phone repeats of it.
pub(crate) fn link_facts(phone: &phone::Model, sort_order: i32) -> Linked {
    repeated(phone.phone_code_id, phone.e164.as_deref(), &phone.number, phone.extension.as_deref(), sort_order)
}

fn repeated(code_id: Uuid, e164: Option<&str>, number: &str, extension: Option<&str>, sort_order: i32) -> Linked {
    Linked {
        method_code_id: Some(code_id),
        match_key: Some(text::phone_match_key(e164, number, extension)),
        sort_order,
        ..Linked::default()
    }
}

/// What making phones needs to know of the directory.
pub(crate) struct Setting {
    codes: Vocabulary,
    region: String,
    steward: Uuid,
}

impl Setting {
    /// For phones stewarded by `steward`.
    pub async fn of(work: &Work<'_>, steward: Uuid) -> Result<Self, Failure> {
        let region = reading::organization_in_sight(work, steward).await?.map(|o| o.default_region);
        let region = region.unwrap_or_else(|| text::USUAL_REGION.to_owned());
        Ok(Self { codes: Vocabulary::of_phones(work).await?, region, steward })
    }

    /// A number as it is dialled from abroad, if it is one.
    pub fn e164(&self, number: &str) -> Option<String> {
        text::phone(number, None, &self.region).ok()?.e164
    }

    /// What a code is called.
    pub fn code_name(&self, id: Uuid) -> &str {
        self.codes.name(id)
    }

    /// The facts of a new phone, or what is wrong with its details.
    pub fn facts(&self, details: &Details) -> Result<Created, Refusal> {
        let number = text::line("number", &details.number, LONGEST_NUMBER)?;
        let parsed = text::phone(&number, details.extension.as_deref(), &self.region)?;
        let code = details.code.as_deref().unwrap_or(USUAL_CODE);
        Ok(Created {
            number,
            e164: parsed.e164,
            extension: parsed.extension,
            phone_code_id: self.codes.find(code)?,
            label: text::optional_line("label", details.label.as_deref(), text::LINE)?,
            is_sms_capable: details.is_sms_capable.unwrap_or(code == "mobile"),
            owner_organization_id: self.steward,
        })
    }
}

/// Refuses unless the viewer may change the phone, and it was not deleted: whoever may hang it on somebody of theirs could edit it
/// afterwards.
pub(crate) async fn allow(work: &Work<'_>, phone: &phone::Model, field: &str) -> Result<(), Failure> {
    method::allow_method(work, SORT, phone.id, phone.owner_organization_id, field).await?;
    Ok(method::allow_living(phone.deleted_at, field, SORT.noun)?)
}

/// What keeps a number's consent from changing while a phone comes to have it.
pub(crate) fn number_lock(e164: &str) -> Lock {
    Lock::Name(format!("number {e164}"))
}

/// Every number at once. Who makes thousands of phones relies on it instead of locking each of their numbers; who records an opt-out
/// takes it, and so waits for them.
const NUMBERS: Uuid = Uuid::from_u128(0x6e75_6d62_6572_7300_0000_0000_0000_0001);

/// What keeps the consent of all numbers from changing while phones come to have them.
pub(crate) const fn every_number_relied_on() -> Lock {
    Lock::Relied(NUMBERS)
}

/// What a change of a number's consent takes beside the number's own lock.
pub(crate) const fn every_number() -> Lock {
    Lock::Node(NUMBERS)
}

/// Puts the making of a phone into the work.
pub(crate) fn record(work: &mut Work<'_>, id: Option<Uuid>, facts: &Created) -> Uuid {
    let id = work.id_or_new(id);
    work.lock_to_record(facts.e164.as_deref().map(number_lock));
    work.record(NewEvent::first(Stream::Phone, id, CREATED, facts));
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
        let setting = Setting::of(work, work.viewer().organization_id()).await?;
        let facts = setting.facts(&self.0)?;
        Ok(record(work, self.0.id, &facts))
    }
}

/// The row of a phone that came, but for what its number said of text messages.
pub(crate) fn made(event: &Event) -> Result<phone::Model, DbErr> {
    Ok(event.facts::<Created>()?.row(event.stream_id, event.stream_version, event.recorded_at))
}

pub(crate) async fn apply_created(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let rows: Vec<_> = run.iter().map(made).collect::<Result<_, _>>()?;
    store::make::<phone::Entity>(transaction, &rows).await
}
