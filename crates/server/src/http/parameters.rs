//! From the text of a request (a JSON body, or the query string of a GET) to an `Ask`.
//! It may not look into the document: what is wrong there is for the engine to say.

use liaison_graphql::request::Ask;
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The body of a POST. Everything that can be wrong with it is told with its place.
pub fn from_body(body: &[u8]) -> Result<Ask, Refusal> {
    if body.trim_ascii().is_empty() {
        return Err(Refusal::bad_request(
            r#"The body is empty: send a JSON object such as {"query": "{ __typename }"}."#,
        ));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        let (line, column) = place(&body[..error.valid_up_to()]);
        Refusal::bad_request(format!("The body is not UTF-8: the first broken byte is at line {line} column {column}."))
    })?;
    match serde_json::from_str(text) {
        Ok(Value::Object(parameters)) => from_object(parameters),
        Ok(Value::Array(_)) => Err(Refusal::bad_request(
            "Batches are not served: send one JSON object with one operation per request. Operations of one document can \
             ask for many things at once.",
        )),
        Ok(other) => Err(Refusal::bad_request(format!(
            "The body must be a JSON object with the member \"query\", but it is {}.",
            kind(&other)
        ))),
        Err(error) => Err(Refusal::bad_request(format!("The body is not JSON: {error}."))),
    }
}

/// The query string of a GET: `query`, `operationName`, and `variables` and `extensions` as JSON text.
pub fn from_query_string(text: &str) -> Result<Ask, Refusal> {
    let mut parameters = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name).ok_or_else(|| Refusal::bad_request("A parameter's name in the URL is not UTF-8."))?;
        if !["query", "operationName", "variables", "extensions"].contains(&name.as_str()) {
            continue;
        }
        let value = decode(value)
            .ok_or_else(|| Refusal::bad_request(format!("The parameter `{name}` in the URL is not UTF-8.")))?;
        let value = match name.as_str() {
            "query" => Value::String(value),
            _ if value.is_empty() => Value::Null,
            "operationName" => Value::String(value),
            _ => serde_json::from_str(&value).map_err(|error| {
                Refusal::bad_request(format!("The parameter `{name}` in the URL is not JSON: {error}."))
            })?,
        };
        parameters.insert(name, value);
    }
    from_object(parameters)
}

fn from_object(parameters: Map<String, Value>) -> Result<Ask, Refusal> {
    let ask = shape(parameters)?;
    refuse_nul(&ask)?;
    Ok(ask)
}

/// The members of a request, each of its kind. [`refuse_nul`] comes after it.
pub(super) fn shape(mut parameters: Map<String, Value>) -> Result<Ask, Refusal> {
    let extensions = object("extensions", parameters.remove("extensions"))?;
    let variables = object("variables", parameters.remove("variables"))?;
    let operation_name = match parameters.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(other) => return Err(wrong("operationName", "a string or null", &other)),
    };
    // A persisted query is asked for by its hash alone; what becomes of the empty document is the engine's matter.
    let is_persisted =
        || matches!(extensions.as_ref().and_then(|map| map.get("persistedQuery")), Some(Value::Object(_)));
    let query = match parameters.remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) if is_persisted() => String::new(),
        None => {
            return Err(Refusal::bad_request("`query` is missing: send the text of a GraphQL document as a string."));
        }
        Some(other) => return Err(wrong("query", "a string with the text of a GraphQL document", &other)),
    };
    Ok(Ask { query, operation_name, variables, extensions })
}

/// Refuses U+0000, which PostgreSQL cannot store, by the name of its place.
pub(super) fn refuse_nul(ask: &Ask) -> Result<(), Refusal> {
    let Ask { query, operation_name, variables, extensions } = ask;
    if let Some(at) = query.find('\0') {
        let (line, column) = place(&query.as_bytes()[..at]);
        return Err(Refusal::bad_request(format!(
            "`query` contains the character U+0000 at line {line} column {column}: remove it."
        )));
    }
    let mut path = String::new();
    let in_map = |name: &str, map: &Option<Map<String, Value>>, path: &mut String| {
        path.push_str(name);
        let found = map.as_ref().is_some_and(|map| find_nul_in_map(map, path));
        if !found {
            path.clear();
        }
        found
    };
    if operation_name.as_ref().is_some_and(|name| name.contains('\0')) {
        path.push_str("operationName");
    } else if !in_map("variables", variables, &mut path) {
        in_map("extensions", extensions, &mut path);
    }
    if !path.is_empty() {
        return Err(Refusal::bad_request(format!("`{path}` contains the character U+0000: remove it.")));
    }
    Ok(())
}

fn object(name: &str, value: Option<Value>) -> Result<Option<Map<String, Value>>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(other) => Err(wrong(name, "a JSON object or null", &other)),
    }
}

fn wrong(name: &str, right: &str, value: &Value) -> Refusal {
    Refusal::bad_request(format!("`{name}` must be {right}, but it is {}.", kind(value)))
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Looks for U+0000. When it is found, `path` ends with where.
fn find_nul(value: &Value, path: &mut String) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().enumerate().any(|(index, item)| {
            let length = path.len();
            path.push_str(&format!("[{index}]"));
            let found = find_nul(item, path);
            if !found {
                path.truncate(length);
            }
            found
        }),
        Value::Object(map) => find_nul_in_map(map, path),
        _ => false,
    }
}

