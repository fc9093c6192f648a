//! The promises of the README, one file each.

mod rows_are_the_log;
mod schema_is_served;
mod served;
