//! What phones, emails and addresses have in common: whom they may be linked to, and who may do it.
//! What they are made of is each noun's own matter.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use liaison_entity::{Node, organization};
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::json;
use sqlx::Row;
use uuid::Uuid;

use crate::access::{self, Action, Editable};
use crate::event::Event;
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::link::{self, Draft, Kind, Linked, OpenLink, open_links_to};
use crate::session::{Lock, Sql, Transaction, Work};
use crate::{contact, reading, store};

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

    /// What the owner is called.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Contact(_) => "contact",
            Self::Organization(_) => "organization",
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
            reading::seen::<organization::Entity>(work, id, "organizationId", "organization").await?;
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

/// A kind of method: what it is called, and the two junctions in which people and organizations hold it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sort {
    pub noun: &'static str,
    pub of_contact: Kind,
    pub of_organization: Kind,
}

impl Sort {
    /// The junction in which this owner holds methods of the kind.
    pub const fn held_by(self, owner: Owner) -> Kind {
        match owner {
            Owner::Contact(_) => self.of_contact,
            Owner::Organization(_) => self.of_organization,
        }
    }
}

/// Refuses unless the viewer may change a method that it sees: it stewards it, its organization holds it, or it may edit somebody
/// who does.
pub(crate) async fn allow_method(
    work: &Work<'_>,
    sort: Sort,
    id: Uuid,
    steward: Uuid,
    field: &str,
) -> Result<(), Failure> {
    access::allow(work.viewer(), Action::Edit)?;
    let own = work.viewer().organization_id();
    if work.viewer().is_super_admin() || steward == own {
        return Ok(());
    }
    if open_links_to(work, sort.of_organization, id).await?.iter().any(|link| link.uphill_id == own) {
        return Ok(());
    }
    let holders = open_links_to(work, sort.of_contact, id).await?;
    if !editable_among(work, &holders).await?.is_empty() {
        return Ok(());
    }
    let why = format!(
        "you see this {} but may not edit it, and so may not link it to others; make one of your own",
        sort.noun
    );
    Err(Refusal::forbidden(field, why).into())
}

/// Those contacts at the upper ends of links that the viewer sees and may edit.
async fn editable_among(work: &Work<'_>, links: &[OpenLink]) -> Result<HashSet<Uuid>, Failure> {
    let ids: Vec<Uuid> = links.iter().map(|link| link.uphill_id).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let contacts = reading::by_ids::<liaison_entity::contact::Entity>(work, ids.clone()).await?;
    let mut sql = Sql::new(
        "SELECT DISTINCT contact_id FROM organization_contacts WHERE unlinked_at IS NULL AND organization_id = ",
    );
    sql.push_bind(work.viewer().organization_id()).push(" AND contact_id = ANY(").push_bind(ids).push(")");
    let rows = work.rows().fetch(sql).await?;
    let linked = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<Uuid>, sqlx::Error>>();
    let linked = linked.map_err(Fault::from)?;
    let editable = contacts
        .values()
        .filter(|contact| access::may_edit(work.viewer(), Editable::of(contact, linked.contains(&contact.id))));
    Ok(editable.map(|contact| contact.id).collect())
}

/// Refuses what is done to a method that was deleted.
pub(crate) fn allow_living(deleted_at: Option<DateTime<Utc>>, field: &str, noun: &str) -> Result<(), Refusal> {
    match deleted_at {
        None => Ok(()),
        Some(_) => {
            let why = format!("this {noun} was deleted and can be neither changed nor linked; make a new one");
            Err(Refusal::invalid(field, why))
        }
    }
}

