//! What an operation may cost, in objects of the answer: a connection's items count as often as its `first` or `last` says.
//! It reads no data: it is an upper bound from the document, the schema and the variables.
//!
//! An object counts 1, a scalar nothing but `totalCount`, which is a statement of its own. Of the fragments on an interface
//! or union only the dearest type counts, since an object is of one type. Fields left out by `@skip` count.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Value, Variables};

use super::types::{Kind, Output, Repeat, TypeMap};

/// Items of a connection that is asked without `first` or `last`.
pub const DEFAULT_PAGE: u64 = 50;
/// Items of a connection at most, whatever is asked: more is refused by the resolver.
pub const LARGEST_PAGE: u64 = 200;
/// What a plain list counts as; the lists that can grow are connections.
pub const PLAIN_LIST: u64 = 10;
/// The plain lists that may hold more, with how many.
const LONG_LISTS: [(&str, u64); 3] = [
    ("evidence", liaison_domain::duplicate::Signal::ALL.len() as u64),
    ("rows", crate::comparison::MOST_ROWS),
    ("items", crate::merge::MOST_ITEMS as u64),
];
/// What `totalCount` counts as.
const COUNT: u64 = 10;

/// The cost of an operation with these variables.
pub(crate) fn cost(
    types: &TypeMap,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> u64 {
    let mut walk = Walk { types, document, variables, memory: HashMap::new() };
    walk.set(&operation.selection_set.node, types.root(operation.ty), 1)
}

/// Whether the cost depends on the variables: then it is counted for each request, and once for the document otherwise.
pub(crate) fn depends_on_variables(document: &ExecutableDocument, operation: &OperationDefinition) -> bool {
    fn in_set(set: &SelectionSet) -> bool {
        set.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => {
                let by_argument = ["first", "last", "ids"].into_iter().any(|name| {
                    field.node.get_argument(name).is_some_and(|value| value.node.clone().into_const().is_none())
                });
                by_argument || in_set(&field.node.selection_set.node)
            }
            Selection::InlineFragment(inline) => in_set(&inline.node.selection_set.node),
            Selection::FragmentSpread(_) => false,
        })
    }
    in_set(&operation.selection_set.node)
        || document.fragments.values().any(|fragment| in_set(&fragment.node.selection_set.node))
}

struct Walk<'a> {
    types: &'a TypeMap,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    /// By selection set, concrete type and page: a fragment that is spread everywhere is counted once a type.
    memory: HashMap<(*const SelectionSet, Option<&'a str>, u64), u64>,
}

impl<'a> Walk<'a> {
    /// The cost of a selection set on a type, in a connection of `page` items.
    fn set(&mut self, set: &'a SelectionSet, type_name: Option<&'a str>, page: u64) -> u64 {
        let key = (std::ptr::from_ref(set), type_name, page);
        if let Some(&known) = self.memory.get(&key) {
            return known;
        }
        let types = self.types;
        let total = match type_name.and_then(|name| types.get(name)) {
            Some((_, Kind::Abstract { possible, .. })) if !possible.is_empty() => {
                possible.iter().map(|name| self.set(set, Some(name), page)).max().unwrap_or_default()
            }
            _ => set.items.iter().fold(0_u64, |total, selection| {
                let more = match &selection.node {
                    Selection::Field(field) => self.field(&field.node, type_name, page),
                    Selection::FragmentSpread(spread) => {
                        let document = self.document;
                        match document.fragments.get(&spread.node.fragment_name.node) {
                            Some(fragment) => {
                                let condition = fragment.node.type_condition.node.on.node.as_str();
                                self.fragment(&fragment.node.selection_set.node, Some(condition), type_name, page)
                            }
                            None => 0,
                        }
                    }
                    Selection::InlineFragment(inline) => {
                        let condition = inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                        self.fragment(&inline.node.selection_set.node, condition, type_name, page)
                    }
                };
                total.saturating_add(more)
            }),
        };
        self.memory.insert(key, total);
        total
    }

    /// A fragment's content counts on the type that it stands in, if objects of that type are of the condition's.
    fn fragment(
        &mut self,
        set: &'a SelectionSet,
        condition: Option<&'a str>,
        type_name: Option<&'a str>,
        page: u64,
    ) -> u64 {
        match (type_name, condition) {
            (Some(object), Some(condition)) if !self.types.is_of(object, condition) => 0,
            (None, Some(condition)) => self.set(set, self.types.get(condition).map(|(name, _)| name), page),
            _ => self.set(set, type_name, page),
        }
    }

    fn field(&mut self, field: &'a Field, type_name: Option<&'a str>, page: u64) -> u64 {
        let types = self.types;
        let name = field.name.node.as_str();
        let set = &field.selection_set.node;
        let Some(output) = type_name.and_then(|owner| types.field(owner, name)) else {
            // Validation refuses it; what stands below counts all the same.
            return if set.items.is_empty() { 0 } else { self.set(set, None, 1).saturating_add(1) };
        };
        if set.items.is_empty() {
            return if name == "totalCount" { COUNT } else { 0 };
        }
        let inner_page = if output.repeat == Repeat::Page { self.page(field) } else { 1 };
        let inner_type = types.get(&output.type_name).map(|(name, _)| name);
        let one = self.set(set, inner_type, inner_page).saturating_add(1);
        one.saturating_mul(match output.repeat {
            Repeat::Once | Repeat::Page => 1,
            Repeat::Item => page,
            Repeat::List => self.list(field, output),
        })
    }

    /// The items of a connection: the larger of `first` and `last`.
    fn page(&self, field: &Field) -> u64 {
        let asked = ["first", "last"].into_iter().filter_map(|name| match self.argument(field, name)? {
            // A negative page is refused by the resolver.
            Value::Number(number) => Some(number.as_u64().unwrap_or(LARGEST_PAGE)),
            _ => None,
        });
        asked.max().unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE)
    }

    /// The items of a plain list: as many as ids are given, where ids are given.
    fn list(&self, field: &Field, output: &Output) -> u64 {
        if !output.arguments.contains_key("ids") {
            let name = field.name.node.as_str();
            return LONG_LISTS.iter().find(|(long, _)| *long == name).map_or(PLAIN_LIST, |(_, most)| *most);
        }
        match self.argument(field, "ids") {
            Some(Value::List(ids)) => ids.len() as u64,
            Some(Value::Null) | None => PLAIN_LIST,
            Some(_) => 1,
        }
    }

    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        // A list of a thousand ids that are not variables is cloned here; the scan has bounded it.
        field
            .get_argument(name)?
            .node
            .clone()
            .into_const_with(|name| {
                Ok::<_, std::convert::Infallible>(self.variables.get(&name).cloned().unwrap_or_default())
            })
            .ok()
    }
}
