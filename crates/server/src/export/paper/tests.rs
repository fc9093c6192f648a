//! What was printed, read back from the PDF.

use liaison_domain::export::Allowance;
use liaison_domain::reachability::{Reason, ReasonCode};

use super::*;

fn person(first_name: &str, last_name: &str) -> Person {
    Person {
        id: uuid::Uuid::nil(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        title: Some("Nurse".to_owned()),
        is_primary: false,
        phones: vec![phone("mobile", "+12175550171"), phone("office", "+12175550100")],
        emails: vec!["nina.ortiz@acme.example".to_owned()],
        bounced_emails: Vec::new(),
        preferred_contact_method: None,
        do_not_contact: false,
        do_not_contact_reason: None,
        call: allowance(Verdict::Allowed, &[]),
        sms: allowance(Verdict::Allowed, &[]),
        email: allowance(Verdict::Allowed, &[]),
    }
}

fn allowance(verdict: Verdict, reasons: &[(ReasonCode, &str)]) -> Allowance {
    let reason = |(code, message): &(ReasonCode, &str)| Reason { code: *code, message: (*message).to_owned() };
    Allowance { verdict, reasons: reasons.iter().map(reason).collect() }
}

fn phone(code: &str, number: &str) -> Line {
    Line {
        code: code.to_owned(),
        number: number.to_owned(),
        extension: None,
        is_sms_opted_out: false,
        is_sms_capable: true,
        is_unusable: false,
    }
}

fn sheet(people: Vec<Person>) -> Sheet {
    Sheet {
        sections: vec![Section { organization: "Acme Healthcare".to_owned(), people }],
        at: "2026-11-21T02:05:00Z".parse().unwrap(),
        by: "acme-admin".to_owned(),
        of: Some("Acme Healthcare".to_owned()),
    }
}

/// The pages' texts, with one blank where there is any.
fn read(sheet: &Sheet) -> Vec<String> {
    let bytes = print(sheet).unwrap();
    // For eyes: a folder in which the tests leave what they printed.
    if let Some(folder) = std::env::var_os("LIAISON_PRINTED") {
        let name = format!("{}-{}.pdf", sheet.sections[0].people.len(), sheet.by);
        std::fs::write(std::path::Path::new(&folder).join(name), &bytes).unwrap();
    }
    let pages = pdf_extract::extract_text_from_mem_by_pages(&bytes).unwrap();
    pages.into_iter().map(|page| page.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn one_person_stands_on_one_page_with_everything_to_reach_them_by() {
    let mut nina = person("Nina", "Ortiz");
    nina.is_primary = true;
    nina.do_not_contact = true;
    nina.do_not_contact_reason = Some("on leave".to_owned());
    let other = "they said STOP on another of their numbers";
    nina.sms = allowance(
        Verdict::Ask,
        &[(ReasonCode::EmergencyPassesDoNotContact, "an emergency passes"), (ReasonCode::OptedOut, other)],
    );
    nina.bounced_emails = vec!["old.nina@acme.example".to_owned()];
    nina.phones[0].is_sms_opted_out = true;
    nina.phones[1].extension = Some("204".to_owned());
    let pages = read(&sheet(vec![nina]));
    assert_eq!(pages.len(), 1);
    for told in [
        "Emergency contacts",
        "Generated 2026-11-21 02:05 UTC by acme-admin, Acme Healthcare",
        "Acme Healthcare",
        "Nina Ortiz",
        "Nurse",
        "CALL FIRST",
        "DO NOT CONTACT, but in an emergency",
        "on leave",
        "SMS: they said STOP on",
        "old.nina@acme.example",
        "messages came back",
        "+1 217-555-0171",
        "mobile: NO SMS",
        "+1 217-555-0100 ext. 204",
        "nina.ortiz@acme.example",
        "Page 1 of 1",
    ] {
        assert!(pages[0].contains(told), "{told:?} is not in {:?}", pages[0]);
    }
}

#[test]
fn two_hundred_stand_on_several_pages_each_once_under_a_head() {
    let people = (0..200).map(|at| person("Jane", &format!("Doe{at:03}"))).collect();
    let pages = read(&sheet(people));
    assert!(pages.len() > 10, "{} pages", pages.len());
    let whole = pages.join("\n");
    for at in 0..200 {
        assert_eq!(whole.matches(&format!("Doe{at:03}")).count(), 1, "Doe{at:03}");
    }
    for (at, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("Page {} of {}", at + 1, pages.len())), "{page}");
        assert!(page.contains("Name Phone Email"), "{page}");
        assert!(page.contains("2026-11-21 02:05 UTC"), "{page}");
        assert_eq!(page.contains("continued"), at > 0, "{page}");
    }
}

#[test]
fn names_of_many_scripts_are_printed_and_what_no_font_has_is_spelt_out() {
    let people = vec![
        person("Żółć", "Łękołodzki-Þórðarson"),
        person("Ελένη", "Παπαδοπούλου"),
        person("Наталія", "Ковальчук"),
        person("Nguyễn", "Thị Hồng"),
        // A script of the ancients, for which no machine has a font.
        person("\u{1e900}\u{1e901}", "Adlam"),
        person("Zoë 😀", "Smile"),
        person("שרה", "כהן"),
        person("فاطمة", "الزهراء"),
        person("王", "小明"),
    ];
    let mut sheet = sheet(people);
    sheet.by = "scripts".to_owned();
    let whole = read(&sheet).join(" ");
    for told in ["Żółć", "Łękołodzki-Þórðarson", "Ελένη", "Παπαδοπούλου", "Наталія", "Ковальчук", "Adlam", "Smile"]
    {
        assert!(whole.contains(told), "{told} is not in {whole}");
    }
    assert!(whole.contains("Nguyễn") || whole.contains("Nguyễn"), "{whole}");
    assert!(!whole.contains('\u{fffd}'), "{whole}");
}

#[test]
fn long_names_wrap_and_a_person_longer_than_a_page_goes_on_on_the_next() {
    let mut long = person(&"Maximiliane ".repeat(16), &"Wolfeschlegelsteinhausenbergerdorff".repeat(5));
    long.emails = vec![format!("{}@{}.example", "a".repeat(60), "sub.".repeat(45))];
    long.phones = (0..90).map(|at| phone("office", &format!("+121755501{at:02}"))).collect();
    let mut sheet = sheet(vec![long]);
    sheet.by = "long".to_owned();
    let pages = read(&sheet);
    assert!(pages.len() >= 3, "{} pages", pages.len());
    let whole: String = pages.join(" ");
    assert_eq!(pages[0].matches("Maximiliane").count(), 16);
    assert!(pages[1..].iter().all(|page| page.contains("Maximiliane")), "whose numbers go on there");
    for page in &pages {
        assert_eq!(
            page.matches("+1 217").count(),
            page.matches("office").count(),
            "a kind stands with its number: {page}"
        );
    }
    for at in 0..90 {
        let number = format!("+1 217-555-01{at:02}");
        assert_eq!(whole.matches(&number).count(), 1, "{number}");
    }
}

#[test]
fn nothing_is_wider_than_its_column() {
    let mut typesetter = Typesetter::new().unwrap();
    for text in
        ["wolfeschlegelsteinhausenbergerdorff".repeat(4), "a@b.example ".repeat(9), "شركة ".repeat(30), "王".repeat(80)]
    {
        for line in typesetter.lines(&text, NAME, Row::WIDTHS[0]) {
            assert!(line.width <= Row::WIDTHS[0], "{} points", line.width);
        }
    }
    assert!(typesetter.lines("   ", NAME, 100.0).is_empty());
}

#[test]
fn an_empty_list_says_so() {
    let pages = read(&sheet(Vec::new()));
    assert!(pages[0].contains("Nobody whom you see is on this list."), "{}", pages[0]);
}
