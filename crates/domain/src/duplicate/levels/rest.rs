//! Places, work, and what two signals say together.

use super::super::word::Letters;
use super::super::{Profile, Sharers};
use super::graded;
use super::methods::{Email, FEW, Phone};
use super::names::{Agreement, First, Names, Whole};

graded! {
    /// `Same`: the same house, and few live there. `Shared`: the same house, which more than five have. `Near`: mistyped.
    Street { Unknown, Same, Shared, Near, Different }
}
graded! { City { Unknown, Postal, Same, Different } }
graded! { Organization { Unknown, Shared, Different } }
graded! { Title { Unknown, Same, Similar, Different } }
graded! { Login { One, Two } }
graded! {
    /// What the same email says of others than those whose names agree; of those `Email` says it.
    NameAndEmail {
        None, NearSame, NearShared, NearSimilar, NearDifferent, FamilySame, FamilyShared, FamilySimilar, FamilyDifferent, GivenSame, GivenShared,
        GivenSimilar, GivenDifferent, NeitherSame, NeitherShared, MissingSame, MissingShared
    }
}
graded! {
    NameAndPhone {
        None, NearSame, NearShared, NearNear, NearDifferent, FamilySame, FamilyShared, FamilyNear, FamilyDifferent, GivenSame, GivenShared, GivenNear,
        GivenDifferent, NeitherSame, NeitherShared, MissingSame, MissingShared
    }
}
graded! {
    NameAndStreet {
        None, NearSame, NearDifferent, FamilySame, FamilyDifferent, GivenSame, GivenDifferent, NeitherSame, InitialSame, MissingSame
    }
}
graded! { NameAlone { Not, Alone } }
graded! {
    /// What both say together, beside what each says: of those whose names agree, and of others.
    EmailAndPhone { None, BothSame, SameAndDifferent, SimilarAndDifferent, OthersBothSame }
}

pub fn street(one: &Profile, other: &Profile, sharers: &Sharers) -> (Street, Option<(usize, usize, u32)>) {
    let mut best = (Street::Unknown, None);
    for (i, a) in one.places.iter().enumerate().filter(|(_, place)| !place.street.is_empty()) {
        for (j, b) in other.places.iter().enumerate().filter(|(_, place)| !place.street.is_empty()) {
            let same_house = a.house == b.house && (a.unit == b.unit || a.unit.is_empty() || b.unit.is_empty());
            let same_town = a.is_same_town(b) || a.city.slips(&b.city) < 2 || a.postal.slips(&b.postal) < 2;
            let (level, shared) = if same_house && same_town && a.is_same_street(b) {
                let of = |place: &super::super::place::Spot| place.mark().map_or(0, |mark| sharers.of(mark));
                let shared = of(a).max(of(b)).max(2);
                (if shared > FEW { Street::Shared } else { Street::Same }, shared)
            } else if same_town
                && ((a.house == b.house && a.street.slips(&b.street) <= 2)
                    || (a.is_same_street(b) && is_mistaken(a.house, b.house)))
            {
                (Street::Near, 0)
            } else {
                (Street::Different, 0)
            };
            if best.0 == Street::Unknown || level < best.0 {
                best = (level, Some((i, j, shared)));
            }
        }
    }
    best
}

/// Whether one number of a house is the other with a slip, or is not there.
fn is_mistaken(one: Letters, other: Letters) -> bool {
    (one.is_empty() != other.is_empty()) || (one.slips(&other) == 1 && one.len() + other.len() > 4)
}

pub fn city(one: &Profile, other: &Profile) -> City {
    let mut best = City::Unknown;
    for a in &one.places {
        for b in &other.places {
            let level = if !a.postal.is_empty() && a.postal == b.postal {
                City::Postal
            } else if a.is_same_town(b) && !a.is_other_state(b) {
                City::Same
            } else {
                City::Different
            };
            if best == City::Unknown || level < best {
                best = level;
            }
        }
    }
    best
}

pub fn organization(one: &Profile, other: &Profile) -> Organization {
    if one.organizations.is_empty() || other.organizations.is_empty() {
        Organization::Unknown
    } else if !one.organizations.iter().any(|id| other.organizations.binary_search(id).is_ok()) {
        Organization::Different
    } else if one.is_active && other.is_active {
        Organization::Shared
    } else {
        // Who left, and was made anew.
        Organization::Unknown
    }
}

pub fn title(one: &Profile, other: &Profile) -> Title {
    if one.title().is_empty() || other.title().is_empty() {
        return Title::Unknown;
    }
    if one.title() == other.title() {
        return Title::Same;
    }
    let is_similar =
        one.title().split(' ').any(|word| word.len() > 2 && other.title().split(' ').any(|second| second == word))
            || (!one.department().is_empty() && one.department() == other.department());
    if is_similar { Title::Similar } else { Title::Different }
}

/// Whether nothing but the name agrees. One organization is nothing: a whole town may be its clients.
pub fn name_alone(whole: Whole, (email, phone): (Email, Phone), (street, city): (Street, City)) -> NameAlone {
    // A town is hardly more than a name, where the house is another; and so is its quarter, unless hardly anybody is called so.
    let is_rare = matches!(whole, Whole::Rarest | Whole::Rare | Whole::NearRarest);
    let is_elsewhere = match city {
        City::Unknown | City::Different => true,
        City::Same => street == Street::Different,
        City::Postal => street == Street::Different && !is_rare,
    };
    let is_alone = matches!(email, Email::Unknown | Email::LocalName | Email::Company | Email::Different)
        && matches!(phone, Phone::Unknown | Phone::Beside | Phone::Different)
        && matches!(street, Street::Unknown | Street::Different)
        && is_elsewhere;
    if is_alone { NameAlone::Alone } else { NameAlone::Not }
}

