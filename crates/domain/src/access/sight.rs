//! What is in sight of a scope, as conditions on a table's row. Each names its own tables and no claim of the database: the two walls
//! share nothing but the rows.

use liaison_entity::{
    Junction, Node, address, communication, contact, contact_address, contact_email, contact_phone, email, email_code,
    facility, organization, organization_address, organization_contact, organization_email, organization_phone, phone,
    phone_address, phone_code, referral, staff_assignment, student_guardian_relationship, student_relationship,
};
use uuid::Uuid;

use super::{Action, Scope, may};
use crate::contact::{MERGE_REVERTED, MERGED};
use crate::session::Sql;
use crate::viewer::{Role, Viewer};

/// A node whose rows are in somebody's sight or not.
pub trait Sighted: Node {
    /// Pushes the condition that the row `alias` of the node's table is in sight.
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str);
}

/// Whether the ends of a link have to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Whoever sees an open link sees both its ends, by the rules that sight has: to ask for them again would only cost.
    Follow,
    /// The link says nothing of its ends.
    AreAsked,
}

/// A junction whose rows are in somebody's sight or not.
pub trait SightedLink: Junction<Uphill: Sighted, Downhill: Sighted> {
    /// Whether the ends have to be asked for.
    const ENDS: Ends = Ends::Follow;

    /// Pushes the condition that the row `alias` of the junction's table, an open link, is in sight.
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str);
}

/// A contact is seen by its owner, through an open link, through the referring partner's open link, through a referral: the
/// projector has put these grounds into one row.
pub(crate) fn contact_in_sight(scope: Scope, sql: &mut Sql, id: &str) {
    scope.push(sql, |sql, organization| {
        sql.push("EXISTS (SELECT FROM contact_sights seen WHERE seen.organization_id = ").push_bind(organization);
        sql.push(format_args!(" AND seen.contact_id = {id})"));
    });
}

/// That the viewer is told for which login the contact `alias`, which it sees and which is not archived, stands: those who may edit
/// the contact are, by the rule of `obstacle_to_edit`.
pub(crate) fn login_in_sight(viewer: &Viewer, sql: &mut Sql, alias: &str) {
    if !may(viewer, Action::Edit) {
        sql.push("FALSE");
        return;
    }
    Scope::of(viewer).push(sql, |sql, organization| {
        sql.push(format_args!("{alias}.owner_organization_id = ")).push_bind(organization);
        if viewer.roles().contains(&Role::ProviderAdmin) {
            sql.push(format_args!(
                " OR ({alias}.edit_policy = 'linked_organizations'
                      AND EXISTS (SELECT FROM contact_sights own WHERE own.is_linked AND own.organization_id = "
            ));
            sql.push_bind(organization).push(format_args!(" AND own.contact_id = {alias}.id OFFSET 0))"));
        }
    });
}

/// As [`SightedLink::link_in_sight`] of people at organizations, for a column that holds the viewer's organization.
pub(crate) fn role_in_sight_of(alias: &str, organization: &str) -> String {
    format!(
        "(coalesce({alias}.organization_id = {organization} OR {alias}.organization_id =
           (SELECT me.referring_partner_id FROM organizations_projection me WHERE me.id = {organization}), FALSE))"
    )
}

/// That a merge is in sight: of those who merge alone, for it tells what others link.
pub(crate) fn merge_in_sight(scope: Scope, sql: &mut Sql) {
    scope.push(sql, |sql, _| {
        sql.push("FALSE");
    });
}

/// What is the organization's own, by the column that names it.
pub(crate) fn own(scope: Scope, sql: &mut Sql, column: &str) {
    scope.push(sql, |sql, organization| {
        sql.push(format_args!("{column} = ")).push_bind(organization);
    });
}

/// A method is seen through an open link of the own organization or of a contact in sight, which the projector has put into one row,
/// or by the organization that made it while nobody is linked.
fn method_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
    scope.push(sql, |sql, organization: Uuid| {
        sql.push("EXISTS (SELECT FROM method_sights seen WHERE seen.organization_id = ").push_bind(organization);
        // OFFSET 0 keeps it a probe: the planner would rather read all that the organization sees into a hash table.
        sql.push(format_args!(" AND seen.method_id = {alias}.id OFFSET 0)"));
        sql.push(format_args!(" OR (NOT {alias}.is_linked AND {alias}.owner_organization_id = "))
            .push_bind(organization);
        sql.push(")");
    });
}

