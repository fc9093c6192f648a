//! Making a person, with roles, phones, emails and addresses in one go: all of it or nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use liaison_entity::values::{AddressType, ContactMethod, ContactType, EditPolicy};
use liaison_entity::{address, email, phone};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::{CREATED, Created, role, usual_policy};
use crate::access::{self, Action};
use crate::candidate;
use crate::code::Family;
use crate::duplicate::Person;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::link::{Draft, Kind, Linked, OpenLink, open_roles, source_lock};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;
use crate::{address as addresses, email as emails, phone as phones, reading, text};

/// A role that the new person has.
#[derive(Clone, Debug)]
pub struct Role {
    /// Where; the viewer's organization unless told.
    pub organization_id: Option<Uuid>,
    /// The role.
    pub contact_type: ContactType,
    /// Whether the person becomes the organization's primary one in it.
    pub is_primary: Option<bool>,
}

/// A method of the new person: one that is there already, or one to be made.
#[derive(Clone, Debug)]
pub enum MethodOf<Details> {
    /// Link this one.
    Existing(Uuid),
    /// Make one.
    New(Details),
}

/// A phone or email address of the new person.
#[derive(Clone, Debug)]
pub struct Reach<Details> {
    /// Which one.
    pub method: MethodOf<Details>,
    /// Whether it is the person's primary one; the first is unless told.
    pub is_primary: Option<bool>,
    /// Its place among the others, lowest first; the order of the input unless told.
    pub sort_order: Option<i32>,
}

/// Makes a contact. It belongs to the viewer's organization; `super_admin` may say whose it is.
#[derive(Clone, Debug)]
pub struct Create {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// What they are: `Billing Manager`.
    pub title: Option<String>,
    /// Where in their organization they work.
    pub department: Option<String>,
    /// How they prefer to be reached (US-9).
    pub preferred_contact_method: Option<ContactMethod>,
    /// The steward; the viewer's organization unless told.
    pub owner_organization_id: Option<Uuid>,
    /// Who beside the steward may edit; by the steward's kind unless told.
    pub edit_policy: Option<EditPolicy>,
    /// Roles at organizations.
    pub organizations: Vec<Role>,
    /// Phones.
    pub phones: Vec<Reach<phones::Details>>,
    /// Email addresses.
    pub emails: Vec<Reach<emails::Details>>,
    /// Addresses, each with how it is held.
    pub addresses: Vec<(MethodOf<addresses::Details>, addresses::Holding)>,
    /// Whether the person is made even if somebody in sight is likely the same one.
    pub allow_duplicate: bool,
}

/// The most of each that one command makes.
const MOST: usize = 50;

impl Create {
    fn owner(&self, viewer: &Viewer) -> Uuid {
        self.owner_organization_id.unwrap_or(viewer.organization_id())
    }

    /// Reads at once what the decision asks for: the organizations that the input names, and the codes of what it brings.
    async fn look_around(&self, work: &Work<'_>) -> Result<(), Failure> {
        let own = work.viewer().organization_id();
        let roles = self.organizations.iter().map(|role| role.organization_id.unwrap_or(own));
        let organizations = roles.chain([self.owner(work.viewer())]).collect();
        let phones = (!self.phones.is_empty()).then_some(Family::Phone);
        let emails = (!self.emails.is_empty()).then_some(Family::Email);
        let vocabularies: Vec<Family> = phones.into_iter().chain(emails).collect();
        reading::look_around(work, &organizations, &vocabularies).await
    }

