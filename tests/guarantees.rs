//! The promises of the README, one file each.

mod errors_say_what_is_right;
mod followers_skip_nothing;
mod rows_are_the_log;
