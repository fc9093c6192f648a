//! A postal address in its parts: house number, street, unit, town.

use serde::{Deserialize, Serialize};

use super::Place;
use super::word::{Letters, hash, words};

/// An address as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// As it is shown.
    #[serde(rename = "t")]
    pub text: Box<str>,
    #[serde(rename = "h")]
    pub house: Letters,
    /// The street without its kind, written together.
    #[serde(rename = "s")]
    pub street: Letters,
    #[serde(rename = "u", default)]
    pub unit: Letters,
    #[serde(rename = "p", default)]
    pub postal: Letters,
    #[serde(rename = "c")]
    pub city: Letters,
}

/// What a street is called without being its name.
const KINDS: [&str; 40] = [
    "street",
    "st",
    "str",
    "avenue",
    "ave",
    "av",
    "road",
    "rd",
    "drive",
    "dr",
    "lane",
    "ln",
    "boulevard",
    "blvd",
    "court",
    "ct",
    "place",
    "pl",
    "square",
    "sq",
    "terrace",
    "ter",
    "way",
    "circle",
    "cir",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "trail",
    "trl",
    "calle",
    "rue",
    "via",
    "strasse",
    "weg",
    "platz",
    "allee",
    "gasse",
    "ulica",
];
const UNITS: [&str; 14] =
    ["apt", "apartment", "unit", "suite", "ste", "floor", "fl", "room", "rm", "no", "bldg", "building", "top", "flat"];

fn direction(word: &str) -> &str {
    match word {
        "north" => "n",
        "south" => "s",
        "east" => "e",
        "west" => "w",
        "saint" => "st",
        other => other,
    }
}

fn is_number(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit) && word.len() <= 6
}

impl Spot {
    pub fn of(place: &Place) -> Option<Self> {
        let mut line = words(&place.street1);
        let mut unit: Vec<String> = words(place.street2.as_deref().unwrap_or_default());
        if let Some(at) = line.iter().skip(1).position(|word| UNITS.contains(&word.as_str())) {
            unit = line.split_off(at + 1).into_iter().chain(unit).collect();
        }
        unit.retain(|word| !UNITS.contains(&word.as_str()));
        // The number stands first, or else last; `221b` and `5th` both begin with a digit, and only the first is one.
        let is_house = |word: &str| {
            is_number(word) && !["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end) && word.len() > 2)
        };
        let house = match line.iter().position(|word| is_house(word)) {
            Some(at) if line.len() > 1 => line.remove(at),
            _ => String::new(),
        };
        // `Hauptstr.` and `Hauptstraße` are one.
        let mut street = String::new();
        for word in &line {
            let word = direction(word);
            let bare = ["strasse", "str"].iter().find_map(|end| word.strip_suffix(end)).filter(|bare| bare.len() > 2);
            if line.len() == 1 || !KINDS.contains(&word) {
                street.push_str(bare.unwrap_or(word));
            }
        }
        if street.is_empty() {
            street = line.concat();
        }
        let postal: String = words(place.postal_code.as_deref().unwrap_or_default()).concat();
        // Nine digits are an American code with its extension.
        let postal =
            if postal.len() == 9 && postal.bytes().all(|b| b.is_ascii_digit()) { &postal[..5] } else { &postal };
        let city = words(&place.city).concat();
        if street.is_empty() && postal.is_empty() && city.is_empty() {
            return None;
        }
        let shown = [
            Some(place.street1.as_str()),
            place.street2.as_deref(),
            Some(place.city.as_str()),
            place.postal_code.as_deref(),
        ];
        Some(Self {
            text: shown
                .into_iter()
                .flatten()
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ")
                .into(),
            house: Letters::of(&house),
            street: Letters::of(&street),
            unit: Letters::of(&unit.concat()),
            postal: Letters::of(postal),
            city: Letters::of(&city),
        })
    }

    /// Whether it says a house, not merely a town.
    pub fn is_house(&self) -> bool {
        !self.house.is_empty() && !self.street.is_empty()
    }

    /// All that it has, to be put in order.
    pub fn parts(&self) -> (&str, [Letters; 5]) {
        (&self.text, [self.house, self.street, self.unit, self.postal, self.city])
    }

    fn town(&self) -> &[u8] {
        if self.postal.is_empty() { self.city.bytes() } else { self.postal.bytes() }
    }

    /// What is counted of it: the house.
    pub fn mark(&self) -> Option<i64> {
        self.is_house().then(|| hash(&[b"house", self.house.bytes(), self.street.bytes(), self.town()]))
    }

    pub fn is_same_town(&self, other: &Self) -> bool {
        (!self.postal.is_empty() && self.postal == other.postal) || (!self.city.is_empty() && self.city == other.city)
    }
}
