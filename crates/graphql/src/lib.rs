//! The GraphQL face of Liaison: objects, inputs, payloads, loaders, limits and error mapping.
//! It holds no rule, writes no row, decides no permission, and knows nothing of HTTP servers.

pub mod batch;
pub mod document;
pub mod request;
