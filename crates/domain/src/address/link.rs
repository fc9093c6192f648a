//! The links of addresses: who is found there and how they hold it, and which phones stand there. What an address is made of is not
//! their matter.

use chrono::NaiveDate;
use liaison_entity::address;
use liaison_entity::values::AddressType;
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::{SORT, allow};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::link::Linked;
use crate::method::{self, Owner};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;
use crate::{phone, reading, text};

/// How an address is held by somebody: the ADR's `UserAddress` beside the address itself.
#[derive(Clone, Debug, Default)]
pub struct Holding {
    /// What it is used for by this owner; the address's own type unless told.
    pub address_type: Option<AddressType>,
    /// Whether it becomes the owner's primary one of its type; the first one does unless told.
    pub is_primary: Option<bool>,
    /// Its place among the owner's addresses, lowest first.
    pub sort_order: Option<i32>,
    /// The system that the link came from; for people only.
    pub source_system: Option<String>,
    /// The id of the record there.
    pub source_record_id: Option<String>,
    /// The first day on which the person is found there.
    pub starts_on: Option<NaiveDate>,
    /// The last such day.
    pub ends_on: Option<NaiveDate>,
}

impl Holding {
    /// What a link says of it.
    pub(crate) fn link_facts(&self, own_type: AddressType) -> Result<Linked, Refusal> {
        let source_system = text::optional_line("sourceSystem", self.source_system.as_deref(), text::LINE)?;
        let source_record_id = text::optional_line("sourceRecordId", self.source_record_id.as_deref(), text::LINE)?;
        if source_system.is_some() != source_record_id.is_some() {
            return Err(Refusal::invalid(
                "sourceRecordId",
                "sourceSystem and sourceRecordId go together: give both or neither",
            ));
        }
        if let (Some(starts_on), Some(ends_on)) = (self.starts_on, self.ends_on)
            && ends_on < starts_on
        {
            return Err(Refusal::invalid("endsOn", "endsOn must not be before startsOn"));
        }
        Ok(Linked {
            address_type: Some(self.address_type.unwrap_or(own_type)),
            sort_order: self.sort_order.unwrap_or(0),
            source_system,
            source_record_id,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            ..Linked::default()
        })
    }
}

/// Links an address to a person or an organization. A phone that stands there is linked with [`LinkPhone`].
#[derive(Clone, Debug)]
pub struct Link {
    /// The address.
    pub address_id: Uuid,
    /// To whom.
    pub to: Owner,
    /// How it is held.
    pub holding: Holding,
}

impl Link {
    /// The same for a phone that stands there.
    pub const fn of_phone(address_id: Uuid, phone_id: Uuid) -> LinkPhone {
        LinkPhone { address_id, phone_id }
    }
}

/// Says which phone stands at an address: [`phone::Link`] seen from the other side.
#[derive(Clone, Debug)]
pub struct LinkPhone {
    address_id: Uuid,
    phone_id: Uuid,
}

impl Command for LinkPhone {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id), Lock::Method(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<liaison_entity::phone::Entity>(work, self.phone_id, "phoneId", "phone").await?;
        phone::allow(work, &phone, "phoneId").await?;
        let address = reading::seen::<address::Entity>(work, self.address_id, "addressId", SORT.noun).await?;
        method::allow_living(address.deleted_at, "addressId", SORT.noun)?;
        work.compare_version(address.version)?;
        phone::stand(work, self.phone_id, self.address_id).await?;
        Ok(self.phone_id)
    }
}

impl Command for Link {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id), self.to.lock("addresses")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let address = reading::seen::<address::Entity>(work, self.address_id, "addressId", SORT.noun).await?;
        allow(work, &address, "addressId").await?;
        work.compare_version(address.version)?;
        method::allow_owner(work, self.to).await?;
        let facts = self.holding.link_facts(address.address_type)?;
        let is_of_contacts = facts.source_system.is_some() || facts.starts_on.is_some() || facts.ends_on.is_some();
        if is_of_contacts && matches!(self.to, Owner::Organization(_)) {
            let why = "startsOn, endsOn and the source are kept for the address of a contact only";
            return Err(Refusal::invalid("startsOn", why).into());
        }
        method::link(work, SORT.held_by(self.to), self.to, self.address_id, self.holding.is_primary, facts).await?;
        Ok(self.address_id)
    }
}

/// Ends the link between an address and whom it was linked to. A phone that stood there is unlinked with [`UnlinkPhone`]. What is not
/// linked is left alone.
#[derive(Clone, Debug)]
pub struct Unlink {
    /// The address.
    pub address_id: Uuid,
    /// From whom.
    pub from: Owner,
    /// In this use only; in every use unless told.
    pub address_type: Option<AddressType>,
}

impl Unlink {
    /// The same for a phone that stood there.
    pub const fn of_phone(address_id: Uuid, phone_id: Uuid) -> UnlinkPhone {
        UnlinkPhone { address_id, phone_id }
    }
}

impl Command for Unlink {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id), self.from.lock("addresses")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let address = reading::seen::<address::Entity>(work, self.address_id, "addressId", SORT.noun).await?;
        method::allow_owner(work, self.from).await?;
        work.compare_version(address.version)?;
        let role = self.address_type.map(|of| of.to_value());
        method::unlink(work, SORT.held_by(self.from), self.from.id(), self.address_id, role.as_deref()).await?;
        Ok(self.address_id)
    }
}

/// Says that a phone does not stand at an address any more: [`phone::Unlink`] seen from the other side.
#[derive(Clone, Debug)]
pub struct UnlinkPhone {
    address_id: Uuid,
    phone_id: Uuid,
}

impl Command for UnlinkPhone {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id), Lock::Method(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<liaison_entity::phone::Entity>(work, self.phone_id, "phoneId", "phone").await?;
        let address = reading::seen::<address::Entity>(work, self.address_id, "addressId", SORT.noun).await?;
        work.compare_version(address.version)?;
        phone::leave(work, &phone, &address).await?;
        Ok(self.address_id)
    }
}

/// Makes an address the primary one of its type for a person or an organization that has it.
#[derive(Clone, Debug)]
pub struct SetPrimary {
    /// The address.
    pub address_id: Uuid,
    /// Whose.
    pub of: Owner,
    /// What they use it for; the address's own type unless told.
    pub address_type: Option<AddressType>,
}

impl Command for SetPrimary {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id), self.of.lock("addresses")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let address = reading::seen::<address::Entity>(work, self.address_id, "addressId", SORT.noun).await?;
        method::allow_owner(work, self.of).await?;
        work.compare_version(address.version)?;
        let role = self.address_type.unwrap_or(address.address_type).to_value();
        let held = SORT.held_by(self.of);
        method::set_primary(work, held, self.of, self.address_id, Some(&role)).await?.ok_or_else(|| {
            let owner = self.of.noun();
            let why =
                format!("the address is not linked to the {owner} as {role}; use addressLink first, or another type");
            Refusal::new(RefusalCode::NotFound, "addressId", why)
        })?;
        Ok(self.address_id)
    }
}
