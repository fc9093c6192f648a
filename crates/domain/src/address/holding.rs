//! Changing how and when a person holds an address: the period that was put down wrongly, or goes on otherwise, is closed, and one that
//! says what is right takes its place, in one command. What was stays in the past.

use chrono::NaiveDate;
use liaison_entity::values::AddressType;
use liaison_entity::{address, contact_address};
use sea_orm::{ActiveEnum, EntityTrait};
use uuid::Uuid;

use super::SORT;
use super::link::Holding;
use crate::edit::Edit;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::link::{Change, Kind, Linked, OpenLink, open_links, source_lock};
use crate::method::{self, Owner};
use crate::reading;
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;

/// The version of how and when a person holds an address: another one after every change of it. A period that changes is closed and another
/// opened, each with a version that counts from 1, so this is a figure made of both and is compared for equality only.
pub fn holding_version(holding: &contact_address::Model) -> i32 {
    version_of(holding.id, holding.version)
}

fn version_of(link_id: Uuid, version: i32) -> i32 {
    let (high, low) = link_id.as_u64_pair();
    let mixed = (high ^ low.rotate_left(23)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let version = u64::from(version.unsigned_abs());
    // The upper bits of a product depend on all bits of its factors. At least 1: 0 is the version of what is to be made.
    i32::try_from(((mixed >> 34) + version) % 0x3fff_ffff + 1).expect("it has thirty bits")
}

/// What became of a holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldingUpdated {
    /// The address.
    pub address_id: Uuid,
    /// The holding's version now.
    pub version: i32,
}

/// Changes how and when a person holds an address.
#[derive(Clone, Debug, Default)]
pub struct UpdateHolding {
    /// The address.
    pub address_id: Uuid,
    /// Whose.
    pub contact_id: Uuid,
    /// Of several uses of it, which.
    pub of_type: Option<AddressType>,
    /// Of several periods of it, the one that begins on this day.
    pub of_start: Option<NaiveDate>,
    /// What it is used for.
    pub address_type: Edit<AddressType>,
    /// Its place among the person's addresses.
    pub sort_order: Edit<i32>,
    /// The first day on which the person is found there.
    pub starts_on: Edit<NaiveDate>,
    /// The last such day.
    pub ends_on: Edit<NaiveDate>,
    /// The system that it came from.
    pub source_system: Edit<String>,
    /// The id of the record there.
    pub source_record_id: Edit<String>,
}

impl UpdateHolding {
    /// The one period that is meant.
    fn meant<'a>(&self, open: &'a [OpenLink]) -> Result<&'a OpenLink, Refusal> {
        let role = self.of_type.map(|of| of.to_value());
        let mut meant = open.iter().filter(|link| {
            link.downhill_id == self.address_id
                && (role.is_none() || link.role == role)
                && (self.of_start.is_none() || link.facts.starts_on == self.of_start)
        });
        let Some(one) = meant.next() else {
            let why = "the contact does not hold this address so; use addressLink, or name another period";
            return Err(Refusal::new(RefusalCode::NotFound, "addressId", why));
        };
        match meant.count() {
            0 => Ok(one),
            others => {
                let periods = others + 1;
                let why = format!(
                    "the contact holds this address in {periods} periods: say which with the type and startsOn of period"
                );
                Err(Refusal::new(RefusalCode::Ambiguous, "period", why))
            }
        }
    }

    fn changed(&self, was: &contact_address::Model) -> Result<(Holding, AddressType), Refusal> {
        let address_type = self.address_type.clone().over_required("type", was.address_type)?;
        let holding = Holding {
            address_type: Some(address_type),
            is_primary: None,
            sort_order: Some(self.sort_order.clone().over_required("sortOrder", was.sort_order)?),
            source_system: self.source_system.clone().over(was.source_system.clone()),
            source_record_id: self.source_record_id.clone().over(was.source_record_id.clone()),
            starts_on: self.starts_on.clone().over(was.starts_on),
            ends_on: self.ends_on.clone().over(was.ends_on),
        };
        Ok((holding, address_type))
    }
}

/// What a period says, but for what follows from others.
#[derive(PartialEq)]
struct Period<'a> {
    address_type: Option<AddressType>,
    sort_order: i32,
    days: [Option<NaiveDate>; 2],
    source: [Option<&'a str>; 2],
}

impl<'a> Period<'a> {
    fn of(link: &'a Linked) -> Self {
        Self {
            address_type: link.address_type,
            sort_order: link.sort_order,
            days: [link.starts_on, link.ends_on],
            source: [link.source_system.as_deref(), link.source_record_id.as_deref()],
        }
    }
}

impl Command for UpdateHolding {
    type Output = HoldingUpdated;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id), Lock::Node(self.contact_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<HoldingUpdated, Failure> {
        let kind = Kind::ContactAddress;
        reading::seen::<address::Entity>(work, self.address_id, "addressId", SORT.noun).await?;
        method::allow_owner(work, Owner::Contact(self.contact_id)).await?;
        let open = open_links(work, kind, self.contact_id).await?;
        let link = self.meant(&open)?;
        let was = contact_address::Entity::find_by_id(link.id).one(work.rows()).await?;
        let was = was.ok_or_else(|| Fault::Contended("the period was closed meanwhile".to_owned()))?;
        let version = holding_version(&was);
        work.compare_version(version)?;
        let (holding, address_type) = self.changed(&was)?;
        let facts = holding.link_facts(address_type)?;
        let before = Linked {
            address_type: Some(was.address_type),
            sort_order: was.sort_order,
            source_system: was.source_system.clone(),
            source_record_id: was.source_record_id.clone(),
            starts_on: was.starts_on,
            ends_on: was.ends_on,
            ..Linked::default()
        };
        if Period::of(&facts) == Period::of(&before) {
            return Ok(HoldingUpdated { address_id: self.address_id, version });
        }
        // Another use has a primary address of its own.
        let role = Some(address_type.to_value());
        let is_led = open.iter().any(|other| other.role == role && other.is_primary && other.id != link.id);
        let is_primary = was.is_primary && !is_led;
        work.lock_to_record(source_lock(&facts));
        kind.close(work, link);
        let ends = kind.between(self.contact_id, self.address_id);
        let facts = Linked { is_primary, contact_id: ends.contact_id, address_id: ends.address_id, ..facts };
        let id = work.id_or_new(None);
        work.record(NewEvent::first(Stream::Link, id, kind.event(Change::Linked), &facts));
        Ok(HoldingUpdated { address_id: self.address_id, version: version_of(id, 1) })
    }
}