    async fn created(&self, work: &Work<'_>) -> Result<Created, Failure> {
        let owner_id = self.owner(work.viewer());
        let owner = reading::organization_seen(work, owner_id, "ownerOrganizationId").await?;
        access::allow_for(work.viewer(), owner_id, "ownerOrganizationId")?;
        let usual = usual_policy(owner.kind);
        let mut refusals = Vec::new();
        let name = |field, value| text::line(field, value, text::LINE);
        let first_name = name("firstName", &self.first_name).map_err(|r| refusals.push(r)).unwrap_or_default();
        let last_name = name("lastName", &self.last_name).map_err(|r| refusals.push(r)).unwrap_or_default();
        let optional = |field, value: &Option<String>| text::optional_line(field, value.as_deref(), text::LINE);
        let title = optional("title", &self.title).map_err(|r| refusals.push(r)).unwrap_or_default();
        let department = optional("department", &self.department).map_err(|r| refusals.push(r)).unwrap_or_default();
        if !refusals.is_empty() {
            return Err(Failure::Refused(refusals));
        }
        Ok(Created {
            first_name,
            last_name,
            title,
            department,
            preferred_contact_method: self.preferred_contact_method,
            owner_organization_id: owner_id,
            edit_policy: self.edit_policy.unwrap_or(usual),
        })
    }

    async fn link_organizations(&self, work: &mut Work<'_>, contact_id: Uuid) -> Result<(), Failure> {
        let owner = self.owner(work.viewer());
        let mut open: HashMap<Uuid, Vec<OpenLink>> = HashMap::new();
        let own = work.viewer().organization_id();
        let takes_place = |organization_id| {
            let at = |role: &&Role| role.organization_id.unwrap_or(own) == organization_id;
            self.organizations.iter().filter(at).any(|role| role.is_primary == Some(true))
        };
        for (at, wanted) in self.organizations.iter().enumerate() {
            let organization_id = wanted.organization_id.unwrap_or(own);
            let seen = reading::organization_in_sight(work, organization_id).await?;
            let allowed = match seen {
                None => Err(Refusal::not_found("organizationId", "organization").into()),
                Some(organization) => role::ground_at(work.viewer(), &organization, owner)
                    .and_then(|ground| Ok(role::allow_primary(ground, wanted.is_primary)?)),
            };
            allowed.map_err(|failure| within(failure, "organizations", at))?;
            let links = match open.entry(organization_id) {
                Entry::Occupied(there) => there.into_mut(),
                // Who is made here has no roles yet: of the others there those matter whose place a primary takes.
                Entry::Vacant(gap) if takes_place(organization_id) => {
                    gap.insert(open_roles(work, organization_id, contact_id).await?)
                }
                Entry::Vacant(gap) => gap.insert(Vec::new()),
            };
            let draft = role::draft(organization_id, contact_id, wanted.contact_type, wanted.is_primary);
            let id = work.id_or_new(None);
            if let Some(event) = draft.decide(links, || id) {
                work.record(event);
            }
        }
        Ok(())
    }
}

/// The same failure, with the place in the input's list.
fn within(failure: Failure, list: &str, at: usize) -> Failure {
    match failure {
        Failure::Refused(refusals) => {
            Failure::Refused(refusals.into_iter().map(|r| r.within(&at.to_string()).within(list)).collect())
        }
        fault => fault,
    }
}

/// Records a link of the new person to a method.
fn link_method(
    work: &mut Work<'_>,
    open: &mut Vec<OpenLink>,
    kind: Kind,
    contact_id: Uuid,
    method_id: Uuid,
    is_primary: Option<bool>,
    facts: Linked,
) {
    let role = facts.address_type.map(|of: AddressType| of.to_value());
    let draft = Draft { kind, uphill_id: contact_id, downhill_id: method_id, role, is_primary, facts };
    let id = work.id_or_new(None);
    if let Some(event) = draft.decide(open, || id) {
        work.record(event);
    }
}

/// The values that one input has named so far. The database holds the rule too, but cannot say which entry of the input broke it.
#[derive(Default)]
struct Taken(HashMap<(Option<Uuid>, Option<String>), Option<Uuid>>);

impl Taken {
    /// The same row twice is one link; another row with the same value is one too many.
    fn check(&mut self, field: &str, id: Option<Uuid>, facts: Linked) -> Result<(), Refusal> {
        match self.0.entry((facts.method_code_id, facts.match_key)) {
            Entry::Vacant(gap) => {
                gap.insert(id);
                return Ok(());
            }
            Entry::Occupied(there) if id.is_some() && *there.get() == id => return Ok(()),
            Entry::Occupied(_) => {}
        }
        let why = "the same value stands in the list already under the same code; leave it out or give it another code";
        Err(Refusal::new(RefusalCode::MethodTaken, field, why))
    }
}

