//! The arguments of a list as JSON, for a list that leaves by another door than GraphQL: read as the gate and the schema read variables,
//! so that a filter means the same everywhere. It knows no list and no door.

use async_graphql::{InputType, Pos, Value};
use liaison_domain::reading::ContactQuery;
use serde_json::{Map, Value as Json};

use crate::document::{Kind, SchemaFault, TypeMap, coerce_argument};
use crate::engine;
use crate::filter::{self, ContactFilter, ContactOrder};

/// Where a page begins and how long it is; a file has none.
const OF_A_PAGE: [&str; 4] = ["first", "after", "last", "before"];

/// Reads arguments by the schema.
pub struct ListArguments {
    types: TypeMap,
}

/// An argument that is not one of the list's, or not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadArgument {
    /// Which.
    pub name: String,
    /// What would be right.
    pub message: String,
}

impl ListArguments {
    /// By the schema that is served.
    pub fn new() -> Result<Self, SchemaFault> {
        Ok(Self { types: engine::types(&engine::sdl())? })
    }

    /// The names of what the list of contacts takes, in order: filter, orderBy and the like.
    pub fn of_contacts(&self) -> Vec<&str> {
        let Some((_, Kind::Object { fields })) = self.types.get("Query") else { return Vec::new() };
        let arguments = fields.get("contacts").map(|field| field.arguments.keys());
        arguments.into_iter().flatten().map(String::as_str).filter(|name| !OF_A_PAGE.contains(name)).collect()
    }

    /// The list of contacts that these arguments ask for, as `Query.contacts` takes them.
    pub fn contacts(&self, given: &Map<String, Json>) -> Result<ContactQuery, BadArgument> {
        let known = self.of_contacts();
        if let Some(name) = given.keys().find(|name| !known.contains(&name.as_str())) {
            let message = format!("there is no argument {name}: use {}", known.join(", "));
            return Err(BadArgument { name: name.clone(), message });
        }
        let filter: Option<ContactFilter> = self.read("filter", given)?;
        let order: Option<ContactOrder> = self.read("orderBy", given)?;
        filter::contacts(filter, order).map_err(|error| {
            // Bounds of a filter: an order has none.
            BadArgument { name: "filter".to_owned(), message: error.message }
        })
    }

    fn read<T: InputType>(&self, name: &str, given: &Map<String, Json>) -> Result<Option<T>, BadArgument> {
        let bad = |message| BadArgument { name: name.to_owned(), message };
        let Some(json) = given.get(name) else { return Ok(None) };
        let value: Value = coerce_argument(&self.types, "Query", "contacts", name, json).map_err(bad)?;
        Option::<T>::parse(Some(value)).map_err(|error| bad(error.into_server_error(Pos::default()).message))
    }
}

#[cfg(test)]
mod tests {
    use liaison_domain::reading::{ContactOrder, Direction};
    use serde_json::json;

    use super::*;

    fn read(given: Json) -> Result<ContactQuery, BadArgument> {
        ListArguments::new().unwrap().contacts(given.as_object().unwrap())
    }

    #[test]
    fn arguments_mean_what_they_mean_in_a_query() {
        let query = read(json!({
            "filter": { "isActive": true, "organizations": { "some": { "types": ["BILLING"] } } },
            "orderBy": { "field": "UPDATED_AT", "direction": "DESC" },
        }))
        .unwrap();
        assert_eq!(query.filter.is_active, Some(true));
        assert_eq!((query.order, query.direction), (ContactOrder::UpdatedAt, Direction::Descending));
        assert_eq!(read(json!({})), Ok(ContactQuery::default()));
        assert_eq!(read(json!({ "filter": null, "orderBy": null })), Ok(ContactQuery::default()));
    }

    #[test]
    fn what_the_schema_refuses_is_refused_with_its_place() {
        for (given, name, message) in [
            (json!({ "filter": { "isActiv": true } }), "filter", "fields of ContactFilter only"),
            (json!({ "filter": { "isActive": "yes" } }), "filter", "filter.isActive"),
            (json!({ "filter": [1] }), "filter", "\"filter\" must be"),
            (json!({ "filter": { "ids": ["x"] } }), "filter", "filter.ids[0]"),
            (json!({ "filter": { "organizations": { "some": { "types": ["BOSS"] } } } }), "filter", "types[0]"),
            (json!({ "filter": { "organizations": { "count": { "gt": -1 } } } }), "filter", "must be 0 or more"),
            (json!({ "orderBy": { "field": "SIZE" } }), "orderBy", "orderBy.field"),
            (json!({ "first": 3 }), "first", "there is no argument first: use filter, orderBy"),
        ] {
            let bad = read(given.clone()).unwrap_err();
            assert_eq!(bad.name, name, "{given}");
            assert!(bad.message.contains(message), "{given}: {}", bad.message);
            assert!(!bad.message.contains('$'), "{given}: {}", bad.message);
        }
    }
}
