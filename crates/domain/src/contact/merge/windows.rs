//! What becomes of windows when two people turn out to be one: the survivor's rows and the duplicate's of one and the same thing share
//! no day, none of the days is lost, and of several primary ones on a day one stays. Pure.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::days::{Days, Span};

/// What a row says beside its days.
pub(super) type Says = Map<String, Value>;

/// Some days of a row, and what it says of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// The row that they come from.
    pub of: Uuid,
    /// Which days.
    pub span: Span,
    /// What is said of them.
    pub says: Says,
    /// Whether the survivor's own row is primary on them: where there can be one only, it is that one.
    pub leads: bool,
}

fn days<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Days {
    pieces.into_iter().map(|piece| piece.span).collect()
}

fn cut(piece: &Piece, days: &Days) -> Vec<Piece> {
    days.spans().iter().map(|span| Piece { span: *span, ..piece.clone() }).collect()
}

/// Lays the duplicate's pieces under the survivor's: on days that both have, the survivor's row says what `together` makes of both.
pub(super) fn unite(survivors: &[Piece], duplicates: &[Piece], together: fn(&Says, &Says) -> Says) -> Vec<Piece> {
    let covered = days(survivors);
    let mut united = Vec::new();
    for piece in survivors {
        let own: Days = [piece.span].into_iter().collect();
        united.extend(cut(piece, &own.without(&days(duplicates))));
        for other in duplicates {
            if let Some(span) = piece.span.within(other.span) {
                let says = together(&piece.says, &other.says);
                united.push(Piece { span, says, ..piece.clone() });
            }
        }
    }
    for piece in duplicates {
        let own: Days = [piece.span].into_iter().collect();
        united.extend(cut(piece, &own.without(&covered)));
    }
    joined(united)
}

/// Leaves one primary piece a day: those that lead, then the earlier. What loses the flag keeps its days.
pub(super) fn one_primary(mut pieces: Vec<Piece>, flag: &str) -> Vec<Piece> {
    pieces.sort_by_key(|piece| (!piece.leads, piece.span, piece.of));
    let mut taken = Days::default();
    let mut settled = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if piece.says.get(flag) != Some(&Value::Bool(true)) {
            settled.push(piece);
            continue;
        }
        settled.extend(yielded(&piece, flag, &taken));
        taken = taken.and(&[piece.span].into_iter().collect());
    }
    joined(settled)
}

/// A primary piece, in the order of its days: it leads no more on the days that are taken, and keeps them.
pub(super) fn yielded(piece: &Piece, flag: &str, taken: &Days) -> Vec<Piece> {
    let own: Days = [piece.span].into_iter().collect();
    let mut plain = piece.clone();
    plain.says.insert(flag.to_owned(), Value::Bool(false));
    let mut pieces = cut(piece, &own.without(taken));
    pieces.extend(cut(&plain, &own.within(taken)));
    pieces.sort_by_key(|piece| piece.span);
    pieces
}

/// Pieces of one row that adjoin and say the same are one piece.
fn joined(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_by_key(|piece| (piece.of, piece.span));
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last)
                if last.of == piece.of
                    && last.says == piece.says
                    && last.leads == piece.leads
                    && last.span.adjoins(piece.span) =>
            {
                last.span = last.span.with(piece.span);
            }
            _ => joined.push(piece),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;
    use serde_json::json;

    use super::*;

    const LAST: u32 = 12;

    fn day(number: u32) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?)
    }

    /// Random numbers that are the same in every run.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: u32) -> u32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((self.0 >> 33) % u64::from(limit)).unwrap_or_default()
        }
    }

    /// Windows of one side, none of which share a day.
    fn side(dice: &mut Dice, rows: std::ops::Range<u128>, is_survivors: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut from = 1 + dice.below(3);
        for of in rows {
            let to = from + dice.below(4);
            if to > LAST {
                break;
            }
            let is_primary = dice.below(2) == 0;
            let says = Says::from_iter([
                ("is_primary".to_owned(), json!(is_primary)),
                ("of".to_owned(), json!(dice.below(2))),
            ]);
            let span = Span::new(day(from), day(to));
            pieces.push(Piece { of: Uuid::from_u128(of), span, says, leads: is_survivors && is_primary });
            from = to + 1 + dice.below(3);
        }
        pieces
    }

    fn by_day(pieces: &[Piece]) -> BTreeMap<u32, Vec<&Piece>> {
        let mut days: BTreeMap<u32, Vec<&Piece>> = BTreeMap::new();
        for piece in pieces {
            for number in 1..=LAST + 4 {
                if piece.span.within(Span::new(day(number), day(number))).is_some() {
                    days.entry(number).or_default().push(piece);
                }
            }
        }
        days
    }

    fn together(one: &Says, other: &Says) -> Says {
        let mut says = one.clone();
        let either = one["is_primary"] == json!(true) || other["is_primary"] == json!(true);
        says.insert("is_primary".to_owned(), json!(either));
        says
    }

    #[test]
    fn no_day_is_lost_none_is_double_and_each_says_what_was_said() {
        let mut dice = Dice(7);
        for _ in 0..5_000 {
            let (survivors, duplicates) = (side(&mut dice, 1..4, true), side(&mut dice, 11..14, false));
            let (before, other) = (by_day(&survivors), by_day(&duplicates));
            let united = unite(&survivors, &duplicates, together);
            let after = by_day(&united);
            for number in 1..=LAST + 4 {
                let told = after.get(&number).map_or(&[][..], Vec::as_slice);
                match (before.get(&number), other.get(&number)) {
                    (None, None) => assert!(told.is_empty()),
                    (Some(one), None) | (None, Some(one)) => {
                        assert_eq!((&told[0].of, &told[0].says, told.len()), (&one[0].of, &one[0].says, 1))
                    }
                    (Some(one), Some(other)) => {
                        assert_eq!((told[0].of, told.len()), (one[0].of, 1));
                        assert_eq!(told[0].says, together(&one[0].says, &other[0].says));
                    }
                }
            }
        }
    }

    #[test]
    fn one_is_primary_a_day_and_who_loses_the_flag_keeps_the_days() {
        let mut dice = Dice(11);
        for _ in 0..5_000 {
            let mut pieces = side(&mut dice, 1..4, true);
            pieces.extend(side(&mut dice, 11..14, false));
            let before = by_day(&pieces);
            let settled = one_primary(pieces.clone(), "is_primary");
            let after = by_day(&settled);
            assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
            for (number, told) in &after {
                let primary = |all: &[&Piece]| {
                    all.iter()
                        .filter(|piece| piece.says["is_primary"] == json!(true))
                        .map(|piece| piece.of)
                        .collect::<Vec<_>>()
                };
                let (was, is) = (primary(&before[number]), primary(told));
                assert_eq!(told.len(), before[number].len(), "no day is lost");
                assert_eq!(is.len(), was.len().min(1), "one stays where there was one");
                assert!(is.iter().all(|of| was.contains(of)));
                let led = before[number].iter().find(|piece| piece.leads).map(|piece| piece.of);
                assert!(led.is_none_or(|of| is == [of]), "the survivor's own stays");
            }
        }
    }
}
