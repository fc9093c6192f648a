//! Changing and deleting addresses. One correction is seen by everybody who is found there; what each uses it for stays as it was.

use liaison_entity::values::AddressType;
use liaison_entity::{address, phone};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{POSTAL_CODE, SORT, allow};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::{Kind, open_links_to};
use crate::session::{Command, Lock, Transaction, Work};
use crate::sights::Touched;
use crate::viewer::Viewer;
use crate::{method, reading, store, text};

/// An address changed.
pub const UPDATED: &str = "address.updated";
/// An address was deleted: it is kept, and neither changed nor linked any more.
pub const DELETED: &str = "address.deleted";

/// What is to become of an address's fields.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// What it is called.
    pub label: Edit<String>,
    /// What it is used for, where a link says nothing else.
    pub address_type: Edit<AddressType>,
    /// Street and number.
    pub street1: Edit<String>,
    /// Suite, floor, building.
    pub street2: Edit<String>,
    /// City.
    pub city: Edit<String>,
    /// State, province or region.
    pub state: Edit<String>,
    /// Postal code.
    pub postal_code: Edit<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Edit<String>,
}

/// Changes an address.
#[derive(Clone, Debug)]
pub struct Update {
    /// The address.
    pub address_id: Uuid,
    /// What is to become of it.
    pub edits: Edits,
}

/// What an update may write.
const COLUMNS: &[&str] = &["label", "type", "street1", "street2", "city", "state", "postal_code", "country"];

/// The address as it is to be.
fn edited(address: &address::Model, edits: Edits) -> Result<address::Model, Refusal> {
    Ok(address::Model {
        label: edits.label.optional_line_over("label", &address.label, text::LINE)?,
        address_type: edits.address_type.over_required("type", address.address_type)?,
        street1: edits.street1.line_over("street1", &address.street1, text::LINE)?,
        street2: edits.street2.optional_line_over("street2", &address.street2, text::LINE)?,
        city: edits.city.line_over("city", &address.city, text::LINE)?,
        state: edits.state.optional_line_over("state", &address.state, text::LINE)?,
        postal_code: edits.postal_code.optional_line_over("postalCode", &address.postal_code, POSTAL_CODE)?,
        country: text::country("country", &edits.country.over_required("country", address.country.clone())?)?,
        ..address.clone()
    })
}

/// What became of an address.
pub(crate) fn changes(old: &address::Model, new: &address::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("label", &old.label, &new.label);
    changes.note("type", &old.address_type, &new.address_type);
    changes.note("street1", &old.street1, &new.street1);
    changes.note("street2", &old.street2, &new.street2);
    changes.note("city", &old.city, &new.city);
    changes.note("state", &old.state, &new.state);
    changes.note("postal_code", &old.postal_code, &new.postal_code);
    changes.note("country", &old.country, &new.country);
    changes
}

impl Command for Update {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let address = reading::seen::<address::Entity>(work, self.address_id, "id", SORT.noun).await?;
        allow(work, &address, "id").await?;
        work.compare_version(address.version)?;
        let changes = changes(&address, &edited(&address, self.edits.clone())?);
        work.record_changes(address.version, Stream::Address, address.id, UPDATED, &changes);
        Ok(self.address_id)
    }
}

/// Deletes an address: it is unlinked from whoever the viewer may unlink it from, no phone stands there any more, and it is kept in the
/// past. Refused while others have it.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The address.
    pub address_id: Uuid,
}

impl Command for Delete {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.address_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let address = reading::seen::<address::Entity>(work, self.address_id, "id", SORT.noun).await?;
        method::allow_method(work, SORT, address.id, address.owner_organization_id, "id").await?;
        work.compare_version(address.version)?;
        if address.deleted_at.is_some() {
            return Ok(self.address_id);
        }
        let mut places = open_links_to(work, Kind::PhoneAddress, address.id).await?;
        let seen = places.iter().map(|place| place.uphill_id).collect();
        let seen = reading::by_ids::<phone::Entity>(work, seen).await?;
        places.retain(|place| seen.contains_key(&place.uphill_id));
        // Whoever links such a phone meanwhile holds its places too.
        work.lock_also(places.iter().map(|place| Lock::Method(place.uphill_id)).collect()).await?;
        method::release(work, SORT, address.id, places).await?;
        work.record(NewEvent::after(address.version, Stream::Address, address.id, DELETED, &method::Deleted {}));
        Ok(self.address_id)
    }
}

pub(crate) async fn apply_updated(
    transaction: &Transaction,
    run: &[Event],
    touched: &mut Touched,
) -> Result<(), DbErr> {
    for event in run {
        touched.rewritten.insert(event.stream_id);
        store::update::<address::Entity>(transaction, event, COLUMNS, &[]).await?;
    }
    Ok(())
}
