//! The promises of the README, one file each.

mod followers_skip_nothing;
mod rows_are_the_log;
