//! Placeholder
pub mod cluster;
//! The server: from the command line to the answer. It may hold no SQL and no rule of the domain.

pub mod auth;
pub mod config;
pub mod graphiql;