fn find_nul_in_map(map: &Map<String, Value>, path: &mut String) -> bool {
    map.iter().any(|(name, value)| {
        if name.contains('\0') {
            return true;
        }
        let length = path.len();
        path.push('.');
        path.push_str(name);
        let found = find_nul(value, path);
        if !found {
            path.truncate(length);
        }
        found
    })
}

/// The line and the column (in bytes, as serde_json counts) right after `before`.
fn place(before: &[u8]) -> (usize, usize) {
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}

/// The text of a part of a query string; `None` where it is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &[u8]) -> String {
        from_body(body).expect_err("a refusal").message().to_owned()
    }

    #[test]
    fn a_whole_request_is_read() {
        let ask = from_body(
            r#"{"query":"query A($n: Int) { a(n: $n) }","operationName":"A","variables":{"n":1},"extensions":{"cost":true},"id":7}"#
                .as_bytes(),
        )
        .expect("an ask");
        assert_eq!(ask.query, "query A($n: Int) { a(n: $n) }");
        assert_eq!(ask.operation_name.as_deref(), Some("A"));
        assert_eq!(ask.variables.expect("variables")["n"], 1);
        assert_eq!(ask.extensions.expect("extensions")["cost"], true);
    }

    #[test]
    fn nulls_are_absent_and_the_last_of_equal_keys_counts() {
        let ask =
            from_body(br#"{"query":"{ a }","query":"{ b }","operationName":null,"variables":null,"extensions":null}"#)
                .expect("an ask");
        assert_eq!(ask.query, "{ b }");
        assert!(ask.operation_name.is_none() && ask.variables.is_none() && ask.extensions.is_none());
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        assert!(message(b"").contains("empty"));
        assert!(message(b" \n ").contains("empty"));
        assert!(message(b"{ \"not a JSON").contains("line 1 column 13"), "{}", message(b"{ \"not a JSON"));
        assert!(
            message(b"{\n\"query\": \xff\"\"}").contains("not UTF-8: the first broken byte is at line 2 column 10")
        );
        assert!(message(b"{\"query\":\n\"\0\"}").contains("line 2 column"));
        assert!(message(br#"{"query":"\ud800"}"#).contains("column"));
        assert!(message(&b"[".repeat(100_000)).contains("recursion limit"));
        assert!(message(br#"{"query":"{a}","variables":{"n":1e999}}"#).contains("out of range"));
    }

    #[test]
    fn parameters_of_wrong_kinds_are_named() {
        assert!(message(b"[]").contains("Batches are not served"));
        assert!(message(b"7").contains("it is a number"));
        assert!(message(b"{}").contains("`query` is missing"));
        for query in ["null", "7", "[]", "{}", "true"] {
            assert!(message(format!(r#"{{"query":{query}}}"#).as_bytes()).contains("`query` must be a string"));
        }
        assert!(
            message(br#"{"query":"{a}","variables":"{}"}"#)
                .contains("`variables` must be a JSON object or null, but it is a string")
        );
        assert!(message(br#"{"query":"{a}","extensions":[]}"#).contains("`extensions` must be"));
        assert!(message(br#"{"query":"{a}","operationName":{}}"#).contains("`operationName` must be"));
    }

    #[test]
    fn nul_is_refused_by_the_name_of_its_place() {
        assert!(message(br#"{"query":"{\n a\u0000 }"}"#).contains("line 2 column 3"));
        let nested = br#"{"query":"{a}","variables":{"a":1,"contact":{"phones":["1",{"number":"x\u0000"}]}}}"#;
        assert!(message(nested).contains("`variables.contact.phones[1].number`"), "{}", message(nested));
        assert!(message(br#"{"query":"{a}","extensions":{"\u0000":1}}"#).contains("`extensions` contains"));
        assert!(message(br#"{"query":"{a}","operationName":"\u0000"}"#).contains("`operationName` contains"));
    }

    #[test]
    fn a_persisted_query_needs_no_document() {
        let ask = from_body(br#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#).expect("an ask");
        assert_eq!(ask.query, "");
        assert!(from_body(br#"{"extensions":{"persistedQuery":null}}"#).is_err());
    }

    #[test]
    fn a_query_string_is_read() {
        let ask = from_query_string(
            "query=query+A(%24n%3AInt){a}&operationName=A&variables=%7B%22n%22%3A1%7D&extensions=&x=%ff",
        )
        .expect("an ask");
        assert_eq!(ask.query, "query A($n:Int){a}");
        assert_eq!(ask.operation_name.as_deref(), Some("A"));
        assert_eq!(ask.variables.expect("variables")["n"], 1);
        assert!(ask.extensions.is_none());
        let refused = |text: &str| from_query_string(text).expect_err("a refusal").message().to_owned();
        assert!(refused("").contains("`query` is missing"));
        assert!(refused("query=%ff").contains("`query` in the URL is not UTF-8"));
        assert!(refused("query={a}&variables={").contains("`variables` in the URL is not JSON: EOF"));
        assert!(refused("query={a}&variables=1").contains("`variables` must be a JSON object"));
    }
}
