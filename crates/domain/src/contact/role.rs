//! The roles of a person at organizations: linked, closed, made primary (US-2, US-4, US-5, US-10).

use liaison_entity::values::ContactType;
use liaison_entity::{contact, organization};
use sea_orm::ActiveEnum;
use sqlx::Row;
use uuid::Uuid;

use super::link_token::Ticket;
use crate::access::{self, Action, Editable};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::link::{Draft, Kind, Linked, OpenLink, open_roles};
use crate::reading;
use crate::session::{Command, Lock, Mode, Reader, Sql, Work};
use crate::viewer::Viewer;

/// What a change of a role locks: the person, the organization's standing, and who is primary there for the role.
fn role_locks(contact_id: Uuid, organization_id: Uuid, types: &[ContactType]) -> Vec<Lock> {
    std::iter::once(Lock::Node(contact_id)).chain(types.iter().flat_map(|of| locks_at(organization_id, *of))).collect()
}

/// What a role at an organization relies on and changes there.
pub(crate) fn locks_at(organization_id: Uuid, of: ContactType) -> [Lock; 2] {
    [Lock::Relied(organization_id), Lock::Role(organization_id, role_name(of))]
}

const fn role_name(of: ContactType) -> &'static str {
    match of {
        ContactType::Administrative => "administrative",
        ContactType::Billing => "billing",
        ContactType::Technical => "technical",
        ContactType::Emergency => "emergency",
        ContactType::Stakeholder => "stakeholder",
    }
}

pub(super) const EVERY_TYPE: [ContactType; 5] = [
    ContactType::Administrative,
    ContactType::Billing,
    ContactType::Technical,
    ContactType::Emergency,
    ContactType::Stakeholder,
];

/// On what ground somebody links a contact to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// It acts for the organization, and sees its links.
    Own,
    /// A partner shares its own people with a provider that it referred (US-10). It does not see the provider's links, and who is
    /// primary there and whose role ends is the provider's to say.
    Sharing,
}

/// Whom a role is for: somebody in sight, or somebody whom a look-up found (US-4).
#[derive(Clone, Copy, Debug)]
pub struct Whom {
    contact_id: Uuid,
    by: By,
}

/// How a person is named.
#[derive(Clone, Copy, Debug)]
enum By {
    Id,
    Token(Ticket),
}

impl Whom {
    /// Somebody in sight.
    pub const fn id(contact_id: Uuid) -> Self {
        Self { contact_id, by: By::Id }
    }

    /// As a client names them: by id, or by the token of a look-up of its organization. Whether that is
    /// good still the command asks: a request that is repeated with its key is answered as it was.
    pub fn named(
        reader: &Reader,
        contact_id: Option<Uuid>,
        link_token: Option<&str>,
        mode: Mode,
    ) -> Result<Self, Refusal> {
        match (contact_id, link_token) {
            (Some(contact_id), None) => Ok(Self::id(contact_id)),
            // A rehearsal shows what a link would: a person out of sight, and nobody would know.
            (None, Some(_)) if mode == Mode::Rehearsal => Err(Refusal::invalid(
                "dryRun",
                "a link by linkToken cannot be rehearsed: it would show somebody whom you do not see yet",
            )),
            (None, Some(token)) => {
                access::allow(reader.viewer(), Action::Link)?;
                let ticket = reader.database().link_tokens().open(reader.viewer().organization_id(), token)?;
                Ok(Self { contact_id: ticket.contact_id, by: By::Token(ticket) })
            }
            _ => Err(Refusal::invalid("contactId", "give contactId or linkToken, one of the two")),
        }
    }

