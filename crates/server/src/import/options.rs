//! How a file is to be brought in, out of the query string of a request: every parameter known, none twice, each fault named.

use std::collections::BTreeMap;

use liaison_domain::entity::values::ContactType;
use liaison_domain::import::{Meant, OnMatch, OnNew, Options};

use crate::export::parameters;
use crate::http::refusal::Refusal;

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// How the file is brought in.
    pub options: Options,
    /// What it is called.
    pub file_name: String,
}

const NAMES: &str = "fileName, mapping, onMatch, onNew, sourceSystem, types, delimiter and dryRun";

/// Reads a query string. A token in it is refused.
pub fn of_query_string(text: &str) -> Result<Asked, Refusal> {
    let mut asked = Asked { options: Options::default(), file_name: "contacts.csv".to_owned() };
    let mut seen = std::collections::BTreeSet::new();
    for (name, value) in parameters::of_query_string(text)? {
        if !seen.insert(name.clone()) {
            return Err(bad(&name, "stands there twice: give it once"));
        }
        let options = &mut asked.options;
        match name.as_str() {
            "fileName" => asked.file_name = value,
            "mapping" => options.mapping = mapping(&value)?,
            "onMatch" => {
                options.on_match = match value.as_str() {
                    "update" => OnMatch::Update,
                    "skip" => OnMatch::Skip,
                    "create" => OnMatch::Create,
                    _ => return Err(bad("onMatch", "must be update, skip or create")),
                }
            }
            "onNew" => {
                options.on_new = match value.as_str() {
                    "create" => OnNew::Create,
                    "skip" => OnNew::Skip,
                    _ => return Err(bad("onNew", "must be create or skip")),
                }
            }
            "sourceSystem" => options.source_system = Some(value),
            "types" => options.types = types(&value).map_err(|why| bad("types", &why))?,
            "delimiter" => options.delimiter = Some(delimiter(&value).map_err(|why| bad("delimiter", &why))?),
            "dryRun" => {
                options.meant = match value.as_str() {
                    "true" | "1" | "" => Meant::DryRun,
                    "false" | "0" => Meant::Really,
                    _ => return Err(bad("dryRun", "must be true or false")),
                }
            }
            _ => return Err(bad(&name, &format!("is not one that an import takes: use {NAMES}"))),
        }
    }
    Ok(asked)
}

fn bad(name: &str, why: &str) -> Refusal {
    let name: String = name.chars().take(100).filter(|c| !c.is_control()).collect();
    Refusal::bad_request(format!("The parameter `{name}` in the URL {why}."))
}

fn mapping(text: &str) -> Result<BTreeMap<String, String>, Refusal> {
    serde_json::from_str(text).map_err(|_| {
        bad(
            "mapping",
            "must be JSON that names for columns of ours those of the file, such as {\"last_name\":\"Surname\"}",
        )
    })
}

/// Roles by their names, with commas in between.
pub fn types(text: &str) -> Result<Vec<ContactType>, String> {
    let role = |name: &str| match name.trim().to_ascii_lowercase().as_str() {
        "administrative" => Ok(ContactType::Administrative),
        "billing" => Ok(ContactType::Billing),
        "technical" => Ok(ContactType::Technical),
        "emergency" => Ok(ContactType::Emergency),
        "stakeholder" => Ok(ContactType::Stakeholder),
        _ => {
            Err("must be some of administrative, billing, technical, emergency and stakeholder, with commas in between"
                .to_owned())
        }
    };
    text.split(',').filter(|name| !name.trim().is_empty()).map(role).collect()
}

/// What stands between cells.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "," | "comma" => Ok(b','),
        ";" | "semicolon" => Ok(b';'),
        "\t" | "tab" => Ok(b'\t'),
        "|" | "bar" => Ok(b'|'),
        _ => Err("must be a comma, a semicolon, a bar or tab".to_owned()),
    }
}
