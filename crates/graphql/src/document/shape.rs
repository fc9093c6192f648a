//! The shape of a parsed document: cycles, expanded size, depth, aliases, root fields, directives. It knows no schema, and
//! it may not walk a fragment twice or recurse from one fragment into the next before cycles and nesting are settled.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Pos};

use super::limits::Limits;
use super::refusal::{Code, Fault, Refusal};

/// Measures of one selection set with every fragment in place; sums saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Selections.
    pub selections: usize,
    /// Selection sets within each other, spreads counted, as async-graphql counts its recursion.
    pub nesting: usize,
    /// Fields within fields outside introspection.
    pub depth: usize,
    /// Aliases.
    pub aliases: usize,
    /// Fields at the top.
    pub root_fields: usize,
    /// Lists of introspection within each other, wherever they stand.
    lists: usize,
    /// The same under `__schema` and `__type` only.
    pub introspection_lists: usize,
    /// Whether `__schema` or `__type` is asked.
    pub introspects: bool,
}

/// Measures every operation of a document and refuses it if one passes a limit.
pub(crate) fn measure(document: &ExecutableDocument, limits: &Limits) -> Result<HashMap<Option<Name>, Shape>, Refusal> {
    check_directives(document, limits)?;
    let mut fragments = HashMap::with_capacity(document.fragments.len());
    for name in bottom_up(document)? {
        if let Some(fragment) = document.fragments.get(name) {
            let shape = shape(&fragment.node.selection_set.node, &fragments);
            // A fragment that nobody spreads is walked by validation all the same. Its depth counts where it is spread: under
            // `__schema` it does not.
            check(&shape, fragment.pos, limits)?;
            fragments.insert(name.clone(), shape);
        }
    }
    let mut expansion = 0_usize;
    let mut shapes = HashMap::new();
    for (name, operation) in document.operations.iter() {
        let shape = shape(&operation.node.selection_set.node, &fragments);
        check(&shape, operation.pos, limits)?;
        check_operation(&shape, &operation.node, operation.pos, limits)?;
        expansion = expansion.saturating_add(shape.selections);
        shapes.insert(name.cloned(), shape);
    }
    check_expansion(expansion, limits)?;
    Ok(shapes)
}

fn shape(set: &SelectionSet, fragments: &HashMap<Name, Shape>) -> Shape {
    let mut total = Shape::default();
    for selection in &set.items {
        total.selections = total.selections.saturating_add(1);
        let inner = match &selection.node {
            Selection::Field(field) => {
                let inner = shape(&field.node.selection_set.node, fragments);
                let name = field.node.name.node.as_str();
                let introspection = matches!(name, "__schema" | "__type");
                let list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
                total.aliases = total.aliases.saturating_add(usize::from(field.node.alias.is_some()));
                total.root_fields = total.root_fields.saturating_add(1);
                total.depth = total.depth.max(if introspection { 1 } else { inner.depth.saturating_add(1) });
                total.lists = total.lists.max(inner.lists.saturating_add(usize::from(list)));
                let lists = if introspection { inner.lists } else { inner.introspection_lists };
                total.introspection_lists = total.introspection_lists.max(lists);
                total.introspects |= introspection | inner.introspects;
                if field.node.selection_set.node.items.is_empty() {
                    continue;
                }
                inner
            }
            Selection::FragmentSpread(spread) => {
                let inner = fragments.get(&spread.node.fragment_name.node).copied().unwrap_or_default();
                total.take_in(&inner);
                inner
            }
            Selection::InlineFragment(inline) => {
                let inner = shape(&inline.node.selection_set.node, fragments);
                total.take_in(&inner);
                inner
            }
        };
        total.selections = total.selections.saturating_add(inner.selections);
        total.aliases = total.aliases.saturating_add(inner.aliases);
        total.nesting = total.nesting.max(inner.nesting.saturating_add(1));
    }
    total
}

impl Shape {
    /// Takes in what stands on the same level: the content of a fragment.
    fn take_in(&mut self, inner: &Self) {
        self.root_fields = self.root_fields.saturating_add(inner.root_fields);
        self.depth = self.depth.max(inner.depth);
        self.lists = self.lists.max(inner.lists);
        self.introspection_lists = self.introspection_lists.max(inner.introspection_lists);
        self.introspects |= inner.introspects;
    }
}

fn too_deep(what: &str, (measured, limit): (usize, usize), unit: &str, remedy: &str, pos: Pos) -> Result<(), Refusal> {
    let mut fault = Fault::limit(Code::DepthLimitExceeded, what, measured as u64, limit as u64, unit, remedy);
    fault.locations.push(pos);
    Err(fault.into())
}

fn check(shape: &Shape, pos: Pos, limits: &Limits) -> Result<(), Refusal> {
    check_expansion(shape.selections, limits)?;
    if shape.nesting > limits.nesting {
        let unit = "selection sets, fragments counted";
        return too_deep("The document nests", (shape.nesting, limits.nesting), unit, "Nest less deep.", pos);
    }
    Ok(())
}

