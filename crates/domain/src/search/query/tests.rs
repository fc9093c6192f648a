//! How what somebody types is read.

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
