//! The promises of the README, one file each.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "what guarantees share with each other is a test too"
)]

mod access_matrix;
mod arrows;
mod at_the_same_time;
mod changes_over_the_wire;
mod contact_cards;
mod costly;
mod databases_of_before;
mod duplicates;
mod duplicates_are_counted;
mod duplicates_are_scanned;
mod errors_say_what_is_right;
mod every_mutation;
mod files;
mod filters;
mod followers_are_woken;
mod followers_skip_nothing;
mod foreign_is_missing;
mod golden_events;
mod hang_ups;
mod likely_duplicates;
mod links_repeat;
mod merge_and_undo;
mod merges_judged_as_they_end;
mod merges_move_everything;
mod metrics;
mod no_trace;
mod nobody_without_claims;
mod one_snapshot;
mod one_writer;
mod other_programs;
mod profiles;
mod reading_the_log;
mod rows_are_the_log;
mod schema_is_served;
mod searching;
mod served;
mod shared_lanes;
mod sight_follows_links;
mod statements;
mod tokens;
mod undoings_are_told;
mod walks;
mod written_out;
