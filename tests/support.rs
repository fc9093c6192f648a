//! What tests stand on: an application of their own (`app`), the people of the seeds (`cast`), and a way to ask (`ask`).

pub mod app;
pub mod ask;
pub mod cast;

pub use app::App;
pub use ask::Answer;
pub use cast::Who;
