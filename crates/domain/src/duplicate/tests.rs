//! The rules, each by an example.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

mod by_hand;
mod order;

use super::place::Spot;
use super::*;

#[derive(Clone, Default)]
struct Who(Person);

fn who(first_name: &str, last_name: &str) -> Who {
    Who(Person {
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        is_active: true,
        ..Person::default()
    })
}

impl Who {
    fn email(mut self, email: &str) -> Self {
        self.0.emails.push(email.to_owned());
        self
    }

    fn mobile(mut self, number: &str) -> Self {
        self.0.phones.push(Line::of(number, None, true));
        self
    }

    fn office(mut self, number: &str) -> Self {
        self.0.phones.push(Line::of(number, None, false));
        self
    }

    fn at(mut self, street: &str, city: &str, postal_code: &str) -> Self {
        self.0.addresses.push(Place {
            street1: street.to_owned(),
            city: city.to_owned(),
            postal_code: Some(postal_code.to_owned()),
            ..Place::default()
        });
        self
    }

    fn titled(mut self, title: &str) -> Self {
        self.0.title = Some(title.to_owned());
        self
    }

    fn works(mut self, organization: u128) -> Self {
        self.0.organizations.push(Uuid::from_u128(organization));
        self
    }

    fn profile(&self) -> Profile {
        Profile::of(&self.0)
    }
}

fn compared(one: &Who, other: &Who) -> Comparison {
    compare(&one.profile(), &other.profile(), &Census::default(), &Sharers::default())
}

/// Among others who have the same phones, emails and houses.
fn among(one: &Who, other: &Who, sharers: u32) -> Comparison {
    let (one, other) = (one.profile(), other.profile());
    let shared = one.marks().into_iter().chain(other.marks()).map(|mark| (mark, sharers)).collect();
    compare(&one, &other, &Census::default(), &shared)
}

#[track_caller]
fn same(one: &Who, other: &Who) {
    let comparison = compared(one, other);
    assert!(comparison.score >= LIKELY, "{comparison:#?}");
    let keys = one.profile().keys();
    assert!(other.profile().keys().iter().any(|key| keys.contains(key)), "they would not meet");
}

#[track_caller]
fn two(one: &Who, other: &Who) {
    let comparison = compared(one, other);
    assert!(comparison.score < LIKELY, "{comparison:#?}");
}

#[test]
fn a_name_alone_is_never_enough() {
    two(&who("Zebulon", "Quartermaine"), &who("Zebulon", "Quartermaine"));
    two(&who("Zebulon A.", "Quartermaine"), &who("Zebulon A.", "Quartermaine"));
    two(&who("Mary", "Smith"), &who("Mary", "Smith"));
    two(&who("Zebulon", "Quartermaine").email("zq@ab.example"), &who("Zebulon", "Quartermaine").mobile("+15552220001"));
}

#[test]
fn other_emails_and_other_phones_make_a_homonym() {
    for (first, last) in [("John", "Smith"), ("Zebulon", "Quartermaine")] {
        two(
            &who(first, last).email("one@ab.example").mobile("+15552220001"),
            &who(first, last).email("tiger7@gmail.com").mobile("+15553330009"),
        );
    }
}

#[test]
fn one_mobile_or_one_email_beside_a_name_is_enough() {
    same(&who("Jane", "Doe").mobile("+15552220001"), &who("Jane", "Doe").mobile("(555) 222-0001"));
    same(&who("Jane", "Doe").email("jane@ab.example"), &who("JANE", "DOE").email("Jane@AB.example"));
    same(&who("Bob", "Miller").mobile("+15552220001"), &who("Robert", "Miller").mobile("+15552220001"));
    same(&who("Jane", "Doe").email("jane@ab.example"), &who("Doe", "Jane").email("jane@ab.example"));
    same(&who("Jane", "Doe").email("jdoe@ab.example"), &who("J.", "Doe").email("jdoe@ab.example"));
    same(&who("Katherine", "Andersen").email("ka@ab.example"), &who("Kathrine", "Anderson").email("ka@ab.example"));
    same(&who("Юрий", "Иванов").email("yuri@ab.example"), &who("Yuri", "Ivanov").email("yuri@ab.example"));
    same(&who("Jörg", "Müller").mobile("+491701234567"), &who("Joerg", "Mueller").mobile("+491701234567"));
    same(&who("Ana", "García-López").mobile("+15552220001"), &who("Ana", "García").mobile("+15552220001"));
    same(&who("Dr. Ana", "García, MD").mobile("+15552220001"), &who("Ana M.", "Garcia").mobile("+15552220001"));
}

