//! What must hold of the weights and the levels whatever was learned.

use super::super::{ORDERED, Signal, weights};
use super::*;

/// Who corrects a slip does not lower the score.
#[test]
fn what_agrees_more_weighs_more() {
    let weights = weights();
    for (signal, names) in ORDERED {
        let of = |name: &str| {
            let level = signal.levels().iter().position(|level| *level == name).expect("it is a level");
            weights.of(*signal, level)
        };
        for two in names.windows(2) {
            assert!(of(two[0]) >= of(two[1]), "{signal:?}: {} weighs less than {}", two[0], two[1]);
        }
    }
    assert!(Signal::ALL.iter().all(|signal| *signal == Signal::Prior || weights.of(*signal, 0) == 0.0));
}

fn people() -> Vec<Who> {
    let at = |first, last| {
        who(first, last).office("+1 555 222 0419").email(&format!("{first}.{last}82@ab.example")).at(
            "4812 Hickory Lane",
            "Salem",
            "97301",
        )
    };
    vec![
        at("James", "Smith"),
        at("Walter", "Okonkwo"),
        at("Zebulon", "Quartermaine"),
        at("Linda", "Brown"),
        at("Katherine", "Andersen"),
        who("James", "Smith").at("12 Oak Street", "Salem", "97301"),
        who("Zebulon", "Quartermaine").mobile("+1 555 222 0419"),
        who("Anna", "Kowalski").email("anna.kowalski@ab.example"),
    ]
}

/// The text with two letters in it swapped.
fn swapped(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = letters.len() / 2;
    letters.swap(at - 1, at);
    letters.into_iter().collect()
}

#[test]
fn whoever_is_compared_with_itself_is_no_less_alike_than_with_a_slip() {
    for right in people() {
        let itself = compared(&right, &right).score;
        let mut wrong: Vec<Who> = Vec::new();
        let mut slip = |change: &dyn Fn(&mut Person)| {
            let mut other = right.clone();
            change(&mut other.0);
            wrong.push(other);
        };
        slip(&|person| person.first_name = swapped(&person.first_name));
        slip(&|person| person.last_name = swapped(&person.last_name));
        slip(&|person| person.first_name = format!("{}.", &person.first_name[..1]));
        slip(&|person| std::mem::swap(&mut person.first_name, &mut person.last_name));
        slip(&|person| person.emails.iter_mut().for_each(|email| *email = swapped(email)));
        slip(&|person| person.phones.iter_mut().for_each(|line| line.number = line.number.replace("0419", "0491")));
        slip(&|person| person.addresses.iter_mut().for_each(|place| place.street1 = swapped(&place.street1)));
        slip(&|person| person.addresses.iter_mut().for_each(|place| place.postal_code = None));
        for wrong in &wrong {
            let score = compared(&right, wrong).score;
            assert!(score <= itself + 1e-9, "{score} above {itself}: {:?}", wrong.0);
        }
    }
}

/// The score is the same whichever stands first: what is kept, told and checked at creation all rest on it.
#[test]
fn it_is_the_same_whichever_stands_first() {
    const FIRST: [&str; 14] = [
        "Ana",
        "Anna Maria",
        "J.",
        "JR",
        "Bill",
        "William",
        "Mary Ann",
        "García",
        "-",
        "Ming",
        "محمد",
        "Maria",
        "王小明",
        "Will W.",
    ];
    const LAST: [&str; 12] = [
        "García López",
        "García",
        "Ana",
        "De La Cruz",
        "Delacruz",
        "Quartermaine",
        "Quartermane",
        "Smith Jr",
        "Mary Ann",
        "Al-Sayed",
        "Unknown",
        "W.",
    ];
    const EMAILS: [&str; 8] = [
        "wquartermaine@gmail.com",
        "wquartermaine@yahoo.com",
        "w.quartermaine@gmail.com",
        "ana.garcia@ab.example",
        "info@ab.example",
        "ana.garcia7@ab.example",
        "bill77@gmail.com",
        "bill77@yahoo.com",
    ];
    const PHONES: [&str; 6] =
        ["+1 555 222 0001", "555 222 0001", "+44 20 7946 0018", "020 7946 0018", "+1 555 222 0002", "+1 555 222 0010"];
    const STREETS: [&str; 6] =
        ["12 Oak Street", "Unit 4/12 Oak St", "12 Oka Street", "Oak St 12 #4", "Suite 4, 12 Oak St", "21 Oak Street"];
    let mut seed = 7_u64;
    let mut dice = |sides: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % sides
    };
    let mut any = || {
        let mut who = who(FIRST[dice(14)], LAST[dice(12)]);
        for _ in 0..dice(3) {
            who = who.email(EMAILS[dice(8)]);
        }
        for _ in 0..dice(3) {
            who = if dice(2) == 0 { who.mobile(PHONES[dice(6)]) } else { who.office(PHONES[dice(6)]) };
        }
        for _ in 0..dice(3) {
            who = who.at(STREETS[dice(6)], ["Salem", "St. Paul"][dice(2)], ["97301", "97310", "7301"][dice(3)]);
        }
        who.works(dice(2) as u128).profile()
    };
    let (census, mut met) = (Census::default(), 0);
    for round in 0..20_000 {
        let (one, other) = (any(), any());
        let shared: Sharers = one.marks().into_iter().map(|mark| (mark, 2 + round % 6)).collect();
        let (there, back) = (compare(&one, &other, &census, &shared), compare(&other, &one, &census, &shared));
        assert_eq!(there.score, back.score, "{there:#?}\n{back:#?}");
        met += usize::from(there.score >= LIKELY);
    }
    assert!(met > 100, "some of them are alike: {met}");
}
