//! Phones: rows of their own, shared by whoever is reachable through them.

use liaison_entity::values::VerificationState;
use liaison_entity::{address, contact_phone, organization_phone, phone};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::code::Vocabulary;
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Refusal};
use crate::link::{Draft, Kind, Linked, open_links};
use crate::method::{self, Owner};
use crate::reading;
use crate::session::{Command, Lock, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

/// A phone came into the directory.
pub const CREATED: &str = "phone.created";

/// The code of a phone that names none.
const USUAL_CODE: &str = "office";

/// What a new phone is made of.
#[derive(Clone, Debug)]
pub struct Details {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// The number as a person types it.
    pub number: String,
    /// 1 to 11 digits.
    pub extension: Option<String>,
    /// The code's name; `office` unless told.
    pub code: Option<String>,
    /// What it is called: `Reception`.
    pub label: Option<String>,
    /// Whether it takes text messages; a mobile does unless told otherwise.
    pub is_sms_capable: Option<bool>,
}

/// Makes a phone that nobody is linked to yet.
#[derive(Clone, Debug)]
pub struct Create(pub Details);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    number: String,
    e164: Option<String>,
    extension: Option<String>,
    phone_code_id: Uuid,
    label: Option<String>,
    is_sms_capable: bool,
    owner_organization_id: Uuid,
}

impl Created {
    /// What a link to the new phone repeats of it.
    pub fn link_facts(&self, sort_order: i32) -> Linked {
        repeated(self.phone_code_id, self.e164.as_deref(), &self.number, self.extension.as_deref(), sort_order)
    }
}

/// What a link to a phone repeats of it.
pub(crate) fn link_facts(phone: &phone::Model, sort_order: i32) -> Linked {
    repeated(phone.phone_code_id, phone.e164.as_deref(), &phone.number, phone.extension.as_deref(), sort_order)
}

fn repeated(code_id: Uuid, e164: Option<&str>, number: &str, extension: Option<&str>, sort_order: i32) -> Linked {
    Linked {
        method_code_id: Some(code_id),
        match_key: Some(text::phone_match_key(e164, number, extension)),
        sort_order,
        ..Linked::default()
    }
}

/// What making phones needs to know of the directory.
pub(crate) struct Setting {
    codes: Vocabulary,
    region: String,
    steward: Uuid,
}

impl Setting {
    /// For phones stewarded by `steward`.
    pub async fn of(work: &Work<'_>, steward: Uuid) -> Result<Self, Failure> {
        let region = reading::organization_in_sight(work, steward).await?.map(|o| o.default_region);
        let region = region.unwrap_or_else(|| text::USUAL_REGION.to_owned());
        Ok(Self { codes: Vocabulary::of_phones(work).await?, region, steward })
    }

    /// The facts of a new phone, or what is wrong with its details.
    pub fn facts(&self, details: &Details) -> Result<Created, Refusal> {
        // 64 characters hold every spelling of 15 digits and an extension.
        let number = text::line("number", &details.number, 64)?;
        let parsed = text::phone(&number, details.extension.as_deref(), &self.region)?;
        let code = details.code.as_deref().unwrap_or(USUAL_CODE);
        Ok(Created {
            number,
            e164: parsed.e164,
            extension: parsed.extension,
            phone_code_id: self.codes.find(code)?,
            label: text::optional_line("label", details.label.as_deref(), text::LINE)?,
            is_sms_capable: details.is_sms_capable.unwrap_or(code == "mobile"),
            owner_organization_id: self.steward,
        })
    }
}

/// Refuses unless the viewer may change the phone: whoever may hang it on somebody of theirs could edit it afterwards.
pub(crate) async fn allow(work: &Work<'_>, phone: &phone::Model, field: &str) -> Result<(), Failure> {
    type Held = (organization_phone::Entity, contact_phone::Entity);
    method::allow_method::<Held>(work, phone.id, phone.owner_organization_id, field, "phone").await
}

/// Puts the making of a phone into the work.
pub(crate) fn record(work: &mut Work<'_>, id: Option<Uuid>, facts: &Created) -> Uuid {
    let id = work.id_or_new(id);
    work.record(NewEvent::first(Stream::Phone, id, CREATED, facts));
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
        let setting = Setting::of(work, work.viewer().organization_id()).await?;
        let facts = setting.facts(&self.0)?;
        Ok(record(work, self.0.id, &facts))
    }
}

/// Whom, or where, a phone is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A person or an organization is reachable through it.
    Owner(Owner),
    /// It stands at an address.
    Address(Uuid),
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
        let target = match self.to {
            Target::Owner(owner) => owner.lock("phones"),
            Target::Address(id) => Lock::Node(id),
        };
        vec![Lock::Node(self.phone_id), target]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = method::seen::<phone::Entity>(work, self.phone_id, "phoneId", "phone").await?;
        allow(work, &phone, "phoneId").await?;
        work.compare_version(phone.version)?;
        match self.to {
            Target::Owner(owner) => {
                method::allow_owner(work, owner).await?;
                let kind = match owner {
                    Owner::Contact(_) => Kind::ContactPhone,
                    Owner::Organization(_) => Kind::OrganizationPhone,
                };
                let facts = link_facts(&phone, self.sort_order.unwrap_or(0));
                method::link(work, kind, owner, self.phone_id, self.is_primary, facts).await?;
            }
            Target::Address(address_id) => {
                if self.is_primary.is_some() || self.sort_order.is_some() {
                    let why = "isPrimary and sortOrder are kept for people and organizations only; leave link out for an address";
                    return Err(Refusal::invalid("link", why).into());
                }
                method::seen::<address::Entity>(work, address_id, "addressId", "address").await?;
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

pub(crate) async fn apply_created(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(run.len());
    for event in run {
        let facts: Created = event.facts()?;
        let state = if facts.e164.is_some() { VerificationState::Unverified } else { VerificationState::Invalid };
        rows.push(phone::Model {
            id: event.stream_id,
            number: facts.number,
            e164: facts.e164,
            extension: facts.extension,
            phone_code_id: facts.phone_code_id,
            label: facts.label,
            is_sms_capable: facts.is_sms_capable,
            is_sms_opted_out: false,
            sms_opted_out_at: None,
            verification_state: state,
            verification_changed_at: None,
            owner_organization_id: facts.owner_organization_id,
            is_linked: false,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
            deleted_at: None,
        });
    }
    store::insert::<phone::Entity>(transaction, rows).await
}
