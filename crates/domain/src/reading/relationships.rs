//! Who is whose guardian, who is related to whom, who works where: the rows that hold on a day, with whoever stands at their other end.
//! One statement for many people. What holds when `relationship` says; here it is said to the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use liaison_entity::{
    Node, contact, contact_persona, facility, organization, staff_assignment, student_guardian_relationship,
    student_relationship,
};
use sea_orm::{EntityTrait, FromQueryResult, QueryResult};
use uuid::Uuid;

use super::listing::{Direction, Key, KeyKind, ListError, Listing, Page, Slice};
use super::{columns, model};
use crate::access::{Scope, Sighted, own_in_scope};
use crate::failure::Fault;
use crate::relationship::Status;
use crate::session::{Reader, Sql};

/// From whom to whom a list leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From a student to those whom they are related to, whichever of the two was named first.
    Kin,
    /// From a student to their guardians.
    Guardians,
    /// From a guardian to their students.
    Wards,
    /// From a person to where they work.
    Workplaces,
    /// From an organization to who works there.
    StaffOfOrganization,
    /// From a facility to who works there.
    StaffOfFacility,
}

/// Which rows are wanted; all conditions hold for the same row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RelationFilter {
    /// What they are on the day that is asked for.
    pub statuses: Vec<Status>,
    /// Only with these labels, whatever their case and accents.
    pub labels: Option<Vec<String>>,
    /// Only the primary ones, or only others.
    pub is_primary: Option<bool>,
    /// Only guardians by law, or only others.
    pub is_legal_guardian: Option<bool>,
    /// Only guardians with whom the student lives, or only others.
    pub lives_with: Option<bool>,
    /// Only guardians who are called in an emergency, or only others.
    pub is_emergency_contact: Option<bool>,
}

/// A list of relationships as they are on a day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelationQuery {
    /// The day.
    pub on: NaiveDate,
    /// Which.
    pub filter: RelationFilter,
}

/// A relationship, and the person at its other end.
#[derive(Clone, Debug)]
pub struct RelatedPerson<M> {
    /// The relationship.
    pub row: M,
    /// The person.
    pub person: contact::Model,
}

/// Where somebody works.
#[derive(Clone, Debug)]
pub enum Workplace {
    /// At an organization as a whole.
    Organization(organization::Model),
    /// At a facility.
    Facility(facility::Model),
}

const NAME: Key = Key { expression: "n.sort_name", kind: KeyKind::Text };
/// A day as a number: how many days it is from the first.
const START: Key = Key { expression: "(l.starts_on - DATE '0001-01-01')::bigint", kind: KeyKind::Number };
const PRIMARY_CONTACT_FIRST: Key = Key { expression: "(NOT l.is_primary_contact)", kind: KeyKind::Flag };
const PRIORITY: Key = Key { expression: "l.priority::bigint", kind: KeyKind::Number };
const PRIMARY_FIRST: Key = Key { expression: "(NOT l.is_primary)", kind: KeyKind::Flag };

/// What a way reads, and how it is ordered.
struct Shape {
    columns: String,
    from: String,
    parent: &'static str,
    recorded_by: &'static str,
    order: &'static str,
    keys: &'static [Key],
}

