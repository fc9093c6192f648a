//! Placeholder
pub mod cluster;
//! The server: from the command line to the answer. It may hold no SQL and no rule of the domain.

pub mod auth;
pub mod config;
pub mod graphiql;
//! The server of Liaison: HTTP, tokens, configuration and the life of the process, as a library under a thin binary.
//! It holds no rule and no SQL.

pub mod health;
pub mod http;
pub mod router;
pub mod serving;
pub mod telemetry;
