//! The schema as the checks need it: read once from the SDL, so that it cannot differ from what clients see. It holds no
//! resolver and knows no document.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, OperationType, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, Value};

/// The types behind `__schema` and `__type`, which no SDL prints.
const INTROSPECTION: &str = r#"
type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type subscriptionType: __Type
  directives: [__Directive!]! }
type __Type { kind: __TypeKind! name: String description: String fields(includeDeprecated: Boolean = false): [__Field!]
  interfaces: [__Type!] possibleTypes: [__Type!] enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
  inputFields(includeDeprecated: Boolean = false): [__InputValue!] ofType: __Type specifiedByURL: String isOneOf: Boolean }
type __Field { name: String! description: String args(includeDeprecated: Boolean = false): [__InputValue!]! type: __Type!
  isDeprecated: Boolean! deprecationReason: String }
type __InputValue { name: String! description: String type: __Type! defaultValue: String isDeprecated: Boolean!
  deprecationReason: String }
type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
type __Directive { name: String! description: String isRepeatable: Boolean! locations: [__DirectiveLocation!]!
  args(includeDeprecated: Boolean = false): [__InputValue!]! }
scalar __TypeKind
scalar __DirectiveLocation
scalar Int
scalar Float
scalar String
scalar Boolean
scalar ID
directive @skip(if: Boolean!) on FIELD
directive @include(if: Boolean!) on FIELD
"#;

/// Says what is wrong with a value of a custom scalar, if anything.
pub type ScalarCheck = fn(&Value) -> Result<(), String>;

/// How often the content of a field may stand in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Once.
    Once,
    /// As often as the page of the connection it stands in is large: `nodes` and `edges`.
    Item,
    /// A connection: its items repeat by `first` or `last`.
    Page,
    /// A plain list.
    List,
}

/// A field that answers.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub type_name: String,
    pub repeat: Repeat,
    pub arguments: Inputs,
}

/// Arguments or input fields by name, in order, so that messages do not change from run to run.
pub(crate) type Inputs = BTreeMap<String, Input>;

/// A place that takes a value.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub ty: Type,
    pub has_default: bool,
}

/// What a type is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Scalar,
    Enum(HashSet<String>),
    Input {
        fields: Inputs,
        one_of: bool,
    },
    Object {
        fields: HashMap<String, Output>,
    },
    /// An interface or a union; a union has no fields.
    Abstract {
        fields: HashMap<String, Output>,
        possible: Vec<String>,
    },
}

/// The SDL could not be read: always a fault of ours.
#[derive(Debug, thiserror::Error)]
#[error("the schema's own SDL cannot be read: {0}")]
pub struct SchemaFault(String);

/// The types of a schema.
#[derive(Clone, Debug)]
pub struct TypeMap {
    types: HashMap<String, Kind>,
    roots: [Option<String>; 3],
    directives: HashMap<String, Inputs>,
    scalars: HashMap<String, ScalarCheck>,
}

impl TypeMap {
    /// Reads a schema from its SDL (`schema.sdl()`).
    pub fn read(sdl: &str) -> Result<Self, SchemaFault> {
        let mut map = Self {
            types: HashMap::new(),
            roots: [Some("Query".into()), None, None],
            directives: HashMap::new(),
            scalars: HashMap::new(),
        };
        let mut implementors: HashMap<String, Vec<String>> = HashMap::new();
        for text in [INTROSPECTION, sdl] {
            let document = parse_schema(text).map_err(|error| SchemaFault(error.to_string()))?;
            for definition in document.definitions {
                map.take_in(definition, &mut implementors);
            }
        }
        for (name, mut objects) in implementors {
            if let Some(Kind::Abstract { possible, .. }) = map.types.get_mut(&name) {
                possible.append(&mut objects);
            }
        }
        let schema_field = |type_name: &str, argument: Option<&str>| Output {
            type_name: type_name.into(),
            repeat: Repeat::Once,
            arguments: argument
                .map(|name| {
                    let ty = Type { base: BaseType::Named(Name::new("String")), nullable: false };
                    (name.to_owned(), Input { ty, has_default: false })
                })
                .into_iter()
                .collect(),
        };
        let query = map.roots[0].clone().unwrap_or_default();
        match map.types.get_mut(&query) {
            Some(Kind::Object { fields }) => {
                fields.insert("__schema".into(), schema_field("__Schema", None));
                fields.insert("__type".into(), schema_field("__Type", Some("name")));
            }
            _ => return Err(SchemaFault(format!("it has no object type {query} for queries"))),
        }
        Ok(map)
    }

