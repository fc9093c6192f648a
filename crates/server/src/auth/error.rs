//! Why a token, or the set-up that should judge tokens, is refused. No message may repeat a token, a key or a value that came with them.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};

/// A caller who named himself and was not believed. A caller without a token is no error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// More than one `Authorization` header.
    #[error("the request has more than one Authorization header: send one")]
    RepeatedHeader,
    /// Not `Bearer <token>`.
    #[error("the Authorization header is not of the form 'Bearer <token>'")]
    NotBearer,
    /// Longer than is read.
    #[error("the token is longer than {limit} bytes")]
    TooLong {
        /// The cap, in bytes.
        limit: usize,
    },
    /// No JSON Web Token at all.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// `alg` is `none`, whatever its case.
    #[error("the token is not signed (alg none): unsigned tokens are never taken")]
    Unsigned,
    /// `alg` is not configured.
    #[error("the token's algorithm is not accepted here: use {accepted}")]
    AlgorithmNotAccepted {
        /// The configured names.
        accepted: String,
    },
    /// `alg` is configured, but not for this key.
    #[error("the token's algorithm is not the one of its key")]
    AlgorithmOfAnotherKey,
    /// `crit` is there.
    #[error("the token's header has critical extensions (crit): none is supported")]
    CriticalExtension,
    /// `typ` names something else.
    #[error("the token is of a foreign type (typ): use JWT or at+jwt")]
    ForeignType,
    /// No key of that name.
    #[error("the token is signed with a key that is not known here (kid)")]
    UnknownKey,
    /// No `kid`, and more or fewer than one key that could have signed.
    #[error("the token does not say which key signed it (kid)")]
    KeyNotNamed,
    /// Tampered with, or signed by someone else.
    #[error("the token's signature is wrong")]
    WrongSignature,
    /// A claim that must be there is not.
    #[error("the token lacks the claim '{claim}'")]
    ClaimMissing {
        /// Its configured name.
        claim: String,
    },
    /// A claim is not what it must be.
    #[error("the token's claim '{claim}' must be {expected}")]
    ClaimMalformed {
        /// Its configured name.
        claim: String,
        /// What would be right.
        expected: &'static str,
    },
    /// `exp` has passed.
    #[error("the token has expired at {}", moment(.at))]
    Expired {
        /// The claim `exp`.
        at: DateTime<Utc>,
    },
    /// `nbf` is to come.
    #[error("the token is not valid before {}", moment(.at))]
    NotYetValid {
        /// The claim `nbf`.
        at: DateTime<Utc>,
    },
    /// `iat` is to come.
    #[error("the token says that it was issued in the future, at {}", moment(.at))]
    IssuedInFuture {
        /// The claim `iat`.
        at: DateTime<Utc>,
    },
    /// `iss` is someone else.
    #[error("the token comes from another issuer (iss)")]
    ForeignIssuer,
    /// `aud` does not name this server.
    #[error("the token is meant for another audience (aud)")]
    ForeignAudience,
    /// Not one role that is known here.
    #[error(
        "the token has no role that is known here: it needs super_admin, provider_admin, partner_admin, clinician or viewer in '{claim}'"
    )]
    NoKnownRole {
        /// The configured name of the claim.
        claim: String,
    },
    /// The key set cannot be had, and what was known of it is too old.
    #[error("the keys that sign tokens cannot be read at the moment: try again later")]
    KeysUnavailable,
}

fn moment(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl AuthError {
    /// The code in the error catalogue: `UNAUTHENTICATED`, or `UNAVAILABLE` where the token may well be good.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeysUnavailable => "UNAVAILABLE",
            _ => "UNAUTHENTICATED",
        }
    }

    /// The value of `WWW-Authenticate` (RFC 6750), unless the fault is not the token's.
    pub fn www_authenticate(&self) -> Option<String> {
        let error = match self {
            Self::KeysUnavailable => return None,
            Self::RepeatedHeader | Self::NotBearer => "invalid_request",
            _ => "invalid_token",
        };
        // A configured claim name may hold anything; the grammar of `error_description` does not.
        let description: String = self
            .to_string()
            .chars()
            .map(|letter| if matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\') { letter } else { '?' })
            .collect();
        Some(format!("Bearer error=\"{error}\", error_description=\"{description}\""))
    }
}

/// Why tokens cannot be judged with these settings. The server does not start with one.
#[derive(Debug, thiserror::Error)]
pub enum AuthSetupError {
    /// No key at all.
    #[error(
        "no key to check tokens with: set auth-hs256-secret, auth-public-key-file, auth-jwks-file or auth-jwks-url"
    )]
    NoKey,
    /// No issuer or audience.
    #[error("{setting} is not set: say whose tokens, and meant for whom, are accepted (auth-issuer, auth-audience)")]
    SettingMissing {
        /// Its name.
        setting: &'static str,
    },
    /// Two settings that exclude each other.
    #[error("{first} and {second} are both set: choose one")]
    SettingsExclude {
        /// The one.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A secret that can be guessed.
    #[error(
        "the HS256 secret is {length} bytes long: it needs at least {least} random bytes, for example from `openssl rand -base64 48`"
    )]
    SecretTooShort {
        /// Its length.
        length: usize,
        /// What it needs.
        least: usize,
    },
    /// Something about a key.
    #[error("{origin}: {problem}")]
    Key {
        /// File or address.
        origin: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A key for an algorithm that the configuration does not list.
    #[error(
        "{origin} holds a key for {algorithm}, and auth-algorithms accepts {accepted}: add it there or remove the key"
    )]
    AlgorithmNotAccepted {
        /// File or setting.
        origin: String,
        /// What the key is for.
        algorithm: &'static str,
        /// What is configured.
        accepted: String,
    },
    /// An algorithm is listed, but no source can give a key for it.
    #[error("auth-algorithms lists {algorithm}, but no key for it is configured: {remedy}")]
    AlgorithmWithoutKey {
        /// The listed name.
        algorithm: &'static str,
        /// Which setting would give one.
        remedy: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The demo key, and a server that others can reach.
    #[error(
        "{listen} can be reached from other machines, and the demo key is for this one: listen on 127.0.0.1 or [::1], or configure tokens (auth-…)"
    )]
    DemoBeyondLoopback {
        /// Where the server would listen.
        listen: std::net::SocketAddr,
    },
}
