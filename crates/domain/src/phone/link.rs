//! The links of phones: to people and organizations, and to the place where one stands. What a phone is made of is not their matter.

use liaison_entity::{address, phone};
use uuid::Uuid;

use super::{SORT, allow, link_facts};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::link::{Draft, Kind, Linked, open_links};
use crate::method::{self, Owner};
use crate::reading;
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;

/// Whom, or where, a phone is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A person or an organization is reachable through it.
    Owner(Owner),
    /// It stands at an address.
    Address(Uuid),
}

impl Target {
    /// What a change of the link between a phone and this locks.
    fn locks(self, phone_id: Uuid) -> Vec<Lock> {
        let target = match self {
            Self::Owner(owner) => owner.lock("phones"),
            Self::Address(id) => Lock::Method(id),
        };
        vec![Lock::Method(phone_id), target]
    }
}

/// Links a phone to a person, an organization or the place where it stands.
#[derive(Clone, Debug)]
pub struct Link {
    /// The phone.
    pub phone_id: Uuid,
    /// To whom or where.
    pub to: Target,
    /// Whether it becomes the owner's primary phone; the first one does unless told.
    pub is_primary: Option<bool>,
    /// Its place among the owner's phones, lowest first.
    pub sort_order: Option<i32>,
}

impl Command for Link {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        self.to.locks(self.phone_id)
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "phoneId", "phone").await?;
        allow(work, &phone, "phoneId").await?;
        work.compare_version(phone.version)?;
        match self.to {
            Target::Owner(owner) => {
                method::allow_owner(work, owner).await?;
                let facts = link_facts(&phone, self.sort_order.unwrap_or(0));
                method::link(work, SORT.held_by(owner), owner, self.phone_id, self.is_primary, facts).await?;
            }
            Target::Address(address_id) => {
                if self.is_primary.is_some() || self.sort_order.is_some() {
                    let why = "isPrimary and sortOrder are kept for people and organizations only; leave link out for an address";
                    return Err(Refusal::invalid("link", why).into());
                }
                let address = reading::seen::<address::Entity>(work, address_id, "addressId", "address").await?;
                method::allow_living(address.deleted_at, "addressId", "address")?;
                stand(work, self.phone_id, address_id).await?;
            }
        }
        Ok(self.phone_id)
    }
}

/// Lets a phone stand at an address, unless it does.
pub(crate) async fn stand(work: &mut Work<'_>, phone_id: Uuid, address_id: Uuid) -> Result<(), Failure> {
    let mut open = open_links(work, Kind::PhoneAddress, phone_id).await?;
    let draft = Draft {
        kind: Kind::PhoneAddress,
        uphill_id: phone_id,
        downhill_id: address_id,
        role: None,
        is_primary: None,
        facts: Linked::default(),
    };
    let id = work.id_or_new(None);
    if let Some(event) = draft.decide(&mut open, || id) {
        work.record(event);
    }
    Ok(())
}

/// Lets a phone not stand at an address any more. Whoever may edit one of the two may say so.
pub(crate) async fn leave(work: &mut Work<'_>, phone: &phone::Model, address: &address::Model) -> Result<(), Failure> {
    let (by_phone, by_address) = (phone.owner_organization_id, address.owner_organization_id);
    match method::allow_method(work, SORT, phone.id, by_phone, "phoneId").await {
        Err(Failure::Refused(_)) => {
            method::allow_method(work, crate::address::SORT, address.id, by_address, "addressId").await?;
        }
        allowed => allowed?,
    }
    method::unlink(work, Kind::PhoneAddress, phone.id, address.id, None).await
}

/// Ends the link between a phone and whom or where it was linked to. What is not linked is left alone.
#[derive(Clone, Debug)]
pub struct Unlink {
    /// The phone.
    pub phone_id: Uuid,
    /// From whom or where.
    pub from: Target,
}

impl Command for Unlink {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        self.from.locks(self.phone_id)
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "phoneId", SORT.noun).await?;
        match self.from {
            Target::Owner(owner) => {
                method::allow_owner(work, owner).await?;
                work.compare_version(phone.version)?;
                method::unlink(work, SORT.held_by(owner), owner.id(), self.phone_id, None).await?;
            }
            Target::Address(address_id) => {
                let address = reading::seen::<address::Entity>(work, address_id, "addressId", "address").await?;
                work.compare_version(phone.version)?;
                leave(work, &phone, &address).await?;
            }
        }
        Ok(self.phone_id)
    }
}

/// Makes a phone the primary one of a person or an organization that has it.
#[derive(Clone, Debug)]
pub struct SetPrimary {
    /// The phone.
    pub phone_id: Uuid,
    /// Whose.
    pub of: Owner,
}

impl Command for SetPrimary {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Target::Owner(self.of).locks(self.phone_id)
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "phoneId", SORT.noun).await?;
        method::allow_owner(work, self.of).await?;
        work.compare_version(phone.version)?;
        method::set_primary(work, SORT.held_by(self.of), self.of, self.phone_id, None).await?.ok_or_else(|| {
            let why = format!("the phone is not linked to the {}; use phoneLink first", self.of.noun());
            Refusal::new(RefusalCode::NotFound, "phoneId", why)
        })?;
        Ok(self.phone_id)
    }
}
