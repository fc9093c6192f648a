//! Changing and deleting phones. One correction is seen by everybody who has the phone; whose it is stays as it was.

use liaison_entity::{address, phone};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{LONGEST_NUMBER, SORT, Setting, allow, link_facts, number_lock};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::{Kind, open_links};
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{method, reading, store, text, verification};

/// A phone changed.
pub const UPDATED: &str = "phone.updated";
/// A phone was deleted: it is kept, and neither changed nor linked any more.
pub const DELETED: &str = "phone.deleted";

/// What is to become of a phone's fields.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// The number as a person types it.
    pub number: Edit<String>,
    /// 1 to 11 digits.
    pub extension: Edit<String>,
    /// The code's name.
    pub code: Edit<String>,
    /// What it is called.
    pub label: Edit<String>,
    /// Whether it takes text messages.
    pub is_sms_capable: Edit<bool>,
}

/// Changes a phone.
#[derive(Clone, Debug)]
pub struct Update {
    /// The phone.
    pub phone_id: Uuid,
    /// What is to become of it.
    pub edits: Edits,
}

/// What an update may write.
const COLUMNS: &[&str] = &[
    "number",
    "e164",
    "extension",
    "phone_code_id",
    "label",
    "is_sms_capable",
    "verification_state",
    "verification_changed_at",
];

/// The phone as it is to be.
fn edited(setting: &Setting, phone: &phone::Model, edits: Edits) -> Result<phone::Model, Refusal> {
    let number = edits.number.line_over("number", &phone.number, LONGEST_NUMBER)?;
    let mut new = phone.clone();
    if number == phone.number {
        // The number stays what it was read as, by whoever's region that was.
        new.extension = text::extension(edits.extension.over(phone.extension.clone()).as_deref())?;
    } else {
        let (given, usual) = match edits.extension {
            Edit::Keep => (None, phone.extension.clone()),
            Edit::Clear => (None, None),
            Edit::Set(extension) => (Some(extension), None),
        };
        let parsed = text::phone(&number, given.as_deref(), &setting.region)?;
        new.extension = parsed.extension.or(usual);
        new.e164 = parsed.e164;
        new.number = number;
    }
    new.phone_code_id = setting.codes.find_over(edits.code, phone.phone_code_id)?;
    new.label = edits.label.optional_line_over("label", &phone.label, text::LINE)?;
    new.is_sms_capable = edits.is_sms_capable.over_required("isSmsCapable", phone.is_sms_capable)?;
    if link_facts(&new, 0).match_key != link_facts(phone, 0).match_key {
        new.verification_state = super::state_of(new.e164.as_deref());
        new.verification_changed_at = None;
    }
    Ok(new)
}

/// What became of a phone.
pub(crate) fn changes(old: &phone::Model, new: &phone::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("number", &old.number, &new.number);
    changes.note("e164", &old.e164, &new.e164);
    changes.note("extension", &old.extension, &new.extension);
    changes.note("phone_code_id", &old.phone_code_id, &new.phone_code_id);
    changes.note("label", &old.label, &new.label);
    changes.note("is_sms_capable", &old.is_sms_capable, &new.is_sms_capable);
    changes.note("verification_state", &old.verification_state, &new.verification_state);
    changes.note("verification_changed_at", &old.verification_changed_at, &new.verification_changed_at);
    changes
}

/// What an owner's other phones may not be equal in.
const VALUE: [&str; 4] = ["number", "e164", "extension", "phone_code_id"];

impl Command for Update {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        allow(work, &phone, "id").await?;
        work.compare_version(phone.version)?;
        let setting = Setting::of(work, work.viewer().organization_id()).await?;
        let new = edited(&setting, &phone, self.edits.clone())?;
        let changes = changes(&phone, &new);
        if !changes.is_empty() {
            if changes.touch(&VALUE) {
                work.lock_holders(phone.id).await?;
            }
            if new.e164 != phone.e164 {
                work.lock_to_record([&phone.e164, &new.e164].into_iter().flatten().map(|e164| number_lock(e164)));
            }
            work.record(NewEvent::after(phone.version, Stream::Phone, phone.id, UPDATED, &changes));
        }
        Ok(self.phone_id)
    }
}

/// Deletes a phone: it is unlinked from whoever the viewer may unlink it from, and kept in the past. Refused while others have it.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The phone.
    pub phone_id: Uuid,
}

impl Command for Delete {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        method::allow_method(work, SORT, phone.id, phone.owner_organization_id, "id").await?;
        work.compare_version(phone.version)?;
        if phone.deleted_at.is_some() {
            return Ok(self.phone_id);
        }
        let mut places = open_links(work, Kind::PhoneAddress, phone.id).await?;
        let seen = places.iter().map(|place| place.downhill_id).collect();
        let seen = reading::by_ids::<address::Entity>(work, seen).await?;
        places.retain(|place| seen.contains_key(&place.downhill_id));
        method::release(work, SORT, phone.id, places).await?;
        work.record(NewEvent::after(phone.version, Stream::Phone, phone.id, DELETED, &method::Deleted {}));
        Ok(self.phone_id)
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
            let value = |phone: &phone::Model| {
                let key = text::phone_match_key(phone.e164.as_deref(), &phone.number, phone.extension.as_deref());
                (phone.phone_code_id, key)
            };
            store::update_value::<phone::Entity>(transaction, event, COLUMNS, value).await?;
        } else {
            store::update::<phone::Entity>(transaction, event, COLUMNS, &[]).await?;
        }
        if changes.touch(&["e164"]) {
            touched.renumbered.insert(event.stream_id);
        }
        if changes.touch(&["verification_state"]) {
            verification::forget(transaction, event.stream_id).await?;
        }
        if changes.touch(&["number", "e164", "extension", "phone_code_id"]) {
            touched.rewritten.insert(event.stream_id);
        }
    }
    Ok(())
}
