//! The real program, as processes: two of them on one PostgreSQL, and what is left when one of them, or PostgreSQL, is killed
//! (quality.md, "Nothing lost"). What may happen after a crash is decided by what was acknowledged, never by how long something took.
#![allow(clippy::unwrap_used)]

mod behind;
mod client;
mod crashes;
mod files;
mod ground;
mod program;
mod races;
