//! What the survivor's own fields are after a merge: as they were, or as was chosen; what was empty is filled; the strictest consent wins.

use liaison_entity::contact;
use uuid::Uuid;

use crate::edit::Changes;
use crate::failure::Refusal;

/// Whose value a field is to have, of those who are merged. What is not chosen is the survivor's, or filled where that is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldChoices {
    /// Whose given name.
    pub first_name: Option<Uuid>,
    /// Whose family name.
    pub last_name: Option<Uuid>,
    /// Whose title.
    pub title: Option<Uuid>,
    /// Whose department.
    pub department: Option<Uuid>,
    /// Whose preferred way to be reached.
    pub preferred_contact_method: Option<Uuid>,
    /// Whose activity.
    pub is_active: Option<Uuid>,
}

impl FieldChoices {
    /// Refuses to choose the value of somebody who is not merged.
    pub(super) fn check(&self, people: &[Uuid]) -> Result<(), Vec<Refusal>> {
        let fields = [
            ("firstName", self.first_name),
            ("lastName", self.last_name),
            ("title", self.title),
            ("department", self.department),
            ("preferredContactMethod", self.preferred_contact_method),
            ("isActive", self.is_active),
        ];
        let strange = fields.into_iter().filter(|(_, chosen)| chosen.is_some_and(|id| !people.contains(&id)));
        let refusals: Vec<Refusal> = strange
            .map(|(field, _)| {
                let ids = people.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let why = format!("{field} must name the contact whose value is to stand, by its id: one of {ids}");
                Refusal::invalid(field, why).within("fieldChoices")
            })
            .collect();
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }
}

/// A field that may be empty.
fn optional<T: Clone>(own: &Option<T>, theirs: &contact::Model, value: &Option<T>, chosen: Option<Uuid>) -> Option<T> {
    match chosen {
        Some(id) if id == theirs.id => value.clone(),
        Some(_) => own.clone(),
        None => own.clone().or_else(|| value.clone()),
    }
}

/// A field that is never empty.
fn required<T: Clone>(own: &T, theirs: &contact::Model, value: &T, chosen: Option<Uuid>) -> T {
    if chosen == Some(theirs.id) { value.clone() } else { own.clone() }
}

/// The survivor as it is once the duplicate is part of it.
pub(super) fn after(survivor: &contact::Model, duplicate: &contact::Model, choices: &FieldChoices) -> contact::Model {
    let mut is = survivor.clone();
    is.first_name = required(&survivor.first_name, duplicate, &duplicate.first_name, choices.first_name);
    is.last_name = required(&survivor.last_name, duplicate, &duplicate.last_name, choices.last_name);
    is.is_active = required(&survivor.is_active, duplicate, &duplicate.is_active, choices.is_active);
    is.title = optional(&survivor.title, duplicate, &duplicate.title, choices.title);
    is.department = optional(&survivor.department, duplicate, &duplicate.department, choices.department);
    is.preferred_contact_method = optional(
        &survivor.preferred_contact_method,
        duplicate,
        &duplicate.preferred_contact_method,
        choices.preferred_contact_method,
    );
    is.user_id = survivor.user_id.clone().or_else(|| duplicate.user_id.clone());
    match (survivor.do_not_contact, duplicate.do_not_contact) {
        (false, true) => {
            is.do_not_contact = true;
            is.do_not_contact_reason = duplicate.do_not_contact_reason.clone();
            is.do_not_contact_since = duplicate.do_not_contact_since;
            is.do_not_contact_by = duplicate.do_not_contact_by.clone();
        }
        (true, true) => {
            if duplicate.do_not_contact_since < survivor.do_not_contact_since {
                is.do_not_contact_since = duplicate.do_not_contact_since;
                is.do_not_contact_by = duplicate.do_not_contact_by.clone();
            }
            is.do_not_contact_reason =
                survivor.do_not_contact_reason.clone().or_else(|| duplicate.do_not_contact_reason.clone());
        }
        (_, false) => {}
    }
    is
}

/// What differs between two states of one contact, by column.
pub(super) fn changes(was: &contact::Model, is: &contact::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("first_name", &was.first_name, &is.first_name);
    changes.note("last_name", &was.last_name, &is.last_name);
    changes.note("title", &was.title, &is.title);
    changes.note("department", &was.department, &is.department);
    changes.note("is_active", &was.is_active, &is.is_active);
    changes.note("preferred_contact_method", &was.preferred_contact_method, &is.preferred_contact_method);
    changes.note("do_not_contact", &was.do_not_contact, &is.do_not_contact);
    changes.note("do_not_contact_reason", &was.do_not_contact_reason, &is.do_not_contact_reason);
    changes.note("do_not_contact_since", &was.do_not_contact_since, &is.do_not_contact_since);
    changes.note("do_not_contact_by", &was.do_not_contact_by, &is.do_not_contact_by);
    changes.note("user_id", &was.user_id, &is.user_id);
    changes
}
