//! What somebody typed into a search, and the few ways to read it. A row is found when all words of one reading are found in it.
//! It looks at nothing but the text and the country in which numbers without a prefix are read.

use unicode_normalization::UnicodeNormalization;

use super::document::calling_code;
use super::{fold, slip};
use crate::failure::Refusal;
use crate::text;

/// The longest search, in characters.
pub const MOST_CHARACTERS: usize = 200;
/// The most words of a search; a phone number is one, however it is grouped.
pub const MOST_WORDS: usize = 10;
/// More readings than this are not tried.
const MOST_READINGS: usize = 16;
/// A word of more parts than this is read as one.
const MOST_PARTS: usize = 5;
/// From so many digits on they may be a phone number and not only a piece of one.
const NUMBER: usize = 7;

/// A search that can be read: trimmed, bounded, with something in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Search(String);

/// A word that must be found: lower-case ASCII letters and digits, or an email address or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// The keys of the words that it may be a slip of.
    pub(crate) slips: Vec<i64>,
}

/// Words that must all be found.
pub type Reading = Vec<Word>;

/// The ways to read a search; none when it has neither letter nor digit, and then it finds nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings(pub Vec<Reading>);

/// A piece of what was typed.
#[derive(Debug, PartialEq, Eq)]
enum Chunk {
    /// Letters, perhaps with digits and punctuation.
    Word(String),
    /// Digits and what numbers are written with, in one or several groups.
    Digits(Vec<String>),
    /// `x204`, `ext. 204`, `#204`.
    Extension(String),
}

impl Search {
    /// Reads the argument: blank is no search at all.
    pub fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        let text: String = text.trim().nfc().collect();
        let refuse = |why: String| Err(Refusal::invalid("search", why));
        if let Some(bad) = text.chars().find(|c| c.is_control() && !c.is_whitespace()) {
            return refuse(format!("search must be text without control characters; it has U+{:04X}", u32::from(bad)));
        }
        let length = text.chars().count();
        if length > MOST_CHARACTERS {
            return refuse(format!("search may have at most {MOST_CHARACTERS} characters; it has {length}"));
        }
        let search = Self(text);
        let words = search.chunks().len();
        if words > MOST_WORDS {
            return refuse(format!("search may have at most {MOST_WORDS} words; it has {words}"));
        }
        Ok(if search.0.is_empty() { None } else { Some(search) })
    }

    /// Whether it holds enough digits for a number that is read with a country.
    pub fn asks_for_a_number(&self) -> bool {
        fold::digits(&self.0).text.len() >= NUMBER || self.vanity().is_some()
    }

    /// The ways to read it, where numbers without a prefix are of `region`.
    pub fn readings(&self, region: &str) -> Readings {
        let chunks = self.chunks();
        let mut readings: Vec<Vec<String>> = vec![Vec::new()];
        for chunk in &chunks {
            let ways = match chunk {
                Chunk::Word(word) => ways_of_word(word),
                Chunk::Extension(digits) => vec![vec![format!("x{digits}")]],
                Chunk::Digits(groups) => ways_of_digits(groups, region),
            };
            if !ways.is_empty() {
                let next =
                    ways.iter().flat_map(|way| readings.iter().map(move |before| [before.as_slice(), way].concat()));
                readings = next.take(MOST_READINGS).collect();
            }
        }
        // `de la Cruz` for `Delacruz`, `john smith` for `johnsmith@…`.
        let words: Option<Vec<&str>> = chunks
            .iter()
            .map(|chunk| match chunk {
                Chunk::Word(word) if !word.contains('@') => Some(word.as_str()),
                _ => None,
            })
            .collect();
        if let Some(words) = words.filter(|words| (2..=4).contains(&words.len())) {
            readings.push(vec![words.concat().chars().filter(char::is_ascii_alphanumeric).collect()]);
        }
        if let Some(e164) = self.vanity().and_then(|number| e164(&number, region)) {
            readings.push(vec![e164]);
        }
        let mut read: Vec<Reading> = Vec::new();
        for mut words in readings {
            words.retain(|word| !word.is_empty());
            words.sort();
            words.dedup();
            let reading: Reading = words.into_iter().map(Word::of).collect();
            if !reading.is_empty() && !read.contains(&reading) {
                read.push(reading);
            }
        }
        Readings(read)
    }

    fn plain(&self) -> String {
        let plain = fold::plain(&self.0).replace(";ext=", " x");
        plain.chars().map(|c| if c == ',' || c == ';' { ' ' } else { c }).collect()
    }

    /// A number that is spelt with letters: `1-800-FLOWERS`.
    fn vanity(&self) -> Option<String> {
        let plain = self.plain();
        let mut marks = plain.chars();
        let begins = marks.next().is_some_and(|c| c.is_ascii_digit() || c == '+');
        let letters = plain.chars().filter(char::is_ascii_alphabetic).count();
        let fits = plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ' ' | '.' | '(' | ')'));
        let total = plain.chars().filter(char::is_ascii_alphanumeric).count();
        (begins && fits && letters >= 3 && (10..=13).contains(&total)).then_some(plain)
    }

    fn chunks(&self) -> Vec<Chunk> {
        let plain = self.plain();
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut typed = plain.split_whitespace().peekable();
        while let Some(piece) = typed.next() {
            let piece =
                ["tel:", "sms:", "mailto:"].iter().find_map(|scheme| piece.strip_prefix(scheme)).unwrap_or(piece);
            let (piece, glued) = unglued(piece);
            if let Some(digits) = extension(piece) {
                chunks.push(Chunk::Extension(digits));
            } else if is_marker(piece) && typed.peek().is_some_and(|next| is_digits(next)) {
                chunks.push(Chunk::Extension(typed.next().unwrap_or_default().to_owned()));
            } else if piece.chars().all(is_of_number) {
                if piece.chars().any(|c| c.is_ascii_digit()) || piece.contains('+') {
                    match chunks.last_mut() {
                        Some(Chunk::Digits(groups)) => groups.push(piece.to_owned()),
                        _ => chunks.push(Chunk::Digits(vec![piece.to_owned()])),
                    }
                }
            } else if piece.chars().any(|c| c.is_ascii_alphanumeric()) {
                chunks.push(Chunk::Word(piece.to_owned()));
            }
            chunks.extend(glued.map(Chunk::Extension));
        }
        chunks
    }
}