/// The place in the list, as the order when none is told.
fn place(sort_order: Option<i32>, at: usize) -> i32 {
    sort_order.unwrap_or_else(|| i32::try_from(at).unwrap_or(i32::MAX))
}

impl Command for Create {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Edit)?;
        let mut refusals = Vec::new();
        for (field, count) in [
            ("organizations", self.organizations.len()),
            ("phones", self.phones.len()),
            ("emails", self.emails.len()),
            ("addresses", self.addresses.len()),
        ] {
            if count > MOST {
                refusals
                    .push(Refusal::invalid(field, format!("{field} may have at most {MOST} entries; it has {count}")));
            }
        }
        if refusals.is_empty() { Ok(()) } else { Err(Failure::Refused(refusals)) }
    }

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        let mut locks: Vec<Lock> = self.id.map(Lock::Node).into_iter().collect();
        for role in &self.organizations {
            let organization_id = role.organization_id.unwrap_or(viewer.organization_id());
            locks.extend(role::locks_at(organization_id, role.contact_type));
        }
        locks.extend(self.phones.iter().filter_map(|reach| existing_id(&reach.method)).map(Lock::Method));
        locks.extend(self.emails.iter().filter_map(|reach| existing_id(&reach.method)).map(Lock::Method));
        locks.extend(self.addresses.iter().filter_map(|(method, _)| existing_id(method)).map(Lock::Method));
        locks
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        self.look_around(work).await?;
        let created = self.created(work).await?;
        work.compare_version(0)?;
        let steward = created.owner_organization_id;
        let contact_id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Contact, contact_id, CREATED, &created));
        let mut person = self.person(work.viewer(), created);
        self.link_organizations(work, contact_id).await?;
        self.link_phones(work, contact_id, steward, &mut person).await?;
        self.link_emails(work, contact_id, steward, &mut person).await?;
        self.link_addresses(work, contact_id, steward, &mut person).await?;
        if !self.allow_duplicate {
            let mut likely = candidate::check(work, &person).await?;
            // Who is there under this very id is told as that.
            likely.retain(|likely| Some(likely.contact_id) != self.id);
            if !likely.is_empty() {
                return Err(Refusal::likely_duplicate(likely).into());
            }
        }
        Ok(contact_id)
    }
}

impl Create {
    /// What there is to compare of who is to be made, but for the methods.
    fn person(&self, viewer: &Viewer, created: Created) -> Person {
        let at = |role: &Role| role.organization_id.unwrap_or(viewer.organization_id());
        Person {
            first_name: created.first_name,
            last_name: created.last_name,
            title: created.title,
            department: created.department,
            organizations: self.organizations.iter().map(at).collect(),
            is_active: true,
            ..Person::default()
        }
    }
}

const fn existing_id<D>(method: &MethodOf<D>) -> Option<Uuid> {
    match method {
        MethodOf::Existing(id) => Some(*id),
        MethodOf::New(_) => None,
    }
}

