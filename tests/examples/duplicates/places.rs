//! Where people live and work, and the numbers and addresses that they have there.

use std::collections::HashSet;
use std::sync::LazyLock;

use liaison_domain::duplicate::Place;
use uuid::Uuid;

use super::dice::Dice;
use super::names::plain;

/// Each with its state, the beginning of its postal codes and its area code; `_` is a blank.
const CITIES: &str = "Springfield,IL,627,217 Portland,OR,972,503 Columbus,OH,432,614 Austin,TX,787,512 Denver,CO,802,303 \
     Seattle,WA,981,206 Boston,MA,021,617 Chicago,IL,606,312 Houston,TX,770,713 Phoenix,AZ,850,602 \
     San_Diego,CA,921,619 San_José,CA,951,408 Fresno,CA,937,559 Sacramento,CA,958,916 Oakland,CA,946,510 \
     Tucson,AZ,857,520 Omaha,NE,681,402 Tulsa,OK,741,918 Tampa,FL,336,813 Orlando,FL,328,407 Saint_Paul,MN,551,651 \
     Buffalo,NY,142,716 Albany,NY,122,518 Newark,NJ,071,973 Richmond,VA,232,804 Raleigh,NC,276,919 \
     Charlotte,NC,282,704 Madison,WI,537,608 Lincoln,NE,685,402 Salem,OR,973,971 Eugene,OR,974,541 Boise,ID,837,208 \
     Reno,NV,895,775 Mesa,AZ,852,480 Dayton,OH,454,937 Akron,OH,443,330 Toledo,OH,436,419 Salt_Lake_City,UT,841,801 \
     Spokane,WA,992,509 Tacoma,WA,984,253";
const STREETS: &str = "Main Oak Elm Birch Lake Hill Park Mill River Cedar Pine High Church Washington Maple Walnut Spring Chestnut \
     Ridge Sunset Jackson Lincoln Adams Jefferson Madison Franklin Highland Forest Meadow Willow Center Union \
     Prospect Cherry Dogwood Hickory Laurel Magnolia Poplar Sycamore Spruce Valley View Garden College School Water \
     Front Market Bridge King Queen Orchard Vine Grove Summit Lakeview Riverside Woodland Canyon Mesa Harbor Bay \
     Ocean Cypress Juniper Aspen Sierra Vista Fairview Broad Liberty Monroe Grant Cleveland Pleasant Rose Holly Ivy \
     Heather Fifth Third North Mount";
const KINDS: [&str; 18] = [
    "Street",
    "Avenue",
    "Road",
    "Drive",
    "Lane",
    "Court",
    "Boulevard",
    "Place",
    "Way",
    "Terrace",
    "Street",
    "Avenue",
    "Crescent",
    "Circuit",
    "Close",
    "Grove",
    "Parade",
    "Parkway",
];
/// How they are shortened.
pub const SHORT_KINDS: [(&str, &str); 12] = [
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd."),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Boulevard", "Blvd"),
    ("Court", "Ct."),
    ("Place", "Pl"),
    ("Crescent", "Cres"),
    ("Circuit", "Cct"),
    ("Grove", "Gr"),
    ("Parkway", "Pkwy"),
];
/// Words of a street that are written in two ways.
pub const SPELLINGS: [(&str, &str); 6] =
    [("Fifth", "5th"), ("Third", "3rd"), ("Northeast", "NE"), ("North", "N"), ("Mount", "Mt."), ("Saint", "St.")];
const TITLES: [&str; 24] = [
    "Nurse",
    "Charge nurse",
    "Case manager",
    "Receptionist",
    "Billing manager",
    "Physician",
    "Therapist",
    "Coordinator",
    "IT consultant",
    "Office manager",
    "Social worker",
    "Medical assistant",
    "Program director",
    "Accountant",
    "Dentist",
    "Pharmacist",
    "Principal",
    "Teacher",
    "Counselor",
    "Intake specialist",
    "Scheduler",
    "Executive director",
    "Technician",
    "Outreach worker",
];
const DEPARTMENTS: [&str; 10] = [
    "Cardiology",
    "Billing",
    "Front desk",
    "Pediatrics",
    "IT",
    "Outreach",
    "Intake",
    "Administration",
    "Radiology",
    "Records",
];
pub const FREE: [&str; 8] =
    ["gmail.com", "gmail.com", "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com"];
