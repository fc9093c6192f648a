//! What an organization may see, said a second time: domain.md §5 over the link tables, read as the tables' owner. It uses neither the
//! sights that the projector keeps nor a policy nor a line of the domain.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::reading::Seen;
use super::scene::Seat;
use crate::support::App;

/// The tables of the kinds of nodes; a new kind must be put here and into the oracle.
pub fn table(kind: &str) -> &'static str {
    match kind {
        "Organization" => "organizations_projection",
        "Facility" => "facilities_projection",
        "Contact" => "contacts_projection",
        "Phone" => "phones_projection",
        "Email" => "emails_projection",
        "Address" => "addresses_projection",
        "PhoneCode" => "phone_codes",
        "EmailCode" => "email_codes",
        "Communication" => "communications",
        "Referral" => "referrals",
        "StudentRelationship" => "student_relationships",
        "StudentGuardian" => "student_guardian_relationships",
        "StaffAssignment" => "staff_assignments",
        "DuplicateCandidate" => "duplicate_candidates",
        _ => panic!("the matrix does not know where nodes of the kind {kind} are: say so in oracle.rs"),
    }
}

/// Every id there is.
pub struct Everything {
    /// By kind.
    pub ids: BTreeMap<String, Vec<Uuid>>,
    /// Of the organizations.
    pub subdomains: Vec<String>,
}

impl Everything {
    /// Reads them as the owner.
    pub async fn of(app: &App) -> Self {
        let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
        let mut ids = BTreeMap::new();
        for kind in crate::guarantees::served::Served::now().nodes() {
            let all = format!("SELECT id FROM {} ORDER BY id", table(kind));
            ids.insert(kind.to_owned(), sqlx::query_scalar(AssertSqlSafe(all)).fetch_all(&mut owner).await.unwrap());
        }
        let all = "SELECT subdomain FROM organizations_projection ORDER BY subdomain";
        Self { ids, subdomains: sqlx::query_scalar(all).fetch_all(&mut owner).await.unwrap() }
    }
}

/// `me` and `seen_*`, as common table expressions on the organization $1, or on everything when $2.
const SIGHT: &str = "
WITH me AS (SELECT $1::uuid AS id),
partner AS (SELECT o.referring_partner_id AS id FROM organizations_projection o, me WHERE o.id = me.id AND o.referring_partner_id IS NOT NULL),
seen_organization AS (
  SELECT o.id FROM organizations_projection o, me
  WHERE $2 OR o.id = me.id OR o.referring_partner_id = me.id OR o.id IN (SELECT id FROM partner)),
seen_contact AS (
  SELECT id FROM contacts_projection WHERE $2
  UNION SELECT c.id FROM contacts_projection c, me WHERE c.owner_organization_id = me.id
  UNION SELECT l.contact_id FROM organization_contacts l, me WHERE l.unlinked_at IS NULL AND l.organization_id = me.id
  UNION SELECT l.contact_id FROM organization_contacts l, partner WHERE l.unlinked_at IS NULL AND l.organization_id = partner.id
  UNION SELECT r.contact_id FROM referrals r, me WHERE r.partner_organization_id = me.id),
seen_phone AS (
  SELECT id FROM phones_projection WHERE $2
  UNION SELECT l.phone_id FROM contact_phones l JOIN seen_contact c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL
  UNION SELECT l.phone_id FROM organization_phones l, me WHERE l.unlinked_at IS NULL AND l.organization_id = me.id
  UNION SELECT p.id FROM phones_projection p, me WHERE p.owner_organization_id = me.id
    AND NOT EXISTS (SELECT FROM contact_phones l WHERE l.phone_id = p.id AND l.unlinked_at IS NULL)
    AND NOT EXISTS (SELECT FROM organization_phones l WHERE l.phone_id = p.id AND l.unlinked_at IS NULL)),
seen_email AS (
  SELECT id FROM emails_projection WHERE $2
  UNION SELECT l.email_id FROM contact_emails l JOIN seen_contact c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL
  UNION SELECT l.email_id FROM organization_emails l, me WHERE l.unlinked_at IS NULL AND l.organization_id = me.id
  UNION SELECT p.id FROM emails_projection p, me WHERE p.owner_organization_id = me.id
    AND NOT EXISTS (SELECT FROM contact_emails l WHERE l.email_id = p.id AND l.unlinked_at IS NULL)
    AND NOT EXISTS (SELECT FROM organization_emails l WHERE l.email_id = p.id AND l.unlinked_at IS NULL)),
