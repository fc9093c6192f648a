//! Pairs of which anybody says at once what they are, and the side of the threshold on which they must be. Phones have the code that a phone has when
//! nobody chooses one.

use super::*;

const PHONE: &str = "+1 555 222 0001";
const INBOX: &str = "thedoes@gmail.com";

fn at_home(who: Who) -> Who {
    who.at("12 Oak Street", "Salem", "97301")
}

/// All pairs that are on the wrong side are told at once.
#[track_caller]
fn judged(pairs: &[(bool, Who, Who)]) {
    let wrong: Vec<String> = pairs
        .iter()
        .map(|(is_one, one, other)| (is_one, one, other, compared(one, other)))
        .filter(|(is_one, _, _, comparison)| (comparison.score >= LIKELY) != **is_one)
        .map(|(_, one, other, comparison)| {
            let told: Vec<String> = comparison
                .evidence
                .iter()
                .map(|e| format!("{:?} {} {:+.1}", e.signal, e.basis.as_deref().unwrap_or_default(), e.weight))
                .collect();
            let name = |who: &Who| format!("{} / {}", who.0.first_name, who.0.last_name);
            format!("{:.3} {} ~ {}: {}", comparison.score, name(one), name(other), told.join(", "))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (_, one, other) in pairs.iter().filter(|(is_one, ..)| *is_one) {
        let keys = one.profile().keys();
        assert!(
            other.profile().keys().iter().any(|key| keys.contains(key)),
            "they would not meet: {:?} {:?}",
            one.0,
            other.0
        );
    }
}

#[test]
fn a_household_is_more_than_one_whatever_its_phone_is_called() {
    let [john, mary, roe] = [("John", "Doe"), ("Mary", "Doe"), ("Mary", "Roe")].map(|(first, last)| who(first, last));
    let phone = |who: &Who| who.clone().office(PHONE);
    let email = |who: &Who| who.clone().email(INBOX);
    judged(&[
        (false, email(&phone(&john)), email(&phone(&mary))),
        (false, phone(&john), phone(&mary)),
        (false, email(&john), email(&mary)),
        (false, phone(&john).titled("Nurse"), phone(&mary).titled("Nurse")),
        (false, phone(&john).works(1), phone(&mary).works(2)),
        (false, phone(&john), phone(&roe)),
        (false, at_home(email(&phone(&john))), at_home(email(&phone(&mary)))),
        (false, at_home(email(&phone(&john))), at_home(email(&phone(&roe)))),
        // Who marries stays who it is.
        (true, who("Ana", "García").office(PHONE), who("Ana", "Thompson").office(PHONE)),
        (true, who("Ana", "García").email("ana@ab.example"), who("Ana", "Thompson").email("ana@ab.example")),
    ]);
}

/// Who is called by a name that no list has is one, where everything else is the same; two who have names are two, whatever they share.
#[test]
fn a_household_is_subtracted_once_beside_a_nickname_that_nobody_listed() {
    let own = |first: &str| who(first, "Brandt").email("katherine.brandt@ab.example").mobile(PHONE);
    let family = |first: &str| who(first, "Brandt").email("thebrandts@gmail.com").mobile(PHONE);
    judged(&[
        (true, own("Katherine").works(1), own("Bibsy").works(1)),
        (true, own("Katherine").works(1).titled("Nurse"), own("Bibsy").works(1).titled("Nurse")),
        (true, at_home(own("Katherine")).works(1), at_home(own("Bibsy")).works(1)),
        (true, own("Katherine").office(PHONE), own("Bibsy").office(PHONE)),
        (
            true,
            who("Martin", "Okafor").email("mo@ab.example").office(PHONE),
            who("Skeet", "Okafor").email("mo@ab.example").office(PHONE),
        ),
        // Two names are two persons, and the mailbox of a family is nobody's own.
        (false, own("Katherine").works(1), own("Thomas").works(1)),
        (false, at_home(own("Katherine")), at_home(own("Mary"))),
        (false, family("Katherine"), family("Bibsy")),
        (false, at_home(family("Katherine")).works(1), at_home(family("Bibsy")).works(1)),
        // One thing in common is not everything.
        (false, who("Katherine", "Brandt").mobile(PHONE), who("Bibsy", "Brandt").mobile(PHONE)),
        (false, at_home(who("Katherine", "Brandt").mobile(PHONE)), at_home(who("Bibsy", "Brandt").mobile(PHONE))),
        (
            false,
            who("Katherine", "Brandt").email("katherine.brandt@ab.example"),
            who("Bibsy", "Brandt").email("katherine.brandt@ab.example"),
        ),
        // Nor is whoever is called so somewhere else.
        (false, own("Katherine"), who("Bibsy", "Brandt").email("bibsy@gmail.com").mobile("+1 555 987 6001")),
    ]);
    // Where many have phone and mailbox they are an office's.
    assert!(among(&own("Katherine"), &own("Bibsy"), 20).score < LIKELY);
}

#[test]
fn another_initial_is_another_name() {
    judged(&[
        (false, who("J.", "Doe").email(INBOX), who("Mary", "Doe").email(INBOX)),
        (false, who("J.", "Doe").office(PHONE), who("Mary", "Doe").office(PHONE)),
        (false, who("J.", "Doe").office(PHONE).email(INBOX), who("M.", "Doe").office(PHONE).email(INBOX)),
        (true, who("M.", "Doe").office(PHONE), who("Mary", "Doe").office(PHONE)),
        (true, who("JR", "Rivera").mobile(PHONE), who("John Robert", "Rivera").mobile(PHONE)),
    ]);
}

#[test]
fn swapped_names_of_several_words_are_seen() {
    let same = |first: &str, last: &str| {
        let with = |who: Who| at_home(who.email("ag@ab.example").mobile(PHONE));
        (true, with(who(first, last)), with(who(last, first)))
    };
    let by_email = |first: &str, last: &str| {
        (true, who(first, last).email("ag@ab.example"), who(last, first).email("ag@ab.example"))
    };
    judged(&[
        same("Ana", "García López"),
        same("Mary Ann", "Miller"),
        same("Anna", "van der Berg"),
        by_email("Ana", "García-López"),
        by_email("Mary Ann", "Miller"),
        by_email("Anna", "van der Berg"),
        by_email("Nguyen Van", "Tran"),
        by_email("James", "Smith"),
        (true, who("Thi Lan", "Nguyen").mobile(PHONE), who("Nguyen", "Lan").mobile(PHONE)),
    ]);
}

#[test]
fn two_names_that_are_alike_are_two() {
    let pairs: Vec<(bool, Who, Who)> = [
        "Wei Mei",
        "Zoe Joe",
        "Ava Eva",
        "Mia Mae",
        "Kayla Layla",
        "Kayla Kaylee",
        "Jayden Hayden",
        "Amir Samir",
        "Nina Dina",
        "Ian Jan",
        "Ivan Evan",
        "Ying Ling",
        "Omar Omer",
        "Tim Jim",
        "Xin Jin",
        "Ella Bella",
        "Lea Leo",
        "Lara Lars",
        "Rohan Rohit",
        "Marek Marcin",
        "Robert Roberta",
    ]
    .iter()
    .filter_map(|pair| pair.split_once(' '))
    .flat_map(|(one, other)| {
        let of = |first: &str| who(first, "Zhang");
        let email = |first: &str| of(first).email(&format!("{}.zhang@gmail.com", first.to_lowercase()));
        [
            (false, at_home(of(one).office(PHONE)), at_home(of(other).office(PHONE))),
            (false, at_home(of(one)), at_home(of(other))),
            (false, of(one).email(INBOX), of(other).email(INBOX)),
            (false, at_home(email(one).mobile(PHONE)), at_home(email(other).mobile("+1 555 987 6001"))),
        ]
    })
    .collect();
    judged(&pairs);
    // A slip is a slip all the same.
    for (right, wrong) in
        [("Walter", "Wlater"), ("Thomas", "Tomas"), ("John", "Jonh"), ("Sarah", "Sarh"), ("Emily", "Emiyl")]
    {
        judged(&[(true, at_home(who(right, "Zhang")), at_home(who(wrong, "Zhang")))]);
    }
    let line = |first, last| who(first, last).office(PHONE);
    assert!(among(&line("Wei", "Chen"), &line("Mei", "Chen"), 20).score < LIKELY);
}

#[test]
fn a_name_that_nobody_knew_speaks_for_nothing() {
    let full = || at_home(who("Ana", "Miller").office(PHONE));
    for nobody in ["-", "Unknown", "N/A", "?", "Test", "."] {
        judged(&[
            (true, at_home(who(nobody, "Miller").office(PHONE)), full()),
            (true, at_home(who("Ana", nobody).office(PHONE)), full()),
        ]);
        assert!(Profile::of(&who(nobody, "Miller").0).name.given.is_empty(), "{nobody}");
    }
    judged(&[
        (true, at_home(who("Madonna", "-")), at_home(who("Madonna", "-"))),
        (true, who("Madonna", "-").mobile(PHONE), who("Madonna", "-").mobile(PHONE)),
        (true, who("王小明", "-").mobile(PHONE), who("Xiaoming", "Wang").mobile(PHONE)),
        (false, who("-", "-").office(PHONE), who("Ana", "Miller").office("+1 555 222 7777")),
    ]);
}

#[test]
fn a_number_entered_without_its_country_is_the_same() {
    let london = |entered: &str, e164: &str| {
        let mut tom = who("Tom", "Lee");
        tom.0.phones.push(Line::of(entered, Some(e164.to_owned()), false));
        tom
    };
    let with = london("+44 20 7946 0018", "+442079460018");
    judged(&[
        (true, london("020 7946 0018", "+12079460018"), with.clone()),
        // Whoever says two countries means two numbers.
        (false, london("+1 207 946 0018", "+12079460018"), with),
    ]);
}

#[test]
fn one_house_is_one_however_it_is_spelled() {
    let spelled = |one: (&str, &str), other: (&str, &str)| {
        let linda = |(street, line): (&str, &str)| {
            let mut linda = who("Linda", "Torres").at(street, "Saint Louis", "02139");
            linda.0.addresses[0].street2 = (!line.is_empty()).then(|| line.to_owned());
            linda.profile()
        };
        let (one, other) = (linda(one), linda(other));
        let found = levels(&one, &other, &Census::default(), &Sharers::default());
        (Signal::Street.levels()[found.of(Signal::Street)], one.places, other.places)
    };
    for (one, other) in [
        (("123 N Main St Apt 4B", ""), ("123 North Main Street #4B", "")),
        (("123 Main St Apt 1204", ""), ("123 Main Street #1204", "")),
        (("Unit 4/12 Smith St", ""), ("4/12 Smith Street", "")),
        (("4/12 Smith St", ""), ("12 Smith Street", "Unit 4")),
        (("12 Fifth Avenue", ""), ("12 5th Ave", "")),
        (("12 Oak Crescent", ""), ("12 Oak Cres", "")),
        (("12 Oak Stret", ""), ("12 Oak Street", "")),
        (("12 Oakwood Avneue", ""), ("12 Oakwood Ave", "")),
        (("12 NE Oak St", ""), ("12 Northeast Oak Street", "")),
        (("12 Mt Vernon Rd", ""), ("12 Mount Vernon Road", "")),
        (("Suite 200, 12 Oak Street", ""), ("12 Oak Street", "Suite 200")),
        (("Suite 200", "12 Oak Street"), ("12 Oak Street", "Suite 200")),
        (("C/ Mayor 5", ""), ("Calle Mayor 5", "")),
        (("12 Av. de la République", ""), ("12 avenue République", "")),
        (("12 Pinkerton Circuit", "Bega Flats"), ("12 Bega Flats", "Pinkerton Circuit")),
    ] {
        let found = spelled(one, other);
        assert_eq!(found.0, "Same", "{found:#?}");
    }
    assert_eq!(spelled(("12 Oak Street", ""), ("12 Elm Street", "")).0, "Different");
    let in_town =
        |city: &str, code: &str| at_home(who("Linda", "Torres")).at("1 Elm St", city, code).profile().places[0].clone();
    assert_eq!(in_town("St. Louis", "02139").city, in_town("Saint Louis", "02139").city);
    assert_eq!(in_town("Cambridge", "02139").postal, in_town("Cambridge", "2139").postal);
}

#[test]
fn names_are_one_however_they_are_written() {
    for ((first, last), (other_first, other_last)) in [
        (("Maria", "De La Cruz"), ("Maria", "Delacruz")),
        (("Omar", "Al-Sayed"), ("Omar", "Alsayed")),
        (("Omar", "El Masri"), ("Omar", "Almasri")),
        (("Luca", "De Luca"), ("Luca", "DeLuca")),
        (("Anna", "van der Berg"), ("Anna", "Vanderberg")),
        (("Hon Wai", "Lee"), ("Honwai", "Lee")),
        (("Min Jun", "Kim"), ("Minjun", "Kim")),
        (("محمد", "حسن"), ("Mohammed", "Hassan")),
        (("Al", "Rivera"), ("Alfred", "Rivera")),
        (("Rick", "Rivera"), ("Derek", "Rivera")),
        (("Gus", "Rivera"), ("Augustus", "Rivera")),
        (("Bart", "Rivera"), ("Bartholomew", "Rivera")),
        (("Sam", "Rivera"), ("Samara", "Rivera")),
        (("Wm.", "Rivera"), ("William", "Rivera")),
        (("Acme Dental", "LLC"), ("Acme", "Dental")),
        (("Acme Dental", "Inc."), ("Acme Dental", "LLC")),
        (("Sr. José", "García"), ("Jose", "Garcia")),
    ] {
        judged(&[
            (true, who(first, last).office(PHONE), who(other_first, other_last).office(PHONE)),
            (true, at_home(who(first, last)), at_home(who(other_first, other_last))),
        ]);
    }
    judged(&[(false, at_home(who("Min Jun", "Kim")), at_home(who("Seo Jun", "Kim")))]);
}

#[test]
fn the_same_word_at_another_provider_speaks_for_somebody() {
    judged(&[
        (
            true,
            who("James", "Smith").email("zebraqueen77@gmail.com"),
            who("James", "Smith").email("zebraqueen77@yahoo.com"),
        ),
        (
            true,
            who("Linda", "Torres").email("linda.torres82@gmail.com"),
            who("Linda", "Torres").email("linda.torres82@yahoo.com"),
        ),
        (
            false,
            who("Linda", "Torres").email("linda.torres@gmail.com"),
            who("Linda", "Torres").email("linda.torres@yahoo.com"),
        ),
        (
            false,
            who("Linda", "Torres").email("linda.torres82@gmail.com"),
            who("Linda", "Torres").email("linda.torres83@gmail.com"),
        ),
    ]);
}

#[test]
fn what_is_filled_in_for_nothing_is_not_compared() {
    for number in ["000-000-0000", "999-999-9999", "123-456-7890", "555-5555"] {
        assert!(who("James", "Smith").office(number).profile().marks().is_empty(), "{number}");
    }
    for address in ["none@none.com", "noemail@ab.example", "test@test.com", "na@na.com"] {
        assert!(who("James", "Smith").email(address).profile().marks().is_empty(), "{address}");
    }
    // Numbers of a row are an office's, or a family's.
    let line = |first: &str, last: &str, number: &str, at| who(first, last).office(number).works(at);
    judged(&[
        (false, line("James", "Smith", PHONE, 1), line("James", "Smith", "+1 555 222 0002", 2)),
        (false, line("Mary", "Doe", PHONE, 1), line("Marie", "Doe", "+1 555 222 0002", 2)),
    ]);
}

#[test]
fn a_town_is_hardly_more_than_a_name() {
    let living = |first: &str, last: &str, street: &str, state: &str, code: &str| {
        let mut who = who(first, last).at(street, "Springfield", code);
        who.0.addresses[0].state = Some(state.to_owned());
        who
    };
    judged(&[
        (
            false,
            living("James", "Smith", "1 Oak St", "IL", "62704"),
            living("James", "Smith", "9 Elm St", "IL", "62702"),
        ),
        (
            false,
            living("Zebulon", "Quartermaine", "1 Oak St", "IL", "62704"),
            living("Zebulon", "Quartermaine", "9 Elm St", "MA", "01101"),
        ),
        (
            false,
            living("James", "Smith", "1 Oak St", "IL", "62704"),
            living("James", "Smith", "9 Elm St", "IL", "62704"),
        ),
    ]);
}

#[test]
fn who_left_and_came_again_is_no_second_person() {
    let at_work = |is_active| {
        let mut ana = who("Ana", "Reyes").office(PHONE).works(1);
        ana.0.is_active = is_active;
        ana
    };
    assert!(compared(&at_work(true), &at_work(false)).score > compared(&at_work(true), &at_work(true)).score);
}

#[test]
fn one_organization_makes_no_person_of_two_homonyms() {
    judged(&[
        (false, who("James", "Smith").works(1).office(PHONE), who("James", "Smith").works(1).email("js@ab.example")),
        (false, who("Linda", "Torres").works(1), who("Linda", "Torres").works(1)),
        (true, who("Linda", "Torres").works(1).office(PHONE), who("Linda", "Torres").works(1).office(PHONE)),
        (true, at_home(who("Linda", "Torres").works(1)), at_home(who("Lynda", "Tores").works(1))),
    ]);
}
