//! The rules of Liaison: who may see and do what, the commands, the event log and the projections that are derived from it.
//! This crate knows nothing of GraphQL, HTTP, tokens, environment variables or the ambient clock.

pub mod access;
pub mod address;
pub mod candidate;
pub mod clock;
pub mod code;
pub mod communication;
pub mod comparison;
pub mod contact;
pub mod duplicate;
pub mod edit;
pub mod email;
pub mod event;
pub mod export;
pub mod facility;
pub mod failure;
pub mod history;
pub mod import;
pub mod link;
pub mod method;
pub mod organization;
pub mod phone;
pub mod position;
pub mod reachability;
pub mod reading;
pub mod referral;
pub mod relationship;
pub mod replay;
pub mod search;
pub mod session;
pub mod sheet;
mod sights;
pub mod staff_assignment;
mod store;
pub mod student_guardian;
pub mod student_relationship;
pub mod text;
pub mod verification;
pub mod viewer;
pub mod vitals;

pub use liaison_entity as entity;
/// The traits that bounds on entities need.
pub mod orm {
    pub use sea_orm::EntityTrait;
}
