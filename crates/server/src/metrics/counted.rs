//! What is counted while it happens: operations with their errors and times, and answers by path and status. The labels are few, whatever
//! clients send: names beyond the first hundred are one, `other`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use liaison_graphql::request::Report;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// So many names of operations are told apart. Each is some twenty numbers.
const MOST_NAMES: usize = 100;
/// A longer name is not a name that somebody gave to be read.
const LONGEST_NAME: usize = 64;
/// The name of all further operations.
const OTHER: &str = "other";
/// The name of those that have none.
const ANONYMOUS: &str = "anonymous";
/// The type of what was refused before it was known what it is.
const UNKNOWN: &str = "unknown";

/// Where the buckets of times end, in seconds.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    r#type: &'static str,
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Wrong {
    r#type: &'static str,
    operation: String,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    path: String,
    status: u16,
}

/// The counts. To clone it is to count together.
#[derive(Clone, Debug)]
pub struct Counted {
    requests: Family<Operation, Counter>,
    errors: Family<Wrong, Counter>,
    durations: Family<Operation, Histogram, fn() -> Histogram>,
    responses: Family<Answered, Counter>,
    names: Arc<Mutex<HashSet<String>>>,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            errors: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            responses: Family::default(),
            names: Arc::default(),
        }
    }
}

impl Counted {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "liaison_graphql_requests",
            "GraphQL operations that were answered, by type and name; a subscription counts when it begins",
            self.requests.clone(),
        );
        registry.register(
            "liaison_graphql_errors",
            "GraphQL operations with an error or a refusal of this code; one with several codes counts under each",
            self.errors.clone(),
        );
        registry.register(
            "liaison_graphql_duration_seconds",
            "How long GraphQL operations took",
            self.durations.clone(),
        );
        registry.register(
            "liaison_http_responses",
            "Answers by path and status; 499 is a client that went away before its answer",
            self.responses.clone(),
        );
    }

    /// An operation was answered.
    pub fn operation(&self, report: &Report, took: Duration) {
        let operation = Operation { r#type: report.kind.unwrap_or(UNKNOWN), operation: self.name(report) };
        self.requests.get_or_create(&operation).inc();
        self.durations.get_or_create(&operation).observe(took.as_secs_f64());
        for code in &report.codes {
            let Operation { r#type, operation } = operation.clone();
            self.errors.get_or_create(&Wrong { r#type, operation, code: code.clone() }).inc();
        }
    }

    /// A request was answered at this path, as the router knows it.
    pub fn response(&self, path: Option<&str>, status: u16) {
        self.responses.get_or_create(&Answered { path: path.unwrap_or(OTHER).to_owned(), status }).inc();
    }

    /// The name as it is counted. What was refused unread might have taken all places with names that nobody uses.
    fn name(&self, report: &Report) -> String {
        let (Some(name), Some(_)) = (&report.name, report.kind) else { return ANONYMOUS.to_owned() };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.contains(name) {
            return name.clone();
        }
        if names.len() >= MOST_NAMES || name.len() > LONGEST_NAME {
            return OTHER.to_owned();
        }
        names.insert(name.clone());
        name.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prometheus_client::encoding::text::encode;

    use super::*;

    fn text(counted: &Counted) -> String {
        let mut registry = Registry::default();
        counted.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).expect("a text");
        text
    }

    fn report(name: &str) -> Report {
        Report { kind: Some("query"), name: Some(name.to_owned()), codes: BTreeSet::new() }
    }

    #[test]
    fn each_operation_is_counted_under_its_name_with_its_errors_and_its_time() {
        let counted = Counted::default();
        counted.operation(&report("Directory"), Duration::from_millis(7));
        let codes = BTreeSet::from(["NOT_FOUND".to_owned(), "CONFLICT".to_owned()]);
        counted.operation(&Report { codes, ..report("Directory") }, Duration::from_secs(2));
        counted.operation(&Report::default(), Duration::ZERO);
        counted.response(Some("/graphql"), 200);
        counted.response(None, 404);
        let text = text(&counted);
        for line in [
            "liaison_graphql_requests_total{type=\"query\",operation=\"Directory\"} 2",
            "liaison_graphql_requests_total{type=\"unknown\",operation=\"anonymous\"} 1",
            "liaison_graphql_errors_total{type=\"query\",operation=\"Directory\",code=\"NOT_FOUND\"} 1",
            "liaison_graphql_errors_total{type=\"query\",operation=\"Directory\",code=\"CONFLICT\"} 1",
            "liaison_graphql_duration_seconds_bucket{le=\"0.01\",type=\"query\",operation=\"Directory\"} 1",
            "liaison_graphql_duration_seconds_count{type=\"query\",operation=\"Directory\"} 2",
            "liaison_http_responses_total{path=\"/graphql\",status=\"200\"} 1",
            "liaison_http_responses_total{path=\"other\",status=\"404\"} 1",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line} is not in:\n{text}");
        }
    }

    #[test]
    fn whatever_clients_call_their_operations_the_numbers_are_few() {
        let counted = Counted::default();
        counted.operation(&report(&"x".repeat(LONGEST_NAME + 1)), Duration::ZERO);
        for number in 0..10 * MOST_NAMES {
            counted.operation(&report(&format!("Operation{number}")), Duration::ZERO);
        }
        // Those that had a name keep it.
        counted.operation(&report("Operation0"), Duration::ZERO);
        let text = text(&counted);
        let requests = |line: &&str| line.starts_with("liaison_graphql_requests_total{");
        assert_eq!(text.lines().filter(requests).count(), MOST_NAMES + 1);
        assert!(text.contains("{type=\"query\",operation=\"Operation0\"} 2\n"), "{text}");
        assert!(text.contains(&format!("operation=\"other\"}} {}\n", 9 * MOST_NAMES + 1)), "{text}");
    }
}
