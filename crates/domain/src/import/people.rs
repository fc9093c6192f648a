//! Whom the rows of a batch may mean, read in a few statements whatever their number, and which of them one row means. What the viewer
//! does not see is not read, and so is never meant.

use std::collections::{BTreeSet, HashMap, HashSet};

use liaison_entity::values::ContactType;
use liaison_entity::{contact, contact_address, contact_email, contact_phone, organization};
use sea_orm::ActiveEnum;
use sqlx::Row;
use uuid::Uuid;

use super::OnMatch;
use super::person::{Has, HasExternalId, HasRole, Person};
use super::row::{RowError, Wanted};
use crate::access::{Sighted, SightedLink};
use crate::contact::Standing;
use crate::failure::{Failure, Fault, RefusalCode};
use crate::link::{Kind, OpenLink, open_links_to_any};
use crate::session::{Sql, Work};
use crate::{contact as contacts, duplicate, reading, text};

/// More who answer to one value are not counted.
const MOST_ALIKE: usize = 20;

/// Everybody whom the rows so far may mean, as those rows left them.
#[derive(Clone, Default)]
pub(crate) struct People {
    pub persons: HashMap<Uuid, Person>,
    by_email: HashMap<String, BTreeSet<Uuid>>,
    by_phone: HashMap<String, BTreeSet<Uuid>>,
    /// Whose an external id is, also where that is somebody out of sight.
    by_external_id: HashMap<(String, String), Uuid>,
    /// External ids that are given up, by whoever is out of sight.
    pub given_up: Vec<Standing>,
    standing: HashMap<(String, String), Standing>,
    /// Organizations in sight, by subdomain.
    pub organizations: HashMap<String, organization::Model>,
    /// Roles in which an organization has its primary contact.
    pub primaries: HashSet<(Uuid, ContactType)>,
}

