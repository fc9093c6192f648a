//! US-3: the same person stands in the directory once. Who looks like a duplicate is found and explained, laid side by side, and either merged
//! or said to be somebody else.

mod comparison;
mod dismissals;
mod finding;
mod merging;
mod old_ids;
mod readme;
mod undoing;
