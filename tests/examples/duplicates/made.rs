//! Made-up people as a directory keeps them, each with who it really is: the same for the same seed. Nobody in it is real.
//!
//! A town of people is made (`life`), then records of them (here), and the records go wrong (`slips`) as the style has it (`style`).

#[path = "dice.rs"]
pub mod dice;
#[path = "life.rs"]
mod life;
#[path = "names.rs"]
mod names;
#[path = "places.rs"]
mod places;
#[path = "slips.rs"]
mod slips;
#[path = "style.rs"]
pub mod style;

use dice::Dice;
use liaison_domain::duplicate::{Line, Person, Place};
use life::{Human, Time, Town};
use slips::{misdialled, slipped};
use style::Style;

/// A record, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub person: Person,
    /// Two records of one number are one person.
    pub who: u32,
}

/// So many records, in no order.
pub fn people(seed: u64, count: usize, style: &Style) -> Vec<Made> {
    let mut dice = Dice::of(seed);
    // Each person has so many records on the average.
    let each = 1.0 + style.repeated / (1.0 - style.once_more);
    // A few more than are needed: some have fewer.
    let town = Town::of(&mut dice, (1.1 * count as f64 / each) as usize + 20, style);
    let mut made = Vec::with_capacity(count + 4);
    let mut humans: Vec<usize> = (0..town.humans.len()).collect();
    shuffle(&mut dice, &mut humans);
    for (human, who) in humans.into_iter().zip(0_u32..) {
        if made.len() >= count {
            break;
        }
        records(&mut dice, style, &town, &town.humans[human], who, &mut made);
    }
    made.truncate(count);
    shuffle(&mut dice, &mut made);
    made
}

fn shuffle<T>(dice: &mut Dice, list: &mut [T]) {
    for at in (1..list.len()).rev() {
        list.swap(at, dice.below(at + 1));
    }
}

fn records(dice: &mut Dice, style: &Style, town: &Town, human: &Human, who: u32, made: &mut Vec<Made>) {
    let first = dice.weighed(&style.cards);
    let person = record(dice, style, town, human, first, &human.times[0]);
    let mut told = vec![person.clone()];
    made.push(Made { person, who });
    let mut more = style.repeated;
    while told.len() < 6 && dice.hits(more) {
        let is_apart = dice.hits(style.apart);
        let again = |dice: &mut Dice| {
            let card = if is_apart { dice.weighed(&style.cards) } else { alike(dice, first) };
            let time = &human.times[usize::from(dice.hits(0.6))];
            (record(dice, style, town, human, card, time), time)
        };
        let (mut person, mut time) = again(dice);
        // Most second records are of what the first was of: an email, a phone or a house is the same, before the slips.
        for _ in 0..6 {
            if is_apart || told.iter().any(|before| have_in_common(before, &person)) {
                break;
            }
            (person, time) = again(dice);
        }
        if !is_apart && !told.iter().any(|before| have_in_common(before, &person)) {
            person.emails.extend(told[0].emails.first().cloned());
            person.phones.extend(told[0].phones.first().cloned());
        }
        told.push(person.clone());
        (person.first_name, person.last_name) = name(dice, style, human, time, true);
        // Whoever keeps a second record is mostly another organization.
        if dice.hits(0.7) && !person.organizations.is_empty() {
            person.organizations = vec![dice.of_list(&town.workplaces).id];
        }
        spoil(dice, style, &mut person);
        made.push(Made { person, who });
        more = style.once_more;
    }
}

fn have_in_common(one: &Person, other: &Person) -> bool {
    one.emails.iter().any(|email| other.emails.contains(email))
        || one.phones.iter().any(|phone| other.phones.iter().any(|second| second.number == phone.number))
        || one.addresses.iter().any(|place| other.addresses.iter().any(|second| second.street1 == place.street1))
}

/// A card that has something in common with this one: both tell of the work, or both of the home.
fn alike(dice: &mut Dice, card: usize) -> usize {
    match card {
        0 | 1 => [card, card, 2, 3][dice.below(4)],
        2 => dice.below(3),
        other => other,
    }
}