impl People {
    /// Reads whom these rows may mean, beside whom it has.
    pub async fn read(&mut self, work: &Work<'_>, rows: &[Wanted], on_match: OnMatch) -> Result<(), Failure> {
        let own = work.viewer().organization_id();
        self.read_organizations(work, rows).await?;
        let mut ids: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.id).collect();
        ids.extend(self.read_external_ids(work, rows).await?);
        // Whoever has an id is meant by that.
        let by_value = || rows.iter().filter(|row| row.id.is_none() && on_match != OnMatch::Create);
        let emails: BTreeSet<String> = by_value().filter_map(email_key).collect();
        let phones: BTreeSet<String> =
            by_value().filter_map(|row| row.phone.as_ref()?.facts.e164().map(str::to_owned)).collect();
        ids.extend(alike::<contact_email::Entity>(work, "normalized", emails).await?);
        ids.extend(alike::<contact_phone::Entity>(work, "e164", phones).await?);
        let new: Vec<Uuid> = ids.into_iter().filter(|id| !self.persons.contains_key(id)).collect();
        let persons = persons(work, new).await?;
        if rows.iter().any(|row| !row.external_ids.is_empty()) {
            self.read_ids_of(work, own, persons).await?;
        } else {
            self.put_all(persons);
        }
        if rows.iter().any(|row| row.roles.iter().any(|role| role.is_primary)) {
            self.read_primaries(work).await?;
        }
        Ok(())
    }

    async fn read_organizations(&mut self, work: &Work<'_>, rows: &[Wanted]) -> Result<(), Failure> {
        let named = rows.iter().flat_map(|row| row.roles.iter().map(|role| &role.organization).chain(&row.owner));
        let wanted: BTreeSet<String> =
            named.filter(|subdomain| !self.organizations.contains_key(*subdomain)).cloned().collect();
        for organization in reading::organizations_by_subdomain(work, wanted.into_iter().collect()).await? {
            self.organizations.insert(organization.subdomain.clone(), organization);
        }
        Ok(())
    }

    /// Where the external ids of the rows stand.
    async fn read_external_ids(&mut self, work: &Work<'_>, rows: &[Wanted]) -> Result<Vec<Uuid>, Failure> {
        let mut by_system: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for (system, id) in rows.iter().flat_map(|row| &row.external_ids) {
            by_system.entry(system).or_default().insert(id.clone());
        }
        let mut holders = Vec::new();
        for (system, ids) in by_system {
            for standing in contacts::standing(work, system, ids.into_iter().collect()).await? {
                let key = (standing.called.source_system.clone(), standing.called.external_id.clone());
                holders.push(standing.called.contact_id);
                self.by_external_id.entry(key.clone()).or_insert(standing.called.contact_id);
                self.standing.entry(key).or_insert(standing);
            }
        }
        Ok(holders)
    }

    async fn read_ids_of(&mut self, work: &Work<'_>, own: Uuid, mut persons: Vec<Person>) -> Result<(), Failure> {
        let ids: Vec<Uuid> = persons.iter().map(|person| person.contact.id).collect();
        let mut sql =
            Sql::new("SELECT contact_id, source_system, external_id FROM contact_external_ids WHERE contact_id = ANY(");
        sql.push_bind(ids).push(") AND organization_id = ").push_bind(own).push(" ORDER BY source_system, external_id");
        let mut of: HashMap<Uuid, Vec<HasExternalId>> = HashMap::new();
        for row in work.rows().fetch(sql).await? {
            let read = || -> Result<_, sqlx::Error> {
                let has = HasExternalId { system: row.try_get(1)?, id: row.try_get(2)?, is_new: false };
                Ok((row.try_get(0)?, has))
            };
            let (contact_id, has) = read().map_err(Fault::from)?;
            of.entry(contact_id).or_default().push(has);
        }
        for person in &mut persons {
            person.external_ids = of.remove(&person.contact.id).unwrap_or_default();
        }
        self.put_all(persons);
        Ok(())
    }

    async fn read_primaries(&mut self, work: &Work<'_>) -> Result<(), Failure> {
        let mut organizations: Vec<Uuid> = self.organizations.values().map(|one| one.id).collect();
        organizations.push(work.viewer().organization_id());
        let mut sql = Sql::new(
            "SELECT organization_id, contact_type FROM organization_contacts
             WHERE unlinked_at IS NULL AND is_primary AND organization_id = ANY(",
        );
        sql.push_bind(organizations).push(")");
        for row in work.rows().fetch(sql).await? {
            let read = || -> Result<(Uuid, String), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
            let (organization_id, role) = read().map_err(Fault::from)?;
            self.primaries.extend(ContactType::try_from_value(&role).ok().map(|role| (organization_id, role)));
        }
        Ok(())
    }

    fn put_all(&mut self, persons: Vec<Person>) {
        for person in persons {
            self.put(person);
        }
    }

    /// Keeps a person as a row left them.
    pub fn put(&mut self, person: Person) {
        let id = person.contact.id;
        for has in &person.emails {
            self.by_email.entry(has.method.normalized.clone()).or_default().insert(id);
        }
        for e164 in person.phones.iter().filter_map(|has| has.method.e164.clone()) {
            self.by_phone.entry(e164).or_default().insert(id);
        }
        for has in person.external_ids.iter().filter(|has| has.is_new) {
            let key = (has.system.clone(), has.id.clone());
            if let Some(standing) = self.standing.get(&key)
                && standing.called.contact_id != id
            {
                self.given_up.push(standing.clone());
                self.standing.remove(&key);
            }
            self.by_external_id.insert(key, id);
        }
        self.persons.insert(id, person);
    }

    /// Who in sight has this external id.
    pub fn holder_in_sight(&self, system: &str, id: &str) -> Option<Uuid> {
        let holder = self.by_external_id.get(&(system.to_owned(), id.to_owned()))?;
        self.persons.contains_key(holder).then_some(*holder)
    }

    /// Whom a row means: by Liaison's id, else by an external id, else by email, else by phone. A row that names an id which nobody in
    /// sight has is about somebody new: the id says who it is. Two who answer to the same are never guessed between. Where each row is to
    /// make somebody, values mean nobody.
    pub fn find(&self, row: &Wanted, on_match: OnMatch) -> Result<Option<Uuid>, RowError> {
        if let Some(id) = row.id {
            return Ok(self.persons.contains_key(&id).then_some(id));
        }
        let mut called: BTreeSet<Uuid> = BTreeSet::new();
        for key in &row.external_ids {
            called.extend(self.by_external_id.get(key).filter(|id| self.persons.contains_key(id)));
        }
        if let Some(one) = the_one(&called, "these external ids")? {
            return Ok(Some(one));
        }
        if on_match == OnMatch::Create {
            return Ok(None);
        }
        // Whom the same system calls otherwise is somebody else: brothers share their mother's email.
        let may_be = |person: &&Person| {
            let other = |(system, id): &(String, String)| {
                let mut of_system = person.external_ids.iter().filter(|has| has.system == *system).peekable();
                of_system.peek().is_some() && of_system.all(|has| has.id != *id)
            };
            !row.external_ids.iter().any(other)
        };
        let among = |ids: Option<&BTreeSet<Uuid>>| {
            let persons = ids.into_iter().flatten().filter_map(|id| self.persons.get(id));
            persons.filter(may_be).collect::<Vec<_>>()
        };
        if let Some(key) = email_key(row) {
            let has = |person: &&Person| {
                person.emails.iter().any(|has| has.method.normalized == key) && may_be_called_so(row, person)
            };
            let found = among(self.by_email.get(&key)).into_iter().filter(has).map(|person| person.contact.id);
            if let Some(one) = the_one(&found.collect(), "this email address")? {
                return Ok(Some(one));
            }
        }
        if let Some(facts) = row.phone.as_ref().map(|named| &named.facts)
            && let Some(e164) = facts.e164()
        {
            let has = |person: &&Person| {
                let mut held = person.phones.iter().map(|has| &has.method);
                held.any(|phone| phone.e164.as_deref() == Some(e164) && phone.extension.as_deref() == facts.extension())
                    && may_be_called_so(row, person)
                    && is_plausible(row, person)
            };
            let found = among(self.by_phone.get(e164)).into_iter().filter(has).map(|person| person.contact.id);
            return the_one(&found.collect(), "this phone");
        }
        Ok(None)
    }
}

