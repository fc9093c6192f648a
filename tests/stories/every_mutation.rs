//! What holds for every mutation.
