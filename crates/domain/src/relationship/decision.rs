//! What starting and ending a relationship comes to, given what stands there. Pure: it reads and writes nothing.

use chrono::NaiveDate;
use liaison_entity::Node;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::{Period, Relation};
use crate::failure::{Refusal, RefusalCode};

/// A row as decisions look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing<R> {
    /// Its id.
    pub id: Uuid,
    /// How many events it has seen.
    pub version: i32,
    /// What it says.
    pub relation: R,
}

impl<R: Relation> Standing<R> {
    /// A row of the table.
    pub fn of(row: &<R::Entity as EntityTrait>::Model) -> Self {
        Self { id: R::Entity::id(row), version: R::Entity::version(row), relation: R::of(row) }
    }
}

/// What a start comes to: rows that end, and then rows that begin, each without an overlap at any step.
#[derive(Debug, PartialEq)]
pub(super) struct Plan<R> {
    /// Rows that end on another day than they did.
    pub ended: Vec<(Standing<R>, NaiveDate)>,
    /// Rows that open again because the new one takes from them what there is one of.
    pub reopened: Vec<R>,
}

/// How the last day of a new row came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The caller said it.
    Told,
    /// It is that of the row whose place the new one takes, or there is none.
    LeftOut,
}

/// The row in which one goes on from the day after its last: it was split, because another one was primary for some days, or changed.
fn next_of<'a, R: Relation>(row: &Standing<R>, others: &'a [Standing<R>]) -> Option<&'a Standing<R>> {
    let next = row.relation.period().ends_on()?.succ_opt()?;
    others.iter().find(|other| other.relation.is_same(&row.relation) && other.relation.period().starts_on() == next)
}

/// What starting `new` comes to, in place of `replaced` if that is given, beside `others`. Whoever is primary on days of a new primary one
/// is not on those days, and is again afterwards; so is a row of the same persons after the days for which it is replaced.
pub(super) fn start<R: Relation>(
    new: &R,
    until: Until,
    replaced: Option<&Standing<R>>,
    others: &[Standing<R>],
) -> Result<Plan<R>, Refusal> {
    let mut plan = Plan { ended: Vec::new(), reopened: Vec::new() };
    let period = new.period();
    if let Some(replaced) = replaced {
        plan.ended.push((replaced.clone(), last_day_of(replaced, period)?));
        // What is said of the whole must not hold of its first piece only.
        if until == Until::LeftOut
            && let Some(next) = next_of(replaced, others)
        {
            let why = format!(
                "the {} that this is to replace goes on {} in the row {}: say endsOn if this is for the days before, or end or void that one first",
                R::NOUN,
                next.relation.period(),
                next.id
            );
            return Err(Refusal::invalid("replaces", why));
        }
        let sorted = |relation: &R| {
            let mut persons = relation.between().persons();
            persons.sort_unstable();
            persons
        };
        if sorted(new) == sorted(&replaced.relation) {
            plan.reopened.extend(replaced.relation.period().after(&period).map(|after| replaced.relation.over(after)));
        }
    }
    let standing = others.iter().filter(|other| replaced.is_none_or(|replaced| replaced.id != other.id));
    for other in standing.filter(|other| other.relation.period().overlaps(&period)) {
        if new.is_same(&other.relation) {
            return Err(new.overlap(&other.relation));
        }
        if !(new.is_primary() && other.relation.is_primary()) {
            continue;
        }
        let theirs = other.relation.period();
        let Some(before) = theirs.before(&period) else {
            return Err(new.rival(&other.relation));
        };
        let last = before.ends_on().unwrap_or(before.starts_on());
        plan.ended.push((other.clone(), last));
        plan.reopened.extend(theirs.within(&period).map(|during| other.relation.demoted().over(during)));
        plan.reopened.extend(theirs.after(&period).map(|after| other.relation.over(after)));
    }
    Ok(plan)
}

/// The day before a new row begins, which must be a day of the row that it takes the place of.
fn last_day_of<R: Relation>(replaced: &Standing<R>, new: Period) -> Result<NaiveDate, Refusal> {
    let period = replaced.relation.period();
    // One that ends the day before anyway goes over without a gap.
    let is_over = |last: &NaiveDate| last.succ_opt().is_some_and(|next| next < new.starts_on());
    if let Some(ended) = period.ends_on().filter(is_over) {
        let why = format!(
            "the {} that this is to replace ends on {ended}, before startsOn: leave replaces out to begin a new one",
            R::NOUN
        );
        return Err(Refusal::invalid("replaces", why));
    }
    match period.before(&new).and_then(|before| before.ends_on()) {
        Some(last) => Ok(last),
        None => {
            let why = format!(
                "startsOn must be after {}, on which the {} begins that this is to replace; if that one is wrong, {}Void it",
                period.starts_on(),
                R::NOUN,
                R::MUTATION
            );
            Err(Refusal::invalid("startsOn", why))
        }
    }
}

/// The period that a row has when it ends on this day; `None` when it does so already. One that goes on longer than it did must not
/// run into others.
pub(super) fn end<R: Relation>(
    row: &Standing<R>,
    ends_on: NaiveDate,
    others: &[Standing<R>],
) -> Result<Option<Period>, Refusal> {
    let was = row.relation.period();
    if was.ends_on() == Some(ends_on) {
        return Ok(None);
    }
    let period = Period::new(was.starts_on(), Some(ends_on))?;
    if was.ends_on().is_some_and(|last| ends_on < last)
        && let Some(next) = next_of(row, others)
    {
        let why = format!(
            "this {} goes on {} in the row {}: end or void that one first",
            R::NOUN,
            next.relation.period(),
            next.id
        );
        return Err(Refusal::invalid("endsOn", why));
    }
    let longer = row.relation.over(period);
    for other in others.iter().filter(|other| other.id != row.id && other.relation.period().overlaps(&period)) {
        let is_barred = longer.is_same(&other.relation) || (longer.is_primary() && other.relation.is_primary());
        if is_barred {
            let why = format!(
                "endsOn must be before {}: from then on another {} stands in its place",
                other.relation.period().starts_on(),
                R::NOUN
            );
            return Err(Refusal::new(RefusalCode::Overlaps, "endsOn", why));
        }
    }
    Ok(Some(period))
}

#[cfg(test)]
mod tests;
