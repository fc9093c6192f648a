//! The schema as the guarantees walk it, read from what the engine serves, and the arguments that they pass. A type that is not in
//! its tables stops the test: nothing new can be forgotten.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use serde_json::{Value, json};

/// The types by name.
pub struct Served {
    types: BTreeMap<String, TypeDefinition>,
}

/// Where an id goes in: the arguments' names from the outside in, and what kind of thing it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// `["contact", "organizations", "organizationId"]`.
    pub path: Vec<String>,
    /// What it names.
    pub noun: Noun,
}

/// What an id in an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noun {
    Organization,
    Facility,
    Contact,
    Phone,
    Email,
    Address,
    /// A file that comes in.
    Import,
    /// A merge.
    Merge,
    Communication,
    Referral,
    StudentRelationship,
    StudentGuardian,
    StaffAssignment,
    /// Another contact beside the one that is named already.
    OtherContact,
    /// A node of whatever kind.
    Any,
    /// An id that the client makes.
    New,
}

impl Slot {
    /// The path as the matrix writes it.
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

/// A named type and whether it is a list or required.
pub struct Shape {
    pub name: String,
    pub is_list: bool,
    pub is_required: bool,
}

/// The shape of a type as it is written.
pub fn shape(ty: &Type) -> Shape {
    let mut inner = ty;
    let mut is_list = false;
    loop {
        match &inner.base {
            BaseType::Named(name) => return Shape { name: name.to_string(), is_list, is_required: !ty.nullable },
            BaseType::List(item) => (is_list, inner) = (true, item),
        }
    }
}

impl Served {
    /// What the engine serves now.
    pub fn now() -> Self {
        let document = parse_schema(liaison_graphql::engine::sdl()).expect("the schema's text is one");
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(of) => Some((of.node.name.node.to_string(), of.node)),
            _ => None,
        });
        Self { types: types.collect() }
    }

    /// Every type.
    pub fn types(&self) -> impl Iterator<Item = &TypeDefinition> {
        self.types.values()
    }

    /// A type by its name.
    #[track_caller]
    pub fn kind(&self, name: &str) -> &TypeKind {
        &self.types.get(name).unwrap_or_else(|| panic!("the schema has no type {name}")).kind
    }

    /// The fields of an object.
    #[track_caller]
    pub fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.kind(name) {
            TypeKind::Object(object) => object.fields.iter().map(|field| &field.node).collect(),
            _ => panic!("{name} is no object"),
        }
    }

    /// A field of an object.
    #[track_caller]
    pub fn field(&self, on: &str, name: &str) -> &FieldDefinition {
        let found = self.fields(on).into_iter().find(|field| field.name.node == name);
        found.unwrap_or_else(|| panic!("{on} has no field {name}"))
    }

    /// The objects with an id of their own.
    pub fn nodes(&self) -> Vec<&str> {
        self.types.keys().map(String::as_str).filter(|name| self.is_node(name)).collect()
    }

    /// Whether it is an object with an id of its own, or the interface of those.
    pub fn is_node(&self, name: &str) -> bool {
        match self.types.get(name).map(|of| &of.kind) {
            Some(TypeKind::Object(object)) => object.implements.iter().any(|one| one.node == "Node"),
            _ => false,
        }
    }

    /// Whether it is a scalar or an enum.
    pub fn is_leaf(&self, name: &str) -> bool {
        match self.types.get(name).map(|of| &of.kind) {
            Some(TypeKind::Scalar | TypeKind::Enum(_)) | None => true,
            Some(_) => false,
        }
    }

    /// The values of an enum that are not deprecated.
    #[track_caller]
    pub fn values(&self, name: &str) -> Vec<String> {
        let TypeKind::Enum(of) = self.kind(name) else { panic!("{name} is no enum") };
        let current =
            of.values.iter().filter(|value| value.node.directives.iter().all(|d| d.node.name.node != "deprecated"));
        current.map(|value| value.node.value.to_string()).collect()
    }

    fn inputs(&self, name: &str) -> (Vec<&InputValueDefinition>, bool) {
        let TypeKind::InputObject(object) = self.kind(name) else {
            panic!("the guarantees know no argument of the type {name}: say in served.rs what to pass")
        };
        let one_of = self.types[name].directives.iter().any(|directive| directive.node.name.node == "oneOf");
        (object.fields.iter().map(|field| &field.node).collect(), one_of)
    }

    /// Every place of a field's arguments that takes an id, in objects within objects too.
    pub fn slots(&self, field: &FieldDefinition) -> Vec<Slot> {
        let mut slots = Vec::new();
        for argument in &field.arguments {
            self.find_slots(&field.name.node, &argument.node, &[], &mut Vec::new(), &mut slots);
        }
        slots
    }

    fn find_slots(
        &self,
        parent: &str,
        input: &InputValueDefinition,
        above: &[String],
        within: &mut Vec<String>,
        slots: &mut Vec<Slot>,
    ) {
        let of = shape(&input.ty.node);
        let path: Vec<String> = above.iter().cloned().chain([input.name.node.to_string()]).collect();
        match of.name.as_str() {
            "UUID" => slots.push(Slot { noun: noun(parent, &input.name.node), path }),
            // What holds no id; a new scalar must be put on one of the two sides.
            "Boolean" | "Int" | "Float" | "String" | "Date" | "DateTime" | "PhoneNumber" | "EmailAddress" => {}
            name if self.is_leaf(name) && matches!(self.kind(name), TypeKind::Enum(_)) => {}
            name => {
                // `and`, `or` and `not` lead back to the same type.
                if within.iter().any(|outer| outer == name) {
                    return;
                }
                within.push(name.to_owned());
                for input in self.inputs(name).0 {
                    self.find_slots(name, input, &path, within, slots);
                }
                within.pop();
            }
        }
    }

    /// Arguments of a field: what it requires, and what else lies on the way to `slot`, where `id` goes. `ids` gives the ids that
    /// are required beside it.
    pub fn arguments(
        &self,
        field: &FieldDefinition,
        slot: Option<(&Slot, Value)>,
        ids: &dyn Fn(Noun) -> Value,
    ) -> Value {
        let mut arguments = serde_json::Map::new();
        for argument in &field.arguments {
            let argument = &argument.node;
            let on_the_way = slot
                .as_ref()
                .filter(|(slot, _)| slot.path.first().is_some_and(|name| *name == argument.name.node.as_str()));
            let way = on_the_way.map(|(slot, id)| (&slot.path[1..], id));
            let is_required = shape(&argument.ty.node).is_required && argument.default_value.is_none();
            if way.is_some() || is_required || is_the_usual(&field.name.node, &argument.name.node) {
                arguments.insert(argument.name.node.to_string(), self.value(&field.name.node, argument, way, ids));
            }
        }
        Value::Object(arguments)
    }

    fn value(
        &self,
        parent: &str,
        input: &InputValueDefinition,
        way: Option<(&[String], &Value)>,
        ids: &dyn Fn(Noun) -> Value,
    ) -> Value {
        let of = shape(&input.ty.node);
        let one = match (of.name.as_str(), way) {
            (_, Some(([], id))) => id.clone(),
            ("UUID", _) => ids(noun(parent, &input.name.node)),
            ("Boolean", _) => json!(false),
            ("Int", _) => json!(1),
            ("Float", _) => json!(0.5),
            ("String", _) => text(&input.name.node),
            ("Date", _) => json!("2020-01-31"),
            ("DateTime", _) => json!("2026-01-31T00:00:00Z"),
            ("PhoneNumber", _) => json!(number()),
            ("EmailAddress", _) => json!(format!("guarantee-{}@example.com", next())),
            ("ContactType", _) => json!("TECHNICAL"),
            (name, _) if matches!(self.kind(name), TypeKind::Enum(_)) => json!(enum_value(name)),
            (name, way) => self.object(name, way, ids),
        };
        if of.is_list { json!([one]) } else { one }
    }

    fn object(&self, name: &str, way: Option<(&[String], &Value)>, ids: &dyn Fn(Noun) -> Value) -> Value {
        let (inputs, one_of) = self.inputs(name);
        let mut object = serde_json::Map::new();
        // An update that changes nothing would try nothing.
        let is_label = |input: &&InputValueDefinition| {
            ["name", "label", "title", "clientReference", "sortOrder"].contains(&input.name.node.as_str())
        };
        let changed = inputs
            .iter()
            .copied()
            .find(is_label)
            .filter(|_| ["UpdateInput", "DefineInput", "StartInput"].iter().any(|end| name.ends_with(end)));
        for input in inputs {
            let own = way.filter(|(path, _)| path.first().is_some_and(|first| *first == input.name.node.as_str()));
            let below = own.map(|(path, id)| (&path[1..], id));
            let wanted = match (one_of, way) {
                (true, Some(_)) => below.is_some(),
                (true, None) => object.is_empty(),
                (false, _) => {
                    let is_required = shape(&input.ty.node).is_required && input.default_value.is_none();
                    below.is_some() || is_required || changed.is_some_and(|changed| changed.name == input.name)
                }
            };
            if wanted {
                object.insert(input.name.node.to_string(), self.value(name, input, below, ids));
            }
        }
        Value::Object(object)
    }

    /// `($a: T!, …)` and `(a: $a, …)` for the arguments that a field is given.
    pub fn call(&self, field: &FieldDefinition, arguments: &Value) -> (String, String) {
        let given = arguments.as_object().expect("arguments are an object");
        let of = |name: &String| {
            let argument = field.arguments.iter().find(|argument| argument.node.name.node == name.as_str());
            argument.unwrap_or_else(|| panic!("{} takes no {name}", field.name.node)).node.ty.node.to_string()
        };
        if given.is_empty() {
            return (String::new(), String::new());
        }
        let declared: Vec<_> = given.keys().map(|name| format!("${name}: {}", of(name))).collect();
        let passed: Vec<_> = given.keys().map(|name| format!("{name}: ${name}")).collect();
        (format!("({})", declared.join(", ")), format!("({})", passed.join(", ")))
    }

    /// What to select below a value of this type: everything of an object that is no node, the id and kind of a node, and of a
    /// connection its rows with all that its links know.
    pub fn selection(&self, name: &str) -> String {
        if self.is_leaf(name) {
            return String::new();
        }
        if self.is_node(name) {
            return " { __typename id }".to_owned();
        }
        if matches!(self.kind(name), TypeKind::Interface(_) | TypeKind::Union(_)) {
            return " { __typename ... on Node { id } }".to_owned();
        }
        let mut selection = String::from(" {");
        for field in self.fields(name) {
            // An entry of the log and what it concerns have ids that are no node's to see: they are judged by themselves.
            let alias = match (name, field.name.node.as_str()) {
                ("ContactImport", "id") => "import: ",
                ("ContactMerge", "id") => "merge: ",
                ("Change", "id") => "entry: ",
                ("ChangeSubject", "id") => "subject: ",
                _ => "",
            };
            // Pages of what an import says of its rows, as they come without a word.
            let is_optional = field.arguments.iter().all(|argument| !shape(&argument.node.ty.node).is_required);
            assert!(
                field.arguments.is_empty() || (["ContactImport", "ContactComparison"].contains(&name) && is_optional),
                "{name}.{} takes arguments, and {name} is neither a node nor a root",
                field.name.node
            );
            let below = self.selection(&shape(&field.ty.node).name);
            selection.push_str(&format!(" {alias}{}{below}", field.name.node));
        }
        selection.push_str(" }");
        selection
    }
}