#[test]
fn who_marries_stays_who_it_is() {
    same(&who("Ana", "García").mobile("+15552220001"), &who("Ana", "Thompson").mobile("+15552220001"));
}

#[test]
fn a_slip_in_email_or_phone_is_forgiven() {
    same(
        &who("Walter", "Okonkwo").email("walter.okonkwo@ab.example"),
        &who("Walter", "Okonkwo").email("walter.okonkow@ab.example"),
    );
    same(&who("Walter", "Okonkwo").mobile("+15552220419"), &who("Walter", "Okonkwo").mobile("+15552220491"));
    same(&who("Walter", "Okonkwo").mobile("+15552220419"), &who("Walter", "Okonkwo").mobile("+15552223419"));
    same(
        &who("Walter", "Okonkwo").email("walter.okonkwo@ab.example"),
        &who("Walter", "Okonkwo").email("walterokonkwo+news@ab.example"),
    );
}

#[test]
fn fathers_and_sons_are_two() {
    let at_home = |last| who("John", last).mobile("+15552220001").at("12 Oak St", "Salem", "97301");
    two(&at_home("Garcia Sr."), &at_home("Garcia, Jr."));
    two(&at_home("Garcia II"), &at_home("Garcia III"));
}

#[test]
fn a_household_is_more_than_one() {
    let at_home = |first, last| {
        who(first, last).mobile("+15552220001").email("thedoes@gmail.com").at("12 Oak Street", "Salem", "97301")
    };
    two(&at_home("John", "Doe"), &at_home("Mary", "Doe"));
    two(&at_home("John", "Doe"), &at_home("Mary", "Roe"));
    // Twins, and names that are near without being slips.
    two(&at_home("Anna", "Doe"), &at_home("Hannah", "Doe"));
    let without_email = |first| who(first, "Doe").mobile("+15552220001").at("12 Oak Street", "Salem", "97301");
    two(&without_email("Mario"), &without_email("Maria"));
    two(&without_email("Daniel"), &without_email("Daniela"));
    two(&without_email("John"), &without_email("Joan"));
    two(
        &who("John", "Doe").mobile("+15552220001").email("thedoes@gmail.com"),
        &who("Mary", "Doe").mobile("+15552220001").email("thedoes@gmail.com"),
    );
}

#[test]
fn what_an_office_shares_says_little() {
    let at_work = |first, last| {
        who(first, last).office("+15552220001").email("billing@ab.example").at("1 Mill Rd", "Salem", "97301").works(1)
    };
    for sharers in [12, 30] {
        assert!(among(&at_work("Ana", "Reyes"), &at_work("Tom", "Baker"), sharers).score < 0.1);
        assert!(among(&at_work("Ana", "Reyes"), &at_work("Ana", "Baker"), sharers).score < LIKELY);
    }
    let line = |sharers| {
        among(&who("Ana", "Reyes").office("+15552220001"), &who("Ana", "Reyes").office("+15552220001"), sharers).score
    };
    assert!(line(30) < line(2));
}

#[test]
fn one_name_at_two_providers_says_little() {
    two(&who("John", "Smith").email("john.smith@gmail.com"), &who("John", "Smith").email("john.smith@ab.example"));
    two(&who("John", "Smith").email("info@gmail.com"), &who("John", "Smith").email("info@ab.example"));
}

#[test]
fn rare_names_count_more() {
    let at = |first, last| {
        compared(&who(first, last).at("1 Oak St", "Salem", "97301"), &who(first, last).at("9 Elm St", "Salem", "97302"))
            .score
    };
    assert!(at("Zebulon", "Quartermaine") > at("Linda", "Brown"));
    assert!(at("Linda", "Brown") > at("James", "Smith") - 1e-9);
}

