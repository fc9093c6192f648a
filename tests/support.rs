//! What tests stand on: an application of their own (`app`), the people of the seeds (`cast`), a way to ask (`ask`), questions that
//! are kept in files (`question`), a way to read what a change did (`change`), one to bring files in (`import`), ways to follow (`live`), and one to give up on a future at
//! any point (`cut`).

pub mod app;
pub mod ask;
pub mod cast;
pub mod change;
pub mod cut;
pub mod import;
pub mod live;
pub mod merging;
pub mod question;

pub use app::{App, Bare};
pub use ask::Answer;
pub use cast::Who;
pub use question::{Answers, Question};
