//! Sets of days: what windows come to when two people's are laid over one another. It knows no rows.

use chrono::{Datelike, NaiveDate};

/// From one day to another, both included. What has no beginning or no end reaches as far as days are counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    first: i64,
    last: i64,
}

const EVER: i64 = 1 << 40;

impl Span {
    /// The days of a window; open ends are open.
    pub fn new(first: Option<NaiveDate>, last: Option<NaiveDate>) -> Self {
        let number = |day: NaiveDate| i64::from(day.num_days_from_ce());
        Self { first: first.map_or(-EVER, number), last: last.map_or(EVER, number) }
    }

    fn between(first: i64, last: i64) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The first day, if it has one.
    pub fn starts_on(self) -> Option<NaiveDate> {
        i32::try_from(self.first).ok().and_then(NaiveDate::from_num_days_from_ce_opt)
    }

    /// The last day, if it has one.
    pub fn ends_on(self) -> Option<NaiveDate> {
        i32::try_from(self.last).ok().and_then(NaiveDate::from_num_days_from_ce_opt)
    }

    /// The days that both have.
    pub fn within(self, other: Self) -> Option<Self> {
        Self::between(self.first.max(other.first), self.last.min(other.last))
    }

    /// Whether the other one begins on the day after this one's last.
    pub const fn adjoins(self, other: Self) -> bool {
        self.last + 1 == other.first
    }

    /// Both as one, which adjoin.
    pub const fn with(self, next: Self) -> Self {
        Self { first: self.first, last: next.last }
    }
}

/// Days, as spans in their order that neither overlap nor adjoin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Days(Vec<Span>);

impl FromIterator<Span> for Days {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut all: Vec<Span> = spans.into_iter().collect();
        all.sort_unstable();
        let mut days: Vec<Span> = Vec::with_capacity(all.len());
        for span in all {
            match days.last_mut() {
                Some(before) if span.first <= before.last + 1 => before.last = before.last.max(span.last),
                _ => days.push(span),
            }
        }
        Self(days)
    }
}

impl Days {
    /// The spans, in their order.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The days of either.
    pub fn and(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    /// The days of both.
    pub fn within(&self, other: &Self) -> Self {
        self.0.iter().flat_map(|one| other.0.iter().filter_map(|another| one.within(*another))).collect()
    }

    /// The days of this one that the other one does not have.
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for span in &self.0 {
            let mut first = span.first;
            for gone in &other.0 {
                left.extend(Span::between(first, span.last.min(gone.first - 1)));
                first = first.max(gone.last + 1);
            }
            left.extend(Span::between(first, span.last));
        }
        left.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of the days 0 to 7, by its bits.
    fn set(bits: u8) -> Days {
        (0..8).filter(|day| bits & (1 << day) != 0).map(|day| Span { first: day, last: day }).collect()
    }

    fn bits(days: &Days) -> u8 {
        days.spans().iter().flat_map(|span| span.first..=span.last).fold(0, |bits, day| bits | (1 << day))
    }

    #[test]
    fn every_set_of_eight_days_behaves_as_its_bits_do() {
        for one in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                let (a, b) = (set(one), set(other));
                assert_eq!(bits(&a.and(&b)), one | other);
                assert_eq!(bits(&a.within(&b)), one & other);
                assert_eq!(bits(&a.without(&b)), one & !other);
                for made in [a.and(&b), a.within(&b), a.without(&b)] {
                    let apart = made.spans().windows(2).all(|two| two[0].last + 1 < two[1].first);
                    assert!(apart, "{made:?} is in order and whole");
                }
            }
        }
    }

    #[test]
    fn open_ends_stay_open_and_days_stay_days() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let ever: Days = [Span::new(None, None)].into_iter().collect();
        let june: Days = [Span::new(day("2026-06-01"), day("2026-06-30"))].into_iter().collect();
        let rest = ever.without(&june);
        let told: Vec<_> = rest.spans().iter().map(|span| (span.starts_on(), span.ends_on())).collect();
        assert_eq!(told, [(None, day("2026-05-31")), (day("2026-07-01"), None)]);
        assert_eq!(rest.and(&june), ever);
    }
}
