//! Which events make people what their rows said, and what must be locked for them. However many rows spoke of a person, each thing of
//! theirs is recorded once, as it is after the last; events of one kind stand together, so that the projector applies them as one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use liaison_entity::{address, contact, email, phone};
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::person::{Has, HasRole, Person};
use crate::contact::{self as contacts, Called, Standing};
use crate::edit::Changes;
use crate::event::{NewEvent, Stream};
use crate::link::{Change, Kind, Linked, OpenLink};
use crate::session::Lock;
use crate::{address as addresses, email as emails, phone as phones};

/// Everything that one transaction records, kind by kind in the order in which it can be applied.
#[derive(Default)]
pub(crate) struct Recording {
    ranked: Vec<(Rank, NewEvent)>,
    /// What is locked when all is decided.
    pub late_locks: BTreeSet<Lock>,
}

/// What comes before what: nodes before links, and each kind by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    PhoneCreated,
    EmailCreated,
    AddressCreated,
    ContactCreated,
    PhoneUpdated,
    EmailUpdated,
    AddressUpdated,
    ContactUpdated,
    Preferred,
    DoNotContact,
    OptedOut,
    Role,
    RolePromoted,
    Phone,
    PhonePromoted,
    Email,
    EmailPromoted,
    Address,
    AddressPromoted,
    IdRemoved,
    IdAssigned,
}

/// What every recording knows.
pub(crate) struct Ground<'a> {
    pub at: DateTime<Utc>,
    /// The organization whose external ids they are.
    pub own: Uuid,
    pub new_id: &'a dyn Fn() -> Uuid,
}

/// What must not change while this person is decided on and written.
pub(crate) fn locks(person: &Person, own: Uuid, into: &mut Vec<Lock>) {
    if !person.is_changed() {
        return;
    }
    if person.before.is_some() {
        into.push(Lock::Node(person.contact.id));
    }
    into.extend(person.emails.iter().filter(|has| has.is_corrected()).map(|has| Lock::Method(has.method.id)));
    into.extend(person.phones.iter().filter(|has| has.is_corrected()).map(|has| Lock::Method(has.method.id)));
    into.extend(person.addresses.iter().filter(|has| has.is_corrected()).map(|has| Lock::Method(has.method.id)));
    for role in person.roles.iter().filter(|role| is_changed(role)) {
        let [relied, primary] = contacts::role_locks_at(role.organization_id, role.contact_type);
        if role.organization_id != own {
            into.push(relied);
        }
        if role.is_primary {
            into.push(primary);
        }
    }
}

fn is_changed(role: &HasRole) -> bool {
    role.link.as_ref().is_none_or(|link| link.is_primary != role.is_primary)
}

impl Recording {
    /// The events in their order.
    pub fn into_events(mut self) -> Vec<NewEvent> {
        // Stable: within a kind they stay in the order of the rows.
        self.ranked.sort_by_key(|(rank, _)| *rank);
        self.ranked.into_iter().map(|(_, event)| event).collect()
    }

    fn push(&mut self, rank: Rank, event: NewEvent) {
        self.ranked.push((rank, event));
    }

    /// An external id that somebody out of sight gives up.
    pub fn give_up(&mut self, standing: &Standing) {
        self.push(Rank::IdRemoved, standing.removed());
    }

    /// What became of a person.
    pub fn take(&mut self, person: &Person, ground: &Ground<'_>) {
        if !person.is_changed() {
            return;
        }
        self.contact(person);
        self.phones(person, ground);
        self.emails(person, ground);
        self.addresses(person, ground);
        for role in person.roles.iter().filter(|role| is_changed(role)) {
            let is_primary = role.is_primary.then_some(true);
            let draft = contacts::role_draft(role.organization_id, person.contact.id, role.contact_type, is_primary);
            let rank = if role.link.is_some() { Rank::RolePromoted } else { Rank::Role };
            // Nobody else is primary in the role: a file takes it from nobody.
            let mut open: Vec<OpenLink> = role.link.iter().cloned().collect();
            if let Some(event) = draft.decide(&mut open, || (ground.new_id)()) {
                self.push(rank, event);
            }
        }
        for has in person.external_ids.iter().filter(|has| has.is_new) {
            let called = Called {
                organization_id: ground.own,
                contact_id: person.contact.id,
                source_system: has.system.clone(),
                external_id: has.id.clone(),
            };
            self.push(Rank::IdAssigned, called.assigned((ground.new_id)()));
        }
    }

