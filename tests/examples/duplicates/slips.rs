//! How fields go wrong: under the fingers, by ear, in a field that was too short.

use super::dice::Dice;

const NEIGHBOURS: [&str; 26] = [
    "qsz", "vgn", "xvd", "sfe", "wrd", "dgr", "fht", "gjy", "uok", "hkn", "jlm", "kpo", "nk", "bmh", "ipl", "ol", "wa",
    "etf", "adw", "rgy", "yij", "cbf", "qes", "zcs", "tuh", "xas",
];
const BY_EAR: [(&str, &str); 22] = [
    ("ph", "f"),
    ("f", "ph"),
    ("c", "k"),
    ("k", "c"),
    ("ck", "k"),
    ("ie", "y"),
    ("y", "ie"),
    ("ei", "ie"),
    ("ie", "ei"),
    ("z", "s"),
    ("s", "z"),
    ("sch", "sh"),
    ("ll", "l"),
    ("nn", "n"),
    ("tt", "t"),
    ("ss", "s"),
    ("son", "sen"),
    ("sen", "son"),
    ("v", "w"),
    ("mc", "mac"),
    ("th", "t"),
    ("i", "y"),
];

/// The text with one slip of whatever kind.
pub fn slipped(dice: &mut Dice, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return text.to_owned();
    }
    if dice.hits(0.2) {
        let lower = text.to_lowercase();
        let fitting: Vec<&(&str, &str)> = BY_EAR.iter().filter(|(right, _)| lower.contains(right)).collect();
        if !fitting.is_empty() && lower.is_ascii() {
            let (right, wrong) = **dice.of_list(&fitting);
            let mut heard = lower.replacen(right, wrong, 1);
            if text.starts_with(char::is_uppercase) {
                heard = capital(&heard);
            }
            return heard;
        }
    }
    // The first letter is seldom wrong.
    let at = if dice.hits(0.08) { 0 } else { 1 + dice.below(letters.len() - 1) };
    let mut wrong = letters.clone();
    match dice.below(4) {
        0 => {
            wrong.remove(at);
        }
        1 => {
            let doubled = letters[at];
            wrong.insert(at, if dice.hits(0.6) { doubled.to_ascii_lowercase() } else { beside(dice, doubled) });
        }
        2 => wrong[at] = beside(dice, letters[at]),
        _ => {
            let other = if at + 1 < letters.len() { at + 1 } else { at - 1 };
            wrong.swap(at, other);
        }
    }
    wrong.into_iter().collect()
}

fn beside(dice: &mut Dice, letter: char) -> char {
    let lower = letter.to_ascii_lowercase();
    if lower.is_ascii_digit() {
        return char::from(b'0' + u8::try_from(dice.below(10)).unwrap_or_default());
    }
    if !lower.is_ascii_lowercase() {
        return 'e';
    }
    let near: Vec<char> = NEIGHBOURS[usize::from(lower as u8 - b'a')].chars().collect();
    let beside = *dice.of_list(&near);
    if letter.is_uppercase() { beside.to_ascii_uppercase() } else { beside }
}

/// The digits with one wrong, or two swapped; the first `kept` stay.
pub fn misdialled(dice: &mut Dice, number: &str, kept: usize) -> String {
    let mut digits: Vec<char> = number.chars().collect();
    let at = kept + dice.below(digits.len().saturating_sub(kept + 1));
    if at + 1 < digits.len() && dice.hits(0.4) {
        digits.swap(at, at + 1);
    } else if dice.hits(0.85) {
        digits[at] = beside(dice, '0');
    } else {
        digits.remove(at);
    }
    digits.into_iter().collect()
}

/// With its first letter a capital.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