seen_address AS (
  SELECT id FROM addresses_projection WHERE $2
  UNION SELECT l.address_id FROM contact_addresses l JOIN seen_contact c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL
  UNION SELECT l.address_id FROM organization_addresses l, me WHERE l.unlinked_at IS NULL AND l.organization_id = me.id
  UNION SELECT p.id FROM addresses_projection p, me WHERE p.owner_organization_id = me.id
    AND NOT EXISTS (SELECT FROM contact_addresses l WHERE l.address_id = p.id AND l.unlinked_at IS NULL)
    AND NOT EXISTS (SELECT FROM organization_addresses l WHERE l.address_id = p.id AND l.unlinked_at IS NULL)),
seen_facility AS (SELECT f.id FROM facilities_projection f, me WHERE $2 OR f.organization_id = me.id),
seen_communication AS (SELECT r.id FROM communications r, me WHERE $2 OR r.organization_id = me.id),
seen_referral AS (SELECT r.id FROM referrals r, me WHERE $2 OR r.partner_organization_id = me.id),
seen_kinship AS (SELECT r.* FROM student_relationships r, me WHERE $2 OR r.organization_id = me.id),
seen_guardianship AS (SELECT r.* FROM student_guardian_relationships r, me WHERE $2 OR r.organization_id = me.id),
seen_assignment AS (SELECT r.* FROM staff_assignments r, me WHERE $2 OR r.recorded_by_organization_id = me.id),
seen_candidate AS (SELECT p.* FROM duplicate_candidates p WHERE $2),
today AS (SELECT (now() AT TIME ZONE 'UTC')::date AS day)
";

/// The nodes.
const NODES: &str = "
SELECT 'Organization', id FROM seen_organization UNION ALL SELECT 'Contact', id FROM seen_contact
UNION ALL SELECT 'Phone', id FROM seen_phone UNION ALL SELECT 'Email', id FROM seen_email
UNION ALL SELECT 'Address', id FROM seen_address UNION ALL SELECT 'Facility', id FROM seen_facility
UNION ALL SELECT 'Communication', id FROM seen_communication UNION ALL SELECT 'Referral', id FROM seen_referral
UNION ALL SELECT 'StudentRelationship', id FROM seen_kinship UNION ALL SELECT 'StudentGuardian', id FROM seen_guardianship
UNION ALL SELECT 'StaffAssignment', id FROM seen_assignment UNION ALL SELECT 'DuplicateCandidate', id FROM seen_candidate
UNION ALL SELECT 'PhoneCode', id FROM phone_codes UNION ALL SELECT 'EmailCode', id FROM email_codes";

/// Who is connected with whom: roles at the own organization, also those that ended, and at the partner that referred it, methods of the own organization
/// and of people in sight, where phones in sight stand; sites and referred providers.
const PAIRS: &str = "
SELECT l.organization_id, l.contact_id FROM me, organization_contacts l JOIN seen_contact c ON c.id = l.contact_id
  WHERE $2 OR l.organization_id = me.id OR l.organization_id IN (SELECT id FROM partner)
UNION SELECT l.organization_id, l.phone_id FROM organization_phones l, me WHERE l.unlinked_at IS NULL AND ($2 OR l.organization_id = me.id)
UNION SELECT l.organization_id, l.email_id FROM organization_emails l, me WHERE l.unlinked_at IS NULL AND ($2 OR l.organization_id = me.id)
UNION SELECT l.organization_id, l.address_id FROM organization_addresses l, me WHERE l.unlinked_at IS NULL AND ($2 OR l.organization_id = me.id)
UNION SELECT l.contact_id, l.phone_id FROM contact_phones l JOIN seen_contact c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL
UNION SELECT l.contact_id, l.email_id FROM contact_emails l JOIN seen_contact c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL
UNION SELECT l.contact_id, l.address_id FROM contact_addresses l JOIN seen_contact c ON c.id = l.contact_id WHERE l.unlinked_at IS NULL
UNION SELECT l.phone_id, l.address_id FROM phone_addresses l JOIN seen_phone p ON p.id = l.phone_id
  JOIN seen_address a ON a.id = l.address_id WHERE l.unlinked_at IS NULL
