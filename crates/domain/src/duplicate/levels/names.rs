//! Two names beside each other.

use super::super::Census;
use super::super::name::Name;
use super::super::word::{Word, looks};
use super::graded;

graded! { First { Unknown, Same, Short, Part, Initial, Near, Sounds, OtherInitial, Different } }
graded! { Middle { Unknown, Same, Initial, Different } }
graded! { Last { Unknown, Same, Part, Near, Sounds, Initial, Different } }
graded! {
    /// How many others of the name are to be expected: with a name that agrees, one that nearly does, and where the names were swapped.
    Whole { None, Rarest, Rare, Some, Common, Commoner, Commonest, NearRarest, NearRare, NearSome, NearCommon, Swapped }
}
graded! { Generation { Unknown, Same, OneOnly, Different } }
/// What the names say together, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    Full,
    Initial,
    Near,
    Family,
    Given,
    Neither,
    Unknown,
}

/// What two names have in common.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    pub first: First,
    pub middle: Middle,
    pub last: Last,
    pub is_swapped: bool,
    pub agreement: Agreement,
}

/// Two first names, or two words of them.
fn first(one: &Word, other: &Word) -> First {
    if one.letters == other.letters {
        return if one.is_initial() { First::Initial } else { First::Same };
    }
    if one.is_initial() || other.is_initial() {
        return if one.letters.first() == other.letters.first() { First::Initial } else { First::OtherInitial };
    }
    if one.is_short_for(other) {
        return First::Short;
    }
    let (a, b) = (one.letters.bytes(), other.letters.bytes());
    let shortest = a.len().min(b.len());
    let slips = one.letters.slips(&other.letters);
    // John and Joan are two: other ways to write one name stand with its short forms.
    if is_other_sex(one, other) || (one.is_known && other.is_known && slips < 3) {
        return First::Different;
    }
    if (slips == 1 && (shortest >= 3 || a.len() == b.len() && a[0] == b[1])) || (slips == 2 && shortest >= 6) {
        return First::Near;
    }
    if shortest >= 3 && (a.starts_with(b) || b.starts_with(a)) {
        return First::Short;
    }
    if one.sounds_like(other) || slips == 1 || (shortest >= 4 && looks(a, b) >= 0.9) {
        return First::Sounds;
    }
    if shortest >= 3 && (one.is_nearly_short_for(other) || other.is_nearly_short_for(one)) {
        return First::Near;
    }
    First::Different
}

/// Mario and Maria, Paul and Paula.
fn is_other_sex(one: &Word, other: &Word) -> bool {
    let (long, short) = if one.letters.len() >= other.letters.len() { (one, other) } else { (other, one) };
    let (long, name) = (long.letters.bytes(), short.letters.bytes());
    let Some((end, stem)) = long.split_last() else { return false };
    match name.split_last() {
        Some((second, other_stem)) if long.len() == name.len() => {
            stem == other_stem && matches!((end, second), (b'a', b'o') | (b'o', b'a'))
        }
        _ => *end == b'a' && stem == name && short.is_known,
    }
}

fn last(one: &Word, other: &Word) -> Last {
    if one.letters == other.letters {
        return if one.is_initial() { Last::Initial } else { Last::Same };
    }
    if one.is_initial() || other.is_initial() {
        return if one.letters.first() == other.letters.first() { Last::Initial } else { Last::Different };
    }
    let (a, b) = (one.letters.bytes(), other.letters.bytes());
    let shortest = a.len().min(b.len());
    let slips = one.letters.slips(&other.letters);
    if one.is_known && other.is_known && slips < 3 {
        return Last::Sounds;
    }
    if (slips == 1 && (shortest >= 3 || a.len() == b.len() && a[0] == b[1])) || (slips == 2 && shortest >= 6) {
        return Last::Near;
    }
    if shortest >= 4 && (one.sounds_like(other) || looks(a, b) >= 0.92) {
        return Last::Sounds;
    }
    Last::Different
}

/// The given names of two: the first ones, or else a middle name by which somebody goes.
fn given(one: &Name, other: &Name) -> First {
    let (Some(a), Some(b)) = (one.first(), other.first()) else { return First::Unknown };
    let plain = first(a, b);
    if matches!(plain, First::Same | First::Short) {
        return plain;
    }
    let is_full = |word: &&Word| !word.is_initial();
    let goes_by = one
        .given
        .iter()
        .filter(is_full)
        .any(|word| other.given.iter().filter(is_full).any(|second| word.letters == second.letters));
    // Mary Ann and Maryann.
    let joined = |name: &Name| name.given.iter().flat_map(|word| word.letters.bytes().to_vec()).collect::<Vec<u8>>();
    let is_joined = || one.given.len() != other.given.len() && joined(one) == joined(other);
    if goes_by || ((one.given.len() > 1 || other.given.len() > 1) && is_joined()) { First::Part } else { plain }
}

