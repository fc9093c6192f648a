//! A linear look at a document's text before the parser, which overflows its stack on deep brackets. It may not recurse,
//! panic or keep anything, whatever the bytes.
//!
//! It must see brackets wherever the parser would see them. The one place where the two could differ is a string that
//! does not end: there the parser backs up and reads on differently, so such a text is refused here.

use async_graphql::Pos;

use super::limits::Limits;
use super::refusal::{Code, Fault, Refusal};

/// What the look counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Lexical tokens.
    pub tokens: usize,
    /// The most brackets open at once.
    pub brackets: usize,
}

/// Refuses a text of too many bytes, tokens or open brackets, or with a string that does not end.
pub fn scan(text: &[u8], limits: &Limits) -> Result<Scan, Refusal> {
    check_bytes(text, limits)?;
    let found = count(text)?;
    if found.brackets > limits.brackets {
        return Err(Fault::limit(
            Code::DepthLimitExceeded,
            "The document nests",
            found.brackets as u64,
            limits.brackets as u64,
            "brackets",
            "Nest less deep.",
        )
        .into());
    }
    if found.tokens > limits.tokens {
        return Err(Fault::limit(
            Code::TokenLimitExceeded,
            "The document has",
            found.tokens as u64,
            limits.tokens as u64,
            "tokens",
            "Select fewer fields, pass values as variables, or split the request.",
        )
        .into());
    }
    Ok(found)
}

/// Refuses a text of too many bytes: the one check that costs nothing.
pub(crate) fn check_bytes(text: &[u8], limits: &Limits) -> Result<(), Refusal> {
    if text.len() <= limits.document_bytes {
        return Ok(());
    }
    Err(Fault::limit(
        Code::DocumentTooLarge,
        "The document has",
        text.len() as u64,
        limits.document_bytes as u64,
        "bytes",
        "Pass values as variables, or split the request.",
    )
    .into())
}

fn count(text: &[u8]) -> Result<Scan, Refusal> {
    let mut found = Scan::default();
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => at += 1,
            0xEF if text[at..].starts_with(b"\xEF\xBB\xBF") => at += 3,
            b'#' => at = end_of(text, at, |byte| !matches!(byte, b'\r' | b'\n')),
            b'"' => {
                found.tokens += 1;
                at = if text[at..].starts_with(b"\"\"\"") { end_of_block(text, at)? } else { end_of_string(text, at)? };
            }
            b'{' | b'[' | b'(' => {
                found.tokens += 1;
                open += 1;
                found.brackets = found.brackets.max(open);
                at += 1;
            }
            b'}' | b']' | b')' => {
                found.tokens += 1;
                open = open.saturating_sub(1);
                at += 1;
            }
            b'.' if text[at..].starts_with(b"...") => {
                found.tokens += 1;
                at += 3;
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                found.tokens += 1;
                at = end_of(text, at, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
            }
            b'-' | b'0'..=b'9' => {
                found.tokens += 1;
                at = end_of(text, at + 1, |byte| matches!(byte, b'.' | b'+' | b'-') || byte.is_ascii_alphanumeric());
            }
            _ => {
                found.tokens += 1;
                at += 1;
            }
        }
    }
    Ok(found)
}

fn end_of(text: &[u8], from: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    text[from..].iter().position(|&byte| !goes_on(byte)).map_or(text.len(), |length| from + length)
}

fn end_of_string(text: &[u8], from: usize) -> Result<usize, Refusal> {
    let mut at = from + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\r' | b'\n' => break,
            // Never past a line's end: the escape of a line break is no escape.
            b'\\' if !matches!(text.get(at + 1), None | Some(b'\r' | b'\n')) => at += 2,
            _ => at += 1,
        }
    }
    Err(unterminated(text, from, "A string must end with \" on the line where it begins."))
}

