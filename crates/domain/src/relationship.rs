//! What the three relationships share (domain.md §3): windows of days, what holds when, and how one starts, ends and is voided. Of
//! students, guardians and staff it knows nothing; their files say what each is between and what must not stand beside what.

mod command;
mod decision;
mod projection;

use std::fmt;

use chrono::NaiveDate;
use liaison_entity::values::Persona;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use command::{End, Void};
pub(crate) use command::{Starting, person, start};
pub use decision::Standing;
pub(crate) use decision::Until;
pub(crate) use projection::{apply_ended, apply_established, apply_voided};

use crate::access::Sighted;
use crate::edit::Edit;
use crate::event::Event;
use crate::failure::{Failure, Refusal};
use crate::session::{Lock, Work};
use crate::text;

/// From one day to another, both included; open while it has no last day. It cannot end before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Days", into = "Days")]
pub struct Period {
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

/// A period as facts spell it.
#[derive(Serialize, Deserialize)]
struct Days {
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

impl From<Period> for Days {
    fn from(Period { starts_on, ends_on }: Period) -> Self {
        Self { starts_on, ends_on }
    }
}

impl TryFrom<Days> for Period {
    type Error = String;

    fn try_from(Days { starts_on, ends_on }: Days) -> Result<Self, String> {
        Self::new(starts_on, ends_on).map_err(|refusal| refusal.message)
    }
}

/// What a relationship is on a day. It is worked out of its window and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is agreed and has not begun.
    Pending,
    /// It holds.
    Active,
    /// It is over.
    Ended,
    /// It was recorded by mistake and never held.
    Voided,
}

impl Period {
    /// From a day to another, or on without an end.
    pub fn new(starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Result<Self, Refusal> {
        match ends_on {
            Some(ends_on) if ends_on < starts_on => {
                let why = format!("endsOn must not be before startsOn, {starts_on}: the last day counts too");
                Err(Refusal::invalid("endsOn", why))
            }
            ends_on => Ok(Self { starts_on, ends_on }),
        }
    }

    /// The first day.
    pub const fn starts_on(&self) -> NaiveDate {
        self.starts_on
    }

    /// The last day, if it is known.
    pub const fn ends_on(&self) -> Option<NaiveDate> {
        self.ends_on
    }

    /// What it is on a day.
    pub fn status(&self, on: NaiveDate) -> Status {
        if on < self.starts_on {
            Status::Pending
        } else if self.ends_on.is_none_or(|last| on <= last) {
            Status::Active
        } else {
            Status::Ended
        }
    }

    /// Whether there is a day that both have.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_in_time = |one: &Self, other: &Self| other.ends_on.is_none_or(|last| one.starts_on <= last);
        begins_in_time(self, other) && begins_in_time(other, self)
    }

    /// The days of it before another begins; `None` when there are none.
    fn before(&self, other: &Self) -> Option<Self> {
        let last = other.starts_on.pred_opt()?;
        let ends_on = self.ends_on.map_or(last, |own| own.min(last));
        (self.starts_on <= ends_on).then_some(Self { starts_on: self.starts_on, ends_on: Some(ends_on) })
    }

    /// The days that both have; `None` when there are none.
    fn within(&self, other: &Self) -> Option<Self> {
        let ends_on = match (self.ends_on, other.ends_on) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        let starts_on = self.starts_on.max(other.starts_on);
        ends_on.is_none_or(|last| starts_on <= last).then_some(Self { starts_on, ends_on })
    }

    /// The days of it after another has ended; `None` when there are none.
    fn after(&self, other: &Self) -> Option<Self> {
        let first = other.ends_on?.succ_opt()?;
        let starts_on = self.starts_on.max(first);
        self.ends_on.is_none_or(|last| starts_on <= last).then_some(Self { starts_on, ends_on: self.ends_on })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ends_on {
            Some(last) => write!(f, "from {} to {last}", self.starts_on),
            None => write!(f, "from {} on", self.starts_on),
        }
    }
}

/// What a relationship is between, as its events name it: the persons are subjects of the log. What a kind does not have is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Between {
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The student.
    pub student_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The other student.
    pub related_student_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The guardian.
    pub guardian_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The member of staff.
    pub staff_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The organization where they work.
    pub organization_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The facility where they work.
    pub facility_id: Option<Uuid>,
}

