//! Whether a document asks for an object or a list twice at one place. The specification merges what both select, field by field, which
//! can be done to values and not to JSON that is written already.

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

/// Whether something that has fields stands twice under one response key, in fragments too. What might be skipped counts, and so does
/// what stands under another type: a document that nobody writes by hand is answered the longer way, and rightly.
pub(super) fn any(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    let mut fields = Vec::new();
    gather(document, set, &mut fields);
    let mut keys: Vec<&str> = fields.iter().map(|field| key(field)).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
        || fields.iter().any(|field| any(document, &field.selection_set.node))
}

fn key(field: &Field) -> &str {
    field.response_key().node.as_str()
}

/// The fields that have fields. Spreads end, for cycles are refused before, and what they come to is bounded.
fn gather<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, into: &mut Vec<&'a Field>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) if field.node.selection_set.node.items.is_empty() => {}
            Selection::Field(field) => into.push(&field.node),
            Selection::InlineFragment(inline) => gather(document, &inline.node.selection_set.node, into),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    gather(document, &fragment.node.selection_set.node, into);
                }
            }
        }
    }
}
