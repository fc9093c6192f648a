//! x

pub mod columns;
pub mod file;