impl Between {
    /// The persons; one who is both stands once.
    pub fn persons(&self) -> Vec<Uuid> {
        let all = [self.student_id, self.related_student_id, self.guardian_id, self.staff_id];
        let mut all: Vec<Uuid> = all.into_iter().flatten().collect();
        all.dedup();
        all
    }
}

/// One of the three relationships: the facts with which it is established, the table that holds it, and what its kind forbids.
pub trait Relation: Clone + PartialEq + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its table.
    type Entity: Sighted<Model: IntoActiveModel<<Self::Entity as EntityTrait>::ActiveModel> + Send + Sync, ActiveModel: Send>;

    /// What refusals call it.
    const NOUN: &'static str;
    /// How its mutations begin: `studentGuardian`.
    const MUTATION: &'static str;
    /// It was established.
    const ESTABLISHED: &'static str;
    /// It was said when it ends.
    const ENDED: &'static str;
    /// It was voided.
    const VOIDED: &'static str;

    /// A row as the facts that established it would be now.
    fn of(row: &<Self::Entity as EntityTrait>::Model) -> Self;
    /// Whether a row was voided.
    fn is_voided(row: &<Self::Entity as EntityTrait>::Model) -> bool;
    /// The row that an event establishes.
    fn into_row(self, event: &Event) -> <Self::Entity as EntityTrait>::Model;

    /// The organization whose it is.
    fn recorded_by(&self) -> Uuid;
    /// What it is between.
    fn between(&self) -> Between;
    /// The persons, and what each must be.
    fn personas(&self) -> Vec<(Uuid, Persona)>;
    /// When it holds.
    fn period(&self) -> Period;
    /// The same at another time, in place of no other.
    fn over(&self, period: Period) -> Self;

    /// Whether it is the same relationship as another one, so that the two may share no day.
    fn is_same(&self, other: &Self) -> bool;
    /// Whether it is the primary one, of which there is one at a time.
    fn is_primary(&self) -> bool;
    /// The same, but not primary.
    fn demoted(&self) -> Self;
    /// What is said when another one of them is there on some of its days.
    fn overlap(&self, other: &Self) -> Refusal;
    /// What is said when another one is to be primary from a later day on.
    fn rival(&self, other: &Self) -> Refusal;

    /// The rows of the same organization that may stand in its way, voided ones left out.
    fn beside(&self, work: &Work<'_>) -> impl Future<Output = Result<Vec<Standing<Self>>, Failure>> + Send;
}

/// What whoever changes a relationship, or a persona, of a person locks: overlaps, primaries and personas are judged under it, and the
/// log has them in the order in which they were.
pub(crate) fn lock_of(person: Uuid) -> Lock {
    Lock::Name(format!("relationships of {person}"))
}

/// The locks of a change to what is between these persons, who must not be archived or merged meanwhile.
pub(crate) fn locks_of(persons: &[Uuid]) -> Vec<Lock> {
    persons.iter().flat_map(|person| [Lock::Relied(*person), lock_of(*person)]).collect()
}

/// What a row is on a day.
pub fn status<R: Relation>(row: &<R::Entity as EntityTrait>::Model, on: NaiveDate) -> Status {
    if R::is_voided(row) { Status::Voided } else { R::of(row).period().status(on) }
}

