//! What is laid side by side, read for all the contacts at once: a handful of statements, however many contacts and links there are.

use std::collections::{BTreeSet, HashMap};

use liaison_entity::values::{AddressType, ContactType, Persona};
use liaison_entity::{
    Node, address, contact, contact_address, contact_email, contact_phone, email, email_code, organization,
    organization_contact, phone, phone_code, staff_assignment, student_guardian_relationship, student_relationship,
};
use sea_orm::ActiveEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::{self, Table};
use super::{Cell, MOST_LINKS, Row, Section, Verdict};
use crate::access::{Sighted, SightedLink};
use crate::failure::{Failure, Fault, Refusal};
use crate::reading::{
    self, CommunicationQuery, CommunicationsOf, Direction, LinkFilter, LinkOrder, LinkQuery, LinkedNode, ListError,
    NodeKind, Page, ReferralQuery, RelatedPerson, RelationFilter, RelationQuery, Side, Slice, Way, Workplace,
};
use crate::relationship::Status;
use crate::session::Reader;
use crate::text;

/// All rows, section by section.
pub(super) async fn rows(reader: &Reader, contacts: &[contact::Model]) -> Result<Vec<Row>, Failure> {
    let ids: Vec<Uuid> = contacts.iter().map(|contact| contact.id).collect();
    let roles = links::<organization_contact::Entity, organization::Entity>(reader, Side::Uphill, &ids).await?;
    let phones = links::<contact_phone::Entity, phone::Entity>(reader, Side::Downhill, &ids).await?;
    let emails = links::<contact_email::Entity, email::Entity>(reader, Side::Downhill, &ids).await?;
    let addresses = links::<contact_address::Entity, address::Entity>(reader, Side::Downhill, &ids).await?;
    let phone_codes = nodes::<phone_code::Entity>(reader, phones.iter().map(|(_, row)| row.node.phone_code_id)).await?;
    let email_codes = nodes::<email_code::Entity>(reader, emails.iter().map(|(_, row)| row.node.email_code_id)).await?;
    let personas = reading::personas(reader, ids.clone()).await?;
    let external_ids = reading::external_ids(reader, ids.clone()).await?;
    let owners = contacts.iter().map(|contact| contact.owner_organization_id);
    let keepers = personas.values().flatten().map(|row| row.organization_id);
    let organizations = nodes::<organization::Entity>(reader, owners.chain(keepers)).await?;
    let name_of = |id: Uuid| organizations.get(&id).map_or_else(|| id.to_string(), |found| found.name.clone());

    let mut rows = fields(contacts, &name_of);
    rows.extend(of_roles(&ids, &roles));
    let mut table = Table::new(Section::Phone, &ids);
    for (contact, LinkedNode { link, node }) in &phones {
        let key = text::phone_match_key(node.e164.as_deref(), &node.number, node.extension.as_deref());
        let kind = phone_codes.get(&node.phone_code_id).map(|code| code.code.clone());
        let extension = node.extension.as_deref().map(|extension| format!(" x{extension}")).unwrap_or_default();
        let cell = Cell {
            kind,
            is_primary: Some(link.is_primary),
            since: Some(link.linked_at),
            leads_to: Some((NodeKind::Phone, node.id)),
            ..Cell::plain(json!(format!("{}{extension}", node.number)), key.clone())
        };
        let name = format!("{}{extension}", node.e164.as_deref().unwrap_or(&node.number));
        table.put(key, &name, *contact, cell, table::stronger);
    }
    rows.extend(table.rows());
    let mut table = Table::new(Section::Email, &ids);
    for (contact, LinkedNode { link, node }) in &emails {
        let cell = Cell {
            kind: email_codes.get(&node.email_code_id).map(|code| code.code.clone()),
            is_primary: Some(link.is_primary),
            since: Some(link.linked_at),
            leads_to: Some((NodeKind::Email, node.id)),
            ..Cell::plain(json!(node.address), node.normalized.clone())
        };
        table.put(node.normalized.clone(), &node.normalized, *contact, cell, table::stronger);
    }
    rows.extend(table.rows());
    rows.extend(of_addresses(&ids, &addresses));
    let mut table = Table::new(Section::Persona, &ids);
    for (contact, row) in personas.iter().flat_map(|(contact, rows)| rows.iter().map(move |row| (contact, row))) {
        let persona: Persona = row.persona;
        let key = persona.to_value();
        let cell = Cell {
            since: Some(row.granted_at),
            leads_to: Some((NodeKind::Organization, row.organization_id)),
            ..Cell::plain(json!(key), key.clone())
        };
        table.put(format!("{} {key}", row.organization_id), &name_of(row.organization_id), *contact, cell, |_, _| ());
    }
    rows.extend(table.rows());
    rows.extend(relationships(reader, &ids).await?);
    let mut table = Table::new(Section::ExternalId, &ids);
    for (contact, row) in external_ids.iter().flat_map(|(contact, rows)| rows.iter().map(move |row| (contact, row))) {
        let cell = Cell {
            leads_to: Some((NodeKind::Organization, row.organization_id)),
            ..Cell::plain(json!(row.external_id), row.external_id.clone())
        };
        let key = format!("{} {}", row.organization_id, row.source_system);
        table.put(key, &row.source_system, *contact, cell, table::listed);
    }
    rows.extend(table.rows());
    rows.extend(records(reader, &ids).await?);
    Ok(rows)
}