impl Way {
    fn shape(self) -> Shape {
        const OWNER: &str = "l.organization_id";
        const RECORDER: &str = "l.recorded_by_organization_id";
        let people = |row: String, rows: &str, other: &str| {
            let columns = format!("{row}, {}", columns::<contact::Entity>("n", "n_"));
            (columns, format!("{rows} JOIN {} n ON n.id = l.{other}", <contact::Entity as Node>::TABLE))
        };
        let guardians = || columns::<student_guardian_relationship::Entity>("l", "l_");
        let staff = || columns::<staff_assignment::Entity>("l", "l_");
        let by_name: &'static [Key] = &[NAME, START];
        let ((columns, from), parent, recorded_by, order, keys) = match self {
            Self::Kin => {
                // Both sides of one row, so that each student's index serves.
                let rows =
                    "(SELECT r.*, r.student_id AS one_id, r.related_student_id AS other_id FROM student_relationships r
                     UNION ALL SELECT r.*, r.related_student_id, r.student_id FROM student_relationships r) l";
                let row = columns::<student_relationship::Entity>("l", "l_");
                (people(row, rows, "other_id"), "l.one_id", OWNER, "kin", by_name)
            }
            Self::Guardians => {
                let keys: &'static [Key] = &[PRIMARY_CONTACT_FIRST, PRIORITY, START];
                let rows = people(guardians(), "student_guardian_relationships l", "guardian_id");
                (rows, "l.student_id", OWNER, "guardians", keys)
            }
            Self::Wards => {
                let rows = people(guardians(), "student_guardian_relationships l", "student_id");
                (rows, "l.guardian_id", OWNER, "wards", by_name)
            }
            Self::StaffOfOrganization => {
                (people(staff(), "staff_assignments l", "staff_id"), "l.organization_id", RECORDER, "staff", by_name)
            }
            Self::StaffOfFacility => {
                (people(staff(), "staff_assignments l", "staff_id"), "l.facility_id", RECORDER, "staff", by_name)
            }
            Self::Workplaces => {
                let columns = format!(
                    "{}, {}, {}",
                    staff(),
                    columns::<organization::Entity>("o", "o_"),
                    columns::<facility::Entity>("f", "f_")
                );
                let from = format!(
                    "staff_assignments l LEFT JOIN {} o ON o.id = l.organization_id LEFT JOIN {} f ON f.id = l.facility_id",
                    <organization::Entity as Node>::TABLE,
                    <facility::Entity as Node>::TABLE
                );
                let keys: &'static [Key] = &[PRIMARY_FIRST, START];
                ((columns, from), "l.staff_id", RECORDER, "workplaces", keys)
            }
        };
        Shape { columns, from, parent, recorded_by, order, keys }
    }

    /// Pushes what a row must satisfy: recorded by the own organization, in sight at its other end, and as asked.
    fn push_conditions(self, sql: &mut Sql, scope: Scope, query: &RelationQuery) {
        own_in_scope(scope, sql, self.shape().recorded_by);
        sql.push(" AND ");
        match self {
            Self::Workplaces => {
                sql.push("((o.id IS NOT NULL AND ");
                organization::Entity::in_sight(scope, sql, "o");
                sql.push(") OR (f.id IS NOT NULL AND ");
                facility::Entity::in_sight(scope, sql, "f");
                sql.push("))");
            }
            _ => contact::Entity::in_sight(scope, sql, "n"),
        }
        query.push(sql, self);
    }
}

impl RelationQuery {
    fn push(&self, sql: &mut Sql, way: Way) {
        sql.push(" AND (FALSE");
        for status in &self.filter.statuses {
            match status {
                Status::Voided => sql.push(" OR l.voided_at IS NOT NULL"),
                Status::Pending => sql.push(" OR (l.voided_at IS NULL AND l.starts_on > ").push_bind(self.on).push(")"),
                Status::Active => {
                    sql.push(" OR (l.voided_at IS NULL AND l.starts_on <= ").push_bind(self.on);
                    sql.push(" AND (l.ends_on IS NULL OR l.ends_on >= ").push_bind(self.on).push("))")
                }
                Status::Ended => sql.push(" OR (l.voided_at IS NULL AND l.ends_on < ").push_bind(self.on).push(")"),
            };
        }
        sql.push(")");
        if let Some(labels) = &self.filter.labels {
            sql.push(" AND app.folded(l.relationship_label) = ANY(ARRAY(SELECT app.folded(asked) FROM unnest(");
            sql.push_bind(labels.clone()).push("::text[]) AS asked))");
        }
        let primary = if matches!(way, Way::Guardians | Way::Wards) { "is_primary_contact" } else { "is_primary" };
        let flags = [
            (primary, self.filter.is_primary),
            ("is_legal_guardian", self.filter.is_legal_guardian),
            ("lives_with", self.filter.lives_with),
            ("is_emergency_contact", self.filter.is_emergency_contact),
        ];
        for (column, flag) in flags {
            if let Some(flag) = flag {
                sql.push(format_args!(" AND l.{column} = {flag}"));
            }
        }
    }
}