impl Word {
    fn of(text: String) -> Self {
        let slips = slip::asked(&text).into_iter().collect();
        Self { text, slips }
    }

    /// The word as a pattern of LIKE: nothing in it but itself.
    pub(crate) fn pattern(&self) -> String {
        self.text.replace('_', "\\_")
    }

    /// Whether it is too short to be looked for within words: then it must begin one.
    pub fn is_short(&self) -> bool {
        self.text.len() < 3
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '.' | '-' | '/' | '*' | '[' | ']' | '\'')
}

/// What stands before an extension, in English and, folded, in Russian (`доб.`, `вн.`).
const MARKERS: [&str; 7] = ["extension", "extn", "ext", "dob", "vn", "x", "#"];

fn is_marker(piece: &str) -> bool {
    MARKERS.contains(&piece.trim_end_matches(['.', ':', '=']))
}

fn extension(piece: &str) -> Option<String> {
    let digits = MARKERS.iter().find_map(|marker| piece.strip_prefix(marker))?.trim_start_matches(['.', ':', '=', '-']);
    let digits = digits.trim_end_matches('.');
    (is_digits(digits) && digits.len() <= 11).then(|| digits.to_owned())
}

/// A number with its extension right behind it: `5552222222x204`.
fn unglued(piece: &str) -> (&str, Option<String>) {
    let at = piece.find(|c: char| c.is_ascii_alphabetic() || c == '#');
    let Some((number, rest)) = at.filter(|at| *at > 0).map(|at| piece.split_at(at)) else { return (piece, None) };
    let is_number = number.chars().all(is_of_number) && number.chars().filter(char::is_ascii_digit).count() >= 5;
    match extension(rest).filter(|_| is_number) {
        Some(extension) => (number, Some(extension)),
        None => (piece, None),
    }
}

