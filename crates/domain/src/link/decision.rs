//! Whether a link is to be made, and what it does to the others of its owner. Pure but for one look at the owner's open links.

use liaison_entity::values::{AddressType, ContactType};
use sea_orm::ActiveEnum;
use sqlx::Row;
use uuid::Uuid;

use super::{Change, Kind, Linked};
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault};
use crate::session::{Lock, Sql, Work};

/// An open link of an owner, as far as decisions look at it.
#[derive(Clone, Debug)]
pub(crate) struct OpenLink {
    pub id: Uuid,
    pub uphill_id: Uuid,
    pub downhill_id: Uuid,
    /// The role (or kind of address) in which it holds, for junctions that have one.
    pub role: Option<String>,
    pub is_primary: bool,
    pub version: i32,
    /// Its facts, to close it or to make it primary with.
    pub facts: Linked,
}

/// The open links of one owner in one junction.
pub(crate) async fn open_links(work: &Work<'_>, kind: Kind, uphill_id: Uuid) -> Result<Vec<OpenLink>, Failure> {
    let wanted = |sql: &mut Sql| {
        sql.push(kind.ends().0).push(" = ").push_bind(uphill_id);
    };
    find(work, kind, wanted).await
}

/// The open roles at an organization that a decision about one person looks at: the person's, and the primary ones. The organization
/// may have thousands of others.
pub(crate) async fn open_roles(
    work: &Work<'_>,
    organization_id: Uuid,
    contact_id: Uuid,
) -> Result<Vec<OpenLink>, Failure> {
    let wanted = |sql: &mut Sql| {
        sql.push("organization_id = ").push_bind(organization_id);
        sql.push(" AND (contact_id = ").push_bind(contact_id).push(" OR is_primary)");
    };
    find(work, Kind::OrganizationContact, wanted).await
}

/// The open links of one junction that lead to one method. Row security shows those that the viewer sees; which of them it may close
/// the caller asks.
pub(crate) async fn open_links_to(work: &Work<'_>, kind: Kind, downhill_id: Uuid) -> Result<Vec<OpenLink>, Failure> {
    let wanted = |sql: &mut Sql| {
        sql.push(kind.ends().1).push(" = ").push_bind(downhill_id);
    };
    find(work, kind, wanted).await
}

/// The open links of one junction that lead to any of these.
pub(crate) async fn open_links_to_any(
    work: &Work<'_>,
    kind: Kind,
    downhill: Vec<Uuid>,
) -> Result<Vec<OpenLink>, Failure> {
    if downhill.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = |sql: &mut Sql| {
        sql.push(kind.ends().1).push(" = ANY(").push_bind(downhill).push(")");
    };
    find(work, kind, wanted).await
}

