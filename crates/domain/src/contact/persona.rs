//! What a contact is in the books of an organization: student, guardian, staff. A relationship of a kind may name nobody who is not of
//! that kind (domain.md §1). It is a record of the organization that granted it, like the relationships themselves.

mod projection;

use liaison_entity::contact;
use liaison_entity::contact_persona::{Column, Entity, Model};
use liaison_entity::values::Persona;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

pub(crate) use projection::{apply_persona_granted, apply_persona_revoked};

use crate::access::{self, Action};
use crate::edit::Changes;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::reading;
use crate::relationship;
use crate::session::{Command, Lock, Sql, Work};
use crate::viewer::Viewer;

/// A contact is a student, a guardian or of the staff.
pub const PERSONA_GRANTED: &str = "contact.persona.granted";
/// A contact is that no more.
pub const PERSONA_REVOKED: &str = "contact.persona.revoked";

/// The facts of a grant.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Granted {
    recorded_by_organization_id: Uuid,
    contact_id: Uuid,
    persona: Persona,
}

/// The facts of a revocation: what they were and are no more.
#[derive(Clone, Debug, Serialize)]
struct Revoked {
    recorded_by_organization_id: Uuid,
    contact_id: Uuid,
    #[serde(flatten)]
    changes: Changes,
}

/// What clients call a persona.
pub(crate) const fn persona_name(persona: Persona) -> &'static str {
    match persona {
        Persona::Student => "STUDENT",
        Persona::Guardian => "GUARDIAN",
        Persona::Staff => "STAFF",
    }
}

/// The persona that a contact holds in the books of an organization.
pub(crate) async fn persona_of(
    work: &Work<'_>,
    organization_id: Uuid,
    contact_id: Uuid,
    persona: Persona,
) -> Result<Option<Model>, Failure> {
    let held = Entity::find()
        .filter(Column::OrganizationId.eq(organization_id))
        .filter(Column::ContactId.eq(contact_id))
        .filter(Column::Persona.eq(persona))
        .filter(Column::RevokedAt.is_null());
    Ok(held.one(work.rows()).await?)
}

/// The tables that name people of a persona: table, whose the row is, who is named.
const fn naming(persona: Persona) -> &'static [(&'static str, &'static str, &'static str)] {
    match persona {
        Persona::Student => &[
            ("student_relationships", "organization_id", "student_id"),
            ("student_relationships", "organization_id", "related_student_id"),
            ("student_guardian_relationships", "organization_id", "student_id"),
        ],
        Persona::Guardian => &[("student_guardian_relationships", "organization_id", "guardian_id")],
        Persona::Staff => &[("staff_assignments", "recorded_by_organization_id", "staff_id")],
    }
}

/// How many relationships that are not over name a contact with one of these personas; `whose` pushes whose they are, by the column.
const ALL: [Persona; 3] = [Persona::Student, Persona::Guardian, Persona::Staff];

async fn open_relationships(
    work: &Work<'_>,
    contact_id: Uuid,
    personas: &[Persona],
    whose: impl Fn(&mut Sql, &str) + Send,
) -> Result<i64, Failure> {
    let mut sql = Sql::new("SELECT count(*) FROM (");
    for (at, (table, owner, named)) in personas.iter().flat_map(|persona| naming(*persona)).enumerate() {
        let union = if at == 0 { "" } else { " UNION " };
        sql.push(format_args!("{union}SELECT r.id FROM {table} r WHERE r.{named} = ")).push_bind(contact_id);
        sql.push(" AND r.voided_at IS NULL AND (r.ends_on IS NULL OR r.ends_on >= ");
        sql.push_bind(work.at().date_naive()).push(") AND ");
        whose(&mut sql, &format!("r.{owner}"));
    }
    sql.push(") AS open");
    let rows = work.rows().fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a count gave no row".to_owned()))?;
    row.try_get(0).map_err(|error| Fault::from(error).into())
}

fn told(number: i64) -> String {
    if number == 1 {
        "1 relationship that is not over names".to_owned()
    } else {
        format!("{number} relationships that are not over name")
    }
}