#[test]
fn two_logins_and_one_organization_speak_against() {
    let (mut one, other) = (who("Ana", "Reyes").mobile("+15552220001"), who("Ana", "Reyes").mobile("+15552220001"));
    let before = compared(&one, &other).score;
    assert!(compared(&one.clone().works(1), &other.clone().works(1)).score < before);
    one.0.has_login = true;
    let mut other = other;
    other.0.has_login = true;
    assert!(compared(&one, &other).score < before);
}

#[test]
fn the_evidence_adds_up_whichever_stands_first() {
    let one =
        who("Bob", "Miller").mobile("+15552220001").email("bob@ab.example").at("1 Oak St", "Salem", "97301").works(1);
    let other =
        who("Robert", "Miler").mobile("+15552220001").email("rm@cd.example").at("7 Elm St", "Salem", "97301").works(2);
    let (there, back) = (compared(&one, &other), compared(&other, &one));
    assert_eq!(there.score, back.score);
    let odds: f64 = there.evidence.iter().map(|evidence| evidence.weight).sum();
    assert!((odds - (there.score / (1.0 - there.score)).ln()).abs() < 1e-9, "{there:#?}");
    assert_eq!(there.evidence[0].signal, Signal::Prior);
    let phone = there.evidence.iter().find(|evidence| evidence.signal == Signal::Phone).unwrap();
    assert_eq!((phone.one.as_deref(), phone.other.as_deref()), (Some("+15552220001"), Some("+15552220001")));
    assert_eq!(phone.basis.as_deref(), Some("the same phone, personal to both; nobody else has it"));
    assert_eq!(there.evidence.len(), back.evidence.len());
    for (evidence, turned) in there.evidence.iter().zip(&back.evidence) {
        assert_eq!((evidence.signal, evidence.weight), (turned.signal, turned.weight));
        assert_eq!((&evidence.one, &evidence.other), (&turned.other, &turned.one));
    }
}

#[test]
fn slips_in_every_field_leave_a_key() {
    let right = who("Walter", "Okonkwo").mobile("+15552220419").email("walter.okonkwo@ab.example").at(
        "4812 Hickory Lane",
        "Salem",
        "97301",
    );
    for wrong in [
        who("Wlater", "Okonkwo"),
        who("Walter", "Okonwko"),
        who("Okonkwo", "Walter"),
        who("Wallter", "Okonkow").mobile("+15552220491"),
        who("Wallter", "Okonkow").mobile("+15552229419"),
        who("Wallter", "Okonkow").email("wlater.okonkwo@ab.example"),
        who("Wallter", "Okonkow").at("4812 Hickery Ln", "Salem", "97301"),
        who("Wlater", "Okonkow").mobile("+15552220491").email("walter.okonkow@ab.example").at(
            "4821 Hickory Ln",
            "Salme",
            "97310",
        ),
    ] {
        let keys = wrong.profile().keys();
        assert!(right.profile().keys().iter().any(|key| keys.contains(key)), "{:?}", wrong.0);
    }
}

#[test]
fn a_profile_is_kept_as_it_is_and_small() {
    let person = who("Ana-María", "van der García-López Jr.")
        .mobile("+15552220001")
        .email("ana@ab.example")
        .at("12 Oak St", "Salem", "97301")
        .works(1);
    let profile = person.profile();
    let kept = serde_json::to_string(&profile).unwrap();
    assert!(kept.len() < 900, "{} bytes: {kept}", kept.len());
    assert_eq!(serde_json::from_str::<Profile>(&kept).unwrap(), profile);
    let keys = profile.keys();
    assert!(keys.is_sorted() && (10..=40).contains(&keys.len()), "{}", keys.len());
    assert!(profile.marks().iter().all(|mark| keys.contains(mark)));
    let census = Census::counted([&profile, &profile, &profile].into_iter());
    assert_eq!(serde_json::from_str::<Census>(&serde_json::to_string(&census).unwrap()).unwrap(), census);
}

