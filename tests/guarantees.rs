//! The promises of the README, one file each.

mod access_matrix;
mod errors_say_what_is_right;
mod followers_skip_nothing;
mod foreign_is_missing;
mod rows_are_the_log;
mod schema_is_served;
mod served;
mod statements;