/// Refuses to archive somebody whom relationships name that are not over, as far as the viewer sees them.
pub(super) async fn allow_to_go(work: &Work<'_>, contact_id: Uuid) -> Result<(), Failure> {
    let scope = work.scope();
    let whose = |sql: &mut Sql, column: &str| access::own_in_scope(scope, sql, column);
    match open_relationships(work, contact_id, &ALL, whose).await? {
        0 => Ok(()),
        number => {
            let why = format!("{} this contact; end or void them first", told(number));
            Err(Refusal::new(RefusalCode::InUse, "id", why).into())
        }
    }
}

/// Refuses to end the last role of somebody at an organization whose relationships name them and are not over: who goes out of its sight
/// would be somebody's guardian there without standing in any list. Its own people it goes on seeing.
pub(super) async fn allow_to_leave(work: &Work<'_>, organization_id: Uuid, contact_id: Uuid) -> Result<(), Failure> {
    let contact = reading::seen::<contact::Entity>(work, contact_id, "contactId", "contact").await?;
    if contact.owner_organization_id == organization_id {
        return Ok(());
    }
    let whose = |sql: &mut Sql, column: &str| {
        sql.push(format_args!("{column} = ")).push_bind(organization_id);
    };
    match open_relationships(work, contact_id, &ALL, whose).await? {
        0 => Ok(()),
        number => {
            let why = format!("{} this contact; end or void them first", told(number));
            Err(Refusal::new(RefusalCode::InUse, "contactId", why).into())
        }
    }
}

/// Lets a contact be a student, a guardian or of the staff, in the books of the viewer's organization.
#[derive(Clone, Copy, Debug)]
pub struct GrantPersona {
    /// The person.
    pub id: Uuid,
    /// What they are.
    pub persona: Persona,
}

impl Command for GrantPersona {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Relate)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        relationship::locks_of(&[self.id])
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = reading::seen::<contact::Entity>(work, self.id, "id", "contact").await?;
        if contact.deleted_at.is_some() {
            return Err(super::gone(work, &contact, "id").await);
        }
        work.compare_version(contact.version)?;
        let own = work.viewer().organization_id();
        if persona_of(work, own, self.id, self.persona).await?.is_none() {
            let facts = Granted { recorded_by_organization_id: own, contact_id: self.id, persona: self.persona };
            let id = work.id_or_new(None);
            work.record(NewEvent::first(Stream::Record, id, PERSONA_GRANTED, &facts));
        }
        Ok(self.id)
    }
}

/// Lets a contact be that no more, in the books of the viewer's organization. What is not held is left alone.
#[derive(Clone, Copy, Debug)]
pub struct RevokePersona {
    /// The person.
    pub id: Uuid,
    /// What they are no more.
    pub persona: Persona,
}

impl Command for RevokePersona {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Relate)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        relationship::locks_of(&[self.id])
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let contact = reading::seen::<contact::Entity>(work, self.id, "id", "contact").await?;
        super::allow_unmerged(work, &contact, "id").await?;
        work.compare_version(contact.version)?;
        let own = work.viewer().organization_id();
        let Some(held) = persona_of(work, own, self.id, self.persona).await? else { return Ok(self.id) };
        let whose = |sql: &mut Sql, column: &str| {
            sql.push(format_args!("{column} = ")).push_bind(own);
        };
        match open_relationships(work, self.id, &[self.persona], whose).await? {
            0 => {}
            number => {
                let name = persona_name(self.persona);
                let why = format!("{} this contact as {name}; end or void them first", told(number));
                return Err(Refusal::new(RefusalCode::InUse, "persona", why).into());
            }
        }
        let mut changes = Changes::default();
        changes.note("persona", &Some(self.persona), &None);
        let facts = Revoked { recorded_by_organization_id: own, contact_id: self.id, changes };
        work.record(NewEvent::after(held.version, Stream::Record, held.id, PERSONA_REVOKED, &facts));
        Ok(self.id)
    }
}
