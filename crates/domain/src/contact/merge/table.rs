//! The tables whose rows name contacts and follow them in a merge: what a merge may write there, and how a row is set aside while it is
//! written. Whatever names contacts and is not here has its reason in `tests/guarantees/merges_move_everything.rs`.

use serde::{Deserialize, Serialize};

/// What kinds of things move in a merge, as people call them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeKind {
    /// A field of the contact itself.
    Field,
    /// A role at an organization.
    Role,
    /// A phone.
    Phone,
    /// An email address.
    Email,
    /// An address.
    Address,
    /// What they are in the books of an organization.
    Persona,
    /// What two students are to each other.
    StudentRelationship,
    /// That somebody is a student's guardian.
    StudentGuardian,
    /// Where they work.
    StaffAssignment,
    /// A referral that names them.
    Referral,
    /// A communication with them.
    Communication,
    /// What another system calls them.
    ExternalId,
}

/// A table whose rows follow the people whom they name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its name.
    pub name: &'static str,
    /// What its rows are.
    pub kind: MergeKind,
    /// The columns that name people.
    pub people: &'static [&'static str],
    /// The column that names the organization whose own the rows are, if they are anybody's.
    pub keeper: Option<&'static str>,
    /// Everything that a merge may write in a row, those columns included.
    pub columns: &'static [&'static str],
    /// What of a row is read, of the row `t`.
    pub read: &'static str,
    /// What takes a row out of every constraint while others of the same merge are written.
    pub aside: Option<Aside>,
    /// Whether a merge may open rows.
    pub may_open: bool,
}

/// How rows are set aside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aside {
    /// What is set.
    pub set: &'static str,
    /// The columns that are set, which every image must therefore hold.
    pub columns: &'static [&'static str],
}

const CLOSED: Option<Aside> =
    Some(Aside { set: "unlinked_at = linked_at, unlinked_by = ''", columns: &["unlinked_at", "unlinked_by"] });
const VOIDED: Option<Aside> = Some(Aside { set: "voided_at = created_at", columns: &["voided_at"] });

