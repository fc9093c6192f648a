//! A person's name in its parts, whichever way it was written. It decides nothing about likeness.

use serde::{Deserialize, Serialize};

use super::word::{Word, words};

/// The given names, the family names and what comes after them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Name {
    /// The first name first, middle names and initials after it.
    #[serde(rename = "g")]
    pub given: Box<[Word]>,
    #[serde(rename = "f")]
    pub family: Box<[Word]>,
    /// 1 for the first of the name (Sr), 2 for the second (Jr, II) and so on; 0 is not said.
    #[serde(rename = "n", default)]
    pub generation: u8,
}

const TITLES: [&str; 18] = [
    "mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mx", "sir", "rev", "sra", "hon", "mme", "mlle", "dipl",
    "ing", "doctor",
];
const DEGREES: [&str; 22] = [
    "md", "phd", "rn", "np", "dds", "dmd", "do", "pa", "lcsw", "esq", "cpa", "mba", "msw", "bsn", "msn", "lpn", "mph",
    "dvm", "pharmd", "jd", "aprn", "edd",
];
/// What stands before a family name and belongs to it.
const PARTICLES: [&str; 24] = [
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "el", "al", "bin",
    "ibn", "ben", "ter", "ten", "zu", "zur", "st",
];

fn generation(word: &str) -> u8 {
    match word {
        "sr" | "senior" | "sen" => 1,
        "jr" | "junior" | "jun" | "ii" | "2nd" => 2,
        "iii" | "3rd" => 3,
        "iv" | "4th" => 4,
        _ => 0,
    }
}

impl Name {
    pub fn of(first_name: &str, last_name: &str) -> Self {
        // What stands in brackets or quotation marks is another first name: `William (Bill)`.
        let mut given = words(first_name);
        let mut family = match last_name.split_once(',') {
            // `Smith, Jr.` and `Smith, John`, which some systems keep in one field.
            Some((family, rest)) if !given.is_empty() || words(rest).iter().all(|word| generation(word) > 0) => {
                let mut family = words(family);
                family.extend(words(rest));
                family
            }
            Some((family, rest)) => {
                given = words(rest);
                words(family)
            }
            None => words(last_name),
        };
        let mut of = 0;
        for part in [&mut given, &mut family] {
            let long = part.iter().any(|word| word.len() > 1);
            while part.len() > 1 && long && TITLES.contains(&part[0].as_str()) {
                part.remove(0);
            }
            while part.len() > 1 {
                let Some(last) = part.last() else { break };
                if generation(last) > 0 {
                    of = generation(last);
                } else if !DEGREES.contains(&last.as_str()) {
                    break;
                }
                part.pop();
            }
        }
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
        // `J.R.` are two initials, `van der Berg` is Berg with particles.
        if family.iter().any(|word| !PARTICLES.contains(&word.as_str())) {
            family.retain(|word| !PARTICLES.contains(&word.as_str()));
        }
        // `Tatiana A.` as a family name is a first name in the wrong place: what is one letter long is no part of a family name.
        while family.len() > 1 && family.last().is_some_and(|word| word.len() == 1) {
            given.extend(family.pop());
        }
        given.truncate(4);
        family.truncate(4);
        Self {
            given: given.iter().map(|word| Word::of(word)).collect(),
            family: family.iter().map(|word| Word::of(word)).collect(),
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
