//! Text as people type it: what is refused, what is kept, and the folded forms that order and match it. It knows no tables.

use phonenumber::country;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::failure::Refusal;

/// The country of phone numbers without a prefix, and of addresses that name none, where nothing else is said.
pub const USUAL_REGION: &str = "US";
/// The longest name, title, label and the like, in characters.
pub const LINE: usize = 200;
/// The longest reason or note, in characters.
pub const PARAGRAPH: usize = 2_000;
/// The longest text of several lines, in characters.
pub const TEXT: usize = 10_000;

/// A line of text: NFC, trimmed, not empty, no control characters, at most `most` characters.
pub fn line(field: &str, value: &str, most: usize) -> Result<String, Refusal> {
    optional_line(field, Some(value), most)?
        .ok_or_else(|| Refusal::invalid(field, format!("{field} must not be empty")))
}

/// As [`line`]; absent and blank are both `None`.
pub fn optional_line(field: &str, value: Option<&str>, most: usize) -> Result<Option<String>, Refusal> {
    optional(field, value, most, "one line of text", char::is_control)
}

/// A text of several lines: NFC, trimmed, no control characters but line ends and tabs, at most [`TEXT`] characters; blank is `None`.
pub fn optional_text(field: &str, value: Option<&str>) -> Result<Option<String>, Refusal> {
    optional(field, value, TEXT, "text", |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn optional(
    field: &str,
    value: Option<&str>,
    most: usize,
    wanted: &str,
    is_bad: impl Fn(char) -> bool,
) -> Result<Option<String>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    let value: String = value.trim().nfc().collect();
    if let Some(bad) = value.chars().find(|c| is_bad(*c)) {
        let why = format!("{field} must be {wanted} without control characters; it has U+{:04X}", u32::from(bad));
        return Err(Refusal::invalid(field, why));
    }
    let length = value.chars().count();
    if length > most {
        return Err(Refusal::invalid(field, format!("{field} may have at most {most} characters; it has {length}")));
    }
    Ok(if value.is_empty() { None } else { Some(value) })
}

/// What a name is ordered by: the parts folded (no marks, no case) and joined by a character that sorts before all others, so that
/// `Lee, Zoe` stands before `Lee Ann, Bo`.
pub fn sort_key(parts: &[&str]) -> String {
    parts.iter().map(|part| folded(part)).collect::<Vec<_>>().join("\u{1}")
}

/// Compatibility-decomposed, without combining marks, lower-cased, white space collapsed.
pub fn folded(text: &str) -> String {
    let bare: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A phone number as libphonenumber's rules read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedPhone {
    /// E.164, or `None` when the rules find no possible number in the text.
    pub e164: Option<String>,
    /// The extension, from its own field or from the end of the number.
    pub extension: Option<String>,
}

/// Reads `number` with `region` as the country of numbers without a prefix.
pub fn phone(number: &str, extension: Option<&str>, region: &str) -> Result<ParsedPhone, Refusal> {
    let parsed = parsed(&dialled(number), region);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let at_the_end =
        || parsed.as_ref().and_then(|p| p.extension()).map(|e| digits(e.as_ref())).filter(|e| !e.is_empty());
    let extension = self::extension(extension)?.or_else(at_the_end);
    let e164 = parsed.map(|p| {
        let plain = p.format().mode(phonenumber::Mode::E164).to_string();
        // The formatter appends the extension; E.164 has none.
        plain.split(|c: char| c != '+' && !c.is_ascii_digit()).next().unwrap_or_default().to_owned()
    });
    Ok(ParsedPhone { e164, extension })
}

/// The number as one would dial it: digits of every script and width as ASCII, without the zero in brackets that is dialled at home only.
fn dialled(number: &str) -> String {
    let digit =
        |c: char| if c.is_ascii() || !c.is_numeric() { c.to_string() } else { any_ascii::any_ascii_char(c).to_owned() };
    let plain: String = number.nfkc().map(digit).collect();
    if plain.trim_start().starts_with(['+', '0']) { plain.replace("(0)", " ") } else { plain }
}

/// A number with its country's prefix is read without the region: the crate would take the region's own trunk prefix off it, and in the
/// US `+353 1 234 5678` would lose its area code.
fn parsed(number: &str, region: &str) -> Option<phonenumber::PhoneNumber> {
    let abroad = |number: &str| phonenumber::parse(None, number).ok().filter(is_possible);
    if number.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '+').starts_with('+') {
        return abroad(number);
    }
    let region = region.parse::<country::Id>().ok();
    let as_it_is = phonenumber::parse(region, number).ok().filter(is_possible);
    let own = region.and_then(|region| phonenumber::metadata::DATABASE.by_id(region.as_ref()));
    let is_own = |code: u16| own.is_some_and(|own| own.country_code() == code);
    if let Some(other) = as_it_is.as_ref().filter(|parsed| !is_own(parsed.code().value())) {
        // It was dialled the region's way out: the number abroad begins where its country's code does, two to four digits on.
        let code = other.code().value().to_string();
        let digits = number.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at);
        let begins = |rest: &&str| rest.chars().filter(char::is_ascii_digit).take(code.len()).eq(code.chars());
        let rest = digits.skip(2).take(3).map(|at| &number[at..]).find(begins);
        return rest.and_then(|rest| abroad(&format!("+{rest}"))).or(as_it_is);
    }
    // Most of the world calls abroad with 00, also where the viewer's own country does not.
    match number.trim_start().strip_prefix("00") {
        Some(rest) if !as_it_is.as_ref().is_some_and(phonenumber::is_valid) => abroad(&format!("+{rest}")).or(as_it_is),
        _ => as_it_is,
    }
}

