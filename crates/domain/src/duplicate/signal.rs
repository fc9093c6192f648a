//! What the score of two contacts is made of, and how it is told.

use serde::{Deserialize, Serialize};

/// A group of levels that a comparison is made of. Of each group exactly one level holds, and it has one weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// How likely any two contacts that share a key are one person, before anything is compared.
    Prior,
    FirstName,
    MiddleName,
    LastName,
    /// The whole name: how many others of this name are to be expected.
    WholeName,
    /// Senior, junior, the third.
    Generation,
    Email,
    Phone,
    Street,
    City,
    Organization,
    Title,
    /// The same email means less beside another name, and another email more beside a common one.
    NameAndEmail,
    NameAndPhone,
    /// Members of one household share its address, not a first name.
    NameAndStreet,
    /// Whether emails and phones say the same.
    EmailAndPhone,
    /// Nothing but the name agrees: that is never enough.
    NameAlone,
    /// Who signs in as two users.
    Login,
}

impl Signal {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 18] = [
        Self::Prior,
        Self::FirstName,
        Self::MiddleName,
        Self::LastName,
        Self::WholeName,
        Self::Generation,
        Self::Email,
        Self::Phone,
        Self::Street,
        Self::City,
        Self::Organization,
        Self::Title,
        Self::NameAndEmail,
        Self::NameAndPhone,
        Self::NameAndStreet,
        Self::EmailAndPhone,
        Self::NameAlone,
        Self::Login,
    ];
}

/// How alike two contacts are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Between 0 and 1.
    pub score: f64,
    /// The prior first, then what speaks for and against. The weights add up to the score's log-odds, `ln(score / (1 - score))`.
    pub evidence: Vec<Evidence>,
}

/// One reason for or against two contacts being one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub signal: Signal,
    /// What it adds to the log-odds (natural logarithm): above 0 it speaks for one person, below 0 against.
    pub weight: f64,
    /// What stands at the first contact; of [`Signal::Organization`] the ids, with blanks in between.
    pub one: Option<String>,
    /// What stands at the second.
    pub other: Option<String>,
    /// What was found, in words: `the same phone; 3 contacts share it`.
    pub basis: Option<String>,
}