const BUSINESS: &str = "Health Care Dental Family Community Valley Regional Northside Lakeside Summit Harbor Unity Hope Bright \
     Cornerstone Pinnacle Evergreen Heritage Horizon Liberty Mercy Beacon Compass Riverbend Oakwood";
const TRADE: [&str; 12] = [
    "Clinic",
    "Group",
    "Partners",
    "Center",
    "Associates",
    "Services",
    "School",
    "Pharmacy",
    "Solutions",
    "Network",
    "Hospital",
    "Foundation",
];
const ROLES: [&str; 8] = ["info", "office", "billing", "frontdesk", "reception", "admin", "support", "intake"];

/// A town: its name, its state, how its postal codes begin, its area code.
pub type City = [&'static str; 4];

pub static ALL_CITIES: LazyLock<Vec<City>> = LazyLock::new(|| {
    let city = |city: &'static str| {
        let mut parts = city.split(',');
        [(); 4].map(|()| parts.next().unwrap_or_default())
    };
    CITIES.split(' ').map(city).collect()
});

/// A place of work.
pub struct Workplace {
    pub id: Uuid,
    pub domain: String,
    pub place: Place,
    area: String,
    /// Its lines, which everybody gives as theirs.
    pub lines: Vec<String>,
    pub inboxes: Vec<String>,
    pattern: usize,
}

/// Somebody's place at work.
#[derive(Clone, Debug)]
pub struct Job {
    pub at: usize,
    pub title: &'static str,
    pub department: &'static str,
    pub email: String,
    pub direct: Option<String>,
}

/// What is somebody's already.
#[derive(Default)]
pub struct Taken(HashSet<i64>);

impl Taken {
    /// A value that nobody has.
    pub fn free(&mut self, mut make: impl FnMut(usize) -> String) -> String {
        (0..).map(&mut make).find(|value| self.0.insert(hash(value))).expect("there is always another")
    }
}

fn hash(value: &str) -> i64 {
    value
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
        .cast_signed()
}