/// Of arguments of which one is wanted, the one that is given unless another is tried.
fn is_the_usual(field: &str, argument: &str) -> bool {
    (field, argument) == ("contactLink", "contactId")
}

/// What an id names, by the argument's name and what it stands in.
fn noun(parent: &str, name: &str) -> Noun {
    match (parent, name) {
        (_, "organizationId" | "organizationIds" | "ownerOrganizationId" | "ownerOrganizationIds")
        | (_, "referringPartnerId" | "referringPartnerIds" | "providerId" | "providerIds" | "partnerIds")
        | ("organization" | "OrganizationFilter", "id" | "ids") => Noun::Organization,
        (_, "relatedStudentId" | "otherContactId" | "duplicateIds") => Noun::OtherContact,
        (_, "survivorId") | ("ContactMergeFieldChoicesInput", _) => Noun::Contact,
        (_, "mergeId") => Noun::Merge,
        (_, "studentId" | "guardianId" | "staffId") => Noun::Contact,
        (_, "facilityId") => Noun::Facility,
        ("StudentRelationshipStartInput", "replaces") => Noun::StudentRelationship,
        ("StudentGuardianStartInput", "replaces") => Noun::StudentGuardian,
        ("StaffAssignmentStartInput", "replaces") => Noun::StaffAssignment,
        (_, "contactId" | "contactIds") | ("contact" | "contactComparison" | "ContactFilter", "id" | "ids") => {
            Noun::Contact
        }
        (_, "phoneId") | ("PhoneOrNewInput", "id") => Noun::Phone,
        (_, "emailId") | ("EmailOrNewInput", "id") => Noun::Email,
        (_, "addressId") | ("AddressOrNewInput", "id") => Noun::Address,
        (parent, "id") if parent.starts_with("contactImport") => Noun::Import,
        ("node" | "history", "id") | ("nodes", "ids") => Noun::Any,
        ("CommunicationRecordInput" | "CommunicationCorrectInput", "id") => Noun::New,
        (_, "referralId" | "referralIds") => Noun::Referral,
        (parent, "id") if parent.starts_with("referral") => Noun::Referral,
        (parent, "id") if parent.starts_with("communication") => Noun::Communication,
        (parent, "id") if ["CreateInput", "DefineInput", "StartInput"].iter().any(|end| parent.ends_with(end)) => {
            Noun::New
        }
        (parent, "id") if parent.starts_with("studentRelationship") => Noun::StudentRelationship,
        (parent, "id") if parent.starts_with("studentGuardian") => Noun::StudentGuardian,
        (parent, "id") if parent.starts_with("staffAssignment") => Noun::StaffAssignment,
        // Everybody's vocabulary is nobody's secret; what else an id names must not show here either.
        (parent, "id") if parent.ends_with("CodeRetire") => Noun::Any,
        // `contactUpdate(id:)`.
        (parent, "id") if parent.starts_with("organization") => Noun::Organization,
        (parent, "id") if parent.starts_with("facility") => Noun::Facility,
        (parent, "id") if parent.starts_with("contact") => Noun::Contact,
        (parent, "id") if parent.starts_with("phone") => Noun::Phone,
        (parent, "id") if parent.starts_with("email") => Noun::Email,
        (parent, "id") if parent.starts_with("address") => Noun::Address,
        _ => panic!("the guarantees do not know what the id {parent}.{name} names: say so in served.rs"),
    }
}

