//! The viewer: who asks, for which organization, in which roles. It is made by whoever verified a token, never here.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A role that a token may carry (domain.md §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The platform owner's people: every organization, every right.
    SuperAdmin,
    /// Administers one provider.
    ProviderAdmin,
    /// Administers one provider partner (a VAR, a family service, a court).
    PartnerAdmin,
    /// Reads, and records communications and referrals.
    Clinician,
    /// Reads.
    Viewer,
}

impl Role {
    /// Every role, strongest first.
    pub const ALL: [Self; 5] =
        [Self::SuperAdmin, Self::ProviderAdmin, Self::PartnerAdmin, Self::Clinician, Self::Viewer];

    /// The name that tokens carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::ProviderAdmin => "provider_admin",
            Self::PartnerAdmin => "partner_admin",
            Self::Clinician => "clinician",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A role name that is not one of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role {0:?}: use super_admin, provider_admin, partner_admin, clinician or viewer")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

/// Who asks. Two viewers with the same parts have the same rights; nothing about a viewer is looked up later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    subject: String,
    organization_id: Uuid,
    roles: BTreeSet<Role>,
    permissions: Option<BTreeSet<String>>,
    kind: Kind,
}

/// What acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// Somebody, for an organization.
    Person,
    /// The installation itself, for none.
    Installation,
}

impl Viewer {
    /// A viewer as a verified token describes it. `permissions`, when given, narrow what the roles allow; an empty set allows nothing.
    pub fn new(
        subject: impl Into<String>,
        organization_id: Uuid,
        roles: impl IntoIterator<Item = Role>,
        permissions: Option<BTreeSet<String>>,
    ) -> Self {
        Self {
            subject: subject.into(),
            organization_id,
            roles: roles.into_iter().collect(),
            permissions,
            kind: Kind::Person,
        }
    }

    /// The installation itself, which acts for no organization: what reached it from outside, such as a message, and was not sent by
    /// anybody with a token. `subject` says what it was.
    pub fn installation(subject: impl Into<String>) -> Self {
        let roles = BTreeSet::from([Role::SuperAdmin]);
        Self {
            subject: subject.into(),
            organization_id: Uuid::nil(),
            roles,
            permissions: None,
            kind: Kind::Installation,
        }
    }

    /// The organization that stands in the log beside what the viewer did, if it acts for one.
    pub fn acts_for(&self) -> Option<Uuid> {
        match self.kind {
            Kind::Person => Some(self.organization_id),
            Kind::Installation => None,
        }
    }

    /// The login that acts: the token's `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The organization for which the viewer acts: the token's `org_id`.
    pub fn organization_id(&self) -> Uuid {
        self.organization_id
    }

    /// The roles of the token.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// The narrowing permissions of the token, if it had any.
    pub fn permissions(&self) -> Option<&BTreeSet<String>> {
        self.permissions.as_ref()
    }

    /// Whether the viewer sees and edits across organizations.
    pub fn is_super_admin(&self) -> bool {
        self.roles.contains(&Role::SuperAdmin)
    }
}
