//! Two names beside each other.

use super::super::Census;
use super::super::name::Name;
use super::super::word::{Letters, Word, looks};
use super::graded;

graded! { First { Unknown, Same, Short, Part, Near, Initial, Sounds, OtherInitial, Different } }
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
    /// Of one part nobody knows the name, and the other agrees.
    Missing,
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
    // John and Joan are two, Zoe and Joe: other ways to write one name stand with its short forms.
    if (one.is_given && other.is_given) || is_other_sex(one, other) {
        return if is_beginning(one, other) || is_beginning(other, one) { First::Short } else { First::Different };
    }
    let (a, b) = (one.letters.bytes(), other.letters.bytes());
    let shortest = a.len().min(b.len());
    let slips = one.letters.slips(&other.letters);
    // A slip makes of a name what is none. Of two that nobody knows, the first letters are seldom mistaken.
    let is_one_a_name = one.is_given || other.is_given;
    let may_slip = is_one_a_name || a[0] == b[0] || shortest >= 6 || one.is_transposed(other);
    let is_slip = (slips == 1 && (shortest >= 3 || one.is_transposed(other))) || (slips == 2 && shortest >= 6);
    if is_slip && may_slip {
        return First::Near;
    }
    if shortest >= 3 && (a.starts_with(b) || b.starts_with(a)) {
        return First::Short;
    }
    if (slips == 1 && (may_slip || shortest >= 4)) || (shortest >= 4 && (one.sounds_like(other) || looks(a, b) >= 0.9))
    {
        return First::Sounds;
    }
    if shortest >= 3 && (one.is_nearly_short_for(other) || other.is_nearly_short_for(one)) {
        return First::Near;
    }
    if is_unvowelled(a, b) { First::Near } else { First::Different }
}

/// Whether one is a short name, and the other begins with it: Sam and Samara, though Sam stands with Samuel.
fn is_beginning(one: &Word, other: &Word) -> bool {
    let (short, long) = (one.letters.bytes(), other.letters.bytes());
    one.roots[0] != 0 && (3..=4).contains(&short.len()) && long.len() >= short.len() + 2 && long.starts_with(short)
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
        _ => *end == b'a' && stem == name && short.is_given,
    }
}

/// Whether one is the other without its vowels, as what was written in Arabic or Hebrew reads: `mhmd` and Mohammed.
fn is_unvowelled(one: &[u8], other: &[u8]) -> bool {
    let is_vowel = |byte: &u8| b"aeiouy".contains(byte);
    if one.iter().any(is_vowel) == other.iter().any(is_vowel) || one.len().min(other.len()) < 3 {
        return false;
    }
    // Doubled letters are written once there.
    let bare = |word: &[u8]| {
        let mut bare: Vec<u8> = word.iter().copied().filter(|byte| !is_vowel(byte)).collect();
        bare.dedup();
        bare
    };
    bare(one) == bare(other)
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
    if (slips == 1 && (shortest >= 3 || one.is_transposed(other))) || (slips == 2 && shortest >= 6) {
        return Last::Near;
    }
    if shortest >= 4 && (one.sounds_like(other) || looks(a, b) >= 0.92) {
        return Last::Sounds;
    }
    if is_unvowelled(a, b) { Last::Near } else { Last::Different }
}

/// The given names of two: the first ones, or else a middle name by which somebody goes.
fn given(one: &[Word], other: &[Word]) -> First {
    let (Some(a), Some(b)) = (one.first(), other.first()) else { return First::Unknown };
    let plain = first(a, b);
    if matches!(plain, First::Same | First::Short) || (one.len() == 1 && other.len() == 1) {
        return plain;
    }
    let is_full = |word: &&Word| !word.is_initial();
    // Min Jun and Seo Jun are two: the name by which one goes stands first somewhere.
    let is_among =
        |first: &Word, words: &[Word]| words.iter().filter(is_full).any(|word| word.letters == first.letters);
    let goes_by = is_among(a, other) || is_among(b, one);
    // Mary Ann and Maryann.
    if goes_by || (one.len() != other.len() && joined(one) == joined(other)) { First::Part } else { plain }
}

/// The words of a name, written together.
fn joined(words: &[Word]) -> Letters {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.letters.bytes().iter().copied()).collect();
    Letters::of(&String::from_utf8_lossy(&bytes))
}

/// A family name, and how it is written with its particles.
type Family<'a> = (&'a [Word], Letters);

