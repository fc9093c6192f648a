//! What tests stand on: an application of their own (`app`), the people of the seeds (`cast`), a way to ask (`ask`), and questions that
//! are kept in files (`question`).

pub mod app;
pub mod ask;
pub mod cast;
pub mod question;

pub use app::App;
pub use ask::Answer;
pub use cast::Who;
pub use question::{Answers, Question};