UNION SELECT r.contact_id, r.id FROM communications r JOIN seen_communication s ON s.id = r.id JOIN seen_contact c ON c.id = r.contact_id
UNION SELECT r.contact_id, r.id FROM referrals r JOIN seen_referral s ON s.id = r.id WHERE r.contact_id IS NOT NULL
UNION SELECT r.referral_id, r.id FROM communications r JOIN seen_communication s ON s.id = r.id JOIN seen_referral f ON f.id = r.referral_id
UNION SELECT r.student_id, r.related_student_id FROM seen_kinship r, today
  WHERE r.voided_at IS NULL AND today.day BETWEEN r.starts_on AND coalesce(r.ends_on, today.day)
    AND r.student_id IN (SELECT id FROM seen_contact) AND r.related_student_id IN (SELECT id FROM seen_contact)
UNION SELECT r.student_id, r.guardian_id FROM seen_guardianship r, today
  WHERE r.voided_at IS NULL AND today.day BETWEEN r.starts_on AND coalesce(r.ends_on, today.day)
    AND r.student_id IN (SELECT id FROM seen_contact) AND r.guardian_id IN (SELECT id FROM seen_contact)
UNION SELECT r.staff_id, coalesce(r.organization_id, r.facility_id) FROM seen_assignment r, today
  WHERE r.voided_at IS NULL AND today.day BETWEEN r.starts_on AND coalesce(r.ends_on, today.day)
    AND r.staff_id IN (SELECT id FROM seen_contact)
    AND (r.organization_id IN (SELECT id FROM seen_organization) OR r.facility_id IN (SELECT id FROM seen_facility))
UNION SELECT f.organization_id, f.id FROM facilities_projection f JOIN seen_facility s ON s.id = f.id
UNION SELECT o.referring_partner_id, o.id FROM organizations_projection o JOIN seen_organization s ON s.id = o.id
  JOIN seen_organization p ON p.id = o.referring_partner_id";

/// Ways from one node to another that no list gives: the steward.
const OTHER_PAIRS: &str = "
SELECT c.owner_organization_id, c.id FROM contacts_projection c JOIN seen_contact s ON s.id = c.id
  JOIN seen_organization o ON o.id = c.owner_organization_id
UNION SELECT r.organization_id, r.id FROM communications r JOIN seen_communication s ON s.id = r.id
UNION SELECT r.partner_organization_id, r.id FROM referrals r JOIN seen_referral s ON s.id = r.id
UNION SELECT r.provider_organization_id, r.id FROM referrals r JOIN seen_referral s ON s.id = r.id
  JOIN seen_organization o ON o.id = r.provider_organization_id
UNION SELECT unnest(ARRAY[p.contact_id, p.other_contact_id]), p.id FROM seen_candidate p
UNION SELECT unnest(ARRAY[r.organization_id, r.student_id, r.related_student_id]), r.id FROM seen_kinship r
UNION SELECT unnest(ARRAY[r.organization_id, r.student_id, r.guardian_id]), r.id FROM seen_guardianship r
UNION SELECT unnest(array_remove(ARRAY[r.recorded_by_organization_id, r.staff_id, r.organization_id, r.facility_id], NULL)), r.id FROM seen_assignment r";

