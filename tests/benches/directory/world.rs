//! Who is in the directory: for every scale the same world each time, worked out from a number and never kept.
//! It knows no events and no tables.

use uuid::Uuid;

use super::options::ScaleName;

/// Raised when the world or its events change: data of another version is made anew.
pub const VERSION: u32 = 3;

/// Contacts of an organization that stands for a large one.
pub const LARGE: u64 = 5_000;

/// How many phones there are that many people share.
pub const LINES: u64 = 20;

/// How many people share such a phone.
pub const SHARE_A_LINE: u64 = 100;

/// What a row is; part of its id.
#[derive(Clone, Copy, Debug)]
#[repr(u16)]
pub enum Kind {
    Organization = 1,
    Facility,
    Contact,
    Office,
    Home,
    ContactPhone,
    Reception,
    ContactEmail,
    OrganizationEmail,
    Link,
    Event,
    Line,
}

/// The id of the `index`-th row of a kind: ascending in time as ids of the server are, and the same in every run.
pub fn id(kind: Kind, index: u64) -> Uuid {
    const BEGIN: u64 = 1_767_225_600_000;
    let random = u128::from(chance(&[kind as u64, index])) & ((1 << 62) - 1);
    let bits = (u128::from(BEGIN + index) << 80) | (0x7 << 76) | ((kind as u128) << 64) | (0b10 << 62) | random;
    Uuid::from_u128(bits)
}

