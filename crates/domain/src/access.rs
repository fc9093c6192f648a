//! The one rulebook: which actions a viewer may take, and what is in whose sight (domain.md §5). Every statement that reads asks it;
//! row security says the same again in the database. It runs no statement.

mod sight;

use uuid::Uuid;

pub use sight::{Ends, Sighted, SightedLink};
pub(crate) use sight::{
    any_node_in_sight, contact_in_sight, entry_in_sight, login_in_sight, loss_in_sight, merge_in_sight,
    own as own_in_scope, referral_in_sight, role_in_sight_of,
};

use crate::failure::Refusal;
use crate::session::Sql;
use crate::viewer::{Role, Viewer};

/// What statements must ask for. It comes from a viewer and from nothing else: there is no scope for an absent organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All there is: `super_admin`.
    Everything,
    /// What one organization sees.
    Organization(Uuid),
    /// Nothing at all: a viewer whose token allows no reading.
    Nothing,
}

impl Scope {
    /// The scope of a viewer.
    pub fn of(viewer: &Viewer) -> Self {
        if !may(viewer, Action::Read) {
            Self::Nothing
        } else if viewer.is_super_admin() {
            Self::Everything
        } else {
            Self::Organization(viewer.organization_id())
        }
    }

    /// Pushes a condition: `condition` for an organization, always or never for the other two.
    fn push(self, sql: &mut Sql, condition: impl FnOnce(&mut Sql, Uuid)) {
        match self {
            Self::Everything => drop(sql.push("TRUE")),
            Self::Nothing => drop(sql.push("FALSE")),
            Self::Organization(organization) => {
                sql.push("(");
                condition(sql, organization);
                sql.push(")");
            }
        }
    }
}

/// What somebody may want to do. The rows of the access matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read what the organization sees.
    Read,
    /// Edit a contact and its methods, where the contact's owner and policy allow it.
    Edit,
    /// Link, unlink, set role and primary in the own organization.
    Link,
    /// Link an own contact to a provider that the own organization referred.
    Share,
    /// Record communications and referrals.
    Record,
    /// Grant personas; start, end and void relationships of the own organization. Whose guardian somebody is and what a court has said
    /// decide who may take a child home, so it is the administrators' work.
    Relate,
    /// Merge, undo a merge, dismiss a pair.
    Merge,
    /// Create and edit organizations, edit codes, transfer contacts.
    Govern,
    /// Take lists out as files.
    Export,
    /// Bring files in.
    Import,
    /// Read history.
    History,
}

impl Action {
    /// Every action, in the order of the matrix.
    pub const ALL: [Self; 11] = [
        Self::Read,
        Self::Edit,
        Self::Link,
        Self::Share,
        Self::Record,
        Self::Relate,
        Self::Merge,
        Self::Govern,
        Self::Export,
        Self::Import,
        Self::History,
    ];

    /// The name by which a token's `permissions` narrow to it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Link => "link",
            Self::Share => "share",
            Self::Record => "record",
            Self::Relate => "relate",
            Self::Merge => "merge",
            Self::Govern => "govern",
            Self::Export => "export",
            Self::Import => "import",
            Self::History => "history",
        }
    }
}

/// Whether a role carries an action at all; which rows it reaches is the scope's and the contact's matter.
pub const fn role_may(role: Role, action: Action) -> bool {
    match (role, action) {
        (_, Action::Read) => true,
        // Sharing is a partner's act; super_admin links anybody anywhere anyway.
        (Role::SuperAdmin, Action::Share) => false,
        (Role::SuperAdmin, _) => true,
        (
            Role::ProviderAdmin,
            Action::Edit
            | Action::Link
            | Action::Record
            | Action::Relate
            | Action::Export
            | Action::Import
            | Action::History,
        ) => true,
        (
            Role::PartnerAdmin,
            Action::Edit
            | Action::Link
            | Action::Share
            | Action::Record
            | Action::Relate
            | Action::Export
            | Action::Import
            | Action::History,
        ) => true,
        (Role::Clinician, Action::Record) => true,
        _ => false,
    }
}