#[test]
fn keys_are_for_ever() {
    // They are kept in tables: another hash would need every row anew, and another rule set version.
    assert_eq!(word::hash(&[b"name", b"doejane"]), KEY_OF_JANE_DOE);
    assert!(who("Jane", "Doe").profile().keys().contains(&KEY_OF_JANE_DOE));
}

const KEY_OF_JANE_DOE: i64 = 8708703006764442214;

/// The profiles of so many people, with made-up ids.
fn directory(people: impl IntoIterator<Item = Who>) -> Vec<(Uuid, Profile)> {
    people.into_iter().zip(1_u128..).map(|(who, at)| (Uuid::from_u128(at), who.profile())).collect()
}

#[test]
fn a_key_that_many_share_is_skipped_and_told() {
    let letters = "abcdefghijklmnopqrstuvwxyz".as_bytes();
    let staff = |many: usize| {
        directory((0..many).map(|at| {
            let name: String =
                [at % 26, at / 26, 7, at % 5, at % 3].map(|letter| char::from(letters[letter])).into_iter().collect();
            who(&name, &name.chars().rev().collect::<String>()).office("+15552220001")
        }))
    };
    let census = Census::default();
    let few = staff(MOST_SHARING);
    let scanned = pairs(&few, &census, &Sharers::default(), |_| {});
    assert_eq!(scanned.skipped, Skipped::default());
    assert_eq!(scanned.compared as usize, MOST_SHARING * (MOST_SHARING - 1) / 2);
    let scanned = pairs(&staff(MOST_SHARING + 1), &census, &Sharers::default(), |_| {});
    assert_eq!(scanned.skipped.keys, 2, "the number, and its end");
    assert_eq!(scanned.skipped.most, MOST_SHARING + 1);
}