/// An even number out of all of 64 bits that depends on `parts` alone (splitmix64).
pub fn chance(parts: &[u64]) -> u64 {
    parts.iter().fold(0x5eed, |state, part| {
        let mut z = (state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// One of a hundred, for shares.
fn percent(parts: &[u64]) -> u64 {
    chance(parts) % 100
}

/// A directory of some scale.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub name: ScaleName,
    pub organizations: u64,
    pub contacts: u64,
}

/// What an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationIs {
    Platform,
    Partner,
    Provider { partner: Option<u64> },
}

/// The roles, with how many of a hundred links have them.
pub const ROLES: [(&str, u64); 5] =
    [("administrative", 30), ("billing", 20), ("technical", 20), ("emergency", 15), ("stakeholder", 15)];

/// A phone of a contact.
#[derive(Clone, Copy, Debug)]
pub struct Phone {
    pub index: u64,
    pub code: &'static str,
    /// Whether it stands at the organization's office.
    pub at_office: bool,
}

impl World {
    pub fn of(name: ScaleName) -> Self {
        let (organizations, contacts) = match name {
            ScaleName::S => (1_000, 20_000),
            ScaleName::M => (10_000, 200_000),
            ScaleName::L => (50_000, 1_000_000),
        };
        Self { name, organizations, contacts }
    }

    fn partners(self) -> u64 {
        self.organizations / 50
    }

    /// The large organizations: one in 1,250, all of them providers.
    pub fn large(self) -> impl Iterator<Item = u64> {
        (0..self.larges()).map(move |at| self.nth_large(at))
    }

    fn larges(self) -> u64 {
        (self.organizations / 1_250).max(1)
    }

    fn nth_large(self, at: u64) -> u64 {
        let first = self.partners() + 1;
        first + at * ((self.organizations - first) / self.larges())
    }

    /// The platform owner is the first organization, then come the partners, then the providers.
    pub fn organization(self, index: u64) -> OrganizationIs {
        match index {
            0 => OrganizationIs::Platform,
            _ if index <= self.partners() => OrganizationIs::Partner,
            _ => {
                let is_brought = percent(&[10, index]) < 60;
                OrganizationIs::Provider { partner: is_brought.then(|| 1 + chance(&[11, index]) % self.partners()) }
            }
        }
    }

    /// The organization that owns a contact, which works there too.
    pub fn owner(self, contact: u64) -> u64 {
        let of_large = self.larges() * LARGE;
        let before = contact * of_large / self.contacts;
        if (contact + 1) * of_large / self.contacts > before {
            return self.nth_large(before % self.larges());
        }
        chance(&[20, contact]) % self.organizations
    }

    /// Every organization where a contact works, its owner first: one for nine of ten, 2 to 20 for the tenth, few more often than many.
    pub fn works_at(self, contact: u64) -> Vec<u64> {
        let mut organizations = vec![self.owner(contact)];
        if contact % 10 == 3 {
            let share = (chance(&[21, contact]) % 1_000) as f64 / 1_000.0;
            let wanted = 2 + (19.0 * share * share) as usize;
            for attempt in 0.. {
                if organizations.len() == wanted {
                    break;
                }
                let another = chance(&[22, contact, attempt]) % self.organizations;
                if !organizations.contains(&another) {
                    organizations.push(another);
                }
            }
        }
        organizations
    }

    /// The roles of a contact at one of its organizations: one, and with a tenth two at the first.
    pub fn roles(self, contact: u64, organization: u64, is_owner: bool) -> impl Iterator<Item = &'static str> {
        let mut left = percent(&[30, contact, organization]);
        let first = ROLES
            .iter()
            .position(|(_, share)| {
                let is_it = left < *share;
                left = left.saturating_sub(*share);
                is_it
            })
            .unwrap_or(0);
        let second = (is_owner && percent(&[31, contact]) < 10).then_some((first + 1) % ROLES.len());
        std::iter::once(first).chain(second).map(|at| ROLES[at].0)
    }

    /// The phones of a contact: one at the office, for most a mobile, for some a third.
    pub fn phones(self, contact: u64) -> impl Iterator<Item = Phone> {
        let at_office = percent(&[40, contact]) < 80;
        let office = Some(Phone { index: contact * 3, code: "office", at_office });
        let mobile = (percent(&[41, contact]) < 70).then_some(Phone {
            index: contact * 3 + 1,
            code: "mobile",
            at_office: false,
        });
        let code = if percent(&[43, contact]) < 50 { "emergency" } else { "home" };
        let third = (percent(&[42, contact]) < 20).then_some(Phone { index: contact * 3 + 2, code, at_office: false });
        [office, mobile, third].into_iter().flatten()
    }

    /// The organization that has a line, and who shares it: people of the first large organization, the next hundred for the next line.
    pub fn line(self, line: u64) -> (u64, impl Iterator<Item = u64>) {
        let owner = self.nth_large(0);
        let people = (0..self.contacts).filter(move |contact| self.owner(*contact) == owner);
        (owner, people.skip((line * SHARE_A_LINE) as usize).take(SHARE_A_LINE as usize))
    }

    /// Whether a contact is found at its owner's office.
    pub fn is_at_office(self, contact: u64) -> bool {
        percent(&[50, contact]) < 70
    }

    /// Whether a contact has an address of its own.
    pub fn has_home(self, contact: u64) -> bool {
        percent(&[51, contact]) < 15
    }

    /// Whether an organization has a second facility.
    pub fn has_second_facility(self, organization: u64) -> bool {
        percent(&[52, organization]) < 30
    }
}

/// Given and family name of a contact, evenly spread over some 60 and some 1,500.
pub fn name(contact: u64) -> (String, String) {
    const GIVEN: [&str; 60] = [
        "Ada", "Alan", "Amara", "Anita", "Ben", "Björn", "Carla", "Chen", "Chloé", "Dana", "David", "Diego", "Edith",
        "Elena", "Emil", "Esra", "Fatima", "Felix", "Femi", "Grace", "Greta", "Hannah", "Hugo", "Ines", "Ivan", "Jane",
        "Jin", "Joan", "John", "José", "Julia", "Kai", "Karim", "Lea", "Liam", "Lucia", "Maria", "Max", "Mei", "Mia",
        "Nadia", "Nils", "Noah", "Nora", "Olga", "Omar", "Paula", "Peter", "Priya", "Rosa", "Ruth", "Sam", "Sara",
        "Tariq", "Thea", "Tom", "Uma", "Vera", "Yara", "Zoe",
    ];
    const FRONT: [&str; 40] = [
        "Ander", "Ash", "Bald", "Bar", "Beck", "Bo", "Brad", "Cald", "Carl", "Clay", "Dal", "Dun", "East", "Eden",
        "Fair", "Gar", "Glen", "Har", "Hol", "Iver", "Jack", "Kel", "Kirk", "Lang", "Lind", "Mar", "Mill", "Nor",
        "Oak", "Pem", "Quin", "Ray", "Ros", "Sand", "Stan", "Thorn", "Under", "Wal", "West", "Young",
    ];
    const BACK: [&str; 38] = [
        "berg", "berry", "borne", "bridge", "brook", "burn", "by", "dale", "den", "don", "dottir", "er", "field",
        "ford", "gate", "grove", "ham", "hill", "holm", "hurst", "ing", "land", "ley", "lund", "man", "more", "ner",
        "ov", "ridge", "sen", "shaw", "smith", "son", "stead", "stone", "ton", "ville", "worth",
    ];
    let pick = |salt, names: &[&'static str]| names[(chance(&[salt, contact]) % names.len() as u64) as usize];
    (pick(60, &GIVEN).to_owned(), format!("{}{}", pick(61, &FRONT), pick(62, &BACK)))
}
