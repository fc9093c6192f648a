//! Who works where: at an organization or at one facility, never at both in one row (ADR 0009 `StaffAssignment`). A person has one primary
//! assignment at a time. What all relationships share is in `relationship`.

use chrono::NaiveDate;
use liaison_entity::staff_assignment::{Column, Entity, Model};
use liaison_entity::values::Persona;
use liaison_entity::{facility, organization};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{self, Action};
use crate::edit::Edit;
use crate::event::Event;
use crate::failure::{Failure, Refusal, RefusalCode};
use crate::reading;
use crate::relationship::{self, Between, Period, Relation, Standing, Starting, told};
use crate::session::{Command, Lock, Work};
use crate::viewer::Viewer;

/// Somebody works somewhere.
pub const ESTABLISHED: &str = "staff.assignment.established";
/// It was said when that ends.
pub const ENDED: &str = "staff.assignment.ended";
/// That was a mistake.
pub const VOIDED: &str = "staff.assignment.voided";

/// Where somebody works: one place, of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Workplace {
    /// At the organization as a whole.
    #[serde(rename = "organization_id")]
    Organization(Uuid),
    /// At one of its sites.
    #[serde(rename = "facility_id")]
    Facility(Uuid),
}

impl Workplace {
    const fn id(self) -> Uuid {
        match self {
            Self::Organization(id) | Self::Facility(id) => id,
        }
    }

    const fn ids(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Organization(id) => (Some(id), None),
            Self::Facility(id) => (None, Some(id)),
        }
    }
}

/// A member of staff and a place, for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    recorded_by_organization_id: Uuid,
    staff_id: Uuid,
    #[serde(flatten)]
    workplace: Workplace,
    is_primary: bool,
    #[serde(flatten)]
    period: Period,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    replaces_id: Option<Uuid>,
}

impl Relation for Assignment {
    type Entity = Entity;

    const NOUN: &'static str = "assignment";
    const MUTATION: &'static str = "staffAssignment";
    const ESTABLISHED: &'static str = ESTABLISHED;
    const ENDED: &'static str = ENDED;
    const VOIDED: &'static str = VOIDED;

    fn of(row: &Model) -> Self {
        // The table's check says that it is one of the two.
        let organization = row.organization_id.map(Workplace::Organization);
        let workplace = organization.or(row.facility_id.map(Workplace::Facility));
        Self {
            recorded_by_organization_id: row.recorded_by_organization_id,
            staff_id: row.staff_id,
            workplace: workplace.expect("the check staff_assignment_names_one_workplace"),
            is_primary: row.is_primary,
            period: relationship::window(row.starts_on, row.ends_on),
            replaces_id: None,
        }
    }

    fn is_voided(row: &Model) -> bool {
        row.voided_at.is_some()
    }

    fn into_row(self, event: &Event) -> Model {
        let (organization_id, facility_id) = self.workplace.ids();
        Model {
            id: event.stream_id,
            recorded_by_organization_id: self.recorded_by_organization_id,
            staff_id: self.staff_id,
            organization_id,
            facility_id,
            is_primary: self.is_primary,
            starts_on: self.period.starts_on(),
            ends_on: self.period.ends_on(),
            voided_at: None,
            voided_by: None,
            void_reason: None,
            version: event.stream_version,
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
        }
    }

    fn recorded_by(&self) -> Uuid {
        self.recorded_by_organization_id
    }

    fn between(&self) -> Between {
        let (organization_id, facility_id) = self.workplace.ids();
        Between { staff_id: Some(self.staff_id), organization_id, facility_id, ..Between::default() }
    }

    fn personas(&self) -> Vec<(Uuid, Persona)> {
        vec![(self.staff_id, Persona::Staff)]
    }

    fn period(&self) -> Period {
        self.period
    }

    fn over(&self, period: Period) -> Self {
        Self { period, replaces_id: None, ..self.clone() }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.staff_id, self.workplace) == (other.staff_id, other.workplace)
    }

    fn is_primary(&self) -> bool {
        self.is_primary
    }

    fn demoted(&self) -> Self {
        Self { is_primary: false, ..self.clone() }
    }

    fn overlap(&self, other: &Self) -> Refusal {
        let why = format!(
            "they work there {} already: choose days outside of that, or name that assignment in replaces",
            other.period
        );
        Refusal::new(RefusalCode::Overlaps, "startsOn", why)
    }

    fn rival(&self, other: &Self) -> Refusal {
        let why = format!(
            "they have another primary assignment {}: let this one begin later or end before that day, or void that one and start it again so that it is not primary",
            other.period
        );
        Refusal::new(RefusalCode::Overlaps, "isPrimary", why)
    }

    async fn beside(&self, work: &Work<'_>) -> Result<Vec<Standing<Self>>, Failure> {
        let rows = Entity::find()
            .filter(Column::RecordedByOrganizationId.eq(self.recorded_by_organization_id))
            .filter(Column::StaffId.eq(self.staff_id))
            .filter(Column::VoidedAt.is_null())
            .all(work.rows())
            .await?;
        Ok(rows.iter().map(Standing::of).collect())
    }
}

