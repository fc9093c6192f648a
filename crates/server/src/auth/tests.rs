//! Every attack on a token that we know of, and the tokens that must pass.

mod attacks;
mod callers;
mod cast;
mod demo;
mod rotation;
mod setup;
