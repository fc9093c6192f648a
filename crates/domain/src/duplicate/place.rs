//! A postal address in its parts: house number, street, unit, town.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Place;
use super::word::{Letters, hash, slips, words};

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
    /// The other line of the two, where it may be a street as well: whoever fills in a form may take one for the other.
    #[serde(rename = "o", default)]
    pub other_line: Letters,
    #[serde(rename = "u", default)]
    pub unit: Letters,
    #[serde(rename = "p", default)]
    pub postal: Letters,
    #[serde(rename = "c")]
    pub city: Letters,
    /// Where it is told in two letters.
    #[serde(rename = "r", default)]
    pub state: Letters,
}

/// What a street is called without being its name.
const KINDS: &str = "street st str avenue ave av road rd drive dr drv lane ln boulevard blvd court ct crt place pl square sq terrace ter tce way \
     circle cir circuit cct crescent cres cr close cl grove gr gardens gdns garden gdn parade pde highway hwy parkway pkwy \
     trail trl loop alley aly hollow holw point pt ridge rdg row walk view vw vista heights hts green grn mews plaza plz \
     esplanade esp promenade prom path track trk turnpike tpke expressway expy calle c rue via strasse weg platz allee gasse \
     ulica ul avenida avda rua chemin chaussee laan straat plein";
/// Kinds of which a slip is forgiven, as the last word of a street.
const LONG_KINDS: &str = "street avenue road drive lane boulevard court place square terrace circle circuit crescent close grove gardens parade highway \
     parkway trail strasse";
/// What stands between the words of a street's name and is left out as often.
const SMALL: &str = "de la del los las le du des der dem den di da do the of";
const UNITS: [&str; 19] = [
    "apt",
    "apartment",
    "unit",
    "suite",
    "ste",
    "floor",
    "fl",
    "room",
    "rm",
    "no",
    "bldg",
    "building",
    "top",
    "flat",
    "level",
    "lot",
    "shop",
    "spc",
    "number",
];

type Words = LazyLock<HashSet<&'static str>>;
static ALL_KINDS: Words = LazyLock::new(|| KINDS.split_ascii_whitespace().collect());
static SMALL_WORDS: Words = LazyLock::new(|| SMALL.split_ascii_whitespace().collect());

/// A word of a street or a town as it is compared: directions and numbers are written in several ways.
fn plain(word: &str) -> &str {
    match word {
        "north" => "n",
        "south" => "s",
        "east" => "e",
        "west" => "w",
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        "saint" | "sainte" | "ste" => "st",
        "mount" => "mt",
        "fort" => "ft",
        "first" => "1st",
        "second" => "2nd",
        "third" => "3rd",
        "fourth" => "4th",
        "fifth" => "5th",
        "sixth" => "6th",
        "seventh" => "7th",
        "eighth" => "8th",
        "ninth" => "9th",
        "tenth" => "10th",
        other => other,
    }
}

/// Whether it is what a street is called: as the last word with a slip as well.
fn is_kind(word: &str, is_last: bool) -> bool {
    ALL_KINDS.contains(word)
        || (is_last
            && word.len() >= 4
            && LONG_KINDS
                .split_ascii_whitespace()
                .any(|kind| kind.len() >= 4 && slips(kind.as_bytes(), word.as_bytes()) == 1))
}

fn is_number(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit) && word.len() <= 6
}

/// `5th` begins with a digit and is no number of a house.
fn is_house(word: &str) -> bool {
    is_number(word) && !["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end) && word.len() > 2)
}

/// The parts of a line.
#[derive(Default)]
struct Line {
    house: String,
    street: String,
    unit: String,
}

/// Takes a line apart.
fn line(text: &str) -> Line {
    // `#4` is `Apt 4`, and `4/12` is `Unit 4, 12`.
    let text = text.trim();
    let spelled;
    let text = if text.contains(['#', '/']) {
        let (start, rest) = text.split_at(text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len()));
        let of_one = start.rsplit_once('/').filter(|(unit, house)| !unit.is_empty() && is_house(house));
        let slashed = match of_one {
            Some((unit, house)) => format!("unit {unit} {house} {rest}"),
            None => match text.split_once('/') {
                // `Unit 4/12 Smith St`.
                Some((unit, house)) if house.starts_with(|c: char| c.is_ascii_digit()) => format!("{unit} {house}"),
                _ => text.to_owned(),
            },
        };
        spelled = slashed.replace('#', " unit ");
        spelled.as_str()
    } else {
        text
    };
    let mut of = Line::default();
    let mut words = words(text);
    // The unit stands first with its number, or last with all that follows it.
    if (words.len() > 3 || words.len() == 2) && UNITS.contains(&words[0].as_str()) && words[1].len() <= 4 {
        of.unit = words[1].clone();
        words.drain(..2);
    }
    if let Some(at) = words.iter().skip(1).position(|word| UNITS.contains(&word.as_str())) {
        let unit = words.split_off(at + 1);
        of.unit.extend(unit.into_iter().filter(|word| !UNITS.contains(&word.as_str())));
    }
    // The number stands first, or else last; of `221b` and `5th`, which both begin with a digit, only the first is one.
    if let Some(at) = words.iter().position(|word| is_house(word))
        && words.len() > 1
    {
        of.house = words.remove(at);
    }
    of.street = street(&words);
    of
}

