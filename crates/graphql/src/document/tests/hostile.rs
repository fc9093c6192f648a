//! Documents made to hurt: each is refused without a panic. That it is refused soon needs no clock: what is meant by slow would
//! take days, and the test with it.

use proptest::prelude::*;

use super::super::{Code, Gate};
use super::{ask, gate, refused};

#[track_caller]
fn is_refused(gate: &Gate, text: &str, code: Code) {
    refused(gate.plan(&ask(text)), code);
}

#[test]
fn deep_brackets_do_not_reach_the_parser() {
    let gate = gate();
    let list = format!("{{__type(name:{}{}){{name}}}}", "[".repeat(2_000), "]".repeat(2_000));
    is_refused(&gate, &list, Code::DepthLimitExceeded);
    is_refused(&gate, &"{a".repeat(20_000), Code::DepthLimitExceeded);
    is_refused(&gate, &"[".repeat(60_000), Code::DepthLimitExceeded);
    let ty = format!("query($a: {}Int{}) {{ __typename }}", "[".repeat(2_000), "]".repeat(2_000));
    is_refused(&gate, &ty, Code::DepthLimitExceeded);
    let objects = format!("{{ echo(filter: {}1{}) }}", "{a:".repeat(3_000), "}".repeat(3_000));
    is_refused(&gate, &objects, Code::DepthLimitExceeded);
    // Hidden from a scanner that takes the string for a block string which never ends.
    let hidden = format!("{{ a(b: \"\"\"abc\" c: {}", "[".repeat(20_000));
    is_refused(&gate, &hidden, Code::GraphqlParseFailed);
}

#[test]
fn the_deepest_brackets_that_pass_the_scan_do_not_overflow_the_stack() {
    let gate = gate();
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let value = format!("{{ echo(filter: {}1{}) }}", open.repeat(62), close.repeat(62));
        is_refused(&gate, &value, Code::GraphqlValidationFailed);
    }
    let fields = format!("{}{}", "{a".repeat(64), "}".repeat(64));
    is_refused(&gate, &fields, Code::DepthLimitExceeded);
    let inline = format!("{{ {} __typename {} }}", "... {".repeat(60), "}".repeat(60));
    is_refused(&gate, &inline, Code::DepthLimitExceeded);
    let ty = format!("query($a: {}Int{}) {{ __typename }}", "[".repeat(64), "]".repeat(64));
    assert!(gate.plan(&ask(&ty)).is_err());
}

#[test]
fn a_fragment_bomb_of_forty_levels_is_refused_by_its_expanded_size() {
    let gate = gate();
    let bomb = |levels: usize, inner: &str| -> String {
        let mut text = String::from("{ organization { ...F0 } }");
        for level in 0..levels {
            let next = level + 1;
            text.push_str(&format!(" fragment F{level} on Organization {{ ...F{next} {inner} ...F{next} }}"));
        }
        text.push_str(&format!(" fragment F{levels} on Organization {{ id }}"));
        text
    };
    is_refused(&gate, &bomb(40, ""), Code::ComplexityLimitExceeded);
    is_refused(&gate, &bomb(400, ""), Code::ComplexityLimitExceeded);
    is_refused(&gate, &bomb(13, ""), Code::ComplexityLimitExceeded);
    assert!(gate.plan(&ask(&bomb(8, ""))).is_ok(), "a small one is no bomb");
    // Never spread: validation walks it all the same.
    let unused = bomb(40, "").replace("{ organization { ...F0 } }", "{ organization { id } }");
    is_refused(&gate, &unused, Code::ComplexityLimitExceeded);
}

