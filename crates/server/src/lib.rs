//! Placeholder
pub mod cluster;