    fn contact(&mut self, person: &Person) {
        let new = &person.contact;
        let made;
        let old = match &person.before {
            Some(before) => before,
            None => {
                let facts = contacts::Created::of_row(new);
                self.push(Rank::ContactCreated, NewEvent::first(Stream::Contact, new.id, contacts::CREATED, &facts));
                made = facts.row(new.id, 1, new.created_at);
                &made
            }
        };
        let mut version = old.version;
        for (rank, event_type, changes) in [
            (Rank::ContactUpdated, contacts::UPDATED, fields(old, new)),
            (Rank::Preferred, contacts::PREFERENCES_UPDATED, preference(old, new)),
            (Rank::DoNotContact, contacts::DO_NOT_CONTACT_SET, do_not_contact(old, new)),
        ] {
            if !changes.is_empty() {
                self.push(rank, NewEvent::after(version, Stream::Contact, new.id, event_type, &changes));
                version += 1;
            }
        }
    }

    fn phones(&mut self, person: &Person, ground: &Ground<'_>) {
        for has in &person.phones {
            let new =
                steward_of(person, &has.method, |method, id| phone::Model { owner_organization_id: id, ..method });
            let mut version = has.before.as_ref().map_or(1, |before| before.version);
            match &has.before {
                None => {
                    let facts = phones::Created::of_row(&new);
                    self.push(Rank::PhoneCreated, NewEvent::first(Stream::Phone, new.id, phones::CREATED, &facts));
                }
                Some(before) => {
                    let changes = phones::changes(before, &new);
                    if !changes.is_empty() {
                        let event = NewEvent::after(version, Stream::Phone, new.id, phones::UPDATED, &changes);
                        self.push(Rank::PhoneUpdated, event);
                        version += 1;
                    }
                }
            }
            let is_other = has.before.as_ref().is_none_or(|before| before.e164 != new.e164);
            if is_other && new.e164.is_some() {
                self.late_locks.insert(phones::every_number_relied_on());
            }
            if person.opted_out.contains(&new.id)
                && let Some(e164) = &new.e164
            {
                self.late_locks.extend([phones::every_number(), phones::number_lock(e164)]);
                self.push(Rank::OptedOut, phones::opted_out(new.id, version, e164.clone(), ground.at));
            }
        }
        let links = |has: &Has<phone::Model>| (has.method.id, phones::link_facts(&has.method, has.sort_order));
        self.links(Kind::ContactPhone, (Rank::Phone, Rank::PhonePromoted), person, &person.phones, links, ground);
    }

    fn emails(&mut self, person: &Person, ground: &Ground<'_>) {
        for has in &person.emails {
            let new =
                steward_of(person, &has.method, |method, id| email::Model { owner_organization_id: id, ..method });
            match &has.before {
                None => {
                    let facts = emails::Created::of_row(&new);
                    self.push(Rank::EmailCreated, NewEvent::first(Stream::Email, new.id, emails::CREATED, &facts));
                }
                Some(before) => {
                    let changes = emails::changes(before, &new);
                    if !changes.is_empty() {
                        let event = NewEvent::after(before.version, Stream::Email, new.id, emails::UPDATED, &changes);
                        self.push(Rank::EmailUpdated, event);
                    }
                }
            }
        }
        let links = |has: &Has<email::Model>| (has.method.id, emails::link_facts(&has.method, has.sort_order));
        self.links(Kind::ContactEmail, (Rank::Email, Rank::EmailPromoted), person, &person.emails, links, ground);
    }

