//! The one field of a subscription: brought to the top of its operation, out of fragments and repetitions, or refused. It may
//! not be given a document with cycles, as it follows fragments.

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};
use std::collections::HashMap;

use super::refusal::{Code, Fault};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Leaves each subscription of a document with one selection, its field: async-graphql looks for it nowhere else.
pub(crate) fn settle(document: &mut ExecutableDocument) -> Vec<Fault> {
    let ExecutableDocument { operations, fragments } = document;
    let operations: Vec<&mut Positioned<OperationDefinition>> = match operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    let subscriptions = operations.into_iter().filter(|operation| operation.node.ty == OperationType::Subscription);
    subscriptions.filter_map(|operation| settle_one(operation, fragments).err()).collect()
}

fn settle_one(operation: &mut Positioned<OperationDefinition>, fragments: &Fragments) -> Result<(), Fault> {
    let mut fields = Vec::new();
    collect(&operation.node.selection_set.node, fragments, &mut fields)?;
    let places: Vec<Pos> = fields.iter().map(|field| field.pos).collect();
    let mut fields = fields.into_iter();
    let Some(mut only) = fields.next() else { return Ok(()) };
    for field in fields {
        if field.node.response_key().node != only.node.response_key().node {
            return Err(fault(
                "A subscription asks for one field: send the others as subscriptions of their own.",
                places,
            ));
        }
        // Validation has seen that the two can be merged: the same field with the same arguments.
        only.node.selection_set.node.items.extend(field.node.selection_set.node.items);
    }
    if only.node.name.node.starts_with("__") {
        return Err(fault(
            "A subscription must ask for a field of its own: send what describes the schema as a query.",
            places,
        ));
    }
    let pos = only.pos;
    operation.node.selection_set.node.items = vec![Positioned::new(Selection::Field(only), pos)];
    Ok(())
}

fn collect(set: &SelectionSet, fragments: &Fragments, found: &mut Vec<Positioned<Field>>) -> Result<(), Fault> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                check_directives(&field.node.directives)?;
                found.push(field.clone());
            }
            Selection::InlineFragment(inline) => {
                check_directives(&inline.node.directives)?;
                collect(&inline.node.selection_set.node, fragments, found)?;
            }
            Selection::FragmentSpread(spread) => {
                check_directives(&spread.node.directives)?;
                if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                    collect(&fragment.node.selection_set.node, fragments, found)?;
                }
            }
        }
    }
    Ok(())
}

fn check_directives(directives: &[Positioned<Directive>]) -> Result<(), Fault> {
    match directives.iter().find(|directive| ["skip", "include"].contains(&directive.node.name.node.as_str())) {
        Some(directive) => {
            Err(fault("The field of a subscription cannot be skipped or included.", vec![directive.pos]))
        }
        None => Ok(()),
    }
}

fn fault(message: &str, places: Vec<Pos>) -> Fault {
    Fault::at(Code::GraphqlValidationFailed, message.to_owned(), places)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    /// The keys within the one field, or why there is none.
    fn settled(text: &str) -> Result<Vec<String>, String> {
        let mut document = parse_query(text).expect(text);
        if let Some(fault) = settle(&mut document).pop() {
            return Err(fault.message);
        }
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let [Positioned { node: Selection::Field(field), .. }] = operation.node.selection_set.node.items.as_slice()
        else {
            panic!("one field: {text}");
        };
        let keys = field.node.selection_set.node.items.iter().map(|item| match &item.node {
            Selection::Field(field) => field.node.response_key().node.to_string(),
            other => panic!("{other:?}"),
        });
        Ok(keys.collect())
    }

    #[test]
    fn the_field_is_found_wherever_it_stands() {
        assert_eq!(settled("subscription { changes { a b } }"), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(
            settled(
                "subscription { ... { changes { a } } ...F ... on Subscription { changes { c } } }
                 fragment F on Subscription { changes { b } }"
            ),
            Ok(vec!["a".into(), "b".into(), "c".into()])
        );
    }

    #[test]
    fn more_than_one_field_is_refused_and_so_is_none_of_its_own() {
        for text in [
            "subscription { changes { a } more: changes { a } }",
            "subscription { changes { a } ...F } fragment F on Subscription { other { a } }",
            "subscription { __typename }",
            "subscription { changes { a } __typename }",
            "subscription($x: Boolean!) { changes @skip(if: $x) { a } }",
            "subscription($x: Boolean!) { ... @include(if: $x) { changes { a } } }",
            "subscription($x: Boolean!) { ...F @include(if: $x) } fragment F on Subscription { changes { a } }",
        ] {
            assert!(settled(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queries_are_left_alone() {
        let mut document = parse_query("{ a ...F } fragment F on Query { b }").expect("a query");
        assert!(settle(&mut document).is_empty());
        let (_, operation) = document.operations.iter().next().expect("an operation");
        assert_eq!(operation.node.selection_set.node.items.len(), 2);
    }
}