/// Lets somebody work somewhere, or somewhere else than so far.
#[derive(Clone, Debug)]
pub struct Start {
    /// The client's id, or none to have one made.
    pub id: Option<Uuid>,
    /// The person.
    pub staff_id: Uuid,
    /// Where.
    pub workplace: Workplace,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: Edit<NaiveDate>,
    /// Whether it is the person's main one.
    pub is_primary: Edit<bool>,
    /// The assignment of the same person that this one takes the place of.
    pub replaces: Option<Uuid>,
}

impl Start {
    const fn starting(&self) -> Starting {
        Starting { id: self.id, replaces: self.replaces, until: relationship::until(&self.ends_on) }
    }

    /// What is left out is as it was, wherever they work now.
    fn wanted(&self, recorded_by: Uuid, before: Option<&Assignment>) -> Result<Assignment, Refusal> {
        let ends_on = relationship::last_day(&self.ends_on, before.map(|before| &before.period), self.starts_on);
        Ok(Assignment {
            recorded_by_organization_id: recorded_by,
            staff_id: self.staff_id,
            workplace: self.workplace,
            is_primary: told(&self.is_primary, before.map(|before| before.is_primary), false),
            period: Period::new(self.starts_on, ends_on)?,
            replaces_id: self.replaces,
        })
    }

    /// Refuses a workplace out of sight: the own organization and its facilities are in it, and organizations beside it.
    async fn see_workplace(&self, work: &Work<'_>) -> Result<(), Failure> {
        let seen = match self.workplace {
            Workplace::Organization(id) => {
                let found = reading::one::<organization::Entity>(work, id).await?;
                found.is_some().then_some(()).ok_or_else(|| Refusal::not_found("organizationId", "organization"))
            }
            Workplace::Facility(id) => {
                let found = reading::one::<facility::Entity>(work, id).await?;
                found.is_some().then_some(()).ok_or_else(|| Refusal::not_found("facilityId", "facility"))
            }
        };
        Ok(seen.map_err(|refusal| refusal.within("workplace"))?)
    }
}

impl Start {
    /// Refuses a workplace that the organization would not see whose books this stands in, when somebody else writes in them.
    async fn see_workplace_for(&self, work: &Work<'_>, recorded_by: Uuid) -> Result<(), Failure> {
        let books = reading::seen::<organization::Entity>(work, recorded_by, "replaces", Assignment::NOUN).await?;
        let (is_seen, field) = match self.workplace {
            Workplace::Organization(id) => {
                let there = reading::one::<organization::Entity>(work, id).await?;
                let is_referred = there.is_some_and(|there| there.referring_partner_id == Some(recorded_by));
                (id == recorded_by || books.referring_partner_id == Some(id) || is_referred, "organizationId")
            }
            Workplace::Facility(id) => {
                let there = reading::one::<facility::Entity>(work, id).await?;
                (there.is_some_and(|there| there.organization_id == recorded_by), "facilityId")
            }
        };
        if is_seen {
            return Ok(());
        }
        let why =
            "the organization whose assignment this is does not see that workplace; name its own, or one beside it";
        Err(Refusal::invalid(field, why).within("workplace").into())
    }
}

impl Command for Start {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Relate)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let mut locks = self.starting().locks(&[self.staff_id]);
        locks.push(Lock::Relied(self.workplace.id()));
        locks
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let replaced = self.starting().replaced::<Assignment>(work).await?;
        let own = work.viewer().organization_id();
        let recorded_by = replaced.as_ref().map_or(own, |replaced| replaced.relation.recorded_by());
        relationship::person(work, recorded_by, self.staff_id, "staffId", Persona::Staff).await?;
        self.see_workplace(work).await?;
        let before = replaced.as_ref().map(|replaced| &replaced.relation);
        if recorded_by != own && before.is_none_or(|before| before.workplace != self.workplace) {
            self.see_workplace_for(work, recorded_by).await?;
        }
        if before.is_some_and(|before| before.staff_id != self.staff_id) {
            let why = "this assignment is another person's; replaces must name one of the same person";
            return Err(Refusal::invalid("replaces", why).into());
        }
        let new = self.wanted(recorded_by, before)?;
        relationship::start(work, self.starting(), new, replaced.as_ref()).await
    }
}
