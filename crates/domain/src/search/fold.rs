//! Text as ASCII letters and digits, each with where in the text it came from. It decides nothing about what is searched.

use std::ops::Range;

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Lower-case ASCII that some text folds to. Each byte knows the characters that it came from, as a range of the text's bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    pub text: String,
    pub origins: Vec<Range<usize>>,
}

impl Folded {
    fn push(&mut self, folded: &str, origin: &Range<usize>) {
        self.text.push_str(folded);
        self.origins.resize(self.text.len(), origin.clone());
    }

    /// These, one after the other without anything between.
    pub fn joined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut joined = Self::default();
        for part in parts {
            joined.text.push_str(&part.text);
            joined.origins.extend_from_slice(&part.origins);
        }
        joined
    }

    /// Where the text came from that stands at these bytes of the folded one.
    pub fn origin(&self, at: Range<usize>) -> Option<Range<usize>> {
        let of = self.origins.get(at)?;
        Some(of.first()?.start..of.last()?.end)
    }
}

/// What one character, with everything that combines with it, is to a search.
enum Piece {
    /// Letters and digits.
    Word(String),
    /// It parts a word into what may be written apart or together: `O'Brien`, `Smith-Jones`, `J.R.`.
    Soft(char),
    /// It parts words.
    Hard(char),
    /// It is not there: marks of direction, joiners, soft hyphens.
    Nothing,
}

fn piece(cluster: &str) -> Piece {
    let mut word = String::new();
    let mut mark = None;
    for character in cluster.nfkc().flat_map(bare) {
        if character.is_alphanumeric() || is_combining_mark(character) {
            let ascii = any_ascii_char(character);
            word.extend(ascii.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
        } else if mark.is_none() && !is_ignorable(character) {
            mark = Some(character);
        }
    }
    if !word.is_empty() {
        return Piece::Word(word);
    }
    match mark {
        Some('\'' | '’' | '‘' | '‛' | '`' | '´' | '′' | '׳' | '״' | '"' | '“' | '”') => {
            Piece::Soft('\'')
        }
        Some('-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '־') => Piece::Soft('-'),
        Some(c @ ('.' | '/' | '&' | '_')) => Piece::Soft(c),
        Some('·' | '‧') => Piece::Soft('.'),
        Some(c) => Piece::Hard(if c.is_ascii_punctuation() { c } else { ' ' }),
        None => Piece::Nothing,
    }
}

/// Letters that are written in more than one way without being another letter, where the transliteration would tell them apart.
fn bare(character: char) -> Option<char> {
    match character {
        'أ' | 'إ' | 'آ' | 'ٱ' => Some('ا'),
        'ى' | 'ی' | 'ئ' => Some('ي'),
        'ة' | 'ہ' | 'ھ' => Some('ه'),
        'ک' => Some('ك'),
        'ؤ' => Some('و'),
        // Vowel signs, Arabic and Hebrew, and the letter that only stretches: most people leave them out.
        '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}' => None,
        'ё' => Some('е'),
        'Ё' => Some('Е'),
        other => Some(other),
    }
}

fn is_ignorable(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn pieces(text: &str) -> impl Iterator<Item = (Range<usize>, Piece)> {
    // Half-width kana carry their voicing in a character of its own, which no rule of clusters joins to them.
    let mut clusters: Vec<Range<usize>> = Vec::new();
    for (at, cluster) in text.grapheme_indices(true) {
        let range = at..at + cluster.len();
        match clusters.last_mut() {
            Some(last) if matches!(cluster, "\u{ff9e}" | "\u{ff9f}") => last.end = range.end,
            _ => clusters.push(range),
        }
    }
    clusters.into_iter().map(move |range| (range.clone(), piece(&text[range])))
}

/// The words of a text, each as the parts that it may be written in.
pub fn terms(text: &str) -> Vec<Vec<Folded>> {
    let mut terms = vec![vec![Folded::default()]];
    for (range, piece) in pieces(text) {
        match piece {
            Piece::Word(folded) => {
                let part = terms.last_mut().and_then(|term| term.last_mut());
                part.expect("there is always a term with a part").push(&folded, &range);
            }
            Piece::Soft(_) => terms.last_mut().expect("there is always a term").push(Folded::default()),
            Piece::Hard(_) => terms.push(vec![Folded::default()]),
            Piece::Nothing => {}
        }
    }
    for term in &mut terms {
        term.retain(|part| !part.text.is_empty());
    }
    terms.retain(|term| !term.is_empty());
    terms
}

/// The text without blanks, with the punctuation of email addresses.
pub fn solid(text: &str) -> Folded {
    let mut solid = Folded::default();
    for (range, piece) in pieces(text) {
        match piece {
            Piece::Word(folded) => solid.push(&folded, &range),
            Piece::Soft(mark) | Piece::Hard(mark) if is_of_email(mark) => {
                solid.push(mark.encode_utf8(&mut [0; 4]), &range)
            }
            _ => {}
        }
    }
    solid
}

/// Whether the solid form of an email address keeps it.
pub fn is_of_email(mark: char) -> bool {
    matches!(mark, '@' | '.' | '-' | '_' | '+')
}

/// The digits of a text.
pub fn digits(text: &str) -> Folded {
    let mut digits = Folded::default();
    for (range, piece) in pieces(text) {
        if let Piece::Word(folded) = piece
            && folded.bytes().all(|byte| byte.is_ascii_digit())
        {
            digits.push(&folded, &range);
        }
    }
    digits
}

/// The text in ASCII with its punctuation, for reading what somebody typed. Whatever has no form in ASCII is a blank.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for (_, piece) in pieces(text) {
        match piece {
            Piece::Word(folded) => plain.push_str(&folded),
            Piece::Soft(mark) | Piece::Hard(mark) => plain.push(mark),
            Piece::Nothing => {}
        }
    }
    plain
}

/// Whether it is written in a script that puts no blanks between words.
pub fn is_unspaced(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
    })
}