/// Whether one is what the other is called by those who know it, though no list has it: of their first names one is a name and one is none, they
/// have one phone and one mailbox, and of one of them alone the mailbox has the name: it is nobody's family's. Such two are one household at most
/// once: what the name says beside the email is said, and not said again beside the phone and the house, which are there for the same reason.
pub fn may_be_nickname(
    one: &Profile,
    other: &Profile,
    names: &Names,
    (email, emails): (Email, Option<(usize, usize, u32)>),
    phone: Phone,
) -> bool {
    let (Some(a), Some(b)) = (one.name.given.first(), other.name.given.first()) else { return false };
    let is_other = names.agreement == Agreement::Family && names.first == First::Different && !names.is_swapped;
    let is_same = matches!(email, Email::Sole | Email::Few)
        && matches!(phone, Phone::Own | Phone::OwnFew | Phone::Sole | Phone::Few);
    let is_own = emails.is_some_and(|(i, j, _)| one.emails[i].is_name != other.emails[j].is_name);
    is_other && a.is_given != b.is_given && is_same && is_own
}

pub fn name_and_email(agreement: Agreement, email: Email) -> NameAndEmail {
    use NameAndEmail as N;
    let of = |same, shared, similar, different| match email {
        Email::Unknown => N::None,
        Email::Sole => same,
        Email::Few | Email::Many => shared,
        Email::Box | Email::Local | Email::Near => similar,
        Email::LocalName | Email::Company | Email::Different => different,
    };
    match agreement {
        Agreement::Full | Agreement::Initial => N::None,
        Agreement::Missing => of(N::MissingSame, N::MissingShared, N::None, N::None),
        Agreement::Near => of(N::NearSame, N::NearShared, N::NearSimilar, N::NearDifferent),
        Agreement::Family => of(N::FamilySame, N::FamilyShared, N::FamilySimilar, N::FamilyDifferent),
        Agreement::Given => of(N::GivenSame, N::GivenShared, N::GivenSimilar, N::GivenDifferent),
        Agreement::Neither | Agreement::Unknown => of(N::NeitherSame, N::NeitherShared, N::None, N::None),
    }
}

pub fn name_and_phone(agreement: Agreement, phone: Phone) -> NameAndPhone {
    use NameAndPhone as N;
    // Whose phone it is goes by how many have it. Its code is what somebody chose from a list, or did not.
    let of = |same, few, shared, near, different| match phone {
        Phone::Unknown => N::None,
        Phone::Own | Phone::OwnFew | Phone::Sole => same,
        Phone::Few => few,
        Phone::Many => shared,
        Phone::Near | Phone::Beside => near,
        Phone::Different => different,
    };
    match agreement {
        Agreement::Full | Agreement::Initial => N::None,
        Agreement::Missing => of(N::MissingSame, N::MissingShared, N::MissingShared, N::None, N::None),
        Agreement::Near => of(N::NearSame, N::NearSame, N::NearShared, N::NearNear, N::NearDifferent),
        Agreement::Family => of(N::FamilySame, N::FamilySame, N::FamilyShared, N::FamilyNear, N::FamilyDifferent),
        Agreement::Given => of(N::GivenSame, N::GivenShared, N::GivenShared, N::GivenNear, N::GivenDifferent),
        Agreement::Neither | Agreement::Unknown => {
            of(N::NeitherSame, N::NeitherSame, N::NeitherShared, N::None, N::None)
        }
    }
}

pub fn name_and_street(agreement: Agreement, street: Street) -> NameAndStreet {
    use NameAndStreet as N;
    let of = |same, different| match street {
        Street::Unknown => N::None,
        Street::Same | Street::Shared | Street::Near => same,
        Street::Different => different,
    };
    match agreement {
        Agreement::Full => N::None,
        // Of those who live there several may have that initial, or that family name.
        Agreement::Initial => of(N::InitialSame, N::None),
        Agreement::Missing => of(N::MissingSame, N::None),
        Agreement::Near => of(N::NearSame, N::NearDifferent),
        Agreement::Family => of(N::FamilySame, N::FamilyDifferent),
        Agreement::Given => of(N::GivenSame, N::GivenDifferent),
        Agreement::Neither | Agreement::Unknown => of(N::NeitherSame, N::None),
    }
}

pub fn email_and_phone(agreement: Agreement, email: Email, phone: Phone) -> EmailAndPhone {
    use EmailAndPhone as E;
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Say {
        Same,
        Similar,
        Different,
        Nothing,
    }
    let email = match email {
        Email::Unknown => Say::Nothing,
        Email::Sole | Email::Few | Email::Many => Say::Same,
        Email::Box | Email::Local | Email::Near => Say::Similar,
        Email::LocalName | Email::Company | Email::Different => Say::Different,
    };
    let phone = match phone {
        Phone::Unknown => Say::Nothing,
        Phone::Own | Phone::OwnFew | Phone::Sole | Phone::Few | Phone::Many => Say::Same,
        Phone::Near | Phone::Beside => Say::Similar,
        Phone::Different => Say::Different,
    };
    if agreement > Agreement::Near {
        return if (email, phone) == (Say::Same, Say::Same) { E::OthersBothSame } else { E::None };
    }
    match (email, phone) {
        (Say::Same, Say::Same) => E::BothSame,
        (Say::Same, Say::Similar | Say::Different) | (Say::Similar | Say::Different, Say::Same) => E::SameAndDifferent,
        (Say::Similar, Say::Different) | (Say::Different, Say::Similar) => E::SimilarAndDifferent,
        _ => E::None,
    }
}