impl Sighted for organization::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        scope.push(sql, |sql, organization| {
            sql.push(format_args!("{alias}.id = ")).push_bind(organization);
            sql.push(format_args!(" OR {alias}.referring_partner_id = ")).push_bind(organization);
            sql.push(format_args!(
                " OR {alias}.id = (SELECT me.referring_partner_id FROM organizations_projection me WHERE me.id = "
            ));
            sql.push_bind(organization).push(")");
        });
    }
}

impl Sighted for facility::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl Sighted for contact::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        contact_in_sight(scope, sql, &format!("{alias}.id"));
    }
}

impl Sighted for phone::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        method_in_sight(scope, sql, alias);
    }
}

impl Sighted for email::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        method_in_sight(scope, sql, alias);
    }
}

impl Sighted for address::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        method_in_sight(scope, sql, alias);
    }
}

/// A record about a person is seen by the organization that made it.
impl Sighted for communication::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl Sighted for referral::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        referral_in_sight(scope, sql, alias);
    }
}

/// A relationship is seen by the organization that recorded it.
impl Sighted for student_relationship::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl Sighted for student_guardian_relationship::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl Sighted for staff_assignment::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.recorded_by_organization_id"));
    }
}

/// The vocabularies are everybody's who may read at all.
fn for_every_reader(scope: Scope, sql: &mut Sql) {
    scope.push(sql, |sql, _| {
        sql.push("TRUE");
    });
}

impl Sighted for phone_code::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, _alias: &str) {
        for_every_reader(scope, sql);
    }
}

impl Sighted for email_code::Entity {
    fn in_sight(scope: Scope, sql: &mut Sql, _alias: &str) {
        for_every_reader(scope, sql);
    }
}

/// People of the own organization and of the partner that referred it: how a provider finds its VAR's support.
impl SightedLink for organization_contact::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        scope.push(sql, |sql, organization| {
            // Hidden from the planner in `coalesce`: it would look up both organizations by index for a list that is asked of one
            // parent anyway, and lose the order in which that parent's index gives it.
            sql.push(format_args!("coalesce({alias}.organization_id = ")).push_bind(organization);
            sql.push(format_args!(
                " OR {alias}.organization_id = (SELECT me.referring_partner_id FROM organizations_projection me WHERE me.id = "
            ));
            sql.push_bind(organization).push("), FALSE)");
        });
    }
}

impl SightedLink for organization_phone::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl SightedLink for organization_email::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl SightedLink for organization_address::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        own(scope, sql, &format!("{alias}.organization_id"));
    }
}

impl SightedLink for contact_phone::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        contact_in_sight(scope, sql, &format!("{alias}.contact_id"));
    }
}

impl SightedLink for contact_email::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        contact_in_sight(scope, sql, &format!("{alias}.contact_id"));
    }
}

impl SightedLink for contact_address::Entity {
    fn link_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
        contact_in_sight(scope, sql, &format!("{alias}.contact_id"));
    }
}

/// Between two methods: seen when both are, and both are asked for themselves.
impl SightedLink for phone_address::Entity {
    const ENDS: Ends = Ends::AreAsked;

    fn link_in_sight(scope: Scope, sql: &mut Sql, _alias: &str) {
        for_every_reader(scope, sql);
    }
}

/// The tables of the nodes that have a history.
const NODES: [(&str, InSight); 13] = [
    (<contact::Entity as Node>::TABLE, contact::Entity::in_sight),
    (<organization::Entity as Node>::TABLE, organization::Entity::in_sight),
    (<phone::Entity as Node>::TABLE, phone::Entity::in_sight),
    (<email::Entity as Node>::TABLE, email::Entity::in_sight),
    (<address::Entity as Node>::TABLE, address::Entity::in_sight),
    (<facility::Entity as Node>::TABLE, facility::Entity::in_sight),
    (<phone_code::Entity as Node>::TABLE, phone_code::Entity::in_sight),
    (<email_code::Entity as Node>::TABLE, email_code::Entity::in_sight),
    (<communication::Entity as Node>::TABLE, communication::Entity::in_sight),
    (<referral::Entity as Node>::TABLE, referral::Entity::in_sight),
    (<student_relationship::Entity as Node>::TABLE, student_relationship::Entity::in_sight),
    (<student_guardian_relationship::Entity as Node>::TABLE, student_guardian_relationship::Entity::in_sight),
    (<staff_assignment::Entity as Node>::TABLE, staff_assignment::Entity::in_sight),
];

type InSight = fn(Scope, &mut Sql, &str);

/// Pushes that the table of a node holds a row with this id, in sight.
fn seen<N: Sighted>(scope: Scope, sql: &mut Sql, id: &str) {
    seen_in((N::TABLE, N::in_sight), scope, sql, id);
}