impl Create {
    async fn link_phones(
        &self,
        work: &mut Work<'_>,
        contact_id: Uuid,
        steward: Uuid,
        person: &mut Person,
    ) -> Result<(), Failure> {
        if self.phones.is_empty() {
            return Ok(());
        }
        let setting = phones::Setting::of(work, steward).await?;
        let (mut open, mut taken) = (Vec::new(), Taken::default());
        for (at, reach) in self.phones.iter().enumerate() {
            let sort_order = place(reach.sort_order, at);
            let (id, facts) = match &reach.method {
                MethodOf::New(details) => {
                    let facts = setting.facts(details).map_err(|refusal| within(refusal.into(), "phones", at))?;
                    taken
                        .check("number", details.id, facts.link_facts(0))
                        .map_err(|taken| within(taken.into(), "phones", at))?;
                    person.phones.push(facts.line(&setting));
                    (phones::record(work, details.id, &facts), facts.link_facts(sort_order))
                }
                MethodOf::Existing(id) => {
                    let phone = reading::seen::<phone::Entity>(work, *id, "id", "phone").await;
                    let phone = phone.map_err(|failure| within(failure, "phones", at))?;
                    phones::allow(work, &phone, "id").await.map_err(|failure| within(failure, "phones", at))?;
                    let facts = phones::link_facts(&phone, 0);
                    taken.check("id", Some(*id), facts).map_err(|taken| within(taken.into(), "phones", at))?;
                    person.phones.push(phones::Created::of_row(&phone).line(&setting));
                    (*id, phones::link_facts(&phone, sort_order))
                }
            };
            link_method(work, &mut open, Kind::ContactPhone, contact_id, id, reach.is_primary, facts);
        }
        Ok(())
    }

    async fn link_emails(
        &self,
        work: &mut Work<'_>,
        contact_id: Uuid,
        steward: Uuid,
        person: &mut Person,
    ) -> Result<(), Failure> {
        if self.emails.is_empty() {
            return Ok(());
        }
        let setting = emails::Setting::of(work, steward).await?;
        let (mut open, mut taken) = (Vec::new(), Taken::default());
        for (at, reach) in self.emails.iter().enumerate() {
            let sort_order = place(reach.sort_order, at);
            let (id, facts) = match &reach.method {
                MethodOf::New(details) => {
                    let facts = setting.facts(details).map_err(|refusal| within(refusal.into(), "emails", at))?;
                    taken
                        .check("address", details.id, facts.link_facts(0))
                        .map_err(|taken| within(taken.into(), "emails", at))?;
                    person.emails.push(facts.normalized().to_owned());
                    (emails::record(work, details.id, &facts), facts.link_facts(sort_order))
                }
                MethodOf::Existing(id) => {
                    let email = reading::seen::<email::Entity>(work, *id, "id", "email address").await;
                    let email = email.map_err(|failure| within(failure, "emails", at))?;
                    emails::allow(work, &email, "id").await.map_err(|failure| within(failure, "emails", at))?;
                    let facts = emails::link_facts(&email, 0);
                    taken.check("id", Some(*id), facts).map_err(|taken| within(taken.into(), "emails", at))?;
                    person.emails.push(email.normalized.clone());
                    (*id, emails::link_facts(&email, sort_order))
                }
            };
            link_method(work, &mut open, Kind::ContactEmail, contact_id, id, reach.is_primary, facts);
        }
        Ok(())
    }

    async fn link_addresses(
        &self,
        work: &mut Work<'_>,
        contact_id: Uuid,
        steward: Uuid,
        person: &mut Person,
    ) -> Result<(), Failure> {
        let mut open = Vec::new();
        for (at, (method, holding)) in self.addresses.iter().enumerate() {
            let refused = |failure: Failure| within(failure, "addresses", at);
            let (id, own_type) = match method {
                MethodOf::New(details) => {
                    let facts = addresses::Created::of(details, steward).map_err(|refusal| refused(refusal.into()))?;
                    person.addresses.push(facts.place());
                    (addresses::record(work, details.id, &facts), details.address_type)
                }
                MethodOf::Existing(id) => {
                    let address =
                        reading::seen::<address::Entity>(work, *id, "id", "address").await.map_err(refused)?;
                    addresses::allow(work, &address, "id").await.map_err(refused)?;
                    person.addresses.push(addresses::Created::of_row(&address).place());
                    (*id, address.address_type)
                }
            };
            let mut facts = holding.link_facts(own_type).map_err(|refusal| refused(refusal.into()))?;
            facts.sort_order = place(holding.sort_order, at);
            work.lock_to_record(source_lock(&facts));
            link_method(work, &mut open, Kind::ContactAddress, contact_id, id, holding.is_primary, facts);
        }
        Ok(())
    }
}
