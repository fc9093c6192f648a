//! What was found of two contacts, in words and values: for whoever decides whether they are one person. It weighs nothing.

use super::Profile;
use super::levels::Found;
use super::method::Mail;
use super::place::Spot;
use super::signal::Signal;

/// As many organizations of each are named at most.
const MOST_ORGANIZATIONS: usize = 5;

/// The name of the level that was found.
pub(super) fn level(found: &Found, signal: Signal) -> &'static str {
    signal.levels()[found.levels.of(signal)]
}

fn is_swapped(found: &Found) -> bool {
    level(found, Signal::WholeName) == "Swapped"
}

/// What stands at the one and at the other, as far as it can be shown.
pub(super) fn values(found: &Found, signal: Signal, one: &Profile, other: &Profile) -> [Option<String>; 2] {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let emails = || {
        let (i, j, _) = found.email.unwrap_or_default();
        let of = |mails: &[Mail], at: usize| mails.get(at).map(|mail| mail.address.to_string());
        [of(&one.emails, i), of(&other.emails, j)]
    };
    let phones = || {
        let (i, j, _) = found.phone.unwrap_or_default();
        [one.phones.get(i).map(|call| call.text()), other.phones.get(j).map(|call| call.text())]
    };
    match signal {
        Signal::Prior | Signal::NameAlone | Signal::Login => [None, None],
        // Compared crosswise: what is shown is what was compared.
        Signal::FirstName if is_swapped(found) => [text(one.first_name()), text(other.last_name())],
        Signal::LastName if is_swapped(found) => [text(one.last_name()), text(other.first_name())],
        Signal::FirstName | Signal::MiddleName => [text(one.first_name()), text(other.first_name())],
        Signal::LastName => [text(one.last_name()), text(other.last_name())],
        Signal::WholeName | Signal::Generation => [text(&whole(one)), text(&whole(other))],
        Signal::Email | Signal::NameAndEmail => emails(),
        Signal::Phone | Signal::NameAndPhone => phones(),
        Signal::EmailAndPhone => {
            let [first, second] = emails();
            let [third, fourth] = phones();
            let both = |email: Option<String>, phone: Option<String>| match (email, phone) {
                (Some(email), Some(phone)) => Some(format!("{email}, {phone}")),
                (email, phone) => email.or(phone),
            };
            [both(first, third), both(second, fourth)]
        }
        Signal::Street | Signal::NameAndStreet => {
            let (i, j, _) = found.place.unwrap_or_default();
            [one.places.get(i), other.places.get(j)].map(|place| place.map(|place| place.text.to_string()))
        }
        Signal::City => {
            let towns = towns(one, other);
            [towns.map(|(place, _)| place), towns.map(|(_, place)| place)]
                .map(|place| place.map(|at| at.text.to_string()))
        }
        Signal::Organization => organizations(one, other),
        Signal::Title => {
            let of = |profile: &Profile| match (profile.title(), profile.department()) {
                (title, department) if level(found, signal) == "Similar" && !department.is_empty() => {
                    text(&format!("{title}, {department}"))
                }
                (title, _) => text(title),
            };
            [of(one), of(other)]
        }
    }
}

/// The places whose towns agree best.
fn towns<'a>(one: &'a Profile, other: &'a Profile) -> Option<(&'a Spot, &'a Spot)> {
    let pairs = one.places.iter().flat_map(|a| other.places.iter().map(move |b| (a, b)));
    pairs.min_by_key(
        |(a, b)| if !a.postal.is_empty() && a.postal == b.postal { 0 } else { 2 - u8::from(a.is_same_town(b)) },
    )
}

/// The organizations where both have roles, or else those of each: their ids with blanks in between, for whoever knows what they are called.
fn organizations(one: &Profile, other: &Profile) -> [Option<String>; 2] {
    let is_of = |profile: &Profile, id| profile.organizations.binary_search(id).is_ok();
    let shared: Vec<_> = one.organizations.iter().filter(|id| is_of(other, id)).collect();
    let told = |profile: &Profile| {
        let ids = profile.organizations.iter().filter(|id| shared.is_empty() || shared.contains(id));
        let ids = ids.take(MOST_ORGANIZATIONS).map(ToString::to_string).collect::<Vec<_>>().join(" ");
        (!ids.is_empty()).then_some(ids)
    };
    [told(one), told(other)]
}

fn whole(profile: &Profile) -> String {
    format!("{} {}", profile.first_name(), profile.last_name()).trim().to_owned()
}