/// The family names of two. Of double-barrelled names one part may be missing.
fn family(one: &Name, other: &Name) -> Last {
    if one.family.is_empty() || other.family.is_empty() {
        return Last::Unknown;
    }
    if one.family.len() == 1 && other.family.len() == 1 {
        return last(&one.family[0], &other.family[0]);
    }
    if one.family.iter().map(|word| word.letters).eq(other.family.iter().map(|word| word.letters)) {
        return Last::Same;
    }
    let joined = |name: &Name| name.family.iter().flat_map(|word| word.letters.bytes().to_vec()).collect::<Vec<u8>>();
    if joined(one) == joined(other) {
        return Last::Same;
    }
    let best =
        one.family.iter().flat_map(|a| other.family.iter().map(move |b| last(a, b))).min_by_key(|level| match level {
            Last::Unknown => Last::Different,
            level => *level,
        });
    match best.unwrap_or(Last::Different) {
        Last::Same => Last::Part,
        Last::Near => Last::Sounds,
        Last::Sounds | Last::Initial => Last::Different,
        level => level,
    }
}

fn middle(one: &Name, other: &Name) -> Middle {
    let (Some(a), Some(b)) = (one.given.get(1), other.given.get(1)) else { return Middle::Unknown };
    match first(a, b) {
        First::Initial => Middle::Initial,
        First::Same | First::Short | First::Near | First::Sounds => Middle::Same,
        _ => Middle::Different,
    }
}

fn agreement(first: First, last: Last) -> Agreement {
    use First as F;
    use Last as L;
    match (first, last) {
        (F::Unknown, _) | (_, L::Unknown) => Agreement::Unknown,
        (F::Same | F::Short | F::Part, L::Same | L::Part) => Agreement::Full,
        (F::Initial, L::Same | L::Part) | (F::Same | F::Short, L::Initial) => Agreement::Initial,
        (F::Near | F::Sounds, L::Same | L::Part | L::Near | L::Sounds)
        | (F::Same | F::Short | F::Part | F::Initial, L::Near | L::Sounds) => Agreement::Near,
        (F::OtherInitial | F::Different, L::Same | L::Part | L::Near) => Agreement::Family,
        (F::Same | F::Short | F::Part | F::Near, L::Different | L::Initial) => Agreement::Given,
        _ => Agreement::Neither,
    }
}

fn turned(name: &Name) -> Name {
    Name { given: name.family.clone(), family: name.given.clone(), generation: name.generation }
}

/// Two names, in whichever order agrees.
pub fn of(one: &Name, other: &Name) -> Names {
    let plain = in_order(one, other);
    if plain.agreement <= Agreement::Initial || !may_be_swapped(one, other) {
        return plain;
    }
    // Which of the two is the wrong way round is not known.
    let turned_one = in_order(&turned(one), other);
    let turned_other = in_order(one, &turned(other));
    let order = |names: &Names| (names.agreement, names.first, names.last);
    let swapped = if order(&turned_one) <= order(&turned_other) { turned_one } else { turned_other };
    if swapped.agreement <= Agreement::Near && swapped.agreement < plain.agreement {
        return Names { is_swapped: true, ..swapped };
    }
    plain
}

/// A look that costs little: each first name is like the other's last.
fn may_be_swapped(one: &Name, other: &Name) -> bool {
    let alike = |a: Option<&Word>, b: Option<&Word>| {
        a.zip(b).is_some_and(|(a, b)| {
            a.letters == b.letters || a.sounds_like(b) || a.is_short_for(b) || a.letters.slips(&b.letters) < 3
        })
    };
    alike(one.first(), other.last()) && alike(one.last(), other.first())
}

fn in_order(one: &Name, other: &Name) -> Names {
    let (first, last) = (given(one, other), family(one, other));
    Names { first, middle: middle(one, other), last, is_swapped: false, agreement: agreement(first, last) }
}

pub fn generation(one: &Name, other: &Name) -> Generation {
    match (one.generation, other.generation) {
        (0, 0) => Generation::Unknown,
        (0, _) | (_, 0) => Generation::OneOnly,
        (a, b) if a == b => Generation::Same,
        _ => Generation::Different,
    }
}

/// How many others of this name are to be expected: of the rarer of both ways to write it.
pub fn namesakes(one: &Name, other: &Name, census: &Census) -> f64 {
    let of = |name: &Name| name.first().zip(name.last()).map(|(first, last)| census.namesakes(first, last));
    match (of(one), of(other)) {
        (Some(a), Some(b)) => a.max(b),
        (Some(a), None) | (None, Some(a)) => a,
        (None, None) => f64::INFINITY,
    }
}

pub fn whole(names: &Names, namesakes: f64) -> Whole {
    if names.is_swapped {
        return Whole::Swapped;
    }
    match names.agreement {
        Agreement::Full => match namesakes {
            n if n < 0.01 => Whole::Rarest,
            n if n < 0.1 => Whole::Rare,
            n if n < 1.0 => Whole::Some,
            n if n < 5.0 => Whole::Common,
            n if n < 25.0 => Whole::Commoner,
            _ => Whole::Commonest,
        },
        Agreement::Near if names.first == First::Sounds || names.last == Last::Sounds => Whole::None,
        Agreement::Initial | Agreement::Near => match namesakes {
            n if n < 0.03 => Whole::NearRarest,
            n if n < 0.3 => Whole::NearRare,
            n if n < 5.0 => Whole::NearSome,
            _ => Whole::NearCommon,
        },
        _ => Whole::None,
    }
}
