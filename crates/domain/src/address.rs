//! Postal addresses: rows of their own, shared by the people and organizations that are found there.

use chrono::NaiveDate;
use liaison_entity::values::AddressType;
use liaison_entity::{address, contact_address, organization_address};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::{Kind, Linked};
use crate::method::{self, Owner};
use crate::phone;
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

/// An address came into the directory.
pub const CREATED: &str = "address.created";

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
            postal_code: text::optional_line("postalCode", details.postal_code.as_deref(), 20)?,
            country: text::country("country", details.country.as_deref().unwrap_or(text::USUAL_REGION))?,
            owner_organization_id: steward,
        })
    }
}

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

/// Refuses unless the viewer may change the address: whoever may hang it on somebody of theirs could edit it afterwards.
pub(crate) async fn allow(work: &Work<'_>, address: &address::Model, field: &str) -> Result<(), Failure> {
    type Held = (organization_address::Entity, contact_address::Entity);
    method::allow_method::<Held>(work, address.id, address.owner_organization_id, field, "address").await
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
        vec![Lock::Node(self.address_id), Lock::Node(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = method::seen::<liaison_entity::phone::Entity>(work, self.phone_id, "phoneId", "phone").await?;
        phone::allow(work, &phone, "phoneId").await?;
        let address = method::seen::<address::Entity>(work, self.address_id, "addressId", "address").await?;
        work.compare_version(address.version)?;
        phone::stand(work, self.phone_id, self.address_id).await?;
        Ok(self.phone_id)
    }
}

impl Command for Link {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.address_id), self.to.lock("addresses")]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let address = method::seen::<address::Entity>(work, self.address_id, "addressId", "address").await?;
        allow(work, &address, "addressId").await?;
        work.compare_version(address.version)?;
        method::allow_owner(work, self.to).await?;
        let facts = self.holding.link_facts(address.address_type)?;
        let kind = match self.to {
            Owner::Contact(_) => Kind::ContactAddress,
            Owner::Organization(_) => {
                if facts.source_system.is_some() || facts.starts_on.is_some() || facts.ends_on.is_some() {
                    let why = "startsOn, endsOn and the source are kept for the address of a contact only";
                    return Err(Refusal::invalid("startsOn", why).into());
                }
                Kind::OrganizationAddress
            }
        };
        method::link(work, kind, self.to, self.address_id, self.holding.is_primary, facts).await?;
        Ok(self.address_id)
    }
}

pub(crate) async fn apply_created(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Created = event.facts()?;
        rows.push(address::Model {
            id: event.stream_id,
            label: facts.label,
            address_type: facts.address_type,
            street1: facts.street1,
            street2: facts.street2,
            city: facts.city,
            state: facts.state,
            postal_code: facts.postal_code,
            country: facts.country,
            owner_organization_id: facts.owner_organization_id,
            is_linked: false,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
            deleted_at: None,
        });
    }
    store::insert::<address::Entity>(transaction, rows).await
}