/// Whether a viewer may take an action: one of its roles carries it and its permissions, if it has any, do not narrow it away.
pub fn may(viewer: &Viewer, action: Action) -> bool {
    viewer.roles().iter().any(|role| role_may(*role, action))
        && viewer.permissions().is_none_or(|permissions| permissions.contains(action.name()))
}

/// Refuses an action that the viewer's roles do not carry.
pub fn allow(viewer: &Viewer, action: Action) -> Result<(), Refusal> {
    if may(viewer, action) {
        return Ok(());
    }
    let needed: Vec<_> = Role::ALL.into_iter().filter(|role| role_may(*role, action)).map(Role::name).collect();
    let roles = match needed.as_slice() {
        [one] => format!("the role {one}"),
        several => format!("one of the roles {}", several.join(", ")),
    };
    Err(Refusal::forbidden("", format!("this needs {roles} with the permission {}", action.name())))
}

/// Refuses to act for an organization that is not the viewer's own, unless the viewer acts for all. Whether the organization
/// exists or is seen is asked before.
pub fn allow_for(viewer: &Viewer, organization_id: Uuid, field: &str) -> Result<(), Refusal> {
    if viewer.is_super_admin() || viewer.organization_id() == organization_id {
        return Ok(());
    }
    Err(Refusal::forbidden(field, "only the organization itself may do this; leave the field out to act for your own"))
}

/// Whether a viewer is told what a link's maker put down about it (who made it, why, from which source): its own organization's
/// links only, beside `super_admin`.
pub fn may_read_notes_of(viewer: &Viewer, made_by: Uuid) -> bool {
    viewer.is_super_admin() || viewer.organization_id() == made_by
}

/// How much a viewer is told of an entry of the log that it may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Everything: what changed, who did it and why.
    Whole,
    /// What changed; which other organizations work with somebody is a secret of theirs, and so is who did it there and why.
    WithoutWho,
    /// That something happened and to what, so that it can be read anew: who may not read history reads no past either.
    ThatAlone,
}

/// How much a viewer is told of what an organization recorded. `is_seen` says whether that organization is in the viewer's sight:
/// its own, the partner that referred it, the providers that it referred. What no organization recorded, the installation did.
pub fn telling(viewer: &Viewer, recorded_by: Option<Uuid>, is_seen: impl FnOnce(Uuid) -> bool) -> Telling {
    if !may(viewer, Action::History) {
        return Telling::ThatAlone;
    }
    if viewer.is_super_admin() || recorded_by.is_none_or(is_seen) { Telling::Whole } else { Telling::WithoutWho }
}

/// Whether a viewer is told of logins among the facts that an organization recorded: which login a person stands for is for those who
/// keep that person, as it is on the contact.
pub fn may_read_logins_of(viewer: &Viewer, recorded_by: Option<Uuid>) -> bool {
    viewer.is_super_admin() || recorded_by == Some(viewer.organization_id())
}

/// Whether a viewer follows losses of sight: whoever sees everything loses nobody.
pub fn may_lose_sight(viewer: &Viewer) -> bool {
    !viewer.is_super_admin()
}

/// What the edit rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Editable {
    /// The contact's steward.
    pub owner_organization_id: Uuid,
    /// Who beside the steward may edit.
    pub edit_policy: liaison_entity::values::EditPolicy,
    /// Whether the viewer's organization has an open link of its own to the contact.
    pub is_linked: bool,
    /// Whether the contact is archived: then nobody changes it any more.
    pub is_archived: bool,
}

impl Editable {
    /// Of a contact, and whether the viewer's organization has an open link of its own to it.
    pub const fn of(contact: &liaison_entity::contact::Model, is_linked: bool) -> Self {
        Self {
            owner_organization_id: contact.owner_organization_id,
            edit_policy: contact.edit_policy,
            is_linked,
            is_archived: contact.deleted_at.is_some(),
        }
    }
}

/// What is said to whoever wants to change or link somebody who is archived.
pub(crate) const ARCHIVED: &str = "this contact is archived and cannot be changed or linked any more";