fn record(dice: &mut Dice, style: &Style, town: &Town, human: &Human, card: usize, time: &Time) -> Person {
    let (first_name, last_name) = (human.given.clone(), time.family.clone());
    let mut person = Person { first_name, last_name, is_active: true, has_login: dice.hits(0.02), ..Person::default() };
    let workplace = &town.workplaces[time.job.at];
    let (at_work, at_home) = match card {
        0 => (true, false),
        1 | 4 => (false, true),
        2 => (true, true),
        _ => (dice.hits(0.5), true),
    };
    if at_work {
        person.organizations.push(workplace.id);
        if !dice.hits(style.no_title) {
            person.title = Some(time.job.title.to_owned());
            person.department = dice.hits(0.5).then(|| time.job.department.to_owned());
        }
        if !dice.hits(style.no_email) {
            let inbox = dice.hits(style.role_inbox);
            person.emails.push(if inbox { dice.of_list(&workplace.inboxes).clone() } else { time.job.email.clone() });
        }
        if !dice.hits(style.no_phone) {
            let number = match &time.job.direct {
                Some(direct) if !dice.hits(style.shared_line) => direct.clone(),
                _ => dice.of_list(&workplace.lines).clone(),
            };
            person.phones.push(Line::of(&number, None, false));
        }
        if !dice.hits(style.no_street) {
            person.addresses.push(workplace.place.clone());
        }
    }
    if at_home {
        if !at_work {
            person.organizations.push(town.workplaces[human.client_of].id);
        }
        if !dice.hits(style.no_email) {
            person.emails.push(time.email.clone());
        }
        if !dice.hits(style.no_phone) {
            person.phones.push(Line::of(&time.mobile, None, true));
        }
        if let Some(line) = &time.home_line
            && dice.hits(0.3)
        {
            person.phones.push(Line::of(line, None, true));
        }
        if !dice.hits(style.no_street) {
            person.addresses.push(time.home.clone());
        }
    }
    if card == 3 {
        only_one(dice, &mut person);
    }
    if card == 4 {
        person.organizations.truncate(usize::from(dice.hits(0.2)));
    }
    if person.emails.is_empty() && person.phones.is_empty() && person.addresses.is_empty() {
        person.phones.push(Line::of(&time.mobile, None, true));
    }
    if dice.hits(style.odd.uncoded) {
        person.phones.iter_mut().for_each(|line| line.is_personal = false);
    }
    (person.first_name, person.last_name) = name(dice, style, human, time, false);
    person
}

/// A card with one method alone.
fn only_one(dice: &mut Dice, person: &mut Person) {
    let kept = if (dice.hits(0.5) || person.phones.is_empty()) && !person.emails.is_empty() { 0 } else { 1 };
    person.emails.truncate(if kept == 0 { 1 } else { 0 });
    person.phones.truncate(kept);
    person.addresses.clear();
    if dice.hits(0.5) {
        person.organizations.clear();
    }
}

fn name(dice: &mut Dice, style: &Style, human: &Human, time: &Time, again: bool) -> (String, String) {
    let (mut given, mut family) = (human.given.clone(), time.family.clone());
    let suffix = human.suffix.filter(|_| dice.hits(0.8));
    if dice.hits(if again { style.short } else { style.short / 3.0 }) {
        given = names::short(dice, &given).map_or(given, str::to_owned);
    }
    if dice.hits(style.native)
        && let (Some(first), Some(last)) = (names::native(&given), names::native(&family))
    {
        return (first.to_owned(), last.to_owned());
    }
    if dice.hits(style.plain) {
        let spelled = dice.hits(0.3);
        (given, family) = (names::plain(&given, spelled), names::plain(&family, spelled));
    }
    if again {
        if dice.hits(style.slip_name) {
            given = slipped(dice, &given);
        }
        if dice.hits(style.slip_name) {
            family = slipped(dice, &family);
        }
        if let Some((one, other)) = family.clone().split_once('-') {
            family = match dice.below(4) {
                0 => one.to_owned(),
                1 => other.to_owned(),
                2 => format!("{one} {other}"),
                _ => family,
            };
        }
        if dice.hits(0.4)
            && let Some(together) = names::together(&family)
        {
            family = together;
        }
        if dice.hits(0.3)
            && let Some((one, other)) = family.clone().split_once(' ')
            && names::together(&family).is_none()
        {
            family = match dice.below(3) {
                0 => one.to_owned(),
                1 => format!("{one}-{other}"),
                _ => family,
            };
        }
        if given.contains(' ') && dice.hits(0.3) {
            let (one, other) = given.split_once(' ').unwrap_or((&given, ""));
            given = if dice.hits(0.5) { one.to_owned() } else { format!("{one}{}", other.to_lowercase()) };
        }
    }
    if dice.hits(if again { style.initial } else { style.initial / 3.0 }) {
        given = format!("{}.", given.chars().next().unwrap_or('X'));
    }
    if let Some(middle) = &human.middle
        && dice.hits(style.middle)
    {
        let initial = format!("{}.", middle.chars().next().unwrap_or('X'));
        given = format!("{given} {}", if dice.hits(0.7) { &initial } else { middle });
    }
    if dice.hits(style.titled) {
        given = format!("{} {given}", ["Dr.", "Mr.", "Ms.", "Prof."][dice.below(4)]);
    }
    if let Some(suffix) = suffix {
        family = format!("{family}{} {suffix}", if dice.hits(0.3) { "," } else { "" });
    } else if dice.hits(style.titled / 2.0) {
        family = format!("{family}, {}", ["MD", "RN", "PhD", "LCSW"][dice.below(4)]);
    }
    if dice.hits(style.in_capitals) {
        (given, family) = (given.to_uppercase(), family.to_uppercase());
    }
    if again && dice.hits(style.swapped) {
        (given, family) = (family, given);
    }
    if dice.hits(style.odd.nobody) {
        let nobody = names::nobody(dice);
        if dice.hits(0.6) { given = nobody } else { family = nobody }
    }
    (given, family)
}

