//! The values of filters as clients write them: lists, texts, codes, spans of time and numbers, each within its bounds.
//! It knows no field.

use async_graphql::{InputObject, Result};
use chrono::{DateTime, Datelike, Utc};
use liaison_domain::reading::{CountFilter, Span};

use crate::error;

/// The longest list of values that a filter takes.
const MOST_VALUES: usize = 500;

/// A list of values, bounded.
pub(crate) fn values<T, U: From<T>>(field: &str, values: Option<Vec<T>>) -> Result<Option<Vec<U>>> {
    match values {
        Some(values) if values.len() > MOST_VALUES => Err(error::bad_input(format!(
            "{field} may have at most {MOST_VALUES} values; it has {}: ask in several requests",
            values.len()
        ))),
        values => Ok(values.map(|values| values.into_iter().map(U::from).collect())),
    }
}

/// Text of a filter, as it can be compared.
pub(super) fn text(field: &str, value: Option<String>) -> Result<Option<String>> {
    let value = liaison_domain::text::optional_line(field, value.as_deref(), 300);
    value.map_err(|refusal| error::bad_input(refusal.message))
}

/// Texts of a filter. Blank ones are equal to nothing.
pub(crate) fn texts(field: &str, list: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    let list: Option<Vec<String>> = values(field, list)?;
    list.map(|list| list.into_iter().map(|one| Ok(text(field, Some(one))?.unwrap_or_default())).collect()).transpose()
}

/// Codes of a vocabulary, in any case; whether it knows them, the domain looks up.
pub(super) fn codes(list: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    Ok(texts("codes", list)?.map(|list| list.into_iter().map(|code| code.to_lowercase()).collect()))
}

/// Countries, by their codes of two letters, in any case.
pub(super) fn countries(list: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    let list: Option<Vec<String>> = values("countries", list)?;
    let read = |one: String| liaison_domain::text::country("countries", &one);
    let list = list.map(|list| list.into_iter().map(read).collect::<Result<Vec<_>, _>>()).transpose();
    list.map_err(|refusal| error::bad_input(refusal.message))
}

/// A span of time: `from` belongs to it, `until` does not, so that spans side by side share no instant. Give one or both.
#[derive(InputObject, Clone, Copy, Default)]
pub struct DateTimeFilter {
    /// Then or later.
    from: Option<DateTime<Utc>>,
    /// Before then.
    until: Option<DateTime<Utc>>,
}

/// Reads a span; one that can hold nothing is refused.
pub(super) fn span(field: &str, range: Option<DateTimeFilter>) -> Result<Option<Span>> {
    let Some(DateTimeFilter { from, until }) = range else { return Ok(None) };
    for (name, bound) in [("from", from), ("until", until)] {
        // PostgreSQL has no year 0.
        if let Some(bound) = bound.filter(|bound| !(1..=9_999).contains(&bound.year())) {
            return Err(error::bad_input(format!(
                "{field}.{name} must be in the years 1 to 9999; it is in {}",
                bound.year()
            )));
        }
    }
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        return Err(error::bad_input(format!(
            "{field}.until must be later than {field}.from: it is the first instant that no longer belongs to the span"
        )));
    }
    Ok(Some(Span { from, until }))
}

/// Bounds on a number of related rows; all that are given hold.
#[derive(InputObject, Default)]
#[graphql(name = "CountFilter")]
pub struct CountFilterInput {
    /// Exactly so many.
    eq: Option<i32>,
    /// More than so many.
    gt: Option<i32>,
    /// So many or more.
    gte: Option<i32>,
    /// Fewer than so many.
    lt: Option<i32>,
    /// So many or fewer.
    lte: Option<i32>,
}

impl CountFilterInput {
    /// Reads the bounds; those that no number keeps are refused.
    pub(super) fn read(self) -> Result<CountFilter> {
        let bound = |name: &str, asked: Option<i32>| -> Result<Option<u32>> {
            let wrong = |asked| error::bad_input(format!("count.{name} must be 0 or more; it is {asked}"));
            asked.map(|asked| u32::try_from(asked).map_err(|_| wrong(asked))).transpose()
        };
        let read = CountFilter {
            eq: bound("eq", self.eq)?,
            gt: bound("gt", self.gt)?,
            gte: bound("gte", self.gte)?,
            lt: bound("lt", self.lt)?,
            lte: bound("lte", self.lte)?,
        };
        let least = [read.eq, read.gte, read.gt.map(|than| than.saturating_add(1))].into_iter().flatten().max();
        let most = [read.eq.map(i64::from), read.lte.map(i64::from), read.lt.map(|than| i64::from(than) - 1)];
        let most = most.into_iter().flatten().min();
        match (least.map_or(0, i64::from), most) {
            (least, Some(most)) if most < least => Err(error::bad_input(format!(
                "count asks for {least} or more and for fewer than {}: no number is both",
                most + 1
            ))),
            _ => Ok(read),
        }
    }
}
