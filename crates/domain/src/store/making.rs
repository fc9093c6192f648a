//! Events that make people and methods and link them, and say nothing of whom or what was there: the way in which nearly everybody comes,
//! one by one and by files. What they come to is known when they are read: how many organizations share whom, what is linked. So each row is
//! written once, all nodes by the statement that writes the log and all links by the next. A replay applies the same events kind by kind, and
//! derives at its end what is known here at the beginning: `verify` compares the two. Of somebody who comes with nothing but what comes with
//! them everything is known, and all of it goes with the statement that writes the log (`whole`).

mod whole;

use std::collections::{BTreeMap, BTreeSet};

use liaison_entity::{Node, address, contact, email, phone};
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::push_nodes;
use crate::event::Event;
use crate::link::{self, Change, Kind, Linked};
use crate::session::{Sql, Transaction};
use crate::sights::{self, Touched};

/// What such events make.
#[derive(Default)]
pub(super) struct Making {
    contacts: Vec<contact::Model>,
    phones: Vec<phone::Model>,
    emails: Vec<email::Model>,
    addresses: Vec<address::Model>,
    /// Links that were the primary ones until now.
    demoted: Vec<(Kind, Uuid)>,
    links: Vec<(Kind, Vec<Value>)>,
    /// The facts of these links, one after the other.
    facts: Vec<(Kind, Linked)>,
    touched: Touched,
}

/// Whether an event makes a node or a link.
fn only_makes(event: &Event) -> bool {
    match event.event_type.as_str() {
        crate::contact::CREATED | crate::phone::CREATED | crate::email::CREATED | crate::address::CREATED => true,
        kind => matches!(Kind::of_event(kind), Some((_, Change::Linked))),
    }
}

impl Making {
    /// What these events make; `None` where one of them does anything else.
    pub fn of(events: &[Event]) -> Result<Option<Self>, DbErr> {
        if !events.iter().all(only_makes) {
            return Ok(None);
        }
        let mut making = Self::default();
        let made: BTreeSet<Uuid> = events.iter().map(|event| event.stream_id).collect();
        let mut shared: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for event in events {
            let (id, touched) = (event.stream_id, &mut making.touched);
            match event.event_type.as_str() {
                crate::contact::CREATED => {
                    crate::contact::touch_made(id, touched);
                    making.contacts.push(crate::contact::made(event)?);
                    continue;
                }
                crate::phone::CREATED => making.phones.push(crate::phone::made(event)?),
                crate::email::CREATED => making.emails.push(crate::email::made(event)?),
                crate::address::CREATED => making.addresses.push(crate::address::made(event)?),
                kind => {
                    let Some((kind, _)) = Kind::of_event(kind) else { return Ok(None) };
                    let facts: Linked = event.facts()?;
                    match facts.demotes {
                        // A link that comes and is displaced by the next: one after the other.
                        Some(demoted) if made.contains(&demoted) => return Ok(None),
                        demoted => making.demoted.extend(demoted.map(|demoted| (kind, demoted))),
                    }
                    link::touch(&facts, touched);
                    if let (Some(organization_id), Some(contact_id)) = (facts.organization_id, facts.contact_id) {
                        shared.entry(contact_id).or_default().insert(organization_id);
                    }
                    making.link(kind, link::row(event)?);
                    making.facts.push((kind, facts));
                    continue;
                }
            }
            making.touched.made_methods.insert(id);
        }
        making.foresee(events, &shared);
        making.touched.is_foreseen = true;
        Ok(Some(making))
    }

    fn link(&mut self, kind: Kind, row: Value) {
        match self.links.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, rows)) => rows.push(row),
            None => self.links.push((kind, vec![row])),
        }
    }

    /// Has the rows say from the beginning what follows from the links that come with them.
    fn foresee(&mut self, events: &[Event], shared: &BTreeMap<Uuid, BTreeSet<Uuid>>) {
        // One command, one instant.
        let linked_at = events.iter().map(|event| event.recorded_at).max();
        for contact in &mut self.contacts {
            if let Some(organizations) = shared.get(&contact.id) {
                contact.organization_count = i32::try_from(organizations.len()).unwrap_or(i32::MAX);
                contact.last_linked_at = linked_at;
            }
        }
        let Touched { phones, emails, addresses, .. } = &self.touched;
        self.phones.iter_mut().for_each(|row| row.is_linked = phones.contains(&row.id));
        self.emails.iter_mut().for_each(|row| row.is_linked = emails.contains(&row.id));
        self.addresses.iter_mut().for_each(|row| row.is_linked = addresses.contains(&row.id));
    }

    /// Pushes the making of the nodes, as parts of a statement that has some already; of whoever comes whole, the making of everything.
    pub fn push(&self, sql: &mut Sql) -> Result<(), DbErr> {
        push::<contact::Entity>(sql, &self.contacts)?;
        push::<phone::Entity>(sql, &self.phones)?;
        push::<email::Entity>(sql, &self.emails)?;
        push::<address::Entity>(sql, &self.addresses)?;
        if self.is_whole() { self.push_rest(sql) } else { Ok(()) }
    }

    /// Writes the links between nodes that are there by now, and what follows; nothing, where everything is made.
    pub async fn follow(self, transaction: &Transaction) -> Result<(), DbErr> {
        if self.is_whole() {
            return Ok(());
        }
        for (kind, link_id) in self.demoted {
            kind.demote(transaction, link_id).await?;
        }
        if !self.links.is_empty() {
            Kind::make_all(transaction, self.links).await?;
        }
        sights::refresh(transaction, self.touched).await
    }
}

fn push<E: Node>(sql: &mut Sql, rows: &[E::Model]) -> Result<(), DbErr>
where
    E::Model: Serialize,
{
    if rows.is_empty() {
        return Ok(());
    }
    sql.push(format_args!(", in_{} AS (", E::TABLE));
    push_nodes::<E>(sql, rows)?;
    sql.push(")");
    Ok(())
}
