//! What a filter says, in plain words over what the API tells of each person. It knows no SQL and shares no code with the server.

use serde_json::{Map, Value};

/// A person's id.
pub fn id(person: &Value) -> String {
    person["id"].as_str().unwrap().to_owned()
}

/// A text without case, accents and double blanks; other values as they are written. Only letters that the crowd has are known.
pub fn folded(value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'à' | 'á' | 'â' | 'ä' | 'å' => 'a',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'í' | 'î' | 'ï' => 'i',
            'ñ' => 'n',
            'ó' | 'ö' | 'ø' => 'o',
            'ú' | 'ü' => 'u',
            'й' => 'и',
            'ł' => 'l',
            other => other,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a person satisfies a filter.
pub fn satisfies(filter: &Value, person: &Value) -> bool {
    let Some(filter) = filter.as_object() else { return true };
    filter.iter().filter(|(_, wanted)| !wanted.is_null()).all(|(name, wanted)| match name.as_str() {
        "and" => list(wanted).iter().all(|part| satisfies(part, person)),
        "or" => list(wanted).is_empty() || list(wanted).iter().any(|part| satisfies(part, person)),
        "not" => !satisfies(wanted, person),
        "ids" => one_of(wanted, &person["id"]),
        "isActive" | "doNotContact" => person[name] == *wanted,
        "firstName" | "lastName" => folded(wanted) == folded(&person[name]),
        "titleContains" => contains(&person["title"], wanted),
        "departmentContains" => contains(&person["department"], wanted),
        "preferredContactMethods" => one_of(wanted, &person["preferredContactMethod"]),
        "hasLogin" => *wanted == Value::Bool(!person["userId"].is_null()),
        "ownerOrganizationIds" => person["owner"].is_object() && one_of(wanted, &person["owner"]["id"]),
        "linkHistory" => list(&person["linkHistory"]["edges"]).iter().any(|one| {
            let given = |word: &str| Some(&wanted[word]).filter(|value| !value.is_null());
            given("organizationIds").is_none_or(|ids| one_of(ids, &one["node"]["id"]))
                && given("types").is_none_or(|types| one_of(types, &one["type"]))
                && given("until").is_none_or(|until| instant(&one["linkedAt"]) < instant(until))
                && given("from")
                    .is_none_or(|from| one["unlinkedAt"].is_null() || instant(from) < instant(&one["unlinkedAt"]))
        }),
        "createdAt" | "updatedAt" => lies_in(wanted, &person[name]),
        "organizations" | "phones" | "emails" | "addresses" => {
            let rows = list(&person[name]["edges"]);
            let wanted = wanted.as_object().unwrap();
            let given = |word: &str| wanted.get(word).filter(|value| !value.is_null());
            given("some").is_none_or(|row| rows.iter().any(|one| row_is(row, one)))
                && given("none").is_none_or(|row| !rows.iter().any(|one| row_is(row, one)))
                && given("count").is_none_or(|bounds| {
                    let mut nodes: Vec<&Value> = rows.iter().map(|one| &one["node"]["id"]).collect();
                    if name == "organizations" {
                        nodes.sort_by_key(|id| id.to_string());
                        nodes.dedup();
                    }
                    keeps(bounds.as_object().unwrap(), nodes.len() as i64)
                })
        }
        other => panic!("the oracle knows no condition {other}"),
    })
}

/// Whether one row satisfies all conditions on it.
fn row_is(wanted: &Value, row: &Value) -> bool {
    let node = &row["node"];
    wanted.as_object().unwrap().iter().filter(|(_, wanted)| !wanted.is_null()).all(|(name, wanted)| {
        match name.as_str() {
            "organizationIds" => one_of(wanted, &node["id"]),
            "types" => one_of(wanted, &row["type"]),
            "isPrimary" => row[name] == *wanted,
            "linkedAt" => lies_in(wanted, &row[name]),
            "codes" => one_of(wanted, &node["code"]["code"]),
            "isSmsCapable" | "isSmsOptedOut" | "isNotificationEnabled" => node[name] == *wanted,
            "verificationStates" => one_of(wanted, &node["verificationState"]),
            "labels" => spelled(wanted, &node["label"]),
            "cities" => spelled(wanted, &node["city"]),
            "streets" => spelled(wanted, &node["street1"]),
            "states" => spelled(wanted, &node["state"]),
            "postalCodes" => spelled(wanted, &node["postalCode"]),
            "countries" => spelled(wanted, &node["country"]),
            "number" => digits(wanted) == digits(&node["number"]),
            "address" => folded(wanted) == folded(&node["address"]),
            other => panic!("the oracle knows no condition {other} on a row"),
        }
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn one_of(wanted: &Value, value: &Value) -> bool {
    list(wanted).contains(value)
}

fn spelled(wanted: &Value, value: &Value) -> bool {
    !value.is_null() && list(wanted).iter().any(|one| folded(one) == folded(value))
}

fn contains(value: &Value, part: &Value) -> bool {
    !value.is_null() && folded(value).contains(&folded(part))
}

/// A line by its last ten digits, or what was entered where that is none.
fn digits(number: &Value) -> String {
    let text = number.as_str().unwrap();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 10 { text.to_owned() } else { digits[digits.len() - 10..].to_owned() }
}

/// Instants as the API writes them, in UTC: their texts up to the second order them, the rest by its digits.
fn instant(value: &Value) -> (String, String) {
    let text = value.as_str().unwrap().trim_end_matches('Z').trim_end_matches("+00:00");
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    (whole.to_owned(), format!("{rest:0<9}"))
}

fn lies_in(span: &Value, at: &Value) -> bool {
    (span["from"].is_null() || instant(&span["from"]) <= instant(at))
        && (span["until"].is_null() || instant(at) < instant(&span["until"]))
}

fn keeps(bounds: &Map<String, Value>, number: i64) -> bool {
    bounds.iter().filter(|(_, bound)| !bound.is_null()).all(|(name, bound)| {
        let bound = bound.as_i64().unwrap();
        match name.as_str() {
            "eq" => number == bound,
            "gt" => number > bound,
            "gte" => number >= bound,
            "lt" => number < bound,
            "lte" => number <= bound,
            other => panic!("the oracle knows no bound {other}"),
        }
    })
}
