//! Correcting a person: once, and it is right wherever they are linked (US-6).

use liaison_entity::values::EditPolicy;
use uuid::Uuid;

use super::{UPDATED, allow_edit, record};
use crate::access::{self, Action, Editable};
use crate::edit::{Changes, Edit};
use crate::failure::{Failure, Refusal};
use crate::session::{Command, Lock, Work};
use crate::text;
use crate::viewer::Viewer;

/// Changes what is known of a person.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// The person.
    pub id: Uuid,
    /// Given name.
    pub first_name: Edit<String>,
    /// Family name.
    pub last_name: Edit<String>,
    /// What they are: `Billing Manager`.
    pub title: Edit<String>,
    /// Where in their organization they work.
    pub department: Edit<String>,
    /// Whether they are active.
    pub is_active: Edit<bool>,
    /// Who beside the steward may edit; for the steward's administrators.
    pub edit_policy: Edit<EditPolicy>,
}

/// The input, read as people type it.
struct Read {
    first_name: Edit<String>,
    last_name: Edit<String>,
    title: Edit<String>,
    department: Edit<String>,
}

/// A line that is never empty.
fn line(field: &str, edit: &Edit<String>) -> Result<Edit<String>, Refusal> {
    match edit {
        Edit::Set(value) => text::line(field, value, text::LINE).map(Edit::Set),
        // What cannot be cleared is said where all such are.
        Edit::Keep | Edit::Clear => edit.clone().over_required(field, String::new()).map(|_| Edit::Keep),
    }
}

/// A line that may be empty: blank is cleared.
fn optional_line(field: &str, edit: &Edit<String>) -> Result<Edit<String>, Refusal> {
    match edit {
        Edit::Set(value) => Ok(text::optional_line(field, Some(value), text::LINE)?.map_or(Edit::Clear, Edit::Set)),
        Edit::Keep => Ok(Edit::Keep),
        Edit::Clear => Ok(Edit::Clear),
    }
}

impl Update {
    /// What the input alone tells, or everything that is wrong with it.
    fn read(&self) -> Result<Read, Failure> {
        let mut refusals = Vec::new();
        let mut keep = |refusal| refusals.push(refusal);
        let read = Read {
            first_name: line("firstName", &self.first_name).map_err(&mut keep).unwrap_or_default(),
            last_name: line("lastName", &self.last_name).map_err(&mut keep).unwrap_or_default(),
            title: optional_line("title", &self.title).map_err(&mut keep).unwrap_or_default(),
            department: optional_line("department", &self.department).map_err(&mut keep).unwrap_or_default(),
        };
        let required = [
            self.is_active.clone().over_required("isActive", true).map(drop),
            self.edit_policy.clone().over_required("editPolicy", EditPolicy::OwnerOnly).map(drop),
        ];
        for refused in required.into_iter().filter_map(Result::err) {
            keep(refused);
        }
        if refusals.is_empty() { Ok(read) } else { Err(Failure::Refused(refusals)) }
    }
}

impl Command for Update {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Edit)?;
        self.read().map(drop)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = allow_edit(work, self.id, "id").await?;
        let edit_policy = self.edit_policy.clone().over_required("editPolicy", contact.edit_policy)?;
        if edit_policy != contact.edit_policy
            && let Some(why) = access::obstacle_to_steward(work.viewer(), Editable::of(&contact, false))
        {
            return Err(Refusal::forbidden("editPolicy", why).into());
        }
        work.compare_version(contact.version)?;
        let read = self.read()?;
        let mut changes = Changes::default();
        let first_name = read.first_name.over_required("firstName", contact.first_name.clone())?;
        changes.note("first_name", &contact.first_name, &first_name);
        let last_name = read.last_name.over_required("lastName", contact.last_name.clone())?;
        changes.note("last_name", &contact.last_name, &last_name);
        changes.note("title", &contact.title, &read.title.over(contact.title.clone()));
        changes.note("department", &contact.department, &read.department.over(contact.department.clone()));
        let is_active = self.is_active.clone().over_required("isActive", contact.is_active)?;
        changes.note("is_active", &contact.is_active, &is_active);
        changes.note("edit_policy", &contact.edit_policy, &edit_policy);
        record(work, &contact, UPDATED, &changes);
        Ok(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_clears_what_may_be_empty_and_is_refused_by_field_elsewhere() {
        let update = Update {
            first_name: Edit::Clear,
            last_name: Edit::Set("  ".to_owned()),
            title: Edit::Clear,
            department: Edit::Set(" ".to_owned()),
            is_active: Edit::Clear,
            edit_policy: Edit::Clear,
            ..Update::default()
        };
        let Err(Failure::Refused(refusals)) = update.read() else { panic!("it was read") };
        let fields: Vec<&str> = refusals.iter().map(|refusal| refusal.field[0].as_str()).collect();
        assert_eq!(fields, ["firstName", "lastName", "isActive", "editPolicy"]);
        let update = Update { title: Edit::Clear, department: Edit::Set(" ".to_owned()), ..Update::default() };
        let read = update.read().unwrap_or_else(|_| panic!("it was refused"));
        assert_eq!((read.title, read.department), (Edit::Clear, Edit::Clear));
    }
}