    /// Has values of a custom scalar checked before execution, so that a bad one is refused by the variable's name.
    #[must_use]
    pub fn with_scalar(mut self, name: &str, check: ScalarCheck) -> Self {
        self.scalars.insert(name.into(), check);
        self
    }

    fn take_in(&mut self, definition: TypeSystemDefinition, implementors: &mut HashMap<String, Vec<String>>) {
        match definition {
            TypeSystemDefinition::Schema(schema) => {
                let schema = schema.node;
                let name = |root: Option<Positioned<Name>>| root.map(|root| root.node.to_string());
                self.roots = [name(schema.query), name(schema.mutation), name(schema.subscription)];
            }
            TypeSystemDefinition::Directive(directive) => {
                let directive = directive.node;
                self.directives.insert(directive.name.node.to_string(), inputs(directive.arguments));
            }
            TypeSystemDefinition::Type(definition) => {
                let definition = definition.node;
                let name = definition.name.node.to_string();
                let one_of = definition.directives.iter().any(|directive| directive.node.name.node == "oneOf");
                let kind = match definition.kind {
                    TypeKind::Scalar => Kind::Scalar,
                    TypeKind::Enum(values) => {
                        Kind::Enum(values.values.into_iter().map(|value| value.node.value.node.to_string()).collect())
                    }
                    TypeKind::InputObject(input) => Kind::Input { fields: inputs(input.fields), one_of },
                    TypeKind::Object(object) => {
                        for interface in object.implements {
                            implementors.entry(interface.node.to_string()).or_default().push(name.clone());
                        }
                        Kind::Object { fields: outputs(&name, object.fields) }
                    }
                    TypeKind::Interface(interface) => {
                        Kind::Abstract { fields: outputs(&name, interface.fields), possible: Vec::new() }
                    }
                    TypeKind::Union(union) => Kind::Abstract {
                        fields: HashMap::new(),
                        possible: union.members.into_iter().map(|member| member.node.to_string()).collect(),
                    },
                };
                self.types.insert(name, kind);
            }
        }
    }

    /// The type that an operation starts from.
    pub(crate) fn root(&self, kind: OperationType) -> Option<&str> {
        match kind {
            OperationType::Query => self.roots[0].as_deref(),
            OperationType::Mutation => self.roots[1].as_deref(),
            OperationType::Subscription => self.roots[2].as_deref(),
        }
    }

    /// A type by its name, with the name as the map holds it.
    pub(crate) fn get(&self, name: &str) -> Option<(&str, &Kind)> {
        self.types.get_key_value(name).map(|(name, kind)| (name.as_str(), kind))
    }

    /// The names of an object's or interface's fields, in order.
    pub(crate) fn field_names(&self, owner: &str) -> Vec<&str> {
        match self.types.get(owner) {
            Some(Kind::Object { fields } | Kind::Abstract { fields, .. }) => {
                let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
                names.sort_unstable();
                names
            }
            _ => Vec::new(),
        }
    }

    /// A field of an object or interface.
    pub(crate) fn field(&self, type_name: &str, field: &str) -> Option<&Output> {
        match self.types.get(type_name)? {
            Kind::Object { fields } | Kind::Abstract { fields, .. } => fields.get(field),
            _ => None,
        }
    }

