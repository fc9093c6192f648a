//! The keys under which contacts meet. Each field stands in several, so that a slip in any one of them leaves another. What a key is made of is for ever
//! under one rule set: it is kept in tables.

use super::Profile;
use super::method::MailKind;
use super::word::{Letters, Word, hash};

/// The keys of a profile, sorted and distinct.
pub fn of(profile: &Profile) -> Vec<i64> {
    let mut keys = of_name(profile);
    let first = profile.name.first().copied().unwrap_or_default();
    let last = profile.name.last().copied().unwrap_or_default();
    let root = root(&first);
    let initial = [first.letters.first()];
    for place in &profile.places {
        let (house, street) = (place.house.bytes(), place.street.bytes());
        let towns = [place.postal.bytes(), place.city.bytes()];
        for town in towns.into_iter().filter(|town| !town.is_empty()) {
            keys.push(hash(&[b"town-first", town, &first.sound]));
            keys.push(hash(&[b"town-last", town, &last.sound, &initial]));
        }
        for street in place.streets().filter(|_| initial[0] != 0) {
            keys.push(hash(&[b"street", street.bytes(), towns[0], &initial]));
        }
        if place.is_house() {
            keys.push(hash(&[b"house-first", house, street, &first.sound]));
            keys.push(hash(&[b"house-last", house, street, &last.sound]));
        }
        keys.extend(place.mark());
    }
    for mail in &profile.emails {
        let plain = mail.plain();
        keys.push(mail.mark());
        keys.push(mail.canonical);
        if mail.kind == MailKind::Role {
            keys.push(hash(&[b"role", mail.domain().as_bytes(), &initial]));
            continue;
        }
        keys.push(mail.local);
        if plain.is_ascii() && plain.len() >= 6 {
            let (start, end) = plain.split_at(plain.len() / 2);
            keys.push(hash(&[b"mail-start", start.as_bytes(), mail.domain().as_bytes(), &initial]));
            keys.push(hash(&[b"mail-end", end.as_bytes(), mail.domain().as_bytes(), &initial]));
        }
        if let Some(company) = mail.company() {
            keys.push(hash(&[b"work-first", company.as_bytes(), &root]));
            keys.push(hash(&[b"work-last", company.as_bytes(), &last.sound]));
        }
    }
    for call in &profile.phones {
        let digits = call.end();
        let (even, odd) = halves(digits);
        keys.push(call.mark());
        keys.push(hash(&[b"phone-end", &digits.to_le_bytes()]));
        keys.push(hash(&[b"phone-sorted", &sorted(digits), &initial]));
        keys.push(hash(&[b"phone-even", &even.to_le_bytes(), &initial]));
        keys.push(hash(&[b"phone-odd", &odd.to_le_bytes(), &initial]));
    }
    keys.extend(at_organizations(profile));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Those of them that are made of the name alone: the ones that most slips leave as they are come first.
pub fn of_name(profile: &Profile) -> Vec<i64> {
    let mut keys: Vec<i64> = Vec::with_capacity(32);
    let first = profile.name.first().copied().unwrap_or_default();
    let last = profile.name.last().copied().unwrap_or_default();
    let whole: Vec<u8> = {
        let mut words: Vec<Letters> =
            profile.name.words().map(|word| word.letters).filter(|word| word.len() > 1).collect();
        words.sort_unstable();
        words.iter().flat_map(|word| word.bytes().iter().copied()).collect()
    };
    let root = root(&first);
    let (one, two) = if first.sound <= last.sound { (first.sound, last.sound) } else { (last.sound, first.sound) };
    if !whole.is_empty() {
        keys.push(hash(&[b"sound", &one, &two]));
        keys.push(hash(&[b"name", &whole]));
    }
    if last.letters.len() > 1 && !first.letters.is_empty() {
        let start = &last.letters.bytes()[..last.letters.len().min(3)];
        keys.push(hash(&[b"start", &root, start]));
        keys.push(hash(&[b"last", last.letters.bytes(), &[first.letters.first()]]));
    }
    for family in &profile.name.family {
        keys.push(hash(&[b"root", &root, family.letters.bytes()]));
    }
    if !profile.name.together.is_empty() {
        keys.push(hash(&[b"root", &root, profile.name.together.bytes()]));
    }
    keys
}

/// Those of them that are made of where the contact has a role, sorted and distinct.
pub fn at_organizations(profile: &Profile) -> Vec<i64> {
    let first = profile.name.first().copied().unwrap_or_default();
    let last = profile.name.last().copied().unwrap_or_default();
    let root = root(&first);
    let mut keys: Vec<i64> = profile
        .organizations
        .iter()
        .flat_map(|organization| {
            let organization = organization.as_bytes();
            [hash(&[b"at-first", organization, &root]), hash(&[b"at-last", organization, &last.sound])]
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What stands for a first name and for what it is shortened to.
fn root(first: &Word) -> [u8; 8] {
    let mut root = [0; 8];
    if first.roots[0] == 0 {
        root.copy_from_slice(&hash(&[first.letters.bytes()]).to_le_bytes());
    } else {
        root[..2].copy_from_slice(&first.roots[0].to_le_bytes());
    }
    root
}

/// How often each digit stands in it: two that were swapped leave it as it was.
fn sorted(mut digits: u64) -> [u8; 10] {
    let mut counts = [0; 10];
    while digits > 0 {
        counts[usize::try_from(digits % 10).unwrap_or_default()] += 1;
        digits /= 10;
    }
    counts
}

/// Every other digit, and the rest: one digit changed leaves one of them as it was.
fn halves(mut digits: u64) -> (u64, u64) {
    let (mut even, mut odd) = (0, 0);
    while digits > 0 {
        even = even * 10 + digits % 10;
        odd = odd * 10 + digits / 10 % 10;
        digits /= 100;
    }
    (even, odd)
}
