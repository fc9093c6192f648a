//! A document that passed every check that needs no variables, and one operation of it with its variables: what is
//! executed. It may not be made but through the checks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned, Request, Variables};
use async_graphql_value::Value;

use super::refusal::{Code, Fault, Refusal};
use super::usage::Demands;

/// What is known of one operation whatever its variables.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub demands: Demands,
    pub introspects: bool,
    pub depth: usize,
    /// The cost, unless the variables decide it.
    pub cost: Option<u64>,
    /// Whether something with fields is asked twice at one place.
    pub repeats: bool,
}

/// A sound document.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub document: ExecutableDocument,
    pub facts: HashMap<Option<Name>, Facts>,
    pub tokens: usize,
}

impl Prepared {
    /// Chooses the operation as the specification says.
    pub(crate) fn choose(
        &self,
        wanted: Option<&str>,
    ) -> Result<(Option<&Name>, &OperationDefinition, &Facts), Refusal> {
        let mut operations = self.document.operations.iter();
        let chosen = match wanted {
            Some(wanted) => operations.find(|(name, _)| name.is_some_and(|name| name == wanted)),
            None if operations.len() == 1 => operations.next(),
            None => None,
        };
        let found = chosen.and_then(|(name, operation)| {
            let facts = self.facts.get(&name.cloned())?;
            Some((name, &operation.node, facts))
        });
        found.ok_or_else(|| {
            let mut names: Vec<&str> =
                self.document.operations.iter().filter_map(|(name, _)| name.map(Name::as_str)).collect();
            names.sort_unstable();
            names.truncate(20);
            let message = match (wanted, names.is_empty()) {
                (None, _) => format!("operationName is required: the document has {}.", names.join(", ")),
                (Some(_), true) => {
                    "The document's one operation has no name: leave operationName out, or name the operation.".into()
                }
                (Some(_), false) => format!("operationName must be one of {}.", names.join(", ")),
            };
            Fault::at(Code::OperationResolutionFailure, message, Vec::new()).into()
        })
    }
}

/// One operation, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) name: Option<Name>,
    pub(crate) variables: Variables,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// Whether `__schema` or `__type` is asked, through fragments too.
    pub introspects: bool,
    /// Fields within fields, introspection apart.
    pub depth: usize,
    /// Whether something with fields is asked twice at one place: it has what both ask.
    pub repeats: bool,
    /// The cost with these variables, in objects.
    pub cost: u64,
    /// The hash of the document's text.
    pub digest: super::Digest256,
}

impl Plan {
    /// The operation's name, for logs and metrics.
    pub fn operation_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The coerced variables.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The operation.
    pub(crate) fn operation(&self) -> Option<&Positioned<OperationDefinition>> {
        let mut operations = self.prepared.document.operations.iter();
        operations.find(|(name, _)| *name == self.name.as_ref()).map(|(_, operation)| operation)
    }

    /// The fragments of its document.
    pub(crate) fn fragments(&self) -> &HashMap<Name, Positioned<FragmentDefinition>> {
        &self.prepared.document.fragments
    }

    /// The request for the schema that does not validate again: one operation, its fragments, its variables.
    pub fn request(&self) -> Request {
        let whole = &self.prepared.document;
        let mut absent = HashSet::new();
        let operations = self.operation().map(|operation| {
            let definitions = operation.node.variable_definitions.iter();
            absent = definitions
                .map(|definition| definition.node.name.node.clone())
                .filter(|name| !self.variables.contains_key(name))
                .collect();
            operation.clone()
        });
        let operations = match (operations, &self.name) {
            (Some(operation), None) => DocumentOperations::Single(operation),
            (operation, name) => DocumentOperations::Multiple(name.clone().into_iter().zip(operation).collect()),
        };
        let mut document = ExecutableDocument { operations, fragments: whole.fragments.clone() };
        if !absent.is_empty() {
            leave_out(&mut document, &absent);
        }
        let mut request = Request::new("").variables(self.variables.clone());
        request.operation_name = self.name.as_ref().map(ToString::to_string);
        request.set_parsed_query(document);
        request
    }
}

/// An argument whose variable has no value counts as not given, so that the schema's default stands: async-graphql would
/// pass null.
fn leave_out(document: &mut ExecutableDocument, absent: &HashSet<Name>) {
    fn in_set(set: &mut SelectionSet, absent: &HashSet<Name>) {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => {
                    field
                        .node
                        .arguments
                        .retain(|(_, value)| !matches!(&value.node, Value::Variable(name) if absent.contains(name)));
                    in_set(&mut field.node.selection_set.node, absent);
                }
                Selection::InlineFragment(inline) => in_set(&mut inline.node.selection_set.node, absent),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => in_set(&mut operation.node.selection_set.node, absent),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                in_set(&mut operation.node.selection_set.node, absent);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        in_set(&mut fragment.node.selection_set.node, absent);
    }
}