/// The number as a link that dials it (RFC 3966), with what is dialled once somebody answers.
pub fn tel_uri(e164: &str, extension: Option<&str>) -> String {
    extension.map_or_else(|| format!("tel:{e164}"), |extension| format!("tel:{e164};ext={extension}"))
}

/// What stands in an address of a `mailto:` as it is; everything else is encoded, separators of its fields above all.
const OF_MAILTO: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'*')
    .remove(b'+')
    .remove(b'\'');

/// The address as a link that writes to it (RFC 6068): the local part as entered, the domain as mail servers know it.
pub fn mailto_uri(address: &str, normalized: &str) -> String {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let domain = normalized.rsplit_once('@').map_or(normalized, |(_, domain)| domain);
    let encode = |part| percent_encoding::utf8_percent_encode(part, OF_MAILTO);
    format!("mailto:{}@{}", encode(local), encode(domain))
}

/// An extension in its own field; blank is none.
pub fn extension(text: Option<&str>) -> Result<Option<String>, Refusal> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) if text.len() <= 11 && text.chars().all(|c| c.is_ascii_digit()) => Ok(Some(text.to_owned())),
        Some(_) => Err(Refusal::invalid("extension", "extension must be 1 to 11 digits, such as 204")),
    }
}

/// Whether a line could exist: a number of a known plan, or at least one of a length that can be dialled from abroad. Lines that no
/// plan has assigned yet (the 555 of films and of examples) are possible too; a short code such as 911 is not E.164.
fn is_possible(number: &phonenumber::PhoneNumber) -> bool {
    let digits = number.code().value().to_string().len() + number.national().to_string().len();
    digits <= 15 && (digits >= 8 || phonenumber::is_valid(number))
}

/// What makes two phone rows the same line for one owner: the E.164 or else the folded text, with the extension.
pub fn phone_match_key(e164: Option<&str>, number: &str, extension: Option<&str>) -> String {
    let line = e164.map_or_else(|| folded(number), str::to_owned);
    extension.map_or(line.clone(), |extension| format!("{line};ext={extension}"))
}

