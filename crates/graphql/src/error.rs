//! The error catalogue: every error that a client can get has a code out of it, and nothing internal beside it.
//! What was our fault is logged here with its cause; the client gets the code.

use async_graphql::{Error, ErrorExtensions};
use liaison_domain::failure::{Failure, Fault, RefusalCode};
use liaison_domain::reading::ListError;

/// The codes of top-level errors, beside those of `document` (limits, syntax, validation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No token, or none that is valid.
    Unauthenticated,
    /// An argument is not acceptable; the message says what would be.
    BadUserInput,
    /// You see it and may not do this with it; the message says which role is needed.
    Forbidden,
    /// Too often in a short time; the message says how often is allowed and how long to wait.
    RateLimited,
    /// The database is away or gives no connection; try again.
    Unavailable,
    /// It took too long; ask for less.
    Timeout,
    /// Concurrent work got in the way more often than we retry; try again.
    Conflict,
    /// Our bug; tell us the request id.
    Internal,
}

impl Code {
    /// The code as clients read it in `extensions.code`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::Conflict => "CONFLICT",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error with its code.
pub fn error(code: Code, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code.name()))
}

/// An argument that is not acceptable.
pub fn bad_input(message: impl Into<String>) -> Error {
    error(Code::BadUserInput, message)
}

/// A fault as clients see it. The cause goes to the log, with the request's span around it.
pub fn of_fault(fault: &Fault) -> Error {
    match fault {
        Fault::Unavailable(_) => {
            tracing::error!(%fault, "a request failed");
            error(Code::Unavailable, "the service cannot reach its database just now; try again in a moment")
        }
        Fault::TimedOut(_) => {
            tracing::warn!(%fault, "a request failed");
            error(Code::Timeout, "the request took too long; ask for less at once, or narrow the filter")
        }
        Fault::Contended(_) => {
            tracing::warn!(%fault, "a request failed");
            error(Code::Conflict, "other changes to the same things got in the way several times; try again")
        }
        Fault::Internal(_) => {
            tracing::error!(%fault, "a request failed");
            error(Code::Internal, "something went wrong on our side; tell us the request id")
        }
    }
}

/// A question that was refused, or failed. Mutations have `userErrors` for the former.
pub fn of_failure(failure: Failure) -> Error {
    let refusals = match failure {
        Failure::Fault(fault) => return of_fault(&fault),
        Failure::Refused(refusals) => refusals,
    };
    let code = match refusals.first().map(|refusal| refusal.code) {
        Some(RefusalCode::RateLimited) => Code::RateLimited,
        Some(RefusalCode::Forbidden | RefusalCode::NotFound) => Code::Forbidden,
        _ => Code::BadUserInput,
    };
    let messages: Vec<String> = refusals.into_iter().map(|refusal| refusal.message).collect();
    error(code, messages.join("; "))
}

/// A list that cannot be read.
pub fn of_list(failed: &ListError) -> Error {
    match failed {
        ListError::Cursor(bad) => bad_input(bad.to_string()),
        ListError::Refused(refusal) => bad_input(refusal.message.clone()),
        ListError::Fault(fault) => of_fault(fault),
    }
}
