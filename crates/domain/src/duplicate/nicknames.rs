//! Which names are short for which. A line is one full name with what it becomes; a word may stand in several lines.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::word::Letters;

const NAMES: &str = include_str!("nicknames.txt");

static ROOTS: LazyLock<HashMap<&'static str, [u16; 3]>> = LazyLock::new(|| {
    let mut roots: HashMap<&str, [u16; 3]> = HashMap::new();
    for (line, number) in NAMES.lines().zip(1..) {
        for name in line.split_whitespace() {
            let of = roots.entry(name).or_default();
            if let Some(free) = of.iter_mut().find(|root| **root == 0) {
                *free = number;
            }
        }
    }
    roots
});

static FULL: LazyLock<Vec<Letters>> =
    LazyLock::new(|| NAMES.lines().map(|line| Letters::of(line.split(' ').next().unwrap_or_default())).collect());

/// The full name that a line is of.
pub fn full(root: u16) -> Option<Letters> {
    FULL.get(usize::from(root.checked_sub(1)?)).copied()
}

/// The lines that a name stands in, at most three; 0 is none.
pub fn roots(word: &str) -> [u16; 3] {
    ROOTS.get(word).copied().unwrap_or_default()
}