fn next() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Twelve letters by chance.
fn letters() -> String {
    uuid::Uuid::new_v4().as_bytes()[..12].iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

fn number() -> String {
    let next = next();
    format!("+1 312 {:03} {:04}", 200 + next / 10_000 % 800, next % 10_000)
}

fn text(name: &str) -> Value {
    match name {
        "sourceSystem" => json!("guarantee"),
        "externalId" => json!(format!("{}", next())),
        "subdomain" => json!(format!("guarantee-{}", next())),
        "code" => json!(format!("guarantee_{}", next())),
        "search" => json!("guarantee"),
        // Of a message, which says START.
        "text" => json!("START"),
        "messageId" | "clientReference" => json!(format!("guarantee-{}", next())),
        // Like nobody's: people who are named alike would be taken for one.
        "firstName" | "lastName" => json!(letters()),
        "name" | "label" | "title" | "userId" | "street1" | "city" | "reason" => json!(format!("Guarantee {}", next())),
        _ => panic!("the guarantees know no text for the argument {name}: say in served.rs what to pass"),
    }
}

fn enum_value(name: &str) -> &'static str {
    match name {
        "AddressType" => "PHYSICAL",
        "OrganizationKind" => "PROVIDER",
        "CommunicationChannel" => "IN_PERSON",
        "VerificationMark" => "VERIFIED",
        "CommunicationDirection" => "OUTBOUND",
        "Persona" => "STUDENT",
        _ => panic!("the guarantees know no value of the enum {name}: say in served.rs what to pass"),
    }
}
