//! Who lives where with whom and works at what: the people themselves, of whom records are kept.

use liaison_domain::duplicate::Place;

use super::dice::Dice;
use super::names::{self, Culture};
use super::places::{ALL_CITIES, Home, Job, Taken, Workplace, email, number, place};
use super::style::Style;

/// What changes in a life: the same person, earlier and later.
#[derive(Clone, Debug)]
pub struct Time {
    pub family: String,
    pub home: Place,
    pub job: Job,
    pub email: String,
    pub mobile: String,
    pub home_line: Option<String>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct Human {
    pub given: String,
    pub middle: Option<String>,
    pub suffix: Option<&'static str>,
    pub times: [Time; 2],
    /// Where it is a client.
    pub client_of: usize,
}

/// Everybody, and where they work.
pub struct Town {
    pub workplaces: Vec<Workplace>,
    pub humans: Vec<Human>,
    /// Whose number or address it is, nobody else gets: hashes of them.
    taken: Taken,
}

impl Town {
    /// So many people at least, who live as the style says.
    pub fn of(dice: &mut Dice, count: usize, style: &Style) -> Self {
        let mut taken = Taken::default();
        let workplaces: Vec<Workplace> =
            (0..(count / style.colleagues).max(4)).map(|_| Workplace::any(dice, &mut taken)).collect();
        let mut town = Self { workplaces, humans: Vec::with_capacity(count + 8), taken };
        while town.humans.len() < count {
            town.move_in(dice, style);
        }
        town
    }

    fn move_in(&mut self, dice: &mut Dice, style: &Style) {
        let culture = Culture::any(dice);
        // Somebody of the very name of somebody who is there, and nobody of theirs.
        if !self.humans.is_empty() && dice.hits(style.homonyms) {
            let named = dice.of_list(&self.humans).clone();
            let home = Home::any(dice, &mut self.taken, &named.times[0].family);
            let beside = if dice.hits(0.2) { Some(named.times[0].job.at) } else { None };
            let human = self.human(dice, style, named.given, named.times[0].family.clone(), None, &home, beside);
            self.humans.push(human);
            return;
        }
        let family = match () {
            () if dice.hits(0.04) => format!("{}-{}", culture.family(dice), culture.family(dice)),
            () if dice.hits(style.odd.doubled) => format!("{} {}", culture.family(dice), culture.family(dice)),
            () if dice.hits(style.odd.particles) => names::particled(dice),
            () => culture.family(dice),
        };
        let home = Home::any(dice, &mut self.taken, &family);
        if dice.hits(style.juniors) {
            let given = culture.given(dice, false);
            for suffix in ["Sr.", ["Jr.", "Jr", "II", "III"][dice.below(4)]] {
                let human = self.human(dice, style, given.clone(), family.clone(), Some(suffix), &home, None);
                self.humans.push(human);
            }
            return;
        }
        let many = if dice.hits(style.households) { 2 + dice.below(4) } else { 1 };
        let rhyme = (many > 1 && dice.hits(style.odd.rhymes)).then(|| names::rhyme(dice));
        let first_of_them = self.humans.len();
        for member in 0..many {
            let is_woman = if many > 1 && member < 2 { member == 1 } else { dice.hits(0.5) };
            let name =
                if member == 1 && rhyme.is_none() && dice.hits(0.3) { culture.family(dice) } else { family.clone() };
            let given = match rhyme {
                Some((one, _)) if member == many - 2 => one.to_owned(),
                Some((_, other)) if member == many - 1 => other.to_owned(),
                _ if dice.hits(style.odd.doubled) => names::double(dice),
                _ => culture.given(dice, is_woman),
            };
            // Nobody calls two children the same.
            if self.humans[first_of_them..].iter().any(|one| one.given == given) {
                continue;
            }
            // Some work where their spouse does.
            let beside =
                (member == 1 && dice.hits(0.1)).then(|| self.humans.last().map_or(0, |spouse| spouse.times[0].job.at));
            // Juniors whose fathers are in no directory.
            let suffix = (!is_woman && dice.hits(0.03)).then(|| ["Jr.", "Jr", "II", "III"][dice.below(4)]);
            let human = self.human(dice, style, given, name, suffix, &home, beside);
            self.humans.push(human);
        }
    }

    fn human(
        &mut self,
        dice: &mut Dice,
        style: &Style,
        given: String,
        family: String,
        suffix: Option<&'static str>,
        home: &Home,
        beside: Option<usize>,
    ) -> Human {
        let (culture, taken) = (Culture::any(dice), &mut self.taken);
        let anywhere = |dice: &mut Dice| {
            if dice.hits(0.6) { dice.below(self.workplaces.len()) } else { dice.early(self.workplaces.len()) }
        };
        let works_at = beside.unwrap_or_else(|| anywhere(dice));
        let mut first = Time {
            home: home.place.clone(),
            job: self.workplaces[works_at].job(dice, taken, works_at, &given, &family),
            email: home.inbox.clone().filter(|_| dice.hits(0.6)).unwrap_or_else(|| email(dice, taken, &given, &family)),
            mobile: home
                .mobile
                .clone()
                .filter(|_| dice.hits(0.6))
                .unwrap_or_else(|| number(dice, taken, ALL_CITIES[home.city][3])),
            home_line: home.line.clone(),
            family,
        };
        if dice.hits(style.odd.abroad) {
            first.mobile = taken.free(|_| format!("+4420{}{}", 3 + dice.below(5), dice.digits(7)));
        }
        let mut second = first.clone();
        if dice.hits(style.married) {
            let other = Culture::any(dice).family(dice);
            second.family = if dice.hits(0.3) { format!("{}-{other}", first.family) } else { other };
        }
        if dice.hits(style.moved) {
            let city = if dice.hits(0.6) { home.city } else { dice.early(ALL_CITIES.len()) };
            second.home = place(dice, city);
            second.home_line = dice.hits(0.3).then(|| number(dice, taken, ALL_CITIES[city][3]));
        }
        if dice.hits(style.new_job) {
            let at = anywhere(dice);
            second.job = self.workplaces[at].job(dice, taken, at, &given, &second.family);
        }
        if dice.hits(style.new_email) {
            second.email = email(dice, taken, &given, &second.family);
        }
        if dice.hits(style.new_phone) {
            second.mobile = number(dice, taken, ALL_CITIES[home.city][3]);
        }
        let is_woman = dice.hits(0.5);
        let middle = dice.hits(0.6).then(|| culture.given(dice, is_woman));
        Human { given, middle, suffix, times: [first, second], client_of: anywhere(dice) }
    }
}