fn seen_in((table, in_sight): (&str, InSight), scope: Scope, sql: &mut Sql, id: &str) {
    sql.push(format_args!("EXISTS (SELECT FROM {table} node WHERE node.id = {id} AND "));
    in_sight(scope, sql, "node");
    sql.push(" OFFSET 0)");
}

/// Pushes that some node with this id, of whatever kind, is in sight.
pub(crate) fn any_node_in_sight(scope: Scope, sql: &mut Sql, id: &str) {
    for (at, node) in NODES.into_iter().enumerate() {
        sql.push(if at == 0 { "(" } else { " OR " });
        seen_in(node, scope, sql, id);
    }
    sql.push(")");
}

/// As [`contact_in_sight`], kept a probe: among entries of all kinds the planner would read everybody in sight into a hash table.
fn contact_is_seen(sql: &mut Sql, organization: Uuid, id: &str) {
    sql.push("EXISTS (SELECT FROM contact_sights seen WHERE seen.organization_id = ").push_bind(organization);
    sql.push(format_args!(" AND seen.contact_id = {id} OFFSET 0)"));
}

/// An entry of the log, the row `alias` of `domain_events`. A node's entries are seen with the node; that two became one, or two again, with
/// either of them: whoever keeps the one that is back does not see the survivor any more. A link's are seen by the organization at its end; the roles that the referring partner gives, as long as the person is seen; what is a person's own, with
/// the person; where a phone stands, with both. Of looking up and exporting, and of what its other systems call somebody, the organization
/// that did it; of a record, its maker.
pub(crate) fn entry_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
    let end = |name: &str| format!("({alias}.data->>'{name}')::uuid");
    scope.push(sql, |sql, organization| {
        let stream = format!("{alias}.stream_id");
        sql.push(format_args!("CASE {alias}.stream_type WHEN 'contact' THEN "));
        contact_is_seen(sql, organization, &stream);
        // Only entries of merges are looked into: they are long.
        sql.push(format_args!(" OR ({alias}.event_type IN ('{MERGED}', '{MERGE_REVERTED}') AND "));
        contact_is_seen(sql, organization, &end("duplicate_id"));
        sql.push(") WHEN 'organization' THEN ");
        seen::<organization::Entity>(scope, sql, &stream);
        sql.push(" WHEN 'facility' THEN ");
        seen::<facility::Entity>(scope, sql, &stream);
        sql.push(" WHEN 'phone' THEN ");
        seen::<phone::Entity>(scope, sql, &stream);
        sql.push(" WHEN 'email' THEN ");
        seen::<email::Entity>(scope, sql, &stream);
        sql.push(" WHEN 'address' THEN ");
        seen::<address::Entity>(scope, sql, &stream);
        sql.push(" WHEN 'code' THEN TRUE WHEN 'directory' THEN ");
        sql.push(format_args!("({alias}.metadata->>'organization_id')::uuid = ")).push_bind(organization);
        sql.push(format_args!(" WHEN 'external_id' THEN {} = ", end("organization_id"))).push_bind(organization);
        sql.push(format_args!(" WHEN 'record' THEN {} = ", end("recorded_by_organization_id"))).push_bind(organization);
        sql.push(format_args!(" WHEN 'link' THEN CASE WHEN {alias}.data ? 'organization_id' THEN "));
        sql.push(format_args!("{} = ", end("organization_id"))).push_bind(organization);
        sql.push(format_args!(
            " OR ({alias}.data ? 'contact_id' AND {} = (SELECT me.referring_partner_id FROM organizations_projection me WHERE me.id = ",
            end("organization_id")
        ));
        sql.push_bind(organization).push(") AND ");
        contact_is_seen(sql, organization, &end("contact_id"));
        sql.push(format_args!(") WHEN {alias}.data ? 'contact_id' THEN "));
        contact_is_seen(sql, organization, &end("contact_id"));
        sql.push(format_args!(" WHEN {alias}.data ? 'phone_id' AND {alias}.data ? 'address_id' THEN "));
        seen::<phone::Entity>(scope, sql, &end("phone_id"));
        sql.push(" AND ");
        seen::<address::Entity>(scope, sql, &end("address_id"));
        sql.push(" ELSE FALSE END ELSE FALSE END");
    });
}

/// That somebody lost sight of a contact, the row `alias` of `sight_losses`: the organization that did.
pub(crate) fn loss_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
    own(scope, sql, &format!("{alias}.organization_id"));
}

/// A referral, the row `alias` of `referrals`: the organization that made it.
pub(crate) fn referral_in_sight(scope: Scope, sql: &mut Sql, alias: &str) {
    own(scope, sql, &format!("{alias}.partner_organization_id"));
}