    /// Whose the person is and the person's version. Who is archived is refused to whoever sees them, and is not there for others.
    async fn read(self, work: &Work<'_>) -> Result<(Uuid, i32), Failure> {
        match self.by {
            By::Id => {
                let contact = reading::seen::<contact::Entity>(work, self.contact_id, "contactId", "contact").await?;
                if Editable::of(&contact, false).is_archived {
                    return Err(super::gone(work, &contact, "contactId").await);
                }
                Ok((contact.owner_organization_id, contact.version))
            }
            By::Token(ticket) => {
                ticket.allow_at(work.at())?;
                let own = work.viewer().organization_id();
                let mut sql = Sql::new("SELECT owner_organization_id, version FROM app.found_contact(");
                sql.push_bind(self.contact_id).push(", ").push_bind(work.link_tokens().stream_of(own)).push(")");
                let rows = work.rows().fetch(sql).await?;
                let row = rows.first().ok_or_else(|| {
                    let why = "whom this linkToken stands for is not there any more";
                    Refusal::new(RefusalCode::NotFound, "linkToken", why)
                })?;
                let read = || Ok((row.try_get("owner_organization_id")?, row.try_get("version")?));
                Ok(read().map_err(|error: sqlx::Error| Fault::from(error))?)
            }
        }
    }
}

/// Refuses roles that have no part in linking.
fn allow_any(viewer: &Viewer) -> Result<(), Refusal> {
    if access::may(viewer, Action::Share) { Ok(()) } else { access::allow(viewer, Action::Link) }
}

/// On what ground the viewer may link a contact of `owner` to the organization, which it sees; and whether the contact has the version
/// that it has read.
async fn ground(work: &mut Work<'_>, (owner, version): (Uuid, i32), organization_id: Uuid) -> Result<Ground, Failure> {
    let organization =
        reading::seen::<organization::Entity>(work, organization_id, "organizationId", "organization").await?;
    let ground = ground_at(work.viewer(), &organization, owner)?;
    work.compare_version(version)?;
    Ok(ground)
}

/// As [`ground`], for what only the organization itself may do.
async fn allow_own(work: &mut Work<'_>, contact_id: Uuid, organization_id: Uuid) -> Result<(), Failure> {
    allow_any(work.viewer())?;
    let contact = reading::seen::<contact::Entity>(work, contact_id, "contactId", "contact").await?;
    super::allow_unmerged(work, &contact, "contactId").await?;
    match ground(work, (contact.owner_organization_id, contact.version), organization_id).await? {
        Ground::Own => Ok(()),
        Ground::Sharing => {
            let why = "you may share your people with this provider; only the provider itself may end a role there or set its primary";
            Err(Refusal::forbidden("organizationId", why).into())
        }
    }
}

/// Whether the viewer may link a contact of `owner` at an organization that it sees, and on what ground: its own, any for
/// `super_admin`, and for a partner its own people at a provider that it referred (US-10).
pub(super) fn ground_at(viewer: &Viewer, organization: &organization::Model, owner: Uuid) -> Result<Ground, Failure> {
    let own = viewer.organization_id();
    if access::may(viewer, Action::Share) && organization.referring_partner_id == Some(own) && owner == own {
        return Ok(Ground::Sharing);
    }
    access::allow(viewer, Action::Link)?;
    access::allow_for(viewer, organization.id, "organizationId")?;
    Ok(Ground::Own)
}

/// Refuses to make somebody the primary one of an organization that is only shared with.
pub(super) fn allow_primary(ground: Ground, is_primary: Option<bool>) -> Result<(), Refusal> {
    if ground == Ground::Sharing && is_primary == Some(true) {
        let why = "only the provider itself says who is its primary contact; leave isPrimary out to share the contact";
        return Err(Refusal::forbidden("isPrimary", why));
    }
    Ok(())
}

/// Whether a partner's own contact has this role already at a provider whose links the partner does not see.
async fn is_shared(work: &Work<'_>, contact_id: Uuid, organization_id: Uuid, of: ContactType) -> Result<bool, Failure> {
    let mut sql = Sql::new("SELECT app.is_shared(");
    sql.push_bind(contact_id).push(", ").push_bind(organization_id).push(", ").push_bind(of.to_value()).push(")");
    let rows = work.rows().fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("app.is_shared gave no row".to_owned()))?;
    Ok(row.try_get::<bool, _>(0).map_err(Fault::from)?)
}

/// The link that a person in this role is to have.
pub(crate) fn draft(organization_id: Uuid, contact_id: Uuid, of: ContactType, is_primary: Option<bool>) -> Draft {
    Draft {
        kind: Kind::OrganizationContact,
        uphill_id: organization_id,
        downhill_id: contact_id,
        role: Some(of.to_value()),
        is_primary,
        facts: Linked { contact_type: Some(of), ..Linked::default() },
    }
}

