//! Finding people and organizations by whatever somebody types: how text becomes words, what is kept of a row to be found by, how a
//! question is read, and what of a row it matched. Pure but for `keep`, which the projector runs, and what it reads (`texts`); it knows no list and no scope.
//!
//! Everything is folded to ASCII (case, accents, scripts, digits, widths), because the trigram index of a cluster in the C locale sees no
//! other letter. A word is lower-case letters and digits; an email address stands as one word with its punctuation beside its parts.

mod document;
pub(crate) mod fold;
mod highlight;
pub(crate) mod keep;
mod query;
mod slip;
pub(crate) mod texts;

pub use document::{AddressText, ContactText, EmailText, PhoneText};
pub use highlight::{Field, Match, Segment, in_contact, in_organization};
pub use query::{MOST_CHARACTERS, MOST_WORDS, Reading, Readings, Search, Word};
