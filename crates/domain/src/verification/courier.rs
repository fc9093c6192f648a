//! How a code travels: whoever can carry it implements `Courier`. Without one it is written to the process log, for installations that
//! are tried out. It decides nothing.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::MethodId;

/// By which way a code goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A text message.
    Sms,
    /// A call.
    Call,
    /// An email.
    Email,
}

impl Via {
    /// The name that other programs know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Email => "email",
        }
    }
}

/// A code on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What it verifies.
    pub method: MethodId,
    /// By which way it goes.
    pub via: Via,
    /// To which number, as E.164, or email address.
    pub to: String,
    /// The code.
    pub code: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// Carries codes. It is called when the request for one is recorded for good, and once for each.
pub trait Courier: Send + Sync {
    /// Carries one; what went wrong is for the operator and names nobody.
    fn send(&self, letter: Letter) -> BoxFuture<'_, Result<(), String>>;
}

/// Writes codes to the process log, by the method's id and without its value.
pub struct LogCourier;

impl Courier for LogCourier {
    fn send(&self, letter: Letter) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            tracing::info!(method = %letter.method, via = letter.via.name(), code = letter.code, "a verification code was to be sent");
            Ok(())
        })
    }
}
