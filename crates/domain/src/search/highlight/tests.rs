//! What is shown of a match, as text: what matched stands in brackets.

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
    let email =
        EmailText { address: "Jane@Bücher.example".to_owned(), normalized: "jane@xn--bcher-kva.example".to_owned() };
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