/// A street without its kind. `Hauptstr.` and `Hauptstraße` are one.
fn street(words: &[String]) -> String {
    let mut street = String::new();
    for (at, word) in words.iter().enumerate() {
        let word = plain(word);
        let bare = ["strasse", "str"].iter().find_map(|end| word.strip_suffix(end)).filter(|bare| bare.len() > 2);
        let is_left_out =
            words.len() > 1 && (SMALL_WORDS.contains(word) || is_kind(word, at > 0 && at + 1 == words.len()));
        if !is_left_out {
            street.push_str(bare.unwrap_or(word));
        }
    }
    if street.is_empty() { words.concat() } else { street }
}

impl Spot {
    pub fn of(place: &Place) -> Option<Self> {
        let mut main = line(&place.street1);
        let second = place.street2.as_deref().unwrap_or_default();
        let first_word = words(second).into_iter().next().unwrap_or_default();
        let mut other_line = String::new();
        if UNITS.contains(&first_word.as_str())
            || second.trim_start().starts_with('#')
            || words(second).len() == 1 && second.len() < 5
        {
            main.unit.extend(words(second).into_iter().filter(|word| !UNITS.contains(&word.as_str())));
        } else if !first_word.is_empty() {
            let mut beside = line(second);
            // `Suite 200` above `12 Oak Street`: the house stands in the second line.
            if main.house.is_empty() && !beside.house.is_empty() {
                std::mem::swap(&mut main, &mut beside);
                main.unit.push_str(&beside.unit);
            }
            other_line = beside.street;
        }
        let postal: String = words(place.postal_code.as_deref().unwrap_or_default()).concat();
        let is_digits = postal.bytes().all(|byte| byte.is_ascii_digit());
        // Nine digits are an American code with its extension; of one of four a spreadsheet has
        // taken the 0 at the beginning, or it is of a country where all have four.
        let postal = match postal.len() {
            9 if is_digits => postal[..5].to_owned(),
            4 if is_digits => format!("0{postal}"),
            _ => postal,
        };
        let city: String = words(&place.city).iter().map(|word| plain(word)).collect();
        if main.street.is_empty() && postal.is_empty() && city.is_empty() {
            return None;
        }
        let state = words(place.state.as_deref().unwrap_or_default()).concat();
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
            house: Letters::of(&main.house),
            street: Letters::of(&main.street),
            other_line: Letters::of(&other_line),
            unit: Letters::of(&main.unit),
            postal: Letters::of(&postal),
            city: Letters::of(&city),
            state: Letters::of(if state.len() == 2 { &state } else { "" }),
        })
    }

    /// Whether it says a house, not merely a town.
    pub fn is_house(&self) -> bool {
        !self.house.is_empty() && !self.street.is_empty()
    }

    /// All that it has, to be put in order.
    pub fn parts(&self) -> (&str, [Letters; 7]) {
        let Self { text, house, street, other_line, unit, postal, city, state } = self;
        (text, [*house, *street, *unit, *postal, *city, *other_line, *state])
    }

    /// The street, and the other line where it may be one.
    pub fn streets(&self) -> impl Iterator<Item = Letters> {
        [self.street, self.other_line].into_iter().filter(|street| !street.is_empty())
    }

    /// Whether their streets are one, whichever line they stand in.
    pub fn is_same_street(&self, other: &Self) -> bool {
        self.street == other.street
            || (!self.other_line.is_empty() && self.other_line == other.street)
            || (!other.other_line.is_empty() && self.street == other.other_line)
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

    /// Whether both tell their state, and not the same.
    pub fn is_other_state(&self, other: &Self) -> bool {
        !self.state.is_empty() && !other.state.is_empty() && self.state != other.state
    }
}
