//! Many at once, through two servers that know nothing of each other: one winner where there may be one, and afterwards the log
//! still proves the tables. No count here depends on who was quicker.

mod archives;
mod ids;
mod keys;
mod links;
mod methods;
mod primary;
mod sights;
mod versions;

/// So many at once.
const MANY: usize = 200;
