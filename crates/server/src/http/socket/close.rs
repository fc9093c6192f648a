//! The ways a socket ends, with the code and the reason that the protocol wants. It may not quote what a client sent.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, close_code};

/// The longest reason that fits into a close frame, in bytes.
const LONGEST_REASON: usize = 123;

/// A close frame of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: Cow<'static, str>,
}

impl Close {
    fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        let mut reason = reason.into();
        if reason.len() > LONGEST_REASON {
            let end = (0..=LONGEST_REASON).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or_default();
            reason = reason[..end].to_owned().into();
        }
        Self { code, reason }
    }

    /// 4400: a message that the protocol does not know.
    pub(super) fn malformed(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(4400, reason)
    }

    /// 4401: an operation before the socket was acknowledged.
    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized: send connection_init and wait for connection_ack first")
    }

    /// 4403: no token, or not a good one.
    pub(super) fn forbidden(reason: &str) -> Self {
        Self::new(4403, format!("Forbidden: {reason}"))
    }

    /// 4408.
    pub(super) fn initialisation_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// 4409: clients match this text.
    pub(super) fn subscriber_exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// 4429.
    pub(super) fn too_many_initialisations() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// 4500: our bug.
    pub(super) fn internal() -> Self {
        Self::new(4500, "Internal server error")
    }

    /// 1001: clients come back after it.
    pub(super) fn going_away() -> Self {
        Self::new(close_code::AWAY, "The server stops: connect again")
    }

    /// 1013: clients come back after it.
    pub(super) fn try_again() -> Self {
        Self::new(close_code::AGAIN, "Tokens cannot be checked just now: connect again in a moment")
    }

    /// 1009, as RFC 6455 has it.
    pub(super) fn too_large(most: usize) -> Self {
        Self::new(close_code::SIZE, format!("A message may have {most} bytes at most"))
    }

    /// 1007, as RFC 6455 has it.
    pub(super) fn not_utf_8() -> Self {
        Self::new(close_code::INVALID, "A text message must be UTF-8")
    }

    /// 1002, as RFC 6455 has it.
    pub(super) fn broken_frame() -> Self {
        Self::new(close_code::PROTOCOL, "The frames are not those of a WebSocket")
    }

    pub(super) fn frame(&self) -> CloseFrame {
        CloseFrame { code: self.code, reason: self.reason.as_ref().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_its_frame_and_stays_a_text() {
        let close = Close::malformed("é".repeat(100));
        assert_eq!(close.reason, "é".repeat(61));
        assert_eq!(Close::malformed("x".repeat(123)).reason.len(), 123);
    }
}
