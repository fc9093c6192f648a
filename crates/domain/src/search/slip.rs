//! Words as they are mistyped: keys that two words share when little was left out, put in, changed or swapped between them.
//! A key is FNV-1a of 64 bits, the same for ever and everywhere, for it is kept in tables.

use std::collections::BTreeSet;
use std::hash::Hasher;

use fnv::FnvHasher;

/// Shorter words are too near to one another.
const SHORTEST: usize = 4;
/// From this length on a word may have two slips.
const LONG: usize = 8;
/// Longer words have too many keys.
const LONGEST: usize = 16;

fn key(word: &str) -> i64 {
    let mut hasher = FnvHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish().cast_signed()
}

fn without_one(word: &str) -> impl Iterator<Item = String> + '_ {
    (0..word.len()).map(|at| format!("{}{}", &word[..at], &word[at + 1..]))
}

/// The keys of a word: its own, those of all forms with one letter left out, and of long words with two.
pub fn keys(word: &str) -> BTreeSet<i64> {
    let mut keys = BTreeSet::new();
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) || word.len() < SHORTEST {
        return keys;
    }
    keys.insert(key(word));
    if word.len() > LONGEST {
        return keys;
    }
    for one in without_one(word) {
        keys.insert(key(&one));
        if word.len() >= LONG {
            keys.extend(without_one(&one).map(|two| key(&two)));
        }
    }
    keys
}

/// What is asked for: the keys of a word, the word itself however short, and how it sounds without vowels.
pub fn asked(word: &str) -> BTreeSet<i64> {
    let mut keys = keys(word);
    if word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        keys.insert(key(word));
        keys.extend(skeleton(word).map(|bones| key(&bones)));
    }
    keys
}

/// A word without vowels, as scripts write it that leave them out: `Mohammed` and `محمد` have one skeleton.
pub fn skeleton_key(word: &str) -> BTreeSet<i64> {
    // Some letters of these scripts stand for a consonant or for a vowel.
    let without_v: String = word.chars().filter(|c| *c != 'v').collect();
    [skeleton(word), skeleton(&without_v)].into_iter().flatten().map(|bones| key(&bones)).collect()
}

fn skeleton(word: &str) -> Option<String> {
    let mut bones = String::from("~");
    let mut before = ' ';
    for letter in word.chars() {
        let is_vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'w' | 'y');
        // `sh`, `kh`, `dh`: one letter there, and two here or one.
        let is_breath = letter == 'h' && matches!(before, 'b' | 'c' | 'd' | 'g' | 'j' | 'k' | 'p' | 's' | 't' | 'z');
        if !is_vowel && !is_breath && !bones.ends_with(letter) {
            bones.push(letter);
        }
        before = letter;
    }
    (bones.len() > 2).then_some(bones)
}

/// The key of a spelling that nothing but custom leads to.
pub fn known_as(word: &str) -> i64 {
    key(word)
}

/// How the commonest Korean family names are written abroad, which no transliteration tells.
pub fn romanized(syllable: char) -> &'static [&'static str] {
    match syllable {
        '김' => &["kim"],
        '이' | '리' => &["lee", "yi", "rhee", "ri"],
        '박' => &["park", "pak"],
        '최' => &["choi", "choe"],
        '정' => &["jung", "chung", "jeong"],
        '강' => &["kang"],
        '조' => &["cho", "jo"],
        '윤' => &["yoon", "yun"],
        '장' => &["chang", "jang"],
        '임' => &["lim", "im"],
        '오' => &["oh"],
        '신' => &["shin"],
        '권' => &["kwon"],
        '황' => &["hwang"],
        '안' => &["ahn", "an"],
        '유' | '류' => &["yoo", "yu", "ryu"],
        '전' => &["jeon", "chun"],
        '고' => &["ko", "koh"],
        '문' => &["moon", "mun"],
        '노' => &["noh", "roh"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: &str, other: &str) -> bool {
        !keys(one).is_disjoint(&asked(other))
    }

    #[test]
    fn a_slip_is_forgiven_and_another_word_is_not() {
        for (right, wrong) in [
            ("john", "jonh"),
            ("smith", "smtih"),
            ("smith", "smit"),
            ("smith", "smyth"),
            ("anderson", "andersen"),
            ("anderson", "andersson"),
            ("schwarzenegger", "shwarzeneger"),
            ("aleksandr", "alexander"),
            ("catherine", "katherine"),
        ] {
            assert!(near(right, wrong), "{right} {wrong}");
        }
        for (right, wrong) in
            [("john", "mary"), ("smith", "jones"), ("ann", "bob"), ("anderson", "peterson"), ("li", "lu")]
        {
            assert!(!near(right, wrong), "{right} {wrong}");
        }
    }

    #[test]
    fn keys_are_for_ever() {
        // They are kept in tables: another hash would need every row anew.
        assert_eq!(key(""), 0xcbf2_9ce4_8422_2325_u64.cast_signed());
        assert_eq!(key("a"), 0xaf63_dc4c_8601_ec8c_u64.cast_signed());
        assert_eq!(keys("anna").len(), 4, "anna, nna, ana, ann");
        assert_eq!(keys(&"x".repeat(20)).len(), 1);
    }

    #[test]
    fn names_without_vowels_are_found_with_them() {
        for (kept, asked_for) in
            [("mhmd", "mohammed"), ("mhmd", "muhammad"), ("hmd", "ahmed"), ("dvd", "david"), ("shlvm", "shalom")]
        {
            assert!(!skeleton_key(kept).is_disjoint(&asked(asked_for)), "{kept} {asked_for}");
        }
        assert!(skeleton_key("hmd").is_disjoint(&asked("mohammed")));
    }
}
