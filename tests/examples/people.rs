//! A CSV of so many people, the same for the same numbers: `cargo run -p liaison-tests --example people -- 1000000 > people.csv`, with a
//! seed after the number for other people. It knows nothing of the database; nobody in it is real.

use std::io::{self, BufWriter, Write};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap_or_default()
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// Whether so many in a hundred.
    fn hits(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const FIRST: [&str; 48] = [
    "Ada", "Amir", "Ana", "Aisha", "Ben", "Bodil", "Carlos", "Chloé", "Dana", "Diego", "Elif", "Emma", "Farid",
    "Fiona", "Goran", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jane", "José", "Kaito", "Katja", "Lars", "Leila",
    "Luis", "Mei", "Milan", "Nadia", "Nora", "Olu", "Omar", "Paula", "Priya", "Quinn", "Rania", "Rosa", "Søren",
    "Samir", "Tara", "Tomás", "Uma", "Viktor", "Wendy", "Xin", "Yusuf", "Zoë",
];
const LAST: [&str; 48] = [
    "Abbott", "Acosta", "Ahmed", "Anders", "Baker", "Bauer", "Chen", "Costa", "Dubois", "Diaz", "Ekström", "Evans",
    "Fischer", "Flores", "García", "Gupta", "Haddad", "Hansen", "Ibrahim", "Ito", "Jensen", "Jones", "Kaya", "Kim",
    "Larsen", "Lee", "Müller", "Moreno", "Nair", "Novak", "O'Neil", "Okafor", "Park", "Pérez", "Quist", "Reyes",
    "Rossi", "Sato", "Silva", "Tran", "Tanaka", "Ueda", "Vance", "Vidal", "Webb", "Wong", "Yilmaz", "Zhang",
];
const TITLES: [&str; 10] = [
    "Nurse",
    "Charge nurse",
    "Case manager",
    "Receptionist",
    "Billing manager",
    "Physician",
    "Therapist",
    "Coordinator",
    "IT consultant",
    "",
];
const DEPARTMENTS: [&str; 8] = ["Cardiology", "Billing", "Front desk", "Pediatrics", "IT", "Outreach", "Intake", ""];
const STREETS: [&str; 12] = [
    "Main St", "Oak Ave", "Elm Rd", "Birch Ln", "Lake Dr", "Hill St", "Park Ave", "Mill Rd", "River Rd", "Cedar Ct",
    "Pine St", "High St",
];
const CITIES: [(&str, &str, &str); 8] = [
    ("Springfield", "IL", "62701"),
    ("Joliet", "IL", "60431"),
    ("Peoria", "IL", "61602"),
    ("Boston", "MA", "02108"),
    ("Portland", "OR", "97201"),
    ("Austin", "TX", "78701"),
    ("Denver", "CO", "80202"),
    ("Tampa", "FL", "33602"),
];

/// Letters that an email address has.
fn plain(name: &str) -> String {
    let letter = |c: char| match c {
        'é' | 'ë' => 'e',
        'á' => 'a',
        'í' => 'i',
        'ó' | 'ö' | 'ø' => 'o',
        'ü' => 'u',
        c => c,
    };
    name.chars().map(letter).filter(char::is_ascii_alphabetic).flat_map(char::to_lowercase).collect()
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut number = |usual| arguments.next().transpose().map(|number| number.unwrap_or(usual));
    let wrong = |_| io::Error::other("the arguments are how many people, and a seed: people 1000000 7");
    let (people, seed) = (number(1_000).map_err(wrong)?, number(1).map_err(wrong)?);
    let mut dice = Dice(seed);
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    writeln!(
        out,
        "external_id,first_name,last_name,title,department,is_active,email,phone,phone_extension,other_phones,street1,city,state,postal_code"
    )?;
    for at in 0..people {
        let (first, last) = (dice.of(&FIRST), dice.of(&LAST));
        let (title, department) = (dice.of(&TITLES), dice.of(&DEPARTMENTS));
        let active = if dice.hits(95) { "true" } else { "false" };
        let email =
            if dice.hits(92) { format!("{}.{}.{at}@example.com", plain(first), plain(last)) } else { String::new() };
        // The middle of a number that nobody has: 555.
        let phone = if dice.hits(85) {
            format!("+1 {} 555 {:04}", 201 + dice.below(700), dice.below(10_000))
        } else {
            String::new()
        };
        let extension =
            if !phone.is_empty() && dice.hits(40) { (100 + dice.below(900)).to_string() } else { String::new() };
        let mobile = if dice.hits(35) {
            format!("mobile:+1 {} 555 {:04}", 201 + dice.below(700), dice.below(10_000))
        } else {
            String::new()
        };
        let place = if dice.hits(50) {
            let (city, state, code) = CITIES[dice.below(CITIES.len())];
            format!("{} {},{city},{state},{code}", 1 + dice.below(9_999), dice.of(&STREETS))
        } else {
            ",,,".to_owned()
        };
        writeln!(
            out,
            "P{seed}-{at},{first},{last},{title},{department},{active},{email},{phone},{extension},{mobile},{place}"
        )?;
    }
    out.flush()
}
