//! The user stories, as far as they are built.
