//! The query string of an export: every parameter known, none twice that is one, each fault named. It may not repeat what looks like a
//! token back to whoever sent it.

use chrono::NaiveDate;
use liaison_domain::export::{Format, List};
use liaison_graphql::list_arguments::ListArguments;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ask::{Ask, Rows};
use crate::http::parameters::decode;
use crate::http::refusal::Refusal;

/// The most ids of one parameter.
const MOST_IDS: usize = 200;

/// Name and value of each parameter, in order.
pub type Given = Vec<(String, String)>;

/// Reads a query string. A token in it is refused before anything else: addresses stand in logs, histories and bookmarks.
pub fn of_query_string(text: &str) -> Result<Given, Refusal> {
    let mut given = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name).ok_or_else(|| Refusal::bad_request("A parameter's name in the URL is not UTF-8."))?;
        if is_secret(&name) {
            return Err(Refusal::bad_request(
                "A token may not stand in the URL, where logs and histories keep it: send it in the header \
                 Authorization: Bearer …, and consider this one as told.",
            ));
        }
        let value = decode(value).ok_or_else(|| bad(&name, "is not UTF-8"))?;
        if name.contains('\0') || value.contains('\0') || value.contains("\\u0000") {
            return Err(bad(&name, "contains the character U+0000: remove it"));
        }
        given.push((name, value));
    }
    Ok(given)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "authorization", "bearer", "jwt", "api_key", "apikey", "password", "secret"]
        .iter()
        .any(|secret| name.contains(secret))
}

fn bad(name: &str, why: &str) -> Refusal {
    let name: String = name.chars().take(100).filter(|c| !c.is_control()).collect();
    Refusal::bad_request(format!("The parameter `{name}` in the URL {why}."))
}

/// What a list is asked for.
pub fn ask(list: List, format: Format, given: Given, arguments: &ListArguments) -> Result<Ask, Refusal> {
    let names = match list {
        List::Contacts => arguments.of_contacts(),
        List::Emergency => vec!["organizationId"],
        List::Referrals => vec!["organizationId", "providerId", "from", "until"],
    };
    if let Some((name, _)) = given.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        return Err(bad(name, &format!("is not one that this list takes: use {}", names.join(", "))));
    }
    let asked = match list {
        List::Contacts => return contacts(format, &given, arguments),
        List::Emergency | List::Referrals => Asked(&given),
    };
    let organizations = asked.ids("organizationId")?.unwrap_or_default();
    let rows = match list {
        List::Referrals => {
            let (from, until) = (asked.day("from")?, asked.day("until")?);
            if let (Some(from), Some(until)) = (from, until)
                && until < from
            {
                return Err(bad("until", "must not be before `from`: both days belong to the span"));
            }
            Rows::Referrals { organizations, providers: asked.ids("providerId")?, from, until }
        }
        List::Contacts | List::Emergency => Rows::Emergency(organizations),
    };
    Ok(Ask { rows, format, arguments: asked.for_the_log() })
}

fn contacts(format: Format, given: &Given, arguments: &ListArguments) -> Result<Ask, Refusal> {
    let mut named = Map::new();
    for (name, value) in given {
        // A string stands as it is; what has parts stands as JSON.
        let value = if name == "search" {
            Value::String(value.clone())
        } else {
            let json = serde_json::from_str(value);
            json.map_err(|error| bad(name, &format!("is not JSON: {error}")))?
        };
        if named.insert(name.clone(), value).is_some() {
            return Err(bad(name, "stands there twice: give it once"));
        }
    }
    let query = arguments.contacts(&named).map_err(|refused| bad(&refused.name, &format!("is refused: {refused}")))?;
    Ok(Ask { rows: Rows::Contacts(Box::new(query)), format, arguments: named })
}

struct Asked<'a>(&'a Given);

