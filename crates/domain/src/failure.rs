//! How things fail: a refusal is the rules saying no, a fault is ours or the machine's. What is missing and what may not be seen
//! are both simply absent and never an error here.

use std::fmt;

use crate::candidate::Likely;

/// Why the rules said no. The names are part of the API and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// No such thing, or none that the viewer may see.
    NotFound,
    /// The viewer sees the thing and may not do this to it.
    Forbidden,
    /// A value is not acceptable; the message says what would be.
    Invalid,
    /// The id that the client made is in use.
    IdTaken,
    /// The subdomain is in use.
    SubdomainTaken,
    /// The owner already has an open link to the same value under the same code.
    MethodTaken,
    /// Something else changed the same thing at the same time.
    Conflict,
    /// The thing has another version than the caller expected; the refusal carries the current one.
    VersionConflict,
    /// The idempotency key stands for another request.
    IdempotencyKeyReused,
    /// A request with the same idempotency key is under way.
    IdempotencyKeyInFlight,
    /// Others hold on to the thing; the message says how many.
    InUse,
    /// The login stands for another contact already.
    UserTaken,
    /// Another contact has this id of this system already.
    ExternalIdTaken,
    /// Several contacts answer to what was given; the message says how many.
    Ambiguous,
    /// Too many in a short time; the message says how many are allowed.
    RateLimited,
    /// The person may not be reached this way; the message says why.
    Unreachable,
    /// Another row stands on some of the same days; the message says which days.
    Overlaps,
    /// The contact was merged with another one; the message says with which.
    Merged,
    /// Who is to be made is likely somebody who is there already; the refusal says who.
    LikelyDuplicate,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: [Self; 19] = [
        Self::NotFound,
        Self::Forbidden,
        Self::Invalid,
        Self::IdTaken,
        Self::SubdomainTaken,
        Self::MethodTaken,
        Self::Conflict,
        Self::VersionConflict,
        Self::IdempotencyKeyReused,
        Self::IdempotencyKeyInFlight,
        Self::InUse,
        Self::UserTaken,
        Self::ExternalIdTaken,
        Self::Ambiguous,
        Self::RateLimited,
        Self::Unreachable,
        Self::Overlaps,
        Self::Merged,
        Self::LikelyDuplicate,
    ];

    /// The code that clients read so.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// The code as clients read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Forbidden => "FORBIDDEN",
            Self::Invalid => "INVALID",
            Self::IdTaken => "ID_TAKEN",
            Self::SubdomainTaken => "SUBDOMAIN_TAKEN",
            Self::MethodTaken => "METHOD_TAKEN",
            Self::Conflict => "CONFLICT",
            Self::VersionConflict => "VERSION_CONFLICT",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::IdempotencyKeyInFlight => "IDEMPOTENCY_KEY_IN_FLIGHT",
            Self::InUse => "IN_USE",
            Self::UserTaken => "USER_TAKEN",
            Self::ExternalIdTaken => "EXTERNAL_ID_TAKEN",
            Self::Ambiguous => "AMBIGUOUS",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unreachable => "UNREACHABLE",
            Self::Overlaps => "OVERLAPS",
            Self::Merged => "MERGED",
            Self::LikelyDuplicate => "LIKELY_DUPLICATE",
        }
    }
}

/// One no, and where in the input it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// The path into the command's input, outermost first: `["phones", "0", "number"]`.
    pub field: Vec<String>,
    /// What would be right, in a sentence for a person.
    pub message: String,
    /// The version that the thing has, where another was expected.
    pub current_version: Option<i32>,
    /// Who is there already and likely the same person, likeliest first; nobody with other codes than [`RefusalCode::LikelyDuplicate`].
    pub likely: Vec<Likely>,
}

impl Refusal {
    /// A refusal that concerns one field.
    pub fn new(code: RefusalCode, field: &str, message: impl Into<String>) -> Self {
        let field = if field.is_empty() { Vec::new() } else { vec![field.to_owned()] };
        Self { code, field, message: message.into(), current_version: None, likely: Vec::new() }
    }

    /// The caller has seen another version than the current one.
    pub fn version_conflict(expected: i32, current: i32) -> Self {
        let message =
            format!("this was version {expected} when you read it and is version {current} now; read it again");
        let conflict = Self::new(RefusalCode::VersionConflict, "expectedVersion", message);
        Self { current_version: Some(current), ..conflict }
    }

    /// Who is to be made is there already, as it seems.
    pub fn likely_duplicate(likely: Vec<Likely>) -> Self {
        let who = match likely.len() {
            1 => "somebody like this is here already; use that contact".to_owned(),
            several => format!("{several} contacts like this are here already; use one of them"),
        };
        let message = format!("{who}, or send allowDuplicate: true to make another one");
        Self { likely, ..Self::new(RefusalCode::LikelyDuplicate, "allowDuplicate", message) }
    }

    /// A value that is not acceptable.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(RefusalCode::Invalid, field, message)
    }

    /// The same sentence for what is missing and for what is not the viewer's to see.
    pub fn not_found(field: &str, noun: &str) -> Self {
        Self::new(RefusalCode::NotFound, field, format!("there is no {noun} with this id"))
    }

    /// Something that is seen but not the viewer's to change.
    pub fn forbidden(field: &str, message: impl Into<String>) -> Self {
        Self::new(RefusalCode::Forbidden, field, message)
    }

    /// The same refusal one level deeper in the input.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.field.insert(0, outer.to_owned());
        self
    }
}

/// Something went wrong that no input could have avoided. What it says is for the operator; clients get the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The database cannot be reached, is full, or gives no connection in time.
    Unavailable(String),
    /// A statement ran into the time limit.
    TimedOut(String),
    /// Concurrent work got in the way more often than we retry.
    Contended(String),
    /// Our bug.
    Internal(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the database is unavailable: {why}"),
            Self::TimedOut(why) => write!(f, "the database took too long: {why}"),
            Self::Contended(why) => write!(f, "concurrent work got in the way: {why}"),
            Self::Internal(why) => write!(f, "internal: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// What an error of the driver means to us; the same whether it came through SeaORM or directly.
    fn of_driver(error: &sqlx::Error) -> Self {
        let text = error.to_string();
        match error {
            sqlx::Error::Io(io) if io.to_string() == crate::session::OUR_LIMIT => Self::TimedOut(text),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                Self::Unavailable(text)
            }
            sqlx::Error::Database(database) => Self::of_state(database.code().as_deref().unwrap_or_default(), text),
            _ => Self::Internal(text),
        }
    }

    /// What an error that the database tells with this state means to us.
    pub(crate) fn of_state(state: &str, text: String) -> Self {
        match state {
            "57014" => Self::TimedOut(text),
            "40001" | "40P01" | "55P03" => Self::Contended(text),
            // Shut down, starting up, too many connections, disk full, connection failures, idle for too long.
            state if ["57P", "53", "08"].iter().any(|class| state.starts_with(class)) => Self::Unavailable(text),
            "25P03" | "25P04" => Self::Unavailable(text),
            _ => Self::Internal(text),
        }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::of_driver(&error)
    }
}

impl From<sea_orm::DbErr> for Fault {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        match &error {
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => Self::of_driver(inner),
            other => Self::Internal(other.to_string()),
        }
    }
}

/// The end of a command that did not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The rules said no, for each of these reasons. Nothing was written.
    Refused(Vec<Refusal>),
    /// It broke. Nothing was written.
    Fault(Fault),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl<E: Into<Fault>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}