/// What was found, in a sentence without a dot.
pub(super) fn basis(found: &Found, signal: Signal) -> String {
    let level = level(found, signal);
    let swapped = if is_swapped(found) { ", where first and last name are swapped" } else { "" };
    match signal {
        Signal::FirstName => format!("{}{swapped}", name(level, "first name")),
        Signal::LastName => format!("{}{swapped}", name(level, "last name")),
        Signal::WholeName if found.namesakes.is_finite() && found.namesakes > 0.0 && level != "Swapped" => {
            let count = match found.namesakes {
                few if few < 0.1 => "hardly any".to_owned(),
                some if some < 10.0 => format!("about {some:.1}"),
                many => format!("about {many:.0}"),
            };
            format!("{count} others of this name are to be expected")
        }
        Signal::Email => with_sharers(email(level), level, found.email),
        Signal::Phone => with_sharers(phone(level), level, found.phone),
        Signal::Street => with_sharers(street(level), level, found.place),
        Signal::NameAndEmail => {
            together(level, ["an email of their own", "a shared email", "similar emails", "other emails"])
        }
        Signal::NameAndPhone => {
            together(level, ["the same phone", "the same shared phone", "similar phones", "other phones"])
        }
        Signal::NameAndStreet => {
            together(level, ["the same house", "the same house of many", "similar streets", "other houses"])
        }
        _ => plain(signal, level).map_or_else(|| spelt(level), str::to_owned),
    }
}

/// A level without words of its own: `SameAndDifferent` is "same and different".
fn spelt(level: &str) -> String {
    let mut words = String::new();
    for letter in level.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn name(level: &str, what: &str) -> String {
    match level {
        "Unknown" => format!("one of them has no {what}"),
        "Same" => format!("the same {what}"),
        "Short" => format!("one {what} is short for the other, or another form of it"),
        "Part" => format!("of several words of the {what} one is the same"),
        "Initial" => format!("the initial of the {what} is the same, and one has nothing but that"),
        "Near" => format!("the {what} is a slip apart"),
        "Sounds" => format!("the {what}s sound or look alike"),
        "OtherInitial" => format!("the initial of the {what} is another"),
        "Different" => format!("two {what}s that have nothing to do with each other"),
        level => format!("{what}: {}", spelt(level)),
    }
}

fn email(level: &str) -> Option<&'static str> {
    Some(match level {
        "Unknown" => "one of them has no email",
        "Sole" | "Few" => "the same email",
        "Many" => "the same email, which is a function's or many have",
        "Box" => "the same mailbox, written with other dots or another tag",
        "Local" => "the same word before the @, at another provider",
        "LocalName" => "the same word before the @, at another provider; it is the name and no more",
        "Near" => "one email is a slip apart from the other",
        "Company" => "other addresses at one domain of its own",
        "Different" => "no email in common",
        _ => return None,
    })
}

fn phone(level: &str) -> Option<&'static str> {
    Some(match level {
        "Unknown" => "one of them has no phone",
        "Own" | "OwnFew" => "the same phone, personal to both",
        "Sole" | "Few" => "the same phone",
        "Many" => "the same phone, which many have",
        "Near" => "one digit is another, or two are swapped",
        "Beside" => "only the last digit is another",
        "Different" => "no phone in common",
        _ => return None,
    })
}

fn street(level: &str) -> Option<&'static str> {
    Some(match level {
        "Unknown" => "one of them has no street",
        "Same" => "the same house",
        "Shared" => "the same house, where many are",
        "Near" => "the same house but for a slip",
        "Different" => "no house in common",
        _ => return None,
    })
}

/// Sharers are counted up to `MOST_COUNTED`.
fn with_sharers(what: Option<&str>, level: &str, found: Option<(usize, usize, u32)>) -> String {
    let what = what.map_or_else(|| spelt(level), str::to_owned);
    match found.map_or(0, |(_, _, sharers)| sharers) {
        0 | 1 => what,
        2 => format!("{what}; nobody else has it"),
        some if some < super::MOST_COUNTED => format!("{what}; {some} contacts share it"),
        _ => format!("{what}; {} contacts or more share it", super::MOST_COUNTED),
    }
}

/// What a value says beside the names: of one's own, shared, similar, other.
fn together(level: &str, [own, shared, similar, other]: [&str; 4]) -> String {
    let names = [
        ("Near", "the names are a slip apart"),
        ("Family", "the last name is the same, the first name is not"),
        ("Given", "the first name is the same, the last name is not"),
        ("Neither", "the names are others"),
        ("Missing", "one name is missing and the other agrees"),
        ("Initial", "the last name and the initial are the same"),
    ];
    let told = names.into_iter().find_map(|(names, told)| Some((told, level.strip_prefix(names)?)));
    match told {
        Some((names, "Same")) => format!("{names}, beside {own}"),
        Some((names, "Shared")) => format!("{names}, beside {shared}"),
        Some((names, "Similar" | "Near")) => format!("{names}, beside {similar}"),
        Some((names, "Different")) => format!("{names}, beside {other}"),
        _ => spelt(level),
    }
}

