//! Emails and phones as they are compared.

use serde::{Deserialize, Serialize};

use super::Line;
use super::name::Name;
use super::word::hash;

/// An email address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// In lower case.
    #[serde(rename = "a")]
    pub address: Box<str>,
    /// Where the `@` stands.
    #[serde(rename = "@")]
    pub at: u16,
    /// The hash of the box that the address most probably means: without a tag after `+`, without dots.
    #[serde(rename = "b")]
    pub canonical: i64,
    /// The hash of the box's local part alone.
    #[serde(rename = "l")]
    pub local: i64,
    #[serde(rename = "k")]
    pub kind: MailKind,
    /// Whether its local part is made of nothing but the name of whose it is: everybody of that name may have it somewhere.
    #[serde(rename = "n", default)]
    pub is_name: bool,
}

/// Whose address it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailKind {
    /// At one of the large providers, where everybody chooses a name.
    #[serde(rename = "f")]
    Free,
    /// At a domain of somebody's own.
    #[serde(rename = "o")]
    Own,
    /// Of a function: `info`, `billing`.
    #[serde(rename = "r")]
    Role,
}

const FREE: &str = "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es ymail.com hotmail.com hotmail.co.uk \
     hotmail.fr outlook.com outlook.de live.com msn.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.com \
     gmx.at web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com zoho.com \
     fastmail.com orange.fr free.fr laposte.net libero.it comcast.net verizon.net att.net sbcglobal.net qq.com \
     163.com";

const ROLES: &str = "info office contact admin billing support sales help helpdesk hello mail reception frontdesk front desk \
     accounting accounts finance hr jobs careers team service services enquiries inquiries inquiry hostmaster \
     postmaster webmaster noreply it marketing press media orders order purchasing invoices invoice payable \
     payables receivable legal privacy security staff management manager director general customerservice customer \
     care intake referrals scheduling appointments records nurse clinic buero";

fn is_in(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

/// What is written into a field that must not be empty: `none@none.com`, `noemail@…`.
fn is_nobodys_address(local: &str, domain: &str) -> bool {
    const NOBODY: &str = "none no na n/a noemail no-email no.email nomail nobody unknown null donotreply declined refused notprovided noaddress nope";
    let name = domain.split('.').next().unwrap_or_default();
    is_in(NOBODY, local) || (local == name && is_in("test none na email example abc a x xx xxx unknown", local))
}

/// Whether the letters are those of names and initials of this person.
fn is_name(plain: &str, name: &Name) -> bool {
    let mut rest = plain.as_bytes();
    while !rest.is_empty() {
        let longest = name
            .words()
            .map(|word| word.letters.bytes())
            .filter(|word| word.len() > 1 && rest.starts_with(word))
            .map(<[u8]>::len)
            .max();
        let initial = || name.words().any(|word| word.letters.first() == rest[0]).then_some(1);
        match longest.or_else(initial) {
            Some(length) => rest = &rest[length..],
            None => return false,
        }
    }
    true
}

impl Mail {
    pub fn of(address: &str, name: &Name) -> Option<Self> {
        let address = address.trim().to_lowercase();
        let at = address.rfind('@')?;
        let (local, domain) = (&address[..at], &address[at + 1..]);
        if local.is_empty() || domain.is_empty() || is_nobodys_address(local, domain) {
            return None;
        }
        let untagged = local.split('+').next().filter(|box_| !box_.is_empty()).unwrap_or(local);
        let plain: String = untagged.chars().filter(|c| !matches!(c, '.' | '_' | '-')).collect();
        let letters = plain.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_role = untagged
            .split(['.', '_', '-'])
            .all(|part| part.is_empty() || is_in(ROLES, part.trim_end_matches(|c: char| c.is_ascii_digit())))
            || is_in(ROLES, letters);
        let kind = match () {
            () if is_role => MailKind::Role,
            () if is_in(FREE, domain) => MailKind::Free,
            () => MailKind::Own,
        };
        let domain = if domain == "googlemail.com" { "gmail.com" } else { domain };
        Some(Self {
            canonical: hash(&[b"box", plain.as_bytes(), domain.as_bytes()]),
            local: hash(&[b"local", plain.as_bytes()]),
            at: u16::try_from(at).ok()?,
            is_name: is_name(&plain, name),
            kind,
            address: address.into(),
        })
    }

    pub fn local(&self) -> &str {
        &self.address[..usize::from(self.at)]
    }

    pub fn domain(&self) -> &str {
        &self.address[usize::from(self.at) + 1..]
    }

    /// The local part in letters and digits, without its tag.
    pub fn plain(&self) -> String {
        let untagged = self.local().split('+').next().filter(|part| !part.is_empty()).unwrap_or(self.local());
        untagged.chars().filter(|c| !matches!(c, '.' | '_' | '-')).collect()
    }

    /// What is counted of it.
    pub fn mark(&self) -> i64 {
        hash(&[b"email", self.address.as_bytes()])
    }

    /// The domain, where it tells whom somebody works for.
    pub fn company(&self) -> Option<&str> {
        match self.kind {
            MailKind::Free => None,
            MailKind::Own => Some(self.domain()),
            MailKind::Role => (!is_in(FREE, self.domain())).then(|| self.domain()),
        }
    }
}

/// The digits of a number, the last one first, and how many they are.
fn digits(mut number: u64) -> ([u8; 20], usize) {
    let (mut digits, mut count) = ([0; 20], 0);
    while number > 0 {
        digits[count] = u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        count += 1;
    }
    (digits, count)
}

/// What is dialled into a field that must not be empty: one digit again and again, all in a row, the 555 of films without an area.
fn is_nobodys(digits: &[u64]) -> bool {
    let end = &digits[digits.len().saturating_sub(7)..];
    let is_one = |digits: &[u64]| digits.iter().all(|digit| *digit == digits[0]);
    let without_country = &digits[digits.len().saturating_sub(10)..];
    let is_row = digits.len() > 6 && without_country.windows(2).all(|two| two[1] == (two[0] + 1) % 10);
    is_one(end) || is_row
}

/// A phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its digits as a number, the last eighteen.
    #[serde(rename = "d")]
    pub digits: u64,
    /// Whether it stands with its country.
    #[serde(rename = "e")]
    pub is_international: bool,
    #[serde(rename = "p")]
    pub is_personal: bool,
}