/// What stands in the way of a viewer's editing a contact that it sees; `None` when nothing does (domain.md §5, US-6, US-10).
pub fn obstacle_to_edit(viewer: &Viewer, contact: Editable) -> Option<&'static str> {
    use liaison_entity::values::EditPolicy;
    if !may(viewer, Action::Edit) {
        return Some("your roles do not let you edit contacts");
    }
    if contact.is_archived {
        return Some(ARCHIVED);
    }
    if viewer.is_super_admin() || contact.owner_organization_id == viewer.organization_id() {
        return None;
    }
    let provider = viewer.roles().contains(&Role::ProviderAdmin);
    match contact.edit_policy {
        EditPolicy::LinkedOrganizations if provider && contact.is_linked => None,
        EditPolicy::LinkedOrganizations if provider => {
            Some("link this contact to your organization first; a provider with a link may edit it")
        }
        EditPolicy::LinkedOrganizations | EditPolicy::OwnerOnly => {
            Some("only the organization that owns this contact may edit it")
        }
    }
}

/// What stands in the way of what only the owner's administrators do with a contact: archive it, say who edits it and for which login
/// it stands.
pub fn obstacle_to_steward(viewer: &Viewer, contact: Editable) -> Option<&'static str> {
    if !may(viewer, Action::Edit) {
        return Some("your roles do not let you edit contacts");
    }
    if contact.is_archived {
        return Some(ARCHIVED);
    }
    let is_owners = viewer.is_super_admin() || contact.owner_organization_id == viewer.organization_id();
    (!is_owners).then_some("only the organization that owns this contact may do this")
}

/// Whether a viewer may edit a contact that it sees.
pub fn may_edit(viewer: &Viewer, contact: Editable) -> bool {
    obstacle_to_edit(viewer, contact).is_none()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use liaison_entity::values::EditPolicy;

    use super::*;

    fn viewer(role: Role, permissions: Option<&[&str]>) -> Viewer {
        let permissions = permissions.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
        Viewer::new("jane", Uuid::from_u128(1), [role], permissions)
    }

    #[test]
    fn permissions_narrow_and_never_widen() {
        assert_eq!(Scope::of(&viewer(Role::Viewer, None)), Scope::Organization(Uuid::from_u128(1)));
        assert_eq!(Scope::of(&viewer(Role::SuperAdmin, Some(&[]))), Scope::Nothing);
        assert!(!may(&viewer(Role::ProviderAdmin, Some(&["read"])), Action::Link));
        assert!(!may(&viewer(Role::Viewer, Some(&["read", "link"])), Action::Link));
    }

    #[test]
    fn a_shared_contact_is_edited_by_providers_with_a_link_only_where_the_policy_says_so() {
        let contact = |edit_policy, is_linked| Editable {
            owner_organization_id: Uuid::from_u128(2),
            edit_policy,
            is_linked,
            is_archived: false,
        };
        let provider = viewer(Role::ProviderAdmin, None);
        assert!(may_edit(&provider, contact(EditPolicy::LinkedOrganizations, true)));
        assert!(!may_edit(&provider, contact(EditPolicy::LinkedOrganizations, false)));
        assert!(!may_edit(&provider, contact(EditPolicy::OwnerOnly, true)));
        assert!(!may_edit(&viewer(Role::PartnerAdmin, None), contact(EditPolicy::LinkedOrganizations, true)));
        assert!(!may_edit(&viewer(Role::Clinician, None), contact(EditPolicy::LinkedOrganizations, true)));
        assert!(may_edit(&viewer(Role::SuperAdmin, None), contact(EditPolicy::OwnerOnly, false)));
        let archived = Editable { is_archived: true, ..contact(EditPolicy::LinkedOrganizations, true) };
        assert!(!may_edit(&viewer(Role::SuperAdmin, None), archived), "nobody changes who is archived");
    }

    #[test]
    fn only_the_owners_administrators_are_its_stewards() {
        let contact = |owner| Editable {
            owner_organization_id: Uuid::from_u128(owner),
            edit_policy: EditPolicy::LinkedOrganizations,
            is_linked: true,
            is_archived: false,
        };
        assert_eq!(obstacle_to_steward(&viewer(Role::ProviderAdmin, None), contact(1)), None);
        assert!(obstacle_to_steward(&viewer(Role::ProviderAdmin, None), contact(2)).is_some());
        assert!(obstacle_to_steward(&viewer(Role::Clinician, None), contact(1)).is_some());
        assert_eq!(obstacle_to_steward(&viewer(Role::SuperAdmin, None), contact(2)), None);
    }
}
