//! What two profiles have in common, and in what they differ: one level of each signal. It knows no weights.

mod methods;
mod names;
mod rest;

use super::name::Name;
use super::signal::Signal;
use super::{Census, Profile, Sharers};

/// One level of each signal, by `Signal as usize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Levels(pub [u8; Signal::ALL.len()]);

impl Levels {
    /// The level of a signal: its place among `Signal::levels`.
    pub fn of(&self, signal: Signal) -> usize {
        usize::from(self.0[signal as usize])
    }

    fn set(&mut self, signal: Signal, level: u8) {
        self.0[signal as usize] = level;
    }
}

/// The levels of a signal: an enumeration whose names are told in the table of weights.
macro_rules! graded {
    ($(#[$about:meta])* $name:ident { $($level:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($level),+ }

        impl $name {
            pub const NAMES: &'static [&'static str] = &[$(stringify!($level)),+];
        }
    };
}
use graded;

impl Signal {
    /// The names of its levels, in the order of their numbers.
    pub fn levels(self) -> &'static [&'static str] {
        match self {
            Self::Prior => &["Always"],
            Self::FirstName => names::First::NAMES,
            Self::MiddleName => names::Middle::NAMES,
            Self::LastName => names::Last::NAMES,
            Self::WholeName => names::Whole::NAMES,
            Self::Generation => names::Generation::NAMES,
            Self::Email => methods::Email::NAMES,
            Self::Phone => methods::Phone::NAMES,
            Self::Street => rest::Street::NAMES,
            Self::City => rest::City::NAMES,
            Self::Organization => rest::Organization::NAMES,
            Self::Title => rest::Title::NAMES,
            Self::NameAndEmail => rest::NameAndEmail::NAMES,
            Self::NameAndPhone => rest::NameAndPhone::NAMES,
            Self::NameAndStreet => rest::NameAndStreet::NAMES,
            Self::EmailAndPhone => rest::EmailAndPhone::NAMES,
            Self::NameAlone => rest::NameAlone::NAMES,
            Self::Login => rest::Login::NAMES,
        }
    }
}

/// What was found, with what it is told by.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub levels: Levels,
    /// How many others of the name are to be expected, where the names agree.
    pub namesakes: f64,
    /// Which email of the one and of the other, and how many share it where it is the same.
    pub email: Option<(usize, usize, u32)>,
    pub phone: Option<(usize, usize, u32)>,
    pub place: Option<(usize, usize, u32)>,
}

/// Whether one person may be called by both names: the first names are one, or short for one another, or one is a slip or an initial of
/// the other, in whichever order. What merely sounds alike is two.
pub(super) fn may_be_called(one: &Name, other: &Name) -> bool {
    use names::First;
    !matches!(names::of(one, other).first, First::Sounds | First::OtherInitial | First::Different)
}

/// The levels of two profiles. The same whichever stands first.
pub fn levels(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> Levels {
    found(one, other, census, sharers).levels
}

pub(super) fn found(one: &Profile, other: &Profile, census: &Census, sharers: &Sharers) -> Found {
    let names = names::of(&one.name, &other.name);
    let mut found = Found { levels: Levels::default(), namesakes: 0.0, email: None, phone: None, place: None };
    let levels = &mut found.levels;
    levels.set(Signal::FirstName, names.first as u8);
    levels.set(Signal::MiddleName, names.middle as u8);
    levels.set(Signal::LastName, names.last as u8);
    levels.set(Signal::Generation, names::generation(&one.name, &other.name) as u8);
    if names.agreement <= names::Agreement::Near {
        found.namesakes = names::namesakes(&one.name, &other.name, census);
    }
    let whole = names::whole(&names, found.namesakes);
    levels.set(Signal::WholeName, whole as u8);
    let (email, emails) = methods::email(one, other, &names, sharers);
    let (phone, phones) = methods::phone(one, other, &names, sharers);
    let (street, places) = rest::street(one, other, sharers);
    (found.email, found.phone, found.place) = (emails, phones, places);
    levels.set(Signal::Email, email as u8);
    levels.set(Signal::Phone, phone as u8);
    levels.set(Signal::Street, street as u8);
    let (city, organization, title) = (rest::city(one, other), rest::organization(one, other), rest::title(one, other));
    levels.set(Signal::City, city as u8);
    levels.set(Signal::Organization, organization as u8);
    levels.set(Signal::Title, title as u8);
    levels.set(Signal::NameAndEmail, rest::name_and_email(names.agreement, email) as u8);
    if !rest::may_be_nickname(one, other, &names, (email, emails), phone) {
        levels.set(Signal::NameAndPhone, rest::name_and_phone(names.agreement, phone) as u8);
        levels.set(Signal::NameAndStreet, rest::name_and_street(names.agreement, street) as u8);
    }
    levels.set(Signal::EmailAndPhone, rest::email_and_phone(names.agreement, email, phone) as u8);
    let alone = rest::name_alone(whole, (email, phone), (street, city));
    levels.set(Signal::NameAlone, alone as u8);
    levels.set(Signal::Login, if one.has_login && other.has_login { rest::Login::Two } else { rest::Login::One } as u8);
    found
}
