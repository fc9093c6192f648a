//! What happens to a document before async-graphql sees it: scan, parse, limits, validation, variables, cost. It executes
//! nothing, and no request may reach the executing schema but through a [`Plan`].
//!
//! Everything that follows from the text alone is done once and kept by the text's hash: the executing schema runs in
//! `ValidationMode::Fast`. That is sound because static validation saw the text without variables, `usage` checked what
//! async-graphql only checks together with their values, and `variables` coerces the values for every request. A request
//! therefore gets the same answer whether its document was seen before or not.

mod cache;
pub mod cost;
mod limits;
mod parse;
mod prepared;
mod refusal;
mod repeats;
mod root;
mod scan;
mod shape;
mod types;
mod usage;
mod validation;
mod values;
mod variables;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use cache::{Digest256, digest};
pub use limits::Limits;
pub use prepared::Plan;
pub use refusal::{Code, Fault, Measure, Refusal};
pub use scan::{Scan, scan};
pub(crate) use types::Kind;
pub use types::{ScalarCheck, SchemaFault, TypeMap};
pub use validation::{Validate, Validator, split};
pub(crate) use variables::coerce_argument;

use crate::request::Ask;
use cache::Known;
use prepared::{Facts, Prepared};

/// The front of the engine: turns requests into plans, or refuses them.
pub struct Gate {
    limits: Limits,
    types: TypeMap,
    validator: Box<dyn Validate>,
    known: cache::Documents,
}

impl Gate {
    /// A gate before a schema: `types` from its SDL, `validator` from [`split`].
    pub fn new(limits: Limits, types: TypeMap, validator: impl Validate) -> Self {
        let known = cache::Documents::with_capacity(limits.cache_bytes);
        Self { limits, types, validator: Box::new(validator), known }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many documents are kept, and their estimated bytes.
    pub fn cached(&self) -> (usize, u64) {
        self.known.size()
    }

    /// Makes a plan of a request.
    pub fn plan(&self, ask: &Ask) -> Result<Plan, Refusal> {
        scan::check_bytes(ask.query.as_bytes(), &self.limits)?;
        let digest = digest(&ask.query);
        let known = match self.known.get(&digest) {
            Some(known) => known,
            None => {
                let known = match self.prepare(&ask.query) {
                    Ok(prepared) => Known::Sound(Arc::new(prepared)),
                    Err(refusal) => Known::Refused(Arc::new(refusal)),
                };
                self.known.insert(digest, known.clone());
                known
            }
        };
        let prepared = match known {
            Known::Sound(prepared) => prepared,
            Known::Refused(refusal) => return Err(Refusal::clone(&refusal)),
        };
        let (name, operation, facts) = prepared.choose(ask.operation_name.as_deref())?;
        let variables = variables::coerce(&self.types, operation, &facts.demands, ask.variables.as_ref())?;
        let cost = facts.cost.unwrap_or_else(|| cost::cost(&self.types, &prepared.document, operation, &variables));
        if cost > self.limits.complexity {
            return Err(Fault::limit(
                Code::ComplexityLimitExceeded,
                "The operation could answer with",
                cost,
                self.limits.complexity,
                "objects",
                "Ask for fewer with first: (50 count where none is given), or split the request.",
            )
            .into());
        }
        Ok(Plan {
            name: name.cloned(),
            kind: operation.ty,
            introspects: facts.introspects,
            depth: facts.depth,
            repeats: facts.repeats,
            variables,
            cost,
            digest,
            prepared,
        })
    }

    /// Everything that follows from the text alone.
    fn prepare(&self, text: &str) -> Result<Prepared, Refusal> {
        let scan = scan(text.as_bytes(), &self.limits)?;
        let mut document = parse::parse(text)?;
        let shapes = shape::measure(&document, &self.limits)?;
        let (mut demands, mut faults) = usage::check(&self.types, &document);
        for error in self.validator.validate(&document) {
            if !is_replaced(&error.message) {
                let hint = hint(&self.types, &error.message);
                let fault = Fault::at(Code::GraphqlValidationFailed, error.message, error.locations);
                faults.push(Fault { hint, ..fault });
            }
        }
        if !faults.is_empty() {
            // Both walks go through hash maps.
            faults.sort_by(|one, other| (&one.locations, &one.message).cmp(&(&other.locations, &other.message)));
            faults.dedup();
            return Err(Refusal::of(faults));
        }
        let faults = root::settle(&mut document);
        if !faults.is_empty() {
            return Err(Refusal::of(faults));
        }
        let nothing = async_graphql::Variables::default();
        let facts = document
            .operations
            .iter()
            .map(|(name, operation)| {
                let name = name.cloned();
                let shape = shapes.get(&name).copied().unwrap_or_default();
                let cost = (!cost::depends_on_variables(&document, &operation.node))
                    .then(|| cost::cost(&self.types, &document, &operation.node, &nothing));
                let demands = demands.remove(&name).unwrap_or_default();
                let repeats = repeats::any(&document, &operation.node.selection_set.node);
                (name, Facts { demands, introspects: shape.introspects, depth: shape.depth, cost, repeats })
            })
            .collect();
        Ok(Prepared { document, facts, tokens: scan.tokens })
    }
}

/// What the schema has in place of a field or argument that it has not.
fn hint(types: &TypeMap, message: &str) -> Option<String> {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    match quoted.as_slice() {
        [_, owner] if message.starts_with("Unknown field ") => {
            let fields = types.field_names(owner);
            (!fields.is_empty()).then(|| format!("The fields of {owner} are {}.", fields.join(", ")))
        }
        [_, field, owner] if message.starts_with("Unknown argument ") => {
            let arguments = &types.field(owner, field)?.arguments;
            let names: Vec<&str> = arguments.keys().map(String::as_str).collect();
            Some(match names.as_slice() {
                [] => format!("{field} takes none."),
                names => format!("{field} takes {}.", names.join(", ")),
            })
        }
        _ => None,
    }
}

/// The two rules of async-graphql that `usage` replaces, known by their messages only.
fn is_replaced(message: &str) -> bool {
    message.starts_with("Invalid value for argument ")
        || message.starts_with("Variable \"") && message.contains("\" used in position expecting type \"")
}
