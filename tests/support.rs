//! What tests stand on: an application of their own (`app`), the people of the seeds (`cast`), a way to ask (`ask`), questions that
//! are kept in files (`question`), and a way to read what a change did (`change`).

pub mod app;
pub mod ask;
pub mod cast;
pub mod change;
pub mod question;

pub use app::App;
pub use ask::Answer;
pub use cast::Who;
pub use question::{Answers, Question};
