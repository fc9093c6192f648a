//! Settings that bound what one request, and all of them together, may cost. They may not be switched off, only moved.

use std::time::Duration;

use clap::{Args, value_parser};

/// How much one request may ask.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// How deep a query may nest.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_DEPTH", default_value = "15", value_parser = value_parser!(u32).range(1..))]
    pub max_depth: u32,

    /// How costly a query may be: one for each object that it may return, with the `first` of a connection multiplying what stands in it.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_COMPLEXITY", default_value = "200000", value_parser = value_parser!(u32).range(1..))]
    pub max_complexity: u32,

    /// How many aliases a document may have.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_ALIASES", default_value = "100", value_parser = value_parser!(u32))]
    pub max_aliases: u32,

    /// How many tokens a document may have.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_TOKENS", default_value = "5000", value_parser = value_parser!(u32).range(1..))]
    pub max_tokens: u32,

    /// How many bytes a document may have.
    #[arg(long, value_name = "BYTES", env = "LIAISON_MAX_DOCUMENT_BYTES", default_value = "65536", value_parser = value_parser!(u32).range(1..))]
    pub max_document_bytes: u32,

    /// How many bytes the body of a request may have, its variables among them.
    #[arg(long, value_name = "BYTES", env = "LIAISON_MAX_BODY_BYTES", default_value = "1048576", value_parser = value_parser!(u32).range(1..))]
    pub max_body_bytes: u32,

    /// How long a request may take, in milliseconds.
    #[arg(long, value_name = "MS", env = "LIAISON_REQUEST_TIMEOUT_MS", default_value = "10000", value_parser = value_parser!(u64).range(1..))]
    pub request_timeout_ms: u64,

    /// How many clients may be connected at a time.
    #[arg(long, value_name = "NUMBER", env = "LIAISON_MAX_CONNECTIONS", default_value = "1024", value_parser = value_parser!(u32).range(1..))]
    pub max_connections: u32,
}

impl LimitSettings {
    /// The limits of a document.
    pub fn documents(&self) -> liaison_graphql::document::Limits {
        liaison_graphql::document::Limits {
            document_bytes: self.max_document_bytes as usize,
            tokens: self.max_tokens as usize,
            depth: self.max_depth as usize,
            complexity: u64::from(self.max_complexity),
            aliases: self.max_aliases as usize,
            ..liaison_graphql::document::Limits::default()
        }
    }

    /// How long a request may take.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}
