//! The people of the seeds, as they sign in. The stranger must never see anything of the others.

use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use uuid::Uuid;

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// What a failed test calls them.
    pub name: &'static str,
    /// The login.
    pub subject: &'static str,
    /// The role.
    pub role: Role,
    /// The organization for which they act.
    pub organization_id: Uuid,
}

impl Who {
    /// Ada of the platform owner.
    pub fn super_admin() -> Self {
        Self::new("super_admin", "ada", Role::SuperAdmin, "platform")
    }

    /// The administrator of Acme Healthcare.
    pub fn acme_admin() -> Self {
        Self::new("Acme's admin", "acme-admin", Role::ProviderAdmin, "acme")
    }

    /// A clinician of Acme Healthcare.
    pub fn acme_clinician() -> Self {
        Self::new("Acme's clinician", "acme-clinician", Role::Clinician, "acme")
    }

    /// Somebody of Acme Healthcare who only looks.
    pub fn acme_viewer() -> Self {
        Self::new("Acme's viewer", "acme-viewer", Role::Viewer, "acme")
    }

    /// The administrator of TechPartner, the VAR.
    pub fn techpartner_admin() -> Self {
        Self::new("TechPartner's admin", "techpartner-admin", Role::PartnerAdmin, "techpartner")
    }

    /// The administrator of Riverside Clinic, who has nothing to do with the others.
    pub fn stranger() -> Self {
        Self::new("the stranger", "riverside-admin", Role::ProviderAdmin, "riverside")
    }

    /// Somebody with a token of an organization that does not exist.
    pub fn of_nowhere() -> Self {
        Self {
            organization_id: Uuid::from_u128(0xdead),
            ..Self::new("somebody of nowhere", "nobody", Role::ProviderAdmin, "acme")
        }
    }

    fn new(name: &'static str, subject: &'static str, role: Role, subdomain: &str) -> Self {
        Self { name, subject, role, organization_id: ids::organization(subdomain) }
    }

    /// The same person in another role.
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}