fn plain(signal: Signal, level: &str) -> Option<&'static str> {
    Some(match (signal, level) {
        (Signal::Prior, _) => "any two contacts that are compared",
        (Signal::MiddleName, "Same") => "the same middle name, or a form of it",
        (Signal::MiddleName, "Initial") => "the initial of the middle name is the same",
        (Signal::MiddleName, "Different") => "two middle names",
        (Signal::WholeName, "Swapped") => "first and last name are swapped",
        (Signal::WholeName, "None") => "the whole names do not agree",
        (Signal::WholeName, _) => "the whole names agree",
        (Signal::Generation, "Same") => "both are the same one of several generations",
        (Signal::Generation, "OneOnly") => "one has junior, senior or a numeral, the other has nothing",
        (Signal::Generation, "Different") => "they are of two generations, such as senior and junior",
        (Signal::City, "Postal") => "the same postal code",
        (Signal::City, "Same") => "the same town",
        (Signal::City, "Different") => "other towns",
        (Signal::Organization, "Shared") => "both have roles at one organization",
        (Signal::Organization, "Different") => "they have roles at different organizations",
        (Signal::Title, "Same") => "the same title",
        (Signal::Title, "Similar") => "a word of the title, or the department, is the same",
        (Signal::Title, "Different") => "different titles",
        (Signal::EmailAndPhone, "BothSame") => "email and phone are both the same",
        (Signal::EmailAndPhone, "SameAndDifferent") => "of email and phone one is the same and the other is not",
        (Signal::EmailAndPhone, "SimilarAndDifferent") => "of email and phone one is similar and the other is not",
        (Signal::EmailAndPhone, "OthersBothSame") => "email and phone are the same, and the names are not",
        (Signal::NameAlone, _) => "nothing but the name agrees",
        (Signal::Login, _) => "each signs in as a user of its own",
        (_, "Unknown") => "one of them has none",
        (_, "None") => "nothing to say",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::levels::Levels;
    use super::super::{Census, Comparison, Evidence, Person, Place, Sharers, compare};
    use super::*;

    fn told(one: &Person, other: &Person, signal: Signal) -> Evidence {
        let Comparison { evidence, .. } =
            compare(&Profile::of(one), &Profile::of(other), &Census::default(), &Sharers::default());
        let told = evidence.iter().find(|evidence| evidence.signal == signal);
        told.unwrap_or_else(|| panic!("{signal:?} is not told: {evidence:#?}")).clone()
    }

    fn called(first_name: &str, last_name: &str) -> Person {
        Person { first_name: first_name.to_owned(), last_name: last_name.to_owned(), ..Person::default() }
    }

    #[test]
    fn swapped_names_are_said_to_be_swapped_and_shown_as_they_were_compared() {
        let (one, other) = (called("Imogen", "Achterberg"), called("Achterberg", "Imogen"));
        let first = told(&one, &other, Signal::FirstName);
        assert_eq!((first.one.as_deref(), first.other.as_deref()), (Some("Imogen"), Some("Imogen")));
        let wanted = "the same first name, where first and last name are swapped";
        assert_eq!(first.basis.as_deref(), Some(wanted));
        let whole = told(&one, &other, Signal::WholeName);
        assert_eq!(whole.basis.as_deref(), Some("first and last name are swapped"));
    }

    #[test]
    fn of_several_addresses_those_are_shown_whose_towns_agree_and_of_organizations_those_of_both() {
        let at = |street1: &str, city: &str, postal_code: &str| Place {
            street1: street1.to_owned(),
            city: city.to_owned(),
            postal_code: Some(postal_code.to_owned()),
            ..Place::default()
        };
        let ids = [1, 2, 3].map(Uuid::from_u128);
        let one = Person {
            addresses: vec![at("1 Elm Street", "Boise", "83702"), at("7 Oak Street", "Salem", "97301")],
            organizations: vec![ids[0], ids[1]],
            is_active: true,
            ..called("Imogen", "Achterberg")
        };
        let other = Person {
            addresses: vec![at("99 Pine Road", "Salem", "97301")],
            organizations: vec![ids[1], ids[2]],
            is_active: true,
            ..called("Imogen", "Achterberg")
        };
        let town = told(&one, &other, Signal::City);
        assert!(town.one.as_deref().is_some_and(|place| place.contains("Salem")), "{town:?}");
        assert_eq!(town.basis.as_deref(), Some("the same postal code"));
        let organization = told(&one, &other, Signal::Organization);
        let shared = ids[1].to_string();
        assert_eq!((organization.one.as_ref(), organization.other.as_ref()), (Some(&shared), Some(&shared)));
    }

    #[test]
    fn every_level_has_words_of_its_own() {
        for signal in Signal::ALL {
            for (at, level) in signal.levels().iter().enumerate() {
                let mut levels = Levels::default();
                levels.0[signal as usize] = u8::try_from(at).unwrap();
                let found = Found { levels, namesakes: 0.0, email: None, phone: None, place: None };
                let told = basis(&found, signal);
                assert!(
                    *level == "None" || told != spelt(level),
                    "{signal:?} {level} is told as {told:?}: give it a sentence in duplicate/telling.rs"
                );
            }
        }
    }
}