/// Whether it is written in a script that leaves vowels out, or writes them so that a transliteration does.
pub fn is_unvowelled(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{eff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let terms = terms(text);
        terms
            .iter()
            .map(|term| term.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("'"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn every_script_and_width_becomes_lower_case_ascii() {
        for (text, folded) in [
            ("Ivan ИВАН Йван", "ivan ivan yvan"),
            ("ß Ø ł ı İ Æ Þ Đ Å", "ss o l i i ae th d a"),
            ("Élodie E\u{301}lodie", "elodie elodie"),
            ("Γιώργος Παπά", "giorgos papa"),
            ("１２３ ٣٤٥ ७८", "123 345 78"),
            ("ｶﾞト ガト", "gato gato"),
            ("王小明 김철수", "wangxiaoming gimcheolsu"),
            ("أحمد احمد", "hmd hmd"),
            ("محمّد محمد مـحمد", "mhmd mhmd mhmd"),
            ("Ёлкин Елкин", "elkin elkin"),
            ("राहुल", "rahul"),
            ("O’Brien O'Brien OʼBrien", "o'brien o'brien obrien"),
            ("Smith–Jones Smith-Jones", "smith'jones smith'jones"),
            ("Jane 🎉 Doe\u{a0}Roe", "jane doe roe"),
            ("zero\u{200b}width so\u{ad}ft", "zerowidth soft"),
            ("«%_\\» …", ""),
        ] {
            assert_eq!(words(text), folded, "{text}");
        }
    }

    #[test]
    fn each_letter_knows_where_it_came_from() {
        let text = "Weiß 👩‍🚀 e\u{301}z";
        let terms = terms(text);
        let word = &terms[0][0];
        assert_eq!(word.text, "weiss");
        assert_eq!(&text[word.origin(3..5).unwrap()], "ß");
        assert_eq!(&text[word.origin(3..4).unwrap()], "ß", "half a letter is the whole of it");
        let last = &terms[1][0];
        assert_eq!(&text[last.origin(0..1).unwrap()], "e\u{301}");
        assert_eq!(plain("+٤٤ (0)20–7946"), "+44 (0)20-7946");
        assert_eq!(solid("Jane.Doe@Bücher.example").text, "jane.doe@bucher.example");
        assert_eq!(digits("(555) 222-22x2").text, "555222222");
    }
}
