//! Which names are short for which. A line is one full name with what it becomes; a word may stand in several lines.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::word::Letters;

/// So many lines may have a word; a test sees to it that none has more.
pub const MOST_ROOTS: usize = 5;

const NAMES: &str = include_str!("nicknames.txt");

static ROOTS: LazyLock<HashMap<&'static str, [u16; MOST_ROOTS]>> = LazyLock::new(|| {
    let mut roots: HashMap<&str, [u16; MOST_ROOTS]> = HashMap::new();
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

static LINES: LazyLock<Vec<Vec<Letters>>> =
    LazyLock::new(|| NAMES.lines().map(|line| line.split_whitespace().map(Letters::of).collect()).collect());

/// The names of a line, the full one first.
pub fn names(root: u16) -> &'static [Letters] {
    root.checked_sub(1).and_then(|line| LINES.get(usize::from(line))).map_or(&[], Vec::as_slice)
}

/// The lines that a name stands in; 0 is none.
pub fn roots(word: &str) -> [u16; MOST_ROOTS] {
    ROOTS.get(word).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_name_is_lost() {
        for (line, number) in NAMES.lines().zip(1_u16..) {
            for name in line.split_whitespace() {
                assert!(roots(name).contains(&number), "{name} stands in more lines than are kept");
            }
        }
    }
}
