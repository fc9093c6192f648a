//! One cell that no spreadsheet runs, and the way back. It knows no column.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe before it. So that the apostrophe of `'t Hooft` stays, only one
//! that stands before such a text counts: escaping puts one more before any number of them, unescaping takes exactly one off. Where the
//! list separator is a semicolon (much of Europe), a spreadsheet cuts a file of commas at semicolons, so what follows one is a cell too.

/// Whether a spreadsheet begins a formula with this character, or a dialect of one does. The wide forms are what an East Asian input
/// method types, and some spreadsheets fold them.
const fn begins_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+'
            | '-'
            | '@'
            | '＝'
            | '＋'
            | '－'
            | '＠'
            | '﹦'
            | '﹢'
            | '﹣'
            | '﹫'
            | '−'
            | '⁺'
            | '⁻'
            | '\t'
            | '\r'
            | '\n'
    )
}

/// What a spreadsheet may skip before it looks at the first character.
fn is_skipped(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether the text, apostrophes before it aside, is one that would be run.
fn would_run(text: &str) -> bool {
    let bare = text.trim_start_matches('\'');
    let first = bare.chars().find(|c| begins_formula(*c) || !is_skipped(*c));
    first.is_some_and(begins_formula)
}

/// The text as a cell.
pub fn escaped(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 1);
    for part in text.split_inclusive(';') {
        if would_run(part) {
            cell.push('\'');
        }
        cell.push_str(part);
    }
    cell
}

/// The text of a cell.
pub fn unescaped(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for part in cell.split_inclusive(';') {
        text.push_str(part.strip_prefix('\'').filter(|_| would_run(part)).unwrap_or(part));
    }
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every text of at most `most` of these characters.
    pub(in crate::sheet) fn texts(alphabet: &[char], most: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..most {
            let until = all.len();
            for at in from..until {
                for c in alphabet {
                    all.push(format!("{}{c}", all[at]));
                }
            }
            from = until;
        }
        all
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_escaped() {
        for text in [
            "=HYPERLINK(\"x\")",
            "+16175550123",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\nx",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            " =1",
            "\u{a0}+1",
            "\u{200b}=1",
            "\u{feff}=1",
            "'=1",
            "''+1",
            "\u{3000}－1",
        ] {
            assert_eq!(escaped(text), format!("'{text}"), "{text:?}");
        }
        assert_eq!(escaped("a;=1; +2"), "a;'=1;' +2");
    }

    #[test]
    fn what_is_harmless_stays_as_it_is() {
        for text in ["", "Jane", "'t Hooft", "O'Neil", "a=b", "1-2", "x; y", "\"quoted\"", "😀", "שלום", "'", ";"]
        {
            assert_eq!(escaped(text), text);
            assert_eq!(unescaped(text), text);
        }
    }

    #[test]
    fn every_text_comes_back_and_no_cell_would_run() {
        for text in texts(&['\'', '=', ';', ' ', 'a', '＋', '\n', '\u{200b}'], 5) {
            let cell = escaped(&text);
            assert_eq!(unescaped(&cell), text, "{text:?} as {cell:?}");
            for part in cell.split_inclusive(';') {
                let first = part.chars().find(|c| begins_formula(*c) || !is_skipped(*c));
                assert!(!first.is_some_and(begins_formula), "{text:?} as {cell:?}");
            }
        }
    }
}