/// The entries of the log: a node's with the node, a merge's with either of the two, a link's by whose it is.
const EVENTS: &str = "
SELECT e.id FROM domain_events e, me WHERE $2
UNION SELECT e.id FROM domain_events e JOIN seen_organization n ON n.id = e.stream_id WHERE e.stream_type = 'organization'
UNION SELECT e.id FROM domain_events e JOIN seen_facility n ON n.id = e.stream_id WHERE e.stream_type = 'facility'
UNION SELECT e.id FROM domain_events e JOIN seen_contact n ON n.id = e.stream_id WHERE e.stream_type = 'contact'
UNION SELECT e.id FROM domain_events e JOIN seen_contact n ON e.data->>'duplicate_id' = n.id::text WHERE e.event_type LIKE 'contact.merge%'
UNION SELECT e.id FROM domain_events e JOIN seen_phone n ON n.id = e.stream_id WHERE e.stream_type = 'phone'
UNION SELECT e.id FROM domain_events e JOIN seen_email n ON n.id = e.stream_id WHERE e.stream_type = 'email'
UNION SELECT e.id FROM domain_events e JOIN seen_address n ON n.id = e.stream_id WHERE e.stream_type = 'address'
UNION SELECT e.id FROM domain_events e WHERE e.stream_type = 'code'
UNION SELECT e.id FROM domain_events e JOIN seen_communication r ON r.id = e.stream_id WHERE e.stream_type = 'record'
UNION SELECT e.id FROM domain_events e JOIN seen_referral r ON r.id = e.stream_id WHERE e.stream_type = 'record'
UNION SELECT e.id FROM domain_events e JOIN seen_kinship r ON r.id = e.stream_id WHERE e.stream_type = 'record'
UNION SELECT e.id FROM domain_events e JOIN seen_guardianship r ON r.id = e.stream_id WHERE e.stream_type = 'record'
UNION SELECT e.id FROM domain_events e JOIN seen_assignment r ON r.id = e.stream_id WHERE e.stream_type = 'record'
UNION SELECT e.id FROM domain_events e JOIN contact_personas r ON r.id = e.stream_id, me
  WHERE e.stream_type = 'record' AND r.organization_id = me.id
UNION SELECT e.id FROM domain_events e, me WHERE e.stream_type = 'directory' AND e.metadata->>'organization_id' = me.id::text
UNION SELECT e.id FROM domain_events e, me WHERE e.event_type LIKE 'organization.%.%' AND e.data->>'organization_id' = me.id::text
UNION SELECT e.id FROM domain_events e, partner, seen_contact c
  WHERE e.event_type LIKE 'organization.contact.%' AND e.data->>'organization_id' = partner.id::text AND e.data->>'contact_id' = c.id::text
UNION SELECT e.id FROM domain_events e JOIN seen_contact c ON e.data->>'contact_id' = c.id::text WHERE e.stream_type = 'link' AND e.event_type LIKE 'contact.%.%'
UNION SELECT e.id FROM domain_events e, me WHERE e.stream_type = 'external_id' AND e.data->>'organization_id' = me.id::text
UNION SELECT e.id FROM domain_events e JOIN seen_phone p ON e.data->>'phone_id' = p.id::text
  JOIN seen_address a ON e.data->>'address_id' = a.id::text WHERE e.event_type LIKE 'phone.address.%'";

/// The entries of the log that an organization sees, by the oracle.
pub async fn events(app: &App, organization: Uuid, everything: bool) -> BTreeSet<Uuid> {
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let query = sqlx::query_scalar(AssertSqlSafe(format!("{SIGHT} {EVENTS}"))).bind(organization).bind(everything);
    query.fetch_all(&mut owner).await.unwrap().into_iter().collect()
}

/// The entries whose author an organization may know: its own, its partner's, its providers', and those of nobody in particular.
const TOLD: &str = "
SELECT e.id FROM domain_events e WHERE $2 OR e.metadata->>'organization_id' IS NULL
UNION SELECT e.id FROM domain_events e JOIN seen_organization o ON o.id::text = e.metadata->>'organization_id'";

/// What was read of the log: nothing that may not be, all that may be, and of each no more than may be told.
async fn judge_entries(app: &App, seat: &Seat, who: &crate::support::Who, organizations: &BTreeSet<Uuid>, seen: &Seen) {
    use liaison_domain::viewer::Role;
    let everything = who == &crate::support::Who::super_admin();
    let may = events(app, who.organization_id, everything).await;
    assert_eq!(seen.followed.difference(&may).count(), 0, "{} follows entries that it must not see", seat.name);
    assert_eq!(may.difference(&seen.followed).count(), 0, "{} misses entries", seat.name);
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let told = sqlx::query_scalar(AssertSqlSafe(format!("{SIGHT} {TOLD}"))).bind(who.organization_id).bind(everything);
    let told: BTreeSet<Uuid> = told.fetch_all(&mut owner).await.unwrap().into_iter().collect();
    let all: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM organizations_projection").fetch_all(&mut owner).await.unwrap();
    let hidden: BTreeSet<String> =
        all.into_iter().filter(|id| !organizations.contains(id)).map(|id| id.to_string()).collect();
    let reads_history = !matches!(who.role, Role::Clinician | Role::Viewer);
    for entry in seen.entries.iter().filter(|entry| !entry["version"].is_null()) {
        let id: Uuid = entry["entry"].as_str().unwrap().parse().unwrap();
        assert!(may.contains(&id), "{} finds the entry {entry:#}", seat.name);
        let is_told = reads_history && told.contains(&id);
        assert_eq!(entry["actor"].is_string(), is_told, "{}: {entry:#}", seat.name);
        for account in ["organization", "reason", "requestId", "correlationId"] {
            assert!(is_told || entry[account].is_null(), "{} is told {account} of {entry:#}", seat.name);
        }
        assert!(reads_history || entry["fields"] == serde_json::json!([]), "{}: {entry:#}", seat.name);
        let text = entry["fields"].to_string();
        let leak = hidden.iter().find(|id| text.contains(id.as_str()));
        assert_eq!(leak, None, "{} learns of an organization from {entry:#}", seat.name);
    }
}

