//! Whether the arguments of a document fit their types, and where it uses its variables. It looks at no variable's value.
//!
//! It replaces two rules of async-graphql. The one for arguments leaves out what stands beside a variable whose value did
//! not come (`{types: [NONE], id: $id}`), takes anything for an input object, and repeats values in its messages. The one for
//! variables in allowed positions refuses `[T!]!` where `[T!]` is expected, against the specification.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, Value as ConstValue};
use async_graphql_value::Value;

use super::refusal::{Code, Fault};
use super::shape::collect_spreads;
use super::types::{Inputs, Kind, TypeMap};
use super::values;

/// What the positions of an operation's variables ask beyond their declared types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demands {
    /// Variables that stand where null may not.
    pub not_null: HashSet<Name>,
    /// Variables that stand for the one field of a one-of input, and so must have a value.
    pub present: HashSet<Name>,
}

struct Usage<'a> {
    variable: &'a Name,
    pos: Pos,
    location: &'a Type,
    location_has_default: bool,
    one_of: bool,
}

#[derive(Default)]
struct Scope<'a> {
    usages: Vec<Usage<'a>>,
    spreads: Vec<(&'a Name, Pos)>,
}

/// The demands by operation, and what is wrong with the use of variables anywhere in the document.
pub(crate) fn check(types: &TypeMap, document: &ExecutableDocument) -> (HashMap<Option<Name>, Demands>, Vec<Fault>) {
    let mut walk = Walk { types, faults: Vec::new() };
    let mut fragments: HashMap<&Name, Scope<'_>> = HashMap::new();
    for (name, fragment) in &document.fragments {
        let mut scope = Scope::default();
        let condition = types.get(&fragment.node.type_condition.node.on.node).map(|(name, _)| name);
        walk.directives(&fragment.node.directives, &mut scope);
        walk.set(&fragment.node.selection_set.node, condition, &mut scope);
        collect_spreads(&fragment.node.selection_set.node, &mut scope.spreads);
        fragments.insert(name, scope);
    }
    let mut demands = HashMap::new();
    for (name, operation) in document.operations.iter() {
        let operation = &operation.node;
        let mut scope = Scope::default();
        walk.directives(&operation.directives, &mut scope);
        walk.set(&operation.selection_set.node, types.root(operation.ty), &mut scope);
        collect_spreads(&operation.selection_set.node, &mut scope.spreads);
        demands.insert(name.cloned(), settle(operation, &scope, &fragments, &mut walk.faults));
    }
    (demands, walk.faults)
}

/// Checks an operation's variables in its own scope and in every fragment that it reaches.
fn settle<'a>(
    operation: &'a OperationDefinition,
    own: &'a Scope<'a>,
    fragments: &'a HashMap<&'a Name, Scope<'a>>,
    faults: &mut Vec<Fault>,
) -> Demands {
    let definitions: HashMap<&Name, &Positioned<VariableDefinition>> =
        operation.variable_definitions.iter().map(|definition| (&definition.node.name.node, definition)).collect();
    let mut demands = Demands::default();
    let mut seen: HashSet<&Name> = HashSet::new();
    let mut ahead = vec![own];
    while let Some(scope) = ahead.pop() {
        for usage in &scope.usages {
            let Some(definition) = definitions.get(usage.variable) else { continue };
            if !is_allowed(&definition.node, usage) {
                let message = format!(
                    "Variable \"${}\" of type \"{}\" is used where \"{}\" is expected.",
                    usage.variable, definition.node.var_type.node, usage.location
                );
                faults.push(Fault::at(Code::GraphqlValidationFailed, message, vec![definition.pos, usage.pos]));
            }
            if !usage.location.nullable || usage.one_of {
                demands.not_null.insert(usage.variable.clone());
            }
            if usage.one_of {
                demands.present.insert(usage.variable.clone());
            }
        }
        for (name, _) in &scope.spreads {
            if seen.insert(name) {
                ahead.extend(fragments.get(name));
            }
        }
    }
    demands
}

/// `IsVariableUsageAllowed` of the specification.
fn is_allowed(definition: &VariableDefinition, usage: &Usage<'_>) -> bool {
    let declared = &definition.var_type.node;
    if usage.location.nullable || !declared.nullable {
        return is_compatible(declared, usage.location);
    }
    let has_value = definition.default_value.as_ref().is_some_and(|value| !matches!(value.node, ConstValue::Null));
    (has_value || usage.location_has_default) && is_compatible_base(&declared.base, &usage.location.base)
}

fn is_compatible(declared: &Type, location: &Type) -> bool {
    (location.nullable || !declared.nullable) && is_compatible_base(&declared.base, &location.base)
}

fn is_compatible_base(declared: &BaseType, location: &BaseType) -> bool {
    match (declared, location) {
        (BaseType::Named(declared), BaseType::Named(location)) => declared == location,
        (BaseType::List(declared), BaseType::List(location)) => is_compatible(declared, location),
        _ => false,
    }
}