/// The window of a row; the table's check says that it does not end before it starts.
pub(crate) fn window(starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Period {
    Period { starts_on, ends_on }
}

/// What people are to each other, in a word or two, or what is missing.
pub(crate) fn label(text: &str, such_as: &str) -> Result<String, Refusal> {
    let label = text::optional_line("label", Some(text), text::LINE)?;
    label.ok_or_else(|| {
        Refusal::invalid("label", format!("label must say what they are to each other, such as {such_as:?}"))
    })
}

/// The last day of a new row: as told, or that of the row whose place it takes, if that is not over by then.
pub(crate) fn last_day(edit: &Edit<NaiveDate>, before: Option<&Period>, starts_on: NaiveDate) -> Option<NaiveDate> {
    let before = before.map(|before| before.ends_on.filter(|last| *last >= starts_on));
    told(&edit.clone().map(Some), before, None)
}

/// Whether a last day was said, or that there is none.
pub(crate) const fn until(edit: &Edit<NaiveDate>) -> Until {
    match edit {
        Edit::Keep => Until::LeftOut,
        Edit::Set(_) | Edit::Clear => Until::Told,
    }
}

/// What a field of a new row says: as told, as the row has it that it takes the place of, or as usual.
pub(crate) fn told<T: Clone>(edit: &Edit<T>, before: Option<T>, usual: T) -> T {
    match edit {
        Edit::Set(value) => value.clone(),
        Edit::Clear => usual,
        Edit::Keep => before.unwrap_or(usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(starts_on: &str, ends_on: &str) -> Period {
        Period::new(day(starts_on), (!ends_on.is_empty()).then(|| day(ends_on))).unwrap()
    }

    #[test]
    fn a_period_cannot_end_before_it_starts_and_may_last_one_day() {
        let refused = Period::new(day("2026-03-02"), Some(day("2026-03-01"))).unwrap_err();
        assert_eq!(refused.field, ["endsOn"]);
        assert_eq!(refused.message, "endsOn must not be before startsOn, 2026-03-02: the last day counts too");
        assert!(Period::new(day("2026-03-02"), Some(day("2026-03-02"))).is_ok());
        let facts = serde_json::json!({ "starts_on": "2026-03-02", "ends_on": "2026-03-01" });
        assert!(serde_json::from_value::<Period>(facts).is_err(), "nor can one be read off a log");
    }

    #[test]
    fn both_ends_count_and_the_status_follows_from_the_day() {
        let term = period("2026-02-01", "2026-06-30");
        for (on, status) in [
            ("2026-01-31", Status::Pending),
            ("2026-02-01", Status::Active),
            ("2026-06-30", Status::Active),
            ("2026-07-01", Status::Ended),
        ] {
            assert_eq!(term.status(day(on)), status, "{on}");
        }
        assert_eq!(period("2026-02-01", "").status(day("2999-01-01")), Status::Active);
    }

    #[test]
    fn periods_overlap_when_they_share_a_day() {
        let term = period("2026-02-01", "2026-06-30");
        for (other, shares) in [
            (period("2026-06-30", ""), true),
            (period("2026-07-01", ""), false),
            (period("2026-01-01", "2026-01-31"), false),
            (period("2026-01-01", "2026-02-01"), true),
            (period("2026-03-01", "2026-03-01"), true),
            (period("2025-01-01", ""), true),
        ] {
            assert_eq!(term.overlaps(&other), shares, "{other}");
            assert_eq!(other.overlaps(&term), shares, "{other}");
            assert_eq!(term.within(&other).is_some(), shares, "{other}");
        }
    }

    #[test]
    fn a_period_falls_into_what_is_before_within_and_after_another() {
        let (year, summer) = (period("2026-01-01", "2026-12-31"), period("2026-06-01", "2026-08-31"));
        assert_eq!(year.before(&summer), Some(period("2026-01-01", "2026-05-31")));
        assert_eq!(year.within(&summer), Some(summer));
        assert_eq!(year.after(&summer), Some(period("2026-09-01", "2026-12-31")));
        assert_eq!(summer.before(&year), None);
        assert_eq!(summer.after(&year), None);
        let open = period("2026-07-01", "");
        assert_eq!(year.after(&open), None);
        assert_eq!(open.after(&year), Some(period("2027-01-01", "")));
        assert_eq!(year.within(&open), Some(period("2026-07-01", "2026-12-31")));
    }

    #[test]
    fn a_field_is_as_told_or_as_before_or_as_usual() {
        assert_eq!(told(&Edit::Set(3), Some(2), 0), 3);
        assert_eq!(told(&Edit::Keep, Some(2), 0), 2);
        assert_eq!(told(&Edit::Keep, None, 0), 0);
        assert_eq!(told(&Edit::Clear, Some(2), 0), 0);
    }
}
