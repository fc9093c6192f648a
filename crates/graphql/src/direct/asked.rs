//! What a document asks for at a place, with fragments taken apart and the variables' values in the arguments.

use std::collections::HashMap;

use async_graphql::parser::types::{Field, FragmentDefinition, Selection, SelectionSet, TypeCondition};
use async_graphql::{InputType, Name, Positioned, Value, Variables};
use smallvec::{SmallVec, smallvec};

/// The values of a field's arguments.
pub(super) struct Arguments(Vec<(Name, Value)>);

impl Arguments {
    /// An argument, if it is what the schema would take. What was not given is read as such.
    pub(super) fn read<T: InputType>(&self, name: &str) -> Option<T> {
        let value = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        T::parse(value).ok()
    }

    /// Whether an argument was given, null among them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

/// What fields are read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    pub variables: &'a Variables,
}

/// A field of a document, wherever it is asked for at its place: the first to ask says with which arguments, and validation has seen to it
/// that the others say the same.
pub(super) struct Asked<'a> {
    field: &'a Field,
    /// Hardly ever more than one.
    sets: SmallVec<[&'a SelectionSet; 1]>,
    source: Source<'a>,
}

impl<'a> Asked<'a> {
    /// A field by itself.
    pub(super) fn of(source: Source<'a>, field: &'a Field) -> Self {
        Self { field, sets: smallvec![&field.selection_set.node], source }
    }

    /// Its name in the schema.
    pub(super) fn name(&self) -> &'a str {
        &self.field.name.node
    }

    /// What it selects of an object of the type `on`, each with what begins its member of the answer, `"key":`. Nothing where that is not
    /// for a plan: with directives.
    pub(super) fn selected(&self, on: &str) -> Option<Vec<(String, Self)>> {
        self.source.selected(on, &self.sets)
    }

    /// Its arguments with the variables' values in them.
    pub(super) fn arguments(&self) -> Option<Arguments> {
        let mut given = Vec::with_capacity(self.field.arguments.len());
        for (name, value) in &self.field.arguments {
            match &value.node {
                // A variable without a value is an argument that was not given.
                async_graphql_value::Value::Variable(variable) => {
                    if let Some(value) = self.source.variables.get(variable) {
                        given.push((name.node.clone(), value.clone()));
                    }
                }
                // Within a value it would be a field that was not given: that is left to the resolvers.
                value => {
                    let read = |name: Name| self.source.variables.get(&name).cloned().ok_or(());
                    given.push((name.node.clone(), value.clone().into_const_with(read).ok()?));
                }
            }
        }
        Some(Arguments(given))
    }
}

impl<'a> Source<'a> {
    /// As [`Asked::selected`], of selections.
    pub(super) fn selected(self, on: &str, sets: &[&'a SelectionSet]) -> Option<Vec<(String, Asked<'a>)>> {
        let mut fields = Vec::with_capacity(sets.iter().map(|set| set.items.len()).sum());
        for set in sets {
            self.gather(on, set, &mut fields)?;
        }
        Some(fields)
    }

    fn gather(self, on: &str, set: &'a SelectionSet, into: &mut Vec<(String, Asked<'a>)>) -> Option<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    if !field.node.directives.is_empty() {
                        return None;
                    }
                    let key = ["\"", &field.node.response_key().node, "\":"].concat();
                    match into.iter_mut().find(|(other, _)| *other == key) {
                        Some((_, asked)) => asked.sets.push(&field.node.selection_set.node),
                        None => into.push((key, Asked::of(self, &field.node))),
                    }
                }
                Selection::InlineFragment(inline) => {
                    if !inline.node.directives.is_empty() {
                        return None;
                    }
                    let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node);
                    if condition.is_none_or(|condition| is_of(on, condition)) {
                        self.gather(on, &inline.node.selection_set.node, into)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.fragments.get(&spread.node.fragment_name.node)?.node;
                    if !spread.node.directives.is_empty() || !fragment.directives.is_empty() {
                        return None;
                    }
                    if is_of(on, &fragment.type_condition.node) {
                        self.gather(on, &fragment.selection_set.node, into)?;
                    }
                }
            }
        }
        Some(())
    }
}

/// Whether an object of the type `on` is what a fragment is about. The schema has one interface, of all that have an id.
fn is_of(on: &str, condition: &TypeCondition) -> bool {
    let condition = condition.on.node.as_str();
    condition == on || (condition == "Node" && matches!(on, "Organization" | "Contact" | "Phone" | "Email" | "Address"))
}
