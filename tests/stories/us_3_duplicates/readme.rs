//! What the README shows of duplicates, pasted in its order: each answers as it says.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use crate::support::{App, Who};

const README: &str = include_str!("../../../README.md");

/// The GraphQL of a section, block by block.
fn blocks(section: &str) -> Vec<&'static str> {
    let (_, text) = README.split_once(&format!("\n## {section}\n")).expect("a section");
    let text = text.split("\n## ").next().unwrap_or_default();
    text.split("```graphql\n").skip(1).filter_map(|block| Some(block.split_once("```")?.0)).collect()
}

#[tokio::test]
async fn whoever_pastes_what_the_readme_shows_merges_two_and_takes_it_back() {
    let app = App::demo().await;
    let mut merge = Value::Null;
    let mut seen = Vec::new();
    for block in blocks("Duplicates") {
        let (_, name) = block.split_once(' ').expect("an operation");
        let name: String = name.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        let answer = app.ask_with(&Who::super_admin(), block, json!({ "merge": merge })).await;
        let data = answer.data().clone();
        match name.as_str() {
            "Pairs" => assert_eq!(data["duplicateCandidates"]["totalCount"], 2, "{data:#}"),
            "SideBySide" => {
                assert!(data["contactComparison"]["pairs"][0]["score"].as_f64().unwrap() >= 0.5, "{data:#}");
                assert_eq!(data["contactComparison"]["obstacles"], json!([]));
            }
            "Rehearse" => assert_eq!(answer.done("contactMerge")["contact"]["name"], "Margaret Zielinsky"),
            "MakeOne" => assert_eq!(answer.done("contactMerge")["contact"]["name"], "Margaret Zielinski"),
            "WhatBecameOne" => {
                assert_eq!(data["contact"]["name"], "Margaret Zielinski", "the old id stands for her");
                merge = data["contact"]["mergedFrom"]["nodes"][0]["id"].clone();
                // Of the pair the survivor is left, and who the two were.
                let pairs = "{ duplicateCandidates(filter: {states: [MERGED]}) { nodes { contactId otherContactId contact { id } otherContact { id } } } }";
                let [one, other] =
                    ["Margaret Zielinski of bayside", "Margret Zielinsky of cedargrove"].map(ids::contact);
                let wanted = json!([{ "contactId": one, "otherContactId": other, "contact": { "id": one }, "otherContact": null }]);
                let told = app.ask(&Who::super_admin(), pairs).await;
                assert_eq!(told.at("/duplicateCandidates/nodes"), &wanted);
            }
            "TakeBack" => {
                let undone = answer.done("contactMergeUndo");
                assert_eq!((&undone["duplicate"]["name"], &undone["left"]), (&json!("Margret Zielinsky"), &json!([])));
            }
            "TwoPersons" => {
                assert_eq!(answer.done("contactDuplicateDismiss")["candidate"]["state"], "DISMISSED");
            }
            "OnceMore" => {
                let told = &data["contactCreate"];
                assert_eq!(told["userErrors"][0]["code"], "LIKELY_DUPLICATE", "{told:#}");
                assert_eq!(told["likelyDuplicates"].as_array().map(Vec::len), Some(2), "{told:#}");
            }
            name => panic!("{name} of the README is not looked at here"),
        }
        seen.push(name);
    }
    let wanted = ["Pairs", "SideBySide", "Rehearse", "MakeOne", "WhatBecameOne", "TakeBack", "TwoPersons", "OnceMore"];
    assert_eq!(seen, wanted);
}
