//! Filters by chance, the same ones in every run: nested and, or and not over all fields, with values that somebody has.

use serde_json::{Map, Value, json};

use super::Crowd;

/// A generator that is good enough to choose (SplitMix64), with a seed that a failed test can be run with again.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same each time; LIAISON_DICE throws others.
    pub fn thrown(seed: u64) -> Self {
        let others = std::env::var("LIAISON_DICE").ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        Self(seed.wrapping_add(others.wrapping_mul(1_000)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Some of several, now and then none.
    fn some(&mut self, of: &[Value]) -> Value {
        let wanted = if self.once_in(20) { 0 } else { 1 + self.below(3) };
        json!((0..wanted).map(|_| self.one(of).clone()).collect::<Vec<_>>())
    }

    /// A span between two instants that matter to somebody, open at an end now and then.
    fn span(&mut self, instants: &[String]) -> Value {
        let (a, b) = (self.below(instants.len()), self.below(instants.len()));
        let (from, until) = (&instants[a.min(b)], &instants[a.max(b)]);
        match self.below(3) {
            0 => json!({ "from": from }),
            1 => json!({ "until": until }),
            _ if from == until => json!({ "from": from, "until": null }),
            _ => json!({ "from": from, "until": until }),
        }
    }

    fn count(&mut self) -> Value {
        let name = *self.one(&["eq", "gt", "gte", "lt", "lte"]);
        let least = usize::from(name == "lt");
        json!({ name: least + self.below(3) })
    }

    fn related(&mut self, mut row: impl FnMut(&mut Self) -> Value) -> Value {
        match self.below(6) {
            0 => json!({ "count": self.count() }),
            1 => json!({ "none": row(self) }),
            2 => {
                let some = row(self);
                json!({ "some": some, "count": self.count() })
            }
            3 => {
                let (some, none) = (row(self), row(self));
                json!({ "some": some, "none": none })
            }
            _ => json!({ "some": row(self) }),
        }
    }

    /// A period of a role, open at either end now and then.
    fn period(&mut self, crowd: &Crowd) -> Value {
        let mut period = self.span(&crowd.instants);
        for (name, values) in [("organizationIds", "organizations"), ("types", "types")] {
            if self.once_in(2) {
                period[name] = self.some(&crowd.values_of(values));
            }
        }
        period
    }

    /// One to three of these conditions on one row.
    fn row(&mut self, conditions: &[(&str, Kind)], crowd: &Crowd) -> Value {
        let mut row = Map::new();
        for _ in 0..1 + self.below(3) {
            let (name, kind) = self.one(conditions);
            row.insert((*name).to_owned(), self.value(*kind, crowd));
        }
        Value::Object(row)
    }

    fn value(&mut self, kind: Kind, crowd: &Crowd) -> Value {
        match kind {
            Kind::Flag => json!(self.once_in(2)),
            Kind::One(facet) => self.one(&crowd.values_of(facet)).clone(),
            Kind::Some(facet) => self.some(&crowd.values_of(facet)),
            Kind::Span => self.span(&crowd.instants),
        }
    }

    /// A filter, with `depth` levels of and, or and not at most.
    pub fn filter(&mut self, crowd: &Crowd, depth: usize) -> Value {
        let mut filter = Map::new();
        for _ in 0..1 + self.below(2) {
            let (name, value) = match self.below(11) {
                0..4 => {
                    let (name, kind) = *self.one(OWN);
                    (name, self.value(kind, crowd))
                }
                4 | 5 => ("organizations", self.related(|dice| dice.row(ROLES, crowd))),
                6 | 7 => ("phones", self.related(|dice| dice.row(PHONES, crowd))),
                10 => ("linkHistory", self.period(crowd)),
                8 => ("emails", self.related(|dice| dice.row(EMAILS, crowd))),
                _ => ("addresses", self.related(|dice| dice.row(ADDRESSES, crowd))),
            };
            filter.insert(name.to_owned(), value);
        }
        if depth > 0 && self.once_in(2) {
            let parts = |dice: &mut Self, least: usize| {
                json!((0..least + dice.below(3)).map(|_| dice.filter(crowd, depth - 1)).collect::<Vec<_>>())
            };
            match self.below(4) {
                0 => drop(filter.insert("and".to_owned(), parts(self, 0))),
                1 => {
                    // Conditions beside `or` hold too; alone it shows more.
                    filter.clear();
                    filter.insert("or".to_owned(), parts(self, 0));
                }
                _ => drop(filter.insert("not".to_owned(), self.filter(crowd, depth - 1))),
            }
        }
        Value::Object(filter)
    }
}

/// What a condition takes.
#[derive(Clone, Copy)]
enum Kind {
    Flag,
    One(&'static str),
    Some(&'static str),
    Span,
}

const OWN: &[(&str, Kind)] = &[
    ("ids", Kind::Some("ids")),
    ("isActive", Kind::Flag),
    ("firstName", Kind::One("firstNames")),
    ("lastName", Kind::One("lastNames")),
    ("titleContains", Kind::One("titles")),
    ("departmentContains", Kind::One("departments")),
    ("preferredContactMethods", Kind::Some("preferredContactMethods")),
    ("doNotContact", Kind::Flag),
    ("hasLogin", Kind::Flag),
    ("ownerOrganizationIds", Kind::Some("owners")),
    ("createdAt", Kind::Span),
    ("updatedAt", Kind::Span),
];

const ROLES: &[(&str, Kind)] = &[
    ("organizationIds", Kind::Some("organizations")),
    ("types", Kind::Some("types")),
    ("isPrimary", Kind::Flag),
    ("linkedAt", Kind::Span),
];

const PHONES: &[(&str, Kind)] = &[
    ("number", Kind::One("numbers")),
    ("codes", Kind::Some("phoneCodes")),
    ("labels", Kind::Some("labels")),
    ("isPrimary", Kind::Flag),
    ("isSmsCapable", Kind::Flag),
    ("isSmsOptedOut", Kind::Flag),
    ("verificationStates", Kind::Some("phoneVerificationStates")),
    ("linkedAt", Kind::Span),
];

const EMAILS: &[(&str, Kind)] = &[
    ("address", Kind::One("emails")),
    ("codes", Kind::Some("emailCodes")),
    ("labels", Kind::Some("labels")),
    ("isPrimary", Kind::Flag),
    ("isNotificationEnabled", Kind::Flag),
    ("verificationStates", Kind::Some("emailVerificationStates")),
    ("linkedAt", Kind::Span),
];

const ADDRESSES: &[(&str, Kind)] = &[
    ("types", Kind::Some("addressTypes")),
    ("labels", Kind::Some("labels")),
    ("cities", Kind::Some("cities")),
    ("streets", Kind::Some("streets")),
    ("states", Kind::Some("states")),
    ("postalCodes", Kind::Some("postalCodes")),
    ("countries", Kind::Some("countries")),
    ("isPrimary", Kind::Flag),
    ("linkedAt", Kind::Span),
];