async fn listed<T, F>(reader: &Reader, way: Way, query: &RelationQuery, work: F) -> T
where
    F: AsyncFnOnce(&Listing<'_>) -> T,
{
    let scope = reader.scope();
    let Shape { columns, from, parent, order, keys, .. } = way.shape();
    let conditions = |sql: &mut Sql| way.push_conditions(sql, scope, query);
    let listing = Listing {
        columns,
        from,
        join: None,
        parent: Some(parent),
        order,
        keys,
        id: "l.id",
        direction: Direction::Ascending,
        conditions: &conditions,
    };
    work(&listing).await
}

/// The relationships of many, a page for each, with the persons at their other ends: any way but that to workplaces.
pub async fn related_people<E: EntityTrait>(
    reader: &Reader,
    way: Way,
    parents: Vec<Uuid>,
    query: &RelationQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<RelatedPerson<E::Model>>>, ListError> {
    let read = |row: &QueryResult| {
        Ok(RelatedPerson { row: model::<E>(row, "l_")?, person: model::<contact::Entity>(row, "n_")? })
    };
    listed(reader, way, query, async |listing| listing.of_parents(reader, parents, page, read).await).await
}

/// Where many people work, a page for each.
pub async fn workplaces(
    reader: &Reader,
    people: Vec<Uuid>,
    query: &RelationQuery,
    page: &Page,
) -> Result<HashMap<Uuid, Slice<(staff_assignment::Model, Workplace)>>, ListError> {
    let read = |row: &QueryResult| {
        let organization = organization::Model::from_query_result_optional(row, "o_")?.map(Workplace::Organization);
        let facility = facility::Model::from_query_result_optional(row, "f_")?.map(Workplace::Facility);
        let place = organization.or(facility);
        let place = place.ok_or_else(|| Fault::Internal("an assignment without a workplace was listed".to_owned()))?;
        Ok((model::<staff_assignment::Entity>(row, "l_")?, place))
    };
    let way = Way::Workplaces;
    listed(reader, way, query, async |listing| listing.of_parents(reader, people, page, read).await).await
}

/// How many rows each parent's list has; parents with none are not in the map.
pub async fn count_relations(
    reader: &Reader,
    way: Way,
    parents: Vec<Uuid>,
    query: &RelationQuery,
) -> Result<HashMap<Uuid, i64>, Fault> {
    listed(reader, way, query, async |listing| listing.count_of_parents(reader, parents).await).await
}

/// What each contact is in the books of the viewer's organization, or in all of them for whoever sees everything.
pub async fn personas(
    reader: &Reader,
    contacts: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<contact_persona::Model>>, Fault> {
    type Persona = contact_persona::Entity;
    let mut sql =
        Sql::new(format!("SELECT {} FROM contact_personas n WHERE n.contact_id = ANY(", columns::<Persona>("n", "")));
    sql.push_bind(contacts).push(") AND n.revoked_at IS NULL AND ");
    own_in_scope(reader.scope(), &mut sql, "n.organization_id");
    sql.push(" ORDER BY n.contact_id, n.granted_at, n.id");
    let mut found: HashMap<Uuid, Vec<contact_persona::Model>> = HashMap::new();
    for row in reader.fetch(sql).await? {
        let row = model::<Persona>(&row.into(), "")?;
        found.entry(row.contact_id).or_default().push(row);
    }
    Ok(found)
}
