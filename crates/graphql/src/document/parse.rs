//! From a scanned text to a parsed document, with errors that name the place and not the text. It may not be given a
//! text that `scan` has not passed.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::parser::{Error, parse_query};

use super::refusal::{Code, Fault, Refusal};

/// Parses a document.
pub(crate) fn parse(text: &str) -> Result<ExecutableDocument, Refusal> {
    parse_query(text).map_err(|error| {
        let message = match &error {
            Error::Syntax { .. } if text.trim().is_empty() => {
                "The document is empty: send a query or a mutation.".into()
            }
            Error::Syntax { message, .. } => format!("Syntax error: {}", reason(message)),
            Error::MissingOperation => {
                "The document has no operation: it needs a query, mutation or subscription.".into()
            }
            Error::MultipleOperations { .. } => "A document with several operations must name each of them.".into(),
            Error::OperationDuplicated { operation, .. } => {
                format!("Two operations are named \"{operation}\": each needs a name of its own.")
            }
            Error::FragmentDuplicated { fragment, .. } => {
                format!("Two fragments are named \"{fragment}\": each needs a name of its own.")
            }
            other => format!("Syntax error: {other}"),
        };
        Fault::at(Code::GraphqlParseFailed, message, error.positions().collect()).into()
    })
}

/// The parser's message echoes the line of the text that it stopped at, which may be 64 KiB long: keep what it expected.
fn reason(message: &str) -> &str {
    message.rsplit_once("= ").map_or(message, |(_, reason)| reason).trim()
}