impl Asked<'_> {
    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Ids, with commas between or the parameter several times.
    fn ids(&self, name: &str) -> Result<Option<Vec<Uuid>>, Refusal> {
        let mut ids = Vec::new();
        let mut is_given = false;
        for part in self.values(name).flat_map(|value| value.split(',')) {
            is_given = true;
            let id = Uuid::try_parse(part.trim()).map_err(|_| {
                bad(name, "must be an id such as 01234567-89ab-7cde-8f01-23456789abcd, or several with commas between")
            })?;
            ids.push(id);
        }
        if ids.len() > MOST_IDS {
            return Err(bad(name, &format!("may have at most {MOST_IDS} ids; it has {}", ids.len())));
        }
        Ok(is_given.then_some(ids))
    }

    fn day(&self, name: &str) -> Result<Option<NaiveDate>, Refusal> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(bad(name, "stands there twice: give it once"));
        }
        let is_a_day = value.len() == 10 && !value.starts_with(['+', '-']);
        let day = value.parse::<NaiveDate>().ok().filter(|_| is_a_day);
        day.map(Some).ok_or_else(|| bad(name, "must be a day such as 2026-03-31"))
    }

    fn for_the_log(&self) -> Map<String, Value> {
        let mut arguments = Map::new();
        for (name, value) in self.0 {
            let list = arguments.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(Value::String(value.clone()));
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(list: List, query: &str) -> String {
        let arguments = ListArguments::new().unwrap();
        let read = of_query_string(query).and_then(|given| ask(list, Format::Csv, given, &arguments));
        read.map(|_| ()).expect_err("a refusal").message().to_owned()
    }

    #[test]
    fn every_fault_is_named() {
        for (list, query, told) in [
            (
                List::Contacts,
                "fiter={}",
                "The parameter `fiter` in the URL is not one that this list takes: use filter",
            ),
            (List::Contacts, "filter=", "`filter` in the URL is not JSON"),
            (List::Contacts, "filter={", "`filter` in the URL is not JSON"),
            (List::Contacts, "filter={}&filter={}", "`filter` in the URL stands there twice"),
            (List::Contacts, "filter=%7B%22isActiv%22:true%7D", "`filter` in the URL is refused"),
            (List::Contacts, "filter=%ff", "`filter` in the URL is not UTF-8"),
            (List::Contacts, "%ff=1", "name in the URL is not UTF-8"),
            (List::Contacts, "filter=%00", "U+0000"),
            (List::Contacts, "filter=%7B%22lastName%22:%22%5Cu0000%22%7D", "U+0000"),
            (List::Contacts, "first=3", "`first`"),
            (List::Contacts, "orderBy=NAME", "`orderBy` in the URL is not JSON"),
            (List::Emergency, "organizationId=acme", "`organizationId` in the URL must be an id"),
            (List::Emergency, "filter={}", "`filter` in the URL is not one that this list takes: use organizationId"),
            (List::Referrals, "from=yesterday", "`from` in the URL must be a day such as"),
            (List::Referrals, "from=2026-01-01&from=2026-01-02", "twice"),
            (List::Referrals, "from=2026-02-02&until=2026-02-01", "`until` in the URL must not be before `from`"),
            (List::Referrals, "until=2026-02-30", "`until` in the URL must be a day"),
        ] {
            let message = refused(list, query);
            assert!(message.contains(told), "{query}: {message}");
        }
    }

    #[test]
    fn a_token_in_the_address_is_refused_and_not_repeated() {
        for query in ["access_token=s3cr3t", "TOKEN=s3cr3t", "filter={}&jwt=s3cr3t", "Authorization=Bearer%20s3cr3t"] {
            let message = refused(List::Contacts, query);
            assert!(message.contains("A token may not stand in the URL") && !message.contains("s3cr3t"), "{message}");
        }
    }

    #[test]
    fn what_was_asked_is_kept_for_the_log() {
        let arguments = ListArguments::new().unwrap();
        let id = Uuid::from_u128(7);
        let given = of_query_string(&format!("organizationId={id},{id}&from=2026-01-01")).unwrap();
        let read = ask(List::Referrals, Format::Csv, given, &arguments).unwrap();
        assert_eq!(Value::Object(read.arguments)["from"], serde_json::json!(["2026-01-01"]));
        let Rows::Referrals { organizations, from, .. } = read.rows else { panic!("referrals") };
        assert_eq!((organizations.len(), from.map(|day| day.to_string())), (2, Some("2026-01-01".to_owned())));
    }
}
