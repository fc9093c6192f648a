//! A few people who come with nothing but what comes with them, as nearly everybody does who comes one by one: what their links repeat, who
//! sees them, what they are found by and compared by, all of it is known before a row is written, and no row is read for it again.

use std::collections::{BTreeMap, HashMap};

use liaison_entity::Node;
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Making;
use crate::contact::card;
use crate::link::{Kind, Linked};
use crate::search;
use crate::search::texts::Coming;
use crate::session::Sql;
use crate::sights::{self, Ground};

/// So many people come whole in one statement. It joins without an index what it brings along: a file's hundreds go step by step.
const MOST: usize = 10;

/// The end of a person's link that leads away from the person, if the link is one of those that people come with.
fn other_end(kind: Kind, facts: &Linked) -> Option<Uuid> {
    match kind {
        Kind::OrganizationContact => facts.organization_id,
        Kind::ContactPhone | Kind::ContactEmail | Kind::ContactAddress => kind.downhill(facts),
        _ => None,
    }
}

/// A node's row, told by its columns.
fn columns<M: Serialize>(row: &M) -> Result<Map<String, Value>, DbErr> {
    match serde_json::to_value(row) {
        Ok(Value::Object(columns)) => Ok(columns),
        Ok(_) => Err(DbErr::Custom("a row is not an object".to_owned())),
        Err(error) => Err(DbErr::Custom(error.to_string())),
    }
}

fn add_columns<E: Node>(nodes: &mut HashMap<Uuid, Map<String, Value>>, rows: &[E::Model]) -> Result<(), DbErr>
where
    E::Model: Serialize,
{
    for row in rows {
        nodes.insert(E::id(row), columns(row)?);
    }
    Ok(())
}

impl Making {
    /// Whether it is that: nobody and nothing is linked that was there before but organizations, and no link loses its place.
    pub(super) fn is_whole(&self) -> bool {
        let methods = &self.touched.made_methods;
        let comes = |(kind, facts): &(Kind, Linked)| {
            other_end(*kind, facts).is_some_and(|end| *kind == Kind::OrganizationContact || methods.contains(&end))
        };
        !self.contacts.is_empty()
            && self.contacts.len() <= MOST
            && self.demoted.is_empty()
            && self.touched.is_new()
            && self.facts.iter().all(comes)
    }

    /// Pushes the making of everything but the nodes.
    pub(super) fn push_rest(&self, sql: &mut Sql) -> Result<(), DbErr> {
        self.push_links(sql)?;
        let (mut grounds, mut held) = (Vec::new(), Vec::new());
        let mut coming: BTreeMap<Uuid, Coming> = BTreeMap::new();
        for row in &self.contacts {
            coming.insert(row.id, Coming::of(row));
            let ground = |organization_id: Uuid, is_linked: bool| Ground {
                organization_id,
                contact_id: row.id,
                is_owner: !is_linked,
                is_linked,
                sort_name: row.sort_name.clone(),
                is_active: row.is_active,
            };
            grounds.push(ground(row.owner_organization_id, false));
            let roles = self.facts.iter().filter(|(_, facts)| facts.contact_id == Some(row.id));
            grounds.extend(roles.filter_map(|(_, facts)| Some(ground(facts.organization_id?, true))));
        }
        for (kind, facts) in &self.facts {
            let Some((contact_id, end)) = facts.contact_id.zip(other_end(*kind, facts)) else { continue };
            let Some(person) = coming.get_mut(&contact_id) else { continue };
            match kind {
                Kind::OrganizationContact => person.has_role_at(end),
                Kind::ContactPhone => {
                    self.phones.iter().filter(|row| row.id == end).for_each(|row| person.has_phone(row))
                }
                Kind::ContactEmail => {
                    self.emails.iter().filter(|row| row.id == end).for_each(|row| person.has_email(row))
                }
                _ => self.addresses.iter().filter(|row| row.id == end).for_each(|row| person.has_address(row)),
            }
            if *kind != Kind::OrganizationContact {
                held.push((contact_id, end));
            }
        }
        sights::push_coming(sql, grounds, held);
        search::keep::push_coming(sql, coming)?;
        let people: Vec<Uuid> = self.contacts.iter().map(|row| row.id).collect();
        card::push_coming(sql, &people);
        Ok(())
    }

    fn push_links(&self, sql: &mut Sql) -> Result<(), DbErr> {
        let mut nodes = HashMap::new();
        add_columns::<liaison_entity::contact::Entity>(&mut nodes, &self.contacts)?;
        add_columns::<liaison_entity::phone::Entity>(&mut nodes, &self.phones)?;
        add_columns::<liaison_entity::email::Entity>(&mut nodes, &self.emails)?;
        add_columns::<liaison_entity::address::Entity>(&mut nodes, &self.addresses)?;
        for (kind, rows) in &self.links {
            let facts = self.facts.iter().filter(|(of, _)| of == kind);
            let links = rows.iter().zip(facts).map(|(row, (_, facts))| {
                let node = kind.downhill(facts).and_then(|id| nodes.get(&id));
                node.map(|node| (row.clone(), node))
                    .ok_or_else(|| DbErr::Custom("a link leads to nothing that comes".to_owned()))
            });
            kind.push_coming(sql, links.collect::<Result<_, _>>()?)?;
        }
        Ok(())
    }
}
