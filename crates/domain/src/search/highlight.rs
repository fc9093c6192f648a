//! What of a row a search matched: the texts as they are stored, cut into what matched and what did not. Characters stay whole, with all
//! that combines with them. It finds what the tables find, by the same words; it decides nothing about who is found.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::document::{AddressText, ContactText, PhoneText};
use super::fold::{self, Folded};
use super::query::{Readings, Word};
use super::slip;

/// Which text of a row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A person's given name.
    FirstName,
    /// A person's family name.
    LastName,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A phone's extension.
    Extension,
    /// What an address is called.
    AddressLabel,
    /// A line of a street.
    Street,
    /// A city.
    City,
    /// A state or province.
    State,
    /// A postal code.
    PostalCode,
    /// An organization's name.
    OrganizationName,
    /// An organization's subdomain.
    Subdomain,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The piece.
    pub text: String,
    /// Whether it is what the search found.
    pub is_match: bool,
}

/// A text that the search found something in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which text.
    pub field: Field,
    /// As it is stored.
    pub text: String,
    /// The text in pieces: joined they are the text.
    pub segments: Vec<Segment>,
}

/// Ranges of bytes of a text.
type Marks = Vec<Range<usize>>;

/// A text and the ways in which words are found in it.
struct Target<'a> {
    field: Field,
    text: &'a str,
    words: Vec<Folded>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Text,
    /// Found with slips too.
    Name,
    /// Of an email address that has this other spelling.
    Email(&'a str),
    Phone(&'a PhoneText),
    Extension,
}

/// What a search matched of a person.
pub fn in_contact(readings: &Readings, texts: &ContactText) -> Vec<Match> {
    let mut targets = vec![name(Field::FirstName, &texts.first_name), name(Field::LastName, &texts.last_name)];
    for email in &texts.emails {
        let mut words: Vec<Folded> = fold::terms(&email.address).into_iter().flatten().collect();
        words.push(fold::solid(&email.address));
        targets.push(Target { field: Field::Email, text: &email.address, words, kind: Kind::Email(&email.normalized) });
    }
    for phone in &texts.phones {
        let words = if phone.number.chars().any(char::is_alphabetic) || phone.e164.is_none() {
            words_of(&phone.number)
        } else {
            Vec::new()
        };
        targets.push(Target { field: Field::Phone, text: &phone.number, words, kind: Kind::Phone(phone) });
        if let Some(extension) = &phone.extension {
            targets.push(Target {
                field: Field::Extension,
                text: extension,
                words: vec![fold::digits(extension)],
                kind: Kind::Extension,
            });
        }
    }
    for address in &texts.addresses {
        let AddressText { label, street1, street2, city, state, postal_code } = address;
        let parts = [
            (Field::AddressLabel, label.as_deref()),
            (Field::Street, Some(street1.as_str())),
            (Field::Street, street2.as_deref()),
            (Field::City, Some(city.as_str())),
            (Field::State, state.as_deref()),
            (Field::PostalCode, postal_code.as_deref()),
        ];
        let there = parts.into_iter().filter_map(|(field, text)| text.map(|text| (field, text)));
        targets.extend(there.map(|(field, text)| Target { field, text, words: words_of(text), kind: Kind::Text }));
    }
    let across = (fold::is_unspaced(&texts.first_name) && fold::is_unspaced(&texts.last_name)).then_some((0, 1));
    found(readings, &targets, across)
}

/// What a search matched of an organization.
pub fn in_organization(readings: &Readings, name_of_it: &str, subdomain: &str) -> Vec<Match> {
    let subdomain = Target { field: Field::Subdomain, text: subdomain, words: words_of(subdomain), kind: Kind::Text };
    found(readings, &[name(Field::OrganizationName, name_of_it), subdomain], None)
}

fn name(field: Field, text: &str) -> Target<'_> {
    Target { field, text, words: words_of(text), kind: Kind::Name }
}

/// The words of a text, apart and together, as documents hold them.
fn words_of(text: &str) -> Vec<Folded> {
    let terms = fold::terms(text);
    let mut words: Vec<Folded> = Vec::new();
    for term in &terms {
        words.extend(term.iter().cloned());
        if term.len() > 1 {
            words.push(Folded::joined(term));
        }
    }
    if terms.len() > 1 {
        words.push(Folded::joined(terms.iter().flatten()));
    }
    words
}