    fn addresses(&mut self, person: &Person, ground: &Ground<'_>) {
        for has in &person.addresses {
            let new =
                steward_of(person, &has.method, |method, id| address::Model { owner_organization_id: id, ..method });
            match &has.before {
                None => {
                    let facts = addresses::Created::of_row(&new);
                    let event = NewEvent::first(Stream::Address, new.id, addresses::CREATED, &facts);
                    self.push(Rank::AddressCreated, event);
                }
                Some(before) => {
                    let changes = addresses::changes(before, &new);
                    if !changes.is_empty() {
                        let event =
                            NewEvent::after(before.version, Stream::Address, new.id, addresses::UPDATED, &changes);
                        self.push(Rank::AddressUpdated, event);
                    }
                }
            }
        }
        let links = |has: &Has<address::Model>| {
            let facts = Linked { address_type: has.used_as, sort_order: has.sort_order, ..Linked::default() };
            (has.method.id, facts)
        };
        let ranks = (Rank::Address, Rank::AddressPromoted);
        self.links(Kind::ContactAddress, ranks, person, &person.addresses, links, ground);
    }

    /// The links that a person gets, and who becomes primary among those that are there. Of each use there is one primary at the end.
    fn links<M>(
        &mut self,
        kind: Kind,
        (made, promoted): (Rank, Rank),
        person: &Person,
        held: &[Has<M>],
        facts: impl Fn(&Has<M>) -> (Uuid, Linked),
        ground: &Ground<'_>,
    ) {
        let mut open: Vec<OpenLink> = held.iter().filter_map(|has| has.link.clone()).collect();
        for has in held {
            let role = has.used_as.map(|of| of.to_value());
            let former = held.iter().filter_map(|has| has.link.as_ref()).find(|l| l.is_primary && l.role == role);
            match &has.link {
                None => {
                    let (downhill_id, facts) = facts(has);
                    let ends = kind.between(person.contact.id, downhill_id);
                    let facts = Linked {
                        contact_id: ends.contact_id,
                        phone_id: ends.phone_id,
                        email_id: ends.email_id,
                        address_id: ends.address_id,
                        is_primary: has.is_primary,
                        demotes: former.filter(|_| has.is_primary).map(|former| former.id),
                        ..facts
                    };
                    let event = NewEvent::first(Stream::Link, (ground.new_id)(), kind.event(Change::Linked), &facts);
                    self.push(made, event);
                }
                Some(link) if has.is_primary && !link.is_primary => {
                    let at = open.iter().position(|one| one.id == link.id);
                    if let Some(event) = at.and_then(|at| kind.promote(&mut open, at)) {
                        self.push(promoted, event);
                    }
                }
                Some(_) => {}
            }
        }
    }
}

/// What a new person brings along is their steward's; what is added to somebody who is there is whose file it is.
fn steward_of<M: Clone>(person: &Person, method: &M, with: impl Fn(M, Uuid) -> M) -> M {
    match &person.before {
        None => with(method.clone(), person.contact.owner_organization_id),
        Some(_) => method.clone(),
    }
}

fn fields(old: &contact::Model, new: &contact::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("first_name", &old.first_name, &new.first_name);
    changes.note("last_name", &old.last_name, &new.last_name);
    changes.note("title", &old.title, &new.title);
    changes.note("department", &old.department, &new.department);
    changes.note("is_active", &old.is_active, &new.is_active);
    changes
}

fn preference(old: &contact::Model, new: &contact::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("preferred_contact_method", &old.preferred_contact_method, &new.preferred_contact_method);
    changes
}

fn do_not_contact(old: &contact::Model, new: &contact::Model) -> Changes {
    let mut changes = Changes::default();
    if old.do_not_contact != new.do_not_contact {
        changes.note("do_not_contact", &old.do_not_contact, &new.do_not_contact);
        changes.note("do_not_contact_since", &old.do_not_contact_since, &new.do_not_contact_since);
        changes.note("do_not_contact_by", &old.do_not_contact_by, &new.do_not_contact_by);
    }
    changes
}
