//! The tests of Liaison, from outside: `cases` are the seed's four use cases, `stories` its user stories, `guarantees` the promises of
//! the README. They write rows through the API only; where a guarantee looks behind it, it says why.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

mod support;

mod cases;
mod guarantees;
mod stories;