/// Whether the first name of the row may be this person's: a household shares its email and its phone, and whoever has another first name
/// is another one in it. Who marries keeps the first name.
fn may_be_called_so(row: &Wanted, person: &Person) -> bool {
    let Some(first_name) = row.first_name.as_deref() else { return true };
    let last_name = row.last_name.as_deref().unwrap_or(&person.contact.last_name);
    duplicate::may_be_called(
        (first_name, last_name),
        (person.contact.first_name.as_str(), person.contact.last_name.as_str()),
    )
}

/// Whether a phone may tell that the row means this person. Lines are shared: whoever has another email must have the same name, and
/// whoever is called otherwise by both names is a colleague.
fn is_plausible(row: &Wanted, person: &Person) -> bool {
    let agrees = |said: &Option<String>, is: &str| said.as_ref().map(|said| text::folded(said) == text::folded(is));
    let names =
        [agrees(&row.first_name, &person.contact.first_name), agrees(&row.last_name, &person.contact.last_name)];
    let has_another_email = row.email.is_some() && !person.emails.is_empty();
    match has_another_email {
        true => names.iter().all(|agrees| *agrees == Some(true)),
        false => names.iter().flatten().next().is_none() || names.contains(&Some(true)),
    }
}

fn the_one(found: &BTreeSet<Uuid>, by: &str) -> Result<Option<Uuid>, RowError> {
    if found.len() < 2 {
        return Ok(found.first().copied());
    }
    let many = if found.len() > MOST_ALIKE { format!("more than {MOST_ALIKE}") } else { found.len().to_string() };
    let message =
        format!("{many} contacts answer to {by}: add the column id, or an external id, and say which is meant");
    Err(RowError { column: None, code: RefusalCode::Ambiguous, message })
}

fn email_key(row: &Wanted) -> Option<String> {
    Some(row.email.as_ref()?.facts.normalized().to_owned())
}