impl Cell {
    /// A value that is no link.
    fn plain(value: Value, same: String) -> Self {
        Self { value, same, kind: None, is_primary: None, since: None, leads_to: None }
    }

    /// A value that is the same as others when it is written the same.
    fn written(value: Value) -> Self {
        let same = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::plain(value, same)
    }
}

/// What a contact says of itself; `None` where it says nothing.
type Field = fn(&contact::Model) -> Option<Value>;

/// The fields, under the names of the API. Left out is what no merge chooses: id, version and times of the row, and what follows from others.
const FIELDS: [(&str, Field); 13] = [
    ("firstName", |contact| Some(json!(contact.first_name))),
    ("lastName", |contact| Some(json!(contact.last_name))),
    ("title", |contact| contact.title.as_ref().map(|text| json!(text))),
    ("department", |contact| contact.department.as_ref().map(|text| json!(text))),
    ("preferredContactMethod", |contact| contact.preferred_contact_method.map(|method| json!(method.to_value()))),
    ("doNotContact", |contact| Some(json!(contact.do_not_contact))),
    ("doNotContactReason", |contact| contact.do_not_contact_reason.as_ref().map(|text| json!(text))),
    ("doNotContactSince", |contact| contact.do_not_contact_since.map(|since| json!(since))),
    ("doNotContactBy", |contact| contact.do_not_contact_by.as_ref().map(|login| json!(login))),
    ("isActive", |contact| Some(json!(contact.is_active))),
    ("editPolicy", |contact| Some(json!(contact.edit_policy.to_value()))),
    ("userId", |contact| contact.user_id.as_ref().map(|login| json!(login))),
    ("deletedAt", |contact| contact.deleted_at.map(|at| json!(at))),
];

fn fields(contacts: &[contact::Model], name_of: &impl Fn(Uuid) -> String) -> Vec<Row> {
    let row = |name: &str, cells: Vec<Option<Cell>>| {
        let verdict = Verdict::of(&cells);
        Row { section: Section::Field, name: name.to_owned(), cells, verdict }
    };
    let owner = |contact: &contact::Model| {
        let id = contact.owner_organization_id;
        let plain = Cell::plain(json!(name_of(id)), id.to_string());
        Some(Cell { leads_to: Some((NodeKind::Organization, id)), ..plain })
    };
    let owners = row("owner", contacts.iter().map(owner).collect());
    let said = FIELDS
        .iter()
        .map(|(name, read)| row(name, contacts.iter().map(|contact| read(contact).map(Cell::written)).collect()));
    said.chain([owners]).collect()
}

type Linked<J, N> = Vec<(Uuid, LinkedNode<J, N>)>;