#[test]
fn cycles_are_named_and_long_chains_do_not_recurse() {
    let gate = gate();
    let own = "{ organization { ...A } } fragment A on Organization { id ...A }";
    is_refused(&gate, own, Code::FragmentCycle);
    let three = "{ organization { ...A } } fragment A on Organization { ...B } fragment B on Organization { ... { ...C } } \
                 fragment C on Organization { contacts { nodes { owner { ...A } } } }";
    let refusal = refused(gate.plan(&ask(three)), Code::FragmentCycle);
    assert_eq!(refusal.faults[0].message, "Fragment \"A\" spreads itself: A → B → C → A.");
    let unused = "{ organization { id } } fragment A on Organization { ...B } fragment B on Organization { ...A }";
    is_refused(&gate, unused, Code::FragmentCycle);
    let chain: String = (0..600).map(|at| format!("fragment F{at} on Organization {{ ...F{} }} ", at + 1)).collect();
    let chain = format!("{{ organization {{ ...F0 }} }} {chain} fragment F600 on Organization {{ id }}");
    is_refused(&gate, &chain, Code::DepthLimitExceeded);
    let ring = chain.replace("fragment F600 on Organization { id }", "fragment F600 on Organization { ...F0 }");
    is_refused(&gate, &ring, Code::FragmentCycle);
}

#[test]
fn crowds_are_refused() {
    let gate = gate();
    let aliases: String = (0..3_000).map(|at| format!("a{at}:__typename ")).collect();
    is_refused(&gate, &format!("{{ {aliases} }}"), Code::TokenLimitExceeded);
    let aliases: String = (0..1_600).map(|at| format!("a{at}:__typename ")).collect();
    is_refused(&gate, &format!("{{ {aliases} }}"), Code::AliasLimitExceeded);
    is_refused(&gate, &format!("{{ {} }}", "__typename ".repeat(4_900)), Code::RootFieldLimitExceeded);
    is_refused(&gate, &format!("{{ organization {} {{ id }} }}", "@a".repeat(2_400)), Code::DirectiveLimitExceeded);
    let same = format!("{{ organization {{ {} }} }}", "contacts(first: 1) { nodes { id } } ".repeat(450));
    let _ = gate.plan(&ask(&same));
    let ids = format!("{{ nodes(ids: [{}]) {{ id contacts: id }} }}", "\"x\" ".repeat(4_900));
    assert!(gate.plan(&ask(&ids)).is_ok());
}

#[test]
fn odd_text_is_read_as_the_specification_says() {
    let gate = gate();
    assert!(gate.plan(&ask("\u{feff}{ organization { id } }")).is_ok(), "a byte order mark is ignored");
    assert!(gate.plan(&ask("{ echo(text: \"Ünïcödé 🦀 \\u00e9\") }")).is_ok());
    assert!(gate.plan(&ask("{ echo(text: \"\"\"block \\\"\"\" [[[[ \"\"\") } # ⟦")).is_ok());
    for text in [
        "\0",
        "{ organization { id } }\0",
        "{ échο }",
        "{ echo(text: \"\\ud800\") }",
        "{ echo(text: \"\\u{1F980}\") }",
        "\u{2028}",
        "{}",
        "{ a(b: 1e99999) }",
    ] {
        refused(gate.plan(&ask(text)), Code::GraphqlParseFailed);
    }
}

/// Pieces of documents, so that random texts get past the first token.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "!",
        "$",
        "@",
        "...",
        "=",
        "|",
        "&",
        "query",
        "mutation",
        "subscription",
        "fragment",
        "on",
        "F",
        "G",
        "Organization",
        "Query",
        "organization",
        "contacts",
        "nodes",
        "id",
        "first",
        "$a",
        "1",
        "-1.5e3",
        "true",
        "null",
        "\"s\"",
        "\"\"\"b\"\"\"",
        "\"",
        "\"\"\"",
        "\\",
        "#c\n",
        "\n",
        " ",
        "__schema",
        "__typename",
        "@include(if: true)",
        "{ organization { ...F } }",
        "fragment F on Organization { id }",
        "\u{feff}",
        "é",
        "\0",
        "{ id }",
    ]);
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_plan_or_a_refusal(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let gate = shared();
        let text = String::from_utf8_lossy(&bytes);
        if let Err(refusal) = gate.plan(&ask(&text)) {
            prop_assert!(!refusal.faults.is_empty());
        }
        let _ = super::super::scan(&bytes, gate.limits());
    }

    #[test]
    fn any_pieces_give_a_plan_or_a_refusal(text in pieces()) {
        if let Err(refusal) = shared().plan(&ask(&text)) {
            prop_assert!(!refusal.faults.is_empty());
        }
    }
}

fn shared() -> &'static Gate {
    static GATE: std::sync::LazyLock<Gate> = std::sync::LazyLock::new(gate);
    &GATE
}
