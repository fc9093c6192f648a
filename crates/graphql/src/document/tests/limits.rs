//! Each limit, what passes under it and what the refusal says.

use async_graphql::parser::types::OperationType;
use serde_json::json;

use super::super::{Code, Limits};
use super::{ask, ask_with, gate, gate_with, refused};
use crate::request::Ask;

/// The query of graphql-js's `getIntrospectionQuery`, which GraphiQL sends.
const GRAPHIQL: &str = "
query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind }
  subscriptionType { name kind } types { ...FullType }
  directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
    type { ...TypeRef } isDeprecated deprecationReason }
  inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

fn cost_of(query: &str) -> u64 {
    gate().plan(&ask(query)).unwrap_or_else(|refusal| panic!("{query}: {refusal}")).cost
}

#[test]
fn graphiql_introspection_passes_with_default_limits() {
    let plan = gate().plan(&ask(GRAPHIQL)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(plan.introspects);
    assert_eq!(plan.depth, 1, "introspection does not count against depth");
    assert!(plan.cost < 20_000, "{}", plan.cost);
}

#[test]
fn introspection_that_walks_in_circles_is_refused() {
    let circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    refused(gate().plan(&ask(circle)), Code::DepthLimitExceeded);
    let through_fragment = "{ __type(name: \"Query\") { ...F } } fragment F on __Type { fields { type { interfaces { fields { name } } } } }";
    refused(gate().plan(&ask(through_fragment)), Code::DepthLimitExceeded);
    let fields = "{ fields { args { type { kind ofType { kind } } } } }";
    let many: String =
        (0..40).map(|index| format!("a{index}: __schema {{ types {fields} b: types {fields} }} ")).collect();
    refused(gate().plan(&ask(&format!("{{ {many} }}"))), Code::ComplexityLimitExceeded);
}

#[test]
fn introspection_is_seen_through_fragments_and_typename_is_none() {
    let gate = gate();
    assert!(
        gate.plan(&ask("query { ...F } fragment F on Query { __type(name: \"A\") { name } }"))
            .expect("sound")
            .introspects
    );
    assert!(!gate.plan(&ask("{ __typename organization { __typename } }")).expect("sound").introspects);
}

#[test]
fn a_connection_counts_its_items_as_often_as_first_says() {
    assert_eq!(cost_of("{ organization { id name } }"), 1);
    assert_eq!(cost_of("{ organization { contacts(first: 3) { nodes { id } } } }"), 2 + 3);
    assert_eq!(cost_of("{ organization { contacts { nodes { id } } } }"), 2 + 50);
    assert_eq!(
        cost_of("{ organization { contacts(first: 3) { edges { node { id } } pageInfo { hasNextPage } } } }"),
        2 + 6 + 1
    );
    assert_eq!(cost_of("{ organization { contacts(first: 2, last: 9) { nodes { id } } } }"), 2 + 9);
    assert_eq!(cost_of("{ organization { contacts(first: 9000) { nodes { id } } } }"), 2 + 200);
    assert_eq!(cost_of("{ organization { contacts { totalCount } } }"), 2 + 10);
    let hops = "{ organization { contacts(first: 50) { nodes { phones(first: 10) { nodes { contacts(first: 10) { nodes { id } } } } } } } }";
    assert_eq!(cost_of(hops), 2 + 50 * (2 + 10 * (2 + 10)));
}

#[test]
fn four_hops_pass_at_the_default_page_and_larger_ones_are_told_how_to_pass() {
    let four = "{ organization { contacts { nodes { phones { nodes { contacts { nodes { id } } } } } } } }";
    assert_eq!(cost_of(four), 130_102);
    let five = "query Q($first: Int!) { organization { contacts(first: $first) { nodes { phones(first: $first) { nodes { contacts(first: $first) { nodes { phones(first: $first) { nodes { id } } } } } } } } } }";
    let gate = gate();
    let refusal = refused(gate.plan(&ask_with(five, json!({"first": 50}))), Code::ComplexityLimitExceeded);
    let measure = refusal.faults[0].measure.expect("the numbers");
    assert_eq!(measure.limit, 200_000);
    assert!(refusal.to_string().contains("first:"), "{refusal}");
    assert!(gate.plan(&ask_with(five, json!({"first": 15}))).is_ok(), "the same document with smaller pages passes");
}

#[test]
fn ids_count_by_their_number() {
    assert_eq!(cost_of("{ nodes(ids: [\"a\", \"b\", \"c\"]) { id } }"), 3);
    assert_eq!(cost_of("{ nodes(ids: []) { id } }"), 0);
    let by_variable = "query Q($ids: [UUID!]!) { nodes(ids: $ids) { id } }";
    let ids: Vec<String> = (0..70).map(|index| index.to_string()).collect();
    assert_eq!(gate().plan(&ask_with(by_variable, json!({"ids": ids}))).expect("sound").cost, 70);
    let by_default = "query Q($first: Int = 4) { organization { contacts(first: $first) { nodes { id } } } }";
    assert_eq!(cost_of(by_default), 2 + 4);
}

#[test]
fn of_fragments_on_an_interface_only_the_dearest_type_counts() {
    let both = "{ node(id: \"a\") { ... on Contact { phones(first: 7) { nodes { id } } } ... on Organization { contacts(first: 5) { nodes { id } } } id } }";
    assert_eq!(cost_of(both), 1 + 8);
    let union = "{ node(id: \"a\") { ... on Contact { owner { ... on Organization { contacts(first: 5) { nodes { id } } } ... on Node { id } } } } }";
    assert_eq!(cost_of(union), 1 + 1 + 6);
}

#[test]
fn depth_aliases_roots_and_directives_are_bounded() {
    let deep = "{ organization { contacts { edges { node { phones(first: 1) { nodes { contacts(first: 1) { edges { node { phones(first: 1) { nodes { contacts(first: 1) { nodes { owner { ... on Contact { owner { __typename } } } } } } } } } } } } } } } } }";
    let refusal = refused(gate().plan(&ask(deep)), Code::DepthLimitExceeded);
    assert_eq!(refusal.faults[0].measure.map(|measure| measure.measured), Some(16));

    let aliases = |count: usize| -> String { (0..count).map(|index| format!("a{index}: id ")).collect() };
    assert!(gate().plan(&ask(&format!("{{ organization {{ {} }} }}", aliases(100)))).is_ok());
    refused(gate().plan(&ask(&format!("{{ organization {{ {} }} }}", aliases(101)))), Code::AliasLimitExceeded);
    let spread = format!(
        "{{ organization {{ ...F ... on Organization {{ ...F }} }} }} fragment F on Organization {{ {} }}",
        aliases(60)
    );
    refused(gate().plan(&ask(&spread)), Code::AliasLimitExceeded);

    let roots = format!("{{ {} }}", "organization { id } ".repeat(51));
    refused(gate().plan(&ask(&roots)), Code::RootFieldLimitExceeded);
    let roots = format!("{{ ...F ...F }} fragment F on Query {{ {} }}", "organization { id } ".repeat(26));
    refused(gate().plan(&ask(&roots)), Code::RootFieldLimitExceeded);

    let directives = format!("{{ organization {} {{ id }} }}", "@include(if: true) ".repeat(9));
    refused(gate().plan(&ask(&directives)), Code::DirectiveLimitExceeded);
}

#[test]
fn operations_are_chosen_as_the_specification_says() {
    let gate = gate();
    let two = "query A { organization { id } } mutation B { contactCreate(name: \"x\") { id } }";
    refused(gate.plan(&ask(two)), Code::OperationResolutionFailure);
    let named = |query: &str, name: &str| gate.plan(&Ask { operation_name: Some(name.into()), ..ask(query) });
    let refusal = refused(named(two, "C"), Code::OperationResolutionFailure);
    assert_eq!(refusal.faults[0].message, "operationName must be one of A, B.");
    refused(named("{ organization { id } }", "A"), Code::OperationResolutionFailure);
    let plan = named(two, "B").expect("sound");
    assert_eq!((plan.kind, plan.operation_name()), (OperationType::Mutation, Some("B")));
    assert_eq!(gate.plan(&ask("query A { organization { id } }")).expect("sound").operation_name(), Some("A"));
}

#[test]
fn parse_errors_have_a_place_and_do_not_repeat_the_text() {
    let secret = "{ organization(id: \"555-1234\") { id } ! }";
    let refusal = refused(gate().plan(&ask(secret)), Code::GraphqlParseFailed);
    assert_eq!(refusal.faults[0].locations.first().map(|pos| (pos.line, pos.column)), Some((1, 39)));
    assert!(!refusal.to_string().contains("555"), "{refusal}");
    refused(gate().plan(&ask("")), Code::GraphqlParseFailed);
    refused(gate().plan(&ask("fragment F on Query { __typename }")), Code::GraphqlParseFailed);
    let errors = refusal.to_server_errors();
    let json = serde_json::to_value(&errors[0]).expect("errors serialise");
    assert_eq!(json["extensions"]["code"], "GRAPHQL_PARSE_FAILED");
}

#[test]
fn validation_errors_are_coded_and_bounded() {
    let refusal = refused(gate().plan(&ask("{ organisation { id } }")), Code::GraphqlValidationFailed);
    assert!(refusal.faults[0].message.contains("organisation"), "{refusal}");
    let many = format!("{{ organization {{ {} }} }}", (0..900).map(|index| format!("x{index} ")).collect::<String>());
    assert_eq!(refused(gate().plan(&ask(&many)), Code::GraphqlValidationFailed).faults.len(), 20);
}

#[test]
fn documents_and_refusals_are_kept_within_the_bound() {
    let (_, gate) = gate_with(Limits { cache_bytes: 256 * 1024, ..Limits::default() });
    let first = gate.plan(&ask("{ organization { id } }")).expect("sound");
    let again = gate.plan(&ask("{ organization { id } }")).expect("sound");
    assert!(std::sync::Arc::ptr_eq(&first.prepared, &again.prepared), "parsed once");
    for index in 0..5_000 {
        let _ = gate.plan(&ask(&format!("{{ organization {{ a{index}: id b: name c: name d: name }} }}")));
        let _ = gate.plan(&ask(&format!("{{ nonsense{index} }}")));
    }
    let (documents, bytes) = gate.cached();
    assert!(documents > 20, "{documents}");
    assert!(bytes <= 256 * 1024, "{bytes}");
}
