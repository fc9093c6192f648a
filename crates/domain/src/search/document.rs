//! What is kept of a person or an organization to be found by: the words of the name, all words, and the keys of slips in the name.
//! Words stand sorted, so that the same texts give the same row whatever order they were read in.

use std::collections::BTreeSet;

use super::{fold, slip};

/// The texts that a person is found by.
#[derive(Clone, Debug, Default)]
pub struct ContactText {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Email addresses.
    pub emails: Vec<EmailText>,
    /// Phones.
    pub phones: Vec<PhoneText>,
    /// Addresses.
    pub addresses: Vec<AddressText>,
}

/// An email address.
#[derive(Clone, Debug, Default)]
pub struct EmailText {
    /// As entered.
    pub address: String,
    /// Lower-cased, the domain as A-label.
    pub normalized: String,
}

/// A phone.
#[derive(Clone, Debug, Default)]
pub struct PhoneText {
    /// As entered.
    pub number: String,
    /// In E.164, if it parses.
    pub e164: Option<String>,
    /// The extension, digits only.
    pub extension: Option<String>,
}

/// An address: its parts that somebody may search for.
#[derive(Clone, Debug, Default)]
pub struct AddressText {
    /// What it is called.
    pub label: Option<String>,
    /// Street and number.
    pub street1: String,
    /// What else tells the place.
    pub street2: Option<String>,
    /// City.
    pub city: String,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
}

/// A row of a search table, but for its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub names: String,
    pub document: String,
    pub slips: Vec<i64>,
}

/// A set of words as one text, each between blanks.
fn text(words: &BTreeSet<String>) -> String {
    let mut text = String::from(" ");
    for word in words {
        text.push_str(word);
        text.push(' ');
    }
    text
}

/// The words of a text: the parts, and together what may be written together.
fn words_of(text: &str, words: &mut BTreeSet<String>) {
    for term in fold::terms(text) {
        if term.len() > 1 {
            words.insert(fold::Folded::joined(&term).text);
        }
        words.extend(term.into_iter().map(|part| part.text));
    }
}

/// All of a text as one word.
fn joined(text: &str) -> String {
    fold::terms(text).iter().flatten().map(|part| part.text.as_str()).collect()
}

fn name_words(text: &str, words: &mut BTreeSet<String>) {
    words_of(text, words);
    words.insert(joined(text));
}

fn name_slips(text: &str, slips: &mut BTreeSet<i64>) {
    let mut words = BTreeSet::new();
    words_of(text, &mut words);
    for word in &words {
        slips.extend(slip::keys(word));
        if fold::is_unvowelled(text) {
            slips.extend(slip::skeleton_key(word));
        }
    }
}

impl Document {
    /// Of a person.
    pub fn of_contact(texts: &ContactText) -> Self {
        let (mut names, mut slips) = (BTreeSet::new(), BTreeSet::new());
        let (first, last) = (texts.first_name.as_str(), texts.last_name.as_str());
        for name in [first, last] {
            name_words(name, &mut names);
            name_slips(name, &mut slips);
        }
        if fold::is_unspaced(first) && fold::is_unspaced(last) {
            let (first, last) = (joined(first), joined(last));
            names.insert(format!("{last}{first}"));
            names.insert(format!("{first}{last}"));
        }
        slips.extend(last.chars().next().into_iter().flat_map(slip::romanized).map(|name| slip::known_as(name)));
        names.remove("");
        let mut all = names.clone();
        texts.emails.iter().for_each(|email| email_words(email, &mut all));
        texts.phones.iter().for_each(|phone| phone_words(phone, &mut all));
        texts.addresses.iter().for_each(|address| address_words(address, &mut all));
        all.remove("");
        Self { names: text(&names), document: text(&all), slips: slips.into_iter().collect() }
    }

    /// Of an organization.
    pub fn of_organization(name: &str, subdomain: &str) -> Self {
        let (mut names, mut slips) = (BTreeSet::new(), BTreeSet::new());
        name_words(name, &mut names);
        name_slips(name, &mut slips);
        words_of(subdomain, &mut names);
        names.remove("");
        Self { document: text(&names), names: text(&names), slips: slips.into_iter().collect() }
    }
}

fn email_words(email: &EmailText, words: &mut BTreeSet<String>) {
    let (local, domain) = email.normalized.rsplit_once('@').unwrap_or(("", &email.normalized));
    let (read, _) = idna::domain_to_unicode(domain);
    for address in [email.address.clone(), email.normalized.clone(), format!("{local}@{read}")] {
        words.insert(fold::solid(&address).text);
        // Parted at everything, or `jane.doe` would be one more word for each way of writing it.
        words.extend(fold::terms(&address).into_iter().flatten().map(|part| part.text));
    }
}

