//! I8: `schema.graphql` is what the code serves, everything in it is described, and its names pass the usual lint.

use async_graphql::parser::types::{InputValueDefinition, TypeKind};
use serde_json::Value;

use super::served::{Served, shape};
use crate::support::{App, Who};

#[test]
fn the_committed_schema_is_what_the_engine_serves() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let committed = std::fs::read_to_string(path).expect("schema.graphql");
    assert!(
        committed == liaison_graphql::engine::sdl(),
        "schema.graphql is old: write what `liaison schema` prints into it"
    );
}

/// What introspection tells is what the text says: a client that generates code from either gets the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_tells_the_same_types_and_fields() {
    let app = App::empty().await;
    let query = "{ __schema { types { name fields(includeDeprecated: true) { name args { name } } inputFields { name } enumValues(includeDeprecated: true) { name } } } }";
    let answer = app.ask(&Who::super_admin(), query).await;
    let served = Served::now();
    let mut compared = 0;
    for told in answer.list("/__schema/types") {
        let name = told["name"].as_str().unwrap();
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        let names = |list: &Value| -> Vec<String> {
            let mut names: Vec<_> =
                list.as_array().into_iter().flatten().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let mut written: Vec<String> = match served.kind(name) {
            TypeKind::Object(of) => of.fields.iter().map(|field| field.node.name.node.to_string()).collect(),
            TypeKind::Interface(of) => of.fields.iter().map(|field| field.node.name.node.to_string()).collect(),
            TypeKind::InputObject(of) => of.fields.iter().map(|field| field.node.name.node.to_string()).collect(),
            TypeKind::Enum(of) => of.values.iter().map(|value| value.node.value.node.to_string()).collect(),
            TypeKind::Scalar | TypeKind::Union(_) => Vec::new(),
        };
        written.sort();
        let mut told_names = names(&told["fields"]);
        told_names.extend(names(&told["inputFields"]));
        told_names.extend(names(&told["enumValues"]));
        assert_eq!(told_names, written, "{name}");
        compared += 1;
    }
    assert_eq!(compared, served.types().count(), "every type is told and written");
}

#[test]
fn everything_in_the_schema_is_described() {
    let mut bare = Vec::new();
    let mut look = |what: String, description: Option<&str>| {
        let told = description.is_some_and(|text| text.trim().len() > 3 && text.trim().ends_with(['.', '…', '`', ')']));
        if !told {
            bare.push(format!("{what}: {description:?}"));
        }
    };
    // The library describes its own scalars in its own manner.
    const BORROWED: [&str; 2] = ["UUID", "DateTime"];
    let served = Served::now();
    for of in served.types().filter(|of| !BORROWED.contains(&of.name.node.as_str())) {
        let text = |description: &Option<async_graphql::Positioned<String>>| {
            description.as_ref().map(|text| text.node.clone())
        };
        let type_name = &of.name.node;
        look(type_name.to_string(), text(&of.description).as_deref());
        let mut inputs = |on: String, inputs: &[async_graphql::Positioned<InputValueDefinition>]| {
            for input in inputs {
                look(format!("{on}.{}", input.node.name.node), text(&input.node.description).as_deref());
            }
        };
        match &of.kind {
            TypeKind::InputObject(object) => inputs(type_name.to_string(), &object.fields),
            TypeKind::Object(object) => {
                for field in &object.fields {
                    inputs(format!("{type_name}.{}", field.node.name.node), &field.node.arguments);
                }
                for field in &object.fields {
                    look(format!("{type_name}.{}", field.node.name.node), text(&field.node.description).as_deref());
                }
            }
            TypeKind::Interface(object) => {
                for field in &object.fields {
                    look(format!("{type_name}.{}", field.node.name.node), text(&field.node.description).as_deref());
                }
            }
            TypeKind::Enum(of) => {
                for value in &of.values {
                    look(format!("{type_name}.{}", value.node.value.node), text(&value.node.description).as_deref());
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert!(bare.is_empty(), "without a description in whole sentences:\n{}", bare.join("\n"));
}

fn is_camel(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name.chars().any(|c| c.is_ascii_lowercase() || ["UUID", "JSON"].contains(&name))
}

fn is_screaming(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn the_names_pass_the_usual_lint() {
    let mut odd = Vec::new();
    let served = Served::now();
    let mut check = |holds: bool, what: String| {
        if !holds {
            odd.push(what);
        }
    };
    for of in served.types() {
        let name = of.name.node.as_str();
        check(is_pascal(name), format!("{name} is not PascalCase"));
        match &of.kind {
            TypeKind::InputObject(object) => {
                let ends = ["Input", "Filter", "Order"].iter().any(|end| name.ends_with(end));
                check(ends, format!("{name} ends with none of Input, Filter and Order"));
                for field in &object.fields {
                    check(is_camel(&field.node.name.node), format!("{name}.{} is not camelCase", field.node.name.node));
                }
            }
            TypeKind::Object(object) => {
                check(!name.ends_with("Input"), format!("{name} is no input"));
                for field in object.fields.iter().map(|field| &field.node) {
                    check(is_camel(&field.name.node), format!("{name}.{} is not camelCase", field.name.node));
                    for argument in &field.arguments {
                        let argument = &argument.node.name.node;
                        check(is_camel(argument), format!("{name}.{}({argument}) is not camelCase", field.name.node));
                    }
                    // Booleans of the rows say that they are ones.
                    let of = shape(&field.ty.node);
                    if name == "Mutation" {
                        let mut payload = field.name.node.to_string();
                        payload[..1].make_ascii_uppercase();
                        check(of.name == format!("{payload}Payload"), format!("{} gives {}", field.name.node, of.name));
                        check(of.is_required, format!("{} may be null", field.name.node));
                    }
                }
                if name.ends_with("Connection") {
                    for needed in ["edges", "nodes", "pageInfo", "totalCount"] {
                        let there = object.fields.iter().any(|field| field.node.name.node == needed);
                        check(there, format!("{name} has no {needed}"));
                    }
                }
                if name.ends_with("Payload") {
                    for needed in ["userErrors", "position"] {
                        let there = object.fields.iter().any(|field| field.node.name.node == needed);
                        check(there, format!("{name} has no {needed}"));
                    }
                }
            }
            TypeKind::Enum(of) => {
                for value in &of.values {
                    check(
                        is_screaming(&value.node.value.node),
                        format!("{name}.{} does not scream", value.node.value.node),
                    );
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Interface(_) => {}
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

/// The rows of a list that may grow come by pages, everywhere.
#[test]
fn no_field_gives_an_unbounded_list_of_nodes() {
    let served = Served::now();
    for of in served.types() {
        let TypeKind::Object(object) = &of.kind else { continue };
        for field in object.fields.iter().map(|field| &field.node) {
            let gives = shape(&field.ty.node);
            let is_page =
                of.name.node.ends_with("Connection") || (of.name.node == "Query" && field.name.node == "nodes");
            // As many as were named, five at most.
            let is_page = is_page || (of.name.node == "ContactComparison" && field.name.node == "contacts");
            assert!(
                !(gives.is_list && (served.is_node(&gives.name) || gives.name == "Node")) || is_page,
                "{}.{} is a bare list of {}",
                of.name.node,
                field.name.node,
                gives.name
            );
        }
    }
}