/// The family names of two. Of double-barrelled names one part may be missing.
fn family(one: Family<'_>, other: Family<'_>) -> Last {
    let ((one, one_together), (other, other_together)) = (one, other);
    if one.is_empty() || other.is_empty() {
        return Last::Unknown;
    }
    if one.len() == 1 && other.len() == 1 {
        let plain = last(&one[0], &other[0]);
        let are_together = !(one_together.is_empty() && other_together.is_empty())
            && plain != Last::Same
            && is_together(one_together, other_together, one[0].letters, other[0].letters);
        return if are_together { Last::Same } else { plain };
    }
    if one.iter().map(|word| word.letters).eq(other.iter().map(|word| word.letters)) {
        return Last::Same;
    }
    let (one_joined, other_joined) = (joined(one), joined(other));
    if one_joined == other_joined || is_together(one_together, other_together, one_joined, other_joined) {
        return Last::Same;
    }
    let best = one.iter().flat_map(|a| other.iter().map(move |b| last(a, b))).min_by_key(|level| match level {
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

/// Whether one is the other with its particles: De La Cruz and Delacruz, El Masri and Almasri.
fn is_together(one: Letters, other: Letters, one_joined: Letters, other_joined: Letters) -> bool {
    // `el` and `al` are one article.
    let article = |letters: Letters| {
        let bytes = letters.bytes();
        if bytes.starts_with(b"el") {
            Letters::of(&format!("al{}", String::from_utf8_lossy(&bytes[2..])))
        } else {
            letters
        }
    };
    let is = |a: Letters, b: Letters| !a.is_empty() && !b.is_empty() && article(a) == article(b);
    is(one, other) || is(one, other_joined) || is(one_joined, other)
}

fn middle(one: &[Word], other: &[Word]) -> Middle {
    let (Some(a), Some(b)) = (one.get(1), other.get(1)) else { return Middle::Unknown };
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
        (F::Unknown, L::Same | L::Part | L::Near) | (F::Same | F::Short | F::Part | F::Near, L::Unknown) => {
            Agreement::Missing
        }
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

/// Two names, in whichever order agrees.
pub fn of(one: &Name, other: &Name) -> Names {
    let plain = in_order(one, other, false, false);
    if plain.agreement <= Agreement::Initial {
        return plain;
    }
    // One word for the whole name, as what was written without blanks reads: 王小明 and Xiaoming Wang.
    if plain.agreement >= Agreement::Neither && is_one_word(one, other) {
        return Names { first: First::Same, last: Last::Same, agreement: Agreement::Full, ..plain };
    }
    if !may_be_swapped(one, other) {
        return plain;
    }
    // Which of the two is the wrong way round is not known.
    let turned_one = in_order(one, other, true, false);
    let turned_other = in_order(one, other, false, true);
    let order = |names: &Names| (names.agreement, names.first, names.last, names.middle);
    let swapped = if order(&turned_one) <= order(&turned_other) { turned_one } else { turned_other };
    if swapped.agreement <= Agreement::Near && swapped.agreement < plain.agreement {
        return Names { is_swapped: true, ..swapped };
    }
    plain
}

/// Whether one name is a single word, and the other's words make it.
fn is_one_word(one: &Name, other: &Name) -> bool {
    let (whole, parts) = if one.words().count() == 1 { (one, other) } else { (other, one) };
    if whole.words().count() != 1 || parts.given.is_empty() || parts.family.is_empty() {
        return false;
    }
    let Some(word) = whole.words().next().filter(|word| word.letters.len() >= 6) else { return false };
    let is = |first: &[Word], then: &[Word]| joined(&[first, then].concat()) == word.letters;
    is(&parts.family, &parts.given) || is(&parts.given, &parts.family)
}

/// A look that costs little: some given name of each is like some family name of the other.
fn may_be_swapped(one: &Name, other: &Name) -> bool {
    let alike = |a: &Word, b: &Word| {
        a.letters == b.letters || a.sounds_like(b) || a.is_short_for(b) || a.letters.slips(&b.letters) < 3
    };
    let any = |given: &[Word], family: &[Word]| given.iter().any(|a| family.iter().any(|b| alike(a, b)));
    any(&one.given, &other.family) && any(&other.given, &one.family)
}

/// Two names, one of them the other way round where that is said.
fn in_order(one: &Name, other: &Name, is_one_turned: bool, is_other_turned: bool) -> Names {
    fn parts(name: &Name, is_turned: bool) -> (&[Word], Family<'_>) {
        if is_turned {
            (&name.family, (&name.given, Letters::default()))
        } else {
            (&name.given, (&name.family, name.together))
        }
    }
    let (one, other) = (parts(one, is_one_turned), parts(other, is_other_turned));
    let (first, last) = (given(one.0, other.0), family(one.1, other.1));
    Names { first, middle: middle(one.0, other.0), last, is_swapped: false, agreement: agreement(first, last) }
}

pub fn generation(one: &Name, other: &Name) -> Generation {
    match (one.generation, other.generation) {
        (0, 0) => Generation::Unknown,
        (0, _) | (_, 0) => Generation::OneOnly,
        (a, b) if a == b => Generation::Same,
        _ => Generation::Different,
    }
}

/// How many others of this name are to be expected: of the commoner of both ways to write it.
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
        Agreement::Initial | Agreement::Near => match namesakes {
            n if n < 0.03 => Whole::NearRarest,
            n if n < 0.3 => Whole::NearRare,
            n if n < 5.0 => Whole::NearSome,
            _ => Whole::NearCommon,
        },
        _ => Whole::None,
    }
}
