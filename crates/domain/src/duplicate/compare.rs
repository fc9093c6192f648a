//! The score: the weights of the levels that hold, added up, and told one by one.

use super::levels::{Found, found};
use super::method::Mail;
use super::place::Spot;
use super::signal::{Comparison, Evidence, Signal};
use super::weights::TABLE;
use super::{Census, KEPT, Profile, Sharers};

/// The log-odds below which two contradict each other, one in fifty.
const CONTRADICTS: f64 = -3.9;

fn weight(found: &Found, signal: Signal) -> f64 {
    TABLE[signal as usize].1[found.levels.of(signal)]
}

fn score(found: &Found) -> f64 {
    let odds: f64 = Signal::ALL.into_iter().map(|signal| weight(found, signal)).sum();
    1.0 / (1.0 + (-odds).exp())
}

/// How alike two contacts are, with every reason. The same whichever stands first, but for which value is told first.
pub fn compare(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> Comparison {
    let found = found(one, other, census, sharers);
    let evidence = Signal::ALL.into_iter().filter_map(|signal| told(&found, signal, one, other)).collect();
    Comparison { score: score(&found), evidence }
}

/// The score alone, where it is worth keeping (`KEPT`): what a scan and a check ask of thousands of pairs. It is `compare`'s.
pub fn likeness(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> Option<f64> {
    let score = score(&found(one, other, census, sharers));
    (score >= KEPT).then_some(score)
}

/// Whether they speak against each other: what is there contradicts, beyond that little agrees. The guard of `clustered`.
pub fn speak_against(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> bool {
    let found = found(one, other, census, sharers);
    let told = Signal::ALL.into_iter().filter(|signal| *signal != Signal::NameAlone);
    told.map(|signal| weight(&found, signal)).sum::<f64>() < CONTRADICTS
}

/// A signal with its values. What weighs nothing, or was not there to be compared, is not told.
fn told(found: &Found, signal: Signal, one: &Profile, other: &Profile) -> Option<Evidence> {
    let weight = weight(found, signal);
    if weight == 0.0 {
        return None;
    }
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (first, second) = match signal {
        Signal::Prior | Signal::NameAlone | Signal::Login => (None, None),
        Signal::FirstName | Signal::MiddleName => (text(one.first_name()), text(other.first_name())),
        Signal::LastName => (text(one.last_name()), text(other.last_name())),
        Signal::WholeName | Signal::Generation => (text(&whole(one)), text(&whole(other))),
        Signal::Email | Signal::NameAndEmail => {
            let at = found.email.map_or((0, 0), |(i, j, _)| (i, j));
            let of = |mails: &[Mail], at: usize| mails.get(at).map(|mail| mail.address.to_string());
            (of(&one.emails, at.0), of(&other.emails, at.1))
        }
        Signal::Phone | Signal::NameAndPhone | Signal::EmailAndPhone => {
            let at = found.phone.map_or((0, 0), |(i, j, _)| (i, j));
            (one.phones.get(at.0).map(|call| call.text()), other.phones.get(at.1).map(|call| call.text()))
        }
        Signal::Street | Signal::NameAndStreet | Signal::City => {
            let at = found.place.map_or((0, 0), |(i, j, _)| (i, j));
            let of = |places: &[Spot], at: usize| places.get(at).map(|place| place.text.to_string());
            (of(&one.places, at.0), of(&other.places, at.1))
        }
        Signal::Organization => (None, None),
        Signal::Title => (text(one.title()), text(other.title())),
    };
    Some(Evidence { signal, weight, one: first, other: second, basis: Some(basis(found, signal)) })
}

/// What was found, in words.
fn basis(found: &Found, signal: Signal) -> String {
    // `SameAndDifferent` is "same and different".
    let mut words = String::new();
    for letter in signal.levels()[found.levels.of(signal)].chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    let shared = |at: Option<(usize, usize, u32)>, what: &str| {
        at.map(|(_, _, count)| count)
            .filter(|count| *count > 1)
            .map(|count| format!("{count} contacts share this {what}"))
    };
    match signal {
        Signal::Prior => Some("any two contacts that are compared".to_owned()),
        Signal::Email => shared(found.email, "email"),
        Signal::Phone => shared(found.phone, "phone"),
        Signal::Street => shared(found.place, "house"),
        Signal::WholeName if Signal::WholeName.levels()[found.levels.of(signal)] == "Swapped" => {
            Some("first and last name are swapped".to_owned())
        }
        Signal::WholeName if found.namesakes.is_finite() && found.namesakes > 0.0 => {
            let count = match found.namesakes {
                few if few < 0.1 => "hardly any".to_owned(),
                some if some < 10.0 => format!("about {some:.1}"),
                many => format!("about {many:.0}"),
            };
            Some(format!("{count} others of this name are to be expected"))
        }
        Signal::NameAlone => Some("nothing but the name agrees".to_owned()),
        Signal::Login => Some("each signs in as a user of its own".to_owned()),
        _ => None,
    }
    .unwrap_or(words)
}

fn whole(profile: &Profile) -> String {
    format!("{} {}", profile.first_name(), profile.last_name()).trim().to_owned()
}
