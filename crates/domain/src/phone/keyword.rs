//! What the owner of a number says with a text message of one word: the keywords that carriers know. It looks at the whole message and at
//! nothing else: a word within a sentence is not meant.

use unicode_normalization::UnicodeNormalization as _;

/// What a message says about text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// No more of them.
    Stop,
    /// Again.
    Start,
    /// What this is about.
    Help,
}

const STOP: [&str; 10] =
    ["stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out"];
const START: [&str; 3] = ["start", "unstop", "yes"];
const HELP: [&str; 2] = ["help", "info"];

/// The keyword that a whole message is, whatever its case, blanks, quotes and punctuation.
pub fn keyword(message: &str) -> Option<Keyword> {
    // Full-width letters and their like are the letters that they look like.
    let lower = message.nfkc().collect::<String>().to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // No keyword has more words; a long message is not joined for nothing.
    if words.len() > 2 {
        return None;
    }
    let said = words.join(" ");
    let is_one_of = |keywords: &[&str]| keywords.contains(&said.as_str());
    if is_one_of(&STOP) {
        Some(Keyword::Stop)
    } else if is_one_of(&START) {
        Some(Keyword::Start)
    } else if is_one_of(&HELP) {
        Some(Keyword::Help)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As keyboards of East Asia may write it.
    fn full_width(letter: char) -> char {
        if letter == ' ' { '\u{3000}' } else { char::from_u32(u32::from(letter) - 0x21 + 0xff01).unwrap() }
    }

    #[test]
    fn every_keyword_is_read_in_any_dress() {
        for (words, meant) in
            [(STOP.as_slice(), Keyword::Stop), (START.as_slice(), Keyword::Start), (HELP.as_slice(), Keyword::Help)]
        {
            for word in words {
                let upper = word.to_uppercase();
                for text in [
                    (*word).to_owned(),
                    upper.clone(),
                    format!("  {upper}!\r\n"),
                    word.chars().map(full_width).collect(),
                    format!("\"{word}\"."),
                    format!("\u{201c}{upper}\u{201d}"),
                    upper.replace(' ', "-"),
                    upper.replace(' ', "  "),
                ] {
                    assert_eq!(keyword(&text), Some(meant), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_word_within_a_sentence_is_not_meant() {
        for text in [
            "",
            "  ",
            "…",
            "please stop",
            "Stop by at five",
            "don't stop",
            "stop stop",
            "yes please",
            "stopped",
            "ends",
            "start over now",
        ] {
            assert_eq!(keyword(text), None, "{text:?}");
        }
    }
}