/// An email address: as entered (trimmed, NFC), and the key that its spellings share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedEmail {
    /// As entered.
    pub address: String,
    /// Lower-cased whole, the domain as A-label. Dots and tags stay: they tell apart.
    pub normalized: String,
}

/// Reads an email address; refuses what no mail server could deliver.
pub fn email(field: &str, address: &str) -> Result<ParsedEmail, Refusal> {
    let address = line(field, address, 254)?;
    let wrong = || Refusal::invalid(field, format!("{field} must be an email address such as jane.doe@example.com"));
    let (local, domain) = address.rsplit_once('@').ok_or_else(wrong)?;
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| wrong())?;
    let normalized = format!("{local}@{domain}").to_lowercase();
    let options = email_address::Options::default().without_display_text().without_domain_literal().with_required_tld();
    if normalized.chars().any(char::is_whitespace)
        || email_address::EmailAddress::parse_with_options(&normalized, options).is_err()
    {
        return Err(wrong());
    }
    if normalized.chars().count() > 254 {
        return Err(Refusal::invalid(field, format!("{field} may have at most 254 characters")));
    }
    Ok(ParsedEmail { address, normalized })
}

/// An ISO 3166-1 alpha-2 country code, upper-cased.
pub fn country(field: &str, code: &str) -> Result<String, Refusal> {
    let code = code.trim().to_ascii_uppercase();
    match code.parse::<country::Id>() {
        Ok(_) if code.len() == 2 => Ok(code),
        _ => Err(Refusal::invalid(
            field,
            format!("{field} must be an ISO 3166-1 country code of two letters, such as US"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_sorts_without_case_marks_or_double_blanks() {
        assert_eq!(sort_key(&["Ñandú  Pérez", "ÉLODIE"]), "nandu perez\u{1}elodie");
        assert!(sort_key(&["Lee", "Zoe"]) < sort_key(&["Lee Ann", "Bo"]));
    }

    #[test]
    fn phones_of_one_line_have_one_key_in_every_spelling() {
        let spellings = ["(650) 253-0000", "+1 650 253 0000", "650.253.0000", "1-650-253-0000"];
        for spelling in spellings {
            assert_eq!(phone(spelling, None, "US").unwrap().e164.as_deref(), Some("+16502530000"), "{spelling}");
        }
        let with_extension = phone("650-253-0000 ext. 204", None, "US").unwrap();
        assert_eq!(
            (with_extension.e164.as_deref(), with_extension.extension.as_deref()),
            (Some("+16502530000"), Some("204"))
        );
        assert_eq!(phone("+49 30 123456", None, "US").unwrap().e164.as_deref(), Some("+4930123456"));
        assert_eq!(phone("555-222-2222", None, "US").unwrap().e164.as_deref(), Some("+15552222222"));
        assert_eq!(phone("911", None, "US").unwrap().e164, None);
        assert_eq!(phone("call the porter", None, "US").unwrap().e164, None);
        for spelling in [
            "+44 (0)20 7946 0000",
            "0044 20 7946 0000",
            "00 44 (0)20 7946 0000",
            "+٤٤ ٢٠ ٧٩٤٦ ٠٠٠٠",
            "＋４４ 20 7946 0000",
        ] {
            assert_eq!(phone(spelling, None, "US").unwrap().e164.as_deref(), Some("+442079460000"), "{spelling}");
        }
        assert!(phone("650-253-0000", Some("2o4"), "US").is_err());
        assert_ne!(
            phone_match_key(Some("+16502530000"), "", Some("1")),
            phone_match_key(Some("+16502530000"), "", Some("2"))
        );
    }

    #[test]
    fn links_dial_and_write() {
        assert_eq!(tel_uri("+15550102000", None), "tel:+15550102000");
        assert_eq!(tel_uri("+15550102000", Some("204")), "tel:+15550102000;ext=204");
        assert_eq!(
            mailto_uri("Jane.Doe+Clinic@BÜCHER.example", "x@xn--bcher-kva.example"),
            "mailto:Jane.Doe+Clinic@xn--bcher-kva.example"
        );
        assert_eq!(mailto_uri("a&b=c?d#e%f@example.com", "x@example.com"), "mailto:a%26b%3Dc%3Fd%23e%25f@example.com");
        assert_eq!(
            mailto_uri("жанна@example.com", "x@example.com"),
            "mailto:%D0%B6%D0%B0%D0%BD%D0%BD%D0%B0@example.com"
        );
    }

    #[test]
    fn a_number_from_abroad_keeps_all_its_digits_wherever_it_is_read() {
        for (number, e164) in [
            ("+353 1 234 5678", "+35312345678"),
            ("+86 138 0013 8000", "+8613800138000"),
            ("+44 1624 622 345", "+441624622345"),
            ("+44 (0)20 7946 0018", "+442079460018"),
            ("+39 06 698 12345", "+390669812345"),
            ("+7 912 345-67-89", "+79123456789"),
            ("+20 10 1234 5678", "+201012345678"),
            ("+62 811 234 5678", "+628112345678"),
            ("+55 11 91234-5678", "+5511912345678"),
            ("+972 3-123-4567", "+97231234567"),
            ("(+49) 30 901820", "+4930901820"),
            ("＋81 3-1234-5678", "+81312345678"),
            ("+1 (617) 555-0134", "+16175550134"),
        ] {
            for region in ["US", "GB", "DE", "RU", "IE"] {
                assert_eq!(phone(number, None, region).unwrap().e164.as_deref(), Some(e164), "{number} in {region}");
            }
        }
        for (number, region, e164) in [
            ("011 353 1 234 5678", "US", "+35312345678"),
            ("011 86 138 0013 8000", "US", "+8613800138000"),
            ("00 44 1624 622345", "DE", "+441624622345"),
            ("0044 20 7946 0018", "IE", "+442079460018"),
            ("020 7946 0018", "GB", "+442079460018"),
            ("(01) 234 5678", "IE", "+35312345678"),
            ("8 (912) 345-67-89", "RU", "+79123456789"),
            ("138 0013 8000", "CN", "+8613800138000"),
            ("030 901820", "DE", "+4930901820"),
            ("06 698 12345", "IT", "+390669812345"),
        ] {
            assert_eq!(phone(number, None, region).unwrap().e164.as_deref(), Some(e164), "{number} in {region}");
        }
        let long = phone("+353 1 234 5678 ext. 204", None, "US").unwrap();
        assert_eq!((long.e164.as_deref(), long.extension.as_deref()), (Some("+35312345678"), Some("204")));
    }

    #[test]
    fn an_email_keeps_its_spelling_and_shares_its_key() {
        let parsed = email("address", "  Jane.Doe+clinic@BÜCHER.example ").unwrap();
        assert_eq!(parsed.address, "Jane.Doe+clinic@BÜCHER.example");
        assert_eq!(parsed.normalized, "jane.doe+clinic@xn--bcher-kva.example");
        for wrong in [
            "jane",
            "jane@",
            "@example.com",
            "a b@example.com",
            "jane@exa mple.com",
            "jane@-.com",
            "Jane <j@example.com>",
        ] {
            assert!(email("address", wrong).is_err(), "{wrong}");
        }
        assert!(email("address", &format!("{}@example.com", "a".repeat(250))).is_err());
    }

    #[test]
    fn control_characters_and_over_long_lines_are_refused_by_field() {
        let refusal = line("firstName", "Ja\0ne", LINE).unwrap_err();
        assert_eq!(refusal.field, ["firstName"]);
        assert!(refusal.message.contains("U+0000"));
        assert!(line("firstName", &"x".repeat(201), LINE).unwrap_err().message.contains("at most 200"));
        assert!(line("firstName", "   ", LINE).is_err());
        assert_eq!(country("country", "us").unwrap(), "US");
        assert!(country("country", "USA").is_err());
    }
}
