//! Who acts in the demo, and as whom a newcomer may look around.
//! It makes no token.

use liaison_domain::viewer::{Role, Viewer};
use uuid::Uuid;

use super::ids;

/// Somebody to ask as, for GraphiQL's switch and for `liaison token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoIdentity {
    /// What the switch shows.
    pub label: String,
    /// What one sees as them.
    pub description: String,
    /// The token's `sub`.
    pub subject: String,
    /// The token's `roles`.
    pub roles: Vec<Role>,
    /// The token's `org_id`.
    pub organization_id: Uuid,
}

impl DemoIdentity {
    fn new(label: &str, subdomain: &str, subject: &str, role: Role, description: &str) -> Self {
        Self {
            label: label.to_owned(),
            description: description.to_owned(),
            subject: subject.to_owned(),
            roles: vec![role],
            organization_id: ids::organization(subdomain),
        }
    }
}

/// Those whom the switch offers, the one who sees most first.
pub fn identities() -> Vec<DemoIdentity> {
    vec![
        DemoIdentity::new(
            "Platform super admin",
            "platform",
            ADA,
            Role::SuperAdmin,
            "Ada Admin of A4C Platform: sees every organization and may do everything",
        ),
        DemoIdentity::new(
            "Acme Healthcare admin",
            "acme",
            GRACE,
            Role::ProviderAdmin,
            "Grace Palmer: sees Acme's people, the consultant they share, and TechPartner's staff; edits and links Acme's own",
        ),
        DemoIdentity::new(
            "Acme Healthcare clinician",
            "acme",
            "nina.ortiz@acme.example",
            Role::Clinician,
            "Nina Ortiz, nurse: sees what Acme sees, edits nothing",
        ),
        DemoIdentity::new(
            "Acme Healthcare viewer",
            "acme",
            "dana.reed@acme.example",
            Role::Viewer,
            "Dana Reed, receptionist: reads what Acme sees",
        ),
        DemoIdentity::new(
            "TechPartner admin",
            "techpartner",
            JANE_MILLER,
            Role::PartnerAdmin,
            "Jane Miller of the VAR: sees TechPartner's own three people and the 20 providers that it referred, not their people",
        ),
        DemoIdentity::new(
            "Riverside Clinic admin (a stranger)",
            "riverside",
            RUTH,
            Role::ProviderAdmin,
            "Ruth Vance of a provider that nobody referred: sees Riverside and nothing of the others, not even in a count",
        ),
        DemoIdentity::new(
            "Family Bridge admin",
            "familybridge",
            FIONA,
            Role::PartnerAdmin,
            "Fiona Hart of a family service: sees her own organization, the provider that it brought, and the referrals that she made there",
        ),
        DemoIdentity::new(
            "Lakeside School admin",
            "lakeside",
            MARTA,
            Role::ProviderAdmin,
            "Marta Ruiz of a school: keeps who is whose guardian, sibling and teacher, which nobody else sees",
        ),
    ]
}

const MARTA: &str = "marta.ruiz@lakeside.example";
const ADA: &str = "ada.admin@a4c.example";
const GRACE: &str = "grace.palmer@acme.example";
const JANE_MILLER: &str = "jane.miller@techpartner.example";
const RUTH: &str = "ruth.vance@riverside.example";
const FIONA: &str = "fiona.hart@familybridge.example";

fn viewer(subject: &str, subdomain: &str, role: Role) -> Viewer {
    Viewer::new(subject, ids::organization(subdomain), [role], None)
}

/// Ada Admin: makes organizations, and ties people to several of them.
pub(super) fn super_admin() -> Viewer {
    viewer(ADA, "platform", Role::SuperAdmin)
}

/// Grace Palmer: keeps Acme's directory.
pub(super) fn acme_admin() -> Viewer {
    viewer(GRACE, "acme", Role::ProviderAdmin)
}

/// Jane Miller: keeps TechPartner's directory.
pub(super) fn techpartner_admin() -> Viewer {
    viewer(JANE_MILLER, "techpartner", Role::PartnerAdmin)
}

/// Ruth Vance: keeps Riverside's directory.
pub(super) fn riverside_admin() -> Viewer {
    viewer(RUTH, "riverside", Role::ProviderAdmin)
}

/// Marta Ruiz: keeps Lakeside School's families.
pub(super) fn school_admin() -> Viewer {
    viewer(MARTA, "lakeside", Role::ProviderAdmin)
}

/// Fiona Hart: keeps Family Bridge's directory.
pub(super) fn family_bridge_admin() -> Viewer {
    viewer(FIONA, "familybridge", Role::PartnerAdmin)
}

/// The administrator of another of the referred providers.
pub(super) fn provider_admin(subdomain: &str) -> Viewer {
    viewer(&format!("admin@{subdomain}.example"), subdomain, Role::ProviderAdmin)
}