/// Gives a person a role at an organization. Linking twice is linking once; asking for the primary of an open link sets it.
#[derive(Clone, Debug)]
pub struct Link {
    /// The person.
    pub whom: Whom,
    /// Where; the viewer's organization unless told.
    pub organization_id: Option<Uuid>,
    /// The role.
    pub contact_type: ContactType,
    /// Whether the person becomes the organization's primary one in this role.
    pub is_primary: Option<bool>,
}

impl Command for Link {
    type Output = Uuid;

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        role_locks(self.whom.contact_id, self.organization_id.unwrap_or(viewer.organization_id()), &[self.contact_type])
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let organization_id = self.organization_id.unwrap_or(work.viewer().organization_id());
        let contact_id = self.whom.contact_id;
        allow_any(work.viewer())?;
        let contact = self.whom.read(work).await?;
        let ground = ground(work, contact, organization_id).await?;
        allow_primary(ground, self.is_primary)?;
        if ground == Ground::Sharing && is_shared(work, contact_id, organization_id, self.contact_type).await? {
            return Ok(contact_id);
        }
        let mut open = open_roles(work, organization_id, contact_id).await?;
        let draft = draft(organization_id, contact_id, self.contact_type, self.is_primary);
        let id = work.id_or_new(None);
        if let Some(event) = draft.decide(&mut open, || id) {
            work.record(event);
        }
        Ok(contact_id)
    }
}

/// Closes a person's role at an organization, or all of them. What is not linked is left alone; the person stays.
#[derive(Clone, Debug)]
pub struct Unlink {
    /// The person.
    pub contact_id: Uuid,
    /// Where; the viewer's organization unless told.
    pub organization_id: Option<Uuid>,
    /// The role; every role when left out.
    pub contact_type: Option<ContactType>,
}

impl Command for Unlink {
    type Output = Uuid;

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        let types = self.contact_type.as_ref().map_or(EVERY_TYPE.as_slice(), std::slice::from_ref);
        role_locks(self.contact_id, self.organization_id.unwrap_or(viewer.organization_id()), types)
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let organization_id = self.organization_id.unwrap_or(work.viewer().organization_id());
        allow_own(work, self.contact_id, organization_id).await?;
        let role = self.contact_type.map(|of| of.to_value());
        let open = open_roles(work, organization_id, self.contact_id).await?;
        let ours = |link: &&OpenLink| link.downhill_id == self.contact_id && (role.is_none() || link.role == role);
        let stays = open.iter().any(|link| link.downhill_id == self.contact_id && role.is_some() && link.role != role);
        if !stays && open.iter().any(|link| ours(&link)) {
            super::persona::allow_to_leave(work, organization_id, self.contact_id).await?;
        }
        for link in open.iter().filter(ours) {
            Kind::OrganizationContact.close(work, link);
        }
        Ok(self.contact_id)
    }
}

/// Makes a person an organization's primary one in a role; the former primary stops being it in the same event (US-5).
#[derive(Clone, Debug)]
pub struct SetPrimary {
    /// The person, who has the role already.
    pub contact_id: Uuid,
    /// Where; the viewer's organization unless told.
    pub organization_id: Option<Uuid>,
    /// The role.
    pub contact_type: ContactType,
}

impl Command for SetPrimary {
    type Output = Uuid;

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        role_locks(self.contact_id, self.organization_id.unwrap_or(viewer.organization_id()), &[self.contact_type])
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let organization_id = self.organization_id.unwrap_or(work.viewer().organization_id());
        allow_own(work, self.contact_id, organization_id).await?;
        let mut open = open_roles(work, organization_id, self.contact_id).await?;
        let role = Some(self.contact_type.to_value());
        if !open.iter().any(|link| link.downhill_id == self.contact_id && link.role == role) {
            return Err(Refusal::new(
                RefusalCode::NotFound,
                "type",
                format!(
                    "the contact is not linked to the organization as {}; use contactLink first",
                    role_name(self.contact_type)
                ),
            )
            .into());
        }
        let draft = draft(organization_id, self.contact_id, self.contact_type, Some(true));
        let id = work.id_or_new(None);
        if let Some(event) = draft.decide(&mut open, || id) {
            work.record(event);
        }
        Ok(self.contact_id)
    }
}
