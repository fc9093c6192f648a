//! The server of Liaison: HTTP, tokens, configuration and the life of the process, as a library under a thin binary.
//! It holds no rule and no SQL.

pub mod auth;
pub mod cluster;
pub mod command;
pub mod config;
pub mod courier;
pub mod demo;
pub mod export;
pub mod graphiql;
pub mod health;
pub mod hooks;
pub mod http;
pub mod import;
pub mod metrics;
pub mod router;
pub mod service;
pub mod serving;
pub mod storage;
pub mod telemetry;