/// Who holds a method with one of these values, as far as they are in sight, and not more than are told apart.
async fn alike<J: SightedLink<Downhill: Sighted>>(
    work: &Work<'_>,
    column: &str,
    values: BTreeSet<String>,
) -> Result<Vec<Uuid>, Failure> {
    use liaison_entity::Node as _;
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT DISTINCT found.owner FROM unnest(");
    sql.push_bind(values.into_iter().collect::<Vec<_>>()).push(format_args!(
        "::text[]) AS wanted (value) CROSS JOIN LATERAL (
           SELECT l.{} AS owner FROM {} n JOIN {} l ON l.{} = n.id AND l.unlinked_at IS NULL WHERE n.{column} = wanted.value AND ",
        J::UPHILL_ID,
        J::Downhill::TABLE,
        J::TABLE,
        J::DOWNHILL_ID,
    ));
    J::Downhill::in_sight(work.scope(), &mut sql, "n");
    sql.push(" AND ");
    J::link_in_sight(work.scope(), &mut sql, "l");
    sql.push(format_args!(" LIMIT {}) AS found", MOST_ALIKE + 1));
    let rows = work.rows().fetch(sql).await?;
    let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, sqlx::Error>>();
    Ok(ids.map_err(Fault::from)?)
}

/// These contacts with all that they hold, as far as they are in sight.
async fn persons(work: &Work<'_>, ids: Vec<Uuid>) -> Result<Vec<Person>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let contacts = reading::by_ids::<contact::Entity>(work, ids).await?;
    let ids: Vec<Uuid> = contacts.keys().copied().collect();
    let mut persons: HashMap<Uuid, Person> = contacts
        .into_iter()
        .map(|(id, contact)| (id, Person { before: Some(contact.clone()), ..Person::new(contact) }))
        .collect();
    for link in open_links_to_any(work, Kind::OrganizationContact, ids.clone()).await? {
        let role = link.role.as_ref().and_then(|role| ContactType::try_from_value(role).ok());
        if let (Some(contact_type), Some(person)) = (role, persons.get_mut(&link.downhill_id)) {
            let (organization_id, is_primary) = (link.uphill_id, link.is_primary);
            person.roles.push(HasRole { organization_id, contact_type, is_primary, link: Some(link) });
        }
    }
    for held in reading::held::<contact_email::Entity>(work, ids.clone()).await? {
        if let Some(person) = persons.get_mut(&held.link.contact_id) {
            let l = &held.link;
            let link = open(Kind::ContactEmail, l.id, (l.contact_id, l.email_id), l.is_primary, l.version);
            person.emails.push(has(held.node, link, l.sort_order));
        }
    }
    for held in reading::held::<contact_phone::Entity>(work, ids.clone()).await? {
        if let Some(person) = persons.get_mut(&held.link.contact_id) {
            let l = &held.link;
            let link = open(Kind::ContactPhone, l.id, (l.contact_id, l.phone_id), l.is_primary, l.version);
            person.phones.push(has(held.node, link, l.sort_order));
        }
    }
    for held in reading::held::<contact_address::Entity>(work, ids).await? {
        if let Some(person) = persons.get_mut(&held.link.contact_id) {
            let l = &held.link;
            let mut link = open(Kind::ContactAddress, l.id, (l.contact_id, l.address_id), l.is_primary, l.version);
            link.role = Some(l.address_type.to_value());
            let used_as = Some(l.address_type);
            person.addresses.push(Has { used_as, ..has(held.node, link, l.sort_order) });
        }
    }
    Ok(persons.into_values().collect())
}

fn open(kind: Kind, id: Uuid, (uphill_id, downhill_id): (Uuid, Uuid), is_primary: bool, version: i32) -> OpenLink {
    let facts = kind.between(uphill_id, downhill_id);
    OpenLink { id, uphill_id, downhill_id, role: None, is_primary, version, facts }
}

fn has<M: Clone>(method: M, link: OpenLink, sort_order: i32) -> Has<M> {
    let is_primary = link.is_primary;
    Has { before: Some(method.clone()), method, link: Some(link), is_primary, sort_order, used_as: None }
}