fn check_operation(shape: &Shape, operation: &OperationDefinition, pos: Pos, limits: &Limits) -> Result<(), Refusal> {
    let passed = |code, what: &str, measured: usize, limit: usize, unit| {
        let mut fault = Fault::limit(code, what, measured as u64, limit as u64, unit, "Split the request.");
        fault.locations.push(pos);
        Err(fault.into())
    };
    if shape.depth > limits.depth {
        let remedy = "Start nearer to what is asked (node(id:), contact(id:)) or split the request.";
        return too_deep("The operation nests", (shape.depth, limits.depth), "fields", remedy, pos);
    }
    if shape.introspection_lists > limits.introspection_lists {
        let unit = "lists (fields, interfaces, possibleTypes, inputFields) of introspection";
        let remedy = "Ask for the types once, by name, and join them on your side.";
        return too_deep(
            "The operation nests",
            (shape.introspection_lists, limits.introspection_lists),
            unit,
            remedy,
            pos,
        );
    }
    if shape.aliases > limits.aliases {
        return passed(Code::AliasLimitExceeded, "The operation has", shape.aliases, limits.aliases, "aliases");
    }
    if shape.root_fields > limits.root_fields {
        let what = format!("The {} has", operation.ty);
        let unit = "fields at its root";
        return passed(Code::RootFieldLimitExceeded, &what, shape.root_fields, limits.root_fields, unit);
    }
    Ok(())
}

fn check_expansion(selections: usize, limits: &Limits) -> Result<(), Refusal> {
    if selections <= limits.expansion {
        return Ok(());
    }
    Err(Fault::limit(
        Code::ComplexityLimitExceeded,
        "With every fragment in place of its spread the document has",
        selections as u64,
        limits.expansion as u64,
        "selections",
        "Spread fewer fragments, or split the request.",
    )
    .into())
}

fn check_directives(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    fn most(set: &SelectionSet) -> Option<(usize, Pos)> {
        set.items
            .iter()
            .flat_map(|selection| {
                let here = (selection.node.directives().len(), selection.pos);
                let below = match &selection.node {
                    Selection::Field(field) => most(&field.node.selection_set.node),
                    Selection::InlineFragment(inline) => most(&inline.node.selection_set.node),
                    Selection::FragmentSpread(_) => None,
                };
                [Some(here), below]
            })
            .flatten()
            .max_by_key(|(count, _)| *count)
    }
    let operations = document.operations.iter().flat_map(|(_, operation)| {
        let here = (operation.node.directives.len(), operation.pos);
        let variables = operation.node.variable_definitions.iter();
        let variables = variables.map(|variable| (variable.node.directives.len(), variable.pos));
        variables.chain([here]).chain(most(&operation.node.selection_set.node)).max_by_key(|(count, _)| *count)
    });
    let fragments = document.fragments.values().flat_map(|fragment| {
        let here = (fragment.node.directives.len(), fragment.pos);
        most(&fragment.node.selection_set.node).into_iter().chain([here]).max_by_key(|(count, _)| *count)
    });
    match operations.chain(fragments).max_by_key(|(count, _)| *count) {
        Some((count, pos)) if count > limits.directives => {
            let remedy = "Use fewer directives there.";
            let unit = "directives in one place";
            let (count, limit) = (count as u64, limits.directives as u64);
            let mut fault = Fault::limit(Code::DirectiveLimitExceeded, "The document has", count, limit, unit, remedy);
            fault.locations.push(pos);
            Err(fault.into())
        }
        _ => Ok(()),
    }
}

/// The names of the fragments, each after those that it spreads, or the cycle that forbids such an order. It keeps its own
/// stack: a document holds a thousand fragments in a chain.
fn bottom_up(document: &ExecutableDocument) -> Result<Vec<&Name>, Refusal> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    let spreads: HashMap<&Name, Vec<(&Name, Pos)>> = document
        .fragments
        .iter()
        .map(|(name, fragment)| {
            let mut found = Vec::new();
            collect_spreads(&fragment.node.selection_set.node, &mut found);
            (name, found)
        })
        .collect();
    // The map's order changes from run to run; the text's does not, and so neither does the error.
    let mut starts: Vec<&Name> = document.fragments.keys().collect();
    starts.sort_by_key(|name| document.fragments.get(*name).map(|fragment| fragment.pos));

    let mut marks: HashMap<&Name, Mark> = HashMap::with_capacity(spreads.len());
    let mut order = Vec::with_capacity(spreads.len());
    for start in starts {
        let mut path: Vec<(&Name, usize)> = Vec::new();
        if !marks.contains_key(start) {
            marks.insert(start, Mark::Open);
            path.push((start, 0));
        }
        while let Some((name, next)) = path.last_mut() {
            let Some(&(target, pos)) = spreads.get(*name).and_then(|targets| targets.get(*next)) else {
                marks.insert(*name, Mark::Done);
                order.push(*name);
                path.pop();
                continue;
            };
            *next += 1;
            match marks.get(target) {
                Some(Mark::Done) => {}
                Some(Mark::Open) => {
                    let names: Vec<&Name> = path.iter().map(|(name, _)| *name).collect();
                    return Err(cycle(&names, target, pos));
                }
                None if spreads.contains_key(target) => {
                    marks.insert(target, Mark::Open);
                    path.push((target, 0));
                }
                None => {}
            }
        }
    }
    Ok(order)
}

fn cycle(path: &[&Name], target: &Name, pos: Pos) -> Refusal {
    let start = path.iter().position(|name| *name == target).unwrap_or_default();
    let around = &path[start..];
    let mut names: Vec<&str> = around.iter().take(5).map(|name| name.as_str()).collect();
    if around.len() > 5 {
        names.push("…");
    }
    let message = format!("Fragment \"{target}\" spreads itself: {} → {target}.", names.join(" → "));
    Fault::at(Code::FragmentCycle, message, vec![pos]).into()
}

/// Recursion here follows brackets of the text, which the scan has bounded.
pub(crate) fn collect_spreads<'a>(set: &'a SelectionSet, found: &mut Vec<(&'a Name, Pos)>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => collect_spreads(&field.node.selection_set.node, found),
            Selection::InlineFragment(inline) => collect_spreads(&inline.node.selection_set.node, found),
            Selection::FragmentSpread(spread) => found.push((&spread.node.fragment_name.node, selection.pos)),
        }
    }
}
