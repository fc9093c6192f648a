//! The rules of Liaison: who may see and do what, the commands, the event log and the projections that are derived from it.
//! This crate knows nothing of GraphQL, HTTP, tokens, environment variables or the ambient clock.

pub mod viewer;
