//! The seed's four use cases and its emergency alert: each "Enabled Query" as one GraphQL request that stands in a file, asked as
//! five viewers and as nobody. `billing_department` is the one to read first.

mod billing_department;
mod emergency_alert;
mod it_consultant;
mod multi_office_provider;
mod var_network;

/// The vision has 18: five of its capabilities (the fifth capability, the lifecycle, has operations and no query: see `stories`), ten of its
/// use cases, and the three of "Support Complex Queries".
#[test]
fn every_question_that_stands_in_a_file_is_asked() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let (questions, tests): (Vec<String>, Vec<String>) = names.partition(|name| name.ends_with(".graphql"));
    assert_eq!(questions.len(), 18);
    let tests: String = tests.iter().map(|name| std::fs::read_to_string(format!("{folder}/{name}")).unwrap()).collect();
    for question in questions {
        assert!(tests.contains(&format!("include_str!(\"{question}\")")), "{question} is asked by no test");
    }
}