struct Walk<'a> {
    types: &'a TypeMap,
    faults: Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, type_name: Option<&'a str>, scope: &mut Scope<'a>) {
        for selection in &set.items {
            self.directives(selection.node.directives(), scope);
            match &selection.node {
                Selection::Field(field) => {
                    let types = self.types;
                    let output = type_name.and_then(|owner| types.field(owner, &field.node.name.node));
                    if let Some(output) = output {
                        self.arguments(&field.node.arguments, &output.arguments, scope);
                    }
                    let inner = output.and_then(|output| types.get(&output.type_name)).map(|(name, _)| name);
                    self.set(&field.node.selection_set.node, inner, scope);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let inner = match condition {
                        Some(condition) => self.types.get(&condition.node.on.node).map(|(name, _)| name),
                        None => type_name,
                    };
                    self.set(&inline.node.selection_set.node, inner, scope);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>], scope: &mut Scope<'a>) {
        for directive in directives {
            if let Some(inputs) = self.types.directive(&directive.node.name.node) {
                self.arguments(&directive.node.arguments, inputs, scope);
            }
        }
    }

    fn arguments(
        &mut self,
        arguments: &'a [(Positioned<Name>, Positioned<Value>)],
        inputs: &'a Inputs,
        scope: &mut Scope<'a>,
    ) {
        for (name, value) in arguments {
            if let Some(input) = inputs.get(name.node.as_str()) {
                let place =
                    Place { pos: value.pos, path: name.node.as_str(), has_default: input.has_default, one_of: false };
                self.value(&value.node, &input.ty, place, scope);
            }
        }
    }

    fn value(&mut self, value: &'a Value, ty: &'a Type, place: Place<'a>, scope: &mut Scope<'a>) {
        match (value, &ty.base) {
            (Value::Variable(variable), _) => scope.usages.push(Usage {
                variable,
                pos: place.pos,
                location: ty,
                location_has_default: place.has_default,
                one_of: place.one_of,
            }),
            (Value::Null, _) if !ty.nullable || place.one_of => self.wrong(place, &format!("must be {ty}, not null")),
            (Value::Null, _) => {}
            (Value::List(items), BaseType::List(inner)) => {
                for item in items {
                    self.value(item, inner, place.inner(place.path), scope);
                }
            }
            (_, BaseType::List(inner)) => self.value(value, inner, place.inner(place.path), scope),
            (_, BaseType::Named(name)) => self.named(value, name, place, scope),
        }
    }

    fn named(&mut self, value: &'a Value, name: &Name, place: Place<'a>, scope: &mut Scope<'a>) {
        let types = self.types;
        match (types.get(name), value) {
            (Some((_, Kind::Input { fields, one_of })), Value::Object(given)) => {
                if *one_of && given.len() != 1 {
                    self.wrong(place, &format!("must have exactly one field of {name}"));
                }
                for (field, value) in given {
                    match fields.get(field.as_str()) {
                        Some(input) => {
                            let inner = Place {
                                has_default: input.has_default,
                                one_of: *one_of,
                                ..place.inner(field.as_str())
                            };
                            self.value(value, &input.ty, inner, scope);
                        }
                        None => {
                            let known: Vec<&str> = fields.keys().map(String::as_str).collect();
                            let known = known.join(", ");
                            self.wrong(place, &format!("has a field \"{field}\"; the fields of {name} are {known}"));
                        }
                    }
                }
                let missing: Vec<&str> = fields
                    .iter()
                    .filter(|(field, input)| {
                        !input.ty.nullable && !input.has_default && !given.contains_key(field.as_str())
                    })
                    .map(|(field, _)| field.as_str())
                    .collect();
                if !missing.is_empty() {
                    self.wrong(place, &format!("must have the fields {} of {name}", missing.join(", ")));
                }
            }
            (Some((_, kind @ (Kind::Enum(_) | Kind::Input { .. } | Kind::Scalar))), _) => {
                let value = match value.clone().into_const() {
                    Some(value) => value,
                    // Variables within a custom scalar's own objects and lists have no type to fit.
                    None if matches!(kind, Kind::Scalar) && !values::is_built_in(name) => return,
                    // An object or list with variables in it is none of the others, whatever they hold.
                    None => ConstValue::Object(Default::default()),
                };
                if let Err(expected) = values::check_named(types, name, kind, &value) {
                    self.wrong(place, &format!("must be {expected}"));
                }
            }
            _ => {}
        }
    }

    fn wrong(&mut self, place: Place<'_>, message: &str) {
        let message = format!("Invalid value for argument: \"{}\" {message}.", place.path);
        self.faults.push(Fault::at(Code::GraphqlValidationFailed, message, vec![place.pos]));
    }
}

#[derive(Clone, Copy)]
struct Place<'a> {
    pos: Pos,
    path: &'a str,
    has_default: bool,
    one_of: bool,
}

impl<'a> Place<'a> {
    fn inner(self, path: &'a str) -> Self {
        Self { path, has_default: false, one_of: false, ..self }
    }
}