#[test]
fn a_scan_finds_what_one_by_one_finds() {
    let people = directory((0..60).flat_map(|at| {
        let number = format!("+1555222{:04}", at / 2);
        [who(["Bob", "Robert", "Ana"][at % 3], ["Miller", "Reyes"][at % 2]).mobile(&number)]
    }));
    let census = Census::counted(people.iter().map(|(_, profile)| profile));
    let sharers = Sharers::counted(people.iter().map(|(_, profile)| profile));
    let told = std::sync::atomic::AtomicUsize::new(0);
    let order = std::sync::atomic::Ordering::Relaxed;
    let scanned = pairs(&people, &census, &sharers, |through| {
        told.fetch_max(through, order);
    });
    assert_eq!(told.into_inner(), people.len());
    let mut keys: std::collections::HashMap<i64, Vec<usize>> = std::collections::HashMap::new();
    for (at, (_, profile)) in people.iter().enumerate() {
        profile.keys().into_iter().for_each(|key| keys.entry(key).or_default().push(at));
    }
    keys.retain(|_, who| who.len() <= MOST_SHARING);
    let mut expected = Vec::new();
    for one in 0..people.len() {
        for other in one + 1..people.len() {
            let meet = keys.values().any(|who| who.contains(&one) && who.contains(&other));
            if let Some(score) = likeness(&people[one].1, &people[other].1, &census, &sharers).filter(|_| meet) {
                expected.push((one, other, score));
                assert_eq!(compare(&people[one].1, &people[other].1, &census, &sharers).score, score);
            }
        }
    }
    let mut found: Vec<_> = scanned.pairs.iter().map(|pair| (pair.one, pair.other, pair.score)).collect();
    found.sort_by(|one, other| one.partial_cmp(other).unwrap());
    assert!(!found.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn who_speaks_against_each_other_ends_in_two_clusters() {
    let chain = [(1, 2, 0.9), (2, 3, 0.8), (4, 5, 0.7)];
    assert_eq!(clustered(&chain, |_, _| false), [vec![1, 2, 3], vec![4, 5]]);
    assert_eq!(
        clustered(&chain, |one: i32, other| (one.min(other), one.max(other)) == (1, 3)),
        [vec![1, 2], vec![4, 5]]
    );
    let mut turned = chain;
    turned.reverse();
    assert_eq!(clustered(&turned, |_, _| false), clustered(&chain, |_, _| false), "whatever order they come in");
}

/// Whatever stands in a field, it is compared: what came in by an import or was there before is no reason to stop. And what is kept reads as
/// it was written, since keys are made of both.
#[test]
fn any_text_is_compared_and_reads_as_it_was_kept() {
    const PARTS: [&str; 24] = [
        "ñ",
        "@",
        "ß",
        "日本",
        "é",
        "a",
        "b",
        "Smith",
        "+",
        ".",
        "-",
        " ",
        "1",
        "555",
        "🙂",
        "\u{301}",
        "ﬁ",
        "İ",
        "Ω",
        "\u{0}",
        "gmail.com",
        "info",
        "Straße",
        "łódź",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = |most: u64| {
        let mut dice = |sides: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % sides
        };
        (0..dice(most)).map(|_| PARTS[dice(24) as usize]).collect::<String>()
    };
    let mut before = Profile::default();
    for address in ["ñ@example.org", "añ@x", "ñaña.ñaña@ñ", "@", "ñ@", "日本@日本"]
        .map(str::to_owned)
        .into_iter()
        .chain(std::iter::repeat_n(String::new(), 3_000))
    {
        let address = if address.is_empty() { format!("{}@{}", text(9), text(6)) } else { address };
        let person = Person {
            first_name: text(8),
            last_name: text(8),
            title: Some(text(5)),
            department: Some(text(5)),
            emails: vec![address.clone(), text(12)],
            phones: vec![Line::of(&text(12), None, true)],
            addresses: vec![Place {
                street1: text(12),
                street2: Some(text(5)),
                city: text(6),
                postal_code: Some(text(5)),
                ..Place::default()
            }],
            organizations: vec![Uuid::from_u128(1)],
            ..Person::default()
        };
        let profile = Profile::of(&person);
        let kept: Profile = serde_json::from_str(&serde_json::to_string(&profile).unwrap()).unwrap();
        assert_eq!(kept, profile, "{person:?}");
        assert_eq!((kept.keys(), kept.marks()), (profile.keys(), profile.marks()), "{person:?}");
        let score = compare(&profile, &before, &Census::default(), &Sharers::default()).score;
        assert!((0.0..=1.0).contains(&score), "{person:?}");
        before = profile;
    }
}

#[test]
fn a_profile_is_the_same_in_whatever_order_rows_come() {
    let place = |street1: &str, street2: Option<&str>| Place {
        street1: street1.to_owned(),
        street2: street2.map(str::to_owned),
        city: "Joliet".to_owned(),
        ..Place::default()
    };
    let line = |number: &str, is_personal: bool| Line::of(number, None, is_personal);
    let mut person = Person {
        first_name: "Ada".to_owned(),
        last_name: "Okafor".to_owned(),
        phones: vec![line("+13125550142", false), line("13125550142", false), line("13125550142", true)],
        // One line, and the same in two: they read alike and have not the same parts.
        addresses: vec![place("12 Elm Street, 4", None), place("12 Elm Street", Some("4"))],
        ..Person::default()
    };
    assert_ne!(Spot::of(&person.addresses[0]), Spot::of(&person.addresses[1]));
    let profile = Profile::of(&person);
    for _ in 0..3 {
        person.phones.rotate_left(1);
        person.addresses.rotate_left(1);
        assert_eq!(Profile::of(&person), profile);
        person.phones.swap(0, 1);
        assert_eq!(Profile::of(&person), profile);
    }
}

#[test]
fn keys_that_tell_where_somebody_works_are_known() {
    let person = who("Ada", "Okafor").mobile("+13125550142").works(1).works(2).profile();
    let (all, elsewhere) = (person.keys(), person.organization_keys());
    assert_eq!(elsewhere.len(), 4);
    let rest: Vec<i64> = all.into_iter().filter(|key| elsewhere.binary_search(key).is_err()).collect();
    assert_eq!(rest, person.as_seen_by(None).keys());
}