fn phone_words(phone: &PhoneText, words: &mut BTreeSet<String>) {
    if let Some(extension) = &phone.extension {
        words.insert(format!("x{extension}"));
    }
    match phone.e164.as_deref().and_then(|e164| e164.strip_prefix('+')) {
        Some(digits) => {
            let (code, national) = digits.split_at(calling_code(digits).min(digits.len()));
            words.insert(digits.to_owned());
            words.insert(national.to_owned());
            let bare = national.trim_start_matches('0');
            if bare.len() < national.len() {
                // `+44 (0)20 …` is kept with its zero in some rows.
                words.insert(format!("{code}{bare}"));
            }
            if phone.number.chars().any(char::is_alphabetic) {
                words_of(&phone.number, words);
            }
        }
        None => {
            words_of(&phone.number, words);
            words.insert(fold::digits(&phone.number).text);
        }
    }
}

/// How many digits of an international number are its country's calling code (ITU E.164): one, two or three.
pub fn calling_code(digits: &str) -> usize {
    let two = digits.get(..2).unwrap_or(digits);
    match two {
        _ if two.starts_with('1') || two.starts_with('7') => 1,
        "20" | "27" | "28" | "30" | "31" | "32" | "33" | "34" | "36" | "39" | "40" | "41" | "43" | "44" | "45"
        | "46" | "47" | "48" | "49" | "51" | "52" | "53" | "54" | "55" | "56" | "57" | "58" | "60" | "61" | "62"
        | "63" | "64" | "65" | "66" | "81" | "82" | "83" | "84" | "86" | "89" | "90" | "91" | "92" | "93" | "94"
        | "95" | "98" => 2,
        _ => 3,
    }
}

fn address_words(address: &AddressText, words: &mut BTreeSet<String>) {
    let AddressText { label, street1, street2, city, state, postal_code } = address;
    for text in [Some(street1), Some(city), label.as_ref(), street2.as_ref(), state.as_ref()].into_iter().flatten() {
        words_of(text, words);
        // `Apt #204` is found as an extension is: who types it does not say which is meant.
        for unit in text.split('#').skip(1) {
            let unit: String = unit.trim_start().chars().take_while(char::is_ascii_digit).collect();
            if !unit.is_empty() {
                words.insert(format!("x{unit}"));
            }
        }
    }
    if let Some(code) = postal_code {
        words_of(code, words);
        words.insert(joined(code));
    }
    // `San José` typed in one go.
    for text in [city, label.as_deref().unwrap_or_default()] {
        words.insert(joined(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_words_between_blanks() {
        let texts = ContactText {
            first_name: "Seán".to_owned(),
            last_name: "O’Brien Smith-Jones".to_owned(),
            emails: vec![EmailText {
                address: "Sean@Bücher.example".to_owned(),
                normalized: "sean@xn--bcher-kva.example".to_owned(),
            }],
            phones: vec![PhoneText {
                number: "020 7946 0000".to_owned(),
                e164: Some("+442079460000".to_owned()),
                extension: Some("204".to_owned()),
            }],
            addresses: vec![AddressText {
                street1: "1 Oak St #7".to_owned(),
                city: "London".to_owned(),
                postal_code: Some("SW1A 1AA".to_owned()),
                ..AddressText::default()
            }],
        };
        let found = Document::of_contact(&texts);
        assert_eq!(found.names, " brien jones o obrien obriensmithjones sean smith smithjones ");
        for word in [
            "obrien",
            "sean@bucher.example",
            "sean@xn--bcher-kva.example",
            "442079460000",
            "2079460000",
            "x204",
            "sw1a",
            "1aa",
            "sw1a1aa",
            "london",
            "oak",
            "x7",
            "bucher",
        ] {
            assert!(found.document.contains(&format!(" {word} ")), "{word} in {}", found.document);
        }
        assert!(found.document.is_ascii());
        let mut turned = texts.clone();
        turned.emails.reverse();
        assert_eq!(Document::of_contact(&turned), found);
    }

    #[test]
    fn names_without_blanks_between_them_stand_in_both_orders() {
        let texts =
            ContactText { first_name: "小明".to_owned(), last_name: "王".to_owned(), ..ContactText::default() };
        assert_eq!(Document::of_contact(&texts).names, " wang wangxiaoming xiaoming xiaomingwang ");
        let texts = ContactText { first_name: "Ed".to_owned(), last_name: "Nede".to_owned(), ..ContactText::default() };
        assert_eq!(Document::of_contact(&texts).names, " ed nede ", "nobody is found across two names");
    }

    #[test]
    fn a_number_that_does_not_parse_is_found_as_it_is() {
        let phone = PhoneText { number: "9-1-1 (front desk)".to_owned(), ..PhoneText::default() };
        let texts = ContactText { phones: vec![phone], ..ContactText::default() };
        assert_eq!(Document::of_contact(&texts).document, " 1 9 911 desk front ");
        assert_eq!(calling_code("15552222222"), 1);
        assert_eq!(calling_code("442079460000"), 2);
        assert_eq!(calling_code("380441234567"), 3);
    }
}
