//! Which column of a file is which of ours: by name, or as the mapping says. It reads no row.

use std::collections::{BTreeMap, HashMap};

use super::file::BadFile;
use crate::sheet::Column;

/// The columns of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    places: HashMap<Column, usize>,
    header: Vec<String>,
}

/// A name as it is compared: without case, blanks, underscores and hyphens.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

fn of_name(name: &str) -> Option<Column> {
    let name = folded(name);
    Column::ALL.into_iter().find(|column| folded(column.name()) == name)
}

impl Columns {
    /// Finds our columns in a header. `mapping` says under which name one of ours stands in the file, where that is not its own.
    pub fn of(header: &[String], mapping: &BTreeMap<String, String>) -> Result<Self, BadFile> {
        let ours = || Column::ALL.map(Column::name).join(", ");
        let mut places = HashMap::new();
        for (our, theirs) in mapping {
            let column = of_name(our)
                .ok_or_else(|| BadFile(format!("the mapping names the column {our:?}, which is none of {}", ours())))?;
            let mut found = header.iter().enumerate().filter(|(_, name)| folded(name) == folded(theirs));
            let place = match (found.next(), found.next()) {
                (Some((place, _)), None) => place,
                (Some(_), Some(_)) => return Err(twice(theirs)),
                (None, _) => {
                    let there = header.join(", ");
                    return Err(BadFile(format!(
                        "line 1: the mapping says that {our} is the column {theirs:?}, which the file does not have; it has {there}"
                    )));
                }
            };
            if places.insert(column, place).is_some() {
                return Err(BadFile(format!("the mapping names the column {our:?} twice")));
            }
        }
        for (place, name) in header.iter().enumerate() {
            let Some(column) = of_name(name) else { continue };
            if mapping.keys().any(|our| of_name(our) == Some(column)) || places.values().any(|taken| *taken == place) {
                continue;
            }
            if places.insert(column, place).is_some() {
                return Err(twice(name));
            }
        }
        if places.is_empty() {
            let there = header.iter().take(20).map(|name| name.chars().take(40).collect::<String>());
            let there = there.collect::<Vec<_>>().join(", ");
            return Err(BadFile(format!(
                "line 1: none of the columns ({there}) is one that is brought in; name them {}, or say in the mapping which is which",
                ours()
            )));
        }
        Ok(Self { places, header: header.to_vec() })
    }

    /// The cell of a column, if the file has it.
    pub fn cell<'a>(&self, cells: &'a [String], column: Column) -> Option<&'a str> {
        cells.get(*self.places.get(&column)?).map(String::as_str)
    }

    /// Whether the file has a column.
    pub fn has(&self, column: Column) -> bool {
        self.places.contains_key(&column)
    }

    /// What the file calls a column; our name where it does not have it.
    pub fn name(&self, column: Column) -> &str {
        self.places.get(&column).and_then(|place| self.header.get(*place)).map_or(column.name(), String::as_str)
    }
}

fn twice(name: &str) -> BadFile {
    BadFile(format!("line 1: the column {name:?} stands there twice; leave one of the two, or give it another name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn mapping(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(our, theirs)| ((*our).to_owned(), (*theirs).to_owned())).collect()
    }

    #[test]
    fn columns_are_found_whatever_the_case_and_the_blanks() {
        let columns =
            Columns::of(&header(&["First Name", " EMAIL ", "Shoe size", "last-name"]), &mapping(&[])).unwrap();
        let cells = header(&["Jane", "j@example.com", "38", "Doe"]);
        assert_eq!(columns.cell(&cells, Column::FirstName), Some("Jane"));
        assert_eq!(columns.cell(&cells, Column::Email), Some("j@example.com"));
        assert_eq!(columns.cell(&cells, Column::LastName), Some("Doe"));
        assert_eq!(columns.cell(&cells, Column::Title), None);
    }

    #[test]
    fn a_mapping_wins_over_the_name() {
        let file = header(&["email", "Work mail", "Surname"]);
        let columns = Columns::of(&file, &mapping(&[("email", "work mail"), ("last_name", "surname")])).unwrap();
        let cells = header(&["old@example.com", "new@example.com", "Doe"]);
        assert_eq!(columns.cell(&cells, Column::Email), Some("new@example.com"));
        assert_eq!(columns.cell(&cells, Column::LastName), Some("Doe"));
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said() {
        let wrong =
            |names: &[&str], pairs: &[(&str, &str)]| Columns::of(&header(names), &mapping(pairs)).unwrap_err().0;
        assert!(wrong(&["email", "E-Mail"], &[]).contains("twice"));
        assert!(wrong(&["Schuhgröße"], &[]).contains("first_name"));
        assert!(wrong(&["email"], &[("nose", "email")]).contains("\"nose\""));
        assert!(wrong(&["email"], &[("title", "Position")]).contains("\"Position\""));
    }
}