/// Closes every open link to a method that is to be deleted. The viewer may close those of its own organization, of people whom it
/// may edit, and `places`, which the noun found; if others hold on to it, it is told how many and not who.
pub(crate) async fn release(work: &mut Work<'_>, sort: Sort, id: Uuid, places: Vec<OpenLink>) -> Result<(), Failure> {
    work.lock_holders(id).await?;
    let viewer = work.viewer();
    let mut closing: Vec<(Kind, OpenLink)> = places.into_iter().map(|link| (Kind::PhoneAddress, link)).collect();
    if access::may(viewer, Action::Link) {
        let held = open_links_to(work, sort.of_organization, id).await?;
        let own = held.into_iter().filter(|link| viewer.is_super_admin() || link.uphill_id == viewer.organization_id());
        closing.extend(own.map(|link| (sort.of_organization, link)));
    }
    let held = open_links_to(work, sort.of_contact, id).await?;
    let editable = editable_among(work, &held).await?;
    let own = held.into_iter().filter(|link| editable.contains(&link.uphill_id));
    closing.extend(own.map(|link| (sort.of_contact, link)));

    let mut sql = Sql::new("SELECT app.open_links_to(");
    sql.push_bind(id).push(")");
    let rows = work.rows().fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("app.open_links_to gave no row".to_owned()))?;
    let all = usize::try_from(row.try_get::<i64, _>(0).map_err(Fault::from)?).unwrap_or_default();
    let noun = sort.noun;
    match all.saturating_sub(closing.len()) {
        0 => {}
        1 => {
            let why = format!("1 open link to this {noun} is not yours to end; unlink your own instead of deleting it");
            return Err(Refusal::new(RefusalCode::InUse, "id", why).into());
        }
        others => {
            let why = format!(
                "{others} open links to this {noun} are not yours to end; unlink your own instead of deleting it"
            );
            return Err(Refusal::new(RefusalCode::InUse, "id", why).into());
        }
    }
    for (kind, link) in closing {
        kind.close(work, &link);
    }
    Ok(())
}

/// Closes what is open between two ends, in one role or in all. What is not linked is left alone.
pub(crate) async fn unlink(
    work: &mut Work<'_>,
    kind: Kind,
    uphill_id: Uuid,
    downhill_id: Uuid,
    role: Option<&str>,
) -> Result<(), Failure> {
    let open = link::open_links(work, kind, uphill_id).await?;
    let ours = |link: &&OpenLink| link.downhill_id == downhill_id && (role.is_none() || link.role.as_deref() == role);
    for link in open.iter().filter(ours) {
        kind.close(work, link);
    }
    Ok(())
}

/// Makes a method the primary one of an owner that it is linked to; the former stops being it in the same event. Of several windows of
/// one link the one that holds today is taken.
pub(crate) async fn set_primary(
    work: &mut Work<'_>,
    kind: Kind,
    owner: Owner,
    method_id: Uuid,
    role: Option<&str>,
) -> Result<Option<()>, Failure> {
    let today = work.at().date_naive();
    let mut open = link::open_links(work, kind, owner.id()).await?;
    let is_it = |link: &OpenLink| link.downhill_id == method_id && link.role.as_deref() == role;
    let holds = |link: &OpenLink| {
        link.facts.starts_on.is_none_or(|first| first <= today) && link.facts.ends_on.is_none_or(|last| today <= last)
    };
    let at = open.iter().position(|link| is_it(link) && holds(link)).or_else(|| open.iter().position(is_it));
    let Some(at) = at else { return Ok(None) };
    if let Some(event) = kind.promote(&mut open, at) {
        work.record(event);
    }
    Ok(Some(()))
}

/// The facts of a `…deleted` event: its envelope says all there is to say.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted {}

pub(crate) async fn apply_deleted<N: Node>(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        let row = serde_json::Map::from_iter([("deleted_at".to_owned(), json!(event.recorded_at))]);
        store::set::<N>(transaction, event, row).await?;
    }
    Ok(())
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
    work.lock_to_record(link::source_lock(&facts));
    let mut open = link::open_links(work, kind, owner.id()).await?;
    let role = facts.address_type.map(|of| sea_orm::ActiveEnum::to_value(&of));
    let draft = Draft { kind, uphill_id: owner.id(), downhill_id: method_id, role, is_primary, facts };
    let id = work.id_or_new(None);
    if let Some(event) = draft.decide(&mut open, || id) {
        work.record(event);
    }
    Ok(())
}
