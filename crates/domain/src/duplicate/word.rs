//! A word of a name, as it is compared: its letters, how it sounds, whom it is short for.

use std::fmt;
use std::hash::Hasher;
use std::sync::LazyLock;

use fnv::FnvHasher;
use rphonetic::DoubleMetaphone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{census, nicknames};
use crate::search::fold;

/// FNV-1a of 64 bits over the parts: the same for ever and everywhere, for it is kept in tables.
pub fn hash(parts: &[&[u8]]) -> i64 {
    let mut hasher = FnvHasher::default();
    for part in parts {
        hasher.write(part);
        hasher.write(&[0]);
    }
    hasher.finish().cast_signed()
}

/// The words of a text in lower-case ASCII. What may be written apart or together (`O'Brien`, `J.R.`) is told apart by `join`: an apostrophe joins, the rest
/// parts.
pub fn words(text: &str) -> Vec<String> {
    if text.is_ascii() {
        let mut words = vec![String::new()];
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' => words.last_mut().expect("there is one").push(char::from(byte)),
                b'A'..=b'Z' => words.last_mut().expect("there is one").push(char::from(byte.to_ascii_lowercase())),
                b'\'' | b'`' => {}
                _ => words.push(String::new()),
            }
        }
        words.retain(|word| !word.is_empty());
        return words;
    }
    let joined: String = text.chars().filter(|c| !matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´')).collect();
    fold::terms(&joined).into_iter().flatten().map(|part| part.text).collect()
}

/// Up to sixteen letters, which compare as one number.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Letters([u8; 16]);

impl Letters {
    pub fn of(word: &str) -> Self {
        let mut letters = [0; 16];
        // No letter is cut in two, so that it reads as it was written.
        let mut end = word.len().min(letters.len());
        while !word.is_char_boundary(end) {
            end -= 1;
        }
        letters[..end].copy_from_slice(&word.as_bytes()[..end]);
        Self(letters)
    }

    pub fn len(&self) -> usize {
        self.0.iter().position(|byte| *byte == 0).unwrap_or(16)
    }

    pub fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0[..self.len()]
    }

    pub fn first(&self) -> u8 {
        self.0[0]
    }

    /// How many letters were left out, put in, changed or swapped, up to three.
    pub fn slips(&self, other: &Self) -> usize {
        slips(self.bytes(), other.bytes())
    }
}

/// How many bytes were left out, put in, changed or swapped, up to three.
pub fn slips(one: &[u8], other: &[u8]) -> usize {
    if one == other {
        return 0;
    }
    if one.len().abs_diff(other.len()) > 2 {
        return 3;
    }
    // What both begin and end with costs nothing; what is left is mostly a letter, or nothing alike.
    let start = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[start..], &other[start..]);
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    match (one, other) {
        ([], rest) | (rest, []) => return rest.len(),
        ([_], [_]) => return 1,
        ([a, b], [c, d]) => return if (a, b) == (d, c) { 1 } else { 2 },
        _ => {}
    }
    let arguments = rapidfuzz::distance::osa::Args::default().score_cutoff(2);
    rapidfuzz::distance::osa::distance_with_args(one.iter().copied(), other.iter().copied(), &arguments).unwrap_or(3)
}

/// How alike two words look, between 0 and 1 (Jaro-Winkler).
pub fn looks(one: &[u8], other: &[u8]) -> f64 {
    // In one order always: letters are paired greedily, from the first of them on.
    let (one, other) = if one <= other { (one, other) } else { (other, one) };
    rapidfuzz::distance::jaro_winkler::similarity(one.iter().copied(), other.iter().copied())
}

impl fmt::Debug for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.bytes()))
    }
}

impl Serialize for Letters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(self.bytes()))
    }
}

impl<'de> Deserialize<'de> for Letters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer).map(|text| Self::of(&text))
    }
}

/// A word of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    #[serde(rename = "w")]
    pub letters: Letters,
    /// Its sound, up to four letters of it.
    #[serde(rename = "s")]
    pub sound: [u8; 4],
    /// Which full names it may be short for, or is.
    #[serde(rename = "r")]
    pub roots: [u16; nicknames::MOST_ROOTS],
    /// Whether many are called so: it is hardly a slip of another name.
    #[serde(rename = "k", default)]
    pub is_known: bool,
    /// Whether it is a first name: two of those that are alike are two names, as Zoe and Joe are.
    #[serde(rename = "g", default)]
    pub is_given: bool,
}

static METAPHONE: LazyLock<DoubleMetaphone> = LazyLock::new(|| DoubleMetaphone::new(Some(4)));

impl Word {
    pub fn of(word: &str) -> Self {
        let mut sound = [0; 4];
        for (at, byte) in sound.iter_mut().zip(METAPHONE.double_metaphone(word).primary().bytes()) {
            *at = byte;
        }
        let roots = nicknames::roots(word);
        let is_known = roots[0] != 0 || census::is_common(word);
        Self { letters: Letters::of(word), sound, roots, is_known, is_given: is_known || census::is_given(word) }
    }

    pub fn is_initial(&self) -> bool {
        self.letters.len() == 1
    }

    /// Whether both may be names of one and the same: Bob and Robert, Bob and Rob.
    pub fn is_short_for(&self, other: &Self) -> bool {
        // They stand in front, and most names have one line or none.
        other.roots[0] != 0 && self.roots.iter().take_while(|root| **root != 0).any(|root| other.roots.contains(root))
    }

    /// Whether the other, which nobody is called, is with one slip a name that this one is short for, or is called by: Tiom and Thomas.
    pub fn is_nearly_short_for(&self, other: &Self) -> bool {
        if self.roots[0] == 0 || other.is_given {
            return false;
        }
        let is_slip =
            |name: &Letters| name.first() == other.letters.first() && name.len() > 2 && name.slips(&other.letters) == 1;
        self.roots.iter().any(|root| nicknames::names(*root).iter().any(is_slip))
    }

    pub fn sounds_like(&self, other: &Self) -> bool {
        self.sound[0] != 0 && self.sound == other.sound
    }

    /// Whether they differ in one slip that nobody makes but by hand: two letters that stand beside each other are swapped.
    pub fn is_transposed(&self, other: &Self) -> bool {
        let (one, two) = (self.letters.0, other.letters.0);
        let Some(at) = one.iter().zip(&two).position(|(a, b)| a != b) else { return false };
        at + 1 < one.len() && one[at] == two[at + 1] && one[at + 1] == two[at] && one[at + 2..] == two[at + 2..]
    }
}
