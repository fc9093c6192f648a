//! The GraphQL face of Liaison: objects, inputs, payloads, loaders, limits and error mapping.
//! It holds no rule, writes no row, decides no permission, and knows nothing of HTTP servers.

pub mod address;
pub mod as_of;
pub mod batch;
pub mod change;
pub mod code;
pub mod command;
pub mod connection;
pub mod contact;
pub mod context;
pub mod document;
pub mod edges;
pub mod email;
pub mod engine;
pub mod enums;
pub mod error;
pub mod facility;
pub mod filter;
pub mod import;
pub mod input;
pub mod list_arguments;
pub mod loaders;
pub mod look_up;
pub mod mutation;
pub mod node;
pub mod organization;
pub mod payload;
pub mod phone;
pub mod query;
pub mod request;
pub mod scalars;
pub mod service;
pub mod subscription;
pub mod traversal;
pub mod viewer;