fn end_of_block(text: &[u8], from: usize) -> Result<usize, Refusal> {
    let mut at = from + 3;
    while at < text.len() {
        if text[at..].starts_with(b"\\\"\"\"") {
            at += 4;
        } else if text[at..].starts_with(b"\"\"\"") {
            return Ok(at + 3);
        } else {
            at += 1;
        }
    }
    Err(unterminated(text, from, "A block string must end with \"\"\"."))
}

fn unterminated(text: &[u8], at: usize, message: &str) -> Refusal {
    let before = &text[..at];
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    Fault::at(Code::GraphqlParseFailed, format!("Syntax error: {message}"), vec![Pos { line, column }]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brackets(text: &str) -> usize {
        count(text.as_bytes()).expect("a text whose strings end").brackets
    }

    fn tokens(text: &str) -> usize {
        count(text.as_bytes()).expect("a text whose strings end").tokens
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        assert_eq!(brackets("{ a(b: [1, {c: 2}]) { d } }"), 4);
        assert_eq!(brackets(r#"{ a(b: "[[[[{{{{((((") }"#), 2);
        assert_eq!(brackets(r#"{ a(b: "\"[[[[") }"#), 2);
        assert_eq!(brackets(r#"{ a(b: "\\") [ }"#), 2, "the escaped backslash does not escape the quote");
        assert_eq!(brackets("{ a # [[[[ \" \"\"\"\n b }"), 1);
        assert_eq!(brackets("{ a # [[[[\r [ }"), 2, "a carriage return ends a comment");
        assert_eq!(brackets("{ a(b: \"\"\" [[[ \\\"\"\" [[[ \" \"\" \n # \"\"\") }"), 2);
        assert_eq!(brackets("{ a(b: \"\") [ }"), 2, "an empty string is no block string");
        assert_eq!(brackets("}}}} {"), 1, "closing what is not open never wraps");
    }

    #[test]
    fn strings_that_do_not_end_are_refused_with_their_place() {
        // The parser reads `""` and `"abc"` here, and then the brackets.
        for text in
            ["{ a(b: \"\"\"abc\" [[[[", "{ a(b: \"abc\n[[[[\")", "\"", "\"\"\"", "\"\\", "\"\\\n\"", "\"\"\"\\\"\"\""]
        {
            let refusal = count(text.as_bytes()).expect_err(text);
            assert_eq!(refusal.code(), Code::GraphqlParseFailed, "{text}");
        }
        let refusal = count("{\n  é(b: \"x".as_bytes()).expect_err("unterminated");
        assert_eq!(refusal.faults[0].locations, vec![Pos { line: 2, column: 8 }]);
    }

    #[test]
    fn tokens_are_counted_as_the_specification_counts_them() {
        assert_eq!(tokens("query Q($a: [Int!]! = [1, -2.5e+3]) { b: c(d: $a) @skip(if: true) { ...F } } # end"), 39);
        assert_eq!(tokens("\u{feff} , \t\r\n"), 0);
        assert_eq!(tokens("\0\0"), 2);
        assert_eq!(tokens("é"), 2, "bytes that begin no token count each");
    }

    #[test]
    fn limits_name_the_number_found() {
        let limits = Limits::default();
        let deep = format!("{{__type(name:{}{}){{name}}}}", "[".repeat(2_000), "]".repeat(2_000));
        let refusal = scan(deep.as_bytes(), &limits).expect_err("too deep");
        assert_eq!(refusal.code(), Code::DepthLimitExceeded);
        assert_eq!(refusal.faults[0].measure.map(|measure| measure.measured), Some(2_002));
        let many = format!("{{{}}}", "a ".repeat(5_000));
        assert_eq!(scan(many.as_bytes(), &limits).expect_err("too many").code(), Code::TokenLimitExceeded);
        let large = " ".repeat(64 * 1024 + 1);
        assert_eq!(scan(large.as_bytes(), &limits).expect_err("too large").code(), Code::DocumentTooLarge);
    }
}