/// Two nodes, in whatever direction.
pub fn pair(one: Uuid, other: Uuid) -> (Uuid, Uuid) {
    (one.min(other), one.max(other))
}

/// The nodes that an organization sees, by the oracle.
pub async fn nodes(app: &App, organization: Uuid, everything: bool) -> BTreeSet<(String, Uuid)> {
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let sql = AssertSqlSafe(format!("{SIGHT}{NODES}"));
    let rows: Vec<(String, Uuid)> =
        sqlx::query_as(sql).bind(organization).bind(everything).fetch_all(&mut owner).await.unwrap();
    rows.into_iter().collect()
}

async fn pairs(app: &App, select: &str, organization: Uuid, everything: bool) -> BTreeSet<(Uuid, Uuid)> {
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let sql = AssertSqlSafe(format!("{SIGHT}{select}"));
    let rows: Vec<(Uuid, Uuid)> =
        sqlx::query_as(sql).bind(organization).bind(everything).fetch_all(&mut owner).await.unwrap();
    rows.into_iter().map(|(one, other)| pair(one, other)).collect()
}

/// Holds what was seen against what may be seen: nothing more, and nothing less.
pub async fn judge(app: &App, seat: &Seat, seen: &Seen) {
    let Some(who) = &seat.who else {
        assert!(seen.ids.is_empty() && seen.nodes.is_empty(), "nobody saw {:?}", seen.ids);
        assert!(seen.entries.is_empty(), "nobody read {:?}", seen.entries);
        return;
    };
    let everything = who == &crate::support::Who::super_admin();
    let may = nodes(app, who.organization_id, everything).await;
    let more: Vec<_> = seen.nodes.difference(&may).collect();
    assert!(more.is_empty(), "{} sees nodes that it must not: {more:?}", seat.name);
    let less: Vec<_> = may.difference(&seen.nodes).collect();
    assert!(less.is_empty(), "{} does not see {less:?}", seat.name);
    let ids: BTreeSet<Uuid> = may.iter().map(|(_, id)| *id).collect();
    let stray: Vec<_> = seen.ids.difference(&ids).collect();
    assert!(stray.is_empty(), "{} found ids that it must not see: {stray:?}", seat.name);

    let organizations = may.iter().filter(|(kind, _)| kind == "Organization").map(|(_, id)| *id).collect();
    judge_entries(app, seat, who, &organizations, seen).await;

    let links = pairs(app, PAIRS, who.organization_id, everything).await;
    let more: Vec<_> = seen.listed.difference(&links).collect();
    assert!(more.is_empty(), "{} sees connections that it must not: {more:?}", seat.name);
    let less: Vec<_> = links.difference(&seen.listed).collect();
    assert!(less.is_empty(), "{} does not see the connections {less:?}", seat.name);
    let others = pairs(app, OTHER_PAIRS, who.organization_id, everything).await;
    let codes: BTreeSet<Uuid> = may.iter().filter(|(kind, _)| kind.ends_with("Code")).map(|(_, id)| *id).collect();
    for (one, other) in &seen.single {
        let is_known = links.contains(&(*one, *other)) || others.contains(&(*one, *other));
        let is_code = codes.contains(one) || codes.contains(other);
        assert!(is_known || is_code, "{} is led from {one} to {other} and must not be", seat.name);
    }
}
