//! What phones, emails and addresses have in common: whom they may be linked to, and who may do it.
//! What they are made of is each noun's own matter.

use liaison_entity::Junction;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::access::{self, Action, Sighted};
use crate::contact;
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::link::{self, Draft, Kind, Linked};
use crate::reading;
use crate::session::{Lock, Work};

/// Whom a method is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A person.
    Contact(Uuid),
    /// An organization.
    Organization(Uuid),
}

impl Owner {
    /// The owner's id.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Contact(id) | Self::Organization(id) => id,
        }
    }

    /// What a link to this owner locks: for a person the person, for an organization its list of that kind of method.
    pub(crate) fn lock(self, kind: &'static str) -> Lock {
        match self {
            Self::Contact(id) => Lock::Node(id),
            Self::Organization(id) => Lock::Role(id, kind),
        }
    }
}

/// Refuses unless the viewer sees the owner and may change its methods.
pub(crate) async fn allow_owner(work: &Work<'_>, owner: Owner) -> Result<(), Failure> {
    match owner {
        Owner::Contact(id) => contact::allow_edit(work, id, "contactId").await.map(drop),
        Owner::Organization(id) => {
            access::allow(work.viewer(), Action::Link)?;
            reading::organization_in_sight(work, id)
                .await?
                .ok_or_else(|| Refusal::not_found("organizationId", "organization"))?;
            Ok(access::allow_for(work.viewer(), id, "organizationId")?)
        }
    }
}

/// Refuses unless the viewer may make methods and its organization, which will steward them, is there.
pub(crate) async fn allow_create(work: &Work<'_>) -> Result<(), Failure> {
    access::allow(work.viewer(), Action::Edit)?;
    let steward = reading::organization_in_sight(work, work.viewer().organization_id()).await?;
    let why = "there is no organization with the id of your token";
    steward.map(drop).ok_or_else(|| Refusal::new(RefusalCode::NotFound, "", why).into())
}

/// The row of a method that the viewer sees.
pub(crate) async fn seen<N: Sighted>(work: &Work<'_>, id: Uuid, field: &str, noun: &str) -> Result<N::Model, Failure> {
    Ok(reading::one::<N>(work, id).await?.ok_or_else(|| Refusal::not_found(field, noun))?)
}

/// The two junctions in which a kind of method is held: by organizations and by people.
pub(crate) trait Held {
    /// Organization above, method below.
    type OfOrganization: Junction;
    /// Contact above, method below.
    type OfContact: Junction;
}

impl<O: Junction, C: Junction<Downhill = O::Downhill>> Held for (O, C) {
    type OfOrganization = O;
    type OfContact = C;
}

/// Refuses unless the viewer may change a method that it sees: it stewards it, its organization holds it, or it may edit somebody
/// who does.
pub(crate) async fn allow_method<H: Held>(
    work: &Work<'_>,
    id: Uuid,
    steward: Uuid,
    field: &str,
    noun: &str,
) -> Result<(), Failure> {
    access::allow(work.viewer(), Action::Edit)?;
    if work.viewer().is_super_admin() || steward == work.viewer().organization_id() {
        return Ok(());
    }
    let mut sql = QueryBuilder::new(format!(
        "SELECT FROM {} WHERE {} = ",
        H::OfOrganization::TABLE,
        H::OfOrganization::DOWNHILL_ID
    ));
    sql.push_bind(id)
        .push(" AND unlinked_at IS NULL AND organization_id = ")
        .push_bind(work.viewer().organization_id());
    if !work.rows().fetch(sql).await?.is_empty() {
        return Ok(());
    }
    let mut sql = QueryBuilder::new(format!(
        "SELECT contact_id FROM {} WHERE {} = ",
        H::OfContact::TABLE,
        H::OfContact::DOWNHILL_ID
    ));
    sql.push_bind(id).push(" AND unlinked_at IS NULL");
    for row in work.rows().fetch(sql).await? {
        let contact_id: Uuid = sqlx::Row::try_get(&row, 0).map_err(crate::failure::Fault::from)?;
        if let Some(editable) = contact::editable(work, contact_id).await?
            && access::may_edit(work.viewer(), editable)
        {
            return Ok(());
        }
    }
    let why =
        format!("you see this {noun} but may not edit it, and so may not link it to others; make one of your own");
    Err(Refusal::forbidden(field, why).into())
}

/// Links a method to an owner unless it is so.
pub(crate) async fn link(
    work: &mut Work<'_>,
    kind: Kind,
    owner: Owner,
    method_id: Uuid,
    is_primary: Option<bool>,
    facts: Linked,
) -> Result<(), Failure> {
    let mut open = link::open_links(work, kind, owner.id()).await?;
    let role = facts.address_type.map(|of| sea_orm::ActiveEnum::to_value(&of));
    let draft = Draft { kind, uphill_id: owner.id(), downhill_id: method_id, role, is_primary, facts };
    let id = work.id_or_new(None);
    if let Some(event) = draft.decide(&mut open, || id) {
        work.record(event);
    }
    Ok(())
}