/// The marks that one reading leaves, by target; `None` when a word of it is found nowhere.
fn marks_of(
    reading: &[Word],
    targets: &[Target<'_>],
    across: Option<(usize, usize)>,
) -> (BTreeMap<usize, Marks>, bool) {
    let mut marks: BTreeMap<usize, Marks> = BTreeMap::new();
    let mut is_whole = true;
    for word in reading {
        let mut hits: Vec<(usize, Marks)> =
            targets.iter().enumerate().map(|(at, target)| (at, literal(word, target))).collect();
        hits.retain(|(_, marks)| !marks.is_empty());
        if hits.is_empty()
            && let Some((first, last)) = across
        {
            hits = spanning(word, targets, first, last);
        }
        if hits.is_empty() {
            hits = targets.iter().enumerate().map(|(at, target)| (at, with_a_slip(word, target))).collect();
            hits.retain(|(_, marks)| !marks.is_empty());
        }
        is_whole &= !hits.is_empty();
        for (at, found) in hits {
            marks.entry(at).or_default().extend(found);
        }
    }
    (marks, is_whole)
}

fn found(readings: &Readings, targets: &[Target<'_>], across: Option<(usize, usize)>) -> Vec<Match> {
    let each: Vec<_> = readings.0.iter().map(|reading| marks_of(reading, targets, across)).collect();
    let any_is_whole = each.iter().any(|(_, is_whole)| *is_whole);
    let mut marks: BTreeMap<usize, Marks> = BTreeMap::new();
    for (of_reading, _) in each.into_iter().filter(|(_, is_whole)| *is_whole || !any_is_whole) {
        for (at, found) in of_reading {
            marks.entry(at).or_default().extend(found);
        }
    }
    let cut = |(at, marks): (usize, Marks)| {
        let Target { field, text, .. } = targets[at];
        Match { field, text: text.to_owned(), segments: segments(text, marks) }
    };
    let mut matches: Vec<Match> = marks.into_iter().map(cut).collect();
    matches.sort_by_key(|found| found.field);
    matches
}

/// Where a word stands in another: at its beginning, and anywhere when it is long enough.
fn places(word: &Word, within: &str) -> Vec<Range<usize>> {
    let length = word.text.len();
    if word.is_short() {
        return within.starts_with(&word.text).then_some(0..length).into_iter().collect();
    }
    within.match_indices(&word.text).map(|(at, _)| at..at + length).collect()
}

fn in_words(word: &Word, words: &[Folded]) -> Marks {
    words.iter().flat_map(|kept| places(word, &kept.text).into_iter().filter_map(|at| kept.origin(at))).collect()
}

fn literal(word: &Word, target: &Target<'_>) -> Marks {
    let marks = in_words(word, &target.words);
    match &target.kind {
        Kind::Email(normalized) if marks.is_empty() && !places(word, normalized).is_empty() => {
            vec![0..target.text.len()]
        }
        Kind::Phone(phone) if marks.is_empty() => in_number(word, phone),
        Kind::Extension => {
            let digits = word.text.strip_prefix('x').filter(|digits| !digits.is_empty());
            let kept = &target.words[0];
            match digits {
                Some(digits) if kept.text.starts_with(digits) => kept.origin(0..digits.len()).into_iter().collect(),
                Some(_) => Vec::new(),
                None if word.is_short() => Vec::new(),
                None => marks,
            }
        }
        Kind::Text if marks.is_empty() => match word.text.strip_prefix('x') {
            // `#204` of an address.
            Some(unit) if target.text.contains('#') => {
                let is_it = |kept: &&Folded| kept.text == unit;
                target.words.iter().filter(is_it).filter_map(|kept| kept.origin(0..kept.text.len())).collect()
            }
            _ => marks,
        },
        _ => marks,
    }
}

/// Digits in a number as it was entered. What is found only in its E.164 form is shown where both forms agree, from the end.
fn in_number(word: &Word, phone: &PhoneText) -> Marks {
    if !word.text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let entered = fold::digits(&phone.number);
    let Some(e164) = phone.e164.as_deref().map(|e164| e164.trim_start_matches('+')) else {
        return in_words(word, &[entered]);
    };
    let agree = e164.bytes().rev().zip(entered.text.bytes().rev()).take_while(|(one, other)| one == other).count();
    let mut found = places(word, e164);
    if found.is_empty() {
        let digits = super::document::calling_code(e164).min(e164.len());
        let (code, national) = e164.split_at(digits);
        let is_kept_so = word.is_short() && national.starts_with(&word.text);
        let is_without_zero =
            format!("{code}{}", national.trim_start_matches('0')).contains(&word.text) && !word.is_short();
        if is_kept_so {
            found.push(digits..digits + word.text.len());
        } else if is_without_zero {
            found.push(0..e164.len());
        }
    }
    let mut marks = Vec::new();
    for place in found {
        let from_end = e164.len() - place.end..e164.len() - place.start;
        let seen = from_end.start.min(agree)..from_end.end.min(agree);
        let length = entered.text.len();
        match entered.origin(length - seen.end..length - seen.start) {
            // A number that was entered with its country's code shows that too.
            Some(_) if from_end.end == e164.len() && agree == e164.len() => {
                marks.extend(entered.origin(length - from_end.end..length - seen.start));
            }
            Some(mark) if !seen.is_empty() => marks.push(mark),
            _ => marks.push(0..phone.number.len()),
        }
    }
    marks
}

/// A word that runs on from one name into the other: `王小明`.
fn spanning(word: &Word, targets: &[Target<'_>], first: usize, last: usize) -> Vec<(usize, Marks)> {
    let whole = |at: usize| Folded::joined(fold::terms(targets[at].text).iter().flatten());
    for (one, other) in [(last, first), (first, last)] {
        let (front, back) = (whole(one), whole(other));
        let border = front.text.len();
        let joined = format!("{}{}", front.text, back.text);
        if let Some(place) = places(word, &joined).into_iter().next() {
            let in_front = front.origin(place.start.min(border)..place.end.min(border));
            let in_back = back.origin(place.start.max(border) - border..place.end.max(border) - border);
            let marks = [(one, in_front), (other, in_back)];
            return marks.into_iter().filter_map(|(at, mark)| mark.map(|mark| (at, vec![mark]))).collect();
        }
    }
    Vec::new()
}

fn with_a_slip(word: &Word, target: &Target<'_>) -> Marks {
    if !matches!(target.kind, Kind::Name) {
        return Vec::new();
    }
    let asked: BTreeSet<i64> = word.slips.iter().copied().collect();
    let is_near = |kept: &&Folded| {
        let bones = if fold::is_unvowelled(target.text) { slip::skeleton_key(&kept.text) } else { BTreeSet::new() };
        !asked.is_disjoint(&slip::keys(&kept.text)) || !asked.is_disjoint(&bones)
    };
    let mut marks: Marks =
        target.words.iter().filter(is_near).filter_map(|kept| kept.origin(0..kept.text.len())).collect();
    let syllable = target.text.chars().next().filter(|_| target.field == Field::LastName);
    if let Some(syllable) = syllable
        && slip::romanized(syllable).iter().any(|name| asked.contains(&slip::known_as(name)))
    {
        marks.push(0..syllable.len_utf8());
    }
    marks
}

fn segments(text: &str, mut marks: Marks) -> Vec<Segment> {
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut segments = Vec::new();
    let mut at = 0;
    let mut push = |range: Range<usize>, is_match| {
        if !range.is_empty() {
            segments.push(Segment { text: text[range].to_owned(), is_match });
        }
    };
    let mut whole: Marks = Vec::new();
    for mark in marks {
        match whole.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => whole.push(mark),
        }
    }
    for mark in whole {
        push(at..mark.start, false);
        push(mark.clone(), true);
        at = mark.end;
    }
    push(at..text.len(), false);
    segments
}

#[cfg(test)]
mod tests {
    use super::super::{EmailText, Search};
    use super::*;

    fn texts(first: &str, last: &str) -> ContactText {
        ContactText { first_name: first.to_owned(), last_name: last.to_owned(), ..ContactText::default() }
    }

    /// The matches as text: what matched stands in brackets.
    fn shown(search: &str, texts: &ContactText) -> Vec<String> {
        let readings = Search::parse(search).unwrap().unwrap().readings("US");
        let shown = in_contact(&readings, texts).into_iter().map(|found| {
            assert_eq!(found.segments.iter().map(|segment| segment.text.as_str()).collect::<String>(), found.text);
            found.segments.iter().map(|s| if s.is_match { format!("[{}]", s.text) } else { s.text.clone() }).collect()
        });
        shown.collect()
    }

    #[test]
    fn names_are_marked_in_their_own_letters() {
        for (search, first, last, marked) in [
            ("ivan", "Иван", "Петров", vec!["[Иван]"]),
            ("weiss", "Jo", "Weiß", vec!["[Weiß]"]),
            ("doe jan", "Jane", "Doe", vec!["[Jan]e", "[Doe]"]),
            ("obrien", "Pat", "O’Brien", vec!["[O’Brien]"]),
            ("smithjones", "A", "Smith-Jones", vec!["[Smith-Jones]"]),
            ("王小明", "小明", "王", vec!["[小明]", "[王]"]),
            ("wang xiao", "小明", "王", vec!["[小]明", "[王]"]),
            ("jnae", "Jane", "Doe", vec!["[Jane]"]),
            ("elodie", "E\u{301}lodie 👩‍🚀", "X", vec!["[E\u{301}lodie] 👩‍🚀"]),
            ("mohammed", "محمد", "علي", vec!["[محمد]"]),
            ("kim", "철수", "김", vec!["[김]"]),
            ("राम", "राम", "कुमार", vec!["[राम]"]),
        ] {
            assert_eq!(shown(search, &texts(first, last)), marked, "{search}");
        }
    }

    #[test]
    fn numbers_are_marked_as_they_were_entered() {
        let with = |number: &str, e164: Option<&str>, extension: Option<&str>| {
            let phone = PhoneText {
                number: number.to_owned(),
                e164: e164.map(str::to_owned),
                extension: extension.map(str::to_owned),
            };
            ContactText { phones: vec![phone], ..texts("A", "B") }
        };
        let us = with("(555) 222-3456", Some("+15552223456"), Some("204"));
        for (search, marked) in [
            ("5552223456", vec!["([555) 222-3456]"]),
            ("+1 555 222 3456", vec!["([555) 222-3456]"]),
            ("3456", vec!["(555) 222-[3456]"]),
            ("223", vec!["(555) 2[22-3]456"]),
            ("x204", vec!["[204]"]),
            ("555-222-3456 ext 204", vec!["([555) 222-3456]", "[204]"]),
            ("204", vec!["[204]"]),
        ] {
            assert_eq!(shown(search, &us), marked, "{search}");
        }
        let uk = with("+44 20 7946 0123", Some("+442079460123"), None);
        assert_eq!(shown("020 7946 0123", &uk), ["+44 [20 7946 0123]"]);
        assert_eq!(shown("0044 20 7946 0123", &uk), ["+[44 20 7946 0123]"]);
        let vanity = with("1-800-FLOWERS", Some("+18003569377"), None);
        assert_eq!(shown("flowers", &vanity), ["1-800-[FLOWERS]"]);
        assert_eq!(shown("8003569377", &vanity), ["[1-800-FLOWERS]"]);
        assert_eq!(shown("911", &with("9-1-1", None, None)), ["[9-1-1]"]);
    }

    #[test]
    fn emails_and_addresses_are_marked() {
        let email = EmailText {
            address: "Jane@Bücher.example".to_owned(),
            normalized: "jane@xn--bcher-kva.example".to_owned(),
        };
        let address = AddressText {
            label: Some("Billing Office".to_owned()),
            street1: "456 Oak St #7".to_owned(),
            city: "San José".to_owned(),
            postal_code: Some("SW1A 1AA".to_owned()),
            ..AddressText::default()
        };
        let texts = ContactText { emails: vec![email], addresses: vec![address], ..texts("A", "B") };
        for (search, marked) in [
            ("bucher", vec!["Jane@[Bücher].example"]),
            ("jane@bücher", vec!["[Jane@Bücher].example"]),
            ("xn--bcher-kva", vec!["[Jane@Bücher.example]"]),
            ("oak 456", vec!["[456] [Oak] St #7"]),
            ("sw1a1aa", vec!["[SW1A 1AA]"]),
            ("jose san", vec!["[San] [José]"]),
            ("sanjose", vec!["[San José]"]),
            ("#7", vec!["456 Oak St #[7]"]),
        ] {
            assert_eq!(shown(search, &texts), marked, "{search}");
        }
    }
}
