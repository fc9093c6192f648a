//! Which values' sharers a comparison reads, so that whoever compares a few need not count all.

use super::Profile;

/// The marks whose sharers count between these two, in any order and perhaps twice.
pub fn counted(one: &Profile, other: &Profile) -> Vec<i64> {
    let mut marks = Vec::new();
    for a in &one.emails {
        marks.extend(other.emails.iter().filter(|b| a.address == b.address).map(|_| a.mark()));
    }
    for a in &one.phones {
        marks.extend(other.phones.iter().filter(|b| a.is_same(b)).flat_map(|b| [a.mark(), b.mark()]));
    }
    for a in &one.places {
        let same = other.places.iter().filter(|b| a.house == b.house && a.is_same_street(b));
        marks.extend(same.flat_map(|b| [a.mark(), b.mark()]).flatten());
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicate::{Census, Line, Person, Place, Sharers, compare};

    #[test]
    fn what_is_not_counted_makes_no_difference() {
        let place = |city: &str, code: &str| Place {
            street1: "12 Juniper Row".to_owned(),
            city: city.to_owned(),
            postal_code: Some(code.to_owned()),
            ..Place::default()
        };
        let line = |number: &str| Line::of(number, None, false);
        let person = |phone: &str, place: Place| {
            Profile::of(&Person {
                first_name: "Ann".to_owned(),
                last_name: "Lee".to_owned(),
                emails: vec!["front@lee.example".to_owned()],
                phones: vec![line(phone), line("+1 312 555 0199")],
                addresses: vec![place],
                ..Person::default()
            })
        };
        // One number with its country and without, one house in a town that is spelled in two ways.
        let one = person("+1 312 555 0142", place("Springfield", "62704"));
        let other = person("312 555 0142", place("Springfeld", "62704"));
        let marks: Vec<i64> = one.marks().into_iter().chain(other.marks()).collect();
        let read = counted(&one, &other);
        assert!(!read.is_empty() && read.iter().all(|mark| marks.contains(mark)));
        let census = Census::default();
        let mut scores = std::collections::BTreeSet::new();
        for mark in &marks {
            for count in [3, 9] {
                let all: Sharers = marks.iter().map(|other| (*other, if other == mark { count } else { 2 })).collect();
                let some: Sharers = read.iter().map(|other| (*other, if other == mark { count } else { 2 })).collect();
                let compared = compare(&one, &other, &census, &all);
                assert_eq!(compared, compare(&one, &other, &census, &some), "{mark} at {count}");
                scores.insert(compared.score.to_bits());
            }
        }
        assert!(scores.len() > 1, "how many share what changes the score");
    }
}
