//! Placeholder
pub mod graphiql;