fn spoil(dice: &mut Dice, style: &Style, person: &mut Person) {
    for email in &mut person.emails {
        if dice.hits(style.slip_email) {
            let (local, domain) = email.split_once('@').unwrap_or((email, "example.org"));
            *email = match dice.below(10) {
                0..=5 => format!("{}@{domain}", slipped(dice, local).to_lowercase()),
                6 => format!("{local}@{}", slipped(dice, domain).to_lowercase()),
                7 => format!("{}@{domain}", local.replace('.', "")),
                8 => format!("{local}+{}@{domain}", ["news", "work", "liaison"][dice.below(3)]),
                _ => format!("{local}@{}", ["gmail.com", "yahoo.com", "hotmail.com"][dice.below(3)]),
            };
        }
    }
    for email in &mut person.emails {
        if let Some((local, domain)) = email.split_once('@')
            && places::FREE.contains(&domain)
            && dice.hits(style.odd.provider)
        {
            *email = format!("{local}@{}", dice.of_list(&places::FREE));
        }
    }
    for phone in &mut person.phones {
        if let Some(at_home) = phone.number.strip_prefix("+44")
            && dice.hits(0.5)
        {
            // Without its country, and taken for one of here.
            *phone = Line::of(&format!("0{at_home}"), Some(format!("+1{at_home}")), phone.is_personal);
            continue;
        }
        if dice.hits(style.slip_phone) {
            phone.number = misdialled(dice, &phone.number, 5);
        }
        if dice.hits(style.typed_phone) && phone.number.len() == 12 && phone.number.is_ascii() {
            let digits = &phone.number[2..];
            let typed = format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..]);
            // Mostly it was read as one of here.
            let e164 = dice.hits(0.7).then(|| phone.number.clone());
            *phone = Line::of(&typed, e164, phone.is_personal);
        }
        if dice.hits(0.1) {
            phone.is_personal = !phone.is_personal;
        }
    }
    for place in &mut person.addresses {
        respell(dice, style, place);
    }
    if let Some(title) = &mut person.title
        && dice.hits(0.4)
    {
        *title = match dice.below(3) {
            0 => format!("Senior {title}"),
            1 => slipped(dice, title),
            _ => "Staff".to_owned(),
        };
    }
}

fn respell(dice: &mut Dice, style: &Style, place: &mut Place) {
    if dice.hits(0.4) {
        for (long, short) in places::SHORT_KINDS {
            place.street1 = place.street1.replace(long, short);
        }
    }
    if dice.hits(style.odd.respelled) {
        for (one, other) in places::SPELLINGS {
            if let Some(rest) = place.street1.strip_suffix(one) {
                place.street1 = format!("{rest}{other}");
            } else {
                place.street1 = place.street1.replace(&format!(" {one} "), &format!(" {other} "));
            }
        }
        place.city = place.city.replace("Saint ", "St. ");
        if let Some(code) = &place.postal_code {
            place.postal_code = Some(code.trim_start_matches('0').to_owned());
        }
    }
    if let Some(unit) = place.street2.clone()
        && dice.hits(style.odd.respelled)
    {
        let number = unit.rsplit(' ').next().unwrap_or_default();
        match dice.below(4) {
            0 => (place.street1, place.street2) = (unit.clone(), Some(place.street1.clone())),
            1 => (place.street1, place.street2) = (format!("{number}/{}", place.street1), None),
            2 => (place.street1, place.street2) = (format!("Unit {number}/{}", place.street1), None),
            _ => (place.street1, place.street2) = (format!("{} #{number}", place.street1), None),
        }
    }
    if dice.hits(0.2)
        && let Some(unit) = place.street2.take_if(|unit| unit.starts_with("Apt "))
        && dice.hits(0.5)
    {
        place.street1 = format!("{} {}", place.street1, unit.replace("Apt ", "#"));
    }
    if dice.hits(style.slip_street) {
        place.street1 = slipped(dice, &place.street1);
    }
    if dice.hits(style.slip_street / 3.0) {
        place.city = slipped(dice, &place.city);
    }
    if dice.hits(style.slip_street / 3.0) {
        place.postal_code =
            if dice.hits(0.5) { None } else { place.postal_code.as_deref().map(|code| misdialled(dice, code, 1)) };
    }
}
