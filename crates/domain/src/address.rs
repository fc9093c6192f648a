//! Postal addresses: rows of their own, shared by the people and organizations that are found there. Linking them is in `link`,
//! changing when and how somebody holds one in `holding`, changing and deleting them in `edit`.

mod edit;
mod holding;
mod link;

use chrono::{DateTime, Utc};
use liaison_entity::address;
use liaison_entity::values::AddressType;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::duplicate::Place;
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::Kind;
use crate::method::{self, Sort};
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

pub use edit::{DELETED, Delete, Edits, UPDATED, Update};
pub(crate) use edit::{apply_updated, changes};
pub use holding::{HoldingUpdated, UpdateHolding, holding_version};
pub use link::{Holding, Link, LinkPhone, SetPrimary, Unlink, UnlinkPhone};

/// An address came into the directory.
pub const CREATED: &str = "address.created";

/// What addresses are called, and how they are held.
pub(crate) const SORT: Sort =
    Sort { noun: "address", of_contact: Kind::ContactAddress, of_organization: Kind::OrganizationAddress };

/// The longest postal code, in characters.
pub(crate) const POSTAL_CODE: usize = 20;

/// What a new address is made of.
#[derive(Clone, Debug)]
pub struct Details {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// What it is called: `Downtown Office`.
    pub label: Option<String>,
    /// What it is used for.
    pub address_type: AddressType,
    /// Street and number.
    pub street1: String,
    /// Suite, floor, building.
    pub street2: Option<String>,
    /// City.
    pub city: String,
    /// State, province or region.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2; `US` unless told.
    pub country: Option<String>,
}

/// Makes an address that nobody is linked to yet.
#[derive(Clone, Debug)]
pub struct Create(pub Details);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    label: Option<String>,
    address_type: AddressType,
    street1: String,
    street2: Option<String>,
    city: String,
    state: Option<String>,
    postal_code: Option<String>,
    country: String,
    owner_organization_id: Uuid,
}

impl Created {
    /// The facts of a new address stewarded by `steward`, or what is wrong with its details.
    pub fn of(details: &Details, steward: Uuid) -> Result<Self, Refusal> {
        let optional = |field, value: &Option<String>| text::optional_line(field, value.as_deref(), text::LINE);
        Ok(Self {
            label: optional("label", &details.label)?,
            address_type: details.address_type,
            street1: text::line("street1", &details.street1, text::LINE)?,
            street2: optional("street2", &details.street2)?,
            city: text::line("city", &details.city, text::LINE)?,
            state: optional("state", &details.state)?,
            postal_code: text::optional_line("postalCode", details.postal_code.as_deref(), POSTAL_CODE)?,
            country: text::country("country", details.country.as_deref().unwrap_or(text::USUAL_REGION))?,
            owner_organization_id: steward,
        })
    }

    /// What is compared of it to find duplicates.
    pub fn place(&self) -> Place {
        Place {
            street1: self.street1.clone(),
            street2: self.street2.clone(),
            city: self.city.clone(),
            state: self.state.clone(),
            postal_code: self.postal_code.clone(),
            country: Some(self.country.clone()),
        }
    }

    /// The row that the facts make.
    pub fn row(self, id: Uuid, version: i32, at: DateTime<Utc>) -> address::Model {
        address::Model {
            id,
            label: self.label,
            address_type: self.address_type,
            street1: self.street1,
            street2: self.street2,
            city: self.city,
            state: self.state,
            postal_code: self.postal_code,
            country: self.country,
            owner_organization_id: self.owner_organization_id,
            is_linked: false,
            version,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }

    /// The facts that make a row such as this.
    pub fn of_row(row: &address::Model) -> Self {
        Self {
            label: row.label.clone(),
            address_type: row.address_type,
            street1: row.street1.clone(),
            street2: row.street2.clone(),
            city: row.city.clone(),
            state: row.state.clone(),
            postal_code: row.postal_code.clone(),
            country: row.country.clone(),
            owner_organization_id: row.owner_organization_id,
        }
    }
}

/// Refuses unless the viewer may change the address, and it was not deleted: whoever may hang it on somebody of theirs could edit it
/// afterwards.
pub(crate) async fn allow(work: &Work<'_>, address: &address::Model, field: &str) -> Result<(), Failure> {
    method::allow_method(work, SORT, address.id, address.owner_organization_id, field).await?;
    Ok(method::allow_living(address.deleted_at, field, SORT.noun)?)
}

/// Puts the making of an address into the work.
pub(crate) fn record(work: &mut Work<'_>, id: Option<Uuid>, facts: &Created) -> Uuid {
    let id = work.id_or_new(id);
    work.record(NewEvent::first(Stream::Address, id, CREATED, facts));
    id
}

impl Command for Create {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        self.0.id.map(Lock::Node).into_iter().collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        method::allow_create(work).await?;
        work.compare_version(0)?;
        let facts = Created::of(&self.0, work.viewer().organization_id())?;
        Ok(record(work, self.0.id, &facts))
    }
}

/// The row of an address that came.
pub(crate) fn made(event: &Event) -> Result<address::Model, DbErr> {
    Ok(event.facts::<Created>()?.row(event.stream_id, event.stream_version, event.recorded_at))
}

pub(crate) async fn apply_created(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let rows: Vec<_> = run.iter().map(made).collect::<Result<_, _>>()?;
    store::make::<address::Entity>(transaction, &rows).await
}