fn slug(text: &str) -> String {
    plain(text, false).chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn id(dice: &mut Dice) -> Uuid {
    Uuid::from_u64_pair(dice.next(), dice.next())
}

pub fn number(dice: &mut Dice, taken: &mut Taken, area: &str) -> String {
    taken.free(|_| format!("+1{area}{}{}", 2 + dice.below(8), dice.digits(6)))
}

pub fn place(dice: &mut Dice, city: usize) -> Place {
    let streets: Vec<&str> = STREETS.split(' ').collect();
    let [name, state, postal, _] = ALL_CITIES[city];
    let many = if dice.hits(0.3) { 40 } else { 9_000 };
    let street = if dice.hits(0.15) {
        format!(
            "{}{} {}",
            streets[dice.below(streets.len())],
            ["wood", "crest", "field", "ton", "side"][dice.below(5)],
            dice.of_list(&KINDS)
        )
    } else {
        format!("{} {}", streets[dice.early(streets.len())], dice.of_list(&KINDS))
    };
    Place {
        street1: format!("{} {street}", 1 + dice.below(many)),
        street2: dice.hits(0.2).then(|| format!("Apt {}", 1 + dice.below(60))),
        city: name.replace('_', " "),
        state: Some(state.to_owned()),
        postal_code: Some(format!("{postal}{:02}", dice.early(60))),
        country: Some("US".to_owned()),
    }
}

impl Workplace {
    pub fn any(dice: &mut Dice, taken: &mut Taken) -> Self {
        let words: Vec<&str> = BUSINESS.split(' ').collect();
        let city = dice.early(ALL_CITIES.len());
        let name = format!("{} {} {}", dice.of_list(&words), dice.of_list(&words), dice.of_list(&TRADE));
        let end = ["com", "org", "net", "example"][dice.below(4)];
        let domain = if dice.hits(0.3) {
            format!("{}-{}.{end}", slug(&name), slug(ALL_CITIES[city][0]))
        } else {
            format!("{}{}.{end}", slug(&name), dice.below(200))
        };
        let area = ALL_CITIES[city][3].to_owned();
        Self {
            id: id(dice),
            place: Place {
                street2: dice.hits(0.5).then(|| format!("Suite {}", 100 + dice.below(400))),
                ..place(dice, city)
            },
            lines: (0..1 + dice.below(3)).map(|_| number(dice, taken, &area)).collect(),
            inboxes: (0..1 + dice.below(2)).map(|_| format!("{}@{domain}", dice.of_list(&ROLES))).collect(),
            pattern: dice.below(5),
            area,
            domain,
        }
    }

    pub fn job(&self, dice: &mut Dice, taken: &mut Taken, at: usize, given: &str, family: &str) -> Job {
        let (given, family) = (slug(given), slug(family));
        let initial: String = given.chars().take(1).collect();
        let local = match self.pattern {
            0 => format!("{given}.{family}"),
            1 => format!("{initial}{family}"),
            2 => format!("{given}{}", family.chars().next().unwrap_or('x')),
            3 => format!("{family}.{initial}"),
            _ => given,
        };
        Job {
            at,
            title: TITLES[dice.below(TITLES.len())],
            department: DEPARTMENTS[dice.below(DEPARTMENTS.len())],
            // Who comes second has a number.
            email: taken.free(|before| {
                format!("{local}{}@{}", if before > 0 { (before + 1).to_string() } else { String::new() }, self.domain)
            }),
            direct: dice.hits(0.5).then(|| number(dice, taken, &self.area)),
        }
    }
}

pub fn email(dice: &mut Dice, taken: &mut Taken, given: &str, family: &str) -> String {
    taken.free(|_| any_email(dice, given, family))
}

fn any_email(dice: &mut Dice, given: &str, family: &str) -> String {
    let (given, family) = (slug(given), slug(family));
    let initial: String = given.chars().take(1).collect();
    let free = dice.of_list(&FREE);
    let count = 1 + dice.below(2);
    let many = dice.digits(1 + count);
    match dice.below(9) {
        0 | 1 => format!("{given}.{family}@{free}"),
        2 => format!("{given}.{family}{many}@{free}"),
        3 => format!("{given}{family}{many}@{free}"),
        4 => format!("{initial}{family}{many}@{free}"),
        5 => format!("{family}.{given}@{free}"),
        6 => format!("{given}_{}{many}@{free}", family.chars().next().unwrap_or('x')),
        7 => format!("{given}{many}@{free}"),
        _ => {
            let thing = ["star", "runner", "coffee", "gamer", "moon", "tiger", "garden", "sky", "music", "happy"];
            format!("{}{}{many}@{free}", dice.of_list(&thing), dice.of_list(&thing))
        }
    }
}

/// Where a household is.
pub struct Home {
    pub city: usize,
    pub place: Place,
    pub line: Option<String>,
    /// One inbox for all, one mobile phone for all.
    pub inbox: Option<String>,
    pub mobile: Option<String>,
}

impl Home {
    pub fn any(dice: &mut Dice, taken: &mut Taken, family: &str) -> Self {
        let city = dice.early(ALL_CITIES.len());
        Self {
            city,
            place: place(dice, city),
            mobile: dice.hits(0.2).then(|| number(dice, taken, ALL_CITIES[city][3])),
            line: dice.hits(0.4).then(|| number(dice, taken, ALL_CITIES[city][3])),
            inbox: dice.hits(0.3).then(|| format!("the{}s{}@{}", slug(family), dice.digits(2), dice.of_list(&FREE))),
        }
    }
}
