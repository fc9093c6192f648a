//! The demo data on a real PostgreSQL: what the four use cases promise, that seeding again changes nothing, that the log proves
//! the projections, and that concurrent commands leave a log that does.
//! It asks SQL as the owner of the tables, who sees everything; what a viewer sees is asked through a reader.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod concurrency;
mod directory;
mod seeding;
mod sharing;
mod sight;
mod use_cases;