fn ways_of_word(word: &str) -> Vec<Vec<String>> {
    let solid: String = word.chars().filter(|c| c.is_ascii_alphanumeric() || fold::is_of_email(*c)).collect();
    if solid.contains('@') {
        return vec![vec![solid]];
    }
    let parts: Vec<String> =
        word.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let mut ways = Vec::new();
    if parts.len() <= MOST_PARTS {
        ways.push(parts.clone());
    }
    // What is written apart or together, and not what merely stands side by side.
    let is_soft = |c: char| c.is_ascii_alphanumeric() || matches!(c, '\'' | '-' | '.' | '/' | '&' | '_' | '+');
    if parts.len() > MOST_PARTS || parts.len() > 1 && word.chars().all(is_soft) {
        ways.push(vec![parts.concat()]);
        if solid.trim_matches(['.', '-', '+']).contains(['.', '_', '+', '-']) {
            ways.push(vec![solid]);
        }
    }
    ways
}

fn e164(number: &str, region: &str) -> Option<String> {
    text::phone(number, None, region).ok()?.e164.map(|e164| e164.trim_start_matches('+').to_owned())
}

/// The digits of a number in the forms in which rows keep them: E.164 as the region reads it; without a prefix for calling abroad;
/// without what is dialled at home only. The kept digits hold the whole number, so what is left of it is found in them.
fn ways_of_digits(groups: &[String], region: &str) -> Vec<Vec<String>> {
    let typed = groups.join(" ");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let all = digits(&typed);
    let apart: Vec<String> = groups.iter().map(|group| digits(group)).filter(|group| !group.is_empty()).collect();
    let mut ways: Vec<Vec<String>> = Vec::new();
    let mut push = |way: Vec<String>| {
        if !way.is_empty() && way.iter().all(|word| !word.is_empty()) && !ways.contains(&way) {
            ways.push(way);
        }
    };
    if all.len() >= NUMBER {
        push(e164(&typed, region).into_iter().collect());
        let bare = digits(&typed.replace("(0)", " "));
        let abroad = bare.strip_prefix("00").or_else(|| bare.strip_prefix("011").filter(|rest| rest.len() >= 8));
        let international =
            abroad.or(typed.contains('+').then_some(bare.as_str())).map(|number| number.trim_start_matches('0'));
        if let Some(number) = international {
            let (code, national) = number.split_at(calling_code(number).min(number.len()));
            push(vec![number.to_owned()]);
            push(vec![format!("{code}{}", national.trim_start_matches('0'))]);
        } else {
            if let Some(national) = bare.strip_prefix('8').filter(|national| national.len() == 10) {
                push(vec![national.to_owned()]);
            }
            if let Some(national) = bare.strip_prefix("06").filter(|national| national.len() == 9) {
                push(vec![national.to_owned()]);
            }
            push(vec![bare.trim_start_matches('0').to_owned()]);
        }
    }
    push(vec![all.clone()]);
    let by_blanks_only = groups.iter().all(|group| is_digits(group));
    if (2..=MOST_PARTS).contains(&apart.len()) && by_blanks_only {
        push(apart);
    } else if groups.len() == 1 && all.len() < 10 {
        // `62703-1234` is a postal code as well.
        let parts: Vec<String> =
            typed.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if parts.len() > 1 && parts.iter().all(|part| part.len() >= 3) {
            push(parts);
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, region: &str) -> Vec<String> {
        let readings = Search::parse(text).unwrap().unwrap().readings(region);
        readings
            .0
            .iter()
            .map(|reading| reading.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[track_caller]
    fn reads(text: &str, region: &str, as_one_of: &str) {
        let readings = read(text, region);
        assert!(readings.iter().any(|reading| reading == as_one_of), "{text} is read as {readings:?}, not {as_one_of}");
    }

    #[test]
    fn names_are_read_apart_and_together() {
        assert_eq!(read("John", "US"), ["john"]);
        reads("Smith, John", "US", "john smith");
        for (text, one) in [
            ("O’Brien", "obrien"),
            ("O'Brien", "brien o"),
            ("Smith-Jones", "jones smith"),
            ("Smith-Jones", "smithjones"),
            ("de la Cruz", "delacruz"),
            ("o brien", "obrien"),
            ("J.R. Ewing", "ewing jr"),
            ("Иван", "ivan"),
            ("AT&T", "att"),
        ] {
            reads(text, "US", one);
        }
        assert_eq!(read("jane.doe@Acme.example", "US"), ["jane.doe@acme.example"]);
        reads("acme.example", "US", "acme.example");
        reads("@bücher", "US", "@bucher");
    }

    #[test]
    fn numbers_are_read_in_every_spelling() {
        for spelling in [
            "555-222-2222",
            "(555) 222-2222",
            "555.222.2222",
            "1 555 222 2222",
            "+1 555 222 2222",
            "5552222222",
            "+1\u{a0}(555)\u{a0}222‑2222",
            "001 555 222 2222",
            "５５５-２２２-２２２２",
            "٥٥٥ ٢٢٢ ٢٢٢٢",
            "tel:+1-555-222-2222",
        ] {
            reads(spelling, "US", "15552222222");
        }
        for spelling in
            ["+44 (0)20 7946 0000", "0044 20 7946 0000", "011 44 20 7946 0000", "+44 20 7946 0000", "+44 020 7946 0000"]
        {
            reads(spelling, "US", "442079460000");
        }
        reads("020 7946 0000", "US", "2079460000");
        reads("020 7946 0000", "GB", "442079460000");
        reads("8 (912) 345-67-89", "US", "9123456789");
        reads("8 912 345 67 89", "RU", "79123456789");
        reads("1-800-FLOWERS", "US", "18003569377");
        reads("222-2222", "US", "2222222");
        reads("2222", "US", "2222");
        reads("555 222", "US", "222 555");
        reads("555 222", "US", "555222");
        reads("62703-1234", "US", "1234 62703");
        reads("SW1A 1AA", "GB", "1aa sw1a");
    }

    #[test]
    fn extensions_are_read_with_and_without_their_number() {
        for text in ["x204", "ext. 204", "ext 204", "Ext.204", "#204", "extension 204", "доб. 204", "# 204"] {
            assert_eq!(read(text, "US"), ["x204"], "{text}");
        }
        for text in [
            "555-222-2222 x204",
            "555-222-2222x204",
            "+1 555 222 2222 ext. 204",
            "tel:+15552222222;ext=204",
            "5552222222 #204",
        ] {
            reads(text, "US", "15552222222 x204");
        }
    }

    #[test]
    fn a_search_is_bounded_and_nothing_in_it_is_a_pattern() {
        assert_eq!(Search::parse("  \u{a0} "), Ok(None));
        assert!(Search::parse(&"x".repeat(201)).unwrap_err().message.contains("at most 200 characters; it has 201"));
        assert!(Search::parse("a b c d e f g h i j k").unwrap_err().message.contains("at most 10 words; it has 11"));
        assert!(Search::parse("Ja\0ne").unwrap_err().message.contains("U+0000"));
        for text in ["%", "_", "\\", "'", "…", "🎉", "()"] {
            assert_eq!(read(text, "US"), [""; 0], "{text}");
        }
        for text in
            [&"-a".repeat(99), &"王".repeat(200), &"1 2 3 4 5 6 7 8 9 0".repeat(5), "a'b-c d'e-f g'h-i j'k-l m'n-o p'q"]
        {
            let readings = Search::parse(text).unwrap().unwrap().readings("US");
            assert!(readings.0.len() <= MOST_READINGS + 2, "{text}");
            assert!(
                readings
                    .0
                    .iter()
                    .flatten()
                    .all(|word| word.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"@.-_+".contains(&b)))
            );
        }
        assert_eq!(Word::of("a_b".to_owned()).pattern(), "a\\_b");
    }
}