async fn find(work: &Work<'_>, kind: Kind, wanted: impl FnOnce(&mut Sql)) -> Result<Vec<OpenLink>, Failure> {
    let (uphill, downhill) = kind.ends();
    let role = kind.role_column().unwrap_or("NULL::text");
    let primary = if kind.has_primary() { "is_primary" } else { "false AS is_primary" };
    let holding = if kind == Kind::ContactAddress {
        "starts_on, ends_on, source_system, source_record_id"
    } else {
        "NULL::date AS starts_on, NULL::date AS ends_on, NULL::text AS source_system, NULL::text AS source_record_id"
    };
    let mut sql = Sql::new(format!(
        "SELECT id, {uphill} AS uphill_id, {downhill} AS downhill_id, {role} AS role, {primary}, version, {holding} FROM {} WHERE ",
        kind.table()
    ));
    wanted(&mut sql);
    sql.push(" AND unlinked_at IS NULL ORDER BY linked_at, id");
    let rows = work.rows().fetch(sql).await?;
    rows.into_iter()
        .map(|row| {
            let (uphill_id, downhill_id): (Uuid, Uuid) = (row.try_get("uphill_id")?, row.try_get("downhill_id")?);
            Ok(OpenLink {
                id: row.try_get("id")?,
                uphill_id,
                downhill_id,
                role: row.try_get("role")?,
                is_primary: row.try_get("is_primary")?,
                version: row.try_get("version")?,
                facts: Linked {
                    starts_on: row.try_get("starts_on")?,
                    ends_on: row.try_get("ends_on")?,
                    source_system: row.try_get("source_system")?,
                    source_record_id: row.try_get("source_record_id")?,
                    ..kind.between(uphill_id, downhill_id)
                },
            })
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(|error| Fault::from(error).into())
}

impl Kind {
    /// The facts that name the two ends and nothing else.
    pub(crate) fn between(self, uphill_id: Uuid, downhill_id: Uuid) -> Linked {
        let mut facts = Linked::default();
        let (uphill, downhill) = self.ends();
        for (column, id) in [(uphill, uphill_id), (downhill, downhill_id)] {
            match column {
                "organization_id" => facts.organization_id = Some(id),
                "contact_id" => facts.contact_id = Some(id),
                "phone_id" => facts.phone_id = Some(id),
                "email_id" => facts.email_id = Some(id),
                _ => facts.address_id = Some(id),
            }
        }
        facts
    }
}

/// A link that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub kind: Kind,
    pub uphill_id: Uuid,
    pub downhill_id: Uuid,
    /// The role, spelled as the column spells it.
    pub role: Option<String>,
    /// Primary, not primary, or as the kind has it for a first one.
    pub is_primary: Option<bool>,
    /// The facts beside the ends and the primary.
    pub facts: Linked,
}

impl Draft {
    /// The event that makes it so, given the owner's open links; `None` when it is so. `open` is kept up to date for the next draft
    /// of the same command.
    pub fn decide(self, open: &mut Vec<OpenLink>, new_id: impl FnOnce() -> Uuid) -> Option<NewEvent> {
        let in_role = |link: &OpenLink| link.role == self.role;
        let primary = open.iter().position(|link| in_role(link) && link.is_primary);
        let is_it = |link: &OpenLink| {
            in_role(link) && link.downhill_id == self.downhill_id && is_held_alike(&self.facts, &link.facts)
        };
        if let Some(at) = open.iter().position(is_it) {
            return (self.is_primary == Some(true)).then(|| make_primary(self.kind, open, at, primary)).flatten();
        }
        let is_primary =
            self.kind.has_primary() && self.is_primary.unwrap_or(self.kind.first_is_primary() && primary.is_none());
        let ends = self.kind.between(self.uphill_id, self.downhill_id);
        let mut facts = Linked { is_primary, ..self.facts };
        (facts.organization_id, facts.contact_id) = (ends.organization_id, ends.contact_id);
        (facts.phone_id, facts.email_id, facts.address_id) = (ends.phone_id, ends.email_id, ends.address_id);
        facts.demotes = None;
        if let (true, Some(at)) = (is_primary, primary) {
            facts.demotes = Some(open[at].id);
            open[at].is_primary = false;
        }
        let id = new_id();
        let event = NewEvent::first(Stream::Link, id, self.kind.event(Change::Linked), &facts);
        let Self { uphill_id, downhill_id, role, .. } = self;
        open.push(OpenLink { id, uphill_id, downhill_id, role, is_primary, version: 1, facts });
        Some(event)
    }
}

/// What whoever links or lets go a record of a source system locks: each is linked once at a time, at whichever contact, and the next
/// to link it must stand in the log behind the end of that.
pub(crate) fn source_lock(facts: &Linked) -> Option<Lock> {
    let (system, record) = facts.source_system.as_ref().zip(facts.source_record_id.as_ref())?;
    Some(Lock::Name(format!("source {system} {record}")))
}

/// Whether a wanted link says nothing of its window and source, or the same as an open one. Another window is another row, and
/// whether the two may stand beside each other the database's constraint says.
fn is_held_alike(wanted: &Linked, open: &Linked) -> bool {
    let holding =
        |link: &Linked| (link.starts_on, link.ends_on, link.source_system.clone(), link.source_record_id.clone());
    holding(wanted) == (None, None, None, None) || holding(wanted) == holding(open)
}

/// The event that makes `open[at]` primary; `None` when it is.
fn make_primary(kind: Kind, open: &mut [OpenLink], at: usize, primary: Option<usize>) -> Option<NewEvent> {
    if primary == Some(at) {
        return None;
    }
    let mut facts = kind.between_of(&open[at]);
    facts.is_primary = true;
    facts.demotes = primary.map(|former| open[former].id);
    if let Some(former) = primary {
        open[former].is_primary = false;
    }
    let link = &mut open[at];
    link.is_primary = true;
    let event = NewEvent::after(link.version, Stream::Link, link.id, kind.event(Change::PrimarySet), &facts);
    link.version += 1;
    Some(event)
}

impl Kind {
    /// The ends of a link and its role, without what may have changed since.
    fn between_of(self, link: &OpenLink) -> Linked {
        let known = &link.facts;
        let (contact_type, address_type) = self.role_of(link);
        Linked {
            contact_type,
            address_type,
            organization_id: known.organization_id,
            contact_id: known.contact_id,
            phone_id: known.phone_id,
            email_id: known.email_id,
            address_id: known.address_id,
            ..Linked::default()
        }
    }

    /// The event that makes one of an owner's open links its primary one; `None` when it is. Another window of the same link that is
    /// primary already will do.
    pub(crate) fn promote(self, open: &mut [OpenLink], at: usize) -> Option<NewEvent> {
        let primary = open.iter().position(|link| link.role == open[at].role && link.is_primary);
        match primary {
            Some(former) if open[former].downhill_id == open[at].downhill_id => None,
            _ => make_primary(self, open, at, primary),
        }
    }

    /// The role of a link as its facts name it.
    fn role_of(self, link: &OpenLink) -> (Option<ContactType>, Option<AddressType>) {
        let role = link.role.as_ref();
        match self.role_column() {
            Some("contact_type") => (role.and_then(|role| ContactType::try_from_value(role).ok()), None),
            Some(_) => (None, role.and_then(|role| AddressType::try_from_value(role).ok())),
            None => (None, None),
        }
    }

    /// Closes a link.
    pub(crate) fn close(self, work: &mut Work<'_>, link: &OpenLink) {
        work.lock_to_record(source_lock(&link.facts));
        let facts = self.between_of(link);
        work.record(NewEvent::after(link.version, Stream::Link, link.id, self.event(Change::Unlinked), &facts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(downhill: u128, role: &str, is_primary: Option<bool>) -> Draft {
        Draft {
            kind: Kind::OrganizationContact,
            uphill_id: Uuid::from_u128(1),
            downhill_id: Uuid::from_u128(downhill),
            role: Some(role.to_owned()),
            is_primary,
            facts: Linked::default(),
        }
    }

    #[test]
    fn linking_twice_is_one_link() {
        let mut open = Vec::new();
        assert!(draft(2, "billing", None).decide(&mut open, || Uuid::from_u128(10)).is_some());
        assert!(draft(2, "billing", None).decide(&mut open, || Uuid::from_u128(11)).is_none());
        assert!(
            draft(2, "emergency", None).decide(&mut open, || Uuid::from_u128(12)).is_some(),
            "another role is another link"
        );
    }

    #[test]
    fn a_new_primary_demotes_the_former_of_its_role_only() {
        let mut open = Vec::new();
        draft(2, "billing", Some(true)).decide(&mut open, || Uuid::from_u128(10));
        draft(2, "emergency", Some(true)).decide(&mut open, || Uuid::from_u128(11));
        let event = draft(3, "billing", Some(true)).decide(&mut open, || Uuid::from_u128(12)).unwrap();
        assert_eq!(event.data["demotes"], Uuid::from_u128(10).to_string());
        assert_eq!(open.iter().filter(|link| link.is_primary).count(), 2);
        let back = draft(2, "billing", Some(true)).decide(&mut open, || unreachable!()).unwrap();
        assert_eq!((back.event_type, back.stream_version), ("organization.contact.primary_set", 2));
        assert!(draft(2, "billing", Some(true)).decide(&mut open, || unreachable!()).is_none());
    }

    #[test]
    fn another_window_of_an_address_is_another_link() {
        let day = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 1);
        let held = |starts_on| Draft {
            kind: Kind::ContactAddress,
            facts: Linked { starts_on, ..Linked::default() },
            ..draft(5, "physical", None)
        };
        let mut open = Vec::new();
        assert!(held(day(2025)).decide(&mut open, || Uuid::from_u128(1)).is_some());
        assert!(held(day(2025)).decide(&mut open, || unreachable!()).is_none());
        assert!(held(None).decide(&mut open, || unreachable!()).is_none(), "nothing said is already so");
        assert!(held(day(2027)).decide(&mut open, || Uuid::from_u128(2)).is_some());
    }

    #[test]
    fn the_first_phone_is_primary_unless_told_otherwise() {
        let phone = |is_primary| Draft { kind: Kind::ContactPhone, role: None, ..draft(5, "", is_primary) };
        let mut open = Vec::new();
        assert_eq!(phone(Some(false)).decide(&mut open, Uuid::nil).unwrap().data["is_primary"], false);
        assert_eq!(phone(None).decide(&mut Vec::new(), Uuid::nil).unwrap().data["is_primary"], true);
    }
}
