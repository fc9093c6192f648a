//! Why a document was refused, in a shape that becomes GraphQL errors. It decides nothing.

use std::fmt;

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

/// The most errors that one refusal carries: a hostile document has thousands, a reader wants the first few.
pub(crate) const MOST_FAULTS: usize = 20;

/// The codes that a refused document can carry in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The text has too many bytes.
    DocumentTooLarge,
    /// The text has too many tokens.
    TokenLimitExceeded,
    /// Brackets, selection sets, fields or introspection lists are nested too deep.
    DepthLimitExceeded,
    /// The answer could hold too many objects, or fragments expand to too many selections.
    ComplexityLimitExceeded,
    /// Too many aliases.
    AliasLimitExceeded,
    /// Too many fields at the root of an operation.
    RootFieldLimitExceeded,
    /// Too many directives in one place.
    DirectiveLimitExceeded,
    /// A fragment spreads itself.
    FragmentCycle,
    /// The text is no GraphQL document.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// `operationName` is missing where it is needed, or names no operation of the document.
    OperationResolutionFailure,
    /// A variable is missing or has a value that its type does not admit.
    BadUserInput,
}

impl Code {
    /// The code as it stands in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentTooLarge => "DOCUMENT_TOO_LARGE",
            Self::TokenLimitExceeded => "TOKEN_LIMIT_EXCEEDED",
            Self::DepthLimitExceeded => "DEPTH_LIMIT_EXCEEDED",
            Self::ComplexityLimitExceeded => "COMPLEXITY_LIMIT_EXCEEDED",
            Self::AliasLimitExceeded => "ALIAS_LIMIT_EXCEEDED",
            Self::RootFieldLimitExceeded => "ROOT_FIELD_LIMIT_EXCEEDED",
            Self::DirectiveLimitExceeded => "DIRECTIVE_LIMIT_EXCEEDED",
            Self::FragmentCycle => "FRAGMENT_CYCLE",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::OperationResolutionFailure => "OPERATION_RESOLUTION_FAILURE",
            Self::BadUserInput => "BAD_USER_INPUT",
        }
    }
}

/// What was measured, beside what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The number found.
    pub measured: u64,
    /// The number allowed.
    pub limit: u64,
}

/// One reason for a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its code.
    pub code: Code,
    /// What is wrong and what would be right.
    pub message: String,
    /// Where in the text.
    pub locations: Vec<Pos>,
    /// The numbers, if a limit was passed.
    pub measure: Option<Measure>,
    /// What the schema has instead: for those who may read the schema.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault at a place in the text.
    pub(crate) fn at(code: Code, message: impl Into<String>, locations: Vec<Pos>) -> Self {
        Self { code, message: message.into(), locations, measure: None, hint: None }
    }

    /// A limit that was passed: `what` is counted in `unit`, `remedy` says how to pass.
    pub(crate) fn limit(code: Code, what: &str, measured: u64, limit: u64, unit: &str, remedy: &str) -> Self {
        Self {
            code,
            message: format!("{what} {measured} {unit}; the limit is {limit}. {remedy}"),
            locations: Vec::new(),
            measure: Some(Measure { measured, limit }),
            hint: None,
        }
    }

    /// The fault as async-graphql writes errors.
    pub fn to_server_error(&self) -> ServerError {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.as_str());
        if let Some(measure) = self.measure {
            extensions.set("measured", measure.measured);
            extensions.set("limit", measure.limit);
        }
        let mut error = ServerError::new(self.message.clone(), None);
        error.locations = self.locations.clone();
        error.extensions = Some(extensions);
        error
    }
}

/// A refused document: at least one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The faults, at most twenty.
    pub faults: Vec<Fault>,
}

impl Refusal {
    /// A refusal for these faults; only the first twenty are kept.
    pub(crate) fn of(mut faults: Vec<Fault>) -> Self {
        faults.truncate(MOST_FAULTS);
        Self { faults }
    }

    /// The code of the first fault, which the answer's status may follow.
    pub fn code(&self) -> Code {
        self.faults.first().map_or(Code::GraphqlValidationFailed, |fault| fault.code)
    }

    /// The same with what the schema has instead in the messages. Only for a caller who may read the schema anyway.
    #[must_use]
    pub fn with_hints(mut self) -> Self {
        for fault in &mut self.faults {
            if let Some(hint) = fault.hint.take() {
                fault.message = format!("{} {hint}", fault.message);
            }
        }
        self
    }

    /// The faults as async-graphql writes errors.
    pub fn to_server_errors(&self) -> Vec<ServerError> {
        self.faults.iter().map(Fault::to_server_error).collect()
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault] }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{}: {}", fault.code.as_str(), fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
