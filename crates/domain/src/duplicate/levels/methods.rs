//! The emails and the phones of two contacts beside each other.

use super::super::method::{Mail, MailKind};
use super::super::word::slips;
use super::super::{Profile, Sharers};
use super::graded;
use super::names::{Agreement, First, Names};

graded! {
    /// `Sole`: theirs alone. `Few`: up to five share it. `Box`: but for dots and tags. `Near`: mistyped. `Many`: more share it, or it is a function's. `Local`: the
    /// same word at another provider, `LocalName`: where it is merely the name. `Company`: another address at one domain of their own.
    Email { Unknown, Sole, Few, Box, Near, Many, Local, LocalName, Company, Different }
}
graded! {
    /// `Own`: personal to both, and theirs alone. `OwnFew`: personal, and up to five share it. `Sole`, `Few`: of other phones. `Near`: one digit is another, or two are swapped. `Many`: more
    /// share it. `Beside`: the last digit alone is another, as in an office, or in a family that bought its phones together.
    Phone { Unknown, Own, OwnFew, Sole, Few, Near, Many, Beside, Different }
}

/// More sharers than two: so many still may be a household.
pub const FEW: u32 = 5;

type Where = Option<(usize, usize, u32)>;

pub fn email(one: &Profile, other: &Profile, names: &Names, sharers: &Sharers) -> (Email, Where) {
    let mut best = (Email::Unknown, None);
    for (i, a) in one.emails.iter().enumerate() {
        for (j, b) in other.emails.iter().enumerate() {
            let (level, shared) = mails(a, b, names, sharers);
            if best.0 == Email::Unknown || level < best.0 {
                best = (level, Some((i, j, shared)));
            }
        }
    }
    best
}

fn mails(one: &Mail, other: &Mail, names: &Names, sharers: &Sharers) -> (Email, u32) {
    if one.address == other.address {
        let shared = sharers.of(one.mark()).max(2);
        return match shared {
            _ if one.kind == MailKind::Role => (Email::Many, shared),
            0..=2 => (Email::Sole, shared),
            3..=FEW => (Email::Few, shared),
            _ => (Email::Many, shared),
        };
    }
    let is_role = one.kind == MailKind::Role || other.kind == MailKind::Role;
    if one.canonical == other.canonical && !is_role {
        return (Email::Box, 0);
    }
    let (a, b) = (one.local().as_bytes(), other.local().as_bytes());
    let is_alike = names.agreement != Agreement::Neither && !is_role;
    if is_alike && a == b && slips(one.domain().as_bytes(), other.domain().as_bytes()) <= 2 {
        return (Email::Near, 0);
    }
    if one.local == other.local && a.len() >= 5 && !is_role {
        // `linda.torres` is whoever is called so; `linda.torres82` hardly is.
        let is_name = (one.is_name || other.is_name) && digits(a).min(digits(b)) < 2;
        return (if is_name { Email::LocalName } else { Email::Local }, 0);
    }
    if is_alike
        && one.domain() == other.domain()
        && a.len().min(b.len()) >= 5
        && !is_numbered(a, b)
        && slips(a, b) <= 1
        && !(names.first > First::Short && (one.is_name && other.is_name))
    {
        return (Email::Near, 0);
    }
    match (one.company(), other.company()) {
        (Some(a), Some(b)) if a == b => (Email::Company, 0),
        _ => (Email::Different, 0),
    }
}

/// How many digits stand in it.
fn digits(local: &[u8]) -> usize {
    local.iter().filter(|byte| byte.is_ascii_digit()).count()
}

/// Whether one is the other with a number after it, or with another number: the second of that name, not a slip.
fn is_numbered(one: &[u8], other: &[u8]) -> bool {
    let bare = |local: &[u8]| local.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    one[..bare(one)] == other[..bare(other)]
}

pub fn phone(one: &Profile, other: &Profile, names: &Names, sharers: &Sharers) -> (Phone, Where) {
    let mut best = (Phone::Unknown, None);
    for (i, a) in one.phones.iter().enumerate() {
        for (j, b) in other.phones.iter().enumerate() {
            let (level, shared) = if a.is_same(b) {
                let shared = sharers.of(a.mark()).max(sharers.of(b.mark())).max(2);
                let level = match shared {
                    0..=2 if a.is_personal && b.is_personal => Phone::Own,
                    3..=FEW if a.is_personal && b.is_personal => Phone::OwnFew,
                    0..=2 => Phone::Sole,
                    3..=FEW => Phone::Few,
                    _ => Phone::Many,
                };
                (level, shared)
            } else if names.agreement != Agreement::Neither && a.is_near(b) {
                (if a.is_beside(b) { Phone::Beside } else { Phone::Near }, 0)
            } else {
                (Phone::Different, 0)
            };
            if best.0 == Phone::Unknown || level < best.0 {
                best = (level, Some((i, j, shared)));
            }
        }
    }
    best
}