impl Call {
    pub fn of(line: &Line) -> Option<Self> {
        let digits: Vec<u64> = line
            .number
            .chars()
            .filter_map(|c| any_ascii::any_ascii_char(c).parse::<u64>().ok().filter(|digit| *digit < 10))
            .collect();
        if digits.len() < 5 || is_nobodys(&digits) {
            return None;
        }
        let skipped = digits.len().saturating_sub(18);
        let digits = digits[skipped..].iter().fold(0, |number, digit| number * 10 + digit);
        Some(Self { digits, is_international: line.has_country, is_personal: line.is_personal })
    }

    /// The end of the number, which stands however it was entered.
    pub fn end(&self) -> u64 {
        self.digits % 1_000_000_000
    }

    pub fn is_same(&self, other: &Self) -> bool {
        self.digits == other.digits
            || (!(self.is_international && other.is_international)
                && self.end() == other.end()
                && self.end() > 9_999_999)
    }

    /// Whether one digit was left out, put in or changed, or two were swapped.
    pub fn is_near(&self, other: &Self) -> bool {
        // Without its country the one says less than the other.
        let part = |call: &Self| if self.is_international && other.is_international { call.digits } else { call.end() };
        let (one, second) = (part(self), part(other));
        // Of numbers that are as long, one slip leaves what stands before it or what stands after it: a look that costs little.
        let is_as_long = one.checked_ilog10() == second.checked_ilog10();
        let is_part_same = one / 100_000 == second / 100_000
            || one % 100_000 == second % 100_000
            || one / 1_000_000 == second / 1_000_000;
        if is_as_long && !is_part_same {
            return false;
        }
        let ((one, length), (second, second_length)) = (digits(one), digits(second));
        super::word::slips(&one[..length], &second[..second_length]) == 1
    }

    /// Whether the last digit alone is another: the next one of a row of numbers.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.end() / 10 == other.end() / 10 && self.end() != other.end()
    }

    pub fn text(&self) -> String {
        let sign = if self.is_international { "+" } else { "" };
        format!("{sign}{}", self.digits)
    }

    /// What is counted of it.
    pub fn mark(&self) -> i64 {
        hash(&[b"phone", &self.digits.to_le_bytes()])
    }
}
