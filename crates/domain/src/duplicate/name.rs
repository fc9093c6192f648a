//! A person's name in its parts, whichever way it was written. It decides nothing about likeness.

use serde::{Deserialize, Serialize};

use super::word::{Letters, Word, words};

/// The given names, the family names and what comes after them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Name {
    /// The first name first, middle names and initials after it.
    #[serde(rename = "g")]
    pub given: Box<[Word]>,
    #[serde(rename = "f")]
    pub family: Box<[Word]>,
    /// The family name with its particles, written together as some do: `delacruz`. Empty where it has none.
    #[serde(rename = "p", default)]
    pub together: Letters,
    /// 1 for the first of the name (Sr), 2 for the second (Jr, II) and so on; 0 is not said.
    #[serde(rename = "n", default)]
    pub generation: u8,
}

const TITLES: [&str; 27] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "herr",
    "frau",
    "mx",
    "sir",
    "rev",
    "sra",
    "srta",
    "mme",
    "mlle",
    "dipl",
    "ing",
    "doctor",
    "capt",
    "lt",
    "sgt",
    "sister",
    "father",
    "judge",
    "fr",
    "dra",
    "professor",
];
/// Titles and degrees that are names as well: they are none but with a dot after them or in capitals, beside a name that is not.
const DOUBTFUL: [&str; 6] = ["hon", "do", "pa", "sen", "jun", "np"];
const DEGREES: [&str; 20] = [
    "md", "phd", "rn", "dds", "dmd", "lcsw", "esq", "cpa", "mba", "msw", "bsn", "msn", "lpn", "mph", "dvm", "pharmd",
    "jd", "aprn", "edd", "pharm",
];
/// What a company is called after its name.
const FORMS: [&str; 13] =
    ["llc", "inc", "ltd", "gmbh", "corp", "co", "pllc", "plc", "pc", "bv", "llp", "incorporated", "limited"];
/// What stands before a family name and belongs to it.
const PARTICLES: [&str; 26] = [
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "el", "al", "bin",
    "ibn", "ben", "ter", "ten", "zu", "zur", "st", "saint", "los",
];
/// What is written where a name was asked for and nobody knew it.
const NOBODY: &str = "unknown na none null nil nn xxx xx tbd test noname notknown notavailable notprovided firstname lastname \
     first last name anonymous unnamed unk blank missing nolastname nofirstname";

fn generation(word: &str) -> u8 {
    match word {
        "sr" | "senior" => 1,
        "jr" | "junior" | "ii" | "2nd" => 2,
        "iii" | "3rd" => 3,
        "iv" | "4th" => 4,
        _ => 0,
    }
}

/// The words of a field; none where it holds what stands for no name. What may be a title or a name is kept as it is told apart by its dot.
fn told(field: &str) -> Vec<String> {
    let mut words = words(field);
    let whole = words.concat();
    if NOBODY.split_whitespace().any(|nobody| nobody == whole) {
        words.clear();
    }
    let is_shouted = !field.bytes().any(|byte| byte.is_ascii_lowercase());
    if words.len() > 1 && words.iter().any(|word| DOUBTFUL.contains(&word.as_str())) {
        let is_said = |word: &str| {
            field.split(|c: char| !c.is_alphanumeric() && c != '.').any(|raw| {
                let bare = raw.trim_end_matches('.');
                bare.eq_ignore_ascii_case(word)
                    && (raw.ends_with('.') || (!is_shouted && bare.bytes().all(|byte| byte.is_ascii_uppercase())))
            })
        };
        words.retain(|word| !DOUBTFUL.contains(&word.as_str()) || !is_said(word));
    }
    words
}

impl Name {
    pub fn of(first_name: &str, last_name: &str) -> Self {
        // What stands in brackets or quotation marks is another first name: `William (Bill)`.
        let mut given = told(first_name);
        let is_after = |word: &String| generation(word) > 0 || DEGREES.contains(&word.as_str());
        let mut family = match last_name.split_once(',') {
            // `Smith, Jr.` and `Smith, John`, which some systems keep in one field.
            Some((family, rest)) if !given.is_empty() || words(rest).iter().all(is_after) => {
                let mut family = told(family);
                family.extend(told(rest));
                family
            }
            Some((family, rest)) => {
                given = told(rest);
                told(family)
            }
            None => told(last_name),
        };
        if given.len() > 1 && family.iter().all(|word| FORMS.contains(&word.as_str())) {
            family.clear();
        }
        let of = stripped(&mut given).max(stripped(&mut family));
        // One field with the whole name: its last word is the family name.
        if family.is_empty() && given.len() > 1 {
            let mut at = given.len() - 1;
            while at > 1 && PARTICLES.contains(&given[at - 1].as_str()) {
                at -= 1;
            }
            family = given.split_off(at);
        } else if given.is_empty() && family.len() > 1 {
            given = vec![family.remove(0)];
        }
        // `van der Berg` is Berg with particles.
        let mut together = Letters::default();
        if family.len() > 1 && family.iter().any(|word| !PARTICLES.contains(&word.as_str())) {
            let whole = family.concat();
            let parts = family.len();
            family.retain(|word| !PARTICLES.contains(&word.as_str()));
            if family.len() < parts {
                together = Letters::of(&whole);
            }
        }
        // `Tatiana A.` as a family name is a first name in the wrong place: what is one letter long is no part of a family name.
        while family.len() > 1 && family.last().is_some_and(|word| word.len() == 1) {
            given.extend(family.pop());
        }
        // `J.R.` are two initials, and so is `JR`.
        if let [word] = &given[..]
            && (2..=3).contains(&word.len())
            && first_name.trim() == word.to_uppercase()
            && last_name.bytes().any(|byte| byte.is_ascii_lowercase())
            && !word.bytes().any(|byte| b"aeiouy".contains(&byte))
        {
            given = word.chars().map(String::from).collect();
        }
        given.truncate(4);
        family.truncate(4);
        Self {
            given: given.iter().map(|word| Word::of(word)).collect(),
            family: family.iter().map(|word| Word::of(word)).collect(),
            together,
            generation: of,
        }
    }

    pub fn first(&self) -> Option<&Word> {
        self.given.first()
    }

    /// The last word of the family name.
    pub fn last(&self) -> Option<&Word> {
        self.family.last()
    }

    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.given.iter().chain(&self.family)
    }
}

/// Takes titles, degrees and forms of companies from a part of a name, and tells of which generation it says to be.
fn stripped(part: &mut Vec<String>) -> u8 {
    let mut of = 0;
    let long = part.iter().any(|word| word.len() > 1);
    while part.len() > 1 && long && TITLES.contains(&part[0].as_str()) {
        part.remove(0);
    }
    while part.len() > 1 {
        let Some(last) = part.last() else { break };
        if generation(last) > 0 {
            of = generation(last);
        } else if !DEGREES.contains(&last.as_str()) && !FORMS.contains(&last.as_str()) {
            break;
        }
        part.pop();
    }
    of
}