/// The open links of all the contacts. More than anybody would read are refused by name.
async fn links<J, N>(reader: &Reader, side: Side, ids: &[Uuid]) -> Result<Linked<J, N>, Failure>
where
    J: SightedLink,
    N: Node,
{
    let query = LinkQuery { filter: LinkFilter::default(), order: LinkOrder::Kept, direction: Direction::Ascending };
    let found = reading::links::<J, N>(reader, side, ids.to_vec(), &query, &Page::first(MOST_LINKS)).await;
    flat(ids, found.map_err(ListError::ours)?)
}

/// The rows of all the contacts, in the contacts' order.
fn flat<T>(ids: &[Uuid], mut found: HashMap<Uuid, Slice<T>>) -> Result<Vec<(Uuid, T)>, Failure> {
    let mut all = Vec::new();
    for id in ids {
        let Some(slice) = found.remove(id) else { continue };
        if slice.has_next {
            let why =
                format!("the contact {id} has more than {MOST_LINKS} links of one kind; read them in its own lists");
            return Err(Refusal::invalid("ids", why).into());
        }
        all.extend(slice.rows.into_iter().map(|(_, row)| (*id, row)));
    }
    Ok(all)
}

async fn nodes<N: Sighted>(reader: &Reader, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, N::Model>, Fault> {
    let ids: BTreeSet<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    reading::nodes::<N>(reader, ids.into_iter().collect()).await
}

fn of_roles(ids: &[Uuid], roles: &Linked<organization_contact::Entity, organization::Entity>) -> Vec<Row> {
    let mut table = Table::new(Section::Role, ids);
    for (contact, LinkedNode { link, node }) in roles {
        let role: ContactType = link.contact_type;
        let role = role.to_value();
        let cell = Cell {
            is_primary: Some(link.is_primary),
            since: Some(link.linked_at),
            leads_to: Some((NodeKind::Organization, node.id)),
            ..Cell::plain(json!(role), role.clone())
        };
        table.put(format!("{} {role}", node.id), &node.name, *contact, cell, table::stronger);
    }
    table.rows()
}

fn of_addresses(ids: &[Uuid], addresses: &Linked<contact_address::Entity, address::Entity>) -> Vec<Row> {
    let mut table = Table::new(Section::Address, ids);
    for (contact, LinkedNode { link, node }) in addresses {
        let parts = [
            Some(&node.street1),
            node.street2.as_ref(),
            Some(&node.city),
            node.state.as_ref(),
            node.postal_code.as_ref(),
            Some(&node.country),
        ];
        let line = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
        let used_as: AddressType = link.address_type;
        let key = format!("{} {}", used_as.to_value(), text::folded(&line));
        let cell = Cell {
            kind: Some(used_as.to_value()),
            is_primary: Some(link.is_primary),
            since: Some(link.linked_at),
            leads_to: Some((NodeKind::Address, node.id)),
            ..Cell::plain(json!(line), key.clone())
        };
        table.put(key, &line, *contact, cell, table::stronger);
    }
    table.rows()
}

/// Who is related to whom and works where, on whatever days, and was not recorded by mistake.
async fn relationships(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Row>, Failure> {
    let statuses = vec![Status::Pending, Status::Active, Status::Ended];
    let query = RelationQuery { on: reader.today(), filter: RelationFilter { statuses, ..RelationFilter::default() } };
    let page = Page::first(MOST_LINKS);
    let mut rows = Vec::new();

    let kin =
        reading::related_people::<student_relationship::Entity>(reader, Way::Kin, ids.to_vec(), &query, &page).await;
    let mut table = Table::new(Section::Relationship, ids);
    for (contact, RelatedPerson { row, person }) in flat(ids, kin.map_err(ListError::ours)?)? {
        let days = (row.starts_on, row.ends_on);
        related(&mut table, contact, (row.organization_id, &person, &row.relationship_label), days, None);
    }
    rows.extend(table.rows());

    for (section, way) in [(Section::Guardian, Way::Guardians), (Section::Ward, Way::Wards)] {
        let found =
            reading::related_people::<student_guardian_relationship::Entity>(reader, way, ids.to_vec(), &query, &page)
                .await;
        let mut table = Table::new(section, ids);
        for (contact, RelatedPerson { row, person }) in flat(ids, found.map_err(ListError::ours)?)? {
            let days = (row.starts_on, row.ends_on);
            let primary = Some(row.is_primary_contact);
            related(&mut table, contact, (row.organization_id, &person, &row.relationship_label), days, primary);
        }
        rows.extend(table.rows());
    }

    let workplaces = reading::workplaces(reader, ids.to_vec(), &query, &page).await;
    let mut table = Table::new(Section::StaffAssignment, ids);
    for (contact, (row, place)) in flat(ids, workplaces.map_err(ListError::ours)?)? {
        let row: staff_assignment::Model = row;
        let (name, leads_to) = match place {
            Workplace::Organization(organization) => (organization.name, (NodeKind::Organization, organization.id)),
            Workplace::Facility(facility) => (facility.name, (NodeKind::Facility, facility.id)),
        };
        let cell = Cell {
            is_primary: Some(row.is_primary),
            leads_to: Some(leads_to),
            ..Cell::written(json!(window(row.starts_on, row.ends_on)))
        };
        let key = format!("{} {}", row.recorded_by_organization_id, leads_to.1);
        table.put(key, &name, contact, cell, table::listed);
    }
    rows.extend(table.rows());
    Ok(rows)
}

/// Puts a relationship into the row of the organization that recorded it, of the other person and of what they are called.
fn related(
    table: &mut Table<'_>,
    contact: Uuid,
    (organization, person, label): (Uuid, &contact::Model, &str),
    (starts_on, ends_on): (chrono::NaiveDate, Option<chrono::NaiveDate>),
    is_primary: Option<bool>,
) {
    let cell = Cell {
        kind: Some(label.to_owned()),
        is_primary,
        leads_to: Some((NodeKind::Contact, person.id)),
        ..Cell::written(json!(window(starts_on, ends_on)))
    };
    let name = format!("{} {}", person.first_name, person.last_name);
    table.put(format!("{organization} {} {}", person.id, text::folded(label)), &name, contact, cell, table::listed);
}

fn window(starts_on: chrono::NaiveDate, ends_on: Option<chrono::NaiveDate>) -> String {
    match ends_on {
        Some(last) => format!("{starts_on} to {last}"),
        None => format!("from {starts_on}"),
    }
}

/// How many records name each contact. They follow the person, and none is compared with another.
async fn records(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Row>, Failure> {
    let direction = Direction::Descending;
    let said = CommunicationQuery { filter: reading::CommunicationFilter::default(), direction };
    let said = reading::count_communications_of(reader, CommunicationsOf::Contact, ids.to_vec(), &said).await?;
    let referred = ReferralQuery { filter: reading::ReferralFilter::default(), direction };
    let referred = reading::count_referrals_naming(reader, ids.to_vec(), &referred).await?;
    let counted = [("communications", said), ("referrals", referred)].into_iter().map(|(name, counts)| {
        let cells: Vec<Option<Cell>> =
            ids.iter().map(|id| counts.get(id).map(|count| Cell::written(json!(count)))).collect();
        Row { section: Section::Record, name: name.to_owned(), verdict: Verdict::of(&cells), cells }
    });
    Ok(counted.collect())
}

#[cfg(test)]
mod tests {
    use sea_orm::{Iden, Iterable};

    use super::*;

    /// A column that somebody adds is compared, or somebody says here why not.
    #[test]
    fn every_column_of_a_contact_is_compared_or_follows_from_others() {
        const LEFT_OUT: [&str; 8] = [
            "id",
            "sort_name",
            "merged_into_id",
            "organization_count",
            "last_linked_at",
            "version",
            "created_at",
            "updated_at",
        ];
        let columns: BTreeSet<String> = contact::Column::iter().map(|column| column.unquoted().to_owned()).collect();
        let snake = |name: &str| {
            name.chars().fold(String::new(), |mut snake, letter| {
                if letter.is_ascii_uppercase() {
                    snake.push('_');
                }
                snake.push(letter.to_ascii_lowercase());
                snake
            })
        };
        let compared = FIELDS.iter().map(|(name, _)| snake(name)).chain(["owner_organization_id".to_owned()]);
        let accounted: BTreeSet<String> = compared.chain(LEFT_OUT.map(str::to_owned)).collect();
        assert_eq!(columns, accounted);
    }
}
