//! Whether two contacts are one person: how alike they are, between 0 and 1, and every reason for and against with its weight.
//!
//! Each contact is normalised once (`Profile`), meets those with whom it shares a key (`Profile::keys`), and is compared with them
//! (`compare`). The weights ship with the server (`weights`): they were learned from made-up people by
//! `cargo run -p liaison-tests --example duplicates -- train`. What an installation counts for itself is how common names are (`Census`) and how many
//! share a phone, an email or a street line (`Sharers`). Pure: it knows no database, and nothing here ever merges anybody.

mod census;
mod cluster;
mod compare;
mod counted;
mod keys;
mod levels;
mod method;
mod name;
mod nicknames;
mod pairs;
mod place;
mod profile;
mod signal;
mod telling;
mod weights;
mod word;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use census::{Census, Sharers};
pub use cluster::clustered;
pub use compare::{compare, facts, likeness, speak_against};
pub use counted::counted;
pub use levels::{Levels, levels};
pub use pairs::{Pair, Scanned, Skipped, meetings, pairs};
pub use profile::Profile;
pub use signal::{Comparison, Evidence, Signal};
pub use weights::{ORDERED, Weights, weights};

/// The version of rules and weights. It is kept with each score; profiles and keys of another version must be made anew.
pub const RULE_SET_VERSION: i32 = 3;

/// From this score on two contacts are told as likely duplicates.
pub const LIKELY: f64 = 0.5;

/// Below this score a pair is not kept: nobody would look at it.
pub const KEPT: f64 = 0.3;

/// A key that more contacts share says nothing about who they are: it is skipped, and that is told.
pub const MOST_SHARING: usize = 40;

/// Sharers of a value are counted up to here: more say no less about any two of them. So nobody's score changes with the five hundredth
/// colleague at a reception, and whose scores do change can be told.
pub const MOST_COUNTED: u32 = 6;

/// What is read of one contact to compare it, as it stands in the directory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    pub title: Option<String>,
    pub department: Option<String>,
    /// The addresses of open links.
    pub emails: Vec<String>,
    pub phones: Vec<Line>,
    pub addresses: Vec<Place>,
    /// Where it has an open role.
    pub organizations: Vec<Uuid>,
    pub is_active: bool,
    /// Whether it stands for somebody who signs in.
    pub has_login: bool,
}

/// A phone of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// E.164, or as it was entered.
    pub number: String,
    /// Whether it was entered with its country. Where it was not, the country of E.164 is that of whoever entered it, and may be wrong.
    pub has_country: bool,
    /// Whether it is one person's: a mobile phone or one at home.
    pub is_personal: bool,
}

impl Line {
    /// A phone as it was entered, with what E.164 made of it.
    pub fn of(entered: &str, e164: Option<String>, is_personal: bool) -> Self {
        let number = entered.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '+');
        let has_country = number.starts_with(['+', '\u{ff0b}']) || number.starts_with("00");
        Self { number: e164.unwrap_or_else(|| entered.to_owned()), has_country, is_personal }
    }
}

/// A postal address of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub street1: String,
    pub street2: Option<String>,
    pub city: String,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

/// Whether one person may be called by both names (first, last): a household shares an email and not a first name.
pub fn may_be_called(one: (&str, &str), other: (&str, &str)) -> bool {
    levels::may_be_called(&name::Name::of(one.0, one.1), &name::Name::of(other.0, other.1))
}

#[cfg(test)]
mod tests;