/// The roles of people at organizations.
pub(super) const ROLES: &Table = &Table {
    name: "organization_contacts",
    kind: MergeKind::Role,
    people: &["contact_id"],
    keeper: Some("organization_id"),
    columns: &[
        "contact_id",
        "is_primary",
        "linked_at",
        "unlinked_at",
        "unlinked_by",
        "unlinked_by_organization_id",
        "unlink_reason",
    ],
    read: "to_jsonb(t)",
    aside: CLOSED,
    may_open: false,
};
const OF_LINKS: &[&str] = &[
    "contact_id",
    "is_primary",
    "linked_at",
    "unlinked_at",
    "unlinked_by",
    "unlink_reason",
    "method_code_id",
    "match_key",
];
/// The phones of people.
pub(super) const PHONES: &Table = &Table {
    name: "contact_phones",
    kind: MergeKind::Phone,
    people: &["contact_id"],
    keeper: None,
    columns: OF_LINKS,
    read: "to_jsonb(t)",
    aside: CLOSED,
    may_open: false,
};
/// The email addresses of people.
pub(super) const EMAILS: &Table = &Table { name: "contact_emails", kind: MergeKind::Email, ..*PHONES };
/// The addresses of people, with the days on which they are found there.
pub(super) const ADDRESSES: &Table = &Table {
    name: "contact_addresses",
    kind: MergeKind::Address,
    columns: &[
        "contact_id",
        "is_primary",
        "linked_at",
        "unlinked_at",
        "unlinked_by",
        "unlink_reason",
        "starts_on",
        "ends_on",
    ],
    may_open: true,
    ..*PHONES
};
/// What people are in the books of organizations.
pub(super) const PERSONAS: &Table = &Table {
    name: "contact_personas",
    kind: MergeKind::Persona,
    people: &["contact_id"],
    keeper: Some("organization_id"),
    columns: &["contact_id", "granted_at", "revoked_at", "revoked_by"],
    read: "to_jsonb(t)",
    aside: Some(Aside { set: "revoked_at = granted_at", columns: &["revoked_at"] }),
    may_open: false,
};
/// What students are to each other.
pub(super) const KINSHIPS: &Table = &Table {
    name: "student_relationships",
    kind: MergeKind::StudentRelationship,
    people: &["student_id", "related_student_id"],
    keeper: Some("organization_id"),
    columns: &["student_id", "related_student_id", "starts_on", "ends_on", "voided_at", "voided_by", "void_reason"],
    read: "to_jsonb(t)",
    aside: VOIDED,
    may_open: true,
};
/// Whose guardians people are, and who their guardians are.
pub(super) const GUARDIANS: &Table = &Table {
    name: "student_guardian_relationships",
    kind: MergeKind::StudentGuardian,
    people: &["student_id", "guardian_id"],
    columns: &[
        "student_id",
        "guardian_id",
        "is_primary_contact",
        "is_legal_guardian",
        "lives_with",
        "is_emergency_contact",
        "restrictions",
        "starts_on",
        "ends_on",
        "voided_at",
        "voided_by",
        "void_reason",
    ],
    ..*KINSHIPS
};
/// Where people work.
pub(super) const STAFF: &Table = &Table {
    name: "staff_assignments",
    kind: MergeKind::StaffAssignment,
    people: &["staff_id"],
    keeper: Some("recorded_by_organization_id"),
    columns: &["staff_id", "is_primary", "starts_on", "ends_on", "voided_at", "voided_by", "void_reason"],
    ..*KINSHIPS
};
/// Whom referrals name.
pub(super) const REFERRALS: &Table = &Table {
    name: "referrals",
    kind: MergeKind::Referral,
    people: &["contact_id"],
    keeper: Some("partner_organization_id"),
    columns: &["contact_id"],
    read: "jsonb_build_object('id', t.id, 'contact_id', t.contact_id, 'partner_organization_id', t.partner_organization_id,
           'created_at', t.created_at)",
    aside: None,
    may_open: false,
};
/// With whom organizations spoke.
pub(super) const COMMUNICATIONS: &Table = &Table {
    name: "communications",
    kind: MergeKind::Communication,
    keeper: Some("organization_id"),
    read: "jsonb_build_object('id', t.id, 'contact_id', t.contact_id, 'organization_id', t.organization_id,
           'corrects_id', t.corrects_id, 'referral_id', t.referral_id, 'created_at', t.recorded_at)",
    ..*REFERRALS
};
/// What other systems call people.
pub(super) const EXTERNAL_IDS: &Table = &Table {
    name: "contact_external_ids",
    kind: MergeKind::ExternalId,
    keeper: Some("organization_id"),
    read: "jsonb_build_object('id', t.id, 'contact_id', t.contact_id, 'organization_id', t.organization_id, 'created_at', t.assigned_at)",
    ..*REFERRALS
};
/// The people themselves: the duplicate's own row, whose version an undoing moves on (in entries of before it did not). The survivor's stands in the event as what changed of it.
pub(super) const CONTACTS: &Table = &Table {
    name: "contacts_projection",
    kind: MergeKind::Field,
    people: &[],
    keeper: None,
    columns: &["user_id", "merged_into_id", "deleted_at", "version"],
    read: "to_jsonb(t)",
    aside: None,
    may_open: false,
};

/// All whose rows name people.
pub(super) const FOLLOWING: [&Table; 11] =
    [ROLES, PHONES, EMAILS, ADDRESSES, PERSONAS, KINSHIPS, GUARDIANS, STAFF, REFERRALS, COMMUNICATIONS, EXTERNAL_IDS];

/// The table that an image names.
pub(super) fn named(name: &str) -> Option<&'static Table> {
    FOLLOWING.into_iter().chain([CONTACTS]).find(|table| table.name == name)
}

/// The columns of every table that follow a merge, as the catalogue of the database would name them.
pub fn moved_columns() -> Vec<(&'static str, &'static str)> {
    FOLLOWING.iter().flat_map(|table| table.people.iter().map(|column| (table.name, *column))).collect()
}
