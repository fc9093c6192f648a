//! What the service allows, told in advance.

use async_graphql::{Context, SimpleObject};
use liaison_domain::contact::{LOOK_UPS_A_DAY, LOOK_UPS_A_MINUTE};

use crate::connection::{LARGEST_PAGE, USUAL_PAGE};
use crate::document::Limits;

/// What this service allows.
#[derive(Clone, SimpleObject)]
pub struct ServiceConfig {
    /// The version of the server.
    version: &'static str,
    /// So many rows a page has unless told.
    default_page_size: u32,
    /// So many rows a page has at most.
    max_page_size: u32,
    /// A document's text may have so many bytes (UTF-8).
    max_document_bytes: u64,
    /// A document may have so many tokens.
    max_tokens: u64,
    /// Fields may be nested so deep.
    max_depth: u64,
    /// A request may cost so much: one for each object that it may return, with a connection's `first` or `last` multiplying what
    /// stands in it. `extensions: {cost: true}` in a request tells what it cost.
    max_complexity: u64,
    /// An operation may have so many aliases.
    max_aliases: u64,
    /// An operation may have so many fields at its root.
    max_root_fields: u64,
    /// So many times an organization may ask `contactFindToLink` in any minute.
    max_look_ups_per_minute: i32,
    /// So many times it may in any 24 hours.
    max_look_ups_per_day: i32,
}

impl ServiceConfig {
    /// The configuration for these limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            default_page_size: USUAL_PAGE,
            max_page_size: LARGEST_PAGE,
            max_document_bytes: limits.document_bytes as u64,
            max_tokens: limits.tokens as u64,
            max_depth: limits.depth as u64,
            max_complexity: limits.complexity,
            max_aliases: limits.aliases as u64,
            max_root_fields: limits.root_fields as u64,
            max_look_ups_per_minute: LOOK_UPS_A_MINUTE,
            max_look_ups_per_day: LOOK_UPS_A_DAY,
        }
    }

    /// The configuration of the schema.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        context.data_unchecked::<Self>().clone()
    }
}