    /// The arguments of a directive.
    pub(crate) fn directive(&self, name: &str) -> Option<&Inputs> {
        self.directives.get(name)
    }

    /// The check of a custom scalar, if one was given.
    pub(crate) fn scalar(&self, name: &str) -> Option<ScalarCheck> {
        self.scalars.get(name).copied()
    }

    /// Whether objects of the concrete type `object` are of the type `condition`.
    pub(crate) fn is_of(&self, object: &str, condition: &str) -> bool {
        object == condition
            || matches!(
                self.types.get(condition),
                Some(Kind::Abstract { possible, .. }) if possible.iter().any(|name| name == object)
            )
    }
}

fn inputs(definitions: Vec<Positioned<InputValueDefinition>>) -> Inputs {
    let read = |definition: Positioned<InputValueDefinition>| {
        let definition = definition.node;
        let input = Input { ty: definition.ty.node, has_default: definition.default_value.is_some() };
        (definition.name.node.to_string(), input)
    };
    definitions.into_iter().map(read).collect()
}

fn outputs(owner: &str, definitions: Vec<Positioned<FieldDefinition>>) -> HashMap<String, Output> {
    let read = |definition: Positioned<FieldDefinition>| {
        let definition = definition.node;
        let name = definition.name.node.to_string();
        let (type_name, list) = base(&definition.ty.node);
        // A page of the log is no connection, since one follows it in one direction; it holds `nodes` like one.
        let is_page = |name: &str| name.ends_with("Connection") || name.ends_with("Page");
        let repeat = if list && is_page(owner) && matches!(name.as_str(), "nodes" | "edges") {
            Repeat::Item
        } else if list {
            Repeat::List
        } else if is_page(type_name) {
            Repeat::Page
        } else {
            Repeat::Once
        };
        (name, Output { type_name: type_name.into(), repeat, arguments: inputs(definition.arguments) })
    };
    definitions.into_iter().map(read).collect()
}

fn base(ty: &Type) -> (&str, bool) {
    match &ty.base {
        BaseType::Named(name) => (name.as_str(), false),
        BaseType::List(inner) => (base(inner).0, true),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, InputObject, Object, Schema};

    use super::*;

    #[derive(InputObject)]
    #[graphql(name = "Window")]
    struct Window {
        /// From when; "now" if left out.
        #[graphql(default_with = "vec![\"a \\\"b\\\" {[(\".to_owned()]")]
        from: Vec<String>,
    }

    struct Query;

    /// A root with "quotes", `code`, a \\ backslash and # no comment.
    ///
    /// Second paragraph: { [ (.
    #[Object]
    impl Query {
        /// Ends in a quote: "x"
        #[graphql(deprecation = "use other, not { this")]
        async fn old(&self, window: Option<Window>) -> i32 {
            window.map_or(0, |window| window.from.len() as i32)
        }
        async fn other(&self, #[graphql(deprecation = "no more")] a: Option<i32>) -> Option<Vec<Vec<i32>>> {
            a.map(|a| vec![vec![a]])
        }
    }

    // Quotes in a deprecation's reason are the one thing that async-graphql prints without escaping: leave them out.
    #[test]
    fn what_async_graphql_prints_can_be_read_back() {
        let sdl = Schema::new(Query, EmptyMutation, EmptySubscription).sdl();
        let map = TypeMap::read(&sdl).unwrap_or_else(|fault| panic!("{fault}\n{sdl}"));
        assert_eq!(map.root(OperationType::Query), Some("Query"));
        assert_eq!(map.root(OperationType::Mutation), None);
        assert_eq!(map.field("Query", "other").map(|field| field.repeat), Some(Repeat::List));
        assert!(
            matches!(map.get("Window"), Some((_, Kind::Input { fields, one_of: false })) if fields["from"].has_default)
        );
        assert!(TypeMap::read("type A { a: Int }").is_err(), "no type for queries");
        assert!(TypeMap::read("type Query {").is_err());
    }
}
